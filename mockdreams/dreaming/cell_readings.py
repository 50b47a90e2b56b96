"""What a statement says of one row: which of its cells it is about, and the value that it puts there.

Every word has to be known: as one of the row's name, of the heading of a column, or of the page, or as one that says
nothing by itself. What is left is the value.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from mockdreams.dreaming.cell_values import (
    BARE,
    VALUE_WORDS,
    WORDS,
    ValueKind,
    cut_lead,
    folded_words,
    kind_of_value,
    plain_value,
    tells_same,
)
from mockdreams.dreaming.languages import CLASS, CODE, LANGUAGES, NAME, NUMBER, PARTICIPLES, words_of
from mockdreams.dreaming.normalize import TEXTS_REMEMBERED, normalize, tokens_of
from mockdreams.dreaming.openings import any_of
from mockdreams.dreaming.pieces import folded
from mockdreams.dreaming.statements import Statement
from mockdreams.dreaming.tables import Cell, Row

# What a text about a cell may have of other words than those of content; with others it tells more or something else.
_PLAIN = frozenset("OF IN ON AT FOR TO BY EVERY PER THERE PAST".split())
# A cell may have one of these before its value: "from 14:00".
_BOUNDS = frozenset("FROM STARTING SINCE UNTIL ABOVE BELOW ATMOST ATLEAST APPROX AFTER BEFORE".split())
_PLACING = frozenset(("IN", "ON", "AT", "TO"))
_INSTEAD = any_of("instead", r",? (?:and |und )?(?:{}) ")
_PARTICIPLE = re.compile(r"[a-zäöüß]*(?:ge[a-zäöüß]{2,}(?:t|en)|[a-z]{2}ed)$")
_INFLECTION = re.compile(r"^ge(?=...)|(?:t|en|ed)$")
_CLOCKS = frozenset(("am", "pm", "uhr"))
_AROUND = ",;:.!()" + BARE


def _meaning(*meanings: str) -> frozenset[str]:
    return folded(frozenset(token for meaning in meanings for token in tokens_of(meaning)))


_BEGINNING, STAYING, _CHANGING = _meaning("starting"), _meaning("stays"), _meaning("changed", "replaced")
_DOING, _WHO, _WHERE, _WHEN = _meaning("holds", "doing"), _meaning("who"), _meaning("where"), _meaning("when")
_NOBODY, _PARTICLES, PRONOUNS = _meaning("everybody"), _meaning("particles"), words_of("taking_up")
_LIGHT = _meaning("having", "renewing", "counted", "priced").union(
    _BEGINNING, STAYING, _CHANGING, _DOING, _WHEN, _PARTICLES, PRONOUNS
)


@dataclass(frozen=True, slots=True)
class CellNews:
    """A cell and what is said to be in it; after a preposition, if there is one: "in the"."""

    row: Row
    cell: Cell
    value: str
    lead: str = ""
    was: bool = False
    """Whether the old value is told, too."""


class _Word(NamedTuple):
    """A word of a text: its content, its class, and whether it is small: one that says nothing by itself."""

    content: frozenset[str]
    classes: frozenset[str]
    is_be: bool
    renews: bool
    small: bool


class _Reading(NamedTuple):
    """What is left of a text, what stands before that, the class of this, and the words that say nothing more."""

    value: str
    lead: str
    before: str
    verbs: frozenset[str]


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _word(chunk: str, language: str) -> _Word:
    said = normalize(chunk.strip(_AROUND), language)
    classes = frozenset(token for token, kind in zip(said.tokens, said.kinds, strict=True) if kind == CLASS)
    is_be = chunk.casefold() in LANGUAGES[language].is_forms | LANGUAGES[language].be_forms
    content = folded(frozenset(said.content))
    return _Word(content, classes, is_be, said.renews, not (content or said.renews or is_be))


def tokens_in(chunk: str, language: str) -> frozenset[str]:
    """The content of one word of a text."""
    return _word(chunk, language).content


def words_told(text: str, language: str) -> frozenset[str]:
    return frozenset().union(*(tokens_in(chunk, language) for chunk in text.split()))


def readings(row: Row, name: frozenset[str], statement: Statement) -> list[CellNews]:
    """The one cell of a row of which a statement tells the value, with that; nothing if there are more."""
    text, language, old = statement.bare, statement.language, ""
    told = [*_changes(row, name, statement)]
    found = [each for each in told if each.was] or told
    if not found:
        if statement.denies and (cut := _INSTEAD.search(text)):
            text, old = text[: cut.start()], text[cut.end() :].strip(" .!,")
            if not name.isdisjoint(words_told(old, language)):
                # "Glenn no longer does the newsletter."
                return []
        found = [told for told in _read_all(row, name, text, language) if _was(told, old, language)]
    return found if len(found) == 1 else []


def names_column(row: Row, words: frozenset[str]) -> list[Cell]:
    """The cells of which words have one of the heading that no other column has."""
    return [cell for cell in row.cells if any(_is_among(word, words) for word in _own_words(cell, row))]


def says_only(row: Row, text: str, language: str) -> bool:
    """Whether a text names a row and perhaps its columns, and says nothing else."""
    words = words_told(text, language)
    known = (row.name | row.kind | row.around | _LIGHT).union(*(cell.heading for cell in row.cells))
    return words <= known and not row.name.isdisjoint(words)


def _own_words(cell: Cell, row: Row) -> frozenset[str]:
    return cell.heading.difference(row.kind, row.name, *(other.heading for other in row.cells if other is not cell))


def _is_among(word: str, others: Iterable[str]) -> bool:
    """Whether a word is one of others, but for an ending: "Beginn", "beginnt"."""
    pairs = (sorted((word, other), key=len) for other in others)
    return any(one == two or (len(one) > 3 and two.startswith(one) and len(two) - len(one) <= 2) for one, two in pairs)


def _changes(row: Row, name: frozenset[str], statement: Statement) -> Iterator[CellNews]:
    """The cells that a change is told of, from their old value to a new one, or that have the new one."""
    change, language = statement.change, statement.language
    if change is None or not change.old:
        return
    subject, olds = folded(frozenset(change.subject.content)), folded(frozenset(change.old))
    for cell in row.cells if name <= subject | olds else ():
        lead, value = cut_lead(change.new.strip(" .!,"), language, cell.heading)
        held = cut_lead(cell.text, language, cell.heading)[1]
        alike = kind_of_value(held, language).alike == kind_of_value(value, language).alike
        was = olds - cell.heading == {*plain_value(held, language).split()}
        if (
            (was or tells_same(value, held, language))
            and alike
            and subject <= name.union(row.kind, row.around, cell.heading, _LIGHT)
        ):
            yield CellNews(row, cell, value, lead, was)


def _read_all(row: Row, name: frozenset[str], text: str, language: str) -> Iterator[CellNews]:
    words = words_told(text, language)
    named = names_column(row, words)
    if row.valued and not named and row.kind.isdisjoint(words):
        return
    for cell in named or row.cells:
        reading = _read(text, row, name, cell, language)
        if reading and _fits(reading, row, cell, language, named=bool(named)):
            yield CellNews(row, cell, reading.value, reading.lead)


def _was(told: CellNews, old: str, language: str) -> bool:
    """Whether what is said to be so no longer is what a cell holds, or the number of that: "not 2"."""
    text = told.cell.text
    if not old or tells_same(told.value, text, language):
        return True
    if kind_of_value(old, language) == ValueKind(NUMBER):
        return re.findall(r"\d+", old) == re.findall(r"\d+", text)
    return tells_same(cut_lead(old, language)[1], cut_lead(text, language)[1], language)


def _read(text: str, row: Row, name: frozenset[str], cell: Cell, language: str) -> _Reading | None:
    """What a text says, but for the names of a row and a column and words that say nothing more."""
    chunks = text.rstrip(".! ").split()
    words = [_word(chunk, language) for chunk in chunks]
    known = name | row.kind | row.around
    left, verbs, classes, verb = list[int](), set[str](), set[str](), len(chunks)
    for at, word in enumerate(words):
        said = _parts(chunks[at], known | cell.heading, language)
        if all(token in known or _is_among(token, cell.heading) for token in said):
            classes |= word.classes
            verb = min(verb, at) if word.is_be or (said and not said <= known) else verb
        elif said <= _LIGHT or _is_participle(chunks, at, language):
            verbs |= said
            verb = min(verb, at)
        else:
            left.append(at)
    if any(one.renews and "FOR" in before.classes for before, one in pairwise(words)):
        return None  # "for now"
    if normalize(text, language).renews:
        classes.discard("ONLY")
    bounds = _BOUNDS.intersection(normalize(cut_lead(cell.text, language)[0], language).tokens)
    if not left or not classes <= _PLAIN | bounds or not bounds <= classes:
        return None
    if chunks[-1] in LANGUAGES[language].separable or (
        verb > left[0] and any(name & word.content for word in words[: left[0]])
    ):
        # "Macht um 17 Uhr zu"; "the mower in the barn is broken".
        return None
    start, end = left[0], left[-1] + 1
    if any(not words[at].small for at in range(start, end) if at not in left):
        return None
    end += chunks[end : end + 1] != [] and chunks[end].casefold() in _CLOCKS
    begin = start
    while begin and words[begin - 1].small and chunks[begin - 1][-1] != ",":
        begin -= 1
    start -= start > 0 and chunks[start - 1].casefold() in LANGUAGES[language].indefinite
    lead = "".join(f"{chunk} " for chunk in chunks[begin:start])
    value = " ".join(chunks[start:end]).strip(" ,;:" + BARE)
    return _Reading(value, lead, min(words[begin].classes, default="") if begin < start else "", frozenset(verbs))


def _parts(chunk: str, known: frozenset[str], language: str) -> frozenset[str]:
    """The content of a word, or of those that hyphens put together if all of these are known: "Soll-Wert"."""
    parts = words_told(chunk.replace("-", " "), language)
    return parts if parts <= known else tokens_in(chunk, language)


def _is_participle(chunks: Sequence[str], at: int, language: str) -> bool:
    """Whether a word is a participle, and no noun as "the shed" is."""
    if at and _word(chunks[at - 1], language).small and chunks[at - 1][-1] != ",":
        return False
    bare = chunks[at].strip(_AROUND)
    return bare.casefold() in PARTICIPLES or _PARTICIPLE.match(bare) is not None


def _fits(reading: _Reading, row: Row, cell: Cell, language: str, *, named: bool) -> bool:
    """Whether a cell may hold what is left of a text: because it is named, or for the kind of what that is."""
    value, before, verbs = reading.value, reading.before, reading.verbs
    was, now = kind_of_value(cut_lead(cell.text, language)[1], language), kind_of_value(value, language)
    akin, changes = _is_akin(verbs, cell), not verbs.isdisjoint(_CHANGING)
    if len(value.split()) > VALUE_WORDS or ", " in value or (verbs and verbs <= _PARTICLES):
        # "Is off on Friday", "is up £4".
        return False
    if not (verbs <= _LIGHT or akin or before == "BY" or (named and now.is_typed)):
        # "The strimmer is broken in the shed", "Dev is paid on Wednesdays."
        return False
    if was.is_typed or now.is_typed:
        led = before in ("TO", "ON", *[""] * named) if changes else before not in ("BY", "TO")
        # "Runs to 21:00", and not from then on; "went up £4"; "Mo is 42 now".
        sure = named or (_BEGINNING.isdisjoint(verbs) and (now.name != NUMBER or now.unit or verbs))
        return led and was == now and bool(sure)
    if was.name == now.name == CODE:
        return True
    if was.name == now.name == NAME and (named or _is_role(reading, row, cell, language)):
        return True
    if not cell.heading.isdisjoint(_WHERE) and before in _PLACING:
        moved = changes or not verbs.isdisjoint(STAYING)
        known = any(tells_same(value, each, language) for each in cell.beside)
        return (now.name == NAME or language != "de") and (moved or known)
    same = folded_words(value, language) & folded_words(cell.text, language)
    return named and was.name == WORDS and bool(same)


def _is_akin(verbs: Iterable[str], cell: Cell) -> bool:
    """Whether what is done is what a heading names: "geprüft", "letzte Prüfung"."""
    cores = (_INFLECTION.sub("", verb) for verb in verbs)
    return any(len(core) > 3 and core in word for core in cores for word in cell.heading)


def _is_role(reading: _Reading, row: Row, cell: Cell, language: str) -> bool:
    """Whether a name is that of who has a role, "the newsletter is done by Ana", and the cell of who has it."""
    if reading.before not in ("", "BY") or not _NOBODY.isdisjoint(words_told(reading.value, language)):
        return False
    does = reading.before == "BY" or not reading.verbs.isdisjoint(_DOING | STAYING)
    return _is_akin(reading.verbs, cell) or (does and not cell.heading.isdisjoint(_WHO))
