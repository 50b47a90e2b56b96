"""What a benchmark found: rows of samples, their medians, and their ratios to a baseline of the same rounds."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from rich.box import HEAVY_HEAD, MARKDOWN
from rich.console import Console
from rich.table import Table as RichTable


class Spread(NamedTuple):
    """The middle of some samples, and the span that holds the middle half of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(median(values), low, high)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured, or missing if it has no values. `baseline`: what it is compared with, round by round.

    `cpu`: microseconds of CPU that the serving process spent on one request; of all numbers the least disturbed by
    what else the machine does.
    """

    name: str
    values: Sequence[float] = ()
    baseline: Sequence[float] = ()
    cpu: Sequence[float] = ()
    cpu_baseline: Sequence[float] = ()

    @property
    def value(self) -> Spread | None:
        return Spread.of(self.values) if self.values else None

    @property
    def ratio(self) -> Spread | None:
        return _ratio(self.values, self.baseline)

    @property
    def cpu_ratio(self) -> Spread | None:
        return _ratio(self.cpu, self.cpu_baseline)

    def document(self) -> dict[str, Any]:
        found = {
            "value": self.value,
            "ratio": self.ratio,
            "cpu_us": Spread.of(self.cpu) if self.cpu else None,
            "cpu_ratio": self.cpu_ratio,
        }
        return {"name": self.name, **{key: spread and spread._asdict() for key, spread in found.items()}}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one unit. `ratio` names what they are compared with."""

    title: str
    unit: str
    ratio: str
    rows: Sequence[Row]
    note: str = ""

    def document(self) -> dict[str, Any]:
        rows = [row.document() for row in self.rows]
        return {"title": self.title, "unit": self.unit, "ratio": self.ratio, "rows": rows, "note": self.note}


def show(table: Table, console: Console, *, markdown: bool = False) -> None:
    """Print `table`: medians, and half the width of the middle half of the samples."""
    shown = RichTable(box=MARKDOWN if markdown else HEAVY_HEAD)
    if not markdown:
        shown.title, shown.title_justify, shown.title_style = table.title, "left", "bold"
        shown.caption, shown.caption_justify = table.note or None, "left"
    shown.add_column("", no_wrap=True)
    shown.add_column(table.unit, justify="right")
    shown.add_column(f"/ {table.ratio}", justify="right")
    with_cpu = any(row.cpu for row in table.rows)
    if with_cpu:
        shown.add_column("CPU µs", justify="right")
        shown.add_column("CPU ratio", justify="right")
    for row in table.rows:
        cells = [row.name, _cell(row.value), _cell(row.ratio)]
        if with_cpu:
            cells += [_number(Spread.of(row.cpu).median) if row.cpu else "", _cell(row.cpu_ratio)]
        shown.add_row(*cells)
    if markdown:
        print(f"### {table.title}\n")
    console.print(shown)
    if markdown and table.note:
        print(f"\n{table.note}")
    console.print()


def save(tables: dict[str, list[Table]], file: Path) -> None:
    """Write everything as JSON, with what it was measured on."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "benchmarks": {name: [table.document() for table in found] for name, found in tables.items()},
    }
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _ratio(values: Sequence[float], baseline: Sequence[float]) -> Spread | None:
    if not baseline or not any(baseline):
        return None
    return Spread.of([value / base for value, base in zip(values, baseline, strict=True)])


def _cell(spread: Spread | None) -> str:
    if spread is None:
        return ""
    around = (spread.high - spread.low) / 2 / spread.median if spread.median else 0
    return f"{_number(spread.median)} ±{around:.0%}" if around else _number(spread.median)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
