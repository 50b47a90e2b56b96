"""In-process transports: the fake behind `httpx2`, sync and async, with no socket.

The application runs as it does behind Uvicorn: for the synchronous transport what is to be waited for on a loop in a
thread of its own, for the asynchronous one all on the caller's loop. Streams stream, faults break connections, and
leaving a response tells the application that the client is gone.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any

import httpx2
from starlette.types import ASGIApp

from mockdreams.harness.backend import ELSEWHERE
from mockdreams.harness.control_errors import ControlError
from mockdreams.http.app import Application
from mockdreams.http.response import Response, with_length

MOST_UNREAD = 64 * 1024
"""Bytes of an answer that wait for its reader: until they are read the application sends no more, as on a socket."""
_DONE = object()


class _Exchange:
    """One request in the application, on its loop; what it sends waits in a queue."""

    def __init__(self, app: ASGIApp, request: httpx2.Request, body: bytes) -> None:
        self._body: bytes | None = body
        self._headers_only = request.method == "HEAD"
        self._sent: asyncio.Queue[Any] = asyncio.Queue()
        self._unread = 0
        self._writable = asyncio.Event()
        self._gone = asyncio.Event()
        self._task = asyncio.ensure_future(self._run(app, _scope(request)))

    async def start(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers. Raises httpx2.RemoteProtocolError if the connection breaks before them."""
        message = await self._sent.get()
        if not isinstance(message, dict):
            raise httpx2.RemoteProtocolError("Server disconnected without sending a response.")
        return message["status"], message["headers"]

    async def part(self) -> bytes | None:
        """The next part of the body, or None after the last. Raises httpx2.RemoteProtocolError if it breaks off."""
        message = await self._sent.get()
        if message is _DONE:
            return None
        if not isinstance(message, dict):
            raise httpx2.RemoteProtocolError("peer closed connection without sending complete message body")
        part: bytes = message.get("body", b"")
        self._unread -= len(part)
        self._writable.set()
        return part

    async def whole(self) -> bytes | None:
        """The body, if all of it is here already, which then is all there was to the request."""
        parts: list[Any] = []
        while not self._sent.empty():
            parts.append(self._sent.get_nowait())
        if parts and parts[-1] is _DONE:
            await self.leave()
            return b"".join(part.get("body", b"") for part in parts[:-1])
        for part in parts:
            self._sent.put_nowait(part)
        return None

    async def leave(self) -> None:
        """The client is gone."""
        self._gone.set()
        self._writable.set()
        await asyncio.wait([self._task])

    async def _run(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        except ConnectionResetError as broken:
            self._sent.put_nowait(broken)
        except Exception as crash:  # the application answers its own crashes; this is one of its plumbing
            self._sent.put_nowait(crash)
            raise

    async def _receive(self) -> dict[str, Any]:
        if self._body is None:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Any) -> None:
        if self._gone.is_set():
            return
        if self._headers_only and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        self._sent.put_nowait(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._sent.put_nowait(_DONE)
            return
        self._unread += len(message.get("body", b""))
        while self._unread > MOST_UNREAD and not self._gone.is_set():
            self._writable.clear()
            await self._writable.wait()


def _scope(request: httpx2.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
    }


class _OfThisProcess:
    """An application, which a process that was forked later has only a copy of."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._process = os.getpid()

    def get(self) -> ASGIApp:
        if os.getpid() != self._process:
            raise ControlError(ELSEWHERE)
        return self._app


class AsyncTransport(httpx2.AsyncBaseTransport):
    """For `httpx2.AsyncClient(transport=...)`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = _OfThisProcess(app)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = _Exchange(self._app.get(), request, await request.aread())
        status, headers = await exchange.start()
        return httpx2.Response(status, headers=headers, stream=_AsyncBody(exchange), request=request)


class _AsyncBody(httpx2.AsyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (part := await self._exchange.part()) is not None:
            yield part

    async def aclose(self) -> None:
        await self._exchange.leave()


class Transport(httpx2.BaseTransport):
    """For `httpx2.Client(transport=...)`. Usable from any thread, also beside a running event loop.

    What needs no waiting is answered on the caller's thread. For the rest the loop is asked once for an answer that
    comes at once, and again for each part of one that takes time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = _OfThisProcess(app)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        app, body = self._app.get(), request.read()
        if (answered := _answered_at_once(app, request, body)) is not None:
            return answered

        async def begin() -> httpx2.Response:
            exchange = _Exchange(app, request, body)
            status, headers = await exchange.start()
            whole = await exchange.whole()
            stream = _Body(exchange) if whole is None else httpx2.ByteStream(whole)
            return httpx2.Response(status, headers=headers, stream=stream, request=request)

        response: httpx2.Response = _on_loop(begin())
        return response


def _answered_at_once(app: ASGIApp, request: httpx2.Request, body: bytes) -> httpx2.Response | None:
    """The answer of our own application, if there is nothing to wait for: neither others nor a disk."""
    if not isinstance(app, Application) or app.places.keeper is not None:
        return None
    answers: list[Response] = []
    with _LOCK:  # one after another, as on a loop
        if not app.answer_at_once(_scope(request), body, answers.append):
            return None
    (answer,) = answers
    stream = httpx2.ByteStream(answer.body)
    return httpx2.Response(answer.status, headers=with_length(answer), stream=stream, request=request)


class _Body(httpx2.SyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        while (part := _on_loop(self._exchange.part())) is not None:
            yield part

    def close(self) -> None:
        _on_loop(self._exchange.leave())


_LOCK = threading.RLock()


@cache
def _started() -> asyncio.AbstractEventLoop:
    """The loop on which synchronous clients are served; its thread ends with the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="mockdreams", daemon=True).start()
    return loop


def _after_fork() -> None:
    """The thread of the loop is the parent's."""
    global _LOCK
    _LOCK = threading.RLock()
    _started.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _on_loop(coroutine: Any) -> Any:
    with _LOCK:
        loop = _started()
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
