"""Values as they stand in cells: of what kind one is, and a new one written as the old one was."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from mockdreams.dreaming.inflection import stem
from mockdreams.dreaming.languages import CODE, LANGUAGES, MONTH, NAME, NUMBER, TIME, VALUE_KINDS, WEEKDAY, measured
from mockdreams.dreaming.normalize import TEXTS_REMEMBERED, normalize
from mockdreams.dreaming.pieces import folded

# The marks around a value that are no part of it.
BARE = "*_`\"' "
WORDS = "words"
# What is told with more words than this is no value.
VALUE_WORDS = 5
# A weekday is abbreviated to no more letters.
_SHORT = 5
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_PHONE = re.compile(r"\+?\d[\d /-]*")
_CLOCK = re.compile(r"(\d\d?)([:.])(\d\d)")
_DOTTED = re.compile(r"\b(\d\d?)\.(\d\d)(?= ?(?:uhr|[ap]m)\b)", re.IGNORECASE)
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d{1,2}\b)")
_AND = re.compile(r",? (?:and|und|or|oder|&) |, ?| ?[/+] ?")


class ValueKind(NamedTuple):
    """What kind of value a text is: of a number also its unit, of weekdays how many."""

    name: str
    unit: str = ""
    amount: int = 1

    @property
    def is_typed(self) -> bool:
        return self.name in VALUE_KINDS

    @property
    def alike(self) -> str:
        """The same for values that may stand in one list; "" if it tells nothing."""
        return "" if self.name == WORDS else f"{self.name} {self.unit}"


@lru_cache(maxsize=TEXTS_REMEMBERED)
def folded_words(text: str, language: str) -> frozenset[str]:
    """The words of content in a text without their endings, whatever its marks."""
    return folded(frozenset(normalize(text.strip(BARE), language).content))


def cut_lead(text: str, language: str, known: frozenset[str] = frozenset()) -> tuple[str, str]:
    """A value without the words before it that only say how or where: "from" and "14:00", "in the" and "barn".

    So are those of its heading that are `known`: "in room" and "214".
    """
    at = 0
    for word in text.split()[:-1]:
        if not folded_words(word, language) <= known or word.casefold() in LANGUAGES[language].indefinite:
            break
        at = text.index(word, at) + len(word) + 1
    return text[:at], text[at:]


@lru_cache(maxsize=TEXTS_REMEMBERED)
def kind_of_value(text: str, language: str) -> ValueKind:
    text = text.strip(BARE).rstrip(".")
    days = _weekdays(text, language)
    if days:
        return ValueKind(WEEKDAY, "", len(days))
    if _PHONE.fullmatch(text):
        return ValueKind(NUMBER)
    said = normalize(_with_colon(text), language)
    tokens, kinds = said.tokens, said.kinds
    if len(tokens) == 1 and (kinds[0] in VALUE_KINDS or (kinds[0] == CODE and any(map(str.isdigit, text)))):
        return ValueKind(kinds[0], stem(tokens[0].partition(" ")[2], "de", noun=True) if kinds[0] == NUMBER else "")
    if kinds == (MONTH, NUMBER):
        return ValueKind(MONTH)
    if len(tokens) == 2 and kinds[0] == NUMBER and " " not in tokens[0] and kinds[1] not in VALUE_KINDS:
        return ValueKind(NUMBER, stem(tokens[1], "de", noun=True))
    words = [word for word in _AND.sub(" ", text).split() if word != "&"]
    if words and all(word[0].isupper() and not any(map(str.isdigit, word)) for word in words):
        return ValueKind(NAME, "", len(words))
    return ValueKind(WORDS)


def tells_same(one: str, other: str, language: str) -> bool:
    """Whether two values are one, however written."""
    days = _weekdays(one, language), _weekdays(other, language)
    return (days[0] == days[1] != ()) or plain_value(one, language) == plain_value(other, language) != ""


@lru_cache(maxsize=TEXTS_REMEMBERED)
def plain_value(text: str, language: str) -> str:
    """What a value says, however written."""
    said = " ".join(normalize(_with_colon(text.strip(BARE)), language).tokens).split()
    return " ".join(stem(word, "de", noun=True) for word in said)


def _with_colon(text: str) -> str:
    return _DOTTED.sub(r"\1:\2", text)


def measure_alike(one: ValueKind, other: ValueKind) -> bool:
    """Whether two amounts in other units are of one measure: "2 h", "90 minutes"."""
    ours, theirs = (measured(f"1 {kind.unit}") for kind in (one, other))
    return ours == theirs != ""


@cache
def _days_of(language: str) -> dict[str, int]:
    """The weekdays of a language, and what they are abbreviated to."""
    found: dict[str, int] = {}
    for word, (token, kind) in LANGUAGES[language].words.items():
        if kind == WEEKDAY:
            found[word] = int(token.removeprefix("day"))
    for word, day in [*found.items()]:
        for size in range(2 if language == "de" else 3, _SHORT + 1):
            found.setdefault(word[:size], day)
    return found


def is_list(text: str) -> bool:
    """Whether a text lists values: "Ana, Ben"."""
    return _AND.search(text) is not None


def _weekdays(text: str, language: str) -> tuple[int, ...]:
    """The weekdays that a text lists, and nothing else."""
    if language not in LANGUAGES:
        return ()
    known, words = _days_of(language), _AND.split(text.strip(BARE).casefold())
    days = [known.get(word.strip(". "), -1) for word in words]
    return () if -1 in days or not text[:1].isalpha() else tuple(days)


def written_as(old: str, new: str, language: str) -> str:
    """A new value as it is written in the place of an old one: "£88" for "88 pounds" where "£84" stood."""
    bare = old.strip(BARE)
    front, _, back = old.partition(bare)
    return front + _as(bare, new.strip(BARE), language) + back


def _as(old: str, new: str, language: str) -> str:
    was, now = kind_of_value(old, language), kind_of_value(new, language)
    if was.name == now.name == WEEKDAY:
        return _days_as(old, new, language)
    if was.name == now.name == TIME:
        return _clock_as(old, new, language)
    if was.name == now.name == NAME and len(_AND.split(old)) == len(_AND.split(new)) > 1:
        return _linked(_AND.split(new), old)
    if was.name == now.name == NUMBER and now.unit in ("", was.unit) and len(_NUMBER.findall(old)) == 1:
        number = _number_as(old, new, language)
        counts = now.unit and len(old.split()) == len(new.split()) > 1
        # "1 tin", "2 tins".
        return new if counts and (number == "1") != (_NUMBER.findall(old) == ["1"]) else _NUMBER.sub(number, old)
    return new


def _number_as(old: str, new: str, language: str) -> str:
    found = _NUMBER.search(new)
    number = found[0] if found else normalize(new, language).tokens[0].partition(" ")[0]
    mark = _DECIMAL.search(old)
    return _DECIMAL.sub(mark[0], number) if mark else number


def _days_as(old: str, new: str, language: str) -> str:
    """Weekdays as others are written: "Wed and Fri" where "Tue and Fri" stood."""
    days, olds = _weekdays(new, language), _AND.split(old)
    if len(days) != len(olds):
        return new
    written = [_day_as(each, day, language) for each, day in zip(olds, days, strict=True)]
    return _linked(written, old)


def _linked(values: Iterable[str], old: str) -> str:
    """Values put together as so many others are: "Ana, Ben" for "Ana and Ben" where "Ana, Cem" stood."""
    links = [*(link[0] for link in _AND.finditer(old)), ""]
    return "".join(value + link for value, link in zip(values, links, strict=True))


def _day_as(old: str, day: int, language: str) -> str:
    known = _days_of(language)
    name = next(word for word, each in known.items() if each == day and len(word) > _SHORT and word[-1] != "s")
    bare = old.rstrip(".")
    if len(bare) <= _SHORT and known[bare.casefold()] >= 0:
        name = name[: len(bare)] + "." * old.endswith(".")
    elif old[-1] == "s":
        name += "s"
    return name.capitalize() if old[0].isupper() else name


def _clock_as(old: str, new: str, language: str) -> str:
    clock = _CLOCK.fullmatch(old)
    if clock is None:
        return new
    hour, _, minute = normalize(_with_colon(new), language).tokens[0].partition(":")
    return f"{hour.zfill(2) if old[0] == '0' else hour}{clock[2]}{minute}"
