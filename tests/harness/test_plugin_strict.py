"""What was prepared and never met, and requests that would have left the test: pytest inside pytest."""

from collections.abc import Iterator

import pytest

from tests.support.inner_pytest import run_pytest
from tests.support.servers import serving

PREPARED = """
    import pytest

    def test_met(mockdreams):
        fault = mockdreams.faults.add("GET /v1/dreams", status=529)
        assert (fault.hits, fault.used) == (0, False)
        mockdreams.http.get("/v1/dreams")
        assert (fault.hits, fault.used) == (1, True)
        assert mockdreams.http.get("/v1/dreams").json()["data"] == []
        assert fault.hits == 1

    def test_never_met(mockdreams):
        mockdreams.faults.add("POST /v1/dreams", status=529)
        script = mockdreams.dreams.script(hang="running")
        turn = mockdreams.sessions.script(["Hello."])
        assert (script.used, turn.hits) == (False, 0)

    def test_withdrawn(mockdreams):
        mockdreams.faults.add("POST /v1/dreams", status=529)
        mockdreams.faults.clear()

    @pytest.mark.mockdreams(strict=False)
    def test_not_strict(mockdreams):
        mockdreams.faults.add("POST /v1/dreams", status=529)
"""
ELSEWHERE = """
    import anthropic
    import pytest
    from mockdreams import UnexpectedHostError

    made_at_import = anthropic.Anthropic(api_key="sk-ant-real", base_url="http://service.invalid")
    made_async = anthropic.AsyncAnthropic(api_key="sk-ant-real", base_url="http://service.invalid")

    def test_guarded(mockdreams):
        with pytest.raises(UnexpectedHostError, match="service.invalid(.|\\n)*redirect(.|\\n)*allow_hosts"):
            made_at_import.beta.memory_stores.list()
        with pytest.raises(UnexpectedHostError, match="service.invalid"):
            made_at_import._client.get("/v1/memory_stores")

    @pytest.mark.mockdreams(allow_hosts=["service.invalid"])
    def test_allowed(mockdreams):
        with pytest.raises(anthropic.APIConnectionError):
            made_at_import.with_options(max_retries=0).beta.memory_stores.list()

    def test_redirected(mockdreams):
        with mockdreams.redirect(made_at_import):
            made_at_import.beta.memory_stores.create(name="One")
            made_at_import.with_options(max_retries=0).beta.memory_stores.create(name="Two")
            made_at_import.beta.memory_stores.with_raw_response.create(name="Three")
            assert made_at_import._client.get("/v1/memory_stores").request.url.host == "127.0.0.1"
        assert mockdreams.requests.count("POST /v1/memory_stores", status=200) == 3
        assert made_at_import._client.base_url.host == "service.invalid"
        assert (made_at_import.api_key, made_at_import.base_url.host) == ("sk-ant-real", "service.invalid")

    async def test_redirected_async(mockdreams):
        with mockdreams.redirect(made_async):
            await made_async.beta.memory_stores.create(name="One")
            assert (await made_async._client.get("/v1/memory_stores")).request.url.host == "127.0.0.1"
        assert mockdreams.requests.count("POST /v1/memory_stores", status=200) == 1
        with pytest.raises(UnexpectedHostError):
            await made_async.beta.memory_stores.list()
        with pytest.raises(UnexpectedHostError):
            await made_async._client.get("/v1/memory_stores")
"""
INI = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving("--port", "0") as (url, _):
        yield url


def test_who_is_not_strict_may_prepare_in_vain(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PREPARED)
    run_pytest(pytester).assert_outcomes(passed=4)


@pytest.mark.parametrize("remote", [False, True])
def test_strict_fails_what_prepared_in_vain(pytester: pytest.Pytester, server: str, remote: bool) -> None:
    """By the option against a running server, by the configuration file in process."""
    pytester.makepyfile(PREPARED)
    if not remote:
        pytester.makeini("[pytest]\nmockdreams_strict = true")
    result = run_pytest(pytester, *(("--mockdreams-strict", "--mockdreams-url", server) if remote else ()))
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "prepared and never met (mockdreams strict):",
            "fault 'POST /v1/dreams' status=529 was never met: *",
            "dream script {'hang': 'running'} was never taken: no dream was created",
            "session script * was never taken: *",
        ]
    )


def test_a_client_made_at_import_is_stopped_or_redirected(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ELSEWHERE)
    pytester.makeini(INI)
    run_pytest(pytester, "-W", "error").assert_outcomes(passed=4)


def test_an_sdk_that_is_imported_in_the_test_is_guarded_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys
        import pytest

        def test(mockdreams):
            assert "anthropic" not in sys.modules
            import anthropic
            from mockdreams import UnexpectedHostError
            with pytest.raises(UnexpectedHostError):
                anthropic.Anthropic(base_url="http://service.invalid").beta.memory_stores.list()
        """
    )
    run_pytest(pytester, stage="fresh").assert_outcomes(passed=1)


def test_the_environment_can_be_set_before_collection(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        app="""
        import anthropic

        client = anthropic.Anthropic()
        """,
        test_app="""
        import app
        import pytest

        @pytest.mark.parametrize("n", range(2))
        def test(mockdreams, n):
            assert app.client.beta.memory_stores.list().data == []
            app.client.beta.memory_stores.create(name="Mine")
            assert mockdreams.requests.count() == 2
        """,
    )
    pytester.makeini("[pytest]\nmockdreams_environ = true")
    run_pytest(pytester).assert_outcomes(passed=2)


def test_keys_of_the_configuration_stand_for_the_marker_where_a_test_has_none(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time
        import pytest

        def test_of_the_configuration(mockdreams):
            assert len(mockdreams.client().beta.memory_stores.list().data) == 1
            assert (mockdreams.policy.dreams_per_day, mockdreams.policy.enrolled) == (2, True)
            before = mockdreams.clock.now()
            time.sleep(3600)
            assert (mockdreams.clock.now() - before).total_seconds() >= 3600

        @pytest.mark.mockdreams(policy={"dreams_per_day": 5}, load=None)
        def test_of_its_own(mockdreams):
            assert mockdreams.policy.dreams_per_day == 5
            assert mockdreams.client().beta.memory_stores.list().data == []
        """
    )
    pytester.makeini(
        "[pytest]\nmockdreams_load = messy-store\nmockdreams_virtual_sleep = true\n"
        "mockdreams_policy =\n  dreams_per_day = 2\n  enrolled = true"
    )
    run_pytest(pytester).assert_outcomes(passed=2)


def test_a_proxy_in_the_environment_is_not_asked(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelled in (name, name.lower()):
            monkeypatch.setenv(spelled, "http://127.0.0.1:9")
    pytester.makepyfile(
        """
        import os
        import anthropic

        def test(mockdreams):
            assert anthropic.Anthropic(max_retries=0).beta.memory_stores.list().data == []
            assert mockdreams.client(max_retries=0).beta.memory_stores.list().data == []
            assert mockdreams.http.get("/v1/memory_stores").status_code == 200

        def test_afterwards():
            assert "NO_PROXY" not in os.environ
        """
    )
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    run_pytest(pytester).assert_outcomes(passed=2)


def test_the_report_of_a_failing_set_up_tells_of_its_world(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def prepared(mockdreams):
            mockdreams.http.get("/v1/memory_stores")
            raise RuntimeError("no set-up")

        def test(prepared): pass
        """
    )
    result = run_pytest(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*RuntimeError: no set-up", "*- mockdreams -*", "  GET /v1/memory_stores -> * (0 items)"]
    )


def test_the_report_is_told_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test(mockdreams): mockdreams.requests.assert_called('POST /v1/dreams')")
    result = run_pytest(pytester)
    assert result.stdout.str().count("clock: auto, 2026-01-01 00:00:00") == 1
