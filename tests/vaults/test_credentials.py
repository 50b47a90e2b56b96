"""The credentials of vaults: each kind, its bounds, and that no secret is ever seen again."""

import json
import logging
from typing import Any

import anthropic
import httpx2
import pytest

from mockdreams import MockDreams
from tests.support.helpers import ABSENT, Scene, refused
from tests.support.vault_bodies import BEARER, LATER, OAUTH, REFRESH, URL, VARIABLE

KEYS = {"id", "type", "vault_id", "display_name", "auth", "metadata", "created_at", "updated_at", "archived_at"}


@pytest.fixture
def vault(scene: Scene) -> str:
    return scene.beta.vaults.create(display_name="Alice").id


def create(scene: Scene, vault: str, auth: Any, **fields: Any) -> Any:
    """A credential, through a client that insists on the documented shape; as the JSON that answered."""
    with scene.mock.client(max_retries=0, _strict_response_validation=True) as client:
        made = client.beta.vaults.credentials.create(vault, auth=auth, **fields)
    return scene.http.get(f"/v1/vaults/{vault}/credentials/{made.id}").json()


def post(scene: Scene, vault: str, path: str = "", **fields: Any) -> httpx2.Response:
    return scene.http.post(f"/v1/vaults/{vault}/credentials{path}", json=fields)


def change(scene: Scene, credential: Any, **auth: Any) -> Any:
    """The `auth` of a credential after a change of it."""
    answer = post(
        scene, credential["vault_id"], f"/{credential['id']}", auth={"type": credential["auth"]["type"]} | auth
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["auth"]


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        (OAUTH, {"type": "mcp_oauth", "mcp_server_url": URL}),
        ({**OAUTH, "expires_at": None, "refresh": None}, {"type": "mcp_oauth", "mcp_server_url": URL}),
        (
            {
                **OAUTH,
                "expires_at": "2026-06-01T02:00:00+02:00",
                "refresh": {**REFRESH, "scope": "read", "resource": URL},
            },
            {
                "type": "mcp_oauth",
                "mcp_server_url": URL,
                "expires_at": LATER,
                "refresh": {
                    "client_id": "client",
                    "token_endpoint": "https://auth.example.com/token",
                    "token_endpoint_auth": {"type": "client_secret_post"},
                    "scope": "read",
                    "resource": URL,
                },
            },
        ),
        (BEARER, {"type": "static_bearer", "mcp_server_url": URL}),
        (
            VARIABLE,
            {
                "type": "environment_variable",
                "secret_name": "API_KEY",
                "networking": {"type": "unrestricted"},
                "injection_location": {"header": True, "body": True},
            },
        ),
        (
            {
                **VARIABLE,
                "networking": {"type": "limited", "allowed_hosts": ["api.example.com", "192.0.2.1", "*.example.org"]},
                "injection_location": {"header": True},
            },
            {
                "type": "environment_variable",
                "secret_name": "API_KEY",
                "networking": {"type": "limited", "allowed_hosts": ["api.example.com", "192.0.2.1", "*.example.org"]},
                "injection_location": {"header": True, "body": False},
            },
        ),
    ],
    ids=str,
)
def test_each_kind_shows_everything_but_its_secrets(scene: Scene, vault: str, auth: Any, shown: Any) -> None:
    credential = create(scene, vault, auth, display_name="Tracker", metadata={"a": "b"})
    assert credential["auth"] == shown
    assert set(credential) == KEYS
    assert (credential["vault_id"], credential["display_name"], credential["metadata"]) == (
        vault,
        "Tracker",
        {"a": "b"},
    )


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ({"type": "mcp_oauth", "access_token": "x"}, "auth.mcp_server_url: Field required"),
        ({**OAUTH, "access_token": ""}, "auth.access_token: minimum string length is 1"),
        ({**OAUTH, "expires_at": "2025-01-01T00:00:00Z"}, "auth.expires_at must be in the future."),
        ({**OAUTH, "expires_at": "2026-06-01"}, "Failed to parse request: auth.expires_at: must be an RFC 3339 time"),
        ({**OAUTH, "token": "x"}, 'Failed to parse request body: unknown field "token"'),
        ({**BEARER, "token": 5}, "Failed to parse request: auth.token: expected a string"),
        ({**VARIABLE, "secret_name": ""}, "auth.secret_name: minimum string length is 1"),
        ({"type": "password"}, 'Failed to parse request: auth.type: "password" is not a valid value'),
        (
            {**OAUTH, "refresh": {**REFRESH, "token_endpoint_auth": {"type": "client_secret_basic"}}},
            "auth.refresh.token_endpoint_auth.client_secret: Field required",
        ),
        (
            {**VARIABLE, "injection_location": {}},
            "auth.injection_location: at least one location must be enabled",
        ),
        *(
            (
                {**VARIABLE, "networking": {"type": "limited", "allowed_hosts": ["a.example", host]}},
                "auth.networking.allowed_hosts[1]: must be a hostname, an IPv4 address, or a hostname after `*.`",
            )
            for host in ("https://a.example", "a.example:443", "a.example/x", "::1", "*", "a.*.example", "")
        ),
        (
            {**VARIABLE, "networking": {"type": "limited", "allowed_hosts": []}},
            "auth.networking.allowed_hosts: must contain at least 1 item",
        ),
        (
            {**VARIABLE, "networking": {"type": "limited", "allowed_hosts": ["a.example"] * 17}},
            "auth.networking.allowed_hosts: must contain no more than 16 item(s)",
        ),
    ],
    ids=str,
)
def test_a_credential_that_is_none_is_refused(scene: Scene, vault: str, auth: Any, message: str) -> None:
    assert refused(post(scene, vault, auth=auth), 400, "invalid_request_error") == message
    assert scene.beta.vaults.credentials.list(vault, include_archived=True).data == []


def test_one_active_credential_for_each_server_and_name(scene: Scene, vault: str) -> None:
    first = create(scene, vault, OAUTH)
    create(scene, vault, VARIABLE)
    for url in (URL, "https://MCP.example.com:443/mcp/"):
        answer = post(scene, vault, auth={**BEARER, "mcp_server_url": url})
        told = refused(answer, 409, "invalid_request_error")
        assert told == "a credential for this mcp_server_url already exists in the vault"
        assert "x-should-retry" not in answer.headers
    told = refused(post(scene, vault, auth=VARIABLE), 409, "invalid_request_error")
    assert told == "a credential for this secret_name already exists in the vault"
    for url in ("https://mcp.example.com:8443/mcp", "https://mcp.example.com/MCP", "http://mcp.example.com/mcp"):
        create(scene, vault, {**BEARER, "mcp_server_url": url})
    create(scene, scene.beta.vaults.create(display_name="Bob").id, OAUTH)
    scene.beta.vaults.credentials.archive(first["id"], vault_id=vault)
    create(scene, vault, BEARER)


@pytest.mark.long
def test_a_vault_is_full_of_active_credentials(scene: Scene, vault: str) -> None:
    made = [create(scene, vault, {**VARIABLE, "secret_name": f"KEY_{n}"}) for n in range(20)]
    message = refused(post(scene, vault, auth=OAUTH), 400, "invalid_request_error")
    assert message == "A vault can have at most 20 credentials."
    scene.beta.vaults.credentials.archive(made[0]["id"], vault_id=vault)
    create(scene, vault, OAUTH)


def test_an_oauth_credential_changes_part_by_part(scene: Scene, vault: str) -> None:
    credential = create(scene, vault, {**OAUTH, "expires_at": LATER, "refresh": {**REFRESH, "scope": "read"}})
    before = credential["auth"]
    assert change(scene, credential, access_token="new-SECRET") == before
    assert change(scene, credential, expires_at="2026-07-01T00:00:00Z")["expires_at"] == "2026-07-01T00:00:00Z"
    other = {"type": "client_secret_basic", "client_secret": "new-SECRET"}
    changed = change(scene, credential, refresh={"refresh_token": "new-SECRET", "token_endpoint_auth": other})
    assert changed["refresh"] == before["refresh"]
    assert change(scene, credential, refresh={"scope": "write"})["refresh"]["scope"] == "write"
    assert "scope" not in change(scene, credential, refresh={"scope": ""})["refresh"]
    assert change(scene, credential, refresh=None, expires_at=None)["expires_at"] == "2026-07-01T00:00:00Z"


def test_a_variable_changes_part_by_part(scene: Scene, vault: str) -> None:
    credential = create(scene, vault, VARIABLE)
    hosts = {"type": "limited", "allowed_hosts": ["a.example"]}
    assert change(scene, credential, networking=hosts)["networking"] == hosts
    assert change(scene, credential, injection_location={"body": False})["injection_location"] == {
        "header": True,
        "body": False,
    }
    assert change(scene, credential, secret_value="new-SECRET")["networking"] == hosts
    answer = post(
        scene, vault, f"/{credential['id']}", auth={"type": VARIABLE["type"], "injection_location": {"header": False}}
    )
    told = refused(answer, 400, "invalid_request_error")
    assert told == "auth.injection_location: at least one location must be enabled"


def test_names_and_metadata_change_and_nothing_is_no_change(scene: Scene, vault: str) -> None:
    credential = create(scene, vault, BEARER, display_name="Old", metadata={"a": "1"})
    path = f"/{credential['id']}"
    assert post(scene, vault, path).json() == credential
    scene.mock.clock.advance(minutes=1)
    changed = post(scene, vault, path, display_name="New", metadata={"a": None, "b": "2"}).json()
    assert (changed["display_name"], changed["metadata"], changed["auth"]) == ("New", {"b": "2"}, credential["auth"])
    assert (changed["created_at"], changed["updated_at"]) == (credential["created_at"], "2026-01-01T00:01:00Z")
    assert post(scene, vault, path, display_name=None).json()["display_name"] is None


@pytest.mark.parametrize(
    ("auth", "update", "message"),
    [
        (OAUTH, {"type": "static_bearer", "token": "x"}, "auth.type: does not match this credential's stored type"),
        (
            OAUTH,
            {"type": "mcp_oauth", "refresh": {"refresh_token": "x"}},
            "auth.refresh: this credential was created without refresh capability",
        ),
        (
            {**OAUTH, "refresh": {**REFRESH, "token_endpoint_auth": {"type": "none"}}},
            {
                "type": "mcp_oauth",
                "refresh": {"token_endpoint_auth": {"type": "client_secret_basic", "client_secret": "x"}},
            },
            "auth.refresh.token_endpoint_auth: this credential was created without client authentication",
        ),
        (
            {**OAUTH, "refresh": REFRESH},
            {"type": "mcp_oauth", "refresh": {"token_endpoint": "https://x"}},
            'Failed to parse request body: unknown field "token_endpoint"',
        ),
        (
            BEARER,
            {"type": "static_bearer", "mcp_server_url": "https://x"},
            'Failed to parse request body: unknown field "mcp_server_url"',
        ),
        (OAUTH, {"type": "mcp_oauth", "expires_at": "2026-01-01T00:00:00Z"}, "auth.expires_at must be in the future."),
        (OAUTH, None, "auth: Value is not nullable"),
    ],
    ids=str,
)
def test_what_cannot_change_is_refused(scene: Scene, vault: str, auth: Any, update: Any, message: str) -> None:
    credential = create(scene, vault, auth)
    answer = post(scene, vault, f"/{credential['id']}", auth=update, display_name="New")
    assert refused(answer, 400, "invalid_request_error") == message
    assert scene.http.get(f"/v1/vaults/{vault}/credentials/{credential['id']}").json() == credential


def test_an_archived_credential_stays_readable_and_does_not_change(scene: Scene, vault: str) -> None:
    credential = create(scene, vault, OAUTH)
    archived = scene.beta.vaults.credentials.archive(credential["id"], vault_id=vault)
    assert archived.archived_at == archived.updated_at
    assert scene.beta.vaults.credentials.archive(credential["id"], vault_id=vault) == archived
    for path in ("", "/mcp_oauth_validate"):
        answer = post(scene, vault, f"/{credential['id']}{path}", **({} if path else {"display_name": "x"}))
        assert refused(answer, 400, "invalid_request_error") == "Credential is archived."
    assert scene.beta.vaults.credentials.retrieve(credential["id"], vault_id=vault) == archived


def test_a_credential_is_found_in_its_own_vault_only(scene: Scene, vault: str) -> None:
    credential = create(scene, vault, OAUTH)["id"]
    other = scene.beta.vaults.create(display_name="Bob").id
    for where, id in ((other, credential), (vault, f"vcrd_{ABSENT}"), (vault, "x")):
        url = f"/v1/vaults/{where}/credentials/{id}"
        for answer in (
            scene.http.get(url),
            scene.http.post(url, json={}),
            scene.http.delete(url),
            scene.http.post(f"{url}/archive"),
            scene.http.post(f"{url}/mcp_oauth_validate"),
        ):
            assert refused(answer, 404, "not_found_error") == "Credential not found."
    deleted = scene.beta.vaults.credentials.delete(credential, vault_id=vault)
    assert deleted.to_dict() == {"id": credential, "type": "vault_credential_deleted"}
    with pytest.raises(anthropic.NotFoundError):
        scene.beta.vaults.credentials.retrieve(credential, vault_id=vault)


def test_lists_are_newest_first_page_by_page(scene: Scene, vault: str) -> None:
    made = [create(scene, vault, {**VARIABLE, "secret_name": f"KEY_{n}"})["id"] for n in range(5)]
    scene.beta.vaults.credentials.archive(made[3], vault_id=vault)
    listed = scene.beta.vaults.credentials.list
    assert [each.id for each in listed(vault, limit=2)] == [made[n] for n in (4, 2, 1, 0)]
    assert [each.id for each in listed(vault, limit=2, include_archived=True)] == made[::-1]
    cursor = listed(vault, limit=2).next_page
    other = scene.beta.vaults.create(display_name="Bob").id
    answer = scene.http.get(f"/v1/vaults/{other}/credentials", params={"page": cursor or ""})
    assert refused(answer, 400, "invalid_request_error") == "invalid page cursor"


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.long
def test_no_secret_is_seen_again_anywhere(scene: Scene, vault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [
        post(scene, vault, auth={**OAUTH, "refresh": REFRESH, "expires_at": LATER}),
        post(scene, vault, auth={**BEARER, "mcp_server_url": "https://b.example"}),
        post(scene, vault, auth=VARIABLE),
        post(scene, vault, auth=BEARER),
        post(scene, vault, auth={**OAUTH, "acces_token": "misspelled-SECRET"}),
        post(scene, vault, auth={**OAUTH, "refresh": "misplaced-SECRET"} | {"refresh": {"token": ["nested-SECRET"]}}),
        post(scene, vault, secret="outside-SECRET"),
        scene.http.post(f"/v1/vaults/{vault}/credentials", content=b'{"auth": {"token": "broken-SECRET"'),
    ]
    id = answers[0].json()["id"]
    answers += [
        post(scene, vault, f"/{id}", auth={"type": "mcp_oauth", "access_token": "new-SECRET"}),
        post(scene, vault, f"/{id}/mcp_oauth_validate"),
        scene.http.get(f"/v1/vaults/{vault}/credentials"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409, 400, 400, 400, 400, 200, 200, 200]
    with MockDreams() as other:
        other.restore(scene.mock.snapshot())
        seen = [
            *(answer.text for answer in answers),
            *(json.dumps(exchange.state()) for exchange in scene.mock.requests),
            scene.http.get("/_mockdreams/requests").text,
            scene.mock.story(),
            json.dumps(scene.mock.snapshot()),
            json.dumps(other.snapshot()),
            caplog.text,
            repr(scene.mock),
        ]
    assert [text for text in seen if "SECRET" in text] == []
    kept: Any = scene.mock.requests.select("POST /v1/vaults/*/credentials")[0].body
    assert kept["auth"]["mcp_server_url"] == URL
    assert kept["auth"]["access_token"] == kept["auth"]["refresh"]["refresh_token"] == "…"
