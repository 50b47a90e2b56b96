"""The proxy that records: whatever it is asked it asks the upstream, and passes on what comes as it comes."""

import re
import socket
from collections.abc import AsyncIterator, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from mockdreams.contract.client.request_path import ForeignPathError, check_path
from mockdreams.contract.client.target import is_local
from mockdreams.contract.recording.recorder import Recording
from mockdreams.quiet_server import QuietServer, url_of

CONNECT_SECONDS = 10
_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split()
)
_NOT_ASKED = _HOP | {"host", "accept-encoding", "expect"}
_BLANK = re.compile(rb"\r?\n\r?\n")


class RecordingProxy:
    """An ASGI application. Answers are passed on, as they are recorded, without the encoding that they came in."""

    def __init__(self, upstream: str, recording: Recording) -> None:
        self._recording = recording
        self._upstream = httpx2.URL(upstream.rstrip("/"))
        self._client = httpx2.AsyncClient(
            verify=self._upstream.scheme == "https",
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=None),
            trust_env=not is_local(self._upstream.host),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._forward(Request(scope, receive))
        await response(scope, receive, send)

    async def _forward(self, request: Request) -> Response:
        try:
            check_path(request.scope["raw_path"].decode("latin-1"))
        except ForeignPathError as foreign:
            return _error(400, "invalid_request_error", str(foreign))
        number, sent = self._recording.begin(request.headers), bytearray()

        async def body() -> AsyncIterator[bytes]:
            async for part in request.stream():
                sent.extend(part)
                yield part

        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        asked = self._client.build_request(
            request.method,
            self._url(request),
            headers=_without(request.headers.raw, _NOT_ASKED),
            content=body() if has_body else None,
        )
        try:
            answer = await self._client.send(asked, stream=True)
        except httpx2.TransportError as lost:
            message = f"mockdreams is recording {self._upstream}, which does not answer: {lost or type(lost).__name__}"
            return _error(502, "api_error", message)
        streamed = answer.headers.get("content-type", "").startswith("text/event-stream")
        passed = self._events if streamed else self._whole
        return _passed(answer, passed(number, request, sent, answer))

    async def _whole(
        self, number: int, request: Request, sent: bytearray, answer: httpx2.Response
    ) -> AsyncIterator[bytes]:
        """An answer; its last part is held back until it has been recorded."""
        parts: list[bytes] = []
        try:
            async for part in answer.aiter_bytes():
                if parts:
                    yield parts[-1]
                parts.append(part)
        finally:
            await answer.aclose()
        response = self._recording.response(answer.status_code, answer.headers, b"".join(parts))
        await self._recording.add(number, self._request(request, sent), response)
        if parts:
            yield parts[-1]

    async def _events(
        self, number: int, request: Request, sent: bytearray, answer: httpx2.Response
    ) -> AsyncIterator[bytes]:
        """A stream; each event is recorded once it has been passed on."""
        response = self._recording.response(answer.status_code, answer.headers, b"")
        await self._recording.add(number, self._request(request, sent), response, stream=True)
        rest = b""
        try:
            async for part in answer.aiter_bytes():
                yield part
                *blocks, rest = _BLANK.split(rest + part)
                for block in blocks:
                    self._recording.add_event(number, block)
            self._recording.end(number)
        finally:
            await answer.aclose()

    def _request(self, request: Request, sent: bytearray) -> dict[str, object]:
        path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        return self._recording.request(request.method, path, query, headers, _decoded(request, bytes(sent)))

    def _url(self, request: Request) -> httpx2.URL:
        query = request.scope["query_string"]
        path = self._upstream.raw_path.rstrip(b"/") + request.scope["raw_path"]
        return self._upstream.copy_with(raw_path=path + (b"?" + query if query else b""))


def _error(status: int, type: str, message: str) -> Response:
    return JSONResponse({"type": "error", "request_id": None, "error": {"type": type, "message": message}}, status)


def _passed(answer: httpx2.Response, parts: AsyncIterator[bytes]) -> Response:
    response = StreamingResponse(parts, answer.status_code)
    dropped = _HOP | {"content-encoding", "content-length"} if "content-encoding" in answer.headers else _HOP
    response.raw_headers = _without([(name.lower(), value) for name, value in answer.headers.raw], dropped)
    return response


def _without(headers: list[tuple[bytes, bytes]], names: frozenset[str]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.decode("latin-1") not in names]


def _decoded(request: Request, sent: bytes) -> bytes:
    """A body without the encoding that it was sent in, if that is known."""
    encoding = {"content-encoding": request.headers.get("content-encoding", "identity")}
    try:
        return httpx2.Response(200, headers=encoding, content=sent).content
    except httpx2.DecodingError:
        return sent


def record(
    upstream: str, path: Path, host: str, port: int, *, ready: Callable[[str], None], warn: Callable[[str], None]
) -> None:
    """Record into a file until SIGTERM or Ctrl-C; `ready` is told the proxy's URL. Raises OSError."""
    with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as bound:
        recording = Recording(path, warn)
        proxy = RecordingProxy(upstream, recording)
        try:
            QuietServer(proxy, lambda: ready(url_of(bound)), date_header=False).run(sockets=[bound])
        finally:
            recording.finish()
