"""Vaults, and the credentials in them: what is sent has secrets, what is shown has none."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mockdreams.patterns import lazy_pattern
from mockdreams.wire.base import Model, NotNull, OmitIfNone, Params, Record, Sparse, Timestamp
from mockdreams.wire.environments import Unrestricted

SECRETS = frozenset({"access_token", "refresh_token", "client_secret", "token", "secret_value"})
"""The keys of these requests whose values nothing may show."""
MAX_HOSTS = 16
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
_TIME = lazy_pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
_HOST = lazy_pattern(rf"(\*\.)?{_LABEL}(\.{_LABEL})*", re.ASCII)


def _host(host: str) -> str:
    """A bare name, an IPv4 address, or `*.` and a name."""
    if not _HOST.fullmatch(host):
        raise PydanticCustomError("host", "must be a hostname, an IPv4 address, or a hostname after `*.`")
    return host


def _time(sent: object) -> object:
    if not isinstance(sent, str):
        return sent
    try:
        if _TIME.fullmatch(sent):
            return datetime.fromisoformat(sent.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("unparsable", "must be an RFC 3339 time")


Secret: TypeAlias = Annotated[str, Field(min_length=1)]
"""What a request hands over and no answer ever shows."""
DisplayName: TypeAlias = Annotated[str, Field(min_length=1, max_length=255)]
ServerUrl: TypeAlias = Annotated[str, Field(min_length=1, max_length=2048)]
Host: TypeAlias = Annotated[str, AfterValidator(_host)]
Expiry: TypeAlias = Annotated[Timestamp, BeforeValidator(_time)]
ClientAuthType: TypeAlias = Literal["none", "client_secret_basic", "client_secret_post"]


class ClientAuth(Model):
    """How a client makes itself known to a token endpoint."""

    type: ClientAuthType


class Refresh(Sparse, Model):
    client_id: str
    token_endpoint: str
    token_endpoint_auth: ClientAuth
    scope: OmitIfNone[str] = None
    resource: OmitIfNone[str] = None


class McpOauth(Sparse, Model):
    type: Literal["mcp_oauth"] = "mcp_oauth"
    mcp_server_url: str
    expires_at: OmitIfNone[Timestamp] = None
    refresh: OmitIfNone[Refresh] = None


class StaticBearer(Model):
    type: Literal["static_bearer"] = "static_bearer"
    mcp_server_url: str


class LimitedHosts(Model):
    type: Literal["limited"] = "limited"
    allowed_hosts: tuple[str, ...]


class InjectionLocation(Model):
    """Where in a request of the agent the secret takes the place of its placeholder."""

    header: bool
    body: bool


class EnvironmentVariable(Model):
    type: Literal["environment_variable"] = "environment_variable"
    secret_name: str
    networking: Unrestricted | LimitedHosts
    injection_location: InjectionLocation


Auth: TypeAlias = McpOauth | StaticBearer | EnvironmentVariable


class Vault(Record):
    id: str
    type: Literal["vault"] = "vault"
    display_name: str
    metadata: dict[str, str] = {}
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | None = None


class VaultDeleted(Record):
    id: str
    type: Literal["vault_deleted"] = "vault_deleted"


class VaultCredential(Record):
    id: str
    type: Literal["vault_credential"] = "vault_credential"
    vault_id: str
    display_name: str | None = None
    auth: Auth
    metadata: dict[str, str] = {}
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | None = None


class VaultCredentialDeleted(Record):
    id: str
    type: Literal["vault_credential_deleted"] = "vault_credential_deleted"


class ProbeResponse(Model):
    """What an MCP server or a token endpoint answered to a probe."""

    status_code: int
    content_type: str
    body: str
    body_truncated: bool = False


class McpProbe(Model):
    """The step of a probe that failed."""

    method: str
    http_response: ProbeResponse | None = None


RefreshStatus: TypeAlias = Literal["succeeded", "failed", "connect_error", "no_refresh_token"]


class RefreshAttempt(Model):
    status: RefreshStatus
    http_response: ProbeResponse | None = None


ValidationStatus: TypeAlias = Literal["valid", "invalid", "unknown"]


class CredentialValidation(Record):
    type: Literal["vault_credential_validation"] = "vault_credential_validation"
    credential_id: str
    vault_id: str
    validated_at: Timestamp
    status: ValidationStatus
    has_refresh_token: bool
    mcp_probe: McpProbe | None = None
    refresh: RefreshAttempt | None = None


class CreateVault(Params):
    display_name: DisplayName
    metadata: dict[str, str] = {}


class UpdateVault(Params):
    """What is left out stays; a name that is null stays, too."""

    display_name: DisplayName | None = None
    metadata: dict[str, str | None] | None = None


class SecretParams(Params):
    """Has secrets; what is printed of it has none."""

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return [(name, value) for name, value in super().__repr_args__() if name not in SECRETS]


class NoClientAuth(Params):
    type: Literal["none"]


class ClientSecretBasic(SecretParams):
    type: Literal["client_secret_basic"]
    client_secret: Secret


class ClientSecretPost(SecretParams):
    type: Literal["client_secret_post"]
    client_secret: Secret


class RefreshParams(SecretParams):
    client_id: Annotated[str, Field(min_length=1)]
    token_endpoint: ServerUrl
    refresh_token: Secret
    token_endpoint_auth: Annotated[NoClientAuth | ClientSecretBasic | ClientSecretPost, Field(discriminator="type")]
    scope: str | None = None
    resource: str | None = None

    def shown(self) -> Refresh:
        return Refresh(
            client_id=self.client_id,
            token_endpoint=self.token_endpoint,
            token_endpoint_auth=ClientAuth(type=self.token_endpoint_auth.type),
            scope=self.scope or None,
            resource=self.resource or None,
        )


class McpOauthParams(SecretParams):
    type: Literal["mcp_oauth"]
    mcp_server_url: ServerUrl
    access_token: Secret
    expires_at: Expiry | None = None
    refresh: RefreshParams | None = None


class StaticBearerParams(SecretParams):
    type: Literal["static_bearer"]
    mcp_server_url: ServerUrl
    token: Secret


class LimitedHostsParams(Params):
    type: Literal["limited"]
    allowed_hosts: Annotated[list[Host], Field(min_length=1, max_length=MAX_HOSTS)]


CredentialNetworkingParams: TypeAlias = Annotated[Unrestricted | LimitedHostsParams, Field(discriminator="type")]


class InjectionLocationParams(Params):
    header: bool = False
    body: bool = False


class EnvironmentVariableParams(SecretParams):
    type: Literal["environment_variable"]
    secret_name: Annotated[str, Field(min_length=1)]
    secret_value: Secret
    networking: CredentialNetworkingParams
    injection_location: InjectionLocationParams = InjectionLocationParams.model_construct(header=True, body=True)


class CreateCredential(Params):
    auth: Annotated[McpOauthParams | StaticBearerParams | EnvironmentVariableParams, Field(discriminator="type")]
    display_name: Annotated[str, Field(max_length=255)] | None = None
    metadata: dict[str, str] = {}


class ClientSecretBasicUpdate(SecretParams):
    type: Literal["client_secret_basic"]
    client_secret: Secret | None = None


class ClientSecretPostUpdate(SecretParams):
    type: Literal["client_secret_post"]
    client_secret: Secret | None = None


class RefreshUpdate(SecretParams):
    refresh_token: Secret | None = None
    scope: str | None = None
    token_endpoint_auth: NotNull[
        Annotated[ClientSecretBasicUpdate | ClientSecretPostUpdate, Field(discriminator="type")]
    ] = None


class McpOauthUpdate(SecretParams):
    type: Literal["mcp_oauth"]
    access_token: Secret | None = None
    expires_at: Expiry | None = None
    refresh: RefreshUpdate | None = None


class StaticBearerUpdate(SecretParams):
    type: Literal["static_bearer"]
    token: Secret | None = None


class InjectionLocationUpdate(Params):
    header: NotNull[bool] = None
    body: NotNull[bool] = None


class EnvironmentVariableUpdate(SecretParams):
    type: Literal["environment_variable"]
    secret_value: Secret | None = None
    networking: CredentialNetworkingParams | None = None
    injection_location: NotNull[InjectionLocationUpdate] = None


AuthUpdate: TypeAlias = Annotated[
    McpOauthUpdate | StaticBearerUpdate | EnvironmentVariableUpdate, Field(discriminator="type")
]


class UpdateCredential(Params):
    """What is left out stays, and so does what is null within `auth`."""

    auth: NotNull[AuthUpdate] = None
    display_name: DisplayName | None = None
    metadata: dict[str, str | None] | None = None


def shown_networking(sent: Unrestricted | LimitedHostsParams) -> Unrestricted | LimitedHosts:
    return sent if isinstance(sent, Unrestricted) else LimitedHosts(allowed_hosts=tuple(sent.allowed_hosts))
