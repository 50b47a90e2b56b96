"""Server-sent events: a session's events from now on, each encoded once for every reader."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from starlette.types import Receive, Send

from mockdreams.http.concurrency import run_locked
from mockdreams.http.inputs import NEXT, SYNC
from mockdreams.http.log import logger
from mockdreams.http.response import Headers, abort
from mockdreams.http.stream_events import Frame
from mockdreams.http.stream_faults import Ending, FaultyStream
from mockdreams.wire.errors import ServiceError
from mockdreams.world.world import World

if TYPE_CHECKING:
    from mockdreams.http.faults import Fault
    from mockdreams.wire.previews import Preview
    from mockdreams.world.sessions.event_log import EventLog

_HEAD = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
_PREAMBLE = b": stream\n\n"
_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
PING_SECONDS = 15
MOST_PREVIEWS = 10_000
PUSH_BYTES = 64 * 1024
"""About so much is sent at a time; the next is read when the connection has taken it."""


class ReadResult(NamedTuple):
    """What a reader found: new frames, whether there can be more, and when to come again."""

    frames: list[bytes]
    ended: bool
    live: bool
    """Whether the session will say more by itself."""
    max_wait: float
    """Wall seconds after which another glance may find something; 0 while looking moves time."""


class EventStream:
    """One open stream: a position in the event log, and a wakeup that any thread may set.

    It is made and read with the world's lock held, on any thread, and opened and closed in the event loop. A reader
    that stops reading, or is gone, holds up nobody and costs a fixed amount: its events wait in the event log, where
    they are kept anyhow, and none is lost to it. Previews of the types in `previewed` wait beside the event that they
    come before; when `MOST_PREVIEWS` wait, the event is previewed no further, and comes whole.
    """

    def __init__(self, world: World, session_id: str, log: "EventLog", previewed: frozenset[str] = frozenset()) -> None:
        self.world = world
        self.session_id = session_id
        self._notified = False
        self._clock = world.clock
        self._log = log
        self._position = len(log.emitted)
        self._previewed = previewed
        self._previews: list[tuple[int, bytes]] = []
        self._shown: set[str] = set()

    def open(self) -> None:
        """Be notified from now on; what came before is there to be read."""
        self._loop = asyncio.get_running_loop()
        self._wakeup = asyncio.Event()
        self._log.subscribe(self.notify)
        if self._previewed:
            self._log.subscribe_previews(self.preview)
        self._clock.subscribe(self.notify)

    def notify(self) -> None:
        """Wake the reader, once until it has been awake."""
        if self._notified:
            return
        self._notified = True
        with suppress(RuntimeError):  # the loop may be closed already
            self._loop.call_soon_threadsafe(self._wakeup.set)

    def preview(self, preview: "Preview") -> None:
        """Keep a preview until the next read."""
        from mockdreams.wire.previews import EventStart

        if isinstance(preview, EventStart):
            self._shown = {preview.previews} if preview.event.type in self._previewed else set()
        if len(self._previews) >= MOST_PREVIEWS:
            self._shown = set()
        if preview.previews in self._shown:
            self._previews.append((len(self._log.emitted), preview.frame))
            self.notify()

    def close(self) -> None:
        self._log.unsubscribe(self.notify)
        self._log.unsubscribe_previews(self.preview)
        self._clock.unsubscribe(self.notify)

    def read(self) -> ReadResult:
        """What is new since the last read; if nothing is, the session is looked at, which may make something."""
        self.world.perform(SYNC, self._clock.sync)
        if self._position == len(self._log.emitted) and not self._previews and self._live:
            self.world.perform(NEXT, self._clock.run_next)
        first, fresh = self._position, self._next_frames()
        self._position += len(fresh)
        behind = self._position < len(self._log.emitted)
        due = [each for each in self._previews if not behind or each[0] < self._position]
        self._previews = self._previews[len(due) :]
        frames = list(fresh)
        for place, frame in reversed(due):
            frames.insert(place - first, frame)
        return ReadResult(frames, self._log.ended, self._live, 0 if frames else self._max_wait())

    def _next_frames(self) -> list[bytes]:
        """The next events, as many as are sent at a time: a client that does not read them makes the rest wait."""
        emitted, frames, size = self._log.emitted, list[bytes](), 0
        for index in range(self._position, len(emitted)):
            frames.append(emitted[index].frame)
            size += len(frames[-1])
            if size >= PUSH_BYTES:
                break
        return frames

    @property
    def _live(self) -> bool:
        return not self._log.ended and self.world.has_pending_work(self.session_id)

    def _max_wait(self) -> float:
        if self._clock.mode == "auto" and self._clock.is_waiting and self._live:
            return 0
        due = self._clock.seconds_until_next()
        return PING_SECONDS if due is None else min(due, PING_SECONDS)

    async def wait(self, seconds: float) -> bool:
        """Wait until something happened; False if nothing did for so long."""
        try:
            await asyncio.wait_for(self._wakeup.wait(), seconds)
        except TimeoutError:
            return False
        self._wakeup.clear()
        self._notified = False
        return True


async def serve(
    reader: EventStream,
    head: list[tuple[bytes, bytes]],
    receive: Receive,
    send: Send,
    *,
    end_when_idle: bool,
    fault: "Fault | None",
) -> None:
    """Stream until the session is deleted, the client is gone, a fault strikes, or (if asked) the session idles."""
    reader.open()
    gone = asyncio.ensure_future(disconnected(receive))
    gone.add_done_callback(lambda _: reader.notify())
    try:
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEAD, *head]})
        await _send_part(send, _PREAMBLE)
        faulty = FaultyStream(fault, send, gone) if fault is not None and fault.edits_stream else None
        ending: Ending = "open" if faulty is None else await faulty.begin()
        while ending == "open" and not gone.done():
            seen = await run_locked(reader.world, reader.read)
            if faulty is not None:
                ending = await faulty.pass_on(seen.frames)
                if ending == "open" and not seen.live and not seen.frames:
                    ending = await faulty.flush()
            elif seen.frames:
                await _send_part(send, b"".join(seen.frames))
            if not seen.frames and (seen.ended or (end_when_idle and not seen.live)):
                break
            if ending == "open":
                await _pause(reader, send, seen.max_wait)
        if ending == "broken":
            return
    except ConnectionResetError:
        raise
    except ServiceError as refused:
        logger.error("the stream of %s breaks: %s", reader.session_id, refused.message)
        abort(send)
        return
    except Exception:
        logger.exception("crashed in the stream of %s", reader.session_id)
        abort(send)
        return
    finally:
        gone.cancel()
        reader.close()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


class CannedStream(NamedTuple):
    """A stream whose events are all there already."""

    status: int
    headers: Headers
    frames: list[Frame]


async def serve_canned(stream: CannedStream, receive: Receive, send: Send, fault: "Fault") -> None:
    """Stream as `fault` wants it."""
    gone = asyncio.ensure_future(disconnected(receive))
    faulty = FaultyStream(fault, send, gone)
    try:
        await send({"type": "http.response.start", "status": stream.status, "headers": stream.headers})
        ending = await faulty.begin()
        for frames in (stream.frames, None):
            if ending == "open":
                ending = await (faulty.flush() if frames is None else faulty.pass_on(frames))
        if ending != "broken":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


async def _pause(reader: EventStream, send: Send, seconds: float) -> None:
    """Give way to others, or wait until there may be more; a ping if nothing happens for a while."""
    if seconds == 0:
        await asyncio.sleep(0)
    elif not await reader.wait(seconds) and seconds == PING_SECONDS:
        await _send_part(send, _PING)


async def _send_part(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


async def disconnected(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
