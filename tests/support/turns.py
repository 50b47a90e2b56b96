"""Sessions of a test: what is sent to them, and what their turns made of it."""

from typing import Any

from tests.support.helpers import MODEL, Scene
from tests.support.helpers import message as message


def create_body(scene: Scene, **fields: Any) -> dict[str, Any]:
    return {
        "agent": scene.create("agents", name="Helper", model=MODEL),
        "environment_id": scene.create("environments", name="Cloud"),
        **fields,
    }


WEATHER = {
    "type": "custom",
    "name": "get_weather",
    "description": "The weather.",
    "input_schema": {"type": "object"},
}


def session_with(scene: Scene, *tools: dict[str, Any], **fields: Any) -> str:
    agent = scene.create("agents", name="Helper", model=MODEL, tools=list(tools))
    environment = scene.create("environments", name="Cloud")
    return scene.create("sessions", agent=agent, environment_id=environment, **fields)


def send(scene: Scene, session: str, *events: dict[str, Any]) -> Any:
    return scene.http.post(f"/v1/sessions/{session}/events", json={"events": list(events)})


def pass_turn(scene: Scene, session: str, *events: dict[str, Any]) -> list[dict[str, Any]]:
    """Send, let everything happen, and return what is new in the list."""
    before = len(listed(scene, session))
    answer = send(scene, session, *events)
    assert answer.status_code == 200, answer.text
    scene.mock.clock.run_until_idle()
    return listed(scene, session)[before:]


def listed(scene: Scene, session: str) -> list[dict[str, Any]]:
    return list(scene.listed(f"sessions/{session}/events"))


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def waiting(events: list[dict[str, Any]]) -> list[str]:
    """The ids that the last idle says it waits for."""
    reason = [event for event in events if event["type"] == "session.status_idle"][-1]["stop_reason"]
    assert reason["type"] == "requires_action", reason
    ids = reason["event_ids"]
    assert isinstance(ids, list)
    return ids


def confirm(id: str, result: str = "allow", **fields: Any) -> dict[str, Any]:
    return {"type": "user.tool_confirmation", "tool_use_id": id, "result": result, **fields}


def result(id: str, words: str = "Sunny.", **fields: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": words}]
    return {"type": "user.custom_tool_result", "custom_tool_use_id": id, "content": content, **fields}


def budget(cents: int) -> dict[str, Any]:
    return {"type": "limit", "max_list_cost": {"amount": str(cents), "currency": "USD"}}
