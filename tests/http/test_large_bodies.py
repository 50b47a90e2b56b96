"""Bodies with much in them, which come from their process a few objects at a time, say what they say read at once."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.http import concurrency, threads
from mockdreams.http.body_process import use_process
from mockdreams.side_process import SideProcess
from tests.support.deep import one_in
from tests.support.helpers import Scene, refused

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def process() -> Iterator[SideProcess]:
    with closing(SideProcess()) as process:
        yield process


@pytest.fixture(autouse=True)
def in_use(process: SideProcess) -> Iterator[None]:
    use_process(process)
    yield
    use_process(None)


def say(count: int) -> list[dict[str, Any]]:
    return [{"say": f"{number}"} for number in range(count)]


def message(text: str) -> dict[str, Any]:
    return {"type": "user.message", "content": [{"type": "text", "text": text}]}


MESSAGES = {"events": [message(f"{number}") for number in range(1_000)]}
SCRIPTS: dict[str, dict[str, Any]] = {
    "one long turn": {"turns": [say(1_000)], "times": 2},
    "many turns": {"turns": [say(3)] * 100 + [[]] * 100 + ["a", {"think": True}] * 100, "match": {"agent_id": "a"}},
    "turns of each length": {"turns": [say(length) for length in (0, 1, 63, 64, 65, 1, 128, 129, 200, 0, 2)]},
    "many verdicts": {"turns": [say(70), "a"], "verdicts": ["satisfied", {"result": "failed"}] * 200},
    "a long text": {"turns": [[{"say": "a\u00e4\U0001f600" * 100_000}]]},
    "a large input": {"turns": [[{"tool": "bash", "input": {f"k{number}": [number, {}] for number in range(999)}}]]},
}


def test_a_session_takes_many_messages_in_order(mockdreams: MockDreams) -> None:
    agent = mockdreams.http.post("/v1/agents", json={"name": "a", "model": "claude-opus-4-8"}).json()["id"]
    environment = mockdreams.http.post("/v1/environments", json={"name": "b"}).json()["id"]
    session = mockdreams.http.post("/v1/sessions", json={"agent": agent, "environment_id": environment}).json()["id"]
    sent = mockdreams.http.post(f"/v1/sessions/{session}/events", json=MESSAGES).json()["data"]
    assert [event["content"] for event in sent] == [event["content"] for event in MESSAGES["events"]]
    wrong = {"events": [*MESSAGES["events"], message("")]}
    told = refused(mockdreams.http.post(f"/v1/sessions/{session}/events", json=wrong), 400, "invalid_request_error")
    assert told == "events.1000.user_message.content.0.text: value is required"


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_long_script_is_told_as_it_was_given(mockdreams: MockDreams, script: dict[str, Any]) -> None:
    told = mockdreams.http.post("/_mockdreams/sessions/scripts", json=script).json()["data"]
    use_process(None)
    mockdreams.reset()
    assert mockdreams.http.post("/_mockdreams/sessions/scripts", json=script).json()["data"] == told
    assert mockdreams.http.delete("/_mockdreams/sessions/scripts").json() == {"data": []}


TOOLS: dict[str, dict[str, Any]] = {
    "many parameters": {"properties": {f"p{number}": {} for number in range(5_000)}},
    "one with many values": {"properties": {"p": {"enum": [f"{number}" for number in range(5_000)]}}},
    "required": {"properties": {}, "required": [f"p{number}" for number in range(5_000)]},
    "a further key": {"title": "x" * 200_000, "x": {f"k{number}": {"y": [number] * 3} for number in range(2_000)}},
}


@pytest.mark.parametrize("schema", one_in(3, TOOLS.values()), ids=TOOLS)
def test_a_large_tool_is_told_as_it_was_given_wherever_it_is_told(scene: Scene, schema: dict[str, Any]) -> None:
    tool = {"type": "custom", "name": "large", "description": "Large.", "input_schema": {"type": "object", **schema}}
    body = {"name": "Equipped", "model": "claude-opus-4-8", "tools": [tool]}
    made = scene.http.post("/v1/agents", json=body)
    agent = made.json()
    assert agent["tools"] == [tool]
    renamed = scene.http.post(f"/v1/agents/{agent['id']}", json={"name": "Renamed", "tools": [tool]}).json()
    assert (renamed["tools"], renamed["version"]) == ([tool], 2)
    environment = scene.http.post("/v1/environments", json={"name": "b"}).json()["id"]
    sent = {"agent": agent["id"], "environment_id": environment}
    session = scene.http.post("/v1/sessions", json=sent).json()
    assert session["agent"]["tools"] == [tool]
    paths = ("/v1/agents", "/v1/sessions", f"/v1/agents/{agent['id']}/versions")
    saved, listed = scene.http.get("/_mockdreams/snapshot").content, [scene.http.get(path).text for path in paths]
    assert scene.http.post("/_mockdreams/snapshot", content=saved).status_code == 200
    assert [scene.http.get(path).text for path in paths] == listed
    last = [json.loads(text)["data"][-1] for text in listed]
    assert [each.get("agent", each)["tools"] for each in last] == [[tool]] * 3


@pytest.mark.parametrize("path", ["/v1/agents", "/_mockdreams/policy"])
def test_a_world_that_took_much_is_asked_off_the_event_loop(
    mockdreams: MockDreams, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    aside: list[Any] = []
    run_in_thread = threads.run_in_thread

    async def noted(function: Any, *arguments: Any) -> Any:
        aside.append(function)
        return await run_in_thread(function, *arguments)

    monkeypatch.setattr(concurrency, "run_in_thread", noted)
    mockdreams.http.get(path)
    assert aside == []
    tool = {"type": "custom", "name": "a", "description": "b" * 70_000, "input_schema": {"type": "object"}}
    mockdreams.http.post("/v1/agents", json={"name": "a", "model": "claude-opus-4-8", "tools": [tool]})
    mockdreams.http.get(path)
    assert len(aside) == 2
