"""What the worst request of each kind costs another world: the latency of its requests meanwhile."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from typing import Any, NamedTuple

from benchmarks.load import HEADERS, HOST
from benchmarks.neighbours import Latencies, meanwhile
from benchmarks.options import Options
from benchmarks.report import Row, Table
from benchmarks.servers import Server, mockdreams
from mockdreams.http.body_parsing import MOST_ITEMS
from mockdreams.wire.betas import DREAMING, MANAGED_AGENTS

MEBIBYTE = 1024 * 1024
LARGEST = 31 * MEBIBYTE
GOAL = 5
"""Of the p99 to that of a quiet server; a goal, and no assertion."""
WAIT = 120
ROUNDS = 2
"""Of each of the many kinds, a quiet one and one that is not; those of `only` some kinds have more."""
CHUNK = 64 * 1024


class Worst(NamedTuple):
    """A request of a kind, and what has to be there before it is sent."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = {}
    prepare: Callable[[HTTPConnection], object] | None = None


def _pairs(count: int) -> bytes:
    return b"{" + b",".join(b'"k%d":1' % number for number in range(count)) + b"}"


def _fill_journal(client: HTTPConnection) -> None:
    for number in range(4):
        text = "password: hunter2 " * (15 * MEBIBYTE // 18)
        _ask(client, "POST", "/v1/memory_stores", {"name": f"{number}", "description": text})


def _fill_world(client: HTTPConnection) -> None:
    store = _ask(client, "POST", "/v1/memory_stores", {"name": "Large"})["id"]
    for number in range(300):
        memory = {"path": f"/{number}.md", "content": "- Tabs, and not spaces.\n" * 4_000}
        _ask(client, "POST", f"/v1/memory_stores/{store}/memories", memory)


def _talk(client: HTTPConnection, text: str) -> None:
    """A session with a memory and a message that are as hard to read as can be, and a dream over both."""
    store = _ask(client, "POST", "/v1/memory_stores", {"name": "Hard"})["id"]
    _ask(client, "POST", f"/v1/memory_stores/{store}/memories", {"path": "/a.md", "content": text})
    agent = _ask(client, "POST", "/v1/agents", {"name": "Helper", "model": "claude-opus-4-8"})["id"]
    environment = _ask(client, "POST", "/v1/environments", {"name": "Cloud"})["id"]
    session = _ask(client, "POST", "/v1/sessions", {"agent": agent, "environment_id": environment})["id"]
    event = {"type": "user.message", "content": [{"type": "text", "text": text}]}
    _ask(client, "POST", f"/v1/sessions/{session}/events", {"events": [event]})
    _ask(client, "POST", "/_mockdreams/clock", {"advance": 60})
    inputs = [
        {"type": "memory_store", "memory_store_id": store},
        {"type": "sessions", "session_ids": [session]},
    ]
    dream = _ask(client, "POST", "/v1/dreams", {"inputs": inputs, "model": "claude-opus-4-8"})
    while dream["status"] in ("pending", "running"):
        dream = _ask(client, "GET", f"/v1/dreams/{dream['id']}")


KINDS: dict[str, Worst] = {
    "an unknown path of 60 KB": Worst("GET", "/" + "a" * 60_000),
    "a query of 60 KB": Worst("GET", "/v1/dreams?statuses[]=" + "a" * 60_000),
    "a header of 200 KB": Worst("GET", "/v1/dreams", headers={"x-more": "a" * 200_000}),
    "betas of 60 KB": Worst("GET", "/v1/dreams", headers={"anthropic-beta": "a," * 30_000}),
    "a cursor of 60 KB": Worst("GET", "/v1/dreams?page=page_" + "a" * 60_000),
    "60 KB of wrong pairs": Worst("POST", "/v1/memory_stores", _pairs(6_000)),
    "31 MiB of small pairs": Worst("POST", "/v1/memory_stores", _pairs(LARGEST // 15)),
    "as many pairs as may be": Worst("POST", "/v1/memory_stores", _pairs(MOST_ITEMS)),
    "as many pairs of metadata": Worst(
        "POST", "/v1/memory_stores", b'{"name":"a","metadata":' + _pairs(MOST_ITEMS - 2) + b"}"
    ),
    "31 MiB of text": Worst("POST", "/v1/memory_stores", b'{"name":"' + b"a" * LARGEST + b'"}'),
    "31 MiB of escapes": Worst("POST", "/v1/memory_stores", b'{"name":"' + rb"\u00e4" * (LARGEST // 6) + b'"}'),
    "31 MiB of brackets": Worst("POST", "/v1/memory_stores", b"[" * LARGEST),
    "31 MiB of no JSON": Worst("POST", "/v1/agents", b"a_01" * (LARGEST // 4)),
    "an id of 31 MiB in a body": Worst("POST", "/v1/dreams", b'{"model":"drm_01' + b"a" * LARGEST + b'"}'),
    "a message of 31 MiB": Worst(
        "POST",
        "/v1/messages",
        b'{"model":"claude-opus-4-8","max_tokens":9,"messages":[{"role":"user","content":"'
        + b"a " * (LARGEST // 2)
        + b'"}]}',
    ),
    "a full journal": Worst("GET", "/_mockdreams/requests", prepare=_fill_journal),
    "the report of a full journal": Worst("GET", "/_mockdreams/story", prepare=_fill_journal),
    "a snapshot of 30 MB": Worst("GET", "/_mockdreams/snapshot", prepare=_fill_world),
    "31 MiB of a fault": Worst("POST", "/_mockdreams/faults", b'{"match":"' + b"a" * LARGEST + b'"}'),
    "31 MiB of a policy": Worst("PATCH", "/_mockdreams/policy", _pairs(LARGEST // 15)),
    "15,000 short messages": Worst(
        "POST",
        "/v1/messages",
        b'{"model":"claude-opus-4-8","max_tokens":9,"messages":['
        + b",".join([b'{"role":"user","content":"a"},{"role":"assistant","content":"a"}'] * 7_500)
        + b"]}",
    ),
    "a reset to 40,000 pairs": Worst("POST", "/_mockdreams/reset", b'{"load":' + _pairs(40_000) + b"}"),
}
TEXTS = {
    "a dream over 90 KB of spaces": "a" + " " * 90_000 + "b",
    "a dream over 90 KB of dashes": "- a" * 30_000,
    "a dream over one line of words": "we use tabs and not spaces " * 3_300,
}


def worst(options: Options) -> Iterator[Table]:
    """the latency of one world's requests while another is sent the worst of each kind"""
    quiet: list[Latencies] = []
    rows: list[tuple[str, list[Latencies], list[Latencies]]] = []
    acts: dict[str, Callable[[HTTPConnection], object]] = {
        **{name: partial(_send, kind) for name, kind in KINDS.items()},
        **{name: partial(_talk, text=text) for name, text in TEXTS.items()},
    }
    for name, act in ((name, act) for name, act in acts.items() if options.has(name)):
        before: list[Latencies] = []
        found: list[Latencies] = []
        with mockdreams("a_neighbour") as server, closing(_client(server)) as client:
            prepare = KINDS[name].prepare if name in KINDS else None
            if prepare is not None:
                prepare(client)
            act(client)
            for _ in range(options.rounds if options.only else ROUNDS):
                before.append(meanwhile(server, partial(time.sleep, 2 * options.seconds)))
                found.append(meanwhile(server, partial(_for, 2 * options.seconds, act, client)))
        quiet += before
        rows.append((name, found, before))
    over = [name for name, found, before in rows if _ratio(found, before) > GOAL]
    yield Table(
        "worst: GET of a dream in another world while one key sends the worst request of a kind, one after another",
        "ms",
        "quiet",
        [
            Row("p99, quiet", [each.p99 for each in quiet]),
            *(
                Row(f"p99, {name}", [each.p99 for each in found], [each.p99 for each in before])
                for name, found, before in rows
            ),
        ],
        f"The goal is a ratio of {GOAL} at most. Above it: {', '.join(over) or 'none'}.",
    )


def _ratio(found: list[Latencies], before: list[Latencies]) -> float:
    ratios = sorted(one.p99 / other.p99 for one, other in zip(found, before, strict=True))
    return ratios[len(ratios) // 2]


def _client(server: Server) -> HTTPConnection:
    return HTTPConnection(HOST, server.port, timeout=WAIT)


def _send(worst: Worst, client: HTTPConnection) -> tuple[int, bytes]:
    headers = {**HEADERS, "anthropic-beta": f"{DREAMING},{MANAGED_AGENTS}", **worst.headers}
    client.request(worst.method, worst.path, worst.body or None, headers)
    answer = client.getresponse()
    return answer.status, b"".join(iter(partial(answer.read, CHUNK), b""))


def _ask(client: HTTPConnection, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
    body = b"" if document is None else json.dumps(document).encode()
    answer: dict[str, Any] = json.loads(_send(Worst(method, path, body), client)[1])
    return answer


def _for(seconds: float, act: Callable[[HTTPConnection], object], client: HTTPConnection) -> None:
    over = time.perf_counter() + seconds
    act(client)
    while time.perf_counter() < over:
        act(client)
