"""Keeping open pages up to date: what has changed of a page is sent to it, by server-sent events.

An open page looks at its world at most twice a second, for a few microseconds. Only when something has changed are
its parts made anew, and after that it pauses for 25 times the processor time that this took: a page that is left open
costs the tests that it watches no more than a few percent, however large their world is.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from time import monotonic, thread_time
from typing import NamedTuple

from mockdreams.http.threads import run_in_thread
from mockdreams.wire.errors import ServiceError

POLL_SECONDS = 0.5
PAUSE_FACTOR = 25
"""The pause after an update, in processor time of the update."""
PING_SECONDS = 15
_LINE_END = re.compile(r"\r\n|\r|\n")


class Update(NamedTuple):
    """The parts of a page by the element that each is in, new rows of its list, and the number of the last of these."""

    parts: dict[str, str]
    rows: str = ""
    number: int = 0


class LiveSource(NamedTuple):
    """Of what an open page is kept up to date. `rows_target` and `rows_swap`: where new rows go, and how."""

    state: Callable[[], Hashable]
    update: Callable[[int], Update]
    rows_target: str = ""
    rows_swap: str = ""


class Alarm(NamedTuple):
    """Of an open page: `rings` ends its pause, `ends` the page."""

    rings: asyncio.Event
    ends: asyncio.Event


class Alarms:
    """Wakes open pages before their pause is over, from any thread; and ends those that are open now."""

    def __init__(self) -> None:
        self._waiting: dict[Alarm, asyncio.AbstractEventLoop] = {}

    def add(self) -> Alarm:
        alarm = Alarm(asyncio.Event(), asyncio.Event())
        self._waiting[alarm] = asyncio.get_running_loop()
        return alarm

    def remove(self, alarm: Alarm) -> None:
        self._waiting.pop(alarm, None)

    def ring(self) -> None:
        self._set(lambda alarm: (alarm.rings,))

    def end(self) -> None:
        self._set(lambda alarm: (alarm.ends, alarm.rings))

    def _set(self, events: Callable[[Alarm], Iterable[asyncio.Event]]) -> None:
        for alarm, loop in list(self._waiting.items()):
            for event in () if loop.is_closed() else events(alarm):
                loop.call_soon_threadsafe(event.set)


async def updates(source: LiveSource, alarms: Alarms, seen: str, number: int) -> AsyncIterator[str]:
    """Server-sent events with what has changed since the page was made, of which it says `seen` and `number`."""
    sent: dict[str, str] = {}
    alarm = alarms.add()
    quiet_since = monotonic()
    try:
        yield ": open\n\n"
        while not alarm.ends.is_set():
            pause = POLL_SECONDS
            try:
                state = state_mark(source.state())
                if state != seen:
                    seen = state
                    made = await _made(source, number, alarm)
                    if made is None:
                        return
                    update, cost = made
                    pause = max(pause, cost * PAUSE_FACTOR)
                    changed = {target: html for target, html in update.parts.items() if sent.get(target) != html}
                    sent |= changed
                    swaps = [partial(target, "innerMorph", html) for target, html in changed.items()]
                    if update.rows:
                        swaps.append(partial(source.rows_target, source.rows_swap, update.rows))
                    number = max(number, update.number)
                    if swaps:
                        quiet_since = monotonic()
                        yield event("".join(swaps), number)
            except ServiceError as gone:
                yield event(partial("said", "innerHTML", f"<p>{_plain(gone.message)} Load the page anew.</p>"), number)
                return
            if monotonic() - quiet_since > PING_SECONDS:
                quiet_since = monotonic()
                yield ": ping\n\n"
            await _pause(alarm.rings, pause)
    finally:
        alarms.remove(alarm)


def state_mark(state: Hashable) -> str:
    """A short text that is another when the state is."""
    return f"{hash(state) & 0xFFFFFFFFFFFF:x}"


def event(html: str, number: int) -> str:
    """One event. Whatever ends a line in the text begins another line of data, so that no text can end the event."""
    lines = "".join(f"data: {line}\n" for line in _LINE_END.split(html))
    return f"id: {number}\n{lines}\n"


def partial(target: str, swap: str, html: str) -> str:
    """What htmx swaps into the element with the id `target`."""
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


async def _made(source: LiveSource, number: int, alarm: Alarm) -> tuple[Update, float] | None:
    """What is new, and what it cost; None for a page that is ended meanwhile, which waits for nothing."""
    making = asyncio.ensure_future(run_in_thread(_timed, source.update, number))
    ending = asyncio.ensure_future(alarm.ends.wait())
    try:
        await asyncio.wait((making, ending), return_when=asyncio.FIRST_COMPLETED)
        return making.result() if making.done() else None
    finally:
        making.cancel()
        ending.cancel()


def _timed(update: Callable[[int], Update], number: int) -> tuple[Update, float]:
    began = thread_time()
    return update(number), thread_time() - began


async def _pause(alarm: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(alarm.wait(), seconds)
    except TimeoutError:
        return
    alarm.clear()


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
