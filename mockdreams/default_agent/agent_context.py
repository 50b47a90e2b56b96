"""What an agent is told before each model request: frozen, so that what it does follows from it alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Mount(NamedTuple):
    """A memory store as the agent sees it: files below `path`."""

    path: str
    writable: bool
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FinishedCall:
    """A call of this turn and what came back."""

    name: str
    input: Mapping[str, object]
    result: str
    is_error: bool


class OutcomeTask(NamedTuple):
    """The outcome that the session works toward, and what the grader missed last time."""

    description: str
    missing: tuple[str, ...] = ()
    exhausted: bool = False


class AgentContext(NamedTuple):
    """Everything that the default agent decides by. Equal contexts make equal actions."""

    session_id: str
    now: datetime
    messages: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    """Those that came since the last model request."""
    mounts: tuple[Mount, ...] = ()
    tools: frozenset[str] = frozenset()
    custom_tools: tuple[str, ...] = ()
    mcp_tools: tuple[tuple[str, str], ...] = ()
    done: tuple[FinishedCall, ...] = ()
    task: OutcomeTask | None = None
    uploads: Mapping[str, str] = {}
    """The files that are mounted into the session, by path, as far as they are text."""
    documents: Mapping[str, str] = {}
    """The files that were shown in messages, by name, likewise."""

    @property
    def sources(self) -> tuple[Mount, ...]:
        """Everything in which an answer may be found."""
        files = (Mount("", False, files) for files in (self.uploads, self.documents) if files)
        return (*self.mounts, *files)
