"""The seed world of fixtures/messy-store.yaml against what its labels say a good dream makes of it."""

import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockdreams.dreaming.markdown import blocks
from mockdreams.dreaming.plan import DreamInputs, Note, Transcript, Utterance
from tests.support.deep import one_in
from tests.support.dreaming import again, conflicting_paths, decisions, store_after

FIXTURES = Path(__file__).parents[2] / "fixtures"
BYTES_TO_SAVE = 0.4

WORLD: dict[str, Any] = yaml.load((FIXTURES / "messy-store.yaml").read_text(), yaml.CSafeLoader)
LABELS: dict[str, Any] = yaml.load((FIXTURES / "messy-store.labels.yaml").read_text(), yaml.CSafeLoader)


def transcript(session: dict[str, Any]) -> Transcript:
    turns = [turn for entry in session["transcript"] for turn in entry.items()]
    said = (
        Utterance(speaker, text, session["at"] + timedelta(minutes=minute))
        for minute, (speaker, text) in enumerate(turns)
    )
    return Transcript(session["title"], session["at"], tuple(said))


MEMORIES = WORLD["memory_stores"][0]["memories"]
NOTES = tuple(Note(memory["path"], memory["content"], memory["at"]) for memory in MEMORIES)
DREAM = DreamInputs(NOTES, tuple(map(transcript, WORLD["sessions"])), LABELS["instructions"])
STORE = store_after(DREAM)
TEXT = "\n".join(STORE.values())

FACTS = [
    tuple(fact["any"]) if isinstance(fact, dict) else (fact,) for facts in LABELS["facts"].values() for fact in facts
]


def size(contents: Any) -> int:
    return sum(len(content.encode()) for content in contents)


def texts(contents: Any) -> Counter[str]:
    return Counter(
        piece.text for content in contents for piece in blocks(content) if piece.kind not in ("heading", "gap")
    )


def test_the_fixture_is_a_mess_with_ten_sessions() -> None:
    assert len(NOTES) >= 45
    assert len(DREAM.transcripts) == 10
    times = [note.written_at for note in NOTES] + [
        said.at for session in DREAM.transcripts for said in session.utterances
    ]
    assert max(times) < WORLD["now"]
    assert all(isinstance(time, datetime) for time in times)


def test_the_labels_account_for_everything_in_the_store() -> None:
    expected = {wording for wordings in FACTS for wording in wordings} | set(LABELS["noise"]["facts"])
    outdated = [contradiction["stale"] for contradiction in LABELS["contradictions"]]
    current = {contradiction["current"] for contradiction in LABELS["contradictions"]}
    for note in NOTES:
        for text in texts([note.content]):
            known = text in expected or f"{text.rstrip('.')}." in current or text in current
            known = known or note.path in LABELS["noise"]["memories"] or any(stale in text for stale in outdated)
            assert known, f"{note.path}: {text}"


def test_a_large_part_of_the_store_was_not_needed() -> None:
    assert 1 - size(STORE.values()) / size(note.content for note in NOTES) >= BYTES_TO_SAVE


@pytest.mark.parametrize("wordings", dict.fromkeys(FACTS), ids=lambda wordings: wordings[0][:40])
def test_a_unique_fact_survives_word_for_word_and_once(wordings: tuple[str, ...]) -> None:
    assert sum(texts(STORE.values())[wording] for wording in wordings) == FACTS.count(wordings)


@pytest.mark.parametrize("one", [path for group in LABELS["duplicates"] for path in group[1:]])
def test_a_copy_is_gone(one: str) -> None:
    assert one not in STORE


@pytest.mark.parametrize("label", one_in(2, LABELS["contradictions"]), ids=lambda label: label["stale"])
@pytest.mark.long
def test_the_newest_evidence_won(label: dict[str, str]) -> None:
    assert label["stale"] not in TEXT
    assert label["current"] in STORE[label["path"]]
    told = [detail for decision in decisions(DREAM) if decision.kind == "Replaced" for detail in decision.details]
    assert any(label["stale"] in detail and label["evidence"] in detail for detail in told)


@pytest.mark.parametrize("path", LABELS["noise"]["memories"])
def test_a_memory_the_instructions_name_is_left_out(path: str) -> None:
    assert path not in STORE


@pytest.mark.parametrize("text", LABELS["noise"]["facts"])
def test_a_fact_the_instructions_name_is_left_out(text: str) -> None:
    assert text not in TEXT


def test_exactly_the_expected_insights_are_learned() -> None:
    found = re.findall(r"^- (.*) \(in (\d+) of 10 sessions\)$", STORE["/insights.md"], re.MULTILINE)
    assert {(text, int(count)) for text, count in found} == {
        (insight["text"], insight["sessions"]) for insight in LABELS["insights"]
    }


@pytest.mark.long
def test_nothing_is_dropped_without_instructions() -> None:
    silent = DreamInputs(DREAM.notes, DREAM.transcripts)
    assert {decision.kind for decision in decisions(silent)} == {"Merged", "Replaced", "Learned"}
    assert set(LABELS["noise"]["memories"]) <= set(store_after(silent))


def test_paths_fit_together() -> None:
    assert conflicting_paths(STORE) == []


@pytest.mark.parametrize("written", [None, WORLD["now"]])
def test_dreaming_again_changes_nothing(written: datetime | None) -> None:
    assert store_after(again(DREAM, STORE, written)) == STORE
