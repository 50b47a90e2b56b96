"""Previews: what streams that ask for them show of messages and thoughts before these are whole."""

from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.http import sse
from tests.support.helpers import Scene, refused
from tests.support.turns import message

LONG = "One two three four five six seven eight nine ten eleven twelve."


def until_idle(stream: Any) -> list[dict[str, Any]]:
    seen = []
    for event in stream:
        seen.append(event.to_dict())
        if event.type == "session.status_idle":
            return seen
    raise AssertionError("the stream ended before the turn did")


def said(seen: list[dict[str, Any]], event_id: str) -> str:
    deltas = [event for event in seen if event["type"] == "event_delta" and event["event_id"] == event_id]
    assert all(event["delta"]["type"] == "content_delta" for event in deltas)
    assert all(event["delta"]["content"]["type"] == "text" for event in deltas)
    return "".join(event["delta"]["content"]["text"] for event in deltas)


@pytest.mark.parametrize("clock", ["auto", "real"])
def test_a_message_is_previewed_in_pieces_and_comes_whole_at_the_end(clock: Any) -> None:
    with MockDreams(clock=clock) as mock:
        mock.clock.speed = 1000
        scene = Scene(mock, mock.client(max_retries=0).beta)
        session = scene.session()
        mock.sessions.script([[{"think": True}, LONG, "And more."]])
        with scene.beta.sessions.events.stream(session, event_deltas=["agent.message"]) as stream:
            scene.send(session, "Hello.")
            seen = until_idle(stream)
    types = [event["type"] for event in seen]
    assert types.count("event_start") == types.count("agent.message") == 2
    assert types.count("event_delta") > 4
    for whole in (event for event in seen if event["type"] == "agent.message"):
        start = {"type": "event_start", "event": {"type": "agent.message", "id": whole["id"]}}
        assert seen.count(start) == 1
        assert said(seen, whole["id"]) == whole["content"][0]["text"]
        places = [seen.index(start), seen.index(whole)]
        pieces = [index for index, event in enumerate(seen) if event.get("event_id") == whole["id"]]
        assert places[0] < min(pieces) <= max(pieces) < places[1]


@pytest.mark.long
def test_of_a_message_with_too_many_pieces_a_beginning_is_previewed_without_gaps(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "MOST_PREVIEWS", 500)
    session = scene.session()
    text = " ".join(map(str, range(5_000)))
    scene.mock.sessions.script([[text]])
    with scene.beta.sessions.events.stream(session, event_deltas=["agent.message"]) as stream:
        scene.send(session, "Hello.")
        seen = until_idle(stream)
    (whole,) = [event for event in seen if event["type"] == "agent.message"]
    assert whole["content"][0]["text"] == text
    previewed = said(seen, whole["id"])
    assert 0 < len(previewed) < len(text)
    assert text.startswith(previewed)


def test_previews_have_no_time_and_are_in_no_list(scene: Scene) -> None:
    session = scene.session()
    with scene.beta.sessions.events.stream(session, event_deltas=["agent.message"]) as stream:
        scene.send(session, "Hello.")
        seen = until_idle(stream)
    previews = [event for event in seen if event["type"].startswith("event_")]
    assert {event["type"]: set(event) for event in previews} == {
        "event_start": {"type", "event"},
        "event_delta": {"type", "event_id", "delta"},
    }
    listed = list(scene.beta.sessions.events.list(session))
    assert not [event for event in listed if event.type.startswith("event_")]
    assert {event.id for event in listed} == {event["id"] for event in seen if "id" in event}


def test_only_streams_that_ask_get_previews_and_only_of_what_they_ask_for(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"think": True}, LONG]])
    events = scene.beta.sessions.events
    with (
        events.stream(session) as plain,
        events.stream(session, event_deltas=["agent.thinking"]) as thoughts,
        events.stream(session, event_deltas=["agent.message", "agent.thinking"]) as both,
    ):
        scene.send(session, "Hello.")
        plainly, of_thoughts, of_both = until_idle(plain), until_idle(thoughts), until_idle(both)
    whole = [event for event in of_both if not event["type"].startswith("event_")]
    assert plainly == whole
    started = [event["event"]["type"] for event in of_thoughts if event["type"] == "event_start"]
    assert started == ["agent.thinking"]
    assert "event_delta" not in [event["type"] for event in of_thoughts]
    started = [event["event"]["type"] for event in of_both if event["type"] == "event_start"]
    assert started == ["agent.thinking", "agent.message"]


@pytest.mark.mockdreams(clock="manual")
def test_half_way_through_half_is_said_and_an_interrupt_leaves_it_at_that(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[LONG]])
    with scene.beta.sessions.events.stream(session, event_deltas=["agent.message"]) as stream:
        scene.send(session, "Hello.")
        scene.mock.clock.advance(seconds=scene.mock.policy.turn_queue_seconds + scene.mock.policy.turn_seconds / 2)
        scene.beta.sessions.events.send(session, events=[{"type": "user.interrupt"}])
        scene.mock.clock.advance(seconds=scene.mock.policy.interrupt_seconds)
        seen = until_idle(stream)
    types = [event["type"] for event in seen]
    assert types.count("event_start") == 1
    assert "agent.message" not in types
    start = next(event for event in seen if event["type"] == "event_start")
    heard = said(seen, start["event"]["id"])
    assert LONG.startswith(heard)
    assert 0 < len(heard) < len(LONG)
    assert types.index("event_delta") < types.index("span.model_request_end") < types.index("user.interrupt")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "event_deltas[]=agent.tool_use",
            'event_deltas[0]: "agent.tool_use" is not a valid value; expected one of agent.message, agent.thinking',
        ),
        (
            "event_deltas[]=agent.message&event_deltas[]=x",
            'event_deltas[1]: "x" is not a valid value; expected one of agent.message, agent.thinking',
        ),
        ("&".join(["event_deltas[]=agent.message"] * 101), "event_deltas: must contain no more than 100 item(s)"),
    ],
)
def test_other_previews_are_refused(scene: Scene, query: str, said: str) -> None:
    answer = scene.http.get(f"/v1/sessions/{scene.session()}/events/stream?{query}")
    assert refused(answer, 400, "invalid_request_error").endswith(said)


@pytest.mark.long
async def test_the_asynchronous_client_reads_previews(mockdreams: MockDreams) -> None:
    async with mockdreams.async_client() as client:
        agent = await client.beta.agents.create(name="Helper", model="claude-opus-4-8")
        environment = await client.beta.environments.create(name="Cloud")
        session = await client.beta.sessions.create(agent=agent.id, environment_id=environment.id)
        hello: Any = message("Hello.")
        stream = await client.beta.sessions.events.stream(session.id, event_deltas=["agent.message"])
        await client.beta.sessions.events.send(session.id, events=[hello])
        seen: list[dict[str, Any]] = []
        async for event in stream:
            seen.append(event.to_dict())
            if event.type == "session.status_idle":
                break
        await stream.close()
    whole = next(event for event in seen if event["type"] == "agent.message")
    assert said(seen, whole["id"]) == whole["content"][0]["text"]
