"""What a plan costs grows with what there is to read, and no faster: counted in lines run, not in time."""

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, SupportsIndex

import pytest

from mockdreams import dreaming
from mockdreams.dreaming import resolve, statement_groups, words
from mockdreams.dreaming.consolidate import consolidate
from mockdreams.dreaming.markdown import sentences
from mockdreams.dreaming.plan import DreamInputs
from tests.support.deep import one_in
from tests.support.dreaming import decisions, inputs, note, store_after, talk

SMALL = 10
MOST_GROWTH = 2.1
"""Twice as much more to read takes twice as much more work, and not four times as much."""
FOLDER = str(dreaming.__path__[0])
SYLLABLES = [first + second for first in "bdfgklmnprst" for second in "aeio"]


@pytest.fixture(autouse=True)
def few_compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is compared with no more than so many others is compared with fewer, so that small stores show it."""
    with monkeypatch.context() as patch:
        patch.setattr(statement_groups, "COMPARED", 4)
        patch.setattr(resolve, "MET", 4)
        yield


def name(number: int) -> str:
    return "".join(SYLLABLES[number // 48**place * 7 % 48] for place in (0, 1)).title() + SYLLABLES[number % 48] + "x"


def titled(number: int, *facts: str, path: str = "/pages/{}.md") -> Any:
    """A page of its own about something, with these facts of it."""
    own = name(number)
    return note(path.format(own.casefold()), "".join((f"# {own}\n\n", *(f"- {fact}\n" for fact in facts))), number)


def listed(*facts: str) -> Any:
    return note("/things.md", "".join(("# Things\n\n", *(f"- {fact}\n" for fact in facts))))


GATE, PAID = "The garden gate is locked at night.", "Every invoice of the company is sent by mail on Monday."
Shape = Callable[[range], DreamInputs]
SHAPES: dict[str, Shape] = {
    "memories and sessions": lambda many: inputs(
        *(
            titled(n, f"The {name(n)} service listens on port {n + 1000}.", f"Team {name(2 * n)} owns it.")
            for n in many
        ),
        sessions=[talk(n, f"The {name(n)} service now listens on port {n}.", "Thanks, that looks good.") for n in many],
    ),
    "pages that say the same": lambda many: inputs(*(titled(n, GATE, PAID) for n in many)),
    "customers who say the same": lambda many: inputs(
        *(titled(n, GATE, PAID, f"Phone: {n}", path="/customers/{}.md") for n in many)
    ),
    "days that say the same": lambda many: inputs(
        *(note(f"/log/2026-{n:05}.md", f"# Day {n}\n\n{GATE}\n\nWatered the tomatoes.\n") for n in many)
    ),
    "equal items": lambda many: inputs(listed(*(GATE for _ in many))),
    "items with other numbers": lambda many: inputs(
        listed(*(f"Batch {n} has {n * 3} litres and costs {n * 7} euros." for n in many)),
        sessions=[talk(n, f"Batch {n} now has {n * 3 + 1} litres.") for n in many],
    ),
    "values of one key": lambda many: inputs(*(titled(n, f"Node version: {n}") for n in many)),
    "values of one subject": lambda many: inputs(
        *(titled(n, f"The port of the server is {n + 1000}.") for n in many),
        sessions=[talk(n, f"The port of the server is {n + 9000} now.") for n in many],
    ),
    "statements with one subject": lambda many: inputs(
        listed(*(f"The printer in room {n} is blue." for n in many)),
        sessions=[talk(n, f"The printer in room {n} is now green.") for n in many],
    ),
    "a chain of changes": lambda many: inputs(
        listed("The limit for parcels is 0 boxes."),
        sessions=[talk(n, f"The limit for parcels was raised from {n} boxes to {n + 1} boxes.") for n in many],
    ),
    "denials": lambda many: inputs(
        listed(*(f"We use {name(n)} for the tests." for n in many)),
        sessions=[talk(n, f"We no longer use {name(n)} for the tests.", "We use Alder, not Beech.") for n in many],
    ),
    "choices instead of one": lambda many: inputs(
        listed("We use Alder for the tests."),
        sessions=[talk(n, f"We use {name(n)} instead of Alder for the tests.") for n in many],
    ),
    "wishes alike": lambda many: inputs(
        sessions=[talk(n, f"Please always put the {name(n)} table at the top of the report.") for n in many]
    ),
    "wishes and their opposites": lambda many: inputs(
        sessions=[talk(n, f"Please call me {name(n)}.", f"Please don't call me {name(n)}.") for n in many]
    ),
    "a session of many words": lambda many: inputs(
        sessions=[talk(0, " ".join(f"The {name(n)} queue is full again." for n in many))]
    ),
    "sentences that lean on one": lambda many: inputs(
        note("/a.md", "Ana is the nurse. " + " ".join(f"It has {n} beds." for n in many)),
        instructions="Forget everything about nurses.",
    ),
    "labels": lambda many: inputs(listed(GATE, GATE, *("Steps:" for _ in many))),
}


def forget() -> None:
    """Forget the words and texts met before."""
    for module in pkgutil.iter_modules(dreaming.__path__):
        for value in vars(importlib.import_module(f"{dreaming.__name__}.{module.name}")).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
    for chunks in words.CHUNKS.values():
        chunks.clear()


def lines_run(dream: DreamInputs) -> int:
    """How many lines of the dreamer a plan runs; each turn of a loop in one line counts."""
    count = 0

    def line(_frame: FrameType, _event: str, _what: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def call(frame: FrameType, _event: str, _what: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(FOLDER) else None

    forget()
    before = sys.gettrace()
    sys.settrace(call)
    try:
        for _ in consolidate(dream):
            pass
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", one_in(2, SHAPES))
@pytest.mark.long
def test_twice_as_much_takes_twice_as_much_work(shape: str) -> None:
    small, middle, large = (lines_run(SHAPES[shape](range(size * SMALL))) for size in (1, 2, 4))
    assert (large - middle) / (middle - small) < MOST_GROWTH


class Cut(str):
    """A text that counts the characters cut out of it, which no line shows."""

    copied: int

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        found = super().__getitem__(key)
        self.copied += len(found)
        return found


def test_of_a_long_code_span_no_part_is_looked_at_again_and_again() -> None:
    counts = []
    for size in (SMALL, 2 * SMALL, 4 * SMALL):
        text = Cut("Run `" + " ".join(f"Step {n}. Then stop." for n in range(10, 10 + size)) + "` at night.")
        text.copied = 0
        assert [*sentences(text)] == [text]
        counts.append(text.copied)
    assert (counts[2] - counts[1]) / (counts[1] - counts[0]) < MOST_GROWTH


def test_what_changed_again_and_again_is_told_once() -> None:
    said = [talk(day, f"The limit for parcels was raised from {day} boxes to {day + 1} boxes.") for day in range(1, 13)]
    dream = inputs(note("/a.md", "The limit for parcels is 1 boxes.\n"), sessions=said)
    assert store_after(dream) == {"/a.md": "The limit for parcels is 13 boxes.\n"}
    assert [len(decision.details) for decision in decisions(dream)] == [1]
