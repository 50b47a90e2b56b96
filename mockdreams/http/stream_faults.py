"""What a fault makes of a stream: which of its events are sent, in which order, how fast, and how it ends."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from starlette.types import Send

from mockdreams.http.response import abort
from mockdreams.http.stream_events import EventSelector, Frame, encode_event, event_name

if TYPE_CHECKING:
    from mockdreams.http.faults import Fault

Ending: TypeAlias = Literal["open", "ended", "broken"]
"""Whether a stream goes on, has to be ended, or has nothing more to be sent to it."""


class FaultyStream:
    """Sends the events of one stream as `fault` wants them. Indexes count the events that the stream itself has."""

    def __init__(self, fault: "Fault", send: Send, gone: "asyncio.Future[None]") -> None:
        self._fault = fault
        self._send = send
        self._gone = gone
        self._index = 0
        self._sent = 0
        self._held: list[Frame] = []

    async def begin(self) -> Ending:
        """Send what comes before the first event."""
        return await self._send_each(self._inserted())

    async def pass_on(self, frames: Iterable[Frame]) -> Ending:
        """Send what becomes of the next events."""
        return await self._send_each(edited for frame in frames for edited in self._edited(frame))

    async def flush(self) -> Ending:
        """Nothing more comes for now: send the event that waited for the next, to be swapped with it."""
        held, self._held = self._held, []
        return await self._send_each(held)

    def _edited(self, frame: Frame) -> Iterator[Frame]:
        fault, index, name = self._fault, self._index, event_name(frame)
        self._index += 1
        copies = 0 if _selects(fault.lose, index, name) else 2 if _selects(fault.repeat, index, name) else 1
        if self._held:
            held, self._held = self._held, []
            yield from [frame] * copies
            yield from held
        elif _selects(fault.swap, index, name):
            self._held = [frame] * copies
        else:
            yield from [frame] * copies
        yield from self._inserted()

    def _inserted(self) -> Iterator[Frame]:
        if self._index in self._fault.insert:
            yield encode_event(self._fault.insert[self._index])

    async def _send_each(self, frames: Iterable[Frame]) -> Ending:
        fault = self._fault
        for frame in frames:
            if self._sent == fault.cut_after_events or (fault.drop == "during" and not self._sent):
                await self._part(frame[: len(frame) // 2])
                abort(self._send)
                await self._gone
                return "broken"
            if self._sent == fault.stall_after_events:
                await self._gone
                return "broken"
            if self._sent == fault.end_after_events:
                return "ended"
            if self._sent and fault.event_delay:
                await asyncio.wait({self._gone}, timeout=fault.event_delay)
            if self._gone.done():
                return "broken"
            await self._part(frame)
            self._sent += 1
        return "ended" if self._sent == fault.end_after_events else "open"

    async def _part(self, part: bytes) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": True})


def _selects(selectors: Iterable[EventSelector], index: int, name: str) -> bool:
    return any(each == index if isinstance(each, int) else each == name for each in selectors)
