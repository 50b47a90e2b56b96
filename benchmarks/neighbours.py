"""What the thoughts of one world cost another: the latency of its requests while a large dream is planned."""

import json
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
    """the latency of one world's requests while a large dream of another is planned"""
    memories = SIZES[0] if options.quick else SIZES[-1]
    quiet: list[Latencies] = []
    busy: list[Latencies] = []
    with mockdreams("a_large_dream", memories=memories) as server:
        _dream(server)
        for _ in range(options.rounds):
            quiet.append(meanwhile(server, partial(time.sleep, 4 * options.seconds)))
            busy.append(meanwhile(server, partial(_dream, server)))
    asked = sum(each.requests for each in quiet), sum(each.requests for each in busy)
    yield Table(
        f"neighbours: {memories:,} memories, {SESSIONS} sessions of {UTTERANCES} messages; GET in another world",
        "ms",
        "quiet",
        [
            Row(f"{name}, {when}", [each[index] for each in found], [each[index] for each in quiet])
            for index, name in enumerate(("median", "p99", "longest"))
            for when, found in (("quiet", quiet), ("planning", busy))
        ],
        f"{asked[0]:,} quiet requests, {asked[1]:,} between the creation of a dream and its output store.",
    )


def meanwhile(server: Server, work: Callable[[], object]) -> Latencies:
    """What the neighbour's requests take while `work` is done."""
    headers = {**HEADERS, "x-api-key": NEIGHBOUR, "anthropic-beta": DREAMING}
    with asking(server.port, encode("GET", f"{DREAMS}/{server.facts['neighbours']}", headers)) as seconds:
        work()
    return Latencies.of(seconds)


def _dream(server: Server) -> None:
    """Create a dream and look at it until it has its output store; what it would write there is let be."""
    dream = _ask(server, "POST", DREAMS, server.facts["body"].encode())
    while not dream["outputs"]:
        dream = _ask(server, "GET", f"{DREAMS}/{dream['id']}")
    _ask(server, "POST", f"{DREAMS}/{dream['id']}/cancel")


def _ask(server: Server, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(ask(server.port, request(method, path, DREAMING, body)).body)
    return answer
