"""Counters of a snapshot that would give something out twice are refused in one line."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from mockdreams import MockDreams
from tests.support.helpers import Scene

Damage = Callable[[dict[str, Any]], None]


@cache
def saved() -> dict[str, Any]:
    """A world with a store, a session in which something was said, scripts that wait and a webhook under way."""
    with MockDreams(clock="manual") as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        mock.webhooks.add("http://127.0.0.1:9/hook", delay=60)
        scene.store()
        scene.send(scene.session(), "Hello.")
        mock.clock.advance(seconds=30)
        mock.sessions.script(["Later."], times=3)
        mock.dreams.script(fail="timeout", times=3)
        return mock.snapshot()


def put(*keys: Any, value: Any) -> Damage:
    def damage(document: dict[str, Any]) -> None:
        *path, last = keys
        holder: Any = document
        for key in path:
            holder = holder[key]
        holder[last] = value(holder[last]) if callable(value) else value

    return damage


DAMAGES = {
    "no id was minted": put("ids", "minted", value=0),
    "the last id was not minted": put("ids", "minted", value=lambda minted: minted - 1),
    "half of the ids were minted": put("ids", "minted", value=lambda minted: minted // 2),
    "no id of a webhook was minted": put("webhooks", "minted", value=0),
    "the last id of a webhook was not minted": put("webhooks", "minted", value=lambda minted: minted - 1),
    "no webhook was sent": put("webhooks", "events", value=0),
    "the next place is taken": put("memory_stores", "table", "next_place", value=1),
    "no place": put("memory_stores", "table", "next_place", value=-1),
    "a place in the middle": put("memory_stores", "table", "rows", 0, 0, value=10),
    "a script was used up": put("session_scripts", "waiting", 0, "items", 1, value=3),
    "a script was used less than never": put("session_scripts", "waiting", 0, "items", 1, value=-1),
    "a script of dreams has no use left": put("dreams", "scripts", "waiting", 0, "items", 2, value=0),
    "a script of dreams has more uses left than it had": put("dreams", "scripts", "waiting", 0, "items", 2, value=4),
    "tasks that were not made": put("clock", "made", value=0),
}


def test_as_it_is_the_snapshot_is_taken() -> None:
    with MockDreams(clock="manual") as mock:
        mock.restore(saved())
        assert mock.snapshot() == saved()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_counter_that_cannot_be(damage: str) -> None:
    document = copy.deepcopy(saved())
    DAMAGES[damage](document)
    with MockDreams(clock="manual") as mock:
        before = mock.snapshot()
        with pytest.raises(ValueError, match=r"\Athe snapshot is damaged: [^\n]+\Z"):
            mock.restore(document)
        assert mock.snapshot() == before
