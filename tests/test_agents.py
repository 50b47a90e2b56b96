"""The Agents resource: creating, versioning, listing and archiving, and what a session takes from an agent."""

from datetime import timedelta
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types.beta import (
    BetaManagedAgentsAgent,
    BetaManagedAgentsAgentToolset20260401,
    BetaManagedAgentsCustomTool,
    BetaManagedAgentsMCPToolset,
    BetaManagedAgentsMultiagent20261001,
    BetaManagedAgentsMultiagentCoordinator,
)

from tests.scene import ABSENT, MODEL, Scene, refused

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


def coordinator(*agents: Any) -> dict[str, Any]:
    return {"type": "coordinator", "agents": list(agents)}


def team(**members: Any) -> dict[str, Any]:
    return {"type": "multiagent_20261001", **members}


# Creating


def test_a_new_agent_has_every_key(scene: Scene) -> None:
    agent = post(scene).json()
    assert set(agent) == KEYS
    assert agent["id"].startswith("agent_01")
    assert (agent["type"], agent["version"], agent["name"]) == ("agent", 1, "Helper")
    assert agent["model"] == {"id": MODEL, "effort": {"type": "high"}, "speed": "standard"}
    assert agent["execution_identity"] == {"type": "service_account"}
    assert [agent[key] for key in ("description", "system", "multiagent", "archived_at")] == [None] * 4
    assert [agent[key] for key in ("tools", "mcp_servers", "skills", "metadata")] == [[], [], [], {}]
    assert agent["created_at"] == agent["updated_at"]
    assert get(scene, agent["id"]) == agent


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (MODEL, {"id": MODEL, "effort": {"type": "high"}, "speed": "standard"}),
        ({"id": MODEL}, {"id": MODEL, "effort": {"type": "high"}, "speed": "standard"}),
        ({"id": MODEL, "effort": "low"}, {"id": MODEL, "effort": {"type": "low"}, "speed": "standard"}),
        (
            {"id": MODEL, "effort": {"type": "max"}, "speed": "fast", "inference_geo": "us"},
            {"id": MODEL, "effort": {"type": "max"}, "inference_geo": "us", "speed": "fast"},
        ),
        (
            {"id": MODEL, "effort": None, "speed": None, "inference_geo": None},
            {"id": MODEL, "effort": {"type": "high"}, "speed": "standard"},
        ),
    ],
)
def test_model_is_always_an_object_in_the_answer(scene: Scene, sent: Any, answered: dict[str, Any]) -> None:
    agent = create(scene, model=sent)
    assert agent.model.to_dict() == answered


def test_the_default_effort_is_policy(scene: Scene) -> None:
    scene.mock.policy.default_effort = "medium"
    assert create(scene).model.to_dict()["effort"] == {"type": "medium"}


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "n" * 256},
        {"name": "界" * 256},
        {"description": "d" * 2048},
        {"system": "é" * 100_000},
        {"metadata": {f"k{n}": "v" * 512 for n in range(16)}},
        {"metadata": {"k" * 64: ""}},
        {"execution_identity": {"type": "aws_role", "role_arn": "arn:aws:iam::123456789012:role/runner"}},
        {"execution_identity": {"type": "service_account"}},
        {"skills": [{"type": "anthropic", "skill_id": "xlsx", "version": "20260101"}]},
        {"mcp_servers": [SERVER], "tools": [MCP_TOOLSET]},
        {"tools": [{**CUSTOM, "name": "T-1_" * 32}]},
    ],
)
def test_values_at_their_limits_come_back(scene: Scene, fields: dict[str, Any]) -> None:
    agent = create(scene, **fields).to_dict()
    for name in fields.keys() - {"tools"}:
        assert agent[name] == fields[name]


@pytest.mark.parametrize("name", ["description", "system"])
@pytest.mark.parametrize("empty", [None, ""])
def test_empty_words_are_null(scene: Scene, name: str, empty: str | None) -> None:
    assert post(scene, **{name: empty}).json()[name] is None


@pytest.mark.parametrize("version", [{}, {"version": None}, {"version": "latest"}])
@pytest.mark.parametrize("kind", ["anthropic", "custom"])
def test_a_skill_without_a_version_is_the_latest(scene: Scene, kind: str, version: dict[str, Any]) -> None:
    agent = create(scene, skills=[{"type": kind, "skill_id": "xlsx", **version}])
    assert [skill.to_dict() for skill in agent.skills] == [{"type": kind, "skill_id": "xlsx", "version": "latest"}]


@pytest.mark.parametrize(
    ("toolset", "shape", "policy"),
    [
        (TOOLSET, BetaManagedAgentsAgentToolset20260401, ALLOW),
        (MCP_TOOLSET, BetaManagedAgentsMCPToolset, ASK),
    ],
)
def test_toolsets_come_back_with_their_defaults(scene: Scene, toolset: Any, shape: type, policy: Any) -> None:
    servers = [SERVER] if toolset is MCP_TOOLSET else []
    for default in ({}, {"default_config": None}, {"default_config": {"enabled": None, "permission_policy": None}}):
        tool = create(scene, tools=[{**toolset, **default}], mcp_servers=servers).tools[0]
        assert isinstance(tool, shape)
        expected = {"default_config": {"enabled": True, "permission_policy": policy}, "configs": []}
        assert tool.to_dict() == {**toolset, **expected}


@pytest.mark.parametrize(
    ("default", "sent", "resolved"),
    [
        ({}, {}, {"enabled": True, "permission_policy": ALLOW}),
        ({"enabled": False}, {}, {"enabled": False, "permission_policy": ALLOW}),
        ({"enabled": False}, {"enabled": True}, {"enabled": True, "permission_policy": ALLOW}),
        ({"permission_policy": ASK}, {"enabled": False}, {"enabled": False, "permission_policy": ASK}),
        ({"permission_policy": ASK}, {"permission_policy": AUTO}, {"enabled": True, "permission_policy": AUTO}),
        ({"permission_policy": ASK}, {"permission_policy": None, "enabled": None}, {"permission_policy": ASK}),
    ],
)
@pytest.mark.parametrize("name", ["bash", "edit", "read", "write", "glob", "grep"])
def test_each_config_is_spelled_out(scene: Scene, name: str, default: Any, sent: Any, resolved: Any) -> None:
    agent = create(scene, **configs({"name": name, **sent}, default_config=default))
    config = agent.tools[0].to_dict()["configs"]
    assert config == [{"name": name, "type": name, "enabled": True, **resolved}]


def test_an_mcp_config_is_spelled_out(scene: Scene) -> None:
    tool = {**MCP_TOOLSET, "configs": [{"name": "search", "permission_policy": ALLOW}, {"name": "ask"}]}
    agent = create(scene, tools=[tool], mcp_servers=[SERVER])
    assert agent.tools[0].to_dict()["configs"] == [
        {"name": "search", "enabled": True, "permission_policy": ALLOW},
        {"name": "ask", "enabled": True, "permission_policy": ASK},
    ]


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({}, {"url_sources": None}),
        (
            {"allowed_domains": ["docs.example.com"], "max_content_tokens": 500, "type": "web_fetch"},
            {"url_sources": None, "allowed_domains": ["docs.example.com"], "max_content_tokens": 500},
        ),
        ({"blocked_domains": ["a.com"] * 64}, {"url_sources": None, "blocked_domains": ["a.com"] * 64}),
        (
            {"url_sources": {"user_input": "none", "server_tool_results": {"type": "all"}}},
            {
                "url_sources": {
                    "user_input": {"type": "none"},
                    "client_tool_results": None,
                    "server_tool_results": {"type": "all"},
                }
            },
        ),
    ],
)
def test_web_fetch_settings_come_back(scene: Scene, sent: dict[str, Any], answered: dict[str, Any]) -> None:
    config = create(scene, **fetching(**sent)).tools[0].to_dict()["configs"]
    assert config == [
        {"name": "web_fetch", "type": "web_fetch", "enabled": True, "permission_policy": ALLOW, **answered}
    ]


def test_url_sources_may_name_tools(scene: Scene) -> None:
    only = {"type": "only", "tools": [{"type": "tool_reference", "name": "lookup"}]}
    unlike = {"type": "except", "tools": [{"type": "tool_reference", "name": "web_search"}]}
    fields = fetching(url_sources={"client_tool_results": only, "server_tool_results": unlike})
    agent = create(scene, tools=[*fields["tools"], CUSTOM])
    sources = agent.tools[0].to_dict()["configs"][0]["url_sources"]  # type: ignore[index]
    assert sources == {"client_tool_results": only, "server_tool_results": unlike, "user_input": None}


def test_web_search_settings_come_back(scene: Scene) -> None:
    where = {"type": "approximate", "city": "Lyon", "country": "FR", "timezone": "Europe/Paris"}
    sent = {"name": "web_search", "blocked_domains": ["ads.example.com"], "user_location": where}
    config = create(scene, **configs(sent)).tools[0].to_dict()["configs"]
    assert config == [{**sent, "type": "web_search", "enabled": True, "permission_policy": ALLOW}]


def test_a_custom_tool_comes_back_word_for_word(scene: Scene) -> None:
    schema = {
        "type": "object",
        "properties": {"id": {"type": "string", "nested": [1, None]}},
        "required": ["id"],
        "additionalProperties": False,
    }
    tool = {**CUSTOM, "input_schema": schema}
    agent = create(scene, tools=[tool])
    assert isinstance(agent.tools[0], BetaManagedAgentsCustomTool)
    assert get(scene, agent.id)["tools"] == [tool]


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
    (configs({"name": "sed"}), 'tools[0].configs[0].name: "sed" is not a valid value'),
    (configs({"name": "bash", "type": "read"}), "tools[0].configs[0].type: must be the same as name"),
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
    (fetching(allowed_domains=["a.com"], blocked_domains=["b.com"]), "blocked_domains: cannot be combined"),
    (fetching(max_content_tokens=0), "max_content_tokens: value must be greater than or equal to 1"),
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
    (configs({"name": "bash", "colour": "red"}), 'unknown field "colour"'),
]


@pytest.mark.parametrize(("fields", "words"), [*WRONG, ({"metadata": None}, "metadata: Value is not nullable")])
def test_a_wrong_create_names_the_field_and_creates_nothing(scene: Scene, fields: dict[str, Any], words: str) -> None:
    response = post(scene, **fields)
    assert words in refused(response, 400, "invalid_request_error")
    assert "x-should-retry" not in response.headers
    assert ids(scene) == []


@pytest.mark.parametrize("name", ["tools", "mcp_servers", "skills"])
def test_lists_cannot_be_null_in_a_create(scene: Scene, name: str) -> None:
    assert f"{name}: Value is not nullable" in refused(post(scene, **{name: None}), 400, "invalid_request_error")


@pytest.mark.parametrize("name", ["name", "model"])
def test_what_a_create_needs(scene: Scene, name: str) -> None:
    body = {"name": "Helper", "model": MODEL}
    del body[name]
    assert refused(scene.http.post("/v1/agents", json=body), 400, "invalid_request_error") == f"{name}: Field required"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"name": "a" "model": 1}'])
@pytest.mark.parametrize("path", ["/v1/agents", "/v1/agents/{}"])
def test_a_body_that_is_no_object_is_refused(scene: Scene, path: str, content: bytes) -> None:
    agent = create(scene)
    refused(scene.http.post(path.format(agent.id), content=content), 400, "invalid_request_error")
    assert ids(scene) == [agent.id]


@pytest.mark.parametrize(
    ("name", "most", "entry"),
    [
        ("tools", 256, lambda n: {**CUSTOM, "name": f"t{n}"}),
        ("mcp_servers", 20, lambda n: {**SERVER, "name": f"s{n}"}),
        ("skills", 20, lambda n: {"type": "custom", "skill_id": f"skill_{n}"}),
    ],
)
def test_lists_have_a_limit(scene: Scene, name: str, most: int, entry: Any) -> None:
    entries = [entry(n) for n in range(most + 1)]
    toolsets = [{**MCP_TOOLSET, "mcp_server_name": f"s{n}"} for n in range(most)] if name == "mcp_servers" else []
    assert (
        f"maximum of {most}"
        if name == "skills"
        else f"{name}: must contain at most {most} items"
        in refused(post(scene, **{name: entries}), 400, "invalid_request_error")
    )
    fields = {name: entries[:most], **({"tools": toolsets} if toolsets else {})}
    assert len(getattr(create(scene, **fields), name)) == most


def test_seventeen_metadata_keys_are_too_many(scene: Scene) -> None:
    words = "invalid metadata: metadata map would have 17 entries, exceeding the maximum of 16"
    many = {f"k{n}": "v" for n in range(17)}
    assert refused(post(scene, metadata=many), 400, "invalid_request_error") == words
    agent = create(scene, metadata={"a": "1"})
    assert refused(
        change(scene, agent.id, metadata={f"k{n}": "v" for n in range(16)}), 400, "invalid_request_error"
    ) == (words)
    assert get(scene, agent.id)["metadata"] == {"a": "1"}


# Multiagent


def test_a_roster_is_pinned_to_versions(scene: Scene) -> None:
    first, second = create(scene), create(scene)
    change(scene, second.id, name="Second")
    roster = coordinator(first.id, {"type": "agent", "id": second.id}, SELF, {"type": "advisor", "model": MODEL})
    agent = create(scene, multiagent=roster)
    assert isinstance(agent.multiagent, BetaManagedAgentsMultiagentCoordinator)
    assert agent.multiagent.to_dict()["agents"] == [
        {"type": "agent", "id": first.id, "version": 1},
        {"type": "agent", "id": second.id, "version": 2},
        {"type": "agent", "id": agent.id, "version": 1},
        {"type": "advisor", "model": MODEL},
    ]
    change(scene, second.id, name="Third")
    assert get(scene, agent.id)["multiagent"] == agent.multiagent.to_dict()
    old = create(scene, multiagent=coordinator({"type": "agent", "id": second.id, "version": 1}))
    assert old.to_dict()["multiagent"]["agents"][0]["version"] == 1  # type: ignore[index]


def test_self_follows_the_agent(scene: Scene) -> None:
    agent = create(scene, multiagent=coordinator(SELF))
    renamed = change(scene, agent.id, name="Other").json()
    assert renamed["multiagent"]["agents"] == [{"type": "agent", "id": agent.id, "version": 2}]
    again = change(scene, agent.id, multiagent=renamed["multiagent"])
    assert again.json() == renamed
    assert get(scene, agent.id, version=1)["multiagent"]["agents"][0]["version"] == 1


def test_a_roster_refuses_what_cannot_be_put_to_work(scene: Scene) -> None:
    helper, archived, lead = (create(scene).id for _ in range(3))
    nested = create(scene, multiagent=coordinator(SELF)).id
    scene.beta.agents.archive(archived)
    for roster, words in [
        (coordinator(helper, helper), f"subagent {helper} referenced multiple times"),
        (
            coordinator(helper, {"type": "agent", "id": helper, "version": 2}),
            f"subagent {helper} referenced multiple times",
        ),
        (coordinator({"type": "agent", "id": helper, "version": 9}), f"subagent {helper} version 9 not found"),
        (coordinator(archived), f"subagent {archived} is archived"),
        (coordinator(nested), f"subagent {nested} has its own subagents; maximum depth is 1"),
    ]:
        assert refused(post(scene, multiagent=roster), 400, "invalid_request_error") == UNUSABLE + words
        assert refused(change(scene, lead, multiagent=roster), 400, "invalid_request_error") == UNUSABLE + words
    own = {"type": "agent", "id": lead, "version": 7}
    words = refused(change(scene, lead, multiagent=coordinator(own)), 400, "invalid_request_error")
    assert words == f"{UNUSABLE}subagent {lead} version 7 not found"
    assert refused(change(scene, lead, multiagent=coordinator(SELF, lead)), 400, "invalid_request_error")
    words = refused(change(scene, lead, multiagent=coordinator()), 400, "invalid_request_error")
    assert words == "agent.multiagent.coordinator.agents: must contain at least 1 item"
    words = refused(change(scene, lead, multiagent=coordinator(None)), 400, "invalid_request_error")
    assert words == "Failed to parse request: agent.multiagent.agents[0]: must be a string or an object (got null)"
    assert get(scene, lead)["version"] == 1


def test_a_roster_has_a_limit(scene: Scene) -> None:
    helpers = [create(scene).id for _ in range(21)]
    words = "multiagent.coordinator.agents: must contain at most 20 items"
    assert refused(post(scene, multiagent=coordinator(*helpers)), 400, "invalid_request_error") == words
    assert create(scene, multiagent=coordinator(*helpers[:20])).multiagent is not None


def test_the_new_multiagent_has_defaults(scene: Scene) -> None:
    agent = create(scene, multiagent=team())
    assert isinstance(agent.multiagent, BetaManagedAgentsMultiagent20261001)
    enabled = {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []}
    full = team(advisor={"type": "disabled"}, subagents=enabled, workflows=enabled)
    assert agent.multiagent.to_dict() == full
    assert post(scene, multiagent=team(advisor=None, subagents=None, workflows=None)).json()["multiagent"] == full


def test_the_new_multiagent_is_merged_level_by_level(scene: Scene) -> None:
    helper, other = create(scene).id, create(scene).id
    agent = create(
        scene,
        multiagent=team(
            advisor={"type": "enabled", "model": MODEL},
            subagents={"type": "enabled", "predefined_agents": [helper], "inline_agents": {"type": "disabled"}},
            workflows={"type": "disabled"},
        ),
    )

    def merged(**members: Any) -> Any:
        response = change(scene, agent.id, multiagent=team(**members))
        assert response.status_code == 200, response.text
        return response.json()["multiagent"]

    assert change(scene, agent.id, multiagent=team()).json()["version"] == 1
    kept = merged(workflows=None)
    assert kept["advisor"] == {"type": "enabled", "model": MODEL}
    assert kept["workflows"]["inline_agents"] == {"type": "enabled"}
    assert kept["subagents"]["predefined_agents"] == [{"type": "agent", "id": helper, "version": 1}]
    replaced = merged(subagents={"type": "enabled", "predefined_agents": [other]})["subagents"]
    assert replaced["inline_agents"] == {"type": "disabled"}
    assert [entry["id"] for entry in replaced["predefined_agents"]] == [other]
    bare = change(scene, agent.id, multiagent=team(subagents={"type": "enabled", "predefined_agents": None}))
    assert "agent.multiagent.subagents.predefined_agents" in refused(bare, 400, "invalid_request_error")
    assert merged(subagents={"type": "disabled"}, advisor=None)["subagents"] == {"type": "disabled"}
    assert merged(subagents={"type": "enabled"})["subagents"]["predefined_agents"] == []
    assert change(scene, agent.id, multiagent=None).json()["multiagent"] is None


# Updating and versions


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"name": "Other"}, {}),
        (
            {"model": "claude-sonnet-5"},
            {"model": {"id": "claude-sonnet-5", "effort": {"type": "low"}, "speed": "standard"}},
        ),
        ({"description": "New."}, {}),
        ({"description": None}, {}),
        ({"description": ""}, {"description": None}),
        ({"system": None}, {}),
        ({"system": ""}, {"system": None}),
        ({"tools": None, "mcp_servers": None}, {"tools": [], "mcp_servers": []}),
        ({"tools": [], "mcp_servers": []}, {}),
        ({"skills": None}, {"skills": []}),
        ({"execution_identity": None}, {"execution_identity": {"type": "service_account"}}),
        ({"metadata": {"keep": "2", "new": "3", "drop": None}}, {"metadata": {"keep": "2", "new": "3"}}),
        ({"multiagent": coordinator(SELF)}, None),
    ],
)
def test_an_update_makes_a_version_of_only_what_it_names(
    scene: Scene, fields: dict[str, Any], stored: dict[str, Any] | None
) -> None:
    before = create(
        scene,
        description="Helps.",
        system="Help.",
        model={"id": MODEL, "effort": "low", "speed": "fast", "inference_geo": "us"},
        tools=[MCP_TOOLSET],
        mcp_servers=[SERVER],
        skills=[{"type": "anthropic", "skill_id": "xlsx"}],
        execution_identity={"type": "aws_role", "role_arn": "arn:x"},
        metadata={"keep": "1", "drop": "1"},
    )
    raw = get(scene, before.id)
    scene.mock.clock.advance(minutes=1)
    after = change(scene, before.id, **fields, version=1).json()
    assert after["version"] == 2
    assert after["updated_at"] > raw["updated_at"]
    untouched = KEYS - fields.keys() - {"version", "updated_at"}
    assert {key: after[key] for key in untouched} == {key: raw[key] for key in untouched}
    if stored is not None:
        assert {key: after[key] for key in fields} == {**fields, **stored}
    assert get(scene, before.id) == get(scene, before.id, version=2) == after
    assert get(scene, before.id, version=1) == raw


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"version": None},
        {"version": 1},
        {"name": "Helper"},
        {"model": MODEL},
        {"model": {"id": MODEL, "effort": "high", "speed": "standard"}},
        {"description": None, "system": "", "tools": None, "mcp_servers": [], "skills": None, "multiagent": None},
        {"execution_identity": {"type": "service_account"}},
        {"metadata": {"absent": None}},
        {"metadata": {"k": "v"}},
    ],
)
def test_an_update_that_changes_nothing_makes_no_version(scene: Scene, fields: dict[str, Any]) -> None:
    agent = create(scene, metadata={"k": "v"})
    before = get(scene, agent.id)
    scene.mock.clock.advance(minutes=1)
    assert change(scene, agent.id, **fields).json() == before
    assert [version.version for version in scene.beta.agents.versions.list(agent.id)] == [1]


@pytest.mark.parametrize("version", [1, 3, 10**18])
def test_a_stale_version_is_refused(scene: Scene, version: int) -> None:
    agent = create(scene)
    change(scene, agent.id, name="Second")
    response = change(scene, agent.id, name="Lost", version=version)
    assert refused(response, 409, "invalid_request_error") == STALE
    assert "x-should-retry" not in response.headers
    assert get(scene, agent.id)["name"] == "Second"
    assert change(scene, agent.id, name="Third", version=2).json()["version"] == 3


def test_the_sdk_raises_a_conflict(scene: Scene) -> None:
    agent = create(scene)
    scene.beta.agents.update(agent.id, version=1, name="Second")
    with pytest.raises(anthropic.ConflictError, match="Concurrent modification"):
        scene.beta.agents.update(agent.id, version=1, name="Lost")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        *WRONG,
        ({"version": 0}, "version: value must be greater than or equal to 1"),
        ({"version": "1"}, "version: expected an integer"),
        ({"metadata": None}, 'field "metadata": null is not a valid value for a map field'),
        ({"mcp_servers": [SERVER]}, "mcp_servers [wiki] declared"),
    ],
)
def test_a_wrong_update_names_the_field_and_changes_nothing(scene: Scene, fields: dict[str, Any], words: str) -> None:
    agent = create(scene)
    before = get(scene, agent.id)
    message = refused(change(scene, agent.id, **fields), 400, "invalid_request_error")
    assert words in message
    if message.startswith("Failed to parse request: "):
        assert message.startswith("Failed to parse request: agent")
    elif not message.startswith((UNUSABLE, "Failed to parse request body", "invalid metadata", "metadata.")):
        assert message.startswith("agent.")
    assert get(scene, agent.id) == before


def test_the_result_of_an_update_must_fit_together(scene: Scene) -> None:
    agent = create(scene, mcp_servers=[SERVER], tools=[MCP_TOOLSET])
    assert "declared but no" in refused(change(scene, agent.id, tools=[]), 400, "invalid_request_error")
    assert "not defined" in refused(change(scene, agent.id, mcp_servers=[]), 400, "invalid_request_error")
    assert change(scene, agent.id, mcp_servers=[], tools=[]).json()["version"] == 2


def test_effort_outlives_a_new_model_and_the_rest_does_not(scene: Scene) -> None:
    agent = create(scene, model={"id": MODEL, "effort": "max", "speed": "fast", "inference_geo": "us"})
    model = change(scene, agent.id, model={"id": "claude-opus-5"}).json()["model"]
    assert model == {"id": "claude-opus-5", "effort": {"type": "max"}, "speed": "standard"}
    model = change(scene, agent.id, model={"id": "claude-opus-5", "effort": None}).json()["model"]
    assert model["effort"] == {"type": "high"}


def test_versions_are_listed_newest_first(scene: Scene) -> None:
    agent = create(scene)
    for number in range(2, 6):
        change(scene, agent.id, name=f"v{number}")
    listing = scene.http.get(f"/v1/agents/{agent.id}/versions", params={"limit": 2}).json()
    assert [version["name"] for version in listing["data"]] == ["v5", "v4"]
    assert listing["next_page"].startswith("page_")
    pages = scene.beta.agents.versions.list(agent.id, limit=2)
    assert [version.version for version in pages] == [5, 4, 3, 2, 1]
    assert set(scene.http.get(f"/v1/agents/{agent.id}/versions").json()) == {"data"}
    other = create(scene)
    mixed = scene.http.get(f"/v1/agents/{other.id}/versions", params={"page": listing["next_page"]})
    assert "page" in refused(mixed, 400, "invalid_request_error")


@pytest.mark.parametrize("version", [2, 99])
def test_a_version_that_never_was(scene: Scene, version: int) -> None:
    agent = create(scene)
    response = scene.http.get(f"/v1/agents/{agent.id}", params={"version": version})
    assert refused(response, 404, "not_found_error") == "Agent version not found."


@pytest.mark.parametrize("version", ["0", "-1", "x", "1.0", ""])
def test_a_version_that_is_none(scene: Scene, version: str) -> None:
    response = scene.http.get(f"/v1/agents/{create(scene).id}", params={"version": version})
    assert "version" in refused(response, 400, "invalid_request_error")


# Ids, archiving, listing

ROUTES = [
    ("GET", "/v1/agents/{}"),
    ("POST", "/v1/agents/{}"),
    ("POST", "/v1/agents/{}/archive"),
    ("GET", "/v1/agents/{}/versions"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "id",
    [
        "x",
        "agent_",
        "agent_01short",
        f"agent_{ABSENT}z",
        f"agent_02{'z' * 22}",
        f"agent_01I{'z' * 21}",
        f"env_{ABSENT}",
    ],
)
def test_a_malformed_id_is_refused(scene: Scene, method: str, path: str, id: str) -> None:
    response = scene.http.request(method, path.format(id), json={} if method == "POST" else None)
    assert refused(response, 400, "invalid_request_error") == "Invalid agent ID."


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_absent_agent_is_not_found(scene: Scene, method: str, path: str) -> None:
    response = scene.http.request(method, path.format(f"agent_{ABSENT}"), json={} if method == "POST" else None)
    assert f"agent_{ABSENT}" in refused(response, 404, "not_found_error")
    assert "x-should-retry" not in response.headers


def test_agents_cannot_be_deleted(scene: Scene) -> None:
    agent = create(scene)
    assert refused(scene.http.delete(f"/v1/agents/{agent.id}"), 404, "not_found_error") == "not found"
    assert ids(scene) == [agent.id]


def test_an_archived_agent_stays_readable_and_changes_no_more(scene: Scene) -> None:
    agent = create(scene)
    change(scene, agent.id, name="Second")
    scene.mock.clock.advance(minutes=1)
    archived = scene.beta.agents.archive(agent.id)
    assert archived.archived_at == agent.created_at + timedelta(minutes=1)
    assert archived.version == 2
    scene.mock.clock.advance(minutes=1)
    assert scene.beta.agents.archive(agent.id) == archived
    for fields in ({"name": "Third"}, {}, {"version": 1}):
        response = change(scene, agent.id, **fields)
        assert refused(response, 400, "invalid_request_error") == "Cannot modify archived agent"
    old = scene.beta.agents.retrieve(agent.id, version=1)
    assert (old.name, old.archived_at) == ("Helper", archived.archived_at)
    assert [version.version for version in scene.beta.agents.versions.list(agent.id)] == [2, 1]
    assert scene.beta.agents.retrieve(agent.id) == archived


def test_the_list_is_paged_newest_first(scene: Scene) -> None:
    made = [create(scene).id for _ in range(25)]
    newest = made[::-1]
    assert ids(scene) == newest[:20]
    assert ids(scene, limit=100) == newest
    assert [agent.id for agent in scene.beta.agents.list(limit=7)] == newest
    change(scene, made[0], name="Touched")
    assert ids(scene, limit=100) == newest
    assert "next_page" not in scene.http.get("/v1/agents", params={"limit": 25}).json()


def test_the_list_hides_the_archived(scene: Scene) -> None:
    kept, archived = create(scene).id, create(scene).id
    scene.beta.agents.archive(archived)
    assert ids(scene) == [kept]
    assert ids(scene, include_archived="true") == [archived, kept]


def test_the_list_can_be_bounded_in_time(scene: Scene) -> None:
    made = []
    for _ in range(3):
        made.append(create(scene))
        scene.mock.clock.advance(hours=1)
    middle = made[1].created_at.isoformat()
    assert ids(scene, **{"created_at[gte]": middle}) == [made[2].id, made[1].id]
    assert ids(scene, **{"created_at[lte]": middle}) == [made[1].id, made[0].id]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"page": "x"},
        {"include_archived": "1"},
        {"created_at[gte]": "x"},
    ],
)
def test_a_wrong_list_query_is_refused(scene: Scene, query: dict[str, str]) -> None:
    assert next(iter(query)) in refused(scene.http.get("/v1/agents", params=query), 400, "invalid_request_error")


def test_agents_need_the_beta(scene: Scene) -> None:
    response = scene.http.get("/v1/agents", headers={"anthropic-beta": ""})
    assert refused(response, 404, "not_found_error")
    assert response.headers["x-should-retry"] == "false"


# Sessions


def start(scene: Scene, agent: Any) -> httpx2.Response:
    environment = scene.beta.environments.create(name="Cloud")
    return scene.http.post("/v1/sessions", json={"agent": agent, "environment_id": environment.id})


def test_a_session_takes_the_version_it_asks_for(scene: Scene) -> None:
    agent = create(scene, tools=[TOOLSET], system="Be kind.")
    change(scene, agent.id, name="Second", tools=[])
    snapshot = start(scene, agent.id).json()["agent"]
    assert snapshot == {key: value for key, value in get(scene, agent.id).items() if key in snapshot}
    assert KEYS - snapshot.keys() == {"metadata", "created_at", "updated_at", "archived_at"}
    old = start(scene, {"type": "agent", "id": agent.id, "version": 1}).json()["agent"]
    assert (old["name"], old["version"], len(old["tools"])) == ("Helper", 1, 1)
    missing = start(scene, {"type": "agent", "id": agent.id, "version": 999})
    assert refused(missing, 404, "not_found_error") == "agent.version: 999 not found"


def test_a_session_spells_out_the_agents_of_its_agent(scene: Scene) -> None:
    helper = create(scene, system="Help.")
    agents = {"predefined_agents": [helper.id]}
    lead = create(scene, multiagent=coordinator(helper.id, SELF, {"type": "advisor", "model": MODEL}))
    modern = create(scene, multiagent=team(subagents={"type": "enabled", **agents}, workflows={"type": "disabled"}))
    change(scene, helper.id, system="Help more.")
    environment = scene.beta.environments.create(name="Cloud")
    with scene.mock.client(_strict_response_validation=True) as client:
        old = client.beta.sessions.create(agent=lead.id, environment_id=environment.id)
        new = client.beta.sessions.create(agent=modern.id, environment_id=environment.id)
    snapshot: Any = old.to_dict()["agent"]
    members = snapshot["multiagent"]["agents"]
    assert [(entry.get("id"), entry.get("system")) for entry in members] == [
        (helper.id, "Help."),
        (lead.id, None),
        (None, None),
    ]
    assert all("multiagent" not in entry for entry in members)
    snapshot = new.to_dict()["agent"]
    multiagent = snapshot["multiagent"]
    assert multiagent["subagents"]["predefined_agents"][0]["name"] == "Helper"
    assert multiagent["workflows"] == {"type": "disabled"}


def test_an_archived_agent_starts_no_session(scene: Scene) -> None:
    agent = create(scene)
    running = start(scene, agent.id).json()
    scene.beta.agents.archive(agent.id)
    assert refused(start(scene, agent.id), 400, "invalid_request_error") == f"Agent {agent.id} is archived."
    assert [session.id for session in scene.beta.sessions.list()] == [running["id"]]
