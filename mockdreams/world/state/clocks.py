"""Whether a saved clock can be, and whether what waits for it fits the world."""

from typing import Any, get_args

from mockdreams.world.core.clock import END, SLOWEST, ClockMode
from mockdreams.world.core.tasks import TaskName
from mockdreams.world.state.codec import time_of

_KEYS = {"mode", "frozen", "speed", "now", "made", "due"}


def check_clock(clock: Any, parts: dict[str, dict[str, Any]]) -> None:
    """Raises ValueError or TypeError for a clock that cannot be, or with a task that cannot be performed."""
    if not isinstance(clock, dict) or not set(clock) <= _KEYS:
        raise ValueError("clock is no clock")
    if clock["mode"] not in get_args(ClockMode) or clock.get("frozen") not in (None, *get_args(ClockMode)):
        raise ValueError("clock.mode is none")
    if type(clock["speed"]) not in (int, float) or not SLOWEST <= clock["speed"] < float("inf"):
        raise ValueError("clock.speed must be a positive number")
    if type(clock["made"]) is not int or not 0 <= clock["made"] < 2**53:
        raise ValueError("clock.made must be a count")
    if time_of(clock["now"]) > END:
        raise ValueError("clock.now is beyond the end of time")
    numbers = [_number(task, clock["made"]) for task in clock["due"]]
    if len(set(numbers)) != len(numbers):
        raise ValueError("clock.due has a number twice")
    for task in clock["due"]:
        if time_of(task["at"]) > END or task["what"] not in get_args(TaskName) or type(task["of"]) is not str:
            raise ValueError(f"clock.due: nothing performs {str(task['what'])[:80]!r}")


def _number(task: dict[str, Any], most: int) -> int:
    number = task["number"]
    if type(number) is not int or not 0 <= number <= most:
        raise ValueError("clock.due has a wrong number")
    return number
