"""Threads: listed, read, archived; and what each of them shows of its status."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from mockdreams.wire import events as ev
from mockdreams.wire.agents import SessionAgent, ThreadAgent
from mockdreams.wire.content import text
from mockdreams.wire.errors import invalid, not_found, shortened
from mockdreams.wire.sessions import Session
from mockdreams.wire.threads import InlineAgent, SessionThread, ThreadStats, ThreadStatus
from mockdreams.world.costs import reported
from mockdreams.world.desks import Desk, Seat
from mockdreams.world.ids import well_formed
from mockdreams.world.tables import take

if TYPE_CHECKING:
    from mockdreams.world.world import World

END_TURN = ev.EndTurn.made()
NO_STATS = ThreadStats.made()
E = TypeVar("E", bound=ev.Event)


class Threads:
    """The threads of all sessions of a world. What a child shows of its status is shown on the primary thread too."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def open_desk(self, session: Session) -> Desk:
        """The desk of a new session, with its primary thread."""
        seat = Seat(session_id=session.id, thread_id=self._world.ids.mint("sthr"))
        self._world.sessions.sit(seat)
        desk = Desk(primary=seat, seats={seat.thread_id: seat})
        desk.threads.put(
            SessionThread(
                id=seat.thread_id,
                session_id=session.id,
                agent=_thread_agent(session.agent),
                created_at=session.created_at,
                updated_at=session.created_at,
            )
        )
        return desk

    def spawn(self, parent: Seat, agent: ThreadAgent | InlineAgent, ask: str) -> Seat:
        """A new thread that its parent asks for something."""
        desk, now = self._world.sessions.desk(parent.session_id), self._world.clock.time
        thread_id = self._world.ids.mint("sthr")
        seat = Seat(session_id=parent.session_id, thread_id=thread_id, parent_id=parent.thread_id)
        self._world.sessions.sit(seat)
        desk.seats[thread_id] = seat
        created = desk.threads.next_time(now)
        desk.threads.put(
            SessionThread(
                id=thread_id,
                session_id=parent.session_id,
                parent_thread_id=parent.thread_id,
                agent=agent,
                created_at=created,
                updated_at=created,
            )
        )
        self.emit(parent, ev.ThreadCreated, session_thread_id=thread_id, agent_name=agent.name)
        said = (text(ask),)
        self.emit(parent, ev.ThreadMessageSent, to_session_thread_id=thread_id, to_agent_name=agent.name, content=said)
        self.run(seat)
        self.emit(seat, ev.ThreadMessageReceived, from_session_thread_id=parent.thread_id, content=said)
        return seat

    def report(self, child: Seat, words: str) -> None:
        """A child has done what it was asked for, and says so to its parent."""
        desk = self._world.sessions.desk(child.session_id)
        parent, said = desk.seats[child.parent_id or ""], (text(words),)
        name = self._name(child)
        self.emit(child, ev.ThreadMessageSent, to_session_thread_id=parent.thread_id, content=said)
        self.idle(child)
        self.emit(
            parent,
            ev.ThreadMessageReceived,
            from_session_thread_id=child.thread_id,
            from_agent_name=name,
            content=said,
        )

    def retrieve(self, session_id: str, thread_id: str) -> SessionThread:
        desk = self._world.sessions.open_desk(session_id)
        if not well_formed(thread_id, "sthr"):
            raise invalid(f"Invalid thread ID: {shortened(thread_id)}", rule="thread-malformed-400")
        thread = desk.threads.get(thread_id)
        if thread is None:
            raise not_found(f"Thread not found: {thread_id}", rule="thread-interrupt-absent-404")
        return thread

    def seat(self, session_id: str, thread_id: str) -> Seat:
        self.retrieve(session_id, thread_id)
        return self._world.sessions.desk(session_id).seats[thread_id]

    def current(self, thread: SessionThread) -> SessionThread:
        """The thread with its timing as of now; that of an archived one no longer moves."""
        if thread.stats is None:
            return thread
        seat = self._world.sessions.desk(thread.session_id).seats[thread.id]
        end = thread.archived_at or self._world.clock.time
        running = (end - seat.running_since).total_seconds() if seat.running_since else 0
        startup = 0.0
        if seat.parent_id is None and seat.started_at is not None:
            startup = (seat.started_at - thread.created_at).total_seconds()
        stats = ThreadStats(
            active_seconds=seat.active + running,
            duration_seconds=(end - thread.created_at).total_seconds(),
            startup_seconds=startup,
        )
        return thread.changed(stats=stats)

    def page(
        self, session_id: str, statuses: frozenset[str], *, limit: int, after: int | None
    ) -> tuple[list[SessionThread], bool]:
        """In the order of their creation."""
        threads = self._world.sessions.open_desk(session_id).threads.walk(after=after, oldest_first=True)
        return take((thread for thread in threads if not statuses or thread.status in statuses), limit)

    def archive(self, session_id: str, thread_id: str) -> SessionThread:
        thread = self.retrieve(session_id, thread_id)
        self._world.sessions.guard(session_id)
        if thread.parent_thread_id is None:
            raise invalid(
                "The primary thread cannot be archived; archive the session instead.", rule="thread-archive-primary-400"
            )
        if thread.archived_at is not None:
            return thread
        if thread.status in ("running", "rescheduling"):
            raise invalid(
                f'Thread {thread_id} cannot be archived while its status is "{thread.status}".',
                rule="thread-archive-running-400",
            )
        now = self._world.clock.time
        desk = self._world.sessions.desk(session_id)
        return desk.threads.put(self.current(thread).changed(archived_at=now, updated_at=now))

    def emit(self, seat: Seat, kind: type[E], *, id: str = "", at: datetime | None = None, **fields: Any) -> E:
        """Add an event of the session's own to the thread, processed now."""
        at = at or seat.transcript.next_time(self._world.clock.time)
        event = kind.made(id=id or self._world.ids.mint("sevt"), processed_at=at, **fields)
        seat.transcript.emit(event)
        return event

    def post(self, seat: Seat, event: ev.Event, **fields: Any) -> None:
        """Show an event of a child on the primary thread too, with `fields` that only the session's view has."""
        primary = self._world.sessions.desk(seat.session_id).primary
        if seat is not primary:
            at = primary.transcript.next_time(self._world.clock.time)
            primary.transcript.emit(event.changed(processed_at=at, **fields))

    def run(self, seat: Seat, at: datetime | None = None) -> None:
        """The thread turns `running`."""
        seat.running_since = self._world.clock.time
        seat.started_at = seat.started_at or seat.running_since
        self._announce(seat, ev.ThreadStatusRunning, at)
        self._become(seat, "running")

    def idle(
        self,
        seat: Seat,
        reason: ev.StopReason = END_TURN,
        details: ev.RefusalDetails | None = None,
    ) -> None:
        """The thread turns `idle`; from now on it has a usage."""
        self._pause(seat)
        self._announce(seat, ev.ThreadStatusIdle, stop_reason=reason, stop_details=details)
        self._become(seat, "idle", usage=reported(seat.tokens, seat.active, seat.nanodollars))

    def reschedule(self, seat: Seat) -> None:
        self._pause(seat)
        self._announce(seat, ev.ThreadStatusRescheduled)
        self._become(seat, "rescheduling")

    def terminate(self, seat: Seat) -> None:
        self._pause(seat)
        self._announce(seat, ev.ThreadStatusTerminated)
        self._become(seat, "terminated")

    def _pause(self, seat: Seat) -> None:
        if seat.running_since is not None:
            seat.active += (self._world.clock.time - seat.running_since).total_seconds()
        seat.running_since = None

    def _name(self, seat: Seat) -> str:
        thread = self._world.sessions.desk(seat.session_id).threads.get(seat.thread_id)
        assert thread is not None
        return thread.agent.name

    def _announce(self, seat: Seat, kind: type[ev.Event], at: datetime | None = None, **fields: Any) -> None:
        names = {"session_thread_id": seat.thread_id, "agent_name": self._name(seat)}
        self.post(seat, self.emit(seat, kind, at=at, **names, **fields))

    def _become(self, seat: Seat, status: ThreadStatus, **fields: Any) -> None:
        threads, now = self._world.sessions.desk(seat.session_id).threads, self._world.clock.time
        thread = threads.get(seat.thread_id)
        assert thread is not None
        stats = thread.stats or NO_STATS
        threads.put(thread.changed(status=status, stats=stats, updated_at=now, **fields))


def _thread_agent(agent: SessionAgent) -> ThreadAgent:
    return ThreadAgent.made(**{name: getattr(agent, name) for name in ThreadAgent.model_fields})
