"""What a dream's instructions ask to leave out.

Understood are sentences such as

    Ignore one-off debugging notes.
    Forget anything about project Kestrel and the old office.
    We don't need the notes on the fair any more, and the cake list can go.
    The fair is over, forget everything about it.
    Drop meeting notes older than 30 days, except decisions.
    Leave out everything written before 2026-01-15.

A thing named with "notes", "logs" or the like means memories, sections and lines that carry that name in their path,
heading or label. With "anything about", "notes on", "mentions of" or neither, a fact that has all its words is meant,
too. "No cakes" leaves out what the store has under that name, and mentions of it. Words after "except" or "but keep"
protect. Ages count back from the newest thing the dream has read. Whatever else instructions say is not understood, as
a request with a "not" in it or an exception that nothing meets: nothing is dropped for it, and the dream says so.
How a sentence is read is told in `instructions`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter

from mockdreams.dreaming.instructions import CONTAINERS, MENTIONS, content, read, subject
from mockdreams.dreaming.languages import DATE, MONTH, ORDINAL, TIME, WEEKDAY, language_of, words_of
from mockdreams.dreaming.markdown import LIST_LEVEL
from mockdreams.dreaming.normalize import normalize
from mockdreams.dreaming.normalized import NormalizedText
from mockdreams.dreaming.openings import any_of
from mockdreams.dreaming.parsing import Fact
from mockdreams.dreaming.pieces import folded, listed_with, named_words, without

_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365, "tag": 1, "woche": 7, "monat": 30, "jahr": 365}
# "Exclude:" and a list.
_ITEMS, _ITEM = re.compile(r"(?<=:)(?:\s*\n\s*[-*+] [^\n]+)+"), re.compile(r"\n\s*[-*+] ([^\n]+?)\.?(?=\s*(?:\n|$))")
_STOPPING = re.compile(r"[.;!?](?:\s|$)|\n")
_REST = any_of("remaining", r"(?:\W|\b(?:{})\b)*")
_AGE = re.compile(
    r"\b(?:älter als|older than|from more than|not touched for) (\d+|an?|one|two|three|six|eine?n?|zwei|drei"
    r"|sechs) (day|week|month|year|tag|woche|monat|jahr)(?:s|en?|n)?\b(?: ago)?"
)
_BEFORE = re.compile(r"\b(?:from |written |dated )?before (\d{4})-(\d\d)(?:-(\d\d))?\b")
_WORD = re.compile(r"\w+")
# What is named by a number of its own is named by that: "ticket OPS-77", "der Auftrag 2026-009 (Messestand)".
_IDENTIFIER = re.compile(r"#\d+\b|\b(?:[A-Z]{2,}-?\d+|\d+[-/]\d[\w-]*|\d+-[A-Z]+)\b")
_ASIDE = re.compile(r"\([^()]*\)")
# A German word for notes, after what they are about: "Wetternotizen".
_COMPOUND = re.compile(r"\b(\w{3,})(notiz(?:en)?|protokolle?|dateien?|einträge|seiten?)\b", re.IGNORECASE)
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "six": 6, "zwei": 2, "drei": 3, "sechs": 6}
_COUNTS |= dict.fromkeys(("ein", "eine", "einen", "einem"), 1)
# "Except the date" keeps what tells one.
_DATED = frozenset(word.casefold() for word in words_of("dated"))
_DATES = frozenset((DATE, WEEKDAY, MONTH, TIME, ORDINAL))


@dataclass(frozen=True, slots=True)
class Protected:
    """What is kept nevertheless: what has all these words and, if asked for, a date or a time."""

    words: frozenset[str]
    dated: bool
    expected: bool = True
    """Whether something of what is left out has to meet it, or nothing is left out."""

    def meets(self, words: Iterable[str], said: NormalizedText) -> bool:
        if not (self.words or self.dated):
            return False
        return self.words.issubset(words) and not (self.dated and _DATES.isdisjoint(said.kinds))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One thing to leave out: words that must all be there, an age, or both; and what is kept nevertheless."""

    text: str
    words: frozenset[str]
    by_place: bool
    before: datetime | None
    kept: tuple[Protected, ...]
    sentence: str = ""
    is_topic: bool = False
    """Whether it is meant only if the store has something under its name."""

    def names(self, fact: Fact) -> bool:
        """Whether it names a fact, or something in it."""
        return (self.before is None or fact.at < self.before) and self._is_about(fact)

    def _is_about(self, fact: Fact) -> bool:
        return self.words <= (_above(fact) if self.by_place else _words_of(fact, fact.text))

    def keeps(self, text: str, fact: Fact) -> bool:
        if not self.kept:
            return False
        words, said = _words_of(fact, text), normalize(text, fact.language)
        return any(kept.meets(words, said) for kept in self.kept)

    def meant_by(self, fact: Fact) -> frozenset[Protected | None]:
        """What it takes for granted that a fact shows to be there: its exceptions, and its topic as None."""
        if self.is_topic and self.words <= _above(fact):
            return frozenset((None,))
        if not (self.kept and self._is_about(fact)):
            return frozenset()
        words = _words_of(fact, fact.text)
        return frozenset(kept for kept in self.kept if kept.meets(words, normalize(fact.text, fact.language)))

    def covers_statement(self, said: NormalizedText, at: datetime) -> bool:
        if self.before is not None and at >= self.before:
            return False
        words = named_words(" ".join(said.tokens))
        if self.by_place and self.words:
            return False
        return self.words.issubset(words) and not any(kept.meets(words, said) for kept in self.kept)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is left of a fact that instructions name, None if nothing; and the pieces of it that go, and why."""

    text: str | None
    gone: tuple[str, ...]
    why: Exclusion


def leave_out(fact: Fact, exclusions: Sequence[Exclusion]) -> LeftOut | None:
    """Leave out of a fact what instructions name; None if they do not."""
    block = fact.memory.blocks[fact.index]
    may_stay = block.kind != "block"
    named = (each for each in exclusions if each.names(fact))
    why = next((each for each in named if not (may_stay and each.keeps(fact.text, fact))), None)
    if why is None:
        return None
    words = why.words - folded(fact.about)
    if not words and _is_shared(fact, why.words):
        words = why.words
    if why.by_place or not words or block.kind == "front":
        return LeftOut(None, (fact.text,), why)

    def names(text: str) -> bool:
        if not words.issubset(named_words(text)) or why.keeps(text, fact):
            return False
        others = listed_with(text, words)
        return not others or all(any(each.words <= other for each in exclusions) for other in others)

    left, gone = without(fact.text, names, block=block.kind == "block", level=block.level - LIST_LEVEL)
    return LeftOut(left, tuple(piece.strip() for piece in gone), why)


def _is_shared(fact: Fact, words: frozenset[str]) -> bool:
    """Whether the heading above a fact names something among others: "Alder and Dune"."""
    memory = fact.memory
    above = (block.text for block in memory.blocks[fact.index :: -1] if block.kind in ("heading", "parent"))
    heading = next((text for text in above if words.issubset(named_words(text))), "")
    return bool(words and listed_with(heading, words)) and not words <= folded(frozenset(chain(*memory.folders)))


def _words_of(fact: Fact, text: str) -> frozenset[str]:
    """The words of a text of a fact, and of where that stands."""
    return folded(fact.about) | named_words(text)


def _above(fact: Fact) -> frozenset[str]:
    """The words of where a fact stands, and of its text before the first colon: "Debug: ..."."""
    start = fact.said.links.index(":") if ":" in fact.said.links else 0
    return _words_of(fact, " ".join(fact.said.tokens[:start]))


def read_instructions(
    instructions: str | None, newest: datetime | None
) -> tuple[tuple[Exclusion, ...], tuple[str, ...]]:
    """What instructions name to be left out, in the order of their naming, and the sentences that name nothing."""
    named, missed, before = list[Exclusion](), list[str](), ""
    for sentence in _sentences(instructions):
        found = [*_in_sentence(sentence, before, newest)]
        if before and any(each.text == before for each in found):
            missed.pop()
        named += found
        missed += [sentence] * (not found)
        before = "" if found else subject(sentence, language_of(sentence))
    return tuple(named), tuple(missed)


def understood(exclusions: Sequence[Exclusion], facts: Iterable[Fact]) -> tuple[tuple[Exclusion, ...], tuple[str, ...]]:
    """The exclusions whose topics and exceptions the store shows to be there, and the sentences of the others."""
    asking = [each for each in exclusions if each.is_topic or each.kept]
    if not asking:
        return tuple(exclusions), ()
    met: dict[str, set[Protected | None]] = {
        each.sentence: {kept for kept in each.kept if kept.dated} for each in asking
    }
    for fact in facts:
        for each in asking:
            met[each.sentence] |= each.meant_by(fact)
    missed = {
        each.sentence
        for each in asking
        if not met[each.sentence].issuperset((*filter(attrgetter("expected"), each.kept), *[None] * each.is_topic))
    }
    return tuple(each for each in exclusions if each.sentence not in missed), tuple(missed)


def _sentences(instructions: str | None) -> list[str]:
    text = _ITEMS.sub(lambda items: " " + ", ".join(_ITEM.findall(items[0])), instructions or "")
    return [sentence.strip() for sentence in _STOPPING.split(text) if sentence.strip()]


def _in_sentence(sentence: str, before: str, newest: datetime | None) -> Iterator[Exclusion]:
    request, language = read(sentence, before), language_of(sentence)
    parts = [*((part, True) for part in request.expected), *((part, False) for part in request.kept)]
    kept = tuple(_protected(part, language, expected=it) for part, it in parts if not _REST.fullmatch(part))
    for text in request.dropped:
        part = _COMPOUND.sub(r"\1 \2", _ASIDE.sub("", text))
        before_day = _before(part, newest)
        part = _BEFORE.sub("", _AGE.sub("", part if before_day is None else part.casefold()))
        words = content(" ".join(_IDENTIFIER.findall(part)) or part, language)
        if words or before_day:
            mentioned = MENTIONS.search(part) is not None
            placed = CONTAINERS.search(part) is not None and not mentioned
            topic = request.weak and not (placed or mentioned)
            yield Exclusion(text.strip(" ,:"), words, placed, before_day, kept, sentence, topic)


def _protected(part: str, language: str, *, expected: bool) -> Protected:
    said = _WORD.findall(part)
    words = content(" ".join(word for word in said if word.casefold() not in _DATED), language)
    return Protected(words, any(word.casefold() in _DATED for word in said), expected)


def _before(text: str, newest: datetime | None) -> datetime | None:
    age = _AGE.search(text.casefold())
    if age and newest:
        count = _COUNTS.get(age[1]) or int(age[1][:5])
        return newest - min(timedelta(days=count * _DAYS[age[2]]), newest - datetime.min.replace(tzinfo=newest.tzinfo))
    day = _BEFORE.search(text)
    try:
        return newest and day and datetime(int(day[1]), int(day[2]), int(day[3] or 1), tzinfo=newest.tzinfo)
    except ValueError:
        return None
