"""Plots, made into SVG here: no script is needed to see them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 600, 120, 6
MOST_POINTS = 200


class UsagePoint(NamedTuple):
    """What had been used by then; no cost for a model that has no price."""

    at: datetime
    tokens: int
    cost: Decimal | None


def usage_plot(points: Sequence[UsagePoint], of: str) -> Markup:
    """Tokens or cost over time, as a line that rises in steps."""
    values = [float(getattr(point, of) or 0) for point in points]
    most = values[-1] or 1.0
    last = f"{points[-1].tokens:,} tokens" if of == "tokens" else f"${points[-1].cost or 0:.4f}"
    told = f"{of}, rising to {last} at {points[-1].at:%H:%M:%S}"
    return Markup(
        '<svg class="plot {of}" viewBox="0 0 {width} {height}" role="img" aria-label="{told}" '
        'preserveAspectRatio="none"><title>{told}</title><path class="area" d="{line} V{floor} H{edge} Z"/>'
        '<path class="line" d="{line}"/></svg>'
    ).format(
        of=of,
        width=WIDTH,
        height=HEIGHT,
        told=told,
        line=_line(points, values, most),
        floor=HEIGHT - EDGE,
        edge=EDGE,
    )


def _line(points: Sequence[UsagePoint], values: Sequence[float], most: float) -> str:
    begin, end = points[0].at, points[-1].at
    span = (end - begin).total_seconds() or 1.0
    step = max(1, len(points) // MOST_POINTS)
    chosen = sorted({*range(0, len(points), step), len(points) - 1})
    told = [f"M{EDGE} {HEIGHT - EDGE}"]
    for index in chosen:
        x = EDGE + (points[index].at - begin).total_seconds() / span * (WIDTH - 2 * EDGE)
        y = HEIGHT - EDGE - values[index] / most * (HEIGHT - 2 * EDGE)
        told.append(f"H{x:.1f} V{y:.1f}")
    return " ".join(told)
