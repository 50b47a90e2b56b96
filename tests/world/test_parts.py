"""The parts of a world are made when they are first asked for, and nobody can tell when that was."""

import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from mockdreams.wire.memory import CreateMemoryStore
from mockdreams.world.parts import PARTS
from mockdreams.world.schedules.schedules import DreamSchedules
from mockdreams.world.state.seeds import load_bundled
from mockdreams.world.state.snapshots import save
from mockdreams.world.world import World

MANY = 8
WORLDS = 30


def lived(asked_for: Iterable[str]) -> dict[str, Any]:
    """A world after the life of a seed, whose parts were asked for in an order."""
    world = World("parts", clock="manual")
    for name in asked_for:
        getattr(world, name)
    with world.lock:
        load_bundled("messy-store").apply(world)
        world.clock.run_until_idle()
        return save(world)


@pytest.mark.parametrize("asked_for", [PARTS, PARTS[::-1]], ids=["first to last", "last to first"])
@pytest.mark.long
def test_the_order_in_which_parts_are_made_changes_nothing(asked_for: tuple[str, ...]) -> None:
    assert lived(asked_for) == lived([])


def test_a_world_has_what_was_asked_for_and_a_reset_has_none() -> None:
    world = World("parts", clock="manual")
    assert not any(map(world.has, PARTS))
    world.memory_stores.create(CreateMemoryStore(name="Notes"))
    assert [name for name in PARTS if world.has(name)] == ["memory_stores"]
    assert [world.is_live, world.may_think(), world.has_webhooks, world.go_on()] == [False] * 4
    world.touch_sessions()
    assert [name for name in PARTS if world.has(name)] == ["memory_stores"]
    world.reset()
    assert not any(map(world.has, PARTS))
    assert len(world.memory_stores.table) == 0


def test_each_part_is_one_for_many_threads() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(MANY) as threads:
            for _ in range(WORLDS):
                world, together = World("parts", clock="manual"), Barrier(MANY)
                found = list(threads.map(_ask, [world] * MANY, [together] * MANY))
                assert set(map(id, found)) == {id(world.schedules)}
    finally:
        sys.setswitchinterval(interval)


def _ask(world: World, together: Barrier) -> DreamSchedules:
    together.wait()
    return world.schedules
