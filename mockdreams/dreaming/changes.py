"""Changes that somebody tells: "was raised from 10 to 14 days", "has moved to", "was replaced by".

What is told is found in the text; which claims it has made untrue, and the place of the value in them, by their tokens.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import compress

from mockdreams.dreaming.facts import CHANGE_WORDS, is_present
from mockdreams.dreaming.inflection import WORDS_REMEMBERED, plain_form
from mockdreams.dreaming.languages import (
    CHOICE_KINDS,
    CLASS,
    CODE,
    DATE,
    LANGUAGES,
    MEANINGS,
    MONTH,
    NAME,
    NOUN,
    NUMBER,
    PARTICIPLES,
    TIME,
    UNITS_OF_TIME,
    VALUE_KINDS,
    WORD,
    words_of,
)
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.normalized import BE, LIMITS, MODALS, NAMED, PREPOSITIONS, NormalizedText
from mockdreams.dreaming.stances import (
    HAVING,
    STAYS,
    TOLD_BY,
    VALUED,
    WHEREABOUTS,
    Stance,
    is_dated,
    kind_of,
    stance_of,
    verb_of,
)


@dataclass(frozen=True)
class ToldChange:
    """A change that somebody told: of what, from which value, to which."""

    subject: NormalizedText
    old: tuple[str, ...]
    new: str
    language: str = "en"
    rest: tuple[NormalizedText, ...] = ()
    """What it may be of without words before that, such as "after the survey"."""

    def readings(self) -> Iterator["ToldChange"]:
        """The change, and the same without words before what it is of."""
        yield self
        yield from (replace(self, subject=subject, rest=()) for subject in self.rest)

    @cached_property
    def becomes(self) -> NormalizedText:
        return normalize(self.new, self.language)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of content of its subject."""
        return frozenset(self.subject.content) - HAVING

    def on_page(self, title: tuple[str, ...]) -> "ToldChange":
        """The change without the title of a page that it names: "Alder has 18 seats, not 14" changes "Seats: 14"."""
        if not (self.old and title and self.words.issuperset(title)):
            return self
        rest = [at for at, token in enumerate(self.subject.tokens) if token not in title]
        return replace(self, subject=self.subject.at(rest))

    @property
    def looked_up(self) -> Sequence[str]:
        """The words that are in what it makes untrue, too, whatever its verb is."""
        return self.old or [word for word in self.subject.content if word not in TOLD_BY] or self.subject.content

    @cached_property
    def forms(self) -> frozenset[str]:
        """The same, whatever the form of the verb."""
        return frozenset(map(unconjugated, self.words))


_END = r"(?=[.!]?$|,? (?:from|now|on|in|since|as|for|starting|effective|because|so)\b|[,;](?!\d))"
_WHEN = r"(?: (?:now|from now on|yesterday|today|recently|(?:last|this) \w+))*"
_CHANGED = rf"(?:{'|'.join(words_of('changed', 'en'))})(?: up| down| back| over| forward)?"
_PARTICIPLE = "|".join(word for name in ("fr", "es", "it", "pt") for word in MEANINGS[name]["changed"].split())
_DETERMINER = "(?:der|die|das|unsere?|meine?|herr|frau|le|la|les|notre|mon|ma|el|los|nuestr[oa]|mi|il|lo|nostr[oa]|o)"
_GERMAN = "|".join(MEANINGS["de"]["changed"].split())
_NAMED = r"(?-i:[A-ZÄÖÜ`#])[^ ]*(?: (?-i:[A-ZÄÖÜ]|\d)[^ ]*){0,2}"
# Before what something has been replaced for, or where.
_FOR = "(?:as|for|in|on|at|against|during)"
_FÜR = "(?:als|für|gegen|bei|beim|zum|zur|in|im|an|am|auf|mit)"
_CHANGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:[^ ]+ ){{1,4}}?{_CHANGED} (?P<s>(?:my|our|your|the|his|her|their) .{{1,60}}?) from"
        rf" (?P<old>.{{1,60}}?) to (?P<new>.{{1,60}}?){_WHEN}[.!]?$",
        rf"(?:we(?:'ve| have)?(?: just| now| all| finally)? )?{_CHANGED} (?P<s>(?:[^ ]+ ){{0,8}}?)from"
        rf" (?P<old>.{{1,60}}?) to (?P<new>.{{1,60}}?){_WHEN}[.!]?$",
        rf"(?P<s>.{{1,120}}?)(?: (?:was|were|has|have|had|is|are|been|being|got|just|now|recently|since|finally"
        rf"|\w+ly)){{0,4}} {_CHANGED} from (?P<old>.{{1,60}}?) to (?P<new>.{{1,60}}?){_END}",
        r"(?:we(?:'ve| have)? )?(?:have )?(?:just |now )?replaced? (?P<old>.{1,60}?) (?:with|by)"
        rf" (?P<new>.{{1,60}}?)(?: {_FOR} (?P<s>.{{1,80}}?))?[.!]?$",
        r"(?:we(?:'ve| have)? )?(?:just |now )?swapped (?P<old>.{1,60}?) for (?P<new>.{1,60}?)"
        r"(?: (?:as|in) (?P<s>.{1,80}?))?[.!]?$",
        r"(?P<old>.{1,60}?) (?:was|has been|have been|were|is|got) (?:\w+ly )?(?:replaced|superseded|succeeded) "
        rf"(?:by|with) (?P<new>.{{1,60}}?)(?: {_FOR} (?P<s>.{{1,80}}?))?[.!]?$",
        r"(?P<s>.{1,60}?)(?: has| have)?(?: just| now)? (?:replaced|swapped) (?!with\b|by\b)(?P<old>.{1,60}?)"
        r" (?:with|by) (?P<new>.{1,60}?)(?: (?:as|for|in) (?P<role>.{1,80}?))?[.!]?$",
        r"(?P<new>.{1,60}?) (?:has replaced|replaces|replaced|supersedes|has superseded) (?P<old>.{1,60}?)(?: "
        rf"{_FOR} (?P<s>.{{1,80}}?))?[.!]?$",
        rf".{{2,60}}? (?P<old>{_NAMED}) in favou?r of (?P<new>.{{1,60}}?)(?: {_FOR} (?P<s>.{{1,80}}?))?[.!]?$",
        rf"(?P<old>.{{1,60}}?) (?:was|were|has been|have been|got) (?:\w+ed|{'|'.join(PARTICIPLES)})(?: up)?"
        rf" in favou?r of (?P<new>.{{1,60}}?)(?: {_FOR} (?P<s>.{{1,80}}?))?[.!]?$",
        rf"(?:(?P<s>für .{{1,60}}?) )?.{{2,60}}? (?P<old>{_NAMED}) zugunsten (?:von|der|des)"
        r" (?P<new>.{1,60}?) \w+[.!]?$",
        r"(?P<old>.{1,60}?) (?:wurden?|ist|sind) zugunsten (?:von|der|des) (?P<new>.{1,60}?) \w+[.!]?$",
        r"(?P<lead>.{3,80}?),? wurden? (?P<s>.{2,120}?) (?:von|vom|aus) (?P<old>.{1,60}?)"
        r" (?:auf|zu|zum|zur|nach|in) (?P<new>.{1,60}?) \w+(?:t|en)[.!]?$",
        rf"(?P<s>.{{2,120}}?) (?:wurden?|ist|sind|bin|hat sich|haben sich) (?:\w+ )?(?:von|vom|aus) (?P<old>.{{1,60}}?)"
        rf" (?:auf|zu|zum|zur|nach|in) (?P<new>.{{1,60}}?) (?:{_GERMAN})(?: worden)?[.!]?$",
        rf"(?:{_DETERMINER} )?\w+ (?:haben|habe|hat) (?P<s>(?:.{{1,120}} )?)(?:von|vom|aus) (?P<old>.{{1,60}}?)"
        rf" (?:auf|zu|zum|zur|nach|in) (?P<new>.{{1,60}}?) (?:{_GERMAN})[.!]?$",
        # The Romance languages.
        rf"(?P<s>.{{2,120}}?) (?:est|a été|sont|ha|han|ha sido|è|è stat[ao]|sono stat[ie]|foi)? ?(?:{_PARTICIPLE})"
        r" (?:de|du|del|da|dal|dalla|dalle|dai|do) (?P<old>.{1,60}?) (?:à|au|a|al|alla|alle|ai|ao|para) "
        r"(?P<new>.{1,60}?)[.!]?$",
        r"(?P<old>.{1,60}?) (?:a été|ha sido|è stat[ao]|foi) (?:remplacée?|sustituid[ao]|sostituit[ao]|substituíd[ao])"
        r" (?:par|por|da|dal|dalla|pelo|pela) (?P<new>.{1,60}?)"
        r"(?: (?:pour|para|per|comme|como|come) (?P<s>.{1,80}?))?[.!]?$",
        rf"(?:(?:{_DETERMINER} )?[^ ]+ )??(?:j')?(?:avons|ai|a|ont|hemos|he|han|ha|abbiamo|ho|hanno|temos|tenho)? ?"
        rf"(?:{_PARTICIPLE}) (?P<s>.{{2,120}}) (?:de|du|del|da|dal|dalla|dalle|dai|do) (?P<old>.{{1,60}}?)"
        r" (?:à|au|a|al|alla|alle|ai|ao|para) (?P<new>.{1,60}?)[.!]?$",
        rf"(?P<old>.{{1,60}}?) (?:wurden?|ist|sind) {_FÜR} (?P<s>.{{1,60}}?) (?:durch|von|vom) (?P<new>.{{1,60}}?)"
        r" (?:ersetzt|abgelöst)(?: worden)?[.!]?$",
        r"(?:(?:\w+ )?(?:haben|habe|hat) (?:wir |ich )?)?(?P<old>.{1,60}?) (?:wurden? )?durch (?P<new>.{1,60}?)"
        r"(?: als (?P<s>.{1,80}?))? (?:ersetzt|abgelöst)[.!]?$",
    )
)
_SUCCEEDED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<old>.{1,60}?) (?:was|were|has been|have been) (?:relieved|followed) by (?P<new>.{1,60}?)[.!]?$",
        r"(?P<old>.{1,60}?) (?:has |have )?handed over to (?P<new>.{1,60}?)[.!]?$",
        r"(?P<old>.{1,60}?) (?:wurden?|ist|sind) (?:durch|von|vom) (?P<new>.{1,60}?)"
        r" (?:ersetzt|abgelöst)(?: worden)?[.!]?$",
        r"wurden? (?P<old>.{1,60}?) (?:durch|von|vom) (?P<new>.{1,60}?) (?:ersetzt|abgelöst)[.!]?$",
        r"(?P<new>.{1,60}?) (?:hat|haben) (?P<old>.{1,60}?) abgelöst[.!]?$",
    )
)
_REPLACING = re.compile(
    r"\b(?:replaced|superseded|succeeded|relieved|followed|handed over|ersetzt|abgelöst)\b", re.IGNORECASE
)
_ROLE = re.compile(
    r"(?:^|,? )(?:as|for|als|für) (?:(?:the|our|der|die|das|den|unsere?n?) )?(?P<role>[^,]{2,60}?)"
    r"(?:, | (?=(?:by|with|durch|von|vom|wurden?|ist|sind|haben|hat|was|has|we|ersetzt|abgelöst)\b)|(?=[.!]?$))",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"(?<= )(?:the|our|my|your|his|her|their|der|die|das|den|unsere?) |(?<=[,:] )", re.IGNORECASE)
_ARTICLES_BEFORE = frozenset("the a an our some der die das dem den einer einem unserer".split())
_AFTERWARDS, _CAUSES = frozenset(("AFTER", "SINCE")), frozenset("BECAUSE BY DESPITE AGAINST TOWARD TO PURPOSE".split())
_REASONS = words_of("reasons")
_BEHESTS = (*tokens_of("behests"),)
_TELLING_WHEN = tokens_of("behests") | tokens_of("begun") | tokens_of("renewing")
_MOVED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<s>.{{1,120}}?)(?: (?:have|has|was|were)(?: been| now| just)?| is now| are now)? {_CHANGED}"
        r" (?:to|into|until) (?P<new>.{1,80}?)[.!]?$",
        r"(?P<s>.{1,120}?) (?:have been|has been|was|were)(?: \w+ly)? \w+ed to (?P<new>.{1,80}?)[.!]?$",
        rf"(?:we(?:'ve| have)?(?: just| now)? )?{_CHANGED} (?P<s>.{{2,80}}?) to (?P<new>.{{1,60}}?)(?: now)?[.!]?$",
        r"(?:wir (?:haben|sind) )?(?P<s>.{2,120}?) (?:(?:wurden?|ist|sind|bin) (?:jetzt |nun |inzwischen )?)?"
        r"(?:nach|zu|zum|zur|auf|in|ins|an|ans|vor|hinter|neben|unter)"
        rf" (?P<new>.{{1,60}}?) (?:{_GERMAN})(?: worden)?[.!]?$",
    )
)
_TOLD_LENGTH = 400
Move = tuple[tuple[str, ...], tuple[str, ...], bool]
"""The old value, the new one, and whether it is clear without more that one takes the place of the other."""
_BINDING = frozenset(("COND", "UNLESS"))
OPEN = MODALS | _BINDING | {"?"}
"""With these nothing is settled yet, or not for good."""
_PARTICLES = tokens_of("particles")
_BESIDE_VERBS = _PARTICLES | PREPOSITIONS
_TIMES = VALUE_KINDS - {NUMBER}
_AWAY, _TO = frozenset(("FROM", "OF")), frozenset(("TO", "ON", "IN"))
_GIVEN_UP = frozenset(("FOR", "AGAINST"))
_TOWARD = _TO | _GIVEN_UP | {"BY", "WITH"}
_NAMES = frozenset((NAME, CODE))


def tells_change(said: NormalizedText) -> bool:
    """Whether there is a word in a text that tells a change."""
    return not CHANGE_WORDS.isdisjoint(said.tokens)


def may_tell_change(said: NormalizedText) -> bool:
    """The same; or something was done up "to" a number or a day: "was doubled to 400"."""
    tokens, kinds = said.tokens, said.kinds
    if not CHANGE_WORDS.isdisjoint(tokens) or {"PAST", "OF", "ON"}.issubset(tokens) or "AS" in tokens[3:-1]:
        return True
    at = tokens.index("TO") if "TO" in tokens and ("PAST" in tokens or "have" in tokens) else 0
    return at > 0 and tokens[at - 1][-2:] == "ed" and not VALUE_KINDS.isdisjoint(kinds[at + 1 : at + 2])


def moves(said: NormalizedText) -> Iterator[Move]:
    """What is said to go from a value to another, in whatever words: "the choir was bumped from Monday to Friday".

    Of two names one may also be given up "for" the other by those who speak, or with a word that tells a change.
    """
    tokens, kinds = said.tokens, said.kinds
    for at in range(1, len(tokens) - 1) if not _TOWARD.isdisjoint(tokens) else ():
        if tokens[at] not in _TOWARD or CLASS in (kinds[at - 1], kinds[at + 1]):
            continue
        start = next((place for place in range(at - 2, max(at - 6, -1), -1) if tokens[place] in PREPOSITIONS), -1)
        end = next((place for place in range(at + 1, len(tokens)) if kinds[place] not in _NAMES), len(tokens))
        if start >= 0 and tokens[start] in _AWAY and tokens[at] in _TO:
            yield tokens[start + 1 : at], tokens[at + 1 : max(end, at + 2)], False
        elif _NAMES.issuperset((kinds[at - 1], kinds[at + 1])) and (
            tells_change(said) or (said.persons and tokens[at] in _GIVEN_UP)
        ):
            start = next((place for place in range(at - 1, -1, -1) if kinds[place] not in _NAMES), -1)
            yield tokens[start + 1 : at], tokens[at + 1 : end], True


def told_change(said: NormalizedText, text: str, language: str) -> ToldChange | None:
    """The change that a sentence tells, with its two values or with the new one only."""
    if len(text) > _TOLD_LENGTH or not may_tell_change(said):
        return None
    return _change_of(text, language) or _move_of(text, language)


def is_settled(said: NormalizedText, text: str, language: str) -> bool:
    """Whether what tells a change does not only say that it may come, will come, or nearly came."""
    return OPEN.isdisjoint(said.tokens) and not has_word_for("unsettled", text, language)


def has_word_for(meaning: str, text: str, language: str) -> bool:
    """Whether a text has one of the words that have a meaning in its language."""
    return not words_of(meaning, language).isdisjoint(text.casefold().split())


def _has_come(text: str, end: int, language: str) -> bool:
    """Whether a change that is told up to a place in a text is settled, and neither denied nor bound to anything."""
    told, rest = text[:end], re.split(r"[,;]", text[end:], maxsplit=1)[0]
    said = normalize(told, language)
    bound = {*normalize(rest, language).tokens} & _BINDING
    comes = bound or "NOT" in said.tokens or has_word_for("coming", told, language)
    return not comes and is_settled(said, told, language)


def _change_of(text: str, language: str) -> ToldChange | None:
    text, role = _without_role(text)
    for pattern in (*(_SUCCEEDED if role else ()), *_CHANGES):
        found = pattern.match(text)
        if found and _has_come(text, max(found.end(), found.end("new")), language):
            parts = found.groupdict()
            if parts.get("lead") and not _is_circumstance(parts["lead"], language):
                continue
            told, new = _values(found)
            old = normalize(told, language)
            more = _more_of(text[found.end() :], language)
            if more and VALUE_KINDS.isdisjoint(normalize(new, language).kinds):
                new, more = f"{new} {more}", ""
            if old.tokens and new:
                others = [*filter(None, (parts.get("role"), role, more))]
                subject, *rest = (
                    _about(" ".join((each, *others)), language)
                    for each in _without_leads(parts.get("s") or "", language)
                )
                subject = (
                    _ever(subject) if role or ("s" in parts and found.start("new") < found.start("s")) else subject
                )
                return ToldChange(subject, _in_unit_of(old, new, language), new, language, tuple(rest))
    return None


def _ever(said: NormalizedText) -> NormalizedText:
    """What something has been replaced for, without since when: "for the stream on 3 May", "in May"."""
    begins = len(said.tokens) - 1 - (said.kinds[-2:-1] == (MONTH,) and said.kinds[-1] == NUMBER)
    if begins < 0 or said.kinds[begins] not in (MONTH, DATE):
        return said
    return said.at(range(begins - (said.tokens[begins - 1 : begins] != () and said.tokens[begins - 1] in PREPOSITIONS)))


def _ends_in_reason(token: str) -> bool:
    """ "Aus Sicherheitsgründen"."""
    return token.endswith(_BEHESTS)


def _without_role(text: str) -> tuple[str, str]:
    """A text that tells who was replaced, without as what, and that."""
    found = _ROLE.search(text) if _REPLACING.search(text) else None
    if found is None:
        return text, ""
    left = f"{text[: found.start()].rstrip(' ,')} {text[found.end() :].lstrip(' ,')}".strip()
    return left[:1].upper() + left[1:], found["role"]


def _without_leads(text: str, language: str) -> Iterator[str]:
    """What something is told of, and the same without what is told before that: "after the survey, the cap"."""
    yield text
    for begins in _BEGINS.finditer(text):
        lead = text[: begins.start()]
        # In German a noun before an article is what something of that is: "Stundenlohn der Kassierer".
        noun = language == "de" and lead.rstrip()[-1:] not in ",:" and _starts_with_noun(lead, language)
        if lead and not noun and _is_circumstance(lead, language):
            yield text[begins.start() :]


def _starts_with_noun(text: str, language: str) -> bool:
    tokens = normalize(text, language).tokens
    return not tokens or tokens[0] not in PREPOSITIONS


def _is_circumstance(text: str, language: str) -> bool:
    """Whether words before what something is told of say when or why, and not what or where it holds for."""
    first, second, *_ = (*text.casefold().rstrip(" ,:").split(), "", "")
    said = normalize(text.rstrip(" ,"), language)
    tokens = said.tokens
    if text.rstrip()[-1:] == ":" or not tokens or first in _REASONS:
        return True
    if tokens[-1] in PREPOSITIONS:
        return False
    if PREPOSITIONS.isdisjoint(tokens):
        # "Letzte Woche", "neulich", but not "der Stundenlohn", before "der Kassierer".
        return len(tokens) <= 2 and (first not in _ARTICLES_BEFORE or any(map(is_dated, tokens, said.kinds)))
    if tokens[0] in _AFTERWARDS or first == "nach":
        # "After two accidents", but not "after dark".
        several = NUMBER in said.kinds[1:2] or second[-1:] == "s" or (language == "de" and second[-2:] == "en")
        return TIME not in said.kinds and (several or second in _ARTICLES_BEFORE)
    why = not _TELLING_WHEN.isdisjoint(tokens) or (language == "de" and any(map(_ends_in_reason, tokens)))
    return tokens[0] in _CAUSES or why or any(map(is_dated, tokens, said.kinds))


def _values(found: re.Match[str]) -> tuple[str, str]:
    """The old value and the new one, either may be a range: "from 8 to 16 to 9 to 17". Empty if that is unclear."""
    if found.start("new") < found.start("old"):
        return found["old"], found["new"].strip()
    link = found.string[found.end("old") : found.start("new")]
    parts = found.string[found.start("old") : found.end("new")].split(link)
    half = len(parts) // 2
    return ("", "") if len(parts) % 2 else (link.join(parts[:half]), link.join(parts[half:]).strip())


def _more_of(rest: str, language: str) -> str:
    """What is said after a new value of the place, "to the shelf in the shed", or of what it holds for: "in summer"."""
    end = next((at for at, mark in enumerate(rest) if mark in ",;."), len(rest))
    more = normalize(rest[:end], language)
    goes_on = bool(more.tokens) and more.tokens[0] in _GOING_ON and VALUE_KINDS.isdisjoint(more.kinds)
    return rest[:end].strip() if goes_on else ""


def _in_unit_of(old: NormalizedText, new: str, language: str) -> tuple[str, ...]:
    """The old value, with what is said only once: "from 30 to 90 days", "from 50 to 75 points a week"."""
    becomes = normalize(new, language)
    if old.kinds != (NUMBER,) or " " in old.tokens[0] or becomes.kinds[:1] != (NUMBER,):
        return old.tokens
    unit = becomes.tokens[0].partition(" ")[2]
    if unit:
        return (f"{old.tokens[0]} {unit}",)
    return old.tokens + becomes.tokens[1:] if becomes.kinds[1:2] and becomes.kinds[1] != CLASS else old.tokens


def _move_of(text: str, language: str) -> ToldChange | None:
    for pattern in _MOVED:
        found = pattern.match(text)
        if found and _has_come(text, found.end(), language):
            return ToldChange(_about(found["s"], language), (), found["new"].strip(), language)
    return None


def _about(text: str, language: str) -> NormalizedText:
    """What a change is of, without what belongs to its verb: "we pushed the call back to 9:45"."""
    said = normalize(text, language)
    return said.at(range(len(said.tokens) - (said.tokens[-1:] != () and said.tokens[-1] in _PARTICLES)))


_GOING_ON = WHEREABOUTS | {"FOR", "WITH", "DURING"}
_FOLLOWING = CHOICE_KINDS | {WORD, NAME, NOUN}
_LINKING = PREPOSITIONS | {"EVERY", "M", "F"}


def is_changed(said: NormalizedText, change: ToldChange, attribute: bool = False) -> bool:
    """Whether a claim says what a change has made untrue."""
    subject, new = change.words, change.becomes
    if not new.tokens or all(token in said.tokens for token in new.tokens):
        return False
    if (not attribute and not is_present(said)) or (said.persons & _MYSELF) != (change.subject.persons & _MYSELF):
        return False
    if _supplies(said, change):
        return True
    if not subject.issubset(said.tokens) and not change.forms.issubset(map(unconjugated, said.tokens)):
        return not attribute and _is_said_by_verb(said, change)
    if _is_role(said, change):
        return True
    if change.old and not attribute and _is_title(said, change):
        return True
    if change.old:
        rest = value_in(said, change.old)
        if rest is None or not subject:
            return rest is not None
        left = {*map(unconjugated, {*rest} - STAYS - _PARTICLES - _who_with(said, change))} - change.forms
        own = left.isdisjoint(map(unconjugated, said.tokens[: verb_of(said)]))
        return (own and len(left) <= (2 if len(subject) > 1 or _measures(said, change) else 1)) or _begins_with(
            said, change
        )
    if not attribute and _slot(said, change):
        return True
    known = subject or change.subject.persons & _MYSELF
    if known and not attribute and new.kinds[0] not in VALUE_KINDS and _is_placed(said, change.subject):
        return True
    stance = stance_of(said, attribute=attribute)
    if not attribute and stance is None and subject and _numbered_otherwise(said, new):
        return True
    if stance is None or not subject:
        return False
    head = {token for token in stance.pattern.head if token.islower() or not token.isalpha()} - STAYS
    if new.kinds[0] in VALUE_KINDS and new.tokens[1:] in ((), stance.pattern.tail):
        same = stance.pattern.kind == kind_of(new.kinds[0], new.tokens[0]) and stance.value != new.tokens[:1]
        return same and len(subject) * 2 >= len(head) and min(head, key=stance.pattern.head.index) in subject
    if (stance.pattern.counts or stance.pattern.kind == "name") and _numbered(stance, new):
        return subject <= head and len(subject) * 2 >= len(head) - len(new.tokens) + 1
    if stance.pattern.kind == "name" and head == subject and stance.value != new.tokens:
        return not {NAME, CODE}.isdisjoint(new.kinds)
    return False


_MYSELF = frozenset("i")
# Between what a quantity is and what it is of; and what may stand beside the amount where a verb tells it.
_BELONGING = frozenset(("OF", "FOR", "IN"))
_BESIDE_AMOUNTS = PREPOSITIONS - {"OF"} | MODALS | LIMITS | {"EVERY", "STARTING"}
_PER = {
    token
    for word in UNITS_OF_TIME
    for said in (word, word.title())
    for language in ("en", "de")
    for token in normalize(said, language).tokens
}
_STEM = 4
_OFTEN_SO = tokens_of("often")
_VERBAL = {"en": re.compile(r"\A(?!)"), "de": re.compile(rf"\A(?:{'|'.join(LANGUAGES['de'].separable)})(?=\w{{4}})")}


def _nouns(meaning: str, language: str) -> re.Pattern[str]:
    """The nouns with a meaning; in German also with a period before them: "Stundenlohn"."""
    period = "(?:stunden|tages?|wochen|monats?|jahres|höchst|mindest)?" if language == "de" else ""
    nouns = (normalize(noun, language).tokens[0] for noun in words_of(meaning, language))
    return re.compile(f"{period}(?:{'|'.join(nouns)})")


_AMOUNTS = {
    language: [
        (
            _nouns(nouns, language),
            {plain_form(normalize(verb, language).tokens[0]) for verb in words_of(verbs, language)},
        )
        for nouns, verbs in (("earned", "earning"), ("owed", "paying"), ("amounts_of", ""))
    ]
    for language in ("en", "de")
}
"""Nouns for amounts, and the verbs that tell them; none if any does."""


def _slot(said: NormalizedText, change: ToldChange) -> tuple[str, ...]:
    """The one day or time of a claim, if it is what the subject of a change does then: "releases go out on Tuesday"."""
    size, new = len(change.subject.tokens), change.becomes
    kind, *more = new.kinds
    if more or kind not in _TIMES or not size or said.tokens[:size] != change.subject.tokens:
        return ()
    places = [at for at, each in enumerate(said.kinds) if each == kind]
    if len(places) != 1 or said.tokens[places[0] - 1] not in PREPOSITIONS:
        return ()
    verb, (value, *after) = said.tokens[size : places[0] - 1], said.tokens[places[0] :]
    beside = zip(verb[1:], said.kinds[size + 1 :], strict=False)
    does = not verb or said.kinds[size] == WORD
    does = does and all(token in _BESIDE_VERBS or each in _TIMES for token, each in beside)
    follows = not after or said.kinds[places[0] + 1] == CLASS or (len(after) == 1 and said.kinds[-1] == WORD)
    return (value,) if does and follows else ()


def _who_with(said: NormalizedText, change: ToldChange) -> set[str]:
    """Who does something with a thing that another takes the place of: "the beekeepers use thymol"."""
    does = BE.isdisjoint(said.links) and VALUED.isdisjoint(change.becomes.kinds)
    return {*said.tokens[: max(said.tokens.index(change.old[0]) - 1, 0)][:1]} if does else set()


def _is_role(said: NormalizedText, change: ToldChange) -> bool:
    """Whether a claim says who or what is what has been replaced: "the phone is a Pixel", not "is used for calls"."""
    size = len(change.old)
    what = said.begins != NAMED and said.links[size : size + 1] in (("is a",), ("is the",))
    return (
        size > 0
        and not change.subject.tokens
        and verb_of(said) == size
        and said.tokens[:size] == change.old
        and (what or said.kinds[size : size + 1] == (NAME,))
    )


def _supplies(said: NormalizedText, change: ToldChange) -> bool:
    """Whether a claim ends in the name of who was replaced as something that it speaks of: "beans come from Kona"."""
    size, about = len(change.old), change.subject.tokens
    if not size or said.tokens[-size:] != change.old or {*said.kinds[-size:]} != {NAME} or "OF" not in about:
        return False
    return not verb_of(said) and {*about[about.index("OF") + 1 :]}.issubset(said.tokens[:-size])


def _is_title(said: NormalizedText, change: ToldChange) -> bool:
    """Whether a claim has the old value with a title before it: "the mayor is Dr Ida Farrow"."""
    stance = stance_of(said)
    return (
        stance is not None
        and stance.pattern.kind == "name"
        and len(change.old) < len(stance.value)
        and stance.value[-len(change.old) :] == change.old
        and {*stance.pattern.head} == change.words
    )


def _measures(said: NormalizedText, change: ToldChange) -> bool:
    """Whether an old value is said to be one of the subject: "50 micrograms of iron"."""
    measured = (*change.old, "OF", *change.subject.tokens)
    return said.tokens[-len(measured) :] == measured


def _begins_with(said: NormalizedText, change: ToldChange) -> bool:
    """Whether a claim says of the subject, with one verb, the old value first: whatever it says besides."""
    size, tokens = len(change.subject.tokens), said.tokens
    rest = tokens[size + (said.kinds[size : size + 1] == (WORD,)) :]
    rest = rest[not PREPOSITIONS.isdisjoint(rest[:1]) :]
    return tokens[:size] == change.subject.tokens and rest[: len(change.old)] == change.old


@lru_cache(maxsize=WORDS_REMEMBERED)
def unconjugated(token: str) -> str:
    return plain_form(TOLD_BY.get(token, token))


def _is_said_by_verb(said: NormalizedText, change: ToldChange) -> bool:
    """Whether a claim says with its verb what a change names: "the ushers get 11 euros", "the wage of the ushers"."""
    tokens, old = change.subject.tokens, change.old
    at = next((at for at, token in enumerate(tokens) if token in _BELONGING), 0)
    thing, quantity = tokens[at + 1 :], tokens[:at]
    start = said.tokens.index(old[0]) if old and old[0] in said.tokens else 0
    if not at or not thing or said.tokens[: len(thing)] != thing or said.tokens[start : start + len(old)] != old:
        return False
    rest = said.at([*range(len(thing), start), *range(start + len(old), len(said.tokens))])
    if VALUED.intersection(rest.kinds) or not _BESIDE_AMOUNTS.issuperset(
        compress(rest.tokens, map(CLASS.__eq__, rest.kinds))
    ):
        return False
    verb, *more = [token for token in rest.content if token not in _PER] or [""]
    if more or not verb:
        return False
    by_any = rest.links[0] in BE and len(quantity) == 1
    return by_any or _names_what(quantity, plain_form(verb), change.language)


def _names_what(quantity: tuple[str, ...], verb: str, language: str) -> bool:
    """Whether words for a quantity say what a verb does: "closing time" of "closes", "hourly wage" of whatever."""
    *more, noun = quantity
    if verb in TOLD_BY.values():
        return unconjugated(noun) == verb
    told_by = [word for word in quantity if len(verb) >= _STEM and _VERBAL[language].sub("", word).startswith(verb)]
    if told_by:
        return _OFTEN_SO.issuperset({*quantity} - {*told_by} - {"time"})
    known = (verbs for noun_of, verbs in _AMOUNTS[language] if noun_of.fullmatch(noun))
    told = any(not verbs or verb in verbs for verbs in known)
    return told and _OFTEN_SO.issuperset(more)


def _is_placed(said: NormalizedText, subject: NormalizedText) -> bool:
    """Whether a claim says where its subject is, and nothing else: "the guide lives in the wiki"."""
    size = len(subject.tokens)
    if said.tokens[:size] != subject.tokens:
        return False
    size += said.tokens[size : size + 1] != () and said.tokens[size] in STAYS
    rest, kinds = said.tokens[size:], {*said.kinds[size:]}
    if len(rest) < 2 or said.kinds[size + 1] == NUMBER or not (CHOICE_KINDS | VALUE_KINDS - {NUMBER}).isdisjoint(kinds):
        # "At one", "on Tuesday": when it is, not where.
        return False
    return rest[0] in WHEREABOUTS and WHEREABOUTS.issuperset(PREPOSITIONS.intersection(rest) - {"OF"})


def _numbered(stance: Stance, new: NormalizedText) -> bool:
    """Whether a new value is the old one with another number: "Corvus 4", "Corvus 5"."""
    named = new.tokens[:-1]
    return bool(named) and new.kinds[-1] == NUMBER and stance.pattern.head[-len(named) :] == named


def _numbered_otherwise(said: NormalizedText, new: NormalizedText) -> bool:
    """Whether a claim ends in a new value but for its number: "the shop uses Corvus 4"."""
    size = len(new.tokens)
    named = size > 1 and new.kinds[-1] == NUMBER == said.kinds[-1]
    return named and said.tokens[-size:-1] == new.tokens[:-1] and said.tokens[-1] != new.tokens[-1]


def replaced_value(said: NormalizedText, change: ToldChange, *, attribute: bool) -> tuple[str, ...]:
    """The tokens of a claim in whose place the new value of a change belongs."""
    if _is_role(said, change):
        return said.tokens[len(change.old) :]
    if not change.old and not attribute and (slot := _slot(said, change)):
        return slot
    titled = bool(change.old) and not attribute and _is_title(said, change)
    stance = None if change.old and not titled else stance_of(said, attribute=attribute)
    if stance is None:
        numbered = not change.old and _numbered_otherwise(said, change.becomes)
        return said.tokens[-len(change.becomes.tokens) :] if numbered else change.old
    if titled:
        return stance.value
    new = change.becomes
    if new.tokens[1:] and new.tokens[1:] == stance.pattern.tail:
        return (*stance.value, *stance.pattern.tail)
    return (*new.tokens[:-1], *stance.value) if _numbered(stance, new) else stance.value


def value_in(said: NormalizedText, old: tuple[str, ...]) -> tuple[str, ...] | None:
    """The other words of content, where `old` is the whole of a value and no part of a list."""
    tokens = said.tokens
    for start, token in enumerate(tokens):
        if token != old[0] or tokens[start : (end := start + len(old))] != old:
            continue
        around = (said.kinds[start - 1] if start else CLASS, said.kinds[end] if end < len(tokens) else CLASS)
        if end < len(tokens) and tokens[end] in ("OR", "NOT"):
            continue
        linked = start > 0 and (said.links[start] or tokens[start - 1] in _LINKING or around[0] == WORD)
        verb = around[1] == WORD and end + 1 == len(tokens)  # as in German: "wird von Olga gepflegt"
        follows = around[1] in _FOLLOWING if said.kinds[start] in VALUE_KINDS | {CODE} else verb and around[0] == CLASS
        if linked and (around[1] == CLASS or follows):
            rest = tokens[:start] + tokens[end:]
            return tuple(token for token in rest if token.islower() or not token.isalpha())
    return None
