"""Lists on the wire: a page of records and the cursor of the next."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from mockdreams.http.cursors import Position, encode
from mockdreams.wire.pages import page
from mockdreams.wire.shapes import Record
from mockdreams.world.tables import Kept, Table

K = TypeVar("K", bound=Kept)
R = TypeVar("R", bound=Record)


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
