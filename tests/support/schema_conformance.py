"""Holds every answer that an application of this process gives, in whatever test, to the schema.

`Watch` listens where the bytes leave: it sees headers and streams as well, which the journal does not keep.
jsonschema-rs reads the whole document once, compiles what an answer refers to, and checks it in microseconds.
"""

import json
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
from starlette.types import Message, Receive, Scope, Send

from mockdreams.contract.schema import JSON, STREAM, SchemaOperation, document, find, operations, resolved
from mockdreams.http import app, service
from mockdreams.http.routing import Router
from mockdreams.http.service_router import all_routes

SHOWN = 300
DOCUMENT = "urn:mockdreams:contract"
SERVED = Router(all_routes())
_current: ContextVar["Heard"] = ContextVar("heard")


@dataclass
class Heard:
    """One request and what was answered, as far as it has come."""

    scope: Scope
    visit: service.RequestContext | None = None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    whole: bool = False

    @property
    def call(self) -> str:
        return f"{self.scope['method']} {self.scope['path']}"

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream of events."""
        return self.headers.get("content-type", "").startswith(STREAM)

    @property
    def broken_on_purpose(self) -> bool:
        """A stub answered, or a fault had other effects than a delay."""
        fault = self.visit.fault if self.visit else None
        stubbed = self.visit is not None and self.visit.by in ("stub", "upstream")
        return stubbed or (fault is not None and not fault.only_delays)

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)


class _WatchedVisit(service.RequestContext):
    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        if heard := _current.get(None):
            heard.visit = self


class Watch:
    """Listens to every application of the process from `begin` on."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []
        self.paused = False

    def begin(self) -> None:
        serve = app.Application.__call__

        async def watched(self_: app.Application, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or self.paused:
                return await serve(self_, scope, receive, send)
            heard = Heard(scope)
            self._heard.append(heard)
            token = _current.set(heard)
            try:
                await serve(self_, scope, receive, _Listener(heard, send).send)
            finally:
                _current.reset(token)

        app.Application.__call__ = watched  # type: ignore[assignment,method-assign]
        service.RequestContext = _WatchedVisit  # type: ignore[misc]

    def complaints(self) -> list[str]:
        """What was wrong with the answers since the last call."""
        heard, self._heard = self._heard, []
        return [f"{each.call} -> {each.status}: {words}" for each in heard for words in complaints(each)]


class _Listener:
    """Stands between an application and its server; `transport` is the server's, which faults cut."""

    def __init__(self, heard: Heard, send: Send) -> None:
        self.transport = getattr(getattr(send, "__self__", None), "transport", None)
        self._heard = heard
        self._send = send

    async def send(self, message: Message) -> None:
        heard = self._heard
        if message["type"] == "http.response.start":
            heard.status = message["status"]
            heard.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        else:
            heard.parts.append(message.get("body", b""))
            heard.whole = not message.get("more_body", False)
        await self._send(message)


def complaints(heard: Heard) -> Iterator[str]:
    """What is wrong with one answer, and with the request if it was accepted."""
    if heard.scope["path"].startswith(app.OURS) or heard.broken_on_purpose or not heard.status:
        return
    method, path = heard.scope["method"], heard.scope["path"]
    match = SERVED.match(path)
    operation = find(method, path) if SERVED.find(method, path) else None
    if operation is None:
        yield from _of_no_operation(
            heard, {405: "MethodNotAllowed"} if match else {401: "Unauthenticated", 404: "NotFound"}
        )
    elif operation.event is not None and heard.status == 200 and (heard.streams or operation.reply is None):
        yield from _in_headers(operation.responses["200"], heard.headers)
        yield from _in_stream(operation.event, heard.body)
        yield from _in_query(operation, heard.scope["query_string"])
    elif heard.whole and str(heard.status) not in operation.responses:
        yield f"this status is not documented: {heard.body[:SHOWN]!r}"
    elif heard.whole:
        response = operation.responses[str(heard.status)]
        yield from _in_headers(response, heard.headers)
        if JSON in response["content"]:
            yield from _in_json(response["content"][JSON]["schema"], heard.body, "the answer")
        if heard.status == 200:
            yield from _in_query(operation, heard.scope["query_string"])
            if operation.body is not None and heard.visit is not None:
                yield from _in_json(operation.body, heard.visit.body, "an accepted body")


def _of_no_operation(heard: Heard, names: dict[int, str]) -> Iterator[str]:
    """Nothing is served there, which one of the responses `names` says."""
    if heard.status not in names:
        yield f"this status is not documented where nothing is served: {heard.body[:SHOWN]!r}"
    elif heard.scope["method"] != "HEAD":
        response = document()["components"]["responses"][names[heard.status]]
        yield from _in_json(response["content"][JSON]["schema"], heard.body, "the answer")


def _in_json(schema: dict[str, Any], body: bytes, what: str) -> Iterator[str]:
    try:
        yield from violations(schema, json.loads(body), what)
    except ValueError:
        yield f"{what} is not JSON: {body[:SHOWN]!r}"


def _in_headers(response: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    for name, reference in response.get("headers", {}).items():
        header = resolved(reference)
        if name in headers:
            value: Any = headers[name]
            typed = int(value) if header["schema"].get("type") == "integer" and value.isdigit() else value
            yield from violations(header["schema"], typed, f"the header {name}")
        elif header.get("required"):
            yield f"the header {name} is missing"


def _in_query(operation: SchemaOperation, query_string: bytes) -> Iterator[str]:
    """Parameters that the schema does not know are let through, as by the service."""
    parameters, values = operation.query(), dict[str, Any]()
    for name, text in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True):
        schema = resolved(parameters[name]["schema"]) if name in parameters else {}
        if schema.get("type") == "array":
            values.setdefault(name, []).append(text)
        elif name in parameters:
            values.setdefault(name, _typed(schema, text))
    for name, value in values.items():
        yield from violations(parameters[name]["schema"], value, f"the accepted parameter {name}")


def _typed(schema: dict[str, Any], text: str) -> Any:
    if schema.get("type") in ("integer", "boolean"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _in_stream(schema: dict[str, Any], body: bytes) -> Iterator[str]:
    for frame in body.split(b"\n\n")[:-1]:
        lines = dict(line.split(b": ", 1) for line in frame.split(b"\n") if not line.startswith(b":"))
        if not lines or lines.get(b"event") == b"ping":
            continue
        event = json.loads(lines[b"data"])
        if event.get("type", "").encode() != lines.get(b"event"):
            yield f"the event line says {lines.get(b'event')!r} of {event}"
        yield from violations(schema, event, "an event")


def violations(schema: dict[str, Any], value: Any, what: str) -> Iterator[str]:
    """Where `value` does not fit a schema of the document, in a few words each."""
    for error in _validator(json.dumps(schema)).iter_errors(value):
        for place, message in _plain(error):
            where = ".".join(str(key) for key in place)
            yield f"{what}{f' at {where}' if where else ''}: {message[:SHOWN]}"


def _plain(error: jsonschema_rs.ValidationError) -> Iterator[tuple[list[Any], str]]:
    """The errors of the likeliest branch of a union: the one whose tag fits, else the one with the fewest."""
    branches = getattr(error.kind, "context", None)
    if not branches:
        yield list(error.instance_path), error.message
        return
    likeliest = min(branches, key=_distance)
    for inner in likeliest:
        yield from _plain(inner)


def _distance(errors: Iterable[jsonschema_rs.ValidationError]) -> tuple[int, int]:
    listed = list(errors)
    return sum(isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Constant) for error in listed), len(listed)


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """A validator of its own for each schema, in which references are to the one document."""
    absolute = json.loads(schema.replace('"$ref": "#/', f'"$ref": "{DOCUMENT}#/'))
    return jsonschema_rs.Draft202012Validator(absolute, registry=_registry(), validate_formats=True)


def build_validators() -> None:
    """Those of bodies, answers and events, which are built when they are first needed otherwise."""
    for operation in operations():
        answers = (each["content"][JSON]["schema"] for each in operation.responses.values() if JSON in each["content"])
        for schema in (operation.body, operation.event, *answers):
            if schema is not None:
                _validator(json.dumps(schema))


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(DOCUMENT, document())], draft=jsonschema_rs.Draft202012)
