"""What every store of worlds does, whatever it is made of."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from mockdreams.server import bind
from mockdreams.store.errors import DamagedWorldError, LeaseHeldError, LeaseLostError, StoreError
from mockdreams.store.interface import Appended, Checkpoint, Entry, WorldStore
from mockdreams.store.postgresql import PostgresStore
from mockdreams.store.sqlite import SqliteStore
from tests.support.databases import Postgresql, needs_postgresql, postgresql_server
from tests.support.helpers import HANG_GUARD

OPEN = Callable[..., WorldStore]


class WallClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> WallClock:
    return WallClock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.process, needs_postgresql])])
def open_store(request: pytest.FixtureRequest, tmp_path: Path, wall: WallClock) -> Iterator[OPEN]:
    """Opens the store of this test for one owner after the other, as replicas do."""
    stores: list[WorldStore] = []
    url = request.getfixturevalue("postgresql").new_database() if request.param == "postgresql" else None

    def open_it(owner: str = "a:1", process: str = "") -> WorldStore:
        store = (
            SqliteStore(tmp_path / "worlds", owner=owner, process=process, exclusive=False, clock=wall)
            if url is None
            else PostgresStore(url, owner=owner, process=process, clock=wall)
        )
        stores.append(store)
        return store

    yield open_it
    for store in stores:
        store.close()


def entry(number: int, body: bytes = b"POST") -> Entry:
    return Entry(number, "1.0", 1_000.0 + number, body)


def test_entries_are_read_in_their_order(open_store: OPEN) -> None:
    store = open_store()
    one, two = store.lease("one", 30), store.lease("two", 30)
    assert store.append([Appended(one, [entry(1, b"a")]), Appended(two, [entry(1, b"b")])]) == []
    assert store.append([Appended(one, [entry(2, b"c"), entry(3, b"\x00\xff")])]) == []

    kept = open_store("b:1").read("one")
    assert kept.checkpoint is None
    assert kept.entries == [entry(1, b"a"), entry(2, b"c"), entry(3, b"\x00\xff")]


def test_a_checkpoint_stands_for_what_came_before_it(open_store: OPEN) -> None:
    store = open_store()
    lease = store.lease("one", 30)
    store.append([Appended(lease, [entry(1), entry(2), entry(3)])])
    store.checkpoint(lease, Checkpoint(2, "1.0", 1_002.0, b"whole"))
    assert store.read("one").checkpoint == Checkpoint(2, "1.0", 1_002.0, b"whole")
    assert store.read("one").entries == [entry(3)]

    store.checkpoint(lease, Checkpoint(3, "1.1", 1_003.0, b"more"))
    assert store.read("one") == (Checkpoint(3, "1.1", 1_003.0, b"more"), [])


def test_a_world_that_there_is_not_has_nothing(open_store: OPEN) -> None:
    assert open_store().read("none") == (None, [])


def test_one_owns_a_world_at_a_time(open_store: OPEN, wall: WallClock) -> None:
    a, b = open_store("a:1"), open_store("b:1")
    a.lease("one", 30)
    with pytest.raises(LeaseHeldError) as held:
        b.lease("one", 30)
    assert held.value.owner == "a:1"

    wall.now += 31
    b.lease("one", 30)
    with pytest.raises(LeaseHeldError):
        a.lease("one", 30)


def test_two_with_one_address_are_not_taken_for_each_other(open_store: OPEN, wall: WallClock) -> None:
    a, b = open_store("a:1"), open_store("a:1")
    lease = a.lease("one", 30)
    with pytest.raises(LeaseHeldError) as held:
        b.lease("one", 30)
    assert held.value.owner == "a:1"
    assert a.append([Appended(lease, [entry(1)])]) == []
    assert [each.process for each in b.worlds()] == [a.process] != [b.process]

    wall.now += 31
    assert b.lease("one", 30).fence > lease.fence
    assert a.append([Appended(lease, [entry(2)])]) == [lease]


def test_who_takes_the_place_of_a_process_has_its_worlds_at_once(open_store: OPEN) -> None:
    dead, next_one = open_store("a:1", "worker"), open_store("a:1", "worker")
    lease = dead.lease("one", 30)
    assert next_one.lease("one", 30).fence > lease.fence
    assert dead.append([Appended(lease, [entry(1)])]) == [lease]


def test_an_owner_that_wakes_up_late_writes_nothing(open_store: OPEN, wall: WallClock) -> None:
    a, b = open_store("a:1"), open_store("b:1")
    old, other = a.lease("one", 30), a.lease("two", 300)
    a.append([Appended(old, [entry(1, b"mine")])])
    wall.now += 31
    new = b.lease("one", 30)
    assert new.fence > old.fence

    assert a.append([Appended(old, [entry(2, b"late")]), Appended(other, [entry(1)])]) == [old]
    assert b.append([Appended(new, [entry(2, b"new")])]) == []
    assert b.read("one").entries == [entry(1, b"mine"), entry(2, b"new")]
    assert b.read("two").entries == [entry(1)]
    with pytest.raises(LeaseLostError):
        a.checkpoint(old, Checkpoint(1, "1.0", 0.0, b"late"))
    with pytest.raises(LeaseLostError):
        a.forget(old)
    a.release([old])
    assert a.renew([old, other], 30) == [old]
    assert b.renew([new], 30) == []


def test_a_lease_that_is_renewed_does_not_run_out(open_store: OPEN, wall: WallClock) -> None:
    a, b = open_store("a:1"), open_store("b:1")
    lease = a.lease("one", 30)
    wall.now += 20
    assert a.renew([lease], 30) == []
    wall.now += 20
    with pytest.raises(LeaseHeldError):
        b.lease("one", 30)


def test_a_lease_that_is_released_is_over(open_store: OPEN) -> None:
    a, b = open_store("a:1"), open_store("b:1")
    lease = a.lease("one", 30)
    a.release([lease])
    assert a.append([Appended(lease, [entry(1)])]) == [lease]
    b.lease("one", 30)


def test_the_worlds_are_told_in_short(open_store: OPEN, wall: WallClock) -> None:
    store = open_store("a:1")
    lease = store.lease("one", 30, key_end="…cdef")
    store.append([Appended(lease, [entry(1, b"12345"), entry(2, b"6")])])
    store.checkpoint(lease, Checkpoint(1, "1.0", 1_001.0, b"123"))
    store.lease("two", 300, key_end="…")
    wall.now += 31
    told = [tuple(world) for world in store.worlds()]
    assert store.count() == 2
    assert told == [("one", "…cdef", 1_002.0, 1, 4, None, None), ("two", "…", 1_000.0, 0, 0, "a:1", store.process)]
    assert [store.world("one"), store.world("two"), store.world("three")] == [*told, None]


def test_a_label_finds_its_world(open_store: OPEN) -> None:
    store = open_store()
    lease = store.lease("one", 30)
    store.append([Appended(lease, [entry(1)], ["token"])])
    assert open_store().find("token") == "one"
    assert store.find("other") is None


def test_what_worlds_share_is_kept_once(open_store: OPEN) -> None:
    store = open_store()
    store.add_document("seed", b"first")
    store.add_document("seed", b"second")
    assert open_store().document("seed") == b"first"
    assert store.document("other") is None


def test_nothing_is_left_of_a_world_that_is_forgotten(open_store: OPEN) -> None:
    store = open_store()
    lease = store.lease("one", 30)
    store.append([Appended(lease, [entry(1)], ["token"])])
    store.checkpoint(lease, Checkpoint(1, "1.0", 0.0, b"whole"))
    store.forget(lease)
    assert store.read("one") == (None, [])
    assert store.worlds() == []
    assert store.find("token") is None
    assert store.append([Appended(lease, [entry(2)])]) == [lease]
    again = store.lease("one", 30)
    assert store.append([Appended(again, [entry(1)]), Appended(lease, [entry(2)])]) == [lease]


def test_nothing_is_written_of_a_batch_that_cannot_be(open_store: OPEN) -> None:
    store = open_store()
    lease, other = store.lease("one", 30), store.lease("two", 30)
    store.append([Appended(lease, [entry(1)])])
    with pytest.raises(StoreError):
        store.append([Appended(other, [entry(1)]), Appended(lease, [entry(1, b"again")])])
    assert store.read("one").entries == [entry(1)]
    assert store.read("two").entries == []


class TestSqlite:
    def test_an_entry_that_was_changed_is_noticed(self, tmp_path: Path) -> None:
        store = SqliteStore(tmp_path)
        lease = store.lease("one", 30)
        store.append([Appended(lease, [entry(1), entry(2), entry(3)])])
        store._connection.execute("UPDATE entries SET body = x'00' WHERE number = 3")
        with pytest.raises(DamagedWorldError, match=r"entry 3 of the log of world one in .* is damaged"):
            store.read("one")
        store._connection.execute("DELETE FROM entries WHERE number = 2")
        with pytest.raises(DamagedWorldError, match="entry 2 of the log"):
            store.read("one")
        store.close()

    def test_a_checkpoint_that_was_changed_is_noticed(self, tmp_path: Path) -> None:
        store = SqliteStore(tmp_path)
        store.checkpoint(store.lease("one", 30), Checkpoint(0, "1.0", 0.0, b"whole"))
        store._connection.execute("UPDATE checkpoints SET body = x'00'")
        with pytest.raises(DamagedWorldError, match=r"the checkpoint of world one in .* is damaged"):
            store.read("one")
        store.close()

    def test_a_directory_has_one_server(self, tmp_path: Path) -> None:
        store = SqliteStore(tmp_path)
        with pytest.raises(
            StoreError, match=r"cannot keep worlds in .*: another server keeps its worlds there \(process \d+\)"
        ):
            SqliteStore(tmp_path)
        store.close()
        SqliteStore(tmp_path).close()

    def test_the_lease_of_a_process_that_died_is_void_at_once(self, tmp_path: Path) -> None:
        dead = SqliteStore(tmp_path, owner="a:1")
        lease = dead.lease("one", 3_000)
        dead.close()
        store = SqliteStore(tmp_path, owner="b:1")
        assert store.lease("one", 30).fence > lease.fence
        store.close()

    def test_only_its_owner_reads_it(self, tmp_path: Path) -> None:
        SqliteStore(tmp_path / "worlds").close()
        assert (tmp_path / "worlds").stat().st_mode & 0o077 == 0
        assert [path.stat().st_mode & 0o077 for path in (tmp_path / "worlds").iterdir()] == [0, 0]

    @pytest.mark.parametrize("place", ["file", "file/below"])
    def test_what_is_no_directory_is_said_in_one_line(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match=r"\Acannot keep worlds in .*(File exists|Not a directory)\Z"):
            SqliteStore(tmp_path / place)

    def test_what_is_no_database_is_said_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "worlds.db").write_text("something else, and long enough to be read as a database " * 20)
        with pytest.raises(StoreError, match=r"\Acannot keep worlds in .*: file is not a database\Z"):
            SqliteStore(tmp_path)

    def test_tables_of_a_later_version_are_left_alone(self, tmp_path: Path) -> None:
        store = SqliteStore(tmp_path)
        store._connection.execute("PRAGMA user_version = 99")
        store.close()
        with pytest.raises(StoreError, match="of another version of mockdreams, with tables number 99"):
            SqliteStore(tmp_path)

    def test_a_full_disk_is_told_and_changes_nothing(self, tmp_path: Path) -> None:
        store = SqliteStore(tmp_path)
        lease = store.lease("one", 30)
        store._connection.execute("PRAGMA max_page_count = 20")
        with pytest.raises(StoreError, match="database or disk is full"):
            store.append([Appended(lease, [entry(1, bytes(1_000_000))])])
        assert store.append([Appended(lease, [entry(1, b"small")])]) == []
        assert store.read("one").entries == [entry(1, b"small")]
        store.close()


@pytest.mark.process
@needs_postgresql
class TestPostgresql:
    @pytest.fixture
    def url(self, postgresql: Postgresql) -> str:
        return postgresql.new_database()

    def test_what_was_changed_is_noticed(self, url: str) -> None:
        store = PostgresStore(url)
        lease = store.lease("one", 30)
        store.append([Appended(lease, [entry(1), entry(2), entry(3)])])
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE mockdreams.entries SET body = '' WHERE number = 3")
        with pytest.raises(DamagedWorldError, match=r"entry 3 of the log of world one in postgresql://.* is damaged"):
            store.read("one")
        store.checkpoint(lease, Checkpoint(3, "1.0", 0.0, b"whole"))
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE mockdreams.checkpoints SET body = ''")
        with pytest.raises(DamagedWorldError, match="the checkpoint of world one"):
            store.read("one")
        store.close()

    def test_a_lease_runs_out_by_the_clock_of_the_database(self, url: str) -> None:
        a, b = PostgresStore(url, owner="a:1"), PostgresStore(url, owner="b:1")
        a.lease("one", 3_000)
        with pytest.raises(LeaseHeldError):
            b.lease("one", 30)
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE mockdreams.worlds SET expires = extract(epoch FROM clock_timestamp())")
        assert b.lease("one", 30).owner == "b:1"
        a.close()
        b.close()

    def test_a_taker_waits_for_what_is_being_written(self, url: str) -> None:
        """What was acknowledged is there for whoever owns the world next."""
        a, b = PostgresStore(url, owner="a:1"), PostgresStore(url, owner="b:1")
        lease = a.lease("one", 0)
        taken = threading.Thread(target=b.lease, args=("one", 30))
        with a._transaction() as execute:
            assert a._owned(execute, lease)
            taken.start()
            while execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone() == (0,):
                pass
        taken.join(HANG_GUARD)
        assert a.append([Appended(lease, [entry(1)])]) == [lease]
        a.close()
        b.close()

    def test_many_servers_may_begin_at_once(self, url: str) -> None:
        with ThreadPoolExecutor(6) as threads:
            stores = list(threads.map(lambda owner: PostgresStore(url, owner=str(owner)), range(6)))
            fences = list(threads.map(lambda store: store.lease(store.owner, 30).fence, stores))
        assert len(set(fences)) == 6
        for store in stores:
            store.close()

    @pytest.mark.deep
    def test_a_database_that_goes_away_is_told_and_used_again_when_it_is_back(self) -> None:
        with postgresql_server() as server:
            store = PostgresStore(server.new_database())
            lease = store.lease("one", 3_000)
            store.append([Appended(lease, [entry(1)])])
            server.kill()
            with pytest.raises(StoreError, match=r"\Apostgresql://127.0.0.1:\d+/of_test_1: .*refused.*\Z"):
                store.append([Appended(lease, [entry(2)])])
            server.start()
            assert store.append([Appended(lease, [entry(2)])]) == []
            assert store.read("one").entries == [entry(1), entry(2)]
            store.close()

    def test_a_connection_that_was_cut_is_made_again(self, url: str) -> None:
        store = PostgresStore(url)
        with psycopg.connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert store.worlds() == []
        store.close()

    def test_tables_of_a_later_version_are_left_alone(self, url: str) -> None:
        PostgresStore(url).close()
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE mockdreams.layout SET number = 99")
        with pytest.raises(StoreError, match="of another version of mockdreams, with tables number 99"):
            PostgresStore(url)

    def test_no_password_is_told(self, url: str) -> None:
        store = PostgresStore(url.replace("postgres@", "postgres:secret@"))
        assert re.fullmatch(r"postgresql://127.0.0.1:\d+/of_test_\d+", store.where)
        store.close()

    def test_what_is_no_database_is_said_in_one_line(self) -> None:
        with bind("127.0.0.1", 0) as closed, pytest.raises(StoreError, match=r"\Acannot keep worlds in .*refused.*\Z"):
            PostgresStore(f"postgresql://127.0.0.1:{closed.getsockname()[1]}/x")
        with pytest.raises(StoreError, match=r"\Acannot keep worlds in .*\Z"):
            PostgresStore("postgresql://[x")
