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
from benchmarks.servers import Server, floor, mockdreams
from mockdreams.wire.betas import MANAGED_AGENTS

READERS = 500
EVENTS = 200
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
    """many open streams: events to all of them, and the memory of an idle one"""
    readers = 100 if options.quick else READERS
    rounds = min(options.rounds, 5)
    ours: list[float] = []
    bare: list[float] = []
    with mockdreams("a_talker", turns=rounds, messages=EVENTS - OTHER_EVENTS) as server:
        stage = _our_stage(server)
        our_memory = asyncio.run(_memory(stage, readers))
        for _ in range(rounds):
            taken, frames = asyncio.run(_round(stage, readers))
            ours.append(readers * EVENTS / taken)
    with floor("streaming", PATH, json.dumps(frames).encode()) as server:
        stage = _bare_stage(server)
        bare_memory = asyncio.run(_memory(stage, readers))
        for _ in range(rounds):
            taken, _ = asyncio.run(_round(stage, readers))
            bare.append(readers * EVENTS / taken)
    yield Table(
        f"streams: {EVENTS} events of one turn to {readers} readers, each of which gets each of them once, in order",
        "events/s",
        "bare Starlette",
        [Row("bare Starlette streaming response", bare, bare), Row("mockdreams", ours, bare)],
        "The floor sends each event in a chunk of its own; mockdreams sends what it has as one.",
    )
    yield Table(
        f"streams: what the server grows by for each of {readers} idle streams",
        "KiB",
        "bare Starlette",
        [
            Row("bare Starlette streaming response", [bare_memory], [bare_memory]),
            Row("mockdreams", [our_memory], [bare_memory]),
        ],
    )


def _our_stage(server: Server) -> Stage:
    path = f"/v1/sessions/{server.facts['session']}/events"
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


def _itself(listener: Listener) -> Listener:
    return listener


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
