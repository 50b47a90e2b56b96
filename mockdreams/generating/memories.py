"""The memories of a generated world: some worth keeping, and a share of copies, stale notes and noise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mockdreams.generating.templates import Changeable, RandomSource, Templates, reworded

# Of how many memories, at messiness 1, each kind of mess is made.
DUPLICATES, NEAR_DUPLICATES, CONTRADICTIONS, NOISE = 0.2, 0.2, 0.15, 0.15


@dataclass(eq=False)
class SourceFact:
    """What an original says. `values` holds all that was true of it, oldest first, if it is one that changes."""

    text: str
    name: str
    changeable: Changeable | None = None
    values: list[str] = field(default_factory=list)
    wordings: list[str] = field(default_factory=list)

    def with_value(self, value: str) -> str:
        assert self.changeable is not None
        return self.changeable.text.format(name=self.name, value=value)

    def label(self) -> Any:
        others = [wording for wording in dict.fromkeys(self.wordings) if wording != self.text]
        return {"any": [self.text, *others]} if others else self.text


@dataclass(eq=False)
class SourceMemory:
    """A memory; `when` is its place in time, from 0 to 1."""

    path: str
    content: str
    when: float = 0


@dataclass(eq=False)
class OriginalMemory(SourceMemory):
    """A memory worth keeping, and what was made of it. `changed` is the fact that a stale note contradicts."""

    facts: list[SourceFact] = field(default_factory=list)
    duplicates: list[SourceMemory] = field(default_factory=list)
    near_duplicates: list[SourceMemory] = field(default_factory=list)
    stale: SourceMemory | None = None
    changed: SourceFact | None = None

    @property
    def copied(self) -> bool:
        return bool(self.duplicates or self.near_duplicates)

    def history(self) -> list[SourceMemory]:
        """The memory and what was made of it, oldest first."""
        return [*([self.stale] if self.stale else []), self, *self.duplicates, *self.near_duplicates]


class Memories:
    """`count` memories. Without mess each is an original."""

    def __init__(self, draw: RandomSource, templates: Templates, count: int, messiness: float) -> None:
        self._draw = draw
        self._templates = templates
        self._paths: set[str] = set()
        # A share that would be whole but for a rounding error is.
        shares = (DUPLICATES, NEAR_DUPLICATES, CONTRADICTIONS, NOISE)
        duplicates, near, stale, noise = (int(count * messiness * share + 1e-9) for share in shares)
        self.originals = [self._original() for _ in range(count - duplicates - near - stale - noise)]
        self.changed = draw.some(self.originals, stale, stale)
        for original in self.changed:
            self._contradict(original)
        for _ in range(duplicates):
            original = draw.one(self.originals)
            original.duplicates.append(SourceMemory(self._path("/archive", original.path), original.content))
        for _ in range(near):
            original = draw.one(self.originals)
            original.near_duplicates.append(self._reworded(original))
        self.noise = [self._noise() for _ in range(noise)]

    def __iter__(self) -> Iterator[SourceMemory]:
        for original in self.originals:
            yield from original.history()
        yield from self.noise

    def _original(self) -> OriginalMemory:
        kind = self._draw.one(self._templates.kinds)
        name = self._draw.new(kind.names)
        facts = [self._changeable(name, fact) for fact in self._draw.some(kind.facts, 1, 3)]
        facts += [SourceFact(text.format(name=name), name) for text in self._draw.some(kind.lasting, 1, 2)]
        lines = [fact.text for fact in facts]
        content = f"# {name}\n\n{self._draw.one([_listed, _told])(lines)}"
        return OriginalMemory(self._path(kind.folder, name), content, facts=facts)

    def _changeable(self, name: str, changeable: Changeable) -> SourceFact:
        value = self._draw.text(changeable.values)
        return SourceFact(changeable.text.format(name=name, value=value), name, changeable, [value])

    def _contradict(self, original: OriginalMemory) -> None:
        fact = self._draw.one([fact for fact in original.facts if fact.changeable])
        older = self.other_value(fact)
        fact.values.insert(0, older)
        original.changed = fact
        original.stale = SourceMemory(self._path("/notes", fact.name), f"{fact.with_value(older)}\n")

    def other_value(self, fact: SourceFact) -> str:
        """A value that a fact has never had."""
        assert fact.changeable is not None
        return self._draw.new(fact.changeable.values, instead_of=fact.values)

    def _reworded(self, original: OriginalMemory) -> SourceMemory:
        lines = []
        for fact in original.facts:
            lines.append(reworded(self._draw.one(self._templates.rewordings), fact.text, fact.name))
            fact.wordings.append(lines[-1])
        return SourceMemory(self._path("/inbox", original.path), _listed(lines))

    def _noise(self) -> SourceMemory:
        lines = [self._draw.text([line]) for line in self._draw.some(self._templates.noise, 1, 3)]
        return SourceMemory(self._path("/debug", "session"), _listed(lines))

    def _path(self, folder: str, name: str) -> str:
        """A path that is free, named after a name or another path."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.removesuffix(".md").casefold()).strip("-")
        path, number = f"{folder}/{slug}.md", 1
        while path in self._paths:
            number += 1
            path = f"{folder}/{slug}-{number}.md"
        self._paths.add(path)
        return path


def _listed(lines: list[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def _told(lines: list[str]) -> str:
    return " ".join(lines) + "\n"
