"""What users correct of a table or a record: the one cell that a statement names gets the value it tells.

A statement names a row by all words of its name, or by one that nothing else in the store has, and a cell by its
heading, by its old value, or by a value of a kind that only one cell of the row has. Every other word has to be known:
then what is left is the new value. Where anything is unclear nothing changes, and what was said becomes an insight.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mockdreams.dreaming.cell_values import (
    BARE,
    VALUE_WORDS,
    WORDS,
    Kind,
    folded,
    folded_words,
    kind_of_value,
    measure_alike,
    tells_same,
    written_as,
)
from mockdreams.dreaming.conflicts import adds
from mockdreams.dreaming.edits import Corrected, home_of, size
from mockdreams.dreaming.languages import CODE, LANGUAGES, NAME, NUMBER, PARTICIPLES, TIME, WEEKDAY
from mockdreams.dreaming.merging import Claim
from mockdreams.dreaming.normalize import MODALS, normalize, tokens_of
from mockdreams.dreaming.openings import NEWS, REPORTING, words_in
from mockdreams.dreaming.parsing import ParsedMemory
from mockdreams.dreaming.plan import Transcript
from mockdreams.dreaming.stances import begins_later
from mockdreams.dreaming.statement_groups import StatementGroup
from mockdreams.dreaming.statements import Statement
from mockdreams.dreaming.tables import Cell, Row, rows_of

# With one of these nothing is told that is so now.
_UNSAID = MODALS | frozenset("? PAST HABIT FORMERLY COND UNLESS".split())
# With one of these a value is told with more than a cell holds, or of something else.
_MORE = frozenset(
    "NOT NOLONGER WITHOUT EXCEPT ONLY ABOVE BELOW ATMOST ATLEAST APPROX BEFORE AFTER UNTIL SINCE DURING OR BUT THAN WHILE"
    " BECAUSE ALTHOUGH STARTING BETWEEN FROM".split()
)
_INSTEAD = re.compile(r",? (?:and |und )?(?:not|no longer|instead of|rather than|nicht mehr|nicht|statt|anstatt) ")


def _folded(*meanings: str) -> frozenset[str]:
    return frozenset(folded(token) for meaning in meanings for token in tokens_of(meaning))


_HAVING, _PAYING, _BEGINNING, _STAYING = (
    _folded(meaning) for meaning in ("having", "paying", "beginning", "stays")
)
_DOING, _CHANGING = _folded("holds", "doing"), _folded("changed", "replaced")
_WHO, _WHERE, _WHEN, _COUNTED = (_folded(meaning) for meaning in ("who", "where", "when", "counted"))
_NEW = _folded("renewing") | {"neu", "new"}
_PAST = re.compile(r"(?:\w*ge\w{2,}(?:t|en)|\w{3,}ed)$")
_SPEAKERS = frozenset(("my", "his", "her", "their", "mein", "meine", "meiner", "meinem", "meinen"))


def correct(
    memories: Sequence[ParsedMemory],
    groups: Iterable[StatementGroup],
    claims: Iterable[Claim],
    transcripts: Sequence[Transcript],
    limit: int,
) -> list[Corrected]:
    """Put into cells what users said, the newest first; groups that are told so are settled."""
    waiting = [group for group in groups if group.is_told and not group.settled]
    rows = [row for memory in memories for row in rows_of(memory)] if waiting else []
    if not rows:
        return []
    cells = _Cells(rows, [*claims], memories, limit)
    waiting.sort(key=lambda group: group.at, reverse=True)
    for group in waiting:
        cells.hear(group, transcripts)
    return cells.done


@dataclass(frozen=True, slots=True)
class _Told:
    """A cell and what is said to be in it; `old` is what it is said to have held."""

    row: Row
    cell: Cell
    value: str
    old: str


class _Cells:
    def __init__(
        self, rows: Sequence[Row], claims: Sequence[Claim], memories: Sequence[ParsedMemory], limit: int
    ) -> None:
        self.rows, self.limit = rows, limit
        self.done: list[Corrected] = []
        self._claims, self._memories = claims, memories
        self._by_word: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            for word in row.name:
                self._by_word[word].append(row)
        self._at = {
            (home.memory, home.index): claim.at for claim in claims if not claim.facts for home in (home_of(claim),)
        }
        self._corrected: dict[tuple[Row, Cell], datetime] = {}
        self._named_elsewhere: dict[str, bool] = {}

    def hear(self, group: StatementGroup, transcripts: Sequence[Transcript]) -> None:
        """Correct the one cell that a group of statements names; or see to it that it is not lost."""
        statement = group.newest
        if not _is_said(statement):
            return
        named = [*self._rows_named(statement)]
        if not named:
            return
        found = list[_Told]()
        sayings = (statement, *statement.parts)
        for one in sayings if not begins_later(statement.said, statement.at) else ():
            found = [told for row, words in named for told in _readings(row, words, one)]
            if found:
                break
        news = group.news or any(one.said.renews for one in sayings)
        if len(found) != 1:
            group.corrects = group.corrects or (news and any(_touches(row, statement) for row, _ in named))
            return
        if tells_same(found[0].value, found[0].cell.text, statement.language):
            group.settled = True
        elif not news:
            group.corrects = True
        else:
            group.settled = self._write(found[0], statement, transcripts[statement.session].session_id)
            group.corrects = group.corrects or not group.settled

    def _rows_named(self, statement: Statement) -> Iterator[tuple[Row, frozenset[str]]]:
        """The rows that a statement names, and by which words; of a table only those with most of them."""
        words = _words_of(statement)
        known = dict.fromkeys(row for word in words for row in self._by_word.get(word, ()))
        named = [(row, row.name) for row in known if row.name <= words and _is_of_kind(row, words)]
        if not named:
            named = [(row, row.name & words) for row in known if self._is_clear(row, row.name & words, statement)]
        for row, name in named:
            if not any(name < other for _, other in named):
                yield row, name

    def _is_clear(self, row: Row, words: frozenset[str], statement: Statement) -> bool:
        """Whether one word of a name, which nothing else in the store has, stands for the whole."""
        if len(words) != 1 or row.valued or len(row.name) < 2:
            return False
        (word,) = words
        if len(word) < 3 or len(self._by_word[word]) > 1 or _within_name(word, row, statement):
            return False
        if word not in self._named_elsewhere:
            self._named_elsewhere[word] = any(
                word in map(folded, claim.said.tokens) for claim in self._claims
            ) or any(
                word in map(folded, words) and not row.name <= {*map(folded, words)}
                for memory in self._memories
                for words in memory.headings.values()
            )
        return not self._named_elsewhere[word]

    def _write(self, told: _Told, statement: Statement, session: str) -> bool:
        """Write a value into a cell, if the page is older; True also if it holds something newer."""
        cell, memory = told.cell, told.cell.memory
        written = max(memory.written_at, self._at.get((memory, cell.block), memory.written_at))
        if max(written, self._corrected.get((told.row, cell), written)) > statement.at:
            return True
        text = _new_text(told, statement.language)
        if text is None:
            return False
        lines = (memory.edits.get(cell.block) or memory.blocks[cell.block].text).split("\n")
        old = lines[cell.line]
        lines[cell.line] = f"{old[: cell.start]}{text}{old[cell.end :]}"
        growth = size(lines[cell.line]) - size(old)
        if old[cell.start : cell.end] != cell.text or (
            growth > 0 and size(memory.content) + memory.growth + growth > self.limit
        ):
            return False
        memory.growth += max(growth, 0)
        memory.edits[cell.block] = "\n".join(lines)
        self._corrected[told.row, cell] = statement.at
        self._shift(cell, text)
        self.done.append(Corrected(memory.path, old, lines[cell.line], f"session {session}"))
        return True

    def _shift(self, cell: Cell, text: str) -> None:
        """Keep in mind where the cells of a line stand once one has another length."""
        by, end = len(text) - len(cell.text), cell.end
        for row in self.rows:
            for each in row.cells:
                if (each.memory, each.block, each.line) == (cell.memory, cell.block, cell.line):
                    if each.start == cell.start:
                        each.text, each.end = text, end + by
                    elif each.start > cell.start:
                        each.start, each.end = each.start + by, each.end + by


def _is_said(statement: Statement) -> bool:
    """Whether a statement tells what is so, and nothing that may be or was, or that another said."""
    said, words = statement.said, words_in(statement.text)
    if statement.asked or statement.language not in LANGUAGES or not _UNSAID.isdisjoint(said.tokens):
        # What was done to a value may be told in the past: "was raised from £38 to £41".
        if statement.asked or statement.change is None or not (_UNSAID - {"PAST"}).isdisjoint(said.tokens):
            return False
    return not (REPORTING.within(words) or adds(statement.bare) or not _SPEAKERS.isdisjoint(words))


def _words_of(statement: Statement) -> frozenset[str]:
    words = statement.said.tokens
    return frozenset(map(folded, words)) | frozenset(
        folded(token) for word in statement.bare.split() for token in _tokens(word, statement.language)
    )


def _tokens(chunk: str, language: str) -> tuple[str, ...]:
    """The tokens of one word, or of the words that hyphens put together."""
    bare = chunk.strip(",;:.!()" + BARE)
    said = normalize(bare, language)
    return tuple(folded(token) for token in said.tokens)


def _is_of_kind(row: Row, words: frozenset[str]) -> bool:
    """Whether of a row that is named by a number it is told what that is: "line 12"."""
    return not row.valued or not row.kind.isdisjoint(words) or kind_of_value(row.title, "en").name in (WEEKDAY, TIME)


def _within_name(word: str, row: Row, statement: Statement) -> bool:
    """Whether a word is a part of another name: "Mill Road", for "Mill Lane"."""
    chunks = statement.bare.split()
    at = next((at for at, chunk in enumerate(chunks) if word in _tokens(chunk, statement.language)), -1)
    if at < 0:
        return True
    beside = [*chunks[max(at - 1, 1) : at], *(() if chunks[at].endswith(("'s", "’s", ",")) else chunks[at + 1 : at + 2])]
    return any(
        (chunk[:1].isupper() and statement.language != "de") or not row.kind.isdisjoint(_tokens(chunk, statement.language))
        for chunk in beside
    )


def _touches(row: Row, statement: Statement) -> bool:
    """Whether news of a row are of one of its columns, or have a value of a kind that one of its cells has."""
    words = _words_of(statement)
    kinds = {kind for kind in statement.said.kinds if kind not in ("class", "word", NAME)}
    return any(
        (cell.heading and cell.heading <= words) or kind_of_value(cell.text, statement.language).name in kinds
        for cell in row.cells
    )


def _readings(row: Row, name: frozenset[str], statement: Statement) -> list[_Told]:
    """The cells of a row of which a statement tells a value, each with that."""
    change = statement.change
    if change and change.old:
        found = [told for cell in row.cells if (told := _changed(row, name, cell, statement))]
        if found or not statement.denies:
            return found if len(found) == 1 else []
    text, old = statement.bare, ""
    if (cut := _INSTEAD.search(text)) and statement.denies:
        text, old = text[: cut.start()], text[cut.end() :]
    words = frozenset(token for chunk in text.split() for token in _tokens(chunk, statement.language))
    told = [cell for cell in row.cells if _is_named(cell, row, words)]
    if len(told) > 1:
        return []
    found = list[_Told]()
    for cell in told or row.cells:
        reading = _read(text, row, name, cell, statement.language)
        if reading and _fits(reading, row, cell, statement.language, named=bool(told)):
            if old and not _is_old(old, cell.text, statement.language):
                continue
            found.append(_Told(row, cell, reading.value, ""))
    if row.valued and not (told or old) and not row.kind.intersection(words):
        return []
    return found if len(found) == 1 else []


def _is_named(cell: Cell, row: Row, words: frozenset[str]) -> bool:
    """Whether words have one of a heading that no other column of the row has."""
    others = frozenset(word for other in row.cells if other is not cell for word in other.heading)
    own = cell.heading - others - row.kind - row.name
    return any(_alike(word, each) for word in own for each in words)


def _alike(one: str, other: str) -> bool:
    """Whether two words are one, but for an ending: "Beginn", "beginnt"."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) > 4 and longer.startswith(shorter) and len(longer) - len(shorter) <= 2)


def _is_old(told: str, text: str, language: str) -> bool:
    """Whether a value is the one in a cell, or the number of it: "not 2"."""
    told = told.strip(" .!,")
    was, now = kind_of_value(text, language), kind_of_value(told, language)
    if was.name == now.name == NUMBER and now.unit == "":
        return _digits(told) == _digits(text)
    return tells_same(_bare_value(told, language), text, language) or tells_same(told, text, language)


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _bare_value(text: str, language: str) -> str:
    """A value without the words before it that say nothing: "the barn", "von Montag"."""
    chunks = text.split()
    while len(chunks) > 1 and not normalize(chunks[0], language).content:
        chunks.pop(0)
    return " ".join(chunks)


def _changed(row: Row, name: frozenset[str], cell: Cell, statement: Statement) -> _Told | None:
    """What a change that is told puts into a cell, in place of all of it or of one value in it."""
    change, language = statement.change, statement.language
    if change is None or not change.old:
        return None
    old = " ".join(change.old)
    if _plain(cell.text, language) != " ".join(map(folded, old.split())):
        return None
    known = name | row.kind | row.around | cell.heading | _HAVING | _PAYING | _BEGINNING | _STAYING | _DOING | _CHANGING
    known |= _COUNTED | _WHEN if kind_of_value(cell.text, language).is_typed else frozenset()
    subject = frozenset(map(folded, change.subject.content))
    if not subject <= known or not name <= subject | frozenset(map(folded, change.old)):
        return None
    value = _bare_value(change.new.strip(" .!,"), language)
    return _Told(row, cell, value, cell.text) if _is_value(value, row, cell, language) else None


def _plain(text: str, language: str) -> str:
    return " ".join(map(folded, " ".join(normalize(text.strip(BARE), language).tokens).split()))


def _is_value(value: str, row: Row, cell: Cell, language: str) -> bool:
    """Whether a new value may stand where the old one does: it is of its kind, and short."""
    was, now = kind_of_value(cell.text, language), kind_of_value(value, language)
    alike = was.name == now.name and (was.unit == now.unit or not now.unit or measure_alike(was, now))
    return 0 < len(value.split()) <= VALUE_WORDS and (alike or {was.name, now.name} <= {NAME, WORDS, CODE})


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is left of a statement without the words that are known; and the class of the word before that."""

    value: str
    before: str
    verbs: frozenset[str]


def _read(text: str, row: Row, name: frozenset[str], cell: Cell, language: str) -> _Reading | None:
    """What a text says, but for the names of a row and a column and words that say nothing more."""
    chunks = text.rstrip(".! ").split()
    known = name | row.kind | row.around | cell.heading
    light = _HAVING | _PAYING | _BEGINNING | _STAYING | _DOING | _CHANGING | _NEW | _COUNTED | _WHEN
    left, verbs = list[int](), set[str]()
    for at, chunk in enumerate(chunks):
        tokens = [token for part in _parts(chunk, known, language) for token in part]
        said = [token for token in tokens if not token.isupper() or any(map(str.isdigit, token))]
        if not _MORE.isdisjoint(tokens):
            return None
        if all(any(_alike(word, token) for word in known) for token in said):
            continue
        if all(token in light or _is_participle(chunk, token) for token in said):
            verbs.update(said)
            continue
        left.append(at)
    if not left:
        return None
    start, end = left[0], left[-1] + 1
    end += chunks[end : end + 1] != [] and chunks[end].casefold() in ("am", "pm", "uhr") and language in ("en", "de")
    inner = [chunk for at, chunk in enumerate(chunks) if start <= at < end and at not in left]
    if any(not _is_silent(chunk, language) for chunk in inner) or any(NEWS.at([chunk.casefold()]) for chunk in inner):
        return None
    before = normalize(chunks[start - 1], language).tokens[-1:] if start else ()
    if start and chunks[start - 1].casefold() in LANGUAGES[language].indefinite | {"einen", "einer"}:
        start -= 1
    value = " ".join(chunks[start:end]).strip(" ,;:" + BARE)
    return _Reading(value, before[0] if before else "", frozenset(verbs))


def _parts(chunk: str, known: frozenset[str], language: str) -> list[tuple[str, ...]]:
    whole = _tokens(chunk, language)
    parts = [_tokens(part, language) for part in chunk.split("-")] if "-" in chunk else []
    return parts if parts and all(known.issuperset(part) for part in parts) else [whole]


def _is_silent(chunk: str, language: str) -> bool:
    return not normalize(chunk.strip(",;:."), language).content


def _is_participle(chunk: str, token: str) -> bool:
    return token in PARTICIPLES or (chunk[:1].islower() and _PAST.match(chunk.strip(".,!").casefold()) is not None)


def _fits(reading: _Reading, row: Row, cell: Cell, language: str, *, named: bool) -> bool:
    """Whether a cell may hold what is left of a statement: because it is named, or of what kind that is."""
    was, now = kind_of_value(cell.text, language), kind_of_value(reading.value, language)
    verbs, heading = reading.verbs - _HAVING - _CHANGING - _NEW - _COUNTED - _WHEN, cell.heading
    if len(reading.value.split()) > VALUE_WORDS or "|" in reading.value:
        return False
    if was.name == now.name == NUMBER:
        if not (now.unit == was.unit or (not now.unit and (named or len(row.cells) == 1))):
            return named and measure_alike(was, now)
        return not verbs - _PAYING or named
    if was.name == now.name == WEEKDAY:
        return was.count == now.count
    if was.name == now.name and was.is_typed:
        return named or not (verbs & _BEGINNING) or not heading.isdisjoint(_WHEN)
    if CODE in (was.name, now.name) and {was.name, now.name} <= {CODE, NUMBER}:
        return named or was.name == now.name
    if was.name == now.name == NAME and (named or _is_role(reading, row, cell, now, language)):
        return True
    if was.is_typed or now.is_typed:
        return False
    if not heading.isdisjoint(_WHERE) and reading.before in ("IN", "ON", "AT", "BY", "TO"):
        return now.name == NAME or language != "de"
    same = folded_words(reading.value, language) & folded_words(cell.text, language)
    return named and was.name == WORDS and bool(same)


def _is_role(reading: _Reading, row: Row, cell: Cell, now: Kind, language: str) -> bool:
    """Whether a name is that of who has a role, "the newsletter is done by Ana", and the cell of who has it."""
    told = reading.before == "BY" or not reading.verbs.isdisjoint(_DOING)
    if not cell.heading.isdisjoint(_WHO):
        return told or (len(row.cells) == 1 and (language != "de" or now.count > 1))
    return row.listed and (language != "de" or now.count > 1)


def _new_text(told: _Told, language: str) -> str | None:
    value = told.value
    if kind_of_value(value, language).name not in (WORDS,) or told.old:
        value = _bare_value(value, language)
    text = written_as(told.cell.text, value, language)
    if not text.strip() or "|" in text or "\n" in text or not tells_same(text, value, language):
        return None
    return text
