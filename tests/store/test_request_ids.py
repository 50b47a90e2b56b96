"""No id of a request comes twice, however servers stop; after a stop in order they go on as if there had been none."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.support.kept import KeptServer

Ask = Callable[[KeptServer], str]
STORES = "/v1/memory_stores"
_names = count()


def read(server: KeptServer) -> str:
    return server.http.get(STORES).headers["request-id"]


def write(server: KeptServer) -> str:
    return server.http.post(STORES, json={"name": f"{next(_names)}"}).headers["request-id"]


def stray(server: KeptServer) -> str:
    """A request that the world does not see."""
    answer = server.http.get(STORES, headers={"anthropic-beta": "files-api-2025-04-14"})
    assert answer.status_code != 200
    return answer.headers["request-id"]


def nobody(server: KeptServer) -> str:
    """A request without a key."""
    answer = server.http.get(STORES, headers={"x-api-key": ""})
    assert answer.status_code == 401
    return answer.headers["request-id"]


def several(server: KeptServer) -> list[str]:
    return [each(server) for each in (write, read, stray, read, nobody)]


@pytest.mark.long
def test_none_comes_twice_after_sudden_stops(either: KeptServer) -> None:
    given = several(either)
    for _ in range(3):
        either.restart()
        given += [read(either), read(either), nobody(either)]
    either.restart()
    given += several(either)
    assert len(set(given)) == len(given)


@pytest.mark.long
def test_none_comes_twice_after_a_checkpoint_and_a_sudden_stop(either: KeptServer) -> None:
    given = several(either)
    either.keeper.save(either.place())
    given += [read(either), stray(either)]
    either.restart()
    given += several(either)
    assert len(set(given)) == len(given)


@pytest.mark.long
def test_none_comes_twice_where_a_world_could_not_be_kept(either: KeptServer) -> None:
    given = several(either)
    either.keep_nothing()
    given += several(either)
    either.keeper.tend(either.places)
    either.keep_again()
    given += several(either)
    either.stop()
    either.start()
    given += several(either)
    assert len(set(given)) == len(given)


def test_none_comes_twice_where_a_world_could_not_be_read_at_first(either: KeptServer) -> None:
    given = [write(either), read(either)]
    either.stop_dead()
    either.sql("UPDATE entries SET crc = crc + 1")
    either.start()
    assert either.http.get(STORES).status_code == 500
    either.sql("UPDATE entries SET crc = crc - 1")
    given += several(either)
    assert len(set(given)) == len(given)


def test_none_comes_twice_where_another_version_wrote_the_log(either: KeptServer) -> None:
    either.restart(dead=False)
    given = several(either)
    either.version = "99.0"
    either.restart()
    given += several(either)
    assert len(set(given)) == len(given)


@pytest.mark.parametrize("last", [read, write, stray])
@pytest.mark.long
def test_after_a_stop_in_order_they_go_on(server: KeptServer, tmp_path: Path, last: Ask) -> None:
    other = KeptServer(tmp_path / "other")
    unbroken = [*map(write, [other] * 2), last(other), read(other), write(other)]
    other.stop()
    given = [*map(write, [server] * 2)]
    server.restart(dead=False)
    given.append(last(server))
    for _ in range(2):
        server.restart(dead=False)
    assert [*given, read(server), write(server)] == unbroken
