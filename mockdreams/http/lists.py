"""Lists on the wire: a page of records and the cursor of the next."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from mockdreams.http.cursors import Position, encode, micros, moment
from mockdreams.wire.errors import invalid
from mockdreams.wire.pages import page
from mockdreams.wire.shapes import Record
from mockdreams.world.tables import Kept, Table, Window

K = TypeVar("K", bound=Kept)
R = TypeVar("R", bound=Record)


class Turn(NamedTuple):
    """Where a page of a list that can be turned both ways begins: beyond a place, in the list's order or against it."""

    place: int | None = None
    at: datetime | None = None
    backward: bool = False

    @classmethod
    def read(cls, position: Position | None) -> "Turn":
        if position is None:
            return cls()
        assert isinstance(position, list)
        place, at, backward = (int(number) for number in position)
        return cls(place, moment(at), bool(backward))

    def position(self) -> Position:
        assert self.place is not None
        assert self.at is not None
        return [self.place, micros(self.at), int(self.backward)]

    def check(self, window: Window) -> None:
        """Refuse a cursor whose place is outside of what is listed now."""
        if self.at is not None and (not window.begun(self.at) or window.over(self.at)):
            raise invalid("page: the cursor is outside the created_at filters of this request")


def cursor(listing: str, more: bool, position: Callable[[], Position]) -> str | None:
    """The cursor for what follows `position`, if there is more."""
    return encode(listing, position()) if more else None


def listed(
    listing: str, table: Table[K], records: Sequence[K], more: bool, render: Callable[[K], bytes], *, null: bool = False
) -> bytes:
    """A page of a table. `null`: whether the last page has `next_page: null` instead of no such key."""
    following = cursor(listing, more, lambda: table.place(records[-1].id))
    return page(map(render, records), following, null_when_last=null)


def body(record: Record) -> bytes:
    return record.body
