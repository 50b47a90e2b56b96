"""Growth as a picture: what each size costs beside the smallest, and the line of growth in proportion."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

WIDTH, HEIGHT, MARGIN = 560, 340, 50
INK, COLORS = "#8a8a8a", ("#5c6bc0", "#e08a2c")
"""They can be read on a light page and on a dark one."""


class Point(NamedTuple):
    """What a size costs, in any unit."""

    size: int
    cost: float


def bar(point: Point, first: Point) -> str:
    """The cost beside that of the first."""
    ratio = point.cost / first.cost
    return f"{'█' * round(ratio)} {ratio:.1f}"


def svg(sizes: str, curves: Mapping[str, Sequence[Point]]) -> str:
    """A picture of curves by name, all of the same `sizes`."""
    first, *_, last = [point.size for point in next(iter(curves.values()))]
    proportion = {point.size: point.size / first for curve in curves.values() for point in curve}
    relative = {name: [Point(each.size, each.cost / curve[0].cost) for each in curve] for name, curve in curves.items()}
    most = max(*proportion.values(), *(point.cost for curve in relative.values() for point in curve))

    def at(size: float, cost: float) -> tuple[int, int]:
        x = MARGIN + (WIDTH - 2 * MARGIN) * size / last
        return round(x), round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * cost / most)

    def line(points: Sequence[tuple[float, float]], look: str) -> str:
        places = " ".join("{},{}".format(*at(*point)) for point in points)
        return f'<polyline points="{places}" fill="none" {look}/>'

    def words(x: int, y: int, text: str, look: str = f'fill="{INK}" text-anchor="middle"') -> str:
        return f'<text x="{x}" y="{y}" {look}>{text}</text>'

    thin = f'stroke="{INK}" stroke-width="0.5"'
    drawn = [line([(0, most), (0, 0), (last, 0)], thin)]
    for size, cost in proportion.items():
        (x, y), (left, bottom) = at(size, cost), at(0, 0)
        drawn += [words(x, bottom + 18, f"{size:,}"), words(left - 18, y + 4, f"{cost:g}")]
    drawn.append(words(WIDTH // 2, HEIGHT - 8, sizes))
    drawn.append(line([(0, 0), (last, proportion[last])], f'{thin} stroke-dasharray="6 4"'))
    named = [("in proportion", INK), *zip(relative, COLORS, strict=False)]
    drawn += [words(MARGIN + 20, 40 + 20 * row, name, f'fill="{color}"') for row, (name, color) in enumerate(named)]
    for color, curve in zip(COLORS, relative.values(), strict=False):
        drawn.append(line(curve, f'stroke="{color}" stroke-width="2"'))
        drawn += ['<circle cx="{}" cy="{}" r="3" fill="{}"/>'.format(*at(*point), color) for point in curve]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
    return "\n".join([f'{head}font-size="13">', *drawn, "</svg>", ""])
