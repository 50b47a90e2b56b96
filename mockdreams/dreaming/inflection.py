"""One word without its inflection, and in one spelling.

Offered are `stem`, with which texts are made tokens (the past tense stays), and `root` of a token, alike for all words
of a family: "suggest", "suggested", "suggestion", "vorzuschlagen", "Vorschlag". Whoever compares words loosely uses it.
"""

import re
from functools import lru_cache

from mockdreams.dreaming.languages import ABLAUT, LANGUAGES, PARTICIPLES

WORDS_REMEMBERED = 1 << 14

_PREFIXED = re.compile(rf"^({'|'.join(LANGUAGES['de'].separable)})ge(?=\w{{3}})")
_SPELLINGS = (
    (re.compile(r"(?<=[a-z]{3})our(?=$|[a-z])"), "or"),
    (re.compile(r"(?<=[a-z]{2})ys(?=e|ing)"), "yz"),
    (re.compile(r"(?<=[a-z]{3})is(?=e|ing|ation|$)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})tr$"), "ter"),
    (re.compile(r"(?<=[a-z]{2})ogu(?=e|s?$)"), "og"),
    (re.compile(r"(?:(?<=[vcbdnu]e)|(?<=[nti]a))ll(?=ed|ing|er)"), "l"),
)

_TO_UMLAUTS, NO_UMLAUTS = str.maketrans("aou", "äöü"), str.maketrans("äöü", "aou")
_MAY_CHANGE = re.compile("[aou]")
_VOWELS = frozenset("aeiouy")


def stem(word: str, language: str = "en", *, noun: bool = False) -> str:
    """Fold the inflection of a word. The past tense stays: what happened once is not what holds."""
    if language == "en":
        if len(word) > 3 and word[-1] == "s":
            if len(word) > 4 and word.endswith("ies"):
                return word[:-3] + "y"
            if word.endswith(("oes", "xes", "ches", "shes", "sses")):
                word = word[:-2]
            elif word[-2] not in "sui":
                word = word[:-1]
        return word[:-1] if len(word) > 4 and word[-1] == "e" else word
    if language == "de":
        word = word.replace("ß", "ss")
        if noun and (found := _UMLAUT.search(word)):
            if found[2]:
                return word[: found.end(2)] + "e"
            word = word[: found.start()] + _UMLAUTS[found[1]]
        for ending in ("ern", "eln", "en", "es", "e", "s") if noun else ("est", "en", "em", "er", "es", "et", "e", "t"):
            if word.endswith(ending) and len(word) - len(ending) >= 3 + (len(ending) == 3 and noun):
                word = word.removesuffix("n" if ending in ("ern", "eln") else ending)
                break
        return _singular(word) if noun and word[-2:] == "er" else word
    return word.removesuffix("es") if len(word) > 5 and word.endswith("es") else word.removesuffix("s")


_PLURALS_ER = {
    plural + "er": noun
    for noun in LANGUAGES["de"].plurals_er
    for plural in (noun, noun.replace("au", "äu") if "au" in noun else noun.translate(_TO_UMLAUTS))
    if plural != noun or not _MAY_CHANGE.search(noun)
}
_PLURAL_ER = re.compile(rf"(?:{'|'.join(sorted(_PLURALS_ER, key=len, reverse=True))})\Z")


def _singular(word: str) -> str:
    """A German noun whose plural ends in -er, without it: "Mitglieder", "Fahrräder"."""
    return _PLURAL_ER.sub(lambda found: _PLURALS_ER[found[0]], word)


def _with_umlaut(noun: str) -> str:
    return noun.replace("au", "äu") if "au" in noun else re.sub(r"[aou](?=[^aou]*$)", _to_umlaut, noun)


def _to_umlaut(letter: re.Match[str]) -> str:
    return letter[0].translate(_TO_UMLAUTS)


_UMLAUTS = {_with_umlaut(noun): noun for noun in LANGUAGES["de"].umlauts}
_UMLAUT = re.compile(
    rf"(?:({'|'.join(sorted(_UMLAUTS, key=len, reverse=True))})(?:en?|n)?"
    rf"|({'|'.join(noun for noun in sorted(_UMLAUTS.values()) if noun[-2:] not in ('en', 'el', 'er'))})en?)\Z"
)
_VOWELS = frozenset("aeiouy")


def of_gerund(word: str) -> str:
    """What is done, for a form in -ing: "before merging" is "before the merge"."""
    if word in ("going", "doing"):
        return word[:2]
    bare = len(word) < 6 or _VOWELS.isdisjoint(word[:-3])
    return stem(spelled(word if bare else _undoubled(word[:-3])))


def _undoubled(word: str) -> str:
    return word[:-1] if word[-1] == word[-2] and word[-1] not in "lsz" else word


def _single(word: str) -> str:
    return word[:-1] if word[-1:] == word[-2:-1] else word


PREFIX = re.compile(rf"^({'|'.join(sorted(LANGUAGES['de'].separable, key=len, reverse=True))})(?=\w{{3}})")
_DERIVED = re.compile(r"(?<=\w{4})ation$|(?<=\w{5})(?:ication|ization|iz|at|ion|ment|er|ly|y|ung)$|(?<=\w{2}[^s])s$")
_DERIVING = ("ion", "iz", "at", "ment", "er", "y", "ung", "s")
_INFINITIVE = re.compile(rf"{PREFIX.pattern}zu(?=\w{{4}})")
_PARTICIPLE = re.compile(r"^ge(?=\w{4})")
_STEMS = {_single(changed): _single(stem) for changed, stem in ABLAUT.items()}
_ABLAUT = re.compile(rf"(?:{'|'.join(_STEMS)})$")


@lru_cache(maxsize=WORDS_REMEMBERED)
def root(token: str) -> str:
    """A word without what makes a noun, a verb or an adverb of it: "suggestion", "suggesting", "vorzuschlagen"."""
    word = token if token.isascii() else token.translate(NO_UMLAUTS)
    word = _PARTICIPLE.sub("", word)
    word = plain_form(_INFINITIVE.sub(r"\1", word) if "zu" in word else word)
    for _ in range(2):
        word = _DERIVED.sub("", word) if word.endswith(_DERIVING) else word
    return _ABLAUT.sub(lambda found: _STEMS[found[0]], _single(word))


@lru_cache(maxsize=WORDS_REMEMBERED)
def plain_form(word: str) -> str:
    """A verb without the ending or beginning of its participle."""
    if word in PARTICIPLES:
        return PARTICIPLES[word].removesuffix("e")
    if word[:2] == "ge" and len(word) > 6:
        return word[2:]
    word = _PREFIXED.sub(r"\1", word, count=1) if "ge" in word else word
    ending = next((each for each in ("ed", "ing") if word.endswith(each) and len(word) > len(each) + 2), "")
    word = _undoubled(word.removesuffix(ending)) if ending else word
    return word.removesuffix("e") if len(word) > 3 else word


def of_whom(word: str) -> str:
    """A German noun without the ending of its genitive: "des Busses", "des Kaffees"."""
    if word.endswith("sses"):
        return word[:-3]
    return word[: -1 - (word[-3:-1] != "ee" and word[-2:-1] == "e")] if word.endswith("s") else word


def spelled(word: str) -> str:
    """A word as Americans write it."""
    if len(word) < 5 or not (
        "our" in word or "is" in word or "ll" in word or "tr" in word or "ys" in word or "ogu" in word
    ):
        return word
    for pattern, spelling in _SPELLINGS:
        word = pattern.sub(spelling, word)
    return word
