"""Turns of sessions: what they take up, what stops them, what they tell."""

from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.workbench import Workbench, message
from mockdreams.contract.client.answers import require, require_equal

OUTCOME = {
    "type": "user.define_outcome",
    "description": "One line about the moon",
    "rubric": {"type": "text", "content": "- names the moon"},
    "max_iterations": 1,
}
WEATHER = {
    "type": "custom",
    "name": "get_weather",
    "description": "The weather of today.",
    "input_schema": {"type": "object", "properties": {}},
}
TOOLSET = {"type": "agent_toolset_20260401"}


def result(call: str) -> dict[str, Any]:
    content = [{"type": "text", "text": "Sunny."}]
    return {"type": "user.custom_tool_result", "custom_tool_use_id": call, "content": content}


def types(events: list[Any]) -> list[str]:
    return [event["type"] for event in events]


def called(stage: Workbench) -> tuple[str, str]:
    """A session that waits for the result of a custom tool, and the id of the call."""
    agent = stage.new_agent(tools=[WEATHER])["id"]
    session = stage.new_session(agent=agent, initial_events=[message("Please call get_weather.")])["id"]
    calls = [event["id"] for event in stage.turn(session) if event["type"] == "agent.custom_tool_use"]
    require_equal("how many calls", len(calls), 1)
    return session, calls[0]


@check
def events_processed_when_sent(stage: Workbench) -> None:
    (sent,) = stage.send(stage.new_session()["id"], OUTCOME).ok()["data"]
    require(sent.get("processed_at"), "an outcome has no processed_at")
    session, call = called(stage)
    (sent,) = stage.send(session, result(call)).ok()["data"]
    require(sent.get("processed_at"), "a result has no processed_at")
    require_equal("is_error", sent.get("is_error"), False)


@check
def events_answer_before_run(stage: Workbench) -> None:
    session, call = called(stage)
    stage.send(session, result(call)).ok()
    seen = types(stage.turn(session))
    after = seen[seen.index("user.custom_tool_result") :]
    require_equal("what follows an answer", after[1:3], ["session.status_running", "session.thread_status_running"])


@check
def events_updated_during_turn(stage: Workbench) -> None:
    agent = stage.new_agent(tools=[TOOLSET])["id"]
    work = message("Run `sleep 20` with bash, then say that it is done.")
    session = stage.new_session(agent=agent, initial_events=[work])["id"]
    stage.send(session, message("Say it in Italian.")).ok()
    seen = types(stage.turn(session))
    heard = len(seen) - 1 - seen[::-1].index("user.message")
    around = ["agent.tool_result", "user.message", "span.model_request_start"]
    require_equal("what is around the second message", seen[heard - 1 : heard + 2], around)
    require_equal("answers to it", seen[heard:].count("agent.message"), 1)
    require_equal("runs", seen.count("session.status_running"), 1)


@check
def events_queued_one_each(stage: Workbench) -> None:
    session = stage.new_session(initial_events=[message("Say one."), message("Say two.")])["id"]
    seen = types(stage.turn(session))
    said = [type for type in seen if type in ("user.message", "agent.message")]
    require_equal("messages and answers", said, ["user.message", "agent.message"] * 2)
    require_equal("runs", seen.count("session.status_running"), 1)
