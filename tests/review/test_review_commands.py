"""`mockdreams review` and `mockdreams adopt`."""

import json

import pytest
from click.testing import CliRunner, Result

from mockdreams.cli import main
from mockdreams.review import Adoption, Review
from tests.support.helpers import ABSENT, Scene

BEFORE = {"/same.md": "Stays.", "/prefs.md": "- Indents with spaces.\n- Likes tea.", "/old.md": "Was let go in March."}
AFTER = {"/same.md": "Stays.", "/prefs.md": "- Likes tea.\n- Indents with tabs.", "/new.md": "Deploys on Thursdays."}


class Dreamt:
    def __init__(self, scene: Scene) -> None:
        written = {path: content for path, content in AFTER.items() if BEFORE.get(path) != content}
        scene.mock.dreams.script(write=written, delete=["/old.md"], say=["The user asked for tabs."])
        self.store = scene.store(BEFORE)
        self.id = scene.finished(store_id=self.store).id
        self._mock = scene.mock
        self.url = scene.mock.url

    def run(self, command: str, *options: str, dream_id: str | None = None, columns: int = 200) -> Result:
        environment = {"ANTHROPIC_BASE_URL": self._mock.url, "ANTHROPIC_API_KEY": self._mock.api_key}
        environment["COLUMNS"] = str(columns)
        return CliRunner().invoke(main, [command, dream_id or self.id, *options], env=environment)


@pytest.fixture
def dream(scene: Scene) -> Dreamt:
    return Dreamt(scene)


def test_a_review_is_a_table_with_a_summary(dream: Dreamt) -> None:
    told = dream.run("review")
    assert told.exit_code == 0
    rows = [line.split() for line in told.output.splitlines()]
    assert rows[1][:2] == ["added", "/new.md"]
    assert rows[3][:6] == ["changed", "/prefs.md", "35", "→", "33", "open"]
    assert rows[3][6:] == "The user asked for tabs.".split()
    assert told.output.splitlines()[-1].endswith(
        "(completed): 1 kept, 0 merged, 1 changed, 1 dropped, 1 added, 0 moved; 61 → 60 bytes"
    )


@pytest.mark.long
def test_the_summary_is_a_line_however_narrow_the_terminal(dream: Dreamt) -> None:
    wide, narrow = (dream.run("review", columns=columns).output.splitlines()[-1] for columns in (200, 60))
    assert narrow == wide


@pytest.mark.long
def test_the_lines_are_shown_where_they_are_asked_for(dream: Dreamt) -> None:
    told = dream.run("review", "--diff").output
    assert "~ - Indents with tabs.  (was: - Indents with spaces.)" in told
    assert "- Was let go in March." in told
    assert "Likes" not in dream.run("review").output


@pytest.mark.long
def test_a_review_as_json_is_that_of_the_control_api(scene: Scene, dream: Dreamt) -> None:
    told = dream.run("review", "--json")
    assert Review.model_validate_json(told.output) == scene.mock.dreams.review(dream)
    assert json.loads(told.output) == scene.http.get(f"/_mockdreams/dreams/{dream.id}/review").json()


@pytest.mark.long
def test_what_is_chosen_is_adopted(scene: Scene, dream: Dreamt) -> None:
    told = dream.run("adopt", "--only", "/prefs.md", "--only", "/new.md")
    assert told.exit_code == 0
    assert "adopted  /prefs.md" in told.output
    assert "left     /old.md" in told.output
    assert scene.contents(dream.store) == AFTER | {"/old.md": BEFORE["/old.md"]}


@pytest.mark.long
def test_all_is_adopted_and_nothing_the_second_time(scene: Scene, dream: Dreamt) -> None:
    assert dream.run("adopt").exit_code == 0
    assert scene.contents(dream.store) == AFTER
    again = dream.run("adopt", "--json")
    assert again.exit_code == 0
    assert Adoption.model_validate_json(again.output).written == ()


@pytest.mark.long
def test_conflicts_exit_1(scene: Scene, dream: Dreamt) -> None:
    memories = {memory.path: memory.id for memory in scene.beta.memory_stores.memories.list(dream.store)}  # type: ignore[union-attr]
    scene.beta.memory_stores.memories.update(memories["/prefs.md"], memory_store_id=dream.store, content="Mine.")
    for command in ("review", "adopt"):
        told = dream.run(command)
        assert told.exit_code == 1
        assert "conflict /prefs.md: /prefs.md was changed since the dream read it" in told.output
    assert scene.contents(dream.store) == AFTER | {"/prefs.md": "Mine."}


@pytest.mark.parametrize("command", ["review", "adopt"])
@pytest.mark.long
def test_what_cannot_be_done_exits_2_in_one_line(dream: Dreamt, command: str) -> None:
    unknown = dream.run(command, dream_id=f"drm_{ABSENT}")
    assert unknown.exit_code == 2
    assert unknown.output == f"Error: {dream.url}: not_found_error: Dream `drm_{ABSENT}` not found.\n"
    unreached = dream.run(command, "--target", "http://127.0.0.1:1")
    assert unreached.exit_code == 2
    assert unreached.output.startswith("Error: http://127.0.0.1:1: ")


def test_a_path_that_is_about_no_change_exits_2(scene: Scene, dream: Dreamt) -> None:
    told = dream.run("adopt", "--only", "/nope.md")
    assert (told.exit_code, "changed nothing at /nope.md" in told.output) == (2, True)
    assert scene.contents(dream.store) == BEFORE


def test_a_memory_cannot_speak_to_the_terminal(scene: Scene) -> None:
    scene.mock.dreams.script(write={"/a.md": "\x1b]0;owned\x07 [red]text[/red]"})
    dream = scene.finished(store_id=scene.store())
    environment = {"ANTHROPIC_BASE_URL": scene.mock.url, "ANTHROPIC_API_KEY": scene.mock.api_key}
    told = CliRunner().invoke(main, ["review", dream.id, "--diff"], env=environment).output
    assert "\x1b" not in told
    assert r"+ \x1b]0;owned\x07 [red]text[/red]" in told
