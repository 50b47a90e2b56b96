"""The pytest plugin, by running pytest inside pytest."""

import subprocess
import sys
from os import sep

import pytest

from tests.support.inner_pytest import run_pytest
from tests.support.plugin_example import EXAMPLE


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_what_a_user_writes_works(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(EXAMPLE)
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function")
    result = run_pytest(pytester, "-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=11)


def test_options_and_fixtures_are_listed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("")
    fixtures = run_pytest(pytester, "--fixtures")
    fixtures.stdout.fnmatch_lines(
        ["mockdreams_server *", "*The server of this test*", "mockdreams -- *", "*A fresh world*"]
    )
    run_pytest(pytester, "--markers").stdout.fnmatch_lines(["@pytest.mark.mockdreams(clock=*"])
    run_pytest(pytester, "--help").stdout.fnmatch_lines(["*--mockdreams-clock*"])


def test_the_option_chooses_the_clock(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test(mockdreams): assert mockdreams.clock.mode == 'manual'")
    run_pytest(pytester, "--mockdreams-clock", "manual").assert_outcomes(passed=1)


def test_a_mistaken_marker_is_an_error_that_says_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.mockdreams(clock="lunar")
        def test_value(mockdreams): pass

        @pytest.mark.mockdreams(strikt=True)
        def test_name(mockdreams): pass

        @pytest.mark.mockdreams("manual")
        def test_position(mockdreams): pass

        @pytest.mark.mockdreams(scenario="slow-nigth")
        def test_scenario(mockdreams): pass

        @pytest.mark.mockdreams(load={"memory_stors": []}, now="wall")
        def test_seed(mockdreams): pass
        """
    )
    result = run_pytest(pytester)
    result.assert_outcomes(errors=5)
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line(f"*{sep}mockdreams{sep}*.py*")
    result.stdout.fnmatch_lines(["slow-nigth is not a scenario: no such file; did you mean slow-night?"])
    result.stdout.fnmatch_lines(["the document is not a seed world: now: Field required"])
    result.stdout.fnmatch_lines(["*clock must be real, auto or manual, not 'lunar'*"])
    result.stdout.fnmatch_lines(["the marker mockdreams has no `strikt`; did you mean `strict`?"])
    result.stdout.fnmatch_lines(["the marker mockdreams takes keywords only, such as clock='manual'"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "mockdreams_clock=lunar"], "mockdreams_clock must be auto, manual or real, not 'lunar'"),
        (["-o", "mockdreams_profile=docs-2026-9"], "no profile 'docs-2026-9'; did you mean docs-2026-09?"),
        (["--mockdreams-profile", "docs-2026-9"], "no profile 'docs-2026-9'; did you mean docs-2026-09?"),
        (["-o", "mockdreams_strict=maybe"], "invalid truth value 'maybe'"),
        (
            ["-o", "mockdreams_policy=enrolled: false"],
            "mockdreams_policy: 'enrolled: false' is not a field = JSON value",
        ),
        (["-o", "mockdreams_policy=enroled = false"], "the policy has no `enroled`; did you mean `enrolled`?"),
        (["-o", "mockdreams_now=soon"], "now must be \"wall\" or a time such as *, not 'soon'"),
    ],
)
def test_a_mistaken_setting_ends_the_run_before_it_begins(
    pytester: pytest.Pytester, arguments: list[str], said: str
) -> None:
    pytester.makepyfile("def test(mockdreams): pass")
    result = run_pytest(pytester, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *{said}"])


def test_a_failing_test_tells_the_story_of_its_world(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_fails(mockdreams):
            for name in ("Mine", "Yours"):
                mockdreams.http.post("/v1/memory_stores", json={"name": name})
            mockdreams.http.get("/v1/memory_stores?limit=1")
            mockdreams.http.get("/v1/dreams", headers={"anthropic-beta": ""})
            assert False

        def test_passes(mockdreams):
            mockdreams.http.get("/v1/agents/agent_never_told")
        """
    )
    result = run_pytest(pytester, "--junitxml=junit.xml")
    result.assert_outcomes(failed=1, passed=1)
    assert (pytester.path / "junit.xml").read_text().count("x 2") == 1
    result.stdout.fnmatch_lines(
        [
            "*- mockdreams -*",
            "clock: auto, 2026-01-01 00:00:00",
            "last requests:",
            "  POST /v1/memory_stores -> 200 x 2",
            "  GET /v1/memory_stores?limit=1 -> 200 (1 item)",
            "  GET /v1/dreams -> 404 not_found_error: * (the request lacks the header anthropic-beta: *)",
        ]
    )
    result.stdout.no_fnmatch_line("*agent_never_told*")


@pytest.mark.process
def test_the_plugin_imports_nothing_heavy() -> None:
    """It is loaded in every run of every project that has us installed."""
    code = """
import sys, pytest
before = set(sys.modules)
import mockdreams, mockdreams.pytest_plugin
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "['mockdreams']\n"
