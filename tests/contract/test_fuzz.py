"""Schemathesis against the fake: no crash, no undocumented answer, nothing refused or accepted against the schema."""

import pytest

from tests.support.deep import deep
from tools.fuzzing import fuzz

pytestmark = pytest.mark.fuzzing


@pytest.mark.parametrize(("phases", "one_in"), [(["fuzzing"], 4), deep(["fuzzing", "stateful"], 1)])
def test_nothing_is_found_by_fuzzing(phases: list[str], one_in: int) -> None:
    """Without the phases of examples and of every boundary of the schema, thousands of cases: `scripts/fuzz` has them.

    Of an operation's two examples the first is the smallest that is good, the second mostly a bad one. Each day one
    operation in four is asked, each by itself; each week all are, in chains, too.
    """
    run = fuzz(seed=1, examples=2, phases=phases, one_in=one_in)
    assert run.complaints == [], run.output
