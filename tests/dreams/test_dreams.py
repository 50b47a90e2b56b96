"""The Dreams resource: creating, reading, canceling and archiving."""

from datetime import timedelta
from typing import Any

import anthropic
import pytest

from tests.support.helpers import ABSENT, MODEL, TERMINAL, Scene, refused

KEYS = {
    "id",
    "type",
    "status",
    "inputs",
    "outputs",
    "model",
    "instructions",
    "output_behavior",
    "session_id",
    "created_at",
    "ended_at",
    "archived_at",
    "usage",
    "error",
}


def test_a_new_dream_has_all_fourteen_keys(scene: Scene) -> None:
    response = scene.http.post("/v1/dreams", json=scene.body())
    assert response.status_code == 200
    dream = response.json()
    assert set(dream) == KEYS
    assert dream["id"].startswith("drm_01")
    assert dream["status"] == "pending"
    assert dream["outputs"] == []
    assert dream["model"] == {"id": MODEL, "speed": "standard"}
    assert dream["output_behavior"] == {"type": "create_new"}
    assert [dream[key] for key in ("instructions", "session_id", "ended_at", "archived_at", "error")] == [None] * 5
    assert set(dream["usage"].values()) == {0}


@pytest.mark.parametrize("end", TERMINAL)
def test_an_ended_dream_has_all_fourteen_keys(scene: Scene, end: str) -> None:
    dream = scene.dream()
    if end == "canceled":
        scene.beta.dreams.cancel(dream.id)
    if end == "failed":
        scene.beta.memory_stores.delete(scene.inputs(dream)[0])
    scene.until(dream.id, end)
    assert set(scene.http.get(f"/v1/dreams/{dream.id}").json()) == KEYS


def test_inputs_come_back_in_order_with_sorted_sessions(scene: Scene) -> None:
    store, sessions = scene.store(), [scene.session() for _ in range(3)]
    shuffled = sorted(sessions, reverse=True)
    inputs: Any = [
        {"type": "sessions", "session_ids": shuffled},
        {"type": "memory_store", "memory_store_id": store},
    ]
    dream = scene.beta.dreams.create(inputs=inputs, model=MODEL)
    assert [entry.type for entry in dream.inputs] == ["sessions", "memory_store"]
    assert dream.inputs[0].to_dict() == {"type": "sessions", "session_ids": sorted(sessions)}


@pytest.mark.parametrize(
    "model", [MODEL, {"id": MODEL}, {"id": MODEL, "speed": "standard"}, {"id": MODEL, "speed": None}]
)
def test_model_is_always_an_object_in_the_answer(scene: Scene, model: Any) -> None:
    assert scene.dream(model=model).model.to_dict() == {"id": MODEL, "speed": "standard"}


@pytest.mark.parametrize(
    ("profile", "status"),
    [
        pytest.param("current", 200, marks=pytest.mark.mockdreams(profile="current")),
        pytest.param("docs-2026-09", 400, marks=pytest.mark.mockdreams(profile="docs-2026-09")),
    ],
)
def test_newer_models_dream_since_the_guide_of_september(scene: Scene, profile: str, status: int) -> None:
    assert scene.mock.policy.profile == profile
    for model in ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-1", "claude-fable-5-2"):
        assert scene.http.post("/v1/dreams", json=scene.body(model=model)).status_code == status


def test_supported_models_are_policy(scene: Scene) -> None:
    scene.mock.policy.supported_models = ("claude-next",)
    assert scene.dream(model="claude-next").model.id == "claude-next"
    assert "claude-opus-4-8" in refused(scene.http.post("/v1/dreams", json=scene.body()), 400, "invalid_request_error")


@pytest.mark.parametrize("instructions", [None, "x", "é" * 4096])
def test_instructions_are_echoed(scene: Scene, instructions: str | None) -> None:
    assert scene.dream(instructions=instructions).instructions == instructions


@pytest.mark.long
def test_a_hundred_sessions_are_accepted(scene: Scene) -> None:
    sessions = [scene.session() for _ in range(100)]
    assert scene.dream(session_ids=sessions).inputs[1].to_dict()["session_ids"] == sorted(sessions)


def test_archived_sessions_may_be_read(scene: Scene) -> None:
    session = scene.session("Remember the milk.")
    scene.beta.sessions.archive(session)
    assert scene.finished(session_ids=[session]).status == "completed"


def _replace(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    target: Any = body
    for key in parents:
        target = target[key]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("inputs", ..., "inputs: Field required"),
        ("model", ..., "model: Field required"),
        ("extra", 1, 'Failed to parse request body: unknown field "extra"'),
        ("inputs.0.extra", 1, 'Failed to parse request body: unknown field "extra"'),
        ("inputs.1.extra", 1, 'Failed to parse request body: unknown field "extra"'),
        ("inputs", {}, "Failed to parse request: inputs: expected an array"),
        ("inputs", None, "inputs: Value is not nullable"),
        ("inputs", [], "inputs: exactly one `memory_store` entry is required, got 0"),
        ("inputs.0", 7, "Failed to parse request: inputs[0]: expected an object"),
        ("inputs.0", {}, "Failed to parse request: inputs[0].type: Field required"),
        ("inputs.0.type", "files", 'Failed to parse request: inputs[0].type: "files" is not a valid value'),
        ("inputs.0.memory_store_id", ..., "inputs[0].memory_store_id: Field required"),
        ("inputs.0.memory_store_id", "", "inputs[0].memory_store_id: minimum string length is 1"),
        ("inputs.0.memory_store_id", 5, "Failed to parse request: inputs[0].memory_store_id: expected a string"),
        ("inputs.0.memory_store_id", None, "inputs[0].memory_store_id: Value is not nullable"),
        ("inputs.1.session_ids", ..., "inputs[1].session_ids: Field required"),
        ("inputs.1.session_ids", [], "inputs[1].session_ids: must have 1 to 100 entries, got 0"),
        ("inputs.1.session_ids", ["s"] * 101, "inputs[1].session_ids: must have 1 to 100 entries, got 101"),
        ("inputs.1.session_ids", ["a", "b", "a"], "inputs[1].session_ids: duplicate session id `a`"),
        ("inputs.1.session_ids", "sesn", "Failed to parse request: inputs[1].session_ids: expected an array"),
        ("inputs.1.session_ids.0", 3, "Failed to parse request: inputs[1].session_ids[0]: expected a string"),
        ("model", "", "model: minimum string length is 1"),
        ("model", "m" * 257, "model: maximum string length is 256"),
        ("model", "gpt", "model: `gpt` is not supported for dreams"),
        ("model", 5, "Failed to parse request: model: expected a string"),
        ("model", None, "model: Value is not nullable"),
        ("model", {}, "model.id: Field required"),
        ("model", {"id": ""}, "model.id: minimum string length is 1"),
        ("model", {"id": MODEL, "speed": "fast"}, 'model.speed: dreams accept only "standard"'),
        (
            "model",
            {"id": MODEL, "speed": "slow"},
            'Failed to parse request: model.speed: "slow" is not a valid value; expected one of fast, standard',
        ),
        ("model", {"id": MODEL, "effort": 1}, 'Failed to parse request body: unknown field "effort"'),
        ("instructions", "", "instructions: minimum string length is 1"),
        ("instructions", "x" * 4097, "instructions: maximum string length is 4096"),
        ("instructions", "x" * 2_000_000, "instructions: maximum string length is 4096"),
        ("instructions", ["x"], "Failed to parse request: instructions: expected a string"),
        ("output_behavior", None, "output_behavior: Value is not nullable"),
        ("output_behavior", {}, "Failed to parse request: output_behavior.type: Field required"),
        ("output_behavior", {"type": "x"}, 'Failed to parse request: output_behavior.type: "x" is not a valid value'),
        ("output_behavior", {"type": "update_existing"}, "output_behavior.memory_store_id: Field required"),
        (
            "output_behavior",
            {"type": "update_existing", "memory_store_id": "memstore_other"},
            "output_behavior.memory_store_id: must be the memory store given in inputs",
        ),
        (
            "output_behavior",
            {"type": "create_new", "memory_store_id": "memstore_x"},
            'Failed to parse request body: unknown field "memory_store_id"',
        ),
    ],
)
def test_bad_create_bodies_are_refused_by_name(scene: Scene, path: str, value: Any, message: str) -> None:
    body = _replace(scene.body(), path, value)
    assert refused(scene.http.post("/v1/dreams", json=body), 400, "invalid_request_error") == message
    assert scene.beta.dreams.list().data == []


@pytest.mark.parametrize("doubled", [0, 1])
def test_two_inputs_of_a_kind_are_refused(scene: Scene, doubled: int) -> None:
    body = scene.body()
    body["inputs"].append(body["inputs"][doubled])
    message = refused(scene.http.post("/v1/dreams", json=body), 400, "invalid_request_error")
    assert message.startswith("inputs: exactly one")


@pytest.mark.parametrize(
    ("path", "id", "message"),
    [
        ("inputs.0.memory_store_id", f"memstore_{ABSENT}", f"Memory store `memstore_{ABSENT}` not found."),
        ("inputs.0.memory_store_id", f"sesn_{ABSENT}", f"Memory store `sesn_{ABSENT}` not found."),
        ("inputs.1.session_ids", [f"sesn_{ABSENT}"], f"Session not found: sesn_{ABSENT}"),
    ],
)
def test_absent_inputs_are_not_found(scene: Scene, path: str, id: Any, message: str) -> None:
    body = _replace(scene.body(), path, id)
    assert refused(scene.http.post("/v1/dreams", json=body), 404, "not_found_error") == message


def test_an_archived_store_is_refused(scene: Scene) -> None:
    body = scene.body()
    store = body["inputs"][0]["memory_store_id"]
    scene.beta.memory_stores.archive(store)
    message = refused(scene.http.post("/v1/dreams", json=body), 400, "invalid_request_error")
    assert message == f"Memory store {store} is archived."


@pytest.mark.parametrize("method", ["retrieve", "cancel", "archive"])
@pytest.mark.parametrize("id", [f"drm_{ABSENT}", "drm_x", f"sesn_{ABSENT}", "%20", "ü"])
def test_an_unknown_dream_is_not_found(scene: Scene, method: str, id: str) -> None:
    with pytest.raises(anthropic.NotFoundError) as refusal:
        getattr(scene.beta.dreams, method)(id)
    assert refusal.value.type == "not_found_error"
    assert "x-should-retry" not in refusal.value.response.headers


def test_a_dream_lives_from_pending_to_completed(scene: Scene) -> None:
    seen = [scene.dream()]
    while seen[-1].status not in TERMINAL:
        seen.append(scene.beta.dreams.retrieve(seen[0].id))
    statuses = [dream.status for dream in seen]
    assert statuses == ["pending", "running", "running", "running", "completed"]
    assert [len(dream.outputs) for dream in seen] == [0, 0, 1, 1, 1]
    assert [dream.session_id is None for dream in seen] == [True, True, False, False, False]
    spent = [dream.usage.input_tokens + dream.usage.cache_creation_input_tokens for dream in seen]
    assert spent == sorted(spent)
    assert spent[1] == 0 < spent[-1]
    assert seen[-1].ended_at is not None
    assert seen[-1].ended_at > seen[0].created_at


def test_a_completed_dream_never_changes_again(scene: Scene) -> None:
    dream = scene.finished()
    before = scene.http.get(f"/v1/dreams/{dream.id}").content
    scene.mock.clock.advance(days=3)
    assert scene.http.get(f"/v1/dreams/{dream.id}").content == before


@pytest.mark.mockdreams(clock="manual")
def test_the_run_grows_with_the_sessions(scene: Scene) -> None:
    spans = []
    for sessions in (1, 5):
        dream = scene.dream(session_ids=[scene.session() for _ in range(sessions)])
        scene.mock.clock.run_until_idle()
        ended = scene.until(dream.id, "completed").ended_at
        assert ended is not None
        spans.append(ended - dream.created_at)
    assert spans[1] - spans[0] == timedelta(seconds=4 * scene.mock.policy.dream_seconds_per_session)


@pytest.mark.parametrize("started", [False, True])
def test_cancel_ends_a_live_dream_at_once(scene: Scene, started: bool) -> None:
    dream = scene.dream()
    if started:
        scene.until(dream.id, "running", output=True)
    canceled = scene.beta.dreams.cancel(dream.id)
    assert canceled.status == "canceled"
    assert canceled.ended_at == scene.mock.clock.now()
    assert canceled.error is None
    again = scene.beta.dreams.cancel(dream.id)
    assert again == canceled


def test_a_canceled_dream_keeps_its_output_store(scene: Scene) -> None:
    dream = scene.dream()
    output = scene.until(dream.id, "running", output=True).outputs[0].memory_store_id
    scene.beta.dreams.cancel(dream.id)
    scene.mock.clock.advance(hours=1)
    assert scene.beta.dreams.retrieve(dream.id).status == "canceled"
    assert scene.beta.memory_stores.retrieve(output).archived_at is None
    assert scene.contents(output)


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_cancel_refuses_what_has_ended_otherwise(scene: Scene, end: str) -> None:
    dream = scene.dream()
    if end == "failed":
        scene.beta.memory_stores.archive(scene.inputs(dream)[0])
    before = scene.until(dream.id, end)
    refused(scene.http.post(f"/v1/dreams/{dream.id}/cancel"), 400, "invalid_request_error")
    assert scene.beta.dreams.retrieve(dream.id) == before


@pytest.mark.parametrize("status", ["pending", "running"])
def test_archive_refuses_a_live_dream(scene: Scene, status: str) -> None:
    dream = scene.dream()
    if status == "running":
        scene.until(dream.id, "running")
    message = refused(scene.http.post(f"/v1/dreams/{dream.id}/archive"), 400, "invalid_request_error")
    assert status in message
    assert scene.beta.dreams.retrieve(dream.id).archived_at is None


def test_archive_keeps_status_and_output_and_happens_once(scene: Scene) -> None:
    dream = scene.finished()
    archived = scene.beta.dreams.archive(dream.id)
    assert archived.archived_at is not None
    assert archived.status == "completed"
    scene.mock.clock.advance(hours=1)
    assert scene.beta.dreams.archive(dream.id) == archived
    assert scene.beta.dreams.retrieve(dream.id) == archived
    assert scene.beta.memory_stores.retrieve(dream.outputs[0].memory_store_id).archived_at is None


def test_update_existing_writes_into_the_input_store(scene: Scene) -> None:
    store = scene.store({"/a.md": "- Tabs, not spaces.\n- Tabs, not spaces.\n"})
    behavior = {"type": "update_existing", "memory_store_id": store}
    dream = scene.finished(store_id=store, output_behavior=behavior)
    assert dream.output_behavior.to_dict() == behavior
    assert [output.memory_store_id for output in dream.outputs] == [store]
    assert scene.contents(store)["/a.md"] == "- Tabs, not spaces.\n"


def test_two_dreams_cannot_update_one_store(scene: Scene) -> None:
    store, session = scene.store(), scene.session()
    behavior = {"type": "update_existing", "memory_store_id": store}
    holder = scene.dream(store, [session], output_behavior=behavior)
    response = scene.http.post("/v1/dreams", json=scene.body(store, [session], output_behavior=behavior))
    assert holder.id in refused(response, 409, "conflict_error")
    assert response.headers["x-should-retry"] == "false"
    assert scene.dream(store, [session]).status == "pending"
    scene.until(holder.id, "completed")
    body = scene.body(store, [session], output_behavior=behavior)
    assert holder.id in refused(scene.http.post("/v1/dreams", json=body), 409, "conflict_error")
    assert scene.dream(store, [session], output_behavior=behavior).status == "pending"


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.parametrize("end", ["completed", "failed", "canceled"])
@pytest.mark.long
def test_an_update_holds_its_store_a_little_longer_however_it_ends(scene: Scene, end: str) -> None:
    store, session = scene.store({"/a.md": "x"}), scene.session()
    if end == "failed":
        scene.mock.dreams.script(fail="internal_error")
    behavior = {"type": "update_existing", "memory_store_id": store}
    holder = scene.dream(store, [session], output_behavior=behavior)
    if end == "canceled":
        scene.beta.dreams.cancel(holder.id)
    while scene.beta.dreams.retrieve(holder.id).status != end:
        scene.mock.clock.advance(seconds=1)
    ended = scene.beta.dreams.retrieve(holder.id).ended_at
    assert ended is not None
    body = scene.body(store, [session], output_behavior=behavior)
    held = timedelta(seconds=scene.mock.policy.dream_wind_down_seconds)
    scene.mock.clock.move_to(ended + held - timedelta(microseconds=1))
    assert holder.id in refused(scene.http.post("/v1/dreams", json=body), 409, "conflict_error")
    assert scene.dream(store, [session]).status == "pending"
    scene.mock.clock.move_to(ended + held)
    assert scene.http.post("/v1/dreams", json=body).status_code == 200


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_other_methods_are_not_allowed(scene: Scene, method: str) -> None:
    response = scene.http.request(method, f"/v1/dreams/drm_{ABSENT}")
    assert refused(response, 405, "invalid_request_error") == "Method Not Allowed"
    assert response.headers["allow"] == "GET"
