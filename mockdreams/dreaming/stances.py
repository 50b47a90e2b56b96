"""What a statement holds of its subject, as far as it may be contradicted.

Two statements contradict each other if they differ in one value after the verb, and in nothing else: everything before
the verb, the word before the value and the kind of value are equal. That is looked up and not compared: a statement's
*pattern* is what is left without its value.
"""

from collections.abc import Container, Iterator
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

from mockdreams.dreaming.facts import is_present
from mockdreams.dreaming.languages import (
    CHOICE,
    CHOICE_KINDS,
    CLASS,
    CODE,
    DATE,
    MONTH,
    NAME,
    NOUN,
    NUMBER,
    PARTICIPLES,
    QUANTITIES,
    SIGN,
    TIME,
    VALUE_KINDS,
    WEEKDAY,
    WORD,
    measured,
)
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.normalized import (
    BE,
    COMMON,
    FRONTED,
    LIMITS,
    MARKS_OF_DENIAL,
    MODALS,
    NAMED,
    NOTHING_YET,
    OPENERS,
    PREPOSITIONS,
    NormalizedText,
)

# A value that is no number or date has no more tokens than this.
VALUE_TOKENS = 3
# What is in one place may be in another, too ("Ben is in the choir"), unless that is told as new.
PLACE = "place"
# So is what begins with when it is so: "On Tuesday we deploy" does not deny that we do on Thursday, too.
TOLD = "told"
# What a statement says is also held, and may be denied, as a whole.
WHOLE = "holds"
# What is so instead of something else is told in no more tokens than this.
DENIED_TOKENS = 4
# How many words may follow a number that counts them: "two approvals", "60 API requests".
COUNTED_WORDS = 2
MONTHS_OF_SEASON, YEAR_DIGITS = 3, 4

_AMOUNT_VERBS = tokens_of("amounts")
_BEFORE_AMOUNTS = OPENERS | MODALS | _AMOUNT_VERBS | LIMITS
_ADDRESSES = tokens_of("addresses")
_ATTRIBUTES = tokens_of("attributes")
_BOUNDS = tokens_of("bounds")
_HELD, STAYS = tokens_of("held"), tokens_of("stays")
_DAYS, _CLOCK = (WEEKDAY, DATE), (TIME, f"{CHOICE}daypart")
_DATED, _GOING_TO = (MONTH, DATE), (("TO",), ("UNTIL",))
_GENDERS = frozenset(("M", "F"))
_SEVERAL, _SPREADING = tokens_of("several"), tokens_of("spreading")
HAVING = frozenset(("have", "hab"))
_PERIODS = tokens_of("periods") | tokens_of("seasons") | tokens_of("recent") | tokens_of("days_ahead")
_AHEAD, _BEGUN = tokens_of("ahead"), tokens_of("begun")
# With one of these it is planned, whenever it begins.
_PLANNED = frozenset("WILL SHOULD WOULD COULD".split())
_GENERIC_KEYS = tokens_of("keys")
_RENEWING = tokens_of("renewing")
TOLD_BY = {
    normalize(noun, language).tokens[0]: normalize(verb, language).tokens[0]
    for language, nouns in QUANTITIES.items()
    for noun, verb in nouns.items()
}
"""The verbs that tell a quantity, by the nouns for it."""
QUANTITY_VERBS = frozenset(TOLD_BY.values())
_OF_QUANTITY = frozenset(("OF", "FOR"))
_TENTATIVE = MODALS | {"COND", "UNLESS"} | tokens_of("unsettled")
_DENYING = MODALS | {"NOT", "NOLONGER"}
_DATING = frozenset(("SINCE", "FROM", "STARTING"))
_STARTING = _DATING - {"SINCE"}
RENEWED = _RENEWING | _DATING
_RANGE, _RANGES = "range ", frozenset(("TO", "UNTIL"))
WAS = frozenset("PAST HABIT FORMERLY".split())
# Without one of these nothing is told but the whole.
TELLING = MARKS_OF_DENIAL | {"prefer", "HABIT", "FORMERLY"}
_UNTOLD = frozenset(("NOT", "NOLONGER", "PAST", "HABIT"))
# With these begins what is so instead.
_TURNS = frozenset("BUT THERE it they sie er".split())
VALUED = VALUE_KINDS | CHOICE_KINDS
_PHRASES = OPENERS | {"OF"}
PLACES = frozenset("IN ON AT FROM".split())
WHEREABOUTS = PLACES | frozenset("BY BEHIND BELOW ABOVE NEAR BESIDE OPPOSITE OUTSIDE AMONG BETWEEN".split())
"""What begins words that say where something is."""
_ONE_ROLE = PREPOSITIONS - {"OF"}
_INNER = _ONE_ROLE - {"BY"}
_COUNTED = frozenset((WORD, NAME, NOUN))
# How German words for one who does something end.
_DOERS = ("er", "erin", "or", "ent", "ant", "ist", "wart", "chef", "arzt", "mann", "frau", "leitung")
_NO_ROLES = tokens_of("no_roles")
_WHO = frozenset((NAME, NOUN, CODE))


class Pattern(NamedTuple):
    """A claim without its value: the tokens before and after it, and the kind of the value."""

    head: tuple[str, ...]
    tail: tuple[str, ...]
    kind: str

    @property
    def counts(self) -> bool:
        return self.kind.startswith("amount")


class Stance(NamedTuple):
    """A pattern, and the value that a claim fills in."""

    pattern: Pattern
    value: tuple[str, ...]


def stance_of(said: NormalizedText, *, attribute: bool = False) -> Stance | None:
    """What a claim holds about what; None when it has no value that a newer one could replace."""
    if attribute:
        return _stance_of(said, attribute=True)
    if said.stance is NOTHING_YET:
        said.stance = _stance_of(said, attribute=False)
    stance: Stance | None = said.stance
    return stance


def _stance_of(said: NormalizedText, *, attribute: bool) -> Stance | None:
    if SIGN in said.kinds or "THERE" in said.tokens or not said.tokens:
        return None
    if attribute:
        return _of_key(said)
    if VALUED.isdisjoint(said.kinds) and BE.isdisjoint(said.links) and STAYS.isdisjoint(said.tokens):
        return None
    if not is_present(said):
        return None
    said = value_last(of_today(said))
    verb = verb_of(said)
    stance = _typed(said, verb) or _named(said, verb)
    if stance is not None and ((head := stance.pattern.head)[0] in TOLD_BY or head[-1] in TOLD_BY):
        stance = stance._replace(pattern=stance.pattern._replace(head=told_by_verb(head)))
    if stance is None or _spreads(stance) or (not stance.pattern.counts and _is_one_of_several(said, stance, verb)):
        return None
    return stance


def told_by_verb(head: tuple[str, ...]) -> tuple[str, ...]:
    """ "The price of the book" and "the book's price" as "the book costs"."""
    if head[0] in TOLD_BY and head[1:2] and head[1] in _OF_QUANTITY and len(head) > 2:
        return (*head[2:], TOLD_BY[head[0]])
    if head[-1] in TOLD_BY and head[-2:-1] == ("OF",):
        return (*head[:-2], TOLD_BY[head[-1]])
    return head


def of_today(said: NormalizedText) -> NormalizedText:
    """What "since May ...", "the new ... is" and "... again" say to be so now, as it was said of what was before."""
    tokens, kinds = said.tokens, said.kinds
    if RENEWED.isdisjoint(tokens):
        pass
    elif dated := beginning(said):
        said = said.without(dated[0], dated[2]).renewed()
        said = _subject_first(said) if not dated[0] and said.begins == FRONTED else said
    elif not _RENEWING.isdisjoint(tokens):
        verb = verb_of(said)
        if tokens[-1] in _RENEWING and kinds[-2:-1] and kinds[-2] in CHOICE_KINDS:
            said = said.without(len(tokens) - 1, len(tokens)).renewed()
        elif tokens[at := int(tokens[0] in _GENDERS)] in _RENEWING and said.links[verb] == "is":
            named = {*kinds[verb + (tokens[verb] in _GENDERS) :]} <= {NAME, CODE}
            said = said.without(at, at + 1).renewed() if named and _ONE_ROLE.isdisjoint(tokens) else said
        elif 0 < verb <= VALUE_TOKENS and tokens[verb] in _RENEWING and said.links[0] != "a":
            said = _subject_last(said, verb)
    if said.renews and "ONLY" in said.tokens[1:]:
        # "Is only 30 seconds long now".
        said = said.without(at := said.tokens.index("ONLY"), at + 1)
    return said


def _subject_first(said: NormalizedText) -> NormalizedText:
    """A German statement without the phrase before its verb, with its subject there: "öffnet das Bad um 9 Uhr"."""
    count, verbs = len(said.tokens), int(said.links[0] not in BE)
    end = next((at + 1 for at in range(verbs, count) if said.kinds[at] in (NAME, NOUN)), count)
    while end < count and (said.kinds[end] == NAME or said.tokens[end] == "OF"):
        end += 1 + (said.tokens[end] == "OF")
    if end >= count or CLASS in said.kinds[:verbs]:
        return said
    turned = said.at([*range(verbs, end), *range(verbs), *range(end, count)])
    if not verbs:
        turned.links = ("", *turned.links[1:end], said.links[0], *turned.links[end + 1 :])
    turned.begins = COMMON if said.kinds[end - 1] == NOUN else NAMED
    return turned


def _subject_last(said: NormalizedText, verb: int) -> NormalizedText:
    """ "Ana is the new chair" as "the chair is Ana"."""
    ours, count = said.kinds[:verb], len(said.tokens)
    if said.links[verb] not in ("is", "is the") or verb + 1 == count or CLASS in ours or VALUED.intersection(ours):
        return said
    turned = said.at([*range(verb + 1, count), *range(verb)]).renewed()
    turned.kinds = (*turned.kinds[: count - verb - 1], *[NAME] * verb)
    turned.links = (*turned.links[: count - verb - 1], "is", *turned.links[count - verb :])
    return turned


def beginning(said: NormalizedText) -> tuple[int, int, int] | None:
    """Where a statement says since when it is so, "since March", "from 3 May on": from, value, to."""
    if _DATING.isdisjoint(said.tokens):
        return None
    found = (_beginning(said, at) for at, token in enumerate(said.tokens) if token in _DATING)
    return next(filter(None, found), None)


def begins_dated(said: NormalizedText) -> bool:
    """Whether a statement begins with since when it is so: "from May on ...", "ab nächster Woche ..."."""
    return not _DATING.isdisjoint(said.tokens[:1]) and _beginning(said, 0) is not None


def _beginning(said: NormalizedText, at: int) -> tuple[int, int, int] | None:
    tokens, kinds, count = said.tokens, said.kinds, len(said.tokens)
    value = next((place for place in range(at + 1, min(at + 3, count)) if is_dated(tokens[place], kinds[place])), count)
    if value == count or CLASS in kinds[at + 1 : value]:
        # "Since the merger" ends what it is said of; a name and a German noun are known.
        end = at + 2 if kinds[at + 1 : at + 2] in ((NOUN,), (NAME,)) else count
        event = tokens[at] == "SINCE" and 0 < end - at - 1 <= COUNTED_WORDS and CLASS not in kinds[at + 1 : end]
        return (at, at + 1, end) if event else None
    end = value + 1 + (kinds[value] == MONTH and value + 1 < count and _is_year(tokens[value + 1]))
    goes_on = tokens[end : end + 1] == ("ON",) and not (at and tokens[end + 1 :])
    if tokens[end : end + 1] in _GOING_TO:
        return None
    if tokens[at] == "FROM" and at and not goes_on and (end < count or said.links[at]):
        # "The photos from May are lost."
        return None
    return at, value, end + goes_on


def is_dated(token: str, kind: str) -> bool:
    """Whether a token is a day, a month, a year or a season."""
    return kind in (MONTH, DATE, WEEKDAY) or _is_year(token) or (kind != CLASS and token in _PERIODS)


def _is_year(token: str) -> bool:
    """Whether a token is a year."""
    return len(token) == YEAR_DIGITS and token.isdigit() and token[:2] in ("19", "20")


def begins_later(said: NormalizedText, at: datetime) -> bool:
    """Whether a statement says of something that it is so from a time on that is still to come by then.

    A month without a year is the next one, if the last was no less than a season ago. A week, a season or a weekday
    of which it is not said that it has begun is to come, and so is "next year", and what "will" be so from a day on.
    """
    begins, tokens = beginning(said), said.tokens
    if begins is None:
        return _opens_later(said, at) or (
            not _STARTING.isdisjoint(tokens)
            and any(
                _is_year(token) and int(token) > at.year and not _STARTING.isdisjoint(tokens[max(place - 3, 0) : place])
                for place, token in enumerate(tokens)
            )
        )
    start, value, _ = begins
    if tokens[start] not in _STARTING:
        return False
    named = {*tokens[start + 1 : value + 1]}
    if not _PLANNED.isdisjoint(tokens) or not _AHEAD.isdisjoint(named):
        return True
    year = next(filter(_is_year, tokens[value : value + 2]), "")
    if said.kinds[value] in _DATED:
        return _is_to_come(tokens[value], year, at)
    return int(year) > at.year if year else _BEGUN.isdisjoint(named)


def _opens_later(said: NormalizedText, at: datetime) -> bool:
    """Whether a statement opens with when it will be so: "next year ...", "on 1 March 2028 ...", "im Jahr 2028 ..."."""
    for place, (token, kind) in enumerate(zip(said.tokens[:4], said.kinds, strict=False)):
        if token in _AHEAD:
            return any(map(is_dated, said.tokens[place + 1 : place + 2], said.kinds[place + 1 : place + 2]))
        if kind != CLASS and not is_dated(token, kind):
            return False
        if _is_year(token):
            return int(token) > at.year
    return False


def _is_to_come(token: str, year: str, at: datetime) -> bool:
    """Whether a month or a day, of a year if one is told, comes after a time."""
    if "-" in token:
        return token > at.date().isoformat()
    month, _, day = token.removeprefix("month").partition("/")
    on = int(day) if day.isdigit() else 0
    if year:
        return (int(year), int(month), on) > (at.year, at.month, at.day if on else 0)
    months = (int(month) - at.month) % 12
    return 0 < months < 12 - MONTHS_OF_SEASON or (not months and on > at.day)


def _spreads(stance: Stance) -> bool:
    """Whether what is said may be so of several values at once: "available in German", "open on Monday"."""
    if _SPREADING.isdisjoint(stance.pattern.head):
        return False
    kind = stance.pattern.kind
    return not (kind == TIME or kind.startswith(_RANGE) or stance.pattern.counts)


def _is_one_of_several(said: NormalizedText, stance: Stance, verb: int) -> bool:
    """Whether the subject is one among others: "a bug is in Redis", "one option is Kafka", "my brother is Jan"."""
    if said.links[0] == "a" or said.tokens[0] == "1":
        return True
    if not verb and stance.pattern.kind in _DAYS and said.kinds[1:2] == (NAME,):
        # "Mr Kern comes on Monday", and "call Ruth on Monday".
        return True
    if not verb:
        return said.tokens[0] in _SEVERAL and "OF" not in said.tokens[1:2]
    return stance.pattern.head[verb - 1] in _SEVERAL


def _is_about_time(said: NormalizedText) -> bool:
    """Whether a statement begins with when it is so."""
    return said.tokens[0] in PREPOSITIONS and {*said.kinds[1:2]} <= VALUE_KINDS and len(said.tokens) > 2


def _recurs(said: NormalizedText, stance: Stance) -> bool:
    """Whether something is done at a time of day, and so maybe at others: "feed the cat at 8:00".

    What is, begins or ends at a time has one, and so has what may be done until one.
    """
    head = stance.pattern.head
    if stance.pattern.kind not in _CLOCK or not _BOUNDS.isdisjoint(head) or head[-1] == "UNTIL":
        return False
    verb = verb_of(said)
    return not verb or not VALUED.issuperset(said.kinds[verb : len(head) - 1])


def value_last(said: NormalizedText) -> NormalizedText:
    """The statement with a phrase of time at its end: "On Tuesday we deploy" as "We deploy on Tuesday"."""
    if said.tokens[0] in PREPOSITIONS and _is_about_time(said):
        return said.at([*range(2, len(said.tokens)), 0, 1])
    return said


def kind_of(kind: str, token: str) -> str:
    """The kind of a value; of a number, also what it is a measure of: litres are no rivals of kilograms."""
    return f"amount {measured(token)}" if kind == NUMBER else kind


def _of_key(said: NormalizedText) -> Stance | None:
    if ":" not in said.links:
        return None
    start = said.links.index(":")
    key, value, kinds = said.tokens[:start], said.tokens[start:], said.kinds[start:]
    if not key or len(value) > VALUE_TOKENS or not PREPOSITIONS.isdisjoint(value) or _GENERIC_KEYS.intersection(key):
        return None
    kind = kind_of(kinds[0], value[0]) if len(value) == 1 and kinds[0] in VALUE_KINDS else "words"
    if len(key) == 1 and kind == "words":
        return None
    return Stance(Pattern(key, (), kind), value)


def _typed(said: NormalizedText, verb: int) -> Stance | None:
    """The stance of a claim with a number, a time or another value of a closed kind behind its verb."""
    tokens, kinds = said.tokens, said.kinds
    at, first = len(tokens) - 1, max(verb, 1)
    while at >= first and kinds[at] not in VALUED:
        at -= 1
    if at < first:
        return None
    kind = kinds[at]
    start = at - 2 if at - 2 >= first and _is_range(said, at - 2) else at
    head, tail = tokens[:start], tokens[at + 1 :]
    if not verb and not _is_predicate(said, start):
        return None
    until = kind == TIME and tokens[start - 1] == "UNTIL" and len(tail) < 2
    inner = verb > 0 and not _INNER.isdisjoint(tokens[verb : start - 1])
    if not until and (inner or not _ends(kind, kinds[at + 1 :], tail)):
        return None
    if not verb and kind == MONTH and _BOUNDS.isdisjoint(head):
        # "Bees swarm in May."
        return None
    if kind == NUMBER and not (start < at or _is_amount(said, at, verb, bool(tail) and tail[0] not in _PHRASES)):
        return None
    kind = kind_of(kind, tokens[at])
    return Stance(Pattern(head, tail, kind if start == at else f"{_RANGE}{kind}"), tokens[start : at + 1])


def _is_range(said: NormalizedText, at: int) -> bool:
    """Whether a value at this place goes up to another: "8 to 16", "von 9 bis 12 Uhr"."""
    return said.tokens[at + 1] in _RANGES and VALUE_KINDS.issuperset(said.kinds[at : at + 3 : 2])


def _is_predicate(said: NormalizedText, at: int) -> bool:
    """Whether a value belongs to what is said of the subject, in a claim with another verb than "is"."""
    before = said.tokens[:at]
    inner = [place for place, token in enumerate(before) if token in _ONE_ROLE]
    if len(inner) > 1 and (inner[-2] == inner[-1] - 1 or before[inner[-1] - 1] in _BOUNDS):
        # "check in at desk 2"; "the contract with Vexler ends in March".
        inner[-2:] = inner[-1:]
    subject = said.kinds[: inner[0] if inner else at]
    if len(inner) > 1 or subject.count(CLASS) == len(subject):
        return False
    return not inner or at - inner[0] <= 2 or before[-1] in _AMOUNT_VERBS or " " in said.tokens[at]


def _ends(kind: str, kinds: tuple[str, ...], tail: tuple[str, ...]) -> bool:
    """Whether what follows a value belongs to it: nothing, a phrase, or what a number counts."""
    if not tail:
        return True
    plain = next((place for place, token in enumerate(tail) if token in _PHRASES), len(tail))
    if plain and not (kind == NUMBER or kind.startswith(CHOICE)):
        return False
    return plain <= COUNTED_WORDS and all(each in (WORD, NAME, NOUN, CODE) for each in kinds[:plain])


def _is_amount(said: NormalizedText, at: int, verb: int, counts: bool) -> bool:
    before = said.tokens[at - 1]
    if said.links[at] in BE or before in _BEFORE_AMOUNTS:
        return True
    if counts:
        return False
    if " " in said.tokens[at]:
        return at > 1
    return before in _ADDRESSES or (
        said.kinds[at - 1] in (NAME, CODE)
        and _SPREADING.isdisjoint(said.tokens[:at])
        and said.tokens[at - 2] != "WITH"
        and (at - 1 >= verb > 0 or said.tokens[at - 2] in PREPOSITIONS)
    )


def _named(said: NormalizedText, verb: int) -> Stance | None:
    """The stance of a claim that ends in a name, an identifier or the place of something."""
    tokens, kinds, links = said.tokens, said.kinds, said.links
    if said_by := _agent(said, verb):
        return said_by
    if not verb and STAYS.isdisjoint(tokens):
        return None
    # The rest of a German verb may follow: "wird in Linear verwaltet".
    end = len(tokens) - (kinds[-1] == WORD and kinds[-2:-1] in ((NAME,), (CODE,)))
    inner = [at for at in range(verb, end) if tokens[at] in PREPOSITIONS and tokens[at] != "OF"]
    start = inner[-1] + 1 if inner else verb
    value = tokens[start:end]
    if not 0 < len(value) <= VALUE_TOKENS or start == 0 or not _DENYING.isdisjoint(tokens):
        return None
    if any(kind == CLASS and token != "OF" for kind, token in zip(kinds[start:end], value, strict=True)):
        return None
    if not any(kind != CLASS for kind in kinds[:start]):
        return None
    named = (kinds[start] != NUMBER or len(value) > 1) and all(
        kind in (NAME, CODE, NUMBER) for kind in kinds[start:end]
    )
    if inner:
        before = tokens[inner[0] - 1]
        stays = not STAYS.isdisjoint(tokens[: inner[0]])
        if len(inner) > 1 and not (stays and named and PLACES.issuperset(tokens[at] for at in inner)):
            return None
        held = tokens[inner[0]] == "BY" and verb > 0 and before in _HELD
        placed = tokens[inner[0]] in PLACES and not any("/" in token for token in value)
        is_there = (inner[0] > verb or end < len(tokens) or links[verb] in ("is", "is the", "is a")) if verb else stays
        if not (held or placed) or not is_there:
            return None
    elif not verb or not (
        named or links[verb] == "is the" or (links[verb] == "is" and tokens[verb - 1] in _ATTRIBUTES)
    ):
        return None
    if not (inner or said.renews or _is_slot(said, verb, value)):
        return None
    counted = kinds[start] in _COUNTED and (kinds[end - 1] == NUMBER or len(value[-1]) == 1)
    if inner and counted and len(value) == 2 and value[0] not in _ADDRESSES:
        # "In class 3", and "in group 4".
        start, value, named = start + 1, value[1:], True
    known = kinds[end - 1] in (NAME, CODE, NUMBER) and "OF" not in value
    kind = "name" if named else PLACE if inner and not known else "words"
    return Stance(Pattern(tokens[:start], tokens[end:], kind), value)


def _agent(said: NormalizedText, verb: int) -> Stance | None:
    """The stance of a passive that ends in who does it: "is tuned by Harrap", "wird von Klais gestimmt"."""
    tokens, kinds, count = said.tokens, said.kinds, len(said.tokens)
    if tokens[verb] == "OF":
        start, end = verb + 1, count - 1
        done = said.links[verb] == "be" and kinds[end] == WORD
    else:
        start, end = (tokens.index("BY", verb) + 1 if "BY" in tokens[verb:-1] else count), count
        done = start in (verb + 2, verb + 3) and is_participle(tokens[verb])
    value = tokens[start:end]
    if not (done and verb > 0 and 0 < len(value) <= VALUE_TOKENS) or not _DENYING.isdisjoint(tokens):
        return None
    if not {*kinds[start:end]} <= _WHO or NAME not in kinds[start:end]:
        return None
    return Stance(Pattern(tokens[:start], tokens[end:], "name"), value)


def is_participle(token: str) -> bool:
    """Whether an English word says what is done to something."""
    return token[-2:] == "ed" or token in PARTICIPLES


def _is_slot(said: NormalizedText, verb: int, value: tuple[str, ...]) -> bool:
    """Whether one name at a time is what a subject is: "the director is Kemp", but not "Tom is German"."""
    tokens, kinds = said.tokens, said.kinds
    if "OF" in value or said.links[verb] == "is a":
        return False
    if tokens[verb - 1] in _ATTRIBUTES or said.links[verb] == "is called":
        return True
    if said.begins == NAMED:
        return not {*kinds[1:verb]} <= {NAME}
    if said.begins == COMMON and len(value) == 1 and kinds[verb] == NAME:
        # A German noun may be a name: "der Trainer ist Jens", but not "die Hütte ist Rastplatz".
        return is_doer(tokens[verb - 1]) or not PREPOSITIONS.isdisjoint(tokens[:verb])
    return True


def is_doer(token: str) -> bool:
    """Whether a German word seems to be one for one who does something."""
    return token.endswith(_DOERS) and token not in _NO_ROLES


def verb_of(said: NormalizedText) -> int:
    """Where what is said of the subject begins, if it is said with a form of "be"; else 0."""
    if said.verb < 0:
        links = said.links
        at = 0 if BE.isdisjoint(links) else len(links) - 1
        while at > 0 and links[at] not in BE:
            at -= 1
        said.verb = max(at, 0)
    return said.verb


def is_added(head: tuple[str, ...]) -> bool:
    """Whether a statement that begins so adds to what is known if it is new: "we now have customers in Sweden"."""
    return not _SPREADING.isdisjoint(head) or (head[-1] in PREPOSITIONS and not HAVING.isdisjoint(head))


Held = tuple[tuple[str, ...], tuple[str, ...]]
"""A pattern as a key, and the value that is held under it."""


def stances(said: NormalizedText, *, valued: bool) -> Iterator[Held]:
    """Every pattern under which a statement can be contradicted, as a key, and what it holds; itself, as a whole.

    Where no value is asked for, those without one.
    """
    stance = stance_of(said) if valued else None
    if stance is not None:
        yield from ((key, stance.value) for key in keys_of(said, stance, attribute=False))
    if says_whole(said):
        yield (WHOLE, *said.tokens), ()
    yield from told_parts(said)


def keys_of(said: NormalizedText, stance: Stance, *, attribute: bool) -> Iterator[tuple[str, ...]]:
    """A pattern as a key; another for those that only what is told as new can overrule, or that are told as new."""
    said = said if attribute else of_today(said)
    about_time = not attribute and (_is_about_time(said) or _recurs(said, stance))
    for told in ("value", TOLD) if said.renews and not about_time else (TOLD if about_time else "value",):
        yield (told, stance.pattern.kind, *stance.pattern.head, "|", *stance.pattern.tail)


def says_whole(said: NormalizedText) -> bool:
    """Whether a statement says something that may be denied as a whole."""
    tokens = said.tokens
    return len(tokens) > 1 and _UNTOLD.isdisjoint(tokens) and SIGN not in said.kinds


def told_parts(said: NormalizedText) -> Iterator[Held]:
    """What a statement denies, and what it says to be so instead."""
    if TELLING.isdisjoint(said.tokens) or SIGN in said.kinds:
        return
    tokens = (said := of_today(said)).tokens
    if "PAST" in tokens or "HABIT" in tokens:
        if was_habit(tokens):
            yield (WHOLE, *(token for token in tokens[: _turn(tokens, 1)] if token not in WAS)), ("NOLONGER",)
        return
    if not MARKS_OF_DENIAL.isdisjoint(tokens):
        # What "will no longer" be is not denied by that, but what "will" be.
        still = _TENTATIVE.intersection(tokens)
        yield from (((WHOLE, *denied), ("NOLONGER",)) for denied in _denied(tokens) if still.issubset(denied))
    if tokens[0] == "prefer" and tokens.count("ABOVE") == 1 and sum(token in OPENERS for token in tokens) == 1:
        at = tokens.index("ABOVE")
        yield ("order", *sorted(tokens)), tokens[:at]
    for at in range(1, len(tokens) - 1) if "NOT" in tokens or "INSTEAD" in tokens else ():
        if tokens[at] in ("NOT", "INSTEAD") and CLASS not in (said.kinds[at - 1], said.kinds[at + 1]):
            pair = sorted((tokens[at - 1], tokens[at + 1]))
            yield ("order", *tokens[: at - 1], *pair, *tokens[at + 2 :]), (tokens[at - 1],)


def was_habit(tokens: Container[str]) -> bool:
    """Whether something is said to have been so, and to be so no longer: "used to ...", "war früher ..."."""
    return "HABIT" in tokens or ("FORMERLY" in tokens and "PAST" in tokens)


def _turn(tokens: tuple[str, ...], start: int) -> int:
    """Where it begins what is so instead."""
    return next((at for at in range(start, len(tokens)) if tokens[at] in _TURNS), len(tokens))


def _denied(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The statements that one with "no longer", "instead of" or ", not" says to hold no longer."""
    for mark in MARKS_OF_DENIAL.intersection(tokens):
        at = tokens.index(mark)
        if mark == "NOLONGER" or (mark == "NOT" and "BUT" in tokens[at + 2 :] and tokens[at + 1] != "ONLY"):
            yield tokens[:at] + tokens[at + 1 : _turn(tokens, at + 1)]
        if mark == "INSTEAD" and not at:
            yield from _instead_of_first(tokens[1:])
        for start in range(at) if tokens[at + 1 : at + 2] and tokens[at + 1] in PREPOSITIONS else ():
            if tokens[start] == tokens[at + 1]:
                size = min(len(tokens) - at - 1, at - start)
                yield (*tokens[:start], *tokens[at + 1 : at + 1 + size], *tokens[start + size : at])
        for end in range(at + 2, min(at + 1 + DENIED_TOKENS, len(tokens)) + 1) if at > 1 else ():
            old, rest = tokens[at + 1 : end], tokens[end:]
            for start in range(max(at - DENIED_TOKENS, 1), at):
                yield (*tokens[:start], *old, *rest)
            if len(old) == 1:
                yield from ((*tokens[:place], *old, *tokens[place + 1 : at], *rest) for place in range(at))


def _instead_of_first(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The statements that "instead of the shed, the oil is in the attic" may deny; in German the verb comes first."""
    for size in range(1, min(VALUE_TOKENS, len(tokens) - 2) + 1):
        old, rest = tokens[:size], tokens[size:]
        for start, end in combinations(range(len(rest) + 1), 2):
            if end - start <= VALUE_TOKENS:
                yield (*rest[:start], *old, *rest[end:])
                yield (*old, *rest[:start], *rest[end:])
