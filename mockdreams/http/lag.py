"""Lag: what sessions, threads and dreams were a while ago, for a caller that a fault lets trail their streams."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mockdreams.world.world import World

if TYPE_CHECKING:
    from mockdreams.wire.dreams import Dream
    from mockdreams.wire.events import Event
    from mockdreams.wire.sessions import Session, SessionStatus
    from mockdreams.wire.threads import SessionThread, ThreadStatus
    from mockdreams.world.sessions.event_log import EventLog

_STATUSES: "dict[str, SessionStatus]" = {
    "running": "running",
    "idle": "idle",
    "rescheduled": "rescheduling",
    "terminated": "terminated",
}
"""By how the types of the events end that tell of them."""


class Lag:
    """What sessions, threads and dreams were `seconds` of virtual time ago.

    Where looking moves time, a look at what trails lets it catch up, so that a poll loop ends.
    """

    def __init__(self, world: World, seconds: float) -> None:
        self._world = world
        self._span = timedelta(seconds=seconds)
        self._moment = world.clock.time - self._span

    def session(self, session: "Session") -> "Session":
        """A session with the status that it had."""
        return session.replace(status=self.status(session))

    def status(self, session: "Session") -> "SessionStatus":
        return self._last_status(self._world.session_store.event_log(session.id), "session.status_")

    def thread(self, thread: "SessionThread") -> "SessionThread":
        """A thread with the status that it had."""
        return thread.replace(status=self.thread_status(thread))

    def thread_status(self, thread: "SessionThread") -> "ThreadStatus":
        log = self._world.threads.event_log(thread.session_id, thread.id)
        return self._last_status(log, "session.thread_status_", thread.id)

    def dream(self, dream: "Dream") -> "Dream":
        """A dream as it was."""
        from mockdreams.wire.dreams import DreamUsage

        began = self._began(dream)
        newest = dream.ended_at or began
        if newest is not None and newest > self._moment:
            self._world.clock.touch(newest + self._span)
        ended_later = dream.ended_at is not None and dream.ended_at > self._moment
        if (began is None and ended_later) or (began is not None and began > self._moment):
            unstarted = {"outputs": (), "session_id": None, "usage": DreamUsage()}
            return dream.replace(status="pending", ended_at=None, archived_at=None, error=None, **unstarted)
        if ended_later:
            return dream.replace(status="running", ended_at=None, archived_at=None, error=None)
        return dream

    def _began(self, dream: "Dream") -> datetime | None:
        """When a dream began to run: of one that is over, when it had its session."""
        run = self._world.dreams.runs.get(dream.id)
        if run is not None and dream.status != "pending":
            return run.timeline.starts
        session = self._world.session_store.table.get(dream.session_id) if dream.session_id else None
        return session.created_at if session else None

    def _last_status(self, log: "EventLog", prefix: str, thread_id: str | None = None) -> "SessionStatus":
        """The status that the events of a log have told by then, of a thread if one is named."""
        status: SessionStatus = "idle"
        for event in log.emitted:
            told = _STATUSES.get(event.type.removeprefix(prefix)) if event.type.startswith(prefix) else None
            named = thread_id is None or getattr(event, "session_thread_id", None) == thread_id
            if told is not None and named and not self._is_later(event):
                status = told
        self._catch_up(log)
        return status

    def last_moment(self, log: "EventLog") -> datetime:
        """The last of which the events of a log are seen."""
        self._catch_up(log)
        return self._moment

    def _is_later(self, event: "Event") -> bool:
        return event.processed_at is not None and event.processed_at > self._moment

    def _catch_up(self, log: "EventLog") -> None:
        newest: datetime | None = log.emitted[-1].processed_at if log.emitted else None
        if newest is not None and newest > self._moment:
            self._world.clock.touch(newest + self._span)
