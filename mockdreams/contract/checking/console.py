"""What a run shows: the broken rules as they are found, then the unproved, and counts; or a line for each rule."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click

from mockdreams.contract.checking.reports import story, summary
from mockdreams.contract.checking.runner import CheckReport, RuleResult

COLOURS = {"holds": "green", "broken": "red", "skipped": "yellow"}
ShowResult = Callable[[RuleResult], None]


def console(total: int, verbose: bool = False) -> tuple[ShowResult, Callable[[CheckReport], None]]:
    """Something that tells of each result, and something that tells the end."""
    with suppress(ImportError):
        from rich.console import Console

        return _rich(Console(highlight=False, soft_wrap=True), total, verbose)
    return _plain(total, verbose)


def lines(result: RuleResult) -> list[str]:
    """A result in words: rule and reason on the first line, then what shows it."""
    reason = f"  ({result.words})" if result.outcome == "skipped" else ""
    first = f"{result.rule.id}: {result.rule.rule}{reason}"
    return [first, *(f"    {line}" for line in story(result).splitlines())] if result.outcome == "broken" else [first]


def unproved(report: CheckReport) -> list[str]:
    """The rules of the tier that nothing was found out about, each with the reason."""
    left = [each for each in report.results if each.outcome == "skipped" and each.words != f"tier {each.rule.tier}"]
    return [f"unproved {result.rule.id}: {result.words}" for result in left]


def end(report: CheckReport) -> list[str]:
    said = [f"{summary(report)}: {report.target}, tier {report.tier}"]
    if report.interrupted:
        said.append("interrupted; the rules after that were not run")
    return said + [f"could not be removed: {left}" for left in report.left]


def _rich(console: Any, total: int, verbose: bool) -> tuple[ShowResult, Callable[[CheckReport], None]]:
    from rich.text import Text

    counted = iter(range(1, total + 1))

    def tell(result: RuleResult) -> None:
        number = next(counted)
        if not verbose and result.outcome != "broken":
            if console.is_terminal:
                console.print(Text(f"{number:>4}/{total}", style="dim"), end="\r")
            return
        text = Text(f"{number:>4}/{total} ", style="dim")
        text.append(f"{result.outcome:<8}", style=COLOURS[result.outcome])
        text.append("\n".join(lines(result)), style="" if result.outcome != "skipped" else "dim")
        console.print(text)

    def tell_end(report: CheckReport) -> None:
        for line in () if verbose else unproved(report):
            console.print(Text(line, style="yellow"))
        for line in end(report):
            console.print(Text(line, style="bold green" if report.holds else "bold red"))

    return tell, tell_end


def _plain(total: int, verbose: bool) -> tuple[ShowResult, Callable[[CheckReport], None]]:
    counted = iter(range(1, total + 1))

    def tell(result: RuleResult) -> None:
        number = next(counted)
        if verbose or result.outcome == "broken":
            click.echo(f"{number:>4}/{total} {result.outcome:<8}" + "\n".join(lines(result)))

    def tell_end(report: CheckReport) -> None:
        for line in [*([] if verbose else unproved(report)), *end(report)]:
            click.echo(line)

    return tell, tell_end
