"""Snapshots: a world saved, restored, and begun with."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.dreaming.plan import Think
from tests.support.helpers import Scene, refused

MOMENTS = ("pending", "started", "ready", "half", "completed", "canceled", "failed", "winding down", "hanging")


def story(scene: Scene, moment: str) -> str:
    """Bring a dream to `moment`."""
    store = scene.store({"/a.md": "- One.\n- One.\n", "/b/c.md": "Two."})
    session = scene.session("Remember this.", "And that.", stores=(store,))
    if moment == "failed":
        scene.mock.dreams.script(fail="timeout", at=0.5)
    if moment == "hanging":
        scene.mock.dreams.script(hang="running")
    dream = scene.dream(store, [session], instructions="Gently.")
    for _ in range({"started": 1, "ready": 2, "half": 3, "winding down": 2, "hanging": 5}.get(moment, 0)):
        scene.beta.dreams.retrieve(dream.id)
    if moment == "completed":
        scene.until(dream.id, "completed")
        scene.beta.memory_stores.memories.create(store, path="/later.md", content="x")
    if moment == "failed":
        scene.until(dream.id, "failed")
    if moment in ("canceled", "winding down"):
        scene.beta.dreams.cancel(dream.id)
    scene.send(session, "Not yet taken up.")
    return dream.id


def told(mock: MockDreams) -> list[Any]:
    """Everything that the public surface shows, after looking until nothing moves."""
    seen: list[Any] = []
    mock.clock.run_until_idle()
    paths = ["/v1/dreams?include_archived=true", "/v1/memory_stores", "/v1/sessions?include_archived=true"]
    listed = [mock.http.get(path).json()["data"] for path in paths]
    for store in listed[1]:
        paths += [f"/v1/memory_stores/{store['id']}/{kind}?view=full" for kind in ("memories", "memory_versions")]
    paths += [f"/v1/sessions/{session['id']}/events" for session in listed[2]]
    paths += [f"/v1/agents/{session['agent']['id']}" for session in listed[2]]
    for path in [*paths, "/_mockdreams/clock", "/_mockdreams/policy"]:
        body = mock.http.get(path).json()
        body.pop("request_id", None)
        seen.append((path, body))
    return seen


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_restored_world_goes_on_where_it_was(moment: str) -> None:
    with MockDreams() as mock, mock.client() as client:
        story(Scene(mock, client.beta), moment)
        saved = json.loads(json.dumps(mock.snapshot()))
        went_on = told(mock)
        mock.restore(saved)
        assert mock.snapshot() == saved
        assert told(mock) == went_on
    with MockDreams() as other:
        other.restore(saved)
        assert told(other) == went_on


def test_a_snapshot_is_not_changed_by_what_happens_later(scene: Scene) -> None:
    story(scene, "half")
    saved = scene.mock.snapshot()
    text = json.dumps(saved)
    scene.mock.clock.run_until_idle()
    scene.mock.restore(saved)
    assert json.dumps(saved) == text
    assert json.dumps(scene.mock.snapshot()) == text


@pytest.mark.parametrize("clock", ["auto", "manual", "real"])
def test_a_world_begins_with_a_snapshot_from_a_file(scene: Scene, tmp_path: Path, clock: Any) -> None:
    dream = story(scene, "half")
    file = tmp_path / "half.json"
    file.write_text(json.dumps(scene.mock.snapshot(), indent=1))
    with MockDreams(clock=clock, load=file) as mock, mock.client() as client:
        assert mock.clock.mode == clock
        status = client.beta.dreams.retrieve(dream).status
        assert status == ("completed" if clock == "auto" else "running")
        mock.clock.run_until_idle()
        assert client.beta.dreams.retrieve(dream).status == "completed"
        mock.reset()
        assert client.beta.dreams.retrieve(dream).status == status


def test_snapshots_over_http(scene: Scene) -> None:
    dream = story(scene, "ready")
    saved = scene.http.get("/_mockdreams/snapshot").json()
    assert saved == scene.mock.snapshot()
    with MockDreams() as other:
        assert other.http.post("/_mockdreams/snapshot", json=saved).status_code == 200
        assert other.http.get(f"/v1/dreams/{dream}").json()["status"] == "running"


def test_new_ids_go_on_as_they_would_have(scene: Scene) -> None:
    saved = scene.mock.snapshot()
    first = scene.store()
    scene.mock.restore(saved)
    assert scene.store() == first
    assert scene.store() != first


def test_restoring_ends_open_streams(scene: Scene) -> None:
    session = scene.session()
    saved = scene.mock.snapshot()
    with scene.beta.sessions.events.stream(session) as stream:
        scene.mock.restore(saved)
        assert list(stream) == []


@pytest.mark.parametrize(
    "document", [{}, [], "x", {"mockdreams": 3}, {"mockdreams": 1}, {"mockdreams": 1, "seed": "x"}], ids=str
)
def test_what_is_no_snapshot_changes_nothing(scene: Scene, document: Any) -> None:
    store = scene.store()
    refused(scene.http.post("/_mockdreams/snapshot", json=document), 400, "invalid_request_error")
    with pytest.raises(ValueError, match="snapshot"):
        scene.mock.restore(document)
    assert [each.id for each in scene.beta.memory_stores.list()] == [store]


def test_a_damaged_snapshot_changes_nothing(scene: Scene) -> None:
    story(scene, "half")
    before = scene.mock.snapshot()
    for part in ("clock", "ids", "policy", "dreams", "sessions", "memory_stores"):
        damaged = {**before, part: {"nonsense": {"$": "wire.nothing.Nobody"}}}
        with pytest.raises(ValueError, match="damaged"):
            scene.mock.restore(damaged)
    assert scene.mock.snapshot() == before


def test_a_waiting_function_cannot_be_saved(scene: Scene) -> None:
    scene.mock.dreams.script(dreamer=lambda inputs: [Think()])
    with pytest.raises(ValueError, match="function"):
        scene.mock.snapshot()
    refused(scene.http.get("/_mockdreams/snapshot"), 400, "invalid_request_error")
    dream = scene.dream()
    scene.until(dream.id, "running")
    assert scene.mock.snapshot()["mockdreams"] == 3


def test_waiting_scripts_are_saved(scene: Scene) -> None:
    scene.mock.dreams.script(fail="timeout", at=0.5, times=2)
    with MockDreams() as other, other.client() as client:
        other.restore(scene.mock.snapshot())
        dream = Scene(other, client.beta).dream()
        assert Scene(other, client.beta).until(dream.id, "failed").error is not None
        assert list(other.dreams) == [{"fail": "timeout", "at": 0.5, "times": 1}]


@pytest.mark.parametrize("looks", range(6))
def test_a_session_that_waits_for_somebody_goes_on_where_it_was(scene: Scene, looks: int) -> None:
    scene.mock.sessions.script(
        [
            ["Let me see.", {"tool": "bash", "result": "ok", "permission": "ask"}, "Done."],
            ["Again.", {"slow": 30}, "Slowly done."],
        ]
    )
    session = scene.session()
    scene.send(session, "Go.")
    for _ in range(looks):
        scene.beta.sessions.retrieve(session)
    saved = json.loads(json.dumps(scene.mock.snapshot()))

    def go_on() -> list[Any]:
        scene.mock.clock.run_until_idle()
        events = list(scene.beta.sessions.events.list(session))
        asked = [event.id for event in events if event.type == "agent.tool_use"]
        if asked:
            allow: Any = {"type": "user.tool_confirmation", "tool_use_id": asked[0], "result": "allow"}
            scene.beta.sessions.events.send(session, events=[allow])
        scene.mock.clock.run_until_idle()
        scene.send(session, "And again.")
        scene.mock.clock.run_until_idle()
        return [event.to_dict() for event in scene.beta.sessions.events.list(session)]

    went_on = go_on()
    assert [event["type"] for event in went_on].count("session.status_idle") == 3
    scene.mock.restore(saved)
    assert go_on() == went_on


def test_reset_after_restoring_another_world_is_the_world_as_it_was_at_first(scene: Scene) -> None:
    first = scene.store()
    with MockDreams() as other:
        scene.mock.restore(other.snapshot())
    scene.mock.reset()
    assert scene.store() == first


def test_sessions_saved_after_the_handle_was_closed_can_be_streamed(scene: Scene) -> None:
    with MockDreams() as other, other.client() as client:
        session = Scene(other, client.beta).session()
    scene.mock.restore(other.snapshot())
    scene.send(session, "Hello.")
    with scene.beta.sessions.events.stream(session) as stream:
        assert next(stream).type == "session.status_running"


def test_a_snapshot_larger_than_any_request_of_the_service_is_put_back(scene: Scene) -> None:
    store = scene.store({f"/{number}.md": f"{number} " * 20 for number in range(20)})
    scene.mock.policy.body_max_bytes = 1000
    saved = scene.http.get("/_mockdreams/snapshot").content
    assert len(saved) > 16_384
    scene.beta.memory_stores.delete(store)
    assert scene.http.post("/_mockdreams/snapshot", content=saved).json() == {"status": "ok"}
    assert len(scene.contents(store)) == 20


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 10_000, b'{"mockdreams": 2}x', b"9" * 5000])
def test_what_is_no_json_changes_nothing(scene: Scene, body: bytes) -> None:
    store = scene.store()
    said = refused(scene.http.post("/_mockdreams/snapshot", content=body), 400, "invalid_request_error")
    assert said.startswith("not a snapshot of mockdreams: it is no JSON: ")
    assert [each.id for each in scene.beta.memory_stores.list()] == [store]
