"""Scripts: what the next dreams do, from Python and over HTTP."""

import itertools
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mockdreams import MockDreams, unknown
from mockdreams.dreaming.plan import Delete, DreamInputs, ReadMemory, Say, Step, Think, Tokens, Write
from mockdreams.http.scenario_files import ScenarioError
from mockdreams.world.dreams.scripts import DREAM_ERRORS
from tests.support.deep import deep
from tests.support.helpers import Scene, refused

ERRORS = (
    "timeout",
    "internal_error",
    "memory_store_org_limit_exceeded",
    "input_memory_store_too_large",
    "input_memory_store_unavailable",
    "input_session_unavailable",
    "something_of_the_future",
)


def told(scene: Scene, **fields: Any) -> None:
    """Script the next dream over HTTP, in the words of the Python call."""
    response = scene.http.post("/_mockdreams/dreams/scripts", json=fields)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("how", ["python", "http"])
def test_a_scripted_dream_does_what_it_is_told_and_nothing_else(scene: Scene, how: str) -> None:
    fields: dict[str, Any] = {
        "duration": 600,
        "write": {"/new.md": "New.", "/a.md": "Changed."},
        "delete": ["/b.md", "/absent.md"],
        "say": ["First this.", "Then that."],
        "usage": {"input_tokens": 1000, "output_tokens": 7, "cache_read_input_tokens": 3},
    }
    scene.mock.dreams.script(**fields) if how == "python" else told(scene, **fields)
    dream = scene.finished(store_id=scene.store({"/a.md": "A.", "/b.md": "B.", "/c.md": "C.\nC.\n"}))
    assert dream.ended_at is not None
    assert dream.ended_at - dream.created_at == timedelta(seconds=600)
    assert scene.contents(dream.outputs[0].memory_store_id) == {
        "/a.md": "Changed.",
        "/new.md": "New.",
        "/c.md": "C.\nC.\n",
    }
    assert dream.usage.to_dict() == {
        "input_tokens": 1000,
        "output_tokens": 7,
        "cache_read_input_tokens": 3,
        "cache_creation_input_tokens": 0,
    }
    events = scene.beta.sessions.events.list(str(dream.session_id), types=["agent.message"])
    assert [event.to_dict()["content"][0]["text"] for event in events] == ["First this.", "Then that."]  # type: ignore[index]


def test_the_cost_of_a_dream_is_its_usage_at_list_price(scene: Scene) -> None:
    million = {"input_tokens": 1_000_000, "output_tokens": 2_000_000, "cache_creation_input_tokens": 100_000}
    scene.mock.dreams.script(usage=million, times=2)
    dream = scene.dream(model="claude-opus-4-8")
    assert scene.mock.dreams.cost(dream.id) == 0
    scene.until(dream.id, "completed")
    assert scene.mock.dreams.cost(dream.id) == Decimal("55.625")
    scene.mock.policy.supported_models = ("claude-next",)
    assert scene.mock.dreams.cost(scene.finished(model="claude-next")) is None
    with pytest.raises(LookupError):
        scene.mock.dreams.cost("drm_x")


def test_an_unknown_error_type_like_a_known_one_has_to_be_told_so(scene: Scene) -> None:
    scene.mock.dreams.script(fail=unknown("timeouts"))
    with MockDreams(load=scene.mock.snapshot()) as again:
        assert list(again.dreams) == list(scene.mock.dreams) == [{"fail": "timeouts", "times": 1}]
    assert (error := scene.until(scene.dream().id, "failed").error)
    assert error.type == "timeouts"
    with pytest.raises(ScenarioError, match="did you mean `timeout`"):
        MockDreams(scenario={"dreams": [{"fail": "timeouts"}]})
    with MockDreams(scenario={"dreams": [{"fail": {"unknown": "timeouts"}}]}) as told:
        assert list(told.dreams) == [{"fail": "timeouts", "times": 1}]


def test_runtime_grows_with_the_length_of_the_sessions(scene: Scene) -> None:
    def seconds(*said: str) -> float:
        dream = scene.finished(session_ids=[scene.session(*said)])
        assert dream.ended_at is not None
        return (dream.ended_at - dream.created_at).total_seconds()

    assert seconds("a", "b", "c") - seconds("a") == 4 * scene.mock.policy.dream_seconds_per_message


def test_usage_grows_on_the_way(scene: Scene) -> None:
    scene.mock.dreams.script(usage={"output_tokens": 1000}, say=["a", "b", "c", "d"])
    dream, seen = scene.dream(), []
    while True:
        seen.append(scene.beta.dreams.retrieve(dream.id))
        if seen[-1].status == "completed":
            break
    spent = [each.usage.output_tokens for each in seen]
    assert spent == sorted(spent)
    assert 0 < spent[-2] < spent[-1] == 1000


@pytest.mark.parametrize("type", ERRORS)
def test_a_dream_fails_as_told(scene: Scene, type: str) -> None:
    known: Any = type if type in DREAM_ERRORS else unknown(type)
    scene.mock.dreams.script(fail=known, message="Because.")
    dream = scene.until(scene.dream().id, "failed")
    assert dream.error is not None
    assert dream.error.to_dict() == {"type": type, "message": "Because."}


@pytest.mark.parametrize(
    ("at", "written"), [(0, None), (0.01, []), (0.5, ["/1", "/2"]), (1, ["/1", "/2", "/3", "/4"])], ids=str
)
def test_a_dream_fails_where_told_and_leaves_what_was_written(scene: Scene, at: float, written: Any) -> None:
    scene.mock.dreams.script(write={f"/{n}": "x" for n in range(1, 5)}, fail="internal_error", at=at)
    dream = scene.until(scene.dream(scene.store()).id, "failed")
    if written is None:
        assert dream.outputs == []
        assert dream.session_id is None
        assert dream.usage.output_tokens == 0
    else:
        assert sorted(scene.contents(dream.outputs[0].memory_store_id)) == written
        assert scene.beta.sessions.retrieve(str(dream.session_id)).status == "terminated"


@pytest.mark.parametrize("hang", ["pending", "running"])
def test_a_hanging_dream_times_out_when_its_budget_is_used_up(scene: Scene, hang: Any) -> None:
    scene.mock.dreams.script(hang=hang)
    dream = scene.dream()
    for _ in range(20):
        polled = scene.beta.dreams.retrieve(dream.id)
    assert polled.status == hang
    assert len(polled.outputs) == (hang == "running")
    scene.mock.clock.run_until_idle()
    failed = scene.beta.dreams.retrieve(dream.id)
    assert failed.error is not None
    assert failed.error.type == "timeout"
    assert failed.ended_at is not None
    assert failed.ended_at - dream.created_at == timedelta(seconds=scene.mock.policy.dream_runtime_budget_seconds)


def test_a_dream_longer_than_its_budget_times_out(scene: Scene) -> None:
    scene.mock.policy.dream_runtime_budget_seconds = 60
    scene.mock.dreams.script(duration=61, write={"/early": "x", "/late": "x"})
    dream = scene.dream(scene.store())
    scene.mock.clock.run_until_idle()
    failed = scene.until(dream.id, "failed")
    assert failed.error is not None
    assert failed.error.type == "timeout"
    assert "/early" in scene.contents(failed.outputs[0].memory_store_id)


def test_a_hanging_dream_can_be_canceled(scene: Scene) -> None:
    scene.mock.dreams.script(hang="running")
    dream = scene.until(scene.dream().id, "running", output=True)
    assert scene.beta.dreams.cancel(dream.id).status == "canceled"
    scene.mock.clock.run_until_idle()
    assert scene.beta.dreams.retrieve(dream.id).status == "canceled"


@pytest.mark.long
def test_the_first_matching_script_is_taken(scene: Scene) -> None:
    store, other = scene.store(), scene.store()
    script = scene.mock.dreams.script
    script(match={"memory_store_id": store}, fail="timeout")
    script(match={"instructions": "gently"}, fail="internal_error")
    script(match={"model": "claude-sonnet-5"}, fail="input_session_unavailable", times=2)

    def error(**fields: Any) -> str | None:
        dream = scene.until(scene.dream(**fields).id, "failed", "completed")
        return dream.error.type if dream.error else None

    assert error(store_id=other) is None
    assert error(store_id=other, instructions="Do it gently, please.") == "internal_error"
    assert error(store_id=store, model="claude-sonnet-5") == "timeout"
    assert error(store_id=store, model="claude-sonnet-5") == "input_session_unavailable"
    assert error(store_id=store, model="claude-sonnet-5") == "input_session_unavailable"
    assert error(store_id=store, model="claude-sonnet-5") is None


def test_a_dreamer_is_one_function(scene: Scene) -> None:
    seen: list[DreamInputs] = []

    def shouter(inputs: DreamInputs) -> Iterator[Step]:
        seen.append(inputs)
        for note in inputs.notes:
            yield ReadMemory(note.path)
            yield Think(Tokens(output=5))
            yield Write(note.path.upper(), note.content.upper())
            yield Delete(note.path)
        yield Say("DONE")

    scene.mock.dreams.script(dreamer=shouter, match={"instructions": "loud"})
    dream = scene.finished(
        store_id=scene.store({"/a": "quiet"}), session_ids=[scene.session("Hear, hear.")], instructions="loud"
    )
    assert scene.contents(dream.outputs[0].memory_store_id) == {"/A": "QUIET"}
    assert dream.usage.output_tokens == 5
    (inputs,) = seen
    assert next((line.speaker, line.text) for line in inputs.transcripts[0].utterances) == ("user", "Hear, hear.")
    assert inputs.instructions == "loud"


def test_a_dreamer_that_crashes_fails_its_dream(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    def broken(inputs: DreamInputs) -> Iterator[Step]:
        yield Think()
        raise RuntimeError("my own mistake")

    scene.mock.dreams.script(dreamer=broken)
    dream = scene.until(scene.dream().id, "failed")
    assert dream.error is not None
    assert dream.error.type == "internal_error"
    assert "my own mistake" in caplog.text


def test_a_write_that_the_store_refuses_is_a_tool_error(scene: Scene) -> None:
    scene.mock.dreams.script(write={"/a.md/below": "x", "/b.md": "y" * 102_401, "/c.md": "fine"})
    dream = scene.finished(store_id=scene.store({"/a.md": "A."}))
    assert sorted(scene.contents(dream.outputs[0].memory_store_id)) == ["/a.md", "/c.md"]
    results = scene.beta.sessions.events.list(str(dream.session_id), types=["agent.tool_result"])
    assert [event.to_dict()["is_error"] for event in results] == [True, True, False]


def test_scripts_are_seen_and_cleared(scene: Scene) -> None:
    scene.mock.dreams.script(fail="timeout", times=3)
    told(scene, hang="pending")
    expected = [{"fail": "timeout", "times": 3}, {"hang": "pending", "times": 1}]
    assert scene.http.get("/_mockdreams/dreams/scripts").json() == {"data": expected}
    scene.until(scene.dream().id, "failed")
    assert next(iter(scene.mock.dreams)) == {"fail": "timeout", "times": 2}
    assert scene.http.delete("/_mockdreams/dreams/scripts").json() == {"data": []}
    assert scene.finished().status == "completed"


@pytest.mark.parametrize(
    "fields",
    [
        {"fail": ""},
        {"fail": "timeout", "hang": "running"},
        {"hang": "completed"},
        {"at": 0.5},
        {"message": "x"},
        {"fail": "timeout", "at": 1.5},
        {"duration": 0},
        {"duration": "long"},
        {"times": 0},
        {"write": {"no-slash": "x"}},
        {"delete": ["/a/../b"]},
        {"usage": {"input_tokens": -1}},
        {"usage": {"tokens": 1}},
        {"match": {"id": "x"}},
        {"wirte": {}},
    ],
    ids=str,
)
def test_mistaken_scripts_are_refused_and_change_nothing(scene: Scene, fields: dict[str, Any]) -> None:
    refused(scene.http.post("/_mockdreams/dreams/scripts", json=fields), 400, "invalid_request_error")
    with pytest.raises(ValueError, match=r"."):
        scene.mock.dreams.script(**fields)
    assert list(scene.mock.dreams) == []


def update(store: str) -> dict[str, Any]:
    return {"output_behavior": {"type": "update_existing", "memory_store_id": store}}


def test_a_canceled_update_holds_its_store_until_its_last_write_has_landed(scene: Scene) -> None:
    scene.mock.clock.mode = "manual"
    store, session = scene.store(), scene.session()
    scene.mock.dreams.script(write={f"/{n}": "x" for n in range(9)}, usage={"output_tokens": 900}, duration=1000)
    dream = scene.dream(store, [session], **update(store))
    scene.mock.clock.advance(seconds=500)
    canceled = scene.beta.dreams.cancel(dream.id)
    before = scene.contents(store)
    body = scene.body(store, [session], **update(store))
    response = scene.http.post("/v1/dreams", json=body)
    assert dream.id in refused(response, 409, "conflict_error")
    assert response.headers["x-should-retry"] == "false"
    assert scene.beta.dreams.retrieve(dream.id) == canceled
    scene.mock.clock.advance(seconds=scene.mock.policy.dream_wind_down_seconds)
    late = scene.beta.dreams.retrieve(dream.id)
    assert late.status == "canceled"
    assert late.ended_at == canceled.ended_at
    assert late.usage.output_tokens == canceled.usage.output_tokens + 100
    assert len(scene.contents(store)) == len(before) + 1
    assert scene.http.post("/v1/dreams", json=body).status_code == 200
    scene.mock.clock.advance(days=1)
    assert scene.beta.dreams.retrieve(dream.id) == late
    assert scene.beta.sessions.retrieve(str(late.session_id)).status == "terminated"


def test_under_the_auto_clock_asking_again_is_enough(scene: Scene) -> None:
    store, session = scene.store(), scene.session()
    scene.dream(store, [session], **update(store))
    body = scene.body(store, [session], **update(store))
    statuses = [scene.http.post("/v1/dreams", json=body).status_code for _ in range(6)]
    assert 200 in statuses
    assert set(statuses[: statuses.index(200)]) == {409}


def test_a_canceled_dream_that_lost_its_store_winds_down_quietly(scene: Scene) -> None:
    dream = scene.until(scene.dream(scene.store({"/a": "x"})).id, "running", output=True)
    canceled = scene.beta.dreams.cancel(dream.id)
    scene.beta.memory_stores.delete(canceled.outputs[0].memory_store_id)
    scene.mock.clock.run_until_idle()
    assert scene.beta.dreams.retrieve(dream.id).status == "canceled"
    assert scene.beta.sessions.retrieve(str(dream.session_id)).status == "terminated"


def test_an_archived_canceled_dream_still_winds_down(scene: Scene) -> None:
    scene.mock.dreams.script(say=["a"] * 9, usage={"output_tokens": 900})
    dream = scene.until(scene.dream().id, "running", output=True)
    scene.beta.dreams.cancel(dream.id)
    archived = scene.beta.dreams.archive(dream.id)
    scene.mock.clock.run_until_idle()
    late = scene.beta.dreams.retrieve(dream.id)
    assert late.archived_at == archived.archived_at
    assert late.usage.output_tokens > archived.usage.output_tokens


@pytest.mark.mockdreams(policy={"dream_runtime_budget_seconds": 600})
@pytest.mark.parametrize(
    "script",
    [
        deep({"hang": "pending"}),
        pytest.param({"hang": "running"}, marks=pytest.mark.long),
        {"duration": 900},
    ],
    ids=str,
)
def test_a_loop_that_only_polls_ends_with_the_runtime_budget(scene: Scene, script: Any) -> None:
    scene.mock.dreams.script(**script)
    dream = scene.dream()
    looks = itertools.takewhile(lambda _: dream.status in ("pending", "running"), range(600))
    for _ in looks:
        dream = scene.beta.dreams.retrieve(dream.id)
    assert dream.error is not None
    assert dream.error.type == "timeout"
    assert dream.ended_at == dream.created_at + timedelta(minutes=10)


@pytest.mark.mockdreams(virtual_sleep=True)
@pytest.mark.long
def test_a_deadline_of_an_hour_comes_before_the_runtime_budget(scene: Scene) -> None:
    scene.mock.dreams.script(hang="running")
    dream, deadline = scene.dream(), time.monotonic() + 3600
    while time.monotonic() < deadline:
        dream = scene.beta.dreams.retrieve(dream.id)
        time.sleep(60)
    assert dream.status == "running"
