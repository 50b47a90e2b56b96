"""Any order of doing, on a server that stops dead now and then: after each start its world is the same to the byte.

`MOCKDREAMS_TEST_EXAMPLES=500 pytest tests/store/test_restart_machine.py` digs deeper, at random.
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from mockdreams import MockDreams
from tests.support.dream_machine import Worlds
from tests.support.kept import KeptHandle, kept_world
from tests.support.machines import depth
from tests.support.memory_machine import Memories

pytestmark = pytest.mark.machine


class Restarts:
    """A world that is kept, and one rule more: its server stops, dead or in order, and is started again."""

    kept: KeptHandle

    def world(self, **options: Any) -> MockDreams:
        self.directory = tempfile.TemporaryDirectory()
        mock, self.kept = kept_world(Path(self.directory.name) / "worlds", **options)
        return mock

    def teardown(self) -> None:
        self.kept.restart(dead=True)
        super().teardown()  # type: ignore[misc]
        self.kept.close()
        self.directory.cleanup()

    @rule(dead=st.booleans())
    def stop_and_start(self, dead: bool) -> None:
        self.kept.restart(dead=dead)


class KeptDreams(Restarts, Worlds):
    """Dreams, stores, sessions, clock, scripts, faults and snapshots."""


class KeptMemories(Restarts, Memories):
    """All operations of memory."""


def test_dreams_outlast_any_stop() -> None:
    run_state_machine_as_test(KeptDreams, settings=settings(depth(4), stateful_step_count=30))


def test_memories_outlast_any_stop() -> None:
    run_state_machine_as_test(KeptMemories, settings=settings(depth(6), stateful_step_count=30))
