"""Statements that say the same, however they open, gathered into groups and counted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mockdreams.dreaming.changes import ToldChange
from mockdreams.dreaming.openings import CONDITIONS, Opened, words_in
from mockdreams.dreaming.statements import Statement
from mockdreams.dreaming.wordings import Wording, without_remark, wording
from mockdreams.freeing import release

# In how many sessions something is said before it is worth keeping, if nobody asked to remember it.
RECURRING_SUPPORT = 2
# Of two wordings of one wish the longer has no more words of content than this more than the shorter.
MORE_WORDS = 1
# Statements with one word in common that are looked at for whether they say the same.
COMPARED = 64
_SUBORDINATE = frozenset("COND UNLESS BEFORE AFTER BECAUSE WHILE ALTHOUGH PURPOSE".split())


@dataclass(slots=True, eq=False)
class StatementGroup:
    """What users said in one or more sessions. `settled` once the store holds it, or something newer."""

    statements: list[Statement]
    settled: bool = False
    corrects: bool = False
    """Whether it tells something new of what the store speaks of."""
    for_good: bool = False
    """Whether it was said for good in a clause of a longer sentence."""
    sessions: set[int] = field(default_factory=set)

    @property
    def at(self) -> datetime:
        return max(statement.at for statement in self.statements)

    @property
    def newest(self) -> Statement:
        return max(self.statements, key=lambda statement: statement.at)

    @property
    def change(self) -> ToldChange | None:
        """The change that was told last."""
        return next((one.change for one in reversed(self.statements) if one.change), None)

    @property
    def news(self) -> bool:
        return any(statement.news for statement in self.statements)

    @property
    def is_told(self) -> bool:
        return not all(statement.asked for statement in self.statements)

    @property
    def lasts(self) -> bool:
        """Whether it is worth learning: said for good, or told and not only asked in more than one session."""
        if self.standing or self.corrects or len(self.sessions) < RECURRING_SUPPORT:
            return self.standing or self.corrects
        told = {statement.session for statement in self.statements if not statement.asked}
        asked = {statement.session for statement in self.statements if statement.asked} - told
        return len(self.sessions - asked) >= RECURRING_SUPPORT

    @property
    def standing(self) -> bool:
        return self.for_good or any(statement.standing for statement in self.statements)

    @property
    def said_for_good(self) -> bool:
        """Whether it is worth learning, or a wish."""
        return self.lasts or any(Opened(statement.text).ordered for statement in self.statements)

    def wording(self) -> Statement:
        """The wording heard most often; of several a sentence, without "please" after it, the shortest, the newest."""
        if len(self.statements) == 1:
            return self.statements[0]
        heard: dict[str, int] = defaultdict(int)
        for statement in self.statements:
            heard[statement.shown] += 1
        return max(
            self.statements,
            key=lambda one: (
                not one.asked and one.text[-1:] != "?",
                heard[one.shown],
                not one.shown[:1].islower(),
                without_remark(one.bare, one.language) == one.bare,
                words_in(one.bare)[-1:] == words_in(one.text)[-1:],
                -len(one.shown),
                one.at,
            ),
        )


class StatementGroups:
    """What users said, by what they said. Equal words share a group at once, other wordings after `merge`."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, ...], StatementGroup] = {}

    def add(self, statement: Statement) -> None:
        group = self._by_key.setdefault(statement.said.tokens, StatementGroup([]))
        group.statements.append(statement)
        group.sessions.add(statement.session)

    def merge(self) -> Iterator[None]:
        """Join the wordings of one statement, with a pause after each."""
        met: _Met = defaultdict(list)
        first: _Met = defaultdict(list)
        """The same, each under one key only; that is enough to find what has no word more than another wording."""
        joined: dict[int, StatementGroup] = {}
        found = []
        for at, group in enumerate(self._by_key.values()):
            found.append((*_keyed(group.statements[0]), at, group))
            yield
        # Of a wish in fewer words those in more are wordings, however many.
        found.sort(key=lambda each: len(each[0].forms))
        for put, keys, at, group in found:
            same = next(_saying_the_same(put, keys, met if put.unlike else first), None)
            if same is not None:
                same.statements += group.statements
                same.sessions |= group.sessions
            else:
                joined[at] = group
                room = [key for key in keys if len(met[key]) < COMPARED]
                for key in room:
                    met[key].append((put, group))
                for key in room if put.unlike else room[:1]:
                    first[key].append((put, group))
        gone = set[StatementGroup]()
        _withdraw((put, group) for put, _, at, group in found if at in joined)
        for _, group in sorted(joined.items()):
            if _is_support(group, met, gone):
                gone.add(group)
        release(met, first, found)
        self._by_key = {(str(at),): group for at, group in sorted(joined.items()) if group not in gone}

    def __iter__(self) -> Iterator[StatementGroup]:
        return iter(self._by_key.values())

    def forget(self) -> None:
        release(*(group.statements for group in self), self._by_key)


def _withdraw(found: Iterable[tuple[Wording, StatementGroup]]) -> None:
    """Settle what a newer wish turns round: "Please call me Jo", and then "Please don't call me Jo"."""
    alike: dict[frozenset[str], list[tuple[Wording, StatementGroup]]] = defaultdict(list)
    for put, group in found:
        if group.is_told:
            alike[put.forms].append((put, group))
    for one, group in (each for same in alike.values() if len(same) > 1 for each in same):
        for put, other in alike[one.forms]:
            if group.at < other.at and put.is_contrary(one) and (group.said_for_good or other.said_for_good):
                group.settled = other.corrects = True


_Met = dict[tuple[str, ...], list[tuple[Wording, StatementGroup]]]
"""Groups, and the wording of each, by what they have in common with others."""


def _keyed(statement: Statement) -> tuple[Wording, list[tuple[str, ...]]]:
    """The wording of a statement, and keys: of two that say the same, one is among the keys of both."""
    put = wording(statement)
    words = sorted(put.forms)
    return put, [(word, *put.hard) for word in words]


def _saying_the_same(put: Wording, keys: list[tuple[str, ...]], met: _Met) -> Iterator[StatementGroup]:
    forms, unlike = put.forms, put.unlike
    for key in keys:
        for theirs, group in met.get(key, ()):
            if not (theirs.forms <= forms or forms <= theirs.forms or theirs.unlike or unlike):
                continue
            if _is_within(theirs, put):
                if _says_hardly_more(theirs, put):
                    yield group
            elif _is_within(put, theirs) and _says_hardly_more(put, theirs):
                yield group


def _is_within(shorter: Wording, longer: Wording) -> bool:
    """Whether one wording has all words of another, but for what that would not have instead."""
    if shorter.forms <= longer.forms:
        return True
    if not shorter.unlike or longer.unlike:
        return False
    return len(shorter.forms) > len(shorter.unlike) + 1 and shorter.forms - shorter.unlike <= longer.forms


def _says_hardly_more(shorter: Wording, longer: Wording) -> bool:
    """Whether of two statements, of which one has all words of the other, it has hardly more.

    What is said of all texts is said of letters, too: "no jargon", "no jargon in letters"; and "minutes as a list" says
    what "write the minutes as a list" says. Where they have a number or a name in common, fewer words are enough.
    """
    if not shorter.names_like(longer):
        return False
    size = len(shorter.forms & longer.forms)
    # What is wished for instead of what says no more than that it is wished for.
    more = longer.forms - shorter.forms - longer.unlike
    if len(more) <= MORE_WORDS and (not more or size + shorter.is_specific > 2 * MORE_WORDS):
        return True
    if shorter.unlike and len(more) <= 2 * MORE_WORDS:
        # Of "family, never owner" what is not to be said is alike, wherever it is said.
        return True
    denied = "NOT" in shorter.hard
    return (size + denied > 1 and more <= longer.where) or (size > 1 and more <= longer.where | longer.verbs)


def _is_support(group: StatementGroup, met: _Met, gone: set[StatementGroup]) -> bool:
    """Let the clauses of longer sentences support the groups that say just that. True if a group says nothing else."""
    said_else = False
    for statement in group.statements:
        supported = False
        # What is said of a case is not said of all: "when you write to the parents, sign as the team".
        clauses = statement.clauses
        for clause in clauses if clauses and CONDITIONS.isdisjoint(words_in(statement.text)[:1]) else ():
            if not _SUBORDINATE.isdisjoint(clause.said.tokens[:1]):
                continue  # "before you delete it" is half of a statement
            same = _saying_the_same(*_keyed(clause), met) if clause.said.content else ()
            others = (other for other in same if other is not group and other not in gone)
            if (other := next(others, None)) is not None:
                other.sessions.add(statement.session)
                other.for_good = other.for_good or clause.standing
                supported = True
            elif clause.standing or clause.said.renews:
                said_else = True
        said_else = said_else or not supported or statement.change is not None
    return not said_else
