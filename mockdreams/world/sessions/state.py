"""Session state: what the fake keeps beside a session, all of it plain data."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mockdreams.default_agent.actions import Action, UseCustomTool, UseMcpTool, UseTool
from mockdreams.default_agent.agent_context import FinishedCall
from mockdreams.default_agent.grader import Verdict
from mockdreams.dreaming.plan import NO_TOKENS, Tokens
from mockdreams.wire.threads import SessionThread
from mockdreams.world.core.tables import Table
from mockdreams.world.core.tasks import TaskName
from mockdreams.world.sessions.event_log import EventLog


@dataclass(slots=True)
class ThreadState:
    """A thread's event log and its place in a turn."""

    session_id: str
    thread_id: str
    log: EventLog
    parent_id: str | None = None
    due: datetime | None = None
    """When the thread goes on by itself."""
    scheduled_task: TaskName | None = None
    """The task that makes it go on."""
    running_since: datetime | None = None
    started_at: datetime | None = None
    request_id: str = ""
    """The event that began the model request under way."""
    pending_actions: tuple[Action, ...] = ()
    """What the model request under way will do."""
    pending_event_ids: tuple[str, ...] = ()
    """The ids of the events that the pending actions will be."""
    script: tuple[Action, ...] | None = None
    """The rest of a scripted turn; None: the agent decides."""
    calls: dict[str, UseTool | UseMcpTool | UseCustomTool] = field(default_factory=dict)
    """The calls whose answers are due from the caller, by the id of their event."""
    held_calls: dict[str, UseTool | UseMcpTool] = field(default_factory=dict)
    """Calls that may run, and do when those beside them that need an approval have it."""
    worker_calls: set[str] = field(default_factory=set)
    """Those of them whose answers are due from a worker, now that they may run."""
    waiting_for_results: bool = False
    """Whether the thread waits until the answers to all calls of the session are there."""
    paused: bool = False
    """Whether the session's budget was reached when the next model request was to begin."""
    children: set[str] = field(default_factory=set)
    """The threads whose reports it waits for."""
    turn_messages: list[str] = field(default_factory=list)
    heard: int = 0
    """How many of them the agent has heard already in this turn."""
    turn_tool_results: list[FinishedCall] = field(default_factory=list)
    turn_text: str = ""
    """What the agent has said in this turn."""
    previewed: set[str] = field(default_factory=set)
    """The events that a preview of this model request has begun."""
    active_seconds: float = 0.0
    nanodollars: int = 0
    tokens: Tokens = NO_TOKENS
    unread_chars: int = 0
    """Characters that no model request has read yet."""
    context_tokens: int = 0
    """Tokens that the last model request read."""

    @property
    def at_rest(self) -> bool:
        """Whether the thread neither works nor waits for an answer, a report or more budget."""
        return self.due is None and not self.children and not self.calls and not self.paused


@dataclass(slots=True)
class OutcomeProgress:
    """The outcome that a session works toward."""

    outcome_id: str
    description: str
    rubric: str
    iterations: int
    iteration: int = 0
    start_id: str = ""
    """The event that began the evaluation under way."""
    graded_text: list[str] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    exhausted: bool = False


@dataclass(slots=True)
class SessionState:
    """The threads of a session, its scripted turns and verdicts, and the outcome that it works toward."""

    primary: ThreadState
    threads: dict[str, ThreadState]
    thread_records: Table[SessionThread] = field(default_factory=Table)
    running_since: datetime | None = None
    active_seconds: float = 0.0
    scripted_turns: deque[tuple[Action, ...]] = field(default_factory=deque)
    scripted_verdicts: deque[Verdict] = field(default_factory=deque)
    repeated_turn: tuple[Action, ...] = ()
    """The turn that comes again and again by itself; what is sent meanwhile waits."""
    repeats_left: int = 0
    """How often it comes after this time."""
    outcome: OutcomeProgress | None = None
    interrupt_due: datetime | None = None
    """When the interrupts that wait take effect."""

    @property
    def session_id(self) -> str:
        return self.primary.session_id

    @property
    def due(self) -> datetime | None:
        """When something happens next in the session by itself."""
        moments = [self.interrupt_due, *(thread.due for thread in self.threads.values())]
        return min((moment for moment in moments if moment), default=None)

    @property
    def works(self) -> bool:
        """Whether a thread goes on by itself."""
        return any(thread.due for thread in self.threads.values())

    @property
    def tokens(self) -> Tokens:
        """What the session has used."""
        return Tokens(*map(sum, zip(*(thread.tokens for thread in self.threads.values()), strict=True)))

    @property
    def calls(self) -> dict[str, ThreadState]:
        """The calls whose answers are due, by the id of their event, and whose they are."""
        return {id: thread for thread in self.threads.values() for id in thread.calls}

    @property
    def paused(self) -> list[ThreadState]:
        """The threads that go on when there is more budget."""
        return [thread for thread in self.threads.values() if thread.paused]

    @property
    def children(self) -> Iterator[ThreadState]:
        return (thread for thread in self.threads.values() if thread is not self.primary)

    @property
    def works_toward_outcome(self) -> bool:
        return self.outcome is not None and not self.outcome.exhausted

    def record(self, thread: ThreadState) -> SessionThread:
        """What a thread looks like from outside."""
        record = self.thread_records.get(thread.thread_id)
        assert record is not None
        return record
