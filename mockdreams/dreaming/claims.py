"""Facts that say the same, gathered into claims; statements that say the same, gathered into voices."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mockdreams.dreaming.conflicts import Claim
from mockdreams.dreaming.facts import Fact
from mockdreams.dreaming.similar import near_duplicates, recurrences, same_claim, same_wish
from mockdreams.dreaming.statements import Statement
from mockdreams.dreaming.words import Reading

_TIMES = frozenset(("weekday", "month", "date", "time", "frequency", "daypart"))


@dataclass(slots=True, eq=False)
class Voice:
    """What users said in one or more sessions. `settled` once the store holds it, or something newer."""

    statements: list[Statement]
    settled: bool = False
    sessions: set[int] = field(default_factory=set)

    @property
    def at(self) -> datetime:
        return max(statement.at for statement in self.statements)

    @property
    def newest(self) -> Statement:
        return max(self.statements, key=lambda statement: statement.at)

    @property
    def news(self) -> bool:
        return any(statement.news for statement in self.statements)

    @property
    def standing(self) -> bool:
        return any(statement.standing for statement in self.statements)

    def wording(self) -> Statement:
        """The wording heard most often; of several, a whole sentence, the shortest, the newest."""
        heard = Counter(statement.text for statement in self.statements)
        return max(
            self.statements,
            key=lambda one: (heard[one.text], one.text[:1].isupper(), -len(one.text), one.at),
        )


class Claims:
    """The claims of a store. Facts with the same words share a claim at once, near-duplicates after `merge_near`."""

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, tuple[str, ...]], Claim] = {}

    def add(self, fact: Fact) -> None:
        key = (fact.scope, key_of(fact.reading, fact.text))
        claim = self.by_key.get(key)
        if claim is None:
            self.by_key[key] = Claim([fact], fact.text, fact.reading, fact.scope, fact.at)
        else:
            _join(claim, [fact])

    def merge_near(self) -> Iterator[None]:
        """Join claims that are nearly the same, with a pause after each."""
        claims = list(self.by_key.values())
        joined: dict[int, int] = {}
        meant: dict[int, set[int]] = {}
        for position, alike in near_duplicates([claim.reading for claim in claims]):
            for other in alike:
                one, two = _root(joined, other), _root(joined, position)
                if one == two or not same_claim(claims[one].reading, claims[two].reading):
                    continue
                if claims[one].scope == claims[two].scope:
                    _join(claims[one], claims[two].facts)
                    joined[two] = one
                elif claims[one].loose or claims[two].loose:
                    loose, placed = (one, two) if claims[one].loose else (two, one)
                    meant.setdefault(loose, set()).add(placed)
            yield
        for loose, places in meant.items():
            _place(claims, joined, loose, places)
        self.by_key = {key: claim for place, (key, claim) in enumerate(self.by_key.items()) if place not in joined}

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.by_key.values())


def key_of(reading: Reading, text: str) -> tuple[str, ...]:
    """What exact duplicates share: the words in order, but for a time put first."""
    content = reading.content
    if not content:
        return ("", text.casefold())
    return content[1:] + content[:1] if reading.kinds[0] in _TIMES else content


def _place(claims: list[Claim], joined: dict[int, int], loose: int, places: set[int]) -> None:
    """Join a loose claim to the one place it can mean, if there is only one."""
    loose, roots = _root(joined, loose), {_root(joined, place) for place in places}
    if len(roots) == 1 and claims[loose].loose:
        (root,) = roots
        _join(claims[root], claims[loose].facts)
        joined[loose] = root


def _join(claim: Claim, facts: Iterable[Fact]) -> None:
    for fact in facts:
        claim.facts.append(fact)
        claim.at = max(claim.at, fact.at)
        if len(fact.reading.content) > len(claim.reading.content):
            claim.reading, claim.text = fact.reading, fact.text


def _root(joined: dict[int, int], position: int) -> int:
    while position in joined:
        position = joined[position]
    return position


class Voices:
    """What users said. Statements with the same words share a voice at once, similar ones after `merge_recurring`."""

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, ...], Voice] = {}

    def add(self, statement: Statement) -> None:
        voice = self.by_key.setdefault(key_of(statement.reading, statement.text), Voice([]))
        voice.statements.append(statement)
        voice.sessions.add(statement.session)

    def merge_recurring(self) -> Iterator[None]:
        """Join voices that say the same, with a pause after each."""
        self._count_clauses()
        voices = list(self.by_key.values())
        joined: dict[int, int] = {}
        for position, alike in recurrences([voice.statements[0].reading for voice in voices]):
            for other in alike:
                root = _root(joined, other)
                if same_wish(voices[root].statements[0].reading, voices[position].statements[0].reading):
                    voices[root].statements.extend(voices[position].statements)
                    voices[root].sessions |= voices[position].sessions
                    joined[position] = root
                    break
            yield
        self.by_key = {key: voice for place, (key, voice) in enumerate(self.by_key.items()) if place not in joined}

    def _count_clauses(self) -> None:
        """Let a statement that is one clause of a longer sentence support the voice that says just that."""
        for voice in self.by_key.values():
            for statement in voice.statements:
                for clause in statement.clauses:
                    supported = self.by_key.get(key_of(clause, ""))
                    if supported is not None:
                        supported.sessions.add(statement.session)

    def __iter__(self) -> Iterator[Voice]:
        return iter(self.by_key.values())
