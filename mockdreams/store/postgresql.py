"""Worlds in a PostgreSQL database, which servers on several machines share."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from secrets import token_hex
from typing import Any, TypeAlias
from zlib import crc32

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mockdreams.store.errors import LeaseHeldError, LeaseLostError, StoreError
from mockdreams.store.interface import Appended, Checkpoint, Kept, Lease, StoredWorld, checked

SCHEMA = 2
"""The number of the tables' layout, which the database carries."""
MOST_IDLE = 4
"""How many connections are kept for the next who needs one."""
_CONNECTING = {"connect_timeout": "10", "tcp_user_timeout": "10000", "application_name": "mockdreams"}
_MAKING = 0x6D6F636B
"""The advisory lock under which the tables are made."""
_TABLES = """
CREATE SCHEMA mockdreams;
CREATE TABLE mockdreams.layout (number integer NOT NULL);
CREATE SEQUENCE mockdreams.fences;
CREATE TABLE mockdreams.worlds (
  row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  key_end text NOT NULL,
  used_at double precision NOT NULL,
  owner text,
  process text,
  fence bigint NOT NULL,
  expires double precision NOT NULL
);
CREATE TABLE mockdreams.entries (
  world bigint NOT NULL,
  number bigint NOT NULL,
  version text NOT NULL,
  at double precision NOT NULL,
  crc bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (world, number)
);
CREATE TABLE mockdreams.checkpoints (
  world bigint PRIMARY KEY,
  number bigint NOT NULL,
  version text NOT NULL,
  at double precision NOT NULL,
  crc bigint NOT NULL,
  body bytea NOT NULL
);
CREATE TABLE mockdreams.labels (label text PRIMARY KEY, world bigint NOT NULL);
CREATE INDEX labels_of_world ON mockdreams.labels (world);
CREATE TABLE mockdreams.documents (name text PRIMARY KEY, body bytea NOT NULL);
"""
_NOW = "coalesce(%(now)s::float8, extract(epoch FROM clock_timestamp())::float8)"
_LEASE = f"""
INSERT INTO mockdreams.worlds AS own (id, key_end, used_at, owner, process, fence, expires)
VALUES (%(world)s, %(key_end)s, {_NOW}, %(owner)s, %(process)s, nextval('mockdreams.fences'), {_NOW} + %(seconds)s)
ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, process = excluded.process, expires = excluded.expires,
  used_at = excluded.used_at, fence = nextval('mockdreams.fences'),
  key_end = coalesce(nullif(excluded.key_end, ''), own.key_end)
WHERE own.owner IS NULL OR own.process = excluded.process OR own.expires <= {_NOW}
RETURNING fence
"""
_LOCK = """
SELECT own.row, own.id, own.fence FROM mockdreams.worlds AS own
JOIN unnest(%(ids)s::text[], %(fences)s::bigint[]) AS lease (id, fence) USING (id, fence)
WHERE own.owner IS NOT NULL ORDER BY own.id FOR"""
"""Locked in one order, so that nobody waits for who waits for them. `KEY SHARE` keeps out who wants to own or change
the world, until the commit, and lets a lease be renewed."""
_OWN = """
FROM unnest(%(ids)s::text[], %(fences)s::bigint[]) AS lease (id, fence)
WHERE own.id = lease.id AND own.fence = lease.fence AND own.owner IS NOT NULL
"""
_APPEND = f"""
WITH owned AS ({_LOCK} KEY SHARE OF own), added AS (
  INSERT INTO mockdreams.entries (world, number, version, at, crc, body)
  SELECT owned.row, entry.number, entry.version, entry.at, entry.crc, entry.body
  FROM unnest(
    %(worlds)s::text[], %(of)s::bigint[], %(numbers)s::bigint[], %(versions)s::text[], %(ats)s::float8[],
    %(crcs)s::bigint[], %(bodies)b::bytea[]
  ) AS entry (id, fence, number, version, at, crc, body)
  JOIN owned USING (id, fence)
)
SELECT row, id, fence FROM owned
"""
_LABEL = """
INSERT INTO mockdreams.labels SELECT label, %s FROM unnest(%s::text[]) AS label
ON CONFLICT (label) DO UPDATE SET world = excluded.world
"""
_READ = """
WITH own AS (SELECT row FROM mockdreams.worlds WHERE id = %s)
SELECT true, number, version, at, crc, body FROM mockdreams.checkpoints JOIN own ON world = own.row
UNION ALL
SELECT false, number, version, at, crc, body FROM mockdreams.entries JOIN own ON world = own.row
ORDER BY 1 DESC, 2
"""
_IN_SHORT = f"""
SELECT id, key_end, greatest(used_at, last), coalesce(entries, 0), coalesce(size, 0) + coalesce(length(body), 0),
  CASE WHEN expires > {_NOW} THEN owner END, CASE WHEN expires > {_NOW} THEN process END
FROM mockdreams.worlds AS own
LEFT JOIN LATERAL (
  SELECT max(at) AS last, count(*) AS entries, sum(length(body))::bigint AS size
  FROM mockdreams.entries WHERE world = own.row
) AS log ON true
LEFT JOIN mockdreams.checkpoints AS whole ON whole.world = own.row
"""
_Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"
_Execute: TypeAlias = "Callable[..., psycopg.Cursor[tuple[Any, ...]]]"


class PostgresStore:
    """Worlds in the database at a URL.

    `full_sync`: a commit waits for the disk even where the database is set up not to. Leases run out by the clock of
    the database, unless a `clock` tells wall time.
    """

    def __init__(
        self,
        url: str,
        *,
        owner: str = "",
        process: str = "",
        full_sync: bool = False,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.owner = owner
        self.process = process or token_hex(8)
        self.is_shared = True
        self._clock = clock
        self._full_sync = full_sync
        self._idle: LifoQueue[_Connection] = LifoQueue(MOST_IDLE)
        self._closed = False
        try:
            parts = conninfo_to_dict(url)
            self.where = _shown(parts)
            self._conninfo = make_conninfo("", **{**_CONNECTING, **parts})
            self._make_tables()
        except (psycopg.Error, StoreError) as broken:
            self.close()
            where = f"{self.where}: " if hasattr(self, "where") and isinstance(broken, psycopg.Error) else ""
            raise StoreError(f"cannot keep worlds in {where}{_one_line(broken)}") from None

    def lease(self, world: str, seconds: float, *, key_end: str = "") -> Lease:
        sent = {
            "world": world,
            "key_end": key_end,
            "owner": self.owner,
            "process": self.process,
            "seconds": seconds,
            "now": self._now(),
        }
        with self._transaction() as execute:
            before = execute("SELECT owner FROM mockdreams.worlds WHERE id = %s FOR UPDATE", (world,)).fetchone()
            while True:
                granted = execute(_LEASE, sent).fetchone()
                if granted is not None:
                    return Lease(world, self.owner, granted[0], was_released=before in (None, (None,)))
                held = execute("SELECT owner, process FROM mockdreams.worlds WHERE id = %s", (world,)).fetchone()
                if held is not None and held[0] is not None and held[1] != self.process:
                    raise LeaseHeldError(world, held[0])

    def renew(self, leases: Sequence[Lease], seconds: float) -> list[Lease]:
        query = f"UPDATE mockdreams.worlds AS own SET expires = {_NOW} + %(seconds)s {_OWN} RETURNING own.id, own.fence"
        with self._transaction() as execute:
            kept = set(execute(query, {**_sent(leases), "now": self._now(), "seconds": seconds}).fetchall())
        return [lease for lease in leases if (lease.world, lease.fence) not in kept]

    def release(self, leases: Sequence[Lease]) -> None:
        with self._transaction() as execute:
            execute(f"UPDATE mockdreams.worlds AS own SET owner = NULL {_OWN}", _sent(leases))

    def append(self, batch: Sequence[Appended]) -> list[Lease]:
        leases = [lease for lease, _, _ in batch]
        entries = [(lease.world, lease.fence, *entry) for lease, entries, _ in batch for entry in entries]
        worlds, fences, numbers, versions, ats, bodies = zip(*entries, strict=True) if entries else ((),) * 6
        sent = {
            **_sent(leases),
            "worlds": list(worlds),
            "of": list(fences),
            "numbers": list(numbers),
            "versions": list(versions),
            "ats": list(ats),
            "crcs": list(map(crc32, bodies)),
            "bodies": list(bodies),
        }
        with self._transaction() as execute:
            found = execute(_APPEND, sent).fetchall()
            rows = {(id, fence): row for row, id, fence in found}
            for lease, _, labels in batch:
                row = rows.get((lease.world, lease.fence))
                if labels and row is not None:
                    execute(_LABEL, (row, list(labels)))
        return [lease for lease in leases if (lease.world, lease.fence) not in rows]

    def append_at_once(self, batch: Sequence[Appended]) -> list[Lease] | None:
        return None  # the network is always waited for

    def tidy(self) -> None:
        """Nothing was put off."""

    def read(self, world: str) -> Kept:
        with self._transaction() as execute:
            found = execute(_READ, (world,), binary=True).fetchall()
        checkpoint = next((row for is_checkpoint, *row in found if is_checkpoint), None)
        return checked(world, self.where, checkpoint, [row for is_checkpoint, *row in found if not is_checkpoint])

    def checkpoint(self, lease: Lease, checkpoint: Checkpoint) -> None:
        number, version, at, body = checkpoint
        with self._transaction() as execute:
            row = self._owned(execute, lease)
            execute(
                "INSERT INTO mockdreams.checkpoints VALUES (%s, %s, %s, %s, %s, %b) ON CONFLICT (world) DO UPDATE SET "
                "number = excluded.number, version = excluded.version, at = excluded.at, crc = excluded.crc, "
                "body = excluded.body",
                (row, number, version, at, crc32(body), body),
            )
            execute("DELETE FROM mockdreams.entries WHERE world = %s AND number <= %s", (row, number))
            execute("UPDATE mockdreams.worlds SET used_at = %s WHERE row = %s", (at, row))

    def worlds(self) -> list[StoredWorld]:
        with self._transaction() as execute:
            found = execute(f'{_IN_SHORT} ORDER BY id COLLATE "C"', {"now": self._now()}).fetchall()
        return [StoredWorld(*each) for each in found]

    def count(self) -> int:
        with self._transaction() as execute:
            ((count,),) = execute("SELECT count(*) FROM mockdreams.worlds").fetchall()
        return int(count)

    def world(self, id: str) -> StoredWorld | None:
        with self._transaction() as execute:
            found = execute(f"{_IN_SHORT} WHERE id = %(id)s", {"now": self._now(), "id": id}).fetchone()
        return None if found is None else StoredWorld(*found)

    def document(self, name: str) -> bytes | None:
        with self._transaction() as execute:
            query = "SELECT body FROM mockdreams.documents WHERE name = %s"
            found = execute(query, (name,), binary=True).fetchone()
        return None if found is None else found[0]

    def add_document(self, name: str, body: bytes) -> None:
        with self._transaction() as execute:
            execute("INSERT INTO mockdreams.documents VALUES (%s, %b) ON CONFLICT DO NOTHING", (name, body))

    def find(self, label: str) -> str | None:
        query = "SELECT id FROM mockdreams.labels JOIN mockdreams.worlds ON row = world WHERE label = %s"
        with self._transaction() as execute:
            found = execute(query, (label,)).fetchone()
        return None if found is None else found[0]

    def forget(self, lease: Lease) -> None:
        with self._transaction() as execute:
            row = self._owned(execute, lease)
            for table in ("entries", "checkpoints", "labels"):
                execute(f"DELETE FROM mockdreams.{table} WHERE world = %s", (row,))
            execute("DELETE FROM mockdreams.worlds WHERE row = %s", (row,))

    def close(self) -> None:
        self._closed = True
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    def _now(self) -> float | None:
        return None if self._clock is None else self._clock()

    def _owned(self, execute: _Execute, lease: Lease) -> int:
        found = execute(f"{_LOCK} UPDATE OF own", _sent([lease])).fetchone()
        if found is None:
            raise LeaseLostError(f"world {lease.world} has another owner, or was forgotten")
        row: int = found[0]
        return row

    def _make_tables(self) -> None:
        """Make the tables where there are none. Raises StoreError for those of another version."""
        with self._transaction() as execute:
            execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
            if execute("SELECT to_regclass('mockdreams.layout')").fetchone() == (None,):
                execute(_TABLES)
                execute("INSERT INTO mockdreams.layout VALUES (%s)", (SCHEMA,))
            ((schema,),) = execute("SELECT number FROM mockdreams.layout").fetchall()
        if schema != SCHEMA:
            raise StoreError(f"{self.where}: it is of another version of mockdreams, with tables number {schema}")

    @contextmanager
    def _transaction(self) -> Iterator[_Execute]:
        """All or nothing. Raises StoreError for what the database cannot do."""
        connection: _Connection | None = None
        try:
            connection = self._begun()
            yield connection.execute
            connection.execute("COMMIT")
        except psycopg.Error as broken:
            raise StoreError(f"{self.where}: {_one_line(broken)}") from None
        finally:
            if connection is not None:
                self._put_back(connection)

    def _begun(self) -> _Connection:
        """A connection in a transaction. One that was idle may have been cut meanwhile: then another is made."""
        with suppress(Empty):
            while True:
                connection = self._idle.get_nowait()
                with suppress(psycopg.OperationalError):
                    connection.execute("BEGIN")
                    return connection
                connection.close()
        if self._closed:
            raise StoreError(f"{self.where}: it is closed")
        connection = psycopg.connect(self._conninfo, autocommit=True)
        if self._full_sync:
            connection.execute("SET synchronous_commit = on")
        connection.execute("BEGIN")
        return connection

    def _put_back(self, connection: _Connection) -> None:
        with suppress(psycopg.Error):
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
            if not connection.closed and not self._closed and not self._idle.full():
                self._idle.put_nowait(connection)
                return
        connection.close()


def _sent(leases: Sequence[Lease]) -> dict[str, Any]:
    return {"ids": [lease.world for lease in leases], "fences": [lease.fence for lease in leases]}


def _shown(parts: dict[str, Any]) -> str:
    """A URL as people are told it."""
    host, port = parts.get("host") or parts.get("hostaddr") or "", parts.get("port")
    return f"postgresql://{host}{f':{port}' if port else ''}/{parts.get('dbname') or ''}"


def _one_line(broken: Exception) -> str:
    return " ".join(str(broken).split()) or type(broken).__name__
