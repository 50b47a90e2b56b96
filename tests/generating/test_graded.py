"""The graded forms of a generated world, and what our own dream makes of them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from mockdreams import MockDreams
from mockdreams.cli import main
from mockdreams.generating import generate
from mockdreams.scoring import contents, score
from tests.support.helpers import Scene


def labels_of(text: str) -> dict[str, Any]:
    labels: dict[str, Any] = yaml.safe_load(text)["labels"]
    return labels


def test_a_world_without_them_is_as_it_was() -> None:
    plain, graded = generate(5, 20, 0.5, 3), generate(5, 20, 0.5, 3, graded=1)
    assert labels_of(plain)["facts"] == labels_of(graded)["facts"]
    assert not {"near", "apart", "records", "blocks"} & labels_of(plain).keys()
    assert graded.startswith("# Made by: mockdreams generate --sessions 5 --memories 20 ")


def test_what_is_labelled_stands_in_the_world() -> None:
    text = generate(0, 0, 0, 1, graded=3)
    assert text == generate(0, 0, 0, 1, graded=3)
    world = yaml.safe_load(text)
    memories = {memory["path"]: memory["content"] for memory in world["memory_stores"][0]["memories"]}
    labels = world["labels"]
    written = "\n".join(memories.values())
    assert {row["level"] for row in labels["near"]} == {
        "order",
        "contraction",
        "possessive",
        "function",
        "inflection",
        "number",
    }
    assert all(wording in written for row in labels["near"] for wording in row["any"])
    assert all(row[side] in written for row in labels["apart"] for side in ("one", "other"))
    assert all(row["stale"] in memories[row["in"]] for row in labels["contradictions"])
    assert all(row["current"] in memories[row["evidence"]] for row in labels["contradictions"])
    assert all(value in memories[row["path"]] for row in labels["records"] for value in row["values"])
    assert all(row["text"] in memories[row["path"]] for row in labels["blocks"])
    said = {session["title"]: session["transcript"][0]["user"] for session in world["sessions"]}
    assert all(
        [said[title] for title in row["titles"]] == row["any"] and len(row["any"]) == row["sessions"]
        for row in labels["insights"]
    )


def test_our_own_dream_merges_what_is_one_and_nothing_else(tmp_path: Path) -> None:
    text = generate(2, 10, 0.5, 2, graded=6)
    (tmp_path / "world.yaml").write_text(text, "utf-8")
    labels = labels_of(text)
    with MockDreams(load=tmp_path / "world.yaml") as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = client.beta.memory_stores.list().data[0].id
        sessions = [session.id for session in client.beta.sessions.list()]
        dream = scene.finished(store_id=store, session_ids=sessions, instructions=labels["instructions"])
        result = score(labels, contents(client, store), contents(client, dream.outputs[0].memory_store_id))
    assert result.misses == ()
    assert result.figures["wrong_merges"] == 0


@pytest.mark.parametrize("graded", [1, 2])
def test_the_command_writes_them(graded: int) -> None:
    options = ["generate", "--sessions", "0", "--memories", "0", "--graded", str(graded)]
    told = CliRunner().invoke(main, options)
    assert told.exit_code == 0
    assert told.output.startswith(
        f"# Made by: mockdreams generate --sessions 0 --memories 0 --messiness 0.4 --seed 7 --graded {graded}\n"
    )
    assert len(labels_of(told.output)["near"]) == 6 * graded
    assert CliRunner().invoke(main, ["generate", "--graded", "-1"]).exit_code == 2
