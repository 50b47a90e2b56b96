"""What a snapshot of one world costs another: the latency of its requests while a large one is taken and restored."""

import time
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection

from benchmarks.load import HEADERS, HOST
from benchmarks.neighbours import Latencies, meanwhile
from benchmarks.options import Options
from benchmarks.report import Row, Table
from benchmarks.servers import Server, mockdreams

SNAPSHOT = "/_mockdreams/snapshot"
CHUNK = 64 * 1024
MEMORIES = 2000


def snapshots(options: Options) -> Iterator[Table]:
    """the latency of one world's requests while a large snapshot of another is taken and restored"""
    found: dict[str, list[Latencies]] = {"quiet": [], "taking": [], "restoring": []}
    taken: list[float] = []
    with mockdreams("a_large_dream", memories=200 if options.quick else MEMORIES) as server:
        document = _take(server)
        for _ in range(options.rounds):
            found["quiet"].append(meanwhile(server, partial(time.sleep, 4 * options.seconds)))
            start = time.perf_counter()
            found["taking"].append(meanwhile(server, partial(_take, server)))
            taken.append(time.perf_counter() - start)
            found["restoring"].append(meanwhile(server, partial(_restore, server, document)))
    asked = {when: sum(each.requests for each in latencies) for when, latencies in found.items()}
    yield Table(
        f"snapshots: {len(document) / 1e6:.1f} MB; GET in another world",
        "ms",
        "quiet",
        [
            Row(f"{name}, {when}", [each[index] for each in latencies], [each[index] for each in found["quiet"]])
            for index, name in enumerate(("median", "p99", "longest"))
            for when, latencies in found.items()
        ],
        f"Requests: {', '.join(f'{count:,} {when}' for when, count in asked.items())}. Taken in {min(taken):.1f} s.",
    )


def _take(server: Server) -> bytes:
    return _ask(server, "GET", None)


def _restore(server: Server, document: bytes) -> None:
    _ask(server, "POST", document)


def _ask(server: Server, method: str, body: bytes | None) -> bytes:
    connection = HTTPConnection(HOST, server.port, timeout=600)
    connection.request(method, SNAPSHOT, body, HEADERS)
    answer = connection.getresponse()
    parts = list(iter(partial(answer.read, CHUNK), b""))
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{method} {SNAPSHOT} was answered {answer.status} {parts[0].decode()}")
    return b"".join(parts)
