"""What a running dream does to the world: its session, its output store, and what can go wrong on the way."""

from typing import Any

import pytest

from mockdreams.world.dreams import executor
from tests.support.helpers import Scene, refused

NOTES = {
    "/prefs/editor.md": "- Use tabs, not spaces.\n- Theme: dark\n",
    "/inbox/1.md": "- Use tabs, not spaces.\n",
    "/ops/deploy.md": "Deploys happen on Tuesday.\n",
}


@pytest.fixture
def running(scene: Scene) -> Any:
    """A dream that has its output store and is about to think."""
    dream = scene.dream(scene.store(NOTES), [scene.session("We moved deploys to Thursday.")])
    return scene.until(dream.id, "running", output=True)


def types_of(scene: Scene, session_id: str) -> list[str]:
    return [event.type for event in scene.beta.sessions.events.list(session_id)]


def test_the_output_is_a_clone_that_the_session_wrote(scene: Scene) -> None:
    store = scene.store(NOTES, name="Team")
    dream = scene.dream(store, [scene.session()])
    output = scene.until(dream.id, "running", output=True).outputs[0].memory_store_id
    assert output != store
    assert scene.contents(output) == NOTES
    assert scene.beta.memory_stores.retrieve(output).name == "Team (dream)"
    session_id = scene.beta.dreams.retrieve(dream.id).session_id
    versions = scene.beta.memory_stores.memory_versions.list(output)
    writers = {version.created_by.to_dict()["session_id"] for version in versions if version.created_by}
    assert writers == {session_id}


def test_the_name_of_the_output_stays_within_the_limit(scene: Scene) -> None:
    dream = scene.finished(store_id=scene.store(name="n" * 255))
    name = scene.beta.memory_stores.retrieve(dream.outputs[0].memory_store_id).name
    assert len(name) == 255
    assert name.endswith(" (dream)")


def test_the_input_store_is_never_written(scene: Scene) -> None:
    store = scene.store(NOTES)
    before = scene.http.get(f"/v1/memory_stores/{store}/memories?view=full").content
    scene.finished(store_id=store, session_ids=[scene.session("We moved deploys to Thursday.")])
    assert scene.http.get(f"/v1/memory_stores/{store}/memories?view=full").content == before


def test_the_output_is_consolidated(scene: Scene) -> None:
    dream = scene.finished(store_id=scene.store(NOTES), session_ids=[scene.session("We moved deploys to Thursday.")])
    contents = scene.contents(dream.outputs[0].memory_store_id)
    assert sum("Use tabs" in (content or "") for content in contents.values()) == 1
    assert "Theme: dark" in "".join(map(str, contents.values()))


@pytest.mark.long
def test_what_it_does_is_told_while_it_does_it(scene: Scene) -> None:
    dream = scene.dream(scene.store(NOTES), [scene.session("We moved deploys to Thursday.")])
    session_id = scene.until(dream.id, "running", output=True).session_id
    assert session_id is not None
    started = types_of(scene, session_id)
    assert started[:2] == ["session.status_running", "session.thread_status_running"]
    halfway = types_of(scene, session_id)
    assert len(started) < len(halfway)
    scene.until(dream.id, "completed")
    told = types_of(scene, session_id)
    assert told[: len(halfway)] == halfway
    assert told[-3:] == ["session.thread_status_idle", "session.usage", "session.status_idle"]
    assert told.count("session.thread_created") == 1
    assert {"agent.thinking", "agent.tool_use", "agent.tool_result", "agent.message"} <= set(told)


@pytest.mark.parametrize(
    ("limit", "changed"),
    [
        ({}, True),
        ({"memory_max_bytes": 88, "memories_per_store": 2}, True),
        ({"memory_max_bytes": 70, "memories_per_store": 2}, False),
    ],
)
def test_what_the_store_would_refuse_is_neither_written_nor_told(
    scene: Scene, limit: dict[str, int], changed: bool
) -> None:
    """A memory that is larger than one may be today is left alone, and what is learned finds no room in the store."""
    item = "- Keep the log files of every service for a month"
    notes = {"/ops/logs.md": f"{'x' * 30}\n\n{item}\n", "/inbox/1.md": f"{item}.\n"}
    store, session = scene.store(notes), scene.session("Remember to water the ferns.")
    for name, value in limit.items():
        setattr(scene.mock.policy, name, value)
    dream = scene.finished(store_id=store, session_ids=[session])
    assert dream.session_id is not None
    events = list(scene.beta.sessions.events.list(dream.session_id))
    assert [event for event in events if event.type == "agent.tool_result" and event.is_error] == []
    said = [
        block.text
        for event in events
        if event.type == "agent.message"
        for block in event.content
        if block.type == "text"
    ]
    told = [text.split()[0] for text in said if text.startswith(("Merged", "Learned", "Replaced", "Dropped"))]
    assert told == (["Merged", "Learned"] if changed else [])
    assert (scene.contents(dream.outputs[0].memory_store_id) == notes) is not changed


def test_every_change_in_the_store_is_a_tool_call_in_the_transcript(scene: Scene) -> None:
    dream = scene.finished(store_id=scene.store(NOTES), session_ids=[scene.session("We moved deploys to Thursday.")])
    assert dream.session_id is not None
    output = dream.outputs[0].memory_store_id
    events = list(scene.beta.sessions.events.list(dream.session_id, types=["agent.tool_use"]))
    calls = [event for event in events if event.type == "agent.tool_use"]
    written = [str(call.input["file_path"]) for call in calls if call.name == "write"]
    removed = [str(call.input["command"]) for call in calls if call.name == "bash"]
    versions = list(scene.beta.memory_stores.memory_versions.list(output))
    after_clone = versions[: len(versions) - len(NOTES)]
    assert len(after_clone) == len(written) + len(removed) > 0
    for version in after_clone:
        assert any(str(version.path) in line for line in [*written, *removed])


def test_usage_is_the_sum_of_the_model_requests(scene: Scene) -> None:
    dream = scene.finished(store_id=scene.store(NOTES))
    assert dream.session_id is not None
    ends = scene.beta.sessions.events.list(dream.session_id, types=["span.model_request_end"])
    spent = [event.model_usage for event in ends if event.type == "span.model_request_end"]
    assert dream.usage.output_tokens == sum(usage.output_tokens for usage in spent) > 0
    assert dream.usage.input_tokens == sum(usage.input_tokens for usage in spent)
    session = scene.beta.sessions.retrieve(dream.session_id)
    assert session.usage.output_tokens == dream.usage.output_tokens


@pytest.mark.long
def test_usage_grows_with_each_model_request(scene: Scene, running: Any) -> None:
    clock, seen = scene.mock.clock, []
    clock.mode = "manual"
    while (dream := scene.beta.dreams.retrieve(running.id)).status == "running":
        session = scene.beta.sessions.retrieve(running.session_id)
        (listed,) = [each for each in scene.beta.sessions.list() if each.id == session.id]
        ends = scene.beta.sessions.events.list(session.id, types=["span.model_request_end"])
        spent = sum(event.model_usage.output_tokens for event in ends if event.type == "span.model_request_end")
        assert session.usage.output_tokens == listed.usage.output_tokens == dream.usage.output_tokens == spent
        seen.append(spent)
        clock.advance(seconds=8)
    assert seen[0] == 0
    assert len(set(seen)) > 3


def test_the_session_is_archived_and_stays_readable(scene: Scene) -> None:
    dream = scene.finished()
    assert dream.session_id is not None
    session = scene.beta.sessions.retrieve(dream.session_id)
    assert session.status == "terminated"
    assert session.archived_at == dream.ended_at
    assert types_of(scene, dream.session_id)[-1] == "session.status_idle"
    mounted = [resource.to_dict()["access"] for resource in session.resources]
    assert mounted == ["read_only", "read_write"]


@pytest.mark.long
def test_the_session_of_a_dream_that_ended_long_ago_reads_as_ever(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, said = scene.store(NOTES), [scene.session("We moved deploys to Thursday.")]
    first = scene.finished(store_id=store, session_ids=said).session_id
    session = f"/v1/sessions/{first}"
    threads = [thread["id"] for thread in scene.http.get(f"{session}/threads").json()["data"]]
    paths = [f"{session}/events?order=desc", *(f"{session}/threads/{thread}/events" for thread in threads)]
    before = [scene.http.get(path).content for path in paths]
    monkeypatch.setattr(executor, "MOST_UNPACKED", 0)
    scene.finished(store_id=store, session_ids=said)
    saved = scene.mock.snapshot()
    assert [scene.http.get(path).content for path in paths] == before
    assert scene.mock.snapshot() | {"ids": saved["ids"]} == saved
    scene.mock.restore(saved)
    assert [scene.http.get(path).content for path in paths] == before


def test_the_session_of_a_live_dream_is_not_the_callers(scene: Scene, running: Any) -> None:
    session = f"/v1/sessions/{running.session_id}"
    message = {"events": [{"type": "user.message", "content": [{"type": "text", "text": "stop"}]}]}
    for response in (
        scene.http.post(f"{session}/archive"),
        scene.http.delete(session),
        scene.http.post(f"{session}/events", json=message),
    ):
        assert running.id in refused(response, 400, "invalid_request_error")
    assert running.session_id in [each.id for each in scene.beta.sessions.list()]
    scene.until(running.id, "completed")
    assert scene.beta.sessions.delete(running.session_id).type == "session_deleted"


@pytest.mark.parametrize("act", ["archive", "delete"])
def test_the_output_store_of_a_live_dream_is_guarded(scene: Scene, running: Any, act: str) -> None:
    output = running.outputs[0].memory_store_id
    path = f"/v1/memory_stores/{output}"
    response = scene.http.delete(path) if act == "delete" else scene.http.post(f"{path}/archive")
    assert running.id in refused(response, 400, "invalid_request_error")
    assert scene.beta.memory_stores.retrieve(output).archived_at is None
    assert scene.until(running.id, "completed").status == "completed"
    getattr(scene.beta.memory_stores, act)(output)


@pytest.mark.parametrize("act", ["archive", "delete"])
def test_the_target_of_update_existing_is_guarded_from_creation(scene: Scene, act: str) -> None:
    store = scene.store(NOTES)
    dream = scene.dream(store, output_behavior={"type": "update_existing", "memory_store_id": store})
    assert dream.status == "pending"
    path = f"/v1/memory_stores/{store}"
    response = scene.http.delete(path) if act == "delete" else scene.http.post(f"{path}/archive")
    assert dream.id in refused(response, 400, "invalid_request_error")


def test_the_guard_can_be_switched_off(scene: Scene, running: Any) -> None:
    scene.mock.policy.guard_output_store = False
    scene.beta.memory_stores.delete(running.outputs[0].memory_store_id)
    dream = scene.until(running.id, "failed")
    assert dream.error is not None
    assert dream.error.type == "internal_error"


def _lose(scene: Scene, dream: Any, what: str) -> None:
    store, session = dream.inputs[0].memory_store_id, dream.inputs[1].session_ids[0]
    if what == "session":
        scene.beta.sessions.delete(session)
    else:
        getattr(scene.beta.memory_stores, what)(store)


@pytest.mark.parametrize("when", ["pending", "running"])
@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("archive", "input_memory_store_unavailable"),
        ("delete", "input_memory_store_unavailable"),
        ("session", "input_session_unavailable"),
    ],
)
def test_losing_an_input_fails_the_dream(scene: Scene, running: Any, when: str, what: str, error: str) -> None:
    dream = running if when == "running" else scene.dream(scene.store(NOTES), [scene.session()])
    kept = scene.contents(running.outputs[0].memory_store_id)
    _lose(scene, dream, what)
    failed = scene.until(dream.id, "failed")
    assert failed.error is not None
    assert failed.error.type == error
    assert failed.error.message.endswith("while the dream was using it.")
    assert failed.ended_at is not None
    if when == "running":
        assert scene.contents(failed.outputs[0].memory_store_id) == kept
        assert scene.beta.sessions.retrieve(str(failed.session_id)).status == "terminated"
    else:
        assert failed.outputs == []
        assert failed.session_id is None


def test_a_dream_fails_at_its_next_step_not_at_its_end(scene: Scene, running: Any) -> None:
    scene.mock.clock.mode = "manual"
    _lose(scene, running, "archive")
    assert scene.beta.dreams.retrieve(running.id).status == "running"
    at_most = scene.mock.clock.due[0].at
    scene.mock.clock.move_to(at_most)
    failed = scene.beta.dreams.retrieve(running.id)
    assert failed.status == "failed"
    assert failed.ended_at == at_most


def test_archiving_an_input_session_is_harmless(scene: Scene, running: Any) -> None:
    scene.beta.sessions.archive(running.inputs[1].session_ids[0])
    assert scene.until(running.id, "completed").error is None


def test_many_dreams_at_once_keep_apart(scene: Scene) -> None:
    store, session = scene.store(NOTES), scene.session()
    dreams = [scene.dream(store, [session]).id for _ in range(5)]
    scene.mock.clock.run_until_idle()
    ended = [scene.until(dream, "completed") for dream in dreams]
    assert len({dream.outputs[0].memory_store_id for dream in ended}) == 5
    assert len({dream.session_id for dream in ended}) == 5
    contents = [scene.contents(dream.outputs[0].memory_store_id) for dream in ended]
    assert all(content == contents[0] for content in contents)


@pytest.mark.parametrize("act", ["archive", "delete"])
def test_a_dream_that_loses_its_session_fails(scene: Scene, running: Any, act: str) -> None:
    scene.mock.policy.guard_dream_session = False
    scene.beta.sessions.events.send(running.session_id, events=[{"type": "user.interrupt"}])
    scene.mock.clock.advance(seconds=scene.mock.policy.interrupt_seconds)
    getattr(scene.beta.sessions, act)(running.session_id)
    dream = scene.until(running.id, "failed")
    assert dream.error is not None
    assert dream.error.type == "internal_error"


@pytest.mark.parametrize("act", ["archive", "delete"])
def test_a_canceled_dream_that_lost_its_session_winds_down_quietly(scene: Scene, running: Any, act: str) -> None:
    scene.mock.policy.guard_dream_session = False
    scene.beta.dreams.cancel(running.id)
    scene.beta.sessions.events.send(running.session_id, events=[{"type": "user.interrupt"}])
    scene.mock.clock.advance(seconds=scene.mock.policy.interrupt_seconds)
    getattr(scene.beta.sessions, act)(running.session_id)
    scene.mock.clock.run_until_idle()
    assert scene.beta.dreams.retrieve(running.id).status == "canceled"
