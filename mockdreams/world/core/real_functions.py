"""The functions of the standard library that wait or tell the time, as they were when mockdreams was imported."""

import asyncio
import datetime as datetime_module
import selectors
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def _selects() -> Iterator[tuple[type, Callable[..., Any]]]:
    for kind in vars(selectors).values():
        if isinstance(kind, type) and issubclass(kind, selectors.BaseSelector):
            select = vars(kind).get("select")
            if select and not getattr(select, "__isabstractmethod__", False):
                yield kind, select


_freezegun = sys.modules.get("freezegun.api")
"""It may have put its own functions in place before this module is imported."""
REAL_CLOCKS: dict[str, Callable[[], Any]] = {
    name: getattr(_freezegun, f"real_{name}", getattr(time, name))
    for each in ("time", "monotonic", "perf_counter")
    for name in (each, f"{each}_ns")
}
REAL_SLEEP, REAL_ASYNC_SLEEP = time.sleep, asyncio.sleep
REAL_START, REAL_JOIN = threading.Thread.start, threading.Thread.join
REAL_WAIT, REAL_SUBMIT = threading.Condition.wait, ThreadPoolExecutor.submit
REAL_LOOP_TIME = asyncio.BaseEventLoop.time
REAL_TYPES = {"datetime": getattr(_freezegun, "real_datetime", datetime_module.datetime)}
"""In a dictionary, as the functions are, where tools that search modules for them do not look."""
REAL_METHODS = {name: vars(REAL_TYPES["datetime"])[name] for name in ("now", "utcnow")}
REAL_SELECTS = dict(_selects())
"""`select` of each kind of selector."""


def real_sleep(seconds: float) -> None:
    """Sleep in wall time, whatever block the caller is in."""
    REAL_SLEEP(seconds)


def real_monotonic() -> float:
    """Wall time, whatever block the caller is in."""
    now: float = REAL_CLOCKS["monotonic"]()
    return now
