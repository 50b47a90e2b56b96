"""Sessions: created, updated, listed, archived, deleted."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mockdreams.answering.acts import Say
from mockdreams.wire import events as ev
from mockdreams.wire.agents import SessionAgent
from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.wire.multiagent import Advisor
from mockdreams.wire.sessions import (
    AgentReference,
    AgentWithOverrides,
    Budget,
    BudgetParams,
    CreateSession,
    Resource,
    Session,
    SessionDeleted,
    SessionStats,
    SessionStatus,
    UpdateSession,
)
from mockdreams.world.costs import NANODOLLARS_PER_CENT, amount, reported, time_cost, tokens_cost, tokens_of
from mockdreams.world.desks import Desk, Seat
from mockdreams.world.fields import check_metadata, null_metadata, patched
from mockdreams.world.tables import ALWAYS, Table, Window, take
from mockdreams.world.transcripts import Transcript

if TYPE_CHECKING:
    from mockdreams.world.world import World

E = TypeVar("E", bound=ev.Event)


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


class SessionPage(NamedTuple):
    """Some sessions, and whether there are more before and after them."""

    records: list[Session]
    before: bool
    after: bool


class Sessions:
    """All sessions of a world. `guards` may refuse what a caller does to one by raising ServiceError."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.table = Table[Session](shown=unterminated)
        self._desks: dict[str, Desk] = {}
        self._seats: dict[str, Seat] = {}
        self.guards: list[Callable[[str], None]] = []

    def create(self, params: CreateSession) -> Session:
        check_metadata(params.metadata, self._world.policy)
        agent = self._agent(params.agent)
        self._world.environments.check_open(params.environment_id)
        if params.budget is not None:
            self._check_prices(agent)
        self._world.sending.check_initial(params.initial_events)
        session = self.add(
            agent,
            params.environment_id,
            self._world.attachments.resolve(params.resources),
            title=params.title,
            metadata=params.metadata,
            vault_ids=tuple(params.vault_ids),
            budget=_budget(params.budget),
        )
        if params.initial_events:
            self._world.sending.receive(session, list(params.initial_events))
            session = self.become(self.retrieve(session.id), "running")
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
        self._desks[session.id] = self._world.threads.open_desk(session)
        return self.table.put(session)

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

    def messages(self, session_ids: Iterable[str]) -> int:
        """How many messages there are in sessions that exist."""
        return sum([len(self._desks[id].primary.transcript.messages) for id in session_ids])

    def desk(self, session_id: str) -> Desk:
        """The desk of a session that exists."""
        return self._desks[session_id]

    def find_desk(self, session_id: str) -> Desk | None:
        return self._desks.get(session_id)

    def find_seat(self, thread_id: str) -> Seat | None:
        """The seat of a thread, whose session may be gone."""
        return self._seats.get(thread_id)

    def sit(self, seat: Seat) -> None:
        """Let a thread be found."""
        self._seats[seat.thread_id] = seat

    def open_desk(self, session_id: str) -> Desk:
        """The desk of a session. Raises ServiceError (404) if there is none."""
        self.retrieve(session_id)
        return self._desks[session_id]

    def current(self, session: Session) -> Session:
        """The session with its timing and usage as of now; the timing of a terminated one no longer moves."""
        desk, ended = self._desks[session.id], session.status == "terminated"
        end = session.updated_at if ended else self._world.clock.time
        since = desk.running_since
        active = desk.active + ((end - since).total_seconds() if since else 0)
        threads = active + sum(seat.active for seat in desk.children)
        lasted = max(0.0, (end - session.created_at).total_seconds())  # two of one instant differ in created_at
        stats, usage = SessionStats.made(active_seconds=threads, duration_seconds=lasted), self.usage(desk)
        same = stats == session.stats and usage == session.usage
        return session if same else session.changed(stats=stats, usage=usage)

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
            walk = self.table.walk(
                after=place, oldest_first=oldest_first != backward, hidden=hidden, window=shown.window
            )
            return filter(shown.shows, walk)

        records, more = take(beyond(after, backward), limit)
        if after is None or not records:
            return SessionPage(records, False, more)
        back = next(beyond(self.table.place(records[0].id), not backward), None) is not None
        return SessionPage(records[::-1], more, back) if backward else SessionPage(records, back, more)

    def update(self, session_id: str, params: UpdateSession) -> Session:
        """Change what is given; the session says so in an event if anything is different."""
        session = self.retrieve(session_id)
        self.guard(session_id)
        if params.given("vault_ids"):
            raise invalid("vault_ids: updating vault_ids is not supported yet", rule="session-update-vaults-400")
        if session.status == "terminated":
            raise invalid(
                f"Session {session_id} is terminated and cannot be updated.", rule="session-update-terminated-400"
            )
        changes = {name: value for name, value in self._changes(session, params) if getattr(session, name) != value}
        if not changes:
            return session
        updated = self.table.put(session.changed(updated_at=self._world.clock.time, **changes))
        self.emit(session_id, ev.SessionUpdated, changes=_shown(changes))
        return updated

    def archive(self, session_id: str) -> Session:
        session = self.retrieve(session_id)
        if session.archived_at is not None:
            return session
        self.guard(session_id)
        if session.status in ("running", "rescheduling"):
            raise invalid(
                f'Session {session_id} cannot be archived while its status is "{session.status}". '
                "Only pending or idle sessions may be archived.",
                rule="session-archive-running-400 session-rescheduling-guarded-400",
            )
        return self.close(session_id)

    def close(self, session_id: str) -> Session:
        """Archive a session that does nothing, whoever owns it."""
        session, now = self.retrieve(session_id), self._world.clock.time
        closed = self.current(session).changed(status="terminated", archived_at=now, updated_at=now)
        for seat in self._desks[session_id].seats.values():
            seat.due = None
        return self.table.put(closed)

    def delete(self, session_id: str) -> SessionDeleted:
        session = self.retrieve(session_id)
        self.guard(session_id)
        if session.status in ("running", "rescheduling"):
            raise invalid(
                "Cannot delete session while it is running. "
                "Send an interrupt event or wait for the session to complete.",
                rule="session-delete-running-400",
            )
        self.table.remove(session_id)
        for seat in self._desks.pop(session_id).seats.values():
            at = seat.transcript.next_time(self._world.clock.time)
            del self._seats[seat.thread_id]
            seat.transcript.end(ev.SessionDeletedEvent(id=self._world.ids.mint("sevt"), processed_at=at))
        return SessionDeleted(id=session_id)

    def transcript(self, session_id: str) -> Transcript:
        """The transcript of the primary thread, which is what the session shows."""
        return self.open_desk(session_id).primary.transcript

    def look(self, session_id: str) -> bool:
        """Somebody looks at a session: in `auto` mode it goes on until its status is another. Whether it is at work."""
        session = self.table.get(session_id)
        while session is not None and self._world.clock.mode == "auto" and self._desks[session_id].due is not None:
            due = self._desks[session_id].due
            self._world.clock.look(due)
            before, session = session, self.table.get(session_id)
            if session is None or session.status != before.status or self._desks[session_id].due == due:
                break
        return session is not None and self._desks[session_id].due is not None

    def look_all(self) -> None:
        """Somebody looks at the list: in `auto` mode every session goes on."""
        if self._world.clock.mode != "auto":
            return
        for session_id in [id for id, desk in self._desks.items() if desk.due is not None]:
            self.look(session_id)

    def live(self, session_id: str) -> bool:
        """Whether anything more will happen in the session by itself."""
        desk = self._desks.get(session_id)
        return desk is not None and (desk.due is not None or desk.running_since is not None)

    def hang_up(self) -> None:
        """End every open stream."""
        for desk in self._desks.values():
            for seat in desk.seats.values():
                seat.transcript.end()

    def script(self, session_id: str, replies: Iterable[tuple[str, ...]]) -> None:
        """What the agent says in its next turns, in place of what it would."""
        turns = (tuple(Say.model_construct(say=words) for words in said) for said in replies)
        self._desks[session_id].turns.extend(turns)

    def emit(self, session_id: str, kind: type[E], **fields: Any) -> E:
        """Add an event of the session's own to its primary thread, processed now."""
        return self._world.threads.emit(self._desks[session_id].primary, kind, **fields)

    def become(self, session: Session, status: SessionStatus, **fields: Any) -> Session:
        return self.table.put(session.changed(status=status, updated_at=self._world.clock.time, **fields))

    def spend(self, session_id: str, usage: ev.ModelUsage, seat: Seat | None = None) -> None:
        """Add tokens to what one of the session's threads has used."""
        desk = self._desks[session_id]
        seat = seat or desk.primary
        thread = desk.threads.get(seat.thread_id)
        assert thread is not None
        tokens = tokens_of(usage)
        seat.tokens = seat.tokens.plus(tokens)
        seat.nanodollars += tokens_cost(thread.agent.model.id, tokens, self._world.policy)

    def usage(self, desk: Desk) -> ev.SessionUsage:
        """What the session has used so far."""
        return reported(desk.tokens, desk.active, self._cost(desk))

    def reached_budget(self, session: Session) -> bool:
        """Whether the session has used up its budget."""
        if session.budget is None:
            return False
        return self._cost(self._desks[session.id]) >= int(session.budget.max_list_cost.amount) * NANODOLLARS_PER_CENT

    def guard(self, session_id: str) -> None:
        for guard in self.guards:
            guard(session_id)

    def _cost(self, desk: Desk) -> int:
        running = (self._world.clock.time - desk.running_since).total_seconds() if desk.running_since else 0
        tokens = sum(seat.nanodollars for seat in desk.seats.values())
        return tokens + time_cost(desk.active + running, self._world.policy)

    def _agent(self, wanted: str | AgentReference | AgentWithOverrides) -> SessionAgent:
        if isinstance(wanted, str):
            return self._world.agents.snapshot(wanted)
        overrides = wanted if isinstance(wanted, AgentWithOverrides) else None
        return self._world.agents.snapshot(wanted.id, wanted.version, overrides)

    def _changes(self, session: Session, params: UpdateSession) -> Iterable[tuple[str, Any]]:
        if params.given("title"):
            yield "title", params.title
        if params.given("metadata"):
            if params.metadata is None:
                raise null_metadata("params")
            yield "metadata", patched(session.metadata, params.metadata, self._world.policy)
        if params.given("budget"):
            yield "budget", self._new_budget(session, params.budget)
        if params.agent.model_fields_set:
            if session.status != "idle":
                raise invalid(
                    f'agent: the agent of a session can only be updated while it is idle, not "{session.status}"',
                    rule="session-update-agent-idle-400",
                )
            yield "agent", self._world.agents.retooled(session.agent, params.agent)

    def _new_budget(self, session: Session, params: BudgetParams | None) -> Budget | None:
        budget = _budget(params)
        if budget is None or budget == session.budget:
            return budget
        if session.budget is None:
            message = "budget: a budget can only be set when the session is created"
            # rule: session-budget-not-added-400
            raise _refused("budget_create_only", message)
        self._check_prices(session.agent)
        if int(budget.max_list_cost.amount) * NANODOLLARS_PER_CENT <= self._cost(self._desks[session.id]):
            spent = amount(self._cost(self._desks[session.id])).amount
            message = f"budget.max_list_cost: must be more than the {spent} that the session has used"
            # rule: session-budget-not-lowered-400
            raise _refused("budget_not_raised", message)
        return budget

    def _check_prices(self, agent: SessionAgent) -> None:
        """Every model that the session can run has a price."""
        prices = self._world.policy.list_prices
        for model in (agent.model.id, *_roster_models(agent)):
            if model not in prices:
                # rule: session-budget-price-400
                raise _refused("model_not_budgetable", f"budget: model {model} has no public list price")


def _unknown(session_id: str) -> ServiceError:
    return not_found(
        f"Session not found: {session_id}", rule="session-absent-404 events-absent-404 dream-session-absent-404"
    )


def _roster_models(agent: SessionAgent) -> Iterable[str]:
    if agent.multiagent is None:
        return []
    if agent.multiagent.type == "coordinator":
        agents = agent.multiagent.agents
        return [entry.model if isinstance(entry, Advisor) else entry.model.id for entry in agents]
    teams = (agent.multiagent.subagents, agent.multiagent.workflows)
    return [entry.model.id for team in teams if team.type == "enabled" for entry in team.predefined_agents]


def _budget(params: BudgetParams | None) -> Budget | None:
    if params is None:
        return None
    most = ev.MonetaryAmount(amount=params.max_list_cost.amount, currency=params.max_list_cost.currency)
    return Budget(max_list_cost=most)


def _shown(changes: dict[str, Any]) -> dict[str, Any]:
    """What an update event tells of changes: metadata that was cleared is not mentioned."""
    shown = {**changes}
    for name in ("agent", "budget"):
        if shown.get(name) is not None:
            shown[name] = shown[name].model_dump(mode="json")
    if not shown.get("metadata", True):
        del shown["metadata"]
    return shown


def _refused(reason: str, message: str) -> ServiceError:
    refused = invalid(message)
    refused.fields["details"] = {"error_code": reason}
    return refused
