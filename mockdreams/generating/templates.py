"""Templates: the sentences that generated worlds are made of, and the random source that fills them in."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

import yaml
from faker import Factory
from faker.providers import BaseProvider, DynamicProvider
from pydantic import BaseModel, ConfigDict

from mockdreams.data import folder

T = TypeVar("T")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Changeable(_Part):
    """A fact of which one of `values` holds at a time."""

    text: str
    values: tuple[str, ...]


class Kind(_Part):
    """Something that memories are about."""

    folder: str
    names: tuple[str, ...]
    facts: tuple[Changeable, ...]
    lasting: tuple[str, ...]


class Templates(_Part):
    """What is in `fixtures/recipes/notes.yaml`."""

    words: dict[str, str]
    kinds: tuple[Kind, ...]
    rewordings: tuple[str, ...]
    noise: tuple[str, ...]
    instructions: str
    titles: tuple[str, ...]
    asking: tuple[str, ...]
    answering: tuple[str, ...]
    correcting: tuple[str, ...]
    agreeing: tuple[str, ...]
    wishing: tuple[str, ...]
    wishes: tuple[str, ...]
    remembering: tuple[str, ...]


class RandomSource:
    """Draws from templates: the same again for the same seed. What it draws from Faker is names and cities."""

    def __init__(self, templates: Templates, seed: int) -> None:
        self._faker = Factory.create("en_US")
        self._faker.seed_instance(seed)
        self._draw = BaseProvider(self._faker)
        for name, words in templates.words.items():
            self._faker.add_provider(DynamicProvider(name, words.split(), self._faker))
        self._drawn: set[str] = set()

    def one(self, things: Sequence[T]) -> T:
        drawn: T = self._draw.random_element(things)
        return drawn

    def some(self, things: Sequence[T], least: int, most: int) -> list[T]:
        """From `least` to `most` of the things, as far as there are so many, each at most once."""
        length = self._draw.random_int(min(least, len(things)), min(most, len(things)))
        return list(self._draw.random_elements(things, length=length, unique=True))

    def text(self, patterns: Sequence[str]) -> str:
        """One of the patterns, filled in."""
        return self._faker.parse(self.one(patterns))

    def new(self, patterns: Sequence[str], instead_of: Iterable[str] | None = None) -> str:
        """A text that was never drawn before, or is none of those that it stands `instead_of`."""
        taken = self._drawn if instead_of is None else set(instead_of)
        while (drawn := self.text(patterns)) in taken:
            pass
        if instead_of is None:
            self._drawn.add(drawn)
        return drawn

    def moments(self, count: int, before: float = 1) -> list[float]:
        """So many points of time from 0 to `before`, in order."""
        return sorted(before * self._faker.random.random() for _ in range(count))


def load() -> Templates:
    text = (folder("fixtures") / "recipes" / "notes.yaml").read_text("utf-8")
    return Templates.model_validate(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def reworded(pattern: str, text: str, name: str | None = None) -> str:
    """A sentence in another wording. It keeps its capital inside of a longer one if it begins with `name`."""
    inner = text if name and text.startswith(name) else text[0].lower() + text[1:]
    return pattern.format(text=text, bare=text.removesuffix("."), inner=inner, slip=_slip(text))


def _slip(text: str) -> str:
    """The text with two letters swapped in its last long word."""
    return re.sub(r"(.*\b[a-z]{2})([a-z])([a-z])(?=[a-z]{2})", r"\1\3\2", text, count=1)
