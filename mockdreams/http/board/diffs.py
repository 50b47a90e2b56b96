"""Two texts, line by line."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

CONTEXT = 3
MOST_LINES = 4_000
"""Beyond it, texts are shown one after the other: to compare them would take seconds."""


class DiffLine(NamedTuple):
    """A line of one text or of both; `kind`: `same`, `old`, `new`, or `gap` for lines of both that are left out."""

    kind: str
    text: str


def compare(old: str, new: str) -> list[DiffLine]:
    """The lines that differ, each with a few of those around it."""
    before, after = old.split("\n"), new.split("\n")
    if len(before) + len(after) > MOST_LINES:
        return [*(DiffLine("old", text) for text in before), *(DiffLine("new", text) for text in after)]
    return list(_lines(before, after))


def _lines(before: list[str], after: list[str]) -> Iterator[DiffLine]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    groups = list(matcher.get_grouped_opcodes(CONTEXT))
    end = 0
    for group in groups:
        if group[0][1] > end:
            yield DiffLine("gap", f"{group[0][1] - end} equal lines")
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                yield from (DiffLine("same", text) for text in before[old_from:old_to])
            else:
                yield from (DiffLine("old", text) for text in before[old_from:old_to])
                yield from (DiffLine("new", text) for text in after[new_from:new_to])
        end = group[-1][2]
    if groups and end < len(before):
        yield DiffLine("gap", f"{len(before) - end} equal lines")
