"""Schemathesis against the fake: no crash, no undocumented answer, nothing refused or accepted against the schema."""

import pytest

from tools.fuzzing import fuzz

pytestmark = pytest.mark.fuzzing


def test_nothing_is_found_by_fuzzing() -> None:
    run = fuzz(seed=1, examples=5)
    assert run.complaints == [], run.output
