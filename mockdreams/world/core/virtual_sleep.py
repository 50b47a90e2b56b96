"""Virtual sleep: within a block, the sleeps of a test move virtual time instead of waiting.

Real code polls with `time.sleep(10)` against a deadline. Within `virtual_sleep`, `time.sleep` and `asyncio.sleep` move
the clock, and `time.monotonic`, `time.time` and `time.perf_counter` run ahead by as much, so that deadlines, and
timeouts of asyncio, pass too. That holds for the thread which entered the block and the threads started from it. All
others wait as ever: the server's, and those of libraries that were there before.
"""

import asyncio
import heapq
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

SERVER_THREAD = "mockdreams"
YIELD_SECONDS = 0.001
"""Wall seconds for which a task lets the others of its loop get on before time passes under them."""
_REAL_SLEEP, _REAL_ASYNC_SLEEP = time.sleep, asyncio.sleep
real_monotonic: Callable[[], float] = time.monotonic
"""Wall time, whatever block the caller is in."""
_CLOCKS: dict[str, Callable[[], float]] = {name: getattr(time, name) for name in ("monotonic", "time", "perf_counter")}


class AdvancingClock(Protocol):
    """What moves, wherever it is."""

    def advance(self, *, seconds: float) -> object: ...


class SleepPatch:
    """One `virtual_sleep` block: whose sleeps it takes over, and how far they have run ahead."""

    def __init__(self, clock: AdvancingClock) -> None:
        self._clock = clock
        self._threads = {threading.get_ident()}
        self._ahead = 0.0
        self._sleepers: list[tuple[float, int]] = []
        self._slept = 0
        self._lock = threading.Lock()

    @property
    def own(self) -> bool:
        return threading.get_ident() in self._threads

    def sleep(self, seconds: float) -> None:
        if not self.own or seconds < 0:
            _REAL_SLEEP(seconds)
            return
        self._pass(seconds)
        _REAL_SLEEP(0)

    async def async_sleep(self, delay: float, result: Any = None) -> Any:
        """Tasks that sleep side by side wake in the order of their times, as they would."""
        if not self.own or delay <= 0:
            return await _REAL_ASYNC_SLEEP(delay, result)
        self._slept += 1
        wakes = (self._ahead + delay, self._slept)
        heapq.heappush(self._sleepers, wakes)
        try:
            await _REAL_ASYNC_SLEEP(YIELD_SECONDS if len(asyncio.all_tasks()) > 1 else 0)
            while self._sleepers[0] != wakes:
                await _REAL_ASYNC_SLEEP(0)
            self._pass(wakes[0] - self._ahead)
        finally:
            self._sleepers.remove(wakes)
            heapq.heapify(self._sleepers)
        return result

    def reading(self, clock: Callable[[], float]) -> Callable[[], float]:
        """A clock of the time module that runs ahead for the block's threads."""
        return lambda: clock() + self._ahead if self.own else clock()

    def start(self, thread: threading.Thread) -> None:
        """`Thread.start`: what the block's threads start belongs to the block, the server apart."""
        inherits = self.own and thread.name != SERVER_THREAD
        run = thread.run

        def adopted() -> None:
            self._threads.add(threading.get_ident())
            try:
                run()
            finally:
                self._threads.discard(threading.get_ident())

        if inherits:
            thread.run = adopted  # type: ignore[method-assign]
        _REAL_START(thread)

    def _pass(self, seconds: float) -> None:
        if seconds > 0:
            with self._lock:
                self._ahead += seconds
            self._clock.advance(seconds=seconds)


_REAL_START = threading.Thread.start


@contextmanager
def virtual_sleep(clock: AdvancingClock) -> Iterator[None]:
    """Within the block, the sleeps of this thread and of those that it starts move `clock` and return at once."""
    block = SleepPatch(clock)

    def start(thread: threading.Thread) -> None:
        block.start(thread)

    before = threading.Thread.start
    changes = {_REAL_SLEEP: block.sleep, _REAL_ASYNC_SLEEP: block.async_sleep}
    changes |= {real: block.reading(real) for real in _CLOCKS.values()}
    replaced = list(_replace(changes))
    threading.Thread.start = start  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        threading.Thread.start = before  # type: ignore[method-assign]
        for namespace, name, real in replaced:
            namespace[name] = real


def _replace(changes: dict[Any, Any]) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Put the new functions wherever a module holds the real ones, under whatever name it imported them.

    Not in ours, which know both times, nor in pytest's, which measures tests.
    """
    for module in list(sys.modules.values()):
        namespace = getattr(module, "__dict__", None)
        if not isinstance(namespace, dict) or str(namespace.get("__name__")).startswith(("mockdreams", "_pytest")):
            continue
        for name, value in list(namespace.items()):
            if _is_function(value) and value in changes:
                namespace[name] = changes[value]
                yield namespace, name, value


def _is_function(value: object) -> bool:
    return type(value).__name__ in ("builtin_function_or_method", "function")
