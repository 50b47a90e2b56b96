"""Memories as pages of facts, each with the place it stands in and the scope in which it holds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mockdreams.dreaming.markdown import Piece, announcement, is_key_value, leans_back, pieces, without_support
from mockdreams.dreaming.plan import Note
from mockdreams.dreaming.words import Reading, read, stems

# A text with fewer words of substance than this only means something where it stands.
SELF_CONTAINED = 2

# Folders and headings whose entries are someone or something with facts of their own.
ENTITY_PLACES = frozenset(
    stems(
        "people members users customers clients accounts vendors partners contacts projects products services hosts "
        "servers environments repos repositories apps"
    )
)

# Where something holds: the same words under two of these are two facts.
SETTINGS = frozenset(
    stems("staging production prod development dev test testing local ci mac macos windows linux ios android")
)

# Where things are put before anyone decides where they belong.
UNSORTED_PLACES = frozenset(
    stems(
        "inbox misc miscellaneous notes scratch tmp temp log logs journal daily untitled unsorted random todo dump "
        "drafts archive old copy backup memory facts general other various new update updates session sessions "
        "readme index"
    )
)

_NOTHING = Reading((), (), (), ())


@dataclass(slots=True)
class Page:
    """One memory and what becomes of it: `edits` maps a piece to its new text, or to None when it goes."""

    path: str
    content: str
    written_at: datetime
    pieces: list[Piece]
    folders: tuple[tuple[str, ...], ...]
    unsorted: bool
    edits: dict[int, str | None] = field(default_factory=dict)
    growth: int = 0


@dataclass(slots=True)
class Fact:
    """One thing a page says. Facts with different scopes are never about the same thing."""

    page: Page
    index: int
    text: str
    reading: Reading
    scope: str
    about: frozenset[str]
    at: datetime


@dataclass(slots=True)
class _Place:
    """Where a piece stands: the words around it, who or what it belongs to, and its nearest title."""

    about: frozenset[str]
    owners: tuple[frozenset[str], ...]
    subject: str


@dataclass(slots=True)
class _Title:
    level: int
    words: tuple[str, ...]
    is_item: bool


def open_page(note: Note) -> Page:
    """Cut a memory into pieces."""
    folders = tuple(stems(part) for part in note.path.removesuffix(".md").split("/") if part)
    unsorted = any(folder and not _sorted(folder) for folder in folders)
    return Page(note.path, note.content, note.written_at, pieces(note.content), folders, unsorted)


def facts_of(page: Page) -> Iterator[Fact]:
    """Every fact of a page, in order."""
    titles: list[_Title] = []
    place = _place(page, titles)
    for index, piece in enumerate(page.pieces):
        if piece.kind == "gap":
            continue
        if titles and titles[-1].level >= piece.level:
            while titles and titles[-1].level >= piece.level:
                titles.pop()
            place = _place(page, titles)
        if piece.kind != "heading":
            yield _fact(page, index, piece, place)
        if piece.kind in ("heading", "parent"):
            titles.append(_Title(piece.level, stems(piece.text), piece.kind == "parent"))
            place = _place(page, titles)


def _fact(page: Page, index: int, piece: Piece, place: _Place) -> Fact:
    if piece.kind in ("block", "front"):
        scope = f"{piece.kind} {place.subject}"
        return Fact(page, index, piece.text, _NOTHING, scope, place.about, page.written_at)
    announced = announcement(piece.text)
    said = without_support(piece.text[len(announced) :])
    reading = read(said)
    about = place.about.union(stems(announced)) if announced else place.about
    return Fact(page, index, piece.text, reading, _scope(page, said, reading, place), about, page.written_at)


def _scope(page: Page, text: str, reading: Reading, place: _Place) -> str:
    if leans_back(text):
        return f"{page.path} {place.subject}"
    owners = [" ".join(sorted(owner)) for owner in place.owners if not owner.issubset(reading.content)]
    if not _self_contained(text, reading):
        owners.append(place.subject)
    return "/".join(owners)


def _self_contained(text: str, reading: Reading) -> bool:
    if len(reading.content) < SELF_CONTAINED:
        return False
    return ":" not in reading.links[:2] or reading.links.index(":") > 1 or not is_key_value(text)


def _sorted(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in UNSORTED_PLACES and not word[:1].isdigit())


def _place(page: Page, titles: list[_Title]) -> _Place:
    contexts = [*page.folders, *(title.words for title in titles)]
    owners = []
    for outer, inner in zip(((), *contexts), contexts, strict=False):
        if _sorted(outer) and ENTITY_PLACES.issuperset(_sorted(outer)):
            owners.append(frozenset(_sorted(inner)))
        owners.extend(frozenset((word,)) for word in inner if word in SETTINGS)
    owners.extend(frozenset(title.words) for title in titles if title.is_item)
    named = [words for words in map(_sorted, contexts) if words]
    about = frozenset(word for words in contexts for word in words)
    return _Place(about, tuple(owner for owner in owners if owner), " ".join(named[-1]) if named else "")
