"""Places: each API key has a world, made on first use, and what stands around it."""

import gc
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b
from threading import Lock

from mockdreams.http.faults import Faults
from mockdreams.http.journal import Journal, Space
from mockdreams.http.limits import Limits
from mockdreams.http.lists import Pages
from mockdreams.http.poll_watch import Vigil
from mockdreams.world.clock import ClockMode, Now
from mockdreams.world.dreams import DreamFilter
from mockdreams.world.ids import Ids
from mockdreams.world.policy import Policy
from mockdreams.world.world import Beginning, Start, World

WORLD_BYTES = 100_000
"""What a forgotten world counts beside its journal."""
COLLECT_BYTES = 64 * 1024 * 1024
"""After so much that was forgotten the memory is collected."""


class Place:
    """One key's world, the faults that its requests meet, and the journal of them. `forget` removes it."""

    def __init__(self, world: World, forget: Callable[[], None], journals: Space | None = None) -> None:
        self.world = world
        self.forget = forget
        self.faults = Faults()
        self.journal = Journal(journals)
        self.limits = Limits(world)
        self.prepared: dict[str, Callable[[], int]] = {}
        """How often each thing that was prepared under a name has been used."""
        self.vigil = Vigil()
        self.dream_pages = Pages[tuple[DreamFilter, int, int | None]]()
        self.stamp = [
            (b"anthropic-organization-id", world.organization_id.encode()),
            (b"anthropic-workspace-id", world.workspace_id.encode()),
        ]
        """The headers that say whose place it is."""

    def note_prepared(self, name: str | None, hits: Callable[[], int]) -> None:
        """Something was prepared; under `name`, if it has one, `hits` tells how often it has been used."""
        if name is not None:
            self.prepared[name] = hits

    def reset(self, start: Start | None = None) -> None:
        """Make everything as it was at first, or begin as `start` says, now and ever after. Open streams end.

        Raises SeedError or SnapshotError, and changes nothing, if no world can begin so.
        """
        if start is not None and start.load is not None:
            World("trial", clock="manual", policy=start.policy, load=start.load, now=start.now)
        with self.world.lock:
            self.world.start = start or self.world.start
            self.world.reset()
            self.faults.clear()
            self.journal.clear()
            self.limits.clear()
            self.vigil = Vigil()

    def hang_up(self) -> None:
        """End every open stream."""
        with self.world.lock:
            self.world.hang_up()


def _seed_of(key: str) -> str:
    """What decides the ids of a key's world. Snapshots show it, so it must not be the key."""
    return blake2b(key.encode(), digest_size=16).hexdigest()


class Places:
    """Places by key, and how a new one begins. Raises SeedError for a seed that no world can live through."""

    def __init__(
        self,
        *,
        clock: ClockMode = "auto",
        speed: float = 60,
        load: Beginning | None = None,
        now: Now | None = None,
    ) -> None:
        if load is not None:
            World("trial", clock="manual", load=load)
        self.request_ids = Ids("requests of nobody")
        self._clock = clock
        self._speed = speed
        self._load = load
        self._now = now
        self._places: dict[str, Place] = {}
        self._lock = Lock()
        self._journals = Space()
        self._forgotten_bytes = 0

    def __iter__(self) -> Iterator[Place]:
        return iter(list(self._places.values()))

    def of(self, key: str) -> Place:
        """The place of `key`."""
        return self._places.get(key) or self._make(key)

    def begin(
        self,
        key: str,
        *,
        clock: ClockMode | None = None,
        load: Beginning | None = None,
        policy: Policy | None = None,
        now: Now | None = None,
    ) -> Place:
        """A new place for `key`, instead of any that it had."""
        world = World(
            _seed_of(key),
            clock=clock or self._clock,
            speed=self._speed,
            policy=policy,
            load=load or self._load,
            now=now or self._now,
        )
        place = self._places[key] = Place(world, partial(self.forget, key), self._journals)
        return place

    def forget(self, key: str) -> None:
        """Forget the place of `key`, if it has one. Open streams end."""
        place = self._places.pop(key, None)
        if place is not None:
            place.hang_up()
            self._collect(place)

    @property
    def journal_bytes(self) -> int:
        """What all journals keep."""
        return self._journals.bytes

    def hang_up(self) -> None:
        """End every open stream."""
        for place in self:
            place.hang_up()

    def _collect(self, place: Place) -> None:
        """Let go of a forgotten world. Its parts know each other, and a server looks for such circles seldom."""
        self._forgotten_bytes += WORLD_BYTES + place.journal.bytes
        place.journal.detach()
        if self._forgotten_bytes > COLLECT_BYTES:
            self._forgotten_bytes = 0
            gc.collect()

    def _make(self, key: str) -> Place:
        with self._lock:
            return self._places.get(key) or self.begin(key)
