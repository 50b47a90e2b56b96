"""What a review says: each memory that a dream kept, merged, changed, dropped, added or moved, and what became of it.

Everything here is frozen, and travels as JSON by Pydantic's own means: `Review.model_validate(document)` reads what
`review.model_dump(mode="json")` or the control API wrote.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from mockdreams.wire.base import Timestamp

ChangeKind: TypeAlias = Literal["kept", "merged", "changed", "dropped", "added", "moved"]
ChangeState: TypeAlias = Literal["open", "adopted", "conflict", "kept"]
LineOperation: TypeAlias = Literal["same", "changed", "moved", "added", "removed"]
OutputBehavior: TypeAlias = Literal["create_new", "update_existing"]
KINDS: tuple[ChangeKind, ...] = ("kept", "merged", "changed", "dropped", "added", "moved")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a memory before and after.

    `changed` and `moved` stand where the line is now; `was` is how it read before, where that differs: a list item
    that only got another number or indentation is `same` with a `was`. `source` is the path of the other memory that
    the line was in, if the dream merged that one into this.
    """

    operation: LineOperation
    """What became of it."""
    text: str
    """The line, in the output if it is there."""
    before_line: int | None = None
    """Its number, from 1, in the memory that it was in; None for an added line."""
    after_line: int | None = None
    """Its number, from 1, in the output; None for a removed line."""
    was: str | None = None
    """How it read before, if otherwise."""
    source: str | None = None
    """The path of the memory that it came out of, if another."""


class Reason(_Model):
    """An event of the dream's session that says why, or that did it."""

    event_id: str
    """Its id in the session of the dream."""
    type: str
    """`agent.message`, or the type of a tool use."""
    text: str
    """What was said; of a tool use its name and what it was used on."""
    at: Timestamp | None = None
    """When it was processed."""


class Source(_Model):
    """A memory of the input store that went into a change, as the dream found it."""

    path: str
    """Where it was."""
    content_sha256: str
    """The hash of its content, as the service computes it."""
    content_size_bytes: int
    """Its size."""


class Conflict(_Model):
    """Why a change can no longer be adopted."""

    path: str
    """The path of the change."""
    memory_path: str
    """The memory of the input store that is in the way; often the same."""
    message: str
    """A sentence for people."""


class Change(_Model):
    """What became of one memory.

    `path` is where it is in the output; of a dropped memory, where it was. `sources` are the input memories that it
    was made of, its main source first: one for what was kept, changed, moved or dropped, several for what was merged,
    none for what was added.
    """

    kind: ChangeKind
    """What became of it."""
    path: str
    """Where it is now, or, if it was dropped, was."""
    sources: tuple[Source, ...] = ()
    """The input memories that went into it."""
    before: str | None = None
    """The content of the main source; None for what was added."""
    after: str | None = None
    """The content in the output store; None for what was dropped."""
    content_sha256: str | None = None
    """The hash of `after`, as the service computes it."""
    diff: tuple[DiffLine, ...] = ()
    """Every line of every source and of the output; empty for what was kept."""
    because: tuple[Reason, ...] = ()
    """The events of the session of the dream that say why, oldest first."""
    bytes_before: int = 0
    """The size of all sources."""
    bytes_after: int = 0
    """The size of `after`."""
    state: ChangeState = "open"
    """`open`: it can be adopted. `adopted`: the input store is so. `conflict`: the input changed since, otherwise.
    `kept`: there is nothing to adopt."""
    conflict: Conflict | None = None
    """Why it can no longer be adopted."""

    @property
    def paths(self) -> frozenset[str]:
        """Every path that it is about: where it is, and where its sources were."""
        return frozenset((self.path, *(source.path for source in self.sources)))


class Review(_Model):
    """What a dream made of its input store, memory by memory, in the order of the paths."""

    dream_id: str
    """The dream."""
    dream_status: str
    """Its status; of one that runs, failed or was canceled the review tells what it has written."""
    output_behavior: OutputBehavior
    """Whether it wrote to a store of its own, or to its input."""
    input_store_id: str
    """The memory store that it read, to which is adopted."""
    output_store_id: str
    """The memory store that it wrote to."""
    session_id: str | None
    """Its session, whose events are the reasons."""
    kept: list[Change] = []
    """What stayed as it was."""
    merged: list[Change] = []
    """What says now what others, which are gone, said."""
    changed: list[Change] = []
    """What has another content."""
    dropped: list[Change] = []
    """What is gone, and said nowhere else."""
    added: list[Change] = []
    """What is new."""
    moved: list[Change] = []
    """What is at another path, perhaps edited a little."""
    bytes_before: int = 0
    """The size of all memories that the dream found."""
    bytes_after: int = 0
    """The size of all memories in the output."""
    adopted: list[str] = []
    """The paths of the changes that the input store has already."""
    conflicts: list[Conflict] = []
    """What of the rest can no longer be adopted, and why."""

    @property
    def changes(self) -> Iterator[Change]:
        """All changes but what was kept, in the order of their paths."""
        found = (*self.merged, *self.changed, *self.dropped, *self.added, *self.moved)
        return iter(sorted(found, key=lambda change: change.path))

    @property
    def open(self) -> tuple[str, ...]:
        """The paths of the changes that can be adopted and are not."""
        return tuple(change.path for change in self.changes if change.state == "open")

    def change(self, path: str) -> Change:
        """The change at a path, or of the memory that was there. Raises KeyError."""
        every = (*self.changes, *self.kept)
        found = next((one for one in every if one.path == path), None)
        found = found or next((one for one in every if path in one.paths), None)
        if found is None:
            raise KeyError(path)
        return found


class Adoption(_Model):
    """What `adopt` did. Each path is that of a change."""

    dream_id: str
    """The dream."""
    memory_store_id: str
    """The input store, that was written to."""
    written: tuple[str, ...] = ()
    """What this call wrote."""
    adopted: tuple[str, ...] = ()
    """All that the store has now, written by this call or before."""
    conflicts: tuple[Conflict, ...] = ()
    """What was asked for and refused, because the store changed meanwhile."""
    left: tuple[str, ...] = ()
    """What was not asked for, and can still be adopted."""
