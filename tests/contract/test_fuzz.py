"""Schemathesis against the fake: no crash, no undocumented answer, nothing refused or accepted against the schema."""

import pytest

from tools.fuzzing import fuzz

pytestmark = pytest.mark.fuzzing


def test_nothing_is_found_by_fuzzing() -> None:
    """All phases but that of every boundary of the schema, thirteen thousand cases: `scripts/fuzz` has them.

    Of an operation's two examples the first is the smallest that is good, the second mostly a bad one.
    """
    run = fuzz(seed=1, examples=2, phases=("examples", "fuzzing", "stateful"))
    assert run.complaints == [], run.output
