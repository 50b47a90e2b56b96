"""Records on a page: the rows of tables, and lines of keys and values, each with the name it is about and its cells.

A row is named by its first cell, or by its name or the heading above it; its other cells by the headings of their
columns. What tells of days, as a log does, or of a series of pages, tells what was: such tables are left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from mockdreams.dreaming.cell_values import BARE, folded_words, is_list, kind_of_value
from mockdreams.dreaming.languages import DATE, MONTH, NAME
from mockdreams.dreaming.markdown import Block, is_key_value
from mockdreams.dreaming.normalize import tokens_of
from mockdreams.dreaming.parsing import ParsedMemory

_PIPE = re.compile(r"(?<!\\)\|")
_DELIMITER = re.compile(r"\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-+:?[ \t]*\|?")
_KEY = re.compile(r"([*_`]{0,2})([^:*_`\n]+?)(?:\1:|:\1)[ \t]+(?=\S)")
# Without one of these a page has neither tables nor keys.
_MARKS = frozenset("|:")
_NAMES = tokens_of("named_by")
# With fewer lines a list says nothing of what kind its values are; a table has as many before its first row.
_LINES = 2
_NO_COLUMN = -1


@dataclass(slots=True, eq=False)
class Cell:
    """A value on a page, and the words of its heading."""

    memory: ParsedMemory
    block: int
    line: int
    column: int
    text: str
    heading: frozenset[str]
    beside: frozenset[str] = frozenset()
    """What else stands under its heading."""

    def line_with(self, line: str, text: str, *, aligned: bool) -> str | None:
        """Its line with another text in it, and if it is aligned as wide as before; None if it holds another now."""
        if self.column == _NO_COLUMN:
            key = _KEY.match(line)
            return line[: key.end()] + text if key and line[key.end() :].rstrip() == self.text else None
        spans = _spans(line)
        start, end = spans[self.column] if self.column < len(spans) else (0, 0)
        if line[start:end] != self.text:
            return None
        after = line[end:]
        space, by = len(after) - len(after.lstrip(" ")), len(text) - (end - start)
        if by > 0 and space > 1:
            after = after[min(by, space - 1) :]
        elif by < 0 and aligned and after:
            after = " " * -by + after
        return line[:start] + text + after


@dataclass(slots=True, eq=False)
class Row:
    """A record: the words that name it, those that say of what kind it is, and those of the page around it."""

    title: str
    name: frozenset[str]
    kind: frozenset[str]
    around: frozenset[str]
    cells: list[Cell]
    valued: bool = False
    """Whether it is named by a value, such as a number or a weekday."""
    listed: bool = False
    """Whether it is a line of a list: a name and its one value."""


def rows_of(memories: Sequence[ParsedMemory]) -> Iterator[Row]:
    """The rows of a store that may be corrected."""
    series = Counter(memory.series for memory in memories if memory.series)
    for memory in memories:
        if not _MARKS.isdisjoint(memory.content) and not (memory.is_of_period or memory.is_dated):
            one_of_many = series[memory.series] > 1
            yield from (row for row in _rows(memory) if not (one_of_many and (row.listed or row.kind)))


def is_aligned(lines: Sequence[str]) -> bool:
    return len({*map(len, lines)}) == 1


def _rows(memory: ParsedMemory) -> Iterator[Row]:
    around, heading = frozenset(memory.title), ""
    run: list[tuple[int, int, str]] = []
    for index, block in enumerate((*memory.blocks, Block("gap", "", "", 0))):
        text = memory.edits.get(index, block.text) or ""
        if block.kind in ("item", "sentence", "parent") and is_key_value(text):
            run.append((index, 0, text))
            continue
        yield from _records(memory, run, heading)
        run = []
        if block.kind == "heading":
            heading = block.text
            around = frozenset(memory.title) | folded_words(heading, memory.languages[0])
        elif block.kind == "front":
            lines = enumerate(text.split("\n"))
            yield from _records(memory, [(index, at, line) for at, line in lines if is_key_value(line)], heading)
        elif text[:1] == "|":
            yield from _table(memory, index, text.split("\n"), around)


def _spans(line: str) -> list[tuple[int, int]]:
    """Where the cells of a line of a table are, without the space around them."""
    marks = [mark.start() for mark in _PIPE.finditer(line)]
    ends = marks[1:] if line.rstrip().endswith("|") else [*marks[1:], len(line)]
    spans = []
    for start, end in zip(marks, ends, strict=False):
        cell = line[start + 1 : end]
        begin = start + 1 + len(cell) - len(cell.lstrip())
        spans.append((begin, begin + len(cell.strip())))
    return spans


def _table(memory: ParsedMemory, index: int, lines: Sequence[str], around: frozenset[str]) -> Iterator[Row]:
    if len(lines) <= _LINES or not all(line.startswith("|") for line in lines):
        return
    language = memory.languages[0]
    head, *headings = (folded_words(lines[0][start:end], language) for start, end in _spans(lines[0]))
    if not headings or not _DELIMITER.fullmatch(lines[1].strip()):
        return
    rows, dated = list[Row](), False
    for at, line in enumerate(lines[_LINES:], start=_LINES):
        title, *texts = (line[start:end] for start, end in _spans(line))
        if len(texts) != len(headings):
            continue
        told = zip(texts, headings, strict=True)
        cells = [Cell(memory, index, at, place, *each) for place, each in enumerate(told, start=1)]
        kind = kind_of_value(title, language)
        dated = dated or kind.name in (DATE, MONTH)
        rows.append(Row(title, folded_words(title, language), head, around, cells, kind.is_typed))
    for place in range(len(headings)):
        beside = frozenset(row.cells[place].text for row in rows)
        for row in rows:
            row.cells[place].beside = beside
    if not dated:
        yield from _unlike(rows)
        yield from chain.from_iterable(_unlike(_by_person(rows, at, language)) for at in range(len(headings)))


def _by_person(rows: Sequence[Row], at: int, language: str) -> Iterator[Row]:
    """The rows as those of the people whom a further column names: "| Gaffer | Mo Reyes | 014 |"."""
    for row in rows:
        person = row.cells[at]
        kind = kind_of_value(person.text, language)
        if kind.name == NAME and kind.amount > 1 and not is_list(person.text):
            rest = [cell for cell in row.cells if cell is not person]
            yield Row(person.text, folded_words(person.text, language), person.heading, row.around | row.name, rest)


def _unlike(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows with a name that no other has."""
    found = [*rows]
    names = Counter(row.name for row in found)
    yield from (row for row in found if row.name and names[row.name] == 1)


def _records(memory: ParsedMemory, lines: Sequence[tuple[int, int, str]], heading: str) -> Iterator[Row]:
    """What lines of keys and values say of one thing; and each of them alone, if their values are of one kind."""
    if len(lines) < _LINES or any("\n" in line for *_, line in lines):
        return
    language = memory.languages[0]
    around = frozenset(memory.title) | folded_words(heading, language)
    name, cells, keys = "", list[Cell](), list[str]()
    for index, at, line in lines:
        key = _KEY.match(line)
        if key is None:
            return
        text, value = key[2].strip(), line[key.end() :].rstrip()
        words = folded_words(text, language)
        if not name and words and words <= _NAMES:
            name = value.strip(BARE)
        else:
            keys.append(text)
            cells.append(Cell(memory, index, at, _NO_COLUMN, value, words))
    title, kinds = name or heading, {kind_of_value(cell.text, language).alike for cell in cells}
    if title and cells and len({cell.heading for cell in cells}) == len(cells):
        named = folded_words(title, language)
        yield Row(title, named, frozenset(), around, cells, kind_of_value(title, language).is_typed)
    if not name and len(cells) >= _LINES and len(kinds) == 1 and "" not in kinds:
        lines_alone = zip(keys, cells, strict=True)
        yield from _unlike(
            Row(key, cell.heading, frozenset(), around, [cell], listed=True) for key, cell in lines_alone
        )
