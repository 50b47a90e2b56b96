"""Validations: what a probe of an OAuth credential finds, by the clock or as a test says."""

from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from pydantic import Field

from mockdreams.wire.base import Params
from mockdreams.wire.vaults import (
    McpOauth,
    McpProbe,
    ProbeResponse,
    RefreshAttempt,
    ValidationStatus,
    VaultCredential,
)
from mockdreams.world.core.script_queue import ScriptQueue

Outcome: TypeAlias = Literal["valid", "expired", "refused", "unreachable"]
"""What the other side says. `expired`: the MCP server refuses the access token, and the token endpoint gives another
one. `refused`: the token endpoint refuses, too. `unreachable`: nobody answers."""


class CredentialMatch(Params):
    """Which credentials a script is for; what is left out matches every credential."""

    credential_id: str | None = None
    """The credential."""
    vault_id: str | None = None
    """Its vault."""
    mcp_server_url: str | None = None
    """The server that it is for, as its credential spells it."""

    def matches(self, credential: VaultCredential) -> bool:
        url = credential.auth.mcp_server_url if isinstance(credential.auth, McpOauth) else None
        return (
            self.credential_id in (None, credential.id)
            and self.vault_id in (None, credential.vault_id)
            and self.mcp_server_url in (None, url)
        )


class CredentialScript(Params):
    """What the next validations of the credentials that `match` find; `times` of them, or all of them."""

    outcome: Outcome
    """What the other side says."""
    match: CredentialMatch = Field(default_factory=CredentialMatch)
    """Which credentials."""
    times: int | None = Field(default=1, ge=1)
    """How many validations; None: all that come."""


class CredentialScriptQueue(ScriptQueue[CredentialScript]):
    """What tests have said of validations."""

    def next_outcome(self, credential: VaultCredential) -> Outcome | None:
        """What the validation of a credential finds; None if nobody says."""
        script = self.pop(lambda script: script.match.matches(credential))
        return None if script is None else script.outcome


class Finding(NamedTuple):
    status: ValidationStatus
    mcp_probe: McpProbe | None = None
    refresh: RefreshAttempt | None = None


_JSON = "application/json"
_DENIED = McpProbe.unchecked(
    method="initialize",
    http_response=ProbeResponse.unchecked(status_code=401, content_type=_JSON, body='{"error":"invalid_token"}'),
)
_NO_GRANT = ProbeResponse.unchecked(status_code=400, content_type=_JSON, body='{"error":"invalid_grant"}')


def probe(auth: McpOauth, outcome: Outcome | None, now: datetime) -> Finding:
    """What a validation at `now` finds; with no `outcome`, a token is valid until it expires."""
    if outcome is None:
        outcome = "expired" if auth.expires_at is not None and auth.expires_at <= now else "valid"
    if outcome == "valid":
        return Finding("valid")
    if outcome == "unreachable" and auth.refresh is None:
        return Finding("unknown", mcp_probe=McpProbe(method="initialize"))
    if outcome == "unreachable":
        return Finding("unknown", refresh=RefreshAttempt(status="connect_error"))
    if auth.refresh is None:
        return Finding("invalid", _DENIED, RefreshAttempt(status="no_refresh_token"))
    if outcome == "refused":
        return Finding("invalid", _DENIED, RefreshAttempt(status="failed", http_response=_NO_GRANT))
    return Finding("unknown", _DENIED, RefreshAttempt(status="succeeded"))
