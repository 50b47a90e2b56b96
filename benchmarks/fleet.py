"""Several servers behind HAProxy: what they do beside one, and how long a key waits when its server is killed.

Rates of two cores cannot be measured on two cores that run the load, HAProxy and other things, too.
What is measured is the CPU time that each process spent on a known number of requests, by its own clock: what others do
is in none of them. From that follow rates:

- the requests a second that servers can do is the number of requests over the CPU seconds of the server that spent
  most: the others are done by then, each on a core of its own. The load generator and HAProxy have cores of theirs.
- where HAProxy, or the load generator too, shares two cores with the servers, it is the number of requests over half of
  the CPU seconds of all of them.

One server is asked directly, as it is without `--workers`, and through HAProxy with the keys and connections of two,
which is what two workers differ from in nothing but their number. Rounds are short and take turns, and ratios are taken
round by round, because CPU time grows where caches are shared with others.
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
from tests.support.balancers import balanced

BETA = "managed-agents-2026-04-01"
PATH = "/v1/memory_stores"
FAILURES = 2
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
    busiest: float
    """Of the worker that spent most, over the requests of all."""
    balancers: float
    load: float


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
    """two workers behind HAProxy beside one server, with --data: CPU time, and the rates that follow from it"""
    for method, body in (("POST", b'{"name": "Notes"}'), ("GET", b"")):
        requests = [_request(method, key, body) for key in KEYS]
        one: list[Costs] = []
        behind: list[Costs] = []
        two: list[Costs] = []
        with (
            serving() as alone,
            balanced([f"127.0.0.1:{alone.port}"]) as balancer,
            serving("--workers", "2") as both,
        ):
            through = Fleet(int(balancer.rpartition(":")[2]), alone.workers, [])
            for _ in range(options.rounds):
                one.append(_costs(alone, requests[:CONNECTIONS], options.seconds))
                behind.append(_costs(through, requests, options.seconds))
                two.append(_costs(both, requests, options.seconds))
        yield from _tables(
            f"workers: {method} {PATH}, {CONNECTIONS} keys a worker, kept in a directory", one, behind, two
        )


def _tables(name: str, one: list[Costs], behind: list[Costs], two: list[Costs]) -> Iterator[Table]:
    """What follows from the costs of one server, asked directly and through HAProxy, and of two workers."""
    alone, balanced_alone, servers = ([1e6 / each.busiest for each in some] for some in (one, behind, two))
    yield Table(
        name,
        "requests a second of the busiest server's CPU",
        "the row above",
        [
            Row("one server", alone),
            Row("2 workers", servers, alone),
            Row("one server, through HAProxy", balanced_alone),
            Row("2 workers, again", servers, balanced_alone),
        ],
    )
    yield Table(
        name,
        "requests a second of two cores",
        "one server",
        [
            Row("one server, a core", alone, alone),
            Row("2 workers", [2e6 / each.workers for each in two], alone),
            Row("2 workers and HAProxy", [2e6 / (each.workers + each.balancers) for each in two], alone),
            Row(
                "2 workers, HAProxy and the load generator",
                [2e6 / (each.workers + each.balancers + each.load) for each in two],
                alone,
            ),
        ],
    )
    direct = [each.workers for each in one]
    yield Table(
        name,
        "CPU µs a request",
        "one server",
        [
            Row("one server", direct, direct),
            Row("one server, through HAProxy", [each.workers for each in behind], direct),
            Row("2 workers, each request in one", [each.workers for each in two], direct),
            Row("HAProxy", [each.balancers for each in two], direct),
            Row("the load generator", [each.load for each in two], direct),
        ],
    )


def failover(options: Options) -> Iterator[Table]:
    """how long a key waits whose worker is killed, until it is answered again"""
    waited: list[float] = []
    for _ in range(FAILURES):
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
    processes = [*fleet.workers, *fleet.balancers, os.getpid()]
    before = list(map(cpu_seconds, processes))
    count = uvloop.run(_load(targets, seconds))
    spent = [(cpu_seconds(pid) - then) / count * 1e6 for pid, then in zip(processes, before, strict=True)]
    workers = spent[: len(fleet.workers)]
    return Costs(sum(workers), max(workers), sum(spent[len(workers) : -1]), spent[-1])


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
