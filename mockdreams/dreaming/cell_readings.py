"""What a statement says of one row: which of its cells it is about, and the value that it puts there.

Every word has to be known: as one of the row's name, of the heading of a column, or of the page, or as one that says
nothing by itself. What is left is the value.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mockdreams.dreaming.cell_values import (
    BARE,
    VALUE_WORDS,
    WORDS,
    ValueKind,
    cut_lead,
    folded,
    folded_words,
    kind_of_value,
    measure_alike,
    plain_value,
    tells_same,
)
from mockdreams.dreaming.languages import CLASS, CODE, LANGUAGES, MONTH, NAME, NUMBER, PARTICIPLES, TIME, WEEKDAY
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.openings import NEWS
from mockdreams.dreaming.stances import YEAR_DIGITS
from mockdreams.dreaming.statements import Statement
from mockdreams.dreaming.tables import Cell, Row

# What a text about a cell may have of other words than those of content; with others it tells more or something else.
_PLAIN = frozenset("OF IN ON AT FOR TO BY EVERY PER THERE PAST".split())
# A cell may have one of these before its value: "from 14:00".
_BOUNDS = frozenset("FROM STARTING SINCE UNTIL ABOVE BELOW ATMOST ATLEAST APPROX AFTER BEFORE".split())
_PLACING = frozenset(("IN", "ON", "AT", "TO"))
_INSTEAD = re.compile(
    r",? (?:and |und )?(?:not|no longer|instead of|rather than|nicht mehr|nicht|statt|anstatt|anstelle von) "
)
_PARTICIPLE = re.compile(r"[a-zäöüß]*(?:ge[a-zäöüß]{2,}(?:t|en)|[a-z]{2}ed)$")
_INFLECTION = re.compile(r"^ge(?=...)|(?:t|en|ed)$")
AROUND = ",;:.!()" + BARE


def _folded(*meanings: str) -> frozenset[str]:
    return frozenset(folded(token) for meaning in meanings for token in tokens_of(meaning))


_PAYING, _BEGINNING, STAYING = _folded("priced"), _folded("starting"), _folded("stays")
_DOING, _CHANGING, _NEW = _folded("holds", "doing"), _folded("changed", "replaced"), _folded("renewing")
_WHO, _WHERE, _WHEN, _COUNTED = (_folded(meaning) for meaning in ("who", "where", "when", "counted"))
_IDLE = _folded("having") | _CHANGING | _NEW | _COUNTED | _WHEN
PRONOUNS = frozenset("it he she they es er sie".split())
_NOBODY, _PARTICLES = _folded("everybody"), _folded("particles")
_LIGHT = _IDLE | _PARTICLES | PRONOUNS | _PAYING | _BEGINNING | STAYING | _DOING


@dataclass(frozen=True, slots=True)
class CellNews:
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


def words_told(text: str, language: str) -> frozenset[str]:
    return frozenset(token for chunk in text.split() for token in tokens_in(chunk, language))


def tokens_in(chunk: str, language: str) -> tuple[str, ...]:
    """The content of one word of a text."""
    return tuple(map(folded, normalize(chunk.strip(AROUND), language).content))


def readings(row: Row, name: frozenset[str], statement: Statement) -> list[CellNews]:
    """The one cell of a row of which a statement tells the value, with that; nothing if there are more."""
    found = [*_changes(row, name, statement)]
    if not found:
        text, old = statement.bare, ""
        if statement.denies and (cut := _INSTEAD.search(text)):
            text, old = text[: cut.start()], text[cut.end() :]
            if not name.isdisjoint(words_told(old, statement.language)):
                # "Glenn no longer does the newsletter."
                return []
        found = [told for told in _read_all(row, name, text, statement.language) if _was(told, old, statement.language)]
    return found if len(found) == 1 else []


def names_column(row: Row, words: frozenset[str]) -> list[Cell]:
    """The cells of which words have one of the heading that no other column has."""
    return [cell for cell in row.cells if any(_alike(word, each) for word in _own_words(cell, row) for each in words)]


def says_only(row: Row, text: str, language: str) -> bool:
    """Whether a text names a row and perhaps its columns, and says nothing else."""
    known = row.name | row.kind | row.around | _LIGHT
    known = known.union(*(cell.heading for cell in row.cells))
    return known.issuperset(words_told(text, language)) and not row.name.isdisjoint(words_told(text, language))


def _own_words(cell: Cell, row: Row) -> frozenset[str]:
    others = frozenset(word for other in row.cells if other is not cell for word in other.heading)
    return cell.heading - others - row.kind - row.name


def _alike(one: str, other: str) -> bool:
    """Whether two words are one, but for an ending: "Beginn", "beginnt"."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) > 3 and longer.startswith(shorter) and len(longer) - len(shorter) <= 2)


def _changes(row: Row, name: frozenset[str], statement: Statement) -> list[CellNews]:
    """The cells that a change is told of, from its old value to a new one; else those that have the new one."""
    change, language = statement.change, statement.language
    if change is None or not change.old:
        return []
    subject, olds = {*map(folded, change.subject.content)}, {*map(folded, change.old)}
    found = list[CellNews]()
    for cell in row.cells if name <= subject | olds else ():
        lead, value = cut_lead(change.new.strip(" .!,"), language, cell.heading)
        old = " ".join(word for each in change.old for word in map(folded, each.split()) if word not in cell.heading)
        was = plain_value(cut_lead(cell.text, language, cell.heading)[1], language) == old
        same = was or tells_same(value, cell.text, language)
        known = name | row.kind | row.around | cell.heading | _LIGHT
        if same and subject <= known and _is_like(value, cell, language):
            found.append(CellNews(row, cell, value, lead, was))
    return [told for told in found if told.was] or found


def _is_like(value: str, cell: Cell, language: str) -> bool:
    """Whether a value may stand where another does: it is of its kind, and short."""
    was, now = kind_of_value(cut_lead(cell.text, language)[1], language), kind_of_value(value, language)
    alike = was.name == now.name and (was.unit == now.unit or not now.unit or measure_alike(was, now))
    return 0 < len(value.split()) <= VALUE_WORDS and (alike or {was.name, now.name} <= {NAME, WORDS, CODE})


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
    known, lead = name | row.kind | row.around, cut_lead(cell.text, language)[0]
    left, verbs, verb, classes = list[int](), set[str](), len(chunks), set[str]()
    for at, chunk in enumerate(chunks):
        said = _tokens(chunk, known | cell.heading, language)
        if _is_since(chunks, at, language) or _is_since(chunks, at - 1, language):
            continue
        if left[-1:] == [at - 1] and chunks[at - 1][-1:].isdigit() and _is_unit(chunk, language):
            left.append(at)
        elif not said or all(token in known or any(_alike(word, token) for word in cell.heading) for token in said):
            classes.update(_classes(chunks, at, name | cell.heading, language))
            verb = min(verb, at) if _is_be(chunk, language) or _is_verb(chunks, at, cell, language) else verb
        elif all(token in _LIGHT or _is_participle(chunks, at, language) for token in said):
            verbs.update(said)
            verb = min(verb, at)
        else:
            left.append(at)
    if "ONLY" in classes and normalize(text, language).renews:
        classes.discard("ONLY")
    bounds = _BOUNDS.intersection(normalize(lead, language).tokens)
    if not left or not classes <= _PLAIN | bounds or not bounds <= classes:
        return None
    if verb > left[0] and not name.isdisjoint(words_told(" ".join(chunks[: left[0]]), language)):
        # "The mower in the barn is broken."
        return None
    return _cut(chunks, left, verbs, language)


def _classes(chunks: Sequence[str], at: int, names: frozenset[str], language: str) -> frozenset[str]:
    """The classes that a word without content may stand for; before a name "from" says nothing: "from platform 8"."""
    said = normalize(chunks[at].strip(AROUND), language)
    following = " ".join(chunks[at + 1 : at + 3])
    found = {token for token, kind in zip(said.tokens, said.kinds, strict=True) if kind == CLASS}
    if found <= {"FROM"} and not names.isdisjoint(words_told(following, language)):
        return frozenset()
    if "FOR" in found and normalize(following, language).renews and not normalize(following, language).content:
        # "For now".
        return frozenset(("UNTIL",))
    if language == "de" and at + 1 == len(chunks) and chunks[at] in LANGUAGES[language].separable:
        # "Macht um 17 Uhr zu".
        return frozenset(("UNTIL",))
    return frozenset(found)


def _is_since(chunks: Sequence[str], at: int, language: str) -> bool:
    """Whether a word begins since when something is so: "since March"."""
    if at < 0 or at + 1 >= len(chunks) or normalize(chunks[at], language).tokens != ("SINCE",):
        return False
    said = normalize(chunks[at + 1].strip(AROUND), language)
    return said.kinds in ((MONTH,), (WEEKDAY,)) or (said.kinds == (NUMBER,) and len(said.tokens[0]) == YEAR_DIGITS)


def _is_verb(chunks: Sequence[str], at: int, cell: Cell, language: str) -> bool:
    """Whether a word of a heading is used as a verb: "the shop opens at 9:00", but not "the desk in room 7"."""
    if not any(_alike(word, token) for word in cell.heading for token in tokens_in(chunks[at], language)):
        return False
    if language == "de":
        return chunks[at][:1].islower()
    before = chunks[at - 1] if at else "the"
    begins = _is_silent(before, language) and not normalize(before, language).renews
    return not begins and not before.endswith(("'s", "\u2019s"))


def _is_silent(chunk: str, language: str) -> bool:
    return not tokens_in(chunk, language)


def _cut(chunks: Sequence[str], left: Sequence[int], verbs: set[str], language: str) -> _Reading | None:
    """The words that are left, if they stand in a row, with what leads to them."""
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
    value = value[:-2] if value.endswith(("'s", "\u2019s")) else value
    return _Reading(value, lead, before[0] if before else "", frozenset(verbs))


def _tokens(chunk: str, known: frozenset[str], language: str) -> tuple[str, ...]:
    """The content of a word, or of those that hyphens put together if all of these are known: "Soll-Wert"."""
    parts = [token for part in chunk.split("-") for token in tokens_in(part, language)] if "-" in chunk else []
    return tuple(parts) if parts and known.issuperset(parts) else tokens_in(chunk, language)


def _articles(language: str) -> frozenset[str]:
    return LANGUAGES[language].indefinite | ({"einen", "einem", "einer"} if language == "de" else set())


def _joins(chunk: str, language: str) -> bool:
    """Whether a word may stand within a value: "and", "of the"."""
    news = NEWS.at([chunk.casefold().strip(AROUND)])
    return _is_silent(chunk, language) and not (news or _is_be(chunk, language))


def _is_be(chunk: str, language: str) -> bool:
    return chunk.casefold() in LANGUAGES[language].is_forms | LANGUAGES[language].be_forms


def _leads(chunk: str, language: str) -> bool:
    """Whether a word before a value belongs to where or how that is: "in", "the"."""
    said = normalize(chunk, language)
    return not (said.content or said.renews or _is_be(chunk, language) or chunk.endswith(","))


def _is_unit(chunk: str, language: str) -> bool:
    """Whether a word is a unit of the number before it."""
    bare = chunk.strip(AROUND)
    if not bare or normalize(bare, language).renews:
        return False
    return " " in (normalize(f"1 {bare}", language).tokens or ("",))[0]


def _is_participle(chunks: Sequence[str], at: int, language: str) -> bool:
    """Whether a word is a participle, and no noun as "the shed" is."""
    if at and _leads(chunks[at - 1], language):
        return False
    bare = chunks[at].strip(AROUND)
    return bare.casefold() in PARTICIPLES or _PARTICIPLE.match(bare) is not None


def _fits(reading: _Reading, row: Row, cell: Cell, language: str, *, named: bool) -> bool:
    """Whether a cell may hold what is left of a text: because it is named, or for the kind of what that is."""
    old = cut_lead(cell.text, language)[1]
    was, now = kind_of_value(old, language), kind_of_value(reading.value, language)
    lists = reading.value.rpartition(" and ")[2].rpartition(" und ")[2]
    if len(reading.value.split()) > VALUE_WORDS or ", " in lists:
        return False
    if not reading.verbs.isdisjoint(_PARTICLES) and reading.verbs <= _PARTICLES:
        # "Is off on Friday", "is up £4".
        return False
    if was.is_typed or now.is_typed:
        return _fits_typed(reading, row, cell, was, now, named=named, alike=_is_of_shape(reading.value, old))
    does = reading.verbs - _LIGHT
    if does and reading.before != "BY" and not _is_akin(does, cell):
        # "The strimmer is broken in the shed."
        return False
    if was.name == now.name == CODE:
        return True
    if was.name == now.name == NAME and (named or _is_role(reading, row, cell, now, language)):
        return True
    if not cell.heading.isdisjoint(_WHERE) and reading.before in _PLACING:
        moved = not reading.verbs.isdisjoint(STAYING | _CHANGING)
        known = any(tells_same(reading.value, each, language) for each in cell.beside)
        return (now.name == NAME or language != "de") and (moved or known)
    same = folded_words(reading.value, language) & folded_words(cell.text, language)
    return named and was.name == WORDS and bool(same)


def _fits_typed(
    reading: _Reading, row: Row, cell: Cell, was: ValueKind, now: ValueKind, *, named: bool, alike: bool
) -> bool:
    """The same for a number, a day or a time."""
    changes, does = not reading.verbs.isdisjoint(_CHANGING), reading.verbs - _LIGHT
    if reading.before == "BY" or (reading.before == "TO" and not changes):
        # "Runs to 21:00", and not from then on.
        return False
    if changes and reading.before not in ("TO", "ON") and not (named and reading.before == ""):
        # "Went up £4", "wurde um 4 Euro erhöht".
        return False
    if does and not (named or _is_akin(does, cell) or (now.name in (WEEKDAY, TIME) and not _is_person(row))):
        # "Dev is paid on Wednesdays."
        return False
    if was.name == now.name == NUMBER:
        if not (now.unit or named) and not reading.verbs and not alike:
            # "Mo is 42 now."
            return False
        if now.unit != was.unit and (now.unit or not (named or len(row.cells) == 1)):
            return named and measure_alike(was, now)
        return named or not reading.verbs & _BEGINNING
    if was.name == now.name:
        neutral = not reading.verbs & _BEGINNING or not cell.heading.isdisjoint(_WHEN)
        return was.amount == now.amount and (named or neutral)
    return named and {was.name, now.name} == {CODE, NUMBER}


def _is_person(row: Row) -> bool:
    return not row.kind.isdisjoint(_WHO) or (" " in row.title and row.title.istitle())


def _is_akin(verbs: Iterable[str], cell: Cell) -> bool:
    """Whether what is done is what a heading names: "geprüft", "letzte Prüfung"."""
    cores = (_INFLECTION.sub("", verb) for verb in verbs)
    return any(len(core) > 3 and core in word for core in cores for word in cell.heading)


def _is_of_shape(one: str, other: str) -> bool:
    """Whether a number without a unit has as many digits as another, and is no small one: "2.60", "2.40"."""
    ours, theirs = (re.sub(r"\d", "0", text) for text in (one, other))
    return ours == theirs and len(ours) > 2


def _is_role(reading: _Reading, row: Row, cell: Cell, now: ValueKind, language: str) -> bool:
    """Whether a name is that of who has a role, "the newsletter is done by Ana", and the cell of who has it."""
    if reading.before not in ("", "BY") or not _NOBODY.isdisjoint(words_told(reading.value, language)):
        return False
    alone = language != "de" or now.amount > 1
    if not cell.heading.isdisjoint(_WHO):
        does = reading.before == "BY" or not reading.verbs.isdisjoint(_DOING | STAYING)
        return does or (alone and len(row.cells) == 1)
    if _is_akin(reading.verbs, cell):
        return True
    return row.listed and alone
