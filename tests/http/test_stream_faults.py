"""Faults of streams, and what trails them: each as a client of the official SDK meets it."""

import asyncio
from typing import Any

import anthropic
import httpcore2
import httpx2
import pytest

from mockdreams import ControlError
from mockdreams.harness.transport import AsyncTransport
from mockdreams.http.faults import Fault
from tests.support.helpers import HANG_GUARD, Scene, refused
from tests.support.streams import STREAMED

STREAM = "GET /v1/sessions/*/events/stream"
AGENT = {"type": "agent.novelty", "id": "sevt_1", "processed_at": "2026-01-01T00:00:00Z", "more": [1]}


def followed(scene: Scene, session: str, last: str = "session.status_idle") -> list[str]:
    """The types of the events that the SDK reads until the stream ends, or `last` comes."""
    types: list[str] = []
    with scene.mock.client(max_retries=0, timeout=HANG_GUARD).beta.sessions.events.stream(session) as stream:
        for event in stream:
            types.append(event.type)
            if event.type == last:
                break
    return types


@pytest.fixture
def turn(scene: Scene) -> list[str]:
    """A turn as the stream has it without a fault."""
    other = scene.session()
    scene.send(other, "Hello.")
    types = followed(scene, other)
    assert sorted(types) == sorted(STREAMED)
    return types


@pytest.fixture
def session(scene: Scene, turn: list[str]) -> str:
    session = scene.session()
    scene.send(session, "Hello.")
    return session


@pytest.mark.long
def test_a_stream_ends_between_two_events(scene: Scene, session: str, turn: list[str]) -> None:
    fault = scene.mock.faults.add(STREAM, end_after_events=3)
    assert followed(scene, session) == turn[:3]
    assert fault.hits == 1
    other = scene.session()
    scene.send(other, "Hello.")
    assert followed(scene, other) == turn


def test_a_stream_that_ends_at_once(scene: Scene, session: str) -> None:
    scene.mock.faults.add(STREAM, end_after_events=0)
    assert followed(scene, session) == []


def test_events_are_lost_repeated_and_out_of_order(scene: Scene, session: str, turn: list[str]) -> None:
    scene.mock.faults.add(STREAM, lose=[0, "session.usage"], repeat="agent.message", swap=1)
    expected = [turn[2], turn[1], *turn[3:]]
    expected.remove("session.usage")
    expected.insert(expected.index("agent.message"), "agent.message")
    assert followed(scene, session) == expected


def test_the_last_event_waits_for_nobody_to_be_swapped_with(scene: Scene, session: str, turn: list[str]) -> None:
    scene.mock.faults.add(STREAM, swap="session.status_idle")
    assert followed(scene, session) == turn


def test_events_of_a_service_of_tomorrow(scene: Scene, session: str, turn: list[str]) -> None:
    scene.mock.faults.add(STREAM, insert={0: AGENT, 2: ": nothing", len(turn) - 1: {**AGENT, "type": "more.novelty"}})
    seen = followed(scene, session)
    assert [seen[0], *seen[1:-2], seen[-2]] == ["agent.novelty", *turn[:-1], "more.novelty"]


def test_an_error_event_is_raised_by_the_sdk(scene: Scene, session: str) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    scene.mock.faults.add(STREAM, insert={2: error})
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        followed(scene, session)


@pytest.mark.long
def test_several_effects_in_one_fault_for_ever(scene: Scene, session: str, turn: list[str]) -> None:
    fault = scene.mock.faults.add(
        STREAM, latency=0.01, lose="session.status_running", event_delay=0.001, end_after_events=2, times=None
    )
    assert followed(scene, session) == turn[1:3]
    other = scene.session()
    scene.send(other, "Hello.")
    assert followed(scene, other) == turn[1:3]
    assert fault.hits == 2


def test_a_delay_between_events_is_between_events(scene: Scene, session: str) -> None:
    scene.mock.faults.add(STREAM, event_delay=60)
    with scene.http.stream("GET", f"/v1/sessions/{session}/events/stream", timeout=HANG_GUARD) as answer:
        parts = answer.iter_text()
        text = ""
        while "event: " not in text:
            text += next(parts)
        with pytest.raises(httpcore2.ReadTimeout):
            answer.extensions["network_stream"].read(1, timeout=0.1)
    assert text.count("event: ") == 1


def test_a_stubs_stream_is_struck_as_well(scene: Scene) -> None:
    events = [{"type": "one"}, {"type": "two"}, {"type": "three"}]
    scene.mock.stubs.add("POST /v1/messages", events=events)
    scene.mock.faults.add("POST /v1/messages", swap=0, end_after_events=2)
    scene.mock.faults.add("POST /v1/messages", cut_after_events=1)
    answer = scene.http.post("/v1/messages", json={})
    assert answer.text == 'event: two\ndata: {"type": "two"}\n\nevent: one\ndata: {"type": "one"}\n\n'
    with pytest.raises(httpx2.RemoteProtocolError):
        scene.http.post("/v1/messages", json={})


@pytest.mark.long
def test_status_and_lists_trail_the_stream(scene: Scene) -> None:
    """Idle while the stream says running, and running while it says idle."""
    scene.mock.clock.mode = "manual"
    session = scene.session()
    scene.mock.faults.add("GET /v1/sessions/**", lag=2, times=None)
    scene.send(session, "Hello.")

    def seen() -> tuple[str, str, list[str]]:
        listed = [each.status for each in scene.beta.sessions.list() if each.id == session]
        events: list[str] = [
            event.type for event in scene.beta.sessions.events.list(session) if event.type != "user.message"
        ]
        return scene.beta.sessions.retrieve(session).status, listed[0], events

    scene.mock.clock.advance(seconds=1)
    assert seen() == ("idle", "idle", [])
    scene.mock.clock.advance(seconds=2)
    status, listed, events = seen()
    assert (status, listed) == ("running", "running")
    assert events[0] == "session.status_running"
    scene.mock.clock.run_until_idle()
    assert seen()[:2] == ("running", "running")
    scene.mock.clock.advance(seconds=2.1)
    status, listed, events = seen()
    assert (status, listed, events[-1]) == ("idle", "idle", "session.status_idle")


def test_what_the_status_allows_trails_as_well(scene: Scene) -> None:
    scene.mock.clock.mode = "manual"
    session = scene.session("Hello.")
    scene.send(session, "Once more.")
    scene.mock.clock.run_until_idle()
    scene.mock.faults.add("* /v1/sessions/**", lag=2, times=3)
    path = f"/v1/sessions/{session}"
    refused(scene.http.post(f"{path}/archive"), 400, "invalid_request_error")
    refused(scene.http.delete(path), 400, "invalid_request_error")
    scene.mock.clock.advance(seconds=2.1)
    assert scene.http.post(f"{path}/archive").status_code == 200


def test_a_poll_loop_ends_though_everything_trails(scene: Scene) -> None:
    session = scene.session()
    scene.mock.faults.add("* /v1/sessions/**", lag=60, times=None)
    scene.send(session, "Hello.")
    statuses = [scene.beta.sessions.retrieve(session).status for _ in range(6)]
    assert statuses == sorted(statuses, key=["idle", "running"].index) or statuses[-1] == "idle"
    assert "running" in statuses
    assert scene.beta.sessions.archive(session).status == "terminated"


@pytest.mark.long
def test_latencies_are_lognormal_and_those_of_their_seed() -> None:
    def delays(seed: int) -> list[float]:
        fault = Fault.model_validate({"match": "GET /v1/dreams", "latency": {"p50": 0.2, "p99": 2.0}, "seed": seed})
        return sorted(fault.delay() for _ in range(2_000))

    drawn = delays(1)
    assert drawn == delays(1) != delays(2)
    assert drawn[1_000] == pytest.approx(0.2, rel=0.1)
    assert drawn[1_980] == pytest.approx(2.0, rel=0.3)


def test_a_latency_by_percentiles_delays(scene: Scene) -> None:
    scene.mock.faults.add("GET /v1/dreams", latency={"p50": 0.01, "p99": 0.01})
    scene.mock.faults.add("GET /v1/dreams", latency={"p50": 50, "p99": 60})
    assert scene.http.get("/v1/dreams").status_code == 200
    with scene.mock.client(max_retries=0, timeout=0.05) as client, pytest.raises(anthropic.APITimeoutError):
        client.beta.dreams.list()


def test_a_foreign_body_with_status_200(scene: Scene) -> None:
    scene.mock.faults.add(
        "GET /v1/dreams/*", status=200, body="<html>Sign in</html>", headers={"content-type": "text/html"}
    )
    dream = scene.dream()
    assert "Sign in" in str(scene.beta.dreams.retrieve(dream.id))
    tomorrow = {**dream.to_dict(mode="json"), "status": "paused", "mood": {"calm": True}}
    scene.mock.faults.add("GET /v1/dreams/*", status=200, body=tomorrow)
    told: Any = scene.beta.dreams.retrieve(dream.id)
    assert (told.status, told.mood) == ("paused", {"calm": True})
    told = scene.beta.dreams.retrieve(dream.id)
    assert told.status == "running"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "an effect is needed"),
        ({"status": 200}, "needs a body"),
        ({"lose": []}, "an effect is needed"),
        ({"cut_after_events": 1, "end_after_events": 1}, "a stream ends in one way"),
        ({"status": 500, "lose": [1]}, "lose is of an answer that this fault never lets through"),
        ({"drop": "before", "lag": 1}, "lag is of an answer"),
        ({"status": 500, "drop": "before"}, "has no status"),
        ({"lose": [-1]}, "lose"),
        ({"repeat": [1.5]}, "repeat"),
        ({"swap": [""]}, "swap"),
        ({"insert": {"-1": "x"}}, "insert"),
        ({"insert": {"first": {"type": "x"}}}, "insert"),
        ({"insert": {"0": {"no": "type"}}}, "an event has a type"),
        ({"latency": {"p50": 1}}, "latency"),
        ({"latency": {"p50": 2, "p99": 1}}, "p99 is at least p50"),
        ({"latency": {"p50": 0, "p99": 1}}, "latency"),
        ({"event_delay": -1}, "event_delay"),
        ({"lag": 0}, "lag"),
        ({"lag": "long"}, "lag"),
    ],
    ids=str,
)
def test_mistaken_effects_are_refused_in_one_line(scene: Scene, fields: dict[str, Any], said: str) -> None:
    answer = scene.http.post("/_mockdreams/faults", json={"match": STREAM, **fields})
    refused(answer, 400, "invalid_request_error")
    assert said in answer.json()["error"]["message"]
    with pytest.raises(ControlError, match=said):
        scene.mock.faults.add(STREAM, **fields)
    assert list(scene.mock.faults) == []


def test_every_effect_over_http(scene: Scene, session: str, turn: list[str]) -> None:
    fault = {
        "match": STREAM,
        "latency": {"p50": 0.001, "p99": 0.002},
        "lose": ["session.usage"],
        "repeat": [0],
        "swap": [1],
        "insert": {"0": AGENT},
        "event_delay": 0.0001,
        "end_after_events": 6,
        "lag": 1,
        "times": None,
    }
    told = scene.http.post("/_mockdreams/faults", json=fault).json()
    assert told == {"data": [{**fault, "struck": 0}]}
    assert followed(scene, session) == ["agent.novelty", turn[0], turn[0], turn[2], turn[1], turn[3]]


@pytest.mark.parametrize(("lever", "chosen"), [("lose", 0), ("repeat", "session.usage"), ("swap", 1)])
def test_one_event_needs_no_list_here_or_over_http(scene: Scene, lever: str, chosen: Any) -> None:
    told = scene.http.post("/_mockdreams/faults", json={"match": STREAM, lever: chosen}).json()["data"]
    assert told[0][lever] == [chosen]
    scenario = {"faults": [{"match": STREAM, lever: chosen}]}
    scene.http.post("/_mockdreams/reset", json={"scenario": scenario}).raise_for_status()
    assert [fault[lever] for fault in scene.mock.faults] == [[chosen]]


def test_a_faulty_stream_ends_when_its_reader_leaves(scene: Scene, session: str) -> None:
    """Without a socket too: the reader is gone in the middle of a delay."""

    async def leave() -> None:
        async with (
            httpx2.AsyncClient(
                transport=scene.mock.async_transport, base_url="http://localhost", headers=dict(scene.http.headers)
            ) as client,
            client.stream("GET", f"/v1/sessions/{session}/events/stream") as answer,
        ):
            async for _ in answer.aiter_raw():
                break

    scene.mock.faults.add(STREAM, event_delay=3_600)
    assert isinstance(scene.mock.async_transport, AsyncTransport)
    asyncio.run(leave())


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ({"cut_after_events": 3}, httpx2.RemoteProtocolError),
        ({"drop": "during"}, httpx2.RemoteProtocolError),
        (
            {"insert": {2: {"type": "error", "error": {"type": "api_error", "message": "No."}}}},
            anthropic.APIStatusError,
        ),
        ({"end_after_events": 3}, None),
        ({"lose": ["agent.message"]}, None),
        ({"repeat": ["agent.message"]}, None),
        ({"swap": [3]}, None),
        ({"event_delay": 0.0001}, None),
        ({"insert": {2: {"type": "agent.novelty"}}}, None),
    ],
    ids=str,
)
def test_the_sdk_asks_once_for_a_stream(
    scene: Scene, session: str, fault: dict[str, Any], raised: type[Exception] | None
) -> None:
    before = scene.mock.requests.count(STREAM)
    scene.mock.faults.add(STREAM, **fault)
    with scene.mock.client().beta.sessions.events.stream(session) as stream:
        if raised is None:
            assert next(stream)
        else:
            with pytest.raises(raised):
                list(stream)
    assert scene.mock.requests.count(STREAM) == before + 1


@pytest.mark.long
def test_a_dream_trails_too(scene: Scene) -> None:
    scene.mock.clock.mode = "manual"
    dream = scene.dream().id
    scene.mock.faults.add("* /v1/dreams/**", lag=30, times=None)

    def seen() -> tuple[str, str, int]:
        listed = next(each.status for each in scene.beta.dreams.list() if each.id == dream)
        now = scene.beta.dreams.retrieve(dream)
        assert (now.ended_at is None) == (now.status in ("pending", "running"))
        return now.status, listed, len(now.outputs)

    assert seen() == ("pending", "pending", 0)
    scene.mock.clock.advance(seconds=20)
    assert seen() == ("pending", "pending", 0)
    scene.mock.clock.advance(seconds=20)
    assert seen() == ("running", "running", 1)
    scene.mock.clock.run_until_idle()
    assert seen()[:2] == ("running", "running")
    refused(scene.http.post(f"/v1/dreams/{dream}/archive"), 400, "invalid_request_error")
    scene.mock.clock.advance(seconds=30)
    assert seen() == ("completed", "completed", 1)
    assert scene.beta.dreams.archive(dream).archived_at is not None


def test_a_list_of_dreams_trails(scene: Scene) -> None:
    scene.mock.clock.mode = "manual"
    dream = scene.dream().id
    scene.mock.faults.add("GET /v1/dreams", lag=30, times=1)
    scene.mock.clock.run_until_idle()
    assert [(each.id, each.status) for each in scene.beta.dreams.list()] == [(dream, "running")]
    assert [(each.id, each.status) for each in scene.beta.dreams.list()] == [(dream, "completed")]


@pytest.mark.long
def test_a_poll_loop_of_a_dream_ends_though_it_trails(scene: Scene) -> None:
    scene.mock.faults.add("GET /v1/dreams/*", lag=60, times=None)
    dream = scene.dream().id
    statuses = [scene.beta.dreams.retrieve(dream).status for _ in range(12)]
    assert statuses == sorted(statuses, key=["pending", "running", "completed"].index)
    assert statuses[-1] == "completed"


def test_a_thread_trails_too(scene: Scene) -> None:
    scene.mock.clock.mode = "manual"
    session = scene.session()
    scene.mock.sessions.script([[{"delegate": "Reader", "turn": ["Read."]}, "Done."]])
    scene.send(session, "Go.")
    scene.mock.clock.run_until_idle()
    child = next(each.id for each in scene.beta.sessions.threads.list(session) if each.parent_thread_id)
    scene.mock.faults.add("* /v1/sessions/*/threads/**", lag=4, times=None)
    path = f"/v1/sessions/{session}/threads/{child}"
    assert scene.http.get(path).json()["status"] == "running"
    assert "session.thread_status_idle" not in scene.http.get(f"{path}/events").text
    said = refused(scene.http.post(f"{path}/archive"), 400, "invalid_request_error")
    assert 'while its status is "running"' in said
    scene.mock.clock.advance(seconds=5)
    assert scene.http.get(path).json()["status"] == "idle"
    assert scene.http.post(f"{path}/archive").json()["status"] == "terminated"
