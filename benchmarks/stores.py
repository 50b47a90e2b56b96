"""What a store of worlds takes for an entry by itself, entries of many worlds together, leases and checkpoints."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from benchmarks.options import Options
from benchmarks.report import Row, Table
from mockdreams.store.interface import Appended, Checkpoint, Entry, Lease, WorldStore
from mockdreams.store.opening import open_store
from tests.support.databases import PROGRAMS, postgresql_server

WORLDS = 1_000
TOGETHER = 16
BODY = bytes(240)
"""As long as an entry is on average."""
WHOLE = bytes(20_000)


def stores(options: Options) -> Iterator[Table]:
    """what a store takes for entries, leases and checkpoints, beside SQLite without syncing each commit"""
    with ExitStack() as stack:
        opened: dict[str, WorldStore] = {
            "SQLite, normal": open_store(stack.enter_context(TemporaryDirectory())),
            "SQLite, full": open_store(stack.enter_context(TemporaryDirectory()), full_sync=True),
        }
        if PROGRAMS is not None:
            server = stack.enter_context(postgresql_server(synced=True))
            opened["PostgreSQL"] = open_store(server.new_database())
        leases = {name: [store.lease(str(world), 600) for world in range(WORLDS)] for name, store in opened.items()}
        floor = "SQLite, normal"
        for what, unit, run in _jobs():
            taken: dict[str, list[float]] = {name: [] for name in opened}
            for number in range(options.rounds):
                for name, store in opened.items():
                    taken[name].append(run(store, leases[name], number))
            yield Table(
                f"stores: {what}", unit, floor, [Row(name, values, taken[floor]) for name, values in taken.items()]
            )
        for store in opened.values():
            store.close()


def _jobs() -> Iterator[tuple[str, str, Callable[[WorldStore, list[Lease], int], float]]]:
    yield "an entry by itself", "µs", _alone
    yield f"entries of {TOGETHER} worlds together", "µs each", _together
    yield f"{WORLDS:,} leases are renewed", "ms", _renewed
    yield f"a checkpoint of {len(WHOLE):,} bytes, and the world read again", "µs", _checkpoint


def _alone(store: WorldStore, leases: list[Lease], number: int) -> float:
    entries = [Entry(number * 200 + each, "1", 0.0, BODY) for each in range(1, 201)]
    return _microseconds(lambda: [store.append([Appended(leases[0], [entry])]) for entry in entries]) / len(entries)


def _together(store: WorldStore, leases: list[Lease], number: int) -> float:
    batches = [
        [Appended(lease, [Entry(number * 50 + each, "1", 0.0, BODY)]) for lease in leases[1 : TOGETHER + 1]]
        for each in range(1, 51)
    ]
    return _microseconds(lambda: [store.append(batch) for batch in batches]) / len(batches) / TOGETHER


def _renewed(store: WorldStore, leases: list[Lease], number: int) -> float:
    return _microseconds(lambda: store.renew(leases, 600)) / 1_000


def _checkpoint(store: WorldStore, leases: list[Lease], number: int) -> float:
    lease = leases[-1]

    def run() -> None:
        store.checkpoint(lease, Checkpoint(number, "1", 0.0, WHOLE))
        store.read(lease.world)

    return _microseconds(run)


def _microseconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) * 1e6
