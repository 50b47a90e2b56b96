"""Snapshots: a whole world as one JSON document, and back. What only lives in a process is left out and made anew."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from mockdreams.world.state.snapshot_errors import SnapshotError
from mockdreams.world.world import World

__all__ = ["SnapshotError", "SnapshotState", "restore", "restore_json", "save", "save_json"]


def save(world: World) -> dict[str, Any]:
    """The world as JSON. Raises SnapshotError while a dreamer or agent of a test's own, a function, is waiting."""
    from mockdreams.world.state.codec import Encoder  # with all shapes: most processes save nothing
    from mockdreams.world.state.migrations import FORMAT

    encoder = Encoder()
    with world.lock:
        return {
            "mockdreams": FORMAT,
            "seed": world.seed,
            "ids": {"minted": world.ids.minted, "requests": world.request_ids.minted},
            "clock": world.clock.save(),
            "policy": world.policy.model_dump(mode="json"),
            **encoder.holders(world),
            "texts": encoder.texts,
        }


def save_json(world: World) -> list[bytes]:
    """`save` as the chunks of a document, made without holding up other threads for long."""
    from mockdreams.world.state.json_stream import discard, dump

    document = save(world)
    chunks = dump(document)
    discard(document)
    return chunks


def restore(world: World, document: Any) -> None:
    """Make the world what the document says. Raises SnapshotError, before anything changes, if it says no world."""
    from mockdreams.world.state.codec import let_go, objects
    from mockdreams.world.state.reading import Reading

    reading = Reading(world, document)
    with world.lock:
        before = objects(world)
        world.reset_to(reading.seed)
        reading.fill(world)
        world.webhooks.resume()
    let_go(before)


def restore_json(world: World, chunks: Iterable[bytes]) -> None:
    """`restore` a document that comes in chunks, without holding up other threads for long."""
    from mockdreams.world.state.json_stream import discard, parse

    try:
        document = parse(chunks)
    except (ValueError, RecursionError) as broken:
        raise SnapshotError(f"not a snapshot of mockdreams: it is no JSON: {broken}") from None
    try:
        restore(world, document)
    finally:
        discard(document)


class SnapshotState(NamedTuple):
    """A snapshot to begin worlds with."""

    document: dict[str, Any]

    def apply(self, world: World) -> None:
        """Be where the snapshot was, under the world's own kind of clock. Raises SnapshotError."""
        mode, speed = world.clock.mode, world.clock.speed
        restore(world, self.document)
        world.clock.mode, world.clock.speed = mode, speed

    def as_json(self) -> dict[str, Any]:
        return self.document
