"""A backend performs the operations of the control API on one world: here, or (see `remote`) over HTTP."""

import json
import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mockdreams.harness.control_errors import ControlError

if TYPE_CHECKING:
    from mockdreams.dreaming.plan import Dreamer
    from mockdreams.http.control.endpoint import Operation
    from mockdreams.http.journal import Exchange
    from mockdreams.http.workspaces import Workspace


PREFIX = "/_mockdreams/"
ELSEWHERE = (
    "this world is in the process that this one was forked from: make a MockDreams() here, or ask that one by the url"
    " and api_key that the handle had there"
)


class Backend(ABC):
    """The control API for one world. Every method raises ControlError for what is refused, which changes nothing."""

    @abstractmethod
    def ask(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        """The JSON that answers an operation; `path` is that below `/_mockdreams/`."""

    @abstractmethod
    def script_dream(self, fields: dict[str, Any], dreamer: "Dreamer", name: str) -> None:
        """Add a dream script with a dreamer of the test's own."""

    @abstractmethod
    def add_receiver(self, fields: dict[str, Any], receiver: Any, path: str) -> Any:
        """Add a webhook whose receiver is in this process; the JSON that answers it."""

    @abstractmethod
    def exchanges(self, match: str | None = None, status: int | None = None) -> "list[Exchange]":
        """The journal, oldest first, or the part of it that is selected."""

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, query={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: Any, **query: Any) -> Any:
        return self.ask("POST", path, body, query)

    def patch(self, path: str, body: Any) -> Any:
        return self.ask("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)


class LocalBackend(Backend):
    """The operations of the control API, called in this process."""

    def __init__(self, place: "Workspace") -> None:
        self._workspace = place
        self._process = os.getpid()

    @property
    def _place(self) -> "Workspace":
        if os.getpid() != self._process:
            raise ControlError(ELSEWHERE)
        return self._workspace

    def ask(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        from mockdreams.http.inputs import ControlInput
        from mockdreams.http.query_params import Query
        from mockdreams.wire.errors import ServiceError

        operation, parameters = _find(method, f"/{path}")
        sent = b"" if body is None else _json(body)
        asked = Query(urlencode(query or {}).encode())
        try:
            payload = [operation.payload(sent, asked)] if operation.payload else []
            place, what = self._place, ControlInput(method, f"/{path}", urlencode(query or {}).encode(), sent)

            def run() -> Any:
                place.world.clock.sync()
                return operation.run(place, *payload, **parameters)

            with place.world.lock:
                answer = run() if operation.unlocked else place.world.perform(what, run, changes=method != "GET")
            if place.world.log is not None:
                place.world.log.wait_settled()
        except ServiceError as refused:
            raise ControlError(refused.message, refused.status) from None
        return json.loads(json.dumps(answer))

    def script_dream(self, fields: dict[str, Any], dreamer: "Dreamer", name: str) -> None:
        from mockdreams.http.control.payload_parsing import parse_payload
        from mockdreams.wire.errors import ServiceError
        from mockdreams.world.dreams.scripts import DreamScript

        self._refuse_function("a dreamer")
        try:
            with self._place.world.lock:
                uses = self._place.world.dreams.scripts.add(parse_payload(DreamScript, _json(fields)), dreamer)
                self._place.prepared[name] = uses
        except ServiceError as refused:
            raise ControlError(refused.message, refused.status) from None

    def add_receiver(self, fields: dict[str, Any], receiver: Any, path: str) -> Any:
        from mockdreams.http.control.webhook_routes import add_receiver
        from mockdreams.wire.errors import ServiceError

        self._refuse_function("a receiver")
        try:
            return add_receiver(self._place, fields, receiver, path)
        except ServiceError as refused:
            raise ControlError(refused.message, refused.status) from None

    def _refuse_function(self, what: str) -> None:
        if self._place.world.log is not None:
            raise ControlError(f"{what} of a test's own is a function, and a world that is kept can keep none", 400)

    def exchanges(self, match: str | None = None, status: int | None = None) -> "list[Exchange]":
        from mockdreams.wire.errors import ServiceError

        try:
            return self._place.journal.select(match, status)
        except ServiceError as refused:
            raise ControlError(refused.message, refused.status) from None


def _json(body: Any) -> bytes:
    try:
        return json.dumps(body).encode()
    except (TypeError, ValueError) as unfit:
        raise ControlError(f"only JSON can be told to a control: {unfit}") from None


def _find(method: str, path: str) -> "tuple[Operation, dict[str, str]]":
    """The operation of the control API for a method and a path, and what the path names."""
    from mockdreams.http.control import ROUTES

    for route in ROUTES:
        if match := route.path_regex.match(path):
            return route.operations[method], match.groupdict()
    raise LookupError(path)
