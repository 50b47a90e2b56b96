"""/v1/vaults and the credentials in them."""

from mockdreams.http.auth import SESSIONS
from mockdreams.http.pagination import body, render_page
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.vaults import CreateCredential, CreateVault, UpdateCredential, UpdateVault

VAULTS = "vaults"


def create_vault(call: Request) -> bytes:
    return call.world.vaults.create(call.parse_body(CreateVault)).body


def list_vaults(call: Request) -> bytes:
    query, vaults = call.query, call.world.vaults
    records, more = vaults.page(
        limit=query.limit(), after=query.place(VAULTS), include_archived=query.flag("include_archived")
    )
    return render_page(VAULTS, vaults.table, records, more, body)


def retrieve_vault(call: Request, vault_id: str) -> bytes:
    return call.world.vaults.retrieve(vault_id).body


def update_vault(call: Request, vault_id: str) -> bytes:
    return call.world.vaults.update(vault_id, call.parse_body(UpdateVault)).body


def archive_vault(call: Request, vault_id: str) -> bytes:
    return call.world.vaults.archive(vault_id).body


def delete_vault(call: Request, vault_id: str) -> bytes:
    return call.world.vaults.delete(vault_id).body


def create_credential(call: Request, vault_id: str) -> bytes:
    return call.world.credentials.create(vault_id, call.parse_body(CreateCredential)).body


def list_credentials(call: Request, vault_id: str) -> bytes:
    query, listing = call.query, f"credentials of {vault_id}"
    records, more = call.world.credentials.page(
        vault_id,
        limit=query.limit(),
        after=query.place(listing),
        include_archived=query.flag("include_archived"),
    )
    return render_page(listing, call.world.vaults.credentials(vault_id), records, more, body)


def retrieve_credential(call: Request, vault_id: str, credential_id: str) -> bytes:
    return call.world.credentials.retrieve(vault_id, credential_id).body


def update_credential(call: Request, vault_id: str, credential_id: str) -> bytes:
    return call.world.credentials.update(vault_id, credential_id, call.parse_body(UpdateCredential)).body


def archive_credential(call: Request, vault_id: str, credential_id: str) -> bytes:
    return call.world.credentials.archive(vault_id, credential_id).body


def delete_credential(call: Request, vault_id: str, credential_id: str) -> bytes:
    return call.world.credentials.delete(vault_id, credential_id).body


def validate_credential(call: Request, vault_id: str, credential_id: str) -> bytes:
    return call.world.credentials.validate(vault_id, credential_id).body


_VAULT = "/v1/vaults/{vault_id}"
_CREDENTIALS = _VAULT + "/credentials"
_CREDENTIAL = _CREDENTIALS + "/{credential_id}"

ROUTES = (
    Route("POST", "/v1/vaults", create_vault, SESSIONS),
    Route("GET", "/v1/vaults", list_vaults, SESSIONS),
    Route("GET", _VAULT, retrieve_vault, SESSIONS),
    Route("POST", _VAULT, update_vault, SESSIONS),
    Route("DELETE", _VAULT, delete_vault, SESSIONS),
    Route("POST", _VAULT + "/archive", archive_vault, SESSIONS),
    Route("POST", _CREDENTIALS, create_credential, SESSIONS),
    Route("GET", _CREDENTIALS, list_credentials, SESSIONS),
    Route("GET", _CREDENTIAL, retrieve_credential, SESSIONS),
    Route("POST", _CREDENTIAL, update_credential, SESSIONS),
    Route("DELETE", _CREDENTIAL, delete_credential, SESSIONS),
    Route("POST", _CREDENTIAL + "/archive", archive_credential, SESSIONS),
    Route("POST", _CREDENTIAL + "/mcp_oauth_validate", validate_credential, SESSIONS),
)
