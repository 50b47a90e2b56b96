"""Workers of pytest-xdist that are forked from one process, which has imported already what they will collect.

Two that import it themselves take 13 CPU seconds before their first test; forked, 7, and each further one takes 1.5.
"""

import multiprocessing.forkserver

import pytest

from tests.support.inner_pytest import forking
from tests.support.warm_commands import programs

PRELOAD = "tests.support.worker_preload"
ARGUMENTS = "MOCKDREAMS_TEST_PRELOAD"
"""The variable with the arguments of pytest by which a run collects, one a line."""


def warm_python(config: pytest.Config) -> str:
    """The program that stands for Python in the workers of this run."""
    forking.set_forkserver_preload([PRELOAD])
    collecting = [*(["--quick"] if config.getoption("--quick") else []), *config.args]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ARGUMENTS, "\n".join(collecting))
        multiprocessing.forkserver.ensure_running()
    return str(programs() / "python")
