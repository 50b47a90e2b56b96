"""What a page is: what it shows of a world, which of its parts are live, and what its forms do."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mockdreams.http.workspaces import Workspace
from mockdreams.wire.errors import not_found

ROOT = "/_mockdreams/board"


@dataclass(frozen=True)
class Asked:
    """A request for a page: the ids in its path, its query, and by which address the server was asked."""

    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    server_url: str = ""

    def __getitem__(self, name: str) -> str:
        return self.ids[name]

    def text(self, name: str) -> str:
        """A parameter of the query, without blanks around it; "" if there is none."""
        return self.query.get(name, "").strip()

    def number(self, name: str) -> int | None:
        """A parameter that is a whole number, if there is one."""
        value = self.text(name)
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None


class Feed(NamedTuple):
    """A list that only grows: live pages get the new rows alone.

    `rows(workspace, asked, after)` are those after the number `after`, and the number of the newest.
    """

    target: str
    template: str
    rows: Callable[[Workspace, Asked, int], tuple[list[Any], int]]
    swap: str = "beforeend"


def state_of(workspace: Workspace) -> Hashable:
    """What changes when anything in a world that most pages show does."""
    world = workspace.world
    clock = world.clock
    tables = (world.dreams.table, world.session_store.table, world.memory_stores.table)
    return (*(table.revision for table in tables), clock.time, clock.mode, clock.speed, workspace.journal.total)


class SentForm(NamedTuple):
    """The fields of a form that was sent."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes]

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()


Show = Callable[[Any, Asked], dict[str, Any]]
Act = Callable[[Workspace, Asked, SentForm], str]
"""Does what a form asks for, with the world's lock held, and says what was done. Raises ServiceError."""


class PageView(NamedTuple):
    """One page of a world.

    `show(workspace, asked)` collects what the template needs with the world's lock held; the template is made into
    HTML without it. `parts` are templates of their own, below `name/`: an open page gets those anew that have changed,
    which is looked at when `state(workspace, asked)` has.
    """

    path: str
    name: str
    show: Show
    parts: tuple[str, ...] = ()
    state: Callable[[Any, Asked], Hashable] = lambda workspace, asked: None
    feed: Feed | None = None
    slow: bool = False
    """Whether to collect it may take long, so that it is done on a thread of its own."""


class FormAction(NamedTuple):
    """What a form of a page does. `long`: on a thread of its own and without the lock, because it may take long."""

    path: str
    act: Act
    long: bool = False


def absent(what: str, id: str) -> Exception:
    """That there is no such thing in the world."""
    return not_found(f"This world has no {what} {id}.")
