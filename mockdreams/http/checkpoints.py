"""A checkpoint: a world's snapshot, and what its workspace has beside that, as compressed JSON.

How a world begins, whenever it is reset, is a document that worlds share: `Beginnings` makes and reads it.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeAlias

from mockdreams.http.faults import Fault
from mockdreams.http.scenario import Scenario
from mockdreams.http.stubs import Stub
from mockdreams.http.workspaces import Preparation, Workspace, Workspaces
from mockdreams.world.core.clock import Instant, parse_now
from mockdreams.world.core.policy import Policy
from mockdreams.world.state import seeds
from mockdreams.world.state.json_stream import discard, dump, parse
from mockdreams.world.state.snapshots import restore, save
from mockdreams.world.webhooks.endpoints import WebhookParams
from mockdreams.world.world import WorldConfig

Beginning: TypeAlias = tuple[WorldConfig, Preparation | None, Mapping[str, Any]]
FORMAT = 1
_LEVEL = 1
"""zlib's fastest: a checkpoint shrinks to about a tenth."""


class Checkpointing:
    """A checkpoint in the making. The world's lock is held for the first step only, which reads it."""

    def __init__(self, place: Workspace, beginning: str) -> None:
        """Raises SnapshotError while a function of a test's own is waiting."""
        world = place.world
        with world.lock:
            clock = world.clock
            clock.hold_again(Instant(datetime.now(UTC), clock.time, clock.time))  # so that nothing moves unseen
            try:
                self._document = self._read(place, beginning)
            finally:
                clock.release()

    def _read(self, place: Workspace, beginning: str) -> dict[str, Any]:
        return {
            "checkpoint": FORMAT,
            "beginning": beginning,
            "snapshot": save(place.world),
            "faults": place.faults.save(),
            "stubs": place.stubs.save(),
            "limits": place.limits.save(),
            "prepared": _saved_prepared(place),
            "encounters": place.encounters.state(),
            "requests": place.journal.total,
        }

    def chunks(self) -> list[bytes]:
        """The whole, as it is."""
        return dump(self._document)

    def body(self, dictionary: bytes = b"") -> bytes:
        """The whole, compressed; what is in the `dictionary`, too, takes next to nothing."""
        chunks = self.chunks()
        if len(chunks) > 1:
            discard(self._document)
        compressor = zlib.compressobj(_LEVEL, zdict=dictionary) if dictionary else zlib.compressobj(_LEVEL)
        return b"".join([*(compressor.compress(chunk) for chunk in chunks), compressor.flush()])


class CheckpointDocument:
    """What a checkpoint says. Raises ValueError, LookupError or TypeError if it says nothing that can be."""

    def __init__(self, body: bytes, dictionary: bytes = b"") -> None:
        try:
            chunks = _unpacked(body, dictionary)
            self._document = parse(chunks)
        except zlib.error as broken:
            raise ValueError(f"a checkpoint is damaged: {broken}") from None
        if self._document["checkpoint"] > FORMAT:
            raise ValueError("the checkpoint is of a later version of mockdreams")
        self.beginning: str = self._document["beginning"]

    def restore(self, place: Workspace) -> None:
        """Make a workspace what it was. Raises SnapshotError, too."""
        document = self._document
        with place.world.lock:
            restore(place.world, document["snapshot"])
            place.faults.restore(document["faults"], Fault)
            place.stubs.restore(document["stubs"], Stub)
            place.limits.restore(document["limits"])
            _restore_prepared(place, document["prepared"])
            place.encounters.restore(document["encounters"])
            place.journal.total = document["requests"]
        discard(document)


def unpack(
    places: Workspaces, id: str, key_end: str, body: bytes, beginnings: "Beginnings", dictionary: bytes = b""
) -> Workspace:
    """The workspace that a checkpoint says, made with `dictionary`. Raises ValueError, LookupError or TypeError."""
    checkpoint = CheckpointDocument(body, dictionary)
    config, prepare, policy_fields = beginnings.find(checkpoint.beginning)
    bare = config._replace(load=None, webhooks=())
    place = places.build(id, key_end, bare, None, policy_fields, is_replaying=True)
    checkpoint.restore(place)
    place.begin_as(config, prepare, policy_fields)
    return place


class Beginnings:
    """How worlds begin. `add` keeps a document by its name, `document` is where it is found then.

    The newest is remembered, because most worlds begin alike.
    """

    def __init__(self, add: Callable[[str, bytes], object], document: Callable[[str], bytes]) -> None:
        self._add = add
        self._document = document
        self._newest: tuple[str, Beginning] | None = None

    def name_of(self, beginning: Beginning) -> str:
        """The name of the document that says how a world begins, which is kept from now on."""
        newest = self._newest
        if newest is None or newest[1] != beginning:
            name, body = _beginning_document(beginning)
            self._add(name, body)
            self._newest = newest = name, beginning
        return newest[0]

    def find(self, name: str) -> Beginning:
        """What the document of that name says."""
        newest = self._newest
        if newest is None or newest[0] != name:
            self._newest = newest = name, _read_beginning(self._document(name))
        return newest[1]


def _beginning_document(beginning: Beginning) -> tuple[str, bytes]:
    config, prepare, policy_fields = beginning
    document = {
        "clock": config.clock,
        "speed": config.speed,
        "policy": config.policy.model_dump(mode="json"),
        "policy_fields": dict(policy_fields),
        "load": None if config.load is None else config.load.as_json(),
        "now": config.now if config.now is None or config.now == "wall" else config.now.isoformat(),
        "webhooks": [each.model_dump(mode="json", exclude_unset=True) for each in config.webhooks],
        "scenario": None if prepare is None else {**prepare.as_json(), "load": None},
    }
    body = zlib.compress(json.dumps(document, sort_keys=True).encode(errors="surrogatepass"), _LEVEL)
    return blake2b(body, digest_size=16).hexdigest(), body


def _read_beginning(body: bytes) -> Beginning:
    document = json.loads(zlib.decompress(body).decode(errors="surrogatepass"))
    scenario = document["scenario"]
    config = WorldConfig(
        document["clock"],
        document["speed"],
        Policy.model_validate(document["policy"]),
        None if document["load"] is None else seeds.read(document["load"]),
        parse_now(document["now"]),
        tuple(WebhookParams.model_validate(each) for each in document["webhooks"]),
    )
    prepare = None if scenario is None else Scenario.model_validate_json(json.dumps(scenario))
    return config, prepare, document["policy_fields"]


def _queues(place: Workspace) -> dict[str, Any]:
    """What is used one by one when it matches, by the names of the checkpoint."""
    world = place.world
    return {
        "faults": place.faults,
        "stubs": place.stubs,
        "dreams": world.dreams.scripts,
        "sessions": world.session_scripts,
        "messages": world.message_scripts,
        "credentials": world.credential_scripts,
    }


def _saved_prepared(place: Workspace) -> dict[str, Any]:
    """How often each named thing was used, and where it waits, if it still does."""
    waiting = {
        id(item): [name, index] for name, queue in _queues(place).items() for index, item in enumerate(queue.items)
    }
    return {name: [hits(), waiting.get(id(place.prepared_items.get(name)))] for name, hits in place.prepared.items()}


def _restore_prepared(place: Workspace, saved: dict[str, Any]) -> None:
    queues = _queues(place)
    for name, (used, waits) in saved.items():
        if waits is None:
            place.note_prepared(name, _always(used))
            continue
        queue, index = queues[waits[0]], waits[1]
        before = 0 if waits[0] in ("faults", "stubs") else used
        place.note_prepared(name, _from(before, queue.uses_of(index)), queue.items[index])


def _always(used: int) -> Callable[[], int]:
    return lambda: used


def _from(before: int, uses: Callable[[], int]) -> Callable[[], int]:
    return lambda: before + uses()


def _unpacked(body: bytes, dictionary: bytes) -> Iterable[bytes]:
    decompressor = zlib.decompressobj(zdict=dictionary)
    for at in range(0, len(body), 64 * 1024):
        yield decompressor.decompress(body[at : at + 64 * 1024])
    yield decompressor.flush()
    if not decompressor.eof:
        raise ValueError("a checkpoint is damaged: it has no end")
