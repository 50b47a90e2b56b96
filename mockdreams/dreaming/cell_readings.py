"""What a statement says of one row: which of its cells it is about, and the value that it puts there.

Every word has to be known: as one of the row's name, of the heading of a column, or of the page, or as one that says
nothing by itself. What is left is the value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mockdreams.dreaming.cell_values import (
    BARE,
    VALUE_WORDS,
    WORDS,
    Kind,
    cut_lead,
    folded,
    folded_words,
    kind_of_value,
    measure_alike,
    plain_value,
    tells_same,
)
from mockdreams.dreaming.languages import CODE, LANGUAGES, NAME, NUMBER, PARTICIPLES, WEEKDAY
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.openings import NEWS
from mockdreams.dreaming.statements import Statement
from mockdreams.dreaming.tables import Cell, Row

# With one of these more is told of a value than a cell holds, or something else.
_MORE = frozenset(
    "NOT NOLONGER WITHOUT EXCEPT ONLY ABOVE BELOW ATMOST ATLEAST APPROX BEFORE AFTER UNTIL SINCE DURING OR BUT THAN"
    " WHILE BECAUSE ALTHOUGH STARTING BETWEEN FROM".split()
)
_PLACING = frozenset("IN ON AT BY TO BEHIND BESIDE NEAR".split())
_INSTEAD = re.compile(
    r",? (?:and |und )?(?:not|no longer|instead of|rather than|nicht mehr|nicht|statt|anstatt|anstelle von) "
)
_PARTICIPLE = re.compile(r"[a-zäöüß]*(?:ge[a-zäöüß]{2,}(?:t|en)|[a-z]{2}ed)$")
AROUND = ",;:.!()" + BARE


def _folded(*meanings: str) -> frozenset[str]:
    return frozenset(folded(token) for meaning in meanings for token in tokens_of(meaning))


_PAYING, _BEGINNING, STAYING = _folded("paying"), _folded("starting"), _folded("stays")
_DOING, _CHANGING, _NEW = _folded("holds", "doing"), _folded("changed", "replaced"), _folded("renewing")
_WHO, _WHERE, _WHEN, _COUNTED = (_folded(meaning) for meaning in ("who", "where", "when", "counted"))
_IDLE = _folded("having") | _CHANGING | _NEW | _COUNTED | _WHEN
PRONOUNS = frozenset("it he she they es er sie".split())
_LIGHT = _IDLE | PRONOUNS | _PAYING | _BEGINNING | STAYING | _DOING


@dataclass(frozen=True, slots=True)
class Told:
    """A cell and what is said to be in it; after a preposition, if there is one: "in the"."""

    row: Row
    cell: Cell
    value: str
    lead: str = ""
    was: bool = False
    """Whether the old value is told, too."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is left of a text, what stands before that, the class of this, and the words that say nothing more."""

    value: str
    lead: str
    before: str
    verbs: frozenset[str]


def words_of(text: str, language: str) -> frozenset[str]:
    return frozenset(token for chunk in text.split() for token in tokens_in(chunk, language))


def tokens_in(chunk: str, language: str) -> tuple[str, ...]:
    """The content of one word of a text."""
    return tuple(map(folded, normalize(chunk.strip(AROUND), language).content))


def readings(row: Row, name: frozenset[str], statement: Statement) -> list[Told]:
    """The one cell of a row of which a statement tells the value, with that; nothing if there are more."""
    found = [*_changes(row, name, statement)]
    if not found:
        text, old = statement.bare, ""
        if statement.denies and (cut := _INSTEAD.search(text)):
            text, old = text[: cut.start()], text[cut.end() :]
        found = [told for told in _read_all(row, name, text, statement.language) if _was(told, old, statement.language)]
    return found if len(found) == 1 else []


def names_column(row: Row, words: frozenset[str]) -> list[Cell]:
    """The cells of which words have one of the heading that no other column has."""
    return [cell for cell in row.cells if any(_alike(word, each) for word in _own_words(cell, row) for each in words)]


def says_only(row: Row, text: str, language: str) -> bool:
    """Whether a text names a row and perhaps its columns, and says nothing else."""
    known = row.name | row.kind | row.around | _LIGHT
    known = known.union(*(cell.heading for cell in row.cells))
    return known.issuperset(words_of(text, language)) and not row.name.isdisjoint(words_of(text, language))


def _own_words(cell: Cell, row: Row) -> frozenset[str]:
    others = frozenset(word for other in row.cells if other is not cell for word in other.heading)
    return cell.heading - others - row.kind - row.name


def _alike(one: str, other: str) -> bool:
    """Whether two words are one, but for an ending: "Beginn", "beginnt"."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) > 3 and longer.startswith(shorter) and len(longer) - len(shorter) <= 2)


def _changes(row: Row, name: frozenset[str], statement: Statement) -> list[Told]:
    """The cells that a change is told of, from its old value to a new one; else those that have the new one."""
    change, language = statement.change, statement.language
    if change is None or not change.old:
        return []
    subject, olds = {*map(folded, change.subject.content)}, {*map(folded, change.old)}
    lead, value = cut_lead(change.new.strip(" .!,"), language)
    old, found = " ".join(map(folded, " ".join(change.old).split())), list[Told]()
    for cell in row.cells if name <= subject | olds else ():
        known = name | row.kind | row.around | cell.heading | _LIGHT
        was = plain_value(cut_lead(cell.text, language)[1], language) == old
        same = was or tells_same(value, cell.text, language)
        if same and subject <= known and _is_like(value, cell, language):
            found.append(Told(row, cell, value, lead, was))
    return [told for told in found if told.was] or found


def _is_like(value: str, cell: Cell, language: str) -> bool:
    """Whether a value may stand where another does: it is of its kind, and short."""
    was, now = kind_of_value(cut_lead(cell.text, language)[1], language), kind_of_value(value, language)
    alike = was.name == now.name and (was.unit == now.unit or not now.unit or measure_alike(was, now))
    return 0 < len(value.split()) <= VALUE_WORDS and (alike or {was.name, now.name} <= {NAME, WORDS, CODE})


def _read_all(row: Row, name: frozenset[str], text: str, language: str) -> Iterator[Told]:
    words = words_of(text, language)
    named = names_column(row, words)
    if len(named) > 1 or (row.valued and not named and row.kind.isdisjoint(words)):
        return
    for cell in named or row.cells:
        reading = _read(text, row, name, cell, language)
        if reading and _fits(reading, row, cell, language, named=bool(named)):
            yield Told(row, cell, reading.value, reading.lead)


def _was(told: Told, old: str, language: str) -> bool:
    """Whether what is said to be so no longer is what a cell holds, or the number of that: "not 2"."""
    text = told.cell.text
    old = old.strip(" .!,")
    if not old or tells_same(told.value, text, language):
        return True
    was, now = kind_of_value(text, language), kind_of_value(old, language)
    if was.name == now.name == NUMBER and not now.unit:
        return re.findall(r"\d+", old) == re.findall(r"\d+", text)
    return tells_same(cut_lead(old, language)[1], cut_lead(text, language)[1], language)


def _read(text: str, row: Row, name: frozenset[str], cell: Cell, language: str) -> _Reading | None:
    """What a text says, but for the names of a row and a column and words that say nothing more."""
    chunks = text.rstrip(".! ").split()
    known = name | row.kind | row.around
    bounds = _MORE.intersection(normalize(cut_lead(cell.text, language)[0], language).tokens)
    left, verbs, bound = list[int](), set[str](), set[str]()
    for at, chunk in enumerate(chunks):
        of_row = not name.isdisjoint(words_of(" ".join(chunks[at + 1 : at + 3]), language))
        bound.update(_MORE.intersection(normalize(chunk.strip(AROUND), language).tokens) if not of_row else ())
        said = _tokens(chunk, known | cell.heading, language)
        if left[-1:] == [at - 1] and chunks[at - 1][-1:].isdigit() and _is_unit(chunk, language):
            left.append(at)
        elif all(token in known or any(_alike(word, token) for word in cell.heading) for token in said):
            continue
        elif all(token in _LIGHT or _is_participle(chunk, token) for token in said):
            verbs.update(said)
        else:
            left.append(at)
    if "ONLY" in bound and normalize(text, language).renews:
        bound.discard("ONLY")
    if not left or bound != bounds:
        return None
    start, end = left[0], left[-1] + 1
    if any(not _joins(chunks[at], language) for at in range(start, end) if at not in left):
        return None
    end += chunks[end : end + 1] != [] and chunks[end].casefold() in ("am", "pm", "uhr")
    begin = start
    while begin and _leads(chunks[begin - 1], language):
        begin -= 1
    start -= start > 0 and chunks[start - 1].casefold() in _articles(language)
    before = normalize(chunks[begin], language).tokens if begin < start else ()
    lead = "".join(f"{chunk} " for chunk in chunks[begin:start])
    value = " ".join(chunks[start:end]).strip(" ,;:" + BARE)
    return _Reading(value, lead, before[0] if before else "", frozenset(verbs))


def _tokens(chunk: str, known: frozenset[str], language: str) -> tuple[str, ...]:
    """The content of a word, or of those that hyphens put together if all of these are known: "Soll-Wert"."""
    parts = [token for part in chunk.split("-") for token in tokens_in(part, language)] if "-" in chunk else []
    return tuple(parts) if parts and known.issuperset(parts) else tokens_in(chunk, language)


def _articles(language: str) -> frozenset[str]:
    return LANGUAGES[language].indefinite | ({"einen", "einem", "einer"} if language == "de" else set())


def _joins(chunk: str, language: str) -> bool:
    """Whether a word may stand within a value: "and", "of the"."""
    return not tokens_in(chunk, language) and not NEWS.at([chunk.casefold().strip(AROUND)])


def _leads(chunk: str, language: str) -> bool:
    """Whether a word before a value belongs to where or how that is: "in", "the"."""
    said = normalize(chunk, language)
    is_be = chunk.casefold() in LANGUAGES[language].is_forms | LANGUAGES[language].be_forms
    return not (said.content or said.renews or is_be or chunk.endswith(","))


def _is_unit(chunk: str, language: str) -> bool:
    """Whether a word is a unit of the number before it."""
    bare = chunk.strip(AROUND)
    if not bare or normalize(bare, language).renews:
        return False
    return " " in (normalize(f"1 {bare}", language).tokens or ("",))[0]


def _is_participle(chunk: str, token: str) -> bool:
    return token in PARTICIPLES or _PARTICIPLE.match(chunk.strip(AROUND)) is not None


def _fits(reading: _Reading, row: Row, cell: Cell, language: str, *, named: bool) -> bool:
    """Whether a cell may hold what is left of a text: because it is named, or for the kind of what that is."""
    old = cut_lead(cell.text, language)[1]
    was, now = kind_of_value(old, language), kind_of_value(reading.value, language)
    verbs = reading.verbs - _IDLE
    if len(reading.value.split()) > VALUE_WORDS or "," in reading.value.rpartition(" and ")[2].rpartition(" und ")[2]:
        return False
    if was.name == now.name == NUMBER:
        if now.unit != was.unit and (now.unit or not (named or len(row.cells) == 1)):
            return named and measure_alike(was, now)
        return named or verbs <= _PAYING | STAYING
    if was.name == now.name == WEEKDAY:
        return was.amount == now.amount
    if was.name == now.name and was.is_typed:
        return named or not verbs & _BEGINNING or not cell.heading.isdisjoint(_WHEN)
    if {was.name, now.name} <= {CODE, NUMBER}:
        return named or was.name == now.name
    if was.is_typed or now.is_typed:
        return False
    if was.name == now.name == NAME and (named or _is_role(reading, row, cell, now, language)):
        return True
    if not cell.heading.isdisjoint(_WHERE) and reading.before in _PLACING:
        return now.name == NAME or language != "de"
    same = folded_words(reading.value, language) & folded_words(cell.text, language)
    return named and was.name == WORDS and bool(same)


def _is_role(reading: _Reading, row: Row, cell: Cell, now: Kind, language: str) -> bool:
    """Whether a name is that of who has a role, "the newsletter is done by Ana", and the cell of who has it."""
    alone = language != "de" or now.amount > 1
    if not cell.heading.isdisjoint(_WHO):
        return (
            reading.before == "BY" or not reading.verbs.isdisjoint(_DOING | STAYING) or (alone and len(row.cells) == 1)
        )
    return row.listed and alone
