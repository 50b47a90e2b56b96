"""What a user writes to make the rare thing happen now: small functions under test, and the tests of them."""

import asyncio
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types.beta import BetaDream

from mockdreams import MockDreams
from tests.support.deep import deep
from tests.support.helpers import HANG_GUARD, MODEL, Scene

LIVE = ("pending", "running")


def start_consolidation(store: str, sessions: list[str], client: anthropic.Anthropic | None = None) -> BetaDream:
    """Under test: leaves retries to the SDK."""
    inputs: Any = [
        {"type": "memory_store", "memory_store_id": store},
        {"type": "sessions", "session_ids": sessions},
    ]
    return (client or anthropic.Anthropic()).beta.dreams.create(model=MODEL, inputs=inputs)


def wait_for(dream_id: str, timeout: float, every: float = 60) -> BetaDream:
    """Under test: polls until the dream is over, or gives up."""
    client, deadline = anthropic.Anthropic(), time.monotonic() + timeout
    while time.monotonic() < deadline:
        dream = client.beta.dreams.retrieve(dream_id)
        if dream.status not in LIVE:
            return dream
        time.sleep(every)
    raise TimeoutError(f"{dream_id} is not over after {timeout} s")


def nightly_job(store: str, sessions: list[str]) -> str:
    """Under test: adopts the output of a dream only if the dream completed."""
    dream = wait_for(start_consolidation(store, sessions).id, timeout=3600, every=0)
    return "adopted the new store" if dream.status == "completed" else "kept the old store"


@dataclass
class Review:
    added: list[str]
    removed: list[str]


def review(dream: BetaDream) -> Review:
    """Under test: what a dream added and removed."""
    beta = anthropic.Anthropic().beta

    def paths(store_id: str) -> set[str]:
        return {item.path for item in beta.memory_stores.memories.list(store_id)}

    given = [entry.to_dict() for entry in dream.inputs]
    before = paths(str(next(entry["memory_store_id"] for entry in given if entry["type"] == "memory_store")))
    after = paths(dream.outputs[0].memory_store_id)
    return Review(sorted(after - before), sorted(before - after))


def follow(dream: BetaDream) -> list[Any]:
    """Under test: reads a dream's stream to its end, and after a cut opens it again."""
    beta = anthropic.Anthropic().beta
    assert dream.session_id is not None
    seen: dict[str, Any] = {}
    while True:
        with (
            suppress(anthropic.APIError, httpx2.TransportError),
            beta.sessions.events.stream(dream.session_id) as stream,
        ):
            seen |= {event.id: event for event in beta.sessions.events.list(dream.session_id)}
            while not any(event.type == "session.status_idle" for event in seen.values()):
                event: Any = next(stream)
                seen[event.id] = event
            return sorted(seen.values(), key=lambda event: event.processed_at)


@pytest.fixture(autouse=True)
def closing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The functions under test make clients and leave them to the garbage collector; tests may not."""
    made: list[anthropic.Anthropic] = []
    real = anthropic.Anthropic.__init__

    def remember(self: anthropic.Anthropic, *args: Any, **options: Any) -> None:
        real(self, *args, **options)
        made.append(self)

    monkeypatch.setattr(anthropic.Anthropic, "__init__", remember)
    yield
    for client in made:
        client.close()


def test_retries_when_overloaded(mockdreams: MockDreams, scene: Scene) -> None:
    store, sessions = scene.store(), [scene.session()]
    mockdreams.faults.add("POST /v1/dreams", status=529, times=2)
    start_consolidation(store, sessions)
    assert mockdreams.requests.count("POST /v1/dreams") == 3


@pytest.mark.long
def test_failed_dream_keeps_the_old_store(mockdreams: MockDreams, scene: Scene) -> None:
    store, sessions = scene.store({"/a.md": "x"}), [scene.session()]
    mockdreams.dreams.script(fail="input_memory_store_too_large", at=0.5)
    assert nightly_job(store, sessions) == "kept the old store"
    assert nightly_job(store, sessions) == "adopted the new store"


@pytest.mark.parametrize("clock", ["auto", *map(deep, ("manual", "real"))])
@pytest.mark.parametrize("hang", [deep("pending"), "running"])
@pytest.mark.long
def test_gives_up_after_an_hour(mockdreams: MockDreams, scene: Scene, clock: Any, hang: Any) -> None:
    mockdreams.dreams.script(hang=hang)
    dream = scene.dream()
    mockdreams.clock.mode = clock
    with mockdreams.clock.virtual_sleep(), pytest.raises(TimeoutError):
        wait_for(dream.id, timeout=3600)
    assert scene.beta.dreams.retrieve(dream.id).status == hang


@pytest.mark.long
def test_review_sees_what_changed(mockdreams: MockDreams, scene: Scene) -> None:
    store, sessions = scene.store({"/old.md": "x"}), [scene.session()]
    mockdreams.dreams.script(write={"/prefs.md": "Tabs, not spaces."}, usage={"input_tokens": 120_000})
    dream = wait_for(start_consolidation(store, sessions).id, timeout=60, every=0)
    assert review(dream).added == ["/prefs.md"]
    assert dream.usage.input_tokens == 120_000


@pytest.mark.parametrize("cut", [0, 3, 8])
@pytest.mark.long
def test_stream_reader_survives_a_cut(mockdreams: MockDreams, scene: Scene, cut: int) -> None:
    mockdreams.faults.add("GET /v1/sessions/*/events/stream", cut_after_events=cut)
    dream = scene.until(scene.dream().id, "running", output=True)
    assert [event.type for event in follow(dream)][-1] == "session.status_idle"
    assert mockdreams.requests.count("GET /v1/sessions/*/events/stream") == 2


@pytest.mark.mockdreams(virtual_sleep=True)
def test_the_marker_takes_over_sleeps_too(scene: Scene) -> None:
    before, began = scene.mock.clock.now(), time.monotonic()
    time.sleep(3600)
    assert (scene.mock.clock.now() - before).total_seconds() == 3600
    assert time.monotonic() - began >= 3600


@pytest.mark.long
async def test_an_asynchronous_deadline_passes_at_once(mockdreams: MockDreams, scene: Scene) -> None:
    mockdreams.dreams.script(hang="running")
    dream = scene.dream()

    async def wait(client: anthropic.AsyncAnthropic) -> None:
        while (await client.beta.dreams.retrieve(dream.id)).status in LIVE:
            await asyncio.sleep(60)

    with mockdreams.clock.virtual_sleep():
        async with mockdreams.async_client() as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(wait(client), 3600)
    assert (mockdreams.clock.now() - dream.created_at).total_seconds() >= 3600


async def test_tasks_that_sleep_side_by_side_wake_in_order(mockdreams: MockDreams) -> None:
    woken: list[tuple[str, float]] = []
    start = mockdreams.clock.now()

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await asyncio.sleep(nap)
            woken.append((name, (mockdreams.clock.now() - start).total_seconds()))

    with mockdreams.clock.virtual_sleep():
        await asyncio.gather(sleeper("long", 30, 30), sleeper("short", 10, 10, 50))
    assert woken == [("short", 10), ("short", 20), ("long", 30), ("long", 60), ("short", 70)]


def test_threads_of_the_test_sleep_virtually_and_others_do_not(mockdreams: MockDreams) -> None:
    start = mockdreams.clock.now()
    outsider_may_go, slept = threading.Event(), []

    def outsider() -> None:
        outsider_may_go.wait(HANG_GUARD)
        began = time.perf_counter()
        time.sleep(0.02)
        slept.append(time.perf_counter() - began)

    before = threading.Thread(target=outsider)
    before.start()
    with mockdreams.clock.virtual_sleep():
        own = threading.Thread(target=time.sleep, args=(600,))
        own.start()
        own.join(HANG_GUARD)
        outsider_may_go.set()
        before.join(HANG_GUARD)
    assert slept[0] >= 0.02
    assert (mockdreams.clock.now() - start).total_seconds() == 600


def test_outside_the_block_everything_is_as_it_was(mockdreams: MockDreams) -> None:
    def wall() -> float:
        """As the system tells it, which no block changes."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

    def differences() -> tuple[float, float]:
        return time.time() - time.clock_gettime(time.CLOCK_REALTIME), time.monotonic() - wall()

    def crash() -> None:
        time.sleep(3600)
        assert all(now - then > 3500 for now, then in zip(differences(), before, strict=True))
        raise KeyError

    before = differences()  # time-machine before 2.18 leaves the monotonic clock elsewhere
    with pytest.raises(KeyError), mockdreams.clock.virtual_sleep():
        crash()
    assert all(abs(now - then) < 60 for now, then in zip(differences(), before, strict=True))
    start, began = mockdreams.clock.now(), wall()
    time.sleep(0.02)
    asyncio.run(asyncio.sleep(0.02))
    threading.Event().wait(0.02)
    assert wall() - began >= 0.06
    assert mockdreams.clock.now() == start
