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
from mockdreams.wire.multiagent import AgentReference
from mockdreams.wire.sessions import AgentWithOverrides, SessionAgentUpdate
from mockdreams.wire.tools import (
    AgentToolset,
    CustomTool,
    ExceptFrom,
    McpToolset,
    OnlyFrom,
    ToolFilter,
    WebFetchConfig,
)
from mockdreams.world.agents.multiagent import MultiagentResolver, expanded, with_new_self_version
from mockdreams.world.core.context import Context
from mockdreams.world.core.ids import is_valid_id
from mockdreams.world.core.tables import UNBOUNDED, Table, TimeRange, first_page, unarchived
from mockdreams.world.core.validation import check_metadata, merge_metadata, null_metadata


class Agents:
    """All agents of a world. The table holds each one's latest version."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.table = Table[Agent](shown=unarchived)
        self._versions: dict[str, list[Agent]] = {}
        self.archive_hooks: list[Callable[[str], None]] = []
        """Called with the id of an agent that has just been archived."""

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
        self._versions[id] = [agent]
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
        if not is_valid_id(agent_id, "agent"):
            raise invalid("Invalid agent ID.", rule="agent-malformed-id-400")
        if agent_id not in self.table:
            raise not_found(f"Agent {agent_id} not found.", rule="agent-absent-404 session-agent-absent-404")
        agent = self.find(agent_id, version)
        if agent is None:
            raise not_found("Agent version not found.")
        return agent

    def check_active(self, agent_id: str) -> None:
        """Refuse an agent with which no new session can be."""
        if self.retrieve(agent_id).archived_at is not None:
            raise invalid(f"Agent {agent_id} is archived.", rule="agent-archived-unusable-400")

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
        self._check(changed, root="agent.")
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
        now = self._context.clock.time
        archived = self.table.put(agent.replace(archived_at=now, updated_at=now))
        for hook in self.archive_hooks:
            hook(agent_id)
        return archived

    def _changes(self, agent: Agent, params: UpdateAgent) -> dict[str, Any]:
        changes = {name: stored(getattr(params, name)) for name, stored in _NORMALIZERS.items() if params.given(name)}
        if params.given("model"):
            changes["model"] = self._model(params.model, agent.model)
        if params.given("multiagent"):
            roster = self._roster(agent.id, agent.version, root="agent.")
            changes["multiagent"] = params.multiagent and roster.resolve(params.multiagent, agent.multiagent)
        if params.given("metadata"):
            if params.metadata is None:
                raise null_metadata("agent")
            changes["metadata"] = merge_metadata(agent.metadata, params.metadata, self._context.policy)
        self._check(agent.replace(**changes), root="agent.")
        return changes

    def _overridden(self, agent: Agent, params: AgentWithOverrides) -> Agent:
        names = ("system", "tools", "mcp_servers", "skills")
        changes = {name: _NORMALIZERS[name](getattr(params, name)) for name in names if params.given(name)}
        if params.given("model"):
            changes["model"] = self._model(params.model, agent.model)
        overridden = agent.replace(**changes)
        self._check(overridden, root="agent.")
        return overridden

    def _next(self, agent: Agent) -> Agent:
        version = agent.version + 1
        multiagent = with_new_self_version(agent.multiagent, agent.id, version)
        agent = agent.replace(version=version, multiagent=multiagent, updated_at=self._context.clock.time)
        self._versions[agent.id].append(agent)
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

    def _define(self, reference: AgentReference) -> ThreadAgent:
        agent = self.find(reference.id, reference.version)
        assert agent is not None
        return agent.thread_agent()

    def _check(self, agent: Agent | SessionAgent, root: str = "") -> None:
        policy = self._context.policy
        for name, most in (("tools", policy.tools_per_agent), ("mcp_servers", policy.mcp_servers_per_agent)):
            if len(getattr(agent, name)) > most:
                raise invalid(f"{root}{name}: must contain at most {most} items")
        if len(agent.skills) > policy.skills_per_agent:
            most = policy.skills_per_agent
            raise _misfit(f"skills: {len(agent.skills)} exceeds maximum of {most} for this organization")
        _check_distinct("skill_id", (skill.skill_id for skill in agent.skills))
        _check_distinct("tool name", (tool.name for tool in agent.tools if isinstance(tool, CustomTool)))
        _check_distinct("mcp_servers name", (server.name for server in agent.mcp_servers))
        _check_servers(agent)
        _check_url_sources(agent)


def _check_servers(agent: Agent | SessionAgent) -> None:
    """Each server has its one toolset, and each toolset its server."""
    declared = [server.name for server in agent.mcp_servers]
    used = [tool.mcp_server_name for tool in agent.tools if isinstance(tool, McpToolset)]
    for index, name in enumerate(used):
        if name in used[:index]:
            raise _misfit(f'duplicate entry for server "{name}"; each MCP server may have at most one mcp_toolset')
        if name not in declared:
            raise _misfit(f'mcp_toolset references server "{name}" which is not defined in mcp_servers')
    idle = [name for name in declared if name not in used]
    if idle:
        raise _misfit(f"mcp_servers [{' '.join(idle)}] declared but no mcp_toolset in tools references them")


def _check_url_sources(agent: Agent | SessionAgent) -> None:
    """A list of tools whose results may be fetched names tools that exist, each once."""
    custom = {tool.name for tool in agent.tools if isinstance(tool, CustomTool)}
    configs = [config for tool in agent.tools if isinstance(tool, AgentToolset) for config in tool.configs]
    for sources in (config.url_sources for config in configs if isinstance(config, WebFetchConfig)):
        if sources is not None:
            _check_listed("client_tool_results", sources.client_tool_results, custom)
            _check_listed("server_tool_results", sources.server_tool_results, {"web_search", "web_fetch"})


def _check_listed(key: str, sent: ToolFilter | None, known: set[str]) -> None:
    if not isinstance(sent, OnlyFrom | ExceptFrom):
        return
    _check_distinct(f"url_sources.{key} tool", (tool.name for tool in sent.tools))
    for tool in sent.tools:
        if tool.name not in known:
            raise _misfit(f'url_sources.{key} references tool "{shortened(tool.name)}" which does not exist')


def _check_distinct(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _misfit(f'duplicate {what} "{shortened(name)}"')
        seen.add(name)


def _misfit(what: str) -> ServiceError:
    return invalid(
        f"Agent has invalid configuration: {what}", rule="agent-mcp-servers-used-400 agent-mcp-servers-unique-400"
    )


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
