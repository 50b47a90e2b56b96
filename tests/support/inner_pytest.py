"""Pytest inside pytest, in a process of its own that has imported everything already.

Those imports take longer than all else that such a run does. A test of what is imported, and when, takes
`pytester.runpytest_subprocess` instead.
"""

import time

import pytest

from tests.support.warm_commands import run

UNNEEDED = ("schemathesis", "hypothesispytest", "faker", "randomly", "pytest_cov")
"""Plugins of the environment that take a second to load; `-p randomly` asks for one of them all the same."""


def run_pytest(pytester: pytest.Pytester, *arguments: str, stage: str = "ready") -> pytest.RunResult:
    """As `pytester.runpytest_subprocess`; at the stage `fresh` nothing of ours or of the SDK has been imported."""
    without = [f"-pno:{name}" for name in UNNEEDED]
    wanted = [f"--basetemp={pytester.path / 'inner'}", *without, *arguments]
    printed = [pytester.path / f"inner.{name}" for name in ("out", "err")]
    begun = time.perf_counter()
    with printed[0].open("w") as out, printed[1].open("w") as err:
        ended = run(stage, "-m", "pytest", *wanted, directory=pytester.path, out=out, err=err)
    told, complained = (path.read_text().splitlines() for path in printed)
    print(*told, *complained, sep="\n")
    return pytest.RunResult(ended, told, complained, time.perf_counter() - begun)
