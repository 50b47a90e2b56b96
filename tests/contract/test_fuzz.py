"""Schemathesis against the fake: no crash, no undocumented answer, nothing refused or accepted against the schema."""

import pytest

from tests.support.deep import deep
from tools.fuzzing import fuzz

pytestmark = pytest.mark.fuzzing


@pytest.mark.parametrize("phases", [("fuzzing",), deep(("fuzzing", "stateful"))], ids="+".join)
def test_nothing_is_found_by_fuzzing(phases: tuple[str, ...]) -> None:
    """Without the phases of examples and of every boundary of the schema, thousands of cases: `scripts/fuzz` has them.

    Of an operation's two examples the first is the smallest that is good, the second mostly a bad one.
    """
    run = fuzz(seed=1, examples=2, phases=phases)
    assert run.complaints == [], run.output
