"""Virtual sleep: within a block, the waits of a test move virtual time instead of passing in wall time.

Each function of the standard library that waits or tells the time gets one dispatcher, when a block is first entered.
It stays for the life of the process and calls the real function wherever no block is active, so that nothing has to be
put back after a test and nothing that was bound meanwhile is stale. A block is active in the thread that entered it, in
the threads started from there, and in what these submit to a thread pool; never in the server's thread.

How time passes in a block:

- The clocks of `time` and `datetime` are the real ones plus `ahead`, the sum of what the block has let pass. An event
  loop's own clock stands still in wall time, so that its timers go off after exactly their time.
- `time.sleep` lets time pass at once, stopping at the deadline of every other waiting thread of the block.
- A wait with a timeout lets time pass, up to that timeout, once every thread of the block waits for longer, and once
  the threads outside the block, if there are any, have had `OUTSIDERS_SECONDS` of wall time to end it.
- An event loop does the same. While it has connections, `SOCKET_SECONDS` must pass without anything to read, unless a
  task is in `asyncio.sleep`, which lets time pass at once.

`sleep_blocks` has the blocks and their time, `sleep_dispatchers` the dispatchers, `real_functions` what they call; here
they are put in place.
"""

import functools
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mockdreams.world.core.real_functions import REAL_METHODS, REAL_TYPES
from mockdreams.world.core.sleep_blocks import AdvancingClock, entered, leave_all
from mockdreams.world.core.sleep_dispatchers import FUNCTIONS, METHODS, sleeping_tasks, virtual_now, virtual_utcnow

_installed = False
_lock = threading.Lock()
"""Held while dispatchers are put in place."""


def _install() -> None:
    """Put the dispatchers in place: whatever holds a real function gets its dispatcher, which stays.

    The first time, all modules are searched for names of their own; later only the places where the functions live,
    which a patch that was active the first time may have put back. Modules of ours know both times and pytest's measure
    tests: both keep the real functions.
    """
    global _installed
    if not _installed:
        _before_time_machine()
    for each in (*FUNCTIONS, *METHODS):
        if vars(each.owner).get(each.name) is each.real:
            setattr(each.owner, each.name, each.stand_in)
    if _installed:
        return
    _installed = True
    _search_modules({id(each.real): each.stand_in for each in FUNCTIONS})
    _beside_freezegun()
    if sys.implementation.name == "cpython":
        _set_in_type(REAL_TYPES["datetime"], "now", classmethod(virtual_now))
        _set_in_type(REAL_TYPES["datetime"], "utcnow", classmethod(virtual_utcnow))
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)


def _search_modules(dispatchers: dict[int, Any]) -> None:
    for module in list(sys.modules.values()):
        namespace = getattr(module, "__dict__", None)
        if not isinstance(namespace, dict) or str(namespace.get("__name__")).startswith(("mockdreams", "_pytest")):
            continue
        if dispatchers.keys().isdisjoint(map(id, list(namespace.values()))):
            continue  # as of nearly all: this takes half the time of a look at each name
        for name, value in list(namespace.items()):
            if id(value) in dispatchers:
                namespace[name] = dispatchers[id(value)]


def _set_in_type(kind: type, name: str, method: Any) -> None:
    """Set a method of a built-in class, in place, so that every binding of the class agrees."""
    import ctypes  # 5 ms, which only a process that sleeps virtually pays

    namespace = gc.get_referents(kind.__dict__)[0]
    namespace[name] = method
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _before_time_machine() -> None:
    """time-machine changes the C functions of `time` and `datetime`, which it looks up once: let it find those."""
    with suppress(ImportError):
        import _time_machine  # type: ignore[import-not-found, unused-ignore]

        look_up: Callable[[], None] | None = getattr(_time_machine, "patch_if_needed", None)
        if look_up:  # versions before 2.18 do it not when they are imported, but when they first set the clock
            _time_machine.patch_if_needed = functools.partial(_without_dispatchers, look_up)


def _without_dispatchers(look_up: Callable[[], None]) -> None:
    clocks = [each for each in FUNCTIONS if vars(time).get(each.name) is each.stand_in]
    methods = {name: vars(REAL_TYPES["datetime"])[name] for name in REAL_METHODS}
    try:
        for each in clocks:
            setattr(time, each.name, each.real)
        for name, real in REAL_METHODS.items():
            _set_in_type(REAL_TYPES["datetime"], name, real)
        look_up()
    finally:
        for each in clocks:
            setattr(time, each.name, each.stand_in)
        for name, method in methods.items():
            _set_in_type(REAL_TYPES["datetime"], name, method)


def _beside_freezegun() -> None:
    """freezegun searches modules for the functions that it knew when it was imported: let it know the dispatchers."""
    with suppress(KeyError, AttributeError):
        freezegun = sys.modules["freezegun.api"]
        freezegun._real_time_object_ids.update(id(each.stand_in) for each in FUNCTIONS)
        freezegun._GLOBAL_MODULES_CACHE.clear()


def _after_fork() -> None:
    """No block is active in a forked process: its copy of the world is nobody's."""
    global _lock
    _lock = threading.Lock()
    leave_all()
    sleeping_tasks.clear()


@contextmanager
def virtual_sleep(clock: AdvancingClock) -> Iterator[None]:
    """Within the block, the waits of this thread and of those that it starts move `clock` instead of wall time."""
    with _lock:
        _install()
    with entered(clock):
        yield
