"""The Environments resource: creating, updating, listing, archiving and deleting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types.beta import BetaEnvironment

from tests.support.helpers import ABSENT, MODEL, Scene, refused

KEYS = {
    "id",
    "type",
    "name",
    "description",
    "config",
    "metadata",
    "scope",
    "created_at",
    "updated_at",
    "archived_at",
    "state",
}
NO_PACKAGES: dict[str, Any] = {
    "type": "packages",
    **{name: [] for name in ("apt", "cargo", "gem", "go", "npm", "pip")},
}
CLOUD = {"type": "cloud", "networking": {"type": "unrestricted"}, "packages": NO_PACKAGES}
LIMITED = {"type": "limited", "allowed_hosts": [], "allow_mcp_servers": False, "allow_package_managers": False}
SELF_HOSTED = {"type": "self_hosted"}
MARCH, NOVEMBER = "environments-2026-03-01", "environments-2025-11-01"


def create(scene: Scene, **fields: Any) -> BetaEnvironment:
    """An environment, through a client that insists on the documented shape."""
    with scene.mock.client(max_retries=0, _strict_response_validation=True) as client:
        return client.beta.environments.create(**{"name": "Cloud", **fields})


def post(scene: Scene, **fields: Any) -> httpx2.Response:
    return scene.http.post("/v1/environments", json={"name": "Cloud", **fields})


def change(scene: Scene, id: str, **fields: Any) -> httpx2.Response:
    return scene.http.post(f"/v1/environments/{id}", json=fields)


def get(scene: Scene, id: str) -> dict[str, Any]:
    response = scene.http.get(f"/v1/environments/{id}")
    assert response.status_code == 200, response.text
    environment: dict[str, Any] = response.json()
    return environment


def listed(scene: Scene, beta: str = "", **query: Any) -> dict[str, Any]:
    response = scene.http.get("/v1/environments", params=query, headers={"anthropic-beta": beta})
    assert response.status_code == 200, response.text
    listing: dict[str, Any] = response.json()
    return listing


def ids(listing: dict[str, Any]) -> list[str]:
    return [environment["id"] for environment in listing["data"]]


def cloud(**fields: Any) -> dict[str, Any]:
    return {"config": {"type": "cloud", **fields}}


def limited(**fields: Any) -> dict[str, Any]:
    return cloud(networking={"type": "limited", **fields})


def session(scene: Scene, environment_id: str) -> httpx2.Response:
    agent = scene.beta.agents.create(name="Helper", model=MODEL)
    return scene.http.post("/v1/sessions", json={"agent": agent.id, "environment_id": environment_id})


# Creating


def test_a_new_environment_has_every_key(scene: Scene) -> None:
    environment = post(scene).json()
    assert set(environment) == KEYS
    assert environment["id"].startswith("env_01")
    assert (environment["type"], environment["name"]) == ("environment", "Cloud")
    assert (environment["description"], environment["archived_at"]) == ("", None)
    assert environment["state"] == "active"
    assert (environment["metadata"], environment["scope"]) == ({}, "organization")
    assert environment["config"] == CLOUD
    assert environment["created_at"] == environment["updated_at"]
    assert get(scene, environment["id"]) == environment


@pytest.mark.parametrize(
    ("config", "stored"),
    [
        (None, CLOUD),
        ({"type": "cloud"}, CLOUD),
        ({"type": "cloud", "networking": None, "packages": None}, CLOUD),
        ({"type": "cloud", "networking": {"type": "unrestricted"}}, CLOUD),
        ({"type": "cloud", "networking": {"type": "limited"}}, {**CLOUD, "networking": LIMITED}),
        (
            {"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["a.com"], "allow_mcp_servers": True}},
            {**CLOUD, "networking": {**LIMITED, "allowed_hosts": ["a.com"], "allow_mcp_servers": True}},
        ),
        (
            {"type": "cloud", "packages": {"pip": ["requests==2.32.0"], "npm": None, "type": "packages"}},
            {**CLOUD, "packages": {**NO_PACKAGES, "pip": ["requests==2.32.0"]}},
        ),
        (SELF_HOSTED, SELF_HOSTED),
    ],
)
def test_a_config_comes_back_with_its_defaults(scene: Scene, config: Any, stored: dict[str, Any]) -> None:
    environment = create(scene, config=config)
    assert environment.config.to_dict() == stored
    assert get(scene, environment.id)["config"] == stored


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "n" * 256},
        {"description": ""},
        {"description": "For work."},
        {"metadata": {f"k{n}": "v" * 512 for n in range(16)}},
        {"metadata": {"empty": ""}},
        {"scope": "organization"},
    ],
)
def test_values_come_back(scene: Scene, fields: dict[str, Any]) -> None:
    environment = create(scene, **fields).to_dict()
    assert {name: environment[name] for name in fields} == fields


EXTRA = "Extra inputs are not permitted"
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name: String should have at least 1 character"),
    ({"name": "n" * 257}, "name: String should have at most 256 characters"),
    ({"name": 7}, "name: Input should be a valid string"),
    ({"kind": "cloud"}, f"kind: {EXTRA}"),
    ({"description": 7}, "description: Input should be a valid string"),
    ({"scope": "planet"}, "scope: Input should be 'organization' or 'account'"),
    ({"scope": "account"}, "scope: "),
    ({"metadata": None}, "metadata: Input should be an object"),
    ({"metadata": {"k": 1}}, "metadata.k: Input should be a valid string"),
    ({"metadata": {f"k{n}": "v" for n in range(17)}}, "metadata map would have 17 entries"),
    ({"metadata": {"k": "v" * 513}}, "metadata.k: maximum string length is 512"),
    ({"config": []}, "config: Input should be an object"),
    ({"config": {}}, "config: Unable to extract tag using discriminator 'type'"),
    ({"config": {"type": "bogus"}}, "config: Input tag 'bogus' found using 'type' does not match"),
    ({"config": {**CLOUD, "gpu": 1}}, f"config.cloud.gpu: {EXTRA}"),
    ({"config": {**SELF_HOSTED, "networking": {}}}, f"config.self_hosted.networking: {EXTRA}"),
    (cloud(networking={"type": "mesh"}), "config.cloud.networking: Input tag 'mesh'"),
    (cloud(networking={"type": "unrestricted", "hosts": []}), f"config.cloud.networking.unrestricted.hosts: {EXTRA}"),
    (limited(allowed_hosts="a.com"), "config.cloud.networking.limited.allowed_hosts: Input should be a valid"),
    (limited(allowed_hosts=[1]), "config.cloud.networking.limited.allowed_hosts.0: Input should be a valid string"),
    (limited(allow_mcp_servers="yes"), "config.cloud.networking.limited.allow_mcp_servers: Input should be a valid"),
    (limited(allow_package_managers=1), "networking.limited.allow_package_managers: Input should be a valid"),
    (cloud(packages=[]), "config.cloud.packages: Input should be an object"),
    (cloud(packages={"brew": ["jq"]}), f"config.cloud.packages.brew: {EXTRA}"),
    (cloud(packages={"apt": "jq"}), "config.cloud.packages.apt: Input should be a valid"),
    (cloud(packages={"type": "bundle"}), "config.cloud.packages.type: Input should be 'packages'"),
    (
        cloud(networking={"type": "limited"}, packages={"apt": ["jq"]}),
        "config.networking.allow_package_managers: must be true when packages are specified",
    ),
]


def refused_plainly(response: httpx2.Response, words: str) -> None:
    """A refusal in the validator's own words, which forbids retries."""
    assert words in refused(response, 400, "invalid_request_error")
    assert response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(("fields", "words"), [*WRONG, ({"name": None}, "name: Input should be a valid string")])
def test_a_wrong_create_names_the_field_and_creates_nothing(scene: Scene, fields: dict[str, Any], words: str) -> None:
    refused_plainly(post(scene, **fields), words)
    assert listed(scene)["data"] == []


def test_a_create_needs_a_name(scene: Scene) -> None:
    response = scene.http.post("/v1/environments", json={})
    refused_plainly(response, "name: Field required")
    assert response.json()["error"]["message"] == "name: Field required"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
@pytest.mark.parametrize("path", ["/v1/environments", "/v1/environments/{}"])
def test_a_body_that_is_no_object_is_refused(scene: Scene, path: str, content: bytes) -> None:
    environment = create(scene)
    refused_plainly(scene.http.post(path.format(environment.id), content=content), "")
    assert ids(listed(scene)) == [environment.id]


def test_bad_metadata_has_no_code(scene: Scene) -> None:
    """The code `invalid_metadata` belongs to updates of work items."""
    answers = [post(scene, metadata={"k" * 65: "v"}), change(scene, create(scene).id, metadata={"k" * 65: ""})]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert all(set(answer.json()["error"]) == {"type", "message"} for answer in answers)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("example.com:443", "contains a port. Entries must be bare hostnames without ports."),
        ("https://example.com", 'contains a URL scheme. Entries must be bare hostnames like "google.com".'),
        ("example.com/path", "contains a path. Entries must be bare hostnames without paths."),
    ],
)
def test_allowed_hosts_are_bare(scene: Scene, host: str, words: str) -> None:
    environment: Any = create(scene, **limited(allowed_hosts=["*.Example.com"])).to_dict()
    assert environment["config"]["networking"]["allowed_hosts"] == ["*.Example.com"]
    for answer in (
        post(scene, **limited(allowed_hosts=["a.com", host])),
        change(scene, environment["id"], **limited(allowed_hosts=[host])),
    ):
        refused_plainly(answer, f'`allowed_hosts` entry "{host}" {words}')
    assert get(scene, environment["id"])["config"]["networking"]["allowed_hosts"] == ["*.Example.com"]


def test_a_name_may_be_used_twice_unless_the_policy_forbids_it(scene: Scene) -> None:
    twice = [post(scene, name="Twin").json(), post(scene, name="Twin").json()]
    scene.mock.policy.unique_environment_names = True
    words = "An environment with the name 'Twin' already exists."
    assert refused(post(scene, name="Twin"), 409, "invalid_request_error") == words
    other = post(scene, name="Other").json()
    assert refused(change(scene, other["id"], name="Twin"), 409, "invalid_request_error") == words
    assert change(scene, other["id"], name="Other").json() == other
    assert ids(listed(scene)) == [other["id"], *(each["id"] for each in twice[::-1])]


def test_the_state_follows_the_archiving(scene: Scene) -> None:
    id = create(scene).id
    assert scene.http.post(f"/v1/environments/{id}/archive").json()["state"] == "archived"
    assert [each["state"] for each in listed(scene, include_archived=True)["data"]] == ["archived"]


# Updating


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"name": "Other"}, {}),
        ({"description": None}, {}),
        ({"description": ""}, {}),
        ({"metadata": {"keep": "2", "new": "3", "drop": None}}, {"metadata": {"keep": "2", "new": "3"}}),
        ({"metadata": {"drop": ""}}, {"metadata": {"keep": "1"}}),
    ],
)
def test_an_update_changes_only_what_it_names(scene: Scene, fields: dict[str, Any], stored: dict[str, Any]) -> None:
    id = create(scene, description="For work.", metadata={"keep": "1", "drop": "1"}).id
    before = get(scene, id)
    scene.mock.clock.advance(minutes=1)
    after = change(scene, id, **fields).json()
    assert after["updated_at"] > before["updated_at"]
    assert after == {**before, **fields, **stored, "updated_at": after["updated_at"]}
    assert get(scene, id) == after


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": None, "scope": None, "config": None},
        {"name": "Cloud", "description": "For work."},
        {"metadata": {}},
        {"metadata": {"absent": None}},
        {"config": {"type": "cloud"}},
        cloud(networking=None, packages=None),
        cloud(packages={"apt": None}),
    ],
)
def test_an_update_that_changes_nothing(scene: Scene, fields: dict[str, Any]) -> None:
    id = create(scene, description="For work.", **cloud(packages={"apt": ["jq"]})).id
    before = get(scene, id)
    scene.mock.clock.advance(minutes=1)
    assert change(scene, id, **fields).json() == before


def test_a_config_is_updated_in_part(scene: Scene) -> None:
    id = create(scene, **cloud(packages={"apt": ["jq"], "pip": ["rich"]})).id

    def updated(**fields: Any) -> dict[str, Any]:
        response = change(scene, id, **cloud(**fields))
        assert response.status_code == 200, response.text
        config: dict[str, Any] = response.json()["config"]
        return config

    assert updated(packages={"apt": []})["packages"] == {**NO_PACKAGES, "pip": ["rich"]}
    network = {"type": "limited", "allowed_hosts": ["a.com"], "allow_package_managers": True}
    config = updated(networking=network)
    assert config["networking"] == {**LIMITED, **network}
    assert config["packages"]["pip"] == ["rich"]
    config = updated(networking={"type": "limited", "allow_mcp_servers": True})
    assert config["networking"] == {**LIMITED, **network, "allow_mcp_servers": True}
    without = change(scene, id, **limited(allow_package_managers=False))
    refused_plainly(without, "must be true when packages are specified")
    assert updated(networking={"type": "unrestricted"})["networking"] == {"type": "unrestricted"}
    assert updated(networking={"type": "limited"}, packages={"pip": []})["networking"] == LIMITED


@pytest.mark.parametrize(("fields", "words"), WRONG)
def test_a_wrong_update_names_the_field_and_changes_nothing(scene: Scene, fields: dict[str, Any], words: str) -> None:
    id = create(scene).id
    before = get(scene, id)
    if fields == {"config": {**SELF_HOSTED, "networking": {}}}:
        id = create(scene, config=SELF_HOSTED).id
        before = get(scene, id)
    refused_plainly(change(scene, id, **fields), words)
    assert get(scene, id) == before


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [({"type": "cloud"}, SELF_HOSTED, "Cloud to BYOC"), (SELF_HOSTED, {"type": "cloud"}, "BYOC to Cloud")],
)
def test_the_kind_cannot_change(scene: Scene, before: Any, after: Any, names: str) -> None:
    environment = create(scene, config=before)
    response = change(scene, environment.id, config=after, name="Other")
    message = refused(response, 400, "invalid_request_error")
    assert message == f"Cannot change environment type from {names}"
    details = {"error_code": "invalid_config_type_change", "error_visibility": "user_facing"}
    assert response.json()["error"]["details"] == details
    assert get(scene, environment.id)["name"] == "Cloud"


# Archiving and deleting


def test_an_archived_environment_stays_readable_and_changes_no_more(scene: Scene) -> None:
    environment = create(scene)
    scene.mock.clock.advance(minutes=1)
    archived = scene.beta.environments.archive(environment.id)
    assert archived.archived_at is not None
    begun, ended = (datetime.fromisoformat(at) for at in (environment.created_at, archived.archived_at))
    assert ended - begun == timedelta(minutes=1)
    assert ended.tzinfo == UTC
    scene.mock.clock.advance(minutes=1)
    assert scene.beta.environments.archive(environment.id) == archived
    response = change(scene, environment.id, name="Other")
    assert environment.id in refused(response, 400, "invalid_request_error")
    assert response.json()["error"]["details"] == {"error_code": "environment_archived"}
    assert scene.beta.environments.retrieve(environment.id) == archived


def test_an_archived_environment_starts_no_session(scene: Scene) -> None:
    environment = create(scene)
    running = session(scene, environment.id).json()
    scene.beta.environments.archive(environment.id)
    message = refused(session(scene, environment.id), 400, "invalid_request_error")
    assert message == f"Environment {environment.id} is archived."
    assert [entry.id for entry in scene.beta.sessions.list()] == [running["id"]]
    assert scene.beta.sessions.retrieve(running["id"]).environment_id == environment.id


@pytest.mark.parametrize("archived", [True, False])
def test_a_deleted_environment_is_gone(scene: Scene, archived: bool) -> None:
    environment = create(scene)
    if archived:
        scene.beta.environments.archive(environment.id)
    deleted = scene.beta.environments.delete(environment.id)
    assert deleted.to_dict() == {"id": environment.id, "type": "environment_deleted"}
    with pytest.raises(anthropic.NotFoundError):
        scene.beta.environments.retrieve(environment.id)
    assert listed(scene, include_archived="true")["data"] == []
    assert session(scene, environment.id).status_code == 404


def test_a_cloud_environment_goes_with_its_sessions_running(scene: Scene) -> None:
    environment = create(scene)
    live = session(scene, environment.id).json()
    assert scene.http.delete(f"/v1/environments/{environment.id}").status_code == 200
    assert scene.beta.sessions.retrieve(live["id"]).status == "idle"


def test_a_self_hosted_environment_waits_for_its_sessions(scene: Scene) -> None:
    path = f"/v1/environments/{create(scene, config=SELF_HOSTED).id}"
    id = path.rpartition("/")[2]
    live = [session(scene, id).json()["id"] for _ in range(4)]
    queue = scene.mock.client(api_key=scene.mock.environment_keys.create(id)).beta.environments.work
    for each in live:
        assert "work in the queue" in refused(scene.http.delete(path), 409, "invalid_request_error")
        queue.stop(each, environment_id=id, force=True)
    response = scene.http.delete(path)
    words = "Environment has 4 active sessions. Use force=true to delete anyway."
    assert refused(response, 409, "invalid_request_error") == words
    assert response.headers["x-should-retry"] == "false"
    assert get(scene, id)["id"] == id
    scene.beta.sessions.archive(live[0])
    assert "3 active sessions" in refused(scene.http.delete(path), 409, "invalid_request_error")
    assert scene.http.delete(path, params={"force": "true"}).status_code == 200
    assert scene.beta.sessions.retrieve(live[1]).environment_id == id


def test_a_self_hosted_environment_without_live_sessions_goes(scene: Scene) -> None:
    environment = create(scene, config=SELF_HOSTED)
    scene.beta.sessions.archive(session(scene, environment.id).json()["id"])
    session(scene, create(scene, config=SELF_HOSTED).id)
    assert scene.beta.environments.delete(environment.id).id == environment.id


def test_force_is_true_or_false(scene: Scene) -> None:
    environment = create(scene)
    response = scene.http.delete(f"/v1/environments/{environment.id}", params={"force": "1"})
    assert "force" in refused(response, 400, "invalid_request_error")
    assert get(scene, environment.id)["archived_at"] is None


@pytest.mark.parametrize("id", [f"env_{ABSENT}", "env_x", "not-an-id"])
@pytest.mark.parametrize(
    ("method", "path", "final"),
    [("GET", "", False), ("POST", "", False), ("DELETE", "", True), ("POST", "/archive", True)],
)
def test_an_absent_environment_is_not_found(scene: Scene, method: str, path: str, final: bool, id: str) -> None:
    response = scene.http.request(method, f"/v1/environments/{id}{path}", json={} if method == "POST" else None)
    assert refused(response, 404, "not_found_error") == f"Environment {id} not found."
    assert response.headers.get("x-should-retry") == ("false" if final else None)


# Listing


@pytest.mark.parametrize("beta", ["", "managed-agents-2026-04-01"])
@pytest.mark.long
def test_the_list_is_paged_newest_first(scene: Scene, beta: str) -> None:
    newest = [create(scene).id for _ in range(25)][::-1]
    first = listed(scene, beta)
    assert ids(first) == newest[:20]
    last = listed(scene, beta, page=first["next_page"])
    assert ids(last) == newest[20:]
    assert set(first) == set(last) == {"data", "next_page"}
    assert last["next_page"] is None
    assert [environment.id for environment in scene.beta.environments.list(limit=7)] == newest


def test_the_march_beta_adds_has_more(scene: Scene) -> None:
    newest = [create(scene).id for _ in range(3)][::-1]
    first = listed(scene, MARCH, limit=2)
    assert set(first) == {"data", "has_more", "next_page"}
    assert first["has_more"] is True
    last = listed(scene, MARCH, limit=2, page=first["next_page"])
    assert (ids(last), last["has_more"], last["next_page"]) == (newest[2:], False, None)


def test_the_november_beta_pages_by_ids(scene: Scene) -> None:
    newest = [create(scene).id for _ in range(5)][::-1]
    first = listed(scene, NOVEMBER, limit=2)
    assert set(first) == {"data", "first_id", "last_id", "has_more"}
    assert (first["first_id"], first["last_id"], first["has_more"]) == (newest[0], newest[1], True)
    last = listed(scene, NOVEMBER, limit=3, after_id=first["last_id"])
    assert (ids(last), last["has_more"]) == (newest[2:], False)
    back = listed(scene, NOVEMBER, limit=2, before_id=newest[3])
    assert (ids(back), back["has_more"]) == (newest[1:3], True)
    empty = listed(scene, NOVEMBER, after_id=newest[4])
    assert empty == {"data": [], "first_id": None, "last_id": None, "has_more": False}


@pytest.mark.parametrize(
    ("query", "status"),
    [({"after_id": f"env_{ABSENT}"}, 404), ({"after_id": "env_x", "before_id": "env_y"}, 400)],
)
def test_a_wrong_november_query_is_refused(scene: Scene, query: dict[str, str], status: int) -> None:
    response = scene.http.get("/v1/environments", params=query, headers={"anthropic-beta": NOVEMBER})
    refused(response, status, "not_found_error" if status == 404 else "invalid_request_error")


def test_the_list_hides_the_archived(scene: Scene) -> None:
    kept, archived = create(scene).id, create(scene).id
    scene.beta.environments.archive(archived)
    for beta in ("", MARCH, NOVEMBER):
        assert ids(listed(scene, beta)) == [kept]
        assert ids(listed(scene, beta, include_archived="true")) == [archived, kept]


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"page": "x"}, {"include_archived": "1"}]
)
def test_a_wrong_list_query_is_refused(scene: Scene, query: dict[str, str]) -> None:
    assert next(iter(query)) in refused(scene.http.get("/v1/environments", params=query), 400, "invalid_request_error")


def test_environment_answers_do_not_name_their_owner(scene: Scene) -> None:
    path = f"/v1/environments/{create(scene).id}"
    for response in (post(scene), scene.http.get("/v1/environments"), scene.http.get(path), scene.http.delete(path)):
        assert response.status_code == 200
        assert response.headers["request-id"].startswith("req_")
        assert not {"anthropic-organization-id", "anthropic-workspace-id"} & response.headers.keys()
