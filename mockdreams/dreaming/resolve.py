"""The newest evidence holds: memories against memories, then what users said in sessions against memories.

Of two memories the newer statement stays where it is written and the older one goes. What a user said replaces the one
older statement that it can mean, in its place; where there is none, or more than one, it becomes an insight. Of a
memory and a session of the same instant the session is the newer: nothing said in it can be in the memory yet.
Whatever has been settled may settle more, so all is looked at again until nothing changes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, product, takewhile
from operator import itemgetter

from mockdreams.dreaming.changes import (
    OPEN,
    Move,
    ToldChange,
    has_word_for,
    is_changed,
    is_settled,
    may_tell_change,
    moves,
    replaced_value,
    tells_change,
    told_change,
    unconjugated,
    value_in,
)
from mockdreams.dreaming.conflicts import ConflictIndex, adds, may_overrule
from mockdreams.dreaming.denials import MAY_RENEW, after_end, ended, may_deny, told_by_denial
from mockdreams.dreaming.facts import CHANGE_WORDS, undated
from mockdreams.dreaming.inflection import NO_UMLAUTS
from mockdreams.dreaming.languages import CLASS, NUMBER, ORDINAL, VALUE_KINDS, WORD
from mockdreams.dreaming.markdown import lead_in, without_support
from mockdreams.dreaming.merging import Claim
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.normalized import BE, DENIALS, PREPOSITIONS, NormalizedText
from mockdreams.dreaming.parsing import Fact
from mockdreams.dreaming.plan import Transcript
from mockdreams.dreaming.restated import restated
from mockdreams.dreaming.rewriting import span_of, with_value
from mockdreams.dreaming.slots import Clause, Replacement, exchanged, phrases_in, said_of
from mockdreams.dreaming.stances import (
    QUANTITY_VERBS,
    TOLD,
    WAS,
    Stance,
    begins_later,
    kind_of,
    of_today,
    stance_of,
)
from mockdreams.dreaming.statement_groups import StatementGroup
from mockdreams.dreaming.statements import Statement, points_back
from mockdreams.freeing import release

# A correction names at least this share of the words that a statement is about.
SAME_SUBJECT = 0.5
_ENDING = frozenset(("NOLONGER", "INSTEAD"))
_UNTOLD = OPEN - {"WILL"} | {"NOT"}
_UNSAID = frozenset("? NOT PAST HABIT FORMERLY COND UNLESS MAY COULD WOULD".split())
_VALUES_AND_CLASSES = VALUE_KINDS | {CLASS}
_COUNTS = frozenset((NUMBER, ORDINAL))
_OTHERWISE, _STOPPING = frozenset("NOT NOLONGER MAY COULD WOULD".split()), tokens_of("stopping")
_WHOSE = tokens_of("whose")
_COMING = frozenset(("WILL", "MAY"))
_TURNED = frozenset(("NOT", "BUT"))
# Without one of these, or "now", a claim tells nothing as new or changed.
_TELLING = CHANGE_WORDS | MAY_RENEW | WAS | {"UNTIL", "AS", "have"}
# By so many of its words that are the rarest in the store it is found what a correction speaks of.
COMPARED_WORDS = 3
# What more claims say than these tells none of them apart.
MET = 64


class ConflictResolver:
    """Resolves contradictions. Then `live` are the claims that hold, with what each took the place of."""

    def __init__(
        self,
        claims: Iterable[Claim],
        groups: Iterable[StatementGroup],
        transcripts: Sequence[Transcript],
        forms: frozenset[tuple[str, ...]],
    ) -> None:
        self.live = dict.fromkeys(claims)
        self._groups = [group for group in groups if group.is_told]
        self._transcripts = transcripts
        self._by_word = _WordIndex({}, frozenset())
        self._patterns = ConflictIndex(forms)
        self._clauses: dict[Claim, Clause] = {}
        self._told_new: list[tuple[Claim, NormalizedText, str]] = []
        self._replaced = 0
        self._compared: set[StatementGroup] = set()

    def resolve(self) -> Iterator[None]:
        """Resolve everything, with pauses."""
        told = list[tuple[Claim, ToldChange]]()
        for claim in self.live:
            if claim.said.renews or not _TELLING.isdisjoint(claim.said.tokens):
                change = None if claim.attribute else _change_in(claim)
                told += [(claim, change)] if change else []
                self._note_news(claim)
            yield
        self._by_word = _WordIndex(self.live, self._spoken_of(told))
        for claim in self.live:
            self._patterns.add(claim)
            yield
        groups = sorted(self._groups, key=lambda group: group.at, reverse=True)
        following: dict[tuple[str, ...], list[StatementGroup]] = defaultdict(list)
        for group in groups:
            if change := group.change:
                following[change.old].append(group)
        replaced = -1
        while replaced != self._replaced:
            asked = groups if replaced < 0 else [group for group in groups if group.corrects]
            replaced = self._replaced
            rivals = list(self._patterns.contradictions(self.live))
            parallel = _parallel(rivals)
            for newer, older in rivals:
                if newer in self.live and older in self.live and parallel.isdisjoint(_pages(newer, older)):
                    self._replace(older, newer, _newest_path(newer))
            self._settle(told)
            self._renew()
            for group in asked:
                said = [group]
                while said:
                    if not (group := said.pop()).settled:
                        group.settled = self._said(group)
                        # Whoever told the next change of it told that later, and has been asked in vain.
                        said += following[group.change.becomes.tokens] if group.settled and group.change else ()
                        yield
        self._drop_outdated()
        self._patterns.forget()
        release(self._by_word, self._told_new, self._clauses)
        release(self._groups, self._compared)

    def _spoken_of(self, told: Iterable[tuple[Claim, ToldChange]]) -> frozenset[str]:
        """The words by which claims will be looked for."""
        said = [statement for group in self._groups for statement in group.statements]
        words = {word for statement in said for word in statement.said.tokens}
        for change in chain((change for _, change in told), (one.change for one in said if one.change)):
            words.update(change.old, change.subject.tokens, change.becomes.tokens)
        words.update(*(news.tokens for _, news, _ in self._told_new))
        return frozenset(words)

    def _note_news(self, claim: Claim) -> None:
        if claim.facts and (claim.said.renews or not MAY_RENEW.isdisjoint(claim.said.tokens)):
            language = _home(claim).language
            text = undated(claim.text)
            said = claim.said if text is claim.text else normalize(text, language)
            told = filter(None, ((after_end(text, language) or of_today(said), text), ended(text, language)))
            self._told_new += [(claim, *each) for each in told if each[0].renews or "NOLONGER" in each[0].tokens]

    def _settle(self, told: Iterable[tuple[Claim, ToldChange]]) -> None:
        """Settle what memories themselves tell as changed."""
        for claim, change_told in told:
            if claim in self.live:
                change, known = self._read(change_told)
                stale = [one for one in known if one is not claim and one.at < claim.at]
                if len(stale) == 1 and may_overrule(claim, stale[0], change.subject.tokens):
                    self._settle_one(stale[0], claim, change)

    def _settle_one(self, stale: Claim, claim: Claim, change: ToldChange) -> None:
        """Let a claim that tells a change take the place of the old one; of one that says more, change the value."""
        old = replaced_value(stale.said, change, attribute=stale.attribute)
        if not change.old or _says_no_more(stale.said, claim.said, old):
            self._replace(stale, claim, _newest_path(claim))
            return
        text = with_value(stale.text, old, change.new, _home(stale).language)
        if text:
            said = normalize(text[len(lead_in(text)) :], _home(stale).language)
            self._put(Claim([], text, said, stale.scope, claim.at), [stale], _newest_path(claim))

    def _renew(self) -> None:
        """Settle what memories themselves tell as new: "is now ..."."""
        for claim, said, text in [each for each in self._told_new if each[0] in self.live]:
            met = self._renewed(said, text, _home(claim).language, claim)
            older = [one for one in met if one.at < claim.at and _of_one_scope(one, claim)]
            if len(older) == 1 and may_overrule(claim, older[0]):
                self._replace(older[0], claim, _newest_path(claim))

    def _renewed(self, said: NormalizedText, text: str, language: str, teller: Claim | None = None) -> Iterator[Claim]:
        """The claims that a statement of how it is now denies, or that it repeats but for what fills one slot."""
        if not (said.renews or "NOLONGER" in said.tokens):
            return
        clause = None
        for claim in self._near(said, teller):
            if claim in self.live and not claim.attribute:
                clause = clause or Clause.told_new(said, language, text)
                met = self._met(clause, claim)
                if met and (met.old or clause.denies):
                    yield claim

    def _met(self, clause: Clause, claim: Claim) -> Replacement | None:
        """What a statement that says how it is now puts in the place of what a claim says."""
        language = _home(claim).language
        if language != clause.language:
            return None
        known = self._clauses.get(claim)
        if known is None:
            known = self._clauses[claim] = Clause.told_before(claim.said, language, claim.text)
        met = exchanged(clause, known)
        if not (met and known.denies):
            return met
        return None if met.old or clause.denies else Replacement(("NOT",), ())

    def _near(self, said: NormalizedText, teller: Claim | None = None) -> Iterable[Claim]:
        """The claims with one of the words of a statement that are the rarest, but for the claim that makes it."""
        known = map(self._by_word.__getitem__, dict.fromkeys(said.content))
        rarest = sorted((one for one in known if 0 < len(one) <= MET and [*one] != [teller]), key=len)
        return dict.fromkeys(chain.from_iterable(rarest[:COMPARED_WORDS]))

    def _read(self, change: ToldChange) -> tuple[ToldChange, list[Claim]]:
        """A change as it is to be read, and the claims that it has made untrue."""
        read = ((reading, self._changed(reading)) for reading in change.readings())
        return next(((reading, stale) for reading, stale in read if stale), (change, []))

    def _changed(self, change: ToldChange) -> list[Claim]:
        """The claims that a change has made untrue."""
        words = change.words and change.forms
        return [
            claim
            for claim in self._with_rarest(change.looked_up)
            if not (words and words.isdisjoint(map(unconjugated, claim.said.tokens))) and _is_changed(claim, change)
        ]

    def _with_rarest(self, words: Iterable[str]) -> dict[Claim, None]:
        """The claims with that one of some words which the fewest have."""
        return min(map(self._by_word.__getitem__, words), key=len, default={})

    def _said(self, group: StatementGroup) -> bool:
        """Settle what a group of statements corrects. True also if the store holds it already."""
        statement = group.newest
        if begins_later(statement.said, statement.at):
            group.corrects = group.corrects or self._is_about_known(statement.said)
            return False
        change = group.change if group.news else None
        if change and ((settled := self._said_changed(change, statement)) or not statement.denies):
            if settled and statement.excepts:
                group.corrects = True
                return False
            return settled or self._said_in_clause(group, statement)
        held = self._held(group, statement)
        older = [claim for same, claim in held if not same]
        if held and not older:
            for _, claim in held:
                claim.at = max(claim.at, group.at)
            return True
        if adds(statement.bare, as_before=True):
            group.corrects = group.corrects or bool(older) or self._is_about_known(statement.said)
            return False
        if alike := _of_one_thing(older):
            settled = self._overrule(alike, statement)
            group.corrects = group.corrects or not settled
            return settled
        group.corrects = group.corrects or bool(older)
        if not older and self._said_in_fewer_words(group, statement):
            return True
        if self._said_in_clause(group, statement):
            return True
        if group not in self._compared and not group.lasts:
            self._compared.add(group)
            group.corrects = self._is_correction(statement)
        return False

    def _held(self, group: StatementGroup, statement: Statement) -> list[tuple[bool, Claim]]:
        """The claims that hold or deny what a statement says: whether they hold it."""
        denied = [clause.said for clause in statement.clauses if "NOLONGER" in clause.said.tokens]
        meant = dict.fromkeys((statement.said, of_today(statement.said), *denied))
        held, others, news = list[tuple[bool, Claim]](), set[tuple[str, ...]](), group.news
        for key, mine, known in chain.from_iterable(map(self._patterns.beside, meant)):
            for value, claim in known:
                if claim not in self.live or begins_later(claim.said, statement.at):
                    continue
                if not news and key[0] == TOLD:
                    group.corrects = group.corrects or value != mine
                    continue
                held.append((value == mine, claim))
                if value != mine:
                    others.add(claim.said.tokens)
                if len(others) > 1:
                    return held  # whatever else is held, it is not known which of the two is meant
        return held

    def _said_in_fewer_words(self, group: StatementGroup, statement: Statement) -> bool:
        """Settle the one older claim that a correction is about, or that it renews."""
        if group.news and self._by_subject(statement):
            return True
        renewed = self._renewed(of_today(statement.said), statement.bare, statement.language)
        if not (meant := _of_one_thing(renewed)):
            return False
        # Without what is only remarked on it, if that can be told apart.
        return self._said_in_clause(group, statement) or self._overrule(meant, statement)

    def _said_in_clause(self, group: StatementGroup, statement: Statement) -> bool:
        """Settle what a statement says after what only leads to it."""
        asked = set[tuple[object, ...]]()
        for part in statement.parts():
            if not part.said.tokens:
                continue
            told, evidence = StatementGroup([part]), _evidence(part)
            if (evidence not in asked and self._said(told)) or self._said_of_it(part):
                # For what or when it is not so may only be told besides.
                group.corrects = limited = part.is_limited_in(statement)
                return not limited
            asked.add(evidence)
            group.corrects = group.corrects or told.corrects
        return False

    def _said_of_it(self, part: Statement) -> bool:
        """Settle, in its place, what is said of "it", which is something that was named before."""
        if part.lead is None or not part.said.renews or not points_back(part.text):
            return False
        for named in phrases_in(part.lead.text, part.lead.said, part.language):
            said = said_of(named, part.said)
            clause = Clause.told_new(said, part.language, part.bare)
            known = [claim for claim in self._near(said) if claim in self.live and not claim.attribute]
            met = [(one, found) for one in known if (found := self._met(clause, one))]
            if any(not found.old for _, found in met):
                return True
            if len(met) == 1 and met[0][1].new and met[0][0].at <= part.at:
                claim, found = met[0]
                return any(
                    self._put_in([claim], old, _words_of(part.bare, new, part.language), part)
                    for old, new in ((found.old, found.new), found.marked)
                )
            change = ToldChange(named, (), _value_told(part, said, len(named.tokens)), part.language)
            if not change.new:
                continue
            if any(_begins_with(claim.said, named, change) for claim in known):
                return True
            stale = [claim for claim in self._changed(change) if claim.at <= part.at]
            if len(stale) == 1:
                old = replaced_value(stale[0].said, change, attribute=stale[0].attribute)
                return self._put_in(stale, old, change.new, part)
        return False

    def _put_in(self, stale: list[Claim], old: tuple[str, ...], new: str | None, statement: Statement) -> bool:
        """Rewrite a claim with a new value, if it can be done in its place."""
        text = with_value(stale[0].text, old, new, _home(stale[0]).language) if old and new else None
        return bool(text) and self._rewrite(stale, text or "", statement)

    def _is_correction(self, statement: Statement) -> bool:
        """Whether a statement tells something new of what the store speaks of."""
        said = statement.said
        told = statement.news or said.renews or not _ENDING.isdisjoint(said.tokens)
        told = told or not _STOPPING.isdisjoint(said.tokens)
        told = told or _TURNED.issubset(said.tokens) or (tells_change(said) and _is_open(statement))
        moved = [] if told or not _UNTOLD.isdisjoint(said.tokens) else list(moves(said))
        numbers = {token for token, kind in zip(said.tokens, said.kinds, strict=True) if kind in _COUNTS}
        changed = (
            not _COMING.isdisjoint(said.tokens)
            or statement.turns
            or tells_change(said)
            or any(not numbers.isdisjoint(old) for old, *_ in moved)
        )
        if _UNSAID.isdisjoint(said.tokens) and self._is_otherwise(said):
            return True
        if not (told or moved or changed):
            return False
        return any(
            told or (changed and _differs(said, one)) or _renews_value(said, one, moved) for one in self._alike(said)
        )

    def _is_otherwise(self, said: NormalizedText) -> bool:
        """Whether a statement gives another value to what the store says in the same words."""
        if VALUE_KINDS.isdisjoint(said.kinds):
            return False
        rarest = min(filter(None, map(self._by_word.__getitem__, said.content)), key=len, default={})
        if not 0 < len(rarest) <= MET:
            return False
        ours = {*said.tokens, *(token.translate(NO_UMLAUTS) for token in said.tokens)}
        return any(_says_otherwise(said, claim.said, ours) for claim in rarest)

    def _alike(self, said: NormalizedText) -> Iterator[NormalizedText]:
        """What the store says of what a statement speaks of."""
        content = dict.fromkeys(said.content)
        rarest = sorted(filter(None, map(self._by_word.__getitem__, content)), key=len)
        claims = (claim for known in rarest[:COMPARED_WORDS] for claim in known)
        return (claim.said for claim in claims if _speaks_of({*content}, claim.said))

    def _is_about_known(self, said: NormalizedText) -> bool:
        """Whether a statement has a value of a kind of which the store holds another for what it speaks of."""
        return any(_differs(said, one) for one in self._alike(said))

    def _said_changed(self, change: ToldChange, statement: Statement) -> bool:
        change, stale = self._read(change)
        older = [claim for claim in stale if claim.at <= statement.at]
        if not stale:
            return self._is_so(change) or self._said_in_other_words(change, statement)
        if len(older) != 1:
            return not older
        stale = older
        claim = stale[0]
        language = _home(claim).language
        old = replaced_value(claim.said, change, attribute=claim.attribute)
        text = with_value(claim.text, old, change.new, language) if old else None
        return self._rewrite([claim], text or statement.plain, statement)

    def _said_in_other_words(self, change: ToldChange, statement: Statement) -> bool:
        """Settle, in its place, a change of a value that the store has in other words."""
        if not change.old or len(self._by_word[change.old[0]]) > MET:
            return False
        known = map(self._by_word.__getitem__, (*change.old, *change.subject.content))
        few = (claims for claims in known if len(claims) <= MET)
        claim = restated(dict.fromkeys(chain.from_iterable(few)), change)
        if claim is None or claim.at > statement.at:
            return claim is not None
        is_so = change.becomes.tokens[0] in claim.said.tokens
        return is_so or self._put_in([claim], change.old, change.new, statement)

    def _is_so(self, change: ToldChange) -> bool:
        """Whether the store holds the new value of a change already."""
        new = change.becomes.tokens
        for claim in self._with_rarest(new):
            told = change.on_page(_home(claim).memory.title) if claim.attribute else change
            if told.forms.issubset(map(unconjugated, claim.said.tokens)) and value_in(claim.said, new) is not None:
                return True
        return False

    def _by_subject(self, statement: Statement) -> bool:
        """Settle the one older subject that a correction speaks of in fewer words."""
        stance = stance_of(statement.said)
        if stance is None or not _OTHERWISE.isdisjoint((*stance.pattern.head, *stance.pattern.tail)):
            return False
        named = {token for token in stance.pattern.head if _is_content(token)}
        words = named - QUANTITY_VERBS
        held = (
            (claim, stance_of(claim.said, attribute=claim.attribute))
            for claim in self._with_rarest(named)
            if not claim.scope and words.issubset(claim.said.tokens)
        )
        meant = _of_one_thing(claim for claim, other in held if other and _same_subject(stance, other, named))
        if not meant:
            return False
        if stance.value == _value_of(meant[0]):
            return statement.words <= {*meant[0].said.content}
        says_more = not _says_no_more(meant[0].said, statement.said, _value_of(meant[0]))
        return self._overrule(meant, statement, in_place=says_more)

    def _overrule(self, stale: list[Claim], statement: Statement, *, in_place: bool = False) -> bool:
        """Put what a user said in the place of an older claim: in its own words, with the new value.

        If it can be done `in_place` only, the claim says more than the user.
        """
        stale = [claim for claim in stale if claim.at <= statement.at]
        if not stale:
            return True
        claim = max(stale, key=lambda claim: claim.at)
        stance, other = stance_of(statement.said), stance_of(claim.said, attribute=claim.attribute)
        text = None
        if (
            stance
            and other
            and stance.pattern.kind == other.pattern.kind
            and stance.value != other.value
            and not _miscounts(stance, other)
            and PREPOSITIONS.isdisjoint({*stance.pattern.head[-1:]} ^ {*other.pattern.head[-1:]})
        ):
            words = _words_of(statement.bare, stance.value, statement.language)
            text = with_value(claim.text, other.value, words, _home(claim).language) if words else None
        return bool(text or not in_place) and self._rewrite(stale, text or statement.plain, statement)

    def _rewrite(self, stale: list[Claim], text: str, statement: Statement) -> bool:
        text = without_support(text)
        said = normalize(text[len(lead_in(text)) :], statement.language)
        why = f"session {self._transcripts[statement.session].session_id}"
        equal = (claim for claim in self._patterns.saying(said.tokens) if claim in self.live and claim not in stale)
        standing = next((claim for claim in equal if claim.said.tokens == said.tokens), None)
        winner = standing or Claim([], text, said, stale[0].scope, statement.at)
        winner.at = max(winner.at, statement.at)
        changed = [claim for claim in stale if _undated(claim)]
        if changed:
            self._put(winner, changed, why)
        return bool(changed or standing)

    def _put(self, winner: Claim, stale: list[Claim], why: str) -> None:
        known = winner in self.live
        self.live[winner] = None
        for claim in dict.fromkeys(stale):
            self._replace(claim, winner, why)
        if not known:
            self._patterns.add(winner)
            self._by_word.add(winner)

    def _replace(self, stale: Claim, winner: Claim, why: str) -> None:
        gone = _undated(stale) if not winner.facts else stale.facts
        winner.stale = tuple(dict.fromkeys((*winner.stale, *gone, *stale.stale)))
        if len(gone) < len(stale.facts):
            stale.facts = [fact for fact in stale.facts if fact not in gone]
        else:
            self.live.pop(stale, None)
            self._by_word.drop(stale)
        winner.why = why
        self._replaced += 1

    def _drop_outdated(self) -> None:
        """Settle groups that speak for a value which a newer correction has named as the old one."""
        newest = [(group, group.newest) for group in self._groups]
        changes: dict[frozenset[str], list[tuple[datetime, frozenset[str]]]] = defaultdict(list)
        for _, one in newest:
            if one.change and one.change.old:
                words = frozenset((*one.change.old, *one.change.subject.content))
                changes[words].append((one.at, frozenset(one.change.becomes.tokens)))
        said_with: dict[str, list[tuple[StatementGroup, Statement]]] = {word: [] for words in changes for word in words}
        for group, one in newest if said_with else ():
            for word in said_with.keys() & one.said.tokens:
                said_with[word].append((group, one))
        for words, told in changes.items():
            told.sort(reverse=True, key=itemgetter(0))
            for group, one in min(map(said_with.__getitem__, words), key=len):
                if words.issubset(one.said.tokens) and _is_outdated(one, told):
                    group.settled = True


class _WordIndex(dict[str, dict[Claim, None]]):
    """The claims that hold by those of their words that are asked for; by another only when it is."""

    def __init__(self, claims: dict[Claim, None], words: frozenset[str]) -> None:
        self.claims = claims
        known: dict[str, list[Claim]] = {word: [] for word in words}
        for claim in claims:
            for word in claim.said.tokens:
                if word in known:
                    known[word].append(claim)
        super().__init__(zip(known, map(dict.fromkeys, known.values()), strict=True))

    def __missing__(self, word: str) -> dict[Claim, None]:
        self[word] = found = {claim: None for claim in self.claims if word in claim.said.tokens}
        return found

    def add(self, claim: Claim) -> None:
        for word in self.keys() & claim.said.tokens:
            self[word][claim] = None

    def drop(self, claim: Claim) -> None:
        for word in self.keys() & claim.said.tokens:
            self[word].pop(claim, None)


def _evidence(part: Statement) -> tuple[object, ...]:
    """All that makes a part of a statement evidence, but for what stands before it."""
    said = (part.said.tokens, part.said.renews)
    return (part.text, part.bare, *said, part.news, part.standing, part.change, part.clauses)


def _of_one_thing(claims: Iterable[Claim]) -> list[Claim]:
    """Some claims if they all say the same; none, as soon as one does not."""
    found = list[Claim]()
    for claim in claims:
        found.append(claim)
        if claim.said.tokens != found[0].said.tokens:
            return []
    return found


def _change_in(claim: Claim) -> ToldChange | None:
    """The change that a claim tells."""
    language = _home(claim).language
    change = told_change(claim.said, undated(claim.text), language) if may_tell_change(claim.said) else None
    denied = told_by_denial(undated(claim.text), language) if not change and may_deny(claim.said) else None
    return denied if denied and denied.words else change


def _is_changed(claim: Claim, change: ToldChange) -> bool:
    """Whether a change has made a claim untrue; a record is of what its page is about."""
    if not claim.attribute:
        return is_changed(claim.said, change)
    return is_changed(claim.said, change.on_page(_home(claim).memory.title), attribute=True)


def _is_outdated(statement: Statement, told: Iterable[tuple[datetime, frozenset[str]]]) -> bool:
    """Whether one of the changes of what a statement says, the newest first, was told later and to something else."""
    later = takewhile(lambda change: change[0] > statement.at, told)
    return any(not new.issubset(statement.said.tokens) for _, new in later)


def _is_open(statement: Statement) -> bool:
    said, text, language = statement.said, statement.bare, statement.language
    return "NOT" in said.tokens or has_word_for("coming", text, language) or not is_settled(said, text, language)


def _says_no_more(old: NormalizedText, new: NormalizedText, value: tuple[str, ...]) -> bool:
    """Whether an old statement has, but for its value, no number, name or more than a verb that the new one has not."""
    left = {*old.content} - {*new.content} - {*value}
    hard = {token for token, kind in zip(old.tokens, old.kinds, strict=True) if kind not in (WORD, CLASS)}
    return hard.isdisjoint(left) and len(left) <= 1


def _of_one_scope(one: Claim, other: Claim) -> bool:
    if one.scope == other.scope:
        return True
    passing, placed = sorted((one, other), key=lambda claim: bool(claim.scope))
    untitled = not passing.scope and not any(fact.section for fact in passing.facts)
    return untitled or passing.may_mean(placed)


def _pages(newer: Claim, older: Claim) -> Iterator[tuple[str, str]]:
    """The pages, of other titles, that differ in a statement which names neither title."""
    for one, two in product((fact.memory for fact in newer.facts), (fact.memory for fact in older.facts)):
        titled = one.title and two.title and one.title != two.title and not (one.unsorted or two.unsorted)
        titled = titled and not newer.said.renews
        if titled and {*one.title, *two.title}.isdisjoint(newer.said.content):
            yield min(one.path, two.path), max(one.path, two.path)


def _parallel(rivals: Iterable[tuple[Claim, Claim]]) -> set[tuple[str, str]]:
    """Pages that differ in more than one value: they are about two things, and neither overrules the other."""
    counts = Counter(pages for newer, older in rivals for pages in {*_pages(newer, older)})
    return {pages for pages, count in counts.items() if count > 1}


def _undated(claim: Claim) -> list[Fact]:
    """The facts of a claim that what is told later changes: not those of a day, such as minutes."""
    return [fact for fact in claim.facts or claim.stale if not fact.memory.is_dated]


def _newest_path(claim: Claim) -> str:
    if not claim.facts:
        return claim.why
    return f"newer, in `{max(claim.facts, key=lambda fact: fact.at).memory.path}`"


def _speaks_of(content: set[str], said: NormalizedText) -> bool:
    """Whether words are of what a claim is about: half of its own, of which the first counts twice."""
    named = content.intersection(said.content)
    return len(named) + (said.content[0] in named) >= SAME_SUBJECT * len(said.content)


def _differs(statement: NormalizedText, said: NormalizedText) -> bool:
    """Whether a statement has a value of a kind that a claim has another of."""
    ours = {(kind, token) for token, kind in zip(statement.tokens, statement.kinds, strict=True) if kind in VALUE_KINDS}
    theirs = {(kind, token) for token, kind in zip(said.tokens, said.kinds, strict=True) if kind in VALUE_KINDS}
    return any(kind_of(*one) == kind_of(*other) for one in ours - theirs for other in theirs - ours)


def _says_otherwise(statement: NormalizedText, said: NormalizedText, ours: set[str]) -> bool:
    """Whether a statement has all words of a claim, and another value."""
    words = {token for token, kind in zip(said.tokens, said.kinds, strict=True) if kind not in _VALUES_AND_CLASSES}
    # "Beträgt" and "betragen" are forms of one verb.
    named = bool(words) and all(token.translate(NO_UMLAUTS) in ours for token in words - ours)
    return named and _differs(statement, said) and not _is_elsewhere(statement, said)


def _is_elsewhere(statement: NormalizedText, said: NormalizedText) -> bool:
    """Whether a statement is of an owner or a place of which a claim is not: "on Inga's farm ...", "bei Jan ..."."""
    if statement.tokens.count("OF") > said.tokens.count("OF") or not _WHOSE.isdisjoint(
        {*statement.tokens} - {*said.tokens}
    ):
        return True
    named = (token for token, kind in zip(statement.tokens[1:2], statement.kinds[1:2], strict=True) if kind != NUMBER)
    return statement.tokens[0] in PREPOSITIONS and not {*named} <= {*said.tokens}


def _renews_value(statement: NormalizedText, said: NormalizedText, moved: Iterable[Move]) -> bool:
    """Whether a statement names a value of a claim, with a new one, and something else that the claim is about."""
    for old, new, clear in moved:
        rest = value_in(said, old)
        if rest is not None and not {*new} <= {*said.tokens}:
            return clear or tells_change(statement) or not {*rest}.isdisjoint(statement.content)
    return False


def _is_content(token: str) -> bool:
    return token.islower() or not token.isalpha()


def _same_subject(stance: Stance, other: Stance, named: set[str]) -> bool:
    if stance.pattern.kind != other.pattern.kind:
        return False
    head = {token for token in other.pattern.head if _is_content(token)}
    subject = head | {token for token in other.pattern.tail if _is_content(token)}
    if any(_is_content(token) and token not in subject for token in stance.pattern.tail):
        return False  # "14 chairs" says nothing of desks
    if not DENIALS.isdisjoint({*stance.pattern.head} ^ {*other.pattern.head}):
        return False
    return named <= subject and next(iter(other.pattern.head)) in named and len(named) >= SAME_SUBJECT * len(head)


def _home(claim: Claim) -> Fact:
    return (claim.facts or claim.stale)[0]


def _value_of(claim: Claim) -> tuple[str, ...]:
    stance = stance_of(claim.said, attribute=claim.attribute)
    return stance.value if stance else ()


def _words_of(text: str, value: tuple[str, ...], language: str) -> str | None:
    span = span_of(text, value, language)
    return text[span[0] : span[1]] if span else None


def _begins_with(said: NormalizedText, named: NormalizedText, change: ToldChange) -> bool:
    """Whether a claim is about what is named, and has the new value."""
    return said.tokens[: len(named.tokens)] == named.tokens and value_in(said, change.becomes.tokens) is not None


def _value_told(part: Statement, said: NormalizedText, size: int) -> str:
    """The words for what "it" is, if it is told what it is, and not what it does."""
    if said.links[size : size + 1] == () or said.links[size] not in BE:
        return ""
    start = size + (said.tokens[size] in PREPOSITIONS)
    return _words_of(part.bare, said.tokens[start:], part.language) or ""


def _miscounts(one: Stance, other: Stance) -> bool:
    """Whether what is counted would have the wrong number: "two approvals", "one approval"."""
    return one.pattern.counts and bool(other.pattern.tail) and (one.value == ("1",)) != (other.value == ("1",))
