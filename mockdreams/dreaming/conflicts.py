"""Claims about the same subject that cannot both hold.

They are looked up by what they hold (`stances`). A subject with more than two values is a form that is filled in, not a
change.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain

from mockdreams.dreaming.facts import CHANGE_WORDS
from mockdreams.dreaming.insights import TITLE
from mockdreams.dreaming.languages import words_of
from mockdreams.dreaming.merging import Claim, of_two_owners
from mockdreams.dreaming.normalize import tokens_of
from mockdreams.dreaming.normalized import BE, NormalizedText
from mockdreams.dreaming.parsing import Fact
from mockdreams.dreaming.stances import (
    PLACE,
    TELLING,
    TOLD,
    TOLD_BY,
    VALUED,
    WHOLE,
    begins_later,
    keys_of,
    of_today,
    says_whole,
    stance_of,
    stances,
    told_by_verb,
    told_parts,
    value_last,
    verb_of,
)
from mockdreams.freeing import release

# Of these the newer has to say that it is new.
_TOLD_ONLY = frozenset((PLACE, TOLD))
_ENDS = r"(?=[.,;:!]*(?:\s|\Z))"
_ADDS = re.compile(
    rf"(?<!\S)(?:(?:{'|'.join(sorted(words_of('adding') - {'too'}))}){_ENDS}|too[.!]*\s*\Z)", re.IGNORECASE
)
_IS_AS_BEFORE = re.compile(
    rf"(?<!\A)(?<!\S)(?<!\bnur )(?<!\bonly )(?:{'|'.join(sorted(words_of('as_before')))}){_ENDS}", re.IGNORECASE
)
_MAY_ADD = re.compile("|".join(sorted(words_of("adding") | words_of("as_before"))))
_TOLD_CHANGED = CHANGE_WORDS | {"NOLONGER", "INSTEAD", "HABIT"}
_PUT_AWAY = tokens_of("away")
Key = tuple[str, ...]
Valued = tuple[tuple[str, ...], Claim]
"""A value, and a claim that holds it."""


class ConflictIndex:
    """Claims by their patterns, to see which of them contradict each other.

    What value a claim holds is found out when another begins with the same words, or somebody asks for such. What
    claims say as a whole is looked at only where somebody denies it, or asks.
    """

    def __init__(self, forms: frozenset[tuple[str, ...]]) -> None:
        self._forms = forms
        self._first_with: dict[Key, Claim] = {}
        self._first_saying: dict[Key, Claim] = {}
        self._others_saying: dict[Key, list[Claim]] = defaultdict(list)
        self._by_pattern: dict[Key, list[Valued]] = defaultdict(list)
        self._denied: dict[Key, list[Valued]] = defaultdict(list)
        self._looked_at: set[Claim] = set()

    def add(self, claim: Claim) -> None:
        wordings, attribute = claim.wordings, claim.attribute
        for start in _starts(wordings, attribute=attribute):
            first = self._first_with.setdefault(start, claim)
            if first is not claim:
                self._look_at(first)
                self._look_at(claim)
        for said in wordings:
            if self._first_saying.setdefault(said.tokens, claim) is not claim:
                self._others_saying[said.tokens].append(claim)
            for key, value in () if attribute or TELLING.isdisjoint(said.tokens) else told_parts(said):
                (self._denied if key[0] == WHOLE else self._by_pattern)[key].append((value, claim))

    def _look_at(self, claim: Claim) -> None:
        if claim in self._looked_at:
            return
        self._looked_at.add(claim)
        attribute = claim.attribute
        for said in claim.wordings:
            stance = stance_of(said, attribute=attribute)
            if stance is not None and not (attribute and stance.pattern.head in self._forms):
                for key in keys_of(said, stance, attribute=attribute):
                    self._by_pattern[key].append((stance.value, claim))

    def beside(self, said: NormalizedText) -> Iterator[tuple[Key, Key, Sequence[Valued]]]:
        """Every pattern under which a statement can be contradicted, what it holds, and what claims hold."""
        starts = _starts((said,), attribute=False) if said.tokens else ()
        valued = any(start in self._first_with for start in starts)
        for key, mine in stances(said, valued=valued):
            yield key, mine, self.under(key)

    def under(self, key: Key) -> Sequence[Valued]:
        """What claims hold under a pattern."""
        if key[0] == WHOLE:
            said = [claim for claim in self.saying(key[1:]) if not claim.attribute]
            return [*(((), claim) for claim in said if says_whole(claim.said)), *self._denied.get(key, ())]
        for start in (key[2:3], key[2:4]) if key[0] in ("value", TOLD) else ():
            if (first := self._first_with.get(start)) is not None:
                self._look_at(first)
        return self._by_pattern.get(key, ())

    def saying(self, tokens: Key) -> Sequence[Claim]:
        """The claims that say just this."""
        first = self._first_saying.get(tokens)
        return () if first is None else (first, *self._others_saying.get(tokens, ()))

    def forget(self) -> None:
        release(self._by_pattern, self._denied, self._looked_at)
        release(self._first_with, self._first_saying, self._others_saying)

    def contradictions(self, live: Container[Claim]) -> Iterator[tuple[Claim, Claim]]:
        """The newer and the older claim of every subject that has two values, among those that hold."""
        denied = [(key, self.under(key)) for key in self._denied]
        several = ((key, known) for key, known in self._by_pattern.items() if known[1:])
        for key, known in chain(several, denied):
            for group in _by_scope([stance for stance in known if stance[1] in live]):
                if len({value for value, _ in group}) == 2:
                    pairs = _newer_and_older(group)
                    yield from (pair for pair in pairs if not _TOLD_ONLY & {*key[:2]} or of_today(pair[0].said).renews)


def _starts(wordings: Iterable[NormalizedText], *, attribute: bool) -> list[Key]:
    """The first words of a claim: two that hold something of one subject have one of these in common."""
    starts = list[Key]()
    for said in wordings:
        today = said if attribute else value_last(of_today(said))
        for each in (said,) if today is said else (said, today):
            tokens = each.tokens
            starts.append(tokens[:2])
            if len(tokens) > 1 and (attribute or each.links[1] in BE or each.kinds[1] in VALUED):
                starts.append(tokens[:1])
            if len(tokens) > 3 and (tokens[0] in TOLD_BY or tokens[2] in TOLD_BY):
                starts.append(told_by_verb(tokens[: verb_of(each)] or tokens)[:2])
    return starts


def _by_scope(stances: list[Valued]) -> Iterable[list[Valued]]:
    groups: dict[str, list[Valued]] = defaultdict(list)
    for value, claim in stances:
        groups[claim.scope].append((value, claim))
    if len(groups) == 2 and "" in groups:
        passing, (others, *_) = groups[""], [group for scope, group in groups.items() if scope]
        if all(claim.may_mean(other) for _, claim in passing for _, other in others):
            return [[*passing, *others]]
    return groups.values()


def _newer_and_older(group: list[Valued]) -> Iterator[tuple[Claim, Claim]]:
    newest_at = max(claim.at for _, claim in group)
    latest = {value for value, claim in group if claim.at == newest_at}
    if len(latest) != 1:
        return
    newest = next(claim for value, claim in group if claim.at == newest_at)
    for value, claim in group:
        if value not in latest and may_overrule(newest, claim):
            yield newest, claim


def may_overrule(newer: Claim, older: Claim, subject: tuple[str, ...] = ()) -> bool:
    """Whether no memory is asked to contradict itself, or one record of a series another, or what is put away rules.

    What tells a change of a `subject` that the older begins with is about that, whoever the page is about.
    """
    begins = bool(subject) and older.said.tokens[: len(subject)] == subject
    named = begins and len(subject) > 1
    put_away = newer.facts and all(map(_is_put_away, newer.facts))
    later = begins_later(newer.said, newer.at) or begins_later(older.said, newer.at)
    if (
        put_away
        or later
        or adds(newer.text, as_before=True)
        or adds(older.text)
        or not (begins or newer.said.speaks_of(older.said))
    ):
        return False
    if _is_told(newer) and all(fact.memory.is_dated for fact in older.facts):
        return False
    pairs = [(one, two) for one in newer.facts or newer.stale for two in older.facts]
    if any(one.memory is two.memory or one.memory.is_record_like(two.memory) for one, two in pairs):
        return False
    told = of_today(newer.said).renews or not _TOLD_CHANGED.isdisjoint(newer.said.tokens)
    if not told and any(one.memory.is_of_period_like(two.memory) for one, two in pairs):
        return False
    if any(one.attribute and one.numbered and two.numbered for one, two in pairs):
        return False
    return named or not any(of_two_owners(one, two) for one, two in pairs)


def _is_told(claim: Claim) -> bool:
    """Whether a claim is what users said."""
    return all(fact.memory.content.startswith(TITLE) for fact in claim.facts)


def _is_put_away(fact: Fact) -> bool:
    return not _PUT_AWAY.isdisjoint(chain(*fact.memory.folders))


def adds(text: str, *, as_before: bool = False) -> bool:
    """Whether a statement says that it is true besides another: "the bug is in the lexer too".

    With `as_before` also whether it says that it still is; "nur noch" and "still, ..." say nothing of the kind.
    """
    if not _MAY_ADD.search(text.lower()):
        return False
    return bool(_ADDS.search(text) or (as_before and _IS_AS_BEFORE.search(text)))
