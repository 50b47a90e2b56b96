"""What a server does with its worlds from time to time, on a thread of its own."""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from mockdreams.http.log import logger
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.store.errors import StoreError
from mockdreams.wire.errors import ServiceError
from mockdreams.world.state.snapshots import SnapshotError

SECONDS = 0.5
"""Between two rounds."""
LEEWAY = 200
"""So many more may be in memory for a moment, before those who bring others in have to wait."""
UNUSED_ROUNDS = 20
"""Rounds between two looks at worlds that are away, for those that are to be forgotten."""


class Housekeeping:
    """Keeps to `worlds_in_memory`, forgets worlds that nobody has used for `forget_after` seconds, and lets worlds be
    kept.
    """

    def __init__(
        self, places: Workspaces, *, worlds_in_memory: int | None = None, forget_after: float | None = None
    ) -> None:
        self._places = places
        self._most = worlds_in_memory
        self._forget_after = forget_after
        self._rounds = 0
        self._has_free_memory = False
        self._leaving: list[tuple[Workspace, float]] = []
        """Worlds that are to make room for others, the next one last, and when each was used then."""
        if worlds_in_memory is not None:
            places.make_room = self.make_room
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mockdreams housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End after the present round, and let everything be kept."""
        self._closed.set()
        self._thread.join()
        self._places.close()

    def round(self) -> None:
        """Do all that is to be done now."""
        keeper = self._places.keeper
        if keeper is None:
            return
        keeper.tend(self._places)
        left = sum(map(self._put_away, self._too_many()))
        if self._forget_after is not None and self._rounds % UNUSED_ROUNDS == 0:
            left += self._forget_unused(self._forget_after)
        self._rounds += 1
        if left:
            self._has_free_memory = True
        elif self._has_free_memory:  # not while worlds come and go: it takes long where many are in memory
            self._has_free_memory = False
            _give_memory_back()

    def make_room(self) -> None:
        """Put two worlds away for one that came, where worlds come faster than the rounds can put them away."""
        assert self._most is not None
        if len(self._places) <= self._most + LEEWAY:
            return
        left = 0
        for place in self._next_to_leave():
            left += self._put_away(place)
            if left == 2:
                return

    def _run(self) -> None:
        while not self._closed.wait(SECONDS):
            try:
                self.round()
            except Exception:
                logger.exception("crashed while keeping worlds")

    def _too_many(self) -> list[Workspace]:
        """Those that have to leave the memory, the one that was not used for longest first."""
        places = list(self._places)
        excess = 0 if self._most is None else len(places) - self._most
        if excess <= 0:
            return []
        return sorted(filter(is_idle, places), key=lambda place: place.used_at)[:excess]

    def _next_to_leave(self) -> Iterator[Workspace]:
        """Those that are too many, unless they were used since they were found: finding them looks at all there are."""
        if not self._leaving:
            self._leaving = [(place, place.used_at) for place in reversed(self._too_many())]
        with suppress(IndexError):  # until there are no more, which threads take from one list
            while True:
                place, used_at = self._leaving.pop()
                if place.used_at == used_at:
                    yield place

    def _put_away(self, place: Workspace) -> bool:
        try:
            return self._places.put_away(place)
        except (StoreError, ServiceError, SnapshotError) as broken:
            logger.error("world %s stays in memory: %s", place.id, broken)
            return False

    def _forget_unused(self, seconds: float) -> int:
        unused = [place for place in self._places if is_idle(place) and time.monotonic() - place.used_at >= seconds]
        for place in unused:
            with suppress(StoreError):
                self._places.remove_unused(place)
        assert self._places.keeper is not None
        return len(unused) + self._places.keeper.forget_unused(time.time() - seconds)


def is_idle(place: Workspace) -> bool:
    """Whether nobody is about a world, and nothing in it goes on that somebody is told of."""
    world = place.world
    if place.users or (world.has("webhooks") and world.webhooks.is_sending):
        return False
    return not (world.has_webhooks and world.clock.mode == "real" and world.clock.due)


def _give_memory_back() -> None:
    """To the system, where the C library can. A collection empties the lists of free objects, which are all over it."""
    import ctypes

    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
