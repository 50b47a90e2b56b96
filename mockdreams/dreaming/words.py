"""Runs of characters without spaces taken apart into words, each with its token.

Number words are numbers, units have one name, plurals are folded, names, identifiers and signs stay what they are.
"""

import re

from mockdreams.dreaming.inflection import spelled, stem
from mockdreams.dreaming.languages import (
    CASED_MONTHS,
    CHOICES,
    CLASS,
    CODE,
    DATE,
    LANGUAGES,
    MONTH,
    NAME,
    NUMBER,
    ORDINAL,
    SIGN,
    TIME,
    UNITS,
    WORD,
    Language,
    Part,
    Token,
)
from mockdreams.dreaming.normalized import COMMON, FRONTED, NAMED, OPEN, OPENERS

# Runs of characters met before are not taken apart again; this bounds the memory it takes.
CHUNKS_REMEMBERED, LONGEST_REMEMBERED = 1 << 16, 40
# Such words are stressed with capitals: "you must NOT".
_STRESSED = frozenset("MUST SHOULD NOT EVERY ONLY ANY".split())

_EDGE = ',;!?"“”‘’„()[]{}*~…«»`|\\'  # noqa: RUF001
_DASHES = frozenset("-–—•·→>*_=~#+|/&")  # noqa: RUF001
_NUMBER = re.compile(r"[-+±]?\d+(?:[.,]\d+)*\Z")
_DOTTED = re.compile(r"\d+(?:\.\d+){2,}(?<!\.\d{3})\Z|\d{1,3}(?:\.\d{1,3}){3}\Z")
_GROUPED = re.compile(r"[-+±]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)(am|pm)?\Z|(\d{1,2})(am|pm)\Z")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)\Z")
_MEASURE = re.compile(r"([-+±]?\d+(?:[.,]\d+)*)([a-zµ°%€$£][a-z%]{0,2})\Z")
_MONEY = re.compile(r"([$€£])(\d+(?:[.,]\d+)*)\Z")
_DAY = re.compile(r"\d{1,2}\.\Z")
_NTH = re.compile(r"(\d+)(?:st|nd|rd|th)\Z")
_COMMAS = str.maketrans(".,", ",.")
_CAMEL = re.compile(r"[a-z\d][A-Z]")

# Whether a part is added as it is, as content or as a class, or says nothing; whatever stands around it, if that does
# not decide, or if no phrase begins with it, which is told by a higher number.
PLAIN, CLASSED, SILENT, DEPENDS, LEADING = range(5)
_READ_ON = frozenset((NUMBER, ORDINAL, TIME, MONTH))
_LOOKED_AT = frozenset((":", "'s", "NOW", "ANY MORE", "PLUS", "CALLED"))


class _Chunks(dict[str, tuple[Part, ...]]):
    """The parts of runs of characters without spaces in one language, each taken apart once."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __missing__(self, chunk: str) -> tuple[Part, ...]:
        word = chunk[:-1] if chunk[-1] in ".," else chunk
        if word is not chunk and word.isalpha():
            parts = self[word]
        else:
            language = self.language
            words = (_bare if chunk.isalpha() else _words)(chunk, language)
            parts = tuple([_part(low, token, kind, language) for low, token, kind in words])
        if len(chunk) <= LONGEST_REMEMBERED:
            if len(self) >= CHUNKS_REMEMBERED:
                self.clear()
            self[chunk] = parts
        return parts


_Word = tuple[str, str, str]
"""A word in small letters, its token and the kind of that."""

CHUNKS = {name: _Chunks(language) for name, language in LANGUAGES.items()}


def _part(low: str, token: str, kind: str, language: Language) -> Part:
    way = (_way_of_class if kind == CLASS else _way)(low, token, kind, language)
    begins = NAMED if kind == NAME and low not in language.possessives else OPEN
    if low in language.before_nouns:
        begins = COMMON
    elif token in OPENERS and language.name == "de":
        begins = FRONTED
    return low, token, kind, LEADING + way if low in language.phrases else way, begins


def _way(low: str, token: str, kind: str, language: Language) -> int:
    if kind in _READ_ON or low[-2:] == "ed" or low[-3:] == "ing" or low == "a" or token == "same":
        return DEPENDS
    return DEPENDS if language.before_nouns and (kind == NAME or "und" in low) else PLAIN


def _way_of_class(low: str, token: str, _: str, language: Language) -> int:
    if low in language.is_forms or low in language.be_forms or low == "statt":
        return DEPENDS
    if token != "DROP":
        return DEPENDS if token in _LOOKED_AT else CLASSED
    depends = low in language.indefinite or low.startswith("ein") or low in language.persons
    depends = depends or low in ("always", "immer") or (low == "der" and language.name == "de")
    return DEPENDS if depends else SILENT


def _words(chunk: str, language: Language) -> tuple[_Word, ...]:
    """The words in a run of characters without spaces, each in small letters and as a token."""
    chunk = chunk.replace("\u2019", "'").replace("\u2013", "-")
    if chunk[-1] in "([{<" and len(chunk) == 1:
        return ()
    if language.name == "de" and _DAY.match(chunk):
        return ((chunk, chunk, ORDINAL),)
    code = "`" in chunk
    bare = chunk.strip(_EDGE).rstrip(".").strip(_EDGE)
    if bare[:1] in "'_" or bare[-1:] in "'_":
        bare = bare.strip("_").removeprefix("'")
        bare = bare.removesuffix("'") if chunk.startswith("'") else bare
    colon = bare.endswith(":") and len(bare) > 1
    bare = bare.rstrip(":").strip(_EDGE).rstrip(".") if colon else bare
    if not bare:
        return ()
    words = _bare(bare, language, code=code)
    return (*words, (":", ":", CLASS)) if colon else words


def _bare(bare: str, language: Language, *, code: bool = False) -> tuple[_Word, ...]:
    low = bare.casefold()
    if low not in language.known and low.isalpha():
        return ((low, *_letters(bare, low, language, code=code)),)
    if low.isdecimal():
        return ((low, low, NUMBER),)
    if low in language.fused:
        return tuple(part for word in language.fused[low] for part in _bare(word, language))
    if low in CASED_MONTHS and bare[0].isupper() and not bare.isupper():
        return ((low, CASED_MONTHS[low], MONTH),)
    known = language.words.get(low)
    if bare == "A" and known is not None:
        return ((low, bare, NAME),)
    is_name = known is not None and len(bare) > 1 and bare.isupper() and low.isalpha()
    if known is not None and not (is_name and _is_short(low, known, language)):
        return (
            (low, *known)
            if known[1] != MONTH or low not in CASED_MONTHS or language.name == "fr"
            else (low, low, WORD),
        )
    if low in CHOICES:
        return ((low, *CHOICES[low]),)
    if low.isalpha():
        return ((low, *_letters(bare, low, language, code=code)),)
    if "'" in low and not code:
        return _apostrophe(bare, low, language)
    if any(character.isalnum() for character in low):
        return _mixed(bare, low, language, code=code)
    return () if _DASHES.issuperset(low) and low not in (">", "+", "=", "->") else ((low, low, SIGN),)


def _is_short(low: str, known: Token, language: Language) -> bool:
    """Whether capitals are an abbreviation, "IN" or "US", and no stress: "EVERY", "THE"."""
    token, kind = known
    stressed = token in _STRESSED or (token == "DROP" and (low in language.definite or low in ("always", "immer")))
    return kind == CLASS and not (stressed and len(low) > 2)


def _letters(bare: str, low: str, language: Language, *, code: bool) -> Token:
    if code or not (bare == low or bare[1:].islower() or len(bare) == 1 or not (bare.isupper() or _CAMEL.search(bare))):
        return (low if len(low) < 4 or bare.isupper() else spelled(stem(low, language.name)), CODE)
    low = language.irregular.get(low, low)
    capital = bare[0].isupper()
    return (spelled(stem(low, language.name, noun=capital)), NAME if capital else WORD)


def _apostrophe(bare: str, low: str, language: Language) -> tuple[_Word, ...]:
    if low.endswith("n't"):
        return (*_bare(bare[:-3], language), ("not", "NOT", CLASS))
    head, _, tail = bare.rpartition("'")
    tail = tail.casefold()
    if head and tail in ("s", ""):
        return (*_bare(head, language), ("'s", "'s", CLASS))
    verb = {"re": "are", "ll": "will", "ve": "have", "d": "would", "m": "am"}.get(tail)
    if head and verb:
        return (*_bare(head, language), *_bare(verb, language))
    if head and language.name not in ("en", "de"):
        return (*_bare(head, language), *_bare(tail, language))
    return ((low, low, CODE),)


def _mixed(bare: str, low: str, language: Language, *, code: bool) -> tuple[_Word, ...]:
    clock = _CLOCK.match(low)
    if clock and (":" in low or clock[3] or clock[5]):
        return ((low, _clock(clock), TIME),)
    if _NUMBER.match(low) and not _DOTTED.match(low):
        return ((low, _number(low, language), NUMBER),)
    if (nth := _NTH.match(low)) is not None:
        return ((low, f"{nth[1]}.", ORDINAL),)
    if (date := _DATE.match(low)) is not None:
        return ((low, f"{date[1]}-{date[2]}-{date[3]}", DATE),)
    if (money := _MONEY.match(low)) is not None:
        return ((money[2], _number(money[2], language), NUMBER), (money[1], UNITS[money[1]], "unit"))
    measure = _MEASURE.match(low)
    if measure and measure[2] in UNITS:
        return ((measure[1], _number(measure[1], language), NUMBER), (measure[2], UNITS[measure[2]], "unit"))
    parts = low.split("-")
    if len(parts) > 1 and all(part.isalpha() for part in parts) and not bare.isupper():
        if len(parts[0]) == 1:
            return ((low, stem(low, language.name), WORD),)
        numbers = [language.words.get(part, ("", "")) for part in parts]
        if all(kind == NUMBER for _, kind in numbers):
            return ((low, str(sum(int(count) for count, _ in numbers)), NUMBER),)
        return tuple(part for word in parts for part in _bare(word, language, code=code))
    if len(parts) == 2 and parts[0].isdigit() and parts[1].isalpha():
        return tuple(part for word in parts for part in _bare(word, language))
    return ((low, bare, CODE),)


def _number(low: str, language: Language) -> str:
    if language.name != "en":
        low = low.translate(_COMMAS)
    return low.replace(",", "") if _GROUPED.match(low) else low


def _clock(found: re.Match[str]) -> str:
    hour, minute, half = int(found[1] or found[4]), found[2] or "00", found[3] or found[5]
    if half == "pm" and hour < 12:
        hour += 12
    return f"{hour}:{minute}"


def german_number(low: str) -> int | None:
    """ "fünfundzwanzig" and the like."""
    ones, _, tens = low.partition("und")
    words = LANGUAGES["de"].words
    one, ten = words.get("eins" if ones == "ein" else ones, ("", ""))[0], words.get(tens, ("", ""))[0]
    return int(one) + int(ten) if one.isdigit() and ten.isdigit() and int(ten) >= 20 else None
