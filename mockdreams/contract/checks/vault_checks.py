"""Vaults and credentials."""

import json
from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.client.answers import CheckSkipped, TargetResponse, require, require_equal

URL = "/v1/vaults"
SERVER = "https://mcp.invalid/mcp"
SECRET = "mockdreams-contract-secret"
OAUTH = {"type": "mcp_oauth", "mcp_server_url": SERVER, "access_token": SECRET}
REFRESH = {
    "client_id": "client",
    "token_endpoint": "https://auth.invalid/token",
    "refresh_token": SECRET,
    "token_endpoint_auth": {"type": "client_secret_post", "client_secret": SECRET},
}
BEARER = {"type": "static_bearer", "mcp_server_url": SERVER, "token": SECRET}
VARIABLE = {
    "type": "environment_variable",
    "secret_name": "API_KEY",
    "secret_value": SECRET,
    "networking": {"type": "unrestricted"},
}
VAULT_KEYS = {"id", "type", "display_name", "metadata", "created_at", "updated_at", "archived_at"}
CREDENTIAL_KEYS = {"id", "type", "vault_id", "auth", "metadata", "created_at", "updated_at", "archived_at"}
VALIDATION_KEYS = {"type", "credential_id", "vault_id", "validated_at", "status", "has_refresh_token"}


def new_vault(stage: Workbench) -> str:
    """The URL of a new vault."""
    return f"{URL}/{stage.new_vault()['id']}"


@cached
def vault(stage: Workbench) -> str:
    """The URL of a vault with `stored` in it."""
    return new_vault(stage)


@cached
def stored(stage: Workbench) -> dict[str, Any]:
    """A credential of each kind, by what it is."""
    elsewhere = {"mcp_server_url": "https://other.invalid"}
    renewable: dict[str, Any] = {"mcp_server_url": "https://renewable.invalid", "refresh": {**REFRESH, "scope": "read"}}
    kinds: dict[str, dict[str, Any]] = {
        "oauth": OAUTH,
        "bearer": BEARER | elsewhere,
        "variable": VARIABLE,
        "renewable": OAUTH | renewable,
    }
    return {kind: store(stage, vault(stage), auth).ok() for kind, auth in kinds.items()}


def store(stage: Workbench, vault: str, auth: dict[str, Any], **fields: Any) -> TargetResponse:
    return stage.post(f"{vault}/credentials", {"auth": auth, **fields})


def credential(stage: Workbench, kind: str, path: str = "") -> str:
    """The URL of one of `stored`."""
    return f"{vault(stage)}/credentials/{stored(stage)[kind]['id']}{path}"


def change(stage: Workbench, kind: str, **auth: Any) -> TargetResponse:
    return stage.post(credential(stage, kind), {"auth": {"type": stored(stage)[kind]["auth"]["type"]} | auth})


def validate(stage: Workbench, kind: str, outcome: str) -> Any:
    """What a validation finds where the other side does as a script says."""
    if not stage.target.is_fake:
        raise CheckSkipped("needs a server that answers so")
    match = {"credential_id": stored(stage)[kind]["id"]}
    stage.target.control("POST", "/vaults/scripts", {"outcome": outcome, "match": match})
    return stage.post(credential(stage, kind, "/mcp_oauth_validate")).ok()


def listed(stage: Workbench, url: str, **query: Any) -> list[str]:
    return [record["id"] for record in stage.listed(url, query)]


@check
def vault_create_200(stage: Workbench) -> None:
    made = stage.new_vault(metadata={"a": "b"})
    require_equal("the keys", set(made), VAULT_KEYS)
    require_equal("type", made["type"], "vault")
    require_equal("metadata", made["metadata"], {"a": "b"})
    require_equal("the vault", stage.get(f"{URL}/{made['id']}").ok(), made)


@check
def vault_name_required_400(stage: Workbench) -> None:
    stage.post(URL, {}).invalid("display_name: Field required")


@check
def vault_absent_404(stage: Workbench) -> None:
    for path in ("", "/credentials", f"/credentials/vcrd_{ABSENT}"):
        stage.get(f"{URL}/vlt_{ABSENT}{path}").not_found("Vault not found.")


@check
def vault_update_partial(stage: Workbench) -> None:
    before = stage.new_vault(metadata={"a": "1", "b": "2"})
    after = stage.post(f"{URL}/{before['id']}", {"metadata": {"a": None}}).ok()
    require_equal("the vault", after, {**before, "metadata": {"b": "2"}, "updated_at": after["updated_at"]})


@check
def vault_archived_writes_400(stage: Workbench) -> None:
    url = new_vault(stage)
    stage.post(f"{url}/archive").ok()
    stage.post(url, {"display_name": stage.name()}).invalid("Vault is archived.")
    store(stage, url, OAUTH).invalid("Vault is archived.")


@check
def vault_archive_credentials(stage: Workbench) -> None:
    url = new_vault(stage)
    id = store(stage, url, OAUTH).ok()["id"]
    require(stage.post(f"{url}/archive").ok()["archived_at"], "the vault is not archived")
    require(stage.get(f"{url}/credentials/{id}").ok()["archived_at"], "the credential is not archived")


@check
def vault_delete_credentials(stage: Workbench) -> None:
    url = new_vault(stage)
    id = store(stage, url, OAUTH).ok()["id"]
    require_equal("the answer", stage.delete(url).ok(), {"id": url.rpartition("/")[2], "type": "vault_deleted"})
    stage.get(f"{url}/credentials/{id}").not_found()
    stage.get(url).not_found()


@check
def vault_list_archived(stage: Workbench) -> None:
    url = new_vault(stage)
    id = store(stage, url, OAUTH).ok()["id"]
    stage.post(f"{url}/credentials/{id}/archive").ok()
    require_equal("credentials", listed(stage, f"{url}/credentials"), [])
    require_equal("all credentials", listed(stage, f"{url}/credentials", include_archived=True), [id])
    stage.post(f"{url}/archive").ok()
    vault_id = url.rpartition("/")[2]
    require(vault_id not in listed(stage, URL), "an archived vault is listed")
    require(vault_id in listed(stage, URL, include_archived=True), "an archived vault is not listed")


@check
def vault_list_newest_first(stage: Workbench) -> None:
    urls = [new_vault(stage) for _ in range(3)]
    ids = [url.rpartition("/")[2] for url in urls]
    require_equal("vaults", [id for id in listed(stage, URL) if id in ids], ids[::-1])
    made = [store(stage, urls[0], {**VARIABLE, "secret_name": f"KEY_{n}"}).ok()["id"] for n in range(3)]
    require_equal("credentials", one_a_page(stage, f"{urls[0]}/credentials"), made[::-1])


def one_a_page(stage: Workbench, url: str) -> list[str]:
    """The ids of a list, one a page."""
    return [record["id"] for record in stage.listed(url, limit=1)]


@check
def vault_list_last_page(stage: Workbench) -> None:
    require_equal("the keys", set(stage.get(f"{vault(stage)}/credentials", {"limit": 100}).ok()), {"data"})


@check
def session_vault_absent_404(stage: Workbench) -> None:
    body = stage.session_body(vault_ids=[f"vlt_{ABSENT}"])
    stage.post("/v1/sessions", body).not_found()


@check
def session_vault_archived_400(stage: Workbench) -> None:
    id = stage.new_vault()["id"]
    stage.post("/v1/sessions", stage.session_body(vault_ids=[id])).ok()
    stage.post(f"{URL}/{id}/archive").ok()
    stage.post("/v1/sessions", stage.session_body(vault_ids=[id])).invalid()


@check
def credential_keys(stage: Workbench) -> None:
    for made in stored(stage).values():
        require_equal("the keys", set(made) - {"display_name"}, CREDENTIAL_KEYS)
        require_equal("type", made["type"], "vault_credential")
        require_equal("vault_id", made["vault_id"], vault(stage).rpartition("/")[2])
        require_equal("the credential", stage.get(f"{vault(stage)}/credentials/{made['id']}").ok(), made)


@check
def credential_secrets_hidden(stage: Workbench) -> None:
    whole = [*stored(stage).values(), *stage.listed(f"{vault(stage)}/credentials")]
    require(SECRET not in json.dumps(whole), "a secret is shown")


@check
def credential_oauth_unset(stage: Workbench) -> None:
    require_equal("auth", stored(stage)["oauth"]["auth"], {"type": "mcp_oauth", "mcp_server_url": SERVER})


@check
def credential_url_required_400(stage: Workbench) -> None:
    for auth in (OAUTH, BEARER):
        without = {name: value for name, value in auth.items() if name != "mcp_server_url"}
        store(stage, vault(stage), without).invalid("auth.mcp_server_url: Field required")


@check
def credential_secret_name_empty_400(stage: Workbench) -> None:
    answer = store(stage, vault(stage), {**VARIABLE, "secret_name": ""})
    answer.invalid("auth.secret_name: minimum string length is 1")


@check
def credential_expiry_past_400(stage: Workbench) -> None:
    auth = {**OAUTH, "mcp_server_url": "https://past.invalid", "expires_at": "2020-01-01T00:00:00Z"}
    store(stage, vault(stage), auth).invalid("auth.expires_at must be in the future.")


@check
def credential_hosts_400(stage: Workbench) -> None:
    for hosts in (["https://a.invalid"], ["a.invalid:443"], ["a.invalid/x"], ["::1"], ["a.invalid"] * 17, []):
        networking = {"type": "limited", "allowed_hosts": hosts}
        store(stage, vault(stage), {**VARIABLE, "secret_name": "HOSTS", "networking": networking}).invalid()


@check
def credential_location_default(stage: Workbench) -> None:
    everywhere = stored(stage)["variable"]["auth"]["injection_location"]
    require_equal("by default", everywhere, {"header": True, "body": True})
    some = {**VARIABLE, "secret_name": "SOME", "injection_location": {"header": True}}
    found = store(stage, new_vault(stage), some).ok()["auth"]["injection_location"]
    require_equal("what is left out", found, {"header": True, "body": False})


@check
def credential_location_none_400(stage: Workbench) -> None:
    store(stage, new_vault(stage), {**VARIABLE, "injection_location": {}}).invalid()
    change(stage, "variable", injection_location={"header": False, "body": False}).invalid()


@check
def credential_duplicate_409(stage: Workbench) -> None:
    stored(stage)
    for auth in (OAUTH, {**BEARER, "mcp_server_url": SERVER}, VARIABLE):
        store(stage, vault(stage), auth).refused(409, "invalid_request_error", retry=None)


@check
def credential_url_canonical(stage: Workbench) -> None:
    stored(stage)
    for url in (f"{SERVER}/", "https://MCP.invalid:443/mcp"):
        store(stage, vault(stage), {**OAUTH, "mcp_server_url": url}).refused(409, "invalid_request_error")


@check
def credential_archive_frees(stage: Workbench) -> None:
    url = new_vault(stage)
    for auth in (OAUTH, VARIABLE):
        path = f"{url}/credentials/{store(stage, url, auth).ok()['id']}/archive"
        archived = stage.post(path).ok()
        require_equal("archived again", stage.post(path).ok(), archived)
        store(stage, url, auth).ok()


@check
def credential_limit_400(stage: Workbench) -> None:
    url = new_vault(stage)
    for number in range(20):
        store(stage, url, {**VARIABLE, "secret_name": f"KEY_{number}"}).ok()
    store(stage, url, OAUTH).invalid()


@check
def credential_absent_404(stage: Workbench) -> None:
    stage.get(f"{vault(stage)}/credentials/vcrd_{ABSENT}").not_found("Credential not found.", retry=None)


@check
def credential_other_vault_404(stage: Workbench) -> None:
    url = f"{new_vault(stage)}/credentials/{stored(stage)['oauth']['id']}"
    stage.get(url).not_found("Credential not found.")
    stage.delete(url).not_found("Credential not found.")
    stage.get(credential(stage, "oauth")).ok()


@check
def credential_update_keeps(stage: Workbench) -> None:
    url = new_vault(stage)
    auth = {**OAUTH, "expires_at": "2099-01-01T00:00:00Z", "refresh": {**REFRESH, "scope": "read"}}
    made = store(stage, url, auth).ok()
    path = f"{url}/credentials/{made['id']}"
    after = stage.post(path, {"auth": {"type": "mcp_oauth", "access_token": "other"}}).ok()
    require_equal("auth", after["auth"], made["auth"])
    after = stage.post(path, {"auth": {"type": "mcp_oauth", "refresh": {"scope": ""}}}).ok()
    require("scope" not in after["auth"]["refresh"], "the scope is still there")


@check
def credential_update_unknown_400(stage: Workbench) -> None:
    fixed = {"token_endpoint": "https://b.invalid"}
    answer = change(stage, "renewable", refresh=fixed)
    answer.invalid('Failed to parse request body: unknown field "token_endpoint"')
    change(stage, "oauth", mcp_server_url="https://b.invalid").invalid()


@check
def credential_update_type_400(stage: Workbench) -> None:
    answer = change(stage, "oauth", type="static_bearer", token=SECRET)
    answer.invalid("auth.type: does not match this credential's stored type")


@check
def credential_refresh_added_400(stage: Workbench) -> None:
    answer = change(stage, "oauth", refresh={"refresh_token": SECRET})
    answer.invalid("auth.refresh: this credential was created without refresh capability")


@check
def credential_client_auth_added_400(stage: Workbench) -> None:
    secret = {"token_endpoint_auth": {"type": "client_secret_basic", "client_secret": SECRET}}
    found = change(stage, "renewable", refresh=secret).ok()["auth"]["refresh"]["token_endpoint_auth"]
    require_equal("the type", found, {"type": "client_secret_post"})
    url = new_vault(stage)
    bare = {**OAUTH, "refresh": {**REFRESH, "token_endpoint_auth": {"type": "none"}}}
    id = store(stage, url, bare).ok()["id"]
    stage.post(f"{url}/credentials/{id}", {"auth": {"type": "mcp_oauth", "refresh": secret}}).invalid()


def archived(stage: Workbench) -> str:
    """The URL of an archived credential."""
    url = new_vault(stage)
    path = f"{url}/credentials/{store(stage, url, OAUTH).ok()['id']}"
    stage.post(f"{path}/archive").ok()
    return path


@check
def credential_archived_update_400(stage: Workbench) -> None:
    stage.post(archived(stage), {"display_name": stage.name()}).invalid()


@check
def credential_validate_kind_400(stage: Workbench) -> None:
    for kind in ("bearer", "variable"):
        stage.post(credential(stage, kind, "/mcp_oauth_validate")).invalid("The request was invalid")


@check
def credential_validate_archived_400(stage: Workbench) -> None:
    stage.post(f"{archived(stage)}/mcp_oauth_validate").invalid("Credential is archived.")


@check
def credential_validation_keys(stage: Workbench) -> None:
    for kind, renewable in (("oauth", False), ("renewable", True)):
        found = stage.post(credential(stage, kind, "/mcp_oauth_validate")).ok()
        require_equal("the keys", set(found) - {"mcp_probe", "refresh"}, VALIDATION_KEYS)
        require_equal("type", found["type"], "vault_credential_validation")
        require_equal("the credential", found["credential_id"], stored(stage)[kind]["id"])
        require_equal("the vault", found["vault_id"], stored(stage)[kind]["vault_id"])
        require_equal("has_refresh_token", found["has_refresh_token"], renewable)


@check
def credential_validate_refused(stage: Workbench) -> None:
    found = validate(stage, "oauth", "refused")
    require_equal(
        "without a refresh token", [found["status"], found["refresh"]["status"]], ["invalid", "no_refresh_token"]
    )
    require_equal("the probe", found["mcp_probe"]["http_response"]["status_code"], 401)
    found = validate(stage, "renewable", "refused")
    require_equal("with one", [found["status"], found["refresh"]["status"]], ["invalid", "failed"])
    require(found["refresh"]["http_response"]["status_code"] // 100 == 4, "the refresh is not refused")


@check
def credential_validate_unreachable(stage: Workbench) -> None:
    found = validate(stage, "renewable", "unreachable")
    require_equal("the status", found["status"], "unknown")
    require_equal("the refresh", found["refresh"], {"status": "connect_error", "http_response": None})
    require_equal("the probe", found["mcp_probe"], None)
