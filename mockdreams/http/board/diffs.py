"""Lines of two texts as a page shows them: of what is the same, only what is near to a difference."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mockdreams.review.model import DiffLine

CONTEXT = 3


class ShownLine(NamedTuple):
    """A line of a comparison. `kind`: `same`, `old`, `new`, `moved`, or `gap` for lines that are left out."""

    kind: str
    text: str
    source: str | None = None
    """The other memory that the line was in."""


def shown(lines: Sequence[DiffLine]) -> list[ShownLine]:
    """The lines that differ, each with a few of those around it; [] if none differs."""
    near = {
        other
        for index, line in enumerate(lines)
        if line.operation != "same"
        for other in range(index - CONTEXT, index + CONTEXT + 1)
    }
    return list(_shown(lines, near)) if near else []


def _shown(lines: Sequence[DiffLine], near: set[int]) -> Iterator[ShownLine]:
    hidden = 0
    for index, line in enumerate(lines):
        if index not in near:
            hidden += 1
            continue
        if hidden:
            yield _gap(hidden)
            hidden = 0
        yield from _rows(line)
    if hidden:
        yield _gap(hidden)


def _rows(line: DiffLine) -> Iterator[ShownLine]:
    match line.operation:
        case "changed":
            yield ShownLine("old", line.text if line.was is None else line.was)
            yield ShownLine("new", line.text, line.source)
        case "removed":
            yield ShownLine("old", line.text, line.source)
        case "added":
            yield ShownLine("new", line.text, line.source)
        case operation:
            yield ShownLine(operation, line.text, line.source)


def _gap(count: int) -> ShownLine:
    return ShownLine("gap", f"{count} equal line{'' if count == 1 else 's'}")
