"""Graded forms for a generated world: what a dream is judged by, with labels that say what should become of each."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from mockdreams.data import folder
from mockdreams.generating.memories import SourceMemory
from mockdreams.generating.source_sessions import SourceSession
from mockdreams.generating.templates import RandomSource

T = TypeVar("T")
Pair = tuple[str, str]

# Of a series there are so many pages, each with another of the values.
SERIES = 3
FIRST_DAY = date(2025, 1, 6)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(_Form):
    """A statement that no longer holds, and the one that says so, in a form."""

    form: str
    stale: str
    current: str


class Said(Told):
    """The same, where a user `says` so: `current` is what holds then, and it is `about` these stems."""

    says: str
    about: tuple[str, ...]


class Records(_Form):
    """Pages of one form. Those of a series have one value the `same`, and differ in the others."""

    path: str
    owner: tuple[str, ...]
    page: str
    same: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]


class Wish(_Form):
    about: tuple[str, ...]
    any: tuple[str, ...]


class GradedTemplates(_Form):
    """What is in `fixtures/recipes/graded.yaml`."""

    names: tuple[str, ...]
    pages: tuple[str, ...]
    near: dict[str, tuple[Pair, ...]]
    apart: dict[str, tuple[Pair, ...]]
    told: tuple[Told, ...]
    said: tuple[Said, ...]
    records: tuple[Records, ...]
    words: tuple[str, ...]
    blocks: tuple[str, ...]
    wishes: tuple[Wish, ...]


class Graded:
    """`count` of each form. Its memories and sessions are beside those of the world that they are added to."""

    def __init__(self, draw: RandomSource, count: int) -> None:
        text = (folder("fixtures") / "recipes" / "graded.yaml").read_text("utf-8") if count else ""
        self.memories: list[SourceMemory] = []
        self.sessions: list[SourceSession] = []
        self.labels: dict[str, list[Any]] = {}
        self._draw = draw
        if count:
            self._templates = GradedTemplates.model_validate(
                yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            )
            for number in range(count):
                self._add(number)
            for wish in self._templates.wishes[:count]:
                self._wish(wish)

    def _add(self, number: int) -> None:
        templates = self._templates
        for level, pairs in templates.near.items():
            one, other = self._pair(_turn(pairs, number), f"near-{level.replace(' ', '-')}-{number}", number)
            self._label("near", level=level, any=[one, other])
        for kind, pairs in templates.apart.items():
            one, other = self._pair(_turn(pairs, number), f"apart-{kind}-{number}", number)
            self._label("apart", kind=kind, one=one, other=other)
        self._told(_turn(templates.told, number), number)
        self._said(_turn(templates.said, number), number)
        for path, owner, content in self._series(_turn(templates.records, number), number):
            self._write(path, content)
            self._label("records", owner=owner, path=path, values=_values(content))
        block = _turn(templates.blocks, number)
        for page in ("first", "second"):
            path = f"/pages/{page}-{number}.md"
            self._write(path, f"# {page.capitalize()} page {number}\n\nSee below.\n\n{block}")
            self._label("blocks", path=path, text=block)

    def _pair(self, pair: Pair, name: str, number: int) -> tuple[str, str]:
        """Write down a pair of sentences in two places, the second later."""
        who = self._draw.new(self._templates.names)
        one, other = (sentence.format(name=who) for sentence in pair)
        earlier, later = self._draw.moments(2)
        pages = self._templates.pages
        self._write(f"/graded/first/{name}.md", _turn(pages, number).format(text=one), earlier)
        self._write(f"/graded/second/{name}.md", _turn(pages, number + 1).format(text=other), later)
        return one, other

    def _told(self, told: Told, number: int) -> None:
        stale, current = self._pair((told.stale, told.current), f"told-{number}", number)
        where, newer = (memory.path for memory in self.memories[-2:])
        row = {"form": told.form, "stale": stale, "in": where, "current": current, "path": newer, "evidence": newer}
        self._label("contradictions", **row)

    def _said(self, said: Said, number: int) -> None:
        who = self._draw.new(self._templates.names)
        stale, says, current = (text.format(name=who) for text in (said.stale, said.says, said.current))
        path, (noted, later) = f"/graded/said-{number}.md", self._draw.moments(2)
        self._write(path, _turn(self._templates.pages, number).format(text=stale), noted)
        title = self._session("Change", says, later)
        row = {"form": said.form, "about": [*said.about, *who.split()], "stale": stale, "in": path}
        self._label("contradictions", **row, current=current, path=path, evidence=title)

    def _wish(self, wish: Wish) -> None:
        moments = self._draw.moments(len(wish.any))
        titles = [self._session("Wish", wording, when) for wording, when in zip(wish.any, moments, strict=True)]
        row = {"text": wish.any[0], "any": list(wish.any), "about": list(wish.about)}
        self._label("insights", **row, sessions=len(titles), titles=titles)

    def _session(self, kind: str, words: str, when: float) -> str:
        session = SourceSession(f"{kind} {len(self.sessions) + 1}", when, [(words, "Noted.")])
        self.sessions.append(session)
        return session.title

    def _series(self, records: Records, number: int) -> Iterator[tuple[str, list[str], str]]:
        """The pages of a series: path, whose they are, content."""
        for place in range(SERIES):
            count = SERIES * number + place
            again, words = count // len(self._templates.words), self._templates.words
            of = {
                "key": f"{10 + count}",
                "day": FIRST_DAY + timedelta(weeks=count),
                "word": _turn(words, count) + (f"-{again}" if again else ""),
            }
            values = {"same": _turn(records.same, number)}
            values |= {"first": _turn(records.first, place), "second": _turn(records.second, place)}
            yield (
                records.path.format(**of),
                [stem.format(**of) for stem in records.owner],
                records.page.format(**of, **values),
            )

    def _write(self, path: str, content: str, when: float | None = None) -> None:
        self.memories.append(SourceMemory(path, content, self._draw.moments(1)[0] if when is None else when))

    def _label(self, key: str, /, **row: Any) -> None:
        self.labels.setdefault(key, []).append(row)


def _turn(of: Sequence[T], number: int) -> T:
    """One after the other, and again from the first."""
    return of[number % len(of)]


def _values(content: str) -> list[str]:
    """The lines of a page that say something, without its headings and rules."""
    return [line for line in content.splitlines() if line.strip("|- ") and not line.startswith("#")]
