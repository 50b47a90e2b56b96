"""Many open streams of one session: how fast all of them get every event, and what an idle one weighs."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from benchmarks.load import HOST, request, resident
from benchmarks.options import Options
from benchmarks.report import Row, Table
from benchmarks.servers import Floor, Server, floor, mockdreams
from mockdreams.wire.betas import MANAGED_AGENTS

READERS, IDLE = 500, 5_000
EVENTS = 200
ROUNDS = 2
STALLED, PASSING, PASSING_MANY, PASSING_SECONDS = 20, 5_000, 100_000, 300
"""Readers that never read, the events that pass them, and how long that may take."""
FLOORS: dict[Floor, str] = {
    "streaming": "bare Starlette, a chunk an event",
    "bursting": "bare Starlette, all in one chunk",
}
OTHER_EVENTS = 8
"""The events of a turn beside what is said, of which the last says that it is over."""
LAST = b"event: session.status_idle"
PATH = "/stream"
ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Stage:
    """A server, the request that opens a stream on it, and the one that makes all of them speak."""

    server: Server
    opening: bytes
    telling: bytes


class Listener(asyncio.Protocol):
    """An open stream, read to the event that ends a turn."""

    def __init__(self, opening: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._opening = opening
        self._got = bytearray()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[float] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)
        self.transport.write(self._opening)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self.opened.done() and b": stream" in self._got:
            self.opened.set_result(None)
        tail = self._got[-2048:]
        if not self.ended.done() and LAST in tail and tail.rindex(b"}") > tail.rindex(LAST):
            self.ended.set_result(time.perf_counter())

    @property
    def ids(self) -> list[bytes]:
        """The ids of the events, in the order in which they came."""
        return [line[: line.index(b'"')] for line in bytes(self._got).split(b'data: {"id":"')[1:]]


def streams(options: Options) -> Iterator[Table]:
    """many open streams: events to all of them, the memory of idle ones, and what one costs that never reads"""
    readers, idle = (100, 500) if options.quick else (READERS, IDLE)
    with mockdreams("a_talker", turns=2 * ROUNDS, messages=EVENTS - OTHER_EVENTS) as server:
        stage = _our_stage(server)
        our_memory = asyncio.run(_memory(stage, readers))
        ours, frames = asyncio.run(_rates(stage, readers))
        beside, idle_memory = asyncio.run(_beside_idle(stage, _our_stage(server, "idle"), readers, idle))
    floors, floor_memory = {}, 0.0
    for kind, name in FLOORS.items():
        with floor(kind, PATH, json.dumps(frames).encode()) as server:
            stage = _bare_stage(server)
            floor_memory = floor_memory or asyncio.run(_memory(stage, readers))
            floors[name], _ = asyncio.run(_rates(stage, readers))
    each, burst = floors.values()
    yield Table(
        f"streams: {EVENTS} events of one turn to {readers} readers, each of which gets each of them once, in order",
        "events/s",
        "a chunk each",
        [
            *(Row(name, rates, each) for name, rates in floors.items()),
            Row("mockdreams", ours, each),
            Row(f"mockdreams, {idle:,} idle readers beside them", beside, each),
            Row("mockdreams, to all in one chunk", ours, burst),
        ],
        "mockdreams sends what it has by then as one chunk. The last ratio is to the floor that does so, too.",
    )
    yield Table(
        "streams: what the server grows by for each idle stream",
        "KiB",
        "bare Starlette",
        [
            Row(f"bare Starlette streaming response, {readers} of them", [floor_memory], [floor_memory]),
            Row(f"mockdreams, {readers} of them", [our_memory], [floor_memory]),
            Row(f"mockdreams, {idle:,} of them", [idle_memory], [floor_memory]),
        ],
    )
    yield _stalled_table(PASSING_MANY if options.large else PASSING)


def _stalled_table(events: int) -> Table:
    """What the server grows by while many events pass readers that have stopped to read."""
    grown = {}
    for stalled in (0, STALLED):
        with mockdreams("a_talker", turns=1, messages=events - OTHER_EVENTS) as server:
            grown[stalled] = asyncio.run(_grown(_our_stage(server), stalled))
    alone, beside = grown.values()
    return Table(
        f"streams: what the server grows by while {events:,} events go to one reader",
        "MB",
        "nobody else",
        [Row("nobody else", [alone], [alone]), Row(f"and to {STALLED} that never read", [beside], [alone])],
        f"{(beside - alone) / STALLED * 1000:,.0f} kB for each that never reads.",
    )


async def _grown(stage: Stage, stalled: int) -> float:
    """MB of resident memory, which the world takes for its events, and readers for what waits for them."""
    held = [await _stall(stage) for _ in range(stalled)]
    before = resident(stage.server.pid)
    (listener,) = await _open(stage, 1)
    _, writer = await asyncio.open_connection(HOST, stage.server.port)
    writer.write(stage.telling)
    async with asyncio.timeout(PASSING_SECONDS):
        await listener.ended
    after = resident(stage.server.pid)
    for each in (writer, *held):
        each.close()
    listener.transport.abort()
    return (after - before) / 1e6


async def _stall(stage: Stage) -> asyncio.StreamWriter:
    """An open stream of which nothing is read but that it is open."""
    reader, writer = await asyncio.open_connection(HOST, stage.server.port, limit=1024)
    writer.write(stage.opening)
    await reader.readuntil(b": stream")
    return writer


async def _rates(stage: Stage, readers: int) -> tuple[list[float], list[str]]:
    """Events a second to all readers together, a round each, and the frames that the first gets."""
    rates, frames = [], list[str]()
    for _ in range(ROUNDS):
        taken, frames = await _round(stage, readers)
        rates.append(readers * EVENTS / taken)
    return rates, frames


async def _beside_idle(stage: Stage, quiet: Stage, readers: int, idle: int) -> tuple[list[float], float]:
    """The same while others have nothing to read, and the KiB that each of those takes."""
    before = resident(stage.server.pid)
    listeners = await _open(quiet, idle)
    memory = (resident(stage.server.pid) - before) / idle / 1024
    rates, _ = await _rates(stage, readers)
    for listener in listeners:
        listener.transport.abort()
    return rates, memory


def _our_stage(server: Server, which: str = "session") -> Stage:
    path = f"/v1/sessions/{server.facts[which]}/events"
    hello = {"events": [{"type": "user.message", "content": [{"type": "text", "text": "Speak."}]}]}
    opening = request("GET", path + "/stream", MANAGED_AGENTS)
    return Stage(server, opening, request("POST", path, MANAGED_AGENTS, json.dumps(hello).encode()))


def _bare_stage(server: Server) -> Stage:
    return Stage(server, request("GET", PATH, MANAGED_AGENTS), request("POST", PATH, MANAGED_AGENTS))


async def _round(stage: Stage, readers: int) -> tuple[float, list[str]]:
    """Wall seconds until every reader had every event, and the frames of the first."""
    listeners = await _open(stage, readers)
    _, writer = await asyncio.open_connection(HOST, stage.server.port)
    start = time.perf_counter()
    writer.write(stage.telling)
    async with asyncio.timeout(ANSWER_SECONDS):
        ends = await asyncio.gather(*(listener.ended for listener in listeners))
    writer.close()
    for listener in listeners:
        listener.transport.abort()
    _check(listeners)
    return max(ends) - start, _frames(listeners[0])


async def _memory(stage: Stage, readers: int) -> float:
    """KiB of resident memory that the server grows by for each open stream, after a first such crowd has left."""
    for listener in await _open(stage, readers):
        listener.transport.abort()
    await asyncio.sleep(1)
    before = resident(stage.server.pid)
    listeners = await _open(stage, 2 * readers)
    await asyncio.sleep(1)
    after = resident(stage.server.pid)
    for listener in listeners:
        listener.transport.abort()
    return max(after - before, 1) / readers / 1024


async def _open(stage: Stage, readers: int) -> list[Listener]:
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Listener(stage.opening), HOST, stage.server.port) for _ in range(readers)
    ]
    listeners = [listener for _, listener in made]
    async with asyncio.timeout(ANSWER_SECONDS):
        await asyncio.gather(*(listener.opened for listener in listeners))
    return listeners


def _check(listeners: list[Listener]) -> None:
    """Every reader has the same events, each once."""
    ids = listeners[0].ids
    if len(ids) != EVENTS or len(set(ids)) != EVENTS:
        raise RuntimeError(f"{len(ids)} events, {len(set(ids))} of them different, instead of {EVENTS}")
    if len({sha256(b" ".join(listener.ids)).digest() for listener in listeners}) != 1:
        raise RuntimeError("not every reader has the same events")


def _frames(listener: Listener) -> list[str]:
    """The frames of a stream, without the chunks that they came in."""
    lines = bytes(listener._got).decode().replace("\r\n", "\n").split("\n")
    events = [line for line in lines if line.startswith("event: ")]
    data = [line for line in lines if line.startswith("data: ")]
    return [f"{event}\n{line}\n\n" for event, line in zip(events, data, strict=True)]
