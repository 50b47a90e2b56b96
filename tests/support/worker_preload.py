"""What the server that forks the workers of a run has imported before the first: all that they will collect."""

import gc
import os
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any

import pytest

from tests.support.warm_workers import ARGUMENTS


class _ImportsOnly:
    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self) -> list[pytest.Item]:
        """Each worker makes the tests of a module itself."""
        return []


def _build_shapes() -> None:
    """What is built when it is first used: the shapes of a world and of the SDK, and what answers are held to."""
    from anthropic import BaseModel  # pytest rewrites what it is the first to import

    from mockdreams import MockDreams
    from mockdreams.harness.handle import LocalServer
    from tests.support.schema_conformance import build_validators

    with MockDreams(server=LocalServer()):
        build_validators()
    for shape in _below(BaseModel):
        shape.model_rebuild(raise_errors=False)


def _below(shape: Any) -> Iterator[Any]:
    for each in shape.__subclasses__():
        yield each
        yield from _below(each)


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
