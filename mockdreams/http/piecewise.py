"""Answers that are known whole and leave piece by piece: the events of a message, the bytes of a file."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from starlette.types import Receive, Send

from mockdreams.http.response import Headers, abort

if TYPE_CHECKING:
    from mockdreams.http.faults import Fault


class Piecewise(NamedTuple):
    """`kind` are the headers that say of what kind the answer is. A piece of a stream of events is an event."""

    kind: Headers
    pieces: Iterable[bytes | memoryview]

    @property
    def has_events(self) -> bool:
        return any(value.startswith(b"text/event-stream") for name, value in self.kind if name == b"content-type")


async def send_pieces(
    answer: Piecewise, head: Headers, receive: Receive, send: Send, *, fault: "Fault | None" = None
) -> None:
    """Send one piece after another, until `fault` strikes or the client is gone."""
    gone = asyncio.ensure_future(_disconnected(receive))
    left = _allowed(fault)
    try:
        await send({"type": "http.response.start", "status": 200, "headers": [*answer.kind, *head]})
        for piece in answer.pieces:
            if gone.done():
                return
            if left == 0 and fault is not None:
                await _break(fault, piece, send)
                await gone
                return
            left -= 1
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)  # others have their turn
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


def _allowed(fault: "Fault | None") -> int:
    """How many pieces are sent before a fault strikes; -1: all."""
    if fault is None:
        return -1
    if fault.drop is not None:
        return 0
    return next((n for n in (fault.cut_after_events, fault.stall_after_events) if n is not None), -1)


async def _break(fault: "Fault", piece: bytes | memoryview, send: Send) -> None:
    """Cut the answer in the middle of a piece, or say nothing more."""
    if fault.stall_after_events is None:
        await send({"type": "http.response.body", "body": piece[: len(piece) // 2], "more_body": True})
        abort(send)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
