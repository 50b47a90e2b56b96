"""Generated worlds: memories and sessions on one line of time, and labels that say what a good dream makes of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from mockdreams.generating.graded import Graded
from mockdreams.generating.memories import Memories, OriginalMemory, SourceMemory
from mockdreams.generating.source_sessions import SourceSession, SourceSessions
from mockdreams.generating.templates import RandomSource, load
from mockdreams.generating.writing import render
from mockdreams.world.core.policy import Policy

STORE = "Company notes"
SPEAKERS = ("user", "agent")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTES = 90 * 24 * 60
"""How long before `NOW` it all began."""


def generate(sessions: int = 50, memories: int = 200, messiness: float = 0.4, seed: int = 7, graded: int = 0) -> str:
    """A seed world as YAML, for `load=` and `--load`, with its labels. Equal arguments make equal texts.

    `messiness` is 0 (nothing is copied, contradicted or noise) to 1 (seven memories in ten are). `graded` adds so many
    of each form that a dream is judged by, in memories and sessions of their own. Raises ValueError for another
    messiness, and for more memories than a store can hold.
    """
    most = Policy().memories_per_store
    if not 0 <= messiness <= 1:
        raise ValueError(f"messiness must be from 0 to 1, not {messiness}")
    if not 0 <= memories <= most:
        raise ValueError(f"a memory store holds from 0 to {most} memories, not {memories}")
    if sessions < 0:
        raise ValueError(f"there cannot be {sessions} sessions")
    if graded < 0:
        raise ValueError(f"there cannot be {graded} of each form")
    command = (
        f"mockdreams generate --sessions {sessions} --memories {memories} --messiness {float(messiness)} --seed {seed}"
    ) + (f" --graded {graded}" if graded else "")
    world = _World(sessions, memories, messiness, seed, graded)
    if memories + len(world.graded.memories) > most:
        raise ValueError(f"a memory store holds up to {most} memories, not {graded} of each form beside {memories}")
    return render(command, world.document())


class _World:
    def __init__(self, sessions: int, memories: int, messiness: float, seed: int, graded: int) -> None:
        self.templates = load()
        self.draw = RandomSource(self.templates, seed)
        self.memories = Memories(self.draw, self.templates, memories, messiness)
        self.sessions = SourceSessions(self.draw, self.templates, sessions)
        self.corrected: dict[OriginalMemory, SourceSession] = {}
        self._correct()
        self._date()
        self.graded = Graded(self.draw, graded)

    def _correct(self) -> None:
        """Every second contradiction goes on: in a session the user names a third value."""
        for original in self.memories.changed[::2] if self.sessions.all else ():
            if not original.copied and original.changed:
                value = self.memories.other_value(original.changed)
                self.corrected[original] = self.sessions.correct(original, value)

    def _date(self) -> None:
        for original in self.memories.originals:
            history, session = original.history(), self.corrected.get(original)
            moments = self.draw.moments(len(history), before=session.when if session else 1)
            for memory, when in zip(history, moments, strict=True):
                memory.when = when
        for memory, when in zip(self.memories.noise, self.draw.moments(len(self.memories.noise)), strict=True):
            memory.when = when

    def document(self) -> dict[str, Any]:
        memories = sorted([*self.memories, *self.graded.memories], key=lambda memory: memory.when)
        sessions = sorted([*self.sessions.all, *self.graded.sessions], key=lambda session: session.when)
        moments = sorted([*(memory.when for memory in memories), *(session.when for session in sessions)])
        gap = max(1, MINUTES // (len(moments) + 1))
        start = NOW - timedelta(minutes=gap * (len(moments) + 1))
        times = {when: start + timedelta(minutes=gap * place) for place, when in enumerate(moments, start=1)}
        store = [{"path": memory.path, "at": times[memory.when], "content": memory.content} for memory in memories]
        return {
            "now": NOW,
            "memory_stores": [{"name": STORE, "description": "What a company's assistant noted.", "memories": store}],
            "sessions": [_session(session, times[session.when]) for session in sessions],
            "labels": self._labels(),
        }

    def _labels(self) -> dict[str, Any]:
        originals = self.memories.originals
        labels: dict[str, Any] = {
            "instructions": self.templates.instructions,
            "facts": {original.path: self._facts(original) for original in originals},
            "duplicates": [_paths(one, one.duplicates) for one in originals if one.duplicates],
            "near_duplicates": [_paths(one, one.near_duplicates) for one in originals if one.near_duplicates],
            "contradictions": [label for original in self.memories.changed for label in self._contradictions(original)],
            "noise": {"memories": [memory.path for memory in self.memories.noise]},
            "insights": [
                {
                    "text": insight.text,
                    "sessions": len(insight.sessions),
                    "titles": [session.title for session in insight.sessions],
                }
                for insight in self.sessions.insights
            ],
        }
        for kind, rows in self.graded.labels.items():
            labels[kind] = [*labels.get(kind, ()), *rows]
        return labels

    def _facts(self, original: OriginalMemory) -> list[Any]:
        outdated = original.changed if original in self.corrected else None
        return [fact.label() for fact in original.facts if fact is not outdated]

    def _contradictions(self, original: OriginalMemory) -> Iterator[dict[str, str]]:
        """One label for each value that no longer holds, oldest first."""
        fact, session, stale = original.changed, self.corrected.get(original), original.stale
        assert fact is not None
        assert stale is not None
        newest = {
            "current": fact.with_value(fact.values[-1]),
            "path": original.path,
            "evidence": session.title if session else original.path,
        }
        yield {"stale": fact.with_value(fact.values[0]), "in": stale.path, **newest}
        if session is not None:
            yield {"stale": fact.text, "in": original.path, **newest}


def _paths(original: OriginalMemory, copies: list[SourceMemory]) -> list[str]:
    return [original.path, *(copy.path for copy in copies)]


def _session(session: SourceSession, at: datetime) -> dict[str, Any]:
    transcript = [{speaker: words} for turn in session.turns for speaker, words in zip(SPEAKERS, turn, strict=True)]
    return {"title": session.title, "at": at, "memory_stores": [STORE], "transcript": transcript}
