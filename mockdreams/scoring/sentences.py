"""The sentences of a store, and which of them says what another one says.

They are compared by their content words and their *hard* tokens: numbers, identifiers, links, negations.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mockdreams.dreaming.languages import CLASS, WORD, language_of
from mockdreams.dreaming.markdown import blocks
from mockdreams.dreaming.normalize import keywords, normalize
from mockdreams.dreaming.normalized import NormalizedText

# The share of a sentence's content that another must have to be it in other words, and to say the same for certain.
REWORDED, SAID = 0.6, 0.9

Store = Mapping[str, str]
Judge = Callable[[str, str], bool]
"""Whether the second of two sentences says what the first one does."""


@dataclass(frozen=True, slots=True)
class Sentence:
    path: str
    text: str
    said: NormalizedText
    hard: frozenset[str]
    words: frozenset[str]
    owner: frozenset[str]
    """The words of the headings that it stands under, or of its file."""

    @property
    def all_words(self) -> frozenset[str]:
        return self.words | self.hard | self.owner


def sentences_of(store: Store) -> list[Sentence]:
    found = []
    for path, content in store.items():
        language = language_of(content)
        headings: list[tuple[int, frozenset[str]]] = []
        file = frozenset(keywords(path.rpartition("/")[2].removesuffix(".md")))
        for block in blocks(content):
            if block.kind == "heading":
                headings = [one for one in headings if one[0] < block.level]
                headings.append((block.level, frozenset(keywords(block.text))))
            if block.kind in ("gap", "heading"):
                continue
            owner = frozenset[str]().union(*(words for _, words in headings)) or file
            said = normalize(block.text, language)
            marked = zip(said.tokens, said.kinds, strict=True)
            hard = frozenset(token for token, kind in marked if kind not in (WORD, CLASS, "name")) | {
                token for token in said.tokens if token in ("NOT", "NOLONGER")
            }
            found.append(Sentence(path, block.text, said, hard, frozenset(said.content), owner))
    return found


def hard_tokens(content: str) -> list[str]:
    """The numbers, links and code spans of a text, as they are written."""
    chunks = (chunk.strip(".,;:!?()[]*_\"'") for chunk in content.split())
    return [chunk for chunk in chunks if "://" in chunk or "`" in chunk or any(map(str.isdigit, chunk))]


class Index:
    """The sentences of a store, by their words."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self._by_word: dict[str, list[Sentence]] = defaultdict(list)
        for sentence in sentences:
            for word in sentence.words:
                self._by_word[word].append(sentence)

    def most_like(self, sentence: Sentence) -> tuple[float, Sentence | None]:
        """The sentence with all hard tokens and most words of another one, and the share of words it has."""
        rare = sorted(sentence.words, key=lambda word: (len(self._by_word.get(word, ())), word))
        best: tuple[float, Sentence | None] = (0.0, None)
        for word in rare[: max(1, len(rare) // 2 + 1)]:
            for other in self._by_word.get(word, ())[:200]:
                if sentence.hard <= other.hard:
                    share = len(sentence.words & other.words) / len(sentence.words)
                    if share > best[0]:
                        best = share, other
        return best


def verdict(text: str, share: float, other: Sentence | None, judge: Judge | None) -> str:
    """Whether a sentence is said by the one most like it: said, gone, or unsure."""
    if other is None or share < REWORDED:
        return "gone"
    if share >= SAID:
        return "said"
    if judge is None:
        return "unsure"
    return "said" if judge(text, other.text) else "gone"
