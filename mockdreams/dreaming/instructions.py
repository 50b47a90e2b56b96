"""How a sentence of a dream's instructions is read: what it asks to leave out, and what to keep nevertheless.

It is cut into clauses at commas, at "and" and at words such as "except". A clause with a verb of dropping asks to leave
out what it names, and so does one with a verb of keeping and a "not" ("wir brauchen den Plan nicht mehr"), or one that
calls something obsolete. A clause without such a verb goes on with the list of the one before. A verb that names nothing
is about what was said before or comes after: "the fair is over, forget it", "lass alles weg, was das Fest betrifft".
What is turned round by a "not", or hangs on an "if", asks for nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mockdreams.dreaming.languages import CLASS, LANGUAGES, language_of, phrases_of
from mockdreams.dreaming.normalize import MODALS
from mockdreams.dreaming.openings import Phrases, any_of, words_in
from mockdreams.dreaming.pieces import named_words

Sign = Literal["drop", "keep", "dead", "other", "except", "denied", ""]
"""What a clause asks for; it is "dead" if that is turned round, and "denied" with a "not" and no verb that is known."""

_DROPPING, _VOID, _KEEPING, _WANTING = map(Phrases, ("dropping", "void", "keeping", "wanting"))
_OTHERWISE, _HANGING, _CONDITIONS = map(Phrases, ("otherwise", "hanging", "conditions"))
_DENYING, _AWAY, _POINTING, _TRAILING, _WITHOUT = (
    frozenset(phrases_of(kind)) for kind in ("denying", "away", "pointing_at", "trailing", "without")
)
_SPLIT = any_of(
    "excepting", r"(?:,\s*)?\b({})\b|(?:,\s*)?\b(?:and|or|as well as|then|und|oder|sowie|dann)\b|[,:](?=\s)"
)
_AGED = re.compile(r"\b(?:older than|älter als)\b", re.IGNORECASE)
_BE = frozenset(form for name in ("en", "de") for form in LANGUAGES[name].is_forms | LANGUAGES[name].be_forms)
_MODAL = frozenset(
    word for name in ("en", "de") for word, (token, _) in LANGUAGES[name].words.items() if token in MODALS
)
_NOTHING, _KINDS = (named_words(" ".join(phrases_of(kind))) for kind in ("naming_nothing", "naming_kinds"))
CONTAINERS, MENTIONS = any_of("containers"), any_of("mentions")


@dataclass(slots=True)
class Request:
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


def content(text: str, language: str) -> frozenset[str]:
    """The words of a text that name something."""
    closed = LANGUAGES[language].words if language == "de" else {}
    bare = [word for word in text.split() if closed.get(word.casefold().strip(".,:;"), ("", ""))[1] != CLASS]
    words = frozenset(word for word in named_words(" ".join(bare)) if word not in _NOTHING and word[:1].isalnum())
    return words - _KINDS if CONTAINERS.search(text) or words <= _KINDS else words


def read(sentence: str, before: str = "") -> Request:
    """What a sentence asks for; where it only points, at what the sentence `before` it says something of."""
    language = language_of(sentence)
    first, *others = _clauses(sentence, language)
    found, main = Request(), first.sign
    if not main and others and others[0].exception and others[0].sign != "except":
        # "Alles außer dem Datum behalten."
        first.sign = main = others[0].sign
        others[0].sign = "except"
    for clause in (first, *others):
        if clause.sign == "drop" and not _is_dead(clause):
            found.dropped += _objects(clause, first if first.sign in ("", "denied") else None, before, language)
            found.weak = found.weak or clause.weak
        elif clause.sign == "keep":
            target = found.expected if clause.exception else found.kept
            target += [clause.named, *(each.named for each in clause.more)]
        elif clause.sign == "except":
            listed = [clause.named, *(each.named for each in clause.more)]
            if main == "keep" and not content(first.named, language):
                found.dropped += listed
            elif main == "drop":
                found.expected += listed
            elif clause.exception in _WITHOUT and not content(first.named, language):
                found.dropped, found.weak = listed, True
    if first.sign == "denied" and not others:
        found.dropped, found.weak = _unwanted(first), True
    return found


def subject(sentence: str) -> str:
    """What a sentence says something of: "the fair" of "the fair is over"."""
    words = words_in(sentence)
    end = next((at for at, word in enumerate(words) if word in _BE), 0)
    return " ".join(sentence.split()[:end])


def _is_dead(clause: _Clause) -> bool:
    return any(each.sign == "denied" or _CONDITIONS.within(words_in(each.named)) for each in clause.more) and not any(
        _AGED.search(each.named) for each in clause.more
    )


def _objects(clause: _Clause, waiting: _Clause | None, before: str, language: str) -> list[str]:
    """What a clause asks to leave out: what it names with the list around it, or what it points at."""
    earlier = [each.named for each in (waiting, *waiting.more) if content(each.named, language)] if waiting else []
    later = [each.named for each in clause.more]
    if content(clause.named, language):
        plain = clause.leads and not any(map(subject, earlier)) and waiting is not None and waiting.sign == ""
        return [*(earlier if plain else ()), clause.named, *later]
    points = not _POINTING.isdisjoint(words_in(clause.named))
    if any(content(each, language) for each in later) and not (points and earlier):
        return later
    if waiting is not None and (waiting.sign == "denied" or any(map(_hangs, earlier))):
        return []
    return [subject(each) or each for each in earlier] or [before] * points


def _hangs(text: str) -> bool:
    return _HANGING.at(words_in(text)) > 0


def _unwanted(clause: _Clause) -> list[str]:
    """What "no cakes, please" names."""
    words = words_in(clause.named)
    starts = next((at for at, word in enumerate(words[:2]) if word in _DENYING), -1)
    if starts < 0 or not (_BE | _MODAL).isdisjoint(words):
        return []
    return [" ".join(clause.named.split()[starts + 1 :]), *(each.named for each in clause.more)]


def _clauses(sentence: str, language: str) -> list[_Clause]:
    """The clauses that ask for something, each with those after it that do not; the first may ask for nothing."""
    parts = [None, *_SPLIT.split(sentence)]
    found: list[_Clause] = []
    for exception, text in zip(parts[::2], parts[1::2], strict=True):
        if not (text or "").strip(" .,:") and not exception:
            continue
        clause = _clause(text or "", (exception or "").casefold(), language)
        if found and clause.sign in ("", "denied") and not clause.exception:
            found[-1].more.append(clause)
        else:
            clause.sign = "except" if clause.exception and clause.sign in ("", "denied") else clause.sign
            found += [_Clause("", "")] * (not found and clause.sign == "except")
            found.append(clause)
    return found or [_Clause("", "")]


def _clause(text: str, exception: str, language: str) -> _Clause:
    words, parts = words_in(text), text.split()
    denied = {at for at, word in enumerate(words) if word in _DENYING or word.endswith("n't")}
    kept = set().union(*_places(_KEEPING, parts, words))
    wanted = set().union(*_places(_WANTING, parts, words)) if denied else set()
    marks = next(_places(_DROPPING, parts, words), None) or _void(words)
    if marks is not None and not (kept and min(kept) < min(marks)):
        sign: Sign = "dead" if denied else "drop"
    elif kept or wanted:
        sign, marks = "drop" if denied else "keep", kept or wanted
    else:
        other = any(_OTHERWISE.at(words, at) for at in range(2))
        return _Clause("other" if other else "denied" if denied else "", text, exception)
    first, gone = min(marks), marks | denied
    if any(_HANGING.at(words, at) for at in range(first)) or (
        _CONDITIONS.within(words[first:]) and not _AGED.search(text)
    ):
        sign = "dead"
    ahead, behind = (
        " ".join(parts[at] for at in side if at not in gone) for side in (range(first), range(first, len(parts)))
    )
    leads, follows = bool(content(ahead, language)), bool(content(behind, language))
    if leads and follows:
        sign = "dead"
    elif follows and kept and words[max(marks) + 1 :][:1] and words[max(marks) + 1] in _POINTING:
        sign = "other"  # "keep it short"
    return _Clause(sign, ahead if leads else behind or ahead, exception, leads, weak=bool(wanted) and not kept)


def _places(phrases: Phrases, parts: Sequence[str], words: Sequence[str]) -> Iterator[set[int]]:
    """Where phrases of a kind stand; of "leave ... out" the second word may come later."""
    for at, word in enumerate(words):
        if size := phrases.at(words, at):
            yield {*range(at, at + size)}
            continue
        for later in range(at + 2, len(words)):
            if words[later] in _AWAY and parts[later].islower() and phrases.at((word, words[later])) == 2:
                yield {at, later}
                break


def _void(words: Sequence[str]) -> set[int] | None:
    """Where a clause ends in what calls something obsolete: "... can go", "... ist hinfällig"."""
    end = len(words)
    while end and words[end - 1] in _TRAILING:
        end -= 1
    size = _VOID.end(["", *words[:end]])
    return {*range(end - size, end)} if size else None
