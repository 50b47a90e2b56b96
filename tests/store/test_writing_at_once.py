"""Entries that the event loop writes by itself, and those that it must not wait for."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from mockdreams.store.interface import Appended, Entry, Lease, WorldStore
from mockdreams.store.sqlite import DATABASE, WAL_BYTES, SqliteStore
from mockdreams.store.writer import LogWriter, OpenLog
from tests.support.helpers import HANG_GUARD


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "worlds", exclusive=False)
    yield store
    store.close()


@pytest.fixture
def other(store: SqliteStore) -> Iterator[sqlite3.Connection]:
    """Another process that has the database open."""
    with closing(sqlite3.connect(Path(store.where) / DATABASE, isolation_level=None)) as connection:
        yield connection


def entry(number: int, body: bytes = b"POST") -> Entry:
    return Entry(number, "1.0", 1_000.0 + number, body)


def log_size(store: SqliteStore) -> int:
    return (Path(store.where) / f"{DATABASE}-wal").stat().st_size


def test_what_is_written_at_once_is_there_for_others(store: SqliteStore) -> None:
    one, two = store.lease("one", 30), store.lease("two", 30)
    lost = one._replace(fence=one.fence + 100)
    batch = [Appended(one, [entry(1), entry(2)], ["token"]), Appended(lost, [entry(3)]), Appended(two, [entry(1)])]
    assert store.append_at_once(batch) == [lost]
    other = SqliteStore(store.where, exclusive=False)
    assert other.read("one").entries == [entry(1), entry(2)]
    assert other.read("two").entries == [entry(1)]
    assert other.find("token") == "one"
    other.close()


def test_a_store_that_syncs_each_commit_writes_nothing_at_once(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path, full_sync=True)
    lease = store.lease("one", 30)
    assert store.append_at_once([Appended(lease, [entry(1)])]) is None
    assert store.read("one").entries == []
    store.close()


def test_nothing_is_written_at_once_while_another_writes(store: SqliteStore, other: sqlite3.Connection) -> None:
    lease = store.lease("one", 30)
    other.execute("BEGIN IMMEDIATE")
    assert store.append_at_once([Appended(lease, [entry(1)])]) is None
    other.execute("ROLLBACK")
    assert store.read("one").entries == []
    assert store.append_at_once([Appended(lease, [entry(1)])]) == []


def test_what_cannot_be_written_leaves_nothing_behind(store: SqliteStore) -> None:
    lease = store.lease("one", 30)
    assert store.append_at_once([Appended(lease, [entry(1)])]) == []
    assert store.append_at_once([Appended(lease, [entry(2), entry(1)])]) is None
    with pytest.raises(OverflowError):
        store.append_at_once([Appended(lease, [entry(2), entry(2**70)])])
    assert store.append_at_once([Appended(lease, [entry(2)])]) == []
    assert store.read("one").entries == [entry(1), entry(2)]


def test_the_event_loop_goes_on_while_another_process_writes(store: SqliteStore, other: sqlite3.Connection) -> None:
    writer, log = LogWriter(store), OpenLog(store.lease("one", 30))

    async def write() -> None:
        other.execute("BEGIN IMMEDIATE")
        first = writer.add(log, entry(1))
        waiting = asyncio.ensure_future(first.written())
        for _ in range(10):
            await asyncio.sleep(0)
        second = writer.add(log, entry(2))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        assert not second.is_over
        other.execute("ROLLBACK")
        await waiting
        await second.written()
        await writer.add(log, entry(3)).written()

    asyncio.run(asyncio.wait_for(write(), HANG_GUARD))
    writer.close()
    assert log.failed is None
    assert store.read("one").entries == [entry(1), entry(2), entry(3)]


class GatedStore:
    """A store that is busy at first, and then lets the thread wait in the middle of what it writes."""

    def __init__(self) -> None:
        self.is_busy = True
        self.begun, self.gate = threading.Event(), threading.Event()
        self.written: list[int] = []

    def append(self, batch: Sequence[Appended]) -> list[Lease]:
        self.begun.set()
        assert self.gate.wait(HANG_GUARD)
        return self._write(batch)

    def append_at_once(self, batch: Sequence[Appended]) -> list[Lease] | None:
        return None if self.is_busy else self._write(batch)

    def _write(self, batch: Sequence[Appended]) -> list[Lease]:
        self.written += [each.number for part in batch for each in part.entries]
        return []


def test_what_comes_later_does_not_overtake_what_the_thread_writes() -> None:
    store = GatedStore()
    writer, log = LogWriter(cast(WorldStore, store)), OpenLog(Lease("one", "", 1))

    async def write() -> None:
        first = writer.add(log, entry(1))
        while not store.begun.is_set():
            await asyncio.sleep(0)
        store.is_busy = False
        second = writer.add(log, entry(2))
        await asyncio.sleep(0)
        assert store.written == []
        store.gate.set()
        await first.written()
        await second.written()

    asyncio.run(asyncio.wait_for(write(), HANG_GUARD))
    writer.close()
    assert store.written == [1, 2]


@pytest.mark.long
def test_the_log_of_the_database_is_moved_into_it_once_it_is_large(store: SqliteStore) -> None:
    lease, body = store.lease("one", 30), bytes(1_000_000)
    assert store.append_at_once([Appended(lease, [entry(1)])]) == []
    store.tidy()
    assert log_size(store) > 0
    numbers = range(2, WAL_BYTES // len(body) + 3)
    assert store.append_at_once([Appended(lease, [entry(number, body) for number in numbers])]) == []
    assert log_size(store) > WAL_BYTES
    store.tidy()
    assert log_size(store) < 10_000
    last = entry(numbers[-1] + 1)
    assert store.append_at_once([Appended(lease, [last])]) == []
    assert store.read("one").entries == [entry(1), *(entry(number, body) for number in numbers), last]


@pytest.mark.long
def test_it_is_moved_later_while_another_needs_it(store: SqliteStore, other: sqlite3.Connection) -> None:
    lease, body = store.lease("one", 30), bytes(WAL_BYTES)
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM entries").fetchall() == [(0,)]
    assert store.append_at_once([Appended(lease, [entry(1, body)])]) == []
    store.tidy()
    other.execute("COMMIT")
    other.execute("BEGIN IMMEDIATE")
    store.tidy()
    assert log_size(store) > WAL_BYTES
    other.execute("COMMIT")
    store.tidy()
    assert log_size(store) < 10_000
    assert store.read("one").entries == [entry(1, body)]
