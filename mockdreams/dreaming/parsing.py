"""Memories parsed into blocks, each page with what its path, title and headings say of it; and the facts of pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mockdreams.dreaming.languages import DATE, EXACT, MONTH, NUMBER, ORDINAL, languages_of
from mockdreams.dreaming.markdown import Block, blocks, lead_in
from mockdreams.dreaming.normalize import keywords, normalize
from mockdreams.dreaming.normalized import NormalizedText
from mockdreams.dreaming.places import (
    ASIDE,
    ENTITY_PLACES,
    FOLDER_FILES,
    IN_SETTINGS,
    SETTINGS,
    family_of,
    is_period,
    is_placed,
    sorted_out,
)
from mockdreams.dreaming.plan import Note

# Memories that share so many headings and keys are of one form.
FORM_ELEMENTS = 2
# A key or heading that so many memories have is part of a form.
FORM_MEMORIES = 3
_DIGITS = re.compile(r"\d+")
_DATED = re.compile(r"(?<!\d)(?:19|20)\d\d([-_/.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(slots=True, eq=False)
class ParsedMemory:
    """One memory and what becomes of it: `edits` maps a block to its new text, or to None when it goes."""

    path: str
    content: str
    written_at: datetime
    languages: tuple[str, ...]
    blocks: list[Block]
    folders: tuple[tuple[str, ...], ...]
    title: tuple[str, ...]
    headings: dict[str, tuple[str, ...]]
    """The words of its headings."""
    form: frozenset[tuple[str, ...]]
    unsorted: bool
    series: str
    """Its path without its digits, if it has any: "/log/2026-01-12" and "/log/2026-01-13" are of one series."""
    family: str
    """The folder whose members are things of a kind, if this is one of them; and what it is about, in words."""
    subject: frozenset[str]
    edits: dict[int, str | None] = field(default_factory=dict)
    growth: int = 0
    is_of_period: bool = False
    """Whether it is named for a week, a month or the like, and for nothing else."""
    settings: frozenset[tuple[str, ...]] = frozenset()
    """Its headings that tell where something holds: "Staging", "On Linux"."""

    @property
    def is_of_entities(self) -> bool:
        """Whether it is in a folder of people, projects or the like."""
        return any(folder and ENTITY_PLACES.issuperset(folder) for folder in self.folders[:-1])

    @property
    def is_dated(self) -> bool:
        """Whether it tells what was so on one day, as minutes and journals do, and is no note put aside for later."""
        if any(ASIDE.issuperset(folder) for folder in self.folders[:-1]):
            return False
        heading = next((block.text for block in self.blocks if block.kind == "heading"), "")
        kinds = {*normalize(heading, self.languages[0]).kinds}
        dated = DATE in kinds or (MONTH in kinds and not kinds.isdisjoint((NUMBER, ORDINAL)))
        return dated or _DATED.search(self.path) is not None

    def is_record_like(self, other: "ParsedMemory") -> bool:
        """Whether two memories are records of one form in a series: what one says is no rival to the other."""
        return self.series == other.series != "" and not self.form.isdisjoint(other.form)

    def is_of_form(self, other: "ParsedMemory") -> bool:
        """Whether two memories have the keys and headings of one form, filled in for two things."""
        return len(self.form & other.form) >= FORM_ELEMENTS and (self.title != other.title or not self.title)

    def is_of_series(self, other: "ParsedMemory") -> bool:
        """Whether two memories are two days, or two numbers, of a series in a folder that says what they record."""
        is_named = not self.is_of_period and len(self.folders) > 1 and bool(sorted_out(self.folders[-2]))
        return is_named and self.series == other.series != ""

    def is_named_like(self, other: "ParsedMemory") -> bool:
        """Whether its file has a name as another beside it has whose title is that name: "/mia.md", "/tom.md"."""
        named = self.folders[:-1] == other.folders[:-1] and sorted_out(self.folders[-1]) and not self.is_of_period
        titled = {*other.title}
        return bool(named) and not titled.isdisjoint(other.folders[-1]) and titled.isdisjoint(self.folders[-1])

    def is_of_period_like(self, other: "ParsedMemory") -> bool:
        """Whether two memories tell what was so in two weeks or months, in a folder that says of what."""
        both = self.is_of_period and other.is_of_period and self.series == other.series
        return both and len(self.folders) > 1 and bool(sorted_out(self.folders[-2]))

    def is_beside(self, other: "ParsedMemory") -> bool:
        """Whether two memories are about two things of a kind: two cars, two customers."""
        return self.family == other.family != "" and self.subject != other.subject


@dataclass(slots=True, eq=False)
class Fact:
    """One thing a memory says. Facts with different scopes are never about the same thing."""

    memory: ParsedMemory
    index: int
    text: str
    said: NormalizedText
    scope: str
    about: frozenset[str]
    at: datetime
    free: bool
    attribute: bool
    language: str = EXACT
    section: frozenset[str] = frozenset()
    """The words of the headings and items that it stands under."""
    numbered: bool = False
    """Whether it stands in one of a series: under a path or heading with a number or date."""
    scope_as_statement: str | None = None
    """Its scope if the same words are a statement elsewhere: "Bees are checked weekly: on Sundays", "... - on"."""
    follower: "Fact | None" = None
    """The sentence right after it that leans on it."""

    @property
    def is_gone(self) -> bool:
        """Whether it is left out of its memory, as things stand."""
        return self.memory.edits.get(self.index, "") is None

    @property
    def followers(self) -> Iterator["Fact"]:
        """The sentences right after it that cannot be understood without it."""
        follower = self.follower
        while follower is not None:
            yield follower
            follower = follower.follower

    def may_mean(self, other: "Fact") -> bool:
        """Whether it says itself where it holds, or nobody has said it, and it may be where the other does."""
        if self.scope:
            return False
        if self.memory.unsorted or not self.section.isdisjoint(self.said.content):
            return True
        return not (self.section or self.memory.is_named_like(other.memory))


def parse(note: Note, usual: str) -> ParsedMemory:
    """Cut a memory into blocks. Where it does not tell in which language it is, it is in the usual one."""
    path = note.path.removesuffix(".md")
    folders = tuple(keywords(part) for part in path.split("/") if part)
    cut = blocks(note.content)
    headings = {block.text: keywords(block.text) for block in cut if block.kind == "heading"}
    heading = next(iter(headings), "") if cut and cut[0].kind in ("heading", "gap", "front") else ""
    title = headings.get(heading, ())
    languages = languages_of(note.content, usual)
    of_period = is_period(note.path)
    family, subject = ("", frozenset(title)) if of_period else family_of(path, folders, title, languages)
    places = folders[:-1] if family or FOLDER_FILES.issuperset(folders[-1] if folders else ()) else folders
    unsorted = any(named and not sorted_out(named) for named in (*places, title)) or (of_period and not title)
    keys = {_key(block.text) for block in cut if block.kind in ("item", "parent", "sentence") and ":" in block.text}
    return ParsedMemory(
        note.path,
        note.content,
        note.written_at,
        languages,
        cut,
        folders,
        title,
        headings,
        frozenset(filter(None, keys.union(headings.values()) - {title})),
        unsorted,
        path.rpartition("/")[0] + "/" if of_period else _DIGITS.sub("", path) if _DIGITS.search(path) else "",
        family,
        subject,
        is_of_period=of_period,
    )


def _key(text: str) -> tuple[str, ...]:
    """The words of a label or key: "**How to apply:**", "License: MIT". "Note:" before a statement is none."""
    key, colon, value = ("", "", "") if lead_in(text) else text[:80].partition(":")
    is_key = colon and len(key) <= 40 and not value[:1].isalnum()
    return keywords(key) if is_key else ()


def compare_titles(memories: Sequence[ParsedMemory]) -> None:
    """Find out what the titles and headings of memories say beside those of others."""
    _find_settings(memories)
    counts = Counter(memory.title for memory in memories)
    for memory in memories:
        if counts[memory.title] >= FORM_MEMORIES:
            # What so many memories begin with is not what one of them is about.
            memory.title = ()


def _find_settings(memories: Iterable[ParsedMemory]) -> None:
    """A heading names a setting if it is one or is in one, or if another differs in that only: "Staging database"."""
    named: dict[frozenset[str], set[frozenset[str]]] = defaultdict(set)
    headings = ((memory, *heading) for memory in memories for heading in memory.headings.items())
    found = [(memory, text, words) for memory, text, words in headings if not SETTINGS.isdisjoint(words)]
    for _, _, words in found:
        named[frozenset(words) - SETTINGS].add(SETTINGS.intersection(words))
    for memory, text, words in found:
        if len(named[frozenset(words) - SETTINGS]) > 1 or IN_SETTINGS.issuperset(words) or is_placed(text):
            memory.settings |= {words}


def forms(memories: Iterable[ParsedMemory]) -> frozenset[tuple[str, ...]]:
    """The headings and keys that recur so often that they are a form which memories fill in."""
    found = Counter(element for memory in memories for element in memory.form)
    return frozenset(element for element, count in found.items() if count >= FORM_MEMORIES)
