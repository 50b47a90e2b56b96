"""Errors of sessions: what each type has, and what becomes of the turn."""

from typing import Any, get_args

import pytest

from mockdreams import ControlError
from mockdreams.default_agent.actions import ErrorType
from tests.support.helpers import Scene
from tests.support.turns import listed, message, pass_turn, send, session_with, types

WIKI = {"type": "url", "name": "wiki", "url": "https://wiki.example.com/mcp"}
REPOSITORY = {"type": "github_repository", "url": "https://github.com/a/b", "authorization_token": "x"}
MCP = [each for each in get_args(ErrorType) if each.startswith("mcp_")]
REPOSITORIES = [each for each in get_args(ErrorType) if each.startswith("repository_")]
OTHERS = [each for each in get_args(ErrorType) if each not in (*MCP, *REPOSITORIES)]


def script(scene: Scene, *turns: Any) -> None:
    scene.mock.sessions.script([list(turn) for turn in turns])


def error(events: list[dict[str, Any]]) -> dict[str, Any]:
    (told,) = (event["error"] for event in events if event["type"] == "session.error")
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("kind", [*MCP, *REPOSITORIES])
def test_a_turn_goes_on_without_a_server_or_a_repository(scene: Scene, kind: str) -> None:
    toolset = {"type": "mcp_toolset", "mcp_server_name": "wiki"}
    agent = scene.beta.agents.create(name="A", model="claude-opus-4-8", mcp_servers=[WIKI], tools=[toolset])  # type: ignore[list-item]
    environment = scene.beta.environments.create(name="E")
    session = scene.beta.sessions.create(agent=agent.id, environment_id=environment.id, resources=[REPOSITORY]).id  # type: ignore[list-item]
    script(scene, [{"error": kind}, "Done without."])
    events = pass_turn(scene, session, message("Go."))
    further = {"mcp_server_name": "wiki"} if kind in MCP else {"repository_url": "https://github.com/a/b"}
    words = f"{kind.replace('_', ' ').capitalize()}."
    assert error(events) == {"type": kind, "message": words, "retry_status": {"type": "retrying"}, **further}
    assert types(events)[3:6] == ["span.model_request_start", "session.error", "agent.message"]
    assert "session.status_rescheduled" not in types(events)
    assert events[-1]["stop_reason"] == {"type": "end_turn"}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_errors_end_the_turn_and_the_next_message_starts_anew(scene: Scene, kind: str) -> None:
    session = session_with(scene)
    script(scene, [{"error": kind, "message": "No."}, "Never said."])
    events = pass_turn(scene, session, message("Go."))
    told = error(events)
    keys = {"type", "message", "retry_status"}
    assert set(told) == (keys | {"credential_id", "vault_id"} if kind.startswith("credential_") else keys)
    assert (told["message"], told["retry_status"]) == ("No.", {"type": "exhausted"})
    assert events[-1]["stop_reason"] == {"type": "retries_exhausted"}
    (end,) = (event for event in events if event["type"] == "span.model_request_end")
    assert end["is_error"] == (not kind.endswith("_limit_reached_error"))
    assert "agent.message" in types(pass_turn(scene, session, message("Again.")))


def test_a_retried_error_comes_again_and_ends_as_exhausted(scene: Scene) -> None:
    session = session_with(scene)
    again = {"error": "model_overloaded_error", "retry": "retrying"}
    script(scene, [again, again, {**again, "retry": "exhausted"}])
    events = pass_turn(scene, session, message("Go."))
    statuses = [event["error"]["retry_status"]["type"] for event in events if event["type"] == "session.error"]
    assert statuses == ["retrying", "retrying", "exhausted"]
    assert types(events).count("session.status_rescheduled") == 2
    assert events[-1]["stop_reason"] == {"type": "retries_exhausted"}


def test_a_terminal_error_ends_the_session(scene: Scene) -> None:
    session = session_with(scene)
    script(scene, [{"error": "billing_error", "retry": "terminal"}])
    events = pass_turn(scene, session, message("Go."))
    assert types(events)[-3:] == ["session.error", "session.thread_status_terminated", "session.status_terminated"]
    assert scene.beta.sessions.retrieve(session).status == "terminated"
    assert send(scene, session, message("More.")).status_code == 400


@pytest.mark.parametrize("retry", ["exhausted", "terminal"])
def test_an_error_of_a_repository_is_never_anything_but_retrying(scene: Scene, retry: str) -> None:
    with pytest.raises(ControlError, match="repository_clone_error is always retrying"):
        script(scene, [{"error": "repository_clone_error", "retry": retry}])


def test_what_a_script_says_of_an_error_is_told(scene: Scene) -> None:
    session = session_with(scene)
    details = {"credential_id": "vcrd_x", "vault_id": "vlt_x"}
    script(scene, [{"error": "credential_host_unreachable_error", "details": details}])
    assert error(pass_turn(scene, session, message("Go."))).items() >= details.items()


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        ([{"error": "unknown_error", "message": "Out of luck."}], "[child {} failed: Out of luck.]"),
        ([{"tool": "bash"}], "[child {} completed but produced no text output]"),
    ],
)
def test_a_child_without_words_says_why_to_its_parent(scene: Scene, turn: list[Any], words: str) -> None:
    session = session_with(scene)
    script(scene, [{"delegate": "Reader", "turn": turn}, "Done."])
    pass_turn(scene, session, message("Go."))
    (heard,) = (event for event in listed(scene, session) if event["type"] == "agent.thread_message_received")
    assert heard["content"] == [{"type": "text", "text": words.format(heard["from_session_thread_id"])}]
