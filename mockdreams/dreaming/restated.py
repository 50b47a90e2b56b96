"""A value told as new and its old one, of a thing that the store puts in other words: "adopting a dog is 210, not 180".

The verb may be another that says little, such as "comes", and words of one root are one. The old value has to be told,
and nothing else in the store may have a value of the kind for what is spoken of.
"""

import re
from collections.abc import Collection, Iterable

from mockdreams.dreaming.changes import ToldChange, value_in
from mockdreams.dreaming.facts import is_present
from mockdreams.dreaming.inflection import NO_UMLAUTS
from mockdreams.dreaming.languages import VALUE_KINDS
from mockdreams.dreaming.merging import Claim
from mockdreams.dreaming.normalize import tokens_of
from mockdreams.dreaming.normalized import NormalizedText
from mockdreams.dreaming.stances import kind_of, verb_of

# "Adopting", "adoption"; "Lieferung", "liefern".
_ROOT = re.compile(r"(.{4,}?)(?:ing|ion|ment|ung|er|en)?\Z")
_HAPPENING = tokens_of("happening")


def restated(claims: Collection[Claim], change: ToldChange) -> Claim | None:
    """The one claim with the old value of a change, or the new, for what the change is of."""
    new = change.becomes
    if len(change.old) != 1 or len(new.tokens) != 1 or new.kinds[0] not in VALUE_KINDS:
        return None
    words, kind = _spoken_of(change), kind_of(new.kinds[0], new.tokens[0])
    if not words:
        return None
    meant = [claim for claim in claims if kind in _kinds(claim.said) and _is_about(claim.said, words)]
    if len(meant) != 1 or meant[0].attribute or meant[0].scope:
        return None
    (claim,) = meant
    clear = is_present(claim.said) and claim.said.persons == change.subject.persons
    held = any(value_in(claim.said, value) is not None for value in (change.old, new.tokens))
    if _names_more(claim.said, words) and any(
        value_in(other.said, change.old) is not None for other in claims if other is not claim
    ):
        # "Practice" may be that of the choir, or what the band does at the same hour.
        return None
    return claim if clear and held else None


def _names_more(said: NormalizedText, words: Iterable[str]) -> bool:
    """Whether more words than those stand before the verb of a claim, or before its value."""
    valued = (at for at, kind in enumerate(said.kinds) if kind in VALUE_KINDS)
    head = said.tokens[: verb_of(said) or next(valued, 0)]
    named = {*map(_root, words)}
    return any(token in said.content and token not in _HAPPENING and _root(token) not in named for token in head)


def _kinds(said: NormalizedText) -> set[str]:
    return {kind_of(kind, token) for token, kind in zip(said.tokens, said.kinds, strict=True) if kind in VALUE_KINDS}


def _spoken_of(change: ToldChange) -> Collection[str]:
    """The words for what a change is of, without a verb that says no more than that it is so."""
    words = dict.fromkeys(change.subject.content)
    return [word for word in words if word not in _HAPPENING] or words


def _is_about(said: NormalizedText, words: Iterable[str]) -> bool:
    """Whether a claim has all words for what is spoken of, each or one of its family."""
    known = {*map(_root, said.content)}
    return all(_root(word) in known for word in words)


def _root(word: str) -> str:
    found = _ROOT.match(word.translate(NO_UMLAUTS))
    return found[1] if found else word
