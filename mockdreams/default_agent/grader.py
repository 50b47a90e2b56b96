"""The default grader of outcomes: a criterion is met when its words are in what the agent said and wrote."""

from typing import NamedTuple

from mockdreams.default_agent.notes import keywords
from mockdreams.patterns import lazy_pattern
from mockdreams.wire.sessions import OutcomeResult

_ITEM = lazy_pattern(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ x]\]\s+)?(?P<criterion>\S.*)")


class Verdict(NamedTuple):
    """What the grader says: a result, why, and which criteria are not met."""

    result: OutcomeResult
    explanation: str
    missing: tuple[str, ...] = ()


def criteria(rubric: str) -> tuple[str, ...]:
    """The list items of a rubric, or its lines where it has no list."""
    items = tuple(match["criterion"] for match in map(_ITEM.match, map(str.rstrip, rubric.splitlines())) if match)
    return items or tuple(line.strip() for line in rubric.splitlines() if line.strip())


def grade(rubric: str, delivered: str, *, last: bool) -> Verdict:
    """`last`: whether no revision may follow."""
    wanted = [criterion for criterion in criteria(rubric) if keywords(criterion)]
    if not wanted:
        return Verdict("failed", "The rubric names nothing that could be checked.")
    there = set(keywords(delivered))
    missing = tuple(criterion for criterion in wanted if not there.issuperset(keywords(criterion)))
    if not missing:
        return Verdict("satisfied", f"All {len(wanted)} criteria are met.")
    explanation = "Not met: " + "; ".join(missing)
    return Verdict("max_iterations_reached" if last else "needs_revision", explanation, missing)
