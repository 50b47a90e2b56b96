"""What users said in past sessions, as far as it outlasts the session: statements, corrections, standing wishes.

Questions, small talk and what only makes sense in the moment ("fix this now") are left out. What an agent said is no
evidence for anything. Statements that say the same, however they open, are gathered into groups and counted.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product

from mockdreams.dreaming.changes import (
    CHANGE_WORDS,
    ToldChange,
    may_tell_change,
    told_change,
)
from mockdreams.dreaming.languages import (
    CLASS,
    CODE,
    DATE,
    EXACT,
    MONTH,
    NAME,
    NOUN,
    SIGN,
    WEEKDAY,
    WORD,
    language_among,
    languages_of,
    phrases_of,
)
from mockdreams.dreaming.markdown import sentences
from mockdreams.dreaming.normalize import PREPOSITIONS, NormalizedText, normalize, tokens_of
from mockdreams.dreaming.parsing import is_present
from mockdreams.dreaming.plan import Transcript, Utterance
from mockdreams.dreaming.release import release

# Longer than this, in characters, is a text somebody pasted and not a statement.
STATEMENT_LENGTH = 400
# In how many sessions something is said before it is worth keeping, if nobody asked to remember it.
RECURRING_SUPPORT = 2
# Of two wordings of one wish the longer has no more words of content than this more than the shorter.
MORE_WORDS = 1
# Statements with one word in common that are looked at for whether they say the same.
COMPARED = 64

_CLAUSE = re.compile(r"[,;:] | - | because ")
_CLAUSE_HINTS = re.compile(r"[,;:] | (?:-|because) ")
_PUNCTUATION = ",:;.!?-\u2013\u2026"
_MARKS = frozenset("-*+>#0123456789")
_MARKER = re.compile(r"\A\s*(?:[-*+>]|\d{1,3}[.)]|#{1,6})\s+")

_TERM = r"`?[\w@](?:[\w./+#-]{0,40}[\w+#])?`?(?: (?:[A-Z][\w.+#-]{0,40}|\d[\w.]{0,12})){0,2}"
_ARTICLE = r"(?:the |an? |der |die |das |den |dem )?"
_NOT_BUT = (
    re.compile(
        rf"(?P<new>{_TERM})(?: now| from now on| these days)?"
        rf"(?:,? (?:and )?(?:not|instead of|rather than)|(?:,|,? and) no longer) {_ARTICLE}(?P<old>{_TERM})"
    ),
    re.compile(
        rf"no longer (?:use |using |on |with )?{_ARTICLE}(?P<old>{_TERM})[,;.]? "
        rf"(?:but|it's|it is|we use|we're on|now|we now use) (?P<new>{_TERM})"
    ),
    re.compile(rf"(?P<new>{_TERM}) statt {_ARTICLE}(?P<old>{_TERM})"),
    re.compile(rf"nicht mehr {_ARTICLE}(?P<old>{_TERM}),? sondern (?P<new>{_TERM})"),
)
_NOT_BUT_HINT = re.compile(r" (?:not|instead of|rather than|no longer|statt|mehr) ")
_DATES, _PERIODS = frozenset((DATE, MONTH, WEEKDAY)), tokens_of("periods")
_PHRASES = frozenset((token,) for token in PREPOSITIONS)
_CORRECTION = frozenset(("correction", "korrektur"))
_NO_VALUES = frozenset("sure only yet bad really possible necessary needed all just so".split())
_LIGHT = tokens_of("light")
_HARD_CLASSES = frozenset("NOT NOLONGER ONLY UNLESS BEFORE AFTER WITHOUT PAST".split())
_DENIALS = frozenset(("NOT", "NOLONGER"))
_MOVING = frozenset("moved switched migrated upgraded".split())


class _Phrases:
    """The phrases of a kind, in every language."""

    def __init__(self, kind: str) -> None:
        by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for phrase in {each for written in phrases_of(kind) for each in _expanded(written)}:
            by_first[phrase[0]].append(phrase)
        self._by_first = {first: sorted(phrases, key=len, reverse=True) for first, phrases in by_first.items()}
        self.first = frozenset(by_first)

    def at(self, words: Sequence[str], start: int = 0) -> int:
        """How many words from a place on are a phrase."""
        if start >= len(words) or words[start] not in self.first:
            return 0
        for phrase in self._by_first[words[start]]:
            if len(phrase) == 1 or tuple(words[start : start + len(phrase)]) == phrase:
                return len(phrase)
        return 0

    def within(self, words: Sequence[str]) -> bool:
        if self.first.isdisjoint(words):
            return False
        return any(word in self.first and self.at(words, at) for at, word in enumerate(words))

    def end(self, words: Sequence[str]) -> int:
        """How many words at the end are a phrase."""
        return next(
            (size for size in (4, 3, 2, 1) if size < len(words) and self.at(words, len(words) - size) == size), 0
        )


def _expanded(written: str) -> Iterator[tuple[str, ...]]:
    choices = [[*each.rstrip("?").split("|"), *[""] * each.endswith("?")] for each in written.split()]
    for chosen in product(*choices):
        yield tuple(" ".join(filter(None, chosen)).replace(" '", "'").split())


_FILLERS, _OPENERS = _Phrases("fillers"), _Phrases("openers")
_ORDERS, _TRAILERS = _Phrases("orders"), _Phrases("trailers")
_DENIALS_FIRST, _AFTER_NOT = _Phrases("denials"), _Phrases("after_not")
_REMEMBER, _ALWAYS, _NEVER, _IDLE = _Phrases("remember"), _Phrases("always"), _Phrases("never"), _Phrases("idle")
_AFTER_VERB, _LASTING, _WISHES = _Phrases("after_verb"), _Phrases("lasting"), _Phrases("wishes")
_MANNER, _EVERYWHERE = _Phrases("manner"), _Phrases("everywhere")
_HABITS, _ONCE = _Phrases("habits"), _Phrases("once")
_NEWS, _NOTS, _NEW = _Phrases("news"), _Phrases("nots"), _Phrases("new")
_PASSING, _MOMENT, _POINTING = _Phrases("passing"), _Phrases("moment"), _Phrases("pointing")
_INSTEAD = _Phrases("instead")
_ASKING, _AT_ONCE = _Phrases("asking"), _Phrases("at_once")
# With one of these begins whatever may be taken away before a statement; of some only with a comma after it.
_OPENING = frozenset(
    first.rstrip(",")
    for phrases in (_FILLERS, _OPENERS, _ORDERS, _REMEMBER, _LASTING, _ALWAYS)
    for first in phrases.first
)
_CHANGE_WORDS = frozenset(
    "moved switched changed migrated upgraded correction starting today rescheduled postponed korrektur".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a user, and what kind of evidence it is.

    `news` may replace an older memory; `standing` is worth learning although said once; `change` names what changed,
    the old value and the new one; `talk` holds the words of what was said just before. What is `asked` may
    be a wish for once: it counts only where others say the same.
    """

    text: str
    bare: str
    said: NormalizedText
    language: str
    session: int
    at: datetime
    news: bool
    standing: bool
    change: ToldChange | None
    talk: frozenset[str]
    clauses: tuple["Statement", ...]
    asked: bool = False
    parts: tuple["Statement", ...] = ()
    """Its clauses, if one of them says that it was otherwise before."""

    @property
    def hard(self) -> tuple[str, ...]:
        """The tokens that have to agree in two wordings of one statement: names in their order, numbers, negations."""
        names, others = [], []
        for token, kind in zip(self.said.tokens, self.said.kinds, strict=True):
            if kind == CODE or (kind == NAME and self.language != "de"):
                names.append(token)
            elif kind not in (WORD, NAME, NOUN, CLASS) or token in _HARD_CLASSES:
                others.append(token)
        return (*names, *sorted(others))

    @property
    def denies(self) -> bool:
        """Whether it says, too, what is not or no longer so."""
        return not _DENIALS.isdisjoint(self.said.tokens)

    @property
    def shown(self) -> str:
        """The text without the words before it that say nothing."""
        words, start, size = _words(self.text), 0, -1
        while size:
            size = _and_marks(words, start, _filler(self.text, words, start))
            start += size
        text = " ".join(self.text.split(" ")[start:])
        return text[:1].upper() + text[1:] if start and text else self.text

    @property
    def forms(self) -> frozenset[str]:
        """The words, whatever the form of a verb: "sort the list", "the list sorted"."""
        return frozenset(map(_plain_form, self.words))

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """Of two statements that say the same, one is among the keys of both."""
        hard = self.hard
        return [(word, *hard) for word in self.forms]

    @property
    def words(self) -> frozenset[str]:
        """What a statement is about, without the words that it is put with."""
        content = frozenset(self.said.content)
        return content - _LIGHT or content


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
    def news(self) -> bool:
        return any(statement.news for statement in self.statements)

    @property
    def is_told(self) -> bool:
        return not all(statement.asked for statement in self.statements)

    @property
    def lasts(self) -> bool:
        """Whether it is worth learning: said for good, or told and not only asked in more than one session."""
        told = {statement.session for statement in self.statements if not statement.asked}
        asked = {statement.session for statement in self.statements if statement.asked} - told
        return self.standing or self.corrects or len(self.sessions - asked) >= RECURRING_SUPPORT

    @property
    def standing(self) -> bool:
        return self.for_good or any(statement.standing for statement in self.statements)

    def wording(self) -> Statement:
        """The wording heard most often; of several a sentence, without "please" after it, the shortest, the newest."""
        heard: dict[str, int] = defaultdict(int)
        for statement in self.statements:
            heard[statement.shown] += 1
        return max(
            self.statements,
            key=lambda one: (
                not one.asked,
                heard[one.shown],
                one.shown[:1].isupper(),
                one.bare[-1:] == one.text[-1:],
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
        groups = list(self._by_key.values())
        met: _Met = defaultdict(list)
        joined: list[StatementGroup] = []
        for group in groups:
            statement = group.statements[0]
            forms, keys = statement.forms, statement.keys
            same = next(_saying_the_same(forms, keys, met), None)
            if same is not None:
                same.statements += group.statements
                same.sessions |= group.sessions
            else:
                joined.append(group)
                for key in keys:
                    if len(met[key]) < COMPARED:
                        met[key].append((forms, group))
            yield
        joined = [group for group in joined if not _is_support(group, met)]
        release(met)
        self._by_key = {(str(place),): group for place, group in enumerate(joined)}

    def __iter__(self) -> Iterator[StatementGroup]:
        return iter(self._by_key.values())

    def forget(self) -> None:
        release(self._by_key)


_Met = dict[tuple[str, ...], list[tuple[frozenset[str], StatementGroup]]]
"""Groups, and the words of each, by what they have in common with others."""


def _saying_the_same(forms: frozenset[str], keys: list[tuple[str, ...]], met: _Met) -> Iterator[StatementGroup]:
    specific = bool(keys and keys[0][1:])
    for key in keys:
        for theirs, group in met.get(key, ()):
            if forms == theirs or _says_hardly_more(forms, theirs, specific):
                yield group


def _is_support(group: StatementGroup, met: _Met) -> bool:
    """Let the clauses of longer sentences support the groups that say just that. True if a group says nothing else."""
    said_else = False
    for statement in group.statements:
        supported = False
        for clause in statement.clauses:
            others = (other for other in _saying_the_same(clause.forms, clause.keys, met) if other is not group)
            if (other := next(others, None)) is not None:
                other.sessions.add(statement.session)
                other.for_good = other.for_good or clause.standing
                supported = True
            elif clause.standing or clause.said.renews:
                said_else = True
        said_else = said_else or not supported or statement.change is not None
    return not said_else


def _says_hardly_more(one: frozenset[str], other: frozenset[str], specific: bool) -> bool:
    """Whether one of two statements says all that the other says, and hardly more.

    Where they have a number or a name in common, fewer words are enough.
    """
    if abs(len(one) - len(other)) != MORE_WORDS or min(len(one), len(other)) + specific <= 2 * MORE_WORDS:
        return False
    return one < other or other < one


def _plain_form(word: str) -> str:
    """A verb without the ending or beginning of its participle."""
    if word[:2] == "ge" and len(word) > 6:
        return word[2:]
    for ending in ("ed", "ing"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word.removesuffix(ending)
            word = word[:-1] if word[-1] == word[-2] and word[-1] not in "lsz" else word
            break
    return word.removesuffix("e") if len(word) > 3 else word


def statements_of(transcript: Transcript, session: int) -> Iterator[Statement]:
    """Every statement of the users in a session, in order."""
    before: Utterance | None = None
    said = " ".join(utterance.text[:200] for utterance in transcript.utterances if utterance.speaker == "user")
    spoken = languages_of(said)
    for utterance in transcript.utterances:
        if utterance.speaker == "user":
            language = language_among(utterance.text, spoken)
            for sentence in _sentences(utterance.text):
                statement = _statement(sentence, language, session, utterance.at, before)
                if statement is not None:
                    yield statement
        before = utterance


def _sentences(text: str) -> Iterator[str]:
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced:
            marked = line.lstrip()[:1] in _MARKS
            for sentence in sentences(_MARKER.sub("", line, count=1) if marked else line):
                yield " ".join(sentence.split())


def _words(text: str) -> list[str]:
    return [word.strip(_PUNCTUATION) for word in text.casefold().replace("\u2019", "'").split()]


class _Opened:
    """A sentence without the words that only say that something is wished or known: "Again: please ..."."""

    __slots__ = ("bare", "lasts", "text", "words")

    def __init__(self, text: str) -> None:
        self.words = words = _words(text)
        self.lasts = asks = False
        start, size = 0, -1
        while size and start < len(words) and words[start] in _OPENING:
            size = 0 if _IDLE.at(words, start) else _REMEMBER.at(words, start) or _ALWAYS.at(words, start)
            self.lasts = self.lasts or size > 0
            order = 0 if size else _ORDERS.at(words, start)
            asks = asks or order > 0
            size = size or order or _LASTING.at(words, start) or _OPENERS.at(words, start)
            size = _and_marks(words, start, size or _filler(text, words, start))
            start += size
        if start >= len(words):
            start = 0
        rest = words[start:] if start else words
        self.lasts = self.lasts or _is_for_good(rest, asks)
        end = _TRAILERS.end(rest)
        self.bare = rest[: len(rest) - end] if end else rest
        if start or end:
            text = " ".join(text.split(" ")[start : len(words) - end])
        self.text = text.rstrip(",") if end else text


def _is_for_good(words: list[str], asks: bool) -> bool:
    """Whether an order holds from now on: "never ...", "use ... in everything", "schreib immer ..."."""
    if _IDLE.at(words) or _POINTING.at(words, len(words) - 1):
        return False
    if _NEVER.at(words) or _AFTER_VERB.at(words, 1) or (_DENIALS_FIRST.at(words) and _AFTER_NOT.at(words, 2)):
        return True
    if asks and (_AFTER_VERB.within(words) or _ALWAYS.within(words) or _NEVER.within(words)):
        return True
    habit = _HABITS.at(words)
    if not habit and not (_MANNER.at(words) and _EVERYWHERE.within(words)):
        return False
    return not _MOMENT.within(words) and not _ONCE.within(words[habit:])


def _filler(text: str, words: list[str], start: int) -> int:
    """How many words from a place on say nothing; of some only with a comma after them: "No, ..."."""
    size = _FILLERS.at(words, start)
    if size or start >= len(words) or not _FILLERS.at([f"{words[start]},"]):
        return size
    return int(text.split(" ")[start][-1:] in (",", ":"))


def _and_marks(words: list[str], start: int, size: int) -> int:
    """The same, with the punctuation that stands alone after them."""
    while size and words[start + size : start + size + 1] == [""]:
        size += 1
    return size


def _statement(text: str, language: str, session: int, at: datetime, before: Utterance | None) -> Statement | None:
    if not text or len(text) > STATEMENT_LENGTH or language == EXACT:
        return None
    opened = _Opened(text)
    words = opened.words
    asked = text.endswith("?") and not opened.lasts
    if asked and not _ASKING.within(words[:3]):
        return None
    text = text.removesuffix("?") if asked else text
    bare = opened.text.removesuffix("?")
    if (size := _NEW.at(opened.bare)) > 0:
        first, *others = bare.split(" ")
        bare = " ".join((first, *others[size - 1 :]))
    clauses = _clauses(text, language, session, at, asked=asked)
    standing = opened.lasts or _LASTING.within(words) or any(clause.standing for clause in clauses)
    standing = standing or words[0] in _CORRECTION
    said = normalize(bare, language)
    standing = standing or _is_dated(said)
    passing = not standing and _is_passing(opened.bare)
    if passing and not (clauses or may_tell_change(bare) or _NOT_BUT_HINT.search(bare)):
        return None
    told_new = _tells_news(text, words) or _is_dated(said) or _was_changed(said)
    if told_new and not said.renews and normalize(text, language).renews:
        said = said.renewed()
    change = None if asked else told_change(said, bare, language) or _not_but(bare, language)
    parts = _parts(clauses, language, session, at) if told_new else ()
    if passing and not change:
        return parts[-1] if parts else None
    wish = _WISHES.within(words)
    if len(said.content) + wish < 2:
        return None
    talk = frozenset(normalize(before.text, language).content) if change and before else frozenset()
    news = not asked and bool(change or bare != opened.text.removesuffix("?") or told_new)
    lasting = not asked and bool(
        standing or wish or change or (news and _names_a_value(said) and not _AT_ONCE.at(words))
    )
    return Statement(text, bare, said, language, session, at, news, lasting, change, talk, clauses, asked, parts)


def _is_dated(said: NormalizedText) -> bool:
    """Whether it says from when on something is so: "from May on ...", "ab nächster Woche ..."."""
    if said.tokens[:1] != ("FROM",):
        return False
    size = next(
        (at for at in (2, 3) if _DATES.intersection(said.kinds[1:at]) or _PERIODS.intersection(said.tokens[1:at])), 0
    )
    return size > 0 and said.tokens[size : size + 1] not in (("TO",), ("UNTIL",))


def _was_changed(said: NormalizedText) -> bool:
    """Whether it says that something was changed, whatever was meant by it: "the fee was raised to 30 euros"."""
    return "PAST" in said.tokens and not CHANGE_WORDS.isdisjoint(said.tokens)


def _is_passing(words: list[str]) -> bool:
    """Whether what is said makes sense in the moment only."""
    return bool(
        _PASSING.at(words)
        or _MOMENT.within(words)
        or _POINTING.at(words)
        or _POINTING.at(words, 1)
        or _POINTING.at(words, len(words) - 1)
    )


def _tells_news(text: str, words: list[str]) -> bool:
    return _NEWS.within(words) or (", " in text and any(map(_NOTS.at, map(_words, text.split(", ")[1:]))))


def _parts(clauses: tuple[Statement, ...], language: str, session: int, at: datetime) -> tuple[Statement, ...]:
    texts = (f"{one.text[:1].upper()}{one.text[1:].rstrip('.!')}." for one in clauses)
    found = (_statement(text, language, session, at, None) for text in texts)
    return tuple(part for part in found if part is not None and part.said.renews)


def _clauses(text: str, language: str, session: int, at: datetime, *, asked: bool) -> tuple[Statement, ...]:
    parts = _CLAUSE.split(text) if _CLAUSE_HINTS.search(text) else ()
    clauses = [_clause(part, language, session, at, asked) for part in parts] if len(parts) > 1 else []
    return tuple(_of_subject(clauses[0], clause) for clause in clauses)


def _of_subject(first: Statement, clause: Statement) -> Statement:
    """A clause without a subject, with that of the first: "An offer for Brandt, and always with the price"."""
    if clause is first or not clause.standing or clause.said.tokens[:1] not in _PHRASES:
        return clause
    end = next((at for at, kind in enumerate(first.said.kinds) if kind == CLASS), 0)
    ours, theirs = first.said.at(range(end)), clause.said
    said = NormalizedText(ours.tokens + theirs.tokens, ours.kinds + theirs.kinds, ours.links + theirs.links)
    return replace(clause, said=said)


def _clause(text: str, language: str, session: int, at: datetime, asked: bool) -> Statement:
    opened = _Opened(text)
    lasts = opened.lasts or _LASTING.within(opened.words)
    said = normalize(opened.text, language)
    return Statement(text, opened.text, said, language, session, at, False, lasts, None, frozenset(), (), asked)


def _names_a_value(said: NormalizedText) -> bool:
    """Whether something definite is said to be so from now on: a number, a name, or what is no longer so."""
    if not is_present(said) and _MOVING.isdisjoint(said.tokens) and not _was_changed(said):
        return False
    return not _DENIALS.isdisjoint(said.tokens) or any(kind not in (WORD, CLASS, SIGN) for kind in said.kinds)


def _not_but(text: str, language: str) -> ToldChange | None:
    """The change in a sentence that says what no longer is, and what is instead."""
    if not _NOT_BUT_HINT.search(text):
        return None
    for pattern in _NOT_BUT:
        for found in pattern.finditer(text):
            old, new = normalize(found["old"], language), _term(found["new"], language)
            if (
                normalize(new, language).content
                and old.content
                and new
                and CLASS not in normalize(new, language).kinds
                and not _NO_VALUES.intersection(old.tokens)
            ):
                named = normalize(text[: found.start()] + text[found.end() :], language)
                if old.content != normalize(new, language).content:
                    return ToldChange(_subject(named), old.tokens, new, language)
    return None


def denied_change(text: str, language: str) -> ToldChange | None:
    """The change in a sentence that ends in what is no longer so, in several words: "..., not to the old desk"."""
    raw, words = text.split(" "), _words(text)
    at = next((at for at in range(len(words) - 2, 1, -1) if _INSTEAD.at(words, at)), 0)
    start = at + _INSTEAD.at(words, at)
    if not at or (_NOTS.at(words, at) and raw[at - 1][-1:] != ","):
        return None
    told, denied = _without_now(words, 0, at), _without_now(words, start, len(words))
    old = normalize(" ".join(raw[place] for place in denied), language)
    if len(old.tokens) > 1 and old.tokens[0] in PREPOSITIONS:
        links = [place for place in told if normalize(words[place], language).tokens == old.tokens[:1]]
        old = old.at(range(1, len(old.tokens)))
        new = [place for place in told if links and place > links[-1]]
    else:
        new = told[-len(denied) :]
    named = normalize(" ".join(raw[place].strip(",") for place in told if place not in new), language)
    becomes = " ".join(raw[place].strip(",") for place in new)
    if not new or not old.content or normalize(becomes, language).kinds != old.kinds or not named.content:
        return None
    return ToldChange(_subject(named), old.tokens, becomes, language)


def _without_now(words: list[str], at: int, end: int) -> list[int]:
    """The places of words from one to another, without those that say that it is so from now on."""
    places = list[int]()
    while at < end:
        size = _LASTING.at(words, at) or _NEWS.at(words, at)
        places += [] if size else [at]
        at += size or 1
    return places


def _term(text: str, language: str) -> str:
    """A term without the light words that stand before it."""
    words = text.strip("`").split()
    while words and not _LIGHT.isdisjoint(normalize(words[0], language).tokens):
        words.pop(0)
    return " ".join(words)


def _subject(said: NormalizedText) -> NormalizedText:
    kept = [
        at
        for at, token in enumerate(said.tokens)
        if said.kinds[at] != CLASS and token not in _CHANGE_WORDS | _LIGHT | {"it", "not", "one"}
    ]
    return said.at(kept)
