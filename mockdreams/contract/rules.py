"""The rules, as `contract/rules.yaml` states them."""

from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias, get_args

from mockdreams.data import folder

Tier: TypeAlias = Literal["read", "cheap", "full"]
Evidence: TypeAlias = Literal["docs", "sdk", "recorded", "inferred"]
TIERS: tuple[Tier, ...] = get_args(Tier)
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence about the service; `tier` is what proving it costs there, `evidence` is how it is known."""

    id: str
    tier: Tier
    evidence: Evidence
    rule: str
    note: str = ""
    unproved: str = ""
    """Why no check can prove it from outside; empty for a rule that has a check."""

    def __post_init__(self) -> None:
        if self.tier not in TIERS or self.evidence not in EVIDENCE:
            raise ValueError(f"{self.id}: {self.tier!r} or {self.evidence!r} is not a tier or a kind of evidence")


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the file. Raises ValueError for a file that is not one of rules."""
    import yaml

    listed = [Rule(**entry) for entry in yaml.safe_load((folder("contract") / "rules.yaml").read_text("utf-8"))]
    ids = [rule.id for rule in listed]
    if len(set(ids)) != len(ids):
        raise ValueError(f"these rules are there twice: {sorted({id for id in ids if ids.count(id) > 1})}")
    return tuple(listed)


def covered(tier: Tier) -> frozenset[Tier]:
    """The tiers that a run of `tier` includes."""
    return frozenset(TIERS[: TIERS.index(tier) + 1])
