"""`python -m benchmarks.promises`: what a server does under load, faults and bad input, for a bounded time, as figures.

With `--write` the figures are put into `docs/promises.md`. Exits 1 if one of them is not what the page promises.
"""

import argparse
import json
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from anthropic import Anthropic, APIStatusError

from benchmarks.load import HEADERS, HOST
from benchmarks.servers import Server, mockdreams
from mockdreams.wire.betas import DREAMING, MANAGED_AGENTS

PAGE = Path(__file__).parent.parent / "docs" / "promises.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end -->"
THREADS, STREAMS, READERS = 16, 4, 20
WAIT = 60
MEBIBYTE = 1024 * 1024
MODEL = "claude-opus-4-8"
HEAD = {**HEADERS, "anthropic-beta": f"{DREAMING},{MANAGED_AGENTS}"}


class Figure(NamedTuple):
    """What was done, what came of it, and whether that is what is promised."""

    what: str
    found: str
    kept: bool


def load(server: Server, seconds: float) -> list[Figure]:
    """Threads of the official SDK in one world, streams beside them, and resets of another world."""
    url, deadline = f"http://{HOST}:{server.port}", time.monotonic() + seconds
    counts: Counter[str] = Counter()
    ids: list[str] = []
    lock = threading.Lock()
    with Anthropic(base_url=url, api_key="sk-load", max_retries=0, timeout=WAIT) as client:
        beta = client.beta
        store = beta.memory_stores.create(name="Counted").id
        memory = beta.memory_stores.memories.create(store, path="/count.md", content="0").id
        agent = beta.agents.create(name="Helper", model=MODEL).id
        environment = beta.environments.create(name="Cloud").id
        session = beta.sessions.create(agent=agent, environment_id=environment).id
        hello: Any = {"type": "user.message", "content": [{"type": "text", "text": "Hello."}]}

        def work(number: int) -> None:
            while time.monotonic() < deadline:
                made = beta.memory_stores.create(name=f"{number}").id
                with lock:
                    ids.append(made)
                now = beta.memory_stores.memories.retrieve(memory, memory_store_id=store)
                assert now.content is not None
                counted = int(now.content.split()[0])
                wanted: Any = {"type": "content_sha256", "content_sha256": now.content_sha256}
                with suppress(APIStatusError):
                    beta.memory_stores.memories.update(
                        memory, memory_store_id=store, content=f"{counted + 1} {made}", precondition=wanted
                    )
                    counts["updates"] += 1
                beta.sessions.events.send(session, events=[hello])
                counts["requests"] += 4

        def listen() -> None:
            with beta.sessions.events.stream(session) as stream, suppress(httpx2.HTTPError):
                for event in stream:
                    counts["events"] += 1
                    if time.monotonic() > deadline and event.type == "session.status_idle":
                        return

        def reset(http: httpx2.Client) -> None:
            while time.monotonic() < deadline:
                http.post("/_mockdreams/reset", json={}).raise_for_status()
                http.post("/v1/memory_stores", json={"name": "again"}).raise_for_status()
                counts["resets"] += 1

        def counted(act: Callable[[], object]) -> Callable[[], None]:
            def run() -> None:
                try:
                    act()
                except Exception as failed:
                    counts[f"failed: {type(failed).__name__}"] += 1

            return run

        with httpx2.Client(base_url=url, headers={**HEAD, "x-api-key": "sk-reset"}, timeout=WAIT) as http:
            acts = [counted(lambda number=number: work(number)) for number in range(THREADS)]  # type: ignore[misc]
            acts += [counted(listen)] * STREAMS + [counted(lambda: reset(http))]
            threads = [threading.Thread(target=act, daemon=True) for act in acts]
            for thread in threads:
                thread.start()
            for thread in threads[:THREADS] + threads[-1:]:
                thread.join(seconds + WAIT)
        content = beta.memory_stores.memories.retrieve(memory, memory_store_id=store).content or ""
    failed = sum(count for name, count in counts.items() if name.startswith("failed"))
    lost = counts["updates"] - int(content.split()[0])
    doubled = len(ids) - len(set(ids))
    return [
        Figure(
            f"{THREADS} threads of the SDK in one world, {STREAMS} streams, resets of another world",
            f"{counts['requests']:,} requests, {counts['events']:,} events, {counts['resets']:,} resets: "
            f"{failed} failed",
            failed == 0,
        ),
        Figure(
            "updates with a precondition, from all threads at once",
            f"{counts['updates']:,} accepted: {lost} lost; {doubled} of {len(ids):,} new ids twice",
            lost == doubled == 0,
        ),
    ]


SEEDS: list[tuple[str, str, Any]] = [
    ("POST", "/v1/memory_stores", {"name": "Notes", "metadata": {"a": "b"}}),
    ("POST", "/v1/agents", {"name": "Helper", "model": MODEL, "tools": [{"type": "agent_toolset_20260401"}]}),
    ("POST", "/v1/environments", {"name": "Cloud"}),
    ("POST", "/v1/dreams", {"model": MODEL, "inputs": [{"type": "memory_store", "memory_store_id": "memstore_x"}]}),
    ("POST", "/v1/messages", {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi."}]}),
    ("GET", "/v1/dreams?limit=2&statuses[]=pending", None),
    ("GET", "/v1/memory_stores?page=page_x&created_at[gte]=2026-01-01T00:00:00Z", None),
    ("POST", "/_mockdreams/faults", {"match": "GET /v1/nothing", "status": 400, "times": 1}),
    ("POST", "/_mockdreams/clock", {"advance": 1}),
    ("PATCH", "/_mockdreams/policy", {"memory_max_bytes": 1000}),
]
ODD: list[Any] = [None, True, -1, 0, 1e308, 10**30, "", "\x00", "é" * 300, [], {}, [[]], {"": {}}, "drm_01" + "a" * 22]


def _mutated(value: Any, dice: random.Random) -> Any:
    if dice.random() < 0.3:
        return dice.choice(ODD)
    if isinstance(value, dict) and value:
        key = dice.choice(list(value))
        return {**value, (key if dice.random() < 0.8 else f"{key}x"): _mutated(value[key], dice)}
    if isinstance(value, list) and value:
        return [*value[1:], _mutated(value[0], dice)]
    return dice.choice(ODD)


def _broken(raw: bytes, dice: random.Random) -> bytes:
    if not raw or dice.random() < 0.5:
        return raw
    place = dice.randrange(len(raw))
    return (
        raw[:place]
        + bytes([dice.randrange(256)]) * dice.choice((0, 1, 1, 100))
        + raw[place + dice.choice((0, 1, 20)) :]
    )


def fuzz(server: Server, seconds: float) -> list[Figure]:
    """Requests of all kinds with something changed in the body, the path, the query or the headers."""
    dice, deadline = random.Random(15), time.monotonic() + seconds
    counts: Counter[str] = Counter()
    with _client(server, "sk-fuzz") as http:
        while time.monotonic() < deadline:
            method, path, body = dice.choice(SEEDS)
            content = b"" if body is None else _broken(json.dumps(_mutated(body, dice)).encode(), dice)
            target = _broken(path.encode(), dice).decode("latin-1") if dice.random() < 0.3 else path
            extra = {dice.choice(list(HEAD)): dice.choice(["", "x", "é", "a" * 5000])} if dice.random() < 0.2 else {}
            extra.pop("host", None)
            try:
                answer = http.request(method, target, content=content, headers=extra)
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError, ValueError):
                continue
            except httpx2.HTTPError:
                counts["no answer"] += 1
                continue
            counts["all"] += 1
            counts["5xx"] += answer.status_code >= 500
            counts["no envelope"] += answer.status_code >= 400 and not _is_envelope(answer)
            if counts["all"] % 500 == 0:
                http.post("/_mockdreams/reset", json={})
    return [
        Figure(
            "requests with something changed in the body, the path, the query or the headers",
            f"{counts['all']:,} answers: {counts['5xx']} of 5xx, {counts['no envelope']} refusals without the "
            f"envelope, {counts['no answer']} without an answer",
            counts["5xx"] == counts["no envelope"] == counts["no answer"] == 0,
        )
    ]


def _is_envelope(answer: httpx2.Response) -> bool:
    try:
        return bool(answer.json()["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return False


def raw(server: Server, seconds: float) -> list[Figure]:
    """Bytes on a socket that are a request but for a change or a cut, then an orderly request by somebody else."""
    dice, deadline = random.Random(16), time.monotonic() + seconds
    counts: Counter[str] = Counter()
    head = "".join(f"{name}: {value}\r\n" for name, value in {**HEAD, "x-api-key": "sk-raw"}.items())
    whole = f"POST /v1/memory_stores HTTP/1.1\r\n{head}content-length: 12\r\n\r\n".encode() + b'{"name":"a"}'
    with _client(server, "sk-orderly") as http:
        while time.monotonic() < deadline:
            with socket.create_connection((HOST, server.port), WAIT) as connection, suppress(OSError):
                connection.sendall(_broken(_broken(whole, dice), dice)[: dice.choice((len(whole) * 2, 50, 300))])
                connection.shutdown(socket.SHUT_WR)
                got = connection.recv(65536)
                counts["5xx"] += got.startswith(b"HTTP/1.1 5")
            counts["all"] += 1
            if counts["all"] % 20 == 0:
                counts["others refused"] += http.get("/v1/dreams").status_code != 200
    return [
        Figure(
            "connections with changed or cut bytes",
            f"{counts['all']:,}: {counts['5xx']} answers of 5xx, "
            f"{counts['others refused']} requests of others disturbed",
            counts["5xx"] == counts["others refused"] == 0,
        )
    ]


def memory(server: Server, seconds: float) -> list[Figure]:
    """What a world that is asked again and again takes, and what readers take that never read."""
    with _client(server, "sk-memory") as http:
        agent = http.post("/v1/agents", json={"name": "Helper", "model": MODEL}).json()["id"]
        environment = http.post("/v1/environments", json={"name": "Cloud"}).json()["id"]
        session = http.post("/v1/sessions", json={"agent": agent, "environment_id": environment}).json()["id"]
        for _ in range(10_000):
            http.get("/v1/dreams")
        before, asked, deadline = _resident(server), 0, time.monotonic() + seconds
        while time.monotonic() < deadline:
            http.get("/v1/dreams")
            asked += 1
        grown = _resident(server) - before
        opened = [_opened(server, session) for _ in range(READERS)]
        turns: Any = [["x" * 50_000 for _ in range(200)]]
        http.post("/_mockdreams/sessions/scripts", json={"turns": turns}).raise_for_status()
        start = _resident(server)
        event = {"type": "user.message", "content": [{"type": "text", "text": "Speak."}]}
        http.post(f"/v1/sessions/{session}/events", json={"events": [event]})
        http.post("/_mockdreams/clock", json={"run_until_idle": True})
        time.sleep(2)
        read = _resident(server) - start
        for each in opened:
            each.close()
    return [
        Figure(
            "resident memory, after the journal is full",
            f"{asked:,} more requests: {grown:+.1f} MiB",
            grown < 20,
        ),
        Figure(
            f"{READERS} readers that read nothing of a turn of 10 MB",
            f"{read:+.0f} MiB, the turn itself, as text and as JSON, included",
            read < 10 * READERS,
        ),
    ]


def _opened(server: Server, session: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((HOST, server.port))
    head = "".join(f"{name}: {value}\r\n" for name, value in {**HEAD, "x-api-key": "sk-memory"}.items())
    connection.sendall(f"GET /v1/sessions/{session}/events/stream HTTP/1.1\r\n{head}\r\n".encode())
    return connection


def _resident(server: Server) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found
    return int(found[1]) / 1024


def _client(server: Server, key: str) -> httpx2.Client:
    headers = {**HEAD, "x-api-key": key}
    return httpx2.Client(base_url=f"http://{HOST}:{server.port}", headers=headers, timeout=WAIT, trust_env=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/promises", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="for each of the four parts (default: 15)")
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.name}")
    asked = parser.parse_args()
    found: list[Figure] = []
    for part in (load, fuzz, raw, memory):
        with mockdreams("one_dream") as server:
            found += part(server, asked.seconds)
    rows = "".join(f"| {each.what} | {each.found} |\n" for each in found)
    table = f"| what was done, {asked.seconds:g} s each | what came of it |\n|---|---|\n{rows}"
    print(table)
    if asked.write:
        page = PAGE.read_text("utf-8")
        start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
        PAGE.write_text(f"{page[:start]}\n{table}\n{page[end:]}", "utf-8")
    raise SystemExit(0 if all(each.kept for each in found) else 1)


if __name__ == "__main__":
    main()
