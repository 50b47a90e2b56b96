"""HTTP/1.1 over a connection: Uvicorn's protocol, with what it leaves out.

- An offer to switch to another protocol is ignored, as RFC 9110 (7.8) wants of a server that knows no other. The
  parser takes what follows an offer for the other protocol's, and Uvicorn then loses the body and the connection
  (Kludex/uvicorn#2722); stock Java clients and `curl --http2` offer `h2c` with every request.
- The head of a request has a bound, and a time within which it has to come.
- What is no HTTP is refused in the service's envelope.
- What is received at once is parsed in strokes, between which other connections have their turn: 256 KiB of tiny chunks
  or of requests take 40 ms.
- A whole answer is written at a stroke. Two ASGI messages take 8 µs more, of 24 of Uvicorn's own for a request.
- What ends a connection before all was read of it is heard by a client that is still writing.
- A request that is here whole is answered where it is read, if its answer waits for nothing, or only for its entry in
  a log to be written: a task and its coroutines take 70,000 instructions, of 240,000 of a GET.
"""

import asyncio
from functools import partial
from time import monotonic
from typing import Any, cast

import httptools
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from mockdreams.http import lingering
from mockdreams.http.lingering import LingeringTransport
from mockdreams.http.response import LONG_ANSWER, Response, send_response
from mockdreams.wire.errors import ServiceError, invalid

HEAD_MAX_BYTES = 2 * HIGH_WATER_LIMIT
TARGET_MAX_BYTES = 16 * 1024
"""Of path and query. Inferred: nothing public says what the service takes."""
PIECE_BYTES = 1024
"""Parsed before it is asked how long that took; each piece that took a fraction of a stroke is followed by a larger."""
STROKE_SECONDS = 0.0003
HEAD_SECONDS = 60
"""From when a connection is made, or the head of a request begins."""
_OFFER = (b"upgrade", b"http2-settings")
_REASONS = {
    400: b"Bad Request",
    408: b"Request Timeout",
    414: b"URI Too Long",
    431: b"Request Header Fields Too Large",
}


class Cycle(RequestResponseCycle):
    """One request and its answer."""

    def take_body(self) -> bytes | None:
        """The body of the request, if all of it has come, as it has with the head of a small one; else None."""
        if self.more_body or self.disconnected or self.waiting_for_100_continue:
            return None
        body, self.body = bytes(self.body), bytearray()
        self.flow.resume_reading()
        self.message_event.clear()
        return body

    async def send(self, message: Any) -> None:
        """As a new Uvicorn does, which says so if the connection ends with the answer. It does for who was not told to
        go on: the body may be sent or not.
        """
        if message["type"] == "http.response.start":
            self.keep_alive = self.keep_alive and not self.waiting_for_100_continue
            if not self.keep_alive:
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await super().send(message)

    def send_whole(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        """Write an answer without its `content-length`, if nothing is unusual about it; else nothing, and False."""
        if (
            self.response_started
            or self.disconnected
            or self.flow.write_paused
            or self.waiting_for_100_continue
            or not self.keep_alive
            or self.scope["method"] == "HEAD"
            or len(body) > LONG_ANSWER
        ):
            return False
        self.response_started = self.response_complete = True
        lines = b"\r\n".join([b": ".join(header) for header in (*self.default_headers, *headers)])
        head = b"%bcontent-length: %d\r\n%b\r\n\r\n" % (STATUS_LINE[status], len(body), lines)
        if len(body) <= HIGH_WATER_LIMIT:
            self.transport.write(head + body)
        else:
            self.transport.writelines([head, body])  # no copy of a large one
        self.message_event.set()
        self.on_response()
        return True


class Protocol(HttpToolsProtocol):
    """One connection."""

    _head_bytes: int | None = None
    """What has come of a head that is not whole yet."""
    _offered = False
    """Whether the head that was just read offers another protocol."""

    _may_hold = False
    """Whether the next request may be held back until its body is here: the first of what was received at once, so
    that others have their turn before those after it."""
    _held: tuple[Cycle, Any] | None = None
    """A request that is held back, and the application that it is for."""

    _head_timer: asyncio.TimerHandle | None = None
    """Ends the connection if the head that is awaited is late; there is none once a head came whole at a stroke."""

    _unparsed = b""
    """What was received, and is parsed when others have had their turn; until then no more is read."""

    _dropped = 0
    """Bytes of a body that came after the answer to it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lingering = LingeringTransport(transport, self._expects_more, self.connections)
        super().connection_made(cast(asyncio.Transport, self._lingering))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._note_head()
        super().connection_lost(exc)

    def _expects_more(self) -> bool:
        """Whether the client may be in the middle of what it sends."""
        return self._head_bytes is not None or bool(self._unparsed) or (self.cycle is not None and self.cycle.more_body)

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._end_late)

    def _note_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_late(self) -> None:
        if self._head_bytes is None:  # nobody has asked, and nobody is answered
            self.transport.close()
            return
        message = f"The head of the request was not here after {HEAD_SECONDS} seconds"
        self._close_with(ServiceError("invalid_request_error", message, status=408))

    def data_received(self, data: bytes) -> None:
        if self._unparsed:
            self._unparsed += data
            self.transport.pause_reading()  # whoever has taken a body has had it read again
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        self._may_hold = True
        if len(data) <= PIECE_BYTES:
            self._feed_all(data)
        else:
            self._feed_in_pieces(data)
        self._may_hold = False
        if self._held is not None:
            self._release()
        if self._unparsed:
            self.transport.pause_reading()
            self.loop.call_soon(self._go_on)

    def _feed_in_pieces(self, data: bytes) -> None:
        now, at, size = monotonic(), 0, PIECE_BYTES
        until = now + STROKE_SECONDS
        while at < len(data):
            self._feed_all(data[at : at + size])
            if self.transport.is_closing():
                break
            before, now, at = now, monotonic(), at + size
            if now > until:
                self._unparsed = data[at:]
                break
            if now - before < STROKE_SECONDS / 8:
                size *= 2

    def _feed_all(self, data: bytes) -> None:
        while data and self.parser is not None:
            data = self._feed(data)

    def _go_on(self) -> None:
        data, self._unparsed = self._unparsed, b""
        if self.transport.is_closing():
            return
        self._parse(data)
        if not self._unparsed and not self.flow.read_paused:
            self.transport.resume_reading()

    def _feed(self, data: bytes) -> bytes:
        """Parse `data`; what is to be parsed next, if that is not all."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._offered:
                return self._without_offer() + data[upgrade.args[0] :]
        except httptools.HttpParserError as broken:
            refused = broken.__context__
            self._close_with(
                refused if isinstance(refused, ServiceError) else invalid("Invalid HTTP request received.")
            )
        else:
            self._count(len(data))
        return b""

    def _count(self, size: int) -> None:
        if self._head_bytes is None:
            return
        self._head_bytes += size
        self._await_head()
        if self._head_bytes > HEAD_MAX_BYTES:
            message = f"The head of the request exceeds {HEAD_MAX_BYTES} bytes"
            self._close_with(ServiceError("invalid_request_error", message, status=431))

    def _without_offer(self) -> bytes:
        """The head that was read, for a new parser, as if it had offered nothing."""
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        for name, value in self.headers:
            if name == b"connection":
                value = b", ".join(each for each in value.split(b",") if each.strip().lower() not in _OFFER)
            if name not in _OFFER and value:
                lines.append(b"%b: %b" % (name, value))
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([*lines, b"", b""])

    def _close_with(self, refused: ServiceError) -> None:
        body = refused.body(None)
        head = (
            b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            % (refused.status, _REASONS[refused.status], len(body))
        )
        self.transport.write(head + body)
        self._lingering.linger()

    def on_message_begin(self) -> None:
        self._head_bytes = self._dropped = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        if len(self.url) > TARGET_MAX_BYTES:
            message = f"The path and query of the request exceed {TARGET_MAX_BYTES} bytes"
            raise ServiceError("invalid_request_error", message, status=414)
        self._note_head()
        self._offered = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if not self._offered:
            super().on_headers_complete()
            self.cycle.__class__ = Cycle

    def on_body(self, body: bytes) -> None:
        if self.cycle.response_complete:
            self._dropped += len(body)
            if self._dropped > lingering.LINGER_BYTES:
                self.transport.abort()
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._offered:
            super().on_message_complete()
            if self._held is not None:
                self._answer_at_once(*self._held)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._may_hold and not self.expect_100_continue and hasattr(app, "answer_at_once"):
            self._may_hold, self._held = False, (cast(Cycle, cycle), app)
        else:
            super()._start_asgi_task(cycle, app)

    def _answer_at_once(self, cycle: Cycle, app: Any) -> None:
        self._held = None
        send = partial(self._send, cycle)
        if not app.answer_at_once(cycle.scope, bytes(cycle.body), send):
            super()._start_asgi_task(cycle, app)

    def _send(self, cycle: Cycle, answer: Response) -> None:
        """Send what was answered at once; that may have been a while ago, so that it has to be done by a task."""
        if not (cycle.disconnected or cycle.send_whole(answer.status, answer.head, answer.body)):
            super()._start_asgi_task(cycle, partial(_send_as_asgi, answer))

    def _release(self) -> None:
        """Let a task have what was held back."""
        assert self._held is not None
        held, self._held = self._held, None
        super()._start_asgi_task(*held)


async def _send_as_asgi(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    await send_response(answer, send)
