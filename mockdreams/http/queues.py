"""The faults and the stubs of a world that wait for calls; their shapes are imported by whoever adds one."""

from random import Random
from typing import TYPE_CHECKING

from mockdreams.http.matching import Chance, MatchQueue

if TYPE_CHECKING:
    from mockdreams.http.faults import Fault
    from mockdreams.http.stubs import Stub  # noqa: F401, the base class names it


class FaultQueue(MatchQueue["Fault"]):
    """The faults that are waiting to strike, in the order in which they were added."""

    def _chance(self, item: "Fault") -> Chance | None:
        return Chance(Random(item.seed), item.probability) if item.probability < 1 else None


class StubQueue(MatchQueue["Stub"]):
    """The stubs of a world: those that end answer in the order in which they were added, then the newest of others.

    So a test can put its own stub before one that holds for all tests.
    """

    def _position(self) -> int:
        for position, entry in enumerate(self._entries):
            if entry.item.times is None:
                return position
        return len(self._entries)
