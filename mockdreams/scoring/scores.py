"""What is told about a dream: figures by name, and what is behind those that are not perfect."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr


@dataclass(frozen=True, slots=True)
class Miss:
    """Something a dream did not do as it should: of which kind, to which text, where that stood, what it may be now.

    `grade` is what the label says about its row: in what two wordings differ, how a change is told.
    """

    kind: str
    text: str
    path: str = ""
    became: str = ""
    grade: str = ""

    def __str__(self) -> str:
        became = f" -> {' '.join(self.became.split())}" if self.became else ""
        grade = f" ({self.grade})" if self.grade else ""
        return f"{self.kind}{grade}: {self.path}: {' '.join(self.text.split())}{became}"

    @property
    def figures(self) -> tuple[str, str]:
        """The figures that it lowers: that of its kind, and that of its kind and grade."""
        return self.kind, graded(self.kind, self.grade)


@dataclass(frozen=True, slots=True)
class Score:
    """Figures by name, and what is behind those that are not perfect.

    Of several dreams over the same, the figures are the means, and `ranges` the lowest and the highest of each.
    """

    figures: Mapping[str, float]
    misses: tuple[Miss, ...]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of_several(cls, scores: Sequence["Score"]) -> "Score":
        """The means and ranges of several scores, and what any of them missed."""
        values = {name: [score.figures[name] for score in scores] for name in scores[0].figures}
        return cls(
            {name: round(sum(each) / len(each), 4) for name, each in values.items()},
            tuple(dict.fromkeys(miss for score in scores for miss in score.misses)),
            {name: (min(each), max(each)) for name, each in values.items()},
        )

    def line(self) -> str:
        return "  ".join(f"{name} {self.told(name)}" for name in self.figures)

    def told(self, name: str) -> str:
        """A figure, with its range if it is a mean."""
        low, high = self.ranges.get(name, (0.0, 0.0))
        return f"{self.figures[name]:g}" + (f" ({low:g} to {high:g})" if name in self.ranges else "")

    def json(self) -> str:
        misses = [
            {"kind": miss.kind, "text": miss.text, "path": miss.path}
            | {name: value for name in ("became", "grade") if (value := getattr(miss, name))}
            for miss in self.misses
        ]
        told: dict[str, Any] = {"figures": dict(self.figures)}
        told |= {"ranges": dict(self.ranges)} if self.ranges else {}
        return json.dumps(told | {"misses": misses}, ensure_ascii=False, indent=2)

    def junit(self) -> str:
        by_kind: dict[str, list[Miss]] = defaultdict(list)
        for miss in self.misses:
            by_kind[miss.kind].append(miss)
        cases = [
            f'<testcase classname="dream" name={quoteattr(kind)}><failure message={quoteattr(f"{len(missed)} {kind}")}>'
            + "".join(f"{_xml(str(miss).partition(': ')[2])}\n" for miss in missed)
            + "</failure></testcase>"
            for kind, missed in by_kind.items()
        ]
        missed = {name for miss in self.misses for name in miss.figures}
        cases += [
            f'<testcase classname="dream" name={quoteattr(name)}/>' for name in self.figures if name not in missed
        ]
        head = f'<testsuite name="mockdreams score" tests="{len(cases)}" failures="{len(by_kind)}">'
        return f"{head}{''.join(cases)}</testsuite>\n"

    def markdown(self) -> str:
        """The figures as a table, and the misses as a list."""
        rows = [f"| {name} | {self.told(name)} |\n" for name in self.figures]
        missed = [f"- {miss.kind}: `{miss.path}` {' '.join(miss.text.split())}\n" for miss in self.misses]
        return "".join(("| figure | value |\n", "|---|---|\n", *rows, *(["\n", *missed] if missed else ())))

    def worse_than(self, baseline: Mapping[str, float]) -> dict[str, tuple[float, float]]:
        """The figures that got worse, with what they were and what they are."""
        known = {name: (baseline[name], value) for name, value in self.figures.items() if name in baseline}
        return {name: (was, now) for name, (was, now) in known.items() if (now > was if name in COUNTS else now < was)}

    def below(self, limits: Mapping[str, float]) -> list[str]:
        """The limits that are not met: a count may not be above, a share not below. KeyError for no figure."""
        return [
            name
            for name, limit in limits.items()
            if (self.figures[name] > limit if name in COUNTS else self.figures[name] < limit)
        ]


COUNTS = frozenset("gone unsure tokens_gone invented markup torn misattributed wrong_merges".split())
"""Figures of which less is better."""


def graded(name: str, grade: str) -> str:
    """The name of a figure for the rows of one grade: "near_function_words"."""
    return "_".join((name, *grade.split()))


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
