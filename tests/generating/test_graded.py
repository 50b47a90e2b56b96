"""The graded forms of a generated world, and what our own dream makes of them."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from mockdreams.cli import main
from mockdreams.dreaming.languages import language_of
from mockdreams.dreaming.plan import DreamInputs, Note, Transcript, Utterance
from mockdreams.generating import generate
from mockdreams.scoring import score
from tests.support.dreaming import store_after


def labels_of(text: str) -> dict[str, Any]:
    labels: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)["labels"]
    return labels


@pytest.mark.long
def test_a_world_without_them_is_as_it_was() -> None:
    plain, graded = generate(5, 20, 0.5, 3), generate(5, 20, 0.5, 3, graded=1)
    assert labels_of(plain)["facts"] == labels_of(graded)["facts"]
    assert not {"near", "apart", "records", "blocks"} & labels_of(plain).keys()
    assert graded.startswith("# Made by: mockdreams generate --sessions 5 --memories 20 ")


LEVELS = {"order", "contraction", "punctuation", "possessive", "function words", "inflection", "number words"}
FORMS = {"from to", "moved to", "slot", "no longer", "replaced by"}
FORMS_SAID = {"said now", "said moved", "said not", "said no longer"}


@cache
def world() -> dict[str, Any]:
    """Each pair and form at least once."""
    made: dict[str, Any] = yaml.load(generate(2, 10, 0.5, 2, graded=10), Loader=yaml.CSafeLoader)
    return made


def contents() -> dict[str, str]:
    return {memory["path"]: memory["content"] for memory in world()["memory_stores"][0]["memories"]}


@pytest.mark.long
def test_what_is_labelled_stands_in_the_world() -> None:
    memories, labels = contents(), world()["labels"]
    assert len(memories) == len(world()["memory_stores"][0]["memories"])
    written = "\n".join(memories.values())
    said = {session["title"]: session["transcript"][-2]["user"] for session in world()["sessions"]}
    near, told = labels["near"], [row for row in labels["contradictions"] if row.get("form") in FORMS]
    told_by_users = [row for row in labels["contradictions"] if row.get("form") in FORMS_SAID]
    assert {row["level"] for row in near} == LEVELS
    assert {row["form"] for row in told} == FORMS
    assert {row["form"] for row in told_by_users} == FORMS_SAID
    assert all(wording in written for row in near for wording in row["any"])
    assert all(row[side] in written for row in labels["apart"] for side in ("one", "other"))
    assert all(row["stale"] in memories[row["in"]] for row in (*told, *told_by_users))
    assert all(row["current"] in memories[row["evidence"]] for row in told)
    assert all(row["evidence"] in said for row in told_by_users)
    assert all(value in memories[row["path"]] for row in labels["records"] for value in row["values"])
    assert all(row["text"] in memories[row["path"]] for row in labels["blocks"])
    assert set(Counter(row["text"] for row in labels["blocks"]).values()) <= {2, 4}
    graded = [row for row in labels["insights"] if "any" in row]
    assert all([said[title] for title in row["titles"]] == row["any"] for row in graded)
    assert all(len(row["any"]) == row["sessions"] for row in graded)


@pytest.mark.long
def test_both_languages_are_in_each_form() -> None:
    labels = world()["labels"]
    texts = {
        **{level: [row["any"][0] for row in labels["near"] if row["level"] == level] for level in LEVELS},
        "told": [row["stale"] for row in labels["contradictions"]],
        "wishes": [row["text"] for row in labels["insights"]],
        "records": [value for row in labels["records"] for value in row["values"]],
        "apart": [row["one"] for row in labels["apart"]],
    }
    for kind, of in texts.items():
        assert {language_of(text) for text in of} == {"en", "de"}, kind


@pytest.mark.long
def test_a_store_as_it_is_has_all_that_must_stay_and_nothing_that_must_change() -> None:
    figures = score(world()["labels"], contents(), contents()).figures
    assert {figures[name] for name in ("facts", "records", "blocks")} == {1}
    assert {figures[name] for name in figures if name.startswith(("near", "stale", "noise", "insights"))} == {0}
    assert figures["wrong_merges"] == 0


# What a dream is to reach, of what it has not seen; and where ours is known to fall short of that.
TARGETS: dict[str, float] = {
    "facts": 1,
    "wrong_merges": 0,
    "records": 1,
    "blocks": 1,
    "duplicates": 0.95,
    "near": 0.7,
    "stale": 0.75,
    "near_order": 0.85,
    "near_contraction": 0.85,
    "near_punctuation": 0.85,
    "near_number_words": 0.85,
    "current": 1,
    "surfaced": 1,
    "insights": 0.85,
}
SHORT = {"wrong_merges", "records", "near_contraction", "near_number_words", "surfaced", "insights"}
MERGED_WRONGLY = {"quantity", "likeness", "number", "role", "place"}


@pytest.mark.long
def test_our_own_dream_falls_short_of_no_other_target() -> None:
    memories = world()["memory_stores"][0]["memories"]
    notes = tuple(Note(memory["path"], memory["content"], memory["at"]) for memory in memories)
    transcripts = tuple(Transcript(one["title"], one["at"], tuple(said_in(one))) for one in world()["sessions"])
    after = store_after(DreamInputs(notes, transcripts, world()["labels"]["instructions"]))
    result = score(world()["labels"], contents(), after)
    assert set(result.below(TARGETS)) <= SHORT
    assert {miss.grade for miss in result.misses if miss.kind == "wrong_merges"} <= MERGED_WRONGLY


def said_in(session: dict[str, Any]) -> Iterator[Utterance]:
    for turn in session["transcript"]:
        ((speaker, text),) = turn.items()
        yield Utterance(speaker, text, session["at"])


@pytest.mark.parametrize("graded", [1, 2])
@pytest.mark.long
def test_the_command_writes_them(graded: int) -> None:
    options = ["generate", "--sessions", "0", "--memories", "0", "--graded", str(graded)]
    told = CliRunner().invoke(main, options)
    assert told.exit_code == 0
    assert told.output.startswith(
        f"# Made by: mockdreams generate --sessions 0 --memories 0 --messiness 0.4 --seed 7 --graded {graded}\n"
    )
    assert len(labels_of(told.output)["near"]) == len(LEVELS) * graded
    assert CliRunner().invoke(main, ["generate", "--graded", "-1"]).exit_code == 2
