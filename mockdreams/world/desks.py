"""Desks: what the fake keeps beside a session, all of it plain data."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce

from mockdreams.answering.acts import Act, UseCustomTool, UseMcpTool, UseTool
from mockdreams.answering.grader import Verdict
from mockdreams.answering.hearing import Done
from mockdreams.dreaming.plan import NO_TOKENS, Tokens
from mockdreams.wire.threads import SessionThread
from mockdreams.world.tables import Table
from mockdreams.world.transcripts import Transcript


@dataclass(slots=True)
class Seat:
    """A thread's transcript and its place in a turn.

    `due` is when it goes on by itself, and `awaits` the action that makes it. `round` are the acts of the model request
    that is under way, and `ids` those of the events that they will be. `script` is the rest of a scripted turn (None:
    the agent decides). `calls` are those whose answers are due from the caller, by the id of their event; the thread is
    `held` until the answers to all calls of the session are there. `heard` and `done` are what the agent has heard and
    what its calls brought in this turn.
    """

    session_id: str
    thread_id: str
    parent_id: str | None = None
    transcript: Transcript = field(default_factory=Transcript)
    due: datetime | None = None
    awaits: str = ""
    running_since: datetime | None = None
    started_at: datetime | None = None
    request_id: str = ""
    round: tuple[Act, ...] = ()
    ids: tuple[str, ...] = ()
    script: tuple[Act, ...] | None = None
    calls: dict[str, UseTool | UseMcpTool | UseCustomTool] = field(default_factory=dict)
    held: bool = False
    children: set[str] = field(default_factory=set)
    heard: list[str] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    said: str = ""
    previewed: set[str] = field(default_factory=set)
    active: float = 0.0
    nanodollars: int = 0
    tokens: Tokens = NO_TOKENS
    fresh: int = 0
    """Characters that no model request has read yet."""
    context: int = 0
    """Tokens that the last model request read."""

    @property
    def stopped(self) -> bool:
        """Whether nothing more happens in the thread until somebody else does something."""
        return self.due is None and not self.children


@dataclass(slots=True)
class Goal:
    """The outcome that a session works toward."""

    outcome_id: str
    description: str
    rubric: str
    iterations: int
    iteration: int = 0
    start_id: str = ""
    delivered: list[str] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    exhausted: bool = False


@dataclass(slots=True)
class Desk:
    """The threads of a session, its scripted turns and verdicts, and the outcome that it works toward."""

    primary: Seat
    seats: dict[str, Seat]
    threads: Table[SessionThread] = field(default_factory=Table)
    running_since: datetime | None = None
    active: float = 0.0
    turns: deque[tuple[Act, ...]] = field(default_factory=deque)
    verdicts: deque[Verdict] = field(default_factory=deque)
    goal: Goal | None = None

    @property
    def due(self) -> datetime | None:
        """When the session goes on by itself."""
        return min((seat.due for seat in self.seats.values() if seat.due), default=None)

    @property
    def tokens(self) -> Tokens:
        """What the session has used."""
        return reduce(Tokens.plus, (seat.tokens for seat in self.seats.values()))

    @property
    def calls(self) -> dict[str, Seat]:
        """The calls whose answers are due, by the id of their event, and whose they are."""
        return {id: seat for seat in self.seats.values() for id in seat.calls}

    @property
    def children(self) -> Iterator[Seat]:
        return (seat for seat in self.seats.values() if seat is not self.primary)
