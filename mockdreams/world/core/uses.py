"""How often each thing that was prepared has been used: beside the thing, and of this process only."""

from collections.abc import Callable
from typing import Any


class Uses:
    """Counts uses of objects, by their identity."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def note(self, used: object) -> None:
        """One use more. What nobody asked about is not counted."""
        if id(used) in self._counts:
            self._counts[id(used)] += 1

    def of(self, prepared: object) -> Callable[[], int]:
        """A function that tells how often `prepared` has been used from now on. It holds the object, and so its id."""
        counts, kept = self._counts, prepared
        counts[id(kept)] = 0
        return lambda: counts[id(kept)]

    def __getstate__(self) -> dict[str, Any]:
        """A snapshot keeps nothing of it."""
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._counts = {}
