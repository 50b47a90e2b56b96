"""Many readers of one session, some of which misbehave; `benchmarks/streams.py` does it at full size."""

import asyncio
import gc
import json
import re
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from mockdreams import MockDreams
from mockdreams.http.app import Application
from mockdreams.http.workspaces import Workspaces
from tests.support.deep import deep
from tests.support.helpers import HANG_GUARD, Scene
from tests.support.machines import EXAMPLES
from tests.support.turns import listed, message, pass_turn

pytestmark = pytest.mark.fuzzing

READERS = 40 if EXAMPLES else 10
"""The weekly job has more."""
MESSAGES = 192
LONG = 20_000
PATIENCE = HANG_GUARD


def talkative(mock: MockDreams, words: str = "Message") -> str:
    """A session that will say a lot in its next turn."""
    scene = Scene(mock, mock.client(max_retries=0).beta)
    session = scene.session()
    mock.sessions.script([[f"{words} {number}." for number in range(MESSAGES)]], session_id=session)
    return session


def half_open(mock: MockDreams, session: str, receive_buffer: int = 0) -> socket.socket:
    """A connection that has asked for a stream, and whose owner reads no further than its beginning."""
    url = urlsplit(mock.url)
    connection = socket.socket()
    connection.settimeout(PATIENCE)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect((url.hostname, url.port))
    headers = {
        "host": "localhost",
        "x-api-key": mock.api_key,
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "managed-agents-2026-04-01",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sendall(f"GET /v1/sessions/{session}/events/stream HTTP/1.1\r\n{head}\r\n".encode())
    got = b""
    while b": stream" not in got:
        byte = connection.recv(1)
        assert byte, f"the stream was not opened: {got.decode()}"
        got += byte
    return connection


async def read(stream: Any) -> list[str]:
    seen: list[str] = []
    async for event in stream:
        seen.append(event.id)
        if event.type == "session.status_idle":
            await stream.close()
            return seen
    return seen


async def follow(mock: MockDreams, session: str, readers: int) -> list[list[str]]:
    """What each of so many streams gets of a turn."""
    async with mock.async_client() as client:
        opened = [await client.beta.sessions.events.stream(session) for _ in range(readers)]
        hello: Any = message("Speak.")
        await client.beta.sessions.events.send(session, events=[hello])
        async with asyncio.timeout(PATIENCE):
            return list(await asyncio.gather(*map(read, opened)))


async def test_every_reader_gets_every_event_once_and_in_order(mockdreams: MockDreams) -> None:
    session = talkative(mockdreams)
    seen = await follow(mockdreams, session, READERS)
    assert len(seen[0]) == len(set(seen[0])) == MESSAGES + 8
    assert all(each == seen[0] for each in seen)


@pytest.mark.deep
async def test_readers_that_stop_reading_or_vanish_hold_up_nobody(mockdreams: MockDreams) -> None:
    session = talkative(mockdreams, "x" * 50_000)
    stalled = [half_open(mockdreams, session, 4096) for _ in range(3)]
    for _ in range(3):
        half_open(mockdreams, session).close()
    try:
        seen = await follow(mockdreams, session, 3 if EXAMPLES else 2)
        assert all(each == seen[0] for each in seen)
        assert len(seen[0]) == MESSAGES + 8
    finally:
        for connection in stalled:
            connection.close()


@contextmanager
def over_the_socket(mock: MockDreams, session: str) -> Iterator[Iterator[bytes]]:
    """A stream, opened over a connection; what comes on it, from when somebody reads."""
    connection = half_open(mock, session, 4096)
    try:
        yield iter(lambda: connection.recv(1 << 16), b"")
    finally:
        connection.close()


@contextmanager
def in_process(mock: MockDreams, session: str) -> Iterator[Iterator[bytes]]:
    headers = {
        "x-api-key": mock.api_key,
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "managed-agents-2026-04-01",
    }
    client = httpx2.Client(transport=mock.transport, base_url="http://mockdreams.test", headers=headers)
    with client, client.stream("GET", f"/v1/sessions/{session}/events/stream") as response:
        yield response.iter_raw()


Opening = Callable[[MockDreams, str], AbstractContextManager[Iterator[bytes]]]


def said_to(readers: int, opening: Opening, mock: MockDreams) -> tuple[int, list[str], list[str]]:
    """The bytes that a turn of 4 MB takes while so many have opened a stream and read nothing.

    Also the ids that the first of them finds when it reads at last, and those of the events.
    """
    session = talkative(mock, "x" * LONG)
    scene = Scene(mock, mock.client(max_retries=0).beta)
    with ExitStack() as stack:
        opened = [stack.enter_context(opening(mock, session)) for _ in range(readers)]
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        scene.send(session, "Speak.")
        mock.clock.run_until_idle()
        events = [event.id for event in scene.beta.sessions.events.list(session)]
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
        seen = bytearray()
        while b"event: session.status_idle" not in seen[-5000:]:
            seen += next(opened[0])
        return taken, re.findall(r'^data: {"id":"(sevt_\w+)', seen.decode(), re.MULTILINE), events


@pytest.mark.off_schema
@pytest.mark.parametrize("opening", [over_the_socket, deep(in_process)])
def test_readers_that_read_nothing_cost_a_fixed_amount_and_lose_nothing(
    mockdreams: MockDreams, opening: Opening
) -> None:
    tracemalloc.start()
    try:
        few, _, _ = said_to(2, opening, mockdreams)
        many, seen, events = said_to(2 + READERS, opening, mockdreams)
    finally:
        tracemalloc.stop()
    said = MESSAGES * LONG
    assert few > said
    assert many - few < READERS * said / 10
    assert sorted(seen) == sorted(events)


def test_a_reader_that_pauses_misses_nothing(scene: Scene) -> None:
    session = scene.session()
    with scene.beta.sessions.events.stream(session) as stream:
        for words in ("one", "two", "three"):
            pass_turn(scene, session, message(words))
        events = listed(scene, session)
        seen = [next(stream).to_dict()["id"] for _ in events]
    assert sorted(map(str, seen)) == sorted(event["id"] for event in events)


@pytest.mark.parametrize("speed", [60, 3600, 1_000_000])
@pytest.mark.mockdreams(clock="real")
def test_a_stream_opened_just_after_a_message_sees_the_turn_at_any_speed(scene: Scene, speed: float) -> None:
    scene.mock.clock.speed = speed
    session = scene.session()
    for words in ("one", "two"):
        scene.send(session, words)
        with scene.beta.sessions.events.stream(session) as stream:
            types = []
            for event in stream:
                types.append(event.type)
                if event.type == "session.status_idle":
                    break
        assert types[0] == "session.status_running"
        assert "agent.message" in types


@pytest.mark.parametrize("ended", ["archived", "terminated"])
def test_the_stream_of_an_ended_session_is_open_and_silent(scene: Scene, ended: str) -> None:
    session = scene.session("Hello.")
    if ended == "archived":
        scene.beta.sessions.archive(session)
    else:
        scene.mock.sessions.script([[{"terminate": True}]])
        pass_turn(scene, session, message("Go."))
    with scene.beta.sessions.events.stream(session) as stream:
        scene.mock.clock.advance(hours=1)
        scene.beta.sessions.delete(session)
        assert [event.type for event in stream] == ["session.deleted"]


async def test_the_server_notices_that_a_reader_is_gone() -> None:
    app = Application(Workspaces())
    sent: list[dict[str, Any]] = []
    opened = asyncio.Event()

    async def call(method: str, path: str, body: bytes = b"") -> bytes:
        scope = _scope(method, path)
        sent.clear()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(part: Any) -> None:
            sent.append(part)

        await app(scope, receive, send)
        return b"".join(part.get("body", b"") for part in sent)

    agent = json.loads(await call("POST", "/v1/agents", b'{"name": "a", "model": "claude-opus-4-8"}'))["id"]
    environment = json.loads(await call("POST", "/v1/environments", b'{"name": "e"}'))["id"]
    body = json.dumps({"agent": agent, "environment_id": environment}).encode()
    session = json.loads(await call("POST", "/v1/sessions", body))["id"]

    async def leave() -> dict[str, Any]:
        await opened.wait()
        return {"type": "http.disconnect"}

    async def open_(part: Any) -> None:
        opened.set()

    async with asyncio.timeout(PATIENCE):
        await app(_scope("GET", f"/v1/sessions/{session}/events/stream"), leave, open_)


def _scope(method: str, path: str) -> dict[str, Any]:
    headers = [
        (b"x-api-key", b"sk-ant-gone"),
        (b"anthropic-version", b"2023-06-01"),
        (b"anthropic-beta", b"managed-agents-2026-04-01"),
    ]
    return {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
