"""A load generator much cheaper than any server: raw sockets, bytes made beforehand, answers counted by their length.

`python -m benchmarks.load` is its process: a JSON job on stdin, samples on stdout.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count, repeat
from pathlib import Path
from typing import Any, NamedTuple, cast

import uvloop
from httptools import HttpResponseParser

HOST = "127.0.0.1"
CONNECTIONS = 16
WARM_UP_SECONDS = 0.1
ANSWER_SECONDS = 10
"""The run ends if a round of answers takes longer, or an answer is shorter than it should be."""
OK = b"HTTP/1.1 2"
NUMBER = b"<NUMBER>"
"""Eight characters, for which each request that has them has eight digits."""
HEADERS = {
    "host": "localhost",
    "x-api-key": "sk-ant-benchmarks",
    "anthropic-version": "2023-06-01",
    "content-type": "application/json",
}


class Answer(NamedTuple):
    body: bytes
    length: int
    """Of the whole answer, head and body."""
    closes: bool
    """Whether the server hangs up after it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A request to send again and again, to the process `pid`; each answer has `length` bytes.

    Where a request has `NUMBER`, each has a number of its own. If the server `closes` the connection after each answer,
    each request has a connection of its own.
    """

    port: int
    pid: int
    request: str
    length: int
    closes: bool = False

    @property
    def requests(self) -> Iterator[bytes]:
        """The bytes of each request."""
        request = self.request.encode("latin-1")
        if NUMBER not in request:
            return repeat(request)
        parts = request.split(NUMBER)
        return ((b"%08d" % number).join(parts) for number in count(1))


@dataclass(slots=True)
class Samples:
    """One sample a round: requests per second, and microseconds of the server's CPU a request."""

    rates: list[float]
    cpu: list[float]


class Incoming:
    """What the parser finds in an answer."""

    def __init__(self) -> None:
        self.body = b""
        self.closes = False
        self.whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"connection":
            self.closes = value.lower() == b"close"

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.whole = True


def request(method: str, path: str, beta: str, body: bytes = b"") -> bytes:
    """The bytes of a request as a client sends it."""
    return encode(method, path, {**HEADERS, "anthropic-beta": beta}, body)


def encode(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request with these headers."""
    sized = {**headers, "content-length": str(len(body))} if body else headers
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sized.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def ask(port: int, sent: bytes, seconds: float = ANSWER_SECONDS) -> Answer:
    """Send one request and wait for its answer, which must be a success and begin within `seconds`."""
    incoming, length = Incoming(), 0
    parser = HttpResponseParser(incoming)
    with socket.create_connection((HOST, port), seconds) as connection:
        connection.sendall(sent)
        while not incoming.whole:
            part = _received(connection)
            length += len(part)
            parser.feed_data(part)
    if parser.get_status_code() // 100 != 2:
        asked = sent.splitlines()[0].decode()
        raise RuntimeError(f"{asked} was answered {parser.get_status_code()} {incoming.body.decode()}")
    return Answer(incoming.body, length, incoming.closes)


def compare(targets: Sequence[Target], *, rounds: int, seconds: float) -> list[Samples]:
    """Load the targets in turn, round after round, and return the samples of each."""
    job = {"targets": [asdict(target) for target in targets], "rounds": rounds, "seconds": seconds}
    command = [sys.executable, "-m", "benchmarks.load"]
    done = subprocess.run(command, input=json.dumps(job).encode(), stdout=subprocess.PIPE, check=True)
    return [Samples(**samples) for samples in json.loads(done.stdout)]


class Connection(asyncio.Protocol):
    """One connection, with one request under way at any time until it is `ending`.

    It is kept alive, or made anew for each request where the server closes it.
    """

    def __init__(self, target: Target, requests: Iterator[bytes]) -> None:
        self._port, self._closes = target.port, target.closes
        self._requests = requests
        self._length = self._missing = target.length
        self.answered = 0
        self.ending = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        if self._missing == self._length and not data.startswith(OK):
            self._fail(f"answered {data[:200]!r}")
        self._missing -= len(data)
        if self._missing == 0:
            self._missing = self._length
            self.answered += 1
            if self.ending or self._closes:
                self._transport.close()
            else:
                self._transport.write(next(self._requests))
        elif self._missing < 0:
            self._fail(f"answered {-self._missing} bytes more than {self._length}")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._closes and not self.ending and not self.ended.done():
            self._again = asyncio.create_task(self.connect())
        elif not self.ended.done():
            self.ended.set_result(None)

    async def connect(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self, HOST, self._port)

    def _fail(self, why: str) -> None:
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(why))
        self._transport.abort()


async def _round(target: Target, requests: Iterator[bytes], seconds: float) -> tuple[float, float]:
    connections = [Connection(target, requests) for _ in range(CONNECTIONS)]
    for connection in connections:
        await connection.connect()
    await asyncio.sleep(WARM_UP_SECONDS)
    before, start, cpu = _answered(connections), time.perf_counter(), cpu_seconds(target.pid)
    await asyncio.sleep(seconds)
    async with asyncio.timeout(ANSWER_SECONDS):
        while _answered(connections) - before < CONNECTIONS:
            await asyncio.sleep(WARM_UP_SECONDS)
    count, taken = _answered(connections) - before, time.perf_counter() - start
    spent = cpu_seconds(target.pid) - cpu
    for connection in connections:
        connection.ending = True
    async with asyncio.timeout(ANSWER_SECONDS):
        await asyncio.gather(*(connection.ended for connection in connections))
    return count / taken, spent / count * 1e6


async def _compare(targets: list[Target], rounds: int, seconds: float) -> list[Samples]:
    samples = [Samples([], []) for _ in targets]
    sent = [target.requests for target in targets]
    for _ in range(rounds):
        for target, requests, of in zip(targets, sent, samples, strict=True):
            rate, cpu = await _round(target, requests, seconds)
            of.rates.append(rate)
            of.cpu.append(cpu)
    return samples


def cpu_seconds(pid: int) -> float:
    """The CPU time of another process, where the system tells it (Linux), else 0."""
    with suppress(OSError):
        return time.clock_gettime(~pid << 3 | 2)
    return 0.0


def resident(pid: int | None = None) -> int:
    """Bytes of resident memory of a process, or of this one, where the system tells them (Linux), else 0."""
    with suppress(OSError):
        pages = Path(f"/proc/{pid or 'self'}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _answered(connections: list[Connection]) -> int:
    return sum(connection.answered for connection in connections)


def _received(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise RuntimeError("the server hung up")
    return part


def main() -> None:
    job: dict[str, Any] = json.load(sys.stdin)
    targets = [Target(**target) for target in job["targets"]]
    samples = uvloop.run(_compare(targets, job["rounds"], job["seconds"]))
    json.dump([asdict(each) for each in samples], sys.stdout)


if __name__ == "__main__":
    main()
