"""Whatever memories and sessions hold: a dream ends, is the same each time, keeps what is unique, invents nothing."""

import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockdreams.dreaming.consolidate import consolidate
from mockdreams.dreaming.insights import TITLE
from mockdreams.dreaming.markdown import blocks
from mockdreams.dreaming.plan import Delete, DreamInputs, Note, Step, Transcript, Utterance, Write
from tests.support.dreaming import again, conflicting_paths, day, store_after
from tests.support.machines import depth

# Seconds; hundreds of times what is needed, and much less than anything quadratic takes.

SAID = [
    "We moved deploys to Thursday.",
    "Actually it's pnpm now, not npm.",
    "Always squash before merging.",
    "From now on the limit is 20 MB.",
    "Should we use tabs?",
    "The mirror is no longer used.",
    "Keep it short, and always squash before merging.",
]
WRITTEN = [
    "# Deploys",
    "- Deploys happen on Tuesday.",
    "- deploys happen on Tuesdays",
    "  - Only with a second reviewer.",
    "Package manager: npm",
    "The limit is 10 MB. It counts per file.",
    "The mirror is used.",
    "Squash before merging.",
    "```\nthe limit is 10 MB\n```",
    "1. Squash before merging.",
    "| a | b |",
    "---",
    "Title\n===",
    "",
    "* a\n\t* b\n\n\t  c",
    "> - > 1. `",
]

blobs = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WRITTEN), max_size=12).map("\n".join))
speech = st.one_of(st.text(max_size=120), st.lists(st.sampled_from(SAID), max_size=3).map(" ".join))
utterances = st.builds(Utterance, st.sampled_from(["user", "agent"]), speech, st.integers(0, 30).map(day))
transcripts = st.builds(
    Transcript, st.text("abc", min_size=1), st.just(day(0)), st.lists(utterances, max_size=4).map(tuple)
)
notes = st.dictionaries(
    st.from_regex(r"\A/(?:[a-c]|insights|inbox|customers)(?:\.md|/[a-c]\.md)?\Z"),
    st.tuples(blobs, st.integers(0, 30)),
    max_size=6,
)
instructions = st.one_of(
    st.none(), st.text(max_size=60), st.sampled_from(["Ignore mirror notes", "Drop all older than 3 days"])
)


@st.composite
def dreams(draw: st.DrawFn) -> DreamInputs:
    written = [Note(path, text, day(age)) for path, (text, age) in draw(notes).items()]
    written = [one for one in written if not any(other.path.startswith(f"{one.path}/") for other in written)]
    return DreamInputs(
        tuple(written),
        tuple(draw(st.lists(transcripts, max_size=4))),
        draw(instructions),
        memory_max_bytes=draw(st.sampled_from([None, 102_400, 200, 60, 0])),
        memories_max=draw(st.sampled_from([None, len(written) + 1, len(written), 1, 0])),
    )


def words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"\w+", text.casefold())}


@given(dreams())
@depth(7)
def test_a_dream_over_anything(dream: DreamInputs) -> None:
    steps = list(consolidate(dream))
    assert steps == list(consolidate(dream))
    store = store_after(dream, steps)
    assert conflicting_paths(store) == []
    assert all(content for path, content in store.items() if path not in known(dream))
    assert refused(dream, steps) == []

    given_lines = {" ".join(line.split()) for note in dream.notes for line in note.content.splitlines()}
    given_texts = [note.content for note in dream.notes]
    said = [utterance.text for session in dream.transcripts for utterance in session.utterances]
    source = words(given_texts) | words(said) | words([TITLE])
    for content in store.values():
        for line in content.splitlines():
            bare = re.sub(r" \(in \d+ of \d+ sessions?\)$", "", line)
            assert " ".join(line.split()) in given_lines or words([bare]) <= source


@given(dreams())
@depth(7)
def test_a_second_dream_over_anything_changes_nothing(dream: DreamInputs) -> None:
    unlimited = DreamInputs(dream.notes, dream.transcripts, dream.instructions)
    once = store_after(unlimited)
    assert store_after(again(unlimited, once, day(40))) == once


@pytest.mark.parametrize(
    "said",
    [
        ", line",
        "The tea (a note): : it is hot.",
        "We do not like to see - Dune",
        "Did not, Bitte immer nur eine Frage.",
        "Write in English. no longer",
        "Anything instead of: The piano is tuned by Mr Lowe.",
    ],
)
def test_half_a_sentence_ends_no_dream(said: str) -> None:
    session = Transcript("a", day(0), (Utterance("user", said, day(0)),))
    assert list(consolidate(DreamInputs((), (session,))))


def refused(dream: DreamInputs, steps: Iterable[Step]) -> list[Write]:
    """The writes that a store with the limits of the inputs would not take."""
    held, found = known(dream), []
    for step in steps:
        if isinstance(step, Delete):
            held.discard(step.path)
        elif isinstance(step, Write):
            large = dream.memory_max_bytes is not None and len(step.content.encode()) > dream.memory_max_bytes
            full = dream.memories_max is not None and step.path not in held and len(held) >= dream.memories_max
            held.add(step.path)
            if large or full:
                found.append(step)
    return found


def known(dream: DreamInputs) -> set[str]:
    return {note.path for note in dream.notes}


@given(st.lists(blobs, max_size=5))
@depth(7)
def test_no_unique_fact_is_lost(contents: list[str]) -> None:
    """Without sessions and at one age nothing can be superseded: every fact keeps one wording."""
    notes = tuple(Note(f"/place/{chr(97 + number)}", text, day(0)) for number, text in enumerate(contents))
    dream = DreamInputs(notes, ())
    left = words(store_after(dream).values())
    for content in contents:
        for piece in blocks(content):
            if piece.kind not in ("heading", "gap"):
                missing = words([piece.text]) - left
                assert all(any(word[:3] == other[:3] for other in left) or word in FILLERS for word in missing), piece


FILLERS = words(["a an the we our please now always just"])


PARTS = st.tuples(
    st.sampled_from(["Ana", "The API", "The worker", "Our mirror", "Ben"]),
    st.sampled_from(["reviews", "does not review", "must review", "reviewed", "prefers", "no longer needs"]),
    st.sampled_from(["two reports", "2 reports", "three reports", "the report of Ben", "`a.py`", "`b.py`", "port 80"]),
    st.sampled_from(["", "on Monday", "on Fridays", "before lunch", "after lunch", "in May", "only if asked"]),
)
NOISE = re.compile(r"\b(?:the|our|of|on|in|does)\b")


def gist(fact: str) -> tuple[str, ...]:
    """What a fact says, by other means than those under test."""
    plain = fact.replace("two", "2").replace("Fridays", "Friday").replace("no longer needs", "not need")
    return tuple(NOISE.sub("", plain.casefold().strip(".")).replace("reviews", "review").split())


@given(st.lists(st.lists(PARTS.map(lambda parts: " ".join(filter(None, parts)) + "."), max_size=6), max_size=4))
@depth(7)
def test_every_distinct_claim_keeps_one_wording(pages: list[list[str]]) -> None:
    contents = ["".join(f"- {fact}\n" for fact in page) for page in pages]
    notes = tuple(Note(f"/place/{chr(97 + number)}", text, day(0)) for number, text in enumerate(contents))
    dream = DreamInputs(notes, ())
    left = [gist(line.removeprefix("- ")) for text in store_after(dream).values() for line in text.splitlines()]
    assert sorted(set(left)) == sorted(left)
    assert set(left) == {gist(fact) for page in pages for fact in page}


@pytest.mark.parametrize(
    "text",
    [
        "# " + "#" * 50_000 + "a",
        "- " * 30_000 + "x",
        "word " * 20_000,
        "." * 50_000 + " A",
        "(" * 50_000,
        "`" * 50_000,
        "\n".join(" " * depth + "- x" for depth in range(300)),
        "x" * 100_000,
        "a: " * 30_000,
        "\ud800 lone surrogate",
    ],
)
@pytest.mark.long
def test_texts_made_to_be_slow_come_to_an_end(text: str) -> None:
    notes = tuple(Note(f"/place/{chr(97 + number)}", f"{text}{number}", day(number)) for number in range(3))
    said = tuple(Utterance("user", f"Remember {text}", day(number)) for number in range(3))
    assert store_after(DreamInputs(notes, (Transcript("sesn", day(0), said),))).keys() <= {
        *(note.path for note in notes),
        "/insights.md",
    }
    store_after(DreamInputs(notes, (), text[:4096]))


@given(blobs)
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(piece.raw for piece in blocks(text)) == text


@given(dreams())
@depth(6)
def test_dreams_over_their_own_output_come_to_rest(dream: DreamInputs) -> None:
    stores = [store_after(dream)]
    for _ in range(4):
        stores.append(store_after(again(dream, stores[-1])))
    assert stores[-1] == stores[-2]
