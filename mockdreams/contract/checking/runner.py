"""A run: the checks of a tier against a target, one after the other, and what came of each rule."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import httpx2

from mockdreams.contract.checking.registry import checks
from mockdreams.contract.checking.rules import Rule, Tier, covered, rules
from mockdreams.contract.checking.workbench import Workbench
from mockdreams.contract.client.answers import CheckSkipped, RuleViolation
from mockdreams.contract.client.event_stream import StreamTimeout
from mockdreams.suggestions import did_you_mean

Outcome: TypeAlias = Literal["holds", "broken", "skipped"]
MALFORMED = (
    LookupError,
    TypeError,
    AttributeError,
    ValueError,
    OverflowError,
    RecursionError,
    httpx2.DecodingError,
    StreamTimeout,
)
"""What a check runs into when an answer is not of the shape that the rules promise."""
MOST_UNANSWERED = 3
"""Requests one after another without an answer in time, before nobody waits for the rest of the rules."""
UNPROVED = "What cannot be brought about from outside"


class UnreachableError(Exception):
    """The target does not answer."""


@dataclass(frozen=True)
class RuleResult:
    """What became of one rule; `shown` is the request and the answer that show it broken."""

    rule: Rule
    outcome: Outcome
    words: str = ""
    shown: str = ""
    seconds: float = 0.0
    topic: str = ""


@dataclass
class CheckReport:
    """The results of a run, and what it left behind."""

    target: str
    tier: Tier
    results: list[RuleResult] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    interrupted: bool = False

    def count(self, outcome: Outcome) -> int:
        return sum(result.outcome == outcome for result in self.results)

    @property
    def holds(self) -> bool:
        return self.count("broken") == 0


def prove(stage: Workbench, rule: Rule) -> RuleResult:
    """Check one rule. Raises UnreachableError."""
    if rule.unproved:
        return RuleResult(rule, "skipped", rule.unproved, topic=UNPROVED)
    if stage.profile in rule.not_in.split():
        return RuleResult(rule, "skipped", f"the service of {stage.profile} is otherwise", topic=topic(rule))
    check, begun = checks()[rule.id], time.monotonic()
    stage.target.last = None
    outcome: Outcome = "holds"
    words = shown = ""
    try:
        check.prove(stage)
    except CheckSkipped as skipped:
        outcome, words = "skipped", str(skipped)
    except RuleViolation as broken:
        outcome, words, shown = "broken", str(broken), str(broken.answer or stage.target.last or "")
    except MALFORMED as malformed:
        outcome, words = "broken", f"an answer has another shape: {type(malformed).__name__} {malformed}"
        shown = str(stage.target.last or "")
    except httpx2.ConnectError as refused:
        raise UnreachableError(f"{stage.target.url} does not answer: {refused}") from None
    except httpx2.HTTPError as lost:
        outcome, words = "broken", f"the connection broke: {type(lost).__name__} {lost}"
        shown = str(stage.target.last or "")
    if stage.target.unanswered >= MOST_UNANSWERED:
        raise UnreachableError(f"{stage.target.url} left {MOST_UNANSWERED} requests without an answer: {words}")
    return RuleResult(rule, outcome, words, shown, time.monotonic() - begun, check.topic)


def topic(rule: Rule) -> str:
    """What a rule is about, as the check's module says it."""
    return UNPROVED if rule.unproved else checks()[rule.id].topic


def selected(only: frozenset[str] = frozenset()) -> list[Rule]:
    """The rules to run: all, or those whose id is in `only`. Raises ValueError for an id that is none."""
    known = [rule.id for rule in rules()]
    unknown = sorted(only.difference(known))
    if unknown:
        raise ValueError(f"no such rule: {', '.join(unknown)}{did_you_mean(unknown[0], known, quote='')}")
    return [rule for rule in rules() if not only or rule.id in only]


def results(stage: Workbench, tier: Tier, chosen: list[Rule]) -> Iterator[RuleResult]:
    """What becomes of each rule; one of a dearer tier is skipped."""
    for rule in chosen:
        if rule.tier in covered(tier):
            yield prove(stage, rule)
        else:
            yield RuleResult(rule, "skipped", f"tier {rule.tier}", topic=topic(rule))


def run(
    stage: Workbench, tier: Tier, chosen: list[Rule], tell: Callable[[RuleResult], None] = lambda _: None
) -> CheckReport:
    """Check rules, tell of each, and clean up, also after Ctrl-C. Raises UnreachableError."""
    report = CheckReport(stage.target.url, tier)
    try:
        for result in results(stage, tier, chosen):
            report.results.append(result)
            tell(result)
    except KeyboardInterrupt:
        report.interrupted = True
    finally:
        report.left = _tear_down(stage)
    return report


def _tear_down(stage: Workbench) -> list[str]:
    try:
        return stage.tear_down()
    except (httpx2.HTTPError, RuleViolation):
        return [f"everything named {stage.run}: the target does not answer any more"]
