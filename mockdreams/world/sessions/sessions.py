"""Sessions: created, updated, archived, deleted."""

from collections.abc import Callable, Iterable
from typing import Any

from mockdreams.default_agent.actions import SayAction
from mockdreams.wire import events as ev
from mockdreams.wire.agents import SessionAgent, ThreadAgent
from mockdreams.wire.errors import ServiceError, invalid
from mockdreams.wire.multiagent import Advisor
from mockdreams.wire.sessions import (
    AgentWithOverrides,
    Budget,
    BudgetParams,
    CreateSession,
    MemoryStoreResourceParams,
    Resource,
    Session,
    SessionAgentReference,
    SessionDeleted,
    SessionStatus,
    UpdateSession,
)
from mockdreams.wire.tools import McpServer, Skill
from mockdreams.world.agents.agents import Agents
from mockdreams.world.agents.environments import Environments
from mockdreams.world.core.context import Context
from mockdreams.world.core.validation import check_metadata, merge_metadata, null_metadata
from mockdreams.world.sessions.inbox import Inbox
from mockdreams.world.sessions.resources import SessionResources
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.threads import Threads
from mockdreams.world.sessions.turns import Turns
from mockdreams.world.sessions.usage import NANODOLLARS_PER_CENT
from mockdreams.world.work.queue import WorkQueue


class Sessions:
    """What a caller does to the sessions of a world.

    `check_vault` refuses a vault that no session can use, and `skill_exists` says whether there is a skill.
    """

    def __init__(
        self,
        context: Context,
        store: SessionStore,
        agents: Agents,
        environments: Environments,
        session_resources: SessionResources,
        threads: Threads,
        inbox: Inbox,
        turns: Turns,
        check_vault: Callable[[str], object],
        skill_exists: Callable[[str, str], bool],
        work: WorkQueue,
    ) -> None:
        self._context = context
        self._store = store
        self._agents = agents
        self._environments = environments
        self._session_resources = session_resources
        self._threads = threads
        self._inbox = inbox
        self._turns = turns
        self._check_vault = check_vault
        self._skill_exists = skill_exists
        self._work = work

    def create(self, params: CreateSession, *, deployment_id: str | None = None, system_addition: str = "") -> Session:
        """A new session; a deployment's own has a paragraph more in its system prompt."""
        check_metadata(params.metadata, self._context.policy)
        agent = self._agent(params.agent)
        if system_addition:
            agent = agent.replace(system="\n\n".join(filter(None, (agent.system, system_addition))))
        self._environments.check_active(params.environment_id)
        if any(not isinstance(resource, MemoryStoreResourceParams) for resource in params.resources):
            self._environments.check_mounts(params.environment_id)
        self._environments.check_hosts(params.environment_id, _servers(agent))
        for vault_id in params.vault_ids:
            self._check_vault(vault_id)
        self._check_skills(agent.skills)
        if params.budget is not None:
            self.check_prices(agent)
        self._inbox.check_initial(params.initial_events)
        session = self.add(
            agent,
            params.environment_id,
            self._session_resources.resolve(params.resources),
            title=params.title,
            metadata=params.metadata,
            vault_ids=tuple(params.vault_ids),
            budget=budget_of(params.budget),
            deployment_id=deployment_id,
        )
        self._session_resources.copy_files(session, params.resources)
        if self._environments.is_self_hosted(params.environment_id):
            self._work.enqueue(params.environment_id, session.id)
        if params.initial_events:
            self._inbox.receive(self._store.state(session.id), list(params.initial_events))
            session = self._store.transition(self._store.retrieve(session.id), "running")
        return session

    def _check_skills(self, skills: Iterable[Skill]) -> None:
        gone = [each for each in skills if not self._skill_exists(each.skill_id, each.version)]
        if gone:
            listed = ", ".join(f'skill "{each.skill_id}" version "{each.version}" not found' for each in gone)
            raise invalid(f"Could not resolve one or more skills: {listed}", rule="session-skill-absent-400")

    def add(
        self, agent: SessionAgent, environment_id: str, resources: tuple[Resource, ...] = (), **fields: Any
    ) -> Session:
        """Add a new idle session; the values are not checked."""
        now = self._store.table.next_time(self._context.clock.time)
        session = Session(
            id=self._context.ids.mint("sesn"),
            agent=agent,
            environment_id=environment_id,
            resources=resources,
            created_at=now,
            updated_at=now,
            **fields,
        )
        self._context.happened("session.created", session.id)
        return self._store.add(session, self._threads.new_state(session))

    def update(self, session_id: str, params: UpdateSession) -> Session:
        """Change what is given; the session says so in an event if anything is different."""
        session = self._store.retrieve(session_id)
        self._store.guard(session_id)
        if params.given("vault_ids"):
            raise invalid("vault_ids: updating vault_ids is not supported yet", rule="session-update-vaults-400")
        if session.status == "terminated":
            raise invalid(
                f"Session {session_id} is terminated and cannot be updated.", rule="session-update-terminated-400"
            )
        changes = {name: value for name, value in self._changes(session, params) if getattr(session, name) != value}
        if not changes:
            return session
        now = max(self._context.clock.time, session.updated_at)
        updated = self._store.table.put(session.replace(updated_at=now, **changes))
        self._store.event_log(session_id).append(ev.SessionUpdated, changes=_shown(changes))
        self._context.happened("session.updated", session_id)
        if "budget" in changes:
            self._turns.resume_paused(session_id)
        return updated

    def archive(self, session_id: str, *, seen: SessionStatus | None = None) -> Session:
        """`seen` is the status that is gone by, where that is not the session's own."""
        session = self._store.retrieve(session_id)
        if session.archived_at is not None:
            return session
        self._store.guard(session_id)
        status = seen or session.status
        if status in ("running", "rescheduling"):
            raise invalid(
                f'Session {session_id} cannot be archived while its status is "{status}". '
                "Only pending or idle sessions may be archived.",
                rule="session-archive-running-400 session-rescheduling-guarded-400",
            )
        return self.close(session_id)

    def close(self, session_id: str) -> Session:
        """Archive a session that does nothing, whoever owns it."""
        session = self._store.current(self._store.retrieve(session_id))
        self._work.end(session_id)
        for thread in self._store.state(session_id).threads.values():
            thread.due = None
        self._store.state(session_id).interrupt_due = None
        now = max(self._context.clock.time, session.updated_at)
        self._context.happened("session.archived", session_id)
        if session.status == "terminated":
            return self._store.table.put(session.replace(archived_at=now, updated_at=now))
        return self._store.transition(session, "terminated", archived_at=now)

    def delete(self, session_id: str, *, seen: SessionStatus | None = None) -> SessionDeleted:
        """`seen` is the status that is gone by, where that is not the session's own."""
        session = self._store.retrieve(session_id)
        self._store.guard(session_id)
        if (seen or session.status) in ("running", "rescheduling"):
            raise invalid(
                "Cannot delete session while it is running. "
                "Send an interrupt event or wait for the session to complete.",
                rule="session-delete-running-400",
            )
        self._session_resources.forget(session_id)
        self._work.end(session_id)
        for thread in self._store.remove(session_id).threads.values():
            at = thread.log.next_time()
            thread.log.end(ev.SessionDeletedEvent(id=self._context.ids.mint("sevt"), processed_at=at))
        self._context.happened("session.deleted", session_id)
        return SessionDeleted(id=session_id)

    def script(self, session_id: str, replies: Iterable[tuple[str, ...]]) -> None:
        """What the agent says in its next turns, in place of what it would."""
        turns = (tuple(SayAction.model_construct(say=words) for words in said) for said in replies)
        self._store.state(session_id).scripted_turns.extend(turns)

    def _agent(self, wanted: str | SessionAgentReference | AgentWithOverrides) -> SessionAgent:
        if isinstance(wanted, str):
            return self._agents.snapshot(wanted)
        overrides = wanted if isinstance(wanted, AgentWithOverrides) else None
        return self._agents.snapshot(wanted.id, wanted.version, overrides)

    def _changes(self, session: Session, params: UpdateSession) -> Iterable[tuple[str, Any]]:
        if params.given("title"):
            yield "title", params.title
        if params.given("metadata"):
            if params.metadata is None:
                raise null_metadata("params")
            yield "metadata", merge_metadata(session.metadata, params.metadata, self._context.policy)
        if params.given("budget"):
            yield "budget", self._new_budget(session, params.budget)
        if params.agent.model_fields_set:
            if session.status != "idle":
                raise invalid(
                    f'agent: the agent of a session can only be updated while it is idle, not "{session.status}"',
                    rule="session-update-agent-idle-400",
                )
            agent = self._agents.with_tools(session.agent, params.agent)
            self._environments.check_hosts(session.environment_id, _servers(agent))
            yield "agent", agent

    def _new_budget(self, session: Session, params: BudgetParams | None) -> Budget | None:
        budget = budget_of(params)
        if budget is None or budget == session.budget:
            return budget
        if session.budget is None:
            message = "budget: a budget can only be set when the session is created"
            # rule: session-budget-not-added-400
            raise _refused("budget_create_only", message)
        self.check_prices(session.agent)
        cost = self._store.cost(self._store.state(session.id))
        if int(budget.max_list_cost.amount) * NANODOLLARS_PER_CENT <= cost:
            message = "budget.max_list_cost must be greater than the session's consumed list cost"
            # rule: session-budget-not-lowered-400
            raise _refused("budget_not_raised", message)
        return budget

    def check_prices(self, agent: SessionAgent) -> None:
        """Every model that the session can run has a price."""
        roster = (entry.model if isinstance(entry, Advisor) else entry.model.id for entry in _roster(agent))
        for model in (agent.model.id, *roster):
            if self._context.policy.price_of(model) is None:
                # rule: session-budget-price-400
                raise _refused("model_not_budgetable", f"budget: model {model} has no public list price")


def _roster(agent: SessionAgent) -> Iterable[ThreadAgent | Advisor]:
    """The agents that an agent may put to work."""
    if agent.multiagent is None:
        return ()
    if agent.multiagent.type == "coordinator":
        return agent.multiagent.agents
    teams = (agent.multiagent.subagents, agent.multiagent.workflows)
    return [entry for team in teams if team.type == "enabled" for entry in team.predefined_agents]


def _servers(agent: SessionAgent) -> Iterable[McpServer]:
    """The MCP servers of an agent and of those that it may put to work, each once."""
    theirs = (server for entry in _roster(agent) if isinstance(entry, ThreadAgent) for server in entry.mcp_servers)
    return dict.fromkeys((*agent.mcp_servers, *theirs))


def budget_of(params: BudgetParams | None) -> Budget | None:
    """A budget as it is stored and shown."""
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
