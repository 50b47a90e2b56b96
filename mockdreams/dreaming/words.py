"""Text as a sequence of meaningful words: what has to agree before two sentences may count as one.

A `Reading` drops what carries no claim (articles, fillers, inflection) and marks what must never be blurred: numbers,
negations, names, identifiers, qualifiers and values such as weekdays. Nothing here knows about memories or sessions.
"""

import re
from functools import lru_cache
from typing import NamedTuple

STOP, LINK, PLAIN, LIGHT = "stop", "link", "plain", "light"
NOT, NUMBER, NAME, IDENTIFIER, QUALIFIER, SIGN = "not", "number", "name", "identifier", "qualifier", "sign"
CHOICE = "choice:"

# Words and texts met before are not taken apart again; this bounds the memory it takes.
WORDS_REMEMBERED = 1 << 16
LONGEST_REMEMBERED = 40
TEXTS_REMEMBERED = 1 << 12

Word = tuple[str, str]


class Reading(NamedTuple):
    """The words of a text that matter, in order, with what kind each is and which word led to it."""

    content: tuple[str, ...]
    kinds: tuple[str, ...]
    links: tuple[str, ...]
    guards: tuple[str, ...]


def _entries(kind: str, words: str) -> dict[str, Word]:
    return {word: (word, kind) for word in words.split()}


def _choices(name: str, words: str) -> dict[str, Word]:
    return {word: (word, CHOICE + name) for word in words.split()}


def _aliases(kind: str, stem: str, words: str) -> dict[str, Word]:
    return dict.fromkeys(words.split(), (stem, kind))


_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTHS = "january february march april may june july august september october november december".split()
_COUNTS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred".split()

_LEXICON: dict[str, Word] = (
    _entries(STOP, "a an the we i you our my your us me that there so and as happen happens occur occurs go goes")
    | _entries(STOP, "please just really currently now still also already actually basically always well should would")
    | _entries(STOP, "shall let's do does did it's i'm we're you're we've")
    | _entries(LINK, "is are be been being am has have at on to of for in by with will : =")
    | _aliases(LIGHT, "use", "use uses using")
    | _aliases(LIGHT, "prefer", "prefer prefers preferring like likes")
    | _aliases(NOT, "not", "not no never non cannot nor none nothing don't")
    | _entries(
        QUALIFIER, "before after over under above below than until till since between without except unless only"
    )
    | _entries(
        QUALIFIER, "if when while during instead rather but or from into off out up down every each any some most"
    )
    | _entries(QUALIFIER, "must may can might could was were first last both neither either more less least all within")
    | {day: (day, "weekday") for day in _WEEKDAYS}
    | {day + "s": (day, "weekday") for day in _WEEKDAYS}
    | {month: (month, "month") for month in _MONTHS if month not in ("may", "march")}
    | {month[:3]: (month, "month") for month in _MONTHS if month not in ("may", "march")}
    | {word: (str(count), NUMBER) for count, word in enumerate(_COUNTS)}
    | {word: (str(10 * count), NUMBER) for count, word in enumerate(_TENS, start=2)}
    | _entries("frequency", "hourly daily nightly weekly fortnightly biweekly monthly quarterly yearly")
    | _entries("daypart", "morning noon afternoon evening night midnight")
    | _choices("shade", "dark light")
    | _choices("indent", "tabs spaces")
    | _choices("switch", "enabled disabled")
    | _choices("leave", "allowed forbidden banned")
    | _choices("need", "required optional mandatory")
    | _choices("access", "public private")
    | _aliases(PLAIN, "s", "s sec secs second seconds")
    | _aliases(PLAIN, "min", "min mins minute minutes")
    | _aliases(PLAIN, "h", "h hr hrs hour hours")
)

_CASED: dict[str, Word] = {"May": ("may", "month"), "March": ("march", "month"), "I": ("i", STOP)}

# "The user prefers tabs" and "I prefer tabs" say the same.
_SPEAKERS = frozenset(("user", "team"))

# Verbs after which a number is an amount ("needs two approvals") and not the name of a thing ("bug 2").
_AMOUNT_VERBS = frozenset(
    "need require requir take tak keep allow get last cost wait hold limit support expire".split()
)

_EDGE = ".,;!?\"'“”‘’„()[]{}*_~…«»`|\\"  # noqa: RUF001
_DASHES = frozenset("-–—•·→>*_=~#+|")  # noqa: RUF001
_PLAIN_NUMBER = re.compile(r"[-+]?[$€£]?\d+(?:,\d{3})*(?:\.\d+)?[%€]?\Z")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+\Z")
_TIME = re.compile(r"\d{1,2}:\d\d(?:am|pm)?\Z|\d{1,2}(?:am|pm)\Z")
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?\Z")
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)([a-z]{1,3})\Z")
_CAMEL = re.compile(r"[a-z\d][A-Z]")


def stem(word: str) -> str:
    """Fold plural and gerund; the past tense stays, since what happened once is not what holds."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 6 and word.endswith("ing"):
        word = word[:-3]
        return word[:-1] if word[-1] == word[-2] and word[-1] not in "lsz" else word
    if len(word) > 3 and word.endswith("s") and word[-2] not in "sui":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def words_of(chunk: str) -> tuple[Word, ...]:
    """The words in a run of characters without spaces."""
    return _remembered(chunk) if len(chunk) <= LONGEST_REMEMBERED else _words(chunk)


def _words(chunk: str) -> tuple[Word, ...]:
    bare = chunk.replace("\u2019", "'").strip(_EDGE)
    colon = bare.endswith(":")
    bare = bare.rstrip(":").strip(_EDGE)
    if not bare:
        return _signs(chunk)
    words = _bare_words(bare)
    return (*words, (":", LINK)) if colon else words


_remembered = lru_cache(maxsize=WORDS_REMEMBERED)(_words)


def _signs(chunk: str) -> tuple[Word, ...]:
    if chunk in ("=", ":"):
        return ((chunk, LINK),)
    sign = chunk.strip(_EDGE + ":")
    return ((sign, SIGN),) if sign and not _DASHES.issuperset(sign) else ()


def _bare_words(bare: str) -> tuple[Word, ...]:
    if bare in _CASED:
        return (_CASED[bare],)
    low = bare.casefold()
    if low in _LEXICON:
        return (_LEXICON[low],)
    if "'" in low:
        return _contraction(bare, low)
    if low.isalpha():
        return (_letters(bare, low),)
    if any(character.isalnum() for character in low):
        return _mixed(bare, low)
    return () if _DASHES.issuperset(low) and low not in (">", "+", "=") else ((low, SIGN),)


def _letters(bare: str, low: str) -> Word:
    if (len(bare) > 1 and bare.isupper()) or _CAMEL.search(bare):
        return (low, IDENTIFIER)
    return (stem(low), NAME if bare[0].isupper() else PLAIN)


def _contraction(bare: str, low: str) -> tuple[Word, ...]:
    if low.endswith("n't"):
        return (("not", NOT),)
    head, _, tail = bare.partition("'")
    if tail.casefold() in ("s", "re", "ll", "ve", "d", "m", "") and head:
        return _bare_words(head)
    return ((low, IDENTIFIER),)


def _mixed(bare: str, low: str) -> tuple[Word, ...]:
    if _PLAIN_NUMBER.match(low):
        return ((low.replace(",", ""), "decimal" if "." in low else NUMBER),)
    if _VERSION.match(low):
        return ((low.removeprefix("v"), "decimal"),)
    if _TIME.match(low):
        return ((low, "time"),)
    if _DATE.match(low):
        return ((low, "date"),)
    measure = _MEASURE.match(low)
    if measure and measure[2] not in ("st", "nd", "rd", "th"):
        return ((measure[1], "decimal" if "." in measure[1] else NUMBER), _LEXICON.get(measure[2], (measure[2], PLAIN)))
    parts = low.split("-")
    if len(parts) > 1 and all(part.isalpha() for part in parts) and not bare.isupper():
        return tuple(_LEXICON["non"] if part == "non" else (stem(part), PLAIN) for part in parts)
    return ((bare, IDENTIFIER),)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def read(text: str) -> Reading:
    """What a text claims, as words that can be compared."""
    content: list[str] = []
    kinds: list[str] = []
    links: list[str] = []
    guards: list[str] = []
    link = ""
    for chunk in text.split():
        for word, kind in words_of(chunk):
            if kind is STOP:
                continue
            if kind is LINK:
                link = word
                continue
            if kind is LIGHT and (not content or (len(content) == 1 and content[0] in _SPEAKERS)):
                content, kinds, links, guards, link = [], [], [], [], word
                continue
            if kind is NAME and not content and not link:
                kind = PLAIN
            if word == "longer" and content and content[-1] == "not":
                continue
            content.append(word)
            kinds.append(kind)
            links.append(link)
            if kind is PLAIN:
                link = word if word in _AMOUNT_VERBS else ""
            else:
                link = word if kind is QUALIFIER or kind is LIGHT else ""
                guards.append(word)
    if text.endswith("?") or "~~" in text:
        content.append("?" if text.endswith("?") else "~~")
        kinds.append(SIGN)
        links.append("")
        guards.append(content[-1])
    return Reading(tuple(content), tuple(kinds), tuple(links), tuple(guards))


@lru_cache(maxsize=TEXTS_REMEMBERED)
def stems(text: str) -> tuple[str, ...]:
    """The plain stems of a heading, a path or a topic, every word alike."""
    return tuple(
        word for chunk in re.split(r"[\s/_.\-]+", text) for word, kind in words_of(chunk) if kind not in (STOP, LINK)
    )
