"""Small worlds to dream about, and what comes of them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from mockdreams.dreaming.consolidate import consolidate
from mockdreams.dreaming.decisions import Decision
from mockdreams.dreaming.plan import Delete, DreamInputs, Note, Say, Step, Transcript, Utterance, Write

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def note(path: str, content: str, written: int = 0) -> Note:
    return Note(path, content, day(written))


def talk(number: int, *said: str) -> Transcript:
    """A session on a day, in which the user said these things."""
    return Transcript(f"sesn_{number}", day(number), tuple(Utterance("user", text, day(number)) for text in said))


def inputs(*notes: Note, sessions: Iterable[Transcript] = (), instructions: str | None = None) -> DreamInputs:
    """With the size that a memory may have today."""
    return DreamInputs(notes, tuple(sessions), instructions, memory_max_bytes=102_400)


def store_after(dream: DreamInputs, steps: Iterable[Step] | None = None) -> dict[str, str]:
    """The store once every write and delete of the plan is done."""
    store = {note.path: note.content for note in dream.notes}
    for step in consolidate(dream) if steps is None else steps:
        if isinstance(step, Write):
            store[step.path] = step.content
        elif isinstance(step, Delete):
            del store[step.path]
    return store


def decisions(dream: DreamInputs) -> list[Decision]:
    said = (Decision.parse(step.text) for step in consolidate(dream) if isinstance(step, Say))
    return [decision for decision in said if decision is not None]


def again(dream: DreamInputs, store: Mapping[str, str], written: datetime | None = None) -> DreamInputs:
    """The same sessions over the store that came of them."""
    known = {note.path: note.written_at for note in dream.notes}
    newest = written or max(known.values(), default=START)
    notes = tuple(Note(path, content, written or known.get(path, newest)) for path, content in store.items())
    return DreamInputs(notes, dream.transcripts, dream.instructions)


def conflicting_paths(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of paths of which one is a prefix of the other."""
    return [(one, two) for one, two in pairwise(sorted(f"{path}/" for path in paths)) if two.startswith(one)]


def lines(store: Mapping[str, str]) -> list[str]:
    """The lines of all memories, without their bullets."""
    return sorted(line.removeprefix("- ") for text in store.values() for line in text.splitlines() if line.strip())


def kept(*texts: str, sessions: Iterable[Transcript] = (), instructions: str | None = None) -> list[str]:
    """What is left of facts that were written down one a day, each in a place of its own."""
    notes = [note(f"/place-{'bcdefgh'[number]}/file.md", f"- {text}\n", number) for number, text in enumerate(texts)]
    return lines(store_after(inputs(*notes, sessions=sessions, instructions=instructions)))
