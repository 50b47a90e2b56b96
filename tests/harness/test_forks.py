"""A handle that is used after a fork: what is made there has a server of its own, what was made before says so."""

import json
import multiprocessing
import os
import pickle
import select
import signal
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic

from mockdreams import MockDreams
from mockdreams.harness.backend import ELSEWHERE
from mockdreams.harness.handle import LocalServer
from mockdreams.harness.remote import RemoteServer
from tests.support.helpers import HANG_GUARD
from tests.support.spawned import greet

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
HEADERS = {"anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01"}
Act = Callable[[], Any]


def outcome(act: Act) -> Any:
    try:
        return act()
    except Exception as raised:
        return f"{type(raised).__name__}: {raised}"


def forked(act: Act) -> Any:
    """What an act returns, or raises, in a process that `os.fork` makes."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(outcome(act)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    try:
        assert select.select([reading], [], [], HANG_GUARD)[0], "the child hangs"
        return json.loads(os.read(reading, 1 << 16) or b'"nothing"')
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def multiprocessed(act: Act) -> Any:
    """The same, by `multiprocessing`."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sending.send(outcome(act)), daemon=True)
    process.start()
    try:
        assert receiving.poll(HANG_GUARD), "the child hangs"
        return receiving.recv()
    finally:
        process.kill()
        process.join()


FORKS = pytest.mark.parametrize("in_child", [forked, multiprocessed])


def life_of_its_own() -> dict[str, Any]:
    """A whole test, as pytest-forked runs one in a process of its own: over HTTP, and in process."""
    with MockDreams() as mock:
        mock.faults.add("GET /v1/dreams", status=529)
        answers = [mock.http.get("/v1/dreams").status_code for _ in range(2)]
        store = mock.client().beta.memory_stores.create(name="Notes")
        with httpx2.Client(transport=mock.transport, base_url="http://here", headers=HEADERS) as inside:
            inside.headers["x-api-key"] = mock.api_key
            name = inside.get(f"/v1/memory_stores/{store.id}").json()["name"]
        before = mock.clock.now()
        mock.clock.advance(hours=1)
        hours = (mock.clock.now() - before).total_seconds() / 3600
        return {
            "url": mock.url,
            "answers": answers,
            "name": name,
            "hours": hours,
            "calls": [each.call.replace(store.id, "ID") for each in mock.requests],
        }


@FORKS
@pytest.mark.long
def test_what_is_made_after_a_fork_has_a_server_of_its_own(
    mockdreams: MockDreams, in_child: Callable[[Act], Any]
) -> None:
    with httpx2.Client(transport=mockdreams.transport, base_url="http://here", headers=HEADERS) as inside:
        inside.get("/v1/memory_stores", headers={"x-api-key": mockdreams.api_key}).raise_for_status()
    alone, there = life_of_its_own(), in_child(life_of_its_own)
    assert there.pop("url") not in (alone.pop("url"), mockdreams.url)
    assert there == alone
    assert there["answers"] == [529, 200]
    assert len(mockdreams.requests) == 1, "nothing of it came here"


@FORKS
def test_a_handle_from_before_a_fork_says_where_its_world_is(
    mockdreams: MockDreams, in_child: Callable[[Act], Any]
) -> None:
    assert mockdreams.url
    transport = mockdreams.transport
    request = httpx2.Request("GET", "http://here/v1/dreams", headers={**HEADERS, "x-api-key": mockdreams.api_key})
    acts: list[Act] = [
        lambda: len(mockdreams.requests),
        lambda: mockdreams.faults.add("GET /v1/dreams", status=529),
        lambda: mockdreams.clock.advance(hours=1),
        lambda: mockdreams.policy.enrolled,
        lambda: mockdreams.snapshot(),
        lambda: mockdreams.reset(),
        lambda: mockdreams.story(),
        lambda: mockdreams.dreams.script(dreamer=lambda view: []),
        lambda: mockdreams.transport,
        lambda: mockdreams.async_transport,
        lambda: transport.handle_request(request).status_code,
    ]
    told = in_child(lambda: [outcome(act) for act in acts])
    assert told == [f"ControlError: {ELSEWHERE}"] * len(acts)
    assert "\n" not in ELSEWHERE


@FORKS
@pytest.mark.long
def test_a_handle_from_before_a_fork_still_asks_its_world_over_http(
    mockdreams: MockDreams, in_child: Callable[[Act], Any]
) -> None:
    before = mockdreams.client().beta.memory_stores.create(name="Notes").id
    url, http = mockdreams.url, mockdreams.http

    def ask() -> Any:
        with mockdreams.environ(), Anthropic() as client:
            by_environ = client.beta.memory_stores.retrieve(before).name
        made = mockdreams.http.post("/v1/memory_stores", json={"name": "Made there"}).json()["id"]
        again = mockdreams.http is not http
        mockdreams.close()
        return [mockdreams.url, by_environ, made, again]

    there_url, by_environ, made, again = in_child(ask)
    assert (there_url, by_environ, again) == (url, "Notes", True)
    assert {store.id for store in mockdreams.client().beta.memory_stores.list()} == {before, made}


@pytest.mark.long
def test_a_world_that_no_server_served_has_no_url_after_a_fork() -> None:
    with MockDreams(server=LocalServer()) as mock:
        assert forked(lambda: mock.url) == f"ControlError: {ELSEWHERE}"
        assert forked(lambda: repr(mock)) == "<MockDreams: ControlError>"


@pytest.mark.long
def test_a_child_keeps_neither_the_port_nor_the_connections_of_the_server() -> None:
    server = LocalServer()
    with MockDreams(server=server) as mock:
        mock.http.get("/v1/dreams").raise_for_status()
        release, hold = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(hold)
            os.read(release, 1)
            os._exit(0)
        try:
            mock.faults.add("GET /v1/dreams", drop="before")
            with pytest.raises(httpx2.RemoteProtocolError):
                mock.http.get("/v1/dreams", timeout=HANG_GUARD)
            server.stop()
            with pytest.raises(httpx2.ConnectError):
                mock.http.get("/v1/dreams", timeout=HANG_GUARD)
        finally:
            os.close(release)
            os.close(hold)
            os.waitpid(child, 0)


@pytest.mark.long
def test_a_handle_on_a_server_elsewhere_goes_on_after_a_fork(mockdreams: MockDreams) -> None:
    server = RemoteServer(mockdreams.url)
    with server.world(api_key="sk-elsewhere") as mock:
        mock.http.get("/v1/dreams").raise_for_status()
        here = server.http
        told = forked(lambda: [len(mock.requests), mock.http.get("/v1/dreams").status_code, server.http is not here])
        assert told == [1, 200, True]
        assert len(mock.requests) == 2
    server.stop()


@pytest.mark.process
def test_a_spawned_process_is_sent_the_url_and_the_key(mockdreams: MockDreams) -> None:
    with pytest.raises(TypeError, match="send its url and its api_key"):
        pickle.dumps(mockdreams)
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=greet, args=(mockdreams.url, mockdreams.api_key, sending), daemon=True)
    process.start()
    try:
        assert receiving.poll(HANG_GUARD), "the child hangs"
        name, url = receiving.recv()
    finally:
        process.kill()
        process.join()
    assert [store.name for store in mockdreams.client().beta.memory_stores.list()] == [name]
    assert url != mockdreams.url
