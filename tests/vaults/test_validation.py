"""Validations of OAuth credentials: by the clock, and as a test says."""

from typing import Any

import httpx2
import pytest
from anthropic.types.beta.vaults import BetaManagedAgentsCredentialValidation as Validation

from mockdreams import ControlError
from tests.support.helpers import Scene, refused
from tests.support.vault_bodies import BEARER, LATER, OAUTH, REFRESH, VARIABLE

DENIED = {
    "method": "initialize",
    "http_response": {
        "status_code": 401,
        "content_type": "application/json",
        "body": '{"error":"invalid_token"}',
        "body_truncated": False,
    },
}
NO_GRANT = {
    "status_code": 400,
    "content_type": "application/json",
    "body": '{"error":"invalid_grant"}',
    "body_truncated": False,
}
RENEWABLE = {**OAUTH, "refresh": REFRESH}


@pytest.fixture
def vault(scene: Scene) -> str:
    return scene.beta.vaults.create(display_name="Alice").id


def stored(scene: Scene, vault: str, auth: Any) -> str:
    return scene.beta.vaults.credentials.create(vault, auth=auth).id


def validate(scene: Scene, vault: str, id: str) -> Validation:
    """A validation, through a client that insists on the documented shape."""
    with scene.mock.client(max_retries=0, _strict_response_validation=True) as client:
        return client.beta.vaults.credentials.mcp_oauth_validate(id, vault_id=vault)


def found(scene: Scene, vault: str, id: str) -> tuple[Any, ...]:
    told = validate(scene, vault, id).to_dict()
    return told["status"], told["mcp_probe"], told["refresh"]


def script(scene: Scene, **fields: Any) -> httpx2.Response:
    return scene.http.post("/_mockdreams/vaults/scripts", json=fields)


def test_a_token_is_valid_unless_something_says_otherwise(scene: Scene, vault: str) -> None:
    for number, (auth, renewable) in enumerate([(OAUTH, False), (RENEWABLE, True)]):
        id = stored(scene, vault, {**auth, "mcp_server_url": f"https://{number}.example"})
        validation = validate(scene, vault, id)
        assert (validation.status, validation.mcp_probe, validation.refresh) == ("valid", None, None)
        assert (validation.credential_id, validation.vault_id) == (id, vault)
        assert validation.has_refresh_token is renewable
        assert validation.validated_at == scene.mock.clock.now()


@pytest.mark.parametrize(
    ("outcome", "auth", "wanted"),
    [
        ("valid", OAUTH, ("valid", None, None)),
        ("expired", OAUTH, ("invalid", DENIED, {"status": "no_refresh_token", "http_response": None})),
        ("expired", RENEWABLE, ("unknown", DENIED, {"status": "succeeded", "http_response": None})),
        ("refused", OAUTH, ("invalid", DENIED, {"status": "no_refresh_token", "http_response": None})),
        ("refused", RENEWABLE, ("invalid", DENIED, {"status": "failed", "http_response": NO_GRANT})),
        ("unreachable", OAUTH, ("unknown", {"method": "initialize", "http_response": None}, None)),
        ("unreachable", RENEWABLE, ("unknown", None, {"status": "connect_error", "http_response": None})),
    ],
    ids=str,
)
def test_a_script_says_what_is_found_once(scene: Scene, vault: str, outcome: Any, auth: Any, wanted: Any) -> None:
    id = stored(scene, vault, auth)
    prepared = scene.mock.vaults.script(outcome)
    assert found(scene, vault, id) == wanted
    assert found(scene, vault, id) == ("valid", None, None)
    assert prepared.hits == 1


def test_an_expired_token_without_a_refresh_token_stays_invalid(scene: Scene, vault: str) -> None:
    id = stored(scene, vault, {**OAUTH, "expires_at": LATER})
    scene.mock.clock.advance(days=200)
    for _ in range(2):
        assert found(scene, vault, id)[0] == "invalid"
    scene.beta.vaults.credentials.update(
        id,
        vault_id=vault,
        auth={"type": "mcp_oauth", "access_token": "new", "expires_at": "2027-06-01T00:00:00Z"},
    )
    assert found(scene, vault, id)[0] == "valid"


def test_an_expired_token_is_refreshed_for_an_hour(scene: Scene, vault: str) -> None:
    id = stored(scene, vault, {**RENEWABLE, "expires_at": LATER})
    scene.mock.clock.move_to(scene.beta.vaults.credentials.retrieve(id, vault_id=vault).auth.expires_at)  # type: ignore[union-attr, arg-type]
    assert [found(scene, vault, id)[0] for _ in range(2)] == ["unknown", "valid"]
    credential = scene.http.get(f"/v1/vaults/{vault}/credentials/{id}").json()
    assert (credential["auth"]["expires_at"], credential["updated_at"]) == ("2026-06-01T01:00:00Z", LATER)
    scene.mock.clock.advance(hours=1)
    scene.mock.vaults.script("refused")
    assert [found(scene, vault, id)[0] for _ in range(3)] == ["invalid", "unknown", "valid"]


def test_scripts_pick_their_credentials(scene: Scene, vault: str) -> None:
    first = stored(scene, vault, OAUTH)
    second = stored(scene, vault, {**OAUTH, "mcp_server_url": "https://b.example"})
    other = scene.beta.vaults.create(display_name="Bob").id
    third = stored(scene, other, OAUTH)
    scene.mock.vaults.script("unreachable", match={"credential_id": second}, times=None)
    scene.mock.vaults.script("refused", match={"vault_id": other, "mcp_server_url": OAUTH["mcp_server_url"]}, times=2)
    wanted = {first: "valid", second: "unknown", third: "invalid"}
    for _ in range(2):
        assert {id: found(scene, other if id == third else vault, id)[0] for id in wanted} == wanted
    assert found(scene, other, third)[0] == "valid"
    assert list(scene.mock.vaults) == [{"outcome": "unreachable", "match": {"credential_id": second}, "times": None}]
    scene.mock.vaults.clear()
    assert found(scene, vault, second)[0] == "valid"


@pytest.mark.parametrize("auth", [BEARER, VARIABLE], ids=str)
def test_only_oauth_can_be_validated(scene: Scene, vault: str, auth: Any) -> None:
    prepared = scene.mock.vaults.script("valid")
    answer = scene.http.post(f"/v1/vaults/{vault}/credentials/{stored(scene, vault, auth)}/mcp_oauth_validate")
    assert refused(answer, 400, "invalid_request_error") == "The request was invalid"
    assert not prepared.used
    assert scene.mock.unused() == [
        "vault script {'outcome': 'valid'} was never used: no credential that it matches was validated"
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"outcome": "refusd"},
            'Failed to parse request: outcome: "refusd" is not a valid value; '
            "expected one of expired, refused, unreachable, valid; did you mean `refused`?",
        ),
        ({"outcome": "valid", "times": 0}, "times: must be greater than or equal to 1"),
        (
            {"outcome": "valid", "match": {"credential": "x"}},
            'Failed to parse request body: unknown field "credential"; did you mean `credential_id`?',
        ),
    ],
    ids=str,
)
def test_a_script_that_is_none_is_refused(scene: Scene, fields: Any, message: str) -> None:
    with pytest.raises(ControlError) as told:
        scene.mock.vaults.script(**fields)
    assert str(told.value) == message
    assert refused(script(scene, **fields), 400, "invalid_request_error") == message
    assert list(scene.mock.vaults) == []


def test_the_control_api_has_the_same_words(scene: Scene, vault: str) -> None:
    id = stored(scene, vault, OAUTH)
    prepared = {"outcome": "refused", "match": {"vault_id": vault}, "times": 2}
    assert script(scene, **prepared).json() == {"data": [prepared]}
    assert found(scene, vault, id)[0] == "invalid"
    assert scene.http.get("/_mockdreams/vaults/scripts").json() == {"data": [{**prepared, "times": 1}]}
    assert scene.http.delete("/_mockdreams/vaults/scripts").json() == {"data": []}
