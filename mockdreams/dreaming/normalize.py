"""Text as a sequence of normalized words: what must agree before two sentences may say the same.

A text becomes a bag of tokens. Words of the closed classes (`languages.toml`) are dropped or stand for their class, in
capitals: "if" and "when" are both COND. All else is content: number words are numbers, units have one name, plurals are
folded, names, identifiers and signs stay what they are. So texts with equal bags differ in no number, name, negation
or modal, by construction. Nothing here knows about memories or sessions.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain, compress
from typing import Any

from mockdreams.dreaming.languages import (
    CASED_MONTHS,
    CHOICES,
    CLASS,
    CODE,
    DATE,
    EXACT,
    LANGUAGES,
    MEANINGS,
    MONTH,
    NAME,
    NOUN,
    NUMBER,
    ORDINAL,
    PARTICIPLES,
    SIGN,
    TIME,
    UNITS,
    UNITS_OF_TIME,
    WEEKDAY,
    WORD,
    Language,
    Part,
    Phrases,
    Token,
    language_of,
)
from mockdreams.dreaming.long_texts import chunks_of

# Runs of characters met before are not taken apart again; this bounds the memory it takes.
CHUNKS_REMEMBERED, LONGEST_REMEMBERED = 1 << 16, 40
TEXTS_REMEMBERED, LONGEST_TEXT_REMEMBERED, WORDS_REMEMBERED = 1 << 12, 1000, 1 << 14
# After one of these a phrase may stand elsewhere in the sentence.
OPENERS = frozenset(
    "TO FROM IN ON AT BY WITH WITHOUT FOR ABOUT BEFORE AFTER UNTIL SINCE STARTING DURING BETWEEN ABOVE BELOW WITHIN"
    " THROUGH AMONG"
    " NEAR BEHIND BESIDE ALONG ACROSS AGAINST OUTSIDE OPPOSITE DESPITE"
    " TOWARD PURPOSE EXCEPT INSTEAD PER COND UNLESS WHILE BECAUSE ALTHOUGH EVERY".split()
)
PREPOSITIONS = OPENERS - {"COND", "UNLESS", "WHILE", "BECAUSE", "ALTHOUGH", "PURPOSE", "EVERY"} | {"OF"}
CLAUSE_OPENERS = PREPOSITIONS - {"OF"} | {"BUT", "NOW", "BECAUSE"}
MODALS = frozenset("MUST SHOULD CAN MAY COULD WOULD WILL".split())
DENIALS = frozenset(("NOT", "NOLONGER", "ANY MORE"))
MARKS_OF_DENIAL = frozenset(("NOT", "NOLONGER", "INSTEAD"))
"""With these a text says what is not so, beside what is."""

BE = frozenset(("is", "be", "is the", "is a", "is called"))
"""The forms of "be" that a word may have before it."""
OPEN, NAMED, COMMON, FRONTED = "open", "named", "common", "fronted"
"""How a text begins: with a name, as it seems; in German, with an article or "mein", or with a phrase; or otherwise."""

# After one of these "a month" is one month.
_SPANS = frozenset("WITHIN IN FOR AFTER UNTIL DURING ABOVE BELOW".split())
LIMITS = frozenset(("ATMOST", "ATLEAST"))

# A text in capitals with so many spaces says no more than in small letters.
SHOUTED_SPACES = 2
# Such words are stressed with capitals: "you must NOT".
_STRESSED = frozenset("MUST SHOULD NOT EVERY ONLY ANY".split())

NOTHING_YET, NOBODY, NO_CASES = object(), frozenset[str](), frozenset[tuple[str, bool]]()


class NormalizedText:
    """The tokens of a text in order, the kind of each, and the form of "be", colon or first "a" before it.

    `renews` if a word such as "now" says that it was otherwise before; `persons` are who it speaks of as "I" or "we".
    It `begins` with a name, an article or otherwise. What it holds, its `stance`, where its `verb` is and whether it is
    in the `present` are remembered with it.
    """

    __slots__ = tuple("_content begins cases kinds links persons present renews stance tokens verb".split())

    def __init__(
        self,
        tokens: tuple[str, ...],
        kinds: tuple[str, ...],
        links: tuple[str, ...],
        renews: bool = False,
        persons: frozenset[str] = NOBODY,
        cases: frozenset[tuple[str, bool]] = NO_CASES,
        begins: str = OPEN,
    ) -> None:
        self.tokens = tokens
        self.kinds = kinds
        self.links = links
        self.renews = renews
        self.persons = persons
        self.cases = cases
        self.begins = begins
        self._content: tuple[str, ...] | None = None
        self.stance: Any = NOTHING_YET
        self.verb = -1
        self.present: bool | None = None

    @property
    def content(self) -> tuple[str, ...]:
        """The tokens that are no class of words."""
        if self._content is None:
            self._content = tuple(compress(self.tokens, map(CLASS.__ne__, self.kinds)))
        return self._content

    @property
    def key(self) -> tuple[str, ...]:
        """The bag of tokens."""
        return tuple(sorted(self.tokens))

    def renewed(self) -> "NormalizedText":
        """The same, said to be so from now on."""
        return NormalizedText(self.tokens, self.kinds, self.links, True, self.persons, self.cases, self.begins)

    def speaks_of(self, other: "NormalizedText") -> bool:
        """Whether neither "I", "we" and "you" nor who does what to whom tells the texts apart."""
        if self.cases and any((noun, not subject) in other.cases for noun, subject in self.cases):
            return False
        return not self.persons or not other.persons or self.persons == other.persons

    def without(self, start: int, end: int) -> "NormalizedText":
        """The tokens but for these; the form of "be" before them stays before what follows."""
        left = self.at([*range(start), *range(end, len(self.tokens))])
        if self.links[start] in BE and left.links[start:] and not left.links[start]:
            left.links = (*left.links[:start], self.links[start], *left.links[start + 1 :])
        return left

    def at(self, places: Iterable[int]) -> "NormalizedText":
        """The tokens at these places, in this order."""
        chosen = tuple(places)
        tokens, kinds, links = (
            tuple([part[place] for place in chosen]) for part in (self.tokens, self.kinds, self.links)
        )
        return NormalizedText(tokens, kinds, links, self.renews, self.persons, self.cases, self.begins)


NOTHING = NormalizedText((), (), ())


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


_VOWELS = frozenset("aeiouy")


def _gerund(word: str) -> str:
    """What is done, for a form in -ing: "before merging" is "before the merge"."""
    if len(word) < 6 or not word.endswith("ing") or _VOWELS.isdisjoint(word[:-3]):
        return word
    return _undoubled(word[:-3])


def _undoubled(word: str) -> str:
    return word[:-1] if word[-1] == word[-2] and word[-1] not in "lsz" else word


@lru_cache(maxsize=WORDS_REMEMBERED)
def plain_form(word: str) -> str:
    """A verb without the ending or beginning of its participle."""
    if word in PARTICIPLES:
        return PARTICIPLES[word].removesuffix("e")
    if word[:2] == "ge" and len(word) > 6:
        return word[2:]
    word = _PREFIXED.sub(r"\1", word, count=1)
    ending = next((each for each in ("ed", "ing") if word.endswith(each) and len(word) > len(each) + 2), "")
    word = _undoubled(word.removesuffix(ending)) if ending else word
    return word.removesuffix("e") if len(word) > 3 else word


def _of_whom(word: str) -> str:
    """A German noun without the ending of its genitive: "des Busses", "des Kaffees"."""
    if word.endswith("sses"):
        return word[:-3]
    return word[: -1 - (word[-3:-1] != "ee" and word[-2:-1] == "e")] if word.endswith("s") else word


def _spelled(word: str) -> str:
    if len(word) < 5 or not (
        "our" in word or "is" in word or "ll" in word or "tr" in word or "ys" in word or "ogu" in word
    ):
        return word
    for pattern, spelling in _SPELLINGS:
        word = pattern.sub(spelling, word)
    return word


# Whether a part is added as it is, or says nothing, whatever stands around it.
ADDED, SILENT, DEPENDS = 2, 1, 0


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
            parts = tuple([(low, token, kind, _way(low, token, kind, language)) for low, token, kind in words])
        if len(chunk) <= LONGEST_REMEMBERED:
            if len(self) >= CHUNKS_REMEMBERED:
                self.clear()
            self[chunk] = parts
        return parts


_Word = tuple[str, str, str]
"""A word in small letters, its token and the kind of that."""

_CHUNKS = {name: _Chunks(language) for name, language in LANGUAGES.items()}


def _way(low: str, said: str, kind: str, language: Language) -> int:
    if low in language.leading:
        return DEPENDS
    if kind == CLASS:
        if said == "DROP":
            if low == "der" and language.name == "de":
                return DEPENDS
            depends = (
                low in language.indefinite
                or low.startswith("ein")
                or low in language.persons
                or low in ("always", "immer")
            )
            return DEPENDS if depends else SILENT
        if low == "statt":
            return DEPENDS
        return DEPENDS if said in (":", "'s", "NOW", "ANY MORE", "PLUS", "CALLED") else ADDED
    if kind not in (WORD, NAME, CODE) or low == "a" or low[-2:] in ("ed", "ng", "me"):
        return DEPENDS
    return DEPENDS if language.name == "de" and "und" in low else ADDED


def _words(chunk: str, language: Language) -> tuple[_Word, ...]:
    """The words in a run of characters without spaces, each in small letters and as a token."""
    chunk = chunk.replace("\u2019", "'")
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
    if low.isalpha() and low not in language.known:
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
        return (low if len(low) < 4 or bare.isupper() else _spelled(stem(low, language.name)), CODE)
    low = language.irregular.get(low, low)
    capital = bare[0].isupper()
    return (_spelled(stem(low, language.name, noun=capital)), NAME if capital else WORD)


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


def _german_number(low: str) -> int | None:
    """ "fünfundzwanzig" and the like."""
    ones, _, tens = low.partition("und")
    words = LANGUAGES["de"].words
    one, ten = words.get("eins" if ones == "ein" else ones, ("", ""))[0], words.get(tens, ("", ""))[0]
    return int(one) + int(ten) if one.isdigit() and ten.isdigit() and int(ten) >= 20 else None


def normalize(text: str, language: str = "en") -> NormalizedText:
    """What a text says, as tokens that can be compared."""
    return (_normalize if len(text) <= LONGEST_TEXT_REMEMBERED else _normalize.__wrapped__)(text, language)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _normalize(text: str, language: str) -> NormalizedText:
    if language == EXACT:
        words = [*_split(text.casefold().strip(" .!*_"))]
        return NormalizedText(tuple(words), (WORD,) * len(words), ("",) * len(words))
    if text[1:2] < "a" and text.isupper() and text.count(" ") >= SHOUTED_SPACES:
        text = text.casefold()
    chunks = _CHUNKS[language]
    parts = [*chain.from_iterable(map(chunks.__getitem__, _split(text)))]
    return _Sequence(parts, chunks.language).normalized(text)


def _split(text: str) -> Iterable[str]:
    return text.split() if len(text) <= LONGEST_TEXT_REMEMBERED else chunks_of(text)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _shared(shape: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds or links of a text as one object for all texts in which they are the same."""
    return shape


class _Sequence:
    """Words put together to tokens: phrases, numbers with units, dates and times."""

    at, link, renews = 0, "", False
    persons, cases = NOBODY, NO_CASES

    def __init__(self, parts: list[Part], language: Language) -> None:
        self.language = language
        self.tokens: list[str] = []
        self.kinds: list[str] = []
        self.links: list[str] = []
        self.parts = parts

    def normalized(self, text: str) -> NormalizedText:
        parts, phrases, tokens, count = self.parts, self.language.phrases, self.tokens, len(self.parts)
        add_token, add_kind, add_link = tokens.append, self.kinds.append, self.links.append
        at, link, articles = 0, "", self.language.before_nouns
        while at < count:
            low, token, kind, way = parts[at]
            if way == ADDED:
                if kind == NAME:
                    token, kind = self._noun(low, token, at) if articles else (token, NAME if tokens else WORD)
                add_kind(kind)
                add_token(token)
                add_link(link)
                link = ""
                at += 1
                continue
            at += 1
            if way == SILENT and link != "is":
                continue
            self.at, self.link = at, link
            self._depending(low, token, kind, phrases)
            at, link = self.at, self.link
        if text.endswith("?"):
            self.add("?", SIGN)
        if "~~" in text:
            self.add("~~", SIGN)
        if WEEKDAY in self.kinds and self.language.name == "en":
            self._settle_days()
        kinds, links = _shared(tuple(self.kinds)), _shared(tuple(self.links))
        return NormalizedText(tuple(tokens), kinds, links, self.renews, self.persons, self.cases, self._begins())

    def _begins(self) -> str:
        low, token, kind, _ = self.parts[0] if self.parts else ("", "", "", DEPENDS)
        if low in self.language.before_nouns:
            return COMMON
        if self.language.name == "de" and token in OPENERS:
            return FRONTED
        return NAMED if kind == NAME and low not in self.language.possessives else OPEN

    def _settle_days(self) -> None:
        """Say "on" before a weekday that is told without: "closed Monday"; and not before "every second Friday"."""
        tokens, kinds, at = self.tokens, self.kinds, self.kinds.index(WEEKDAY)
        on = tokens.index("EVERY") - 1 if "EVERY" in tokens else -1
        if 0 <= on < at and tokens[on] == "ON":
            del tokens[on], kinds[on], self.links[on + 1]
        elif at and kinds[at - 1] == WORD and tokens[at - 1] not in _POINTING and kinds[at + 1 : at + 2] in _ENDS:
            tokens.insert(at, "ON")
            kinds.insert(at, CLASS)
            self.links.insert(at, "")

    def _noun(self, low: str, token: str, at: int) -> tuple[str, str]:
        """A word with a capital, and its kind; the case of a noun is remembered: who bites whom."""
        article = self.parts[at - 1][0] if at else ""
        if article not in self.language.before_nouns:
            return token, NAME if self.tokens else WORD
        if article == "des":
            token = stem(_of_whom(low), "de", noun=True)
        elif self.tokens and self.tokens[-1] in PREPOSITIONS:
            pass
        elif article in self.language.subjects or article in self.language.objects:
            self.cases = self.cases | {(token, article in self.language.subjects)}
        return token, NOUN if self.tokens else WORD

    def _depending(self, low: str, token: str, kind: str, phrases: Mapping[str, Mapping[str, Phrases]]) -> None:
        """Add a word of which it depends on the words around it what it says."""
        if low in phrases and self._phrase(phrases[low].get(self._next()[0], ())):
            return
        if kind == CLASS:
            self._class(low, token)
        elif kind == NUMBER:
            self._number(token)
        else:
            self._content(low, token, kind)

    def add(self, token: str, kind: str) -> None:
        self.tokens.append(token)
        self.kinds.append(kind)
        self.links.append(self.link)
        self.link = ""

    def _month_behind(self) -> str:
        """The month in "6 de junio"."""
        behind = self.parts[self.at + 1 : self.at + 2]
        return behind[0][1] if behind and behind[0][2] == MONTH else ""

    def _next(self) -> Part:
        return self.parts[self.at] if self.at < len(self.parts) else ("", "", "", DEPENDS)

    def _phrase(self, phrases: Iterable[tuple[tuple[str, ...], str]]) -> bool:
        for rest, token in phrases:
            if tuple([part[0] for part in self.parts[self.at : self.at + len(rest)]]) == rest:
                self.at += len(rest)
                if token == "NOW":
                    self.renews = True
                elif token == "ANY MORE" and self._ends_clause():
                    self._end()
                elif token != "DROP":
                    self.renews = self.renews or token == "ONLY"  # "nur noch": it was more before
                    self.add(token, CLASS)
                    if token in LIMITS and self.kinds[-2:-1] == [NUMBER] and self._next()[2] != NUMBER:
                        # "four hours at most" is "at most four hours".
                        for each in (self.tokens, self.kinds, self.links):
                            each[-2:] = each[:-3:-1]
                elif "place" in rest or "statt" in rest:
                    self.link = "be"
                return True
        return False

    def _ends_clause(self) -> bool:
        """Whether nothing follows, or what is so instead, or where: "not here any more", but not "any more chairs"."""
        low, token, *_ = self._next()
        return not low or token in CLAUSE_OPENERS or low in self.language.persons or low in ("it", "they", "he", "she")

    def _end(self) -> None:
        """Make "not ... any more" what "no longer" is."""
        if "NOT" in self.tokens:
            self.tokens[self.tokens.index("NOT")] = "NOLONGER"
        else:
            self.add("ANY MORE", CLASS)

    def _class(self, low: str, token: str) -> None:
        if token == ":":
            self.link = ":"
        elif low in self.language.is_forms or low in self.language.be_forms:
            if token == "PAST":
                self.add(token, CLASS)
            self.link = "is" if low in self.language.is_forms else "be"
        elif token == "NOW":
            self.renews = True
        elif token == "CALLED":
            denied = self.tokens[-1:] and self.tokens[-1] in DENIALS and self.links[-1] in BE
            if self.language.name == "de" or self.link in BE or denied:
                self.link = "is called"
            else:
                self.add(low, WORD)
        elif token == "PLUS" and "NE" in self.tokens:
            self.tokens[self.tokens.index("NE")] = "NOLONGER"
        elif low == "statt" and "find" in self.tokens:
            # "findet am Montag statt" is "ist am Montag".
            return
        elif token == "ANY MORE":
            self._end()
        elif token == "DROP":
            if self._is_one(low):
                self._number("1")
            elif self.link == "is" and low in self.language.definite:
                self.link = "is the"
            elif low == "der" and self.at > 1 and self.parts[self.at - 2][2] == NAME == self._next()[2]:
                # "Die Tür der Halle" is "die Tür von der Halle".
                self.add("OF", CLASS)
            elif low in self.language.indefinite and not self.tokens:
                self.link = "a"
            elif low in self.language.indefinite and self.link == "is":
                self.link = "is a"
            elif low in self.language.persons:
                self.persons |= {self.language.persons[low]}
            elif low in ("always", "immer") and self.tokens[-1:] == ["NOT"]:
                self.add(low, WORD)
        elif token == "'s":
            self.add("OF", CLASS)
            self.links[-1] = "'s"
        else:
            self.add(token, CLASS)

    def _is_one(self, low: str) -> bool:
        """Whether an article counts: "within a month", "in einem Monat"; but not "twice a month"."""
        counts = low in ("a", "an") or (low[:3] == "ein" and low in self.language.before_nouns)
        return counts and self._next()[0] in UNITS_OF_TIME and not _SPANS.isdisjoint(self.tokens[-1:])

    def _number(self, token: str) -> None:
        low, after, kind, _ = self._next()
        if low in self.language.large and token.isdigit() and kind == NUMBER:
            token, self.at = str(int(token) * int(after)), self.at + 1
            low, after, kind, _ = self._next()
        if low in ("uhr", "o'clock") or (low in ("am", "pm") and token.isdigit()):
            hour = token.replace(".", ":") if "." in token else f"{token}:00"
            if low == "pm" and token.isdigit() and int(token) < 12:
                hour = f"{int(token) + 12}:00"
            self.at += 1
            self.add(hour, TIME)
        elif token.isdigit() and kind == MONTH:
            self.at += 1
            self.add(f"{after}/{token}", DATE)
        elif token.isdigit() and after == "OF" and (month := self._month_behind()):
            self.at += 2
            self.add(f"{month}/{token}", DATE)
        elif low in UNITS:
            self.at += 1
            self.add(f"{token} {UNITS[low]}", NUMBER)
        elif low in ("times", "mal"):
            self.at += 1
            self.add(f"{token}x", NUMBER)
        elif kind == "unit":
            self.at += 1
            self.add(f"{token} {after}", NUMBER)
        else:
            self.add(token, NUMBER)

    def _content(self, low: str, token: str, kind: str) -> None:
        if kind == WORD and low[-2:] not in ("ed", "ng", "me") and self.language.name != "de":
            self.add(token, kind)
            return
        if kind == ORDINAL and low[0].isdigit() and not self._next()[0] and low[-1] == ".":
            # The full stop of a sentence.
            self._number(low[:-1])
            return
        if kind == TIME and self._next()[0] in ("uhr", "am", "pm"):
            hour, _, minute = token.partition(":")
            late = self._next()[0] == "pm" and int(hour) < 12
            token, self.at = f"{int(hour) + 12 * late}:{minute}", self.at + 1
        elif kind == MONTH and self._next()[2] in (NUMBER, ORDINAL):
            number = self._next()[1].rstrip(".")
            counts = self.parts[self.at + 1 : self.at + 2]
            if number.isdigit() and int(number) <= 31 and not (counts and counts[0][0] in UNITS):
                token, kind, self.at = f"{token}/{number}", DATE, self.at + 1
        elif kind == ORDINAL and self._next()[2] == MONTH:
            token, kind, self.at = f"{self._next()[1]}/{token.rstrip('.')}", DATE, self.at + 1
        elif kind == ORDINAL and self._next()[1] == "OF" and (month := self._month_behind()):
            token, kind, self.at = f"{month}/{token.rstrip('.')}", DATE, self.at + 2
        elif kind == NAME:
            if low == "a" and not self.tokens:
                # An article; in "buffer A" it is a name.
                self.link = "a"
                return
            token, kind = self._noun(low, token, self.at - 1)
        if token == "same" and self.tokens[-1:] in (["ON"], ["AT"]):
            # "on the same day" is "the same day".
            self.link = self.links[-1]
            del self.tokens[-1], self.kinds[-1], self.links[-1]
        if kind == WORD and self.language.name == "de" and "und" in low and (count := _german_number(low)):
            self.at -= 1
            self.parts[self.at] = (low, str(count), NUMBER, DEPENDS)
            return
        if kind == WORD and self.language.name == "en" and self._after_opener():
            token = stem(_spelled(_gerund(low))) if low.endswith("ing") else token
        elif kind == WORD and self.language.name == "en" and low.endswith("ing") and self.link in ("is", "be"):
            # "is resting" is "rests".
            token, self.link = stem(_spelled(_gerund(low))), ""
        if low.endswith("ed") and self.tokens[-1:] == ["get"]:
            # "gets tested" is "is tested".
            del self.tokens[-1], self.kinds[-1], self.links[-1]
            self.link = "is"
        self.add(token, kind)

    def _after_opener(self) -> bool:
        return self.at > 1 and self.parts[self.at - 2][1] in OPENERS


def tokens_of(meaning: str) -> frozenset[str]:
    """The same words as tokens."""
    return frozenset(
        token
        for language, words in MEANINGS.items()
        for word in words.get(meaning, "").split()
        for token in normalize(word, language).tokens
    )


def keywords(text: str) -> tuple[str, ...]:
    """The stems of a heading, a path or a topic, every word alike and in every language the same way."""
    return (_keywords if len(text) <= LONGEST_TEXT_REMEMBERED else _keywords.__wrapped__)(text)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _keywords(text: str) -> tuple[str, ...]:
    if not text.isascii() and language_of(text) == EXACT:
        return tuple(text.casefold().split())
    words = normalize(_SEPARATORS.sub(" ", text)).content
    return tuple(stem(_spelled(_gerund(word))) if word.endswith("ing") else word for word in words)


_POINTING = tokens_of("pointing")
_ENDS: tuple[list[str], ...] = ([], [CLASS], [NUMBER], [TIME])
_SEPARATORS = re.compile(r"[\s/_.\-]+")
