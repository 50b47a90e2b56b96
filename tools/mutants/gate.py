"""Rules of the gate, of queries and of configurations that are broken."""

from typing import Any

from mockdreams.http import auth, body_parsing, cursors, service
from mockdreams.http.query_params import Query
from mockdreams.http.routes import sessions as session_routes
from mockdreams.wire.environments import Environment
from mockdreams.wire.errors import ServiceError
from mockdreams.world.agents import agents, configuration, environments
from mockdreams.world.agents.agents import Agents
from mockdreams.world.agents.environments import Environments
from mockdreams.world.agents.multiagent import MultiagentResolver
from mockdreams.world.sessions import sessions
from tools.mutants.answers import each, error
from tools.mutants.patching import Mutant, Reply, falsify, patch

KEY, PATCHED, DECODE = auth.api_key, Environments._patched, cursors.decode


def nothing(*_: Any, **__: Any) -> None:
    """A rule that says nothing any more."""


def bearers_are_others(headers: dict[bytes, bytes]) -> str:
    return KEY(headers) + ("" if b"x-api-key" in headers else " as a bearer")


def metadata_has_a_code(self: Environments, *sent: Any) -> Any:
    try:
        return PATCHED(self, *sent)
    except ServiceError as refused:
        refused.fields["details"] = {"error_code": "invalid_metadata"}
        raise


def cursors_of_any_order(listing: str, cursor: str, valid: Any, turned: str = "") -> Any:
    try:
        return DECODE(listing, cursor, valid)
    except ServiceError:
        return DECODE(turned, cursor, valid) if turned else DECODE(listing, cursor, valid)


def says(text: str, other: str) -> Any:
    """Refusals have another text."""
    return falsify(error(lambda body: body["error"].update(message=body["error"]["message"].replace(text, other))))


def first_policy_later(reply: Reply) -> None:
    if reply.status == 400 and "permission_policy" in reply.body["error"]["message"]:
        reply.body["error"]["message"] = "Failed to parse request: tools[0].configs[0].name: no"


def domains_are_422(reply: Reply) -> None:
    if reply.status == 400 and "_domains" in reply.body["error"]["message"]:
        reply.status = 422


def stars_list_themselves(host: str, patterns: Any) -> bool:
    return any(host.endswith(pattern.removeprefix("*.")) for pattern in patterns)


def clears_to_empty(environment: dict[str, Any]) -> None:
    environment["description"] = environment["description"] or None


RULES: list[tuple[str, str, object, str, object]] = [
    ("refused credentials are named", "credential-refused-unnamed", service, "UNAUTHORIZED", 0),
    ("missing keys are named first", "unknown-field-first", body_parsing, "refused_at", lambda error: 0),
    ("a bearer is another workspace", "key-as-bearer", service, "api_key", bearers_are_others),
    ("cursors go either way", "session-list-cursor-order-400", cursors, "decode", cursors_of_any_order),
    ("events are listed by any key", "events-list-unknown-key-400", Query, "check_keys", nothing),
    (
        "every list is strict",
        "query-unknown-ignored",
        Query,
        "view",
        lambda self, default: self.check_keys("view", "limit", "page", "path_prefix", "depth") or default,
    ),
    ("any agent id will do", "session-list-agent-malformed-400", session_routes, "check_agent_id", nothing),
    ("an archived environment is active", "environment-state", Environment, "state", "active"),
    ("any host will do", "environment-hosts-bare-400", environments, "_check_host", nothing),
    (
        "environments refuse metadata with a code",
        "environment-metadata-400",
        Environments,
        "_patched",
        metadata_has_a_code,
    ),
    (
        "a tool may be configured twice",
        "agent-tool-twice-400",
        configuration,
        "_check_configs",
        nothing,
    ),
    (
        "any custom tool will do",
        "agent-tool-reserved-400 agent-custom-schema-400",
        configuration,
        "_check_custom",
        nothing,
    ),
    ("a toolset is one tool", "agent-tools-256-400", configuration, "_size", lambda tool: 1),
    (
        "any configuration will do",
        "agent-toolset-twice-400 agent-mcp-servers-taken-400 agent-mcp-servers-used-400 agent-mcp-servers-unique-400",
        agents,
        "check_configuration",
        nothing,
    ),
    ("an agent is put to work twice", "agent-roster-400", MultiagentResolver, "_check_distinct", nothing),
    ("rosters are of any depth", "agent-roster-nested-400", Agents, "_is_rostered", nothing),
    ("any environment takes files", "session-self-hosted-resources-400", Environments, "check_mounts", nothing),
    ("any server is reached", "session-mcp-blocked-400", Environments, "check_hosts", nothing),
    ("servers of rosters are not looked at", "session-mcp-blocked-400", sessions, "_roster", lambda agent: ()),
    ("stars list themselves", "session-mcp-blocked-400", environments, "_is_allowed", stars_list_themselves),
    ("rosters have any length", "agent-roster-20-400", MultiagentResolver, "_check_length", nothing),
]
WORDS: list[tuple[str, str, str, str]] = [
    ("a foreign cursor is named", "cursor-foreign-400", "invalid page cursor", "page: not a cursor"),
    (
        "an absent agent is named",
        "agent-absent-404 session-agent-absent-404",
        "Agent not found.",
        "Agent agent_ not found.",
    ),
    ("unknown tools have no alternatives", "agent-tool-unknown-400", "; expected one of", ""),
    ("keys of tools are unknown fields", "agent-tool-key-400", "Extra inputs are not permitted", "unknown field"),
    ("lists have entries", "deployment-initial-events-400", "item", "entry"),
    ("flags are values like others", "flag-malformed-400", "invalid value for bool field ", ""),
    ("versions have a prefix", "agent-update-version-400", "version: must", "agent.version: must"),
]
POLICIES: list[tuple[str, str, dict[str, Any]]] = [
    ("names are unique", "environment-name-reused", {"unique_environment_names": True}),
    ("schemas are bare", "agent-custom-schema-keywords", {"extra_schema_keywords": False}),
    ("environments need a beta", "beta-environments-optional", {"environments_need_beta": True}),
    (
        "unknown betas are refused",
        "beta-unknown-ignored beta-unknown-ignored-dreams",
        {"unknown_betas": "refused"},
    ),
]
ANSWERS = [
    (
        "every refusal has a request id",
        "work-key-revoked-401 message-method-405",
        error(lambda body: body.update(request_id=body["request_id"] or "req_x")),
    ),
    ("no description is null to the last", "environment-description-empty", each("environment", clears_to_empty)),
    ("bad domains are 422", "agent-web-domains-400", domains_are_422),
    ("a tool is named before its policy", "agent-tool-unknown-400", first_policy_later),
]

SABOTAGES = [
    *(Mutant(fault, tuple(breaks.split()), patch(target, name, value)) for fault, breaks, target, name, value in RULES),
    *(Mutant(fault, tuple(breaks.split()), says(text, other)) for fault, breaks, text, other in WORDS),
    *(Mutant(fault, tuple(breaks.split()), policy=policy) for fault, breaks, policy in POLICIES),
    *(Mutant(fault, tuple(breaks.split()), falsify(change)) for fault, breaks, change in ANSWERS),
]
