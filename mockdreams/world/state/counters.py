"""Whether the counters of a world fit what it holds: one that is too low gives out once more what is there already."""

from collections.abc import Collection, Iterable
from typing import Any

from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.state.consistency import field

LOOKED_AHEAD = 256
"""Ids; of so many that were minted at a stretch some are of what is still there."""
_SCRIPTS = ("session_scripts", "messages", "credential_scripts")


def check_counters(seed: str, minted: int, ids: Collection[str], parts: dict[str, dict[str, Any]]) -> None:
    """Raises ValueError for the first that does not fit. `ids` are those of the records in tables and of events."""
    _check_minted("ids.minted", IdGenerator(seed, minted), ids)
    _check_webhooks(seed, parts["webhooks"])
    for name in _SCRIPTS:
        if not all(0 <= used < (script.times or used + 1) for script, used in parts[name]["waiting"]):
            raise ValueError(f"{name}.waiting: a script was used as often as it may be, or less than never")
    if not all(0 < left <= script.times for script, _, left in field(parts["dreams"]["scripts"], "waiting")):
        raise ValueError("dream_scripts.waiting: a script has no use left, or more than it had")


def _check_webhooks(seed: str, webhooks: dict[str, Any]) -> None:
    deliveries = webhooks["open"].values()
    events = [delivery.event_id for delivery in deliveries]
    _check_minted(
        "webhooks.minted",
        IdGenerator(f"{seed} webhooks", webhooks["minted"]),
        {*webhooks["endpoints"], *webhooks["open"], *events},
    )
    if webhooks["events"] < max((delivery.sequence for delivery in deliveries), default=0):
        raise ValueError("webhooks.events does not fit")


def _check_minted(name: str, generator: IdGenerator, ids: Iterable[str]) -> None:
    taken = {body for _, mark, body in (id.partition("_01") for id in ids) if mark}
    ahead = (generator.mint("").removeprefix("_01") for _ in range(LOOKED_AHEAD))
    if generator.minted < len(taken) or not taken.isdisjoint(ahead):
        raise ValueError(f"{name}: an id that is there would be minted again")
