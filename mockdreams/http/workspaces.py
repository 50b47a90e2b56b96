"""Workspaces: each API key has a world, made on first use, with its faults, journal and limits."""

import gc
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

from mockdreams.extras import MissingExtraError
from mockdreams.http.encounters import Encounters
from mockdreams.http.faults import FaultQueue
from mockdreams.http.journal import Journal, Space
from mockdreams.http.log import logger
from mockdreams.http.pagination import PageCache
from mockdreams.http.poll_watch import PollWatcher
from mockdreams.http.rate_limits import RateLimiter
from mockdreams.http.stubs import StubQueue
from mockdreams.http.webhook_hosts import LOOPBACK_ONLY, HostPatterns
from mockdreams.secrets import shortened
from mockdreams.world.core.clock import ClockMode, Now
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.policy import Policy
from mockdreams.world.core.profiles import CURRENT, make_policy
from mockdreams.world.dreams.dreams import DreamFilter
from mockdreams.world.webhooks.endpoints import WebhookParams
from mockdreams.world.work.worker_credentials import WorkerCredential
from mockdreams.world.world import InitialState, World, WorldConfig

if TYPE_CHECKING:
    from mockdreams.http.webhook_sender import WebhookSender

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
        webhook_hosts: HostPatterns = LOOPBACK_ONLY,
        key_end: str = "",
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
        self.encounters = Encounters()
        """What its caller has met; kept when the world begins anew."""
        self.poll_watcher = PollWatcher()
        self.dream_pages = PageCache[tuple[DreamFilter, int, int | None]]()
        self.headers = [
            (b"anthropic-organization-id", world.organization_id.encode()),
            (b"anthropic-workspace-id", world.workspace_id.encode()),
        ]
        """The headers that say whose place it is."""
        self.webhook_hosts = webhook_hosts
        self._webhook_sender: WebhookSender | None = None
        world.send_webhooks = self._send_webhooks
        if world.webhooks.endpoints:
            self._send_webhooks()
        if prepare is not None:
            prepare(self)

    @property
    def webhook_sender(self) -> "WebhookSender":
        """Who sends what webhooks have to tell. A world without webhooks has none."""
        with self.world.lock:
            if self._webhook_sender is None:
                from mockdreams.http.webhook_sender import WebhookSender

                self._webhook_sender = WebhookSender(self.world, self.webhook_hosts)
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
        return make_policy(fields if "profile" in fields else {**self._policy_fields, **fields})

    def note_prepared(self, name: str | None, hits: Callable[[], int]) -> None:
        """Something was prepared; under `name`, if it has one, `hits` tells how often it has been used."""
        if name is not None:
            self.prepared[name] = hits

    def reset(self, start: WorldConfig | None = None, prepare: "Preparation | None" = None) -> None:
        """Make everything as it was at first, or begin as `start` and `prepare` say, now and ever after. Streams end.

        Raises SeedError or SnapshotError, and changes nothing, if no world can begin so.
        """
        if start is not None and (start.load is not None or prepare is not None):
            _try_to_begin(start.policy, start.load, start.now, prepare or self._prepare)
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


def _try_to_begin(
    policy: Policy | None, load: InitialState | None, now: Now | None, prepare: Preparation | None
) -> None:
    """Begin and prepare a world that is thrown away. Raises SeedError or SnapshotError if none can begin so."""
    trial = Workspace(World("trial", clock="manual", policy=policy, load=load, now=now), forget=_send_nothing)
    if prepare is not None:
        prepare(trial)
    trial.close_webhooks()


def _send_nothing() -> None:
    """The world is forgotten."""


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
        webhooks: tuple[WebhookParams, ...] = (),
        webhook_hosts: HostPatterns = LOOPBACK_ONLY,
    ) -> None:
        self._webhooks = webhooks
        self._webhook_hosts = webhook_hosts
        self._policy_fields = {"profile": profile, **policy_fields}
        plain = self._policy_fields == {"profile": CURRENT.name}
        self._policy = None if plain else make_policy(self._policy_fields)
        self.profile = profile
        self._prepare = prepare
        if load is not None:
            _try_to_begin(self._policy and self._policy.model_copy(), load, now, prepare)
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

    def find(self, workspace_id: str) -> Workspace | None:
        """The place of that id, if there is one."""
        return next((place for place in self if place.world.workspace_id == workspace_id), None)

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
            webhooks=self._webhooks,
        )
        place = Workspace(
            world,
            partial(self.remove, key),
            self._journals,
            self._policy_fields,
            prepare or self._prepare,
            self._webhook_hosts,
            shortened(key),
        )
        before = self._workspaces.get(key)
        if before is not None:
            before.close_webhooks()
        self._workspaces[key] = place
        if before is not None:
            self._collect(before)
        return place

    def remove(self, key: str) -> None:
        """Forget the place of `key`, if it has one. Open streams end."""
        place = self._workspaces.pop(key, None)
        if place is not None:
            place.close_streams()
            place.close_webhooks()
            self._collect(place)

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
