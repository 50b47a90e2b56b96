"""Pytest inside pytest, in a process of its own that has imported everything already.

Those imports take longer than all else that such a run does. A server that does nothing but fork has made them once, as
`inner_preload` says. A test of what is imported, and when, takes `pytester.runpytest_subprocess` instead.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Mapping

import pytest

forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload(["tests.support.inner_preload"])
UNNEEDED = ("schemathesis", "hypothesispytest", "faker", "randomly", "pytest_cov")
"""Plugins of the environment that take a second to load; `-p randomly` asks for one of them all the same."""
IMPORTED = "Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning"
"""What pytest says of each plugin that is."""


def run_pytest(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """As `pytester.runpytest_subprocess`."""
    from tests.support.helpers import HANG_GUARD

    printed = [pytester.path / f"inner.{name}" for name in ("out", "err")]
    without = [f"-pno:{name}" for name in UNNEEDED]
    wanted = [f"--basetemp={pytester.path / 'inner'}", *without, *arguments, "-W", f"ignore:{IMPORTED}"]
    begun = time.perf_counter()
    process = forking.Process(target=_run, args=(wanted, str(pytester.path), dict(os.environ), list(map(str, printed))))
    process.start()
    process.join(HANG_GUARD)
    if process.exitcode is None:
        process.kill()
        pytest.fail(f"pytest inside pytest did not end:\n{printed[0].read_text()}")
    out, err = (path.read_text().splitlines() for path in printed)
    print(*out, *err, sep="\n")
    return pytest.RunResult(process.exitcode, out, err, time.perf_counter() - begun)


def _run(arguments: list[str], directory: str, environment: Mapping[str, str], printed: list[str]) -> None:
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, directory)
    sys.argv = ["pytest", *arguments]
    for number, path in enumerate(printed, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.exit(pytest.main(arguments))
