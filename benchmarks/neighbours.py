"""What the work of one world costs another: the latency of its requests, by a raw socket, while a large dream is
planned, a snapshot made or restored, or a dream reviewed."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import quantiles
from typing import Any, NamedTuple

from benchmarks.load import HEADERS, ask, encode, request
from benchmarks.neighbour import asking
from benchmarks.options import Options
from benchmarks.report import Row, Table
from benchmarks.scenes import NEIGHBOUR
from benchmarks.servers import Server, mockdreams
from benchmarks.thinking import SESSIONS, SIZES, UTTERANCES
from mockdreams.wire.betas import DREAMING

DREAMS = "/v1/dreams"
SNAPSHOT = "/_mockdreams/snapshot"
REVIEW = "/_mockdreams/dreams/{written}/review"
WORK_SECONDS = 120
QUIET_SECONDS = 1
GOAL = 3
"""At most so many times the p99 of a quiet server; a goal, and no assertion."""
BUSY = "a thread that only computes"


class Latencies(NamedTuple):
    """Milliseconds; of so many requests."""

    median: float
    p99: float
    longest: float
    requests: int

    @classmethod
    def of(cls, seconds: list[float]) -> "Latencies":
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(cuts[49] * 1e3, cuts[98] * 1e3, max(seconds) * 1e3, len(seconds))


def neighbours(options: Options) -> Iterator[Table]:
    """the latency of one world's requests while another plans, is saved, restored or reviewed"""
    memories = SIZES[0] if options.quick else SIZES[-1]
    with mockdreams("a_large_dream", memories=memories) as server, mockdreams("a_busy_thread") as busy:
        os.kill(busy.pid, signal.SIGSTOP)
        saved = _work(server, "GET", SNAPSHOT)
        works: dict[str, Callable[[], object]] = {
            "quiet": partial(time.sleep, QUIET_SECONDS),
            "planning": partial(_dream, server),
            "a snapshot": partial(_work, server, "GET", SNAPSHOT),
            "a restore": partial(_work, server, "POST", SNAPSHOT, saved),
            "a review": partial(_work, server, "GET", REVIEW.format(**server.facts)),
        }
        found = {name: meanwhile(server, work) for name, work in works.items()}
        found[BUSY] = _beside_a_busy_thread(busy)
    asked = ", ".join(f"{name} {each.requests:,}" for name, each in found.items())
    yield Table(
        f"neighbours: {memories:,} memories, {SESSIONS} sessions of {UTTERANCES} messages; GET in another world",
        "ms",
        "quiet",
        [
            Row(f"{name}, {when}", [each[index]], [found["quiet"][index]])
            for index, name in enumerate(("median", "p99", "longest"))
            for when, each in found.items()
        ],
        f"Requests: {asked}. A plan lasts from the creation of a dream to its output store. Goal: a p99 of at most "
        f"{GOAL} times the quiet one.",
    )


def meanwhile(server: Server, work: Callable[[], object]) -> Latencies:
    """What the neighbour's requests take while `work` is done."""
    with asking(server.port, neighbours_request(server)) as asked:
        work()
    return Latencies.of([each.seconds for each in asked])


def _beside_a_busy_thread(server: Server) -> Latencies:
    """The floor of all work that is done in the server itself; it is stopped while others are measured."""
    os.kill(server.pid, signal.SIGCONT)
    try:
        return meanwhile(server, partial(time.sleep, QUIET_SECONDS))
    finally:
        os.kill(server.pid, signal.SIGSTOP)


def neighbours_request(server: Server) -> bytes:
    headers = {**HEADERS, "x-api-key": NEIGHBOUR, "anthropic-beta": DREAMING}
    return encode("GET", f"{DREAMS}/{server.facts['neighbours']}", headers)


def _dream(server: Server) -> None:
    """Create a dream and look at it until it has its output store; what it would write there is let be."""
    dream = _ask(server, "POST", DREAMS, server.facts["body"].encode())
    while not dream["outputs"]:
        dream = _ask(server, "GET", f"{DREAMS}/{dream['id']}")
    _ask(server, "POST", f"{DREAMS}/{dream['id']}/cancel")


def _work(server: Server, method: str, path: str, body: bytes = b"") -> bytes:
    """Ask for something that may take long."""
    return ask(server.port, request(method, path, DREAMING, body), WORK_SECONDS).body


def _ask(server: Server, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_work(server, method, path, body))
    return answer
