"""Threads: listed, read, archived; and what each of them shows of its status."""

from typing import Any

from mockdreams.wire import events as ev
from mockdreams.wire.agents import SessionAgent, ThreadAgent
from mockdreams.wire.content import text
from mockdreams.wire.errors import invalid, not_found, shortened
from mockdreams.wire.multiagent import Advisor
from mockdreams.wire.sessions import Session
from mockdreams.wire.threads import SessionThread, ThreadOwner, ThreadStats, ThreadStatus
from mockdreams.world.core.context import Context
from mockdreams.world.core.ids import is_valid_id
from mockdreams.world.core.tables import first_page
from mockdreams.world.sessions.event_log import EventLog
from mockdreams.world.sessions.state import SessionState, ThreadState
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.usage import usage_report

END_TURN = ev.EndTurn.unchecked()
NO_STATS = ThreadStats.unchecked()
TRANSITIONS: dict[ThreadStatus, frozenset[ThreadStatus]] = {
    "idle": frozenset({"idle", "running", "terminated"}),
    "running": frozenset({"running", "idle", "rescheduling", "terminated"}),
    "rescheduling": frozenset({"running", "idle", "terminated"}),
    "terminated": frozenset(),
}
"""What a thread's status can become. It says so again in an event where it stays the same: an idle one that is
interrupted, a running parent that goes on with its session."""


class Threads:
    """The threads of all sessions of a world. What a child shows of its status is shown on the primary thread too."""

    def __init__(self, context: Context, sessions: SessionStore) -> None:
        self._context = context
        self._sessions = sessions

    def new_state(self, session: Session) -> SessionState:
        """The state of a new session, with its primary thread."""
        primary = ThreadState(session.id, self._context.ids.mint("sthr"), EventLog(self._context))
        state = SessionState(primary=primary, threads={primary.thread_id: primary})
        state.thread_records.put(
            SessionThread.unchecked(
                id=primary.thread_id,
                session_id=session.id,
                agent=_thread_agent(session.agent),
                created_at=session.created_at,
                updated_at=session.created_at,
            )
        )
        return state

    def spawn(self, state: SessionState, parent: ThreadState, agent: ThreadOwner, ask: str) -> ThreadState:
        """A new thread that its parent asks for something."""
        thread_id = self._context.ids.mint("sthr")
        thread = ThreadState(state.session_id, thread_id, EventLog(self._context), parent_id=parent.thread_id)
        self._sessions.register_thread(thread)
        state.threads[thread_id] = thread
        self._context.happened("session.thread_created", state.session_id, session_thread_id=thread_id)
        created = state.thread_records.next_time(self._context.clock.time)
        state.thread_records.put(
            SessionThread.unchecked(
                id=thread_id,
                session_id=state.session_id,
                parent_thread_id=parent.thread_id,
                agent=agent,
                created_at=created,
                updated_at=created,
            )
        )
        said = (text(ask),)
        parent.log.append(ev.ThreadCreated, session_thread_id=thread_id, agent_name=agent.name)
        parent.log.append(ev.ThreadMessageSent, to_session_thread_id=thread_id, to_agent_name=agent.name, content=said)
        self.run(state, thread)
        thread.log.append(ev.ThreadMessageReceived, from_session_thread_id=parent.thread_id, content=said)
        return thread

    def report(
        self,
        state: SessionState,
        child: ThreadState,
        words: str,
        reason: ev.StopReason = END_TURN,
        details: ev.RefusalDetails | None = None,
    ) -> None:
        """A child has done what it was asked for, or could not, and says so to its parent.

        One that is out of retries, and an advisor, is then over.
        """
        parent, said = state.threads[child.parent_id or ""], (text(words),)
        agent = state.record(child).agent
        child.log.append(ev.ThreadMessageSent, to_session_thread_id=parent.thread_id, content=said)
        self.idle(state, child, reason, details)
        parent.log.append(
            ev.ThreadMessageReceived, from_session_thread_id=child.thread_id, from_agent_name=agent.name, content=said
        )
        if isinstance(agent, Advisor) or isinstance(reason, ev.RetriesExhausted):
            self.terminate(state, child)

    def retrieve(self, session_id: str, thread_id: str) -> SessionThread:
        state = self._sessions.state(session_id)
        if not is_valid_id(thread_id, "sthr"):
            raise invalid(f"Invalid thread ID: {shortened(thread_id)}", rule="thread-malformed-400")
        thread = state.thread_records.get(thread_id)
        if thread is None:
            raise not_found(f"Thread not found: {thread_id}", rule="thread-interrupt-absent-404")
        return thread

    def event_log(self, session_id: str, thread_id: str) -> EventLog:
        """Raises ServiceError (400 or 404) if there is no such thread."""
        return self._sessions.state(session_id).threads[self.retrieve(session_id, thread_id).id].log

    def current(self, thread: SessionThread) -> SessionThread:
        """The thread with its timing as of now; that of an archived one no longer moves."""
        if thread.stats is None:
            return thread
        state = self._sessions.state(thread.session_id).threads[thread.id]
        end = thread.archived_at or self._context.clock.time
        running = (end - state.running_since).total_seconds() if state.running_since else 0
        startup = 0.0
        if state.parent_id is None and state.started_at is not None:
            startup = (state.started_at - thread.created_at).total_seconds()
        stats = ThreadStats(
            active_seconds=state.active_seconds + running,
            duration_seconds=(end - thread.created_at).total_seconds(),
            startup_seconds=startup,
        )
        return thread.replace(stats=stats)

    def page(
        self, session_id: str, statuses: frozenset[str], *, limit: int, after: int | None
    ) -> tuple[list[SessionThread], bool]:
        """In the order of their creation."""
        threads = self._sessions.state(session_id).thread_records.iterate(after=after, oldest_first=True)
        return first_page((thread for thread in threads if not statuses or thread.status in statuses), limit)

    def archive(self, session_id: str, thread_id: str, *, seen: ThreadStatus | None = None) -> SessionThread:
        """`seen` is the status that is gone by, where that is not the thread's own."""
        thread = self.retrieve(session_id, thread_id)
        self._sessions.guard(session_id)
        if thread.parent_thread_id is None:
            raise invalid(
                "The primary thread cannot be archived; archive the session instead.", rule="thread-archive-primary-400"
            )
        if thread.archived_at is not None:
            return thread
        status = seen or thread.status
        if status in ("running", "rescheduling"):
            raise invalid(
                f'Thread {thread_id} cannot be archived while its status is "{status}". '
                "Send user.interrupt with session_thread_id set to bring it to idle first.",
                rule="thread-archive-running-400",
            )
        state, now = self._sessions.state(session_id), max(self._context.clock.time, thread.updated_at)
        child = state.threads[thread_id]
        child.calls.clear()
        child.held_calls.clear()
        child.waiting_for_results = child.paused = False
        state.threads[child.parent_id or ""].children.discard(thread_id)
        self.terminate(state, child)
        archived = self.current(state.record(child)).replace(archived_at=now, updated_at=now)
        return state.thread_records.put(archived)

    def mirror_to_primary(self, state: SessionState, thread: ThreadState, event: ev.Event, **fields: Any) -> None:
        """Show an event of a child on the primary thread too, with `fields` that only the session's view has."""
        if thread is not state.primary:
            state.primary.log.append_copy(event, **fields)

    def run(self, state: SessionState, thread: ThreadState) -> None:
        """The thread turns `running`."""
        thread.running_since = self._context.clock.time
        thread.started_at = thread.started_at or thread.running_since
        self._transition(state, thread, "running", ev.ThreadStatusRunning)

    def idle(
        self,
        state: SessionState,
        thread: ThreadState,
        reason: ev.StopReason = END_TURN,
        details: ev.RefusalDetails | None = None,
    ) -> None:
        """The thread turns `idle`; from now on it has a usage."""
        self._pause(thread)
        usage = usage_report(thread.tokens, thread.active_seconds, thread.nanodollars)
        told = {"stop_reason": reason, "stop_details": details}
        self._transition(state, thread, "idle", ev.ThreadStatusIdle, told=told, usage=usage)

    def reschedule(self, state: SessionState, thread: ThreadState) -> None:
        self._pause(thread)
        self._transition(state, thread, "rescheduling", ev.ThreadStatusRescheduled)

    def terminate(self, state: SessionState, thread: ThreadState) -> None:
        """The thread turns `terminated`, if it is not yet."""
        if state.record(thread).status == "terminated":
            return
        self._pause(thread)
        self._transition(state, thread, "terminated", ev.ThreadStatusTerminated)

    def _pause(self, thread: ThreadState) -> None:
        if thread.running_since is not None:
            thread.active_seconds += (self._context.clock.time - thread.running_since).total_seconds()
        thread.running_since = None

    def _transition(
        self,
        state: SessionState,
        thread: ThreadState,
        status: ThreadStatus,
        kind: type[ev.Event],
        told: dict[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        """The only place where the status of a thread is set: an event tells of it, then the record has it."""
        record = state.record(thread)
        if status not in TRANSITIONS[record.status]:
            raise RuntimeError(f"thread {record.id} cannot become {status}: it is {record.status}")
        names = {"session_thread_id": thread.thread_id, "agent_name": record.agent.name}
        self.mirror_to_primary(state, thread, thread.log.append(kind, **names, **(told or {})))
        stats, now = record.stats or NO_STATS, max(self._context.clock.time, record.updated_at)
        state.thread_records.put(record.replace(status=status, stats=stats, updated_at=now, **fields))
        self._tell(state, thread, status)

    def _tell(self, state: SessionState, thread: ThreadState, status: ThreadStatus) -> None:
        """Webhooks are told of the threads of a multiagent session."""
        if status == "idle" and self._sessions.retrieve(state.session_id).agent.multiagent is not None:
            kind = "session.thread_idled"
        elif status == "terminated" and thread is not state.primary:
            kind = "session.thread_terminated"
        else:
            return
        self._context.happened(kind, state.session_id, session_thread_id=thread.thread_id)


def _thread_agent(agent: SessionAgent) -> ThreadAgent:
    return ThreadAgent.unchecked(**{name: getattr(agent, name) for name in ThreadAgent.model_fields})
