"""Notes: what an agent is told to remember, where it writes that down, and how it finds it again.

It is as careless as agents are. It never looks whether something is known already or contradicts what is known; each
session has a habit of its own: one file for each note, or a file for each day, and a wording of its own. Over many
sessions that makes a store messy.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

from mockdreams.default_agent.agent_context import AgentContext, Mount
from mockdreams.patterns import lazy_pattern

_TOLD = lazy_pattern(
    r"\b(?:(?:please )?(?:remember|keep in mind|don't forget|note)(?: that)?|from now on|for future reference)\b[,:]? +"
    r"(?P<fact>\S.*)",
    re.IGNORECASE,
)
_SUBJECT = lazy_pattern(r"(?:we|i|our|my|the|all|every|each|no|nobody|everybody|[A-Z][\w-]+)\b", re.IGNORECASE)
_STATES = lazy_pattern(
    r"\b(?:is|are|has|have|must|prefers?|likes?|uses?|needs?|always|never|happens?|runs?|lives?|works?|moved|switched"
    r"|replaced|ist|sind|hat|haben|muss|müssen|bevorzuge)\s+\S",
    re.IGNORECASE,
)
"""What states a fact or a preference: who, and after that what of them."""
_OPENER = lazy_pattern(
    r"(?:thanks|thank|ok|okay|great|hi|hello|hey|sure|yes|no,|let's|please|can|could|would|will|i'll|i will|i'm|i am"
    r"|i think|what|why|how|when|where|who|danke|hallo|bitte)\b",
    re.IGNORECASE,
)
_DEICTIC = lazy_pattern(r"\b(?:this|that|these|those|it|it's|here|today|tomorrow|yesterday)\b", re.IGNORECASE)
"""What makes sense in the moment only."""
_SENTENCE_END = lazy_pattern(r"[.!?\n](?:(?<=\n)\n*|(?<!\n)\s+)")
"""It begins with one set of characters, so that what has none of them is passed over quickly."""
_WORD = lazy_pattern(r"[^\W_]+(?:['.:-][^\W_]+)*")
_QUESTION = lazy_pattern(
    r"(?:what|when|where|who|which|how|why|is|are|do|does|did|can|could|should|tell me)\b", re.IGNORECASE
)
_PLAIN = frozenset(
    """
    a about an and any are as at be but by can could did do does for from had has have how i if in is it its know like
    me my of on or our please should so tell than that the their them then there these they this to us was we were what
    when where which who why will with would you your use remember note
    """.split()
)
LIGHT_STARTS = ("We ", "The ", "Our ", "It ", "All ", "Every ", "There ", "No ", "This ", "Use ", "They ", "Each ")
"""How a sentence begins that may as well begin with a small letter."""
SLUG_WORDS = 5
FACT_LENGTH = 1000
STATED_LENGTH = 300
"""A longer sentence states nothing that is noted unasked."""


class Line(NamedTuple):
    """A line of a file that a question may be about."""

    path: str
    text: str


def facts(messages: tuple[str, ...]) -> list[str]:
    """What the messages ask to remember, and the facts and preferences that they state, as sentences."""
    found = (_fact(sentence) for message in messages for sentence in _sentences(message))
    return [_sentence(fact) for fact in found if fact]


def _fact(sentence: str) -> str:
    told = _TOLD.search(sentence)
    if told:
        return told["fact"]
    if len(sentence) > STATED_LENGTH or sentence.endswith(("?", ":")):
        return ""
    subject = _SUBJECT.match(sentence)
    stated = subject is not None and _STATES.search(sentence, subject.end())
    passing = _OPENER.match(sentence) or _DEICTIC.search(sentence)
    return sentence if stated and not passing else ""


def questions(messages: tuple[str, ...]) -> list[str]:
    """What the messages ask."""
    return [
        sentence
        for message in messages
        for sentence in _sentences(message)
        if sentence.endswith("?") or (_QUESTION.match(sentence) and not _TOLD.search(sentence))
    ]


def keywords(text: str) -> tuple[str, ...]:
    """The words of a text that it can be found by."""
    words = dict.fromkeys(match.group().lower() for match in _WORD.finditer(text))
    return tuple(word for word in words if word not in _PLAIN and (len(word) > 2 or word.isdigit()))


def planned_writes(context: AgentContext, mount: Mount) -> dict[str, str]:
    """The files that the agent writes below `mount` to remember what it is told, with all that is then in them."""
    written: dict[str, str] = {}
    for fact in facts(context.messages):
        files = {**mount.files, **written}
        keeps_a_daily_file = _digest(context.session_id) % 2
        wording = _wording(fact, _digest(context.session_id + fact))
        if keeps_a_daily_file:
            path = f"/daily/{context.now:%Y-%m-%d}.md"
            written[path] = files.get(path, f"# {context.now:%Y-%m-%d}\n\n") + f"- {wording}\n"
        else:
            written[_free(f"/notes/{_slug(fact)}", files)] = f"{wording}\n"
    return written


def files_to_append(context: AgentContext, mount: Mount) -> list[str]:
    """The files that the agent is going to append to."""
    return [path for path in planned_writes(context, mount) if path in mount.files]


def best_line(question: str, mounts: tuple[Mount, ...]) -> Line | None:
    """The line that has most of the question's words; of several the one in the last file."""
    wanted = {_stem(word) for word in keywords(question)}
    best, most = None, 0
    for line in _lines(mounts, wanted):
        found = len(wanted.intersection(_stem(word) for word in keywords(line.text)))
        if found and found >= most:
            best, most = line, found
    return best if most * 2 >= len(wanted) else None


def _lines(mounts: tuple[Mount, ...], wanted: set[str]) -> Iterator[Line]:
    """The lines of the files that have one of the wanted words at all."""
    for mount in mounts:
        for path, content in sorted(mount.files.items()):
            if any(word in content.lower() for word in wanted):
                lines = (line.strip() for line in content.splitlines() if not line.startswith("#"))
                yield from (Line(mount.path + path, line.removeprefix("- ")) for line in lines if line)


def _sentences(message: str) -> list[str]:
    ends = [end.end() for end in _SENTENCE_END.finditer(message)]
    parts = (message[start:end].strip() for start, end in pairwise([0, *ends, len(message)]))
    return [part for part in parts if part]


def _sentence(fact: str) -> str:
    fact = fact.strip().rstrip(".!")[:FACT_LENGTH]
    return f"{fact[:1].upper()}{fact[1:]}."


def _wording(fact: str, variant: int) -> str:
    """The fact in one of a few wordings that say the same."""
    inner = fact[0].lower() + fact[1:] if fact.startswith(LIGHT_STARTS) else fact
    return (fact, fact, fact.rstrip("."), f"Currently, {inner}")[variant % 4]


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            return word.removesuffix(ending)
    return word


def _slug(fact: str) -> str:
    words = [re.sub(r"[^a-z0-9]+", "-", word).strip("-") for word in keywords(fact)]
    return "-".join([word for word in words if word][:SLUG_WORDS])[:100] or "note"


def _free(stem: str, files: Mapping[str, str]) -> str:
    path, number = f"{stem}.md", 1
    while path in files:
        number += 1
        path = f"{stem}-{number}.md"
    return path


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big")
