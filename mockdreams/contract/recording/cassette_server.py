"""A cassette answers: requests like those that were recorded get the answers that were recorded, with no service.

Requests come in any order. Of several alike each gets the next answer, and the last is repeated. What was not recorded
is refused, and told with the recorded request that is nearest.
"""

import asyncio
import json
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from mockdreams.contract.recording.cassette import CassetteExchange, content_of, load
from mockdreams.contract.recording.placeholders import MASK, PlaceholderBindings
from mockdreams.files import one_line
from mockdreams.quiet_server import QuietServer, url_of

_KEYS = ("x-api-key", "authorization")
_FORM = "multipart/"
LIKENESS = 0.85
"""How alike two calls are of which one may be meant for the other."""


class CassetteServer:
    """An ASGI application. `tell` is told of what was not recorded."""

    def __init__(self, exchanges: list[CassetteExchange], tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._bindings = PlaceholderBindings()
        self._exchanges = {exchange.number: exchange for exchange in exchanges}
        self._asked = {exchange.number: self._recorded(exchange) for exchange in exchanges}
        self._used: Counter[int] = Counter()
        self._newest = 0
        self._moved = asyncio.Condition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request, _asked(request, await request.body()))
        await response(scope, receive, send)

    async def _answer(self, request: Request, asked: dict[str, Any]) -> Response:
        alike = [
            number for number, recorded in self._asked.items() if next(_differences(recorded, asked), None) is None
        ]
        if not alike:
            told = self._nearest(asked)
            self._tell(f"{asked['call']} was not recorded{told}")
            message = f"mockdreams: this request was not recorded{told}"
            error = {"type": "error", "error": {"type": "not_found_error", "message": message}, "request_id": None}
            return JSONResponse(error, 404, {"x-should-retry": "false"})
        number = min(alike, key=lambda each: (self._used[each], each)) if not self._all_used(alike) else alike[-1]
        self._used[number] += 1
        async with self._moved:
            self._newest = max(self._newest, number)
            self._moved.notify_all()
        return self._response(self._exchanges[number])

    def _all_used(self, numbers: list[int]) -> bool:
        return all(self._used[number] for number in numbers)

    def _response(self, exchange: CassetteExchange) -> Response:
        recorded = exchange.response
        headers = {name: str(self._bindings.sent(value)) for name, value in recorded.headers.items()}
        if recorded.events is not None:
            return StreamingResponse(self._events(exchange), recorded.status, headers)
        content = recorded.content
        if "binary" in content:
            return Response(content["binary"], recorded.status, headers)
        if "text" in content:
            return Response(str(self._bindings.sent(content["text"])), recorded.status, headers)
        body = json.dumps(self._bindings.sent(content["body"])) if "body" in content else ""
        return Response(body, recorded.status, headers)

    async def _events(self, exchange: CassetteExchange) -> AsyncIterator[bytes]:
        """The events of a stream; one that came after another exchange waits until that one has been asked for."""
        for event in exchange.response.events or ():
            async with self._moved:
                while self._newest < min(event.after, max(self._asked)):
                    await self._moved.wait()
            data = self._bindings.sent(event.data)
            text = data if isinstance(data, str) else json.dumps(data)
            yield f"event: {event.event}\ndata: {text}\n\n".encode()

    def _recorded(self, exchange: CassetteExchange) -> dict[str, Any]:
        request = exchange.request
        query = request.query if isinstance(request.query, dict) else dict(parse_qsl(request.query))
        form = request.headers.get("content-type", "").startswith(_FORM)
        return {
            "call": f"{request.method} {self._bindings.sent(request.path)}",
            "key": request.key != "none",
            "query": self._bindings.sent({name: _texts(value) for name, value in query.items()}),
            "body": MASK if form or "binary" in request.content else self._bindings.sent(request.content),
        }

    def _nearest(self, asked: dict[str, Any]) -> str:
        """The recorded request that is nearest, and where it differs."""
        calls = [recorded["call"] for recorded in self._asked.values()]
        close = get_close_matches(asked["call"], calls, 1, LIKENESS)
        if not close:
            return ""
        near = {number: recorded for number, recorded in self._asked.items() if recorded["call"] == close[0]}
        counted = {number: list(_differences(recorded, asked)) for number, recorded in near.items()}
        number = min(counted, key=lambda each: len(counted[each]))
        return one_line(f"; the nearest is exchange {number}, {close[0]}: {'; '.join(counted[number][:3])}")


def _asked(request: Request, body: bytes) -> dict[str, Any]:
    path = request.scope["raw_path"].decode("latin-1")
    query: dict[str, Any] = {}
    for name, value in parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True):
        query[name] = value if name not in query else [*_listed(query[name]), value]
    return {
        "call": f"{request.method} {path}",
        "key": any(name in request.headers for name in _KEYS),
        "query": query,
        "body": content_of(body),
    }


def _texts(value: Any) -> Any:
    return [str(each) for each in value] if isinstance(value, list) else str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _differences(recorded: Any, asked: Any, place: str = "") -> Iterator[str]:
    """Where a request is not as recorded. What was masked may be anything."""
    if recorded == MASK or (isinstance(recorded, str) and MASK in recorded):
        return
    if isinstance(recorded, dict) and isinstance(asked, dict):
        for key in sorted({*recorded, *asked}):
            where = key if place in ("", "body") else f"{place}.{key}"
            if key not in asked:
                yield f"{where} is missing"
            elif key not in recorded:
                yield f"{where} was not sent when it was recorded"
            else:
                yield from _differences(recorded[key], asked[key], where)
    elif isinstance(recorded, list) and isinstance(asked, list) and len(recorded) == len(asked):
        for index, (one, other) in enumerate(zip(recorded, asked, strict=True)):
            yield from _differences(one, other, f"{place}[{index}]")
    elif recorded != asked:
        yield f"{place}: recorded {json.dumps(recorded, default=repr)}, sent {json.dumps(asked, default=repr)}"


def serve(path: Path, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Answer from a cassette until SIGTERM or Ctrl-C. Raises ValueError for a file that is none, and OSError."""
    app = CassetteServer(load(path), lambda told: print(told, file=sys.stderr, flush=True))
    with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as bound:
        QuietServer(app, lambda: ready(url_of(bound)), date_header=False).run(sockets=[bound])
