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

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.plot import Point, bar


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
    what else the machine does. `size`: how many there were, where the values are for each of so many.
    """

    name: str
    values: Sequence[float] = ()
    baseline: Sequence[float] = ()
    cpu: Sequence[float] = ()
    cpu_baseline: Sequence[float] = ()
    size: int = 0

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
    """Rows of one unit. `ratio` names what they are compared with, `curve` how the whole grows with the rows' sizes."""

    title: str
    unit: str
    ratio: str
    rows: Sequence[Row]
    note: str = ""
    curve: str = ""

    @property
    def points(self) -> list[Point]:
        return [Point(row.size, row.size * row.value.median) for row in self.rows if row.size and row.value]

    def document(self) -> dict[str, Any]:
        rows = [row.document() for row in self.rows]
        return {"title": self.title, "unit": self.unit, "ratio": self.ratio, "rows": rows, "note": self.note}


def show(table: Table, console: Console) -> None:
    """Print `table`: medians, and half the width of the middle half of the samples."""
    first, *headers = _headers(table)
    shown = RichTable(title=table.title, title_justify="left", title_style="bold", caption=table.note or None)
    shown.caption_justify = "left"
    shown.add_column(first, no_wrap=True)
    for header in headers:
        drawn = header == table.curve
        shown.add_column(header, justify="left" if drawn else "right", no_wrap=drawn)
    for row in table.rows:
        shown.add_row(*_cells(table, row))
    console.print(shown)
    console.print()


def markdown(table: Table) -> str:
    """The same as `show` prints, in Markdown."""
    headers = _headers(table)
    ruler = ["---", *["---" if header == table.curve else "---:" for header in headers[1:]]]
    rows = [headers, ruler, *(_cells(table, row) for row in table.rows)]
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([f"### {table.title}", "", *lines, "", *([table.note, ""] if table.note else [])])


def save(tables: dict[str, list[Table]], seconds: dict[str, float], file: Path) -> None:
    """Write everything as JSON, with what it was measured on and the wall time of each benchmark."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "seconds": {name: round(spent, 1) for name, spent in seconds.items()},
        "benchmarks": {name: [table.document() for table in found] for name, found in tables.items()},
    }
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _headers(table: Table) -> list[str]:
    with_cpu = ["CPU µs", "CPU ratio"] if _has_cpu(table) else []
    return ["", table.unit, f"/ {table.ratio}", *with_cpu, *([table.curve] if table.curve else [])]


def _cells(table: Table, row: Row) -> list[str]:
    cpu = [_number(Spread.of(row.cpu).median) if row.cpu else "", _cell(row.cpu_ratio)] if _has_cpu(table) else []
    bars = [bar(point, table.points[0]) for point in table.points if point.size == row.size]
    return [row.name, _cell(row.value), _cell(row.ratio), *cpu, *bars]


def _has_cpu(table: Table) -> bool:
    return any(row.cpu for row in table.rows)


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
