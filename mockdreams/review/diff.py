"""A line diff that knows Markdown: a list item that moved, or only got another number, was not deleted and added."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from mockdreams.review.model import DiffLine

_BULLETS = frozenset(("- ", "* ", "+ ", "• "))
_NUMBER = re.compile(r"\d{1,9}[.)]\s+")
_EDITED = 60
"""From this similarity on (of 100) a line was edited, not replaced."""
_EDITED_ELSEWHERE = 75
"""From this similarity on it was edited, and moved too."""
_LONGEST_COMPARED = 2_000
_MOST_CELLS = 16_000_000
"""A table of more cells than this takes too long to align."""
_MOST_PAIRS = 2_500


def lines_of(content: str) -> list[str]:
    """The lines of a memory; a newline at its end begins none."""
    lines = content.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def statements_of(content: str) -> list[str]:
    """What each line says, without indentation, bullet or number."""
    return [_statement(line.strip()) for line in lines_of(content)]


def _statement(line: str) -> str:
    if line[:2] in _BULLETS:
        return line[2:].lstrip()
    if line[:1].isdecimal() and (number := _NUMBER.match(line)):
        return line[number.end() :]
    return line


class _Gap(NamedTuple):
    """A stretch of lines before, and what stands in its place after; or, if `same`, the same lines."""

    same: bool
    before: range
    after: range


def diff(before: str, after: str, merged: Mapping[str, str] | None = None) -> tuple[DiffLine, ...]:
    """Every line of `before` and `after`, in the order of `after`.

    `merged` are the memories, by path, that went into `after` too: a line of theirs that is found there has moved, one
    that is found nowhere is removed.
    """
    return tuple(_Diff(before, after, merged or {}).lines())


class _Diff:
    def __init__(self, before: str, after: str, merged: Mapping[str, str]) -> None:
        self._before, self._after = lines_of(before), lines_of(after)
        self._old, self._new = statements_of(before), statements_of(after)
        self._merged = {path: lines_of(content) for path, content in merged.items()}
        self._said = {path: statements_of(content) for path, content in merged.items()}
        self._gaps = list(_align(self._old, self._new))
        self._origin: dict[int, tuple[str | None, int]] = {}
        """Where each line after that moved or was edited came from: another memory or this one, and the line there."""
        self._moved: set[int] = set()
        self._taken: set[tuple[str | None, int]] = set()
        self._find_moved()
        self._find_edited()

    def lines(self) -> Iterator[DiffLine]:
        for gap in self._gaps:
            if gap.same:
                yield from map(self._same, gap.before, gap.after)
                continue
            for number in gap.before:
                if (None, number) not in self._taken:
                    yield DiffLine(operation="removed", text=self._before[number], before_line=number + 1)
            yield from map(self._written, gap.after)
        said = {"", *self._new}
        for path, lines in self._merged.items():
            for number, (line, what) in enumerate(zip(lines, self._said[path], strict=True)):
                if (path, number) not in self._taken and what not in said:
                    yield DiffLine(operation="removed", text=line, before_line=number + 1, source=path)

    def _same(self, old: int, new: int) -> DiffLine:
        was = None if self._before[old] == self._after[new] else self._before[old]
        return DiffLine(operation="same", text=self._after[new], before_line=old + 1, after_line=new + 1, was=was)

    def _written(self, new: int) -> DiffLine:
        """A line that stands after where another, or none, was before."""
        text = self._after[new]
        if new not in self._origin:
            return DiffLine(operation="added", text=text, after_line=new + 1)
        source, old = self._origin[new]
        was = self._before[old] if source is None else self._merged[source][old]
        return DiffLine(
            operation="moved" if new in self._moved else "changed",
            text=text,
            before_line=old + 1,
            after_line=new + 1,
            was=None if was == text else was,
            source=source,
        )

    def _find_moved(self) -> None:
        """Lines that say the same elsewhere: in this memory first, then in those that were merged into it."""
        homes: dict[str, list[tuple[str | None, int]]] = defaultdict(list)
        for path, said in reversed(self._said.items()):
            for number in range(len(said) - 1, -1, -1):
                homes[said[number]].append((path, number))
        for gap in reversed(self._gaps):
            if not gap.same:
                for number in reversed(gap.before):
                    homes[self._old[number]].append((None, number))
        for gap in self._gaps:
            for new in () if gap.same else gap.after:
                if self._new[new] and (known := homes.get(self._new[new])):
                    self._take(new, known.pop())
                    self._moved.add(new)

    def _find_edited(self) -> None:
        """Lines that are much like one that stood there before, or very much like one that stood elsewhere."""
        gaps = [gap for gap in self._gaps if not gap.same]
        for gap in gaps:
            self._pair(gap.before, gap.after, _EDITED)
        self._pair(
            [number for gap in gaps for number in gap.before],
            [number for gap in gaps for number in gap.after],
            _EDITED_ELSEWHERE,
        )

    def _pair(self, before: Iterable[int], after: Iterable[int], least: float) -> None:
        """Find for each line after that came from nowhere the one before that is most like it, and went nowhere."""
        old = [number for number in before if (None, number) not in self._taken and self._old[number]]
        new = [number for number in after if number not in self._origin and self._new[number]]
        if len(old) * len(new) > _MOST_PAIRS:
            return
        scored = [(_similarity(self._old[a], self._new[b], least), a, b) for a in old for b in new]
        for score, a, b in sorted(scored, key=lambda pair: (-pair[0], pair[1], pair[2])):
            if score >= least and (None, a) not in self._taken and b not in self._origin:
                self._take(b, (None, a))

    def _take(self, new: int, origin: tuple[str | None, int]) -> None:
        self._origin[new] = origin
        self._taken.add(origin)


def _similarity(one: str, other: str, least: float) -> float:
    return fuzz.ratio(one[:_LONGEST_COMPARED], other[:_LONGEST_COMPARED], score_cutoff=least)


def _align(old: Sequence[str], new: Sequence[str]) -> Iterator[_Gap]:
    """The stretches that are the same, and the gaps between them, in order."""
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[len(old) - 1 - end] == new[len(new) - 1 - end]:
        end += 1
    if start:
        yield _Gap(True, range(start), range(start))
    yield from _align_middle(old, new, range(start, len(old) - end), range(start, len(new) - end))
    if end:
        yield _Gap(True, range(len(old) - end, len(old)), range(len(new) - end, len(new)))


def _align_middle(old: Sequence[str], new: Sequence[str], before: range, after: range) -> Iterator[_Gap]:
    if not before or not after or len(before) * len(after) > _MOST_CELLS:
        if before or after:
            yield _Gap(False, before, after)
        return
    steps = LCSseq.opcodes([old[i] for i in before], [new[i] for i in after])
    for equal, changes in _joined(steps):
        yield _Gap(equal, before[changes[0] : changes[1]], after[changes[2] : changes[3]])


def _joined(steps: Iterable[Any]) -> Iterator[tuple[bool, tuple[int, int, int, int]]]:
    """A deletion beside an insertion is one gap."""
    pending: tuple[bool, tuple[int, int, int, int]] | None = None
    for step in steps:
        equal, span = step.tag == "equal", (step.src_start, step.src_end, step.dest_start, step.dest_end)
        if pending is not None and pending[0] == equal:
            pending = (equal, (pending[1][0], span[1], pending[1][2], span[3]))
            continue
        if pending is not None:
            yield pending
        pending = (equal, span)
    if pending is not None:
        yield pending
