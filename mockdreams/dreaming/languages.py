"""What is known of languages: their closed classes, units and values, and in which of them a text is written.

All of it is read from `languages.toml`, where a word is to be added.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

WORD, NAME, CODE, NUMBER, CLASS, SIGN = "word", "name", "code", "number", "class", "sign"
NOUN = "noun"
"""A word with a capital that is no name: in German, after an article."""
TIME, DATE, WEEKDAY, MONTH, ORDINAL, CHOICE = "time", "date", "weekday", "month", "ordinal", "choice:"
CASED_MONTHS = {"may": "month5", "march": "month3", "mai": "month5", "märz": "month3"}
"""Words that are a month only with a capital."""
VALUE_KINDS = frozenset((NUMBER, TIME, DATE, WEEKDAY, MONTH))

# Of a text no more characters tell in which language it is.
LANGUAGE_SAMPLE = 1000
# So many characters of so many texts tell which language is the usual one among them.
BEGINNING, BEGINNINGS = 200, 200
# A text has another language too if it has at least one mark of that for so many of its first.
SECOND_LANGUAGE = 5

EXACT = "?"
"""The language of texts in an unknown script: only exact copies of them say the same."""

Token = tuple[str, str]
Phrases = list[tuple[tuple[str, ...], str]]
Part = tuple[str, str, str, int, str]
"""A word in small letters, its token and the kind of that; what becomes of it, whatever stands around it, and how a
text begins with it."""


class Language:
    """The tables of one language."""

    def __init__(self, name: str, data: dict[str, Any]) -> None:
        self.name = name
        self.words: dict[str, Token] = {}
        self.phrases: dict[str, dict[str, Phrases]] = {}
        for token, entries in data.get("classes", {}).items():
            for entry in entries:
                first, *rest = entry.split()
                if rest:
                    self.phrases.setdefault(first, {}).setdefault(rest[0], []).append((tuple(rest), token))
                else:
                    self.words.setdefault(first, (token, CLASS))
        for phrases in [each for by_second in self.phrases.values() for each in by_second.values()]:
            phrases.sort(key=lambda phrase: -len(phrase[0]))
        self.fused = {low: tuple(words.split()) for low, words in data.get("fused", {}).items()}
        self.irregular: dict[str, str] = data.get("words", {})
        self.letters = frozenset(data.get("letters", ""))
        self.is_forms, self.be_forms = frozenset(data["is"].split()), frozenset(data["be"].split())
        self.definite, self.indefinite = (frozenset(data.get(kind, "").split()) for kind in ("definite", "indefinite"))
        self.persons: dict[str, str] = data.get("persons", {})
        self.subjects, self.objects = (frozenset(data.get(case, "").split()) for case in ("subjects", "objects"))
        self.separable = frozenset(data.get("separable", "").split())
        self.possessives = frozenset(data.get("possessives", "").split())
        self.plurals_er = frozenset(data.get("plurals_er", "").split())
        self.umlauts = frozenset(data.get("umlauts", "").split())
        self.before_nouns = frozenset(data.get("before_nouns", "").split())
        self._values(data.get("values", {}))
        self.known = frozenset(self.words) | frozenset(self.fused) | frozenset(CHOICES) | frozenset(CASED_MONTHS)
        """Words that are more than their stem."""
        self.marks = frozenset(self.words) | frozenset(data.get("marks", "").split())

    def _values(self, values: dict[str, Any]) -> None:
        for count, word in enumerate(values.get("number", "").split()):
            self.words.setdefault(word, (str(count), NUMBER))
        for count, word in enumerate(values.get("tens", "").split(), start=2):
            self.words[word] = (str(10 * count), NUMBER)
        for word, count in {**values.get("large", {}), **values.get("times", {})}.items():
            self.words[word] = (str(count), NUMBER)
        self.large = frozenset(values.get("large", {}))
        for word in values.get("times", {}):
            self.words[word] = (f"{self.words[word][0]}x", NUMBER)
        for word, clock in values.get("time", {}).items():
            self.words[word] = (clock, TIME)
        for count, word in enumerate(values.get("ordinal", "").split(), start=1):
            for ending in ("", "n", "r", "s", "m") if self.name == "de" else ("",):
                self.words.setdefault(word + ending, (f"{count}.", ORDINAL))
        for count, word in enumerate(values.get("weekday", "").split()):
            for ending in ("", "s"):
                self.words[word + ending] = (f"day{count}", WEEKDAY)
        for count, word in enumerate(values.get("month", "").split(), start=1):
            self.words.setdefault(word, (f"month{count}", MONTH))


_DATA: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "languages.toml").read_text("utf-8").replace("ß", "ss")  # as str.casefold does
)
_MEASURES: dict[str, dict[str, list[str]]] = _DATA.pop("units")
UNITS = {word: unit for units in _MEASURES.values() for unit, words in units.items() for word in words}
UNITS_OF_TIME = frozenset(word for words in _MEASURES["time"].values() for word in words)
_MEASURED = {unit: measure for measure, units in _MEASURES.items() for unit in units}
CHOICES: dict[str, Token] = {
    word: (word, CHOICE + kind) for kind, words in _DATA.pop("choices").items() for word in words
}
CHOICE_KINDS = frozenset(kind for _, kind in CHOICES.values())
PARTICIPLES: dict[str, str] = _DATA.pop("participles")
"""Irregular forms of English verbs, and the verbs."""
ABLAUT: dict[str, str] = _DATA.pop("ablaut")
"""Stems of German verbs in the past participle or after "du", and those of the verbs."""
OPPOSITES: dict[str, dict[str, str]] = _DATA.pop("opposites")
"""Words by language, and those for the contrary."""
QUANTITIES: dict[str, dict[str, str]] = _DATA.pop("quantities")
"""Nouns for a quantity by language, and the verbs that tell it."""
MEANINGS: dict[str, dict[str, str]] = _DATA.pop("meanings")
HOMOGRAPHS = frozenset(_DATA["en"].pop("homographs").split())
"""Words of English and German that mean another thing in the other: they do not tell the two apart."""
MONTHS = frozenset(
    name for data in _DATA.values() for month in data["values"]["month"].split() for name in (month, month[:3])
)
"""The names of months in every language, and what they are abbreviated to."""
LANGUAGES = {name: Language(name, data) for name, data in _DATA.items()}
_MARKS = {
    mark: tuple(name for name, language in LANGUAGES.items() if mark in language.marks)
    for language in LANGUAGES.values()
    for mark in language.marks
}
_LETTERS = {name: language.letters for name, language in LANGUAGES.items() if language.letters}
# The letters with which words are written whose language has no word order, endings or sentences known here.
_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")


def measured(token: str) -> str:
    """What a number with a unit is a measure of, such as time; "" without one."""
    return _MEASURED.get(token.partition(" ")[2], "")


def language_of(text: str) -> str:
    """The language of a text: the one whose marks it has most of; English where nothing tells."""
    return languages_of(text)[0]


def usual_language(texts: Iterable[str]) -> str:
    """The language that the beginnings of texts have most marks of."""
    counts = _counts(_marks_of(" ".join(text[:BEGINNING] for text in islice(texts, BEGINNINGS))))
    return max(counts, key=counts.__getitem__)


def languages_of(text: str, usual: str = "en") -> tuple[str, ...]:
    """The languages of a text, the one whose marks it has most of first; the usual one where nothing tells."""
    text = text[:LANGUAGE_SAMPLE]
    if not text.isascii() and _FOREIGN.search(text):
        foreign = len(_FOREIGN.findall(text))
        return (EXACT if foreign * 2 > sum(character.isalpha() for character in text) else "en",)
    marks = _marks_of(text)
    counts = _counts(marks)
    main = max(counts, key=lambda name: (counts[name], name == usual))
    others = _counts(mark for mark in marks if main not in mark[0])
    return (main, *(name for name, count in others.items() if SECOND_LANGUAGE * count > counts[main]))


def language_among(text: str, languages: tuple[str, ...], before: str = "") -> str:
    """The language of one sentence in a text of which the languages are known: if nothing tells, as the one before."""
    if not text.isascii() and _FOREIGN.search(text):
        return EXACT
    if len(languages) == 1 or EXACT in languages:
        return languages[0]
    counts = _counts(_marks_of(text))
    return max(languages, key=lambda name: (counts[name], name == before))


def language_of_sentence(text: str, spoken: tuple[str, ...], before: str) -> str:
    """The language of one sentence that a user says; one of those around it where nothing tells another.

    English and German may come in with a single sentence; other languages share too many short words for that.
    """
    around = language_among(text, spoken, before)
    if around == EXACT or EXACT in spoken:
        return around
    words = _WORD.findall(text[:LANGUAGE_SAMPLE].casefold())
    guests = [name for name, telling in _TELLING.items() if name != around and not telling.isdisjoint(words)]
    if not words or (not guests and text.isascii()):
        return around
    counts = _counts(_marks_of(" ".join(word for word in words if word not in HOMOGRAPHS)))
    for name, verbs in _ORDERING.items():
        counts[name] += words[0] in verbs
    counts["de"] += words[-1] in _PARTICLES
    guest = max(_ORDERING, key=counts.__getitem__)
    return guest if counts[guest] > max(counts[name] for name in (around, *spoken)) else around


# The verbs with which an order may begin, in which nothing else tells its language: "use British spelling".
_ORDERING = {
    name: frozenset(_DATA[name]["said"]["manner"]).union(MEANINGS[name]["light"].split()) for name in ("en", "de")
}
# "Fasse Besprechungen in Stichpunkten zusammen."
_PARTICLES = LANGUAGES["de"].separable - LANGUAGES["en"].marks
_TELLING = {
    name: (LANGUAGES[name].marks - around.marks - HOMOGRAPHS)
    | _ORDERING[name]
    | (_PARTICLES if name == "de" else set())
    for name, around in (("en", LANGUAGES["de"]), ("de", LANGUAGES["en"]))
}
"""Words without one of which an ASCII text is not in a language, if it may be in the other of the two."""
_WORD = re.compile(r"\w+")
_Mark = tuple[tuple[str, ...], int]
"""The languages that have a word or a letter in common by which they may be known, and how often it is there."""


def _marks_of(text: str) -> list[_Mark]:
    low = text.casefold()
    marks = [(_MARKS[word], count) for word, count in Counter(filter(_MARKS.__contains__, low.split())).items()]
    if not text.isascii():
        marks.append((tuple(name for name, letters in _LETTERS.items() if not letters.isdisjoint(low)), 1))
    return marks


def _counts(marks: Iterable[_Mark]) -> dict[str, int]:
    """How many marks there are of each language."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for names, count in marks:
        for name in names:
            counts[name] += count
    return counts


def phrases_of(kind: str) -> Iterator[str]:
    """What users of every language put around what they say, as it is written in `languages.toml`."""
    for data in _DATA.values():
        yield from data.get("said", {}).get(kind, ())


@lru_cache(maxsize=1 << 10)
def words_of(meaning: str, *languages: str) -> frozenset[str]:
    """The words that have a meaning in `languages.toml`, in these languages or in all, as they are written there."""
    return frozenset(word for name in languages or MEANINGS for word in MEANINGS.get(name, {}).get(meaning, "").split())
