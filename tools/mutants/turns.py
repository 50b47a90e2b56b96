"""Rules of turns that are broken: an order turned round, a message lost, an interrupt too strong."""

from datetime import datetime, timedelta

from mockdreams.world.core.tables import strictly_after
from mockdreams.world.sessions import event_log
from tools.mutants.patching import Mutant, patch


def two_microseconds_later(now: datetime, than: datetime) -> datetime:
    at = strictly_after(now, than)
    return at if at == now else at + timedelta(microseconds=1)


RULES: list[tuple[str, str, object, str, object]] = [
    ("events are two microseconds apart", "events-turn-times", event_log, "strictly_after", two_microseconds_later),
]

SABOTAGES = [
    Mutant(fault, tuple(breaks.split()), patch(target, name, value)) for fault, breaks, target, name, value in RULES
]
