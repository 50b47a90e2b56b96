"""Endings of turns that a client must live with: answers awaited to nothing, and a turn that comes again by itself."""

from typing import Any

import pytest

from mockdreams import ControlError
from tests.support.helpers import ABSENT, Scene
from tests.support.turns import listed, message, pass_turn, send, session_with, types

NEVER_CAME = f"sevt_{ABSENT}"
AWAITED: list[dict[str, Any]] = [{}, {"event_ids": []}, {"event_ids": [NEVER_CAME]}]


def answers(events: list[dict[str, Any]]) -> list[str]:
    return [event["content"][0]["text"] for event in events if event["type"] == "agent.message"]


@pytest.mark.parametrize("idle", AWAITED)
def test_a_session_waits_for_answers_to_nothing(scene: Scene, idle: dict[str, Any]) -> None:
    session = session_with(scene)
    scene.mock.sessions.script([["Hm.", {"idle": idle}, "Never said."], "Go on then."])
    events = pass_turn(scene, session, message("Go."))
    assert events[-1]["stop_reason"] == {"type": "requires_action", "event_ids": idle.get("event_ids", [])}
    assert answers(events) == ["Hm."]
    confirm = {"type": "user.tool_confirmation", "tool_use_id": NEVER_CAME, "result": "allow"}
    assert send(scene, session, confirm).status_code == 400
    assert answers(pass_turn(scene, session, message("Well?"))) == ["Go on then."]


def test_a_turn_comes_again_by_itself_and_messages_wait(scene: Scene) -> None:
    session = session_with(scene)
    bash = {"tool": "bash", "result": "a"}
    scene.mock.sessions.script([[bash, "Again.", {"repeat_turn": 3}], "At last."])
    events = pass_turn(scene, session, message("Go."), message("And now?"))
    assert answers(events) == [*["Again."] * 4, "At last."]
    assert types(events).count("session.status_running") == 5
    assert types(events).count("session.status_idle") == 5
    heard = [index for index, kind in enumerate(types(events)) if kind == "user.message"]
    idles = [index for index, kind in enumerate(types(events)) if kind == "session.status_idle"]
    assert [sum(idle < index for idle in idles) for index in heard] == [0, 4]


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.long
def test_messages_stay_unprocessed_while_a_turn_repeats(scene: Scene) -> None:
    session = session_with(scene)
    scene.mock.sessions.script([["Again.", {"repeat_turn": 1000}]])
    send(scene, session, message("Go."))
    scene.mock.clock.advance(minutes=1)
    send(scene, session, message("And now?"))
    scene.mock.clock.advance(minutes=1)
    events = listed(scene, session)
    assert events[-1]["type"] == "user.message"
    assert "processed_at" not in events[-1]
    assert types(events).count("session.status_idle") > 20
    scene.mock.restore(scene.mock.snapshot())
    send(scene, session, {"type": "user.interrupt"}, message("Enough."))
    scene.mock.clock.run_until_idle()
    events = scene.http.get(f"/v1/sessions/{session}/events", params={"order": "desc", "limit": 20}).json()["data"]
    assert answers(events)[0] == "Noted: Enough."
    assert scene.beta.sessions.retrieve(session).status == "idle"


@pytest.mark.long
def test_an_error_can_come_again_by_itself(scene: Scene) -> None:
    session = session_with(scene)
    scene.mock.sessions.script([[{"error": "unknown_error"}, {"repeat_turn": 2}]])
    events = pass_turn(scene, session, message("Go."))
    assert types(events).count("session.error") == 3
    assert "agent.message" in types(pass_turn(scene, session, message("And now?")))


@pytest.mark.parametrize("act", [{"idle": {}}, {"repeat_turn": 2}])
def test_they_are_no_acts_of_children(scene: Scene, act: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match="idle and repeat_turn are of the session's own turns"):
        scene.mock.sessions.script([{"delegate": "Reader", "turn": [act]}])


@pytest.mark.parametrize("act", [{"idle": None}, {"idle": {"ids": []}}, {"repeat_turn": 0}, {"repeat_turn": "x"}])
def test_bad_acts_are_refused(scene: Scene, act: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        scene.mock.sessions.script([[act]])
