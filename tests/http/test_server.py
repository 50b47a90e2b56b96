"""`mockdreams serve`, as a process of its own."""

import signal
import socket
import threading
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic

from tests.support.helpers import HANG_GUARD
from tests.support.servers import IN_MEMORY, command, serving

pytestmark = pytest.mark.process


def clock(url: str, key: str = "sk-ant-test") -> Any:
    return httpx2.get(f"{url}/_mockdreams/clock", headers={"x-api-key": key}).json()


def test_it_takes_a_free_port_and_serves_the_sdk() -> None:
    with (
        serving("--port", "0", "--clock", "auto") as (url, _),
        Anthropic(api_key="sk-ant-test", base_url=url) as client,
    ):
        store = client.beta.memory_stores.create(name="Notes")
        assert [each.id for each in client.beta.memory_stores.list()] == [store.id]
        assert httpx2.get(f"{url}/_mockdreams/health").json() == {"status": "ok", "profile": "current"}


def test_the_default_clock_is_real_and_sixty_times_as_fast() -> None:
    with serving("--port", "0") as (url, _):
        assert clock(url)["mode"] == "real"
        assert clock(url)["speed"] == 60


def test_keys_are_worlds() -> None:
    with (
        serving("--port", "0") as (url, _),
        Anthropic(api_key="sk-one", base_url=url) as one,
        Anthropic(api_key="sk-two", base_url=url) as two,
    ):
        one.beta.memory_stores.create(name="Notes")
        assert len(one.beta.memory_stores.list().data) == 1
        assert two.beta.memory_stores.list().data == []


def test_environment_mirrors_options_and_flags_win() -> None:
    env = {"MOCKDREAMS_PORT": "0", "MOCKDREAMS_CLOCK": "manual", "MOCKDREAMS_SPEED": "7"}
    with serving("--clock", "auto", "--now", "2026-03-05T23:00:00+01:00", env=env) as (url, _):
        told = clock(url)
        assert (told["mode"], told["speed"], told["now"]) == ("auto", 7, "2026-03-05T22:00:00Z")


def test_load_fills_every_new_world() -> None:
    with (
        serving("--port", "0", "--load", "messy-store", "--clock", "auto") as (url, _),
        Anthropic(api_key="sk-any", base_url=url) as client,
    ):
        assert len(client.beta.memory_stores.list().data) == 1
        assert len(client.beta.sessions.list().data) == 10


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("streaming", [False, True])
def test_it_ends_cleanly(how: signal.Signals, streaming: bool) -> None:
    with serving("--port", "0") as (url, process), Anthropic(api_key="sk-ant-test", base_url=url) as client:
        streams = []
        if streaming:
            agent = client.beta.agents.create(name="Helper", model="claude-opus-4-8")
            environment = client.beta.environments.create(name="Cloud")
            session = client.beta.sessions.create(agent=agent.id, environment_id=environment.id)
            streams = [client.beta.sessions.events.stream(session.id) for _ in range(3)]
        process.send_signal(how)
        output, errors = process.communicate(timeout=HANG_GUARD)
        assert process.returncode == 0
        assert (output, errors) == ("", IN_MEMORY)
        assert [list(stream) for stream in streams] == [[]] * len(streams)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_in_the_moment_when_it_is_ready(how: signal.Signals) -> None:
    with serving("--port", "0") as (_, process):
        process.send_signal(how)
        output, errors = process.communicate(timeout=HANG_GUARD)
        assert (process.returncode, output, errors) == (0, "", IN_MEMORY)


def test_requests_in_the_moment_when_it_is_ready_are_answered() -> None:
    request = b"GET /_mockdreams/clock HTTP/1.1\r\nhost: localhost\r\nx-api-key: sk-%d\r\nconnection: close\r\n\r\n"
    with serving("--port", "0") as (url, _), ExitStack() as connected:
        host, port = url.removeprefix("http://").split(":")
        connections = [
            connected.enter_context(socket.create_connection((host, int(port)), timeout=HANG_GUARD)) for _ in range(50)
        ]
        for index, connection in enumerate(connections):
            connection.sendall(request % index)
        for connection in connections:
            answer = connection.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.1 200 OK")
            assert b'"mode": "real"' in answer


def test_end_idle_streams_ends_a_stream_with_its_turn() -> None:
    with (
        serving("--port", "0", "--clock", "auto", "--end-idle-streams") as (url, _),
        Anthropic(api_key="sk-ant-test", base_url=url) as client,
    ):
        agent = client.beta.agents.create(name="Helper", model="claude-opus-4-8")
        environment = client.beta.environments.create(name="Cloud")
        message: Any = {"type": "user.message", "content": [{"type": "text", "text": "Hi."}]}
        session = client.beta.sessions.create(agent=agent.id, environment_id=environment.id, initial_events=[message])
        assert [event.type for event in client.beta.sessions.events.stream(session.id)][-1] == "session.status_idle"
        assert list(client.beta.sessions.events.stream(session.id)) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--clock", "lunar"], "--clock"),
        (["serve", "--speed", "0"], "--speed"),
        (["serve", "--load", "no-such-world"], "messy-store"),
        (["serve", "--load", "pyproject.toml"], "not a seed world"),
        (["serve", "--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_options_end_with_2_before_anything_starts(arguments: list[str], said: str) -> None:
    process = command(*arguments, forked=True)
    output, errors = process.communicate(timeout=HANG_GUARD)
    assert process.returncode == 2
    assert said in errors
    assert output == ""
    assert "Traceback" not in errors


def test_a_taken_port_ends_with_2() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = command("serve", "--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=HANG_GUARD)
    assert process.returncode == 2
    assert "cannot listen" in errors


def test_version_and_help() -> None:
    for option in ("--version", "--help"):
        process = command(option)
        output, _ = process.communicate(timeout=HANG_GUARD)
        assert process.returncode == 0
        assert "mockdreams" in output


def test_a_busy_world_delays_no_other() -> None:
    """While one world is held by somebody, requests to another are answered."""
    from mockdreams import MockDreams
    from mockdreams.harness.handle import default_server

    with MockDreams() as busy, MockDreams() as other:
        held, release = threading.Event(), threading.Event()

        def hold() -> None:
            with default_server.places.get_or_create(busy.api_key).world.lock:
                held.set()
                release.wait(HANG_GUARD)

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(HANG_GUARD)
        blocked = threading.Thread(target=busy.http.get, args=("/v1/dreams",))
        blocked.start()
        assert other.http.get("/v1/dreams", timeout=HANG_GUARD).status_code == 200
        assert blocked.is_alive()
        release.set()
        holder.join(HANG_GUARD)
        blocked.join(HANG_GUARD)
        assert not blocked.is_alive()
