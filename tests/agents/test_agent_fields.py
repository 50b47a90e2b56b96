"""What an agent is made of: its fields, their defaults and their limits."""

from typing import Any

import pytest
from anthropic.types.beta import (
    BetaManagedAgentsAgentToolset20260401,
    BetaManagedAgentsCustomTool,
    BetaManagedAgentsMCPToolset,
)

from tests.support.agent_bodies import (
    ALLOW,
    ASK,
    AUTO,
    CUSTOM,
    KEYS,
    MCP_TOOLSET,
    SERVER,
    TOOLSET,
    WRONG,
    change,
    configs,
    create,
    fetching,
    get,
    ids,
    post,
    with_schema,
)
from tests.support.helpers import MODEL, Scene, refused


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
        ("skills", 20, lambda n: {"type": "custom", "skill_id": n}),
    ],
)
def test_lists_have_a_limit(scene: Scene, name: str, most: int, entry: Any) -> None:
    numbers: list[Any] = list(range(most + 1))
    if name == "skills":
        manifest = b"---\nname: x\ndescription: y\n---\n"
        numbers = [scene.beta.skills.create(files=[("SKILL.md", manifest)]).id for _ in numbers]
    entries = [entry(n) for n in numbers]
    toolsets = [{**MCP_TOOLSET, "mcp_server_name": f"s{n}"} for n in range(most)] if name == "mcp_servers" else []
    assert (
        f"maximum of {most}"
        if name == "skills"
        else f"{name}: must contain no more than {most} item(s)"
        in refused(post(scene, **{name: entries}), 400, "invalid_request_error")
    )
    fields = {name: entries[:most], **({"tools": toolsets} if toolsets else {})}
    assert len(getattr(create(scene, **fields), name)) == most


def test_the_agent_toolset_counts_as_its_eight_tools(scene: Scene) -> None:
    tools = [{**CUSTOM, "name": f"t{n}"} for n in range(249)]
    words = refused(post(scene, tools=[TOOLSET, *tools]), 400, "invalid_request_error")
    assert words == "tools: must contain no more than 256 item(s)"
    assert len(create(scene, tools=[TOOLSET, *tools[:248]]).tools) == 249


def test_further_keywords_of_a_schema_come_back_unless_the_policy_says_otherwise(scene: Scene) -> None:
    tool = with_schema(
        properties={"a.b-c_1": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, additionalProperties=False, title="T"
    )
    assert create(scene, tools=[tool]).to_dict()["tools"] == [tool]
    scene.mock.policy.extra_schema_keywords = False
    words = refused(post(scene, tools=[tool]), 400, "invalid_request_error")
    assert words == 'tools.0.custom.input_schema: "additionalProperties" is not supported'


def test_domains_are_hosts_and_those_of_a_search_may_have_paths(scene: Scene) -> None:
    agent: Any = create(
        scene,
        **configs(
            {"name": "web_fetch", "allowed_domains": ["docs.example.com", "localhost"]},
            {"name": "web_search", "blocked_domains": ["example.com/blog/2026"]},
        ),
    ).to_dict()
    (toolset,) = agent["tools"]
    fetch, search = toolset["configs"]
    assert fetch["allowed_domains"] == ["docs.example.com", "localhost"]
    assert search["blocked_domains"] == ["example.com/blog/2026"]


def test_seventeen_metadata_keys_are_too_many(scene: Scene) -> None:
    words = "invalid metadata: metadata map would have 17 entries, exceeding the maximum of 16"
    many = {f"k{n}": "v" for n in range(17)}
    assert refused(post(scene, metadata=many), 400, "invalid_request_error") == words
    agent = create(scene, metadata={"a": "1"})
    assert refused(
        change(scene, agent.id, metadata={f"k{n}": "v" for n in range(16)}), 400, "invalid_request_error"
    ) == (words)
    assert get(scene, agent.id)["metadata"] == {"a": "1"}
