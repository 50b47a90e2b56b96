"""Worlds that leave the memory of a server that keeps none: packed, they take about a fiftieth of it."""

import time
from secrets import token_bytes
from typing import NamedTuple

from mockdreams.http.checkpoints import Beginnings, Checkpointing, unpack
from mockdreams.http.workspaces import Workspace, Workspaces, WorldAway
from mockdreams.world.state.snapshots import SnapshotError
from mockdreams.world.world import workspace_id_of

DICTIONARY_BYTES = 32 * 1024
"""As far as zlib looks back."""


class _Packed(NamedTuple):
    key_end: str
    used_at: float
    """Wall time, as is `at`."""
    at: float
    body: bytes
    dictionary: bytes


class PackingKeeper:
    """Keeps worlds in the memory of this process, compressed, and not beyond it."""

    def __init__(self) -> None:
        self._packed: dict[str, _Packed] = {}
        documents: dict[str, bytes] = {}
        self._beginnings = Beginnings(documents.__setitem__, documents.__getitem__)
        self._dictionary = b""
        """The first world that was packed: most others differ from it in little."""
        self._secret = token_bytes(32)

    @property
    def is_shared(self) -> bool:
        return False

    @property
    def address(self) -> str:
        return ""

    @property
    def run(self) -> str:
        return ""

    @property
    def where(self) -> str:
        return "they are in memory only, the unused ones packed, and gone when the server ends; --data DIR keeps them"

    def load(self, places: Workspaces, id: str, key_end: str) -> Workspace:
        """A world as it was when it was put away, or a new one."""
        packed = self._packed.get(id)
        if packed is None:
            return places.build(id, key_end, places.config, places.prepare)
        place = unpack(places, id, key_end or packed.key_end, packed.body, self._beginnings, packed.dictionary)
        place.world.clock.catch_up(time.time() - packed.at)
        place.end_replay()
        del self._packed[id]
        return place

    def put_away(self, place: Workspace) -> bool:
        """Pack a world; not one that has workers, which are known by their tokens, or functions of a test's own."""
        if any(place.world.worker_credentials.counts):
            return False
        try:
            checkpointing = Checkpointing(place, self._beginnings.name_of(place.beginning))
            dictionary = self._dictionary or b"".join(checkpointing.chunks())[:DICTIONARY_BYTES]
            used_at, at = place.last_used, time.time()
            self._packed[place.id] = _Packed(place.key_end, used_at, at, checkpointing.body(dictionary), dictionary)
        except SnapshotError:
            return False
        self._dictionary = dictionary
        return True

    def tend(self, places: Workspaces) -> None:
        """There is nothing to do."""

    def forget(self, place: Workspace) -> None:
        """One in memory is nowhere else."""

    def forget_unread(self, id: str) -> None:
        """Keep nothing more of a world that is not in memory."""
        self._packed.pop(id, None)

    def forget_unused(self, before: float) -> int:
        """Forget what was used last before that wall time; how many."""
        unused = [id for id, packed in list(self._packed.items()) if packed.used_at < before]
        for id in unused:
            self._packed.pop(id, None)
        return len(unused)

    def find_worker(self, token: str) -> None:
        """Worlds with workers stay in memory."""

    def away(self) -> list[WorldAway]:
        """The worlds that are packed."""
        return [
            WorldAway(id, packed.key_end, packed.used_at, len(packed.body)) for id, packed in list(self._packed.items())
        ]

    def count(self) -> int:
        """How many there are."""
        return len(self._packed)

    def find_away(self, workspace_id: str) -> WorldAway | None:
        """One of them."""
        for id, packed in list(self._packed.items()):
            if workspace_id_of(id) == workspace_id:
                return WorldAway(id, packed.key_end, packed.used_at, len(packed.body))
        return None

    def secret(self) -> bytes:
        """What only this server knows."""
        return self._secret

    def close(self, places: Workspaces) -> None:
        """Nothing outlasts the server."""
