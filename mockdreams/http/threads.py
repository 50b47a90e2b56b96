"""Work on threads, which let the event loop go first."""

import os
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

P = ParamSpec("P")
A = TypeVar("A")

NICER = 5
"""By how much: with less, Linux lets a thread that works go on for 4 ms while the loop waits for the same CPU."""
_niceness: int | None = None


def let_loop_first() -> None:
    """From now on, threads of this process that `run_in_thread` uses have a lower priority than this one has."""
    global _niceness
    if sys.platform == "linux":  # where each thread has its own
        _niceness = os.getpriority(os.PRIO_PROCESS, 0) + NICER


async def run_in_thread(function: Callable[P, A], /, *args: P.args, **kwargs: P.kwargs) -> A:
    return await run_in_threadpool(_run, function, *args, **kwargs)


def _run(function: Callable[P, A], /, *args: P.args, **kwargs: P.kwargs) -> A:
    if _niceness is not None:
        os.setpriority(os.PRIO_PROCESS, 0, _niceness)
    return function(*args, **kwargs)
