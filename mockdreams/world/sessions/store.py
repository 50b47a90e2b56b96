"""The session store: records of sessions, the state beside each, their statuses, their usage and their time."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from mockdreams.dreaming.plan import Tokens
from mockdreams.wire import events as ev
from mockdreams.wire.errors import ServiceError, not_found
from mockdreams.wire.sessions import Session, SessionStats, SessionStatus
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import UNBOUNDED, Table, TimeRange, first_page
from mockdreams.world.sessions.event_log import EventLog
from mockdreams.world.sessions.state import SessionState, ThreadState
from mockdreams.world.sessions.usage import NANODOLLARS_PER_CENT, time_cost, tokens_cost, usage_report

TRANSITIONS: dict[SessionStatus, frozenset[SessionStatus]] = {
    "idle": frozenset({"idle", "running", "terminated"}),
    "running": frozenset({"running", "idle", "rescheduling", "terminated"}),
    "rescheduling": frozenset({"running", "idle", "terminated"}),
    "terminated": frozenset(),
}
"""What a session's status can become. An idle one idles again when it is interrupted while it waits for a caller;
a running one that was created with its first events runs again when it takes them up."""


_TOLD: dict[SessionStatus, str] = {
    "running": "session.status_run_started",
    "idle": "session.status_idled",
    "rescheduling": "session.status_rescheduled",
    "terminated": "session.status_terminated",
}
"""What webhooks are told of a session that has become so."""


class SessionFilter(NamedTuple):
    """Which sessions a list shows; the defaults leave out only the archived and terminated.

    Those that are terminated and not archived are shown where their status is asked for.
    """

    agent_id: str | None = None
    agent_version: int | None = None
    deployment_id: str | None = None
    memory_store_id: str | None = None
    statuses: frozenset[str] = frozenset()
    include_archived: bool = False
    window: TimeRange = UNBOUNDED

    def matches(self, session: Session) -> bool:
        return (
            (self.include_archived or session.archived_at is None)
            and self.agent_id in (None, session.agent.id)
            and (self.agent_id is None or self.agent_version in (None, session.agent.version))
            and self.deployment_id in (None, session.deployment_id)
            and (self.memory_store_id is None or self.memory_store_id in session.memory_store_ids)
            and (not self.statuses or session.status in self.statuses)
        )


def unterminated(session: Session) -> bool:
    """The list of sessions leaves out the terminated."""
    return session.status != "terminated"


class SessionPage(NamedTuple):
    """Some sessions, and whether there are more before and after them."""

    records: list[Session]
    before: bool
    after: bool


class SessionStore:
    """All sessions of a world. `guards` may refuse what a caller does to one by raising ServiceError.

    `rest_hooks` hear of each that has become idle or terminated.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.table = Table[Session](shown=unterminated)
        self._states: dict[str, SessionState] = {}
        self._threads: dict[str, ThreadState] = {}
        self.guards: list[Callable[[str], None]] = []
        self.rest_hooks: list[Callable[[str], None]] = []

    def add(self, session: Session, state: SessionState) -> Session:
        self._states[session.id] = state
        self.register_thread(state.primary)
        return self.table.put(session)

    def register_thread(self, thread: ThreadState) -> None:
        """Let a thread be found by its id."""
        self._threads[thread.thread_id] = thread

    def remove(self, session_id: str) -> SessionState:
        """Forget a session; what was beside it is left."""
        self.table.remove(session_id)
        state = self._states.pop(session_id)
        for thread_id in state.threads:
            del self._threads[thread_id]
        return state

    def retrieve(self, session_id: str) -> Session:
        session = self.table.get(session_id)
        if session is None:
            raise _unknown(session_id)
        return session

    def check(self, session_ids: Iterable[str]) -> None:
        """Refuse (404) a session that does not exist."""
        gone = self.table.missing(session_ids)
        if gone is not None:
            raise _unknown(gone)

    def guard(self, session_id: str) -> None:
        for guard in self.guards:
            guard(session_id)

    def state(self, session_id: str) -> SessionState:
        """What is beside a session. Raises ServiceError (404) if there is none."""
        state = self._states.get(session_id)
        if state is None:
            raise _unknown(session_id)
        return state

    @property
    def states(self) -> Iterable[SessionState]:
        """Those of all sessions."""
        return self._states.values()

    def find_state(self, session_id: str) -> SessionState | None:
        return self._states.get(session_id)

    def find_thread(self, thread_id: str) -> tuple[SessionState, ThreadState] | tuple[None, None]:
        """A thread and the session that it belongs to, if they are still there."""
        thread = self._threads.get(thread_id)
        return (None, None) if thread is None else (self._states[thread.session_id], thread)

    def event_log(self, session_id: str) -> EventLog:
        """The events of the primary thread, which are what the session shows."""
        return self.state(session_id).primary.log

    def messages(self, session_ids: Iterable[str]) -> int:
        """How many messages there are in sessions that exist."""
        return sum([len(self._states[id].primary.log.messages) for id in session_ids])

    def characters(self, session_ids: Iterable[str]) -> int:
        """How long the texts of their messages are."""
        return sum([self._states[id].primary.log.characters for id in session_ids])

    def count_in(self, environment_id: str) -> int:
        """How many sessions of an environment are not over."""
        return sum(session.environment_id == environment_id for session in self.table.iterate())

    def page(
        self,
        shown: SessionFilter,
        *,
        limit: int,
        after: int | None = None,
        oldest_first: bool = False,
        backward: bool = False,
    ) -> SessionPage:
        """A page beyond the place `after`, in the order of the list or, `backward`, against it."""

        def beyond(place: int | None, backward: bool) -> Iterator[Session]:
            hidden = shown.include_archived or "terminated" in shown.statuses
            walk = self.table.iterate(
                after=place, oldest_first=oldest_first != backward, hidden=hidden, window=shown.window
            )
            return filter(shown.matches, walk)

        records, more = first_page(beyond(after, backward), limit)
        if after is None or not records:
            return SessionPage(records, False, more)
        back = next(beyond(self.table.position(records[0].id), not backward), None) is not None
        return SessionPage(records[::-1], more, back) if backward else SessionPage(records, back, more)

    def transition(self, session: Session, status: SessionStatus, **fields: Any) -> Session:
        """The only place where the status of a session is set."""
        if status not in TRANSITIONS[session.status]:
            raise RuntimeError(f"session {session.id} cannot become {status}: it is {session.status}")
        now = max(self._context.clock.time, session.updated_at)
        changed = self.table.put(session.replace(status=status, updated_at=now, **fields))
        for hook in self.rest_hooks if status in ("idle", "terminated") else ():
            hook(session.id)
        if status != session.status or status == "idle":
            self._tell(session.id, status)
        return changed

    def _tell(self, session_id: str, status: SessionStatus) -> None:
        """Webhooks are told of a session's status, under the name that the guide has and under the SDK's older one."""
        self._context.happened(_TOLD[status], session_id)
        if status == "running":
            self._context.happened("session.running", session_id)
        elif status == "idle":
            waits = bool(self._states[session_id].calls)
            self._context.happened("session.requires_action" if waits else "session.idled", session_id)

    def current(self, session: Session) -> Session:
        """The session with its timing as of now, which in a terminated one no longer moves.

        The tokens that it shows, and their cost, are those at the end of its last turn; those of a dream's session are
        those after its last model request, as the dream's are.
        """
        state, ended = self._states[session.id], session.status == "terminated"
        end = session.updated_at if ended else self._context.clock.time
        since = state.running_since
        active = state.active_seconds + ((end - since).total_seconds() if since else 0)
        threads = active + sum(thread.active_seconds for thread in state.children)
        lasted = max(0.0, (end - session.created_at).total_seconds())  # two of one instant differ in created_at
        stats = SessionStats.unchecked(active_seconds=threads, duration_seconds=lasted)
        usage = session.usage.replace(active_seconds=active)
        same = stats == session.stats and usage == session.usage
        return session if same else session.replace(stats=stats, usage=usage)

    def spend(self, state: SessionState, thread: ThreadState, tokens: Tokens) -> None:
        """Add tokens to what a thread has used."""
        thread.tokens = thread.tokens.plus(tokens)
        model = state.record(thread).agent.model
        model = model if isinstance(model, str) else model.id
        thread.nanodollars += tokens_cost(model, tokens, self._context.policy)

    def show_usage(self, state: SessionState) -> None:
        """Let the session show what it has used so far, before the end of its turn."""
        self.table.put(self.retrieve(state.session_id).replace(usage=self.usage(state)))

    def usage(self, state: SessionState) -> ev.SessionUsage:
        """What the session has used so far."""
        return usage_report(state.tokens, state.active_seconds, self.cost(state))

    def cost(self, state: SessionState) -> int:
        """Nanodollars for what the session has used so far."""
        since = state.running_since
        running = (self._context.clock.time - since).total_seconds() if since else 0
        tokens = sum(thread.nanodollars for thread in state.threads.values())
        return tokens + time_cost(state.active_seconds + running, self._context.policy)

    def reached_budget(self, state: SessionState) -> bool:
        """Whether the session has used up its budget."""
        session = self.retrieve(state.session_id)
        if session.budget is None:
            return False
        return self.cost(state) >= int(session.budget.max_list_cost.amount) * NANODOLLARS_PER_CENT

    def touch(self, session_id: str) -> bool:
        """Somebody looks at a session: in `auto` mode it goes on until its status is another. Whether it is at work."""
        session, state = self.table.get(session_id), self._states.get(session_id)
        if state is None:
            return False
        while session is not None and self._context.clock.mode == "auto" and state.due is not None:
            due = state.due
            self._context.clock.touch(due)
            before, session = session, self.table.get(session_id)
            if session is None or session.status != before.status or state.due == due:
                break
        return session is not None and state.due is not None

    def touch_all(self) -> None:
        """Somebody looks at the list: in `auto` mode every session goes on."""
        if self._context.clock.mode != "auto":
            return
        for session_id in sorted(self._waiting(), key=self.table.position):
            self.touch(session_id)

    def _waiting(self) -> set[str]:
        """The sessions that a task of the clock is about, or one of whose threads: no other has anything due."""
        targets = self._context.clock.targets
        return {self._threads[id].session_id if id in self._threads else id for id in targets} & self._states.keys()

    def is_live(self, session_id: str) -> bool:
        """Whether anything more will happen in the session by itself."""
        state = self._states.get(session_id)
        return state is not None and (state.due is not None or state.running_since is not None)

    @property
    def any_live(self) -> bool:
        """Whether anything more will happen in any session by itself."""
        return any(map(self.is_live, self._states))

    def close_streams(self) -> None:
        """End every open stream."""
        for state in self._states.values():
            for thread in state.threads.values():
                thread.log.end()


def _unknown(session_id: str) -> ServiceError:
    return not_found(
        f"Session not found: {session_id}", rule="session-absent-404 events-absent-404 dream-session-absent-404"
    )
