"""A report as a file: JUnit for CI, JSON for programs, Markdown for people."""

import json
from itertools import groupby
from xml.etree import ElementTree as ET

from mockdreams.contract.checking.runner import CheckReport, RuleResult


def as_junit(report: CheckReport) -> str:
    suite = ET.Element(
        "testsuite",
        name=f"mockdreams contract: {report.target}",
        tests=str(len(report.results)),
        failures=str(report.count("broken")),
        skipped=str(report.count("skipped")),
        errors="0",
    )
    for result in report.results:
        case = ET.SubElement(
            suite, "testcase", classname=result.topic, name=result.rule.id, time=f"{result.seconds:.3f}"
        )
        if result.outcome == "broken":
            ET.SubElement(case, "failure", message=result.words).text = _printable(story(result))
        elif result.outcome == "skipped":
            ET.SubElement(case, "skipped", message=result.words)
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def as_json(report: CheckReport) -> str:
    listed = [
        {
            "id": result.rule.id,
            "rule": result.rule.rule,
            "tier": result.rule.tier,
            "evidence": result.rule.evidence,
            "outcome": result.outcome,
            "words": result.words,
            "shown": result.shown,
            "seconds": round(result.seconds, 3),
        }
        for result in report.results
    ]
    whole = {
        "target": report.target,
        "tier": report.tier,
        "interrupted": report.interrupted,
        "left": report.left,
        "rules": listed,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def as_markdown(report: CheckReport) -> str:
    lines = [f"# The contract against {report.target}", "", f"Tier `{report.tier}`: {summary(report)}.", ""]
    broken = [result for result in report.results if result.outcome == "broken"]
    for result in broken:
        lines += [f"**`{result.rule.id}`** {result.rule.rule}", "", "```", story(result), "```", ""]
    for topic, group in groupby(report.results, key=lambda result: result.topic):
        lines += [f"## {topic}", "", "| rule | | evidence | |", "|---|---|---|---|"]
        for result in group:
            words = f"{result.outcome}: {result.words}" if result.words else result.outcome
            cells = (f"`{result.rule.id}`", result.rule.rule, result.rule.evidence, words)
            lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
        lines.append("")
    return "\n".join(lines)


def summary(report: CheckReport) -> str:
    return ", ".join(f"{report.count(outcome)} {outcome}" for outcome in ("holds", "broken", "skipped"))


def story(result: RuleResult) -> str:
    """Why a rule counts as broken."""
    return f"{result.words}\n{result.shown}".strip()


def _printable(text: str) -> str:
    """XML knows no control characters."""
    return "".join(char if char >= " " or char in "\n\t" else "�" for char in text)
