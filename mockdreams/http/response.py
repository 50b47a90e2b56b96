"""What goes back over the connection, or breaks on the way."""

import asyncio
import math
from typing import NamedTuple

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from mockdreams.http.threads import run_in_thread
from mockdreams.wire.errors import ServiceError
from mockdreams.world.core.clock import Clock

Headers = list[tuple[bytes, bytes]]
JSON = (b"content-type", b"application/json")
_MANY_CHUNKS = 16
"""A chunk has some 64 KiB. Python lets go of the interpreter while it joins 1 MiB or more."""

LONG_ANSWER = 1024 * 1024
"""More is not written at a stroke: the sockets of a machine take so much in some 0.2 ms."""
_PIECE_BYTES = 256 * 1024


class Response(NamedTuple):
    """A whole answer. `hint` is for the journal."""

    status: int
    head: Headers
    body: bytes
    hint: str | None = None


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The request's headers; `anthropic-beta` may come several times, and adds up.

    Who sends the same headers again gets the same dictionary, which the journal keeps once then; so nobody changes it.
    """
    global _latest
    raw: Headers = scope["headers"]
    latest, headers = _latest
    if raw != latest:
        headers = dict(raw)
        if len(headers) < len(raw) and b"anthropic-beta" in headers:
            headers[b"anthropic-beta"] = b",".join([value for name, value in raw if name == b"anthropic-beta"])
        _latest = raw, headers
    return headers


_latest: tuple[Headers, dict[bytes, bytes]] = ([], {})


def take_body(receive: Receive, most: int) -> bytes | None:
    """The whole body, if it came with its head over a connection of our own server; else None."""
    take = getattr(getattr(receive, "__self__", None), "take_body", None)
    body: bytes | None = None if take is None else take()
    if body is not None:
        check_size(len(body), most)
    return body


async def read_body(receive: Receive, most: int) -> bytes:
    """The whole body, as `read_chunks` reads it; a large one is put together on a thread, without the interpreter."""
    body = take_body(receive, most)
    if body is not None:
        return body
    chunks = await read_chunks(receive, most)
    return await run_in_thread(b"".join, chunks) if len(chunks) > _MANY_CHUNKS else b"".join(chunks)


async def read_chunks(receive: Receive, most: int) -> list[bytes]:
    """The body as it comes. One that is too large is refused (413) as soon as it is.

    Raises ClientDisconnect if the client is gone before its body is whole.
    """
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        check_size(size, most)
        more = message.get("more_body", False)
    return parts


def check_size(size: int, most: int) -> None:
    """Refuse (413) a body that is too large."""
    if size > most:
        raise ServiceError(
            "request_too_large", f"Request exceeds the maximum size of {most} bytes", rule="body-too-large-413"
        )


def error_response(refused: ServiceError, head: Headers, request_id: str | None, clock: Clock | None) -> Response:
    """A refusal in the service's envelope."""
    if request_id is None:
        head = [pair for pair in head if pair[0] != b"request-id"]
    if refused.retry is not None:
        head.append((b"x-should-retry", b"true" if refused.retry else b"false"))
    if refused.allow is not None:
        head.append((b"allow", refused.allow.encode()))
    if refused.retry_after is not None and clock is not None:
        head.append((b"retry-after", b"%d" % math.ceil(refused.retry_after)))
        head.append((b"retry-after-ms", b"%d" % clock.wall_milliseconds(refused.retry_after)))
    return Response(refused.status, head, refused.body(request_id), refused.hint)


def crashed(request_id: str, head: Headers | None = None) -> Response:
    """The answer to a request on which the fake itself failed."""
    body = ServiceError("api_error", "Internal server error").body(request_id)
    return Response(500, [JSON, (b"request-id", request_id.encode()), *(head or [])], body)


def send_at_once(reply: Response, send: Send) -> bool:
    """Send an answer over a connection of our own server at a stroke; whether that could be."""
    send_whole = getattr(getattr(send, "__self__", None), "send_whole", None)
    return send_whole is not None and send_whole(reply.status, reply.head, reply.body)


async def send_response(reply: Response, send: Send) -> None:
    """At once if that can be, else in the messages of ASGI: of a long answer pieces, between which others go on."""
    if send_at_once(reply, send):
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": with_length(reply)})
    body, size = memoryview(reply.body), len(reply.body)
    for start in range(0, size - _PIECE_BYTES, _PIECE_BYTES):
        await send({"type": "http.response.body", "body": body[start : start + _PIECE_BYTES], "more_body": True})
        await asyncio.sleep(0)
    last = reply.body if size <= _PIECE_BYTES else body[(size - 1) // _PIECE_BYTES * _PIECE_BYTES :]
    await send({"type": "http.response.body", "body": last})


async def drop_connection(reply: Response, receive: Receive, send: Send, *, during: bool) -> None:
    """Break the connection before the answer, or in the middle of its body."""
    if during:
        await send({"type": "http.response.start", "status": reply.status, "headers": with_length(reply)})
        half = reply.body[: len(reply.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    abort(send)
    while (await receive())["type"] != "http.disconnect":
        pass


def abort(send: Send) -> None:
    """Close the connection under an answer. ASGI has no word for it, but Uvicorn's `send` knows its transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("a fault broke the connection")
    transport.close()


def with_length(reply: Response) -> Headers:
    return [(b"content-length", b"%d" % len(reply.body)), *reply.head]


def not_kept(why: Exception) -> ServiceError:
    """The answer where a world cannot be kept, or read."""
    return ServiceError("api_error", f"This world cannot be kept: {why}")
