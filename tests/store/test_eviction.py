"""Worlds that leave the memory while nobody asks them, and are back at their next request, the same to the byte."""

import gc
import json
import weakref
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockdreams.harness.transport import Transport
from mockdreams.http import housekeeping
from mockdreams.http.app import Application
from mockdreams.http.housekeeping import Housekeeping
from mockdreams.http.packing import PackingKeeper
from mockdreams.http.workspaces import Workspaces
from mockdreams.world.state.snapshots import save
from tests.support.helpers import MODEL
from tests.support.kept import HEADERS, KeptServer
from tests.support.receivers import Inbox, listening

STORES = "/v1/memory_stores"


class PackingServer:
    """A server that keeps nothing beyond its own end."""

    def __init__(self, **options: Any) -> None:
        self.places = Workspaces(keeper=PackingKeeper(), **options)
        self.http = httpx2.Client(
            transport=Transport(Application(self.places)), base_url="http://localhost", headers=HEADERS
        )

    def stop(self) -> None:
        self.http.close()


@pytest.fixture(params=["kept", "packed"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    server: Any = KeptServer(tmp_path / "worlds") if request.param == "kept" else PackingServer()
    yield server
    server.stop()


def create(server: Any, key: str, name: str = "Notes") -> None:
    assert server.http.post(STORES, json={"name": name}, headers={"x-api-key": key}).status_code == 200


def names(server: Any, key: str) -> list[str]:
    listed = server.http.get(STORES, headers={"x-api-key": key}).json()["data"]
    return [store["name"] for store in listed]


def in_memory(server: Any) -> set[str]:
    return {place.key_end for place in server.places}


KEYS = [f"sk-ant-mockdreams-{number:04}" for number in range(6)]


@pytest.mark.long
def test_the_least_recently_used_leave_and_come_back(server: Any) -> None:
    for key in KEYS:
        create(server, key, f"of {key}")
    names(server, KEYS[0])
    snapshots = {place.key_end: json.dumps(save(place.world)) for place in server.places}
    Housekeeping(server.places, worlds_in_memory=2).round()
    assert in_memory(server) == {"…0005", "…0000"}

    told = server.http.get("/_mockdreams/worlds").json()
    assert sorted(world["key_end"] for world in told["away"]) == ["…0001", "…0002", "…0003", "…0004"]
    assert all(world["id"].startswith("wrkspc_") and world["bytes"] > 0 for world in told["away"])
    figures = server.http.get("/_mockdreams/metrics").text
    assert "mockdreams_worlds_away 4.0" in figures
    assert "mockdreams_worlds 2.0" in figures

    assert names(server, KEYS[3]) == [f"of {KEYS[3]}"]
    (place,) = [place for place in server.places if place.key_end == "…0003"]
    again = save(place.world)
    assert again["ids"]["requests"] == json.loads(snapshots["…0003"])["ids"]["requests"] + 1
    again["ids"]["requests"] -= 1
    assert json.dumps(again) == snapshots["…0003"]


def test_a_world_says_when_it_was_used_wherever_it_is(server: Any) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)  # which is how exactly it is told
    create(server, KEYS[0])
    create(server, KEYS[1])
    Housekeeping(server.places, worlds_in_memory=1).round()
    told = server.http.get("/_mockdreams/worlds").json()
    (here,), (away,) = told["data"], told["away"]
    assert (here["key_end"], away["key_end"]) == ("…0001", "…0000")
    assert all(before <= datetime.fromisoformat(world["used_at"]) <= datetime.now(UTC) for world in (here, away))


def test_a_world_that_is_away_is_found_by_the_id_of_its_workspace(server: Any) -> None:
    for key in KEYS:
        create(server, key)
    found = {place.world.workspace_id: (place.id, place.key_end) for place in server.places}
    here = next(place.world.workspace_id for place in server.places if place.key_end == "…0005")
    Housekeeping(server.places, worlds_in_memory=1).round()
    for workspace_id, (id, key_end) in found.items():
        away = server.places.find_away(workspace_id)
        assert (None if away is None else away[:2]) == (None if workspace_id == here else (id, key_end))
    assert server.places.find_away("wrkspc_01unknown") is None


def test_a_world_whose_stream_is_open_stays(server: Any) -> None:
    headers = {"x-api-key": KEYS[0]}
    agent = server.http.post("/v1/agents", json={"name": "Helper", "model": MODEL}, headers=headers).json()["id"]
    environment = server.http.post("/v1/environments", json={"name": "Cloud"}, headers=headers).json()["id"]
    body = {"agent": agent, "environment_id": environment}
    session = server.http.post("/v1/sessions", json=body, headers=headers).json()["id"]
    with server.http.stream("GET", f"/v1/sessions/{session}/events/stream", headers=headers):
        create(server, KEYS[1])
        Housekeeping(server.places, worlds_in_memory=1).round()
        assert in_memory(server) == {"…0000"}
    create(server, KEYS[2])
    Housekeeping(server.places, worlds_in_memory=1).round()
    assert in_memory(server) == {"…0002"}


def test_a_world_that_has_webhooks_to_send_by_itself_stays(tmp_path: Path) -> None:
    server = KeptServer(tmp_path / "worlds", clock="real", speed=0.001)
    with listening(Inbox()) as url:
        headers = {"x-api-key": KEYS[0]}
        server.http.post("/_mockdreams/webhooks", json={"url": url, "delay": 3_600}, headers=headers)
        create(server, KEYS[0])
        create(server, KEYS[1])
        Housekeeping(server.places, worlds_in_memory=1).round()
        assert in_memory(server) == {"…0000"}
        server.http.delete("/_mockdreams/webhooks", headers=headers)
    server.stop()


def test_what_was_prepared_comes_back_too(server: Any) -> None:
    headers = {"x-api-key": KEYS[0]}
    fault = {"match": f"GET {STORES}", "status": 529, "times": 2}
    server.http.post("/_mockdreams/faults?name=mine", json=fault, headers=headers)
    server.http.get(STORES, headers=headers)
    create(server, KEYS[1])
    Housekeeping(server.places, worlds_in_memory=1).round()
    assert in_memory(server) == {"…0001"}
    prepared = server.http.get("/_mockdreams/prepared", headers=headers).json()
    assert prepared == {"hits": {"mine": 1}, "unused": []}
    assert server.http.get(STORES, headers=headers).status_code == 529
    assert server.http.get("/_mockdreams/prepared", headers=headers).json()["hits"] == {"mine": 2}
    assert server.http.get(STORES, headers=headers).status_code == 200


@pytest.mark.long
def test_a_dream_goes_on_where_it_was(server: Any) -> None:
    headers = {"x-api-key": KEYS[0]}

    def ask(method: str, path: str, body: Any = None) -> Any:
        return server.http.request(method, path, json=body, headers=headers).json()

    agent, environment = (
        ask("POST", "/v1/agents", {"name": "A", "model": MODEL}),
        ask("POST", "/v1/environments", {"name": "E"}),
    )
    session = ask("POST", "/v1/sessions", {"agent": agent["id"], "environment_id": environment["id"]})
    store = ask("POST", STORES, {"name": "Notes"})
    inputs = [
        {"type": "memory_store", "memory_store_id": store["id"]},
        {"type": "sessions", "session_ids": [session["id"]]},
    ]
    dream = ask("POST", "/v1/dreams", {"model": MODEL, "inputs": inputs})
    statuses = []
    for _ in range(6):
        create(server, KEYS[1])
        Housekeeping(server.places, worlds_in_memory=1).round()
        assert in_memory(server) == {"…0001"}
        statuses.append(ask("GET", f"/v1/dreams/{dream['id']}")["status"])
    assert statuses[0] == "running"
    assert statuses[-1] == "completed"


def test_a_world_that_has_left_is_freed_at_once(server: Any) -> None:
    worlds = [server.places.get_or_create(key).world for key in KEYS[:3]]
    left = weakref.WeakSet[Any]()
    for part in [part for world in worlds for part in (world, *vars(world).values())]:
        with suppress(TypeError):  # as what has no place for such a reference says
            left.add(part)
    assert len(left) > 15
    del worlds, part
    gc.collect()
    gc.disable()
    try:
        Housekeeping(server.places, worlds_in_memory=1).round()
        Housekeeping(server.places, forget_after=1e-9).round()
        assert list(left) == []
    finally:
        gc.enable()


def test_worlds_that_nobody_uses_are_forgotten(server: Any) -> None:
    for key in KEYS[:3]:
        create(server, key)
    Housekeeping(server.places, worlds_in_memory=1).round()
    for place in server.places:
        place.used_at -= 100
    Housekeeping(server.places, forget_after=50).round()
    assert in_memory(server) == set()
    away = [world["key_end"] for world in server.http.get("/_mockdreams/worlds").json()["away"]]
    assert sorted(away) == ["…0000", "…0001"]
    Housekeeping(server.places, forget_after=1e-9).round()
    assert server.http.get("/_mockdreams/worlds").json() == {"data": [], "away": []}
    assert names(server, KEYS[0]) == []


def test_a_packed_world_is_forgotten_by_its_last_use() -> None:
    server = PackingServer()
    for key in KEYS[:3]:
        create(server, key)
    for place in server.places:
        place.used_at -= 100 if place.key_end == "…0000" else 10
    Housekeeping(server.places, worlds_in_memory=1).round()
    Housekeeping(server.places, forget_after=50).round()
    assert [world["key_end"] for world in server.http.get("/_mockdreams/worlds").json()["away"]] == ["…0001"]
    server.stop()


def test_a_world_that_cannot_be_put_away_stays(tmp_path: Path) -> None:
    server = KeptServer(tmp_path / "worlds")
    create(server, KEYS[0])
    create(server, KEYS[1])
    server.keep_nothing()
    Housekeeping(server.places, worlds_in_memory=1).round()
    assert in_memory(server) == {"…0000", "…0001"}
    server.keep_again()
    assert names(server, KEYS[0]) == ["Notes"]
    server.stop()


def test_workers_keep_a_world_in_memory_where_nothing_else_knows_them() -> None:
    server = PackingServer()
    headers = {"x-api-key": KEYS[0]}
    body = {"name": "Ours", "config": {"type": "self_hosted"}}
    environment = server.http.post("/v1/environments", json=body, headers=headers).json()["id"]
    server.http.post("/_mockdreams/environment_keys", json={"environment_id": environment}, headers=headers)
    create(server, KEYS[1])
    Housekeeping(server.places, worlds_in_memory=1).round()
    assert in_memory(server) == {"…0000", "…0001"}
    server.stop()


@pytest.mark.long
def test_who_brings_worlds_in_faster_than_they_leave_has_to_wait(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "LEEWAY", 2)
    Housekeeping(server.places, worlds_in_memory=1)
    for key in KEYS:
        create(server, key, f"of {key}")
        assert len(server.places) <= 3
    assert [names(server, key) for key in KEYS] == [[f"of {key}"] for key in KEYS]


def test_one_that_is_used_meanwhile_does_not_make_room(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "LEEWAY", 3)
    Housekeeping(server.places, worlds_in_memory=1)
    for key in KEYS[:5]:
        create(server, key)
    assert in_memory(server) == {"…0002", "…0003", "…0004"}  # two have made room, and others would be next
    names(server, KEYS[2])
    create(server, KEYS[5])
    create(server, KEYS[0])
    assert in_memory(server) == {"…0002", "…0004", "…0005", "…0000"}
