"""Rules for fields that several resources share: names, metadata, digests."""

import re
import unicodedata
from collections.abc import Mapping

from mockdreams.patterns import lazy_pattern
from mockdreams.wire.errors import ServiceError, invalid
from mockdreams.world.core.policy import Policy

_SHA256 = lazy_pattern(r"[0-9a-f]{64}")


def check_name(name: str) -> None:
    if any(unicodedata.category(char) == "Cc" for char in name):
        raise invalid("name: must not contain control characters", rule="store-name-control-400")


def check_metadata(metadata: Mapping[str, str], policy: Policy) -> None:
    most = policy.metadata_max_pairs
    if len(metadata) > most:
        raise invalid(
            f"invalid metadata: metadata map would have {len(metadata)} entries, exceeding the maximum of {most}",
            rule="store-metadata-16 agent-metadata-16 session-metadata-16",
        )
    for key, value in metadata.items():
        _check_key(key, policy)
        if len(value) > policy.metadata_max_value:
            raise invalid(
                f"metadata.{key}: maximum string length is {policy.metadata_max_value}", rule="store-metadata-lengths"
            )


def merge_metadata(metadata: Mapping[str, str], patch: Mapping[str, str | None], policy: Policy) -> dict[str, str]:
    """`metadata` with each key of `patch` set, or removed where it is null."""
    result = {**metadata, **patch}
    kept = {key: value for key, value in result.items() if value is not None}
    check_metadata(kept, policy)
    for key in patch:
        _check_key(key, policy)
    return kept


def _check_key(key: str, policy: Policy) -> None:
    if not 1 <= len(key) <= policy.metadata_max_key:
        raise invalid(
            f"invalid metadata: key {key[:80]!r} must be 1 to {policy.metadata_max_key} characters long",
            rule="store-metadata-lengths",
        )


def null_metadata(root: str) -> ServiceError:
    """The refusal of `"metadata": null` in an update."""
    return invalid(
        f'Failed to parse request: {root}: field "metadata": null is not a valid value for a map field; '
        "omit the field to preserve, or set individual keys to null to delete them",
        rule="store-update-metadata-null-400",
    )


def check_sha256(field: str, digest: str) -> None:
    if len(digest) != 64:
        more = "" if re.fullmatch(r"[0-9a-f]+", digest) else " (and 1 more validation errors)"
        raise invalid(
            f"{field}: must be 64 characters{more}",
            rule="memory-precondition-sha-missing-400 memory-delete-malformed-400",
        )
    if not _SHA256.fullmatch(digest):
        raise invalid(f"{field}: must be lower-case hexadecimal")
