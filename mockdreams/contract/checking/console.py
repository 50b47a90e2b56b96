"""What a run shows while it goes on: a line for each rule, in colour where Rich is installed."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click

from mockdreams.contract.checking.reports import story, summary
from mockdreams.contract.checking.runner import CheckReport, RuleResult

COLOURS = {"holds": "green", "broken": "red", "skipped": "yellow"}
ShowResult = Callable[[RuleResult], None]


def console(total: int) -> tuple[ShowResult, Callable[[CheckReport], None]]:
    """Something that tells of each result, and something that tells the end."""
    with suppress(ImportError):
        from rich.console import Console

        return _rich(Console(highlight=False, soft_wrap=True), total)
    return _plain(total)


def lines(result: RuleResult) -> list[str]:
    """A result in words: rule and reason on the first line, then what shows it."""
    reason = f"  ({result.words})" if result.outcome == "skipped" else ""
    first = f"{result.rule.id}: {result.rule.rule}{reason}"
    return [first, *(f"    {line}" for line in story(result).splitlines())] if result.outcome == "broken" else [first]


def end(report: CheckReport) -> list[str]:
    said = [f"{summary(report)}: {report.target}, tier {report.tier}"]
    if report.interrupted:
        said.append("interrupted; the rules after that were not run")
    return said + [f"could not be removed: {left}" for left in report.left]


def _rich(console: Any, total: int) -> tuple[ShowResult, Callable[[CheckReport], None]]:
    from rich.text import Text

    counted = iter(range(1, total + 1))

    def tell(result: RuleResult) -> None:
        text = Text(f"{next(counted):>4}/{total} ", style="dim")
        text.append(f"{result.outcome:<8}", style=COLOURS[result.outcome])
        text.append("\n".join(lines(result)), style="" if result.outcome != "skipped" else "dim")
        console.print(text)

    def tell_end(report: CheckReport) -> None:
        for line in end(report):
            console.print(Text(line, style="bold green" if report.holds else "bold red"))

    return tell, tell_end


def _plain(total: int) -> tuple[ShowResult, Callable[[CheckReport], None]]:
    counted = iter(range(1, total + 1))

    def tell(result: RuleResult) -> None:
        click.echo(f"{next(counted):>4}/{total} {result.outcome:<8}" + "\n".join(lines(result)))

    def tell_end(report: CheckReport) -> None:
        for line in end(report):
            click.echo(line)

    return tell, tell_end
