"""`mock.clock`: the time of a world, as a test moves it."""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mockdreams.harness.backend import Backend
from mockdreams.harness.control_errors import ControlError, check_settable, control
from mockdreams.world.core.clock import ClockMode


class DueTask(NamedTuple):
    """Something that waits for the clock."""

    at: datetime
    """When it will happen."""
    what: str
    """What it is, and the id of what it is about: `"dream starts drm_…"`."""


class ClockControl:
    """Virtual time. Raises ControlError, a ValueError, for what no clock can do. Any thread may call anything."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def mode(self) -> ClockMode:
        """`"real"`, `"auto"` or `"manual"`; assign to it to change it, and so to `speed`."""
        mode: ClockMode = self._state()["mode"]
        return mode

    @mode.setter
    def mode(self, mode: ClockMode) -> None:
        if mode not in ("real", "auto", "manual"):
            raise ControlError(f"mode must be real, auto or manual, not {mode!r}")
        self._order(mode=mode)

    @property
    def speed(self) -> float:
        """Virtual seconds per wall second in `real` mode."""
        speed: float = self._state()["speed"]
        return speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not 0 < speed < float("inf"):
            raise ControlError(f"speed must be a positive number, not {speed!r}")
        self._order(speed=speed)

    @property
    def due(self) -> list[DueTask]:
        """What is waiting, soonest first."""
        return [DueTask(datetime.fromisoformat(each["at"]), each["what"]) for each in self._state()["due"]]

    @property
    def time(self) -> datetime:
        """The same as `now()`."""
        return self.now()

    def now(self) -> datetime:
        """The current virtual time, after everything that is due by now has happened."""
        return datetime.fromisoformat(self._state()["now"])

    def __setattr__(self, name: str, value: Any) -> None:
        check_settable(self, name, ("mode", "speed"))
        super().__setattr__(name, value)

    @control
    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
        """Move time forward, running every action due on the way. Raises ControlError for a negative span."""
        for given in (seconds, minutes, hours, days):
            if not isinstance(given, int | float):
                raise ControlError(f"advance() takes numbers, not {given!r}")
        try:
            span = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days).total_seconds()
        except (OverflowError, ValueError) as refused:
            raise ControlError(str(refused)) from None
        if span < 0:
            raise ControlError(f"time only moves forward, not by {span} seconds")
        return self._order(advance=span)

    @control
    def move_to(self, when: datetime) -> datetime:
        """Move time forward to `when` (with a time zone). Raises ControlError for a moment in the past."""
        if not isinstance(when, datetime):
            raise ControlError(f"time moves to a datetime, not to {when!r}")
        if when.tzinfo is None:
            raise ControlError(f"{when.isoformat()} has no time zone")
        return self._order(move_to=when.isoformat())

    def run_until_idle(self) -> datetime:
        """Run everything that is waiting, and what that makes wait, until nothing is."""
        return self._order(run_until_idle=True)

    @control
    def sleep(self, seconds: float) -> None:
        """A drop-in for `time.sleep` that moves virtual time instead of waiting."""
        self.advance(seconds=seconds)

    def virtual_sleep(self) -> AbstractContextManager[None]:
        """A block in which the test's own `time.sleep` and `asyncio.sleep` move this clock and return at once."""
        from mockdreams.world.core.virtual_sleep import virtual_sleep

        return virtual_sleep(self)

    def freeze(self) -> None:
        """Stop time until `resume`, or until a mode is set; it can still be moved."""
        self._order(freeze=True)

    def resume(self) -> None:
        """Let time go on as it did before `freeze`."""
        self._order(freeze=False)

    def __repr__(self) -> str:
        state = self._state()
        waiting = f"{len(state['due'])} waiting" if state["due"] else "nothing waits"
        return f"<clock: {state['mode']}, {state['now']}, {waiting}>"

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._backend.get("clock")
        return state

    def _order(self, **order: Any) -> datetime:
        return datetime.fromisoformat(self._backend.post("clock", order)["now"])
