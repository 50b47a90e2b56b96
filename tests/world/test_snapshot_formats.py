"""Snapshots of earlier formats are read, and no document makes anything that is not listed."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.world.state.migrations import FORMAT
from tests.support.deep import one_in
from tests.support.helpers import Scene
from tests.support.stories import story, told

FORMAT_1 = Path(__file__).parent / "data" / "snapshot-format-1.json"


def lived(mock: MockDreams) -> Any:
    """What the world answers at the end; the policy may have fields that the recorded one had not."""
    return json.loads(json.dumps([answer for answer in told(mock) if answer[0] != "/_mockdreams/policy"]))


@pytest.mark.long
def test_a_snapshot_of_format_1_goes_on_to_the_answers_it_went_on_to() -> None:
    recorded = json.loads(FORMAT_1.read_text("utf-8"))
    wanted = [answer for answer in recorded["told"] if answer[0] != "/_mockdreams/policy"]
    with MockDreams() as mock:
        mock.restore(recorded["snapshot"])
        again = json.loads(json.dumps(mock.snapshot()))
        assert again["mockdreams"] == FORMAT
        assert lived(mock) == wanted
        mock.restore(again)
        assert mock.snapshot() == again
        assert lived(mock) == wanted


def test_each_long_text_is_held_once(scene: Scene) -> None:
    scene.store({"/a.md": "A long text of a memory. " * 40})
    written = json.dumps(scene.mock.snapshot())
    assert written.count("A long text of a memory. A long text") == 20


def _places(value: Any) -> list[Any]:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value, *(place for part in inner for place in _places(part))] if isinstance(value, dict | list) else []


@pytest.mark.parametrize(
    ("part", "key", "value"),
    one_in(
        3,
        [
            ("dreams", "create", 5),
            ("dreams", "planning", {"$": "__main__.main"}),
            ("dreams", "planning", {"$": "function", "name": "__main__.main"}),
            ("dreams", "planning", {"$": "set", "items": ["drm_nobody"]}),
            (
                "dreams",
                "scripts",
                {"$": "dream_scripts", "$id": -1, "waiting": [], "taken_by": {"drm_nobody": {"$": "DreamScript"}}},
            ),
            ("sessions", "table", {"$": "world"}),
            ("sessions", "states", {}),
            ("memory_stores", "contents", {}),
            ("agents", "table", {"$": "ref", "id": 1}),
            ("clock", "now", "yesterday"),
            ("clock", "due", [{"at": "2026-01-01T00:00:00Z", "number": 0, "what": "nothing", "of": "x"}]),
            ("clock", "now", "2026-01-01T00:00:00"),
            ("clock", "made", None),
            ("clock", "mode", "never"),
            ("clock", "speed", 0),
            ("ids", "minted", -1),
            ("ids", "minted", 1.5),
            ("dreams", "runs", None),
            ("session_scripts", "waiting", None),
            ("policy", "retention", "x"),
        ],
    ),
    ids=str,
)
@pytest.mark.long
def test_what_is_not_listed_or_does_not_fit_is_refused_and_changes_nothing(
    scene: Scene, part: str, key: str, value: Any
) -> None:
    story(scene, "half")
    damaged = scene.mock.snapshot()
    before = copy.deepcopy(damaged)
    before["ids"]["requests"] += 1  # the refused one
    damaged[part][key] = value
    answer = scene.http.post("/_mockdreams/snapshot", content=json.dumps(damaged))
    assert answer.status_code == 400, answer.text
    assert "the snapshot is damaged: " in answer.json()["error"]["message"]
    assert "\n" not in answer.json()["error"]["message"]
    assert scene.mock.snapshot() == before


@pytest.mark.long
def test_a_format_1_snapshot_names_no_code(scene: Scene) -> None:
    recorded = json.loads(FORMAT_1.read_text("utf-8"))["snapshot"]
    before = scene.mock.snapshot()
    for name in ("__main__.main", "wire.nothing.Nobody", "answering.acts.os"):
        with pytest.raises(ValueError, match="the snapshot is damaged"):
            scene.mock.restore({**recorded, "session_scripts": {"_waiting": [{"$": name}]}})
    assert scene.mock.snapshot() == before


@pytest.mark.long
def test_a_script_of_an_earlier_format_is_left_as_often_as_it_was(scene: Scene) -> None:
    turn = [{"$": "answering.acts.Say", "say": "As told."}]
    script = {"$": "world.session_scripts.SessionScript", "times": 3, "turns": [turn]}
    recorded = json.loads(FORMAT_1.read_text("utf-8"))["snapshot"]
    waiting = {"_waiting": [{"$": "tuple", "items": [script, 2]}]}
    scene.mock.restore({**recorded, "session_scripts": waiting})
    assert list(scene.mock.sessions) == [{"turns": [[{"say": "As told."}]], "times": 2}]
    for left in ([{"turns": [[{"say": "As told."}]], "times": 1}], []):
        scene.send(scene.session(), "Hello.")
        scene.mock.clock.run_until_idle()
        assert list(scene.mock.sessions) == left
