"""docs/fidelity.md: what we know of the service, how we know it, and what we only infer."""

import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

from mockdreams.contract.checking.rules import EVIDENCE, TIERS, Rule, rules, sources
from mockdreams.contract.checking.runner import UNPROVED, CheckReport, RuleResult, run, selected
from mockdreams.contract.client.target import Target
from mockdreams.world.core.profiles import PROFILES, TODAY
from tests.support.contract_server import served, with_workbench
from tools.mutants import MUTANTS
from tools.mutants.patching import caught

PAGE = Path(__file__).parent.parent / "docs" / "fidelity.md"
MEANING = {
    "docs": "official documentation",
    "sdk": "types and docstrings of the official SDK",
    "recorded": "replies of the real service, published by others",
    "inferred": "nothing public says; the likeliest",
}
INTRODUCTION = """# Fidelity

Made by `scripts/fidelity`; do not edit. The rules are `contract/rules.yaml`, the checks that
prove them are `mockdreams/contract/checks`, and `mockdreams contract check --target URL` runs them against anything.

Nobody has published recordings of the Dreams endpoints themselves: what is said of dreams comes from the SDK and the
guide, and their error texts are inferred. The resources around them are richly recorded.
"""


def main() -> int:
    with served() as server:
        with with_workbench(server[0]) as stage:
            report = run(stage, "full", selected())
        profiles = profile_runs(server[0])
        unnoticed = [each.fault for each in MUTANTS if not caught(each, *server, only=frozenset(each.breaks))]
    noticed = len(MUTANTS) - len(unnoticed)
    PAGE.write_text(page(report, profiles, noticed), encoding="utf-8")
    print(f"{PAGE.name}: {report.count('holds')} rules hold, {noticed} of {len(MUTANTS)} faults are noticed")
    for name in unnoticed:
        print(f"not noticed: {name}")
    hold = report.holds and all(each.holds for each in profiles.values())
    return 0 if hold and noticed == len(MUTANTS) else 1


def profile_runs(url: str) -> dict[str, CheckReport]:
    """Runs of the checks of dreams, in which profiles differ, against the service as it was at each time."""
    of_dreams = frozenset(rule.id for rule in rules() if rule.id.startswith("dream-"))
    reports = {}
    for name in sorted(PROFILES.keys() - {TODAY.name}):
        key = f"sk-{name}"
        with Target(url, key) as target:
            target.control("PATCH", "/policy", {"profile": name})
        with with_workbench(url, key) as stage:
            reports[name] = run(stage, "full", selected(of_dreams))
    return reports


def page(report: CheckReport, profiles: dict[str, CheckReport], noticed: int) -> str:
    parts = [
        INTRODUCTION,
        _counts([result.rule for result in report.results]),
        _run(report),
        _profiles(profiles),
        _score(noticed),
        _sources(),
        _inferred(report),
    ]
    parts.append("## Every rule\n")
    for topic, group in groupby(_sorted(report), key=lambda result: result.topic):
        parts.append(f"### {topic}\n\n" + _table(list(group)))
    return "\n".join(parts)


def _sorted(report: CheckReport) -> list[RuleResult]:
    topics = list(dict.fromkeys(result.topic for result in report.results if result.topic != UNPROVED))
    return sorted(report.results, key=lambda result: [*topics, UNPROVED].index(result.topic))


def _counts(rules: list[Rule]) -> str:
    counted = Counter((rule.evidence, rule.tier) for rule in rules)
    lines = ["| evidence | read | cheap | full | all |", "|---|---:|---:|---:|---:|"]
    for evidence in EVIDENCE:
        numbers = [counted[evidence, tier] for tier in TIERS]
        cells = [f"`{evidence}`: {MEANING[evidence]}", *numbers, sum(numbers)]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    totals = [sum(rule.tier == tier for rule in rules) for tier in TIERS]
    lines.append(f"| all | {' | '.join(map(str, totals))} | {len(rules)} |")
    return "\n".join(lines) + "\n"


def _run(report: CheckReport) -> str:
    broken = [f"`{result.rule.id}`" for result in report.results if result.outcome == "broken"]
    return (
        f"**A run of every check against the fake**: {report.count('holds')} rules hold, {len(broken)} are broken"
        f"{': ' + ', '.join(broken) if broken else ''}; {report.count('skipped')} have no check, because nothing "
        "from outside can bring them about (they have tests in the fake's own suite).\n\n"
        "**A run against the real service** has not been made: it needs a key with access to the preview.\n"
    )


def _profiles(reports: dict[str, CheckReport]) -> str:
    lines = [
        "## The service as it was\n",
        "The checks of dreams, which is where the profiles differ, run against each of them. A rule that was otherwise "
        "then is passed over. `mockdreams contract check` takes all checks to a `mockdreams serve --profile NAME`.\n",
    ]
    for name, report in reports.items():
        profile = PROFILES[name]
        otherwise = [f"`{each.rule.id}`" for each in report.results if name in each.rule.not_in.split()]
        broken = [f"`{each.rule.id}`" for each in report.results if each.outcome == "broken"]
        lines += [
            f"### `{name}`: {profile.what}\n",
            f"{report.count('holds')} rules hold, {len(broken)} are broken. {', '.join(broken)}".rstrip() + "\n",
            f"Not so then: {', '.join(otherwise)}.\n",
            "| policy | value | evidence | source |",
            "|---|---|---|---|",
            *(f"| `{d.field}` | `{d.value!r}` | {d.evidence} | {d.source} |" for d in profile.differences),
            "",
        ]
    return "\n".join(lines)


def _score(noticed: int) -> str:
    lines = [
        f"**Saboteurs**: {noticed} of {len(MUTANTS)} faults planted in the fake are noticed by the checks.\n",
        '<details markdown="1"><summary>The planted faults</summary>\n',
        "| fault | broken rules |",
        "|---|---|",
        *(f"| {each.fault} | {', '.join(f'`{rule}`' for rule in each.breaks)} |" for each in MUTANTS),
        "\n</details>\n",
    ]
    return "\n".join(lines)


def _sources() -> str:
    lines = ["| source | evidence | what it is |", "|---|---|---|"]
    lines += [f"| `{source.id}` | {source.evidence} | {source.what} |" for source in sources()]
    return (
        "## Where it is from\n\nEach rule below cites one of these, and the place in it.\n\n" + "\n".join(lines) + "\n"
    )


def _inferred(report: CheckReport) -> str:
    found = [result.rule for result in report.results if result.rule.evidence == "inferred"]
    lines = [f"- {rule.rule} (`{rule.id}`: {rule.source})" for rule in found]
    return "\n".join([f"## What we only infer\n\n{len(found)} rules:\n", *lines]) + "\n"


def _table(results: list[RuleResult]) -> str:
    lines = ["| rule | evidence | source | tier | |", "|---|---|---|---|---|"]
    for rule in (result.rule for result in results):
        remarks = " ".join(filter(None, [rule.note, rule.unproved and f"No check: {rule.unproved}."]))
        cells = (f"{rule.rule} (`{rule.id}`)", rule.evidence, rule.source, rule.tier, remarks)
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
