"""Claims about the same subject that cannot both hold, and which of them is the newest.

A claim is compared by its frame: the words around its one value. Only values of a known kind count (weekdays, amounts,
times, dates, names after "is", short values of a key); claims with other differences are left alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from mockdreams.dreaming.facts import Fact
from mockdreams.dreaming.markdown import is_key_value
from mockdreams.dreaming.release import release
from mockdreams.dreaming.words import (
    CHOICE,
    IDENTIFIER,
    LINK,
    NAME,
    NOT,
    NUMBER,
    SIGN,
    STOP,
    TEXTS_REMEMBERED,
    Reading,
    words_of,
)

# How much of what an older fact is about must be named by a correction of it (a share of its words).
SAME_SUBJECT = 0.5
# How many words may follow a value: one ("at 9:30 sharp"), or more if they count or time it ("on Monday after lunch").
SHORT_TAIL = 1
LONGER_TAIL = 4
# A value of a key is compared when it has no more words than this.
SHORT_VALUE = 3

_TIMES = frozenset(("weekday", "month", "date", "time", "frequency", "daypart"))
_AMOUNTS = frozenset((NUMBER, "decimal"))
_TIME_WORDS = frozenset(("before", "after", "until", "from"))
_CONTRASTS = frozenset(("over", "than", "instead", "rather"))
_TYPE_WORDS = frozenset("day date time version size limit number count at".split())
_GENERIC_KEYS = frozenset(
    "note todo update updated example see warning tip reminder fyi ps question answer fix idea why reason cause result"
    " next action decision context background summary link source error symptom owner contact tag label alias".split()
)
_HELD = frozenset("led headed owned managed".split())
_HAPPENED = frozenset("met sent went saw got took had was were found made ran came did said told paid lost".split())


class Frame(NamedTuple):
    """What a claim is about, before and after its value, and the value with its kind."""

    head: tuple[str, ...]
    tail: tuple[str, ...]
    kind: str
    value: tuple[str, ...]

    @property
    def subject(self) -> tuple[str, ...]:
        return self.head + self.tail


@dataclass(slots=True, eq=False)
class Claim:
    """Facts that say the same. `stale` are facts it took the place of, `why` the evidence for that."""

    facts: list[Fact]
    text: str
    reading: Reading
    scope: str
    at: datetime
    stale: list[Fact] = field(default_factory=list)
    why: str = ""

    @property
    def age(self) -> tuple[datetime, bool]:
        """What is greater is newer; what was only said comes after what was written down at the same time."""
        return self.at, not self.facts

    @property
    def loose(self) -> bool:
        """Whether nobody has said yet where this holds: it may be about whatever else fits."""
        return not self.scope and all(fact.page.unsorted for fact in self.facts)


Stance = tuple[tuple[str, ...], Claim]


@lru_cache(maxsize=TEXTS_REMEMBERED)
def frame_of(reading: Reading, text: str) -> Frame | None:
    """The frame of a claim, or None when it has no value that a newer one could replace."""
    end = len(reading.content)
    if SIGN in reading.kinds[-1:]:
        return None
    if not reading.guards:
        return _key_frame(reading, text)
    while end and not _is_value(reading.kinds[end - 1]):
        end -= 1
    start = end
    while start and _is_value(reading.kinds[start - 1]):
        start -= 1
    frame = _frame(reading, start, end) if start < end else None
    return frame or _name_frame(reading) or _key_frame(reading, text)


def _is_value(kind: str) -> bool:
    return kind in _TIMES or kind in _AMOUNTS or kind.startswith(CHOICE)


def _frame(reading: Reading, start: int, end: int) -> Frame | None:
    head, tail = reading.content[:start], reading.content[end:]
    kinds = tuple(dict.fromkeys("amount" if kind in _AMOUNTS else kind for kind in reading.kinds[start:end]))
    amount = "amount" in kinds and _TIMES.isdisjoint(kinds)
    longer = amount or (tail and tail[0] in _TIME_WORDS)
    if len(tail) > (LONGER_TAIL if longer else SHORT_TAIL) or _happened(reading):
        return None
    if amount and not (reading.links[start] or _is_version(reading, start) or _is_port(reading, start)):
        return None
    head = tuple(word for word in head if word not in _TYPE_WORDS)
    if not head and not (tail and kinds[0].startswith(CHOICE)):
        return None
    return Frame(head, tail, "+".join(kinds), reading.content[start:end])


def _is_version(reading: Reading, start: int) -> bool:
    """Whether a number at the end is a version of what is named before it: "Python 3.11", "the server is Corvus 4"."""
    if start + 1 < len(reading.content) or not start:
        return False
    named, link = reading.kinds[start - 1], reading.links[start - 1]
    is_named = named in (NAME, IDENTIFIER) and link in ("is", "are", "on", "to", ":")
    return is_named or reading.kinds[start] == "decimal"


def _is_port(reading: Reading, start: int) -> bool:
    """Whether a number at the end is the port of what is named before it: "the API listens on port 8080"."""
    return start > 1 and start + 1 == len(reading.content) and reading.content[start - 1] == "port"


def _happened(reading: Reading) -> bool:
    """Whether a claim tells of one event; two events do not contradict each other."""
    return any(
        word in _HAPPENED or (word.endswith("ed") and len(word) > 4 and link not in ("is", "are", "be", "been"))
        for word, link in zip(reading.content, reading.links, strict=True)
    )


def _name_frame(reading: Reading) -> Frame | None:
    start = len(reading.content) - 1
    while start > 0 and reading.kinds[start] in (NAME, IDENTIFIER) and not _fills(reading, start):
        start -= 1
    if start < 1 or reading.kinds[start] not in (NAME, IDENTIFIER) or _happened(reading):
        return None
    return Frame(reading.content[:start], (), NAME, reading.content[start:])


def _fills(reading: Reading, start: int) -> bool:
    """Whether a name says who or what something is: "the owner is Ana", "it is owned by Ana"."""
    link = reading.links[start]
    return link in ("is", ":") or (link == "by" and reading.content[start - 1] in _HELD)


def _key_frame(reading: Reading, text: str) -> Frame | None:
    if ":" not in reading.links or not is_key_value(text):
        return None
    start = reading.links.index(":")
    key, value = reading.content[:start], reading.content[start:]
    if not key or len(value) > SHORT_VALUE or _GENERIC_KEYS.intersection(key) or key[0][:1].isdigit():
        return None
    return Frame(key, (), "words", value)


class Rivals:
    """Claims by what they are about, to see which of them contradict each other."""

    def __init__(self) -> None:
        self._stances: dict[tuple[str, ...], dict[str, list[Stance]]] = defaultdict(dict)

    def add(self, claim: Claim) -> None:
        for key, value in _stances(claim):
            self._stances[key].setdefault(claim.scope, []).append((value, claim))

    def contradictions(self) -> Iterator[tuple[list[Claim], list[Claim]]]:
        """For every subject with more than one value: the claims of the newest value, newest first, and the others.

        When the newest evidence itself disagrees, nobody wins.
        """
        for stances in chain.from_iterable(map(_by_scope, self._stances.values())):
            if len(stances) < 2 or len({value for value, _ in stances}) < 2:
                continue
            newest = max(claim.age for _, claim in stances)
            latest = {value for value, claim in stances if claim.age == newest}
            if len(latest) == 1:
                winners = [claim for value, claim in stances if value in latest]
                winners.sort(key=lambda claim: claim.age, reverse=True)
                yield winners, [claim for value, claim in stances if value not in latest]
        release(self._stances)


def _by_scope(stances: dict[str, list[Stance]]) -> list[list[Stance]]:
    if len(stances) == 2 and "" in stances and all(claim.loose for _, claim in stances[""]):
        return [[*chain.from_iterable(stances.values())]]
    return list(stances.values())


def _stances(claim: Claim) -> Iterable[tuple[tuple[str, ...], tuple[str, ...]]]:
    content, kinds = claim.reading.content, claim.reading.kinds
    if SIGN in kinds[-1:]:
        return
    frame = frame_of(claim.reading, claim.text)
    if frame and (len(frame.subject) > 1 or frame.kind != "words" or claim.scope):
        yield ("value", frame.kind, *frame.subject), frame.value
    if not _CONTRASTS.isdisjoint(content) or (NOT in kinds and kinds[0] != NOT):
        yield ("order", *sorted(content)), content
    if len(content) > 1 + kinds.count(NOT) and kinds.count(NOT) < 2:
        denied = NOT in kinds
        plain = [word for word, kind in zip(content, kinds, strict=True) if kind != NOT] if denied else content
        yield ("holds", *plain), (NOT,) if denied else ()


def same_subject(correction: Frame, frame: Frame) -> bool:
    """Whether a correction speaks of the subject of a fact: it names its first word and enough of the others."""
    if correction.kind != frame.kind or correction.value == frame.value or not (correction.head and frame.head):
        return False
    named = set(correction.subject)
    return (
        frame.head[0] in named and named.issubset(frame.subject) and len(named) >= SAME_SUBJECT * len(set(frame.head))
    )


def holds_value(reading: Reading, term: tuple[str, ...]) -> tuple[str, ...] | None:
    """The other words of a claim that says something is `term`; None for one that only mentions it."""
    content, links = reading.content, reading.links
    size = len(term)
    for start in range(len(content) - size + 1):
        if content[start : start + size] == term and links[start] in _SAYS_WHAT_IS:
            rest = content[:start] + content[start + size :]
            return tuple(word for word in rest if word not in _SAYS_WHAT_IS)
    return None


_SAYS_WHAT_IS = frozenset(("use", "prefer", "is", "are", "on", "at", ":", "run"))


def span_of(text: str, words: tuple[str, ...]) -> tuple[int, int] | None:
    """Where in a text, in characters, these words of its reading stand in a row."""
    chunks = []
    at = 0
    for chunk in text.split():
        at = text.index(chunk, at)
        chunks.append((at, at + len(chunk), _substance(chunk)))
        at += len(chunk)
    for start, (opening, _, first) in enumerate(chunks):
        found: tuple[str, ...] = ()
        for _, closing, more in chunks[start:] if first else ():
            found += more
            if found == words:
                return opening, closing
            if len(found) >= len(words):
                break
    return None


def _substance(chunk: str) -> tuple[str, ...]:
    return tuple(word for word, kind in words_of(chunk) if kind not in (STOP, LINK))


def swap_words(text: str, old: tuple[str, ...], new: str) -> str | None:
    """A text with one value changed and every other character as it was; None if the value is not found."""
    span = span_of(text, old)
    if span is None:
        return None
    dressed = text[span[0] : span[1]]
    front = dressed[: len(dressed) - len(dressed.lstrip(_DRESS))]
    back = dressed[len(dressed.rstrip(_DRESS)) :]
    return text[: span[0]] + front + new.strip(_DRESS) + back + text[span[1] :]


_DRESS = "\"'`*_()[].,;:!?"
