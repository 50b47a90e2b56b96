"""What may be sent to a session in which state, and what becomes of it."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from tests.support.helpers import ABSENT, Scene, refused
from tests.support.turns import (
    WEATHER,
    confirm,
    listed,
    message,
    pass_turn,
    result,
    send,
    session_with,
    types,
    waiting,
)

ASK = {"default_config": {"permission_policy": {"type": "always_ask"}}}
INTERRUPTED = "Tool execution was interrupted before completion. Please retry."


def test_a_custom_tool_is_called_by_name_and_its_result_is_heard(scene: Scene) -> None:
    session = session_with(scene, WEATHER)
    events = pass_turn(scene, session, message("Please call get_weather."))
    call = next(event for event in events if event["type"] == "agent.custom_tool_use")
    assert waiting(events) == [call["id"]]
    assert types(events)[-3:] == ["session.thread_status_idle", "session.usage", "session.status_idle"]
    assert scene.beta.sessions.retrieve(session).status == "idle"
    after = pass_turn(scene, session, result(call["id"]))
    assert types(after)[:3] == ["user.custom_tool_result", "session.status_running", "session.thread_status_running"]
    assert after[-4]["type"] == "span.model_request_end"
    said = next(event for event in after if event["type"] == "agent.message")
    assert "Sunny." in said["content"][0]["text"]


@pytest.mark.mockdreams(clock="manual")
def test_a_result_is_processed_when_it_is_sent_and_the_session_runs_later(scene: Scene) -> None:
    session = session_with(scene, WEATHER)
    (call,) = waiting(pass_turn(scene, session, message("Please call get_weather.")))
    (sent,) = send(scene, session, result(call)).json()["data"]
    assert sent == scene.http.get(f"/v1/sessions/{session}/events").json()["data"][-1]
    assert "processed_at" in sent
    assert sent["is_error"] is False
    assert scene.beta.sessions.retrieve(session).status == "idle"
    refused(send(scene, session, result(call)), 400, "invalid_request_error")
    scene.mock.restore(scene.mock.snapshot())
    scene.mock.clock.run_until_idle()
    events = listed(scene, session)
    assert types(events).count("user.custom_tool_result") == 1
    assert types(events)[-1] == "session.status_idle"
    assert "Sunny." in next(event for event in events if event["type"] == "agent.message")["content"][0]["text"]


def test_a_result_with_nothing_in_it_is_heard_and_has_no_content(scene: Scene) -> None:
    session = session_with(scene, WEATHER)
    (call,) = waiting(pass_turn(scene, session, message("Please call get_weather.")))
    after = pass_turn(scene, session, {"type": "user.custom_tool_result", "custom_tool_use_id": call})
    assert types(after)[-1] == "session.status_idle"
    assert "content" not in after[0]


def test_a_tool_that_asks_runs_when_it_is_allowed(scene: Scene) -> None:
    session = session_with(scene, {"type": "agent_toolset_20260401", **ASK})
    events = pass_turn(scene, session, message("Run bash, please."))
    call = next(event for event in events if event["type"] == "agent.tool_use")
    assert (call["name"], call["evaluated_permission"], call["evaluation"]) == ("bash", "ask", {"type": "always_ask"})
    assert "agent.tool_result" not in types(events)
    after = pass_turn(scene, session, confirm(call["id"]))
    given = next(event for event in after if event["type"] == "agent.tool_result")
    assert (given["tool_use_id"], given["is_error"]) == (call["id"], False)
    assert after[-1]["stop_reason"] == {"type": "end_turn"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "Permission to use bash has been rejected."),
        (
            {"deny_message": "Not today."},
            "Permission to use bash has been rejected. Rejection message: Not today.",
        ),
    ],
)
def test_a_tool_that_is_denied_does_not_run(scene: Scene, fields: dict[str, str], text: str) -> None:
    session = session_with(scene, {"type": "agent_toolset_20260401", **ASK})
    (call,) = waiting(pass_turn(scene, session, message("Run bash, please.")))
    after = pass_turn(scene, session, confirm(call, "deny", **fields))
    given = next(event for event in after if event["type"] == "agent.tool_result")
    assert given["is_error"]
    assert given["content"] == [{"type": "text", "text": text}]


def test_a_tool_that_is_switched_off_is_denied_at_once(scene: Scene) -> None:
    off = {"configs": [{"name": "bash", "enabled": False}]}
    session = session_with(scene, {"type": "agent_toolset_20260401", **off})
    scene.mock.sessions.script([[{"tool": "bash", "input": {"command": "ls"}}, "Done."]])
    events = pass_turn(scene, session, message("Go."))
    call = next(event for event in events if event["type"] == "agent.tool_use")
    assert call["evaluated_permission"] == "deny"
    assert next(event for event in events if event["type"] == "agent.tool_result")["is_error"]


def test_what_still_waits_is_said_again_until_nothing_does(scene: Scene) -> None:
    session = session_with(scene, WEATHER)
    scene.mock.sessions.script([[{"custom_tool": "a"}, {"tool": "bash", "permission": "ask"}, "All there."]])
    first = pass_turn(scene, session, message("Go."))
    custom, asked = waiting(first)
    half = pass_turn(scene, session, result(custom))
    assert types(half) == ["user.custom_tool_result", "session.status_idle"]
    assert waiting(half) == [asked]
    assert scene.beta.sessions.retrieve(session).status == "idle"
    assert "agent.message" in types(pass_turn(scene, session, confirm(asked)))


def test_while_answers_are_due_nothing_else_may_be_sent(scene: Scene) -> None:
    session = session_with(scene, WEATHER)
    (call,) = waiting(pass_turn(scene, session, message("Please call get_weather.")))
    before = listed(scene, session)

    def refusal(*events: dict[str, Any]) -> str:
        said = refused(send(scene, session, *events), 400, "invalid_request_error")
        assert listed(scene, session) == before
        return said

    assert refusal(message("Hello?")).startswith(
        f"Invalid user.message event at events[0]: waiting on responses to events [{call}]; only "
    )
    assert "events[0]" in refusal({"type": "user.define_outcome", "description": "x", "rubric": _rubric("y")})
    assert "tool_use_id: no response to `sevt_x` is due" in refusal(confirm("sevt_x"))
    assert f"`{call}` is waiting for user.custom_tool_result" in refusal(confirm(call))
    assert "events[1]" in refusal(result(call), result(call))
    assert "events[1]" in refusal(result(call), confirm("sevt_x"))


def _rubric(content: str) -> dict[str, str]:
    return {"type": "text", "content": content}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            {"type": "user.tool_confirmation", "tool_use_id": "sevt_x", "result": "allow"},
            "Invalid user.tool_confirmation event at events[0]: tool_use_id: no response to `sevt_x` is due",
        ),
        (
            {"type": "user.custom_tool_result", "custom_tool_use_id": "sevt_x"},
            "Invalid user.custom_tool_result event at events[0]: custom_tool_use_id: no response to `sevt_x` is due",
        ),
        (confirm("sevt_x", deny_message="?"), "events[0].deny_message: only allowed when result is deny"),
        (
            {"type": "user.tool_confirmation", "tool_use_id": "sevt_x", "result": "maybe"},
            'Failed to parse request: events[0].result: "maybe" is not a valid value; expected one of allow, deny',
        ),
        ({"type": "user.tool_confirmation", "result": "allow"}, "events[0].tool_use_id: Field required"),
        (
            {"type": "user.define_outcome", "description": "x"},
            "events[0].rubric: Field required",
        ),
        (
            {"type": "user.define_outcome", "description": "x", "rubric": _rubric("y"), "max_iterations": 21},
            "events[0].max_iterations: must be less than or equal to 20",
        ),
        (
            {"type": "user.define_outcome", "description": "x", "rubric": {"type": "poem"}},
            'Failed to parse request: events[0].rubric.type: "poem" is not a valid value',
        ),
        ({"type": "user.message", "content": None}, "events[0].content: Value is not nullable"),
        ({"type": "user.message", "content": []}, "events[0].content: must contain at least 1 item"),
        ({"type": "user.message", "text": "x"}, None),
        (
            {"type": "system.message", "content": [{"type": "text", "text": "x"}]},
            "Invalid system.message event at events[0]: it must be the last event and follow a user.message, "
            "user.tool_result or user.custom_tool_result",
        ),
    ],
)
def test_bad_events_are_refused(scene: Scene, event: dict[str, Any], said: str | None) -> None:
    session = scene.session()
    message = refused(send(scene, session, event), 400, "invalid_request_error")
    assert said in (None, message)
    assert listed(scene, session) == []


def test_a_thread_that_is_interrupted_has_to_exist(scene: Scene) -> None:
    session = scene.session()
    answer = send(scene, session, {"type": "user.interrupt", "session_thread_id": f"sthr_{ABSENT}"})
    assert refused(answer, 404, "not_found_error") == f"Thread not found: sthr_{ABSENT}"


def test_a_system_message_goes_with_a_users(scene: Scene) -> None:
    session = scene.session()
    system = {"type": "system.message", "content": [{"type": "text", "text": "Be brief."}]}
    events = pass_turn(scene, session, message("Hello."), system)
    assert types(events)[2:4] == ["user.message", "system.message"]
    for after in (message("b"), system):
        said = refused(send(scene, session, message("a"), system, after), 400, "invalid_request_error")
        assert said.startswith("Invalid system.message event at events[1]: it must be the last event and follow ")


@pytest.mark.mockdreams(clock="manual")
def test_an_interrupt_fails_the_calls_that_wait(scene: Scene) -> None:
    session = session_with(scene, {"type": "agent_toolset_20260401", **ASK})
    (call,) = waiting(pass_turn(scene, session, message("Run bash, please.")))
    after = pass_turn(scene, session, {"type": "user.interrupt"})
    assert types(after) == [
        "agent.tool_result",
        "user.interrupt",
        "session.thread_status_idle",
        "session.usage",
        "session.status_idle",
    ]
    assert after[0]["tool_use_id"] == call
    assert after[0]["content"] == [{"type": "text", "text": INTERRUPTED}]
    assert after[-1]["stop_reason"] == {"type": "end_turn"}
    said = refused(send(scene, session, confirm(call)), 400, "invalid_request_error")
    assert said == f"Invalid user.tool_confirmation event at events[0]: tool_use_id: no response to `{call}` is due"
    assert "agent.message" in types(pass_turn(scene, session, message("Hello.")))


@pytest.mark.mockdreams(clock="manual")
def test_what_is_sent_after_an_interrupt_begins_a_new_turn(scene: Scene) -> None:
    session = scene.session()
    send(scene, session, message("one"))
    scene.mock.clock.advance(seconds=1)
    after = pass_turn(scene, session, {"type": "user.interrupt"}, message("two"))
    answers = [event for event in listed(scene, session) if event["type"] == "agent.message"]
    assert [answer["content"][0]["text"] for answer in answers] == ["Noted: two"]
    assert types(after).count("session.status_idle") == 2


def test_an_interrupt_of_an_idle_session_changes_nothing(scene: Scene) -> None:
    session = scene.session("Hello.")
    assert types(pass_turn(scene, session, {"type": "user.interrupt"})) == ["user.interrupt"]


@pytest.mark.mockdreams(clock="manual")
def test_an_interrupt_before_the_turn_begins_ends_it(scene: Scene) -> None:
    session = scene.session()
    events = pass_turn(scene, session, message("one"), {"type": "user.interrupt"})
    assert types(events) == [
        "user.message",
        "user.interrupt",
        "session.thread_status_idle",
        "session.usage",
        "session.status_idle",
    ]


def test_a_session_without_a_budget_stops_at_nothing(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"spend": {"output_tokens": 10_000_000}}, "Done."]])
    assert "agent.message" in types(pass_turn(scene, session, message("Spend.")))
    usage = scene.beta.sessions.retrieve(session).usage
    assert usage.list_cost is not None
    assert usage.list_cost.to_dict() == {"amount": "25000", "currency": "USD"}
    reported = [event for event in listed(scene, session) if event["type"] == "session.usage"][-1]
    assert reported["usage"] == usage.to_dict()


def test_too_much_to_read_ends_the_session(scene: Scene) -> None:
    scene.mock.policy.context_window_tokens = 100
    session = scene.session()
    events = pass_turn(scene, session, message("word " * 1000))
    assert types(events)[-3:] == ["session.error", "session.thread_status_terminated", "session.status_terminated"]
    assert events[-3]["error"]["type"] == "unknown_error"
    assert events[-3]["error"]["retry_status"] == {"type": "terminal"}
    assert events[-3]["error"]["message"].startswith("prompt is too long: ")
    assert events[-3]["error"]["message"].endswith(" tokens > 100 maximum")
    assert scene.beta.sessions.retrieve(session).status == "terminated"
    said = refused(send(scene, session, message("x")), 400, "invalid_request_error")
    assert said == f"cannot send events to terminated session {session}"


@pytest.mark.long
def test_a_large_message_is_taken(scene: Scene) -> None:
    assert "agent.message" in types(pass_turn(scene, scene.session(), message("x" * 1_350_000)))


@pytest.mark.mockdreams(clock="manual")
def test_an_interrupted_answer_does_not_come_after_all(scene: Scene) -> None:
    policy = scene.mock.policy
    policy.turn_queue_seconds, policy.turn_seconds = 1, 2
    session = session_with(scene, WEATHER)
    send(scene, session, message("Please call get_weather."))
    scene.mock.clock.advance(seconds=2)
    send(scene, session, {"type": "user.interrupt"}, message("Hello."))
    scene.mock.clock.run_until_idle()
    kinds = types(listed(scene, session))
    assert "agent.custom_tool_use" not in kinds
    assert kinds.count("agent.message") == 1
    assert kinds[-1] == "session.status_idle"


@pytest.mark.parametrize(
    ("model", "status"), [("claude-opus-4-7", 400), ("claude-opus-4-8", 200), ("claude-next", 200)]
)
def test_a_system_message_is_for_models_that_take_one(scene: Scene, model: str, status: int) -> None:
    agent = scene.beta.agents.create(name="Helper", model=model)
    environment = scene.beta.environments.create(name="Cloud")
    session = scene.beta.sessions.create(agent=agent.id, environment_id=environment.id).id
    system = {"type": "system.message", "content": [{"type": "text", "text": "Be brief."}]}
    answer = scene.http.post(f"/v1/sessions/{session}/events", json={"events": [message("Hello."), system]})
    assert answer.status_code == status
    if status == 400:
        said = refused(answer, 400, "invalid_request_error")
        assert said == f"`system.message` events are not supported on model {model}"
        assert listed(scene, session) == []


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called in it: its work, whatever else the machine does."""
    calls = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.long
def test_the_work_of_many_messages_grows_as_they_do(scene: Scene) -> None:
    """They are taken up one by one; each looks at itself only, and at no other that waits or was answered."""
    scene.mock.clock.mode = "manual"

    def work(messages: int) -> int:
        session = scene.session()
        scene.http.post(f"/v1/sessions/{session}/events", json={"events": [message("Hello.")] * messages})
        return calls_of(scene.mock.clock.run_until_idle)

    work(1)
    some, twice = work(100), work(200)
    assert twice < 2.2 * some
