"""Statements that say the same but for what fills one slot, in whatever order and voice: what is told as new overrules.

"Since July the shop opens on Thursday" meets "The shop opens on Sunday", and "The phone is answered by Milo now" meets
"Deborah answers the phone". A statement is taken apart into units, each with the preposition before it. What is not in
both of two statements has to be one phrase in each, of one kind, and to stand where a value stands.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from mockdreams.dreaming.facts import is_present
from mockdreams.dreaming.inflection import root
from mockdreams.dreaming.languages import (
    CHOICE,
    CLASS,
    CODE,
    LANGUAGES,
    NAME,
    NOUN,
    NUMBER,
    WEEKDAY,
    WORD,
    measured,
)
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.normalized import BE, FRONTED, NAMED, OPEN, PREPOSITIONS, NormalizedText
from mockdreams.dreaming.stances import TOLD_BY, VALUED, WHEREABOUTS, is_added, is_doer, is_participle, kind_of, verb_of

# What fills a slot is told in no more units.
LONGEST = 6
AGENT = "agent"
_MARKS = PREPOSITIONS | {"EVERY"}
_BEGINNING = PREPOSITIONS - {"OF"}
# By what, where and how something is done; one such word may take the place of another.
_MEANS = WHEREABOUTS | {"THROUGH", "WITH", "PER", "ABOUT", "ALONG", "ACROSS", "TO"}
_SLOTS = _MEANS | {"UNTIL", "EVERY", "WITHIN", "TOWARD"}
_OFTEN = f"{CHOICE}frequency"
_NAMES = frozenset((NAME, CODE, NOUN))
_DETERMINERS = {
    name: language.definite | language.possessives | language.before_nouns | {"our", "my", "your", "this"}
    for name, language in LANGUAGES.items()
}
_PRONOUNS = tokens_of("third")
_ARTICLES = frozenset(("is the", "is a"))
# A verb for one: "Tess writes", "Kofi fährt".
_SINGULAR = {
    "en": re.compile(r"(?:[A-Z][\w.'-]* )+(?:now )?\w*[^s]s\b"),
    "de": re.compile(r"(?:[A-ZÄÖÜ][\w.-]* )+\w*t\b"),
}
_QUOTED = re.compile(r"\b(?:is|are|ist|sind)(?: now| jetzt| nun)? [\"„“»«]")


class Unit(NamedTuple):
    """A word of a statement, the preposition before it, and its place among the tokens."""

    mark: str
    word: str
    kind: str
    at: int


class Replacement(NamedTuple):
    """The tokens that a newer statement puts in the place of those of an older; none if it says or denies just that."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    marks: tuple[str, str] = ("", "")

    @property
    def marked(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The same with their prepositions."""
        return (self.marks[0], *self.old), (self.marks[1], *self.new)


@lru_cache(maxsize=1 << 14)
def lemma(token: str) -> str:
    """A word without its inflection, and a verb without the marks of its participle."""
    return root(TOLD_BY.get(token, token))


def exchanged(ours: "Clause", theirs: "Clause") -> Replacement | None:
    """What a statement of how it is now puts in the place of what an older one says; None if they do not meet."""
    if len(ours.words - theirs.words) > LONGEST or len(theirs.words - ours.words) > LONGEST:
        return None
    if not is_present(theirs.said) or "a" in (ours.said.links[0], theirs.said.links[0]):
        return None
    one_voice = (ours.agent is None) == (theirs.agent is None)
    if ours.said.persons != theirs.said.persons if not one_voice else not ours.said.speaks_of(theirs.said):
        return None
    if one_voice and ours.comes(theirs):
        return None
    ours, theirs = ours.active(), theirs.active()
    new, old = ours.beside(theirs), theirs.beside(ours)
    if not new and not old:
        return Replacement((), ()) if ours.in_order_of(theirs, new, old) else None
    if not (new and old) or ours.denies or not (_is_one_phrase(new) and _is_one_phrase(old)):
        return None
    return _exchange(ours, theirs, new, old) if ours.in_order_of(theirs, new, old) else None


def _without_perfect(said: NormalizedText) -> NormalizedText:
    """What "has been" so since a time, as what is so."""
    at = said.tokens.index("have") if said.renews and "have" in said.tokens[:-1] else -1
    done = at >= 0 and (said.links[at + 1] in BE or is_participle(said.tokens[at + 1]))
    return said.without(at, at + 1) if done else said


class Clause:
    """A statement, taken apart."""

    def __init__(self, said: NormalizedText, language: str, text: str, *, denies: bool = False) -> None:
        self.said, self.language, self.text, self.denies = said, language, text, denies
        self.units = [*_units(said, language, text)]
        self.words = frozenset([unit.word for unit in self.units])
        self.places = dict[tuple[str, ...], int]()
        """The places of the units; of those that are equal, each has a longer key."""
        for at, unit in enumerate(self.units):
            key: tuple[str, ...] = (unit.mark, unit.word)
            while key in self.places:
                key = (*key, "")
            self.places[key] = at
        self.verb, self.agent = verb_of(said), self._agent()

    @classmethod
    def told_new(cls, said: NormalizedText, language: str, text: str) -> "Clause":
        """The same of what is told as new: what is no longer so is what it denies."""
        denied = said.tokens.index("NOLONGER") if "NOLONGER" in said.tokens else -1
        said = said.without(denied, denied + 1) if denied >= 0 else _without_perfect(said)
        return cls(said, language, text, denies=denied >= 0)

    @classmethod
    def told_before(cls, said: NormalizedText, language: str, text: str) -> "Clause":
        """The same of an older statement: what it says is not so is what it denies."""
        denied = said.tokens.index("NOT") if said.tokens.count("NOT") == 1 else -1
        return cls(said.without(denied, denied + 1) if denied >= 0 else said, language, text, denies=denied >= 0)

    def _agent(self) -> tuple[int, int, int] | None:
        """Where the verb of a passive is, and where the words for who does it begin and end."""
        said, count = self.said, len(self.said.tokens)
        if BE.isdisjoint(said.links):
            return None
        for at in range(1, count - 1):
            by = said.tokens[at] == "BY" or (self.language == "de" and said.tokens[at] == "OF")
            if not by or said.kinds[at + 1] not in _NAMES:
                continue
            end = next((end for end in range(at + 1, count) if said.kinds[end] not in _NAMES), count)
            if self.language == "de":
                if end == count - 1 and said.kinds[end] == WORD and "be" in said.links[: at + 1]:
                    return end, at, end
            else:
                verb = next((verb for verb in range(at - 1, 0, -1) if said.kinds[verb] != CLASS), 0)
                if is_participle(said.tokens[verb]) and said.links[verb] in BE:
                    return verb, at, end
        return None

    def comes(self, older: "Clause") -> bool:
        """Whether a German "wird" tells what will be, and is no passive: "wird nicht mehr im Hof proben"."""
        return self.language == "de" and "be" in self.said.links and BE.isdisjoint(older.said.links)

    def active(self) -> "Clause":
        """The same, with who does it before the verb."""
        if self.agent is None:
            return self
        verb, at, end = self.agent
        count = len(self.said.tokens)
        if self.language == "de":
            places = [*range(at + 1, end), verb, *range(at), *range(end + 1, count)]
        else:
            places = [*range(at + 1, end), *range(verb, at), *range(verb), *range(end, count)]
        turned = Clause(self.said.at(places), self.language, "")
        turned.verb, turned.said.begins = 0, AGENT
        return turned

    def beside(self, other: "Clause") -> list[int]:
        """Which of its units another has not."""
        return [at for unit, at in self.places.items() if unit not in other.places]

    def in_order_of(self, other: "Clause", new: Sequence[int] = (), old: Sequence[int] = ()) -> bool:
        """Whether what belongs to no phrase is in one order in both; in German, it may be in any."""
        return self.language == "de" or self._bare(new) == other._bare(old)

    def _bare(self, without: Sequence[int]) -> list[str]:
        bare, inside = list[str](), False
        for at, unit in enumerate(self.units):
            inside = unit.mark not in ("", "OF") or (inside and unit.kind != WORD)
            if not inside and at not in without:
                bare.append(unit.word)
        return bare

    def mark_of(self, at: int) -> str:
        """The preposition of the phrase that a unit belongs to: of a word right behind another, that one's."""
        while at and not self.units[at].mark and self.said.links[self.units[at].at] not in BE:
            at -= 1
        return self.units[at].mark

    def is_name(self, at: int, end: int) -> bool:
        """Whether units are a name; at the beginning, where every word has a capital, the verb is one for one."""
        begins = at == 0 and self.said.begins in (NAMED, AGENT) and self.units[0].kind == WORD
        kinds = {unit.kind for unit in self.units[at + begins : end]}
        if not kinds <= _NAMES or kinds == {NOUN}:
            return False
        if not begins or self.said.begins == AGENT or self.verb:
            return True
        singular = _SINGULAR.get(self.language)
        return singular is not None and singular.match(self.text) is not None

    def is_role(self, start: int, rest: list[Unit]) -> bool:
        """Whether what a name is said to be is one's alone: "the chair is Nora", "Nora ist Kassenwart"."""
        if self.language == "de":
            return any(is_doer(unit.word) or unit.kind == NOUN for unit in rest)
        is_behind = self.units[start].at >= self.verb > 0 and self.said.begins != NAMED
        return bool(rest) and (is_behind or "is the" in self.said.links)


def _units(said: NormalizedText, language: str, text: str) -> list[Unit]:
    units, mark = list[Unit](), ""
    for at, (token, kind) in enumerate(zip(said.tokens, said.kinds, strict=True)):
        if token in _MARKS:
            if mark:
                units.append(Unit("", mark, CLASS, at - 1))
            # "Fährt von Steig 4".
            mark = "FROM" if token == "OF" and language == "de" and units and units[-1].kind == WORD else token
        else:
            units.append(Unit(mark, token if kind == CLASS else lemma(token), kind, at))
            mark = ""
    prefix = text.rstrip(".!").rpartition(" ")[2] if language == "de" and (mark or text) else ""
    if prefix in LANGUAGES["de"].separable:
        # "Malte hört die Nachrichten ab", as in "abgehört".
        verb = next((at for at, unit in enumerate(units) if unit.kind == WORD and at), 0)
        units[verb] = units[verb]._replace(word=lemma(f"{prefix}{units[verb].word}"))
    elif mark:
        units.append(Unit("", mark, CLASS, len(said.tokens) - 1))
    return units


def _is_one_phrase(places: list[int]) -> bool:
    return places[-1] - places[0] < len(places) <= LONGEST


def _exchange(ours: Clause, theirs: Clause, new: list[int], old: list[int]) -> Replacement | None:
    """What takes the place of what, if both are of a kind."""
    start, first = new[0], old[0]
    fresh, stale = ours.units[start : new[-1] + 1], theirs.units[first : old[-1] + 1]
    if any(unit.kind == CLASS for unit in (*fresh, *stale)):
        return None
    return _tokens(ours, theirs, fresh, stale) if _fits(ours, theirs, start, first, fresh, stale) else None


def _tokens(ours: Clause, theirs: Clause, fresh: list[Unit], stale: list[Unit]) -> Replacement:
    marked = fresh[0].mark != stale[0].mark
    old, new = (
        clause.said.tokens[units[0].at - (marked and units[0].mark != "") : units[-1].at + 1]
        for clause, units in ((theirs, stale), (ours, fresh))
    )
    return Replacement(old, new, (stale[0].mark, fresh[0].mark))


def _fits(ours: Clause, theirs: Clause, start: int, first: int, fresh: list[Unit], stale: list[Unit]) -> bool:
    """Whether a phrase may take the place of another: both stand where a value stands, and are of one kind."""
    mark, other = ours.mark_of(start), theirs.mark_of(first)
    if _is_often(fresh) and _is_often(stale):
        return True
    typed = [kind_of(units[0].kind, units[0].word) for units in (fresh, stale) if _is_typed(units)]
    if typed and (len({*typed}) > 1 or len(typed) < len(fresh) + len(stale)):
        return False
    behind = _is_behind(ours, start, fresh) and _is_behind(theirs, first, stale)
    if all(_is_quoted(*each) for each in ((ours, fresh), (theirs, stale))):
        return behind
    if {mark, other} == {"", "AT"} and typed == [WEEKDAY, WEEKDAY]:
        # "Freitags", "am Mittwoch".
        return behind
    if mark or other:
        if mark != other and not {mark, other} <= _MEANS:
            return False
        head = ours.said.tokens[: fresh[0].at]
        return (
            ({mark, other} <= _SLOTS or (mark == other == "FOR" and bool(typed)))
            and behind
            and bool(head)
            and not (start == 0 or is_added(head))
        )
    if typed:
        return behind
    if ours.is_name(start, start + len(fresh)) and theirs.is_name(first, first + len(stale)):
        return _is_held(ours, start, fresh) or _is_held(theirs, first, stale)
    if NAMED in (ours.said.begins, theirs.said.begins):
        return False
    articles = {clause.said.links[units[0].at] for clause, units in ((ours, fresh), (theirs, stale))}
    return articles <= _ARTICLES and behind


def _is_quoted(clause: Clause, units: list[Unit]) -> bool:
    """Whether what something is begins with a quotation: "is "Hello" and the name"."""
    return clause.said.links[units[0].at] in BE and _QUOTED.search(clause.text) is not None


def _is_typed(units: list[Unit]) -> bool:
    """Whether units begin with a value of a closed kind, and no number of things: "two freezers"."""
    one, *rest = units
    return one.kind in VALUED and not (rest and one.kind == NUMBER and not measured(one.word))


def _is_often(units: list[Unit]) -> bool:
    """Whether units tell how often: "hourly", "every two weeks", "twice a day"."""
    one = units[0]
    return one.kind == _OFTEN or one.word[-1:] == "x" or (one.mark == "EVERY" and measured(one.word) == "time")


def _is_behind(clause: Clause, start: int, units: list[Unit]) -> bool:
    """Whether units stand in what is said of the subject, and not in what names it: "the boiler in house 2 is ..."."""
    if clause.language == "de":
        verb = next((at for at, unit in enumerate(clause.units) if at and unit.kind == WORD), len(clause.units))
        verb = min(verb, next((at for at, unit in enumerate(clause.units) if unit.at >= clause.verb > 0), verb))
        return start >= verb > 0 or (clause.said.begins in (FRONTED, OPEN) and start > 0)
    if clause.verb:
        return units[0].at >= clause.verb
    rest = clause.units[start + len(units) :]
    if start and rest and rest[0].mark == "" and rest[0].kind != CLASS:
        # "Begins at the west gate".
        before = [unit for unit in clause.units[:start] if not unit.mark]
        return bool(units[0].mark) and len(rest) == 1 and len(before) > 1
    return start > 0


def _is_held(clause: Clause, start: int, units: list[Unit]) -> bool:
    """Whether a name stands for who does something to something, or who or what something is."""
    rest = [unit for at, unit in enumerate(clause.units) if not (unit.mark or start <= at < start + len(units))]
    if clause.said.begins == AGENT:
        return bool(rest)
    if BE.isdisjoint(clause.said.links):
        return len(rest) > 1
    return clause.is_role(start, rest)


def phrases_in(text: str, said: NormalizedText, language: str) -> Iterator[NormalizedText]:
    """What a text may name: from its beginning, an article or a preposition on; the longest first."""
    words, count = text.split(), len(said.tokens)
    begins = (at for at in range(1, len(words)) if words[at - 1].casefold() in _DETERMINERS[language])
    starts = {0, *(len(normalize(" ".join(words[:at]), language).tokens) for at in begins)}
    starts.update(at + 1 for at, token in enumerate(said.tokens) if token in _BEGINNING)
    for size in range(min(LONGEST, count), 0, -1):
        for start in sorted(starts):
            end = start + size
            inner = zip(said.tokens[start:end], said.kinds[start:end], strict=True)
            if (
                end <= count
                and "OF" not in (said.tokens[end - 1], *said.tokens[end : end + 1])
                and all(kind != CLASS or token == "OF" for token, kind in inner)
            ):
                yield said.at(range(start, end))


def said_of(named: NormalizedText, said: NormalizedText) -> NormalizedText:
    """What is said of "it", said of what is named."""
    start = int(said.tokens[0] in _PRONOUNS)
    rest = said.at(range(start, len(said.tokens)))
    tokens, kinds = (*named.tokens, *rest.tokens), (*named.kinds, *rest.kinds)
    return NormalizedText(tokens, kinds, (*named.links, *rest.links), True, said.persons)
