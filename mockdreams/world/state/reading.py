"""A document read whole and found to be a world, before anything changes."""

from typing import Any

from pydantic import ValidationError

from mockdreams.world.state.clocks import check_clock
from mockdreams.world.state.codec import Decoder
from mockdreams.world.state.consistency import check_parts
from mockdreams.world.state.counters import check_counters
from mockdreams.world.state.field_types import matches
from mockdreams.world.state.holders import HOLDERS
from mockdreams.world.state.migrations import FORMAT, migrated
from mockdreams.world.state.snapshot_errors import SnapshotError
from mockdreams.world.world import World

_KEYS = {"mockdreams", "seed", "ids", "clock", "policy", "texts", *HOLDERS}
_BROKEN = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What comes of a document that is not as it must be."""


class Reading:
    """What a document says of a world. Raises SnapshotError if it says nothing that can be."""

    def __init__(self, world: World, document: Any) -> None:
        number = document.get("mockdreams") if isinstance(document, dict) else None
        if type(number) is not int or not 1 <= number <= FORMAT:
            raise SnapshotError(f'not a snapshot of mockdreams: it has no "mockdreams": 1 to {FORMAT}')
        try:
            self._read(world, migrated(document))
        except _BROKEN as broken:
            raise SnapshotError(f"the snapshot is damaged: {_reason(broken)}") from broken

    def fill(self, world: World) -> None:
        """Give everything to a world that has been started over with the seed."""
        world.ids.minted, world.request_ids.minted = self._minted
        world.policy = self._policy
        self._decoder.give(world.context)
        for name, parts in self._parts.items():
            for key, value in parts.items():
                setattr(getattr(world, HOLDERS[name].attribute), HOLDERS[name].fields[key].attribute, value)
        world.session_scripts.recount(world.session_store.states)
        if self._parts["sessions"]["states"]:
            world.inbox.recount()
        world.clock.restore(self._clock)

    def _read(self, world: World, document: dict[str, Any]) -> None:
        unknown = set(document).symmetric_difference(_KEYS)
        if unknown:
            raise ValueError(f"{min(unknown)[:80]} is {'missing' if min(unknown) in _KEYS else 'unknown'}")
        self.seed = _text(document["seed"])
        self._minted = _count(document["ids"]["minted"]), _count(document["ids"]["requests"])
        self._policy = type(world.policy).model_validate(document["policy"])
        if not matches(document["texts"], list[str]):
            raise TypeError("texts must be a list of texts")
        self._decoder = Decoder(document["texts"], world.context)
        self._parts = {name: self._decoder.holder(name, document[name]) for name in HOLDERS}
        own = {name: getattr(world, holder.attribute) for name, holder in HOLDERS.items()}
        tables = {
            name: getattr(own[name], holder.fields["table"].attribute)
            for name, holder in HOLDERS.items()
            if "table" in holder.fields
        }
        check_parts(self._parts, tables)
        check_counters(self.seed, self._minted[0], self._decoder.ids, self._parts)
        self._clock = document["clock"]
        check_clock(self._clock, self._parts)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("the seed must be a text")
    value.encode()
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError("ids: a count is expected")
    return value


def _reason(broken: Exception) -> str:
    if isinstance(broken, ValidationError):
        error = broken.errors(include_url=False)[0]
        reason = f"{broken.title}.{'.'.join(map(str, error['loc']))}: {error['msg']}"
    elif isinstance(broken, KeyError):
        reason = f"{broken} is missing"
    else:
        reason = str(broken) or type(broken).__name__
    return " ".join(reason.split())[:300]
