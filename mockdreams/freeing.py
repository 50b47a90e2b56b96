"""Letting go of much without holding up others."""

from collections import deque
from collections.abc import Callable
from itertools import repeat, starmap
from typing import Any

from pydantic import BaseModel

AT_A_STROKE = 64
"""Of many objects, so few are made, read or freed while all others wait."""


def release(*collections: list[Any] | dict[Any, Any] | set[Any]) -> None:
    """Empty collections bit by bit: Python frees a large one at a stroke, in which every other thread waits."""
    for each in collections:
        while each:
            if isinstance(each, list):
                del each[-AT_A_STROKE:]
                continue
            take: Callable[[], Any] = each.popitem if isinstance(each, dict) else each.pop
            deque(starmap(take, repeat((), min(len(each), AT_A_STROKE))), maxlen=0)


def let_go(values: list[Any]) -> None:
    """Empty a list, and free bit by bit what nothing else holds of all that is in it."""
    for value in values:  # which grow
        if isinstance(value, BaseModel):
            values.extend(vars(value).values())
        elif isinstance(value, dict):
            values.extend(value.values())
        elif isinstance(value, list | tuple):
            values.extend(value)
    values.reverse()  # what is in something is freed after it
    release(values)
