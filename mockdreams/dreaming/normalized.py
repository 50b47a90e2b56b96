"""What a text says as a sequence of tokens, and the classes of words among these.

Tokens of classes are in capitals, as in `languages.toml`.
"""

from collections.abc import Iterable
from typing import Any

from mockdreams.dreaming.languages import CLASS

# After one of these a phrase may stand elsewhere in the sentence.
OPENERS = frozenset(
    "TO FROM IN ON AT BY WITH WITHOUT FOR ABOUT BEFORE AFTER UNTIL SINCE STARTING DURING BETWEEN ABOVE BELOW WITHIN"
    " THROUGH AMONG"
    " NEAR BEHIND BESIDE ALONG ACROSS AGAINST OUTSIDE OPPOSITE DESPITE"
    " TOWARD PURPOSE EXCEPT INSTEAD PER COND UNLESS WHILE BECAUSE ALTHOUGH EVERY".split()
)
PREPOSITIONS = OPENERS - {"COND", "UNLESS", "WHILE", "BECAUSE", "ALTHOUGH", "PURPOSE", "EVERY"} | {"OF"}
CLAUSE_OPENERS = PREPOSITIONS - {"OF"} | {"BUT", "NOW", "BECAUSE"}
MODALS = frozenset("MUST SHOULD CAN MAY COULD WOULD WILL".split())
DENIALS = frozenset(("NOT", "NOLONGER", "ANY MORE"))
MARKS_OF_DENIAL = frozenset(("NOT", "NOLONGER", "INSTEAD"))
"""With these a text says what is not so, beside what is."""

BE = frozenset(("is", "be", "is the", "is a", "is called"))
"""The forms of "be" that a word may have before it."""
OPEN, NAMED, COMMON, FRONTED = "open", "named", "common", "fronted"
"""How a text begins: with a name, as it seems; in German, with an article or "mein", or with a phrase; or otherwise."""
LIMITS = frozenset(("ATMOST", "ATLEAST"))

NOTHING_YET, NOBODY, NO_CASES = object(), frozenset[str](), frozenset[tuple[str, bool]]()


class NormalizedText:
    """The tokens of a text in order, the kind of each, and the form of "be", colon or first "a" before it.

    `renews` if a word such as "now" says that it was otherwise before; `persons` are who it speaks of as "I" or "we".
    It `begins` with a name, an article or otherwise. What it holds, its `stance`, where its `verb` is and whether it is
    in the `present` are remembered with it.
    """

    __slots__ = tuple("begins cases content kinds links persons present renews stance tokens verb".split())

    def __init__(
        self,
        tokens: tuple[str, ...],
        kinds: tuple[str, ...],
        links: tuple[str, ...],
        renews: bool = False,
        persons: frozenset[str] = NOBODY,
        cases: frozenset[tuple[str, bool]] = NO_CASES,
        begins: str = OPEN,
        content: tuple[str, ...] | None = None,
    ) -> None:
        self.tokens = tokens
        self.kinds = kinds
        self.links = links
        self.renews = renews
        self.persons = persons
        self.cases = cases
        self.begins = begins
        self.content = _content(tokens, kinds) if content is None else content
        """The tokens that are no class of words."""
        self.stance: Any = NOTHING_YET
        self.verb = -1
        self.present: bool | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """The bag of tokens."""
        return tuple(sorted(self.tokens))

    def renewed(self) -> "NormalizedText":
        """The same, said to be so from now on."""
        return NormalizedText(self.tokens, self.kinds, self.links, True, self.persons, self.cases, self.begins)

    def speaks_of(self, other: "NormalizedText") -> bool:
        """Whether neither "I", "we" and "you" nor who does what to whom tells the texts apart."""
        if self.cases and any((noun, not subject) in other.cases for noun, subject in self.cases):
            return False
        return not self.persons or not other.persons or self.persons == other.persons

    def without(self, start: int, end: int) -> "NormalizedText":
        """The tokens but for these; the form of "be" before them stays before what follows."""
        left = self.at([*range(start), *range(end, len(self.tokens))])
        if self.links[start] in BE and left.links[start:] and not left.links[start]:
            left.links = (*left.links[:start], self.links[start], *left.links[start + 1 :])
        return left

    def with_token(self, at: int, token: str) -> "NormalizedText":
        """The same, with the token of a class in one place."""
        tokens = (*self.tokens[:at], token, *self.tokens[at + 1 :])
        kinds = (*self.kinds[:at], CLASS, *self.kinds[at + 1 :])
        return NormalizedText(tokens, kinds, self.links, self.renews, self.persons, self.cases, self.begins)

    def at(self, places: Iterable[int]) -> "NormalizedText":
        """The tokens at these places, in this order."""
        chosen = tuple(places)
        tokens, kinds, links = (
            tuple([part[place] for place in chosen]) for part in (self.tokens, self.kinds, self.links)
        )
        return NormalizedText(tokens, kinds, links, self.renews, self.persons, self.cases, self.begins)


def _content(tokens: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([token for token, kind in zip(tokens, kinds, strict=True) if kind != CLASS])


NOTHING = NormalizedText((), (), ())
