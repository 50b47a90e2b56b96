"""What a dream's instructions ask to leave out.

Understood are sentences such as

    Ignore one-off debugging notes.
    Forget anything about project Kestrel and the old office.
    Drop meeting notes older than 30 days, except decisions.
    Leave out everything written before 2026-01-15.

A thing named with "notes", "logs" or the like means memories, sections and lines that carry that name in their path,
heading or label. With "anything about", "mentions of" or neither, a fact that has all its words is meant as well. Words
after "except" or "but keep" protect. Ages count back from the newest thing the dream has read. Whatever else
instructions say is not understood, and nothing is dropped for it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mockdreams.dreaming.normalize import NormalizedText, keywords
from mockdreams.dreaming.parsing import Fact

_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365, "tag": 1, "woche": 7, "monat": 30, "jahr": 365}

_VERB = (
    r"(?:vergiss|vergessen sie|ignoriere|ignorier|lösche|entferne|verwirf|lass(?=\b[^.;!]*\bweg\b)|streiche"
    r"|ignore|drop|forget"
    r"|skip|leave out|omit|remove|delete|exclude|discard|disregard|throw away|get rid of"
    r"|(?:do not|don't|never) (?:keep|retain|remember|store|include|carry over)|(?:keep|retain|remember|store) nothing"
    r"|nichts(?=\b[^.;!]*\b(?:behalten|merken|speichern|aufheben|übernehmen)\b))"
)
_REQUEST = re.compile(rf"\b(?<!not )(?<!don't )(?<!never )(?<!n't ){_VERB}(?:ing)?\b", re.IGNORECASE)
_STOPPING = re.compile(r"[.;!?](?:\s|$)|\n")
_EXCEPT = re.compile(
    r"\b(?:außer|bis auf|ausgenommen|except(?: for)?|but (?:keep|not)|apart from|other than|unless)\b", re.IGNORECASE
)
_ELSE = re.compile(
    r",? (?:and |but |then )(?:keep|merge|focus|prefer|make|write|organi[sz]e|do not|don't)\b.*", re.IGNORECASE
)
_AGE = re.compile(
    r"\b(?:älter als|older than|from more than|not touched for) (\d+|an?|one|two|three|six|eine?n?|zwei|drei"
    r"|sechs) (day|week|month|year|tag|woche|monat|jahr)(?:s|en?|n)?\b(?: ago)?"
)
_BEFORE = re.compile(r"\b(?:from |written |dated )?before (\d{4})-(\d\d)(?:-(\d\d))?\b")
_LIST = re.compile(r",? (?:and|or|und|oder) |, | as well as | sowie ", re.IGNORECASE)
_CONTAINERS = re.compile(
    r"\b(?:notes?|logs?|memor(?:y|ies)|files?|sections?|entr(?:y|ies)|pages?|sessions?|folders?|notiz(?:en)?"
    r"|protokolle?|dateien?|einträge|seiten?)\b",
    re.IGNORECASE,
)
# Of notes and the like these say when they were made; of anything else they say which is meant: "the old office".
_WORN = re.compile(
    rf"\b(?:old|stale|outdated|temporary|one[- ]off|alte[nr]?|veraltete[nr]?|einmalige[nr]?|erledigte[nr]?)\b"
    rf"(?=.*(?:{_CONTAINERS.pattern}|\b(?:things?|stuff|details?|sachen|dinge)\b))",
    re.IGNORECASE,
)
# A German word for one of these, after what it is about: "Wetternotizen".
_COMPOUND = re.compile(r"\b(\w{3,})(notiz(?:en)?|protokolle?|dateien?|einträge|seiten?)\b", re.IGNORECASE)
_MENTIONS = re.compile(
    r"\b(?:about|mention\w*|concern\w*|regarding|related to|anything|everything|über|alles|zu|erwähn\w*)\b",
    re.IGNORECASE,
)
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "six": 6, "zwei": 2, "drei": 3, "sechs": 6}
_COUNTS |= dict.fromkeys(("ein", "eine", "einen", "einem"), 1)

_FILLERS = frozenset(
    keywords(
        "anything everything something notes note logs log memory memories files file section sections entry entries "
        "pages page sessions folder folders about mention mentions mentioning concerning regarding related "
        "concern concerns whatever only "
        "all any other such like thing things stuff details detail duplicate duplicates "
        "project topic written dated it them this that these those more once what which was were is from when"
        " ever weg alles alle notizen notiz behalten merken speichern aufheben übernehmen"
        " einträge dateien seiten protokolle über zu zum zur von dem den der die"
        " das "
        "erwähnungen projekt thema sachen dinge was"
    )
)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One thing to leave out: words that must all be there, an age, or both; and what is kept nevertheless."""

    text: str
    words: frozenset[str]
    by_place: bool
    before: datetime | None
    kept: tuple[frozenset[str], ...]

    def covers(self, fact: Fact) -> bool:
        if self.before is not None and fact.at >= self.before:
            return False
        said = frozenset(keywords(fact.text))
        if any(words <= said | fact.about for words in self.kept):
            return False
        if self.by_place:
            return self.words <= fact.about | label(fact.said)
        return self.words <= said | fact.about

    def covers_statement(self, said: NormalizedText, at: datetime) -> bool:
        if self.before is not None and at >= self.before:
            return False
        return not (self.by_place and self.words) and self.words.issubset(keywords(" ".join(said.tokens)))


def label(said: NormalizedText) -> frozenset[str]:
    """The words of a text before its first colon: "Debug: ..."."""
    start = said.links.index(":") if ":" in said.links else 0
    return frozenset(keywords(" ".join(said.tokens[:start])))


def exclusions(instructions: str | None, newest: datetime | None) -> tuple[Exclusion, ...]:
    """What instructions name to be left out, in the order of their naming."""
    found: list[Exclusion] = []
    for sentence in _STOPPING.split(instructions or ""):
        for request in _REQUEST.finditer(sentence):
            following = _REQUEST.search(sentence, request.end())
            clause = sentence[request.end() : following.start() if following else len(sentence)]
            found.extend(_exclusions(_ELSE.sub("", clause), newest))
    return tuple(found)


def _exclusions(clause: str, newest: datetime | None) -> list[Exclusion]:
    named, *excepted = _EXCEPT.split(clause, maxsplit=1)
    kept = tuple(words for part in _LIST.split(excepted[0] if excepted else "") if (words := _words(part)))
    found = []
    for listed in _LIST.split(named):
        part = _WORN.sub("", _COMPOUND.sub(r"\1 \2", listed))
        before = _before(part, newest)
        words = _words(_BEFORE.sub("", _AGE.sub("", part.casefold())))
        if words or before:
            by_place = bool(_CONTAINERS.search(part)) and not _MENTIONS.search(part)
            found.append(Exclusion(listed.strip(" ,:"), words, by_place, before, kept))
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in keywords(text) if word not in _FILLERS)


def _before(text: str, newest: datetime | None) -> datetime | None:
    age = _AGE.search(text.casefold())
    if age and newest:
        count = _COUNTS.get(age[1]) or int(age[1][:5])
        return newest - min(timedelta(days=count * _DAYS[age[2]]), newest - datetime.min.replace(tzinfo=newest.tzinfo))
    day = _BEFORE.search(text)
    if day and newest:
        try:
            start = date(int(day[1]), int(day[2]), int(day[3] or 1))
        except ValueError:
            return None
        return datetime(start.year, start.month, start.day, tzinfo=newest.tzinfo)
    return None
