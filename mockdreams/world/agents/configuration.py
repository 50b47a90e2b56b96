"""What the configuration of an agent must satisfy as a whole: its tools, its servers, its skills."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from mockdreams.wire.agents import Agent, SessionAgent
from mockdreams.wire.errors import ServiceError, invalid, shortened
from mockdreams.wire.tools import (
    BUILT_IN,
    AgentToolset,
    CustomTool,
    ExceptFrom,
    InputSchema,
    McpToolset,
    OnlyFrom,
    Tool,
    ToolFilter,
    WebFetchConfig,
)
from mockdreams.world.core.policy import Policy

Configured = Agent | SessionAgent
MCP_PREFIX = "mcp__"
"""How the names of the tools of MCP servers begin."""
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_COMBINATORS = ("oneOf", "anyOf", "allOf")
_PROPERTY = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_PROPERTY_MOST = 64


def check_configuration(agent: Configured, policy: Policy, root: str = "", before: Configured | None = None) -> None:
    """Refuse (400) what does not fit together. `root` begins the paths of an update of what was `before`."""
    count = sum(map(_size, agent.tools))
    if count > policy.tools_per_agent:
        most = policy.tools_per_agent
        raise invalid(f"{root}tools: must contain no more than {most} item(s)", rule="agent-tools-256-400")
    if len(agent.mcp_servers) > policy.mcp_servers_per_agent:
        raise invalid(f"{root}mcp_servers: must contain no more than {policy.mcp_servers_per_agent} item(s)")
    if len(agent.skills) > policy.skills_per_agent:
        most = policy.skills_per_agent
        raise misfit(f"skills: {len(agent.skills)} exceeds maximum of {most} for this organization")
    _check_distinct("skill_id", (skill.skill_id for skill in agent.skills))
    _check_distinct("tool name", (tool.name for tool in agent.tools if isinstance(tool, CustomTool)))
    _check_distinct("mcp_servers name", (server.name for server in agent.mcp_servers))
    _check_tools(agent.tools, f"{root}tools", policy)
    _check_servers(agent, before)
    _check_url_sources(agent)


def misfit(what: str, rule: str = "") -> ServiceError:
    return invalid(f"Agent has invalid configuration: {what}", rule=rule)


def _size(tool: Tool) -> int:
    """The agent toolset counts as all of its tools; those of an MCP server are known to nobody here."""
    return len(BUILT_IN) if isinstance(tool, AgentToolset) else 1


def _check_tools(tools: tuple[Tool, ...], path: str, policy: Policy) -> None:
    toolsets = 0
    for index, tool in enumerate(tools):
        place = f"{path}.{index}.{tool.type}"
        if isinstance(tool, CustomTool):
            _check_custom(tool, place, policy)
            continue
        if isinstance(tool, AgentToolset):
            toolsets += 1
            if toolsets > 1:
                raise invalid(
                    f"{place}: duplicate entry; at most one {tool.type} is allowed", rule="agent-toolset-twice-400"
                )
        _check_configs(tool, place)


def _check_configs(toolset: Tool, place: str) -> None:
    seen = set[str]()
    for index, config in enumerate(getattr(toolset, "configs", ())):
        if config.name in seen:
            name = f"AGENT_TOOL_NAME_{config.name.upper()}" if isinstance(toolset, AgentToolset) else config.name
            raise invalid(
                f'{place}.configs.{index}: duplicate entry for tool "{shortened(name)}"', rule="agent-tool-twice-400"
            )
        seen.add(config.name)


def _check_custom(tool: CustomTool, place: str, policy: Policy) -> None:
    if tool.name.startswith(MCP_PREFIX):
        raise invalid(
            f'{place}.name: custom tool name "{tool.name}" uses reserved MCP tool prefix',
            rule="agent-tool-reserved-400",
        )
    for wrong in _schema_faults(tool.input_schema, policy):
        raise invalid(f"{place}.input_schema: {wrong}", rule="agent-custom-schema-400")


def _schema_faults(schema: InputSchema, policy: Policy) -> Iterator[str]:
    further = schema.model_extra or {}
    for name in further:
        if name in _COMBINATORS or not policy.extra_schema_keywords:
            yield f'"{shortened(name)}" is not supported'
    for name in schema.properties or {}:
        if not 1 <= len(name) <= _PROPERTY_MOST or not _PROPERTY.issuperset(name):
            yield (
                f'property name "{shortened(name)}" must be 1 to {_PROPERTY_MOST} letters, digits, underscores, '
                "dots or hyphens"
            )
    waiting: list[Any] = [further, schema.properties]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield from (f'"{name}" is not supported' for name in _REFERENCES if name in part)
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _check_servers(agent: Configured, before: Configured | None) -> None:
    """Each server has its one toolset, and each toolset its server."""
    declared = [server.name for server in agent.mcp_servers]
    used = [tool.mcp_server_name for tool in agent.tools if isinstance(tool, McpToolset)]
    for name, times in Counter(used).items():
        if times > 1:
            raise misfit(f'duplicate entry for server "{name}"; each MCP server may have at most one mcp_toolset')
    absent = [name for name in used if name not in declared]
    if before is not None and {server.name for server in before.mcp_servers}.intersection(absent):
        raise misfit(
            f"mcp_toolset references [{' '.join(absent)}] but no matching entry in mcp_servers",
            rule="agent-mcp-servers-taken-400",
        )
    if absent:
        raise misfit(
            f'mcp_toolset references server "{absent[0]}" which is not defined in mcp_servers',
            rule="agent-mcp-servers-used-400",
        )
    idle = [name for name in declared if name not in used]
    if idle:
        raise misfit(
            f"mcp_servers [{' '.join(idle)}] declared but no mcp_toolset in tools references them",
            rule="agent-mcp-servers-used-400",
        )


def _check_url_sources(agent: Configured) -> None:
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
            raise misfit(f'url_sources.{key} references tool "{shortened(tool.name)}" which does not exist')


def _check_distinct(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise misfit(f'duplicate {what} "{shortened(name)}"', rule="agent-mcp-servers-unique-400")
        seen.add(name)
