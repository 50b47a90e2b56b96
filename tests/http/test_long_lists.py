"""Bodies with long lists, which are read a few items at a time, say what they say read at once."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.freeing import AT_A_STROKE
from mockdreams.http.body_process import use_process
from mockdreams.http.long_lists import divide, join
from mockdreams.side_process import SideProcess
from mockdreams.wire.base import Params
from mockdreams.wire.events import SendEvents
from mockdreams.world.sessions.scripts import SessionScript
from tests.support.helpers import refused


@pytest.fixture(scope="module")
def process() -> Iterator[SideProcess]:
    with closing(SideProcess()) as process:
        yield process


@pytest.fixture
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
}


@pytest.mark.parametrize(
    ("shape", "document"),
    [(SendEvents, MESSAGES), *((SessionScript, script) for script in SCRIPTS.values())],
    ids=["messages", *SCRIPTS],
)
def test_it_says_what_it_says_read_at_once(shape: type[Params], document: dict[str, Any]) -> None:
    whole = shape.model_validate_json(json.dumps(document))
    parts = divide(json.loads(json.dumps(document)), shape.LONG_LISTS)
    joined = join(shape, parts)
    assert joined == whole
    assert joined.model_fields_set == whole.model_fields_set
    for part in parts:
        for key in shape.LONG_LISTS:
            items = json.loads(part.document).get(key, [])
            assert sum(len(item) if isinstance(item, list) else 1 for item in items) <= AT_A_STROKE


def test_short_lists_are_not_divided() -> None:
    assert divide({"turns": [say(32), say(32)], "verdicts": ["satisfied"] * 64}, SessionScript.LONG_LISTS) == []
    assert divide({"times": 1, "turns": []}, SessionScript.LONG_LISTS) == []


@pytest.mark.process
@pytest.mark.usefixtures("in_use")
def test_a_session_takes_many_messages_in_order(mockdreams: MockDreams) -> None:
    agent = mockdreams.http.post("/v1/agents", json={"name": "a", "model": "claude-opus-4-8"}).json()["id"]
    environment = mockdreams.http.post("/v1/environments", json={"name": "b"}).json()["id"]
    session = mockdreams.http.post("/v1/sessions", json={"agent": agent, "environment_id": environment}).json()["id"]
    sent = mockdreams.http.post(f"/v1/sessions/{session}/events", json=MESSAGES).json()["data"]
    assert [event["content"] for event in sent] == [event["content"] for event in MESSAGES["events"]]
    wrong = {"events": [*MESSAGES["events"], message("")]}
    told = refused(mockdreams.http.post(f"/v1/sessions/{session}/events", json=wrong), 400, "invalid_request_error")
    assert told == "events.1000.user_message.content.0.text: value is required"


@pytest.mark.process
@pytest.mark.usefixtures("in_use")
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_long_script_is_told_as_it_was_given(mockdreams: MockDreams, script: dict[str, Any]) -> None:
    told = mockdreams.http.post("/_mockdreams/sessions/scripts", json=script).json()["data"]
    use_process(None)
    mockdreams.reset()
    assert mockdreams.http.post("/_mockdreams/sessions/scripts", json=script).json()["data"] == told
    assert mockdreams.http.delete("/_mockdreams/sessions/scripts").json() == {"data": []}
