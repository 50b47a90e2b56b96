"""What users correct of a table or a record: the one cell that a statement names gets the value it tells.

A statement names a row by all words of its name, or by one that nothing else in the store has, and a cell by its
heading, by its old value, or by a value of a kind that only one cell of the row has. Where anything is unclear nothing
changes, and what was said becomes an insight.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from mockdreams.dreaming.cell_readings import (
    PRONOUNS,
    STAYING,
    CellNews,
    names_column,
    readings,
    says_only,
    words_told,
)
from mockdreams.dreaming.cell_values import WORDS, cut_lead, kind_of_value, tells_same, written_as
from mockdreams.dreaming.conflicts import adds
from mockdreams.dreaming.edits import Corrected, home_of, size
from mockdreams.dreaming.facts import is_present
from mockdreams.dreaming.inflection import stem
from mockdreams.dreaming.languages import LANGUAGES, NAME, words_of
from mockdreams.dreaming.merging import Claim
from mockdreams.dreaming.normalized import MODALS
from mockdreams.dreaming.openings import REPORTING, words_in
from mockdreams.dreaming.parsing import ParsedMemory
from mockdreams.dreaming.pieces import folded
from mockdreams.dreaming.plan import Transcript
from mockdreams.dreaming.stances import begins_later
from mockdreams.dreaming.statement_groups import StatementGroup
from mockdreams.dreaming.statements import Statement
from mockdreams.dreaming.tables import Cell, Row, rows_of

# With one of these nothing is told that is so now; with some it is told what will be.
_UNSAID = MODALS | frozenset("? PAST HABIT FORMERLY COND UNLESS".split())
_PLANNED = frozenset(("WILL", "SHOULD"))
_OWNING = words_of("owning")
# A row is looked for by the words of its name that so few others have; of more rows than can be compared none is meant.
_FEW, _COMPARED = 4, 64


def correct(
    memories: Sequence[ParsedMemory],
    groups: Iterable[StatementGroup],
    claims: Iterable[Claim],
    transcripts: Sequence[Transcript],
    limit: int,
) -> list[Corrected]:
    """Put into cells what users said, the newest first; groups that are told so are settled."""
    waiting = [group for group in groups if group.is_told and not group.settled]
    rows = [*rows_of(memories)] if waiting else []
    if not rows:
        return []
    cells = _Cells(rows, [*claims], memories, limit)
    for group in sorted(waiting, key=lambda group: group.at, reverse=True):
        cells.hear(group, transcripts)
    return cells.done


class _Cells:
    def __init__(
        self, rows: Sequence[Row], claims: Sequence[Claim], memories: Sequence[ParsedMemory], limit: int
    ) -> None:
        self.done: list[Corrected] = []
        self._limit, self._claims, self._memories = limit, claims, memories
        self._counts = Counter(word for row in rows for word in row.name)
        self._by_word: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            rare = [word for word in row.name if self._counts[word] <= _FEW]
            for word in rare or [min(row.name, key=lambda word: (self._counts[word], word))]:
                self._by_word[word].append(row)
        homes = ((home_of(claim), claim.at) for claim in claims if not claim.facts)
        self._written = {(home.memory, home.index): at for home, at in homes}
        """When users said what stands in a block instead of what was written there."""
        self._corrected: dict[Cell, datetime] = {}
        self._elsewhere: dict[str, bool] = {}

    def hear(self, group: StatementGroup, transcripts: Sequence[Transcript]) -> None:
        """Correct the one cell that a group of statements names; or see to it that what is said is not lost."""
        statement = group.newest
        named = [*self._rows_named(statement)] if _may_tell(statement) else []
        if not named:
            return
        told = self._told(named, statement)
        if told is None:
            news = group.news or statement.said.renews or not _PLANNED.isdisjoint(statement.said.tokens)
            group.corrects = group.corrects or any(_touches(row, statement, news=news) for row, _ in named)
        elif tells_same(told.value, told.cell.text, statement.language):
            group.settled = True
        elif group.news or statement.said.renews:
            group.settled = self._write(told, statement, transcripts[statement.session].session_id)
            group.corrects = group.corrects or not group.settled
        else:
            group.corrects = True

    def _rows_named(self, statement: Statement) -> Iterator[tuple[Row, frozenset[str]]]:
        """The rows that a statement names, and by which words; not those of which another has these and more."""
        met = folded(frozenset(statement.said.tokens))
        known = [*dict.fromkeys(row for word in met for row in self._by_word.get(word, ()))]
        if not known or len(known) > _COMPARED:
            return
        words = words_told(statement.bare, statement.language) | met
        # Of a row that is named by a number it has to be told what that is: "line 12".
        known = [row for row in known if not row.numbered or row.kind & words]
        named = [(row, row.name) for row in known if row.name <= words]
        if not named:
            named = [(row, row.name & words) for row in known if self._is_clear(row, row.name & words)]
        yield from ((row, name) for row, name in named if not any(name < other for _, other in named))

    def _is_clear(self, row: Row, words: frozenset[str]) -> bool:
        """Whether one word of a name, which nothing else in the store has, stands for the whole."""
        word = min(words, default="")
        if len(words) != 1 or row.numbered or len(row.name) < 2 or self._counts[word] > 1:
            return False
        if word not in self._elsewhere:
            self._elsewhere[word] = self._is_elsewhere(word, row)
        return not self._elsewhere[word]

    def _is_elsewhere(self, word: str, row: Row) -> bool:
        """Whether a heading has a word, or a statement; a first name is another's only before another name."""
        headings = (folded(frozenset(words)) for memory in self._memories for words in memory.headings.values())
        if any(word in words and not row.name <= words for words in headings):
            return True
        is_person = row.title.istitle() and word in words_told(row.title.split()[0], "en")
        for said in (claim.said for claim in self._claims):
            tokens = [stem(token, "de", noun=True) for token in said.tokens]
            others = word in tokens and not row.name.issubset(tokens)
            if others and (not is_person or said.kinds[tokens.index(word) + 1 :][:1] == (NAME,)):
                return True
        return False

    def _told(self, named: Sequence[tuple[Row, frozenset[str]]], statement: Statement) -> CellNews | None:
        """The one cell that a statement, or the clause in it that says what is so now, tells the value of."""
        planned = not _PLANNED.isdisjoint(statement.said.tokens) or begins_later(statement.said, statement.at)
        if planned or adds(statement.bare):
            return None
        sayings = [statement] if statement.change or "PAST" not in statement.said.tokens else []
        for one in (*statement.parts(), *sayings):
            words = words_told(one.bare, one.language)
            if len(named) == 1 and _takes_up(one) and says_only(named[0][0], statement.clauses[0].text, one.language):
                words |= named[0][1]
            told = chain.from_iterable(readings(row, name, one) for row, name in named if name <= words)
            found = {each.cell: each for each in told}
            if found:
                return next(iter(found.values())) if len(found) == 1 else None
        return None

    def _write(self, told: CellNews, statement: Statement, session: str) -> bool:
        """Write a value into a cell, unless that holds something newer; False if it cannot be done."""
        cell, memory = told.cell, told.cell.memory
        written = max(memory.written_at, self._written.get((memory, cell.block), memory.written_at))
        if max(written, self._corrected.get(cell, written)) > statement.at:
            return True
        text = _new_text(told, statement.language)
        lines = (memory.edits.get(cell.block) or memory.blocks[cell.block].text).split("\n")
        old = lines[cell.line]
        new = cell.line_with(lines, text) if text else None
        growth = size(new) - size(old) if new else 0
        if text is None or new is None or (growth > 0 and size(memory.content) + memory.growth + growth > self._limit):
            return False
        memory.growth += max(growth, 0)
        lines[cell.line] = new
        memory.edits[cell.block] = "\n".join(lines)
        cell.text, self._corrected[cell] = text, statement.at
        self.done.append(Corrected(memory.path, old, new, f"session {session}"))
        return True


def _may_tell(statement: Statement) -> bool:
    """Whether a statement is the user's own, of what is so or will be."""
    if statement.asked or statement.language not in LANGUAGES or not _OWNING.isdisjoint(words_in(statement.text)):
        return False
    # "Was raised from £38 to £41" tells what is so; and it may be told of what was beside what is.
    unsaid = _UNSAID - _PLANNED - ({"PAST"} if statement.change or statement.parts() else set())
    own = LANGUAGES[statement.language].persons
    clauses = [words_in(clause.text) for clause in statement.clauses or (statement,)]
    # "..., I've been told" is no other's word.
    reported = any(_reports(words, statement) for words in clauses if words[0].partition("'")[0] not in own)
    return unsaid.isdisjoint(statement.said.tokens) and not reported


def _reports(words: list[str], statement: Statement) -> bool:
    """Whether somebody else is told to say it: "steht" and the like may say where something is."""
    said = ((word, words_told(word, statement.language)) for word in words)
    return REPORTING.within([word for word, tokens in said if tokens and STAYING.isdisjoint(tokens)])


def _takes_up(clause: Statement) -> bool:
    """Whether a clause is about what the one before it names: "Dev's days have changed, he's in on Friday now"."""
    return not clause.clauses and any(word.partition("'")[0] in PRONOUNS for word in words_in(clause.bare)[:2])


def _touches(row: Row, statement: Statement, *, news: bool) -> bool:
    """Whether what is said of a row is of one of its columns or of what it is, and is news or has another value."""
    said, language = statement.said, statement.language
    words, first = words_told(statement.bare, language), words_told(" ".join(said.content[:2]), language)
    if not (names_column(row, words) or (row.kind | row.around) & words or row.name & first):
        return False
    values = ((cell.text, cut_lead(cell.text, language)[1]) for cell in row.cells)
    typed = [words_told(text, language) for text, value in values if kind_of_value(value, language).name in said.kinds]
    return news or (is_present(said) and typed != [] and not any(held <= words for held in typed))


def _new_text(told: CellNews, language: str) -> str | None:
    """The text of a cell with its new value, written as the old one was; None if that says something else."""
    lead, old = cut_lead(told.cell.text, language)
    kind = kind_of_value(told.value, language)
    value = told.value if kind.name == WORDS and not told.was else cut_lead(told.value, language)[1]
    if lead and not kind.is_typed:
        lead, old = told.lead, old
    text = lead + written_as(old, value, language)
    unsafe = not text.strip() or "|" in text or "\n" in text or ": " in text or " #" in text
    return None if unsafe or not tells_same(cut_lead(text, language)[1], value, language) else text
