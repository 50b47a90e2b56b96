"""Records on a page: the rows of tables, and lines of keys and values, each with the name it is about and its cells.

A row is named by its first cell, or by its name or the heading above it; its other cells by the headings of their
columns. What tells of days, as a log does, or of a series of pages, tells what was: such tables are left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from mockdreams.dreaming.cell_values import BARE, folded_words, kind_of_value
from mockdreams.dreaming.languages import DATE, MONTH, NAME, NUMBER
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
# So many pages of a series are as many records.
_MANY = 2
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

    def line_with(self, lines: Sequence[str], text: str) -> str | None:
        """Its line with another text in it, and if all are aligned as wide as before; None if it holds another now."""
        line = lines[self.line]
        if self.column == _NO_COLUMN:
            key = _KEY.match(line)
            return line[: key.end()] + text if key and line[key.end() :].rstrip() == self.text else None
        start, end = (*_spans(line), *[(0, 0)] * (self.column + 1))[self.column]
        if line[start:end] != self.text:
            return None
        after, by = line[end:], len(text) - (end - start)
        space = len(after) - len(after.lstrip(" "))
        if by > 0 and space > 1:
            after = after[min(by, space - 1) :]
        elif by < 0 and after and len({*map(len, lines)}) == 1:
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
    numbered: bool = False
    """Whether it is named by a number."""


def rows_of(memories: Sequence[ParsedMemory]) -> Iterator[Row]:
    """The rows of a store that may be corrected."""
    series = Counter(memory.series for memory in memories if memory.series)
    for memory in memories:
        may_have = not _MARKS.isdisjoint(memory.content) and series[memory.series] < _MANY
        if may_have and not (memory.is_of_period or memory.is_dated):
            yield from _rows(memory)


def _rows(memory: ParsedMemory) -> Iterator[Row]:
    around, heading = frozenset(memory.title), ""
    run = list[tuple[int, int, str]]()
    for index, block in enumerate((*memory.blocks, Block("gap", "", "", 0))):
        text = memory.edits.get(index, block.text) or ""
        if block.kind in ("item", "sentence", "parent") and is_key_value(text):
            run.append((index, 0, text))
            continue
        yield from _records(memory, run, heading, around)
        run = []
        if block.kind == "heading":
            heading = text
            around = frozenset(memory.title) | folded_words(heading, memory.languages[0])
        elif block.kind == "front":
            lines = enumerate(text.split("\n"))
            keyed = [(index, at, line) for at, line in lines if is_key_value(line)]
            yield from _records(memory, keyed, heading, around)
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


def _row(title: str, kind: frozenset[str], around: frozenset[str], cells: list[Cell], language: str) -> Row:
    numbered = kind_of_value(title, language).name == NUMBER
    return Row(title, folded_words(title, language), kind, around, cells, numbered)


def _table(memory: ParsedMemory, index: int, lines: Sequence[str], around: frozenset[str]) -> Iterator[Row]:
    grid = [[line[start:end] for start, end in _spans(line)] for line in lines]
    if len(lines) <= _LINES or len(grid[0]) < _LINES or not _DELIMITER.fullmatch(lines[1].strip()):
        return
    language, rows = memory.languages[0], list[Row]()
    head, *headings = (folded_words(text, language) for text in grid[0])
    for at, texts in enumerate(grid):
        if at >= _LINES and len(texts) == len(grid[0]):
            told = enumerate(zip(texts[1:], headings, strict=True), start=1)
            cells = [Cell(memory, index, at, place, *each) for place, each in told]
            rows.append(_row(texts[0], head, around, cells, language))
    for column in zip(*(row.cells for row in rows), strict=True):
        beside = frozenset(cell.text for cell in column)
        for cell in column:
            cell.beside = beside
    if not any(kind_of_value(row.title, language).name in (DATE, MONTH) for row in rows):
        yield from _unlike(rows)
        yield from chain.from_iterable(_unlike(_by_person(rows, at, language)) for at in range(len(headings)))


def _by_person(rows: Sequence[Row], at: int, language: str) -> Iterator[Row]:
    """The rows as those of the people whom a further column names: "| Gaffer | Mo Reyes | 014 |"."""
    for row in rows:
        person = row.cells[at]
        kind = kind_of_value(person.text, language)
        if kind.name == NAME and kind.amount > 1:
            rest = [cell for cell in row.cells if cell is not person]
            yield _row(person.text, person.heading, row.around | row.name, rest, language)


def _unlike(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows with a name that no other has."""
    found = [*rows]
    names = Counter(row.name for row in found)
    yield from (row for row in found if row.name and names[row.name] == 1)


def _records(
    memory: ParsedMemory, lines: Sequence[tuple[int, int, str]], heading: str, around: frozenset[str]
) -> Iterator[Row]:
    """What lines of keys and values say of one thing; and each of them alone, if their values are of one kind."""
    found = [(index, at, line, key) for index, at, line in lines if (key := _KEY.match(line))]
    if not _LINES <= len(lines) == len(found) or any("\n" in line for *_, line in lines):
        return
    language, name, cells = memory.languages[0], "", dict[str, Cell]()
    for index, at, line, key in found:
        value, words = line[key.end() :].rstrip(), folded_words(key[2].strip(), language)
        if not name and words and words <= _NAMES:
            name = value.strip(BARE)
        else:
            cells[key[2].strip()] = Cell(memory, index, at, _NO_COLUMN, value, words)
    title, kinds = name or heading, {kind_of_value(cell.text, language).alike for cell in cells.values()}
    if len({cell.heading for cell in cells.values()}) < len(lines) - bool(name):
        return
    if title and cells:
        yield _row(title, frozenset(), around, [*cells.values()], language)
    if not name and len(kinds) == 1 and "" not in kinds:
        yield from (Row(key, cell.heading, frozenset(), around, [cell]) for key, cell in cells.items() if cell.heading)
