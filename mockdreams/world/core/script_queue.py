"""Scripts that wait for what they match, and are each used so many times, or for ever."""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from mockdreams.freeing import let_go
from mockdreams.world.core.uses import Uses


class RepeatedScript(Protocol):
    """What a test has prepared. `times`: how often it is used; None: always."""

    @property
    def times(self) -> int | None: ...

    def model_dump(self, *, mode: str, exclude_unset: bool) -> dict[str, Any]: ...


S = TypeVar("S", bound=RepeatedScript)


class ScriptQueue(Generic[S]):
    """The scripts of a world, in the order in which they were given; the first that matches is used."""

    def __init__(self) -> None:
        self._waiting: list[tuple[S, int]] = []
        """Each with how often it has been used."""
        self._taken = Uses()

    def add(self, script: S) -> Callable[[], int]:
        """Let a script wait; the answer tells how often it has been used."""
        self._waiting.append((script, 0))
        return self._taken.of(script)

    def pop(self, matches: Callable[[S], bool]) -> S | None:
        """The first script that `matches`, which is used once more by that."""
        for index, (script, used) in enumerate(self._waiting):
            if matches(script):
                self._waiting[index : index + 1] = [(script, used + 1)] if used + 1 != script.times else []
                self._taken.note(script)
                return script
        return None

    @property
    def items(self) -> list[S]:
        """What waits."""
        return [script for script, _ in self._waiting]

    def uses_of(self, index: int) -> Callable[[], int]:
        """A function that tells how often one of `items` has been used from now on."""
        return self._taken.of(self._waiting[index][0])

    def clear(self) -> None:
        let_go(self._waiting)

    def unused(self) -> list[S]:
        """The scripts that were never used."""
        return [script for script, used in self._waiting if not used]

    def state(self) -> list[dict[str, Any]]:
        """The scripts that are waiting, with the times that each is left."""
        return [
            {
                **script.model_dump(mode="json", exclude_unset=True),
                "times": None if script.times is None else script.times - used,
            }
            for script, used in self._waiting
        ]
