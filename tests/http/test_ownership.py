"""Replicas on one store: each world has one owner, and whoever else is asked for it has the owner answer."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockdreams.http import ownership
from tests.support.helpers import MODEL
from tests.support.local_replicas import KEY, LocalReplica, local_replicas


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[LocalReplica]]:
    with local_replicas(2, tmp_path) as replicas:
        yield replicas


def environment_key(replica: LocalReplica, environment_id: str) -> str:
    made = replica.http.post("/_mockdreams/environment_keys", json={"environment_id": environment_id})
    key: str = made.json()["key"]
    return key


@pytest.mark.long
def test_a_world_is_the_same_at_every_replica(pair: list[LocalReplica]) -> None:
    a, b = pair
    store = a.client().beta.memory_stores.create(name="Notes")
    b.client().beta.memory_stores.memories.create(store.id, path="/a.md", content="Tabs." * 1000)
    (memory,) = a.client().beta.memory_stores.memories.list(store.id)
    assert (memory.type, memory.path) == ("memory", "/a.md")
    assert [each.id for each in b.client().beta.memory_stores.list()] == [store.id]


@pytest.mark.long
def test_a_refusal_comes_from_the_owner_as_it_is(pair: list[LocalReplica]) -> None:
    a, b = pair
    a.client().beta.memory_stores.create(name="Notes")
    directly, handed_on = (each.http.get("/v1/dreams/drm_nonsense") for each in (a, b))
    assert (handed_on.status_code, handed_on.json()["error"]) == (directly.status_code, directly.json()["error"])
    assert handed_on.headers["request-id"] != directly.headers["request-id"]
    assert handed_on.headers.keys() == directly.headers.keys()


@pytest.mark.long
def test_the_control_api_reaches_the_owner_too(pair: list[LocalReplica]) -> None:
    a, b = pair
    a.client().beta.memory_stores.create(name="Notes")
    before = a.http.get("/_mockdreams/clock").json()["now"]
    moved = b.http.post("/_mockdreams/clock", json={"advance": 3600}).json()["now"]
    assert moved > before
    assert a.http.get("/_mockdreams/clock").json()["now"] == moved


@pytest.mark.long
def test_a_stream_is_passed_on_as_it_comes(pair: list[LocalReplica]) -> None:
    a, b = pair
    beta = a.client().beta
    agent = beta.agents.create(name="Helper", model=MODEL)
    session = beta.sessions.create(agent=agent.id, environment_id=beta.environments.create(name="Cloud").id)
    hello: Any = {"type": "user.message", "content": [{"type": "text", "text": "Hello"}]}
    with b.client().beta.sessions.events.stream(session.id) as events:
        beta.sessions.events.send(session.id, events=[hello])
        seen = []
        for event in events:
            seen.append(event.type)
            if event.type == "session.status_idle":
                break
    assert seen[0] == "session.status_running"
    assert "agent.message" in seen


def test_the_token_of_a_worker_finds_its_world(pair: list[LocalReplica]) -> None:
    a, b = pair
    environment = a.client().beta.environments.create(name="Ours", config={"type": "self_hosted"})
    token = environment_key(a, environment.id)
    path = f"/v1/environments/{environment.id}/work/poll"
    polled = [each.http.get(path, headers={"authorization": f"Bearer {token}", "x-api-key": ""}) for each in pair]
    assert [each.status_code for each in polled] == [200, 200]
    assert (len(a.owned), b.owned) == (1, [])  # whoever has a token only asks, and takes nothing over


@pytest.mark.long
def test_the_owner_lets_a_world_go_where_its_key_is_sent_now(pair: list[LocalReplica]) -> None:
    a, b = pair
    a.client().beta.memory_stores.create(name="Notes")
    assert (len(a.owned), len(b.owned)) == (1, 0)
    b.client().beta.memory_stores.create(name="More")  # answered by `a`, which lets go after it
    until = threading.Event()
    while not b.owned:  # whoever asks before `a` has let go is answered by `a` once more
        assert {each.name for each in b.client().beta.memory_stores.list()} == {"Notes", "More"}
        until.wait(0.001)
    assert {each.name for each in b.client().beta.memory_stores.list()} == {"Notes", "More"}
    assert (len(a.owned), len(b.owned)) == (0, 1)


@pytest.mark.long
def test_a_replica_that_is_gone_loses_its_worlds_when_its_leases_run_out(tmp_path: Path) -> None:
    with local_replicas(2, tmp_path, lease_seconds=0.3) as (a, b):
        a.client().beta.memory_stores.create(name="Notes")
        a.die()
        assert [each.name for each in b.client().beta.memory_stores.list()] == ["Notes"]
        assert len(b.owned) == 1


@pytest.mark.long
def test_an_owner_that_wakes_up_late_says_nothing_of_its_own(tmp_path: Path) -> None:
    """Not even what it has in memory: it has the new owner answer, and forgets the world."""
    with local_replicas(2, tmp_path, lease_seconds=0.3) as (a, b):
        store = a.client().beta.memory_stores.create(name="Notes")
        a.keeper.leases.stop()  # as if it slept
        (place,) = a.places
        until = threading.Event()
        while not place.is_lost:
            until.wait(0.01)
        b.client().beta.memory_stores.update(store.id, name="Changed")
        assert a.client().beta.memory_stores.retrieve(store.id).name == "Changed"
        assert place not in a.places
        a.client().beta.memory_stores.update(store.id, name="Changed again")
        assert b.client().beta.memory_stores.retrieve(store.id).name == "Changed again"


@pytest.mark.long
def test_replicas_that_do_not_agree_do_not_ask_each_other_for_ever(pair: list[LocalReplica]) -> None:
    a, b = pair
    a.client().beta.memory_stores.create(name="Notes")
    hops = [("x-mockdreams-forwarded", "1")] * 3
    headers = httpx2.Headers([*b.http.headers.multi_items(), *hops])
    refused = httpx2.get(f"{b.url}/v1/memory_stores", headers=headers)
    assert (refused.status_code, refused.json()["error"]["type"]) == (500, "api_error")


@pytest.mark.long
def test_one_that_was_killed_and_started_again_waits_for_its_own_lease(tmp_path: Path) -> None:
    with local_replicas(2, tmp_path, lease_seconds=0.3) as (dead, again):
        dead.client().beta.memory_stores.create(name="Notes")
        again.store.owner = dead.store.owner
        dead.die()
        assert [each.name for each in again.client().beta.memory_stores.list()] == ["Notes"]
        assert len(again.owned) == 1


def test_two_that_advertise_one_address_do_not_share_a_world(
    pair: list[LocalReplica], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    b.store.owner = a.store.owner
    a.client().beta.memory_stores.create(name="Notes")
    monkeypatch.setattr(ownership, "NAMESAKE_SECONDS", 0.0)
    refused = b.http.post("/v1/memory_stores", json={"name": "More"})
    assert (refused.status_code, refused.json()["error"]["type"]) == (500, "api_error")
    assert f"advertises {a.store.owner}, too" in refused.json()["error"]["message"]
    assert (len(a.owned), b.owned) == (1, [])
    assert [each.name for each in a.client().beta.memory_stores.list()] == ["Notes"]
    (away,) = httpx2.get(f"{b.url}/_mockdreams/worlds").json()["away"]
    assert away["owner"] == a.store.owner


@pytest.mark.long
def test_keys_that_nobody_owns_yet_are_owned_by_who_is_asked(pair: list[LocalReplica]) -> None:
    a, b = pair
    a.client("sk-ant-one").beta.memory_stores.create(name="Notes")
    b.client("sk-ant-two").beta.memory_stores.create(name="Notes")
    assert (len(a.owned), len(b.owned)) == (1, 1)
    assert KEY not in str(a.http.get("/_mockdreams/worlds").json())
