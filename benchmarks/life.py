"""What a world costs: whole lives of dreams, and worlds that come and go."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import httpx2

from benchmarks.floor import BareUvicorn, asgi_app
from benchmarks.load import HOST
from benchmarks.options import Options
from benchmarks.report import Row, Table
from benchmarks.scenes import a_dream, live_a_life
from mockdreams.harness.handle import MockDreams
from mockdreams.harness.transport import Transport
from mockdreams.server import tune_gc
from mockdreams.world.world import World

BLOCKS = 10
SERVERS = 3


def dream_life(options: Options) -> Iterator[Table]:
    """whole lives of dreams in one world, the last beside the first, as in `mockdreams serve` and as in a test"""
    wheres = {
        "mockdreams serve": (True, 1000 if options.large else 30),
        "a process of Python's own settings": (False, 30),
    }
    for where, (served, lives) in wheres.items():
        block = 20 if options.quick else lives
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as alone:
            taken = alone.submit(_lives, block, served).result()
        first = taken[0]
        yield Table(
            f"dream-life: {BLOCKS * block:,} whole dreams over 10 memories and 5 sessions, in {where}",
            "CPU µs a dream",
            f"first {block:,}",
            [
                Row(f"first {block:,}", [first], [first]),
                Row(f"last {block:,}", [taken[-1]], [first]),
                Row("all", taken, [first] * BLOCKS),
            ],
        )


def _lives(block: int, served: bool) -> list[float]:
    """Microseconds of CPU a dream, block by block; `served`: the garbage collector does as in `mockdreams serve`."""
    world = World("benchmarks", clock="auto")
    with world.lock:
        params = a_dream(world)
    live_a_life(world, params)
    if served:
        tune_gc()
    return [_each(lambda: live_a_life(world, params), block, time.process_time) for _ in range(BLOCKS)]


def transport(options: Options) -> Iterator[Table]:
    """GET with no socket, beside a bare ASGI app through the same transport"""
    calls = 200 if options.quick else 1000
    with MockDreams() as mock, mock.client() as client:
        store = client.beta.memory_stores.create(name="Notes")
        path = f"/v1/memory_stores/{store.id}"
        body = mock.http.get(path).content
        both = (mock.transport, Transport(asgi_app(path, body)))
        headers = dict(mock.http.headers)
        clients = [httpx2.Client(transport=each, base_url="http://world", headers=headers) for each in both]
        taken: list[list[float]] = [[], []]
        for _ in range(options.rounds):
            for each, into in zip(clients, taken, strict=True):
                into.append(_each(lambda each=each: each.get(path), calls, time.process_time))  # type: ignore[misc]
        for each in clients:
            each.close()
    ours, bare = taken
    yield Table(
        "transport: GET of a memory store through httpx2, no socket",
        "CPU µs",
        "bare ASGI",
        [Row("mockdreams", ours, bare), Row("bare ASGI", bare, bare)],
    )


def fixture(options: Options) -> Iterator[Table]:
    """a world set up and torn down, beside a server of one's own"""
    worlds = 50 if options.quick else 500
    assert MockDreams().url, "starts the server of the process"
    own: list[float] = []
    world: list[float] = []
    answer: list[float] = []
    for _ in range(options.rounds):
        own.append(_each(own_server, SERVERS, time.perf_counter))
        world.append(_each(_world, worlds, time.perf_counter))
        answer.append(_each(world_and_answer, worlds // 10, time.perf_counter))
    yield Table(
        "fixture: set up and torn down, wall time",
        "µs",
        "own Uvicorn",
        [
            Row("own Uvicorn on a thread", own, own),
            Row("MockDreams(), the server running", world, own),
            Row("and one answer over mock.http", answer, own),
        ],
    )


def own_server() -> None:
    bound, ready = socket.create_server((HOST, 0)), threading.Event()
    server = BareUvicorn(asgi_app("/", b"{}"), ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    ready.wait()
    server.should_exit = True
    thread.join()
    bound.close()


def _world() -> None:
    with MockDreams():
        pass


def world_and_answer() -> None:
    with MockDreams() as mock:
        mock.http.get("/v1/dreams").raise_for_status()


def _each(action: Callable[[], object], count: int, clock: Callable[[], float]) -> float:
    """Microseconds by `clock` for each of `count` times."""
    start = clock()
    for _ in range(count):
        action()
    return (clock() - start) / count * 1e6
