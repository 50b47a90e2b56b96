"""Today's ratios beside those of a run that was saved with `--json`."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.report import Spread, Table

Tables = dict[str, list[dict[str, Any]]]


class SavedRun(NamedTuple):
    """What `--json` has written: the tables of each benchmark, and what they were measured on."""

    measured_on: str
    tables: Tables

    @classmethod
    def read(cls, file: Path) -> "SavedRun":
        """Raises OSError, or ValueError for what is no such run."""
        document = json.loads(file.read_text("utf-8"))
        try:
            told = f"{document['at']}, Python {document['python']}, {document['platform']}, {document['cpus']} CPUs"
            run = cls(told, document["benchmarks"])
            dict(_ratios(run.tables))
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"{file} is no run that --json has written") from wrong
        return run


class Change(NamedTuple):
    """A ratio then and now."""

    table: str
    row: str
    then: Spread
    now: Spread

    @property
    def percent(self) -> float:
        return (self.now.median / self.then.median - 1) * 100

    @property
    def moved(self) -> bool | None:
        """Whether the middle halves of the samples lie apart; None if there was but one sample."""
        if self.then.low == self.then.high or self.now.low == self.now.high:
            return None
        return self.now.low > self.then.high or self.now.high < self.then.low


def changes(then: SavedRun, found: dict[str, list[Table]]) -> list[Change]:
    """Every ratio that both runs have, but those of what is the measure itself."""
    today = {name: [table.document() for table in tables] for name, tables in found.items()}
    before = dict(_ratios(then.tables))
    return [
        Change(key[1], key[-1], before[key], ratio)
        for key, ratio in _ratios(today)
        if key in before and before[key].median and {ratio, before[key]} != {Spread(1, 1, 1)}
    ]


def show_changes(then: SavedRun, found: dict[str, list[Table]], console: Console) -> None:
    """Print each ratio then and now; those whose middle halves lie apart are marked."""
    shown = RichTable(title=f"Beside the run of {then.measured_on}", title_justify="left", title_style="bold")
    shown.caption = "moved: the middle halves of both runs' samples lie apart; one sample: that cannot be said"
    shown.caption_justify = "left"
    for header in ("table, without its numbers", ""):
        shown.add_column(header, overflow="fold")
    for header in ("then", "now", "change", "moved"):
        shown.add_column(header, justify="right", no_wrap=True)
    for each in changes(then, found):
        mark = {True: "moved", False: "", None: "one sample"}[each.moved]
        shown.add_row(
            each.table,
            each.row,
            f"{each.then.median:.3g}",
            f"{each.now.median:.3g}",
            f"{each.percent:+.0f} %",
            mark,
            style="bold" if each.moved else None,
        )
    console.print(shown)


def _ratios(tables: Tables) -> Iterator[tuple[tuple[str, str, int, str], Spread]]:
    """The ratios by where they are. Numbers in a title are left out: it tells how many routes or bytes there are."""
    for benchmark, documents in tables.items():
        seen: Counter[str] = Counter()
        for document in documents:
            title = re.sub(r"\d[\d,.]*", "", document["title"])
            seen[title] += 1
            for row in document["rows"]:
                for name, ratio in _of_row(row):
                    yield (benchmark, title, seen[title], name), ratio


def _of_row(row: dict[str, Any]) -> Iterable[tuple[str, Spread]]:
    for key, name in (("ratio", row["name"]), ("cpu_ratio", f"{row['name']}, CPU")):
        if row[key] is not None:
            yield name, Spread(**row[key])
