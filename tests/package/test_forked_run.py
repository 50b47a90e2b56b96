"""The runner of our own tests: none is lost, whatever becomes of the process that had it."""

import pytest

from tests.support.inner_pytest import run_pytest


@pytest.fixture(autouse=True)
def in_two_processes(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from tests.support.forked import ForkedRun

        def pytest_configure(config):
            config.pluginmanager.register(ForkedRun(2))
        """
    )


def test_every_test_has_its_report(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os
        import pytest

        @pytest.mark.parametrize("number", range(12))
        def test_passes(number):
            pass

        def test_fails():
            print("said on the way")
            assert 1 == 2

        @pytest.mark.parametrize("number", range(3))
        def test_ends_its_process(number):
            os._exit(0)

        @pytest.mark.skip
        def test_is_skipped():
            pass
        """
    )
    result = run_pytest(pytester)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=12, failed=4, skipped=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2", "*said on the way"])
    result.stdout.fnmatch_lines(["*the process ended with 0 in this test"])


def test_the_first_failure_ends_all_if_asked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_fails(): assert 1 == 2")
    result = run_pytest(pytester, "-x")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])


def test_what_a_process_finds_when_its_tests_are_over_fails_the_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import gc

        class Complaining:
            def __del__(self):
                raise ValueError("at the very end")

        def test_leaves_something():
            gc.disable()
            it = Complaining()
            it.itself = it
        """
    )
    result = run_pytest(pytester, "-W", "error", "-p", "no:asyncio")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*a process ended with 1 after its tests*"])
    result.stderr.fnmatch_lines(["*at the very end*"])
