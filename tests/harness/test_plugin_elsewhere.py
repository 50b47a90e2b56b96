"""The fixture against a running server, and against what is no mockdreams server: pytest inside pytest."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from tests.support.inner_pytest import run_pytest
from tests.support.plugin_example import EXAMPLE
from tests.support.servers import serving

INI = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function"
LEVERS = """
    import time
    from datetime import UTC, datetime
    from decimal import Decimal

    import anthropic
    import pytest

    def start(mock):
        beta = mock.client().beta
        agent = beta.agents.create(name="A", model="claude-opus-4-8")
        environment = beta.environments.create(name="E")
        session = beta.sessions.create(agent=agent.id, environment_id=environment.id)
        store = beta.memory_stores.create(name="Notes")
        inputs = [
            {"type": "memory_store", "memory_store_id": store.id},
            {"type": "sessions", "session_ids": [session.id]},
        ]
        return beta.dreams.create(inputs=inputs, model="claude-opus-4-8")

    def test_faults(mockdreams):
        mockdreams.faults.add("GET /v1/memory_stores", status=529, times=2)
        assert len(list(mockdreams.faults)) == 1
        mockdreams.client().beta.memory_stores.list()
        assert mockdreams.requests.count("GET /v1/memory_stores") == 3
        assert mockdreams.requests.count(status=529) == 2
        mockdreams.faults.add("POST /v1/*", status=400)
        mockdreams.faults.clear()
        assert list(mockdreams.faults) == []
        with pytest.raises(ValueError, match="status"):
            mockdreams.faults.add("POST /v1/*", status=200)

    def test_requests(mockdreams):
        mockdreams.client().beta.memory_stores.create(name="Notes")
        called = mockdreams.requests.assert_called("POST /v1/memory_stores", times=1, body={"name": "Notes"})
        assert called.status == 200
        assert called.response["name"] == "Notes"
        assert called.at == mockdreams.clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
        assert mockdreams.api_key not in str(called.headers)
        assert str(mockdreams.requests[0]) == "POST /v1/memory_stores -> 200"
        mockdreams.requests.assert_not_called("DELETE /v1/*")
        with pytest.raises(AssertionError, match="it never came(.|\\n)*clock: auto"):
            mockdreams.requests.assert_called("POST /v1/dreams")
        mockdreams.requests.clear()
        assert len(mockdreams.requests) == 0

    def test_scripts_and_cost(mockdreams):
        mockdreams.dreams.script(usage={"input_tokens": 1_000_000}, fail="timeout", message="too slow")
        assert len(list(mockdreams.dreams)) == 1
        dream = start(mockdreams)
        mockdreams.clock.run_until_idle()
        dream = mockdreams.client().beta.dreams.retrieve(dream.id)
        assert (dream.status, dream.error.type, dream.error.message) == ("failed", "timeout", "too slow")
        assert mockdreams.dreams.cost(dream.id) == Decimal(5)
        with pytest.raises(LookupError):
            mockdreams.dreams.cost("drm_none")
        mockdreams.dreams.script(hang="running")
        mockdreams.dreams.clear()
        mockdreams.sessions.script([["Hello."]])
        assert len(list(mockdreams.sessions)) == 1
        mockdreams.sessions.clear()
        assert list(mockdreams.sessions) == list(mockdreams.dreams) == []
        with pytest.raises(ValueError, match="hang"):
            mockdreams.dreams.script(hang="never")

    @pytest.mark.mockdreams(clock="manual")
    def test_clock(mockdreams):
        clock = mockdreams.clock
        begun = clock.now()
        assert (clock.advance(hours=1, seconds=1) - begun).total_seconds() == 3601
        clock.sleep(9)
        assert (clock.time - begun).total_seconds() == 3610
        clock.move_to(datetime(2026, 2, 1, tzinfo=UTC))
        assert clock.now() == datetime(2026, 2, 1, tzinfo=UTC)
        with pytest.raises(ValueError, match="time only moves forward"):
            clock.move_to(begun)
        clock.speed = 7
        assert clock.speed == 7
        clock.mode = "auto"
        clock.freeze()
        assert clock.mode == "manual"
        clock.resume()
        assert clock.mode == "auto"

    @pytest.mark.mockdreams(clock="manual", virtual_sleep=True)
    def test_an_hour_passes_at_once(mockdreams):
        mockdreams.dreams.script(hang="running")
        dream, deadline = start(mockdreams), time.monotonic() + 3600
        while time.monotonic() < deadline:
            assert anthropic.Anthropic().beta.dreams.retrieve(dream.id).status in ("pending", "running")
            time.sleep(600)
        assert mockdreams.clock.now().hour == 1

    @pytest.mark.mockdreams(policy={"dreams_per_day": 1})
    def test_policy(mockdreams):
        assert mockdreams.policy.dreams_per_day == 1
        start(mockdreams)
        mockdreams.clock.mode = "manual"
        with pytest.raises(anthropic.RateLimitError):
            start(mockdreams)
        mockdreams.policy.dreams_per_day = None
        assert mockdreams.policy.dreams_per_day is None

    def test_snapshots(mockdreams):
        dream = start(mockdreams)
        snapshot = mockdreams.snapshot()
        mockdreams.clock.run_until_idle()
        mockdreams.restore(snapshot)
        assert [each.status for each in mockdreams.client().beta.dreams.list()] == ["running"]
        mockdreams.reset()
        assert mockdreams.client().beta.dreams.list().data == []
        with pytest.raises(ValueError, match="not a snapshot"):
            mockdreams.restore({})

    @pytest.mark.mockdreams(load="messy-store")
    def test_reset_begins_with_the_seed_again(mockdreams):
        store = mockdreams.client().beta.memory_stores.list().data[0]
        mockdreams.client().beta.memory_stores.delete(store.id)
        mockdreams.reset()
        assert mockdreams.client().beta.memory_stores.list().data == [store]

    def test_a_stream(mockdreams):
        dream = start(mockdreams)
        while dream.session_id is None:
            dream = mockdreams.client().beta.dreams.retrieve(dream.id)
        with mockdreams.client().beta.sessions.events.stream(dream.session_id) as stream:
            for event in stream:
                if event.type == "session.status_idle":
                    break
        assert mockdreams.client().beta.dreams.retrieve(dream.id).status == "completed"
"""
REAL = """
    import os, time
    import pytest

    def test_of_the_fake(mockdreams):
        mockdreams.faults.add("POST /v1/dreams", status=529)

    @pytest.mark.mockdreams(real=True, virtual_sleep=True)
    def test_of_both(mockdreams):
        assert mockdreams.url == os.environ["ANTHROPIC_BASE_URL"]
        assert mockdreams.client().beta.memory_stores.list().data == []
        assert mockdreams.http.get("/v1/x").status_code == 200
        begun = time.monotonic()
        mockdreams.clock.sleep(0.01)
        assert time.monotonic() - begun >= 0.01

    @pytest.mark.mockdreams(real=True)
    def test_that_forgets_where_it_runs(mockdreams):
        mockdreams.dreams.script(fail="timeout")
"""


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving("--port", "0") as (url, _):
        yield url


@pytest.fixture
def other_server() -> Iterator[str]:
    """Something that answers everything, and is not ours."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ours = self.path.startswith("/_mockdreams/")
            answer = b'{"data": [], "next_page": null}'
            self.send_response(404 if ours else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


def test_every_lever_works_on_a_running_server(pytester: pytest.Pytester, server: str) -> None:
    pytester.makepyfile(LEVERS)
    pytester.makeini(INI)
    result = run_pytest(pytester, "-W", "error", "--mockdreams-url", server)
    result.assert_outcomes(passed=LEVERS.count("def test_"))


def test_what_a_user_writes_works_on_a_running_server(pytester: pytest.Pytester, server: str) -> None:
    pytester.makepyfile(EXAMPLE)
    pytester.makeini(f"{INI}\nmockdreams_url = {server}/")
    run_pytest(pytester, "-W", "error", "-p", "no:cacheprovider").assert_outcomes(passed=11)


def test_no_world_is_left_behind_on_the_server(pytester: pytest.Pytester, server: str) -> None:
    pytester.makepyfile(
        """
        def test(mockdreams):
            mockdreams.client().beta.memory_stores.create(name="Mine")
            print("key", mockdreams.api_key)
        """
    )
    result = run_pytest(pytester, "--mockdreams-url", server, "-s")
    shown = re.search("key (\\S+)", result.stdout.str())
    assert shown is not None
    key = shown[1]
    told = httpx2.get(f"{server}/_mockdreams/requests", headers={"x-api-key": key}).json()
    assert told == {"data": []}
    again = run_pytest(pytester, "--mockdreams-url", server, "-s")
    assert key not in again.stdout.str()


def test_a_failing_test_tells_the_story_of_its_world(pytester: pytest.Pytester, server: str) -> None:
    pytester.makepyfile(
        """
        def test_fails(mockdreams):
            mockdreams.http.get("/v1/dreams", headers={"anthropic-beta": ""})
            assert False
        """
    )
    result = run_pytest(pytester, "--mockdreams-url", server)
    result.stdout.fnmatch_lines(["clock: auto, 2026-01-01 00:00:00", "*lacks the header anthropic-beta*"])


def test_what_cannot_be_sent_says_so(pytester: pytest.Pytester, server: str) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test(mockdreams):
            with pytest.raises(ValueError, match="a dreamer is a function"):
                mockdreams.dreams.script(dreamer=lambda inputs: [])
            with pytest.raises(NotImplementedError, match="no in-process transport"):
                mockdreams.transport
        """
    )
    run_pytest(pytester, "--mockdreams-url", server).assert_outcomes(passed=1)


def test_an_address_where_nothing_answers_says_so(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test(mockdreams): pass")
    result = run_pytest(pytester, "--mockdreams-url", "http://127.0.0.1:9")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no server answers at http://127.0.0.1:9: *"])


def test_against_the_real_service_only_tests_that_say_so_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, other_server: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-a-user")
    pytester.makepyfile(REAL)
    result = run_pytest(pytester, "--mockdreams-url", other_server, "-rs")
    result.assert_outcomes(passed=1, skipped=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*AttributeError: 'dreams' is a lever of the fake; this test runs against http://127.0.0.1:*",
            "*is no mockdreams server, and the test is not marked mockdreams(real=True)",
        ]
    )


def test_a_run_in_which_nothing_ran_there_is_an_error(pytester: pytest.Pytester, other_server: str) -> None:
    pytester.makepyfile("def test_one(mockdreams): pass\ndef test_two(mockdreams): pass")
    result = run_pytest(pytester, "--mockdreams-url", other_server)
    result.assert_outcomes(skipped=2)
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_the_real_service_wants_a_real_key(pytester: pytest.Pytester, other_server: str) -> None:
    pytester.makepyfile(REAL)
    result = run_pytest(pytester, "--mockdreams-url", other_server)
    result.assert_outcomes(errors=2, skipped=1)
    result.stdout.fnmatch_lines(["*ANTHROPIC_API_KEY is not set*"])
