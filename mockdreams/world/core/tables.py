"""Tables: records by id, in the order in which they came, paged without looking at the rest."""

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

MICROSECOND = timedelta(microseconds=1)


class HasId(Protocol):
    """What a table can hold."""

    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


K = TypeVar("K", bound=HasId)
T = TypeVar("T")


class TimeRange(NamedTuple):
    """A span of creation times; None bounds nothing."""

    gt: datetime | None = None
    gte: datetime | None = None
    lt: datetime | None = None
    lte: datetime | None = None

    def has_begun(self, at: datetime) -> bool:
        return (self.gt is None or at > self.gt) and (self.gte is None or at >= self.gte)

    def is_over(self, at: datetime) -> bool:
        return (self.lt is not None and at >= self.lt) or (self.lte is not None and at > self.lte)


UNBOUNDED = TimeRange()


def accept_all(record: object) -> bool:
    """Nothing is left out of a list."""
    return True


def status(record: Any) -> str:
    """A list is filtered by status."""
    kind: str = record.status
    return kind


def unarchived(record: Any) -> bool:
    """A list leaves out what is archived."""
    return record.archived_at is None


class Table(Generic[K]):
    """Records by id in insertion order; a replaced record keeps its place.

    `shown` picks the records that a list shows by default, and `kind` is what lists are filtered by. Both have orders
    of their own, so that a list never walks over what it leaves out.
    """

    def __init__(self, shown: Callable[[K], bool] = accept_all, kind: Callable[[K], str] | None = None) -> None:
        self._is_visible = shown
        self._kind = kind
        self._records: dict[str, K] = {}
        self._positions: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._all: list[int] = []
        self._visible: list[int] = []
        self._orders: dict[tuple[str, bool], list[int]] = {}
        self._next_place = 1
        self._last_time: datetime | None = None
        self.revision = 0
        """How often a record was put or removed."""

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[K]:
        """All records, oldest first."""
        return iter([self._records[self._ids[place]] for place in self._all])

    def __contains__(self, id: str) -> bool:
        return id in self._records

    def get(self, id: str) -> K | None:
        return self._records.get(id)

    def missing(self, ids: Iterable[str]) -> str | None:
        """The first of `ids` that no record has."""
        for id in ids:
            if id not in self._records:
                return id
        return None

    def position(self, id: str) -> int:
        """The position of a record; it never changes and is never used again."""
        return self._positions[id]

    def put(self, record: K) -> K:
        """Add `record`, or replace the one with its id."""
        before = self._records.get(record.id)
        self._records[record.id] = record
        self.revision += 1
        if before is None:
            self._append(record)
        else:
            self._move(self._positions[record.id], before, record)
        return record

    def remove(self, id: str) -> K:
        record = self._records.pop(id)
        self.revision += 1
        place = self._positions.pop(id)
        del self._ids[place]
        _drop(self._all, place)
        if self._is_visible(record):
            _drop(self._visible, place)
        if self._kind is not None:
            _drop(self._order(record), place)
        return record

    def next_time(self, now: datetime) -> datetime:
        """A creation time later than that of every record so far: `now`, or the next microsecond after the newest."""
        return now if self._last_time is None else strictly_after(now, self._last_time)

    def iterate(
        self,
        *,
        after: int | None = None,
        oldest_first: bool = False,
        hidden: bool = False,
        window: TimeRange = UNBOUNDED,
        kinds: Collection[str] = (),
    ) -> Iterator[K]:
        """Records of `window`, newest first or `oldest_first`, beyond the place `after`.

        `hidden` adds those that `shown` leaves out; `kinds`, if there are any, leave out all others.
        """
        orders = [self._all if hidden else self._visible]
        if kinds:
            wanted = [(kind, shown) for kind in kinds for shown in ((True, False) if hidden else (True,))]
            orders = [self._orders[key] for key in wanted if key in self._orders]
        cuts = [self._cut(order, after, oldest_first, window) for order in orders]
        return map(self._at, cuts[0] if len(cuts) == 1 else heapq.merge(*cuts, reverse=not oldest_first))

    def _cut(self, order: list[int], after: int | None, oldest_first: bool, window: TimeRange) -> Iterator[int]:
        """The places of an order that lie in `window` and beyond `after`."""
        low, high = 0, len(order)
        if window != UNBOUNDED:
            low = bisect_left(order, True, key=lambda place: window.has_begun(self._at(place).created_at))
            high = bisect_left(order, True, key=lambda place: window.is_over(self._at(place).created_at))
        if after is not None and oldest_first:
            low = max(low, bisect_right(order, after))
        elif after is not None:
            high = min(high, bisect_left(order, after))
        indexes = range(low, high) if oldest_first else range(high - 1, low - 1, -1)
        return (order[index] for index in indexes)

    def __getstate__(self) -> dict[str, Any]:
        rows = [[place, self._at(place)] for place in self._all]
        state = {"shown": self._is_visible, "kind": self._kind, "rows": rows}
        return {**state, "next_place": self._next_place, "last_time": self._last_time}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Table.__init__(self, state["shown"], state["kind"])
        for place, record in state["rows"]:
            if place < self._next_place:
                raise ValueError("table.rows are not in the order of their places")
            self._next_place = place
            self.put(record)
        if state["next_place"] < self._next_place:
            raise ValueError("table.next_place is taken")
        self._next_place, self._last_time = state["next_place"], state["last_time"]

    def _at(self, place: int) -> K:
        return self._records[self._ids[place]]

    def _append(self, record: K) -> None:
        place = self._next_place
        self._next_place += 1
        self._positions[record.id] = place
        self._ids[place] = record.id
        self._all.append(place)
        if self._is_visible(record):
            self._visible.append(place)
        if self._kind is not None:
            self._order(record).append(place)
        self._last_time = record.created_at

    def _move(self, place: int, before: K, now: K) -> None:
        was, shown = self._is_visible(before), self._is_visible(now)
        if was and not shown:
            _drop(self._visible, place)
        elif shown and not was:
            insort(self._visible, place)
        if self._kind is not None and (self._kind(before), was) != (self._kind(now), shown):
            _drop(self._order(before), place)
            insort(self._order(now), place)

    def _order(self, record: K) -> list[int]:
        assert self._kind is not None
        return self._orders.setdefault((self._kind(record), self._is_visible(record)), [])


def strictly_after(now: datetime, than: datetime) -> datetime:
    """`now`, or the next microsecond after `than`: so that what follows is never of the same instant."""
    return now if now > than else than + MICROSECOND


def first_page(items: Iterator[T], limit: int) -> tuple[list[T], bool]:
    """The first `limit` items, and whether there are more."""
    some = list(islice(items, limit + 1))
    return some[:limit], len(some) > limit


def _drop(order: list[int], place: int) -> None:
    del order[bisect_left(order, place)]
