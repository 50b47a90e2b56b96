"""Agents: their rules, and every version that each one has had."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mockdreams.wire.agents import (
    SERVICE_ACCOUNT,
    Agent,
    AgentModel,
    AgentModelParams,
    CreateAgent,
    Effort,
    ModelParams,
    SessionAgent,
    ThreadAgent,
    UpdateAgent,
)
from mockdreams.wire.errors import ServiceError, invalid, not_found, shortened
from mockdreams.wire.multiagent import AgentReference, Coordinator
from mockdreams.wire.sessions import AgentWithOverrides, SessionAgentUpdate
from mockdreams.wire.tools import Skill
from mockdreams.world.agents.configuration import Configured, check_configuration, misfit
from mockdreams.world.agents.multiagent import MultiagentResolver, expanded, too_deep, with_new_self_version
from mockdreams.world.core.context import Context
from mockdreams.world.core.ids import is_valid_id
from mockdreams.world.core.tables import UNBOUNDED, Table, TimeRange, first_page, unarchived
from mockdreams.world.core.validation import check_metadata, merge_metadata, null_metadata


class Agents:
    """All agents of a world. The table holds each one's latest version.

    `skill_exists` says whether there is a skill, by its id and version.
    """

    def __init__(self, context: Context, skill_exists: Callable[[str, str], bool]) -> None:
        self._context = context
        self._skill_exists = skill_exists
        self.table = Table[Agent](shown=unarchived)
        self._versions: dict[str, list[Agent]] = {}
        self.archive_hooks: list[Callable[[Agent], None]] = []
        """Called with an agent that has just been archived."""

    def create(self, params: CreateAgent) -> Agent:
        check_metadata(params.metadata, self._context.policy)
        now = self.table.next_time(self._context.clock.time)
        id = self._context.ids.mint("agent")
        agent = Agent(
            id=id,
            model=self._model(params.model),
            multiagent=params.multiagent and self._roster(id, 1).resolve(params.multiagent),
            metadata=params.metadata,
            created_at=now,
            updated_at=now,
            **{name: stored(getattr(params, name)) for name, stored in _NORMALIZERS.items()},
        )
        self._check(agent)
        self._check_skills(agent.skills)
        self._versions[id] = [agent]
        self._context.happened("agent.created", id)
        return self.table.put(agent)

    def find(self, agent_id: str, version: int | None = None) -> Agent | None:
        """An agent as it is, or as it was at `version`; whether it is archived is always as of now."""
        latest = self.table.get(agent_id)
        if latest is None or version in (None, latest.version):
            return latest
        assert version is not None
        if not 1 <= version < latest.version:
            return None
        earlier = self._versions[agent_id][version - 1]
        return earlier if latest.archived_at is None else earlier.replace(archived_at=latest.archived_at)

    def retrieve(self, agent_id: str, version: int | None = None) -> Agent:
        check_agent_id(agent_id)
        if agent_id not in self.table:
            raise not_found("Agent not found.", rule="agent-absent-404 session-agent-absent-404")
        agent = self.find(agent_id, version)
        if agent is None:
            raise not_found("Agent version not found.")
        return agent

    def check_active(self, agent_id: str) -> None:
        """Refuse an agent with which no new session can be."""
        if self.retrieve(agent_id).archived_at is not None:
            raise invalid(
                f"agent {agent_id} is archived and cannot be used to create a session",
                rule="agent-archived-unusable-400",
            )

    def snapshot(
        self, agent_id: str, version: int | None = None, overrides: AgentWithOverrides | None = None
    ) -> SessionAgent:
        """The agent as a new session carries it. Raises ServiceError (400) if it is archived."""
        self.check_active(agent_id)
        agent = self.find(agent_id, version)
        if agent is None:
            raise not_found(f"agent.version: {version} not found")
        if overrides is not None:
            agent = self._overridden(agent, overrides)
        return agent.snapshot(expanded(agent.multiagent, self._define))

    def with_tools(self, agent: SessionAgent, update: SessionAgentUpdate) -> SessionAgent:
        """The agent of a session with other tools or servers. Raises ServiceError (400) if they do not fit."""
        changes = {
            name: _NORMALIZERS[name](getattr(update, name)) for name in ("tools", "mcp_servers") if update.given(name)
        }
        changed = agent.replace(**changes)
        self._check(changed, root="agent.", before=agent)
        return changed

    def page(
        self, *, limit: int, after: int | None, include_archived: bool = False, window: TimeRange = UNBOUNDED
    ) -> tuple[list[Agent], bool]:
        """Newest first."""
        return first_page(self.table.iterate(after=after, hidden=include_archived, window=window), limit)

    def page_of_versions(self, agent_id: str, *, limit: int, after: int | None) -> tuple[list[Agent], bool]:
        """Every version that the agent has had, newest first, beyond the version `after`."""
        latest = self.retrieve(agent_id).version
        newest = latest if after is None else min(after - 1, latest)
        return first_page((self.retrieve(agent_id, version) for version in range(newest, 0, -1)), limit)

    def update(self, agent_id: str, params: UpdateAgent) -> Agent:
        """A new version, unless `params` change nothing."""
        agent = self.retrieve(agent_id)
        if agent.archived_at is not None:
            raise invalid("Cannot modify archived agent", rule="agent-archived-unusable-400")
        if params.version not in (None, agent.version):
            raise ServiceError("invalid_request_error", _STALE, status=409, rule="agent-update-stale-409")
        changes = self._changes(agent, params)
        if all(getattr(agent, name) == value for name, value in changes.items()):
            return agent
        return self._next(agent.replace(**changes))

    def archive(self, agent_id: str) -> Agent:
        agent = self.retrieve(agent_id)
        if agent.archived_at is not None:
            return agent
        now = max(self._context.clock.time, agent.updated_at)
        archived = self.table.put(agent.replace(archived_at=now, updated_at=now))
        self._context.happened("agent.archived", agent_id)
        for hook in self.archive_hooks:
            hook(archived)
        return archived

    def _changes(self, agent: Agent, params: UpdateAgent) -> dict[str, Any]:
        changes = {name: stored(getattr(params, name)) for name, stored in _NORMALIZERS.items() if params.given(name)}
        if params.given("model"):
            changes["model"] = self._model(params.model, agent.model)
        if params.given("multiagent"):
            roster = self._roster(agent.id, agent.version, root="agent.")
            changes["multiagent"] = params.multiagent and roster.resolve(params.multiagent, agent.multiagent)
            if changes["multiagent"] is not None and self._is_rostered(agent.id):
                raise too_deep(agent.id)
        if params.given("metadata"):
            if params.metadata is None:
                raise null_metadata("agent")
            changes["metadata"] = merge_metadata(agent.metadata, params.metadata, self._context.policy)
        self._check(agent.replace(**changes), root="agent.", before=agent)
        self._check_skills(changes.get("skills", ()))
        return changes

    def _overridden(self, agent: Agent, params: AgentWithOverrides) -> Agent:
        names = ("system", "tools", "mcp_servers", "skills")
        changes = {name: _NORMALIZERS[name](getattr(params, name)) for name in names if params.given(name)}
        if params.given("model"):
            changes["model"] = self._model(params.model, agent.model)
        overridden = agent.replace(**changes)
        self._check(overridden, root="agent.", before=agent)
        return overridden

    def _next(self, agent: Agent) -> Agent:
        version = agent.version + 1
        multiagent = with_new_self_version(agent.multiagent, agent.id, version)
        now = max(self._context.clock.time, agent.updated_at)
        agent = agent.replace(version=version, multiagent=multiagent, updated_at=now)
        self._versions[agent.id].append(agent)
        self._context.happened("agent.updated", agent.id)
        return self.table.put(agent)

    def _model(self, sent: ModelParams, stored: AgentModel | None = None) -> AgentModel:
        """The whole model anew, except that an effort which is not mentioned stays."""
        params = sent if isinstance(sent, AgentModelParams) else AgentModelParams(id=sent)
        effort = Effort(type=self._context.policy.default_effort)
        if params.effort is not None:
            effort = params.effort if isinstance(params.effort, Effort) else Effort(type=params.effort)
        elif stored is not None and stored.effort is not None and not params.given("effort"):
            effort = stored.effort
        return AgentModel(
            id=params.id, effort=effort, inference_geo=params.inference_geo, speed=params.speed or "standard"
        )

    def _roster(self, agent_id: str, version: int, root: str = "") -> MultiagentResolver:
        return MultiagentResolver(self, agent_id, version, root=root, most=self._context.policy.agents_per_roster)

    def _is_rostered(self, agent_id: str) -> bool:
        """Whether a coordinator puts the agent to work."""
        rosters = (other.multiagent for other in self.table.iterate() if other.id != agent_id)
        return any(
            isinstance(entry, AgentReference) and entry.id == agent_id
            for roster in rosters
            if isinstance(roster, Coordinator)
            for entry in roster.agents
        )

    def _define(self, reference: AgentReference) -> ThreadAgent:
        agent = self.find(reference.id, reference.version)
        assert agent is not None
        return agent.thread_agent()

    def _check(self, agent: Configured, root: str = "", before: Configured | None = None) -> None:
        check_configuration(agent, self._context.policy, root, before)

    def _check_skills(self, skills: Iterable[Skill]) -> None:
        for skill in skills:
            if not self._skill_exists(skill.skill_id, skill.version):
                version = "" if skill.version == "latest" else f" version `{shortened(skill.version)}`"
                raise misfit(
                    f"`skill_id` `{shortened(skill.skill_id)}`{version} not found", rule="agent-skill-absent-400"
                )


def check_agent_id(agent_id: str) -> None:
    """Refuse (400) an id that no agent could have."""
    if not is_valid_id(agent_id, "agent"):
        raise invalid("Invalid agent ID.", rule="agent-malformed-id-400 session-list-agent-malformed-400")


def _resolved(sent: Sequence[Any] | None) -> tuple[Any, ...]:
    return tuple(entry.resolved() for entry in sent or ())


_NORMALIZERS: dict[str, Callable[[Any], Any]] = {
    "name": lambda name: name,
    "description": lambda words: words or None,
    "system": lambda words: words or None,
    "tools": _resolved,
    "mcp_servers": lambda servers: tuple(servers or ()),
    "skills": _resolved,
    "execution_identity": lambda identity: identity or SERVICE_ACCOUNT,
}
"""What is stored for what is sent, field by field, where nothing else matters."""

_STALE = "Concurrent modification detected. Please fetch the latest version and retry."
