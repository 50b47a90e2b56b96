"""The rules, as `contract/rules.yaml` states them."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

from mockdreams.data import folder

Tier: TypeAlias = Literal["read", "cheap", "full"]
Evidence: TypeAlias = Literal["docs", "sdk", "recorded", "inferred"]
TIERS: tuple[Tier, ...] = get_args(Tier)
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)


@dataclass(frozen=True, slots=True)
class EvidenceSource:
    """Something public that rules cite; `evidence` is what a rule may claim that cites it first."""

    id: str
    evidence: Evidence
    what: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence about the service; `tier` is what proving it costs there, `evidence` is how it is known.

    `source` says from where: citations (`id: place`, with semicolons between), or what it is inferred from.
    """

    id: str
    tier: Tier
    evidence: Evidence
    source: str
    rule: str
    note: str = ""
    not_in: str = ""
    """Profiles of the fake, with blanks between, in which the service was otherwise."""
    unproved: str = ""
    """Why no check can prove it from outside; empty for a rule that has a check."""

    def __post_init__(self) -> None:
        if self.tier not in TIERS or self.evidence not in EVIDENCE:
            raise ValueError(f"{self.id}: {self.tier!r} or {self.evidence!r} is not a tier or a kind of evidence")


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the file."""
    return read((folder("contract") / "rules.yaml").read_text("utf-8"), sources())


@cache
def sources() -> tuple[EvidenceSource, ...]:
    """What rules cite, in the order of the file."""
    text = (folder("contract") / "sources.yaml").read_text("utf-8")
    return tuple(EvidenceSource(**entry) for entry in _entries(text))


def _entries(text: str) -> list[dict[str, Any]]:
    import yaml

    entries: list[dict[str, Any]] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return entries


def read(text: str, sources: tuple[EvidenceSource, ...]) -> tuple[Rule, ...]:
    """The rules of a file. Raises ValueError for one that is not of rules, or cites what its evidence is not."""
    try:
        listed = tuple(Rule(**entry) for entry in _entries(text))
    except TypeError as refused:
        raise ValueError(f"not a rule: {refused}") from None
    ids = [rule.id for rule in listed]
    if len(set(ids)) != len(ids):
        raise ValueError(f"these rules are there twice: {sorted({id for id in ids if ids.count(id) > 1})}")
    kinds = {source.id: source.evidence for source in sources}
    for rule in listed:
        _check_source(rule, kinds)
    return listed


def _check_source(rule: Rule, kinds: dict[str, Evidence]) -> None:
    if not rule.source:
        raise ValueError(f"{rule.id}: no source")
    if rule.evidence == "inferred":
        return
    cited = [citation.partition(":")[0] for citation in rule.source.split("; ")]
    unknown = [id for id in cited if id not in kinds]
    if unknown:
        raise ValueError(f"{rule.id}: sources.yaml has no {', '.join(map(repr, unknown))}")
    if kinds[cited[0]] != rule.evidence:
        raise ValueError(f"{rule.id}: {cited[0]} is {kinds[cited[0]]}, not {rule.evidence}")


def covered(tier: Tier) -> frozenset[Tier]:
    """The tiers that a run of `tier` includes."""
    return frozenset(TIERS[: TIERS.index(tier) + 1])
