"""Permissions: which tools the agent of a session has, and who approves a call."""

from collections.abc import Iterator
from typing import Any, get_args

from mockdreams.default_agent.actions import Permission, UseMcpTool, UseTool
from mockdreams.wire.multiagent import Advisor
from mockdreams.wire.threads import ThreadOwner
from mockdreams.wire.tools import AgentToolset, BuiltIn, CustomTool, McpToolset, ToolSetting

BUILT_IN = (*get_args(BuiltIn), "web_fetch", "web_search")
FILE_TOOLS = frozenset({"read", "write", "edit", "glob", "grep"})
"""What an agent that was given no toolset uses on its memory stores all the same."""
WORKER_TOOLS = frozenset(get_args(BuiltIn))
"""The service's tools that run in the sandbox, which in a self-hosted environment is a worker's."""
_EVALUATED: dict[str, Permission] = {"always_allow": "allow", "always_ask": "ask", "auto": "allow"}

_REASONS: dict[Permission, str] = {"ask": "indeterminate", "deny": "high_risk"}
"""Why the automatic policy did not allow a call, where nothing else is said."""


def built_in_tools(agent: ThreadOwner) -> frozenset[str]:
    """The service's tools that the agent may use."""
    if isinstance(agent, Advisor):
        return frozenset()
    toolset = _toolset(agent)
    if toolset is None:
        return FILE_TOOLS
    return frozenset(name for name in BUILT_IN if _switch(toolset, name).enabled)


def custom_tools(agent: ThreadOwner) -> tuple[str, ...]:
    return tuple(tool.name for tool in agent.tools if isinstance(tool, CustomTool))


def mcp_tools(agent: ThreadOwner) -> tuple[tuple[str, str], ...]:
    """Servers and those of their tools that the configuration names."""
    return tuple(_named(agent))


def evaluate(agent: ThreadOwner, act: UseTool | UseMcpTool) -> dict[str, Any]:
    """Who approves a call, as its event shows it."""
    switch = _switch_for(agent, act)
    policy = switch.permission_policy.type if switch else "always_allow"
    if act.permission is not None and policy != "auto":
        policy = "always_ask" if act.permission == "ask" else "auto" if act.permission == "deny" else "always_allow"
    allowed = act.permission or _EVALUATED[policy]
    if isinstance(agent, Advisor) or (switch is not None and not switch.enabled):
        return {"evaluated_permission": "deny"}
    if policy != "auto":
        return {"evaluated_permission": allowed, "evaluation": {"type": policy}}
    judged: dict[str, str] = {"type": allowed}
    if allowed != "allow":
        judged["reason_code"] = act.reason_code or _REASONS[allowed]
    return {"evaluated_permission": allowed, "evaluation": {"type": "auto", "evaluated_permission": judged}}


def _switch_for(agent: ThreadOwner, act: UseTool | UseMcpTool) -> ToolSetting | None:
    if isinstance(act, UseTool):
        toolset = _toolset(agent)
        return None if toolset is None else _switch(toolset, act.tool)
    for tools in agent.tools:
        if isinstance(tools, McpToolset) and tools.mcp_server_name == act.server:
            return _switch(tools, act.mcp_tool)
    return None


def _switch(toolset: AgentToolset | McpToolset, name: str) -> ToolSetting:
    return next((config for config in toolset.configs if config.name == name), toolset.default_config)


def _toolset(agent: ThreadOwner) -> AgentToolset | None:
    return next((tools for tools in agent.tools if isinstance(tools, AgentToolset)), None)


def _named(agent: ThreadOwner) -> Iterator[tuple[str, str]]:
    for tools in agent.tools:
        if isinstance(tools, McpToolset):
            yield from ((tools.mcp_server_name, config.name) for config in tools.configs if config.enabled)
