"""Worlds in a directory: an SQLite database in WAL mode."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any
from zlib import crc32

from mockdreams.store.directory_lock import DirectoryLock
from mockdreams.store.errors import LeaseHeldError, LeaseLostError, StoreError
from mockdreams.store.interface import Appended, Checkpoint, Kept, Lease, StoredWorld, checked

DATABASE = "worlds.db"
SCHEMA = 3
"""The number of the tables' layout, which the database carries."""
BUSY_SECONDS = 10
"""How long one that shares the directory is waited for."""
ATTEMPTS = 20
"""How often one who must not wait tries to begin, which takes some microseconds each; a commit takes about 30."""
WAL_BYTES = 16 * 1024 * 1024
"""When the write-ahead log is moved into the database."""
_TABLES = """
CREATE TABLE worlds (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  key_end TEXT NOT NULL,
  used_at REAL NOT NULL,
  owner TEXT,
  process TEXT,
  fence INTEGER NOT NULL,
  expires REAL NOT NULL
) STRICT;
CREATE TABLE entries (
  place INTEGER PRIMARY KEY,
  world INTEGER AS (place >> 32),
  number INTEGER AS (place & 0xffffffff),
  version TEXT NOT NULL,
  at REAL NOT NULL,
  crc INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE TABLE checkpoints (
  world INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  version TEXT NOT NULL,
  at REAL NOT NULL,
  crc INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE TABLE labels (label TEXT PRIMARY KEY, world INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX labels_of_world ON labels (world);
CREATE TABLE documents (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE fences (newest INTEGER NOT NULL) STRICT;
INSERT INTO fences VALUES (0);
"""
"""An entry has its place among all: one integer, which takes four fifths of what a key of two columns does."""
_ADD = """
INSERT INTO entries SELECT row << 32 | ?, ?, ?, ?, ? FROM worlds WHERE id = ? AND fence = ? AND owner IS NOT NULL
"""
_OWN_ENTRIES = "entries WHERE place BETWEEN row << 32 AND row << 32 | 0xffffffff"
_IN_SHORT = f"""
SELECT id, key_end, max(used_at, ifnull((SELECT max(at) FROM {_OWN_ENTRIES}), 0)),
  (SELECT count(*) FROM {_OWN_ENTRIES}),
  ifnull((SELECT sum(length(body)) FROM {_OWN_ENTRIES}), 0)
    + ifnull((SELECT length(body) FROM checkpoints WHERE world = row), 0),
  CASE WHEN expires > :now THEN owner END, CASE WHEN expires > :now THEN process END
FROM worlds
"""


class SqliteStore:
    """Worlds in a directory.

    If it is `exclusive`, no other process has the directory, and the leases of one that died are void at once.
    `clock` tells wall time.
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        owner: str = "",
        process: str = "",
        full_sync: bool = False,
        exclusive: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.where = os.path.abspath(directory)
        self.owner = owner
        self.process = process or token_hex(8)
        self.is_shared = not exclusive
        self._clock = clock
        self._lock = Lock()
        self._quick_lock = Lock()
        self._full_sync = full_sync
        self._directory_lock: DirectoryLock | None = None
        try:
            Path(self.where).mkdir(mode=0o700, parents=True, exist_ok=True)
            if exclusive:
                self._directory_lock = DirectoryLock(Path(self.where))
            self._path = _created(Path(self.where) / DATABASE)
            self._connection = _connect(self._path, full_sync)
            self._begin(exclusive)
            self._quick = _connect(self._path, full_sync, seconds=0)
            """For who must not wait."""
        except (sqlite3.Error, OSError, StoreError) as broken:
            self._let_go()
            reason = broken.strerror if isinstance(broken, OSError) else None
            said = (reason or str(broken)).removeprefix(f"{self.where}: ")
            raise StoreError(f"cannot keep worlds in {self.where}: {said}") from None

    def lease(self, world: str, seconds: float, *, key_end: str = "") -> Lease:
        now = self._clock()
        with self._transaction() as execute:
            found = execute("SELECT owner, process, expires FROM worlds WHERE id = ?", (world,)).fetchone()
            if found is not None and found[0] is not None and found[1] != self.process and found[2] > now:
                raise LeaseHeldError(world, found[0])
            fence = _next_fence(execute)
            execute(
                "INSERT INTO worlds (id, key_end, used_at, owner, process, fence, expires) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, process = excluded.process, "
                "expires = excluded.expires, fence = excluded.fence, used_at = excluded.used_at, "
                "key_end = CASE excluded.key_end WHEN '' THEN key_end ELSE excluded.key_end END",
                (world, key_end, now, self.owner, self.process, fence, now + seconds),
            )
        return Lease(world, self.owner, fence, was_released=found is None or found[0] is None)

    def renew(self, leases: Sequence[Lease], seconds: float) -> list[Lease]:
        expires = self._clock() + seconds
        with self._transaction() as execute:
            return [
                lease
                for lease in leases
                if not execute(
                    "UPDATE worlds SET expires = ? WHERE id = ? AND fence = ? AND owner IS NOT NULL",
                    (expires, lease.world, lease.fence),
                ).rowcount
            ]

    def release(self, leases: Sequence[Lease]) -> None:
        with self._transaction() as execute:
            for lease in leases:
                execute("UPDATE worlds SET owner = NULL WHERE id = ? AND fence = ?", (lease.world, lease.fence))

    def append(self, batch: Sequence[Appended]) -> list[Lease]:
        with self._transaction():
            return _append(self._connection, batch)

    def append_at_once(self, batch: Sequence[Appended]) -> list[Lease] | None:
        """A commit without syncing is a write to memory; what fails, fails again where it may wait, and says why."""
        if self._full_sync or not self._quick_lock.acquire(blocking=False):
            return None
        execute = self._quick.execute
        try:
            if len(batch) == 1 and _is_single(batch[0]):
                added = _executed_at_once(execute, _ADD, _added(batch[0]))  # a transaction of its own
                return None if added is None else [] if added.rowcount else [batch[0].lease]
            if _executed_at_once(execute, "BEGIN IMMEDIATE") is None:
                return None
            lost = _append(self._quick, batch)
            execute("COMMIT")
            return lost
        except BaseException as broken:
            with suppress(sqlite3.Error):  # it may be rolled back already, or closed
                execute("ROLLBACK")
            if isinstance(broken, sqlite3.Error):
                return None
            raise
        finally:
            self._quick_lock.release()

    def read(self, world: str) -> Kept:
        with self._transaction() as execute:
            found = execute("SELECT row FROM worlds WHERE id = ?", (world,)).fetchone()
            if found is None:
                return Kept(None, [])
            columns = "SELECT number, version, at, crc, body FROM"
            checkpoint = execute(f"{columns} checkpoints WHERE world = ?", found).fetchone()
            entries = execute(
                f"{columns} entries WHERE place BETWEEN ? AND ? ORDER BY place", _places(*found)
            ).fetchall()
        return checked(world, self.where, checkpoint, entries)

    def checkpoint(self, lease: Lease, checkpoint: Checkpoint) -> None:
        number, version, at, body = checkpoint
        with self._transaction() as execute:
            row = self._owned(execute, lease)
            values = (row, number, version, at, crc32(body), body)
            execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?)", values)
            execute("DELETE FROM entries WHERE place BETWEEN ? AND ?", _places(row, number))
            execute("UPDATE worlds SET used_at = ? WHERE row = ?", (at, row))

    def tidy(self) -> None:
        """Move the write-ahead log into the database once it is large: the only part that waits for the disk.

        Most of it is moved while others write. The rest, and the header of the next log, keep them out for a moment.
        """
        try:
            if os.path.getsize(f"{self._path}-wal") < WAL_BYTES:
                return
            with closing(_connect(self._path, self._full_sync, seconds=0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
                ((is_busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                if not is_busy:
                    connection.execute("UPDATE fences SET newest = newest")
        except FileNotFoundError:
            return  # nothing has been written yet
        except (sqlite3.Error, OSError) as broken:
            if getattr(broken, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                raise StoreError(f"{self.where}: {broken}") from None

    def worlds(self) -> list[StoredWorld]:
        with self._reading() as execute:
            rows = execute(f"{_IN_SHORT} ORDER BY id", {"now": self._clock()}).fetchall()
        return [StoredWorld(*row) for row in rows]

    def count(self) -> int:
        with self._reading() as execute:
            ((count,),) = execute("SELECT count(*) FROM worlds").fetchall()
        return int(count)

    def world(self, id: str) -> StoredWorld | None:
        with self._transaction() as execute:
            row = execute(f"{_IN_SHORT} WHERE id = :id", {"now": self._clock(), "id": id}).fetchone()
        return None if row is None else StoredWorld(*row)

    def document(self, name: str) -> bytes | None:
        with self._transaction() as execute:
            found = execute("SELECT body FROM documents WHERE name = ?", (name,)).fetchone()
        return None if found is None else found[0]

    def add_document(self, name: str, body: bytes) -> None:
        with self._transaction() as execute:
            execute("INSERT OR IGNORE INTO documents VALUES (?, ?)", (name, body))

    def find(self, label: str) -> str | None:
        with self._transaction() as execute:
            found = execute("SELECT id FROM labels JOIN worlds ON row = world WHERE label = ?", (label,)).fetchone()
        return None if found is None else found[0]

    def forget(self, lease: Lease) -> None:
        with self._transaction() as execute:
            row = self._owned(execute, lease)
            execute("DELETE FROM entries WHERE place BETWEEN ? AND ?", _places(row))
            for table in ("checkpoints", "labels"):
                execute(f"DELETE FROM {table} WHERE world = ?", (row,))
            execute("DELETE FROM worlds WHERE row = ?", (row,))

    def close(self) -> None:
        with self._lock, self._quick_lock:
            self._let_go()

    def _owned(self, execute: "_Execute", lease: Lease) -> int:
        row = _row_of(execute, lease)
        if row is None:
            raise LeaseLostError(f"world {lease.world} has another owner, or was forgotten")
        return row

    def _begin(self, exclusive: bool) -> None:
        """Make the tables where there are none. Raises StoreError for those of another version."""
        with self._transaction() as execute:
            ((schema,),) = execute("PRAGMA user_version").fetchall()
            if schema == 0:
                for statement in filter(str.strip, _TABLES.split(";")):
                    execute(statement)
                execute(f"PRAGMA user_version = {SCHEMA}")
            elif schema != SCHEMA:
                raise StoreError(f"{DATABASE} is of another version of mockdreams, with tables number {schema}")
            if exclusive:
                execute("UPDATE worlds SET expires = 0, fence = ? WHERE owner IS NOT NULL", (_next_fence(execute),))

    @contextmanager
    def _transaction(self) -> "Iterator[_Execute]":
        """All or nothing. Raises StoreError for what the database cannot do."""
        with self._lock:
            connection = self._connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection.execute
                connection.execute("COMMIT")
            except BaseException as broken:
                with suppress(sqlite3.Error):  # it may be rolled back already, or closed
                    connection.execute("ROLLBACK")
                if isinstance(broken, sqlite3.Error):
                    raise StoreError(f"{self.where}: {broken}") from None
                raise

    @contextmanager
    def _reading(self) -> "Iterator[_Execute]":
        """What takes long and changes nothing: on a connection of its own, and nobody waits for it."""
        try:
            database = f"{self._path.as_uri()}?mode=ro"
            with closing(sqlite3.connect(database, timeout=BUSY_SECONDS, uri=True)) as connection:
                yield connection.execute
        except sqlite3.Error as broken:
            raise StoreError(f"{self.where}: {broken}") from None

    def _let_go(self) -> None:
        for name in ("_quick", "_connection"):
            if hasattr(self, name):
                getattr(self, name).close()
        if self._directory_lock is not None:
            self._directory_lock.release()


_Execute = Callable[..., sqlite3.Cursor]


def _next_fence(execute: _Execute) -> int:
    ((fence,),) = execute("UPDATE fences SET newest = newest + 1 RETURNING newest").fetchall()
    return int(fence)


def _row_of(execute: _Execute, lease: Lease) -> int | None:
    """The row of a world, if nobody has had a lease after this one."""
    found = execute(
        "SELECT row FROM worlds WHERE id = ? AND fence = ? AND owner IS NOT NULL", (lease.world, lease.fence)
    ).fetchone()
    return None if found is None else found[0]


def _places(row: int, number: int = 0xFFFFFFFF) -> tuple[int, int]:
    """The places of the entries of a world, up to that of a number."""
    return row << 32, row << 32 | number


def _executed_at_once(execute: _Execute, *statement: Any) -> sqlite3.Cursor | None:
    """Execute what begins a transaction, unless another is in one for longer than a commit takes."""
    for _ in range(ATTEMPTS):
        try:
            return execute(*statement)
        except sqlite3.OperationalError as busy:
            if busy.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
    return None


def _is_single(part: Appended) -> bool:
    return len(part.entries) == 1 and not part.labels


def _added(part: Appended) -> tuple[Any, ...]:
    """The values of `_ADD`."""
    ((number, version, at, body),) = part.entries
    return number, version, at, crc32(body), body, part.lease.world, part.lease.fence


def _append(connection: sqlite3.Connection, batch: Sequence[Appended]) -> list[Lease]:
    lost = []
    for part in batch:
        lease, entries, labels = part
        if _is_single(part):
            if not connection.execute(_ADD, _added(part)).rowcount:
                lost.append(lease)
            continue
        row = _row_of(connection.execute, lease)
        if row is None:
            lost.append(lease)
            continue
        first, _ = _places(row)
        connection.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
            [(first + number, version, at, crc32(body), body) for number, version, at, body in entries],
        )
        if labels:
            named = [(label, row) for label in labels]
            connection.executemany("INSERT OR REPLACE INTO labels VALUES (?, ?)", named)
    return lost


def _created(path: Path) -> Path:
    """Only its owner can read the database: what was sent to worlds is in it, secrets too."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return path


def _connect(path: Path, full_sync: bool, *, seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection that waits so long for others; its log is moved into the database by `SqliteStore.tidy` alone."""
    connection = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
