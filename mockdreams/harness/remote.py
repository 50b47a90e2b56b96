"""What runs elsewhere: a world on another mockdreams server, and the real service."""

import os
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import httpx2

from mockdreams.dreaming.plan import Dreamer
from mockdreams.harness.backend import PREFIX, Backend
from mockdreams.harness.clients import TIMEOUT_SECONDS, Clients, http_options
from mockdreams.harness.control_errors import ControlError
from mockdreams.harness.handle import MockDreams
from mockdreams.http.auth import CONTROL_TOKEN
from mockdreams.http.journal import Answerer, Exchange
from mockdreams.world.core.clock import ClockMode, Now
from mockdreams.world.core.policy import Policy
from mockdreams.world.world import InitialState

if TYPE_CHECKING:
    from mockdreams.http.scenario import ScenarioStart


class ControlClient(Backend):
    """The operations of the control API, asked of a server over HTTP."""

    def __init__(self, server: "RemoteServer", api_key: str) -> None:
        self._server = server
        self._headers = {"x-api-key": api_key}
        if token := os.environ.get("MOCKDREAMS_CONTROL_TOKEN"):
            self._headers[CONTROL_TOKEN.decode()] = token

    def ask(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        try:
            answer = self._server.http.request(method, PREFIX + path, json=body, params=query, headers=self._headers)
        except (TypeError, ValueError) as unfit:
            raise ControlError(f"only JSON can be told to a control: {unfit}") from None
        result = answer.json()
        if answer.is_error:
            raise ControlError(result["error"]["message"], answer.status_code)
        return result

    def script_dream(self, fields: dict[str, Any], dreamer: Dreamer, name: str) -> None:
        raise ControlError("a dreamer is a function, and cannot be sent to another server")

    def add_receiver(self, fields: dict[str, Any], receiver: Any, path: str) -> NoReturn:
        raise ControlError("a receiver of this process cannot be called by another server: give its URL")

    def exchanges(self, match: str | None = None, status: int | None = None) -> list[Exchange]:
        kept = self.get("requests", match=match, status=status)["data"]
        return [RemoteExchange(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in kept]


@dataclass(frozen=True)
class RemoteExchange(Exchange):
    """An exchange as the control API tells it."""

    method: str
    path: str
    query: dict[str, str | list[str]]
    headers: dict[str, str]
    body: Any
    status: int | None
    response: Any
    at: datetime
    hint: str | None
    by: Answerer = "world"


class RemoteServer:
    """A running server, by its URL.

    `is_fake` says whether it is a mockdreams server; `run` tells this user of it from all others. Raises
    ConnectionError if nothing answers there.
    """

    app = None
    _process = 0
    _http: httpx2.Client

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        try:
            health = self.http.get(f"{PREFIX}health")
        except httpx2.TransportError as refused:
            self.stop()
            raise ConnectionError(f"no server answers at {url}: {refused}") from None
        self.is_fake = health.is_success
        self.run = uuid4().hex

    @property
    def http(self) -> httpx2.Client:
        """A client of this process: after a fork another, because connections cannot be shared."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._http = httpx2.Client(base_url=self.url, timeout=TIMEOUT_SECONDS, **http_options(self.url))
        return self._http

    def world(self, **options: Any) -> MockDreams:
        """A fresh world on this server; `options` are those of `MockDreams`."""
        return MockDreams(**options, server=self)

    def begin(
        self,
        api_key: str,
        *,
        clock: ClockMode,
        load: InitialState | None,
        policy: Policy,
        now: Now | None = None,
        scenario: "ScenarioStart | None" = None,
    ) -> Backend:
        """A fresh world for a key, with what a scenario prepares."""
        backend = ControlClient(self, api_key)
        rules = policy.model_dump(mode="json", exclude_unset=True)
        when = now.isoformat() if isinstance(now, datetime) else now
        beginning = None if load is None else load.as_json()
        begin = {"clock": clock, "policy": rules, "load": beginning, "now": when}
        backend.post("reset", begin if scenario is None else {**begin, "scenario": scenario.as_json()})
        return backend

    def stop(self) -> None:
        """Leave the server, which goes on."""
        self.http.close()


class RealService(Clients):
    """The real service, for tests that need no control: a client, a clock that is the wall's, and nothing else."""

    def __init__(self, url: str, api_key: str) -> None:
        self._url = url
        self.api_key = api_key
        self.clock = WallClock()

    @property
    def url(self) -> str:
        return self._url

    def story(self) -> str:
        return f"this test ran against {self.url}"

    def unused(self) -> list[str]:
        return []

    def coverage(self) -> dict[str, list[str]]:
        return {}

    def __getattr__(self, control: str) -> NoReturn:
        raise AttributeError(f"{control!r} is a lever of the fake; this test runs against {self._url}")


class WallClock:
    """`mock.clock` where time is not ours: sleeping waits."""

    mode = "real"
    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def virtual_sleep(self) -> AbstractContextManager[None]:
        return nullcontext()
