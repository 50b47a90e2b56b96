"""What a run creates on its target, and what that may cost there."""

from mockdreams.contract.checking.rules import Tier

CREATED: dict[Tier, dict[str, int]] = {
    "read": {},
    "cheap": {
        "memory_stores": 43,
        "sessions": 60,
        "agents": 24,
        "environments": 29,
        "files": 12,
        "vaults": 22,
        "skills": 12,
        "deployments": 16,
        "dreams": 7,
    },
    "full": {
        "memory_stores": 55,
        "sessions": 89,
        "agents": 28,
        "environments": 29,
        "files": 13,
        "vaults": 22,
        "skills": 12,
        "deployments": 16,
        "dreams": 29,
    },
}
"""Records that a whole run of each tier creates, besides what its dreams create; a test counts them."""
COST: dict[Tier, str] = {
    "read": "It creates nothing and costs nothing.",
    "cheap": "No model works, except that a dream which is canceled at once may have begun; expect cents.",
    "full": "Models work: in a few turns of sessions, and in dreams over tiny stores, half of them canceled early. "
    "Dreams are billed by their tokens and take minutes to hours; expect dollars, and set a spend limit.",
}


def warning(where: str, tier: Tier, name: str) -> str:
    """What somebody should know before a run against a service that is not their own machine."""
    created = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in CREATED[tier].items())
    archived = "agents, deployments and dreams are archived"
    removed = f" It creates {created}, named {name}-…, and removes them at the end; {archived}."
    return f"This run of tier {tier} goes to {where}.{removed if created else ''} {COST[tier]}"
