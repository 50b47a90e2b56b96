"""The Agents resource: versions, ids, lists, archiving, and what a session takes from an agent."""

from datetime import timedelta
from typing import Any

import anthropic
import httpx2
import pytest

from tests.support.agent_bodies import (
    KEYS,
    MCP_TOOLSET,
    SELF,
    SERVER,
    STALE,
    TOOLSET,
    UNUSABLE,
    WRONG,
    change,
    coordinator,
    create,
    get,
    ids,
)
from tests.support.helpers import ABSENT, MODEL, Scene, refused

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
        ({"version": 0}, "version: must be greater than or equal to 1"),
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
        assert message.startswith(("Failed to parse request: agent", "Failed to parse request: version"))
    elif not message.startswith((UNUSABLE, "Failed to parse request body", "invalid metadata", "metadata.")):
        assert message.startswith(("agent.", "version"))
    assert get(scene, agent.id) == before


def test_the_result_of_an_update_must_fit_together(scene: Scene) -> None:
    agent = create(scene, mcp_servers=[SERVER], tools=[MCP_TOOLSET])
    assert "declared but no" in refused(change(scene, agent.id, tools=[]), 400, "invalid_request_error")
    words = refused(change(scene, agent.id, mcp_servers=[]), 400, "invalid_request_error")
    assert words == f"{UNUSABLE}mcp_toolset references [wiki] but no matching entry in mcp_servers"
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
    assert refused(response, 404, "not_found_error") == "Agent not found."
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


@pytest.mark.long
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
    assert refused(response, 404, "not_found_error") == "not found"
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


def test_an_archived_agent_starts_no_session(scene: Scene) -> None:
    agent = create(scene)
    running = start(scene, agent.id).json()
    scene.beta.agents.archive(agent.id)
    words = f"agent {agent.id} is archived and cannot be used to create a session"
    assert refused(start(scene, agent.id), 400, "invalid_request_error") == words
    assert [session.id for session in scene.beta.sessions.list()] == [running["id"]]
