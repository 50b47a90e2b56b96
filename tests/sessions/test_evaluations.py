"""Who approves a tool call, and what its event says of that."""

from typing import Any

import pytest

from tests.support.helpers import Scene
from tests.support.turns import confirm, message, pass_turn, session_with, types, waiting

SERVER = {"type": "url", "name": "wiki", "url": "https://wiki.example.com/mcp"}


def judged(permission: str, reason: str | None = None) -> dict[str, Any]:
    verdict = {"type": permission, **({"reason_code": reason} if reason else {})}
    return {"evaluated_permission": permission, "evaluation": {"type": "auto", "evaluated_permission": verdict}}


ALLOWED = {"evaluated_permission": "allow", "evaluation": {"type": "always_allow"}}
ASKED = {"evaluated_permission": "ask", "evaluation": {"type": "always_ask"}}
COMBINATIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("always_allow", {}, ALLOWED),
    ("always_ask", {}, ASKED),
    ("always_allow", {"permission": "ask"}, ASKED),
    ("always_ask", {"permission": "allow"}, ALLOWED),
    ("always_ask", {"permission": "deny"}, judged("deny", "high_risk")),
    ("auto", {}, judged("allow")),
    ("auto", {"permission": "allow"}, judged("allow")),
    ("auto", {"permission": "ask"}, judged("ask", "indeterminate")),
    ("auto", {"permission": "deny"}, judged("deny", "high_risk")),
    ("auto", {"permission": "deny", "reason_code": "indeterminate"}, judged("deny", "indeterminate")),
    ("auto", {"permission": "ask", "reason_code": "new_kind"}, judged("ask", "new_kind")),
]


def called(scene: Scene, tools: dict[str, Any], act: dict[str, Any], **agent: Any) -> list[dict[str, Any]]:
    """The events of a turn in which the agent, which has these tools, makes one call."""
    made = scene.beta.agents.create(name="A", model="claude-opus-4-8", tools=[tools], **agent)  # type: ignore[list-item]
    environment = scene.beta.environments.create(name="E")
    session = scene.beta.sessions.create(agent=made.id, environment_id=environment.id).id
    scene.mock.sessions.script([[act, "Done."]])
    return pass_turn(scene, session, message("Go."))


def told(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("evaluated_permission", "evaluation") if name in event}


@pytest.mark.parametrize(("policy", "act", "wanted"), COMBINATIONS)
def test_a_call_tells_its_policy_and_the_judgement(
    scene: Scene, policy: str, act: dict[str, Any], wanted: dict[str, Any]
) -> None:
    settings = {"default_config": {"permission_policy": {"type": policy}}}
    own = {"type": "agent_toolset_20260401", **settings}
    events = called(scene, own, {"tool": "bash", "result": "a", **act})
    (use,) = (event for event in events if event["type"] == "agent.tool_use")
    assert told(use) == wanted
    assert ("agent.tool_result" in types(events)) == (wanted["evaluated_permission"] != "ask")
    theirs = {"type": "mcp_toolset", "mcp_server_name": "wiki", **settings}
    events = called(scene, theirs, {"mcp_tool": "find", "server": "wiki", "result": "a", **act}, mcp_servers=[SERVER])
    (use,) = (event for event in events if event["type"] == "agent.mcp_tool_use")
    assert told(use) == wanted


def test_a_tool_that_is_not_enabled_is_denied_before_any_policy(scene: Scene) -> None:
    tools = {"type": "agent_toolset_20260401", "configs": [{"name": "bash", "enabled": False}]}
    events = called(scene, tools, {"tool": "bash", "permission": "allow"})
    (use,) = (event for event in events if event["type"] == "agent.tool_use")
    assert told(use) == {"evaluated_permission": "deny"}
    (given,) = (event for event in events if event["type"] == "agent.tool_result")
    assert given["is_error"] is True
    said = "bash is not an available tool. Use one of the tool names exactly as listed in your tool definitions."
    assert given["content"] == [{"type": "text", "text": said}]


def test_a_call_that_is_judged_risky_does_not_run(scene: Scene) -> None:
    session = session_with(scene, {"type": "agent_toolset_20260401"})
    scene.mock.sessions.script([[{"tool": "bash", "result": "a", "permission": "deny"}, "Done."]])
    (given,) = (e for e in pass_turn(scene, session, message("Go.")) if e["type"] == "agent.tool_result")
    assert given["content"] == [{"type": "text", "text": "Permission to use this tool was denied."}]


def test_nothing_runs_until_the_calls_that_ask_are_answered(scene: Scene) -> None:
    session = session_with(scene)
    allowed = {"tool": "bash", "input": {"command": "ls"}, "result": "a", "permission": "allow"}
    scene.mock.sessions.script([[allowed, {**allowed, "permission": "ask", "result": "b"}, "Done."]])
    events = pass_turn(scene, session, message("Go."))
    free, asked = (event["id"] for event in events if event["type"] == "agent.tool_use")
    assert waiting(events) == [asked]
    assert "agent.tool_result" not in types(events)
    scene.mock.restore(scene.mock.snapshot())
    events = pass_turn(scene, session, confirm(asked, "deny"))
    given = {event["tool_use_id"]: event["is_error"] for event in events if event["type"] == "agent.tool_result"}
    assert given == {asked: True, free: False}
    assert "agent.message" in types(events)


def test_an_interrupt_fails_what_was_held_as_well(scene: Scene) -> None:
    session = session_with(scene)
    scene.mock.sessions.script([[{"tool": "bash", "permission": "allow"}, {"tool": "bash", "permission": "ask"}]])
    pass_turn(scene, session, message("Go."))
    events = pass_turn(scene, session, {"type": "user.interrupt"})
    assert [event["is_error"] for event in events if event["type"] == "agent.tool_result"] == [True, True]
    assert "agent.tool_result" not in types(pass_turn(scene, session, message("Again.")))
