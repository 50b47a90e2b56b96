"""Server-sent events."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from mockdreams import MockDreams
from tests.support.helpers import HANG_GUARD, Scene, refused
from tests.support.streams import STREAMED, follow, said_before_silence
from tests.support.turns import message


def test_a_stream_opened_after_a_message_sees_the_turn_end(scene: Scene) -> None:
    session = scene.session("Before.")
    scene.send(session, "Hello.")
    seen = follow(scene, session)
    assert [event.type for event in seen] == STREAMED
    listed = {event.id: event for event in scene.beta.sessions.events.list(session)}
    assert [listed[event.id] for event in seen] == seen


def test_a_stream_follows_a_dream_to_its_end(scene: Scene) -> None:
    dream = scene.dream(scene.store({"/a.md": "- One.\n- One.\n"}))
    session = scene.until(dream.id, "running", output=True).session_id
    assert session is not None
    types = [event.type for event in follow(scene, session)]
    assert "agent.tool_use" in types
    assert types[-3:] == ["session.thread_status_idle", "session.usage", "session.status_idle"]
    assert scene.beta.dreams.retrieve(dream.id).status == "completed"


def frames(response: httpx2.Response) -> Iterator[list[str]]:
    frame: list[str] = []
    for line in response.iter_lines():
        if line:
            frame.append(line)
        else:
            yield frame
            frame = []


def test_the_framing_is_event_data_blank(scene: Scene) -> None:
    session = scene.session()
    scene.send(session, "Hello.\nTwo lines.")
    with scene.http.stream("GET", f"/v1/sessions/{session}/events/stream") as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["request-id"].startswith("req_")
        each = frames(response)
        assert next(each)[0].startswith(":")
        for type in STREAMED:
            name, data = next(each)
            assert name == f"event: {type}"
            assert data.startswith('data: {"')


@pytest.mark.mockdreams(clock="manual")
def test_under_the_manual_clock_a_stream_shows_what_the_clock_brings(scene: Scene) -> None:
    session = scene.session()
    scene.send(session, "Hello.")
    with scene.beta.sessions.events.stream(session) as stream:
        scene.mock.clock.advance(seconds=1)
        assert next(stream).type == "session.status_running"
        scene.mock.clock.advance(seconds=60)
        assert [next(stream).type for _ in STREAMED[1:]] == STREAMED[1:]


@pytest.mark.mockdreams(clock="real")
def test_under_the_real_clock_a_stream_waits_for_time(scene: Scene) -> None:
    session = scene.session()
    scene.mock.clock.speed = 20
    scene.send(session, "Hello.")
    assert [event.type for event in follow(scene, session)] == STREAMED


@pytest.mark.mockdreams(clock="real")
def test_a_new_speed_takes_effect_while_a_stream_waits(scene: Scene) -> None:
    session = scene.session()
    scene.mock.clock.speed = 0.001
    scene.send(session, "Hello.")
    faster = threading.Timer(0.05, setattr, (scene.mock.clock, "speed", 1000))
    faster.start()
    assert [event.type for event in follow(scene, session)] == STREAMED
    faster.join()


@pytest.mark.long
async def test_every_reader_gets_every_event_in_order(mockdreams: MockDreams) -> None:
    async with mockdreams.async_client() as client:
        agent = await client.beta.agents.create(name="Helper", model="claude-opus-4-8")
        environment = await client.beta.environments.create(name="Cloud")
        session = await client.beta.sessions.create(agent=agent.id, environment_id=environment.id)
        mockdreams.clock.mode = "manual"
        opened = [await client.beta.sessions.events.stream(session.id) for _ in range(20)]

        async def read(stream: Any) -> list[str]:
            seen: list[str] = []
            async for event in stream:
                seen.append(event.id)
                if event.type == "session.status_idle":
                    await stream.close()
                    return seen
            return seen

        hello: Any = message("Hello.")
        await client.beta.sessions.events.send(session.id, events=[hello])
        readers = [asyncio.create_task(read(stream)) for stream in opened]
        await asyncio.sleep(0)
        mockdreams.clock.run_until_idle()
        seen = await asyncio.gather(*readers)
    assert len(seen[0]) == len(STREAMED)
    assert all(each == seen[0] for each in seen)


def test_deleting_a_session_ends_its_streams(scene: Scene) -> None:
    session = scene.session()
    with scene.beta.sessions.events.stream(session) as stream:
        scene.beta.sessions.delete(session)
        assert [event.type for event in stream] == ["session.deleted"]


def test_resetting_the_world_ends_its_streams(scene: Scene) -> None:
    session = scene.session()
    with scene.beta.sessions.events.stream(session) as stream:
        scene.mock.reset()
        assert list(stream) == []


def test_a_stream_shows_nothing_of_the_past(scene: Scene) -> None:
    session = scene.session("Before.")
    with scene.beta.sessions.events.stream(session) as stream:
        scene.send(session, "Now.")
        first = next(stream)
    assert first.type == "session.status_running"
    assert first.id not in [event.id for event in scene.beta.sessions.events.list(session).data[:9]]


def test_an_unknown_session_has_no_stream(scene: Scene) -> None:
    refused(scene.http.get("/v1/sessions/sesn_x/events/stream"), 404, "not_found_error")


def test_a_message_to_a_session_that_is_archived_meanwhile_moves_no_time(scene: Scene) -> None:
    session, other = scene.session(), scene.dream()
    scene.send(session, "Too late.")
    scene.beta.sessions.archive(session)

    def listen(timeout: httpx2.Timeout, said: list[Any]) -> None:
        with scene.beta.sessions.events.stream(session, timeout=timeout) as stream:
            said.append(next(stream))

    assert said_before_silence(listen, 0) == []
    assert scene.mock.clock.now() < other.created_at + timedelta(seconds=1)


def test_a_drop_during_the_body_cuts_a_stream(scene: Scene) -> None:
    session = scene.session()
    scene.mock.faults.add("GET /v1/sessions/*/events/stream", drop="during")
    scene.send(session, "Hello.")
    stream = scene.beta.sessions.events.stream(session, timeout=HANG_GUARD)
    with pytest.raises(httpx2.RemoteProtocolError), stream:
        list(stream)
