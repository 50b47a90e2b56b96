"""What an open board costs the tests that it watches, and what a page of a large world costs: processor time."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks.options import Options
from benchmarks.report import Row, Table

DREAMS, REQUESTS, PAGES, WATCHED = 100, 500, 20, 20
BOARD = "/_mockdreams/board"
HEADERS = {
    "x-api-key": "sk-ant-bench",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "managed-agents-2026-04-01,dreaming-2026-04-21",
}


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "mockdreams", "serve", "--port", "0", "--clock", "auto"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().rsplit(" ", 1)[-1].strip(), process.pid
    finally:
        process.terminate()
        process.wait()


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def dream_body(http: httpx2.Client) -> bytes:
    store = http.post("/v1/memory_stores", json={"name": "Notes"}).json()["id"]
    agent = http.post("/v1/agents", json={"name": "Helper", "model": "claude-opus-4-8"}).json()["id"]
    environment = http.post("/v1/environments", json={"name": "Cloud"}).json()["id"]
    session = http.post("/v1/sessions", json={"agent": agent, "environment_id": environment}).json()["id"]
    inputs = [{"type": "memory_store", "memory_store_id": store}, {"type": "sessions", "session_ids": [session]}]
    return json.dumps({"inputs": inputs, "model": "claude-opus-4-8"}).encode()


def work(http: httpx2.Client, body: bytes, dreams: int) -> None:
    """What a suite does: it creates dreams and polls each to its end."""
    for _ in range(dreams):
        dream = http.post("/v1/dreams", content=body, headers={"content-type": "application/json"}).json()["id"]
        while http.get(f"/v1/dreams/{dream}").json()["status"] in ("pending", "running"):
            pass


def watch(url: str, page: str, ended: threading.Event) -> None:
    """Keep a page open, as a browser does."""
    with httpx2.stream("GET", f"{url}{BOARD}/live{page}", timeout=60) as response:
        for _ in response.iter_raw():
            if ended.is_set():
                return


def board(options: Options) -> Iterator[Table]:
    """server CPU of the pages of a large world, and of the same work while the board is open"""
    share = 5 if options.quick else 1
    used: dict[str, list[float]] = {"unwatched": [], "watched": []}
    with server() as (url, pid), httpx2.Client(base_url=url, headers=HEADERS) as http:
        body = dream_body(http)
        work(http, body, DREAMS // share)
        for _ in range(REQUESTS // share):
            http.get("/v1/dreams?limit=1")
        world = httpx2.get(f"{url}/_mockdreams/worlds").json()["data"][0]["id"]
        pages = {"dreams": f"/w/{world}/", "requests": f"/w/{world}/requests"}
        rounds = range(options.list_rounds)
        costs = {name: [_page_cost(url + BOARD + page, pid) for _ in rounds] for name, page in pages.items()}
        for _ in rounds:
            used["unwatched"].append(_cost_of_work(http, body, pid, WATCHED))
            ended = threading.Event()
            reader = threading.Thread(target=watch, args=(url, pages["dreams"], ended), daemon=True)
            reader.start()
            used["watched"].append(_cost_of_work(http, body, pid, WATCHED))
            ended.set()
            http.get("/v1/dreams?limit=1")
            reader.join()
    yield Table(
        f"board: {DREAMS // share:,} dreams, {REQUESTS // share:,} requests; a page",
        "ms",
        "dreams",
        [Row(name, cost, costs["dreams"]) for name, cost in costs.items()],
    )
    yield Table(
        "board: dreams that are created and polled",
        "s",
        "unwatched",
        [Row(name, spent, used["unwatched"]) for name, spent in used.items()],
    )


def _page_cost(address: str, pid: int) -> float:
    """Milliseconds of the server for a page that was asked for before."""
    httpx2.get(address)
    before = cpu(pid)
    for _ in range(PAGES):
        httpx2.get(address)
    return (cpu(pid) - before) * 1000 / PAGES


def _cost_of_work(http: httpx2.Client, body: bytes, pid: int, dreams: int) -> float:
    before = cpu(pid)
    work(http, body, dreams)
    return cpu(pid) - before
