"""Turns of sessions: what they take up, what stops them, what they tell."""

from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.workbench import Workbench, message
from mockdreams.contract.client.answers import require_equal

TOOLSET = {"type": "agent_toolset_20260401"}


def types(events: list[Any]) -> list[str]:
    return [event["type"] for event in events]


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
