"""What a store of worlds does, whatever it is made of.

A world is known by its id, a hash of its API key; the key itself is nowhere. What is kept of a world is its newest
checkpoint and the log of what changed it since. Whoever changes a world holds its lease, of which there is one at a
time: each has a higher fencing number than all before it, and what an older one writes is refused.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from zlib import crc32

from mockdreams.store.errors import DamagedWorldError


class Lease(NamedTuple):
    """The right to change a world, until it runs out or another has a higher `fence`. `owner` is an address."""

    world: str
    owner: str
    fence: int
    was_released: bool = True
    """Whether the owner before this one, if there was one, let go of the world in order."""


class Entry(NamedTuple):
    """One input of a world: its number, the version that wrote it, when (wall clock, seconds), and what it was."""

    number: int
    version: str
    at: float
    body: bytes


class Checkpoint(NamedTuple):
    """A whole world, after the entry of that `number`; 0 before the first."""

    number: int
    version: str
    at: float
    body: bytes


class Appended(NamedTuple):
    """Entries of one world, and the labels by which it can be found from then on."""

    lease: Lease
    entries: Sequence[Entry]
    labels: Sequence[str] = ()


class Kept(NamedTuple):
    """All that is kept of a world: its newest checkpoint, if there is one, and every entry after it, in order."""

    checkpoint: Checkpoint | None
    entries: Sequence[Entry]


def checked(world: str, where: str, checkpoint: Sequence[Any] | None, entries: Sequence[Sequence[Any]]) -> Kept:
    """What is kept of a world, from its rows: number, version, at, checksum, body. Raises DamagedWorldError."""
    whole: Checkpoint | None = None
    if checkpoint is not None:
        number, version, at, crc, body = checkpoint
        whole = Checkpoint(number, version, at, body)
        if crc != crc32(body):
            raise DamagedWorldError(f"the checkpoint of world {world} in {where} is damaged")
    for expected, (number, _, _, crc, body) in enumerate(entries, 1 if whole is None else whole.number + 1):
        if number != expected or crc != crc32(body):
            raise DamagedWorldError(f"entry {expected} of the log of world {world} in {where} is damaged")
    return Kept(whole, [Entry(number, version, at, body) for number, version, at, _, body in entries])


class StoredWorld(NamedTuple):
    """A world in short. `used_at` is wall time; `owner` and `process` are of whoever holds a lease that runs."""

    id: str
    key_end: str
    used_at: float
    entries: int
    bytes: int
    owner: str | None
    process: str | None


class WorldStore(Protocol):
    """Keeps worlds. Any thread may call anything; every method may raise StoreError, and has changed nothing then."""

    @property
    def where(self) -> str:
        """Where worlds are kept, as people are told it: without a password."""

    @property
    def owner(self) -> str:
        """The address that its leases name."""

    @property
    def process(self) -> str:
        """What tells who has its leases from all others, those of the same address too."""

    @property
    def is_shared(self) -> bool:
        """Whether others may own worlds of it, so that a lease has to be renewed."""

    def lease(self, world: str, seconds: float, *, key_end: str = "") -> Lease:
        """Own a world for so many seconds; one that there is not, is begun. `key_end` is what is shown of its key.

        Raises LeaseHeldError while another process owns it. One that asks again gets a lease with a new fence, too.
        """

    def renew(self, leases: Sequence[Lease], seconds: float) -> list[Lease]:
        """Own worlds for so many seconds from now; those whose lease was lost are the answer."""

    def release(self, leases: Sequence[Lease]) -> None:
        """Own worlds no more; those that were lost already are passed over."""

    def append(self, batch: Sequence[Appended]) -> list[Lease]:
        """Add to the logs of worlds, all durable on return; the leases that were lost, of which nothing was written."""

    def append_at_once(self, batch: Sequence[Appended]) -> list[Lease] | None:
        """`append`, on an event loop: it waits for neither the disk nor anybody. None if that cannot be: nothing was
        written then. Raises no StoreError.
        """

    def tidy(self) -> None:
        """Do what `append_at_once` put off because it takes long; to be called from time to time."""

    def read(self, world: str) -> Kept:
        """What is kept of a world, nothing if there is none. Raises DamagedWorldError."""

    def checkpoint(self, lease: Lease, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint instead of the one before it and of the entries up to its number. Raises LeaseLostError."""

    def worlds(self) -> list[StoredWorld]:
        """What is kept, in the order of the ids."""

    def count(self) -> int:
        """How many there are."""

    def world(self, id: str) -> StoredWorld | None:
        """One of them."""

    def document(self, name: str) -> bytes | None:
        """What worlds share, by its name."""

    def add_document(self, name: str, body: bytes) -> None:
        """Keep what worlds share; one that there is, is left as it is."""

    def find(self, label: str) -> str | None:
        """The id of the world that has a label."""

    def forget(self, lease: Lease) -> None:
        """Keep nothing more of a world; the lease is over. Raises LeaseLostError."""

    def close(self) -> None:
        """Let go of everything; leases that still run are left to run out."""
