"""The board of replicas on one store: each lists the worlds of all, and has the pages of a world from its owner."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.boards import ROOT, TOKEN
from tests.support.helpers import HANG_GUARD
from tests.support.local_replicas import LocalReplica, local_replicas

WORLDS = "/_mockdreams/worlds"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[LocalReplica]]:
    with local_replicas(2, tmp_path) as replicas:
        yield replicas


def created(replica: LocalReplica, name: str = "Notes") -> str:
    """The id of the world of the replicas' key, which is there from now on, with a store."""
    replica.client().beta.memory_stores.create(name=name)
    with visitor(replica) as http:
        (world,) = http.get(WORLDS).json()["data"]
    id: str = world["id"]
    return id


def visitor(replica: LocalReplica) -> httpx2.Client:
    """Somebody with a browser, who knows no key."""
    return httpx2.Client(base_url=replica.url, timeout=HANG_GUARD)


@pytest.mark.long
def test_a_world_of_another_replica_is_listed_with_its_owner(pair: list[LocalReplica]) -> None:
    a, b = pair
    id = created(a)
    with visitor(b) as http:
        (away,) = http.get(WORLDS).json()["away"]
        assert (away["id"], away["owner"]) == (id, a.store.owner)
        page = http.get(f"{ROOT}/").text
    assert f"{ROOT}/w/{id}/" in page
    assert f"in memory of {a.store.owner}" in page


@pytest.mark.long
def test_a_world_that_is_put_away_is_listed_and_opened(pair: list[LocalReplica]) -> None:
    a, b = pair
    id = created(a)
    assert a.places.put_away(next(iter(a.places)))
    with visitor(b) as http:
        assert [(each["id"], each["owner"]) for each in http.get(WORLDS).json()["away"]] == [(id, None)]
        assert "put away, until it is asked for" in http.get(f"{ROOT}/").text
        assert "Notes" in http.get(f"{ROOT}/w/{id}/stores").text
    assert (a.owned, len(b.owned)) == ([], 1)


@pytest.mark.long
def test_pages_forms_and_streams_of_a_world_are_its_owners(pair: list[LocalReplica]) -> None:
    a, b = pair
    id = created(a)
    with visitor(b) as http:
        page = http.get(f"{ROOT}/w/{id}/").text
        token = TOKEN.search(page)
        assert token is not None
        before = a.http.get("/_mockdreams/clock").json()["now"]
        form = {"token": token[1], "advance": "3600"}
        said = http.post(f"{ROOT}/w/{id}/clock", data=form, headers={"hx-request": "true"})
        assert said.status_code == 200, said.text
        assert a.http.get("/_mockdreams/clock").json()["now"] > before
        with http.stream("GET", f"{ROOT}/live/w/{id}/") as stream:
            parts = stream.iter_text()
            assert next(parts).startswith(": open")
            a.client().beta.memory_stores.create(name="More")
            assert "part-counts" in next(parts)
    assert b.owned == []


@pytest.mark.long
def test_a_world_that_is_looked_at_stays_in_memory(pair: list[LocalReplica]) -> None:
    a, _ = pair
    id = created(a)
    with visitor(a) as http, http.stream("GET", f"{ROOT}/live/w/{id}/") as stream:
        parts = stream.iter_text()  # the stream is closed with what reads it
        assert next(parts).startswith(": open")
        assert not a.places.put_away(next(iter(a.places)))


def test_a_world_that_there_is_not_is_a_page_that_says_so(pair: list[LocalReplica]) -> None:
    with visitor(pair[0]) as http:
        page = http.get(f"{ROOT}/w/wrkspc_1/")
    assert (page.status_code, "There is no such world" in page.text) == (404, True)


@pytest.mark.long
def test_who_has_logged_in_at_one_may_look_at_every_replica(tmp_path: Path) -> None:
    with local_replicas(2, tmp_path, control_token="a secret") as (a, b):
        a.client().beta.memory_stores.create(name="Notes")
        id = next(iter(a.places)).world.workspace_id
        with visitor(b) as http:
            login = http.get(f"{ROOT}/login").text
            token = TOKEN.search(login)
            assert token is not None
            logged_in = http.post(f"{ROOT}/login", data={"token": token[1], "control_token": "a secret"})
            assert logged_in.status_code == 303
            assert "Notes" in http.get(f"{ROOT}/w/{id}/stores").text
        with visitor(b) as stranger:
            assert stranger.get(f"{ROOT}/w/{id}/stores").headers["location"].startswith(f"{ROOT}/login")
