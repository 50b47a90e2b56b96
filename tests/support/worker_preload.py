"""What the workers of a run are forked with: all that they will collect."""

import os
from contextlib import redirect_stderr, redirect_stdout, suppress

import pytest
from hypothesis import strategies as st

from tests.support.schema_conformance import build_validators


class _ImportsOnly:
    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self) -> list[pytest.Item]:
        """Each worker makes the tests of a module itself."""
        return []


def collect(arguments: list[str]) -> None:
    """Import it, and build what answers are held to."""
    with (
        open(os.devnull, "w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
        suppress(BaseException),  # what fails here fails in every worker too, which tells of it
    ):
        pytest.main(["--collect-only", *arguments], plugins=[_ImportsOnly()])
    build_validators()
    st.text().validate()  # which takes two seconds in a fresh clone
