"""Graded forms for a generated world: what a dream is judged by, with labels that say what should become of each."""

from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from mockdreams.data import folder
from mockdreams.generating.memories import SourceMemory
from mockdreams.generating.source_sessions import SourceSession
from mockdreams.generating.templates import RandomSource

Pair = tuple[str, str]


class Records(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    results: tuple[str, ...]
    remarks: tuple[str, ...]


class GradedTemplates(BaseModel):
    """What is in `fixtures/recipes/graded.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...]
    near: dict[str, tuple[Pair, ...]]
    apart: dict[str, Pair]
    told: tuple[Pair, ...]
    records: Records
    blocks: tuple[str, ...]
    wishes: tuple[tuple[str, ...], ...]


class Graded:
    """`count` of each form. Its memories and sessions are beside those of the world that they are added to."""

    def __init__(self, draw: RandomSource, count: int) -> None:
        text = (folder("fixtures") / "recipes" / "graded.yaml").read_text("utf-8") if count else ""
        self.memories: list[SourceMemory] = []
        self.sessions: list[SourceSession] = []
        self.labels: dict[str, list[Any]] = {}
        self._draw = draw
        if count:
            self._templates = GradedTemplates.model_validate(yaml.safe_load(text))
            for number in range(count):
                self._add(number)
            self._wish(count)

    def _add(self, number: int) -> None:
        for level, pairs in self._templates.near.items():
            one, other = self._pair(pairs[number % len(pairs)], f"near-{level}-{number}")
            self._label("near", level=level, any=[one, other])
        for kind, pair in self._templates.apart.items():
            one, other = self._pair(pair, f"apart-{kind}-{number}")
            self._label("apart", kind=kind, one=one, other=other)
        stale, current = self._pair(self._templates.told[number % len(self._templates.told)], f"told-{number}")
        (where, newer) = (memory.path for memory in self.memories[-2:])
        row = {"stale": stale, "in": where, "current": current, "path": newer, "evidence": newer}
        self._label("contradictions", **row)
        for values in self._records(number):
            run = f"run-{number}-{len(self.labels.get('records', ()))}"
            path, lines = f"/runs/{run}.md", "".join(f"- {value}\n" for value in values)
            self._write(path, f"# {run.capitalize()}\n\n{lines}")
            self._label("records", owner=[run], path=path, values=values)
        block, path = self._templates.blocks[number % len(self._templates.blocks)], f"/pages/page-{number}.md"
        self._write(path, f"# Page {number}\n\nSee below.\n\n{block}")
        self._label("blocks", path=path, text=block)

    def _pair(self, pair: Pair, name: str) -> tuple[str, str]:
        """Write down a pair of sentences in two places, the second later."""
        who = self._draw.new(self._templates.names)
        one, other = (sentence.format(name=who) for sentence in pair)
        earlier, later = self._draw.moments(2)
        self._write(f"/graded/first/{name}.md", f"- {one}\n", earlier)
        self._write(f"/graded/second/{name}.md", f"- {other}\n", later)
        return one, other

    def _records(self, number: int) -> Iterator[list[str]]:
        for result, remark in zip(self._templates.records.results[:3], self._templates.records.remarks, strict=False):
            yield [f"Temperature: {60 + number} °C", f"Result: {result}", f"Remark: {remark}"]

    def _wish(self, count: int) -> None:
        for wordings in self._templates.wishes[:count]:
            titles = []
            for wording, when in zip(wordings, self._draw.moments(len(wordings)), strict=True):
                session = SourceSession(f"Wish {len(self.sessions) + 1}", when, [(wording, "Noted.")])
                self.sessions.append(session)
                titles.append(session.title)
            self._label("insights", text=wordings[0], any=list(wordings), sessions=len(titles), titles=titles)

    def _write(self, path: str, content: str, when: float | None = None) -> None:
        self.memories.append(SourceMemory(path, content, self._draw.moments(1)[0] if when is None else when))

    def _label(self, key: str, /, **row: Any) -> None:
        self.labels.setdefault(key, []).append(row)
