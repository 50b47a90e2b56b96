"""Facts that say the same, gathered into claims.

Two facts say the same if their bags of tokens are equal and their order agrees, up to one phrase that stands elsewhere,
or if a third says the same as both. There is no threshold: whatever differs in a token is another claim. Of a claim no
two facts stay that may not be one, such as those of two records: each of them is a claim of its own, so that it does
not depend on what else is merged, or on the order, whether a fact is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, product

from rapidfuzz.distance import OSA

from mockdreams.dreaming.facts import DEFINITE, happened, is_present
from mockdreams.dreaming.languages import (
    CHOICE,
    CLASS,
    CODE,
    DATE,
    NAME,
    NOUN,
    NUMBER,
    TIME,
    UNITS_OF_TIME,
    WEEKDAY,
    WORD,
    words_of,
)
from mockdreams.dreaming.normalize import tokens_of
from mockdreams.dreaming.normalized import BE, OPENERS, NormalizedText
from mockdreams.dreaming.parsing import FORM_ELEMENTS, Fact, ParsedMemory
from mockdreams.dreaming.stances import stance_of, verb_of
from mockdreams.freeing import AT_A_STROKE, release

# Facts with more tokens than this have to agree in their order.
LONGEST_REORDERED = 40
# What a sentence is about is named in so many tokens.
SUBJECT_TOKENS = 4
# Of the claims with one bag of words no more are compared, so that many orders of the same words cost little.
ORDERS_COMPARED = 16
# "All are not" says something else than "not all are".
QUANTIFIERS = frozenset("EVERY ANY ONLY".split())
_BEFORE_OPENERS = UNITS_OF_TIME | {"ONLY"}
# What is said of all of a kind has so many words of content; fewer may be about what the page is about.
GENERAL_WORDS = 5
_AMOUNT_VERBS = tokens_of("amounts")
_OF_ALL = tokens_of("everybody") | {"EVERY"}
_POINTING_BACK = re.compile(rf"\b(?:{'|'.join(sorted(words_of('pointing_back')))})\b", re.IGNORECASE)
# A word with fewer letters has no slips of the pen.
SLIP_LENGTH = 5


@dataclass(slots=True, eq=False)
class Claim:
    """Facts that say the same. `stale` are facts it took the place of, `why` the evidence for that."""

    facts: list[Fact]
    text: str
    said: NormalizedText
    scope: str
    at: datetime
    stale: tuple[Fact, ...] = ()
    why: str = ""
    reworded: dict[tuple[str, ...], NormalizedText] | None = None
    """What its facts say in other words, or in the same ones in another order."""

    @property
    def attribute(self) -> bool:
        """Whether it is a key and its value, as all of its facts are."""
        return (self.facts or self.stale)[0].attribute

    def may_mean(self, other: "Claim") -> bool:
        """Whether this was noted in passing, or without a title, and may be about what has one."""
        return all(any(one.may_mean(two) for two in other.facts) for one in self.facts)

    def says(self, fact: Fact) -> bool:
        """Whether a fact with the same bag of tokens says the same as one of this claim."""
        if not self.said.speaks_of(fact.said):
            return False
        return any(same_order(said, fact.said, fact.language) for said in self.wordings)

    @property
    def wordings(self) -> Sequence[NormalizedText]:
        """What it says, in all orders and words in which that is written."""
        return (self.said, *self.reworded.values()) if self.reworded else (self.said,)

    def join(self, facts: list[Fact]) -> None:
        for fact in facts:
            self.facts.append(fact)
            self.at = max(self.at, fact.at)
            if fact.said.tokens != self.said.tokens:
                self.reworded = self.reworded or {}
                self.reworded.setdefault(fact.said.tokens, fact.said)


def copies(memories: Iterable[ParsedMemory]) -> Iterator[tuple[ParsedMemory, ParsedMemory]]:
    """Memories that say the same from the first to the last word, title included: the one that stays, and its copy."""
    same: dict[str, list[ParsedMemory]] = defaultdict(list)
    for memory in memories:
        if memory.title and any(block.kind not in ("heading", "gap") for block in memory.blocks):
            same[" ".join(memory.content.split())].append(memory)
    for copied in same.values():
        if len(copied) > 1:
            first = min(copied, key=lambda memory: (memory.unsorted, memory.written_at, memory.path))
            yield from ((first, memory) for memory in copied if memory is not first and _is_copy(first, memory))


def _is_copy(one: ParsedMemory, other: ParsedMemory) -> bool:
    """Whether two equal memories are one: they have the same name, or one was put where copies are put."""
    if one.is_beside(other):
        return False
    return one.folders[-1] == other.folders[-1] or other.unsorted


_Spellings = dict[frozenset[str], list[str]]
"""Words by the letters that they have in common with a slip: a letter doubled or not, two letters swapped."""


class Claims:
    """The claims of a store, by their bags of tokens."""

    def __init__(self) -> None:
        self._by_bag: dict[tuple[str, ...], list[Claim]] = {}
        self._attributes: list[Claim] = []
        self._loose: list[Fact] = []
        """Keys with their values, and fragments, that say what a statement says if one has the same words."""

    def add(self, fact: Fact) -> bool:
        """Take in a fact that may be compared with others; False if it may not."""
        if fact.scope_as_statement is not None:
            self._loose.append(fact)
        elif fact.attribute:
            self._attributes.append(_claim_of(fact))
        elif fact.free:
            self._add(fact)
        return fact.free or fact.attribute

    def _add(self, fact: Fact) -> None:
        key = fact.said.key
        claims = self._by_bag.get(key)
        if claims is None:
            self._by_bag[key] = [_claim_of(fact)]
            return
        alike = [claim for claim in claims[:ORDERS_COMPARED] if claim.scope == fact.scope and claim.says(fact)]
        if not alike:
            claims.append(_claim_of(fact))
            return
        same, *others = alike
        same.join([fact])
        for claim in others:
            same.join(claim.facts)
            claims.remove(claim)

    def settle(self) -> Iterator[None]:
        """Join what was noted in passing to the one place that it can mean, and slips of the pen to the right word."""
        self._attributes += [_claim_of(fact) for fact in self._loose if not self._states(fact) and fact.attribute]
        self._correct_slips()
        self._reword()
        for claims in self._by_bag.values():
            if len(claims) > 1:
                _place(claims)
                yield
            if len(claims) > 1 or (claims and len(claims[0].facts) > 1):
                claims[:] = [part for claim in claims for part in _parts(claim)]

    def __iter__(self) -> Iterator[Claim]:
        return chain(chain.from_iterable(self._by_bag.values()), self._attributes)

    def forget(self) -> None:
        release(self._by_bag, self._attributes, self._loose)

    def _states(self, fact: Fact) -> bool:
        """Join a fact to the statement with its words in its order, if there is one."""
        for claim in self._by_bag.get(fact.said.key, ()):
            if claim.scope == fact.scope_as_statement and claim.said.tokens == fact.said.tokens and claim.says(fact):
                claim.join([fact])
                return True
        return False

    def _correct_slips(self) -> None:
        """Join a claim with a word that nobody else writes so to the one with the word that others use."""
        frequency = Counter[str]()
        bags = iter(self._by_bag)
        while some := [*islice(bags, AT_A_STROKE)]:  # to count all at a stroke holds up every other thread
            frequency.update(chain.from_iterable(some))
        spellings: _Spellings = defaultdict(list)
        once = set[str]()
        for word, count in frequency.items():
            if len(word) < SLIP_LENGTH:
                continue
            if count > 1:
                if word.islower():
                    spellings[frozenset(word)].append(word)
            elif word.isalpha():
                once.add(word)
        for claims in [claims for bag, claims in self._by_bag.items() if not once.isdisjoint(bag)]:
            for right in _without_slip(claims[0].said, once, spellings):
                others = self._by_bag.get(right.key, ())
                for claim in claims:
                    if any(other.scope == claim.scope and other.said.tokens == right.tokens for other in others):
                        claim.said = right
                moved = [claim for claim in claims if claim.said is right]
                for claim in moved:
                    claims.remove(claim)
                    target = next(other for other in others if other.scope == claim.scope)
                    target.join(claim.facts)
                if moved:
                    break

    def _reword(self) -> None:
        """Join a claim to one that says the same with "is" for "'s", or in one noun for two, if there is such."""
        for claims in [claims for bag, claims in self._by_bag.items() if not REWORDED.isdisjoint(bag)]:
            for claim in [*claims]:
                found = (self._worded(claim.scope, said, pattern) for said, pattern in _rewordings(claim))
                target = next((same for same in found if same is not None), None)
                if target is not None:
                    claims.remove(claim)
                    target.join(claim.facts)

    def _worded(self, scope: str, said: NormalizedText, pattern: re.Pattern[str]) -> Claim | None:
        """The claim that says this in this order, and is worded so."""
        for other in self._by_bag.get(said.key, ()):
            if other.scope == scope and other.said.tokens == said.tokens and pattern.search(other.text):
                return other
        return None


def _without_slip(said: NormalizedText, once: Container[str], spellings: _Spellings) -> Iterator[NormalizedText]:
    for at, word in enumerate(said.tokens):
        if word not in once or said.kinds[at] != WORD or not word.isascii():
            continue
        for right in spellings.get(frozenset(word), ()):
            if OSA.distance(word, right) == 1:
                yield NormalizedText((*said.tokens[:at], right, *said.tokens[at + 1 :]), said.kinds, said.links)


def _rewordings(claim: Claim) -> Iterator[tuple[NormalizedText, re.Pattern[str]]]:
    """In what other words a claim may be said, and by what in its text another claim is known to be said so."""
    said, language = claim.said, claim.facts[0].language
    tokens, kinds, count = said.tokens, said.kinds, len(said.tokens)
    for at in range(1, count - 1) if "OF" in tokens and language == "en" else ():
        dated = tokens[at + 1] == "day" or kinds[at + 1] in (WEEKDAY, DATE)
        if tokens[at] == "OF" and kinds[at - 1] in _CLOCK and dated:
            # "Noon of the day before" is "noon on the day before".
            yield said.with_token(at, "ON"), _ANY
    for at, link in enumerate(said.links) if "'s" in said.links and language == "en" else ():
        if link == "'s" and tokens[at] == "OF" and _COMMON.issuperset(kinds[at - 1 : at + 2 : 2]):
            # "The team's vault" is "the team vault".
            yield said.at([*range(at), *range(at + 1, count)]), _ANY
    for at in (1, 2) if count > 3 else ():
        if tokens[at] == "OF" and said.links[at] == "'s" and language == "en":
            # "Biscuit's afraid of dogs" is "Biscuit is afraid of dogs".
            yield said.at([*range(at), *range(at + 1, count)]), re.compile(rf"^(?:\S+ ){{{at},{at + 1}}}is\b")
        elif tokens[at] == "OF" and language == "de" and CLASS not in kinds[:at]:
            # "Der Urlaub von Herrn Pohl" is "Herr Pohls Urlaub".
            for end in range(at + 2, min(at + 4, count)):
                if CLASS not in kinds[at + 1 : end] and kinds[end - 1] == NAME:
                    turned = said.at([*range(at + 1, end), *range(at), *range(end, count)])
                    yield turned, re.compile(rf"\b{re.escape(tokens[end - 1])}s\b", re.IGNORECASE)
    if count > 4 and kinds[2] != CLASS and (tokens[1] == "FOR" or (tokens[1] == "TO" and kinds[2] == WORD)):
        # "The key to the cellar" is "the cellar key".
        yield said.at([2, 0, *range(3, count)]), _ANY


_CLOCK = frozenset((TIME, f"{CHOICE}daypart"))
_ANY = re.compile("")
_COMMON = frozenset((WORD, CODE))
REWORDED = frozenset(("OF", "TO", "FOR"))


def _claim_of(fact: Fact) -> Claim:
    return Claim([fact], fact.text, fact.said, fact.scope, fact.at)


def _parts(claim: Claim) -> Iterator[Claim]:
    """The claim, without the facts that may not be one with another of it, and these."""
    alone = dict.fromkeys(_apart(claim.facts))
    yield from map(_claim_of, alone)
    if not alone:
        yield claim
    elif left := [fact for fact in claim.facts if fact not in alone]:
        joined = _claim_of(left[0])
        joined.join(left[1:])
        yield joined


def _apart(facts: Sequence[Fact]) -> Iterator[Fact]:
    """The facts that may not be one with another of them. Of those that nothing tells apart two are compared."""
    pages: dict[ParsedMemory, set[object]] = defaultdict(set)
    for fact in facts:
        pages[fact.memory].add((fact.section, fact.said.tokens, fact.index if _was_once(fact) else None))
    marks = Counter(chain.from_iterable((page.series, page.family, *page.form) for page in pages))
    shared = frozenset(mark for mark, count in marks.items() if count > 1 and mark)
    alike: dict[tuple[object, ...], list[Fact]] = defaultdict(list)
    for fact in facts:
        alike[_kind(fact, shared)].append(fact)
    few = [*map(_of_two_pages, alike.values())]
    for kind, group in enumerate(alike.values()):
        pairs = product(few[kind], chain(few[kind], *few[:kind], *few[kind + 1 :]))
        apart = not all(one.memory is other.memory or _may_join(one, other) for one, other in pairs)
        yield from (fact for fact in group if apart or len(pages[fact.memory]) > 1)


def _kind(fact: Fact, shared: frozenset[object]) -> tuple[object, ...]:
    """All by which it is known with which facts of equal words on other pages a fact may be one.

    Of its page only what is `shared` with another one counts.
    """
    page, general = fact.memory, _is_general(fact)
    series = (page.series, page.is_of_period, page.folders[-2:-1]) if page.series in shared else ()
    form = page.form & shared
    of_form = len(form) >= FORM_ELEMENTS
    owner = (page.family, page.subject) if of_form or (page.family in shared and not general) else ()
    title = page.title if of_form else ()
    return (*series, form, title, *owner, general, fact.numbered, _was_once(fact), fact.said.content)


def _of_two_pages(facts: Sequence[Fact]) -> list[Fact]:
    """The first, and the first of those on another page."""
    return [facts[0], *islice((fact for fact in facts if fact.memory is not facts[0].memory), 1)]


def _may_join(one: Fact, other: Fact) -> bool:
    """Whether facts of two pages may be one."""
    if one.numbered and other.numbered and (happened(one) or happened(other)):
        return False
    memory, rest = one.memory, other.memory
    if memory.is_record_like(rest) or memory.is_of_series(rest):
        return False
    general = not memory.is_of_form(rest) and _is_general(one) and _is_general(other)
    return general or not of_two_owners(one, other)


def _was_once(fact: Fact) -> bool:
    """Whether a record of a series may tell what was done once."""
    return fact.numbered and happened(fact)


def _is_general(fact: Fact) -> bool:
    """Whether a sentence is about all of a kind, and fills nothing in: "every boat is ...", "seed lots are ..."."""
    said = fact.said
    if len(said.content) < GENERAL_WORDS or _POINTING_BACK.search(fact.text) or not is_present(said):
        return False
    if said.tokens[0] not in _OF_ALL and (DEFINITE.match(fact.text) or not _is_plural(said)):
        return False
    return stance_of(said) is None and not (NUMBER in said.kinds and not _AMOUNT_VERBS.isdisjoint(said.tokens))


def _is_plural(said: NormalizedText) -> bool:
    """Whether a statement is about things that two words name: "seed lots are ..."."""
    verb = verb_of(said)
    return verb > 1 and said.links[verb] == "be" and {*said.kinds[:verb]} <= {WORD, NAME, NOUN}


def of_two_owners(one: Fact, other: Fact) -> bool:
    """Whether two facts of two things of a kind do not say which they are about: it is the one that has the page."""
    ours, theirs = one.memory, other.memory
    subjects = ours.subject | theirs.subject
    if ours.is_of_form(theirs):
        subjects = ours.subject ^ theirs.subject
        return any(fact.attribute or happened(fact) or not _is_about(fact.said, subjects) for fact in (one, other))
    return ours.is_beside(theirs) and all(subjects.isdisjoint(fact.said.content) for fact in (one, other))


def _is_about(said: NormalizedText, subjects: frozenset[str]) -> bool:
    """Whether a sentence says first of all what one of these is: "the council's press officer is Jane"."""
    return not subjects.isdisjoint(said.tokens[:SUBJECT_TOKENS]) and not BE.isdisjoint(
        said.links[1 : SUBJECT_TOKENS + 1]
    )


def _place(claims: list[Claim]) -> None:
    for claim in [claim for claim in claims if not claim.scope]:
        meant = (other for other in claims if other.scope and claim.may_mean(other))
        saying = (other for other in meant if any(other.says(fact) for fact in claim.facts))
        others = [*islice(saying, 2)]
        if len(others) == 1:
            others[0].join(claim.facts)
            claims.remove(claim)


def same_order(one: NormalizedText, other: NormalizedText, language: str) -> bool:
    """Whether two texts with equal bags of tokens have them in the same order, but for one phrase."""
    if one.tokens == other.tokens:
        return True
    if len(one.tokens) > LONGEST_REORDERED or _scopes(one) != _scopes(other):
        return False
    german = language == "de"
    if _moved(one, other, german=german) or _turned(one, other) or _turned(other, one):
        return True
    return german and (_inverted(one, other.tokens) or _inverted(other, one.tokens) or _both_inverted(one, other))


def _scopes(said: NormalizedText) -> list[str]:
    """What is denied or said of all, in order, if both is."""
    found = [token for token in said.tokens if token in QUANTIFIERS or token == "NOT"]
    return found if "NOT" in found else []


def _moved(one: NormalizedText, other: NormalizedText, *, german: bool) -> bool:
    """Whether one phrase stands elsewhere: at the beginning, or on the other side of another phrase like it."""
    ours, theirs = one.tokens, other.tokens
    start, end = 0, len(ours)
    while ours[start] == theirs[start]:
        start += 1
    while ours[end - 1] == theirs[end - 1]:
        end -= 1
    if ours[end : end + 1] == ("ONLY",):
        return False
    # A phrase that begins like the one it has passed has lost its first words to the common beginning.
    for begin in range(start, -1, -1):
        middle, kinds = ours[begin:end], one.kinds[begin:end]
        for cut in range(1, len(middle)):
            if theirs[begin:end] == middle[cut:] + middle[:cut]:
                phrases = [(middle[:cut], kinds[:cut]), (middle[cut:], kinds[cut:])]
                if _may_pass(*phrases, at_front=begin == 0) or (german and _is_scrambled(*phrases)):
                    return begin == 0 or ours[begin - 1] != "ONLY"
    return False


_Phrase = tuple[tuple[str, ...], tuple[str, ...]]
"""The tokens of a phrase and their kinds."""


def _is_scrambled(one: _Phrase, other: _Phrase) -> bool:
    """Whether these are an object with its article and a phrase with no other noun: "die Blumen", "am Abend"."""
    for (_, kinds), (passed, others) in ((one, other), (other, one)):
        if kinds == (NOUN,) and _opens(passed) and sum(kind in (NOUN, NAME) for kind in others) < 2:
            return True
    return False


def _may_pass(one: _Phrase, other: _Phrase, *, at_front: bool) -> bool:
    if "ONLY" in (one[0][-1], other[0][-1]):
        return False
    opens = [_opens(phrase) for phrase, _ in (one, other)]
    if all(opens) or (at_front and any(opens)):
        return True
    for (phrase, kinds), (passed, _) in ((one, other), (other, one)):
        adverb = len(phrase) == 1 and (
            kinds[0].startswith(CHOICE) or kinds[0] in (WEEKDAY, DATE) or phrase[0].endswith("ly")
        )
        if adverb and (len(passed) == 1 or (at_front and not phrase[0].endswith("ly"))):
            return True
    return False


def _opens(phrase: tuple[str, ...]) -> bool:
    """Whether a phrase may stand elsewhere: "in May", "an hour before we start", "only for guests", "twice a year"."""
    if phrase[0] in _BEFORE_OPENERS and len(phrase) > 2:
        return phrase[1] in OPENERS
    return phrase[0] in OPENERS and len(phrase) > 1


def _turned(one: NormalizedText, other: NormalizedText) -> bool:
    """Whether the other says "the manual of the scanner" where this one says "the scanner's manual"."""
    tokens = one.tokens
    for at, link in enumerate(one.links):
        if link == "'s" and tokens[at] == "OF":
            for start in range(at):
                for end in range(at + 2, len(tokens) + 1):
                    turned = (*tokens[:start], *tokens[at + 1 : end], "OF", *tokens[start:at], *tokens[end:])
                    if turned == other.tokens and other.links[start + end - at - 1] != "'s":
                        return True
    return False


def _both_inverted(one: NormalizedText, other: NormalizedText) -> bool:
    """Whether each begins with a phrase that the other has behind its verb: "am Freitag", "die Rechnungen"."""
    if not (_is_fronted(one) and _is_fronted(other)):
        return False
    ours, theirs = one.tokens, other.tokens
    for cut in range(1, len(ours) - 1):
        end = theirs.index(ours[cut])
        rest, others = _without(ours[cut:], theirs[:end]), _without(theirs[end:], ours[:cut])
        if end and len(rest) > 1 and rest == others:
            return True
    return False


def _without(tokens: tuple[str, ...], phrase: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens without a phrase that is neither first nor second, where the verb and its subject are."""
    for at in range(2, len(tokens) - len(phrase) + 1):
        if tokens[at : at + len(phrase)] == phrase:
            return (*tokens[:at], *tokens[at + len(phrase) :])
    return ()


def _is_fronted(said: NormalizedText) -> bool:
    return _opens(said.tokens) or said.kinds[0] in (WEEKDAY, DATE) or (said.tokens[0], False) in said.cases


def _inverted(front: NormalizedText, other: tuple[str, ...]) -> bool:
    """Whether the other says with its subject first what this one says with a phrase first, and then the verb."""
    one = front.tokens
    if not _is_fronted(front):
        return False
    for cut in range(2 if one[0] in OPENERS else 1, len(one) - 1):
        phrase, (verb, *rest) = one[:cut], one[cut:]
        for at in range(1, len(other) - cut + 1):
            if other[at : at + cut] != phrase or "ONLY" in (other[at - 1], phrase[-1]):
                continue
            left = [*other[:at], *other[at + cut :]]
            if any(left == [*rest[:place], verb, *rest[place:]] for place in range(len(rest) + 1)):
                return True
    return False
