"""Event logs: the events of one thread of a session, and who waits for the next."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from mockdreams.wire.content import FileSource, characters
from mockdreams.wire.events import Event, UserMessage
from mockdreams.wire.previews import Preview
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import MICROSECOND, UNBOUNDED, TimeRange
from mockdreams.world.sessions.event_keys import UNPROCESSED, Key
from mockdreams.world.sessions.packed_events import pack, unpack

MESSAGES = ("user.message", "agent.message")
E = TypeVar("E", bound=Event)
_NONE: frozenset[str] = frozenset()


class EventFilter(NamedTuple):
    """Which events a list shows."""

    types: frozenset[str] = frozenset()
    window: TimeRange = UNBOUNDED
    until: datetime | None = None
    """Of those that are processed, the last moment."""

    def matches(self, key: Key, event: Event) -> bool:
        if self.until is not None and self.until < key[0] != UNPROCESSED:
            return False
        if self.types and event.type not in self.types:
            return False
        if self.window == UNBOUNDED:
            return True
        return key[0] != UNPROCESSED and self.window.has_begun(key[0]) and not self.window.is_over(key[0])


ALL = EventFilter()


class EventLog:
    """The events of one thread: `emitted` in the order of the stream, and listed by the time of processing.

    The log gives each event its id and its time. `messages` are those in which somebody said something. A sent event
    waits at the tail of the list until the session takes it up; only then is it emitted, but for what is processed
    when it is sent. Until somebody sends or lists, the list is the stream, and nothing else is kept of it.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._emitted: list[Event] = []
        self._packed: bytes | None = None
        self.messages: list[Event] = []
        self._characters = self._measured = 0
        self.shown_files: list[str] = []
        """The ids of the files that messages show, each as often as they do."""
        self.ended = False
        self._keys: list[Key] = []
        self._listed: list[Event] | None = None
        """The events as lists have them, if that is kept; each has the key at the same place."""
        self._waiting: dict[str, tuple[Key, Event]] = {}
        self._emitted_early = _NONE
        self._arrivals = 0
        self._newest: datetime | None = None
        self._listeners: tuple[Callable[[], None], ...] = ()
        self._watchers: tuple[Callable[[Preview], None], ...] = ()

    @property
    def emitted(self) -> list[Event]:
        """The events in the order of the stream."""
        if self._packed is not None:
            self._emitted, self._packed = unpack(self._packed), None
        return self._emitted

    def pack(self) -> None:
        """Take less memory until somebody looks; nobody is expected to, as nothing more will happen."""
        if self._packed is None and not self._waiting and not self._listeners:
            self._packed = pack(self._emitted)
            self._emitted, self._listed, self._keys = [], None, []

    @property
    def characters(self) -> int:
        """How long the texts of its messages are; those that are new are measured when somebody asks."""
        if self._measured < len(self.messages):
            new = self.messages[self._measured :]
            self._characters += sum([characters(message.__dict__["content"]) for message in new])
            self._measured = len(self.messages)
        return self._characters

    def next_time(self) -> datetime:
        """Now, or the microsecond after the newest processed event."""
        now = self._context.clock.time
        return now if self._newest is None else max(now, self._newest + MICROSECOND)

    def append(self, kind: type[E], *, id: str = "", **fields: Any) -> E:
        """Add a new event of the session's own, processed now."""
        fields["id"], fields["processed_at"] = id or self._context.ids.mint("sevt"), self.next_time()
        event = kind.made_of(fields)
        self._add(event)
        return event

    def append_copy(self, event: Event, **fields: Any) -> None:
        """Add an event of another thread, processed now, with other values in `fields`."""
        self._add(event.replace(processed_at=self.next_time(), **fields))

    def enqueue(self, event: Event, *, emit: bool = False) -> None:
        """Add a sent event, to be taken up later; `emit`: it is shown at once."""
        key = self._insert(event, event.processed_at or UNPROCESSED)
        self._waiting[event.id] = key, event
        if emit:
            self._emitted_early |= {event.id}
            self._emit(event)
        self._notify()

    @property
    def waiting(self) -> list[Event]:
        """Sent events that the session has not taken up, in the order of sending."""
        return list(self.waiting_in_order())

    def waiting_in_order(self) -> Iterator[Event]:
        """The same, one by one."""
        return (event for _, event in self._waiting.values())

    @property
    def waiting_count(self) -> int:
        """How many there are."""
        return len(self._waiting)

    @property
    def has_waiting(self) -> bool:
        """Whether there are any."""
        return bool(self._waiting)

    def mark_processed(self, event: Event) -> None:
        """A waiting event is taken up: it is processed now, and emitted, if it was not at once."""
        key, _ = self._waiting.pop(event.id)
        if event.id in self._emitted_early:
            self._emitted_early -= {event.id}
            return
        place, listed = bisect_left(self._keys, key), self._list()
        del self._keys[place], listed[place]
        self._add(event.replace(processed_at=self.next_time()))

    def end(self, last: Event | None = None) -> None:
        """The session is gone: streams get `last`, which is in no list, and end."""
        self.ended = True
        if last is not None:
            self._list()
            self.emitted.append(last)
        self._notify()

    def iterate(self, *, after: Key | None = None, newest_first: bool = False) -> Iterator[tuple[Key, Event]]:
        """Events by time of processing, beyond the key `after`."""
        listed = self._list()
        if newest_first:
            end = len(self._keys) if after is None else bisect_left(self._keys, after)
            indexes = range(end - 1, -1, -1)
        else:
            indexes = range(0 if after is None else bisect_right(self._keys, after), len(self._keys))
        return ((self._keys[index], listed[index]) for index in indexes)

    def page(
        self, shown: EventFilter, *, limit: int, after: Key | None = None, newest_first: bool = False
    ) -> tuple[list[tuple[Key, Event]], bool]:
        """Events by time of processing, unprocessed ones last, each with its key; and whether there are more."""
        some: list[tuple[Key, Event]] = []
        for key, event in self.iterate(after=after, newest_first=newest_first):
            if shown.matches(key, event):
                if len(some) == limit:
                    return some, True
                some.append((key, event))
        return some, False

    @property
    def previewed(self) -> bool:
        """Whether anybody wants previews."""
        return bool(self._watchers)

    def preview(self, preview: Preview) -> None:
        """Show those who want it what an event will be; nothing of it is kept."""
        for watcher in self._watchers:
            watcher(preview)

    def subscribe_previews(self, watcher: Callable[[Preview], None]) -> None:
        """Call `watcher` with each preview until `unsubscribe_previews`."""
        self._watchers = (*self._watchers, watcher)

    def unsubscribe_previews(self, watcher: Callable[[Preview], None]) -> None:
        self._watchers = tuple(each for each in self._watchers if each != watcher)

    @property
    def has_subscribers(self) -> bool:
        """Whether anybody waits for the next event."""
        return bool(self._listeners)

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each event, emitted or received, until `unsubscribe`.

        Any thread may notify them while the event loop subscribes: the tuple is replaced, never changed.
        """
        self._listeners = (*self._listeners, listener)

    def unsubscribe(self, listener: Callable[[], None]) -> None:
        self._listeners = tuple(each for each in self._listeners if each != listener)

    def __getstate__(self) -> dict[str, Any]:
        emitted = self._emitted if self._packed is None else unpack(self._packed)
        return {"emitted": emitted, "waiting": self.waiting}

    def __setstate__(self, state: dict[str, Any]) -> None:
        EventLog.__init__(self, state["_context"])
        for event in state["emitted"]:
            self._add(event)
        keys = {event.id: key for key, event in self.iterate()}
        for event in state["waiting"]:
            if event.id in keys:
                self._waiting[event.id] = keys[event.id], event
                self._emitted_early |= {event.id}
            else:
                self.enqueue(event)

    def _add(self, event: Event) -> None:
        """Add an event that is processed already."""
        at = event.processed_at
        assert at is not None
        if self._listed is not None or (self._newest is not None and at <= self._newest):
            self._insert(event, at)
        else:
            self._newest = at
        self._emit(event)
        self._notify()

    def _emit(self, event: Event) -> None:
        self.emitted.append(event)
        if event.type in MESSAGES:
            self.messages.append(event)
            self.shown_files += _files_of(event)

    def _list(self) -> list[Event]:
        """The events as lists have them, kept from now on."""
        if self._listed is None:
            self._listed = self.emitted.copy()
            self._keys = [(event.processed_at or UNPROCESSED, place) for place, event in enumerate(self.emitted, 1)]
            self._arrivals = len(self._listed)
        return self._listed

    def _insert(self, event: Event, at: datetime) -> Key:
        listed = self._list()
        self._arrivals += 1
        key = (at, self._arrivals)
        if self._keys and key < self._keys[-1]:
            place = bisect_left(self._keys, key)
            self._keys.insert(place, key)
            listed.insert(place, event)
        else:
            self._keys.append(key)
            listed.append(event)
        if at is not UNPROCESSED and (self._newest is None or at > self._newest):
            self._newest = at
        return key

    def _notify(self) -> None:
        for listener in self._listeners:
            listener()


def _files_of(event: Event) -> Iterator[str]:
    """The ids of the files that a user's message shows."""
    if isinstance(event, UserMessage):
        for block in event.content:
            source = getattr(block, "source", None) if block.type != "text" else None
            if isinstance(source, FileSource):
                yield source.file_id
