"""What the worst request of each kind costs another world: the latency of its requests meanwhile."""

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from socket import create_connection
from statistics import median
from threading import Thread, get_native_id
from typing import Any, NamedTuple

from benchmarks.heartbeat import Held
from benchmarks.load import HEADERS, HOST, encode
from benchmarks.neighbour import Asked, asking
from benchmarks.neighbours import Latencies, neighbours_request
from benchmarks.options import Options
from benchmarks.pinning import give_way, pin_apart
from benchmarks.report import Row, Table
from benchmarks.servers import Server, mockdreams
from mockdreams.http.body_parsing import MOST_ITEMS, MOST_KEYS
from mockdreams.wire.betas import DREAMING, MANAGED_AGENTS

MEBIBYTE = 1024 * 1024
LARGEST = 31 * MEBIBYTE
GOAL = 5
"""Of the p99 to that of a quiet server; a goal, and no assertion."""
WAIT = 120
AGAIN = 2
"""More rounds of a kind that was above the goal in its first; those of `only` some kinds have more at once."""
SECONDS = 0.2
"""Without an attack, and as long under it: of which a p99 can be told."""
CHUNK = 64 * 1024
SCRIPTS = "/_mockdreams/sessions/scripts"


class Window(NamedTuple):
    """From when until when."""

    start: float
    end: float


class Worst(NamedTuple):
    """A request of a kind, and what has to be there before it is sent."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = {}
    prepare: Callable[[HTTPConnection], object] | None = None


def _pairs(count: int) -> bytes:
    return b"{" + b",".join(b'"k%d":1' % number for number in range(count)) + b"}"


def _seed(memories: int) -> bytes:
    begun = "2026-01-01T00:00:00Z"
    files = [{"path": f"/{number}.md", "content": "- Tabs.", "at": begun} for number in range(memories // 2)]
    stores = [{"name": name, "memories": files} for name in ("Large", "As large")]
    return json.dumps({"load": {"now": begun, "memory_stores": stores}}).encode()


def _fill_journal(client: HTTPConnection) -> None:
    """Of four large bodies, one is full of what is to be masked."""
    for word in ("password: hunter2 ", *["tabs, and no spaces "] * 3):
        text = word * (15 * MEBIBYTE // len(word))
        _ask(client, "POST", "/v1/memory_stores", {"name": "Large", "description": text})


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


def _kinds() -> dict[str, Worst]:
    """Requests by what they are, with their bodies: hundreds of megabytes."""
    return {
        "an unknown path of 16 KB": Worst("GET", "/" + "a" * 16_000),
        "a query of 16 KB": Worst("GET", "/v1/dreams?statuses[]=" + "a" * 16_000),
        "a target of 60 KB": Worst("GET", "/v1/dreams?statuses[]=" + "a" * 60_000),
        "a header of 120 KB": Worst("GET", "/v1/dreams", headers={"x-more": "a" * 120_000}),
        "betas of 60 KB": Worst("GET", "/v1/dreams", headers={"anthropic-beta": "a," * 30_000}),
        "a cursor of 16 KB": Worst("GET", "/v1/dreams?page=page_" + "a" * 16_000),
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
        "an accepted seed of 20,000 memories": Worst("POST", "/_mockdreams/reset", _seed(20_000)),
        "a reset to 40,000 pairs": Worst("POST", "/_mockdreams/reset", b'{"load":' + _pairs(40_000) + b"}"),
    }


def _spoken(client: HTTPConnection, events: Callable[[], list[dict[str, Any]]]) -> None:
    agent = _ask(client, "POST", "/v1/agents", {"name": "Helper", "model": "claude-opus-4-8"})["id"]
    environment = _ask(client, "POST", "/v1/environments", {"name": "Cloud"})["id"]
    session = _ask(client, "POST", "/v1/sessions", {"agent": agent, "environment_id": environment})["id"]
    _ask(client, "POST", f"/v1/sessions/{session}/events", {"events": events()})


def _message(*texts: str) -> dict[str, Any]:
    return {"type": "user.message", "content": [{"type": "text", "text": text} for text in texts]}


def _scripted(client: HTTPConnection) -> None:
    """A turn of so many acts, up to its end."""
    status, answer = _send(Worst("POST", SCRIPTS, _script(40_000)), client)
    assert status == 200, answer[:200]
    _spoken(client, lambda: [_message("a")])
    _ask(client, "POST", "/_mockdreams/clock", {"advance": 86_400})


def _script(acts: int) -> bytes:
    return b'{"turns":[[' + b",".join([b'{"say":"a"}'] * acts) + b"]]}"


def _equip(client: HTTPConnection, properties: dict[str, Any]) -> None:
    """An agent with a large tool, another version of it, a session with it, and what is told of all."""
    schema = {"type": "object", "properties": properties}
    tool = {"type": "custom", "name": "tool", "description": "Large.", "input_schema": schema}
    made = _ask(client, "POST", "/v1/agents", {"name": "Equipped", "model": "claude-opus-4-8", "tools": [tool]})
    agent = f"/v1/agents/{made['id']}"
    _ask(client, "POST", agent, {"name": "Renamed", "tools": [tool]})
    environment = _ask(client, "POST", "/v1/environments", {"name": "Cloud"})["id"]
    _ask(client, "POST", "/v1/sessions", {"agent": made["id"], "environment_id": environment})
    for path in (agent, f"{agent}/versions", "/v1/agents?limit=2", "/v1/sessions?limit=2", "/_mockdreams/snapshot"):
        _send(Worst("GET", path), client)
    _send(Worst("POST", "/_mockdreams/reset"), client)


def _parameters() -> dict[str, Any]:
    """As many as may be: so many in one object, and so many objects."""
    few = MOST_ITEMS // MOST_KEYS - 1
    return {f"p{each}": {f"q{number}": {} for number in range(MOST_KEYS)} for each in range(few)}


def _nested_parameters() -> dict[str, Any]:
    """As deep as may be, again and again."""
    deep: dict[str, Any] = {}
    for _ in range(45):
        deep = {"properties": {"a": deep}}
    return {f"p{number}": deep for number in range(200)}


def _packed(client: HTTPConnection) -> None:
    """An environment with as many packages as may be."""
    packages = {"pip": [f"package-{number}" for number in range(MOST_ITEMS - 100)]}
    made = _ask(client, "POST", "/v1/environments", {"name": "P", "config": {"type": "cloud", "packages": packages}})
    _send(Worst("GET", "/v1/environments?limit=1"), client)
    _send(Worst("DELETE", f"/v1/environments/{made['id']}"), client)


def _called(client: HTTPConnection) -> None:
    """A turn with a call whose input is as large as may be."""
    turn = [{"tool": "bash", "input": _parameters()}]
    status, answer = _send(Worst("POST", SCRIPTS, json.dumps({"turns": [turn]}).encode()), client)
    assert status == 200, answer[:200]
    _spoken(client, lambda: [_message("a")])
    _ask(client, "POST", "/_mockdreams/clock", {"advance": 60})
    session = _ask(client, "GET", "/v1/sessions?limit=1")["data"][0]["id"]
    _send(Worst("GET", f"/v1/sessions/{session}/events"), client)


def _nest(client: HTTPConnection) -> None:
    """A memory in as many folders as its path may have, and a list of what is in the last."""
    store = _ask(client, "POST", "/v1/memory_stores", {"name": "Deep"})["id"]
    path = f"/{'a' * 50}" * 20
    _ask(client, "POST", f"/v1/memory_stores/{store}/memories", {"path": path, "content": "Deep."})
    _ask(client, "GET", f"/v1/memory_stores/{store}/memories?path_prefix={path.rpartition('/')[0]}/")


def _pipelined(client: HTTPConnection, part: bytes, count: int) -> None:
    """The same request many times over at once, on a connection of its own."""
    last = part.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1)
    _raw(client, part * (count - 1) + last)


def _chunked(client: HTTPConnection) -> None:
    """A body of one byte a chunk."""
    headers = {**HEADERS, "transfer-encoding": "chunked", "connection": "close"}
    chunks = b"1\r\n \r\n" * (MEBIBYTE // 6) + b"0\r\n\r\n"
    _raw(client, encode("POST", "/v1/memory_stores", headers) + chunks)


def _raw(client: HTTPConnection, sent: bytes) -> None:
    """Send bytes on a connection of their own, and read until the server closes it."""
    client.close()  # it would be closed for being idle
    with create_connection((HOST, client.port), WAIT) as connection:
        sending = Thread(target=connection.sendall, args=(sent,))
        sending.start()
        while connection.recv(CHUNK):
            pass
        sending.join()


def _prepare(client: HTTPConnection, path: str, body: bytes) -> None:
    """Something that is prepared, and forgotten."""
    for method, sent in (("POST", body), ("DELETE", b"")):
        status, answer = _send(Worst(method, path, sent), client)
        assert status == 200, answer[:200]


def _connections() -> dict[str, Callable[[HTTPConnection], object]]:
    """What takes more than one request."""
    return {
        "5,000 requests at once on one connection": partial(
            _pipelined, part=encode("GET", "/v1/memory_stores", HEADERS), count=5_000
        ),
        "5,000 requests without a key at once": partial(
            _pipelined, part=encode("GET", "/v1", {"host": "localhost"}), count=5_000
        ),
        "1 MiB of chunks of a byte": _chunked,
        "an accepted script of 40,000 acts": partial(_prepare, path=SCRIPTS, body=_script(40_000)),
        "a script of 40,000 acts in use": _scripted,
        "an accepted script of 31 MiB": partial(
            _prepare, path=SCRIPTS, body=b'{"turns":[[{"say":"' + b"a" * LARGEST + b'"}]]}'
        ),
        "an accepted stub of 31 MiB": partial(
            _prepare, path="/_mockdreams/stubs", body=b'{"match":"GET /x","json":"' + b"a" * LARGEST + b'"}'
        ),
        "an accepted message of 15 MiB": partial(_spoken, events=lambda: [_message("a " * (15 * MEBIBYTE // 2))]),
        "an accepted message of 20,000 blocks": partial(_spoken, events=lambda: [_message(*"a" * 20_000)]),
        "an accepted tool of as many parameters as may be": partial(_equip, properties=_parameters()),
        "an accepted tool as deep as may be": partial(_equip, properties=_nested_parameters()),
        "an accepted tool of one parameter with many values": partial(
            _equip, properties={"p": {"enum": [f"value-{number}" for number in range(MOST_ITEMS - 100)]}}
        ),
        "an accepted environment of as many packages as may be": _packed,
        "a call whose input is as large as may be": _called,
        "a memory whose path is as deep as may be": _nest,
        "as many accepted messages as may be": partial(_spoken, events=lambda: [_message("a")] * 10_000),
    }


TEXTS = {
    "a dream over 90 KB of spaces": "a" + " " * 90_000 + "b",
    "a dream over 90 KB of dashes": "- a" * 30_000,
    "a dream over one line of words": "we use tabs and not spaces " * 3_300,
    "a dream over 90 KB of tags": "<b>a" * 22_000,
    "a dream over 90,000 empty lines": "\n" * 90_000,
}


class Act(NamedTuple):
    """What is done again and again, and once before."""

    attack: Callable[[HTTPConnection], object]
    prepare: Callable[[HTTPConnection], object] | None = None


class Rounds(NamedTuple):
    """Of one kind, round by round: a while without the attack, as long under it, and how long that held the loop."""

    windows: list[tuple[Window, Window]]
    helds: list[Held]


class Found(NamedTuple):
    """What one kind did to a neighbour: of each round the p99 in milliseconds, without the attack and under it."""

    name: str
    quiet: list[float]
    attacked: list[float]
    held: Held

    def with_more(self, found: "Found") -> "Found":
        longest = Held(max(self.held.longest, found.held.longest), max(self.held.by_loop, found.held.by_loop))
        return Found(self.name, self.quiet + found.quiet, self.attacked + found.attacked, longest)

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return median(one / other for one, other in zip(self.attacked, self.quiet, strict=True))


def worst(options: Options) -> Iterator[Table]:
    """the latency of one world's requests while another is sent the worst of each kind"""
    acts: dict[str, Act] = {
        **{name: Act(partial(_send, kind), kind.prepare) for name, kind in _kinds().items()},
        **{name: Act(partial(_talk, text=text)) for name, text in TEXTS.items()},
        **{name: Act(act) for name, act in _connections().items()},
    }
    acts = {name: act for name, act in acts.items() if options.has(name)}
    found = _found(acts, options.rounds if options.only else 1)
    if high := {each.name: acts[each.name] for each in found if each.ratio > GOAL and not options.only}:
        again = {each.name: each for each in _found(high, AGAIN)}
        found = [each.with_more(again[each.name]) if each.name in again else each for each in found]
    over = [each.name for each in found if each.ratio > GOAL]
    yield Table(
        "worst: p99 of a GET in another world while one key sends the worst request of a kind, one after another",
        "ms",
        "quiet",
        [
            Row("quiet", [each for one in found for each in one.quiet]),
            *(Row(each.name, each.attacked, each.quiet) for each in found),
        ],
        f"Each round is quiet first; above the goal there are {AGAIN} more. Goal: at most {GOAL}; "
        f"above it: {', '.join(over) or 'none'}.",
    )
    yield Table(
        "worst: the longest time for which the event loop was held, of CPU time",
        "ms",
        "",
        [
            row
            for each in found
            for row in (
                Row(each.name, [each.held.longest]),
                Row(f"{each.name}, by the loop itself", [each.held.by_loop]),
            )
        ],
        "Up to 1 ms of it is how often this is looked at.",
    )


def _found(acts: dict[str, Act], count: int) -> list[Found]:
    """Each of `acts`, all in one server, beside one neighbour."""
    with mockdreams("a_neighbour") as server, asking(server.port, neighbours_request(server)) as asked:
        rounds = {name: _attacked(server, act, count) for name, act in acts.items()}
    return [
        Found(
            name,
            [_p99(asked, quiet) for quiet, _ in each.windows],
            [_p99(asked, attacked) for _, attacked in each.windows],
            Held(median(held.longest for held in each.helds), median(held.by_loop for held in each.helds)),
        )
        for name, each in rounds.items()
    ]


def _attacked(server: Server, act: Act, count: int) -> Rounds:
    """What one kind is sent in, by a key whose world is new then."""
    rounds = Rounds([], [])
    with closing(HTTPConnection(HOST, server.port, timeout=WAIT)) as client:
        _send(Worst("DELETE", "/_mockdreams/world"), client)
        if act.prepare is not None:
            act.prepare(client)
        act.attack(client)
        pin_apart(server.pid)
        for _ in range(count):
            quiet = _during(partial(time.sleep, SECONDS))
            server.held()
            rounds.windows.append((quiet, _during(partial(_for, SECONDS, act.attack, client))))
            rounds.helds.append(server.held())
    return rounds


def _during(act: Callable[[], object]) -> Window:
    start = time.perf_counter()
    act()
    return Window(start, time.perf_counter())


def _p99(asked: list[Asked], window: Window) -> float:
    """Of the requests that were under way in a window."""
    seconds = [each.seconds for each in asked if each.at < window.end and each.at + each.seconds > window.start]
    return Latencies.of(seconds).p99


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
    """Attack, on a thread that takes no CPU time from the neighbour, who is there to measure the server alone."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_attack, time.perf_counter() + seconds, act, client).result()


def _attack(until: float, act: Callable[[HTTPConnection], object], client: HTTPConnection) -> None:
    if hasattr(os, "sched_setscheduler"):
        give_way(get_native_id())
    act(client)
    while time.perf_counter() < until:
        act(client)
