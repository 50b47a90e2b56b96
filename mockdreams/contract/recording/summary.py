"""What a replay shows: a line for each exchange, in colour where Rich is installed, and the report as JSON."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import click

from mockdreams.contract.recording.comparison import Mismatch
from mockdreams.contract.recording.replay import ReplayReport, ReplayResult
from mockdreams.secrets import mask_json

COLOURS = {"same": "green", "differs": "red", "skipped": "yellow"}


def console() -> Callable[[str, str, str], None]:
    """Something that shows a word in the colour of an outcome, with what comes before and after it."""
    with suppress(ImportError):
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False, soft_wrap=True)
        return lambda before, word, after: console.print(
            Text(before, style="dim").append(word, style=COLOURS.get(word.strip(), "bold")).append(after)
        )
    return lambda before, word, after: click.echo(before + word + after)


def line(result: ReplayResult) -> tuple[str, str, str]:
    """An exchange: its number, what came of it, and in words what differs."""
    words = f"  ({result.words})" if result.words else ""
    found = "".join(f"\n          {_masked(each)}" for each in result.found)
    return f"{result.number:>4} ", f"{result.outcome:<8}", f"{result.call}{words}{found}"


def end(report: ReplayReport) -> list[str]:
    counts = ", ".join(f"{report.count(outcome)} {outcome}" for outcome in ("same", "differs", "skipped"))
    said = [f"{counts}: {report.cassette} against {report.target}"]
    if report.interrupted:
        said.append("interrupted; what comes after that was not sent")
    return said + [f"could not be removed: {left}" for left in report.left]


def _masked(found: Mismatch) -> Mismatch:
    """A difference without the secrets in what was answered."""
    field = found.place.rpartition(".")[2].partition("[")[0]
    return replace(
        found, recorded=mask_json(found.recorded, name=field), answered=mask_json(found.answered, name=field)
    )


def as_json(report: ReplayReport) -> str:
    listed: list[dict[str, Any]] = [
        {
            "exchange": result.number,
            "call": result.call,
            "outcome": result.outcome,
            "words": result.words,
            "differences": [vars(_masked(each)) for each in result.found],
        }
        for result in report.results
    ]
    whole = {
        "target": report.target,
        "cassette": report.cassette,
        "same": report.same,
        "interrupted": report.interrupted,
        "left": report.left,
        "exchanges": listed,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2, default=repr) + "\n"
