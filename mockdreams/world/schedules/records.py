"""What a schedule of dreams is, and each dream that it began. These are ours, not the service's."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from mockdreams.wire.base import ModelId, Params, Record, Timestamp

Mode: TypeAlias = Literal["automatic", "review"]
Period: TypeAlias = Annotated[float, Field(ge=1, le=315_360_000)]
SessionCount: TypeAlias = Annotated[int, Field(ge=1, le=100_000)]
RunStatus: TypeAlias = Literal["running", "waiting", "adopted", "conflict", "rejected", "failed", "skipped"]


class ScheduleTerms(Params):
    """When to dream, of what, and what becomes of it; one of `every`, `cron` and `after_sessions`."""

    every: Period | None = None
    """Virtual seconds from one dream to the next."""
    cron: str | None = None
    """Five fields, matched by the wall clock of `timezone`."""
    timezone: str | None = None
    """An IANA time zone; UTC if it is left out."""
    after_sessions: SessionCount | None = None
    """How many sessions have to finish their work before the next dream."""
    mode: Mode = "review"
    """`automatic`: what is completed is adopted. `review`: it waits for somebody's yes."""
    model: ModelId | None = None
    """The model of the dreams; the first that dreams support if it is left out."""
    instructions: str | None = Field(default=None, min_length=1, max_length=4096)
    """The instructions of the dreams."""
    sessions: int = Field(default=100, ge=1, le=100)
    """How many of the newest sessions a dream reads."""


class AddSchedule(ScheduleTerms):
    """When a world is to dream of a memory store by itself; one of `every`, `cron` and `after_sessions`."""

    memory_store_id: str
    """The store that is dreamt of, and adopted to."""


class DreamSchedule(Record):
    """A schedule. `next_run_at` is None where no time decides."""

    id: str
    memory_store_id: str
    every: Period | None = None
    cron: str | None = None
    timezone: str | None = None
    after_sessions: SessionCount | None = None
    mode: Mode = "review"
    model: str
    instructions: str | None = None
    sessions: int = 100
    created_at: Timestamp
    next_run_at: Timestamp | None = None
    finished_session_ids: tuple[str, ...] = ()
    """The sessions that have finished since the last dream, where their number decides."""


class ScheduledDream(Record):
    """A dream that a schedule began, or did not, and what became of it."""

    id: str
    """What names it in a decision; the id of its dream does, too."""
    schedule_id: str
    """The schedule."""
    created_at: Timestamp
    """When it was due."""
    dream_id: str | None = None
    """None where there is no dream: it was skipped, or could not be created."""
    status: RunStatus = "running"
    """`waiting`: for a decision. `conflict`: not all of it could be adopted."""
    message: str | None = None
    """Why it failed or was skipped."""
    adopted: tuple[str, ...] = ()
    """The paths of the changes that the memory store has."""
    conflicts: tuple[str, ...] = ()
    """Why some could not be adopted."""
    settled_at: Timestamp | None = None
    """When it got a status that is final, or in conflict."""
