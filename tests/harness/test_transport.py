"""The fake with no socket."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from mockdreams import MockDreams
from mockdreams.harness.handle import default_server
from tests.support.helpers import Scene, refused
from tests.support.streams import STREAMED, follow
from tests.support.turns import message

BASE = "http://mockdreams.test"


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a test without sockets connects to something")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def inside(no_sockets: None) -> Iterator[Scene]:
    """A scene whose SDK reaches the world in-process."""
    with (
        MockDreams() as mock,
        httpx2.Client(transport=mock.transport) as http_client,
        anthropic.Anthropic(api_key=mock.api_key, base_url=BASE, http_client=http_client, max_retries=0) as client,
    ):
        yield Scene(mock, client.beta)


@pytest.fixture
def plain(inside: Scene) -> Iterator[httpx2.Client]:
    headers = {"x-api-key": inside.mock.api_key, "anthropic-version": "2023-06-01"}
    headers["anthropic-beta"] = "managed-agents-2026-04-01,dreaming-2026-04-21"
    with httpx2.Client(transport=inside.mock.transport, base_url=BASE, headers=headers) as client:
        yield client


def test_a_whole_dream(inside: Scene) -> None:
    dream = inside.finished(
        store_id=inside.store({"/a.md": "- Deploys happen on Thursday.\n- Deploys happen on Thursday.\n"})
    )
    assert inside.contents(dream.outputs[0].memory_store_id) == {"/a.md": "- Deploys happen on Thursday.\n"}


def test_a_stream(inside: Scene) -> None:
    session = inside.session()
    inside.send(session, "Hello.")
    assert [event.type for event in follow(inside, session)] == STREAMED


def test_leaving_a_stream_tells_the_application(inside: Scene) -> None:
    session = inside.session()
    transcript = default_server.places.get_or_create(inside.mock.api_key).world.session_store.event_log(session)
    with inside.beta.sessions.events.stream(session):
        assert len(transcript._listeners) == 1
    assert len(transcript._listeners) == 0


def test_the_answer_to_head_has_no_body(plain: httpx2.Client) -> None:
    answer = plain.head("/v1/dreams")
    assert (answer.status_code, answer.content) == (405, b"")
    assert answer.headers["content-length"] != "0"


def test_errors_are_errors(inside: Scene, plain: httpx2.Client) -> None:
    refused(plain.get("/v1/dreams/drm_x"), 404, "not_found_error")
    refused(plain.post("/v1/memory_stores", content=b"{"), 400, "invalid_request_error")
    with pytest.raises(anthropic.NotFoundError):
        inside.beta.dreams.retrieve("drm_x")


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"drop": "during"}], ids=str)
def test_connections_break(inside: Scene, plain: httpx2.Client, fault: dict[str, Any]) -> None:
    inside.mock.faults.add("GET /v1/dreams", **fault)
    with pytest.raises(httpx2.RemoteProtocolError):
        plain.get("/v1/dreams")
    assert plain.get("/v1/dreams").status_code == 200


def test_streams_are_cut(inside: Scene, plain: httpx2.Client) -> None:
    inside.mock.faults.add("GET /v1/sessions/*/events/stream", cut_after_events=2)
    session = inside.session()
    inside.send(session, "Hello.")
    with plain.stream("GET", f"/v1/sessions/{session}/events/stream") as response:
        parts: list[bytes] = []
        chunks = response.iter_raw()
        with pytest.raises(httpx2.RemoteProtocolError):
            parts.extend(chunks)
    assert b"".join(parts).count(b"event: ") == 3


@pytest.mark.long
async def test_the_asynchronous_client(no_sockets: None) -> None:
    with MockDreams() as mock:
        http_client = httpx2.AsyncClient(transport=mock.async_transport)
        async with anthropic.AsyncAnthropic(api_key=mock.api_key, base_url=BASE, http_client=http_client) as client:
            stores = await asyncio.gather(*(client.beta.memory_stores.create(name=f"{n}") for n in range(20)))
            assert len({store.id for store in stores}) == 20
            agent = await client.beta.agents.create(name="Helper", model="claude-opus-4-8")
            environment = await client.beta.environments.create(name="Cloud")
            session = await client.beta.sessions.create(agent=agent.id, environment_id=environment.id)
            stream = await client.beta.sessions.events.stream(session.id)
            hello: Any = message("Hello.")
            await client.beta.sessions.events.send(session.id, events=[hello])
            seen = []
            async for event in stream:
                seen.append(event.type)
                if event.type == "session.status_idle":
                    break
            await stream.close()
            assert seen == STREAMED


async def test_the_synchronous_client_beside_a_running_loop(inside: Scene) -> None:
    await asyncio.sleep(0)
    assert inside.store()
