"""What is attached to sessions: files, repositories and memory stores."""

from typing import Any

import pytest

from tests.support.helpers import ABSENT, MODEL, Scene, refused
from tests.support.turns import create_body

REPOSITORY = {
    "type": "github_repository",
    "url": "https://github.com/acme/harbor.git",
    "authorization_token": "ghp_secret",
    "checkout": {"type": "branch", "name": "main"},
}


@pytest.fixture
def upload(scene: Scene) -> dict[str, Any]:
    """A file to attach."""
    return {"type": "file", "file_id": scene.beta.files.upload(file=("in.csv", b"a,b", "text/csv")).id}


def new_session(scene: Scene, *resources: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = scene.http.post("/v1/sessions", json=create_body(scene, resources=list(resources), **fields))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


def test_each_kind_of_resource_travels(scene: Scene, upload: dict[str, Any]) -> None:
    store = {"type": "memory_store", "memory_store_id": scene.store(), "access": "read_only", "instructions": "Look."}
    session = new_session(scene, upload, REPOSITORY, store)
    file, repository, memory = session["resources"]
    assert set(file) == {"id", "type", "file_id", "mount_path", "created_at", "updated_at"}
    assert file["mount_path"] == f"/mnt/session/uploads/{upload['file_id']}"
    assert file["file_id"] != upload["file_id"]
    assert set(repository) == {"id", "type", "url", "mount_path", "checkout", "created_at", "updated_at"}
    assert repository["mount_path"] == "/workspace/harbor"
    assert "ghp_secret" not in str(session)
    assert (memory["access"], memory["instructions"]) == ("read_only", "Look.")
    assert "id" not in memory
    listed = scene.http.get(f"/v1/sessions/{session['id']}/resources").json()
    assert listed == {"data": session["resources"]}


def reading(scene: Scene, **toolset: Any) -> str:
    """A session whose agent has the service's tools."""
    tools = [{"type": "agent_toolset_20260401", **toolset}]
    agent = scene.http.post("/v1/agents", json={"name": "Reader", "model": MODEL, "tools": tools}).json()
    return str(new_session(scene, agent=agent["id"])["id"])


def test_a_file_is_added_read_and_deleted(scene: Scene, upload: dict[str, Any]) -> None:
    session = reading(scene)
    resources = scene.beta.sessions.resources
    added = resources.add(session, file_id=upload["file_id"], type="file", mount_path="/data/in.csv")
    assert added.mount_path == "/mnt/session/uploads/data/in.csv"
    assert resources.retrieve(added.id, session_id=session) == added
    assert [entry.to_dict()["id"] for entry in resources.list(session)] == [added.id]
    gone = resources.delete(added.id, session_id=session)
    assert gone.to_dict() == {"id": added.id, "type": "session_resource_deleted"}
    assert list(resources.list(session)) == []
    refused(scene.http.get(f"/v1/sessions/{session}/resources/{added.id}"), 404, "not_found_error")


def test_the_token_of_a_repository_is_renewed(scene: Scene, upload: dict[str, Any]) -> None:
    session = new_session(scene, REPOSITORY, upload)
    repository, file = session["resources"]
    scene.mock.clock.advance(hours=1)
    url = f"/v1/sessions/{session['id']}/resources"
    renewed = scene.http.post(f"{url}/{repository['id']}", json={"authorization_token": "ghp_new"}).json()
    assert renewed == {**repository, "updated_at": renewed["updated_at"]}
    assert renewed["updated_at"] > repository["updated_at"]
    for body in ({}, {"authorization_token": ""}, {"authorization_token": None}, {"url": "x"}):
        refused(scene.http.post(f"{url}/{repository['id']}", json=body), 400, "invalid_request_error")
    answer = scene.http.post(f"{url}/{file['id']}", json={"authorization_token": "x"})
    assert "authorization_token" in refused(answer, 400, "invalid_request_error")


@pytest.mark.long
def test_resources_are_paged_only_when_asked(scene: Scene, upload: dict[str, Any]) -> None:
    session = reading(scene)
    add = scene.beta.sessions.resources.add
    made = [add(session, file_id=upload["file_id"], type="file", mount_path=f"{n}.csv").id for n in range(5)]
    assert [entry.to_dict()["id"] for entry in scene.beta.sessions.resources.list(session, limit=2)] == made
    first = scene.http.get(f"/v1/sessions/{session}/resources?limit=2").json()
    assert len(first["data"]) == 2
    assert "next_page" in first
    for query in ("limit=0", "limit=1001", "limit=x", "page=page_x"):
        refused(scene.http.get(f"/v1/sessions/{session}/resources?{query}"), 400, "invalid_request_error")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (
            {"type": "memory_store", "memory_store_id": "memstore_x"},
            400,
            'Failed to parse request: type: "memory_store" is not a valid value',
        ),
        ({"type": "github_repository", "url": "x"}, 400, None),
        ({"type": "file"}, 400, "file_id: Field required"),
        ({"file_id": "file_x"}, 400, None),
        ({"type": "file", "file_id": 3}, 400, "Failed to parse request: file_id: expected a string"),
        ({"type": "file", "file_id": "file_x", "extra": 1}, 400, 'Failed to parse request body: unknown field "extra"'),
        ({"type": "file", "file_id": "memstore_x"}, 400, "Invalid file resource: invalid file_id: memstore_x"),
        (
            {"type": "file", "file_id": f"file_{ABSENT}"},
            404,
            f"One or more files not found. Check that each `file_id` exists and is accessible: file_{ABSENT}",
        ),
    ],
)
def test_bad_additions_are_refused(scene: Scene, body: dict[str, Any], status: int, said: str | None) -> None:
    session = reading(scene)
    kind = "not_found_error" if status == 404 else "invalid_request_error"
    assert said in (None, refused(scene.http.post(f"/v1/sessions/{session}/resources", json=body), status, kind))
    assert list(scene.beta.sessions.resources.list(session)) == []


def test_the_resources_of_a_terminated_session_stay(scene: Scene, upload: dict[str, Any]) -> None:
    session = new_session(scene, upload)
    url = f"/v1/sessions/{session['id']}/resources"
    scene.beta.sessions.archive(session["id"])
    refused(scene.http.post(url, json=upload), 400, "invalid_request_error")
    refused(scene.http.delete(f"{url}/{session['resources'][0]['id']}"), 400, "invalid_request_error")
    assert len(scene.http.get(url).json()["data"]) == 1


def test_a_deleted_store_leaves_its_place(scene: Scene) -> None:
    store = scene.store()
    session = new_session(scene, {"type": "memory_store", "memory_store_id": store})
    scene.beta.memory_stores.delete(store)
    assert scene.http.get(f"/v1/sessions/{session['id']}").json()["resources"] == session["resources"]
    scene.say(session["id"], "Remember that it is gone.")
    assert scene.beta.sessions.retrieve(session["id"]).status == "idle"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (None, "{file_id}"),
        ("probe.txt", "probe.txt"),
        ("/probe.txt", "probe.txt"),
        ("/tmp/probe.txt", "tmp/probe.txt"),
        ("/uploads/x", "x"),
        ("/mnt/session/uploads/x", "x"),
        ("a/./b//../c.txt", "a/c.txt"),
    ],
)
def test_a_file_is_mounted_below_the_uploads(
    scene: Scene, upload: dict[str, Any], sent: str | None, answered: str
) -> None:
    (file,) = new_session(scene, {**upload, "mount_path": sent})["resources"]
    assert file["mount_path"] == f"/mnt/session/uploads/{answered.format(**upload)}"


def refusal(scene: Scene, *resources: dict[str, Any], **fields: Any) -> str:
    answer = scene.http.post("/v1/sessions", json=create_body(scene, resources=list(resources), **fields))
    return refused(answer, 400, "invalid_request_error")


@pytest.mark.parametrize("path", ["../probe.txt", "/../x", "a/../../x", "/mnt/session/uploads/../x", "/", "", "."])
def test_a_mount_path_cannot_leave_the_uploads(scene: Scene, upload: dict[str, Any], path: str) -> None:
    words = f'Invalid file resource: mount path "{path}" escapes /uploads/'
    assert refusal(scene, {**upload, "mount_path": path}) == words
    added = scene.http.post(f"/v1/sessions/{reading(scene)}/resources", json={**upload, "mount_path": path})
    assert refused(added, 400, "invalid_request_error") == words


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["dupe.txt", "/dupe.txt"], "/uploads/dupe.txt"),
        (["a", "a/b"], "/uploads/a/b"),
        (["a/b", "/uploads/a"], "/uploads/a"),
        ([None, None], "/uploads/{file_id}"),
    ],
)
def test_mount_paths_do_not_overlap(scene: Scene, upload: dict[str, Any], paths: list[str | None], shown: str) -> None:
    words = f"Invalid file resource: `mount_path` overlaps another resource: {shown.format(**upload)}"
    assert refusal(scene, *({**upload, "mount_path": path} for path in paths)) == words
    session = reading(scene)
    first, second = ({**upload, "mount_path": path} for path in paths)
    url = f"/v1/sessions/{session}/resources"
    assert scene.http.post(url, json=first).status_code == 200
    assert refused(scene.http.post(url, json=second), 400, "invalid_request_error") == words
    assert len(scene.http.get(url).json()["data"]) == 1


@pytest.mark.parametrize(
    "toolset",
    [
        {"default_config": {"enabled": False}},
        {"configs": [{"name": "read", "enabled": False}]},
        {"default_config": {"enabled": False}, "configs": [{"name": "write", "enabled": True}]},
    ],
)
@pytest.mark.long
def test_a_file_is_added_only_for_an_agent_that_reads(
    scene: Scene, upload: dict[str, Any], toolset: dict[str, Any]
) -> None:
    words = (
        "Missing required tool: file resources require the read tool to be usable (enabled and not always_deny) on "
        "the session's `agent_toolset`"
    )
    for session in (scene.session(), reading(scene, **toolset)):
        answer = scene.http.post(f"/v1/sessions/{session}/resources", json=upload)
        assert refused(answer, 400, "invalid_request_error") == words
    enabled = {"default_config": {"enabled": False}, "configs": [{"name": "read", "enabled": True}]}
    url = f"/v1/sessions/{reading(scene, **enabled)}/resources"
    assert scene.http.post(url, json=upload).status_code == 200


@pytest.mark.long
def test_a_self_hosted_environment_takes_memory_stores_only(scene: Scene, upload: dict[str, Any]) -> None:
    environment = scene.beta.environments.create(name="Own", config={"type": "self_hosted"}).id
    words = (
        f"Environment {environment} is a self-hosted environment. "
        "`resources` are not supported with self-hosted environments."
    )
    for resource in (upload, REPOSITORY):
        assert refusal(scene, resource, environment_id=environment) == words
    store = {"type": "memory_store", "memory_store_id": scene.store()}
    session = new_session(scene, store, environment_id=environment)
    added = scene.http.post(f"/v1/sessions/{session['id']}/resources", json=upload)
    assert refused(added, 400, "invalid_request_error") == words
    assert scene.http.get(f"/v1/sessions/{session['id']}").json()["resources"] == session["resources"]


@pytest.mark.parametrize(
    ("hosts", "blocked"),
    [
        ([], '"wiki" (mcp.a.com), "code" (b.com)'),
        (["*.a.com"], '"code" (b.com)'),
        (["*.com"], ""),
        (["MCP.a.com", "b.com"], ""),
        (["a.com", "*.b.com"], '"wiki" (mcp.a.com), "code" (b.com)'),
    ],
)
def test_a_limited_environment_blocks_servers_that_it_does_not_list(
    scene: Scene, hosts: list[str], blocked: str
) -> None:
    servers = {"wiki": "https://mcp.a.com/mcp", "code": "https://B.com:8443/"}
    agent = scene.http.post(
        "/v1/agents",
        json={
            "name": "Connected",
            "model": MODEL,
            "mcp_servers": [{"type": "url", "name": name, "url": url} for name, url in servers.items()],
            "tools": [{"type": "mcp_toolset", "mcp_server_name": name} for name in servers],
        },
    ).json()["id"]
    limited: Any = {"type": "cloud", "networking": {"type": "limited", "allowed_hosts": hosts}}
    environment = scene.beta.environments.create(name="Limited", config=limited).id
    fields = {"agent": agent, "environment_id": environment}
    if blocked:
        assert refusal(scene, **fields) == (
            f"MCP server host(s) blocked by environment network policy: {blocked}. "
            "Add these hosts to the environment's allowed_hosts, or set allow_mcp_servers=true."
        )
        limited["networking"]["allow_mcp_servers"] = True
        scene.beta.environments.update(environment, config=limited)
    assert new_session(scene, **fields)["environment_id"] == environment


def test_servers_of_a_roster_and_of_an_update_are_looked_at_too(scene: Scene) -> None:
    connected = {
        "mcp_servers": [{"type": "url", "name": "wiki", "url": "https://mcp.a.com/mcp"}],
        "tools": [{"type": "mcp_toolset", "mcp_server_name": "wiki"}],
    }
    reader = scene.http.post("/v1/agents", json={"name": "Reader", "model": MODEL, **connected}).json()["id"]
    roster = {"type": "coordinator", "agents": [{"type": "agent", "id": reader}]}
    lead = scene.http.post("/v1/agents", json={"name": "Lead", "model": MODEL, "multiagent": roster}).json()["id"]
    limited: Any = {"type": "cloud", "networking": {"type": "limited"}}
    environment = scene.beta.environments.create(name="Limited", config=limited).id
    words = (
        'MCP server host(s) blocked by environment network policy: "wiki" (mcp.a.com). '
        "Add these hosts to the environment's allowed_hosts, or set allow_mcp_servers=true."
    )
    assert refusal(scene, agent=lead, environment_id=environment) == words
    session = new_session(scene, environment_id=environment)
    answer = scene.http.post(f"/v1/sessions/{session['id']}", json={"agent": connected})
    assert refused(answer, 400, "invalid_request_error") == words
    assert scene.http.get(f"/v1/sessions/{session['id']}").json() == session
    scene.beta.environments.delete(environment)
    assert scene.http.post(f"/v1/sessions/{session['id']}", json={"agent": connected}).status_code == 200
