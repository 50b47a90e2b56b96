"""What Schemathesis checks beside its own; it loads this module itself, see schemathesis.toml."""

import re
from typing import Any

import schemathesis
from schemathesis.generation.meta import TestPhase

RULES = {
    # What depends on the state of the world
    "absent": r"\S not found|^not found$",
    "archived or terminated": r"is archived\.?$|^[Cc]annot modify archived|\bterminated\b",
    "at work": r"cannot (be archived|become) .*its status is|^Cannot delete session while|while it is idle, not",
    "of a dream": r"belongs to dream|is being updated by dream",
    "no output": r"^File `.*` is not downloadable\.",
    "in use": r"is the (output|current content) of|active sessions",
    "taken": r"^path `.*` (is already used by|conflicts with existing)",
    "changed meanwhile": r"^precondition content_sha256 failed|^Concurrent modification detected",
    "a cursor of no list": r"^page is not a valid page token",
    "another list's cursor": r"^invalid page cursor$|^page token order|: no model has the id |cannot be used together$",
    "full": r"metadata map would have \d+ entries|tools: must contain no more than|^A vault can have at most",
    "another credential": r"already exists in the vault$|this credential('s stored type| was created without)",
    "too late": r"^auth\.expires_at must be in the future|^The request was invalid$",
    "nowhere": r"^auth\.injection_location: at least one location",
    "folders of skills": r"^All files must be in the same top-level folder|^SKILL\.md",
    "mounts of files": r"^Missing required tool: file|^Invalid file resource: (mount path|`mount_path` overlaps)",
    "domains": r"(allowed|blocked)_domains\[\d+\]: does not match regex pattern",
    "what an environment cannot have": r"is a self-hosted environment\.|blocked by environment network policy",
    "one line": r"^display_name must be a single line",
    "an answer that nobody waits for": r"no response to `.*` is due$|may only be sent with environment credentials",
    "out of turn": r"waiting on responses to events|already works toward an outcome|must be the last event and follow",
    "no primary": r"^The primary thread cannot be archived",
    "money": r"can only be set when the session is created$|has no public list price$|^budget.*: must be more than",
    # What must agree with something else
    "one of a kind": r'duplicate |at most one (\{"type"|user\.define_outcome)',
    "an agent in itself": r"^Agent has invalid configuration|must contain at least 1 item while inline_agents is",
    "the same store": r"^output_behavior\.memory_store_id: must be the memory store",
    "the same name": r"must be the same as name$|: must be \".*\" on a config of type",
    "the same environment": r"^Cannot change environment type|^config\.networking\.allow_package_managers",
    "some source": r"at least one source must not be none",
    "the beta of sessions": r"^scope_id: Extra inputs are not permitted",
    "ids alone": r"^ids: must have at most",
    "what a version refuses": r"^(temperature|top_p|top_k): Extra inputs|: document blocks are not|citations: must be",
    # What exists in the types and is refused all the same
    "not yet": r"^model\.speed: dreams accept only|^scope: 'account' is not supported",
    "tokens of repositories": r"^authorization_token: only github_repository resources",
    # What no pattern says: bytes, Unicode, and that 3.0, an integer to a schema, is none to the service's parser
    "integers": r": expected an integer$|: Input should be a valid integer$",
    "bytes": r"^content must be at most|^path must (not contain|be in|be at most)",
}
"""The refusals of requests that fit the schema, by the beginning or a part of what they say."""


@schemathesis.check  # type: ignore[untyped-decorator]
def one_thing_is_wrong(ctx: Any, response: Any, case: Any) -> None:
    """Cases of the coverage phase are wrong in one place: headers that are bad too would hide all the others."""
    if case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE:
        return
    wrong = [place.value for place, component in case.meta.components.items() if component.mode.is_negative]
    if len(wrong) > 1:
        raise AssertionError(f"the schema gives no good values for all but one of: {', '.join(wrong)}")


@schemathesis.check  # type: ignore[untyped-decorator]
def valid_data_is_taken(ctx: Any, response: Any, case: Any) -> None:
    """A request that fits the schema is refused only by one of `RULES`."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code < 400:
        return
    message = response.json()["error"]["message"]
    if not any(re.search(rule, message, re.DOTALL) for rule in RULES.values()):
        raise AssertionError(f"a request that fits the schema was refused: {message}")
