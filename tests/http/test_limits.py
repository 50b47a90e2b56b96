"""What the account allows: stores, sizes, requests a minute, dreams a day."""

from datetime import datetime, timedelta

import anthropic
import pytest

from mockdreams import MockDreams
from tests.support.helpers import Scene, refused


@pytest.mark.long
def test_the_organization_has_a_cap_on_stores(scene: Scene) -> None:
    store = scene.store()
    scene.mock.policy.memory_stores_per_organization = 2
    scene.store()
    refused(scene.http.post("/v1/memory_stores", json={"name": "Third"}), 400, "invalid_request_error")
    dream = scene.until(scene.dream(store).id, "failed")
    assert dream.error is not None
    assert dream.error.type == "memory_store_org_limit_exceeded"
    assert dream.outputs == []
    behavior = {"type": "update_existing", "memory_store_id": store}
    assert scene.finished(store_id=store, output_behavior=behavior).status == "completed"


@pytest.mark.long
def test_an_input_store_can_be_too_large(scene: Scene) -> None:
    small, large = scene.store({"/a": "x" * 100}), scene.store({"/a": "x" * 100, "/b": "é"})
    scene.mock.policy.dream_input_max_bytes = 101
    assert scene.finished(store_id=small).status == "completed"
    dream = scene.until(scene.dream(large).id, "failed")
    assert dream.error is not None
    assert dream.error.type == "input_memory_store_too_large"


@pytest.mark.long
def test_what_was_shortened_or_deleted_is_not_too_large(scene: Scene) -> None:
    store, memories = scene.store({"/a.md": "a" * 90, "/b.md": "b" * 90}), scene.beta.memory_stores.memories
    by_path = {memory.path: memory.id for memory in memories.list(store) if memory.type == "memory"}
    scene.mock.policy.dream_input_max_bytes = 100
    assert failure(scene, store) == "input_memory_store_too_large"
    memories.delete(by_path["/b.md"], memory_store_id=store)
    assert scene.finished(store_id=store).error is None
    memories.update(by_path["/a.md"], memory_store_id=store, content="é" * 51)
    assert failure(scene, store) == "input_memory_store_too_large"
    memories.update(by_path["/a.md"], memory_store_id=store, content="é" * 50)
    assert scene.finished(store_id=store).error is None


def failure(scene: Scene, store: str) -> str:
    error = scene.until(scene.dream(store).id, "failed").error
    assert error is not None
    return error.type


@pytest.mark.mockdreams(clock="manual")
def test_requests_are_limited_by_the_virtual_minute(scene: Scene) -> None:
    scene.mock.policy.reads_per_minute = 3
    answers = [scene.http.get("/v1/dreams") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    remaining = [answer.headers["anthropic-ratelimit-requests-remaining"] for answer in answers]
    assert remaining == ["2", "1", "0", "0"]
    assert answers[0].headers["anthropic-ratelimit-requests-limit"] == "3"
    reset = datetime.fromisoformat(answers[0].headers["anthropic-ratelimit-requests-reset"])
    assert reset == scene.mock.clock.now() + timedelta(minutes=1)
    refused(answers[3], 429, "rate_limit_error")
    assert answers[3].headers["retry-after"] == "60"
    assert scene.http.post("/v1/memory_stores", json={"name": "Writes are counted apart"}).status_code == 200
    scene.mock.clock.advance(seconds=59)
    assert scene.http.get("/v1/dreams").headers["retry-after"] == "1"
    scene.mock.clock.advance(seconds=1)
    assert scene.http.get("/v1/dreams").status_code == 200


@pytest.mark.mockdreams(policy={"creates_per_minute": 2})
def test_a_refusal_moves_no_time_so_the_retries_of_the_sdk_end_in_an_error(mockdreams: MockDreams) -> None:
    before = mockdreams.clock.now()
    with mockdreams.client() as client:
        stores = [client.beta.memory_stores.create(name=f"{n}").id for n in range(2)]
        with pytest.raises(anthropic.RateLimitError) as refused_for_good:
            client.beta.memory_stores.create(name="One too many")
        assert mockdreams.clock.now() == before
        assert mockdreams.requests.count("POST /v1/memory_stores", status=429) == 3
        headers = refused_for_good.value.response.headers
        assert (headers["retry-after"], headers["retry-after-ms"]) == ("60", "1")
        mockdreams.clock.advance(seconds=int(headers["retry-after"]))
        stores.append(client.beta.memory_stores.create(name="In the next minute").id)
    assert len(set(stores)) == 3


@pytest.mark.mockdreams(policy={"dreams_per_day": 1})
def test_the_second_dream_of_the_day_is_refused_under_every_retry(scene: Scene) -> None:
    store, sessions = scene.store(), [scene.session()]
    scene.finished(store_id=store, session_ids=sessions)
    before = scene.mock.clock.now()
    with pytest.raises(anthropic.RateLimitError):
        scene.mock.client().beta.dreams.create(**scene.body(store, sessions))
    assert scene.mock.clock.now() == before
    scene.mock.clock.advance(days=1)
    assert scene.mock.client().beta.dreams.create(**scene.body(store, sessions)).status == "pending"


@pytest.mark.mockdreams(clock="manual", policy={"dreams_per_day": 2})
def test_dreams_are_limited_by_the_day(scene: Scene) -> None:
    store, session = scene.store(), scene.session()
    scene.dream(store, [session])
    scene.mock.clock.advance(hours=1)
    scene.dream(store, [session])
    with pytest.raises(anthropic.RateLimitError) as refusal:
        scene.dream(store, [session])
    assert refusal.value.response.headers["retry-after"] == str(23 * 3600)
    scene.mock.clock.advance(hours=23)
    assert scene.dream(store, [session]).status == "pending"


@pytest.mark.long
def test_there_are_no_limits_by_default(scene: Scene) -> None:
    for _ in range(400):
        assert scene.http.post("/v1/memory_stores", json={"name": "x"}).status_code == 200


def test_policy_is_seen_and_patched_over_http(scene: Scene) -> None:
    shown = scene.http.get("/_mockdreams/policy").json()
    assert shown["memories_per_store"] == 10_000
    patched = scene.http.patch("/_mockdreams/policy", json={"memories_per_store": 1, "dreams_per_day": None}).json()
    assert patched == {**shown, "memories_per_store": 1}
    assert scene.mock.policy.memories_per_store == 1


@pytest.mark.parametrize(
    "body", ['{"memories": 1}', '{"memories_per_store": -1}', '{"memories_per_store": "many"}', "[]", "nonsense", "5"]
)
def test_a_mistaken_policy_changes_nothing(scene: Scene, body: str) -> None:
    before = scene.http.get("/_mockdreams/policy").json()
    refused(scene.http.patch("/_mockdreams/policy", content=body), 400, "invalid_request_error")
    assert scene.http.get("/_mockdreams/policy").json() == before
    with pytest.raises(ValueError, match="memories_per_store"):
        scene.mock.policy.memories_per_store = -1


@pytest.mark.mockdreams(clock="manual", policy={"creates_per_minute": 2})
def test_a_restored_world_counts_its_minutes_from_where_it_is(scene: Scene) -> None:
    start = scene.mock.snapshot()
    scene.mock.clock.advance(days=1)
    for _ in range(2):
        scene.store()
    scene.mock.restore(start)
    assert scene.store()
