"""What the server that forks the workers of a run has imported before the first: all that they will collect."""

import gc
import os
from contextlib import redirect_stderr, redirect_stdout, suppress

import pytest

from tests.support.warm_workers import ARGUMENTS


class _ImportsOnly:
    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self) -> list[pytest.Item]:
        """Each worker makes the tests of a module itself."""
        return []


def _build_shapes() -> None:
    """Those of a world are built when they are first used."""
    from mockdreams import MockDreams  # pytest rewrites what it is the first to import
    from mockdreams.harness.handle import LocalServer

    with MockDreams(server=LocalServer()):
        pass


with (
    open(os.devnull, "w") as nowhere,
    redirect_stdout(nowhere),
    redirect_stderr(nowhere),
    suppress(BaseException),  # what fails here fails in every worker too, which tells of it
):
    pytest.main(["--collect-only", *os.environ[ARGUMENTS].split("\n")], plugins=[_ImportsOnly()])
_build_shapes()
gc.disable()  # as conftest.py has it until a worker has collected
gc.freeze()
