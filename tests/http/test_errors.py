"""The envelope, the headers, and who may pass."""

import json
import logging
from pathlib import Path
from typing import Any, get_args

import anthropic
import pytest
from anthropic.lib.credentials import AccessToken, EnvToken, StaticToken
from anthropic.types import AnthropicBetaParam

from mockdreams import MockDreams
from tests.support.helpers import ABSENT, Scene, refused

DREAMING = "dreaming-2026-04-21"
AGENTS = "managed-agents-2026-04-01"
MEMORY = "agent-memory-2026-07-22"
UNKNOWN = "made-up-2026-01-01"
OAUTH = "oauth-2025-04-20"
PATHS = ("/v1/dreams", "/v1/memory_stores", "/v1/sessions", "/v1/environments/env_x", "/v1/agents/agent_x")


@pytest.mark.parametrize("path", PATHS)
def test_a_key_is_needed(scene: Scene, path: str) -> None:
    response = scene.http.get(path, headers={"x-api-key": ""})
    assert refused(response, 401, "authentication_error") == "x-api-key header is required"
    assert response.headers["x-should-retry"] == "false"
    assert "anthropic-organization-id" not in response.headers


def test_a_bearer_token_is_a_key(mockdreams: MockDreams) -> None:
    store = mockdreams.client().beta.memory_stores.create(name="Mine")
    with mockdreams.client(api_key=None, auth_token=mockdreams.api_key) as client:
        assert client.beta.memory_stores.retrieve(store.id) == store


@pytest.mark.parametrize("authorization", ["Bearer", "Basic abc", "nonsense"])
def test_a_bad_bearer_token_is_refused(scene: Scene, authorization: str) -> None:
    headers = {"x-api-key": "", "authorization": authorization}
    assert refused(scene.http.get("/v1/dreams", headers=headers), 401, "authentication_error") == "Invalid bearer token"


@pytest.mark.parametrize("path", PATHS)
def test_a_version_is_needed(scene: Scene, path: str) -> None:
    del scene.http.headers["anthropic-version"]
    said = refused(scene.http.get(path), 400, "invalid_request_error")
    assert said == "anthropic-version: header is required"
    for version in ("latest", "2023-06-02", "2026-10-210"):
        said = refused(scene.http.get(path, headers={"anthropic-version": version}), 400, "invalid_request_error")
        assert said == f'anthropic-version: "{version}" is not a valid version'


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
def test_both_versions_are_accepted(scene: Scene, version: str) -> None:
    assert scene.http.get("/v1/dreams", headers={"anthropic-version": version}).status_code == 200


@pytest.mark.parametrize(
    ("path", "betas", "status"),
    [
        ("/v1/dreams", DREAMING, 200),
        ("/v1/dreams", f"{AGENTS},{DREAMING}", 200),
        ("/v1/dreams", f"{AGENTS} , {DREAMING}", 200),
        ("/v1/dreams", AGENTS, 404),
        ("/v1/dreams", "", 404),
        ("/v1/memory_stores", MEMORY, 200),
        ("/v1/memory_stores", AGENTS, 200),
        ("/v1/memory_stores", f"{MEMORY},{AGENTS}", 400),
        ("/v1/memory_stores", DREAMING, 404),
        ("/v1/sessions", AGENTS, 200),
        ("/v1/sessions", DREAMING, 404),
        ("/v1/sessions", "", 404),
        ("/v1/dreams", f"{DREAMING},{UNKNOWN}", 200),
        ("/v1/dreams", UNKNOWN, 404),
        ("/v1/memory_stores", f"{UNKNOWN},{MEMORY}", 200),
        ("/v1/memory_stores", UNKNOWN, 404),
        ("/v1/sessions", f"{AGENTS},{UNKNOWN}", 200),
        ("/v1/sessions", UNKNOWN, 404),
        ("/v1/environments", "", 200),
        ("/v1/environments", AGENTS, 200),
        ("/v1/environments", DREAMING, 200),
        ("/v1/environments", UNKNOWN, 400),
        ("/v1/environments", f"{AGENTS},{UNKNOWN}", 400),
        ("/v1/environments", f"{AGENTS},environments-2026-03-01", 400),
        ("/v1/environments", "environments-2025-11-01,environments-2026-03-01", 400),
    ],
)
def test_the_right_betas_are_needed(scene: Scene, path: str, betas: str, status: int) -> None:
    response = scene.http.get(path, headers={"anthropic-beta": betas})
    if status == 404:
        assert refused(response, 404, "not_found_error") == ("Not found" if path == "/v1/dreams" else "not found")
        assert response.headers["x-should-retry"] == "false"
    elif status == 400:
        refused(response, 400, "invalid_request_error")
    else:
        assert response.status_code == 200


def test_an_unknown_beta_is_named(scene: Scene) -> None:
    response = scene.http.get("/v1/environments", headers={"anthropic-beta": f"{AGENTS},{UNKNOWN}"})
    assert refused(response, 400, "invalid_request_error") == (
        f"Unexpected value(s) `{UNKNOWN}` for the `anthropic-beta` header. "
        "Please consult our documentation at docs.claude.com or try again without the header."
    )


def test_the_policy_adds_betas(scene: Scene) -> None:
    scene.mock.policy.extra_betas = (UNKNOWN,)
    assert scene.http.get("/v1/environments", headers={"anthropic-beta": UNKNOWN}).status_code == 200
    with MockDreams() as other:
        assert other.http.get("/v1/environments", headers={"anthropic-beta": UNKNOWN}).status_code == 400


@pytest.mark.parametrize(("path", "good"), [("/v1/dreams", DREAMING), ("/v1/agents", AGENTS)])
def test_the_policy_refuses_unknown_betas_on_every_route(scene: Scene, path: str, good: str) -> None:
    headers = {"anthropic-beta": f"{good},{UNKNOWN}"}
    assert scene.http.get(path, headers=headers).status_code == 200
    scene.mock.policy.unknown_betas = "refused"
    assert f"`{UNKNOWN}`" in refused(scene.http.get(path, headers=headers), 400, "invalid_request_error")
    assert scene.http.get(path, headers={"anthropic-beta": good}).status_code == 200


def test_the_policy_makes_environments_need_a_beta(scene: Scene) -> None:
    scene.mock.policy.environments_need_beta = True
    said = refused(scene.http.get("/v1/environments", headers={"anthropic-beta": ""}), 404, "not_found_error")
    assert said == ("The environments API requires the `environments-2025-11-01` value in the `anthropic-beta` header.")
    assert scene.http.get("/v1/environments", headers={"anthropic-beta": AGENTS}).status_code == 200
    assert scene.http.get("/v1/agents").status_code == 200


def test_the_key_may_come_as_a_bearer(scene: Scene) -> None:
    store = scene.beta.memory_stores.create(name="Notes").id
    headers = {"x-api-key": "", "authorization": f"Bearer {scene.mock.api_key}"}
    found = scene.http.get("/v1/memory_stores", headers=headers)
    assert [each["id"] for each in found.json()["data"]] == [store]


@pytest.mark.parametrize("path", ["/v1/sessions/{}/events", "/v1/sessions/{}/threads/{}/events"])
def test_a_list_of_events_refuses_unknown_keys(scene: Scene, path: str) -> None:
    session = scene.session()
    (thread,) = scene.http.get(f"/v1/sessions/{session}/threads").json()["data"]
    events = path.format(session, thread["id"])
    said = refused(scene.http.get(events, params={"after_id": "x"}), 400, "invalid_request_error")
    assert said.startswith('Failed to parse request: unknown query parameter "after_id"; expected one of ')
    assert said.endswith("limit, order, page, types" if "threads" not in path else "limit, page")
    assert scene.http.get(events, params={"beta": "true", "limit": 5}).status_code == 200
    assert scene.http.get("/v1/agents", params={"after_id": "x"}).status_code == 200


def test_a_cursor_of_the_other_order_is_told_apart(scene: Scene) -> None:
    session = scene.session()
    scene.session()
    scene.beta.sessions.events.send(session, events=[{"type": "user.interrupt"}] * 2)
    for path in ("/v1/sessions", f"/v1/sessions/{session}/events"):
        cursor = scene.http.get(path, params={"limit": 1, "order": "asc"}).json()["next_page"]
        answer = scene.http.get(path, params={"limit": 1, "order": "desc", "page": cursor})
        assert refused(answer, 400, "invalid_request_error") == "page token order does not match request"


@pytest.mark.parametrize("id", ["agent_x", "x", "env_01zzzzzzzzzzzzzzzzzzzzzz"])
def test_a_malformed_agent_id_lists_no_sessions(scene: Scene, id: str) -> None:
    answer = scene.http.get("/v1/sessions", params={"agent_id": id})
    assert refused(answer, 400, "invalid_request_error") == "Invalid agent ID."


def test_a_beta_of_the_environments_comes_alone(scene: Scene) -> None:
    response = scene.http.get("/v1/environments", headers={"anthropic-beta": f"{AGENTS},environments-2025-11-01"})
    said = refused(response, 400, "invalid_request_error")
    assert said == "Only one environments beta header may be specified per request."


def test_what_is_looked_at_first(scene: Scene) -> None:
    """The route, the key, the beta, the version, the body."""
    headers = {"x-api-key": "", "anthropic-beta": "", "anthropic-version": ""}
    body = b"{"
    assert scene.http.post("/v1/sessionz", headers=headers, content=body).status_code == 404
    assert scene.http.post("/v1/sessions", headers=headers, content=body).status_code == 401
    headers["x-api-key"] = scene.mock.api_key
    said = refused(scene.http.post("/v1/sessions", headers=headers, content=body), 404, "not_found_error")
    assert said == "not found"
    headers["anthropic-beta"] = AGENTS
    said = refused(scene.http.post("/v1/sessions", headers=headers, content=body), 400, "invalid_request_error")
    assert said == "anthropic-version: header is required"
    headers["anthropic-version"] = "2023-06-01"
    said = refused(scene.http.post("/v1/sessions", headers=headers, content=body), 400, "invalid_request_error")
    assert said == "Failed to parse request body: invalid JSON"


def test_betas_may_come_in_several_headers(scene: Scene) -> None:
    headers = [("anthropic-beta", AGENTS), ("anthropic-beta", DREAMING)]
    key = {"x-api-key": scene.mock.api_key, "anthropic-version": "2023-06-01"}
    request = scene.http.build_request("GET", "/v1/dreams", headers=key)
    del request.headers["anthropic-beta"]
    request.headers = type(request.headers)([*request.headers.multi_items(), *headers])
    assert scene.http.send(request).status_code == 200


def test_every_beta_of_the_installed_sdk_is_known(scene: Scene) -> None:
    literals = set(get_args(get_args(AnthropicBetaParam)[1])) - {AGENTS}
    response = scene.http.get("/v1/environments", headers={"anthropic-beta": ",".join(literals)})
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("path", ["/v1/dreams", "/v1/memory_stores", "/v1/sessions", "/v1/agents", "/v1/environments"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_the_beta_of_token_providers_changes_nothing(scene: Scene, path: str, place: str) -> None:
    own = {"/v1/dreams": DREAMING, "/v1/memory_stores": MEMORY}.get(path, AGENTS)
    betas = f"{OAUTH},{own}" if place == "before" else f"{own},{OAUTH}"
    with_it = scene.http.get(path, headers={"anthropic-beta": betas})
    without = scene.http.get(path, headers={"anthropic-beta": own})
    assert (with_it.status_code, with_it.json()) == (without.status_code, without.json())
    assert with_it.status_code == 200


def provider(key: str) -> AccessToken:
    """A token provider of one's own, as an application may have it."""
    return AccessToken(token=key, expires_at=None)


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mockdreams: MockDreams) -> dict[str, Any]:
    """What configures a client with a stored token; the same profile is in a file, named `mine`."""
    token = tmp_path / "credentials" / "mine.json"
    config: dict[str, Any] = {"authentication": {"type": "user_oauth", "credentials_path": str(token)}}
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mine.json").write_text(json.dumps(config))
    token.parent.mkdir()
    token.write_text(json.dumps({"version": "1.0", "type": "oauth_token", "access_token": mockdreams.api_key}))
    token.chmod(0o600)
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    return config


@pytest.mark.parametrize("kind", ["own", "static", "environment", "profile", "config"])
def test_clients_with_token_providers_reach_every_route(
    mockdreams: MockDreams, monkeypatch: pytest.MonkeyPatch, profile: dict[str, Any], kind: str
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("THE_TOKEN", mockdreams.api_key)
    given: dict[str, dict[str, Any]] = {
        "own": {"credentials": lambda *, force_refresh=False: provider(mockdreams.api_key)},
        "static": {"credentials": StaticToken(mockdreams.api_key)},
        "environment": {"credentials": EnvToken("THE_TOKEN")},
        "profile": {"profile": "mine"},
        "config": {"config": profile},
    }
    with (
        mockdreams.client() as owner,
        anthropic.Anthropic(base_url=mockdreams.url, max_retries=0, **given[kind]) as client,
    ):
        store = client.beta.memory_stores.create(name="Mine")
        agent = client.beta.agents.create(name="Helper", model="claude-opus-4-8")
        environment = client.beta.environments.create(name="Cloud")
        session = client.beta.sessions.create(agent=agent.id, environment_id=environment.id)
        inputs: Any = Scene(mockdreams, client.beta).body(store.id, [session.id])["inputs"]
        dream = client.beta.dreams.create(inputs=inputs, model="claude-opus-4-8")
        assert owner.beta.dreams.retrieve(dream.id).inputs == dream.inputs
    sent = [exchange.headers["anthropic-beta"] for exchange in mockdreams.requests if exchange.method == "POST"]
    assert len(sent) == 5
    assert all(OAUTH in betas for betas in sent)


def test_a_missing_beta_is_hinted_at_in_the_log_only(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "mockdreams"):
        response = scene.http.get("/v1/dreams", headers={"anthropic-beta": ""})
    assert DREAMING in caplog.text
    assert DREAMING not in response.text


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/dream", "/v1/dreams/", "/v2/dreams", "/v1/memory_stores/a/b", "/_mockdreams/x"]
)
def test_unknown_paths_are_not_found(scene: Scene, path: str) -> None:
    response = scene.http.get(path)
    said = refused(response, 404, "not_found_error")
    if path.startswith("/v1/dreams/"):
        assert said == "Not Found"
        assert "x-should-retry" not in response.headers
    else:
        assert said == "Not found"
        assert response.headers["x-should-retry"] == "false"


def test_deleting_an_agent_is_worded_differently(scene: Scene) -> None:
    assert refused(scene.http.delete("/v1/agents/agent_x"), 404, "not_found_error") == "not found"


BAD_BODIES = [b"", b"{", b"[1", b"nonsense", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"\x00", b"[" * 100_000]


@pytest.mark.parametrize("path", ["/v1/dreams", "/v1/memory_stores", "/v1/sessions"])
@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_body_that_is_not_json_is_refused(scene: Scene, path: str, body: bytes) -> None:
    said = refused(scene.http.post(path, content=body), 400, "invalid_request_error")
    assert said == "Failed to parse request body: invalid JSON"


@pytest.mark.parametrize("body", ["[]", "null", "3", '"x"'])
def test_a_body_that_is_not_an_object_is_refused(scene: Scene, body: str) -> None:
    said = refused(scene.http.post("/v1/dreams", content=body), 400, "invalid_request_error")
    assert said == "Failed to parse request body: expected an object"


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (None, "resources[0].type: Value is not nullable"),
        ("disk", 'Failed to parse request: resources[0].type: "disk" is not a valid value'),
        *((tag, "Failed to parse request: resources[0].type: expected a string") for tag in (3, False, ["file"])),
    ],
)
def test_a_tag_that_is_no_string_is_refused_as_such(scene: Scene, tag: Any, said: str) -> None:
    body = {"agent": f"agent_{ABSENT}", "environment_id": f"env_{ABSENT}", "resources": [{"type": tag}]}
    assert refused(scene.http.post("/v1/sessions", json=body), 400, "invalid_request_error") == said


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (
            {"type": "image", "source": {"type": "url", "url": {}}},
            "Failed to parse request: {}.source.url: expected a string",
        ),
        ({"type": "image", "source": {"type": "url"}}, "{}.source.url: Field required"),
        (
            {"type": "image", "source": {"type": "url", "url": "x", "more": 1}},
            'Failed to parse request body: unknown field "more"',
        ),
        ({"type": "text", "text": {"text": 1}}, "Failed to parse request: {}.text: expected a string"),
        ({"type": "text", "text": "x", "more": 1}, 'Failed to parse request body: unknown field "more"'),
    ],
)
def test_a_key_that_is_called_as_the_tag_beside_it_is_named_once(scene: Scene, block: Any, said: str) -> None:
    event = {"type": "user.message", "content": [block]}
    answer = scene.http.post(f"/v1/sessions/{scene.session()}/events", json={"events": [event]})
    assert refused(answer, 400, "invalid_request_error") == said.format("events[0].content[0]")


def test_a_key_that_is_called_as_the_member_of_a_union_is_no_member(scene: Scene) -> None:
    body = {"name": "x", "metadata": {"text": {"text": 1}}}
    said = refused(scene.http.post("/v1/memory_stores", json=body), 400, "invalid_request_error")
    assert said == "Failed to parse request: metadata.text: expected a string"


def test_a_body_that_is_too_large_is_refused(scene: Scene) -> None:
    scene.mock.policy.body_max_bytes = 1000
    body = json.dumps({"name": "x" * 1000})
    said = refused(scene.http.post("/v1/memory_stores", content=body), 413, "request_too_large")
    assert "1000" in said
    assert scene.beta.memory_stores.list().data == []
    assert scene.store(name="small enough")


@pytest.mark.long
def test_the_documented_body_limit_is_32_megabytes(scene: Scene) -> None:
    body = b'{"name": "' + b"x" * (32 * 1024 * 1024) + b'"}'
    refused(scene.http.post("/v1/memory_stores", content=body), 413, "request_too_large")


def test_a_crash_of_ours_is_a_logged_500(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mockdreams.world.dreams.dreams import Dreams

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(Dreams, "page", crash)
    response = scene.http.get("/v1/dreams")
    assert refused(response, 500, "api_error") == "Internal server error"
    assert "a bug of ours" not in response.text
    assert "a bug of ours" in caplog.text


def test_answers_name_organization_and_workspace(scene: Scene) -> None:
    names = ("anthropic-organization-id", "anthropic-workspace-id")
    good, bad = scene.http.get("/v1/dreams"), scene.http.get("/v1/dreams/drm_x")
    assert good.headers["anthropic-workspace-id"].startswith("wrkspc_01")
    assert [good.headers[name] for name in names] == [bad.headers[name] for name in names]
    assert all(name not in scene.http.get("/v1/environments/env_x").headers for name in names)


def test_request_ids_differ(scene: Scene) -> None:
    ids = {scene.http.get("/v1/dreams").headers["request-id"] for _ in range(10)}
    assert len(ids) == 10


def test_the_workspace_header_must_match(scene: Scene) -> None:
    own = scene.http.get("/v1/dreams").headers["anthropic-workspace-id"]
    assert scene.http.get("/v1/dreams", headers={"anthropic-workspace-id": own}).status_code == 200
    for malformed in ("default", "wrkspc_", "wrkspc_01?", own[:-1], own + "x"):
        response = scene.http.get("/v1/dreams", headers={"anthropic-workspace-id": malformed})
        said = refused(response, 400, "invalid_request_error")
        assert said == "anthropic-workspace-id header must be a valid workspace ID."
    foreign = scene.http.get("/v1/dreams", headers={"anthropic-workspace-id": "wrkspc_01" + "1" * 21 + "2"})
    said = refused(foreign, 404, "not_found_error")
    assert said == "Workspace `00000000-0000-0000-0000-000000000001` not found."


def test_the_beta_query_of_older_sdks_changes_nothing(scene: Scene) -> None:
    assert scene.http.get("/v1/dreams?beta=true").json() == scene.http.get("/v1/dreams").json()


def test_the_sdk_does_not_retry_a_conflict_that_would_stay(mockdreams: MockDreams) -> None:
    with mockdreams.client(max_retries=5) as client:
        store = client.beta.memory_stores.create(name="Mine")
        client.beta.memory_stores.memories.create(store.id, path="/a", content="")
        with pytest.raises(anthropic.ConflictError) as refusal:
            client.beta.memory_stores.memories.create(store.id, path="/a", content="")
    assert refusal.value.response.headers["x-should-retry"] == "false"
    assert refusal.value.response.request.headers["x-stainless-retry-count"] == "0"
