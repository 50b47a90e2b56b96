"""Snapshots: a world saved, restored, and begun with."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.dreaming.plan import Think
from mockdreams.harness.handle import default_server
from mockdreams.world.core.clock import MANY_TASKS
from mockdreams.world.state.migrations import FORMAT
from mockdreams.world.world import MANY_ACTS, MUCH_SAID
from tests.support.deep import one_in
from tests.support.helpers import Scene, refused
from tests.support.stories import MOMENTS, story, told


@pytest.mark.parametrize("moment", one_in(2, MOMENTS))
@pytest.mark.long
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


@pytest.mark.long
def test_a_snapshot_is_not_changed_by_what_happens_later(scene: Scene) -> None:
    story(scene, "half")
    saved = scene.mock.snapshot()
    text = json.dumps(saved)
    scene.mock.clock.run_until_idle()
    scene.mock.restore(saved)
    assert json.dumps(saved) == text
    assert json.dumps(scene.mock.snapshot()) == text


@pytest.mark.parametrize("clock", ["auto", "manual", "real"])
@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
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
    assert scene.mock.snapshot()["mockdreams"] == FORMAT


def test_waiting_scripts_are_saved(scene: Scene) -> None:
    scene.mock.dreams.script(fail="timeout", at=0.5, times=2)
    with MockDreams() as other, other.client() as client:
        other.restore(scene.mock.snapshot())
        dream = Scene(other, client.beta).dream()
        assert Scene(other, client.beta).until(dream.id, "failed").error is not None
        assert list(other.dreams) == [{"fail": "timeout", "at": 0.5, "times": 1}]


@pytest.mark.parametrize("looks", range(6))
@pytest.mark.long
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


@pytest.mark.parametrize(
    "what", ["a long message", "many messages", "a long turn", "a long turn that was taken", "little"]
)
def test_a_restored_world_knows_what_may_take_long(what: str) -> None:
    """What is long is thought through on a thread, and not where everybody is answered."""
    with MockDreams(clock="manual") as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        if "turn" in what:
            mock.sessions.script([["Soon."], ["a"] * (MANY_ACTS + 1)])
        session = scene.session()
        if "taken" in what:
            scene.send(session, "Go.")
            mock.clock.advance(seconds=60)
        scene.send(session, "a" * (MUCH_SAID + 1 if what == "a long message" else 1))
        if what == "many messages":
            event: Any = {"type": "user.message", "content": [{"type": "text", "text": "a"}]}
            scene.beta.sessions.events.send(session, events=[event] * MANY_TASKS)
        world, saved = default_server.places.get_or_create(mock.api_key).world, mock.snapshot()
        assert world.may_think() == (what != "little")
        mock.reset()
        assert not world.may_think()
        mock.restore(saved)
        assert world.may_think() == (what != "little")
