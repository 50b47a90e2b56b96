"""Agents as tests make them: bodies that are right, bodies that are wrong, and calls with both."""

from typing import Any

import httpx2
from anthropic.types.beta import BetaManagedAgentsAgent

from tests.support.helpers import ABSENT, MODEL, Scene

KEYS = set(
    """
    id type version name description model system tools mcp_servers skills multiagent execution_identity metadata
    created_at updated_at archived_at
    """.split()
)
SERVER = {"type": "url", "name": "wiki", "url": "https://mcp.example.com/mcp"}
MCP_TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "wiki"}
TOOLSET = {"type": "agent_toolset_20260401"}
CUSTOM = {"type": "custom", "name": "lookup", "description": "Looks up.", "input_schema": {"type": "object"}}
ALLOW, ASK, AUTO = ({"type": name} for name in ("always_allow", "always_ask", "auto"))
SELF = {"type": "self"}
STALE = "Concurrent modification detected. Please fetch the latest version and retry."
UNUSABLE = "Agent has invalid configuration: "


def create(scene: Scene, **fields: Any) -> BetaManagedAgentsAgent:
    """An agent, through a client that insists on the documented shape."""
    client = scene.mock.client(max_retries=0, _strict_response_validation=True)
    with client:
        return client.beta.agents.create(**{"name": "Helper", "model": MODEL, **fields})


def post(scene: Scene, **fields: Any) -> httpx2.Response:
    return scene.http.post("/v1/agents", json={"name": "Helper", "model": MODEL, **fields})


def change(scene: Scene, agent_id: str, **fields: Any) -> httpx2.Response:
    return scene.http.post(f"/v1/agents/{agent_id}", json=fields)


def get(scene: Scene, agent_id: str, **query: Any) -> dict[str, Any]:
    response = scene.http.get(f"/v1/agents/{agent_id}", params=query)
    assert response.status_code == 200, response.text
    agent: dict[str, Any] = response.json()
    return agent


def ids(scene: Scene, **query: Any) -> list[str]:
    return [agent["id"] for agent in scene.http.get("/v1/agents", params=query).json()["data"]]


def configs(*sent: dict[str, Any], **default: Any) -> dict[str, Any]:
    return {"tools": [{**TOOLSET, "configs": list(sent), **default}]}


def fetching(**fields: Any) -> dict[str, Any]:
    return configs({"name": "web_fetch", **fields})


def with_schema(**fields: Any) -> dict[str, Any]:
    """A custom tool with further keys in its schema."""
    return {**CUSTOM, "input_schema": {"type": "object", **fields}}


def coordinator(*agents: Any) -> dict[str, Any]:
    return {"type": "coordinator", "agents": list(agents)}


def team(**members: Any) -> dict[str, Any]:
    return {"type": "multiagent_20261001", **members}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name: minimum string length is 1"),
    ({"name": "n" * 257}, "name: maximum string length is 256"),
    ({"name": 7}, "name: expected a string"),
    ({"name": None}, "name: Value is not nullable"),
    ({"model": ""}, "model: minimum string length is 1"),
    ({"model": None}, "model: Value is not nullable"),
    ({"model": 4}, "model: expected a string"),
    ({"model": {}}, "model.id: Field required"),
    ({"model": {"id": None}}, "model.id: Value is not nullable"),
    ({"model": {"id": MODEL, "speed": "slow"}}, 'model.speed: "slow" is not a valid value'),
    ({"model": {"id": MODEL, "effort": "bogus"}}, 'model.effort: "bogus" is not a valid value'),
    ({"model": {"id": MODEL, "effort": {"type": "x"}}}, 'model.effort.type: "x" is not a valid value'),
    ({"model": {"id": MODEL, "inference_geo": 1}}, "model.inference_geo: expected a string"),
    ({"description": "d" * 2049}, "description: maximum string length is 2048"),
    ({"description": []}, "description: expected a string"),
    ({"system": "s" * 100_001}, "system: maximum string length is 100000"),
    ({"system": {}}, "system: expected a string"),
    ({"metadata": []}, "metadata: expected an object"),
    ({"metadata": {"k": 1}}, "metadata.k: expected a string"),
    ({"metadata": {"k": "v" * 513}}, "metadata.k: maximum string length is 512"),
    ({"metadata": {"k" * 65: ""}}, "invalid metadata: key"),
    ({"tools": {}}, "tools: expected an array"),
    ({"tools": [7]}, "tools[0]: expected an object"),
    ({"tools": [{}]}, "tools[0].type: Field required"),
    ({"tools": [{"type": "toolset"}]}, 'tools[0].type: "toolset" is not a valid value'),
    ({"tools": [{**CUSTOM, "name": "a b"}]}, "tools[0].name: "),
    ({"tools": [{**CUSTOM, "name": "n" * 129}]}, "tools[0].name: maximum string length is 128"),
    ({"tools": [{**CUSTOM, "name": None}]}, "tools[0].name: Value is not nullable"),
    ({"tools": [{**CUSTOM, "description": 1}]}, "tools[0].description: expected a string"),
    ({"tools": [{**CUSTOM, "input_schema": {}}]}, "tools[0].input_schema.type: Field required"),
    ({"tools": [{**CUSTOM, "input_schema": {"type": "array"}}]}, 'input_schema.type: "array" is not a valid value'),
    ({"tools": [{**CUSTOM, "input_schema": None}]}, "tools[0].input_schema: Value is not nullable"),
    ({"tools": [TOOLSET, CUSTOM, CUSTOM]}, f'{UNUSABLE}duplicate tool name "lookup"'),
    (configs({}), "tools[0].configs[0].name: Field required"),
    (
        configs({"name": "sed"}),
        'tools[0].configs[0].name: "sed" is not a valid value; '
        "expected one of bash, edit, glob, grep, read, web_fetch, web_search, write",
    ),
    (configs({"name": "sed", "permission_policy": {"type": "never"}}), 'policy.type: "never" is not a valid value'),
    (
        configs({"name": "bash"}, {"name": "bash", "enabled": False}),
        'tools.0.agent_toolset_20260401.configs.1: duplicate entry for tool "AGENT_TOOL_NAME_BASH"',
    ),
    (
        {"tools": [TOOLSET, TOOLSET]},
        "tools.1.agent_toolset_20260401: duplicate entry; at most one agent_toolset_20260401 is allowed",
    ),
    (
        {"tools": [{**CUSTOM, "name": "mcp__wiki__read"}]},
        'tools.0.custom.name: custom tool name "mcp__wiki__read" uses reserved MCP tool prefix',
    ),
    ({"tools": [with_schema(oneOf=[])]}, 'tools.0.custom.input_schema: "oneOf" is not supported'),
    ({"tools": [with_schema(properties={"a b": {}})]}, 'input_schema: property name "a b" must be 1 to 64 letters'),
    ({"tools": [with_schema(properties={"p" * 65: {}})]}, "must be 1 to 64 letters"),
    (
        {"tools": [with_schema(properties={"a": {"items": [{"$ref": "#/x"}]}})]},
        'tools.0.custom.input_schema: "$ref" is not supported',
    ),
    (configs({"name": "bash", "type": "read"}), 'tools[0].configs[0].name: must be "read" on a config of type "read"'),
    (configs({"name": "bash", "type": None}), "tools[0].configs[0].type: Value is not nullable"),
    (
        configs({"name": "bash", "type": "x"}),
        'tools[0].configs[0].type: "x" is not a valid value',
    ),
    (configs({"name": "bash", "enabled": "yes"}), "tools[0].configs[0].enabled: expected a boolean"),
    (configs({"name": "bash", "permission_policy": "auto"}), "configs[0].permission_policy: expected an object"),
    (configs({"name": "bash", "permission_policy": {"type": "never"}}), 'policy.type: "never" is not a valid value'),
    (configs(default_config=[]), "tools[0].default_config: expected an object"),
    (configs({"name": "web_search", "user_location": {"type": "exact"}}), 'type: "exact" is not a valid value'),
    (
        configs({"name": "web_search", "user_location": {"type": "approximate", "country": "fr"}}),
        "user_location.country: ",
    ),
    (fetching(allowed_domains=[]), "tools[0].configs[0].allowed_domains: "),
    (fetching(allowed_domains=None), "tools[0].configs[0].allowed_domains: Value is not nullable"),
    (fetching(blocked_domains=["a.com"] * 65), "tools[0].configs[0].blocked_domains: "),
    (fetching(allowed_domains=["https://a.com"]), "tools[0].configs[0].allowed_domains[0]: "),
    (fetching(allowed_domains=["a.com:443"]), "tools[0].configs[0].allowed_domains[0]: "),
    (fetching(blocked_domains=["b.com", "a.com/path"]), "tools[0].configs[0].blocked_domains[1]: "),
    (configs({"name": "web_search", "allowed_domains": ["http://a.com"]}), "configs[0].allowed_domains[0]: "),
    (configs({"name": "web_search", "blocked_domains": ["a.com:80/path"]}), "configs[0].blocked_domains[0]: "),
    (fetching(allowed_domains=["a.com"], blocked_domains=["b.com"]), "blocked_domains: cannot be combined"),
    (fetching(max_content_tokens=0), "max_content_tokens: must be greater than or equal to 1"),
    (fetching(url_sources={"user_input": "some"}), '"some" is not a valid value'),
    (
        fetching(url_sources=dict.fromkeys(["user_input", "client_tool_results", "server_tool_results"], "none")),
        "url_sources: at least one source must not be none",
    ),
    (fetching(url_sources={"client_tool_results": {"type": "only", "tools": []}}), "client_tool_results.tools: "),
    (
        fetching(
            url_sources={
                "client_tool_results": {"type": "only", "tools": [{"type": "tool_reference", "name": "lookup"}]}
            }
        ),
        f'{UNUSABLE}url_sources.client_tool_results references tool "lookup"',
    ),
    ({"mcp_servers": [{**SERVER, "type": "stdio"}]}, 'mcp_servers[0].type: "stdio" is not a valid value'),
    ({"mcp_servers": [{**SERVER, "name": ""}]}, "mcp_servers[0].name: minimum string length is 1"),
    ({"mcp_servers": [{**SERVER, "name": "n" * 256}]}, "mcp_servers[0].name: maximum string length is 255"),
    ({"mcp_servers": [{**SERVER, "url": None}]}, "mcp_servers[0].url: Value is not nullable"),
    ({"mcp_servers": [{**SERVER, "url": "u" * 2049}]}, "mcp_servers[0].url: maximum string length is 2048"),
    ({"mcp_servers": [{"type": "url", "name": "wiki"}]}, "mcp_servers[0].url: Field required"),
    ({"mcp_servers": [SERVER]}, f"{UNUSABLE}mcp_servers [wiki] declared but no mcp_toolset in tools references them"),
    ({"mcp_servers": [SERVER, SERVER], "tools": [MCP_TOOLSET]}, 'duplicate mcp_servers name "wiki"'),
    ({"tools": [MCP_TOOLSET]}, 'references server "wiki" which is not defined in mcp_servers'),
    (
        {"mcp_servers": [SERVER], "tools": [MCP_TOOLSET, MCP_TOOLSET]},
        f'{UNUSABLE}duplicate entry for server "wiki"; each MCP server may have at most one mcp_toolset',
    ),
    ({"skills": [{"type": "local", "skill_id": "x"}]}, 'skills[0].type: "local" is not a valid value'),
    ({"skills": [{"type": "custom"}]}, "skills[0].skill_id: Field required"),
    ({"skills": [{"type": "custom", "skill_id": ""}]}, "skills[0].skill_id: minimum string length is 1"),
    ({"skills": [{"type": "custom", "skill_id": "x", "version": 1}]}, "skills[0].version: expected a string"),
    (
        {"skills": [{"type": "anthropic", "skill_id": "xlsx"}, {"type": "anthropic", "skill_id": "xlsx"}]},
        f'{UNUSABLE}duplicate skill_id "xlsx"',
    ),
    ({"execution_identity": {"type": "root"}}, 'execution_identity.type: "root" is not a valid value'),
    ({"execution_identity": {"type": "aws_role"}}, "execution_identity.role_arn: Field required"),
    ({"execution_identity": {"type": "aws_role", "role_arn": "a" * 2049}}, "role_arn: maximum string length is 2048"),
    ({"multiagent": []}, "multiagent: expected an object"),
    ({"multiagent": {"type": "swarm"}}, 'multiagent.type: "swarm" is not a valid value'),
    ({"multiagent": coordinator()}, "multiagent.coordinator.agents: must contain at least 1 item"),
    ({"multiagent": coordinator(None)}, "multiagent.agents[0]: must be a string or an object (got null)"),
    ({"multiagent": coordinator(7)}, "multiagent.agents[0]: must be a string or an object (got number)"),
    ({"multiagent": coordinator({"type": "human"})}, 'multiagent.agents[0].type: "human" is not a valid value'),
    ({"multiagent": coordinator({"type": "agent"})}, "multiagent.agents[0].id: Field required"),
    ({"multiagent": coordinator({"type": "advisor"})}, "multiagent.agents[0].model: Field required"),
    (
        {"multiagent": coordinator(SELF, SELF)},
        'multiagent.agents.1: at most one {"type":"self"} entry is allowed',
    ),
    ({"multiagent": coordinator("helper")}, f"{UNUSABLE}subagent helper is not a valid agent ID"),
    ({"multiagent": coordinator(f"agent_{ABSENT}")}, f"{UNUSABLE}subagent agent_{ABSENT} not found"),
    ({"multiagent": team(advisor={"type": "enabled"})}, "multiagent.advisor.model: Field required"),
    ({"multiagent": team(subagents={"type": "on"})}, 'multiagent.subagents.type: "on" is not a valid value'),
    (
        {"multiagent": team(workflows={"type": "enabled", "inline_agents": {"type": "disabled"}})},
        "multiagent.workflows.predefined_agents: must contain at least 1 item",
    ),
    ({"colour": "red"}, 'unknown field "colour"'),
    (
        configs({"name": "grep"}, {"name": "bash", "colour": "red"}),
        'tools[0].configs[1].colour: Extra inputs are not permitted for name "bash"',
    ),
]
"""Fields that neither a create nor an update takes, and what the refusal says."""
