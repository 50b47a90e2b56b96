"""What a request must carry before anything is asked: a key, a version, the right betas, its own workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hmac import compare_digest
from uuid import UUID

from mockdreams.http.hints import missing_beta
from mockdreams.wire.betas import (
    AGENT_MEMORY,
    DREAMING,
    ENVIRONMENTS_MARCH,
    ENVIRONMENTS_NOVEMBER,
    MANAGED_AGENTS,
    is_known,
    is_version,
)
from mockdreams.wire.errors import ServiceError, invalid, not_found, shortened
from mockdreams.world.core.ids import ALPHABET
from mockdreams.world.core.policy import Policy
from mockdreams.world.work.worker_credentials import WorkerCredential

CONTROL_TOKEN = b"x-mockdreams-control-token"
_CONSULT = "Please consult our documentation at docs.claude.com or try again without the header."
_ENVIRONMENTS_BETA = (
    f"The environments API requires the `{ENVIRONMENTS_NOVEMBER}` value in the `anthropic-beta` header."
)
_ELSEWHERE = ServiceError("authentication_error", "Authentication failed", rule="work-key-elsewhere-401")
REMEMBERED_BYTES = 512
"""Of headers that are longer no verdict is kept."""
MOST_BETAS = 1_000
"""Told apart in one header; what follows them counts as one more, which is not known."""


def _out_of_scope(scope: str, *, rule: str) -> ServiceError:
    message = f"OAuth token does not meet scope requirement any_of({scope}, user:developer)"
    return ServiceError("permission_error", message, retry=False, rule=rule)


@dataclass(frozen=True, slots=True, eq=False)
class RouteRequirements:
    """Who may pass: a request with one of `betas`, if there are any.

    `optional` betas need not be there, `exclusive` says why two of them may not come together. A `strict` gate refuses
    betas that the service does not know; the others pass them over. `missing` is what a request without its beta
    hears. Answers with `workspace_headers` name the organization and the workspace. `callers` are the kinds of
    credential that may ask: an API key, the key of an environment, the token of an item of work. A worker's of another
    kind is `refused`.
    """

    betas: frozenset[str] = frozenset()
    optional: bool = False
    exclusive: str = ""
    strict: bool = False
    missing: str = "not found"
    workspace_headers: bool = True
    callers: frozenset[str] = frozenset({"api_key"})
    refused: ServiceError = _ELSEWHERE


DREAMS = RouteRequirements(frozenset({DREAMING}), missing="Not found")
MEMORY = RouteRequirements(
    frozenset({AGENT_MEMORY, MANAGED_AGENTS}),
    exclusive=f"`{AGENT_MEMORY}` and `{MANAGED_AGENTS}` cannot be used together in the `anthropic-beta` header.",
)
SESSIONS = RouteRequirements(frozenset({MANAGED_AGENTS}))
ENVIRONMENTS = RouteRequirements(
    frozenset({ENVIRONMENTS_MARCH, ENVIRONMENTS_NOVEMBER, MANAGED_AGENTS}),
    optional=True,
    exclusive="Only one environments beta header may be specified per request.",
    strict=True,
    workspace_headers=False,
)
MEMORY_OF_WORK = replace(MEMORY, callers=frozenset({"api_key", "item"}))
"""What the token of an item may do to the stores of its session."""
SESSION_OF_WORK = replace(SESSIONS, callers=frozenset({"api_key", "environment", "item"}))
WORK = replace(ENVIRONMENTS, callers=frozenset({"environment"}))
WORK_ITEM = replace(ENVIRONMENTS, callers=frozenset({"environment", "item"}))
WORK_STATS = replace(ENVIRONMENTS, callers=frozenset({"api_key", "environment"}))
WORK_ADMIN = replace(ENVIRONMENTS, refused=_out_of_scope("org:environments", rule="work-scope-403"))

MESSAGES = FILES = RouteRequirements(strict=True)
"""Of messages, models, files and skills: no beta is needed, and an unknown one is refused."""
FILE_CONTENT = replace(FILES, refused=not_found("Not found", retry=False, rule="file-content-environment-key-404"))
SKILLS = replace(MESSAGES, refused=_out_of_scope("org:skills", rule="skill-environment-key-403"))
SKILLS_OF_WORK = replace(SKILLS, callers=frozenset({"api_key", "environment", "item"}))
"""What a worker may read of the skills that its session's agent has."""


def required_by(gate: RouteRequirements, policy: Policy) -> RouteRequirements:
    """The requirements of a route under a world's policy."""
    if policy.unknown_betas == "by_route" and not policy.environments_need_beta:
        return gate
    return _under(gate, policy.unknown_betas == "refused", policy.environments_need_beta)


@lru_cache
def _under(gate: RouteRequirements, refuse_unknown: bool, environments_need_beta: bool) -> RouteRequirements:
    if gate is ENVIRONMENTS and environments_need_beta:
        gate = replace(gate, optional=False, missing=_ENVIRONMENTS_BETA)
    return replace(gate, strict=gate.strict or refuse_unknown)


def api_key(headers: dict[bytes, bytes]) -> str:
    """The key that chooses the world. Raises ServiceError (401) if there is none."""
    key = headers.get(b"x-api-key", b"").decode("latin-1").strip()
    if key:
        return key
    authorization = headers.get(b"authorization", b"").decode("latin-1")
    if not authorization:
        raise ServiceError("authentication_error", "x-api-key header is required", retry=False, rule="key-missing-401")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ServiceError("authentication_error", "Invalid bearer token", rule="bearer-bad-401")
    return token.strip()


def check_credential(gate: RouteRequirements, headers: dict[bytes, bytes]) -> None:
    """Refuse a request without any credential where only a worker's would do: it hears what an API key hears."""
    if "api_key" not in gate.callers and b"x-api-key" not in headers and b"authorization" not in headers:
        raise ServiceError("authentication_error", "Invalid bearer token", retry=False, rule="work-no-key-401")


def check_caller(gate: RouteRequirements, caller: WorkerCredential | None, named: Mapping[str, str | None]) -> None:
    """Refuse a credential of another kind than the route wants (None: an API key), or for other things than it names.

    `named` are the environment and the session that the request is about, as far as they are known.
    """
    if caller is None:
        if "api_key" not in gate.callers:
            raise ServiceError("authentication_error", "Invalid bearer token", retry=False, rule="work-api-key-401")
        return
    if caller.revoked and caller.kind == "environment":
        raise ServiceError(
            "authentication_error",
            "OAuth access token has been revoked.",
            rule="work-key-revoked-401",
            has_request_id=False,
        )
    if caller.revoked:
        raise ServiceError("authentication_error", "Invalid bearer token", retry=False)
    if caller.kind not in gate.callers:
        raise gate.refused.again()
    owned = {"environment": caller.environment_id, "session": caller.session_id}
    if any(named.get(what) not in (None, id) for what, id in owned.items() if id is not None):
        raise ServiceError(
            "permission_error",
            "Token not authorized for this environment",
            retry=False,
            rule="work-environment-foreign-403",
        )


def check_control(headers: dict[bytes, bytes], token: bytes | None) -> None:
    """Refuse (401) who may not use the control API; without a `token` everybody may."""
    if token is not None and not compare_digest(headers.get(CONTROL_TOKEN, b""), token):
        raise ServiceError("authentication_error", f"{CONTROL_TOKEN.decode()} header is missing or wrong", retry=False)


def check_headers(
    gate: RouteRequirements, version: bytes | None, sent: bytes, extra: tuple[str, ...] = ()
) -> ServiceError | None:
    """Why the beta and version headers do not pass, or None; `extra` are betas that the world's policy adds.

    Betas are looked at first: a request that lacks both headers hears that the route is not there.
    """
    remembered = len(sent) + len(version or b"") <= REMEMBERED_BYTES
    return (_refusal if remembered else _refusal.__wrapped__)(gate, version, sent, extra)


@lru_cache(maxsize=1024)
def _refusal(
    gate: RouteRequirements, version: bytes | None, sent: bytes, extra: tuple[str, ...]
) -> ServiceError | None:
    betas = list(filter(None, map(str.strip, sent.decode("latin-1").split(",", MOST_BETAS))))
    return _beta_refusal(gate, betas, extra) or _version_refusal(version)


def _beta_refusal(gate: RouteRequirements, betas: list[str], extra: tuple[str, ...]) -> ServiceError | None:
    unknown = [name for name in betas if not is_known(name, extra)] if gate.strict else []
    if unknown:
        listed = ", ".join(f"`{name}`" for name in unknown)
        return invalid(
            f"Unexpected value(s) {listed} for the `anthropic-beta` header. {_CONSULT}",
            rule="beta-unknown-400 message-beta-unknown-400 file-beta-unknown-400",
        )
    given = gate.betas.intersection(betas)
    if gate.betas and not given and not gate.optional:
        return not_found(
            gate.missing,
            retry=False,
            hint=missing_beta(gate.betas),
            rule="beta-dreaming-missing-404 beta-managed-agents-missing-404 beta-memory-missing-404",
        )
    if gate.exclusive and len(given) > 1:
        return invalid(gate.exclusive, rule="beta-memory-both-400 beta-environments-one")
    return None


def _version_refusal(version: bytes | None) -> ServiceError | None:
    if not version:
        return invalid("anthropic-version: header is required", rule="version-missing-400")
    named = version.decode("latin-1")
    return (
        None
        if is_version(named)
        else invalid(f'anthropic-version: "{shortened(named)}" is not a valid version', rule="version-unknown-400")
    )


def check_workspace(sent: str, own: str) -> None:
    """Refuse a workspace header that is malformed (400) or names another workspace than the key's (404)."""
    if sent == own:
        return
    body = sent.removeprefix("wrkspc_")
    if body == sent or len(body) != 24 or not body.startswith("01") or not body.isascii() or not body.isalnum():
        raise invalid("anthropic-workspace-id header must be a valid workspace ID.", rule="workspace-malformed-400")
    raise not_found(f"Workspace `{_uuid(body[2:])}` not found.", rule="workspace-foreign-404")


def _uuid(digits: str) -> UUID:
    number = 0
    for digit in digits:
        number = number * 58 + max(0, ALPHABET.find(digit))
    return UUID(int=number % 2**128)
