"""Several servers behind HAProxy: what they do beside one, and how long a key waits when its server is killed.

Rates of two cores cannot be measured on two cores that also run the load: what is compared is CPU time. One server has
one core; two, and HAProxy, have two cores together, and no load, unless it is said that it is counted.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.load import CONNECTIONS, HEADERS, Connection, Target, ask, cpu_seconds, encode
from benchmarks.options import Options
from benchmarks.report import Row, Table

BETA = "managed-agents-2026-04-01"
PATH = "/v1/memory_stores"
KEYS = [f"sk-ant-benchmarks-{number:02}" for number in range(2 * CONNECTIONS)]
READY = re.compile(r"mockdreams ready on http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Fleet:
    port: int
    workers: list[int]
    """The processes that serve."""
    balancers: list[int]


@dataclass(frozen=True, slots=True)
class Costs:
    """Microseconds of CPU a request."""

    workers: float
    balancers: float
    load: float

    @property
    def all(self) -> float:
        return self.workers + self.balancers + self.load


@contextmanager
def serving(*options: str) -> Iterator[Fleet]:
    """A server with all its processes, of which the workers are children."""
    with TemporaryDirectory() as data:
        command = [sys.executable, "-m", "mockdreams", "serve", "--port", "0", "--data", data, *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                assert process.stdout is not None
                ready = READY.match(process.stdout.readline())
                assert ready is not None, "the server did not start"
                children = children_of(process.pid)
                workers = [pid for pid, line in children.items() if " --worker " in line]
                yield Fleet(int(ready[1]), workers or [process.pid], [pid for pid in children if pid not in workers])
            finally:
                process.terminate()


def children_of(parent: int) -> dict[int, str]:
    found = {}
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if (each / "stat").read_text().rpartition(")")[2].split()[1] == str(parent):
                found[int(each.name)] = (each / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it has ended
            continue
    return found


def workers(options: Options) -> Iterator[Table]:
    """two workers behind HAProxy beside one server, with --data, and as many keys and connections for each server"""
    for method, body in (("POST", b'{"name": "Notes"}'), ("GET", b"")):
        requests = [_request(method, key, body) for key in KEYS]
        one: list[Costs] = []
        two: list[Costs] = []
        with serving() as alone, serving("--workers", "2") as both:
            for _ in range(4 * options.rounds):  # many and short: their ratios are taken pair by pair
                one.append(_costs(alone, requests[:CONNECTIONS], options.seconds))
                two.append(_costs(both, requests, options.seconds))
        name = f"workers: {method} {PATH}, {CONNECTIONS} keys a server, kept in a directory"
        capacity = [1e6 / each.workers for each in one]
        yield Table(
            name,
            "requests a second that the cores can do",
            "one server",
            [
                Row("one server", capacity, capacity),
                Row("2 workers, HAProxy not counted", [2e6 / each.workers for each in two], capacity),
                Row("2 workers", [2e6 / (each.workers + each.balancers) for each in two], capacity),
                Row("2 workers, the load counted", [2e6 / each.all for each in two], capacity),
            ],
            note="Of CPU time: 1 core over its CPU a request; 2 cores over that of the workers, of HAProxy unless it "
            "is not counted, and of the load generator where it is: the last is what two cores do that run everything.",
        )
        servers = [each.workers for each in one]
        yield Table(
            name,
            "CPU µs a request",
            "one server",
            [
                Row("one server", servers, servers),
                Row("2 workers, each request in one", [each.workers for each in two], servers),
                Row("HAProxy", [each.balancers for each in two], servers),
                Row("the load generator", [each.load for each in two], servers),
            ],
        )


def failover(options: Options) -> Iterator[Table]:
    """how long a key waits whose worker is killed, until it is answered again"""
    waited: list[float] = []
    for _ in range(options.rounds):
        with serving("--workers", "2") as fleet:
            created = _request("POST", KEYS[0], b'{"name": "Notes"}')
            ask(fleet.port, created)
            before = {pid: cpu_seconds(pid) for pid in fleet.workers}
            for _ in range(200):
                ask(fleet.port, _request("GET", KEYS[0], b""))
            owner = max(fleet.workers, key=lambda pid: cpu_seconds(pid) - before[pid])
            begun = time.perf_counter()
            os.kill(owner, signal.SIGKILL)
            while True:
                try:
                    ask(fleet.port, created)
                    break
                except RuntimeError:  # told that it may try again, as SDKs do
                    time.sleep(0.01)
            waited.append(time.perf_counter() - begun)
    yield Table("failover: a worker is killed", "s", "", [Row("until its key is answered", waited)])


def _request(method: str, key: str, body: bytes) -> bytes:
    return encode(method, PATH, {**HEADERS, "x-api-key": key, "anthropic-beta": BETA}, body)


def _costs(fleet: Fleet, requests: list[bytes], seconds: float) -> Costs:
    """What the requests of so many seconds cost, one connection for each of `requests`."""
    targets = []
    for request in requests:
        ask(fleet.port, request)  # the first makes a world
        targets.append(Target(fleet.port, 0, request.decode(), ask(fleet.port, request).length))
    before = _spent(fleet)
    count = uvloop.run(_load(targets, seconds))
    return Costs(*((after - then) / count * 1e6 for after, then in zip(_spent(fleet), before, strict=True)))


def _spent(fleet: Fleet) -> tuple[float, float, float]:
    return sum(map(cpu_seconds, fleet.workers)), sum(map(cpu_seconds, fleet.balancers)), time.process_time()


async def _load(targets: list[Target], seconds: float) -> int:
    """How many requests are answered in about that time."""
    connections = [Connection(target, target.requests) for target in targets]
    for connection in connections:
        await connection.connect()
    await asyncio.sleep(seconds)
    for connection in connections:
        connection.ending = True
    await asyncio.gather(*(connection.ended for connection in connections))
    return sum(connection.answered for connection in connections)
