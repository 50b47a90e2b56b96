"""What it costs to keep worlds: requests with `--data` beside those without, a restart, worlds that are away."""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import uvloop

from benchmarks import scenes, servers
from benchmarks.load import CONNECTIONS, HEADERS, Connection, Target, ask, compare, encode, request
from benchmarks.options import Options
from benchmarks.over_http import DREAMS, RATE, against
from benchmarks.report import Row, Table
from mockdreams import __version__
from mockdreams.http.command_log import CommandLog
from mockdreams.http.keeping import StoreKeeper
from mockdreams.http.workspaces import Workspaces
from mockdreams.store.sqlite import SqliteStore
from mockdreams.store.writer import OpenLog
from mockdreams.wire.betas import DREAMING, MANAGED_AGENTS

STORES = "/v1/memory_stores"
IN_MEMORY = 1_000
MOST_KEPT = 10_000
"""Worlds on the disk cost no memory; to make more of them takes long."""


def keep(places: Workspaces, data: str, *, full_sync: bool = False) -> StoreKeeper:
    """Keep worlds that are in memory already."""
    keeper = places.keeper = StoreKeeper(SqliteStore(data, full_sync=full_sync), __version__)
    for place in places:
        lease = keeper.store.lease(place.id, 1e9, key_end=place.key_end)
        place.world.log = CommandLog(place.world, OpenLog(lease), keeper._writer, 0, __version__)
        keeper.save(place)
    return keeper


def kept(options: Options) -> Iterator[Table]:
    """POST of a dream and of a memory store, and GET of a list, with --data beside without"""
    with (
        tempfile.TemporaryDirectory() as normal,
        tempfile.TemporaryDirectory() as full,
        servers.mockdreams("dream_inputs") as without,
        servers.mockdreams("dream_inputs", data=normal) as kept,
        servers.mockdreams("dream_inputs", data=full, full_sync=True) as synced,
    ):
        all_three = (without, kept, synced)
        asked = {
            "POST of a dream": [request("POST", DREAMS, DREAMING, each.facts["body"].encode()) for each in all_three],
            "POST of a memory store": [request("POST", STORES, MANAGED_AGENTS, b'{"name": "Notes"}')] * 3,
            "GET of a list": [request("GET", f"{STORES}?limit=1", MANAGED_AGENTS)] * 3,
        }
        for name, sent in asked.items():
            targets = [each.target(one) for each, one in zip(all_three, sent, strict=True)]
            found = compare(targets, rounds=options.list_rounds, seconds=options.seconds)
            named = dict(zip(("in memory", "--data, normal", "--data, full"), found, strict=True))
            yield Table(f"kept: {name}", RATE, "in memory", against(found[0], named))


def restart(options: Options) -> Iterator[Table]:
    """the first request to a world of many dreams, after a checkpoint, beside one to a world in memory"""
    count = 1_000 if options.quick else 2_000
    with tempfile.TemporaryDirectory() as data:
        places = Workspaces()
        scenes.one_of_many(places, count=count)
        keeper = keep(places, data)
        size = keeper.store.worlds()[0].bytes
        keeper.close(places)
        starts: list[float] = []
        firsts: list[float] = []
        seconds: list[float] = []
        sent = request("GET", f"{DREAMS}?limit=1", DREAMING)
        for _ in range(3):
            with _serving("--data", data, "--clock", "manual") as (port, took):
                starts.append(took)
                for into in (firsts, seconds):
                    begun = time.perf_counter()
                    ask(port, sent)
                    into.append(time.perf_counter() - begun)
    yield Table(
        f"restart: a world of {count:,} dreams, a checkpoint of {size / 1e6:.1f} MB",
        "s",
        "the second request",
        [
            Row("until the server is ready", starts, seconds),
            Row("the first request", firsts, seconds),
            Row("the second request", seconds, seconds),
        ],
    )


def many_worlds(options: Options) -> Iterator[Table]:
    """the memory of a server with many worlds, of which some are in memory, beside one with those alone"""
    count, most = (400, 100) if options.quick else (100_000 if options.large else 1_250, IN_MEMORY)
    kept = min(count, MOST_KEPT)
    sizes: dict[str, float] = {}
    seconds: dict[str, float] = {}
    for name, worlds, options_of in (
        ("few", most, ()),
        ("packed", count, ("--worlds-in-memory", str(most))),
        ("kept", kept, ("--worlds-in-memory", str(most), "--data")),
    ):
        with tempfile.TemporaryDirectory() as data:
            arguments = (*options_of, data) if "--data" in options_of else options_of
            with _serving(*arguments) as (port, _):
                before = _memory(port)
                begun = time.perf_counter()
                uvloop.run(_begin_worlds(port, worlds))
                seconds[name] = time.perf_counter() - begun
                time.sleep(2)  # for the last to leave
                sizes[name] = _memory(port)
                sizes["nothing"] = before
    few = sizes["few"]
    yield Table(
        f"many-worlds: {count:,} worlds, {most:,} in memory",
        "MB",
        f"{most:,} worlds",
        [
            Row("no world", [sizes["nothing"]], [few]),
            Row(f"{most:,} worlds", [few], [few]),
            Row(f"{count:,}, packed", [sizes["packed"]], [few]),
            Row(f"{kept:,}, kept", [sizes["kept"]], [few]),
        ],
        note=f"Made in {seconds['few']:.0f}, {seconds['packed']:.0f} and {seconds['kept']:.0f} s.",
    )


async def _begin_worlds(port: int, count: int) -> None:
    """Let so many keys be used for the first time, by several connections."""
    connections: list[Connection] = []

    def requests() -> Iterator[bytes]:
        for number in (*range(count), *([count - 1] * CONNECTIONS)):
            headers = {**HEADERS, "x-api-key": f"sk-ant-world-{number:06}", "anthropic-beta": MANAGED_AGENTS}
            for connection in connections if number == count - 1 else ():
                connection.ending = True
            yield encode("POST", STORES, headers, b'{"name": "Notes"}')

    sent = requests()
    first = ask(port, next(sent))
    target = Target(port, 0, "", first.length)
    connections += [Connection(target, sent) for _ in range(CONNECTIONS)]
    for connection in connections:
        await connection.connect()
    await asyncio.gather(*(connection.ended for connection in connections))


class _serving:  # noqa: N801
    """A server of the command line; its port, and the seconds until it was ready."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments

    def __enter__(self) -> tuple[int, float]:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "mockdreams", "serve", "--port", "0", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline().rsplit(":", 1)[1])
        _PIDS[port] = self._process.pid
        return port, time.perf_counter() - begun

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


_PIDS: dict[int, int] = {}


def _memory(port: int) -> float:
    """Megabytes."""
    status = Path(f"/proc/{_PIDS[port]}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found is not None
    return int(found[1]) / 1024
