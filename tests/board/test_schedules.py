"""Schedules on the board: added, and decided about."""

import pytest

from mockdreams.http.board.views.schedules_view import PRESETS
from tests.support.boards import Visitor
from tests.support.helpers import Scene


def waiting(scene: Scene) -> tuple[str, str]:
    """A store whose schedule has begun a dream that waits, and that dream."""
    scene.mock.clock.mode = "manual"
    store = scene.store({"/a.md": "old"})
    scene.session("Hello.")
    scene.mock.schedules.add(memory_store_id=store, every=3600)
    scene.mock.dreams.script(write={"/a.md": "new"})
    scene.mock.clock.advance(hours=1, minutes=50)
    return store, scene.beta.dreams.list().data[0].id


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_added_as_it_stands(scene: Scene, board: Visitor, preset: str) -> None:
    store = scene.store()
    assert f'value="{store}"' in board.get("/schedules", preset=preset)
    assert "is added" in board.post("/schedules", memory_store_id=store, **PRESETS[preset])
    assert len(list(scene.mock.schedules)) == 1


def test_a_schedule_that_is_none_is_refused(scene: Scene, board: Visitor) -> None:
    said = board.refused("/schedules", memory_store_id=scene.store(), every="60", after_sessions="2")
    assert "exactly one of every, cron and after_sessions is needed" in said
    assert "There is no schedule." in board.get("/schedules")


def test_a_schedule_is_forgotten(scene: Scene, board: Visitor) -> None:
    schedule = scene.mock.schedules.add(memory_store_id=scene.store(), every=60)
    board.post("/schedules/remove", schedule=schedule.id)
    assert list(scene.mock.schedules) == []


def test_a_dream_that_waits_is_adopted(scene: Scene, board: Visitor) -> None:
    store, dream = waiting(scene)
    page = board.get("/schedules")
    assert f'aria-label="Adopt {dream}"' in page
    assert "The dream is adopted." in board.post("/schedules/decide", approve=dream)
    assert scene.contents(store) == {"/a.md": "new"}


def test_a_dream_that_waits_is_rejected(scene: Scene, board: Visitor) -> None:
    store, dream = waiting(scene)
    assert "The dream is rejected." in board.post("/schedules/decide", reject=dream)
    assert scene.contents(store) == {"/a.md": "old"}
    assert "waits for no decision" in board.refused("/schedules/decide", approve=dream)


@pytest.mark.parametrize(("many", "status", "content"), [("all", "adopted", "new"), ("none", "rejected", "old")])
def test_it_can_be_decided_beside_its_changes(
    scene: Scene, board: Visitor, many: str, status: str, content: str
) -> None:
    store, dream = waiting(scene)
    assert "Its schedule waits for a decision" in board.get(f"/dreams/{dream}/review")
    assert f"The dream is {status}." in board.post(f"/dreams/{dream}/adopt", only=many)
    assert scene.contents(store) == {"/a.md": content}
    assert "Its schedule waits" not in board.get(f"/dreams/{dream}/review")
