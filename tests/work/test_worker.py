"""The official SDK's own environment worker runs against the queue: tools are run on its side, and the session ends."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import anthropic
import pytest
from anthropic.lib.environments import EnvironmentWorker

from tests.support.helpers import HANG_GUARD
from tests.support.turns import message
from tests.support.worker_stage import Stage

IDLE_SECONDS = 0.05


def calls(tool: str, **input: Any) -> dict[str, Any]:
    return {"tool": tool, "input": input}


async def served(stage: Stage, folder: Path, *sessions: str, tools: Any = None) -> None:
    """Run a worker until it has done with these sessions."""
    async with stage.mock.async_client() as client:
        worker = EnvironmentWorker(
            client,
            environment_id=stage.environment,
            environment_key=stage.key,
            workdir=folder,
            max_idle=IDLE_SECONDS,
            tools=tools,
        )
        running = asyncio.ensure_future(worker.run())
        try:
            async with asyncio.timeout(HANG_GUARD):
                for session in sessions:
                    while not running.done() and stage.state(session) != "stopped":
                        await asyncio.sleep(0.01)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


def results(stage: Stage, session: str) -> list[str]:
    """What the worker said came of each call."""
    found = [event for event in stage.events(session) if event.type == "user.tool_result"]
    return ["".join(block.text for block in event.content) for event in found]


@pytest.mark.long
def test_a_worker_runs_the_tools_of_a_session(stage: Stage, tmp_path: Path) -> None:
    session = stage.session()
    stage.says(
        session,
        "Writing.",
        calls("write", file_path="note.txt", content="Two cats."),
        calls("bash", command="cat note.txt"),
        "Done.",
    )
    asyncio.run(served(stage, tmp_path, session))
    assert (tmp_path / "note.txt").read_text() == "Two cats."
    assert results(stage, session)[1].strip() == "Two cats."
    said = [event.type for event in stage.events(session)]
    assert said.count("agent.tool_use") == 2
    assert "agent.tool_result" not in said
    assert said[-1] == "session.status_idle"
    assert stage.events(session)[-1].stop_reason.type == "end_turn"
    assert stage.beta.sessions.retrieve(session).status == "idle"
    work = stage.beta.environments.work.retrieve(session, environment_id=stage.environment)
    assert (work.state, bool(work.latest_heartbeat_at), bool(work.acknowledged_at)) == ("stopped", True, True)


@pytest.mark.long
def test_a_message_after_the_end_brings_the_worker_back(stage: Stage, tmp_path: Path) -> None:
    session = stage.session()
    stage.says(session, calls("bash", command="echo one"), "Done.")
    asyncio.run(served(stage, tmp_path, session))
    stage.says(session, calls("bash", command="echo two"), "Done.")
    asyncio.run(served(stage, tmp_path, session))
    assert [text.strip() for text in results(stage, session)] == ["one", "two"]


@pytest.mark.long
def test_another_worker_takes_over_what_the_first_never_acknowledged(stage: Stage, tmp_path: Path) -> None:
    session = stage.session()
    stage.says(session, calls("bash", command="echo hello"), "Done.")
    assert stage.poll() is not None
    stage.mock.clock.advance(seconds=5)
    asyncio.run(served(stage, tmp_path, session))
    assert results(stage, session)[0].strip() == "hello"


@pytest.mark.long
def test_calls_wait_until_somebody_answers(stage: Stage) -> None:
    session = stage.session()
    stage.says(session, calls("bash", command="echo hello"), "Done.")
    stage.mock.clock.run_until_idle()
    *_, call = [event for event in stage.events(session) if event.type == "agent.tool_use"]
    end = stage.events(session)[-1]
    assert (end.type, end.stop_reason.type, end.stop_reason.event_ids) == (
        "session.status_idle", "requires_action", [call.id]
    )  # fmt: skip
    result: Any = {"type": "user.tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "hello"}]}

    def send(client: anthropic.Anthropic, *events: Any) -> None:
        client.beta.sessions.events.send(session, events=events)

    refusals: list[tuple[anthropic.Anthropic, Any, type[anthropic.APIStatusError]]] = [
        (stage.client, result, anthropic.PermissionDeniedError),
        (stage.client, message("Hurry."), anthropic.BadRequestError),
        (
            stage.bearing(stage.key),
            {"type": "user.tool_confirmation", "tool_use_id": call.id, "result": "allow"},
            anthropic.BadRequestError,
        ),
    ]
    for client, event, refusal in refusals:
        before = stage.events(session)
        try:
            send(client, event)
        except refusal:
            pass
        else:
            raise AssertionError(f"{event} was taken")
        assert stage.events(session) == before
    send(stage.bearing(stage.key), result)
    stage.mock.clock.run_until_idle()
    assert stage.events(session)[-1].stop_reason.type == "end_turn"


@pytest.mark.long
def test_a_call_that_has_to_be_confirmed_goes_to_the_worker_then(stage: Stage, tmp_path: Path) -> None:
    session = stage.session()
    stage.says(session, {**calls("bash", command="echo hello"), "permission": "ask"}, "Done.")
    stage.mock.clock.run_until_idle()
    call = next(event for event in stage.events(session) if event.type == "agent.tool_use")
    stage.beta.sessions.events.send(
        session, events=[{"type": "user.tool_confirmation", "tool_use_id": call.id, "result": "allow"}]
    )
    stage.mock.clock.run_until_idle()
    assert stage.events(session)[-1].stop_reason.event_ids == [call.id]
    asyncio.run(served(stage, tmp_path, session))
    assert results(stage, session)[0].strip() == "hello"


def test_a_denied_call_goes_to_no_worker(stage: Stage) -> None:
    session = stage.session()
    stage.says(session, {**calls("bash", command="echo hello"), "permission": "ask"}, "Done.")
    stage.mock.clock.run_until_idle()
    call = next(event for event in stage.events(session) if event.type == "agent.tool_use")
    stage.beta.sessions.events.send(
        session, events=[{"type": "user.tool_confirmation", "tool_use_id": call.id, "result": "deny"}]
    )
    stage.mock.clock.run_until_idle()
    assert stage.events(session)[-1].stop_reason.type == "end_turn"
    assert results(stage, session) == []


def test_a_scripted_result_needs_no_worker(stage: Stage) -> None:
    session = stage.session()
    stage.says(session, {**calls("bash", command="echo hello"), "result": "hello"}, "Done.")
    stage.mock.clock.run_until_idle()
    assert [event.type for event in stage.events(session)].count("agent.tool_result") == 1


def test_an_interrupt_ends_calls_that_wait_for_a_worker(stage: Stage) -> None:
    session = stage.session()
    stage.says(session, calls("bash", command="echo hello"), "Done.")
    stage.mock.clock.run_until_idle()
    stage.beta.sessions.events.send(session, events=[{"type": "user.interrupt"}])
    stage.mock.clock.run_until_idle()
    assert stage.beta.sessions.retrieve(session).status == "idle"
    stage.beta.sessions.archive(session)
