"""Pytest inside pytest, in a process of its own that has imported the SDK already.

That import takes longer than all else that such a run does. A server that does nothing but fork has made it once.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Mapping

import pytest

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["anthropic", "_pytest.pytester", "starlette.applications", "uvicorn"])

IMPORTED = "Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning"
"""What pytest says of a plugin (anyio's) that the SDK brings."""


def run_pytest(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """As `pytester.runpytest_subprocess`."""
    from tests.support.helpers import HANG_GUARD  # the other process imports this module, and nothing of ours

    printed = [pytester.path / f"inner.{name}" for name in ("out", "err")]
    wanted = [f"--basetemp={pytester.path / 'inner'}", *arguments, "-W", f"ignore:{IMPORTED}"]
    begun = time.perf_counter()
    process = _forking.Process(
        target=_run, args=(wanted, str(pytester.path), dict(os.environ), list(map(str, printed)))
    )
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
