"""Sessions: created, talked to, archived, deleted; and the turns in which their agent answers."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mockdreams.wire import events as ev
from mockdreams.wire.agents import SessionAgent
from mockdreams.wire.content import TextBlock, text
from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.wire.sessions import (
    Access,
    AgentReference,
    Budget,
    CreateSession,
    FileResource,
    FileResourceParams,
    MemoryStoreResource,
    MemoryStoreResourceParams,
    RepositoryResource,
    Resource,
    ResourceParams,
    Session,
    SessionDeleted,
    SessionStats,
    SessionStatus,
)
from mockdreams.world.clock import Action
from mockdreams.world.fields import check_metadata
from mockdreams.world.mounts import mount_path
from mockdreams.world.tables import ALWAYS, MICROSECOND, Table, Window, take
from mockdreams.world.transcripts import UNPROCESSED, Key, Transcript

if TYPE_CHECKING:
    from mockdreams.world.world import World

E = TypeVar("E", bound=ev.Event)
CHARACTERS_PER_TOKEN = 4
SENT: dict[str, type[ev.Event]] = {
    "user.message": ev.UserMessage,
    "user.interrupt": ev.UserInterrupt,
    "system.message": ev.SystemMessage,
}
"""The events that a caller may send at any time, and what each becomes in the transcript."""


@dataclass(slots=True)
class Desk:
    """What the fake keeps beside a session: its transcript, its primary thread, its place in a turn."""

    thread_id: str
    transcript: Transcript = field(default_factory=Transcript)
    milestone: datetime | None = None
    running_since: datetime | None = None
    request_id: str = ""
    replies: deque[tuple[str, ...]] = field(default_factory=deque)


class SessionFilter(NamedTuple):
    """Which sessions a list shows; the defaults leave out only the archived and terminated."""

    agent_id: str | None = None
    agent_version: int | None = None
    deployment_id: str | None = None
    memory_store_id: str | None = None
    statuses: frozenset[str] = frozenset()
    include_archived: bool = False
    window: Window = ALWAYS

    def shows(self, session: Session) -> bool:
        return (
            self.agent_id in (None, session.agent.id)
            and (self.agent_id is None or self.agent_version in (None, session.agent.version))
            and self.deployment_id in (None, session.deployment_id)
            and (self.memory_store_id is None or self.memory_store_id in session.memory_store_ids)
            and (not self.statuses or session.status in self.statuses)
        )


def unterminated(session: Session) -> bool:
    """The list of sessions leaves out the terminated."""
    return session.status != "terminated"


class EventFilter(NamedTuple):
    """Which events a list shows."""

    types: frozenset[str] = frozenset()
    window: Window = ALWAYS

    def shows(self, key: Key, event: ev.Event) -> bool:
        if self.types and event.type not in self.types:
            return False
        if self.window == ALWAYS:
            return True
        return key[0] != UNPROCESSED and self.window.begun(key[0]) and not self.window.over(key[0])


class Sessions:
    """All sessions of a world. `guards` may refuse what a caller does to one by raising ServiceError."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.table = Table[Session](shown=unterminated)
        self._desks: dict[str, Desk] = {}
        self.guards: list[Callable[[str], None]] = []

    def create(self, params: CreateSession) -> Session:
        check_metadata(params.metadata, self._world.policy)
        agent = self._agent(params.agent)
        self._world.environments.check_open(params.environment_id)
        session = self.add(
            agent,
            params.environment_id,
            self._resources(params.resources),
            title=params.title,
            metadata=params.metadata,
            vault_ids=tuple(params.vault_ids),
            budget=params.budget and Budget(max_list_cost=params.budget.max_list_cost),
        )
        if params.initial_events:
            self._receive(session, params.initial_events)
            session = self._become(session, "running")
        return session

    def add(
        self, agent: SessionAgent, environment_id: str, resources: tuple[Resource, ...] = (), **fields: Any
    ) -> Session:
        """Put a new idle session on the table; the caller vouches for the values."""
        now = self.table.next_time(self._world.clock.time)
        session = Session(
            id=self._world.ids.mint("sesn"),
            agent=agent,
            environment_id=environment_id,
            resources=resources,
            created_at=now,
            updated_at=now,
            **fields,
        )
        self._desks[session.id] = Desk(thread_id=self._world.ids.mint("sthr"))
        return self.table.put(session)

    def retrieve(self, session_id: str) -> Session:
        session = self.table.get(session_id)
        if session is None:
            raise not_found(f"Session not found: {session_id}")
        return session

    def current(self, session: Session) -> Session:
        """The session with its timing as of now; that of a terminated one no longer moves."""
        end = session.archived_at or self._world.clock.time
        since = self._desks[session.id].running_since
        active = session.stats.active_seconds + ((end - since).total_seconds() if since else 0)
        lived = max(0.0, (end - session.created_at).total_seconds())  # stamps run ahead of the clock to be unique
        stats = SessionStats(active_seconds=active, duration_seconds=lived)
        return session if stats == session.stats else session.changed(stats=stats)

    def page(
        self, shown: SessionFilter, *, limit: int, after: int | None, oldest_first: bool = False
    ) -> tuple[list[Session], bool]:
        hidden = shown.include_archived or "terminated" in shown.statuses
        walk = self.table.walk(after=after, oldest_first=oldest_first, hidden=hidden, window=shown.window)
        return take(filter(shown.shows, walk), limit)

    def archive(self, session_id: str) -> Session:
        session = self.retrieve(session_id)
        if session.archived_at is not None:
            return session
        self._guard(session_id)
        if session.status == "running":
            raise invalid(
                f'Session {session_id} cannot be archived while its status is "running". '
                "Only pending or idle sessions may be archived."
            )
        return self.close(session_id)

    def close(self, session_id: str) -> Session:
        """Archive an idle session, whoever owns it."""
        session = self.retrieve(session_id)
        now = self._world.clock.time
        return self.table.put(self.current(session).changed(status="terminated", archived_at=now, updated_at=now))

    def delete(self, session_id: str) -> SessionDeleted:
        session = self.retrieve(session_id)
        self._guard(session_id)
        if session.status == "running":
            raise invalid(
                "Cannot delete session while it is running. "
                "Send an interrupt event or wait for the session to complete."
            )
        self.table.remove(session_id)
        desk = self._desks.pop(session_id)
        at = desk.transcript.next_time(self._world.clock.time)
        desk.transcript.end(ev.SessionDeletedEvent(id=self._world.ids.mint("sevt"), processed_at=at))
        return SessionDeleted(id=session_id)

    def send(self, session_id: str, events: Iterable[ev.EventParams]) -> list[ev.Event]:
        """Take in a caller's events, all or none."""
        session = self.retrieve(session_id)
        self._guard(session_id)
        if session.status == "terminated":
            raise invalid(f"cannot send events to terminated session {session_id}")
        return self._receive(session, list(events))

    def transcript(self, session_id: str) -> Transcript:
        self.retrieve(session_id)
        return self._desks[session_id].transcript

    def page_of_events(
        self, session_id: str, shown: EventFilter, *, limit: int, after: Key | None, newest_first: bool = False
    ) -> tuple[list[tuple[Key, ev.Event]], bool]:
        """Events by time of processing, unprocessed ones last, each with its key."""
        walk = self.transcript(session_id).walk(after=after, newest_first=newest_first)
        some = []
        for key, event in walk:
            if shown.shows(key, event):
                some.append((key, event))
                if len(some) > limit:
                    return some[:limit], True
        return some, False

    def look(self, session_id: str) -> None:
        """Somebody looks at a session: its turn begins or ends, or the dream that owns it goes on."""
        desk = self._desks.get(session_id)
        self._world.clock.look(desk.milestone if desk else None)

    def look_all(self) -> None:
        """Somebody looks at the list: every session moves on."""
        milestones = (desk.milestone for desk in self._desks.values() if desk.milestone)
        self._world.clock.look(max(milestones, default=None))

    def live(self, session_id: str) -> bool:
        """Whether anything more will happen in the session by itself."""
        desk = self._desks.get(session_id)
        return desk is not None and (desk.milestone is not None or desk.running_since is not None)

    def hang_up(self) -> None:
        """End every open stream."""
        for desk in self._desks.values():
            desk.transcript.end()

    def script(self, session_id: str, replies: Iterable[tuple[str, ...]]) -> None:
        """What the agent says in its next turns, in place of what it would."""
        self._desks[session_id].replies.extend(replies)

    def emit(self, session_id: str, kind: type[E], **fields: Any) -> E:
        """Add an event of the session's own to its transcript, processed now."""
        transcript = self._desks[session_id].transcript
        at = transcript.next_time(self._world.clock.time)
        event = kind(id=self._world.ids.mint("sevt"), processed_at=at, **fields)
        transcript.emit(event)
        return event

    def begin_turn(self, session_id: str) -> None:
        """The session takes up its messages and runs."""
        session = self.table.get(session_id)
        if session is None or session.status == "terminated":
            return
        desk = self._desks[session_id]
        if desk.milestone != self._world.clock.time or not desk.transcript.waiting:
            return
        start = desk.transcript.next_time(self._world.clock.time) + len(desk.transcript.waiting) * MICROSECOND
        self.run(session_id, start)
        self._take_up(desk, start)
        self._end_later(session_id, desk)

    def end_turn(self, session_id: str) -> None:
        """The agent answers; the session idles, or goes on if it was sent more meanwhile."""
        desk = self._desks.get(session_id)
        if desk is None or desk.milestone != self._world.clock.time:
            return
        said = self._reply(desk)
        for words in said:
            self.emit(session_id, ev.AgentMessage, content=(text(words),))
        self._close_request(session_id, desk, said)
        if desk.transcript.waiting:
            self._take_up(desk, desk.transcript.next_time(self._world.clock.time))
            self._end_later(session_id, desk)
        else:
            self.idle(session_id)

    def run(self, session_id: str, start: datetime | None = None) -> None:
        """The session and its thread turn `running`, at `start` or now."""
        desk, session = self._desks[session_id], self.retrieve(session_id)
        desk.running_since = self._world.clock.time
        at = start or desk.transcript.next_time(self._world.clock.time)
        ids = self._world.ids
        desk.transcript.emit(ev.StatusRunning(id=ids.mint("sevt"), processed_at=at))
        desk.transcript.emit(
            ev.ThreadStatusRunning(
                id=ids.mint("sevt"),
                processed_at=at + MICROSECOND,
                session_thread_id=desk.thread_id,
                agent_name=session.agent.name,
            )
        )
        self._become(session, "running")

    def idle(self, session_id: str, reason: ev.StopReason = ev.EndTurn()) -> None:  # noqa: B008 (frozen)
        """The session and its thread turn `idle`."""
        desk = self._desks[session_id]
        session = self.current(self.retrieve(session_id))
        usage = session.usage.model_copy(update={"active_seconds": session.stats.active_seconds})
        desk.milestone = desk.running_since = None
        thread = {"session_thread_id": desk.thread_id, "agent_name": session.agent.name}
        self.emit(session_id, ev.ThreadStatusIdle, stop_reason=reason, **thread)
        self.emit(session_id, ev.UsageReported, usage=usage, budget=session.budget and session.budget.model_dump())
        self.emit(session_id, ev.StatusIdle, stop_reason=reason)
        self._become(session.changed(usage=usage), "idle")

    def spend(self, session_id: str, usage: ev.ModelUsage) -> None:
        """Add tokens to what the session has used."""
        session = self.retrieve(session_id)
        self.table.put(session.changed(usage=_sum(session.usage, usage)))

    def _agent(self, wanted: str | AgentReference) -> SessionAgent:
        if isinstance(wanted, str):
            return self._world.agents.snapshot(wanted)
        return self._world.agents.snapshot(wanted.id, wanted.version)

    def _resources(self, wanted: list[ResourceParams]) -> tuple[Resource, ...]:
        stores = [r.memory_store_id for r in wanted if isinstance(r, MemoryStoreResourceParams)]
        most = self._world.policy.memory_stores_per_session
        if len(stores) > most:
            raise invalid(f"resources cannot contain more than {most} memory_store entries")
        for index, store_id in enumerate(stores):
            if store_id in stores[:index]:
                raise invalid(f"resources contains duplicate memory_store_id: {store_id}")
        mounts: set[str] = set()
        return tuple(self._resource(params, mounts) for params in wanted)

    def _resource(self, params: ResourceParams, mounts: set[str]) -> Resource:
        if isinstance(params, MemoryStoreResourceParams):
            resource = self.mount(params.memory_store_id, mounts, params.access or "read_write", params.instructions)
            mounts.add(resource.mount_path)
            return resource
        now = self._world.clock.time
        common = {"id": self._world.ids.mint("sesrsc"), "created_at": now, "updated_at": now}
        if isinstance(params, FileResourceParams):
            mount = params.mount_path or f"/mnt/session/uploads/{params.file_id}"
            return FileResource(file_id=params.file_id, mount_path=mount, **common)
        name = params.url.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
        mount = params.mount_path or f"/workspace/{name}"
        checkout = params.checkout and params.checkout.model_dump()
        return RepositoryResource(url=params.url, mount_path=mount, checkout=checkout, **common)

    def mount(
        self, store_id: str, mounts: set[str], access: Access = "read_write", instructions: str | None = None
    ) -> MemoryStoreResource:
        """A memory store as a session sees it, at a path that is not among `mounts`."""
        store = self._world.memory_stores.retrieve(store_id)
        if store.archived_at is not None:
            raise invalid(f"Memory store {store_id} is archived.")
        return MemoryStoreResource(
            memory_store_id=store_id,
            name=store.name,
            description=store.description,
            mount_path=mount_path(store.name, store_id, mounts),
            access=access,
            instructions=instructions,
        )

    def _guard(self, session_id: str) -> None:
        for guard in self.guards:
            guard(session_id)

    def _receive(self, session: Session, sent: Iterable[ev.EventParams]) -> list[ev.Event]:
        desk = self._desks[session.id]
        sent = list(sent)
        for index, params in enumerate(sent):
            _check_sendable(index, params)
        events = [self._event(params) for params in sent]
        for event in events:
            desk.transcript.receive(event)
        if session.status == "running" and any(event.type == "user.interrupt" for event in events):
            self._interrupt(session.id, desk)
        elif session.status == "idle" and desk.milestone is None:
            queued = timedelta(seconds=self._world.policy.turn_queue_seconds)
            self._schedule("session takes up its messages", session.id, desk, queued)
        return events

    def _event(self, params: ev.EventParams) -> ev.Event:
        fields = {name: getattr(params, name) for name in type(params).model_fields}
        return SENT[params.type](id=self._world.ids.mint("sevt"), **fields)

    def _interrupt(self, session_id: str, desk: Desk) -> None:
        self._close_request(session_id, desk, ())
        now = self._world.clock.time
        for event in desk.transcript.waiting:
            desk.transcript.take_up(event, desk.transcript.next_time(now))
        self.idle(session_id)

    def _take_up(self, desk: Desk, start: datetime) -> None:
        waiting = desk.transcript.waiting
        for index, event in enumerate(waiting):
            desk.transcript.take_up(event, start - (len(waiting) - index) * MICROSECOND)

    def _end_later(self, session_id: str, desk: Desk) -> None:
        desk.request_id = self.emit(session_id, ev.ModelRequestStart).id
        taken = timedelta(seconds=self._world.policy.turn_seconds)
        self._schedule("session ends its turn", session_id, desk, taken)

    def _schedule(self, what: str, session_id: str, desk: Desk, after: timedelta) -> None:
        desk.milestone = self._world.clock.time + after
        self._world.clock.at(desk.milestone, Action(what, session_id))

    def _reply(self, desk: Desk) -> tuple[str, ...]:
        if desk.replies:
            return desk.replies.popleft()
        heard = next((e for e in reversed(desk.transcript.emitted) if isinstance(e, ev.UserMessage)), None)
        words = " ".join(block.text for block in heard.content if isinstance(block, TextBlock)) if heard else ""
        return (f"Noted: {words}",) if words else ("Noted.",)

    def _close_request(self, session_id: str, desk: Desk, said: tuple[str, ...]) -> None:
        if not desk.request_id:
            return
        heard = sum(len(event.body) for event in desk.transcript.emitted if event.type == "user.message")
        usage = ev.ModelUsage(
            input_tokens=heard // CHARACTERS_PER_TOKEN + 1,
            output_tokens=sum(len(words) for words in said) // CHARACTERS_PER_TOKEN,
        )
        self.emit(session_id, ev.ModelRequestEnd, model_request_start_id=desk.request_id, model_usage=usage)
        self.spend(session_id, usage)
        desk.request_id = ""

    def _become(self, session: Session, status: SessionStatus) -> Session:
        return self.table.put(session.changed(status=status, updated_at=self._world.clock.time))


def _check_sendable(index: int, params: ev.EventParams) -> None:
    if params.type == "user.tool_result":
        message = f"events[{index}]: `user.tool_result` may only be sent with environment credentials"
        raise ServiceError("permission_error", message)
    if params.type not in SENT:
        raise invalid(
            f"Invalid {params.type} event at events[{index}]: the session is not waiting for it",
            hint=f"mockdreams does not act on {params.type} yet",
        )


def _sum(total: ev.SessionUsage, more: ev.ModelUsage) -> ev.SessionUsage:
    cached = total.cache_creation.ephemeral_5m_input_tokens + more.cache_creation_input_tokens
    return total.model_copy(
        update={
            "input_tokens": total.input_tokens + more.input_tokens,
            "output_tokens": total.output_tokens + more.output_tokens,
            "cache_read_input_tokens": total.cache_read_input_tokens + more.cache_read_input_tokens,
            "cache_creation": ev.CacheCreation(ephemeral_5m_input_tokens=cached),
        }
    )
