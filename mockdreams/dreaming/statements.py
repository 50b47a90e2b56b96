"""What users said in past sessions, as far as it outlasts the session: statements, corrections, standing wishes.

Questions, small talk and what only makes sense in the moment ("fix this now") are left out. What an agent said is no
evidence for anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mockdreams.dreaming.markdown import sentences
from mockdreams.dreaming.plan import Transcript, Utterance
from mockdreams.dreaming.words import LIGHT, NOT, PLAIN, Reading, read, words_of

# Longer than this, in characters, is a text somebody pasted and not a statement.
STATEMENT_LENGTH = 400
# A statement has at least this many words of substance; the verb of a wish is one.
STATEMENT_WORDS = 2

_STANDING = re.compile(
    r"(?:^|[,;:] )(?:(?:please|also|and|but|oh|ok|okay|so|yes|no|you should|you must)[, ]+)*"
    r"(?:always(?! (?:a|happy|glad|nice|good|fun)\b)|never(?! (?:mind|seen|heard|had|got|been|tried|knew)\b)"
    r"|remember(?! (?:when|how|last)\b)|keep in mind)\b"
    r"|\b(?:from now on|going forward|for future reference|as a rule|from here on|next time|as of (?:now|today))\b"
    r"|^correction:",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\b(?:from (?:now|here) on|going forward|for future reference|as a rule|in future|next time|as of (?:now|today)"
    r"|starting (?:now|today)|(?:please )?(?:remember|keep in mind)(?: that)?)\b[,:]?"
    r"|^(?:yes|no|and|but|so|right|well)\b,?",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;] (?:and |but |so |because )?| - | because ")
_WISH = re.compile(
    r"\b(?:i|we)(?: strongly| really| still)* (?:prefer|dislike|hate|always|never)\b"
    r"|\bour (?:policy|convention|rule)\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\bwe(?:'ve| have)?(?: just| now| all| finally)* (?:moved|switched|changed|migrated|renamed|upgraded)\b.*\bto\b",
    re.IGNORECASE,
)
_SWITCH = re.compile(
    r"\b(?:actually|correction|switch|mov|migrat|chang|instead|rather|no longer|now on|now,? not)", re.IGNORECASE
)
_NEWS = re.compile(
    r"\b(?:actually|now|no longer|any ?more|moved|switched|changed|migrated|upgraded"
    r"|instead|correction|as of|starting|nowadays"
    r"|from now on|going forward|remember|since)\b",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"(?:thanks|thank you|ok|okay|great|perfect|hi|hello|hey|sure|yes|yep|nice|cool|good|sounds|looks|lgtm|got it|let's"
    r"|let us|can you|could you|would you|will you|what|why|how|when|where|who|i'll|i will|i'm|i am|i just|i think)\b"
    r"|.*\b(?:this|that|these|those|it|it's|here|today|tonight|tomorrow|yesterday|above|below|next)\b",
    re.IGNORECASE,
)
_MARKER = re.compile(r"\s*(?:[-*+>]|\d{1,3}[.)]|#{1,6})\s+")

_TERM = r"(?:[A-Z][\w.+#-]*(?: [A-Z][\w.+#-]*){1,2}|`?[\w@](?:[\w./+#-]*[\w+#])?`?)"
_SWAP_HINT = re.compile(r" (?:not|instead of|rather than|no longer|from) |[Rr]eplace")
_SWAPS = (
    re.compile(
        rf"(?P<verb>moved?|switch(?:ed)?|migrated?|changed?|went) .*?\bfrom (?P<old>{_TERM}) to (?P<new>{_TERM})"
    ),
    re.compile(
        rf"(?P<new>{_TERM})(?: now| from now on| these days)?,? (?:and )?"
        rf"(?:not|instead of|rather than|no longer) (?P<old>{_TERM})"
    ),
    re.compile(
        rf"no longer (?:use |using |on |with )?(?P<old>{_TERM})[,;.]? "
        rf"(?:but|it's|it is|we use|we're on|now|we now use) (?P<new>{_TERM})"
    ),
    re.compile(rf"[Rr]eplaced? (?P<old>{_TERM}) (?:with|by) (?P<new>{_TERM})"),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a user, and what kind of evidence it is.

    `news` may replace an older memory; `standing` is worth learning although said once; `swap` names an old value
    and the new one; `talk` holds the words of what was said just before.
    """

    text: str
    reading: Reading
    session: int
    at: datetime
    news: bool
    standing: bool
    swap: tuple[str, str] | None
    talk: frozenset[str]
    clauses: tuple[Reading, ...]


def statements_of(transcript: Transcript, session: int) -> Iterator[Statement]:
    """Every statement of the users in a session, in order."""
    before: Utterance | None = None
    for utterance in transcript.utterances:
        if utterance.speaker == "user":
            for sentence in _sentences(utterance.text):
                statement = _statement(sentence, session, utterance.at, before)
                if statement is not None:
                    yield statement
        before = utterance


def _sentences(text: str) -> Iterator[str]:
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced:
            for sentence in sentences(_MARKER.sub("", line, count=1)):
                yield " ".join(sentence.split())


def _statement(text: str, session: int, at: datetime, before: Utterance | None) -> Statement | None:
    if not text or len(text) > STATEMENT_LENGTH or text.endswith("?"):
        return None
    swap = swap_of(text)
    standing = _STANDING.search(text) is not None
    said = _LEAD.sub("", text)
    if not swap and not standing and _PASSING.match(said.lstrip()):
        return None
    reading = read(said)
    wish = _WISH.search(text) is not None
    if len(reading.content) + wish < STATEMENT_WORDS:
        return None
    standing = standing or wish or bool((swap and _SWITCH.search(text)) or _CHANGE.search(text))
    talk = frozenset(read(before.text).content) if swap and before else frozenset()
    return Statement(text, reading, session, at, bool(swap or _NEWS.search(text)), standing, swap, talk, _clauses(text))


def _clauses(text: str) -> tuple[Reading, ...]:
    parts = _CLAUSE.split(text)
    return tuple(read(part) for part in parts) if len(parts) > 1 else ()


def swap_of(text: str) -> tuple[str, str] | None:
    """The old value and the new one, when a sentence names both."""
    if not _SWAP_HINT.search(text):
        return None
    for pattern in _SWAPS:
        for found in pattern.finditer(text):
            old, new = _term(found["old"]), _term(found["new"])
            if old and new and old.casefold() != new.casefold() and old not in _NO_VALUES:
                return old, new
    return None


def _term(text: str) -> str:
    """A term without the small words a greedy pattern took along; nothing, if nothing else is left."""
    words = text.strip("`").split()
    while words and all(kind in ("stop", "link", LIGHT, NOT) for _, kind in words_of(words[0])):
        words.pop(0)
    return " ".join(words)


def subject_words(reading: Reading) -> Reading:
    """A reading without the words that only say that something changed."""
    if _CHANGE_WORDS.isdisjoint(reading.content):
        return reading
    kept = [
        place
        for place, word in enumerate(reading.content)
        if word not in _CHANGE_WORDS or reading.kinds[place] != PLAIN
    ]
    return Reading(
        tuple(reading.content[place] for place in kept),
        tuple(reading.kinds[place] for place in kept),
        tuple(reading.links[place] for place in kept),
        reading.guards,
    )


_NO_VALUES = frozenset("sure only yet bad really possible necessary needed all just so".split())
_CHANGE_WORDS = frozenset(
    "moved move switched switch changed chang migrated migrat upgraded upgrad"
    " remember correction starting start set new today instead"
    " rescheduled future forward reference".split()
)
