"""Profiles: policies by name, for the service as it was at a time. Each difference from today says how it is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from mockdreams.suggestions import did_you_mean
from mockdreams.world.core.policy import CURRENT, GUIDE_MODELS, Policy

Evidence: TypeAlias = Literal["docs", "sdk", "recorded", "inferred"]


@dataclass(frozen=True, slots=True)
class ProfileDifference:
    """A field of the policy that had another value than today, and from where that is known."""

    field: str
    value: Any
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The service as it was on `dated`."""

    name: str
    dated: date
    what: str
    differences: tuple[ProfileDifference, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The fields of its policy that are not the defaults."""
        return {"profile": self.name, **{each.field: each.value for each in self.differences}}


TODAY = Profile(CURRENT, date(2026, 10, 21), "the service as the newest SDK and documentation have it")
PROFILES: dict[str, Profile] = {
    each.name: each
    for each in (
        TODAY,
        Profile(
            "docs-2026-09",
            date(2026, 9, 26),
            "the guide of September 2026",
            (
                ProfileDifference(
                    "supported_models",
                    GUIDE_MODELS,
                    "docs",
                    "the guide of September 2026: supported models",
                ),
                ProfileDifference(
                    "guard_output_store",
                    False,
                    "docs",
                    "the guide of September 2026: the guard is about archiving the dream, not its stores",
                ),
            ),
        ),
        Profile(
            "launch-2026-05",
            date(2026, 5, 6),
            "the service as it was first described, in May 2026",
            (
                ProfileDifference(
                    "supported_models",
                    ("claude-opus-4-7", "claude-sonnet-4-6"),
                    "docs",
                    "the launch guide: supported models",
                ),
                ProfileDifference("dreams_per_day", 20, "inferred", "told of the first weeks; nothing public says so"),
                ProfileDifference(
                    "update_existing",
                    False,
                    "inferred",
                    "documented later than the launch; that the service refused it before is inferred",
                ),
            ),
        ),
    )
}


def find_profile(name: str) -> Profile:
    """A profile by its name. Raises ValueError for none."""
    if name not in PROFILES:
        near = did_you_mean(name, PROFILES, quote="") or f": {', '.join(PROFILES)}"
        raise ValueError(f"there is no profile {name!r}{near}")
    return PROFILES[name]


def make_policy(fields: Mapping[str, Any]) -> Policy:
    """The policy of the profile that `fields` name, with the other fields in place of the profile's.

    Raises ValueError for an unknown profile, and what is one too, ValidationError, for a field that does not fit.
    """
    profile = fields.get("profile", CURRENT)
    if not isinstance(profile, str):
        raise ValueError("profile: a name is wanted")
    return Policy.model_validate({**find_profile(profile).values, **fields})
