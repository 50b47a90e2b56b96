"""Budgets of sessions: where the work stops, what is taken meanwhile, and how it goes on."""

from typing import Any

import pytest

from tests.support.helpers import Scene, refused
from tests.support.turns import (
    WEATHER,
    budget,
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

HALF_A_DOLLAR = {"spend": {"output_tokens": 20_000}}
BASH = {"tool": "bash", "input": {"command": "ls"}, "result": "a.txt", "permission": "allow"}
AT_CAP = ["session.thread_status_idle", "session.usage", "session.status_idle"]
REACHED = {"type": "budget_reached"}


def reached(scene: Scene, *rest: Any, cents: int = 50) -> str:
    """A session that has spent half a dollar in its first model request, with the rest of its turn before it."""
    session = session_with(scene, WEATHER, budget=budget(cents))
    scene.mock.sessions.script([[HALF_A_DOLLAR, BASH, *rest]])
    events = pass_turn(scene, session, message("Spend half a dollar."))
    assert types(events)[-3:] == AT_CAP
    assert [events[-3]["stop_reason"], events[-1]["stop_reason"]] == [REACHED, REACHED]
    assert "agent.message" not in types(events)
    return session


def update(scene: Scene, session: str, cents: int | None) -> Any:
    wanted = None if cents is None else budget(cents)
    return scene.http.post(f"/v1/sessions/{session}", json={"budget": wanted})


@pytest.mark.parametrize("cents", [500, 51, None])
def test_a_raised_or_removed_budget_lets_the_paused_work_go_on(scene: Scene, cents: int | None) -> None:
    session = reached(scene, "Done at last.", cents=50)
    before = len(listed(scene, session))
    assert update(scene, session, cents).status_code == 200
    scene.mock.clock.run_until_idle()
    events = listed(scene, session)[before:]
    assert types(events) == [
        "session.updated",
        "session.status_running",
        "session.thread_status_running",
        "span.model_request_start",
        "agent.message",
        "span.model_request_end",
        *AT_CAP,
    ]
    assert events[4]["content"][0]["text"] == "Done at last."
    assert events[-1]["stop_reason"] == {"type": "end_turn"}


def test_a_turn_that_the_agent_decides_goes_on_where_it_was(scene: Scene) -> None:
    scene.mock.policy.session_hour_cents = 360_000  # a dollar a second
    session = session_with(scene, {"type": "agent_toolset_20260401"}, budget=budget(50))
    events = pass_turn(scene, session, message("Run `ls` with bash."))
    assert types(events)[-1] == "session.status_idle"
    assert events[-1]["stop_reason"] == REACHED
    said = types(events).count("agent.tool_result"), types(events).count("agent.message")
    assert said == (1, 0)
    before = len(events)
    update(scene, session, 100_000)
    scene.mock.clock.run_until_idle()
    assert types(listed(scene, session)[before:]).count("agent.message") == 1


def test_at_its_budget_a_session_takes_no_messages(scene: Scene) -> None:
    session = reached(scene, "Done.")
    said = refused(send(scene, session, message("More.")), 400, "invalid_request_error")
    assert said == (
        "session budget reached: consumed list cost has met `budget.max_list_cost`; only `user.tool_confirmation`, "
        "`user.tool_result`, `user.custom_tool_result`, and `user.interrupt` are accepted until the budget is raised"
    )
    update(scene, session, 100)
    assert types(pass_turn(scene, session, message("More."))).count("agent.message") == 2


def test_a_budget_must_be_above_what_is_spent(scene: Scene) -> None:
    session = reached(scene, "Done.")
    answer = update(scene, session, 40)
    said = refused(answer, 400, "invalid_request_error")
    assert said == "budget.max_list_cost must be greater than the session's consumed list cost"
    assert answer.json()["error"]["details"] == {"error_code": "budget_not_raised"}


def test_an_interrupt_at_the_budget_is_accepted_and_ignored(scene: Scene) -> None:
    session = reached(scene, "Done.")
    before = listed(scene, session)
    (echo,) = send(scene, session, {"type": "user.interrupt"}).json()["data"]
    assert echo["type"] == "user.interrupt"
    scene.mock.clock.run_until_idle()
    assert listed(scene, session) == before
    update(scene, session, None)
    scene.mock.clock.run_until_idle()
    assert "agent.message" in types(listed(scene, session))


def test_an_interrupt_after_the_raise_ends_the_paused_work(scene: Scene) -> None:
    session = reached(scene, "Never said.")
    before = len(listed(scene, session))
    update(scene, session, None)
    send(scene, session, {"type": "user.interrupt"})
    scene.mock.clock.run_until_idle()
    assert types(listed(scene, session)[before:]) == ["session.updated", "user.interrupt", *AT_CAP]


def test_answers_are_recorded_at_the_budget_without_a_request(scene: Scene) -> None:
    session = session_with(scene, WEATHER, budget=budget(50))
    scene.mock.sessions.script([[HALF_A_DOLLAR, {**BASH, "permission": "ask"}, "Done."]])
    events = pass_turn(scene, session, message("Spend half a dollar."))
    (call,) = waiting(events)
    events = pass_turn(scene, session, confirm(call))
    assert "agent.tool_result" in types(events)
    assert "span.model_request_start" not in types(events)
    assert events[-1]["stop_reason"] == REACHED
    update(scene, session, 100)
    scene.mock.clock.run_until_idle()
    assert types(listed(scene, session)).count("agent.message") == 1


def test_a_turn_that_ends_above_the_budget_has_ended(scene: Scene) -> None:
    session = session_with(scene, WEATHER, budget=budget(50))
    scene.mock.sessions.script([[HALF_A_DOLLAR, "Done."]])
    events = pass_turn(scene, session, message("Spend half a dollar."))
    assert [events[-3]["stop_reason"], events[-1]["stop_reason"]] == [{"type": "end_turn"}, REACHED]
    before = len(listed(scene, session))
    update(scene, session, 100)
    scene.mock.clock.run_until_idle()
    assert types(listed(scene, session)[before:]) == ["session.updated"]


def test_messages_that_wait_at_the_budget_are_heard_after_it(scene: Scene) -> None:
    session = session_with(scene, WEATHER, budget=budget(50))
    scene.mock.sessions.script([[HALF_A_DOLLAR, "One."], "Two."])
    events = pass_turn(scene, session, message("Say one."), message("Say two."))
    assert types(events).count("agent.message") == 1
    assert events[-1]["type"] == "user.message"
    assert "processed_at" not in events[-1]
    update(scene, session, 100)
    scene.mock.clock.run_until_idle()
    assert types(listed(scene, session)).count("agent.message") == 2


def test_a_pending_ask_outranks_the_budget(scene: Scene) -> None:
    session = session_with(scene, WEATHER, budget=budget(50))
    asks = {"delegate": "Reader", "turn": [{"slow": 5}, {"custom_tool": "get_weather"}, "Sunny."]}
    spends = {"delegate": "Writer", "turn": [HALF_A_DOLLAR, BASH, "Written."]}
    scene.mock.sessions.script([[asks, spends, "All done."]])
    events = pass_turn(scene, session, message("Delegate."))
    told = {event["agent_name"]: event["stop_reason"] for event in events if event["type"] == AT_CAP[0]}
    assert told["Writer"] == REACHED
    (call,) = waiting(events)
    assert told["Reader"] == {"type": "requires_action", "event_ids": [call]}
    events = pass_turn(scene, session, result(call))
    assert events[-1]["stop_reason"] == REACHED
    before = len(listed(scene, session))
    update(scene, session, 500)
    scene.mock.clock.run_until_idle()
    events = listed(scene, session)[before:]
    assert types(events).count("session.thread_status_running") == 3
    assert types(events).count("agent.thread_message_received") == 2
    assert events[-1]["stop_reason"] == {"type": "end_turn"}


def test_what_the_budget_paused_goes_on_while_an_ask_waits(scene: Scene) -> None:
    session = session_with(scene, WEATHER, budget=budget(50))
    asks = {"delegate": "Reader", "turn": [{"custom_tool": "get_weather"}, "Sunny."]}
    spends = {"delegate": "Writer", "turn": [HALF_A_DOLLAR, BASH, "Written."]}
    scene.mock.sessions.script([[asks, spends, "All done."]])
    (call,) = waiting(pass_turn(scene, session, message("Delegate.")))
    before = len(listed(scene, session))
    update(scene, session, None)
    scene.mock.clock.run_until_idle()
    events = listed(scene, session)[before:]
    assert types(events).count("agent.thread_message_received") == 1
    assert waiting(events) == [call]
    assert pass_turn(scene, session, result(call))[-1]["stop_reason"] == {"type": "end_turn"}


@pytest.mark.mockdreams(clock="manual")
def test_a_thread_goes_on_while_its_session_runs(scene: Scene) -> None:
    session = session_with(scene, WEATHER, budget=budget(50))
    spends = {"delegate": "Writer", "turn": [HALF_A_DOLLAR, BASH, "Written."]}
    works = {"delegate": "Reader", "turn": [{"slow": 60}, "Read."]}
    scene.mock.sessions.script([[spends, works, "All done."]])
    send(scene, session, message("Delegate."))
    scene.mock.clock.advance(seconds=20)
    statuses = [thread.status for thread in scene.beta.sessions.threads.list(session) if thread.parent_thread_id]
    assert statuses == ["idle", "running"]
    update(scene, session, None)
    scene.mock.clock.advance(seconds=20)
    events = listed(scene, session)
    assert types(events).count("agent.thread_message_received") == 1
    assert types(events).count("session.status_running") == 1
    scene.mock.clock.run_until_idle()
    assert listed(scene, session)[-1]["stop_reason"] == {"type": "end_turn"}


def test_paused_work_is_in_a_snapshot(scene: Scene) -> None:
    session = reached(scene, "Done.")
    scene.mock.restore(scene.mock.snapshot())
    update(scene, session, None)
    scene.mock.clock.run_until_idle()
    assert "agent.message" in types(listed(scene, session))
