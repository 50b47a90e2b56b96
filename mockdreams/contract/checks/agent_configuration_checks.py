"""Agents: their tools, their servers and who they put to work."""

from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.client.answers import TargetResponse, require, require_equal

URL = "/v1/agents"
TOOLSET = {"type": "agent_toolset_20260401"}
UNFIT = "Agent has invalid configuration: "
TOOLS = "bash, edit, glob, grep, read, web_fetch, web_search, write"


def refused(stage: Workbench, **fields: Any) -> TargetResponse:
    return stage.post(URL, {"name": stage.name(), "model": stage.model, **fields})


def configured(*configs: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**TOOLSET, "configs": list(configs)}]


def custom(name: str = "lookup", **schema: Any) -> dict[str, Any]:
    return {
        "type": "custom",
        "name": name,
        "description": "Looks up.",
        "input_schema": {"type": "object", **schema},
    }


def roster(*agents: Any) -> dict[str, Any]:
    return {"type": "coordinator", "agents": list(agents)}


@cached
def coordinated(stage: Workbench) -> list[str]:
    """The ids of an agent, of the coordinator that puts it to work, and of an archived agent."""
    helper, archived = stage.new_agent()["id"], stage.new_agent()["id"]
    stage.post(f"{URL}/{archived}/archive").ok()
    return [helper, stage.new_agent(multiagent=roster(helper))["id"], archived]


@check
def agent_toolset_twice_400(stage: Workbench) -> None:
    answer = refused(stage, tools=[TOOLSET, TOOLSET])
    answer.invalid("tools.1.agent_toolset_20260401: duplicate entry; at most one agent_toolset_20260401 is allowed")


@check
def agent_tool_twice_400(stage: Workbench) -> None:
    answer = refused(stage, tools=configured({"name": "bash"}, {"name": "bash"}))
    answer.invalid('tools.0.agent_toolset_20260401.configs.1: duplicate entry for tool "AGENT_TOOL_NAME_BASH"')


@check
def agent_tool_unknown_400(stage: Workbench) -> None:
    answer = refused(stage, tools=configured({"name": "sed"}))
    message = answer.invalid()["message"]
    ends = f'configs[0].name: "sed" is not a valid value; expected one of {TOOLS}'
    require(message.startswith("Failed to parse request: ") and message.endswith(ends), "it says otherwise", answer)
    answer = refused(stage, tools=configured({"name": "sed", "permission_policy": {"type": "never"}}))
    require('type: "never" is not a valid value' in answer.invalid()["message"], "the policy is not named", answer)


@check
def agent_tool_key_400(stage: Workbench) -> None:
    for config, words in (
        ({"name": "bash", "bogus": 1}, 'configs[1].bogus: Extra inputs are not permitted for name "bash"'),
        ({"name": "read", "type": "bash"}, 'configs[1].name: must be "bash" on a config of type "bash"'),
    ):
        answer = refused(stage, tools=configured({"name": "grep"}, config))
        require(answer.invalid()["message"].endswith(words), f"it does not say {words!r}", answer)


@check
def agent_tool_reserved_400(stage: Workbench) -> None:
    answer = refused(stage, tools=[TOOLSET, custom("mcp__docs__read")])
    answer.invalid('tools.1.custom.name: custom tool name "mcp__docs__read" uses reserved MCP tool prefix')


@check
def agent_custom_schema_400(stage: Workbench) -> None:
    schemas: tuple[dict[str, Any], ...] = (
        {"oneOf": [{"required": ["a"]}]},
        {"properties": {"a": {"items": {"$ref": "#/$defs/a"}}}},
        {"properties": {"a b": {}}},
        {"properties": {"p" * 65: {}}},
    )
    for schema in schemas:
        refused(stage, tools=[custom(**schema)]).invalid()


@check
def agent_custom_schema_keywords(stage: Workbench) -> None:
    tool = custom(properties={"a.b-c_1": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, additionalProperties=False)
    require_equal("the tool", stage.new_agent(tools=[tool])["tools"], [tool])


@check
def agent_web_domains_400(stage: Workbench) -> None:
    for tool, fields in (
        ("web_fetch", {"allowed_domains": []}),
        ("web_fetch", {"allowed_domains": ["a.com"] * 65}),
        ("web_fetch", {"allowed_domains": ["a.com"], "blocked_domains": ["b.com"]}),
        ("web_fetch", {"allowed_domains": ["https://a.com"]}),
        ("web_fetch", {"blocked_domains": ["a.com:443"]}),
        ("web_fetch", {"blocked_domains": ["a.com/path"]}),
        ("web_search", {"allowed_domains": ["https://a.com/path"]}),
    ):
        refused(stage, tools=configured({"name": tool, **fields})).invalid()


@check
def agent_tools_256_400(stage: Workbench) -> None:
    refused(stage, tools=[TOOLSET, *(custom(f"t{number}") for number in range(249))]).invalid()


@check
def agent_roster_400(stage: Workbench) -> None:
    helper, lead, archived = coordinated(stage)
    for agents, words in (
        ((helper, helper), f"{helper} referenced multiple times"),
        (("helper",), "helper is not a valid agent ID"),
        ((archived,), f"{archived} is archived"),
        (({"type": "agent", "id": helper, "version": 9},), f"{helper} version 9 not found"),
        ((lead,), f"{lead} has its own subagents; maximum depth is 1"),
    ):
        refused(stage, multiagent=roster(*agents)).invalid(f"{UNFIT}subagent {words}")


@check
def agent_roster_nested_400(stage: Workbench) -> None:
    helper = coordinated(stage)[0]
    answer = stage.post(f"{URL}/{helper}", {"multiagent": roster({"type": "self"})})
    answer.invalid(f"{UNFIT}subagent {helper} has its own subagents; maximum depth is 1")


@check
def agent_roster_20_400(stage: Workbench) -> None:
    agents = [f"agent_{ABSENT[:-2]}{number}" for number in range(11, 32)]
    answer = refused(stage, multiagent=roster(*agents))
    answer.invalid("multiagent.coordinator.agents: must contain no more than 20 item(s)")
    refused(stage, multiagent=roster()).invalid("multiagent.coordinator.agents: must contain at least 1 item")


@check
def agent_update_version_400(stage: Workbench) -> None:
    stage.post(f"{URL}/{stage.agent}", {"version": 0}).invalid("version: must be greater than or equal to 1")


@check
def agent_mcp_servers_taken_400(stage: Workbench) -> None:
    server = {"type": "url", "name": "docs", "url": "https://example.com/mcp"}
    agent = stage.new_agent(mcp_servers=[server], tools=[{"type": "mcp_toolset", "mcp_server_name": "docs"}])
    answer = stage.post(f"{URL}/{agent['id']}", {"mcp_servers": []})
    message = answer.invalid()["message"]
    words = "mcp_toolset references [docs] but no matching entry in mcp_servers"
    require(message.endswith(words), f"it does not say {words!r}", answer)
