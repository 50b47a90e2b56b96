"""What the sessions say and the store does not: recurring statements and standing wishes, with their support."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

from mockdreams.dreaming.claims import Voice
from mockdreams.dreaming.conflicts import Claim
from mockdreams.dreaming.edits import size
from mockdreams.dreaming.ignore import Topic
from mockdreams.dreaming.similar import NEAR_DUPLICATE
from mockdreams.dreaming.statements import subject_words
from mockdreams.dreaming.words import NOT, Reading

# In how many sessions something is said before it is worth keeping, if nobody asked to remember it.
RECURRING_SUPPORT = 2

TITLE = "# Insights from past sessions"
STEM = "/insights"


class Known:
    """What a store holds, to be asked whether it holds a statement."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._by_word: dict[str, list[Reading]] = defaultdict(list)
        for claim in claims:
            for word in dict.fromkeys(claim.reading.content):
                self._by_word[word].append(claim.reading)

    def holds(self, reading: Reading) -> bool:
        said = subject_words(reading)
        words, text = set(said.content), " ".join(sorted(said.content))
        if not words:
            return True
        rarest, *next_rarest = sorted(words, key=lambda word: (len(self._by_word.get(word, ())), word))[:2]
        met = [known for known in self._by_word.get(rarest, ()) if {*next_rarest}.issubset(known.content)]
        return any(self._says(known, words, text, reading) for known in met)

    def _says(self, known: Reading, words: set[str], text: str, reading: Reading) -> bool:
        if known.kinds.count(NOT) != reading.kinds.count(NOT):
            return False
        if words.issubset(known.content):
            return True
        if len(known.guards) != len(reading.guards) or sorted(known.guards) != sorted(reading.guards):
            return False
        return fuzz.ratio(text, " ".join(sorted(known.content)), score_cutoff=NEAR_DUPLICATE) > 0


def insights(voices: Iterable[Voice], known: Known, left_out: Sequence[Topic], sessions: int) -> Iterator[str]:
    """The lines worth adding to the store, most support first."""
    worth = [
        voice for voice in voices if _outlasts(voice) and not _left_out(voice, left_out) and not _held(voice, known)
    ]
    worth.sort(key=lambda voice: (-len(voice.sessions), voice.at, voice.wording().text))
    for voice in worth:
        yield f"{voice.wording().text} (in {len(voice.sessions)} of {sessions} session{'s' if sessions != 1 else ''})"


def _outlasts(voice: Voice) -> bool:
    return not voice.settled and (len(voice.sessions) >= RECURRING_SUPPORT or voice.standing)


def _left_out(voice: Voice, topics: Sequence[Topic]) -> bool:
    return any(topic.covers_statement(one.reading, one.at) for topic in topics for one in voice.statements)


def _held(voice: Voice, known: Known) -> bool:
    return any(known.holds(reading) for reading in {statement.reading for statement in voice.statements})


def files(lines: Sequence[str], contents: dict[str, str], most: int, new: int) -> Iterator[tuple[str, str, list[str]]]:
    """Where insights go: path, whole new content, and the lines that are new in it.

    A file holds `most` bytes, and `new` files may be added; what fits nowhere is left out.
    """
    empty = f"{TITLE}\n\n"
    waiting = [line for line in lines if size(empty) + size(_item(line)) <= most]
    for path in _paths(contents):
        if not waiting or (path not in contents and new <= 0):
            return
        new -= path not in contents
        content = contents.get(path, empty)
        if content and not content.endswith("\n"):
            content += "\n"
        room = most - size(content)
        taken = 0
        while taken < len(waiting) and (room := room - size(_item(waiting[taken]))) >= 0:
            taken += 1
        if taken:
            yield path, content + "".join(map(_item, waiting[:taken])), waiting[:taken]
            del waiting[:taken]


def _item(line: str) -> str:
    return f"- {line}\n"


def _paths(contents: dict[str, str]) -> Iterator[str]:
    """Our own files, and names that are free."""
    number = 1
    while True:
        path = f"{STEM}.md" if number == 1 else f"{STEM}-{number}.md"
        number += 1
        if path in contents:
            if contents[path].startswith(TITLE):
                yield path
        elif not any(taken.startswith(path + "/") for taken in contents):
            yield path
