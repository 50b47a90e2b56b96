"""Lag: what a session was a while ago, for a caller that a fault lets trail its stream."""

from datetime import datetime, timedelta

from mockdreams.wire.events import Event
from mockdreams.wire.sessions import Session, SessionStatus
from mockdreams.world.sessions.event_log import EventLog
from mockdreams.world.world import World

_STATUSES: dict[str, SessionStatus] = {
    "session.status_running": "running",
    "session.status_idle": "idle",
    "session.status_rescheduled": "rescheduling",
    "session.status_terminated": "terminated",
}


class Lag:
    """What sessions were `seconds` of virtual time ago.

    Where looking moves time, a look at what trails lets it catch up, so that a poll loop ends.
    """

    def __init__(self, world: World, seconds: float) -> None:
        self._world = world
        self._span = timedelta(seconds=seconds)
        self._moment = world.clock.time - self._span

    def session(self, session: Session) -> Session:
        """A session with the status that it had."""
        return session.replace(status=self.status(session))

    def status(self, session: Session) -> SessionStatus:
        log = self._world.session_store.event_log(session.id)
        status: SessionStatus = "idle"
        for event in log.emitted:
            if event.type in _STATUSES and not self._is_later(event):
                status = _STATUSES[event.type]
        self._catch_up(log)
        return status

    def last_moment(self, log: EventLog) -> datetime:
        """The last of which the events of a log are seen."""
        self._catch_up(log)
        return self._moment

    def _is_later(self, event: Event) -> bool:
        return event.processed_at is not None and event.processed_at > self._moment

    def _catch_up(self, log: EventLog) -> None:
        newest: datetime | None = log.emitted[-1].processed_at if log.emitted else None
        if newest is not None and newest > self._moment:
            self._world.clock.touch(newest + self._span)
