"""Records on a page: the rows of tables, and lines of keys and values, each with the name it is about and its cells.

A row is named by its first cell, or by its name or the heading above it; its other cells by the headings of their
columns. Tables whose rows are days, as in a log, tell what was and are none.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mockdreams.dreaming.cell_values import BARE, folded_words, kind_of_value
from mockdreams.dreaming.languages import DATE, MONTH
from mockdreams.dreaming.markdown import Block, is_key_value
from mockdreams.dreaming.normalize import tokens_of
from mockdreams.dreaming.parsing import ParsedMemory

_CELL = re.compile(r"(?<!\\)\|")
_DELIMITER = re.compile(r"\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-+:?[ \t]*\|?")
_KEY = re.compile(r"([*_`]{0,2})([^:*_`\n]+?)\1?(:)\1?[ \t]+(?=\S)")
_NAMES = tokens_of("named_by")
# With so few lines a list says nothing of what kind its values are.
_LINES = 2


@dataclass(slots=True, eq=False)
class Cell:
    """A value on a page, with the words of its heading; it is the text of a line from `start` to `end`."""

    memory: ParsedMemory
    block: int
    line: int
    start: int
    end: int
    text: str
    heading: frozenset[str]


@dataclass(slots=True, eq=False)
class Row:
    """A record: the words that name it, those that say of what kind it is, and those of the page around it."""

    name: frozenset[str]
    title: str
    kind: frozenset[str]
    around: frozenset[str]
    cells: list[Cell]
    valued: bool
    """Whether it is named by a value, such as a number or a weekday."""
    listed: bool = False
    """Whether it is a line of a list: a name and its one value."""


def rows_of(memory: ParsedMemory) -> Iterator[Row]:
    """The rows of a page that may be corrected."""
    if memory.is_dated:
        return
    around, heading = frozenset(memory.title), ""
    run: list[int] = []
    for index, block in enumerate((*memory.blocks, Block("gap", "", "", 0))):
        text = memory.edits.get(index, block.text)
        if text and block.kind in ("item", "sentence", "parent") and is_key_value(text):
            run.append(index)
            continue
        yield from _records(memory, [(at, 0, memory.edits.get(at) or memory.blocks[at].text) for at in run], heading)
        run = []
        if block.kind == "heading":
            heading = block.text
            around = frozenset(memory.title) | folded_words(heading, memory.languages[0])
        elif text and block.kind == "front":
            lines = [(index, at, line) for at, line in enumerate(text.split("\n")) if is_key_value(line)]
            yield from _records(memory, lines, heading)
        elif text and text[0] == "|":
            yield from _table(memory, index, text.split("\n"), around)


def _cells(line: str) -> list[tuple[int, int]]:
    """Where the cells of a line of a table are, without the space around them."""
    marks = [match.start() for match in _CELL.finditer(line)]
    inner = [*zip(marks, marks[1:], strict=False)] if line.rstrip().endswith("|") else [*zip(marks, [*marks[1:], len(line)])]
    spans = []
    for start, end in inner:
        cell = line[start + 1 : end]
        begin = start + 1 + len(cell) - len(cell.lstrip())
        spans.append((begin, begin + len(cell.strip())))
    return spans


def _table(memory: ParsedMemory, index: int, lines: Sequence[str], around: frozenset[str]) -> Iterator[Row]:
    if len(lines) <= _LINES or not all(line.strip().startswith("|") for line in lines):
        return
    heads = [lines[0][start:end] for start, end in _cells(lines[0])]
    if len(heads) < 2 or not _DELIMITER.fullmatch(lines[1].strip()):
        return
    language = memory.languages[0]
    headings = [folded_words(head, language) for head in heads]
    rows = []
    for at, line in enumerate(lines[2:], start=2):
        spans = _cells(line)
        if len(spans) != len(heads):
            continue
        title = line[slice(*spans[0])].strip(BARE)
        cells = [
            Cell(memory, index, at, start, end, line[start:end], heading)
            for (start, end), heading in zip(spans[1:], headings[1:], strict=True)
        ]
        kind = kind_of_value(title, language)
        rows.append((kind, Row(folded_words(title, language), title, headings[0], around, cells, kind.is_typed)))
    if any(kind.name in (DATE, MONTH) for kind, _ in rows):
        return
    yield from _unlike(row for _, row in rows)


def _unlike(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows with a name that no other has."""
    found = [*rows]
    names = Counter(row.name for row in found)
    yield from (row for row in found if row.name and names[row.name] == 1)


def _records(memory: ParsedMemory, lines: list[tuple[int, int, str]], heading: str) -> Iterator[Row]:
    if len(lines) < _LINES:
        return
    language = memory.languages[0]
    around = frozenset(memory.title) | folded_words(heading, language)
    name, cells, keys = "", [], []
    for index, at, line in lines:
        key = _KEY.match(line)
        if key is None:
            return
        value, words = line[key.end() :].rstrip(), folded_words(key[2], language)
        if not name and words and words <= _NAMES:
            name = value.strip(BARE)
            continue
        keys.append(key[2].strip())
        cells.append(Cell(memory, index, at, key.end(), key.end() + len(value), value, words))
    title = name or heading
    if title and cells and len({cell.heading for cell in cells}) == len(cells):
        yield Row(folded_words(title, language), title, frozenset(), around, cells, kind_of_value(title, language).is_typed)
    kinds = {kind_of_value(cell.text, language).alike for cell in cells}
    if not name and len(cells) >= _LINES and len(kinds) == 1 and "" not in kinds:
        yield from _unlike(
            Row(cell.heading, key, frozenset(), around, [cell], valued=False, listed=True)
            for key, cell in zip(keys, cells, strict=True)
        )
