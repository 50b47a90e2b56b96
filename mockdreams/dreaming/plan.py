"""What a dreamer reads and what it answers: frozen inputs in, small steps out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias


class Tokens(NamedTuple):
    """Token counts of one step, or of a whole dream so far."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_creation: int = 0

    def plus(self, more: "Tokens") -> "Tokens":
        return Tokens(
            self.input + more.input,
            self.output + more.output,
            self.cache_read + more.cache_read,
            self.cache_creation + more.cache_creation,
        )


NO_TOKENS = Tokens()


@dataclass(frozen=True, slots=True)
class Note:
    """One memory of the input store, as it stood when the dream started."""

    path: str
    content: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing said in a past session."""

    speaker: Literal["user", "agent"]
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Transcript:
    """One past session, oldest utterance first."""

    session_id: str
    started_at: datetime
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class DreamInputs:
    """Everything a dream may think about. Equal inputs make equal plans.

    A memory holds `memory_max_bytes` and the store `memories_max` memories; None: no limit.
    """

    notes: tuple[Note, ...]
    transcripts: tuple[Transcript, ...]
    instructions: str | None = None
    model: str = ""
    memory_max_bytes: int | None = None
    memories_max: int | None = None


@dataclass(frozen=True, slots=True)
class ReadMemory:
    """Read one memory of the input store."""

    path: str
    tokens: Tokens = NO_TOKENS


@dataclass(frozen=True, slots=True)
class ReadSession:
    """Read the transcript of one input session."""

    session_id: str
    tokens: Tokens = NO_TOKENS


@dataclass(frozen=True, slots=True)
class Think:
    """Think; the transcript shows that it happened, not what was thought."""

    tokens: Tokens = NO_TOKENS


@dataclass(frozen=True, slots=True)
class Say:
    """Say something in the dream's own session."""

    text: str
    tokens: Tokens = NO_TOKENS


@dataclass(frozen=True, slots=True)
class Write:
    """Create or overwrite one memory of the output store."""

    path: str
    content: str
    tokens: Tokens = NO_TOKENS


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete one memory of the output store."""

    path: str
    tokens: Tokens = NO_TOKENS


@dataclass(frozen=True, slots=True)
class Spend:
    """Spend tokens and show nothing else."""

    tokens: Tokens = NO_TOKENS


Step: TypeAlias = ReadMemory | ReadSession | Think | Say | Write | Delete | Spend
Plan: TypeAlias = tuple[Step, ...]
Dreamer: TypeAlias = Callable[[DreamInputs], Iterable[Step]]
