"""A server on a CPU of its own, where there are two: what it costs others is then not who was there first."""

import os
from contextlib import suppress
from pathlib import Path


def pin_apart(pid: int) -> None:
    """The server `pid` on one CPU; this process and what it starts, and the server's helpers, on the others.

    Whoever helps or attacks gives way to whoever is there to measure. Does nothing where the system cannot (macOS), or
    has one CPU; what begins later is pinned by calling it again.
    """
    if not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) < 2:
        return
    *others, own = range(os.cpu_count() or 1)
    os.sched_setaffinity(0, others)
    for thread in _threads(pid):
        with suppress(OSError):
            os.sched_setaffinity(thread, {own})
    for child in _children(pid):
        for thread in _threads(child):
            with suppress(OSError):
                os.sched_setaffinity(thread, others)
                give_way(thread)


def give_way(thread: int) -> None:
    """Let others have the CPU first."""
    os.sched_setscheduler(thread, os.SCHED_BATCH, os.sched_param(0))
    os.setpriority(os.PRIO_PROCESS, thread, 10)


def _threads(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
    return []


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in _threads(pid):
        with suppress(OSError):
            found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return found
