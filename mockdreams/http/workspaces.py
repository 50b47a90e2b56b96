"""Workspaces: each API key has a world, made on first use, with its faults, journal and limits."""

import gc
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import blake2b
from threading import Lock
from typing import Any, TypeAlias

from mockdreams.http.encounters import Encounters
from mockdreams.http.faults import FaultQueue
from mockdreams.http.journal import Journal, Space
from mockdreams.http.pagination import PageCache
from mockdreams.http.poll_watch import PollWatcher
from mockdreams.http.rate_limits import RateLimiter
from mockdreams.http.stubs import StubQueue
from mockdreams.world.core.clock import ClockMode, Now
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.policy import Policy
from mockdreams.world.core.profiles import CURRENT, make_policy
from mockdreams.world.dreams.dreams import DreamFilter
from mockdreams.world.work.credentials import WorkerCredential
from mockdreams.world.world import InitialState, World, WorldConfig

WORLD_BYTES = 100_000
"""What a forgotten world counts beside its journal."""
COLLECT_BYTES = 64 * 1024 * 1024
"""After so much that was forgotten the memory is collected."""


class Workspace:
    """One key's world, the faults and stubs that its requests meet, and the journal of them. `forget` removes it.

    `policy_fields` are those with which its policies begin; `prepare` prepares what is there whenever it begins.
    """

    def __init__(
        self,
        world: World,
        forget: Callable[[], None],
        journals: Space | None = None,
        policy_fields: Mapping[str, Any] = {},
        prepare: "Preparation | None" = None,
    ) -> None:
        self.world = world
        self._policy_fields = policy_fields
        self._prepare = prepare
        self.remove = forget
        self.faults = FaultQueue()
        self.stubs = StubQueue()
        self.journal = Journal(journals)
        self.limits = RateLimiter(world)
        self.prepared: dict[str, Callable[[], int]] = {}
        """How often each thing that was prepared under a name has been used."""
        self.encounters = Encounters()
        """What its caller has met; kept when the world begins anew."""
        self.poll_watcher = PollWatcher()
        self.dream_pages = PageCache[tuple[DreamFilter, int, int | None]]()
        self.headers = [
            (b"anthropic-organization-id", world.organization_id.encode()),
            (b"anthropic-workspace-id", world.workspace_id.encode()),
        ]
        """The headers that say whose place it is."""
        if prepare is not None:
            prepare(self)

    def make_policy(self, fields: Mapping[str, Any]) -> Policy:
        """The policy of the profile that `fields` name, or else the server's, with them. Raises ValueError."""
        return make_policy(fields if "profile" in fields else {**self._policy_fields, **fields})

    def note_prepared(self, name: str | None, hits: Callable[[], int]) -> None:
        """Something was prepared; under `name`, if it has one, `hits` tells how often it has been used."""
        if name is not None:
            self.prepared[name] = hits

    def reset(self, start: WorldConfig | None = None, prepare: "Preparation | None" = None) -> None:
        """Make everything as it was at first, or begin as `start` and `prepare` say, now and ever after. Streams end.

        Raises SeedError or SnapshotError, and changes nothing, if no world can begin so.
        """
        if start is not None and start.load is not None:
            World("trial", clock="manual", policy=start.policy, load=start.load, now=start.now)
        self.encounters.note_world(self.world)
        with self.world.lock:
            self.world.config = start or self.world.config
            self.world.reset()
            self.faults.clear()
            self.stubs.clear()
            self.journal.clear()
            self.limits.clear()
            self.poll_watcher = PollWatcher()
            self._prepare = prepare or self._prepare
            if self._prepare is not None:
                self._prepare(self)

    def close_streams(self) -> None:
        """End every open stream."""
        with self.world.lock:
            self.world.close_streams()


Preparation: TypeAlias = Callable[[Workspace], None]
"""What prepares faults, stubs and scripts in a workspace that has just begun."""


def _seed_of(key: str) -> str:
    """What decides the ids of a key's world. Snapshots show it, so it must not be the key."""
    return blake2b(key.encode(), digest_size=16).hexdigest()


class Workspaces:
    """Places by key, and how a new one begins. Raises SeedError for a seed that no world can live through."""

    def __init__(
        self,
        *,
        clock: ClockMode = "auto",
        speed: float = 60,
        load: InitialState | None = None,
        now: Now | None = None,
        profile: str = CURRENT.name,
        policy_fields: Mapping[str, Any] = {},
        prepare: "Preparation | None" = None,
    ) -> None:
        self._policy_fields = {"profile": profile, **policy_fields}
        plain = self._policy_fields == {"profile": CURRENT.name}
        self._policy = None if plain else make_policy(self._policy_fields)
        self.profile = profile
        self._prepare = prepare
        if load is not None:
            World("trial", clock="manual", policy=self._policy and self._policy.model_copy(), load=load)
        self.request_ids = IdGenerator("requests of nobody")
        self._clock = clock
        self._speed = speed
        self._load = load
        self._now = now
        self._workspaces: dict[str, Workspace] = {}
        self._lock = Lock()
        self._journals = Space()
        self._forgotten_bytes = 0

    def __iter__(self) -> Iterator[Workspace]:
        return iter(list(self._workspaces.values()))

    def get_or_create(self, key: str) -> Workspace:
        """The place of `key`."""
        return self._workspaces.get(key) or self._make(key)

    def of_worker(self, token: str) -> tuple[Workspace, WorkerCredential] | None:
        """The place whose world gave a worker this token, and what it is good for."""
        for place in self:
            credential = place.world.work.credential(token)
            if credential is not None:
                return place, credential
        return None

    def create(
        self,
        key: str,
        *,
        clock: ClockMode | None = None,
        load: InitialState | None = None,
        policy: Policy | None = None,
        now: Now | None = None,
        speed: float | None = None,
        prepare: "Preparation | None" = None,
    ) -> Workspace:
        """A new place for `key`, instead of any that it had."""
        world = World(
            _seed_of(key),
            clock=clock or self._clock,
            speed=speed or self._speed,
            policy=policy or (self._policy and self._policy.model_copy()),
            load=load or self._load,
            now=now or self._now,
        )
        place = self._workspaces[key] = Workspace(
            world, partial(self.remove, key), self._journals, self._policy_fields, prepare or self._prepare
        )
        return place

    def remove(self, key: str) -> None:
        """Forget the place of `key`, if it has one. Open streams end."""
        place = self._workspaces.pop(key, None)
        if place is not None:
            place.close_streams()
            self._collect(place)

    @property
    def journal_bytes(self) -> int:
        """What all journals keep."""
        return self._journals.bytes

    def close_streams(self) -> None:
        """End every open stream."""
        for place in self:
            place.close_streams()

    def _collect(self, place: Workspace) -> None:
        """Let go of a forgotten world. Its parts know each other, and a server looks for such circles seldom."""
        self._forgotten_bytes += WORLD_BYTES + place.journal.bytes
        place.journal.detach()
        if self._forgotten_bytes > COLLECT_BYTES:
            self._forgotten_bytes = 0
            gc.collect()

    def _make(self, key: str) -> Workspace:
        with self._lock:
            return self._workspaces.get(key) or self.create(key)
