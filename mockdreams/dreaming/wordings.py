"""What two wordings of one wish have in common: "under 100 words" is "never longer than 100 words"."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from mockdreams.dreaming.languages import ABLAUT, CLASS, CODE, LANGUAGES, NAME, NOUN, NUMBER, SIGN, WORD, words_of
from mockdreams.dreaming.normalize import DENIALS, NO_UMLAUTS, PREPOSITIONS, WORDS_REMEMBERED, plain_form, tokens_of
from mockdreams.dreaming.openings import any_of, hints, words_in
from mockdreams.dreaming.statements import WORDING, Statement, said_in

_HARD_CLASSES = frozenset("NOT NOLONGER WITHOUT UNLESS BEFORE AFTER PAST HABIT".split())
_DENYING = DENIALS | {"WITHOUT"}
# After one of these comes what is not wanted: "tables instead of lists", "rather tables than lists".
_CONTRASTS = frozenset(("INSTEAD", "THAN"))
# With one of these in a sentence a denial may be none of the bound in it.
_BARRIERS = frozenset("COND UNLESS BECAUSE WHILE BEFORE AFTER BUT".split())

_COUNTS = "|".join(
    word
    for language in LANGUAGES.values()
    for word in (*language.indefinite, *(each for each, (_, kind) in language.words.items() if kind == NUMBER))
)
_COUNTED = rf"(?= (?:\d|(?:{_COUNTS})\b)|[.!]*$)"
# Without one of these or a number there is no bound.
_COMPARING = frozenset("THAN ATMOST ATLEAST ABOVE BELOW".split())
_MOST, _LEAST = "\u2264", "\u2265"
_OPPOSITE = {_MOST: _LEAST, _LEAST: _MOST}
_BOUNDS = (
    (any_of("limiting", rf"\A(?:{{}}) (.*?) (?:to|auf){_COUNTED}"), rf"\1 {_MOST}"),
    (any_of("at_most", rf"\b(?:{{}}){_COUNTED}"), _MOST),
    (any_of("at_least", rf"\b(?:{{}}){_COUNTED}"), _LEAST),
)


FIRST, LAST = "\u21e4", "\u21e5"
PLACES = frozenset((FIRST, LAST))
"""Where in a text something is wished to be."""
_WITH = r"\b(?:{})\b(?=.*\b(?:with|mit)\b)"
_AFTER_WITH = r"(?<= mit )(?P<what>.*) (?:{})(?=[.!]*$)"
_BARE = r"\b(?:{})(?=[.,;!]|$| (?:in|on|of|please|when|bei|für)\b)"
_PLACING = (
    (any_of("beginning", _WITH), FIRST),
    (any_of("beginning", _AFTER_WITH), FIRST),
    (any_of("at_first"), FIRST),
    (any_of("at_first_bare", _BARE), FIRST),
    (any_of("ending", _WITH), LAST),
    (any_of("ending", _AFTER_WITH), LAST),
    (any_of("at_last"), LAST),
    (any_of("at_last_bare", _BARE), LAST),
)
_PLACE_HINTS = hints("beginning", "at_first", "at_first_bare", "ending", "at_last", "at_last_bare")
_PARTICLE = re.compile(r" (?:an|ab|auf)(?=[.!]*$)")
# What follows a denial for stress only: "..., auch nicht in Listen", "... in letters or anywhere else".
_STRESS = any_of("emphatic", r", (?:{})\b.*"), any_of("anywhere", r" (?:in|on|at|bei|auf) .*\b(?:{})\b.*")
_STRESS_HINTS = hints("emphatic", "anywhere")
_CONDITIONS = frozenset("when whenever if wenn falls sobald".split())
_WHENEVER = re.compile(rf"\b(?:{'|'.join(sorted(_CONDITIONS))})\b[^,;]*", re.IGNORECASE)
_ARISING = re.compile(rf" (?:{'|'.join(sorted(words_of('arising')))})\b", re.IGNORECASE)


def _single(word: str) -> str:
    return word[:-1] if word[-1:] == word[-2:-1] else word


_DERIVED = re.compile(r"(?<=\w{4})ation$|(?<=\w{5})(?:ication|ization|iz|at|ion|ment|er|ly|y|ung)$|(?<=\w{2}[^s])s$")
_PREFIX = re.compile(rf"^({'|'.join(sorted(LANGUAGES['de'].separable, key=len, reverse=True))})(?=\w{{3}})")
_INFINITIVE = re.compile(rf"{_PREFIX.pattern}zu(?=\w{{4}})")
_PARTICIPLE = re.compile(r"^ge(?=\w{4})")
_STEMS = {_single(changed): _single(stem) for changed, stem in ABLAUT.items()}
_ABLAUT = re.compile(rf"(?:{'|'.join(_STEMS)})$")
_TELLING = words_of("telling")


class Wording(NamedTuple):
    """The words of a statement in whatever form, and the tokens that have to agree in another wording of it.

    `where` are those of the words that only say in what is written it is wished: "in letters", "in den Mails".
    """

    forms: frozenset[str]
    hard: tuple[str, ...]
    where: frozenset[str]


def wording(statement: Statement) -> Wording:
    """What a statement has in common with every other wording of it."""
    put, verb = words_in(statement.bare.rstrip(".! ")) or [""], root("".join(statement.said.tokens[:1]))
    prefix = put[-1] if statement.language == "de" and put[-1] in LANGUAGES["de"].separable else ""
    text, place = _placed(_unstressed(statement.bare, put), put)
    said, words = _bounded(statement, text), statement.words
    if statement.language == "de":
        words = frozenset(word for word in words if _PREFIX.sub("", word) not in WORDING) or words
    names, others, forms = list[str](), set[str](), set[str]()
    if prefix and said and (said[-1][1] == CLASS or prefix.startswith(said[-1][0])):
        said = said[:-1]
    for at, (token, kind) in enumerate(said):
        if kind == CODE or (kind == NAME and statement.language != "de"):
            names.append(token)
        elif token in _CONTRASTS:
            others.update(f"THAN {root(after)}" for after, _ in said[at + 1 : at + 2])
        elif kind not in (WORD, NAME, NOUN, CLASS) or token in _HARD_CLASSES:
            others.add("NOT" if token in _DENYING else token)
        if token in words or kind == SIGN:
            forms.add(root(token))
    if prefix and verb in forms:
        # "Trag ... ein" is "eintragen".
        whole = root(prefix + statement.said.tokens[0])
        forms, verb = forms - {verb} | {whole}, whole
    if statement.language == "de":
        _without_telling(forms, verb, root("".join(statement.said.tokens[-1:])))
    elif put[0] in _TELLING and len(forms) > 1:
        forms.discard(verb)
    return Wording(frozenset(forms), (*names, *sorted(others), *place), _where(said) & forms)


def _without_telling(forms: set[str], *verbs: str) -> None:
    for verb in verbs:
        if verb in _TOLD and len(forms) > 1:
            forms.discard(verb)


def _unstressed(text: str, words: list[str]) -> str:
    for stress in _STRESS if not _STRESS_HINTS.isdisjoint(words) else ():
        text = stress.sub("", text, count=1)
    if _CONDITIONS.isdisjoint(words):
        return text
    return _WHENEVER.sub(lambda clause: _ARISING.sub("", clause[0]), text)


def _placed(text: str, words: list[str]) -> tuple[str, tuple[str, ...]]:
    """A text without the words that tell the place of something in another, and that place."""
    for pattern, place in _PLACING if not _PLACE_HINTS.isdisjoint(words) else ():
        left = pattern.sub(lambda found: found.groupdict().get("what", ""), text, count=1)
        if left != text:
            return _PARTICLE.sub("", " ".join(left.split())), (place,)
    return text, ()


def _where(said: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The words of "in letters to the parents"."""
    for at, (token, _) in enumerate(said):
        behind = [each for each in said[at + 1 :] if each[0] != "EVERY"]
        if token == "IN" and behind and root(behind[0][0]) in _WRITTEN:
            of = behind[2:3] if behind[1:2] and behind[1][0] in PREPOSITIONS else []
            return frozenset(root(each) for each, _ in (behind[0], *of))
    return frozenset()


def _bounded(statement: Statement, text: str) -> list[tuple[str, str]]:
    """The tokens and their kinds, a bound and its number as one of them: "no longer than 5 lines" has "≤5"."""
    said = statement.said
    if NUMBER in said.kinds or not _COMPARING.isdisjoint(said.tokens):
        for pattern, sign in _BOUNDS:
            text = pattern.sub(sign, text)
    said = said_in(text, statement.language) if text != statement.bare else said
    found = [*zip(said.tokens, said.kinds, strict=True)]
    at = next((at for at, (token, _) in enumerate(found) if token in _OPPOSITE), None)
    if at is None:
        return found
    sign, behind = found[at][0], found[at + 1 :]
    numbers = [place for place, (_, kind) in enumerate(found) if kind == NUMBER and (place == at + 1 or not behind)]
    if _BARRIERS.isdisjoint(said.tokens) and not _DENYING.isdisjoint(said.tokens):
        sign = _OPPOSITE[sign]
        found = [each if each[0] not in _DENYING else ("", CLASS) for each in found]
    # "Longer than a page" is longer than one.
    found[at] = (f"{sign}{found[numbers[-1]][0] if numbers else 1}", SIGN)
    return [each for place, each in enumerate(found) if place not in numbers[-1:]]


@lru_cache(maxsize=WORDS_REMEMBERED)
def root(token: str) -> str:
    """A word without what makes a noun, a verb or an adverb of it: "suggestion", "suggesting", "vorzuschlagen"."""
    word = plain_form(_INFINITIVE.sub(r"\1", _PARTICIPLE.sub("", token.translate(NO_UMLAUTS))))
    word = _DERIVED.sub("", _DERIVED.sub("", word))
    return _ABLAUT.sub(lambda found: _STEMS[found[0]], _single(word))


_TOLD = frozenset(map(root, tokens_of("telling")))
_WRITTEN = frozenset(map(root, tokens_of("written")))
