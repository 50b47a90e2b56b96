"""Vaults: creating, updating, listing, archiving and deleting."""

from datetime import timedelta
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types.beta import BetaManagedAgentsVault

from mockdreams import MockDreams
from tests.support.helpers import ABSENT, MODEL, Scene, refused

KEYS = {"id", "type", "display_name", "metadata", "created_at", "updated_at", "archived_at"}


def create(scene: Scene, **fields: Any) -> BetaManagedAgentsVault:
    """A vault, through a client that insists on the documented shape."""
    with scene.mock.client(max_retries=0, _strict_response_validation=True) as client:
        return client.beta.vaults.create(**{"display_name": "Alice", **fields})


def post(scene: Scene, path: str, **fields: Any) -> httpx2.Response:
    return scene.http.post(f"/v1/vaults{path}", json=fields)


def get(scene: Scene, id: str) -> dict[str, Any]:
    vault: dict[str, Any] = scene.http.get(f"/v1/vaults/{id}").json()
    return vault


def test_a_vault_is_made_and_found_again(scene: Scene) -> None:
    vault = create(scene, metadata={"user": "alice"})
    assert (vault.display_name, vault.metadata, vault.archived_at) == ("Alice", {"user": "alice"}, None)
    assert scene.beta.vaults.retrieve(vault.id) == vault
    assert set(get(scene, vault.id)) == KEYS


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "display_name: Field required"),
        ({"display_name": ""}, "display_name: minimum string length is 1"),
        ({"display_name": "x" * 256}, "display_name: maximum string length is 255"),
        ({"display_name": "x", "name": "y"}, 'Failed to parse request body: unknown field "name"'),
        (
            {"display_name": "x", "metadata": {str(n): "" for n in range(17)}},
            "invalid metadata: metadata map would have 17 entries, exceeding the maximum of 16",
        ),
    ],
    ids=str,
)
def test_a_vault_that_is_none_is_refused(scene: Scene, fields: dict[str, Any], message: str) -> None:
    assert refused(post(scene, "", **fields), 400, "invalid_request_error") == message
    assert scene.beta.vaults.list().data == []


def test_an_update_changes_what_it_names(scene: Scene) -> None:
    vault = create(scene, metadata={"a": "1", "b": "2"})
    changed = scene.beta.vaults.update(vault.id, display_name="Bob", metadata={"a": None, "c": "3"})
    assert (changed.display_name, changed.metadata) == ("Bob", {"b": "2", "c": "3"})
    assert changed.updated_at == vault.updated_at + timedelta(microseconds=1)
    assert scene.beta.vaults.update(vault.id) == scene.beta.vaults.update(vault.id, display_name=None) == changed
    assert "null is not a valid value for a map field" in refused(
        post(scene, f"/{vault.id}", metadata=None), 400, "invalid_request_error"
    )


def test_lists_are_newest_first_and_leave_out_the_archived(scene: Scene) -> None:
    vaults = [create(scene, display_name=str(n)).id for n in range(5)]
    scene.beta.vaults.archive(vaults[2])
    assert [vault.id for vault in scene.beta.vaults.list(limit=2)] == [vaults[n] for n in (4, 3, 1, 0)]
    assert [vault.id for vault in scene.beta.vaults.list(limit=2, include_archived=True)] == vaults[::-1]
    page = scene.http.get("/v1/vaults", params={"limit": 3, "include_archived": "true"}).json()
    rest = {"limit": 3, "include_archived": "true", "page": page["next_page"]}
    assert set(scene.http.get("/v1/vaults", params=rest).json()) == {"data"}


def test_archiving_takes_the_credentials_along(scene: Scene) -> None:
    vault = create(scene)
    for name in ("A", "B"):
        auth: Any = {
            "type": "environment_variable",
            "secret_name": name,
            "secret_value": "x",
            "networking": {"type": "unrestricted"},
        }
        scene.beta.vaults.credentials.create(vault.id, auth=auth)
    archived = scene.beta.vaults.archive(vault.id)
    assert archived.archived_at == archived.updated_at
    assert scene.beta.vaults.archive(vault.id) == archived
    assert scene.beta.vaults.credentials.list(vault.id).data == []
    kept = scene.beta.vaults.credentials.list(vault.id, include_archived=True).data
    assert [credential.archived_at for credential in kept] == [archived.archived_at] * 2
    for path, fields in (
        (f"/{vault.id}", {"display_name": "x"}),
        (f"/{vault.id}/credentials", {"auth": auth}),
        (f"/{vault.id}/credentials/{kept[0].id}", {"display_name": "x"}),
    ):
        assert refused(post(scene, path, **fields), 400, "invalid_request_error") == "Vault is archived."
    assert scene.beta.vaults.credentials.archive(kept[0].id, vault_id=vault.id) == kept[0]
    assert scene.beta.vaults.credentials.list(vault.id, include_archived=True).data == kept


def test_deleting_is_for_good(scene: Scene) -> None:
    vault = create(scene)
    assert scene.beta.vaults.delete(vault.id).to_dict() == {"id": vault.id, "type": "vault_deleted"}
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("DELETE", ""),
        ("POST", "/archive"),
        ("GET", "/credentials"),
        ("GET", f"/credentials/vcrd_{ABSENT}"),
    ):
        answer = scene.http.request(method, f"/v1/vaults/{vault.id}{path}", json={} if method == "POST" else None)
        assert refused(answer, 404, "not_found_error") == "Vault not found."
        assert "x-should-retry" not in answer.headers


def test_without_the_beta_there_are_no_vaults(scene: Scene) -> None:
    answer = scene.http.get("/v1/vaults", headers={"anthropic-beta": ""})
    assert refused(answer, 404, "not_found_error") == "not found"
    assert answer.headers["x-should-retry"] == "false"


def test_a_session_names_vaults_that_can_be_used(scene: Scene) -> None:
    agent, environment = scene.beta.agents.create(name="A", model=MODEL), scene.beta.environments.create(name="E")
    first, second = create(scene).id, create(scene).id
    known = {"agent": agent.id, "environment_id": environment.id}
    session = scene.beta.sessions.create(**known, vault_ids=[second, first])  # type: ignore[arg-type]
    assert session.vault_ids == [second, first]
    scene.beta.vaults.archive(first)
    with pytest.raises(anthropic.BadRequestError, match=r"Vault is archived\."):
        scene.beta.sessions.create(**known, vault_ids=[second, first])  # type: ignore[arg-type]
    with pytest.raises(anthropic.NotFoundError, match=r"Vault not found\."):
        scene.beta.sessions.create(**known, vault_ids=[f"vlt_{ABSENT}"])  # type: ignore[arg-type]
    assert [found.id for found in scene.beta.sessions.list()] == [session.id]
    assert scene.beta.sessions.retrieve(session.id).vault_ids == [second, first]


def test_a_snapshot_holds_vaults_credentials_and_scripts(scene: Scene) -> None:
    vault = create(scene)
    auth: Any = {"type": "mcp_oauth", "mcp_server_url": "https://mcp.example.com", "access_token": "x"}
    credential = scene.beta.vaults.credentials.create(vault.id, auth=auth)
    scene.mock.vaults.script("refused", times=2)
    with MockDreams() as other, other.client() as client:
        other.restore(scene.mock.snapshot())
        assert client.beta.vaults.credentials.retrieve(credential.id, vault_id=vault.id) == credential
        found = client.beta.vaults.credentials.mcp_oauth_validate(credential.id, vault_id=vault.id)
        assert found.status == "invalid"
        assert list(other.vaults) == [{"outcome": "refused", "times": 1}]
        assert client.beta.vaults.list().data == [vault]
