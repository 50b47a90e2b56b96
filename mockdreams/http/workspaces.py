"""Workspaces: each API key has a world, made on first use, with its faults, journal and limits."""

import gc
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property, lru_cache, partial
from hashlib import blake2b
from threading import Lock
from time import monotonic, time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from mockdreams.extras import MissingExtraError
from mockdreams.freeing import let_go
from mockdreams.http.encounters import Encounters
from mockdreams.http.journal import Journal, Space
from mockdreams.http.log import logger
from mockdreams.http.pagination import PageCache
from mockdreams.http.poll_watch import PollWatcher
from mockdreams.http.queues import FaultQueue, StubQueue
from mockdreams.http.rate_limits import RateLimiter
from mockdreams.http.threads import run_in_thread
from mockdreams.http.webhook_hosts import LOOPBACK_ONLY, HostPatterns
from mockdreams.secrets import shortened
from mockdreams.world.core.clock import ClockMode, Now
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.policy import CURRENT, Policy, default_policy
from mockdreams.world.world import InitialState, World, WorldConfig, workspace_id_of

if TYPE_CHECKING:
    from mockdreams.http.webhook_sender import WebhookSender
    from mockdreams.world.dreams.dreams import DreamFilter
    from mockdreams.world.webhooks.endpoints import WebhookParams
    from mockdreams.world.work.worker_credentials import WorkerCredential

WORLD_BYTES = 100_000
"""What a forgotten world counts beside its journal."""
MOVES = 64
"""So many worlds can be on their way into the memory, or out of it, at once."""
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
        webhook_hosts: HostPatterns = LOOPBACK_ONLY,
        key_end: str = "",
        is_replaying: bool = False,
    ) -> None:
        self.world = world
        self.key_end = key_end
        """What is shown of its key."""
        self._policy_fields = policy_fields
        self._prepare = prepare
        self.remove = forget
        self.faults = FaultQueue()
        self.stubs = StubQueue()
        self.journal = Journal(journals)
        self.limits = RateLimiter(world)
        self.prepared: dict[str, Callable[[], int]] = {}
        """How often each thing that was prepared under a name has been used."""
        self.prepared_items: dict[str, object] = {}
        """The things themselves."""
        self.took_much = False
        """Whether a large body was ever sent to it: what is made of that takes long, and is done off the event loop."""
        self.users = 0
        """How many requests are about it, and streams open."""
        self.used_at = monotonic()
        self._is_replaying = is_replaying
        self.encounters = Encounters()
        """What its caller has met; kept when the world begins anew."""
        self.poll_watcher = PollWatcher()
        self.dream_pages: PageCache[tuple[DreamFilter, int, int | None]] = PageCache()
        self.headers = [
            (b"anthropic-organization-id", world.organization_id.encode()),
            (b"anthropic-workspace-id", world.workspace_id.encode()),
        ]
        """The headers that say whose place it is."""
        self._own_hosts = webhook_hosts
        self.webhook_hosts = HostPatterns(("*",)) if is_replaying else webhook_hosts
        self._webhook_sender: WebhookSender | None = None
        world.send_webhooks = self._send_webhooks
        if world.has_webhooks:
            self._send_webhooks()
        if prepare is not None:
            prepare.prepare(self)

    @property
    def id(self) -> str:
        """A hash of its key."""
        return self.world.own_seed

    @property
    def last_used(self) -> float:
        """When somebody used it last, in wall time."""
        return time() - (monotonic() - self.used_at)

    def begin_as(self, config: WorldConfig, prepare: "Preparation | None", policy_fields: Mapping[str, Any]) -> None:
        """Begin so whenever it is reset from now on."""
        self.world.config, self._prepare, self._policy_fields = config, prepare, policy_fields

    @property
    def beginning(self) -> "tuple[WorldConfig, Preparation | None, Mapping[str, Any]]":
        """How it begins whenever it is reset."""
        return self.world.config, self._prepare, self._policy_fields

    def end_replay(self) -> None:
        """All is done again that was done before; from now on webhooks are sent."""
        with self.world.lock:
            self._is_replaying = False
            self.webhook_hosts = self._own_hosts
            if self._webhook_sender is not None:
                self._webhook_sender.is_paused = False
            if self.world.has_webhooks:
                self._send_webhooks()

    @property
    def webhook_sender(self) -> "WebhookSender":
        """Who sends what webhooks have to tell. A world without webhooks has none."""
        with self.world.lock:
            if self._webhook_sender is None:
                from mockdreams.http.webhook_sender import WebhookSender

                self._webhook_sender = WebhookSender(self.world, self._own_hosts, is_paused=self._is_replaying)
            return self._webhook_sender

    def close_webhooks(self) -> None:
        """Send nothing more."""
        sender, self._webhook_sender = self._webhook_sender, None
        self.world.send_webhooks = _send_nothing
        if sender is not None:
            sender.close()

    def _send_webhooks(self) -> None:
        try:
            self.webhook_sender.send()
        except MissingExtraError as missing:  # of a snapshot of another installation
            logger.error("webhooks are not sent: %s", missing)

    def make_policy(self, fields: Mapping[str, Any]) -> Policy:
        """The policy of the profile that `fields` name, or else the server's, with them. Raises ValueError."""
        return _make_policy(fields if "profile" in fields else {**self._policy_fields, **fields})

    def note_prepared(self, name: str | None, hits: Callable[[], int], item: object = None) -> None:
        """Something was prepared; under `name`, if it has one, `hits` tells how often it has been used."""
        if name is not None:
            self.prepared[name] = hits
            self.prepared_items[name] = item

    def reset(self, start: WorldConfig | None = None, prepare: "Preparation | None" = None) -> None:
        """Make everything as it was at first, or begin as `start` and `prepare` say, now and ever after. Streams end.

        Raises SeedError or SnapshotError, and changes nothing, if no world can begin so.
        """
        if start is not None and (start.load is not None or prepare is not None):
            _try_to_begin(start.policy, start.load, start.now, prepare or self._prepare)
        self.encounters.note_world(self.world)
        with self.world.lock:
            before = _all_of(self.world) if self.took_much else []
            self.world.config = start or self.world.config
            self.world.reset()
            self.faults.clear()
            self.stubs.clear()
            self.journal.clear()
            self.limits.clear()
            self.poll_watcher = PollWatcher()
            self._prepare = prepare or self._prepare
            if self._prepare is not None:
                self._prepare.prepare(self)
        let_go(before)

    @property
    def is_lost(self) -> bool:
        """Whether the world in memory is not the one that is kept, and must not go on."""
        return self.world.log is not None and self.world.log.failed is not None

    def close_streams(self) -> None:
        """End every open stream."""
        with self.world.lock:
            self.world.close_streams()


class Preparation(Protocol):
    """What prepares faults, stubs and scripts in a workspace that has just begun: a scenario."""

    def prepare(self, workspace: Workspace) -> None: ...

    def as_json(self) -> dict[str, Any]:
        """The document that it can be read from."""


class Keeper(Protocol):
    """Where worlds are that are not in memory. Every method may raise StoreError, and none is for an event loop."""

    @property
    def where(self) -> str:
        """Where worlds are kept, and whether they outlast the server; for people."""

    @property
    def is_shared(self) -> bool:
        """Whether others may own worlds that are kept there."""

    @property
    def address(self) -> str:
        """Where others who own worlds that are kept there reach the server."""

    @property
    def run(self) -> str:
        """What tells the server from all others that keep their worlds there, and from those before it, if any do."""

    def load(self, places: "Workspaces", id: str, key_end: str) -> Workspace:
        """A world as it was when it was put away, or a new one."""

    def put_away(self, place: Workspace) -> bool:
        """Keep a world that leaves the memory; whether it may."""

    def forget(self, place: Workspace) -> None:
        """Keep nothing more of a world."""

    def forget_unread(self, id: str) -> None:
        """Keep nothing more of a world that is not in memory."""

    def forget_unused(self, before: float) -> int:
        """Keep nothing more of worlds that are not in memory and were used last before that wall time; how many."""

    def tend(self, places: "Workspaces") -> None:
        """Do what is to be done from time to time."""

    def find_worker(self, token: str) -> str | None:
        """The id of the world whose worker has a token."""

    def away(self) -> "list[WorldAway]":
        """The worlds that are kept, in memory or not."""

    def count(self) -> int:
        """How many there are."""

    def find_away(self, workspace_id: str) -> "WorldAway | None":
        """One of them."""

    def secret(self) -> bytes:
        """What only the servers know that keep their worlds there."""

    def close(self, places: "Workspaces") -> None:
        """Keep everything, and stop."""


class WorldAway(NamedTuple):
    """A world that is not in memory, in short; `used_at` is wall time, `owner` the address of whoever else has it."""

    id: str
    key_end: str
    used_at: float
    bytes: int
    owner: str | None = None

    @property
    def workspace_id(self) -> str:
        return workspace_id_of(self.id)


def _try_to_begin(
    policy: Policy | None, load: InitialState | None, now: Now | None, prepare: Preparation | None
) -> None:
    """Begin and prepare a world that is thrown away. Raises SeedError or SnapshotError if none can begin so."""
    trial = Workspace(World("trial", clock="manual", policy=policy, load=load, now=now), forget=_send_nothing)
    if prepare is not None:
        prepare.prepare(trial)
    trial.close_webhooks()


def _all_of(world: World) -> list[Any]:
    """Everything that a world keeps."""
    from mockdreams.world.state.codec import objects  # with all shapes: most worlds hold little

    return objects(world)


def _send_nothing() -> None:
    """The world is forgotten."""


def _do_nothing() -> None:
    """There is room."""


@lru_cache(128)
def _seed_of(key: str) -> str:
    """What decides the ids of a key's world. Snapshots show it, so it must not be the key.

    Few are remembered: each lies between the objects of a world, and keeps a megabyte from the system when it is gone.
    """
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
        profile: str = CURRENT,
        policy_fields: Mapping[str, Any] = {},
        prepare: "Preparation | None" = None,
        webhooks: "tuple[WebhookParams, ...]" = (),
        webhook_hosts: HostPatterns = LOOPBACK_ONLY,
        keeper: Keeper | None = None,
    ) -> None:
        self.keeper = keeper
        self.make_room: Callable[[], None] = _do_nothing
        """Called when a world has come into the memory, not on an event loop."""
        self._moves = [Lock() for _ in range(MOVES)]
        self._webhooks = webhooks
        self._webhook_hosts = webhook_hosts
        self.policy_fields = {"profile": profile, **policy_fields}
        plain = self.policy_fields == {"profile": CURRENT}
        self._policy = None if plain else _make_policy(self.policy_fields)
        self.profile = profile
        self.prepare = prepare
        if load is not None:
            _try_to_begin(self._policy and self._policy.copied(), load, now, prepare)
        self.request_ids = IdGenerator(f"requests of nobody{keeper.run if keeper is not None else ''}")
        self._clock = clock
        self._speed = speed
        self._load = load
        self._now = now
        self._workspaces: dict[str, Workspace] = {}
        """By id."""
        self._lock = Lock()
        self._journals = Space()
        self._forgotten_bytes = 0

    def __len__(self) -> int:
        return len(self._workspaces)

    def __iter__(self) -> Iterator[Workspace]:
        return iter(list(self._workspaces.values()))

    def enter(self, key: str) -> Workspace | None:
        """The place of `key`, which stays in memory until `leave`; None if it has to be fetched."""
        with self._lock:
            place = self._workspaces.get(_seed_of(key))
            if place is None and self.keeper is None:
                place = self.create(key)
            return None if place is None or place.is_lost else _entered(place)

    def enter_known(self, key: str) -> Workspace | None:
        """`enter`, of a place that is in memory already, else None."""
        with self._lock:
            place = self._workspaces.get(_seed_of(key))
            return None if place is None or place.is_lost else _entered(place)

    async def enter_anew(self, key: str) -> Workspace:
        """`enter`, of a place that has to be fetched. Raises StoreError."""
        return await run_in_thread(self._fetch, _seed_of(key), shortened(key))

    def leave(self, place: Workspace) -> None:
        """A request is over, or a stream."""
        with self._lock:
            place.users -= 1
            place.used_at = monotonic()

    def get_or_create(self, key: str) -> Workspace:
        """The place of `key`. Not on an event loop where it may have to be fetched."""
        place = self.enter(key) or self._fetch(_seed_of(key), shortened(key))
        self.leave(place)
        return place

    def find(self, workspace_id: str) -> Workspace | None:
        """The place of that id, if there is one."""
        return next((place for place in self if place.world.workspace_id == workspace_id), None)

    def enter_workspace(self, workspace_id: str) -> Workspace | None:
        """The place in memory of that id, which stays there until `leave`."""
        with self._lock:
            place = self.find(workspace_id)
            return None if place is None or place.is_lost else _entered(place)

    async def enter_away(self, workspace_id: str) -> Workspace | None:
        """`enter_workspace`, of a place that has to be fetched. Raises StoreError."""
        away = await run_in_thread(self.find_away, workspace_id)
        return None if away is None else await run_in_thread(self._fetch, away.id, away.key_end)

    def find_away(self, workspace_id: str) -> WorldAway | None:
        """The world of that id that is not in memory, if there is one. Raises StoreError. Not on an event loop."""
        away = None if self.keeper is None else self.keeper.find_away(workspace_id)
        return None if away is None or away.id in self._workspaces else away

    async def enter_worker(self, token: str) -> "tuple[Workspace, WorkerCredential | None]":
        """The place whose world gave a worker this token, and what it is good for; else that of the token as a key."""
        found = self._of_worker(token)
        if found is None and self.keeper is not None:
            id = await run_in_thread(self.keeper.find_worker, token)
            if id is not None:
                place = await run_in_thread(self._fetch, id, "")
                return place, place.world.work.credential(token)
        if found is None:
            return self.enter(token) or await self.enter_anew(token), None
        with self._lock:
            return _entered(found[0]), found[1]

    def _of_worker(self, token: str) -> "tuple[Workspace, WorkerCredential] | None":
        for place in self:
            credential = None if place.is_lost else place.world.work.credential(token)
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
        prepare: Preparation | None = None,
    ) -> Workspace:
        """A new place for `key`, instead of any that it had."""
        begins = self.config
        config = WorldConfig(
            clock or begins.clock, speed or begins.speed, policy or begins.policy, load or begins.load,
            now or begins.now, begins.webhooks,
        )  # fmt: skip
        place = self.build(_seed_of(key), shortened(key), config, prepare or self.prepare)
        before = self._workspaces.get(place.id)
        if before is not None:
            before.close_webhooks()
        self._workspaces[place.id] = place
        if before is not None:
            self._collect(before)
        return place

    @cached_property
    def config(self) -> WorldConfig:
        """How a world begins whose key is new; each has a copy of its policy."""
        policy = self._policy or default_policy()
        return WorldConfig(self._clock, self._speed, policy, self._load, self._now, self._webhooks)

    def build(
        self,
        id: str,
        key_end: str,
        config: WorldConfig,
        prepare: Preparation | None,
        policy_fields: Mapping[str, Any] | None = None,
        *,
        wall: datetime | None = None,
        is_replaying: bool = False,
    ) -> Workspace:
        """A place that is not among the others yet."""
        world = World(
            id,
            clock=config.clock,
            speed=config.speed,
            policy=config.policy,
            load=config.load,
            now=config.now,
            webhooks=config.webhooks,
            wall=wall,
        )
        return Workspace(
            world,
            partial(self.remove, id),
            self._journals,
            self.policy_fields if policy_fields is None else policy_fields,
            prepare,
            self._webhook_hosts,
            key_end,
            is_replaying,
        )

    def remove(self, id: str) -> None:
        """Forget a place, if there is one of that id. Open streams end. Raises StoreError, and forgets nothing."""
        place = self._workspaces.get(id)
        if place is None:
            return
        if self.keeper is not None:
            self.keeper.forget(place)
        self._drop(place)

    def away(self) -> list[WorldAway]:
        """The worlds that are not in memory. Raises StoreError. Not on an event loop."""
        away = [] if self.keeper is None else self.keeper.away()
        return [each for each in away if each.id not in self._workspaces]

    def count_away(self) -> int:
        """How many there are. Raises StoreError. Not on an event loop."""
        if self.keeper is None:
            return 0
        in_memory_too = sum(place.world.log is not None for place in self)
        return max(0, self.keeper.count() - in_memory_too)

    def forget_unread(self, key: str) -> None:
        """Forget the world of a key that is not in memory. Raises StoreError. Not on an event loop."""
        assert self.keeper is not None
        with self._fetching(_seed_of(key)):
            self.keeper.forget_unread(_seed_of(key))

    def put_away(self, place: Workspace) -> bool:
        """Let a place that nobody uses leave the memory; whether it did. Raises StoreError. Not on an event loop."""
        assert self.keeper is not None
        with self._fetching(place.id):
            with self._lock:
                if place.users or self._workspaces.get(place.id) is not place:
                    return False
                del self._workspaces[place.id]
            try:
                away = self.keeper.put_away(place)
            except BaseException:
                away = False
                raise
            finally:
                if not away:
                    with self._lock:
                        self._workspaces[place.id] = place
            if away:
                self._close(place)
            return away

    def remove_unused(self, place: Workspace) -> None:
        """Forget a place, unless it is used again. Raises StoreError."""
        with self._fetching(place.id):
            with self._lock:
                if place.users or self._workspaces.get(place.id) is not place:
                    return
                del self._workspaces[place.id]
            if self.keeper is not None:
                self.keeper.forget(place)
            self._close(place)

    def drop(self, place: Workspace) -> None:
        """Let a place go that is not kept as it is in memory; the next request fetches what is kept."""
        with self._lock:
            if self._workspaces.get(place.id) is place:
                del self._workspaces[place.id]
        self._drop(place)

    def close(self) -> None:
        """Keep what is to be kept."""
        if self.keeper is not None:
            self.keeper.close(self)

    @property
    def requests(self) -> int:
        """How many requests any world has had, those of forgotten worlds too."""
        return self._journals.total

    @property
    def journal_bytes(self) -> int:
        """What all journals keep."""
        return self._journals.bytes

    def close_streams(self) -> None:
        """End every open stream."""
        for place in self:
            place.close_streams()

    def _close(self, place: Workspace) -> None:
        """Let go of a world that nobody uses, which is freed by that."""
        place.close_webhooks()
        place.journal.detach()
        place.world.close()

    def _collect(self, place: Workspace) -> None:
        """Let go of a forgotten world. Its parts know each other, and a server looks for such circles seldom."""
        self._forgotten_bytes += WORLD_BYTES + place.journal.bytes
        place.journal.detach()
        if self._forgotten_bytes > COLLECT_BYTES:
            self._forgotten_bytes = 0
            gc.collect()

    def _drop(self, place: Workspace) -> None:
        with self._lock:
            if self._workspaces.get(place.id) is place:
                del self._workspaces[place.id]
        place.close_streams()
        place.close_webhooks()
        self._collect(place)

    def _fetch(self, id: str, key_end: str) -> Workspace:
        """A place that may be on its way into the memory or out of it; on a thread."""
        assert self.keeper is not None
        with self._fetching(id):
            with self._lock:
                place = self._workspaces.get(id)
                if place is not None and not place.is_lost:
                    return _entered(place)
            if place is not None:
                self._drop(place)
            place = self.keeper.load(self, id, key_end)
            with self._lock:
                self._workspaces[id] = _entered(place)
        self.make_room()
        return place

    def _fetching(self, id: str) -> Lock:
        """What one has at a time who moves a place into the memory or out of it; some places share one."""
        return self._moves[hash(id) % len(self._moves)]


def _make_policy(fields: Mapping[str, Any]) -> Policy:
    from mockdreams.world.core.profiles import make_policy

    return make_policy(fields)


def _entered(place: Workspace) -> Workspace:
    place.users += 1
    place.used_at = monotonic()
    return place
