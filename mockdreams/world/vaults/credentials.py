"""Credentials: what each kind takes, shows and lets be changed."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.wire.vaults import (
    Auth,
    AuthUpdate,
    ClientAuth,
    CreateCredential,
    CredentialValidation,
    EnvironmentVariable,
    EnvironmentVariableParams,
    EnvironmentVariableUpdate,
    InjectionLocation,
    InjectionLocationParams,
    InjectionLocationUpdate,
    McpOauth,
    McpOauthParams,
    McpOauthUpdate,
    Refresh,
    RefreshUpdate,
    StaticBearer,
    StaticBearerParams,
    UpdateCredential,
    VaultCredential,
    VaultCredentialDeleted,
    shown_networking,
)
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import Table, first_page, strictly_after
from mockdreams.world.core.validation import check_metadata, merge_metadata, null_metadata
from mockdreams.world.vaults.credential_validation import CredentialScriptQueue, probe
from mockdreams.world.vaults.vaults import Vaults

_PORTS = {"http": 80, "https": 443}


class Credentials:
    """All credentials of a world, by vault."""

    def __init__(self, context: Context, vaults: Vaults, scripts: CredentialScriptQueue) -> None:
        self._context = context
        self._vaults = vaults
        self._scripts = scripts

    def create(self, vault_id: str, params: CreateCredential) -> VaultCredential:
        self._vaults.retrieve_active(vault_id)
        table = self._vaults.credentials(vault_id)
        check_metadata(params.metadata, self._context.policy)
        auth = self._shown(params.auth)
        active = list(table.iterate())
        if any(_key(auth) == _key(other.auth) for other in active):
            raise _taken(auth)
        most = self._context.policy.credentials_per_vault
        if len(active) >= most:
            raise invalid(f"A vault can have at most {most} credentials.", rule="credential-limit-400")
        now, id = table.next_time(self._context.clock.time), self._context.ids.mint("vcrd")
        self._context.happened("vault_credential.created", id, vault_id=vault_id)
        return table.put(
            VaultCredential(
                id=id,
                vault_id=vault_id,
                display_name=params.display_name or None,
                auth=auth,
                metadata=params.metadata,
                created_at=now,
                updated_at=now,
            )
        )

    def retrieve(self, vault_id: str, credential_id: str) -> VaultCredential:
        credential = self._vaults.credentials(vault_id).get(credential_id)
        if credential is None:
            raise not_found("Credential not found.", rule="credential-absent-404 credential-other-vault-404")
        return credential

    def page(
        self, vault_id: str, *, limit: int, after: int | None, include_archived: bool = False
    ) -> tuple[list[VaultCredential], bool]:
        """Newest first."""
        return first_page(self._table(vault_id).iterate(after=after, hidden=include_archived), limit)

    def update(self, vault_id: str, credential_id: str, params: UpdateCredential) -> VaultCredential:
        self._vaults.retrieve_active(vault_id)
        credential = self._active(vault_id, credential_id)
        changes: dict[str, Any] = {}
        if params.given("display_name"):
            changes["display_name"] = params.display_name
        if params.metadata is not None:
            changes["metadata"] = merge_metadata(credential.metadata, params.metadata, self._context.policy)
        elif params.given("metadata"):
            raise null_metadata("params")
        if params.auth is not None:
            changes["auth"] = self._changed(credential.auth, params.auth)
        if not changes:
            return credential
        return self._put(credential, **changes)

    def archive(self, vault_id: str, credential_id: str) -> VaultCredential:
        credential = self.retrieve(vault_id, credential_id)
        if credential.archived_at is not None:
            return credential
        self._context.happened("vault_credential.archived", credential_id, vault_id=vault_id)
        return self._put(credential, archived_at=self._after(credential))

    def delete(self, vault_id: str, credential_id: str) -> VaultCredentialDeleted:
        self.retrieve(vault_id, credential_id)
        self._table(vault_id).remove(credential_id)
        self._context.happened("vault_credential.deleted", credential_id, vault_id=vault_id)
        return VaultCredentialDeleted(id=credential_id)

    def validate(self, vault_id: str, credential_id: str) -> CredentialValidation:
        """What a probe of the MCP server finds; a refresh that succeeds renews the expiry of the credential."""
        credential = self._active(vault_id, credential_id)
        if not isinstance(credential.auth, McpOauth):
            raise invalid("The request was invalid", rule="credential-validate-kind-400")
        now = self._context.clock.time
        auth = credential.auth
        found = probe(auth, self._scripts.next_outcome(credential), now)
        if auth.expires_at is not None and found.refresh is not None and found.refresh.status == "succeeded":
            expires_at = add_seconds(now, self._context.policy.oauth_token_seconds)
            self._put(credential, auth=auth.replace(expires_at=expires_at))
        elif found.status == "invalid" and found.refresh is not None:
            self._context.happened("vault_credential.refresh_failed", credential_id, vault_id=vault_id)
        return CredentialValidation(
            credential_id=credential.id,
            vault_id=vault_id,
            validated_at=now,
            status=found.status,
            has_refresh_token=auth.refresh is not None,
            mcp_probe=found.mcp_probe,
            refresh=found.refresh,
        )

    def _table(self, vault_id: str) -> Table[VaultCredential]:
        return self._vaults.credentials(vault_id)

    def _active(self, vault_id: str, credential_id: str) -> VaultCredential:
        credential = self.retrieve(vault_id, credential_id)
        if credential.archived_at is not None:
            raise invalid(
                "Credential is archived.", rule="credential-validate-archived-400 credential-archived-update-400"
            )
        return credential

    def _put(self, credential: VaultCredential, **changes: Any) -> VaultCredential:
        return self._table(credential.vault_id).put(credential.replace(updated_at=self._after(credential), **changes))

    def _after(self, credential: VaultCredential) -> datetime:
        return strictly_after(self._context.clock.time, credential.updated_at)

    def _shown(self, params: McpOauthParams | StaticBearerParams | EnvironmentVariableParams) -> Auth:
        """What is kept of a new credential: all of it but its secrets."""
        if isinstance(params, StaticBearerParams):
            return StaticBearer(mcp_server_url=params.mcp_server_url)
        if isinstance(params, McpOauthParams):
            self._check_expiry(params.expires_at)
            refresh = params.refresh and params.refresh.shown()
            return McpOauth(mcp_server_url=params.mcp_server_url, expires_at=params.expires_at, refresh=refresh)
        return EnvironmentVariable(
            secret_name=params.secret_name,
            networking=shown_networking(params.networking),
            injection_location=_location(params.injection_location),
        )

    def _changed(self, stored: Auth, params: AuthUpdate) -> Auth:
        if params.type != stored.type:
            raise invalid("auth.type: does not match this credential's stored type", rule="credential-update-type-400")
        if isinstance(stored, McpOauth) and isinstance(params, McpOauthUpdate):
            self._check_expiry(params.expires_at)
            refresh = stored.refresh if params.refresh is None else _refreshed(stored.refresh, params.refresh)
            return stored.replace(expires_at=params.expires_at or stored.expires_at, refresh=refresh)
        if isinstance(stored, EnvironmentVariable) and isinstance(params, EnvironmentVariableUpdate):
            return stored.replace(
                networking=shown_networking(params.networking) if params.networking else stored.networking,
                injection_location=_location(params.injection_location, stored.injection_location),
            )
        return stored

    def _check_expiry(self, expires_at: datetime | None) -> None:
        if expires_at is not None and expires_at <= self._context.clock.time:
            raise invalid("auth.expires_at must be in the future.", rule="credential-expiry-past-400")


def canonical_url(url: str) -> str:
    """What makes two URLs of an MCP server one: letter case, the default port and a trailing slash do not count."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = (parts.hostname or "") + (f":{port}" if port not in (None, _PORTS.get(parts.scheme)) else "")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}{query}"


def _key(auth: Auth) -> tuple[str, str]:
    """What only one active credential of a vault can have."""
    if isinstance(auth, EnvironmentVariable):
        return "secret_name", auth.secret_name
    return "mcp_server_url", canonical_url(auth.mcp_server_url)


def _taken(auth: Auth) -> ServiceError:
    message = f"a credential for this {_key(auth)[0]} already exists in the vault"
    return ServiceError("invalid_request_error", message, status=409, rule="credential-duplicate-409")


def _location(
    sent: InjectionLocationParams | InjectionLocationUpdate | None, stored: InjectionLocation | None = None
) -> InjectionLocation:
    """Where the secret is put in; what is not sent stays."""
    if sent is None:
        assert stored is not None
        return stored
    header = sent.header if sent.header is not None or stored is None else stored.header
    body = sent.body if sent.body is not None or stored is None else stored.body
    if not header and not body:
        raise invalid(
            "auth.injection_location: at least one location must be enabled", rule="credential-location-none-400"
        )
    return InjectionLocation(header=bool(header), body=bool(body))


def _refreshed(stored: Refresh | None, params: RefreshUpdate) -> Refresh:
    if stored is None:
        raise invalid(
            "auth.refresh: this credential was created without refresh capability", rule="credential-refresh-added-400"
        )
    if params.token_endpoint_auth is not None and stored.token_endpoint_auth == ClientAuth(type="none"):
        raise invalid(
            "auth.refresh.token_endpoint_auth: this credential was created without client authentication",
            rule="credential-client-auth-added-400",
        )
    return stored.replace(scope=params.scope or None) if params.scope is not None else stored
