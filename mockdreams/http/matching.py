"""What waits for calls that match: which calls are meant, when, and how often they came."""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from threading import Lock
from typing import Annotated, Any, Generic, NamedTuple, Protocol, Self, TypeAlias, TypeVar

from pydantic import AfterValidator

from mockdreams.suggestions import did_you_mean
from mockdreams.wire.errors import shortened

_CALL = re.compile(r"(\*|[A-Z]+) /[^\s?#]{0,2000}")
METHODS = ("*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


def check_match(match: str) -> str:
    """`match`. Raises ValueError if it is no pattern."""
    if not _CALL.fullmatch(match):
        raise ValueError(f'{shortened(match)!r} matches no call: "METHOD /path" is wanted, without a query')
    method = match.partition(" ")[0]
    if method not in METHODS:
        raise ValueError(f"there is no method {shortened(method)}{did_you_mean(method, METHODS, quote='')}")
    return match


CallPattern: TypeAlias = Annotated[str, AfterValidator(check_match)]
"""`"METHOD /path"`; a star stands for one segment, or for any method, and two for any number of segments."""


def compile_match(match: str) -> re.Pattern[str]:
    """`"METHOD /path/*"` as a pattern for `"METHOD /path/x"`.

    What stands between two `**` is looked for once, the first place is taken: the search takes no longer than the
    path is long for each `**`.
    """
    method, _, path = match.partition(" ")
    runs: list[list[str]] = [[]]
    for segment in path[1:].split("/"):
        runs.append([]) if segment == "**" else runs[-1].append(segment)
    first, *later = ["".join("/[^/]+" if each == "*" else f"/{re.escape(each)}" for each in run) for run in runs]
    middle = [f"(?>(?:/[^/]*)*?{run})(?![^/])" for run in later[:-1] if run]
    last = [f"(?![^/])(?:/[^/]*)*{run}" for run in later[-1:]]
    return re.compile("".join(["[A-Z]+" if method == "*" else re.escape(method), " ", first, *middle, *last]))


class Matchable(Protocol):
    """What a queue holds: for which calls it is, how often it may be met, and how many are let through before."""

    @property
    def match(self) -> str: ...

    @property
    def times(self) -> int | None: ...

    @property
    def after(self) -> int: ...

    @property
    def dice(self) -> Random | None:
        """What its delays are drawn with, if they are."""

    def model_dump(self, *, mode: str, exclude_unset: bool, by_alias: bool) -> dict[str, Any]: ...

    @classmethod
    def model_validate(cls, obj: Any) -> Self: ...


T = TypeVar("T", bound=Matchable)


class Chance(NamedTuple):
    """How likely a call that matches is met, by which dice."""

    dice: Random
    probability: float


@dataclass(slots=True)
class _Entry(Generic[T]):
    item: T
    pattern: re.Pattern[str]
    chance: Chance | None
    passed: int = 0
    struck: int = 0

    def meets(self, call: str) -> bool:
        if not self.pattern.fullmatch(call):
            return False
        if self.passed < self.item.after:
            self.passed += 1
            return False
        if self.chance is not None and self.chance.dice.random() >= self.chance.probability:
            return False
        self.struck += 1
        return True


class MatchQueue(Generic[T]):
    """What waits for the calls that it matches; the first that matches is met. Any thread may call anything."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: list[_Entry[T]] = []

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, item: T) -> Callable[[], int]:
        """Let something wait; the answer tells how often it was met, also when it is used up."""
        entry = _Entry(item, compile_match(item.match), self._chance(item))
        with self._lock:
            self._entries.insert(self._position(), entry)
        return lambda: entry.struck

    def next_match(self, method: str, path: str) -> T | None:
        """What this call meets; used up when it was met often enough."""
        call = f"{method} {path}"
        with self._lock:
            for entry in self._entries:
                if entry.meets(call):
                    if entry.struck == entry.item.times:
                        self._entries.remove(entry)
                    return entry.item
        return None

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def unused(self) -> list[T]:
        """What was never met."""
        with self._lock:
            return [entry.item for entry in self._entries if not entry.struck]

    def state(self) -> list[dict[str, Any]]:
        """What is left, each with how often it was met."""
        with self._lock:
            left = [(entry.item, entry.struck) for entry in self._entries]
        return [
            {**item.model_dump(mode="json", exclude_unset=True, by_alias=True), "struck": struck}
            for item, struck in left
        ]

    @property
    def items(self) -> list[T]:
        """What waits."""
        with self._lock:
            return [entry.item for entry in self._entries]

    def uses_of(self, index: int) -> Callable[[], int]:
        """A function that tells how often one of `items` was met."""
        entry = self._entries[index]
        return lambda: entry.struck

    def save(self) -> list[dict[str, Any]]:
        """What waits, and how far each has come, as JSON."""
        with self._lock:
            return [
                {
                    "item": deepcopy(entry.item.model_dump(mode="json", exclude_unset=True, by_alias=True)),
                    "passed": entry.passed,
                    "struck": entry.struck,
                    "chance": _saved_dice(entry.chance.dice) if entry.chance else None,
                    "delays": _saved_dice(entry.item.dice) if entry.item.dice else None,
                }
                for entry in self._entries
            ]

    def restore(self, saved: list[dict[str, Any]], shape: type[T]) -> None:
        """Be what was saved."""
        entries = []
        for each in saved:
            item = shape.model_validate(deepcopy(each["item"]))
            entry = _Entry(item, compile_match(item.match), self._chance(item), each["passed"], each["struck"])
            if entry.chance is not None:
                _restore_dice(entry.chance.dice, each["chance"])
            if item.dice is not None:
                _restore_dice(item.dice, each["delays"])
            entries.append(entry)
        with self._lock:
            self._entries = entries

    def _chance(self, item: T) -> Chance | None:
        """The dice that say whether a call that matches is met; None if every one is."""
        return None

    def _position(self) -> int:
        """Where the next is put."""
        return len(self._entries)


def _saved_dice(dice: Random) -> list[Any]:
    version, numbers, gauss = dice.getstate()
    return [version, list(numbers), gauss]


def _restore_dice(dice: Random, saved: list[Any]) -> None:
    version, numbers, gauss = saved
    dice.setstate((version, tuple(numbers), gauss))
