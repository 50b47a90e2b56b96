"""Outcomes: what a session works toward, graded again and again."""

from typing import Any

import pytest

from tests.support.helpers import Scene, refused
from tests.support.turns import create_body, listed, message, pass_turn, send, types

RUBRIC = "The haiku:\n- names the moon\n- has three lines\n"
CYCLE = ["span.outcome_evaluation_start", "span.outcome_evaluation_ongoing", "span.outcome_evaluation_end"]


def outcome(rubric: str = RUBRIC, **fields: Any) -> dict[str, Any]:
    return {
        "type": "user.define_outcome",
        "description": "A haiku about deploys",
        "rubric": {"type": "text", "content": rubric},
        **fields,
    }


def ends(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["result"], event["iteration"]) for event in events if event["type"] == "span.outcome_evaluation_end"]


def evaluation(scene: Scene, session: str) -> Any:
    return scene.ask("GET", f"sessions/{session}")["outcome_evaluations"][-1]


def test_the_agent_revises_until_the_grader_is_satisfied(scene: Scene) -> None:
    session = scene.session()
    events = pass_turn(scene, session, outcome())
    graded = [kind for kind in types(events) if kind in (*CYCLE, "agent.message")]
    assert graded == ["agent.message", *CYCLE, "agent.message", *CYCLE]
    assert ends(events) == [("needs_revision", 0), ("satisfied", 1)]
    defined = next(event for event in events if event["type"] == "user.define_outcome")
    assert defined["outcome_id"].startswith("outc_")
    assert (defined["rubric"], defined["max_iterations"]) == ({"type": "text", "content": RUBRIC}, None)
    start = next(event for event in events if event["type"] == CYCLE[0])
    first = next(event for event in events if event["type"] == CYCLE[2])
    assert first["outcome_evaluation_start_id"] == start["id"]
    assert "names the moon" in first["explanation"]
    assert first["usage"]["input_tokens"] > 0
    assert {event["outcome_id"] for event in events if event["type"] in CYCLE} == {defined["outcome_id"]}
    last = [event for event in events if event["type"] == CYCLE[2]][-1]
    assert evaluation(scene, session) == {
        "type": "outcome_evaluation",
        "outcome_id": defined["outcome_id"],
        "description": "A haiku about deploys",
        "iteration": 1,
        "result": "satisfied",
        "explanation": last["explanation"],
        "completed_at": last["processed_at"],
    }
    assert events[-1]["stop_reason"] == {"type": "end_turn"}


@pytest.mark.mockdreams(clock="manual")
def test_the_session_shows_how_far_it_is(scene: Scene) -> None:
    session = scene.session()
    send(scene, session, outcome())
    policy, seen = scene.mock.policy, [evaluation(scene, session)["result"]]
    for seconds in (policy.turn_queue_seconds, policy.turn_seconds, policy.grading_seconds):
        scene.mock.clock.advance(seconds=seconds)
        seen.append(evaluation(scene, session)["result"])
    assert seen == ["pending", "running", "evaluating", "running"]
    assert evaluation(scene, session)["iteration"] == 1
    assert evaluation(scene, session)["completed_at"] is None


@pytest.mark.parametrize(
    ("verdicts", "ended"),
    [
        (["satisfied"], [("satisfied", 0)]),
        (["failed"], [("failed", 0)]),
        (
            ["needs_revision"] * 3,
            [("needs_revision", 0), ("needs_revision", 1), ("max_iterations_reached", 2)],
        ),
        (["needs_revision", "satisfied"], [("needs_revision", 0), ("satisfied", 1)]),
    ],
)
def test_every_verdict_can_be_scripted(scene: Scene, verdicts: list[str], ended: list[tuple[str, int]]) -> None:
    session = scene.session()
    scene.mock.sessions.script(verdicts=verdicts)
    events = pass_turn(scene, session, outcome())
    assert ends(events) == ended
    assert evaluation(scene, session)["result"] == ended[-1][0]
    assert events[-1]["type"] == "session.status_idle"
    acknowledged = types(events)[-6:].count("agent.message")
    assert acknowledged == (1 if ended[-1][0] == "max_iterations_reached" else 0)


def test_a_scripted_explanation_is_shown(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script(["Here."], verdicts=[{"result": "failed", "explanation": "Wrong rubric."}])
    pass_turn(scene, session, outcome())
    assert evaluation(scene, session)["explanation"] == "Wrong rubric."


def test_one_evaluation_is_all_if_one_is_allowed(scene: Scene) -> None:
    session = scene.session()
    events = pass_turn(scene, session, outcome(max_iterations=1))
    assert ends(events) == [("max_iterations_reached", 0)]
    assert types(events).count("agent.message") == 2


def test_what_is_written_counts(scene: Scene) -> None:
    store = scene.store(name="Notes")
    session = scene.session(stores=(store,))
    write = {"tool": "write", "input": {"file_path": "/mnt/memory/notes/a.md", "content": "It names the moon."}}
    scene.mock.sessions.script([[write, "It has three lines."]])
    assert ends(pass_turn(scene, session, outcome())) == [("satisfied", 0)]


def test_a_rubric_that_asks_for_nothing_fails(scene: Scene) -> None:
    assert ends(pass_turn(scene, scene.session(), outcome("- ?"))) == [("failed", 0)]


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.parametrize("seconds", [1, 5])
def test_an_interrupt_ends_the_work(scene: Scene, seconds: float) -> None:
    session = scene.session()
    send(scene, session, outcome())
    scene.mock.clock.advance(seconds=seconds)
    grading = evaluation(scene, session)["result"] == "evaluating"
    events = pass_turn(scene, session, {"type": "user.interrupt"})
    assert ends(events) == ([("interrupted", 0)] if grading else [])
    assert evaluation(scene, session)["result"] == "interrupted"
    assert evaluation(scene, session)["completed_at"] is not None
    assert events[-1]["type"] == "session.status_idle"
    assert "agent.message" in types(pass_turn(scene, session, message("Never mind.")))


@pytest.mark.mockdreams(clock="manual")
def test_one_outcome_at_a_time(scene: Scene) -> None:
    session = scene.session()
    send(scene, session, outcome())
    said = refused(send(scene, session, outcome()), 400, "invalid_request_error")
    assert said == "Invalid user.define_outcome event at events[0]: the session already works toward an outcome"
    scene.mock.clock.run_until_idle()
    pass_turn(scene, session, outcome("- a bridge"))
    evaluations = scene.beta.sessions.retrieve(session).outcome_evaluations
    assert [entry.result for entry in evaluations] == ["satisfied", "satisfied"]
    assert evaluations[0].outcome_id != evaluations[1].outcome_id
    said = refused(send(scene, session, outcome(), outcome()), 400, "invalid_request_error")
    assert said == "Invalid user.define_outcome event at events[1]: the session already works toward an outcome"
    assert len(scene.beta.sessions.retrieve(session).outcome_evaluations) == 2


def test_a_session_can_begin_with_an_outcome(scene: Scene) -> None:
    session = scene.beta.sessions.create(**create_body(scene, initial_events=[outcome()]))
    assert session.status == "running"
    assert session.outcome_evaluations[0].result == "pending"
    scene.beta.sessions.retrieve(session.id)
    assert ends(listed(scene, session.id))[-1] == ("satisfied", 1)


def test_a_turn_that_fails_leaves_nothing_to_grade(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"error": "billing_error"}]])
    assert ends(pass_turn(scene, session, outcome())) == []
    assert evaluation(scene, session)["result"] == "failed"


@pytest.mark.mockdreams(clock="manual")
def test_an_outcome_has_its_time_at_once_and_its_place_in_the_turn(scene: Scene) -> None:
    session = scene.session()
    (sent,) = send(scene, session, outcome()).json()["data"]
    assert sent["processed_at"] == "2026-01-01T00:00:00Z"
    assert [event["id"] for event in listed(scene, session)] == [sent["id"]]
    scene.mock.clock.advance(seconds=1)
    events = listed(scene, session)
    assert types(events)[:4] == [
        "session.status_running",
        "session.thread_status_running",
        "user.define_outcome",
        "span.model_request_start",
    ]
    assert events[2]["processed_at"] > events[1]["processed_at"]


def test_a_message_before_the_outcome_is_answered_before_anything_is_graded(scene: Scene) -> None:
    events = pass_turn(scene, scene.session(), message("The moon is full."), outcome("- names the moon"))
    said = [event["content"][0]["text"] for event in events if event["type"] == "agent.message"]
    assert said[:2] == ["Noted: The moon is full.", "Done: A haiku about deploys"]
    assert types(events).index("user.define_outcome") < types(events).index(CYCLE[0])
