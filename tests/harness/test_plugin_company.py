"""The fixture beside the other plugins that people use, and what it leaves behind: pytest inside pytest."""

import json
import sys
import xml.etree.ElementTree as ET

import pytest

from tests.support.inner_pytest import UNNEEDED, run_pytest
from tests.support.warm_commands import programs

STRICT = ("-W", "error", "-p", "no:cacheprovider")
ASYNCIO = "[pytest]\nasyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function"
MANY = """
    import pytest

    STORES = "/v1/memory_stores"

    @pytest.mark.parametrize("n", range(12))
    def test_alone_in_its_world(mockdreams, n):
        assert mockdreams.http.get(STORES).json()["data"] == []
        mockdreams.http.post(STORES, json={"name": f"Store {n}"})
        assert [store["name"] for store in mockdreams.http.get(STORES).json()["data"]] == [f"Store {n}"]

    def test_same_ids_wherever_and_in_whatever_order_it_runs(mockdreams):
        store = mockdreams.http.post(STORES, json={"name": "Mine"}).json()
        with open(__file__ + ".ids", "a") as ids:
            print(store["id"], file=ids)
"""
SUITE = """
    import pytest

    def test_one(mockdreams):
        assert mockdreams.http.post("/v1/memory_stores", json={"name": "Notes"}).status_code == 200

    @pytest.mark.mockdreams(scenario="not-enrolled")
    def test_two(mockdreams):
        assert mockdreams.http.get("/v1/dreams").status_code == 404

    def test_that_fails_is_counted_too(mockdreams):
        mockdreams.faults.add("* /v1/**", status=529, times=None)
        assert mockdreams.http.get("/v1/dreams").status_code == 200

    def test_without_a_world():
        pass
"""
LEAKS = """
    import asyncio, gc, os, threading
    import pytest

    def sockets():
        links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
        return sum(os.readlink(link).startswith("socket:") for link in links if os.path.exists(link))

    @pytest.fixture(scope="session", autouse=True)
    def nothing_is_left_running():
        threads, opened = threading.active_count(), sockets()
        yield
        gc.collect()
        assert [thread.name for thread in threading.enumerate()] == ["MainThread"]
        assert sockets() == opened

    @pytest.mark.parametrize("n", range(5))
    def test_with_a_client_and_a_stream_left_open(mockdreams, n):
        client = mockdreams.client()
        agent = client.beta.agents.create(name="A", model="claude-opus-4-8")
        environment = client.beta.environments.create(name="E")
        session = client.beta.sessions.create(agent=agent.id, environment_id=environment.id)
        stream = client.beta.sessions.events.stream(session.id)
        mockdreams.http.get("/v1/memory_stores")
        assert stream.response.status_code == 200
"""


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)


def test_xdist_and_randomly(pytester: pytest.Pytester) -> None:
    """Every worker has a server of its own, and tells what was met there.

    Order and place of a test change nothing about its world.
    """
    module = pytester.makepyfile(test_many=MANY)
    pytester.makeini(ASYNCIO.format(mode="strict"))
    run_pytest(pytester, *STRICT, "-n", "0", "-p", "randomly", "--randomly-seed=2").assert_outcomes(passed=13)
    pytester.makepyfile(test_suite=SUITE)
    workers = ("--dist", "load", "--tx", f"2*popen//python={programs() / 'python'}")  # as -n 2
    options = ("--mockdreams-coverage", "--mockdreams-coverage-json", "met.json", "--junitxml", "junit.xml")
    result = run_pytest(pytester, *STRICT, *workers, "-p", "randomly", "--randomly-seed=1", *options)
    result.assert_outcomes(passed=13 + 3, failed=1)
    ids = (module.parent / f"{module.name}.ids").read_text().split()
    assert len(ids) == 2
    assert len(set(ids)) == 1
    result.stdout.fnmatch_lines(
        [
            "*= mockdreams coverage =*",
            "dreams: 0 of 3 met",
            "error types: 2 of 13 met: not_found_error, overloaded_error",
            "statuses: 2 of 13 met: 404, 529",
            "hints: 1 of 5 met: the organization is not enrolled",
            "never met, and what provokes it in a test:",
            "  dreams: failed: mockdreams.dreams.script(fail=*",
        ]
    )
    told = json.loads((pytester.path / "met.json").read_text())
    assert told["tests"] == 13 + 3
    assert told["groups"]["statuses"]["met"] == ["404", "529"]
    properties = {
        each.get("name"): each.get("value") for each in ET.parse(pytester.path / "junit.xml").iter("property")
    }
    assert properties["mockdreams.coverage.statuses"] == "2 of 13 met: 404, 529"


def test_asyncio_in_strict_mode(pytester: pytest.Pytester) -> None:
    pytester.makeini(ASYNCIO.format(mode="strict"))
    pytester.makepyfile(
        """
        import asyncio
        import anthropic
        import pytest

        @pytest.mark.asyncio
        async def test_async(mockdreams):
            async with anthropic.AsyncAnthropic() as client:
                stores = await asyncio.gather(*(client.beta.memory_stores.create(name=str(n)) for n in range(5)))
                assert len({store.id for store in stores}) == 5

        @pytest.mark.asyncio
        @pytest.mark.mockdreams(clock="manual", virtual_sleep=True)
        async def test_asleep(mockdreams):
            before = mockdreams.clock.now()
            await asyncio.sleep(3600)
            assert (mockdreams.clock.now() - before).total_seconds() == 3600
        """
    )
    run_pytest(pytester, *STRICT).assert_outcomes(passed=2)


def test_anyio(pytester: pytest.Pytester) -> None:
    pytester.makeini(ASYNCIO.format(mode="strict"))
    pytester.makepyfile(
        """
        import anthropic
        import anyio
        import pytest

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_async(mockdreams, anyio_backend):
            async with anthropic.AsyncAnthropic() as client, anyio.create_task_group() as group:
                for n in range(5):
                    group.start_soon(lambda: client.beta.memory_stores.create(name="Notes"))
            assert mockdreams.requests.count("POST /v1/memory_stores", status=200) == 5
        """
    )
    run_pytest(pytester, *STRICT, "-p", "anyio").assert_outcomes(passed=1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts sockets in /proc")
def test_nothing_is_left_behind(pytester: pytest.Pytester) -> None:
    pytester.makeini(ASYNCIO.format(mode="strict"))
    pytester.makepyfile(LEAKS)
    run_pytest(pytester, *STRICT, "-p", "no:randomly").assert_outcomes(passed=5)


def test_a_run_that_uses_nothing_of_ours_starts_nothing(pytester: pytest.Pytester) -> None:
    pytester.makeini(ASYNCIO.format(mode="strict"))
    pytester.makepyfile(
        """
        import sys, threading

        def test_nothing():
            ours = sorted(name for name in sys.modules if name.startswith("mockdreams"))
            assert ours == ["mockdreams", "mockdreams.pytest_plugin"]
            assert "anthropic" not in sys.modules and "uvicorn" not in sys.modules
            assert threading.active_count() == 1
        """
    )
    pytester.runpytest_subprocess(*STRICT, *(f"-pno:{name}" for name in UNNEEDED)).assert_outcomes(passed=1)
