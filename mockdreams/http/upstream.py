"""The upstream: another service, to which named paths are handed that nothing here answers. Off by default."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
from starlette.types import Receive, Scope, Send

from mockdreams.http.auth import CONTROL_TOKEN
from mockdreams.http.matching import check_match, compile_match
from mockdreams.http.origins import is_loopback
from mockdreams.http.response import Headers, abort
from mockdreams.http.sse import disconnected
from mockdreams.wire.errors import ServiceError

CONNECT_SECONDS = 10
MOST_KEPT = 1024 * 1024
"""Of an answer that is larger the journal keeps no body."""
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
_NOT_ASKED = HOP_BY_HOP | {b"host", b"content-length", b"expect", CONTROL_TOKEN}
_VIA = b"1.1 mockdreams"


class Upstream:
    """Asks the service at `url` for the calls that match `patterns`, with whatever the caller sent and no more.

    Raises ValueError for what is no URL of a service, or no pattern.
    """

    def __init__(self, url: str, patterns: Sequence[str]) -> None:
        self.url = _service_url(url)
        self.patterns = tuple(map(check_match, patterns))
        self._patterns = [compile_match(pattern) for pattern in self.patterns]
        self._verify = ssl.create_default_context() if self.url.scheme == "https" else False
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()

    def takes(self, method: str, path: str) -> bool:
        """Whether a call is handed on. One whose path leads back up is not: it may mean another path there."""
        if not {".", ".."}.isdisjoint(path.split("/")):
            return False
        return any(pattern.fullmatch(f"{method} {path}") for pattern in self._patterns)

    async def ask(self, scope: Scope, body: bytes) -> "UpstreamAnswer":
        """The answer, as far as its headers. Raises ServiceError (502) if there is none."""
        sent = [(name, value) for name, value in end_to_end(scope["headers"], _NOT_ASKED)]
        if any(name == b"via" and _VIA in value for name, value in sent):
            raise self._lost("it is this server itself")
        query, raw = scope["query_string"], scope.get("raw_path") or scope["path"].encode()
        path = self.url.raw_path.rstrip(b"/") + raw + (b"?" + query if query else b"")
        request = httpx2.Request(
            scope["method"],
            self.url.copy_with(raw_path=path),
            headers=[*sent, (b"via", _VIA)],
            content=body or None,
        )
        try:
            return UpstreamAnswer(await self._client().send(request, stream=True))
        except (httpx2.TransportError, httpx2.InvalidURL) as lost:
            raise self._lost(str(lost) or type(lost).__name__) from None

    def _client(self) -> httpx2.AsyncClient:
        """The client of this event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx2.AsyncClient(
                timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),  # so there is nothing to close
                trust_env=not is_loopback(self.url.host),
                verify=self._verify,
                follow_redirects=False,
            )
        return self._clients[loop]

    def _lost(self, why: str) -> ServiceError:
        hint = f"the upstream {self.url} cannot be asked: {why}"
        return ServiceError("api_error", "The upstream service cannot be reached.", status=502, hint=hint)


class UpstreamAnswer:
    """An answer that is passed on as it comes."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._answer = answer
        self.status = answer.status_code
        headers = [(name.lower(), value) for name, value in answer.headers.raw]
        self.headers: Headers = end_to_end(headers, HOP_BY_HOP)
        self.is_stream = answer.headers.get("content-type", "").startswith("text/event-stream")

    async def serve(self, receive: Receive, send: Send, record: Callable[[bytes], None], *, cut: bool) -> None:
        """Pass on the answer; its last part waits until `record` has been told the body. `cut` breaks it off."""
        gone = asyncio.ensure_future(disconnected(receive))
        kept, held = bytearray(), b""
        if self.is_stream:
            record(b"")
        try:
            await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
            async for part in self._parts(gone):
                if cut:
                    await send({"type": "http.response.body", "body": part[: len(part) // 2], "more_body": True})
                    abort(send)
                    return
                if not self.is_stream:
                    kept += part if len(kept) <= MOST_KEPT else b""
                    part, held = held, part
                await send({"type": "http.response.body", "body": part, "more_body": True})
            if not self.is_stream:
                record(self._decoded(bytes(kept)) if len(kept) <= MOST_KEPT else b"")
            await send({"type": "http.response.body", "body": held, "more_body": False})
        except httpx2.TransportError:
            abort(send)
        finally:
            gone.cancel()
            await self._answer.aclose()

    async def _parts(self, gone: "asyncio.Future[None]") -> AsyncIterator[bytes]:
        """The parts of the body, until the caller is gone."""
        parts = self._answer.aiter_raw().__aiter__()
        while True:
            part: asyncio.Future[bytes | None] = asyncio.ensure_future(anext(parts, None))
            waited: set[asyncio.Future[Any]] = {part, gone}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not part.done():
                part.cancel()
                with suppress(asyncio.CancelledError):
                    await part
                return
            if (got := part.result()) is None:
                return
            yield got

    def _decoded(self, body: bytes) -> bytes:
        """A body without the encoding that it came in, for people."""
        encoding = {"content-encoding": self._answer.headers.get("content-encoding", "identity")}
        try:
            return httpx2.Response(200, headers=encoding, content=body).content
        except httpx2.DecodingError:
            return body


def _service_url(url: str) -> httpx2.URL:
    try:
        read = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError) as unfit:
        raise ValueError(f"{url!r} is no URL: {unfit}") from None
    if read.scheme not in ("http", "https") or not read.host or read.query or read.fragment:
        raise ValueError(f"{url!r} is no URL of a service, as in https://host")
    if read.userinfo:
        raise ValueError("the URL of the upstream has no credentials: it gets those of the caller")
    return read


def end_to_end(headers: Headers, dropped: frozenset[bytes]) -> Headers:
    """The headers that are not for one connection only: `dropped`, and what `connection` names."""
    named = b",".join(value for name, value in headers if name == b"connection").lower()
    gone = dropped | {name.strip() for name in named.split(b",")}
    return [(name, value) for name, value in headers if name not in gone]
