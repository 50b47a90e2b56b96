"""Which texts say the same in nearly the same words, without comparing each with each."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Levenshtein

from mockdreams.dreaming.release import release
from mockdreams.dreaming.words import PLAIN, Reading

# How alike two facts must be, of 100, to be looked at as one.
NEAR_DUPLICATE = 85
# How alike two users' statements must be, of 100, to count as the same statement. Looser: counting loses nothing.
RECURRING = 75
# How long a word must be to have another spelling.
SPELLING_LENGTH = 5
# How many words more one of two duplicates may have, at its end.
LONGER_TAIL = 2
# A block takes no more texts than this, so that the comparisons stay in proportion to the texts.
BLOCK_SIZE = 64
# Facts meet if so many of their first words start with the same two letters, as those of duplicates do.
FIRST_WORDS = 3
# Facts of more words than this are duplicates only if all words agree.
LONGEST_COMPARED = 100
# Statements meet if they share one of so many of their rarest words, not counting those that nobody else uses.
RAREST_WORDS = 2

_DOUBLED = re.compile(r"(.)\1")
_ISE = re.compile(r"is(?=[aei])")

Block = tuple[str, ...]


@dataclass(slots=True)
class Likenesses:
    """Texts that are alike among those given. `compared` counts the comparisons made."""

    texts: Sequence[str]
    blocks: Iterable[Iterable[Block]]
    scorer: Callable[..., float]
    cutoff: float
    compared: int = 0

    def __iter__(self) -> Iterator[tuple[int, list[int]]]:
        """For each position, in order, the earlier positions it is like."""
        filled: dict[Block, list[int]] = {}
        for position, blocks in enumerate(self.blocks):
            met: set[int] = set()
            for block in blocks:
                inside = filled.setdefault(block, [])
                met.update(inside)
                if len(inside) < BLOCK_SIZE:
                    inside.append(position)
            yield position, [other for other in sorted(met) if self._alike(position, other)]
        release(filled)

    def _alike(self, position: int, other: int) -> bool:
        self.compared += 1
        return self.scorer(self.texts[position], self.texts[other], score_cutoff=self.cutoff) > 0


def near_duplicates(readings: Sequence[Reading]) -> Likenesses:
    """Facts that may be duplicates; `same_claim` has the last word."""
    texts = [" ".join(reading.content) for reading in readings]
    return Likenesses(texts, map(_opening, readings), fuzz.ratio, NEAR_DUPLICATE)


def recurrences(readings: Sequence[Reading]) -> Likenesses:
    """Statements that may count as the same one, their words in any order; `same_wish` has the last word."""
    texts = [" ".join(sorted(reading.content)) for reading in readings]
    frequency = Counter(word for reading in readings for word in set(reading.content))
    return Likenesses(texts, (_rarest(reading, frequency) for reading in readings), fuzz.ratio, RECURRING)


def _opening(reading: Reading) -> list[Block]:
    if not 0 < len(reading.content) <= LONGEST_COMPARED:
        return []
    return [(*reading.guards, "", *[word[:2] for word in reading.content[:FIRST_WORDS]])]


def _rarest(reading: Reading, frequency: Counter[str]) -> list[Block]:
    words = sorted({(frequency[word], word) for word in reading.content if frequency[word] > 1})
    return [(word, *reading.guards) for _, word in words[:RAREST_WORDS]]


def same_claim(one: Reading, other: Reading) -> bool:
    """Whether two alike readings with the same guards differ in spelling or in a longer end, and in nothing else."""
    for change in Levenshtein.opcodes(one.content, other.content):
        ours = one.content[change.src_start : change.src_end]
        theirs = other.content[change.dest_start : change.dest_end]
        if change.tag == "replace" and not all(map(same_word, ours, theirs)):
            return False
        if change.tag in ("insert", "delete") and not _tail(one, other, ours or theirs):
            return False
    return True


def same_wish(one: Reading, other: Reading) -> bool:
    """Whether one of two alike statements says all that the other says."""
    ours, theirs = set(one.content) - set(other.content), set(other.content) - set(one.content)
    return not ours or not theirs or all(any(same_word(word, their) for their in theirs) for word in ours)


def same_word(one: str, other: str) -> bool:
    """Whether two words are spellings of one, or one a slip of the pen: a letter doubled, two letters swapped."""
    if min(len(one), len(other)) < SPELLING_LENGTH or not (one + other).isascii():
        return False
    one, other = _spelled(one), _spelled(other)
    return one == other or (OSA.distance(one, other) == 1 and Levenshtein.distance(one, other) == 2)


def _spelled(word: str) -> str:
    return _DOUBLED.sub(r"\1", _ISE.sub("iz", word.replace("our", "or").replace("ter", "tr").replace("yse", "yze")))


def _tail(one: Reading, other: Reading, more: tuple[str, ...]) -> bool:
    longer = max(one, other, key=lambda reading: len(reading.content))
    size = len(more)
    return (
        size <= LONGER_TAIL
        and abs(len(one.content) - len(other.content)) == size
        and longer.content[-size:] == more
        and all(kind is PLAIN for kind in longer.kinds[-size:])
    )
