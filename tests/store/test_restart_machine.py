"""Any order of doing, on a server that stops dead now and then: after each start its world is the same to the byte.

`MOCKDREAMS_TEST_EXAMPLES=500 pytest tests/store/test_restart_machine.py` digs deeper, at random.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from mockdreams import MockDreams
from mockdreams.harness.remote import RemoteServer
from tests.support.databases import needs_postgresql
from tests.support.dream_machine import Worlds
from tests.support.fleet import Replica
from tests.support.kept import KeptHandle, kept_world
from tests.support.machines import depth
from tests.support.memory_machine import Memories

pytestmark = pytest.mark.machine
Where = Callable[[], str]
"""Where the next world is kept."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[needs_postgresql, pytest.mark.deep])])
def where(request: pytest.FixtureRequest) -> Iterator[Where]:
    """A directory for each world, or one database for all of a test, in which each has a key of its own."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
        yield lambda: url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield lambda: tempfile.mkdtemp(dir=folder)


class Restarts:
    """A world that is kept, and one rule more: its server stops, dead or in order, and is started again."""

    kept: KeptHandle

    def __init__(self, where: Where) -> None:
        self._where = where
        super().__init__()

    def world(self, **options: Any) -> MockDreams:
        mock, self.kept = kept_world(self._where(), **options)
        return mock

    def teardown(self) -> None:
        with closing(self.kept):
            self.kept.restart(dead=True)
            super().teardown()  # type: ignore[misc]

    @rule(dead=st.booleans())
    def stop_and_start(self, dead: bool) -> None:
        self.kept.restart(dead=dead)


class KeptDreams(Restarts, Worlds):
    """Dreams, stores, sessions, clock, scripts, faults and snapshots."""


class KeptMemories(Restarts, Memories):
    """All operations of memory."""


class Kills:
    """A world on a server of its own, and one rule more: that process is killed, or stopped, and another started."""

    mock: MockDreams

    def __init__(self, where: Where) -> None:
        self._replica = Replica("--data", where())
        self._replica.begin()
        self._replica.wait()
        self._server = RemoteServer(self._replica.url)
        super().__init__()

    def world(self, **options: Any) -> MockDreams:
        return self._server.world(**options)

    def teardown(self) -> None:
        try:
            self.stop_and_start(dead=True)
            super().teardown()  # type: ignore[misc]
        finally:
            self._server.stop()
            self._replica.kill()

    @rule(dead=st.booleans())
    def stop_and_start(self, dead: bool) -> None:
        before = self._snapshot()
        (self._replica.kill if dead else self._replica.stop)()
        self._replica.begin()
        self._replica.wait()
        assert self._snapshot() == before

    def _snapshot(self) -> dict[str, Any]:
        """The whole world, without the number of ids of requests: to ask for it takes one."""
        snapshot = self.mock.snapshot()
        del snapshot["ids"]["requests"]
        return snapshot


class KilledDreams(Kills, Worlds):
    """Dreams, stores, sessions, clock, scripts, faults and snapshots."""


def run(machine: Any, where: Where, most: settings, steps: int = 30) -> None:
    begin: Any = partial(machine, where)
    run_state_machine_as_test(begin, settings=settings(most, stateful_step_count=steps))


def test_dreams_outlast_any_stop(where: Where) -> None:
    run(KeptDreams, where, depth(1))


def test_memories_outlast_any_stop(where: Where) -> None:
    run(KeptMemories, where, depth(2))


@pytest.mark.process
def test_dreams_outlast_kill_9(where: Where) -> None:
    run(KilledDreams, where, depth(1, costs=20), steps=20)
