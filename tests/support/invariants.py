"""What holds in every world at every moment, however it got there; seen through the public surface only."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx2

from mockdreams import MockDreams
from tests.support.helpers import TERMINAL

Json = dict[str, Any]
STORES = "/v1/memory_stores"
ORDER = {"pending": 0, "running": 1, **dict.fromkeys(TERMINAL, 2)}


@contextmanager
def frozen(mock: MockDreams) -> Iterator[None]:
    """A block in which looking moves no time."""
    mock.clock.freeze()
    try:
        yield
    finally:
        mock.clock.resume()


def every(http: httpx2.Client, path: str, **query: Any) -> list[Json]:
    """A whole list, page by page."""
    items: list[Json] = []
    while True:
        answer = http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        items += answer.json()["data"]
        assert len({item.get("id", item.get("path")) for item in items}) == len(items), "a page that goes back"
        query["page"] = answer.json().get("next_page")
        if query["page"] is None:
            return items


def contents(http: httpx2.Client, store: str) -> dict[str, str]:
    return {memory["path"]: memory["content"] for memory in every(http, f"{STORES}/{store}/memories", view="full")}


def input_store(dream: Json) -> str:
    return str(next(entry["memory_store_id"] for entry in dream["inputs"] if entry["type"] == "memory_store"))


def input_sessions(dream: Json) -> set[str]:
    return {id for entry in dream["inputs"] if entry["type"] == "sessions" for id in entry["session_ids"]}


def updates(dream: Json) -> bool:
    return bool(dream["output_behavior"]["type"] == "update_existing")


def output_store(dream: Json) -> str | None:
    """The store that a dream writes, as far as it can be known."""
    return input_store(dream) if updates(dream) else next((o["memory_store_id"] for o in dream["outputs"]), None)


def check_dream(dream: Json) -> None:
    """A dream makes sense by itself."""
    status, ids = dream["status"], [output["memory_store_id"] for output in dream["outputs"]]
    assert (dream["ended_at"] is not None) == (status in TERMINAL)
    assert (dream["error"] is not None) == (status == "failed")
    assert (dream["session_id"] is None) == (ids == [])
    assert len(ids) <= 1
    assert status != "completed" or ids
    if status == "pending":
        assert ids == []
        assert set(dream["usage"].values()) == {0}
    if dream["archived_at"] is not None:
        assert status in TERMINAL
    times = [datetime.fromisoformat(dream[name]) for name in ("created_at", "ended_at", "archived_at") if dream[name]]
    assert times == sorted(times)
    if ids:
        assert (ids == [input_store(dream)]) == updates(dream)


def check_growth(before: Json, after: Json) -> None:
    """A dream only ever goes on: what it was and what it is now."""
    fixed = ("id", "type", "inputs", "model", "instructions", "output_behavior", "created_at")
    assert [before[key] for key in fixed] == [after[key] for key in fixed]
    assert ORDER[before["status"]] <= ORDER[after["status"]]
    assert all(before["usage"][key] <= after["usage"][key] for key in before["usage"])
    for key in ("outputs", "session_id", "ended_at", "archived_at", "error"):
        assert not before[key] or before[key] == after[key]


def check_dreams(http: httpx2.Client) -> dict[str, Json]:
    """The dreams of a frozen world, by id: each by itself, and lists and retrieves agreeing to the byte."""
    dreams: list[Json] = []
    raw = b""
    query: Json = {"include_archived": "true", "limit": 100}
    while "page" not in query or query["page"]:
        answer = http.get("/v1/dreams", params=query)
        dreams, raw = dreams + answer.json()["data"], raw + answer.content
        assert len({dream["id"] for dream in dreams}) == len(dreams), "a page that goes back"
        query["page"] = answer.json()["next_page"]
    shown = every(http, "/v1/dreams", limit=100)
    assert [dream["id"] for dream in shown] == [dream["id"] for dream in dreams if dream["archived_at"] is None]
    created = [datetime.fromisoformat(dream["created_at"]) for dream in dreams]
    assert created == sorted(set(created), reverse=True)
    for dream in dreams:
        check_dream(dream)
        alone = http.get(f"/v1/dreams/{dream['id']}").content
        assert alone in raw
        assert json.loads(alone) == dream
    return {dream["id"]: dream for dream in dreams}


def check_writers(http: httpx2.Client, store: str, dreams: dict[str, Json], own: set[str]) -> None:
    """All that a store holds was written by us (the versions `own`), or by a dream that has it as its output."""
    sessions = {d["session_id"] for d in dreams.values() if store in [o["memory_store_id"] for o in d["outputs"]]}
    versions = {version["id"]: version for version in every(http, f"{STORES}/{store}/memory_versions", view="full")}
    for memory in every(http, f"{STORES}/{store}/memories", view="full"):
        head = versions[memory["memory_version_id"]]
        assert (head["path"], head["content"]) == (memory["path"], memory["content"])
        if head["id"] not in own:
            assert head["created_by"]["type"] == "session_actor"
            assert head["created_by"]["session_id"] in sessions
