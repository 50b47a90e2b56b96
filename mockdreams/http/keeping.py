"""Keeping worlds in a store: what comes into memory, what is logged, and when a checkpoint is written."""

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Literal, TypeAlias

from mockdreams.http.checkpoints import Beginnings, Checkpointing, unpack
from mockdreams.http.command_log import CommandLog, decoded, label_of, wall_of
from mockdreams.http.inputs import SYNC, BeginInput
from mockdreams.http.log import logger
from mockdreams.http.replay import DivergedError, replay
from mockdreams.http.workspaces import Workspace, Workspaces, WorldAway
from mockdreams.store.errors import DamagedWorldError, StoreError
from mockdreams.store.interface import Checkpoint, Entry, Kept, StoredWorld, WorldStore
from mockdreams.store.leases import LEASE_SECONDS, Leases
from mockdreams.store.writer import LogWriter, OpenLog
from mockdreams.wire.errors import ServiceError
from mockdreams.world.state.snapshots import SnapshotError

WhileDown: TypeAlias = Literal["stop", "run"]
IDLE_SECONDS = 5.0
"""How long a world is not asked before its checkpoint is written."""
CHECKPOINT_ENTRIES = 2_000
"""After so many entries one is written though the world is not idle."""
PAUSES = 19
"""Then it is left in peace for so many times as long as that took, so that this takes a twentieth of the time."""
TOLD = 20
"""So many inputs that were left out are told one by one."""
SKIPPED_IDS = 2**24
"""Ids of requests that are left out after a server that did not stop in order: more than it has given uncounted."""
_SECRET = "secret"
_BROKEN = (ValueError, LookupError, TypeError, OverflowError)
"""What comes of an entry or a checkpoint that says nothing that can be."""


class StoreKeeper:
    """Keeps the worlds of one server in a store.

    `while_down`: whether a real clock runs on while no server does. `version` is the one that writes the logs.
    """

    def __init__(
        self,
        store: WorldStore,
        version: str,
        *,
        while_down: WhileDown = "stop",
        lease_seconds: float = LEASE_SECONDS,
        checkpoint_entries: int = CHECKPOINT_ENTRIES,
        idle_seconds: float = IDLE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self.store = store
        self._version = version
        self._began = self._clock()
        self._while_down = while_down
        self.leases = Leases(store, lease_seconds)
        self._checkpoint_entries = checkpoint_entries
        self._idle_seconds = idle_seconds
        self._writer = LogWriter(store)
        self._beginnings = Beginnings(store.add_document, self._document)

    @property
    def is_shared(self) -> bool:
        return self.store.is_shared

    @property
    def address(self) -> str:
        return self.store.owner

    @property
    def run(self) -> str:
        return f"{self.store.owner} {self.store.process if self.is_shared else ''} {self._began}"

    @property
    def where(self) -> str:
        return f"they are kept in {self.store.where}"

    def load(self, places: Workspaces, id: str, key_end: str) -> Workspace:
        """A world as it was when it was last changed, or a new one. Raises StoreError."""
        open_log = self.leases.take(id, key_end)
        try:
            kept = self.store.read(id)
            known = kept.checkpoint is not None or kept.entries
            place = self._restored(places, open_log, key_end, kept) if known else self._begun(places, open_log, key_end)
        except BaseException:
            (self.leases.let_go if open_log.lease.was_released else self.leases.abandon)(open_log)
            raise
        place.end_replay()
        return place

    def save(self, place: Workspace) -> None:
        """Write a checkpoint. Raises StoreError or SnapshotError."""
        log, begun = _log_of(place), self._clock()
        with place.world.lock:
            place.world.perform(SYNC, place.world.clock.sync)
            log.count()
            number, checkpointing = log.number, Checkpointing(place, self._beginnings.name_of(place.beginning))
        body = checkpointing.body()
        log.wait_settled()
        ended = self._clock()
        self.store.checkpoint(log.lease, Checkpoint(number, self._version, ended, body))
        log.checkpointed, log.pause = number, (ended, ended + PAUSES * (ended - begun))

    def tend(self, places: Workspaces) -> None:
        """What is to be done from time to time: count, write checkpoints, let lost worlds go."""
        for place in places:
            log = place.world.log
            if isinstance(log, CommandLog):  # not if it has left the memory meanwhile
                self._tend_world(places, place, log)
        try:
            self.store.tidy()
        except StoreError as broken:
            logger.error("the store is not tidied up: %s", broken)

    def _tend_world(self, places: Workspaces, place: Workspace, log: CommandLog) -> None:
        if log.failed is not None:
            logger.error("world %s cannot be kept, and is read again when it is asked for: %s", place.id, log.failed)
            self.leases.abandon(log.open_log)
            places.drop(place)
        elif self._has_many_entries(log) or (log.entries_since and self._is_idle(place)):
            try:
                self.save(place)
            except (StoreError, ServiceError, SnapshotError) as broken:
                logger.error("no checkpoint of world %s was written: %s", place.id, broken)
        elif log.is_uncounted and place.world.lock.acquire(blocking=False):
            try:
                log.count()
            finally:
                place.world.lock.release()

    def _has_many_entries(self, log: CommandLog) -> bool:
        since, until = log.pause
        return log.entries_since >= self._checkpoint_entries and not since <= self._clock() < until

    def _is_idle(self, place: Workspace) -> bool:
        return not place.users and time.monotonic() - place.used_at >= self._idle_seconds

    def put_away(self, place: Workspace) -> bool:
        """Write what is not written of a world that leaves the memory. Raises StoreError."""
        log = _log_of(place)
        if log.entries_since or log.is_uncounted:
            self.save(place)
        log.is_closed = True
        self.leases.let_go(log.open_log)
        return True

    def forget(self, place: Workspace) -> None:
        """Keep nothing more of a world. Raises StoreError."""
        log = _log_of(place)
        log.is_closed = True
        log.wait_written()
        try:
            self.store.forget(log.lease)
        except StoreError as broken:
            log.fail(broken)  # so that it is read again
            raise

    def forget_unread(self, id: str) -> None:
        """Keep nothing more of a world that is not in memory. Raises StoreError."""
        self.store.forget(self.store.lease(id, self.leases.seconds))

    def forget_unused(self, before: float) -> int:
        """Keep nothing more of worlds that nobody has used since that wall time, and nobody owns; how many."""
        unused = [each.id for each in self.store.worlds() if each.owner is None and each.used_at < before]
        for id in unused:
            with suppress(StoreError):
                self.forget_unread(id)
        return len(unused)

    def find_worker(self, token: str) -> str | None:
        """The id of the world whose worker has a token."""
        return self.store.find(label_of(token))

    def away(self) -> list[WorldAway]:
        """The worlds that are kept, in memory or not."""
        return [self._away(each) for each in self.store.worlds()]

    def count(self) -> int:
        """How many there are."""
        return self.store.count()

    def find_away(self, workspace_id: str) -> WorldAway | None:
        """One of them."""
        id = self.store.find(workspace_id)
        found = None if id is None else self.store.world(id)
        return None if found is None else self._away(found)

    def _away(self, each: StoredWorld) -> WorldAway:
        owner = None if each.process == self.store.process else each.owner
        return WorldAway(each.id, each.key_end, each.used_at, each.bytes, owner)

    def secret(self) -> bytes:
        """What only the servers know that keep their worlds there. Raises StoreError."""
        self.store.add_document(_SECRET, secrets.token_bytes(32))
        return self._document(_SECRET)

    def close(self, places: Workspaces) -> None:
        """Write the checkpoint of every world that is not as its newest, and let go of the store."""
        for place in places:
            log = _log_of(place)
            if log.failed is None and (log.entries_since or log.is_uncounted):
                try:
                    self.save(place)
                except Exception as broken:
                    logger.error("no checkpoint of world %s was written: %s", place.id, broken)
                    log.fail(StoreError("its checkpoint is missing"))
            log.is_closed = True
        self._writer.close()
        self.leases.close()
        self.store.close()

    def _begun(self, places: Workspaces, open_log: OpenLog, key_end: str) -> Workspace:
        """A world that is new."""
        at = self._clock()
        place = places.build(
            open_log.lease.world, key_end, places.config, places.prepare, wall=wall_of(at), is_replaying=True
        )
        log = CommandLog(place.world, open_log, self._writer, 0, self._version)
        instant = place.world.clock.hold(wall_of(at))
        log.begin(BeginInput(self._beginnings.name_of(place.beginning)), at, instant)
        place.world.clock.release()
        place.world.log = log
        log.wait_settled()
        return place

    def _restored(self, places: Workspaces, open_log: OpenLog, key_end: str, kept: Kept) -> Workspace:
        """A world as its checkpoint and its log say."""
        lease = open_log.lease
        entries, left_out = self._own(kept.entries)
        try:
            place = self._from_checkpoint(places, lease.world, key_end, kept)
        except _BROKEN as broken:
            raise DamagedWorldError(f"world {lease.world} cannot be read: {broken}") from None
        for entry in entries:
            self._replay(place, entry)
        number = kept.entries[-1].number if kept.entries else 0 if kept.checkpoint is None else kept.checkpoint.number
        used_at = max([each.at for each in (kept.checkpoint, *kept.entries) if each is not None])
        log = CommandLog(place.world, open_log, self._writer, number, self._version)
        log.checkpointed = number - len(kept.entries)
        place.world.log = log
        if place.world.clock.mode == "real":
            since = used_at if self._while_down == "run" else max(used_at, self._began)
            place.world.clock.catch_up(max(0.0, self._clock() - since))
        if left_out or not lease.was_released:
            place.world.request_ids.minted += SKIPPED_IDS
            log.count()
            log.wait_settled()
        if left_out:
            _tell_left_out(lease.world, left_out)
            self.save(place)
        return place

    def _own(self, entries: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
        """The entries that this version wrote, and those from the first on that another did."""
        for index, entry in enumerate(entries):
            if entry.version != self._version:
                return entries[:index], entries[index:]
        return entries, []

    def _from_checkpoint(self, places: Workspaces, id: str, key_end: str, kept: Kept) -> Workspace:
        """A world as its checkpoint says; without one as it began."""
        if kept.checkpoint is None:
            first = decoded(kept.entries[0])
            assert isinstance(first.input, BeginInput)
            config, prepare, policy_fields = self._beginnings.find(first.input.document)
            wall = wall_of(kept.entries[0].at)
            place = places.build(id, key_end, config, prepare, policy_fields, wall=wall, is_replaying=True)
            place.world.clock.release()
            return place
        return unpack(places, id, key_end, kept.checkpoint.body, self._beginnings)

    def _replay(self, place: Workspace, entry: Entry) -> None:
        try:
            replay(place, decoded(entry))
        except (*_BROKEN, DivergedError) as broken:
            raise DamagedWorldError(f"entry {entry.number} of the log of world {place.id}: {broken}") from broken

    def _document(self, name: str) -> bytes:
        body = self.store.document(name)
        if body is None:
            raise ValueError(f"the document {name} is missing")
        return body


def _log_of(place: Workspace) -> CommandLog:
    """Raises StoreError for a world that has left the memory meanwhile."""
    log = place.world.log
    if log is None:
        raise StoreError("it has left the memory")
    assert isinstance(log, CommandLog)
    return log


def _tell_left_out(world: str, entries: Iterable[Entry]) -> None:
    """Name what another version had done after its checkpoint."""
    told = []
    for entry in entries:
        with suppress(*_BROKEN):
            record = decoded(entry)
            told.append(f"{record.input} at {record.instant.time:%Y-%m-%d %H:%M:%S}")
    entries = list(entries)
    more = f", and {len(told) - TOLD} more" if len(told) > TOLD else ""
    logger.warning(
        "world %s is as its checkpoint says: mockdreams %s had done after it, and this version cannot do again: %s%s",
        world,
        entries[0].version,
        "; ".join(told[:TOLD]),
        more,
    )
