"""A whole world in any order of doing: dreams, stores, sessions, clock, scripts, faults, snapshots.

`MOCKDREAMS_TEST_EXAMPLES=5000 pytest tests/dreams/test_dream_machine.py` digs deeper, at random.
"""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.dream_machine import Worlds
from tests.support.machines import depth

pytestmark = pytest.mark.machine


def test_any_order_of_doing_keeps_the_truths() -> None:
    run_state_machine_as_test(Worlds, settings=settings(depth(2), stateful_step_count=40))
