"""The sessions of a generated world: what is asked, corrected, wished for again and again."""

from dataclasses import dataclass, field

from mockdreams.generating.memories import OriginalMemory
from mockdreams.generating.templates import RandomSource, Templates, reworded

# How many wishes recur, and how many facts are to be remembered, for each session.
WISHES, REMEMBERED = 0.2, 0.1
# In how many sessions a recurring wish is heard: at least, at most.
SUPPORT = 2, 6


@dataclass(eq=False)
class SourceSession:
    """A session; `when` is its place in time, from 0 to 1."""

    title: str
    when: float
    turns: list[tuple[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class Insight:
    text: str
    sessions: list[SourceSession]


class SourceSessions:
    """`count` sessions, in order of time."""

    def __init__(self, draw: RandomSource, templates: Templates, count: int) -> None:
        self._draw = draw
        self._templates = templates
        self.all = [self._session(when) for when in draw.moments(count)]
        self.insights = [self._wish(text) for text in self._wishes()]
        self.insights += [self._remember() for _ in range(int(count * REMEMBERED))]

    def correct(self, original: OriginalMemory, value: str) -> SourceSession:
        """In one of the sessions the user says that the changed fact of an original has another value by now."""
        fact = original.changed
        assert fact is not None
        fact.values.append(value)
        session = self._draw.one(self.all)
        self._say(session, reworded(self._draw.one(self._templates.correcting), fact.with_value(value), fact.name))
        return session

    def _session(self, when: float) -> SourceSession:
        session = SourceSession(self._draw.new(self._templates.titles), when)
        session.turns.append((self._draw.new(self._templates.asking), self._draw.text(self._templates.answering)))
        return session

    def _wishes(self) -> list[str]:
        count = max(1, int(len(self.all) * WISHES)) if len(self.all) >= SUPPORT[0] else 0
        return self._draw.some(self._templates.wishes, count, count)

    def _wish(self, text: str) -> Insight:
        sessions = self._draw.some(self.all, *SUPPORT)
        for session in sessions:
            self._say(session, reworded(self._draw.one(self._templates.wishing), text))
        return Insight(text, sessions)

    def _remember(self) -> Insight:
        text, session = self._draw.new(self._templates.remembering), self._draw.one(self.all)
        self._say(session, text)
        return Insight(text, [session])

    def _say(self, session: SourceSession, words: str) -> None:
        session.turns.append((words, self._draw.text(self._templates.agreeing)))
