"""The newest evidence wins: memories against memories, then what users said in sessions against memories.

Of a memory and a session of the same instant the session is the newer: nothing said in it can be in the memory yet.
Memories of the same instant that contradict each other both stay.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mockdreams.dreaming.claims import Voice
from mockdreams.dreaming.conflicts import (
    Claim,
    Frame,
    Rivals,
    frame_of,
    holds_value,
    same_subject,
    span_of,
    swap_words,
)
from mockdreams.dreaming.markdown import announcement, without_support
from mockdreams.dreaming.plan import Transcript
from mockdreams.dreaming.release import release
from mockdreams.dreaming.statements import Statement, subject_words
from mockdreams.dreaming.words import IDENTIFIER, NAME, PLAIN, Reading, read

_NO_SUBJECT = frozenset("it not one thing they he she be use".split())


@dataclass(slots=True, eq=False)
class _VoiceClaim(Claim):
    voice: Voice = field(default_factory=lambda: Voice([]))


class Court:
    """Hears claims and voices. When it has sat, `live` are the claims that hold, with what each took the place of."""

    def __init__(self, claims: Iterable[Claim], voices: Iterable[Voice], transcripts: Sequence[Transcript]) -> None:
        self.live = dict.fromkeys(claims)
        self._voices = [voice for voice in voices if voice.news or voice.standing or len(voice.sessions) > 1]
        self._transcripts = transcripts
        self._by_word: dict[str, list[Claim]] | None = None

    def sit(self) -> Iterator[None]:
        """Settle everything, with pauses."""
        yield from self._by_frame()
        for voice in sorted(self._voices, key=lambda voice: voice.at, reverse=True):
            if not voice.settled and voice.news:
                voice.settled = self._by_swap(voice) or self._by_subject(voice)
                yield
        self._silence_older()
        release(self._by_word or {})

    def _by_frame(self) -> Iterator[None]:
        """Settle claims and voices whose frames agree."""
        rivals = Rivals()
        for claim in [*self.live, *map(self._claim, self._voices)]:
            rivals.add(claim)
            yield
        for winners, losers in rivals.contradictions():
            for loser in losers:
                if isinstance(loser, _VoiceClaim):
                    loser.voice.settled = True
            self._settle(winners, [claim for claim in losers if claim in self.live])
            yield

    def _settle(self, winners: list[Claim], stale: list[Claim]) -> None:
        newest = winners[0]
        standing = next((claim for claim in winners if claim in self.live), None)
        if not stale:
            return
        if not isinstance(newest, _VoiceClaim):
            if newest is standing:
                self._replace(stale, newest, f"newer, in `{max(newest.facts, key=lambda fact: fact.at).page.path}`")
            return
        newest.voice.settled = True
        if standing:
            self._replace(stale, standing, self._session(newest.voice.newest))
        else:
            self._overrule(stale, newest.voice)

    def _session(self, statement: Statement) -> str:
        return f"session {self._transcripts[statement.session].session_id}"

    def _claim(self, voice: Voice) -> _VoiceClaim:
        newest = voice.newest
        return _VoiceClaim([], newest.text, subject_words(newest.reading), "", voice.at, voice=voice)

    def _by_subject(self, voice: Voice) -> bool:
        """Settle the one older subject that a correction speaks of in fewer words."""
        statement = voice.newest
        correction = frame_of(subject_words(statement.reading), statement.text)
        if correction is None or not correction.subject:
            return False
        meant: dict[tuple[str, ...], list[Claim]] = defaultdict(list)
        for claim in self._with_words(correction.subject):
            frame = frame_of(claim.reading, claim.text)
            if frame and not claim.scope and same_subject(correction, frame):
                meant[frame.subject].append(claim)
        if len(meant) != 1:
            return False
        (stale,) = meant.values()
        return all(claim.at <= voice.at for claim in stale) and self._overrule(stale, voice)

    def _by_swap(self, voice: Voice) -> bool:
        """Settle what a correction says by naming the old value and the new one. True also if that is already so."""
        statement = next((one for one in reversed(voice.statements) if one.swap), None)
        if statement is None or statement.swap is None:
            return False
        old, new = statement.swap
        stale = [claim for claim in self._meant(statement, old, new) if claim.at <= voice.at]
        for claim in stale:
            text = swap_words(claim.text, read(old).content, new)
            if text is not None:
                self._rewrite([claim], text, statement)
        return bool(stale) or bool(self._meant(statement, new, old))

    def _meant(self, statement: Statement, old: str, new: str) -> list[Claim]:
        was, becomes = read(old).content, read(new).content
        found = []
        for claim in self._with_words(was):
            rest = holds_value(claim.reading, was)
            if rest is not None and not set(becomes) <= set(claim.reading.content):
                found.append((claim, frozenset(rest)))
        subject = _subject(statement) - {*was, *becomes}
        if subject:
            return [claim for claim, rest in found if rest & subject]
        return [claim for claim, rest in found if rest & statement.talk] or [
            claim for claim, _ in found if len(found) == 1
        ]

    def _with_words(self, words: tuple[str, ...]) -> list[Claim]:
        if self._by_word is None:
            self._by_word = defaultdict(list)
            for claim in self.live:
                for word in set(claim.reading.content):
                    self._by_word[word].append(claim)
        if not words:
            return []
        rarest = min((self._by_word.get(word, []) for word in words), key=len)
        return [claim for claim in rarest if claim in self.live and set(words) <= set(claim.reading.content)]

    def _overrule(self, stale: list[Claim], voice: Voice) -> bool:
        """Put what a user said in the place of older claims: in their own words, with the new value."""
        statement = voice.newest
        reading = subject_words(statement.reading)
        frame = frame_of(reading, statement.text)
        latest = max(stale, key=lambda claim: claim.at)
        text = self._with_value(latest, frame, statement.text)
        self._rewrite(stale, text or statement.text, statement)
        return True

    def _with_value(self, claim: Claim, correction: Frame | None, text: str) -> str | None:
        frame = frame_of(claim.reading, claim.text)
        if frame is None or correction is None or frame.kind != correction.kind or _disagrees(frame, correction):
            return None
        span = span_of(text, correction.value)
        return swap_words(claim.text, frame.value, text[span[0] : span[1]]) if span else None

    def _rewrite(self, stale: list[Claim], text: str, statement: Statement) -> None:
        text = without_support(text)
        reading = read(text[len(announcement(text)) :])
        standing = next((claim for claim in self._equal(reading) if claim not in stale), None)
        winner = standing or Claim([], text, reading, stale[0].scope, statement.at)
        self.live[winner] = None
        self._replace(stale, winner, self._session(statement))
        if self._by_word is not None:
            for word in set(reading.content):
                self._by_word[word].append(winner)

    def _equal(self, reading: Reading) -> list[Claim]:
        return [claim for claim in self._with_words(reading.content) if claim.reading.content == reading.content]

    def _replace(self, stale: list[Claim], winner: Claim, why: str) -> None:
        for claim in stale:
            winner.stale += claim.facts + claim.stale
            self.live.pop(claim, None)
        winner.why = why

    def _silence_older(self) -> None:
        """Settle voices that speak for a value which a newer correction has named as the old one."""
        said_with: dict[str, list[Voice]] = defaultdict(list)
        for voice in self._voices:
            for word in set(voice.newest.reading.content):
                said_with[word].append(voice)
        for newer in self._voices:
            if newer.newest.swap is not None:
                old, new = (read(term).content for term in newer.newest.swap)
                for voice in said_with[old[0]] if old else ():
                    voice.settled = voice.settled or (voice.at < newer.at and _speaks_for(voice, old, new))


def _speaks_for(voice: Voice, old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    reading = voice.newest.reading
    return not set(new) <= set(reading.content) and holds_value(reading, old) is not None


def _subject(statement: Statement) -> frozenset[str]:
    """The things a correction names."""
    reading = subject_words(statement.reading)
    named = zip(reading.content, reading.kinds, strict=True)
    return frozenset(word for word, kind in named if kind in (PLAIN, NAME, IDENTIFIER)) - _NO_SUBJECT


def _disagrees(frame: Frame, correction: Frame) -> bool:
    """Whether what is counted would have the wrong number: "two approvals", "one approval"."""
    return frame.kind == "amount" and (frame.value == ("1",)) != (correction.value == ("1",))
