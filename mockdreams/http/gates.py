"""What a request must carry before anything is asked: a key, a version, the right betas, its own workspace."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from uuid import UUID

from mockdreams.http.hints import missing_beta
from mockdreams.wire.betas import AGENT_MEMORY, DREAMING, KNOWN, MANAGED_AGENTS
from mockdreams.wire.errors import ServiceError, invalid, not_found, shortened
from mockdreams.world.ids import ALPHABET

CONTROL_TOKEN = b"x-mockdreams-control-token"
REMEMBERED_BYTES = 512
"""Of headers that are longer no verdict is kept."""
_VERSION = re.compile(rb"20\d\d-\d\d-\d\d")
"""Any date passes: SDKs 2.x send another version than the documentation names, and later ones may send a third."""


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Who may pass: anyone, or a request with a key and one of `betas` (none: no beta is needed).

    `exclusive` betas may not come together. `stamped` answers name the organization and the workspace.
    """

    betas: frozenset[str] = frozenset()
    exclusive: bool = False
    key: bool = True
    version: bool = True
    stamped: bool = True


DREAMS = Gate(frozenset({DREAMING}))
MEMORY = Gate(frozenset({AGENT_MEMORY, MANAGED_AGENTS}), exclusive=True)
SESSIONS = Gate(frozenset({MANAGED_AGENTS}))
ENVIRONMENTS = Gate(stamped=False)
CONTROL = Gate(version=False, stamped=False)
OPEN = Gate(key=False, version=False, stamped=False)


def api_key(headers: dict[bytes, bytes]) -> str:
    """The key that chooses the world. Raises ServiceError (401) if there is none."""
    key = headers.get(b"x-api-key", b"").decode("latin-1").strip()
    if key:
        return key
    authorization = headers.get(b"authorization", b"").decode("latin-1")
    if not authorization:
        raise ServiceError("authentication_error", "x-api-key header is required", retry=False)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ServiceError("authentication_error", "Invalid bearer token")
    return token.strip()


def check_control(headers: dict[bytes, bytes], token: bytes) -> None:
    """Refuse (401) who may not use the control API."""
    if not compare_digest(headers.get(CONTROL_TOKEN, b""), token):
        raise ServiceError("authentication_error", f"{CONTROL_TOKEN.decode()} header is missing or wrong", retry=False)


def refusal(gate: Gate, version: bytes | None, sent: bytes) -> ServiceError | None:
    """Why the version and beta headers do not pass, or None."""
    remembered = len(sent) + len(version or b"") <= REMEMBERED_BYTES
    return (_refusal if remembered else _refusal.__wrapped__)(gate, version, sent)


@lru_cache(maxsize=1024)
def _refusal(gate: Gate, version: bytes | None, sent: bytes) -> ServiceError | None:
    betas = [name for name in (part.strip() for part in sent.decode("latin-1").split(",")) if name]
    unknown = [name for name in betas if name not in KNOWN]
    if gate.version and not version:
        return invalid("anthropic-version: header is required")
    if gate.version and not _VERSION.fullmatch(version or b""):
        sent_version = shortened(version.decode("latin-1")) if version else ""
        return invalid(f'anthropic-version: "{sent_version}" is not a valid version')
    if unknown:
        listed = ", ".join(f"`{name}`" for name in unknown)
        return invalid(f"Unexpected value(s) {listed} for the `anthropic-beta` header.")
    given = gate.betas.intersection(betas)
    if gate.betas and not given:
        return not_found("Not found", retry=False, hint=missing_beta(gate.betas))
    if gate.exclusive and len(given) > 1:
        listed = " and ".join(f"`{name}`" for name in sorted(given))
        return invalid(f"{listed} cannot be used together in the `anthropic-beta` header.")
    return None


def check_workspace(sent: str, own: str) -> None:
    """Refuse a workspace header that is malformed (400) or names another workspace than the key's (404)."""
    if sent == own:
        return
    body = sent.removeprefix("wrkspc_")
    if body == sent or len(body) != 24 or not body.startswith("01") or not body.isascii() or not body.isalnum():
        raise invalid("anthropic-workspace-id header must be a valid workspace ID.")
    raise not_found(f"Workspace `{_uuid(body[2:])}` not found.")


def _uuid(digits: str) -> UUID:
    number = 0
    for digit in digits:
        number = number * 58 + max(0, ALPHABET.find(digit))
    return UUID(int=number % 2**128)
