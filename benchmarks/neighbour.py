"""A neighbour: one request after another over a raw socket, in a process of its own, and what each took.

`python -m benchmarks.neighbour` is that process: a JSON order on stdin, `ready` on stdout after the first answer, and
once stdin has ended what each request took as JSON.
"""

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks.load import HOST, ask

PAUSE = 0.001
"""Seconds between an answer and the next request."""


class Asked(NamedTuple):
    """A request: when it was sent, by the clock that all processes share, and the seconds until its answer."""

    at: float
    seconds: float


@contextmanager
def asking(port: int, request: bytes) -> Iterator[list[Asked]]:
    """While the block runs the neighbour asks; after it the list holds each request."""
    order = json.dumps({"port": port, "request": request.decode("latin-1")}) + "\n"
    command = [sys.executable, "-m", "benchmarks.neighbour"]
    asked: list[Asked] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(order)
        process.stdin.flush()
        process.stdout.readline()
        try:
            yield asked
        finally:
            process.stdin.close()
            asked += (Asked(*each) for each in json.loads(process.stdout.readline()))


def main() -> None:
    order = json.loads(sys.stdin.readline())
    request = order["request"].encode("latin-1")
    length = ask(order["port"], request).length
    taken: list[Asked] = []
    with socket.create_connection((HOST, order["port"])) as connection:
        _answered(connection, request, length)
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], PAUSE)[0] or len(taken) < 2:
            start = time.perf_counter()
            _answered(connection, request, length)
            taken.append(Asked(start, time.perf_counter() - start))
    print(json.dumps(taken))


def _answered(connection: socket.socket, request: bytes, length: int) -> None:
    connection.sendall(request)
    while length > 0:
        part = connection.recv(65536)
        if not part:
            raise RuntimeError("the server hung up")
        length -= len(part)


if __name__ == "__main__":
    main()
