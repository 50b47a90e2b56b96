"""How a sentence of a dream's instructions is read: what it asks to leave out, and what to keep nevertheless.

It is cut into clauses at commas, at "and" and at words such as "except". A clause with a verb of dropping asks to
leave out what it names, and so does one with a verb of keeping and a "not" ("wir brauchen den Plan nicht mehr"), or one
that calls something obsolete. A clause without such a verb goes on with the list of the one before. A verb that names
nothing is about what was said before or comes after: "the fair is over, forget it", "lass alles weg, was das Fest
betrifft". What is turned round by a "not", or hangs on an "if", asks for nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from mockdreams.dreaming.languages import CLASS, LANGUAGES, language_of, phrases_of
from mockdreams.dreaming.normalize import normalize
from mockdreams.dreaming.normalized import MODALS
from mockdreams.dreaming.openings import NOTS, Phrases, any_of, words_in
from mockdreams.dreaming.pieces import named_words
from mockdreams.dreaming.statements import points_back

Sign = Literal["drop", "keep", "dead", "other", "except", "denied", ""]
"""What a clause asks for; it is "dead" if that is turned round, and "denied" with a "not" and no verb that is known."""

_DROPPING, _GOING, _KEEPING, _WANTING = map(Phrases, ("dropping", "going", "keeping", "wanting"))
_ORDERS, _OTHERWISE, _HANGING, _CONDITIONS = map(Phrases, ("orders", "otherwise", "hanging", "conditions"))
_VOID, _DENYING, _UNWANTED, _AWAY, _POINTING, _TRAILING, _DONE = (
    frozenset(phrases_of(kind)) for kind in "void denying unwanted away pointing_at trailing done".split()
)
_REASONS, _SINCE = (frozenset(phrases_of(kind)) for kind in ("giving_reasons", "since"))
_SPLIT = any_of(
    "excepting", r"(?:,\s*)?\b({})\b|(?:,\s*)?\b(?:and|or|as well as|then|und|oder|sowie|dann)\b|[,:](?=\s|$)"
)
_CUT = re.compile(r"(?:[,;:]| [-–—]) (?=\w)| (?=because |weil |since (?:it|they|we) )")  # noqa: RUF001
_AGED = re.compile(r"\b(?:older than|älter als)\b", re.IGNORECASE)
_SPOKEN = [LANGUAGES[name] for name in ("en", "de")]
_BE = frozenset(form for language in _SPOKEN for form in language.is_forms | language.be_forms)
_MODAL = frozenset(word for language in _SPOKEN for word, (token, _) in language.words.items() if token in MODALS)
_NOTHING, _KINDS = (named_words(" ".join(phrases_of(kind))) for kind in ("naming_nothing", "naming_kinds"))
CONTAINERS, MENTIONS = any_of("containers"), any_of("mentions")
# Of "notes on memory leaks" the memory is no place.
_PART = any_of("containers", r"\b(?:on|about|regarding) ({})(?= [\w])")


@dataclass(slots=True)
class Instruction:
    """What a sentence asks to leave out, and what to keep nevertheless; of the `expected` something has to be there."""

    dropped: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    weak: bool = False
    """Whether nothing but "no" or "I want no" asks for it."""


@dataclass(slots=True)
class _Clause:
    sign: Sign
    named: str
    exception: str = ""
    leads: bool = False
    """Whether what it names stands before its verb."""
    weak: bool = False
    more: list["_Clause"] = field(default_factory=list)
    """The clauses without a verb after it."""

    @property
    def listed(self) -> list[str]:
        return [self.named, *(each.named for each in self.more)]


def content(text: str, language: str) -> frozenset[str]:
    """The words of a text that name something; what kind of notes is meant does not: "old notes on the fair"."""
    notes = [*CONTAINERS.finditer(text)]
    before, behind = (text[: notes[-1].end()], text[notes[-1].end() :]) if notes else ("", text)
    part = frozenset(chain.from_iterable(map(named_words, _PART.findall(text))))
    words = (_content(before, language) - _KINDS) | _content(behind, language) | part
    return words - _KINDS if words <= _KINDS else words


def _content(text: str, language: str) -> frozenset[str]:
    closed = LANGUAGES[language].words if language == "de" else {}
    bare = [word for word in text.split() if closed.get(word.casefold().strip(".,:;"), ("", ""))[1] != CLASS]
    words = named_words(" ".join(bare)) - _NOTHING
    return frozenset(word for word in words if any(map(str.isalnum, word)))


def read(sentence: str, before: str = "") -> Instruction:
    """What a sentence asks for; where it only points, at what the one `before` it says something of."""
    language = language_of(sentence)
    first, *others = _clauses(_put_together(_without_reasons(sentence)), language)
    found, main = Instruction(), first.sign
    if not main and others and others[0].exception and others[0].sign != "except":
        # "Alles außer dem Datum behalten."
        first.sign = main = others[0].sign
        others[0].sign = "except"
    waiting = first if first.sign in ("", "denied") else None
    names = content(first.named, language)
    for clause in (first, *others):
        if clause.sign == "drop" and not _is_dead(clause):
            found.dropped += _objects(clause, waiting, before, language)
            found.weak = found.weak or clause.weak
        elif clause.sign == "keep":
            target = found.expected if clause.exception else found.kept
            target += clause.listed
        elif clause.sign == "except":
            if main == "drop":
                found.expected += clause.listed
            elif not names and (main == "keep" or clause.exception in _UNWANTED):
                found.dropped, found.weak = clause.listed, main != "keep"
    if waiting is not None and not others and _is_unwanted(words_in(first.named)):
        found.dropped, found.weak = first.listed, True
    return found


def subject(sentence: str, language: str) -> str:
    """What a sentence says something of: "the fair is over", "we gave up the fair", "mit dem Fest sind wir fertig"."""
    words, parts = words_in(sentence), sentence.split()
    if language == "en" and words[0].partition("'")[0] in LANGUAGES["en"].persons:
        named = next((at for at, word in enumerate(words) if word in LANGUAGES["en"].definite), 0)
        words, parts = words[named:], parts[named:]
    end = next((at for at, word in enumerate(words) if word.removesuffix("n't") in _BE), len(words))
    ahead = " ".join(parts[:end])
    if not content(ahead, language):
        ahead = " ".join(part for part, word in zip(parts, words, strict=True) if word not in _DONE)
    # The nouns of German have capitals.
    return ahead if language != "de" else " ".join(part for part in ahead.split() if not part[:1].islower())


def _without_reasons(sentence: str) -> str:
    """A sentence without the clauses that only say why: "drop the list, it is no longer valid"."""
    cuts = [*_CUT.finditer(sentence)]
    for cut, end in zip(reversed(cuts), [len(sentence), *(cut.start() for cut in reversed(cuts))], strict=False):
        clause = sentence[cut.end() : end]
        words = words_in(clause)
        why = words[0] in _REASONS or points_back(" ".join(clause.split()[words[0] in _SINCE :]))
        asks = _dropping(words) or _void(words) or _KEEPING.within(words)
        if why and not asks and _dropping(words_in(sentence[: cut.start()])):
            sentence = sentence[: cut.start()] + sentence[end:]
    return sentence


def _put_together(sentence: str) -> str:
    """A sentence without "I'd like you to" before it, and with "leave out ..." for "leave ... out"."""
    words, parts = words_in(sentence), sentence.split()
    start = _ORDERS.at(words) if _DENYING.isdisjoint(words) else 0
    words, parts = words[start:], parts[start:]
    for at in range(len(words) - 2):
        later = next((each for each in range(at + 2, len(words)) if _is_apart(words, parts, at, each)), 0)
        if later and not _verb(words, at):
            parts[later - 1] += parts[later][len(words[later]) :]
            parts.insert(at + 1, words[later])
            words.insert(at + 1, words[later])
            del words[later + 1], parts[later + 1]
    return " ".join(parts)


def _is_apart(words: Sequence[str], parts: Sequence[str], at: int, later: int) -> bool:
    """Whether a word and a particle later in the sentence are one verb."""
    if words[later] not in _AWAY or not parts[later][0].islower() or _verb((words[at], words[later]), 0) < 2:
        return False
    return parts[later] != words[later] or later + 1 == len(words) or words[later + 1] in _TRAILING


def _verb(words: Sequence[str], at: int) -> int:
    return _DROPPING.at(words, at) or _KEEPING.at(words, at)


def _is_dead(clause: _Clause) -> bool:
    """Whether what follows turns it round, or makes it hang on something."""
    return any(each.sign == "denied" for each in clause.more) or (
        any(_CONDITIONS.within(words_in(each.named)) for each in clause.more)
        and not any(map(_AGED.search, clause.listed))
    )


def _objects(clause: _Clause, waiting: _Clause | None, before: str, language: str) -> list[str]:
    """What a clause asks to leave out: what it names with the list around it, or what it points at."""
    earlier = [each for each in waiting.listed if content(each, language)] if waiting else []
    if content(clause.named, language):
        listed = clause.leads and waiting is not None and _BE.isdisjoint(words_in(" ".join(waiting.listed)))
        return [*(earlier if listed else ()), *clause.listed]
    points = not _POINTING.isdisjoint(words_in(clause.named))
    if any(content(each, language) for each in clause.listed) and not (points and earlier):
        return clause.listed[1:]
    if waiting is not None and (waiting.sign == "denied" or any(_HANGING.at(words_in(each)) for each in earlier)):
        return []
    return [subject(each, language) for each in earlier] or [before] * points


def _is_unwanted(words: Sequence[str]) -> bool:
    """Whether all that a sentence says is what is not wanted: "no cakes, please"."""
    return not _UNWANTED.isdisjoint(words[:2]) and (_BE | _MODAL).isdisjoint(words)


def _clauses(sentence: str, language: str) -> list[_Clause]:
    """The clauses that ask for something, each with those after it that do not; the first may ask for nothing."""
    parts = [None, *_SPLIT.split(sentence)]
    found = [_Clause("", "")]
    for exception, text in zip(parts[::2], parts[1::2], strict=True):
        clause = _clause(text or "", (exception or "").casefold(), language)
        if clause.exception and clause.sign in ("", "denied"):
            clause.sign = "except"
        elif clause.sign == "denied" and found[-1].sign == "drop" and NOTS.at(words_in(clause.named)):
            clause.sign = "keep"
        if clause.sign in ("", "denied") and len(found) > 1:
            found[-1].more.append(clause)
        elif clause.named.strip(" .") or clause.sign not in ("", "denied"):
            found.append(clause)
    return found[found[1:2] != [] and found[1].sign != "except" :]


def _clause(text: str, exception: str, language: str) -> _Clause:
    words, parts = words_in(text), text.split()
    denied = {at for at, word in enumerate(words) if word in _DENYING or word.endswith("n't")}
    kept, wanted = (set[int]().union(*_places(verbs, words)) for verbs in (_KEEPING, _WANTING))
    marks = _void(words) or _dropping(words)
    if marks and not (kept and min(kept) < min(marks)):
        sign: Sign = "dead" if denied else "drop"
    elif kept or (wanted and denied):
        sign, marks = "drop" if denied else "keep", kept or wanted
    else:
        other = any(_OTHERWISE.at(words, at) for at in range(2)) or _OTHERWISE.end(words)
        ended = "NOLONGER" in normalize(text, language).tokens
        return _Clause("other" if other else "denied" if denied and not ended else "", text, exception)
    first, gone = min(marks), marks | denied | wanted
    if any(_HANGING.at(words, at) for at in range(first)) or (
        _CONDITIONS.within(words[first:]) and not _AGED.search(text)
    ):
        sign = "dead"
    ahead, behind = (
        " ".join(part for at, part in enumerate(parts) if at not in gone and (at < first) is leads)
        for leads in (True, False)
    )
    leads, follows = bool(content(ahead, language)), bool(content(behind, language))
    if leads and follows:
        sign = "dead"
    elif follows and kept and not _POINTING.isdisjoint(words[max(marks) + 1 : max(marks) + 2]):
        sign = "other"  # "keep it short"
    return _Clause(sign, ahead if leads else behind or ahead, exception, leads, weak=bool(wanted) and not kept)


def _places(phrases: Phrases, words: Sequence[str]) -> list[set[int]]:
    """Where phrases of a kind stand."""
    return [{*range(at, at + size)} for at in range(len(words)) if (size := phrases.at(words, at))]


def _dropping(words: Sequence[str]) -> set[int]:
    """Where the verb of dropping stands: an order begins with it, or it is the last word; "forget the drop tests"."""
    found = _places(_DROPPING, words)
    last = bool(found) and min(found[0]) > 0 and max(found[-1]) == _end(words) - 1
    return found[-last] if found else set()


def _void(words: Sequence[str]) -> set[int]:
    """Where a clause says that something is obsolete: "... can go", "... ist hinfällig", "hinfällig ist ..."."""
    end = _end(words)
    if size := _GOING.end(["", *words[:end]]):
        return {*range(end - size, end)}
    return {at for at, word in enumerate(words) if word in _VOID and (at == end - 1 or words[at + 1] in _BE)}


def _end(words: Sequence[str]) -> int:
    end = len(words)
    while end and words[end - 1] in _TRAILING:
        end -= 1
    return end
