"""What the process keeps: caches have bounds, and a world that is forgotten is gone."""

import gc
import importlib
import pkgutil
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import httpx2
import pytest

import mockdreams
from mockdreams import MockDreams
from mockdreams.harness.handle import LocalServer
from mockdreams.http.workspaces import Workspaces
from tests.support.helpers import Scene
from tests.support.turns import message

pytestmark = pytest.mark.off_schema  # what holds the answers to the schema would keep them
Cache = Any
"""A function with a `functools` cache."""
LONG = 20_000
MOST_ENTRIES = 1 << 16
UNBOUNDED = {
    "mockdreams.wire.telling.omitted": "by class",
    "mockdreams.wire.telling._names": "by class",
    "mockdreams.wire.base.build_shape": "by class",
    "mockdreams.http.field_words._words_of": "by our own modules",
    "mockdreams.files._bounded": "by class",
    "mockdreams.transfer._let_texts_grow": "of nothing",
    "mockdreams.dreaming.cell_values._days_of": "by our own languages",
    "mockdreams.wire.installed_sdk.betas": "of nothing",
    "mockdreams.wire.installed_sdk.versions": "of nothing",
    "mockdreams.harness.transport._started": "of nothing",
    "mockdreams.world.state.field_types._matcher": "by our own types",
    "mockdreams.world.state.listing._find": "by our own names",
    "mockdreams.world.messages.messages._default_script": "of nothing",
    "mockdreams.http.scenario.scenario_schema": "of nothing",
    "mockdreams.http.replay._router": "of nothing",
    "mockdreams.http.webhook_sender._loop": "of nothing",
    "mockdreams.world.core.policy.default_policy": "of nothing",
    "mockdreams.http.webhook_sender._threads": "of nothing",
    "mockdreams.contract.checking.registry.checks": "of nothing",
    "mockdreams.contract.checking.rules": "by our own files",
    "mockdreams.contract.schema": "by our own files",
    "mockdreams.contract.drift.sdk": "by our own files",
}


def caches() -> Iterator[tuple[str, Cache]]:
    """Ours: modules have names of those of the standard library, too, which keep what whichever test asked for."""
    for module in pkgutil.walk_packages(mockdreams.__path__, "mockdreams."):
        if module.name.endswith("__main__") or "test_" in module.name:
            continue
        for value in list(vars(importlib.import_module(module.name)).values()):
            members = list(vars(value).values()) if isinstance(value, type) else [value]
            for member in members:
                if hasattr(member, "cache_parameters") and member.__module__.startswith("mockdreams."):
                    yield f"{member.__module__}.{member.__qualname__}", member


def kept(cache: Cache) -> Iterator[str | bytes]:
    """The texts that a cache refers to."""
    seen, waiting = set[int](), gc.get_referents(cache)
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, ModuleType) or callable(each):
            continue
        seen.add(id(each))
        if isinstance(each, str | bytes):
            yield each
        else:
            waiting += gc.get_referents(each)


def test_every_cache_has_a_bound_or_a_reason_to_have_none() -> None:
    found = dict(caches())
    assert len(found) >= 10
    for name, cache in found.items():
        size = cache.cache_parameters()["maxsize"]
        if size is None:
            assert any(name.startswith(known) for known in UNBOUNDED), f"{name} has no bound"
        else:
            assert size <= MOST_ENTRIES


@pytest.mark.long
def test_no_cache_keeps_long_texts_of_those_who_ask(scene: Scene) -> None:
    long = "".join(f"w{number}" for number in range(LONG // 4))[:LONG]
    words = " ".join(f"word{number}" for number in range(LONG // 8))
    get = scene.http.get
    for headers in ({"anthropic-beta": long}, {"anthropic-version": long}, {"host": long}, {"origin": long}):
        get("/v1/dreams", headers=headers)
    for path in (f"/v1/{long}", f"/v1/dreams?page={long}", f"/v1/dreams/{long}"):
        get(path)
    scene.mock.policy.supported_models = (long[:256],)
    text = f"- {long}\n- {words}\n- We use tabs, {words}.\n"
    body = scene.body(scene.store({"/a.md": text}), [scene.session(text, f"From now on {words}.")])
    dream = scene.beta.dreams.create(**{**body, "model": long[:256]})
    scene.until(dream.id, "completed")
    for name, cache in caches():
        own = name.startswith("mockdreams.contract.") or UNBOUNDED.get(name) == "of nothing"
        for each in () if own else kept(cache):
            assert len(each) < LONG / 4, f"{name} keeps {each[:80]!r}"


def live_in(scene: Scene) -> None:
    """A world with something of everything, and its time not run out."""
    scene.mock.faults.add("GET /v1/nothing", status=500)
    scene.mock.stubs.add("GET /v1/stub", json={})
    scene.finished()
    session = scene.session("Hello.")
    with scene.beta.sessions.events.stream(session, event_deltas=["agent.message"]) as stream:
        scene.send(session, "Once more.")
        next(iter(stream))
    scene.beta.files.upload(file=("a.txt", b"text", "text/plain"))
    scene.beta.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": "Hi."}])
    scene.http.get("/v1/nothing-of-the-kind/a")
    scene.mock.restore(scene.mock.snapshot())
    scene.dream()
    scene.mock.story()


def remembered(places: Workspaces, api_key: str) -> list[Callable[[], object | None]]:
    place = places.get_or_create(api_key)
    world = place.world
    parts = [place, place.journal, place.faults, world, world.clock, world.memory_stores, world.dreams]
    return [weakref.ref(each) for each in parts]


def gone(parts: list[Callable[[], object | None]]) -> bool:
    gc.collect()
    return all(part() is None for part in parts)


def forgotten_by_its_handle() -> list[Callable[[], object | None]]:
    server = LocalServer()
    with MockDreams(server=server) as mock:
        live_in(Scene(mock, mock.client(max_retries=0).beta))
        parts = remembered(server.places, mock.api_key)
    server.stop()
    return parts


@pytest.mark.process
def test_a_world_is_gone_with_its_handle() -> None:
    assert gone(forgotten_by_its_handle())


@pytest.mark.long
def test_a_world_that_is_deleted_over_http_is_gone_and_so_are_its_streams(mockdreams: MockDreams) -> None:
    """The handle would know its world: this is a key of somebody else's on the server."""
    headers = {**mockdreams.http.headers, "x-api-key": "sk-somebody"}
    with httpx2.Client(base_url=mockdreams.url, headers=headers, trust_env=False) as other:
        agent = other.post("/v1/agents", json={"name": "Helper", "model": "claude-opus-4-8"}).json()["id"]
        environment = other.post("/v1/environments", json={"name": "Cloud"}).json()["id"]
        body = {"agent": agent, "environment_id": environment}
        session = other.post("/v1/sessions", json=body).json()["id"]
        parts = remembered(mockdreams._app.places, "sk-somebody")
        with other.stream("GET", f"/v1/sessions/{session}/events/stream") as stream:
            lines = stream.iter_lines()
            next(lines)
            other.post(f"/v1/sessions/{session}/events", json={"events": [message("Hello.")]})
            assert other.delete("/_mockdreams/world").status_code == 200
            assert list(lines)[-1] == "", "it has ended"
    for _ in range(1000):
        if gone(parts):
            return
        mockdreams.http.get("/_mockdreams/health")  # meanwhile the server sees that the connections are closed
    raise AssertionError("it is still there")


def test_a_world_that_another_took_the_place_of_is_gone_and_counts_no_more() -> None:
    places = Workspaces()
    parts = remembered(places, "sk-one")
    place = places.get_or_create("sk-one")
    place.journal.add("POST", "/v1/dreams", b"", {}, b"x" * 1000, 200, b"x" * 1000, place.world.clock.time)
    del place
    fresh = places.create("sk-one")
    assert places.journal_bytes == fresh.journal.bytes == 0
    assert gone(parts)
