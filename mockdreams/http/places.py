"""Places: each API key has a world, made on first use, and what stands around it."""

from threading import Lock

from mockdreams.http.faults import Faults
from mockdreams.http.journal import Journal
from mockdreams.http.limits import Limits
from mockdreams.http.lists import Pages
from mockdreams.world.clock import ClockMode
from mockdreams.world.dreams import DreamFilter
from mockdreams.world.ids import Ids
from mockdreams.world.policy import Policy
from mockdreams.world.seeds import Beginning
from mockdreams.world.world import World


class Place:
    """One key's world, the faults that its requests meet, and the journal of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.journal = Journal()
        self.limits = Limits(world)
        self.dream_pages = Pages[tuple[DreamFilter, int, int | None]]()
        self.stamp = [
            (b"anthropic-organization-id", world.organization_id.encode()),
            (b"anthropic-workspace-id", world.workspace_id.encode()),
        ]
        """The headers that say whose place it is."""

    def reset(self) -> None:
        """Make everything as it was at first. Open streams end."""
        with self.world.lock:
            self.world.reset()
            self.faults.clear()
            self.journal.clear()
            self.limits.clear()


class Places:
    """Places by key, and how a new one begins. Raises SeedError for a seed that no world can live through."""

    def __init__(self, *, clock: ClockMode = "auto", speed: float = 60, load: Beginning | None = None) -> None:
        if load is not None:
            World("trial", clock="manual", load=load)
        self.request_ids = Ids("requests of nobody")
        self._clock = clock
        self._speed = speed
        self._load = load
        self._places: dict[str, Place] = {}
        self._lock = Lock()

    def of(self, key: str) -> Place:
        """The place of `key`."""
        return self._places.get(key) or self._make(key)

    def begin(
        self, key: str, *, clock: ClockMode | None = None, load: Beginning | None = None, policy: Policy | None = None
    ) -> Place:
        """A new place for `key`, instead of any that it had."""
        world = World(key, clock=clock or self._clock, speed=self._speed, policy=policy, load=load or self._load)
        place = self._places[key] = Place(world)
        return place

    def forget(self, key: str) -> None:
        self._places.pop(key, None)

    def hang_up(self) -> None:
        """End every open stream."""
        for place in list(self._places.values()):
            with place.world.lock:
                place.world.sessions.hang_up()

    def _make(self, key: str) -> Place:
        with self._lock:
            return self._places.get(key) or self.begin(key)
