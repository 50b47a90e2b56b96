"""What a dream's instructions ask to leave out.

Understood are sentences such as

    Ignore one-off debugging notes.
    Forget anything about project Kestrel and the old office.
    We don't need the notes on the fair any more, and the cake list can go.
    The fair is over, forget everything about it.
    Drop meeting notes older than 30 days, except decisions.
    Leave out everything written before 2026-01-15.

A thing named with "notes", "logs" or the like means memories, sections and lines that carry that name in their path,
heading or label. With "anything about", "notes on", "mentions of" or neither, a fact that has all its words is meant,
too. "No cakes" leaves out what the store has under that name, and mentions of it. Words after "except" or "but keep"
protect. Ages count back from the newest thing the dream has read. Whatever else instructions say is not understood, as
a request with a "not" in it or an exception that nothing meets: nothing is dropped for it, and the dream says so.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from operator import attrgetter

from mockdreams.dreaming.languages import DATE, MONTH, ORDINAL, TIME, WEEKDAY, phrases_of, words_of
from mockdreams.dreaming.markdown import LIST_LEVEL
from mockdreams.dreaming.normalize import NormalizedText, keywords, normalize
from mockdreams.dreaming.openings import any_of
from mockdreams.dreaming.parsing import Fact
from mockdreams.dreaming.pieces import listed_with, without

_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365, "tag": 1, "woche": 7, "monat": 30, "jahr": 365}

# Before what is named: "forget the old office", "wir brauchen den Plan nicht mehr".
_VERB = (
    r"(?:(?:ignore|drop|forget|skip(?: over)?|omit|remove|delete|erase|purge|exclude|discard|disregard"
    r"|leave (?:out|off)|throw (?:away|out)|clear out|cut out|filter out|strip out|get rid of)(?:ing)?"
    r"|(?:do not|don't|never) (?:keep|retain|remember|store|include|carry over)|(?:keep|retain|remember|store) nothing"
    r"|(?:do not|don't|no longer) need(?! to\b)|no (?:longer any )?need for"
    r"|(?:vergiss|ignorier|lösch|entfern|verwirf|streich|überspring|vergess|verwerf)(?:e|en sie)?"
    r"|(?:lass|wirf|nimm|schmeiß|(?:lassen|werfen|nehmen|schmeißen) sie)(?=\b[^.;!]*\b(?:weg|aus|raus|heraus)\b)"
    r"|nichts(?![^.;!]*\b(?:vergessen|verlieren|löschen|streichen|weglassen)\b)"
    r"(?=\b[^.;!]*\b(?:behalten|merken|speichern|aufheben|übernehmen)\b)"
    r"|brauch(?:e|en|st)(?: (?:wir|ich|sie))?(?=\b[^.;!,]*\bnicht (?:mehr|länger)\b))"
)
_REQUEST = re.compile(rf"\b(?<!not )(?<!don't )(?<!never )(?<!n't ){_VERB}\b", re.IGNORECASE)
# Before a request, or in what it names, these turn it round: "don't just drop the fair", "vergiss das Fest nicht".
_NOT_BEFORE = re.compile(r"(?:\b(?:not|never|nobody|no one|nicht|nie|niemals)|n't) (?:\w+ ){1,2}$", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:not|never|nothing|none|no(?! longer)|nichts?|nie|niemals|keine?[mnrs]?|keinesfalls|keineswegs)\b|n't\b",
    re.IGNORECASE,
)
_NO_LONGER = re.compile(r"\bnicht (?:mehr|länger)\b", re.IGNORECASE)
# "Nothing about the fair should remain", "vom Fest soll nichts bleiben"; "no cakes", "bitte ohne Kuchen".
_STAYS = r"(?:remain|stay|survive|be (?:kept|left|retained|stored|remembered))"
_BLEIBT = r"(?:(?:übrig|stehen|drin)? ?bleiben|(?:behalten|gespeichert|gemerkt|aufgehoben|übernommen) werden)"
_NOTHING_STAYS = re.compile(
    rf"^(?:please,? )?nothing ((?:about|on|of|from|regarding) .+) (?:should|may|must|shall|can|is to) {_STAYS}\b"
    rf"|^(?:bitte )?nichts ((?:über|von|vom|zu|zum|zur|aus) .+) (?:soll|sollte|darf|muss) {_BLEIBT}"
    rf"|^((?:über|von|vom|zu|zum|zur|aus) .+) (?:soll|sollte|darf|muss) nichts (?:mehr )?{_BLEIBT}",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"^(?!.*\b(?:may|must|can|should|shall|will|is|are|darf|dürfen|sollen?|kann|können|muss|müssen|wird|werden)\b)"
    r"(?:please,? |bitte,? )?(?:no(?! (?:longer|more|need)\b)|without|ohne|keine?n?) (.+?)(?:,? (?:please|bitte))?$",
    re.IGNORECASE,
)
# Behind what is named: "the cake list can go", "alles zum Fest kann weg".
_DISMISSED = re.compile(
    r"\b(?:can|may|should|must) (?:all |now |safely )?(?:go(?: now| too| away)?(?=$|[,;])"
    r"|be (?:ignored|dropped|forgotten|skipped|omitted|removed|deleted|erased|excluded|discarded|disregarded|left out"
    r"|thrown (?:away|out))\b)"
    r"|\b(?:is|are) (?:no longer (?:needed|wanted)|not (?:needed|wanted) (?:any ?more|any longer))\b"
    r"|\b(?:kann|können|darf|dürfen|sollen?) (?:alle |alles |jetzt |ruhig |auch )?(?:weg|raus|gelöscht werden"
    r"|entfernt werden|vergessen werden|ignoriert werden|gestrichen werden|verworfen werden|weggelassen werden)\b"
    r"|\b(?:wird|werden) nicht (?:mehr|länger) (?:gebraucht|benötigt)\b"
    r"|\b(?:brauchen wir|brauche ich|braucht (?:keiner|niemand)) (?:jetzt )?(?:nicht )?(?:mehr|länger)\b"
    r"|\b(?:do|does)(?: not|n't) need (?:remembering|keeping|storing|to be (?:remembered|kept|stored))\b"
    r"|\b(?:muss|müssen|braucht|brauchen) nicht (?:mehr |länger )?(?:gemerkt|behalten|gespeichert|aufgehoben)"
    r" (?:zu )?werden\b"
    r"|\bnicht (?:mehr |länger )?(?:übernehmen|behalten|merken|speichern|aufheben|aufnehmen|mitnehmen)\b",
    re.IGNORECASE,
)
_PREDICATE_END = re.compile(r"(?:\b(?:and|und|so)|,)\s*$", re.IGNORECASE)
_KEEPING = any_of("keeping")
# "The fair is over, forget everything about it."
_POINTING = re.compile(r"\b(?:it|them|this|that|those|these|darüber|davon|dazu|sie|es|ihn|das|dies)\b", re.IGNORECASE)
_ENDED = re.compile(r"\b(?:is|are|was|were|has|have|ist|sind|war|waren|hat|haben|wurde|wurden)\b", re.IGNORECASE)
# "Exclude:" and a list.
_ITEMS, _ITEM = re.compile(r"(?<=:)(?:\s*\n\s*[-*+] [^\n]+)+"), re.compile(r"\n\s*[-*+] ([^\n]+?)\.?(?=\s*(?:\n|$))")
_STOPPING = re.compile(r"[.;!?](?:\s|$)|\n")
_EXCEPT = any_of("excepting")
# "Forget the fair, but keep the date", "and keep the bus": the second may be about something else.
_BESIDES = re.compile(
    r"(?:,|,? (?:and|und)|,? (but|aber|doch)) (?:keep|retain|behalte?|merke?(?: dir)?)\b(.*)", re.IGNORECASE
)
_REST = any_of("remaining", r"(?:\W|\b(?:{})\b)*")
# What hangs on something is no request: "if you drop the fair", "drop the fair if it is over".
_HANGING = any_of("hanging", r"\b(?:{})\b[^,;:]*$")
_HANGS = re.compile(r"\b(?:if|falls|wenn|sofern)\b", re.IGNORECASE)
_ELSE = any_of("keeping", r"(?:,|,? (?:and|but|then|und|aber|dann)) (?:{}|merke?)\b.*")
_AGE = re.compile(
    r"\b(?:älter als|older than|from more than|not touched for) (\d+|an?|one|two|three|six|eine?n?|zwei|drei"
    r"|sechs) (day|week|month|year|tag|woche|monat|jahr)(?:s|en?|n)?\b(?: ago)?"
)
_BEFORE = re.compile(r"\b(?:from |written |dated )?before (\d{4})-(\d\d)(?:-(\d\d))?\b")
_WORD = re.compile(r"\w+")
_LIST = re.compile(r",? (?:and|or|und|oder) |, | as well as | sowie ", re.IGNORECASE)
_CONTAINERS = any_of("containers")
# A German word for one of these, after what it is about: "Wetternotizen".
_COMPOUND = re.compile(r"\b(\w{3,})(notiz(?:en)?|protokolle?|dateien?|einträge|seiten?)\b", re.IGNORECASE)
_MENTIONS = any_of("mentions", r"\b(?:{}|(?:mention|concern|erwähn)\w*)\b")
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "six": 6, "zwei": 2, "drei": 3, "sechs": 6}
_COUNTS |= dict.fromkeys(("ein", "eine", "einen", "einem"), 1)

# Beside a word for notes the second say what kind of note; elsewhere they are part of a name: "the old office".
_FILLERS, _KINDS = (frozenset(keywords(" ".join(phrases_of(kind)))) for kind in ("naming_nothing", "naming_kinds"))
# "Except the date" keeps what tells one.
_DATED = frozenset(word.casefold() for word in words_of("dated"))
_DATES = frozenset((DATE, WEEKDAY, MONTH, TIME, ORDINAL))


@dataclass(frozen=True, slots=True)
class Protected:
    """What is kept nevertheless: what has all these words and, if asked for, a date or a time."""

    words: frozenset[str]
    dated: bool
    expected: bool = True
    """Whether something of what is left out has to meet it, or nothing is left out."""

    def meets(self, words: Iterable[str], said: NormalizedText) -> bool:
        if not (self.words or self.dated):
            return False
        return self.words.issubset(words) and not (self.dated and _DATES.isdisjoint(said.kinds))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One thing to leave out: words that must all be there, an age, or both; and what is kept nevertheless."""

    text: str
    words: frozenset[str]
    by_place: bool
    before: datetime | None
    kept: tuple[Protected, ...]
    sentence: str = ""
    is_topic: bool = False
    """Whether it is meant only if the store has something under its name."""

    def names(self, fact: Fact) -> bool:
        """Whether it names a fact, or something in it."""
        return (self.before is None or fact.at < self.before) and self._is_about(fact)

    def _is_about(self, fact: Fact) -> bool:
        if self.by_place:
            return self.words <= fact.about | label(fact.said)
        return self.words <= fact.about.union(keywords(fact.text))

    def keeps(self, text: str, fact: Fact) -> bool:
        if not self.kept:
            return False
        words, said = fact.about.union(keywords(text)), normalize(text, fact.language)
        return any(kept.meets(words, said) for kept in self.kept)

    def meant_by(self, fact: Fact) -> frozenset[Protected | None]:
        """What it takes for granted that a fact shows to be there: its exceptions, and its topic as None."""
        if self.is_topic and self.words <= fact.about:
            return frozenset((None,))
        if not (self.kept and self._is_about(fact)):
            return frozenset()
        words = fact.about.union(keywords(fact.text))
        return frozenset(kept for kept in self.kept if kept.meets(words, normalize(fact.text, fact.language)))

    def covers_statement(self, said: NormalizedText, at: datetime) -> bool:
        if self.before is not None and at >= self.before:
            return False
        words = keywords(" ".join(said.tokens))
        if self.by_place and self.words:
            return False
        return self.words.issubset(words) and not any(kept.meets(words, said) for kept in self.kept)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is left of a fact that instructions name, None if nothing; and the pieces of it that go, and why."""

    text: str | None
    gone: tuple[str, ...]
    why: Exclusion


def leave_out(fact: Fact, exclusions: Sequence[Exclusion]) -> LeftOut | None:
    """Leave out of a fact what instructions name; None if they do not."""
    why = next((each for each in exclusions if each.names(fact) and not (each.kept and _is_kept(each, fact))), None)
    if why is None:
        return None
    words, block = why.words - fact.about, fact.memory.blocks[fact.index]
    if not words and _is_shared(fact, why.words):
        words = why.words
    if why.by_place or not words or block.kind == "front":
        return LeftOut(None, (fact.text,), why)

    def names(text: str) -> bool:
        if not words.issubset(keywords(text)) or why.keeps(text, fact):
            return False
        others = listed_with(text, words)
        return not others or all(any(each.words <= other for each in exclusions) for other in others)

    left, gone = without(fact.text, names, block=block.kind == "block", level=block.level - LIST_LEVEL)
    return LeftOut(left, tuple(piece.strip() for piece in gone), why)


def _is_shared(fact: Fact, words: frozenset[str]) -> bool:
    """Whether the heading above a fact names something among others: "Alder and Dune"."""
    memory = fact.memory
    above = (block.text for block in memory.blocks[fact.index :: -1] if block.kind in ("heading", "parent"))
    heading = next((text for text in above if words.issubset(keywords(text))), "")
    return bool(words and listed_with(heading, words)) and not words.issubset(chain(*memory.folders))


def _is_kept(exclusion: Exclusion, fact: Fact) -> bool:
    return fact.memory.blocks[fact.index].kind != "block" and exclusion.keeps(fact.text, fact)


def label(said: NormalizedText) -> frozenset[str]:
    """The words of a text before its first colon: "Debug: ..."."""
    start = said.links.index(":") if ":" in said.links else 0
    return frozenset(keywords(" ".join(said.tokens[:start])))


def read_instructions(
    instructions: str | None, newest: datetime | None
) -> tuple[tuple[Exclusion, ...], tuple[str, ...]]:
    """What instructions name to be left out, in the order of their naming, and the sentences that name nothing."""
    read = [(sentence, _in_sentence(sentence, newest)) for sentence in _sentences(instructions)]
    named = tuple(exclusion for _, exclusions in read for exclusion in exclusions)
    return named, tuple(sentence for sentence, exclusions in read if not exclusions)


def understood(exclusions: Sequence[Exclusion], facts: Iterable[Fact]) -> tuple[tuple[Exclusion, ...], tuple[str, ...]]:
    """The exclusions whose topics and exceptions the store shows to be there, and the sentences of the others."""
    asking = [each for each in exclusions if each.is_topic or each.kept]
    if not asking:
        return tuple(exclusions), ()
    met: dict[str, set[Protected | None]] = {
        each.sentence: {kept for kept in each.kept if kept.dated} for each in asking
    }
    for fact in facts:
        for each in asking:
            met[each.sentence] |= each.meant_by(fact)
    missed = {
        each.sentence
        for each in asking
        if not met[each.sentence].issuperset((*filter(attrgetter("expected"), each.kept), *[None] * each.is_topic))
    }
    return tuple(each for each in exclusions if each.sentence not in missed), tuple(missed)


def _sentences(instructions: str | None) -> list[str]:
    text = _ITEMS.sub(lambda items: " " + ", ".join(_ITEM.findall(items[0])), instructions or "")
    return [sentence.strip() for sentence in _STOPPING.split(text) if sentence.strip()]


def _in_sentence(sentence: str, newest: datetime | None) -> list[Exclusion]:
    requests = list(_REQUEST.finditer(sentence))
    ends = [*(each.start() for each in requests), len(sentence)][1:]
    found = []
    for request, end in zip(requests, ends, strict=True):
        before, clause = sentence[: request.start()], sentence[request.end() : end]
        if _NOT_BEFORE.search(before) or _HANGING.search(before):
            continue
        kept = tuple[Protected, ...]()
        if besides := _BESIDES.search(clause):
            clause, kept = clause[: besides.start()], _kept(_ELSE.sub("", besides[2]), expected=bool(besides[1]))
        clause = _ELSE.sub("", clause)
        if request[0].casefold().startswith("brauch"):
            clause = _NO_LONGER.sub("", clause)
        if _AGE.search(clause.casefold()) or not _HANGS.search(clause):
            found += _exclusions(clause, newest, before, kept)
    found = found or _dismissed(sentence, newest) or _unwanted(sentence, newest)
    return [replace(exclusion, sentence=sentence) for exclusion in found]


def _dismissed(sentence: str, newest: datetime | None) -> list[Exclusion]:
    """What stands before the word that sends it away."""
    found, start = [], 0
    for dismissal in _DISMISSED.finditer(sentence):
        named = sentence[start : dismissal.start()]
        keeping = list(_KEEPING.finditer(named))
        if keeping:
            named = named[keeping[-1].end() :].partition(",")[2]
        if _PREDICATE_END.search(named) and _words(subject := _ENDED.split(named, maxsplit=1)[0]):
            named = subject  # "jokes are dull and can go"
        found += _exclusions(named, newest)
        start = dismissal.end()
    return found


def _unwanted(sentence: str, newest: datetime | None) -> list[Exclusion]:
    """What is not to remain, or is named after "no"."""
    if stays := _NOTHING_STAYS.search(sentence):
        return _exclusions(next(filter(None, stays.groups())), newest)
    if without := _WITHOUT.search(sentence):
        topic = not (_CONTAINERS.search(without[1]) or _MENTIONS.search(without[1]))
        return [replace(exclusion, is_topic=topic) for exclusion in _exclusions(without[1], newest)]
    return []


def _exclusions(
    clause: str, newest: datetime | None, before: str = "", besides: tuple[Protected, ...] = ()
) -> list[Exclusion]:
    """What a clause names; if it only points, what the one `before` it says something of."""
    named, *excepted = _EXCEPT.split(clause, maxsplit=1)
    if _DENIED.search(named):
        return []
    if not _words(named) and _POINTING.search(named) and _ENDED.search(before):
        named = _ENDED.split(before, maxsplit=1)[0] + " " + named
    kept = (*_kept(*excepted), *besides) if excepted else besides
    found = []
    for listed in _LIST.split(named):
        part = _COMPOUND.sub(r"\1 \2", listed)
        before_day = _before(part, newest)
        words = _words(_BEFORE.sub("", _AGE.sub("", part.casefold())))
        if words or before_day:
            by_place = bool(_CONTAINERS.search(part)) and not _MENTIONS.search(part)
            found.append(Exclusion(listed.strip(" ,:"), words, by_place, before_day, kept))
    return found


def _kept(text: str, *, expected: bool = True) -> tuple[Protected, ...]:
    """What a list of exceptions protects, each part of it."""
    found = list[Protected]()
    for part in _LIST.split(text):
        if not _REST.fullmatch(part):
            said = _WORD.findall(part)
            words = _words(" ".join(word for word in said if word.casefold() not in _DATED))
            found.append(Protected(words, any(word.casefold() in _DATED for word in said), expected))
    return tuple(found)


def _words(text: str) -> frozenset[str]:
    words = frozenset(word for word in keywords(text) if word not in _FILLERS and word[:1].isalnum())
    return words - _KINDS if _CONTAINERS.search(text) or words <= _KINDS else words


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
