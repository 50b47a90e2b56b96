"""Lists on the wire: a page of records and the cursor of the next."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from mockdreams.http.cursors import Position, encode, from_micros, is_moment, is_place, to_micros
from mockdreams.wire.base import Record
from mockdreams.wire.errors import invalid
from mockdreams.wire.pages import page
from mockdreams.world.core.tables import HasId, Table, TimeRange

K = TypeVar("K", bound=HasId)
R = TypeVar("R", bound=Record)
A = TypeVar("A")
PAGES_KEPT = 256
LONGEST_KEPT = 512
"""Bytes of a query; pages of longer ones are not kept."""


class CachedPage(Generic[A]):
    """What one query asks for, and its rendered answer, which holds as long as the table has not changed."""

    def __init__(self, asked: A) -> None:
        self.asked = asked
        self._rendered: tuple[Table[Any], int, bytes] | None = None

    def body(self, table: Table[Any], render: Callable[[A], bytes]) -> bytes:
        known = self._rendered
        if known is None or known[0] is not table or known[1] != table.revision:
            known = self._rendered = (table, table.revision, render(self.asked))
        return known[2]


class PageCache(Generic[A]):
    """The pages of one list, by query string, so that a query which comes again is not read again."""

    def __init__(self) -> None:
        self._pages: dict[bytes, CachedPage[A]] = {}

    def get(self, query_string: bytes, read: Callable[[], A]) -> CachedPage[A]:
        """The page of a query. `read` says what a new query asks for, and may refuse it."""
        page = self._pages.get(query_string)
        if page is None:
            if len(query_string) > LONGEST_KEPT:
                return CachedPage(read())
            if len(self._pages) >= PAGES_KEPT:
                self._pages.clear()
            page = self._pages[query_string] = CachedPage(read())
        return page


class BidirectionalCursor(NamedTuple):
    """Where a page of a list that can be turned both ways begins: beyond a place, in the list's order or against it."""

    place: int | None = None
    at: datetime | None = None
    backward: bool = False

    @classmethod
    def read(cls, position: list[int] | None) -> "BidirectionalCursor":
        if position is None:
            return cls()
        place, at, backward = position
        return cls(place, from_micros(at), bool(backward))

    @staticmethod
    def is_position(position: Any) -> bool:
        """Whether a turn has such a position."""
        match position:
            case [place, at, backward]:
                return is_place(place) and is_moment(at) and is_place(backward) and backward in (0, 1)
        return False

    def position(self) -> Position:
        assert self.place is not None
        assert self.at is not None
        return [self.place, to_micros(self.at), int(self.backward)]

    def check(self, window: TimeRange) -> None:
        """Refuse a cursor whose place is outside of what is listed now."""
        if self.at is not None and (not window.has_begun(self.at) or window.is_over(self.at)):
            raise invalid(
                "page: the cursor is outside the created_at filters of this request",
                rule="session-list-cursor-outside-400",
            )


def cursor(listing: str, more: bool, position: Callable[[], Position]) -> str | None:
    """The cursor for what follows `position`, if there is more."""
    return encode(listing, position()) if more else None


def render_page(
    listing: str, table: Table[K], records: Sequence[K], more: bool, render: Callable[[K], bytes], *, null: bool = False
) -> bytes:
    """A page of a table. `null`: whether the last page has `next_page: null` instead of no such key."""
    following = cursor(listing, more, lambda: table.position(records[-1].id))
    return page(map(render, records), following, null_when_last=null)


def body(record: Record) -> bytes:
    return record.body
