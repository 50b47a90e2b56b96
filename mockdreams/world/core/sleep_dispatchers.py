"""The dispatchers of virtual sleep: each lets time pass in a block, and calls its real function outside of one."""

import asyncio
import concurrent.futures.thread
import datetime as datetime_module
import functools
import math
import selectors
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

from mockdreams.world.core.real_functions import (
    REAL_ASYNC_SLEEP,
    REAL_CLOCKS,
    REAL_JOIN,
    REAL_LOOP_TIME,
    REAL_METHODS,
    REAL_SELECTS,
    REAL_SLEEP,
    REAL_START,
    REAL_SUBMIT,
    REAL_TYPES,
    REAL_WAIT,
)
from mockdreams.world.core.sleep_blocks import (
    SERVER_THREAD,
    YIELD_SECONDS,
    SleepBlocks,
    active_blocks,
    joined,
    let_pass,
    let_pass_in_order,
    marked_waiting,
    own_blocks,
    release,
    reserve,
    wait_until,
)

FOREIGN_THREADS = (SERVER_THREAD, "pytest_timeout")
"""How the names of threads begin that belong to no block, whoever starts them."""
SOCKET_SECONDS = 1.0
"""Wall seconds for which an event loop with connections must have nothing to read before time passes."""

sleeping_tasks: dict[int, int] = {}
"""How many tasks of each thread's loop are in `asyncio.sleep`."""
_started_in_blocks: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
"""The threads that were started in a block."""


@functools.wraps(REAL_SLEEP)
def _sleep(seconds: float, /) -> None:
    blocks = own_blocks()
    virtual = blocks and isinstance(seconds, (int, float)) and 0 <= seconds < math.inf
    if not virtual or sys._getframe(1).f_globals.get("__name__") == "subprocess":  # it polls what runs in wall time
        REAL_SLEEP(seconds)
        return
    with marked_waiting(blocks, seconds):
        let_pass_in_order(blocks, blocks[-1].ahead + seconds)
    REAL_SLEEP(0)


@functools.wraps(REAL_WAIT)
def _wait(self: Any, timeout: float | None = None) -> bool:
    """`Condition.wait`, as the standard library does it, with another way of waiting for the lock of the waiter."""
    blocks = own_blocks()
    if not blocks or (timeout is not None and timeout <= 0):
        return bool(REAL_WAIT(self, timeout))
    if timeout is None:
        with marked_waiting(blocks, math.inf):
            return bool(REAL_WAIT(self))
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = threading.Lock()
    waiter.acquire()
    self._waiters.append(waiter)
    saved = self._release_save()
    notified = False
    try:
        notified = bool(wait_until(blocks, lambda seconds: waiter.acquire(True, seconds), timeout))
        return notified
    finally:
        self._acquire_restore(saved)
        if not notified:
            with suppress(ValueError):
                self._waiters.remove(waiter)


@functools.wraps(REAL_JOIN)
def _join(self: threading.Thread, timeout: float | None = None) -> None:
    """A thread outside the block works in wall time, and so it is waited for."""
    blocks = own_blocks()
    if not blocks or (timeout is not None and (timeout <= 0 or self not in _started_in_blocks)):
        REAL_JOIN(self, timeout)
    elif timeout is None:
        with marked_waiting(blocks, math.inf):
            REAL_JOIN(self)
    else:

        def ended(seconds: float) -> bool:
            REAL_JOIN(self, seconds)
            return not self.is_alive()

        wait_until(blocks, ended, timeout)


@functools.wraps(REAL_START)
def _start(self: threading.Thread) -> None:
    """What a thread of a block starts belongs to the block, but for the server and the idle threads of pools."""
    blocks = own_blocks()
    pooled = getattr(self, "_target", None) is concurrent.futures.thread._worker
    if not blocks or pooled or self.name.startswith(FOREIGN_THREADS):
        REAL_START(self)
        return
    run, key = self.run, reserve(blocks)

    def in_blocks() -> None:
        with joined(key, blocks):
            run()

    self.run = in_blocks  # type: ignore[method-assign]
    _started_in_blocks.add(self)
    try:
        REAL_START(self)
    except BaseException:
        release(key, blocks)
        raise


@functools.wraps(REAL_SUBMIT)  # type: ignore[arg-type]
def _submit(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
    blocks = own_blocks()
    if not blocks:
        return REAL_SUBMIT(self, fn, *args, **kwargs)
    key, submitting = reserve(blocks), threading.Lock()

    def in_blocks() -> Any:
        """Counts as busy until everybody who waits for the result has been told, which those are who came before."""
        with joined(key, blocks):
            try:
                return fn(*args, **kwargs)
            finally:
                untold = reserve(blocks)
                with submitting:
                    future.add_done_callback(lambda _: release(untold, blocks))

    try:
        with submitting:
            future = REAL_SUBMIT(self, in_blocks)
    except BaseException:
        release(key, blocks)
        raise
    future.add_done_callback(lambda _: release(key, blocks))
    return future


@functools.wraps(REAL_ASYNC_SLEEP)
async def _async_sleep(delay: float, result: Any = None) -> Any:
    blocks = own_blocks()
    if not blocks or not delay > 0:
        return await REAL_ASYNC_SLEEP(delay, result)
    if not isinstance(getattr(asyncio.get_running_loop(), "_selector", None), tuple(REAL_SELECTS)):
        return await _foreign_sleep(blocks, delay, result)
    me, until = threading.get_ident(), blocks[-1].ahead + delay
    sleeping_tasks[me] = sleeping_tasks.get(me, 0) + 1
    try:
        await REAL_ASYNC_SLEEP(delay)
    finally:
        sleeping_tasks[me] -= 1
    let_pass(blocks, until)
    return result


async def _foreign_sleep(blocks: SleepBlocks, delay: float, result: Any) -> Any:
    """A sleep on a loop that is not of asyncio's own kind. Tasks that sleep side by side wake in their order."""
    block = blocks[-1]
    key, until = reserve((block,)), block.ahead + delay
    try:
        with marked_waiting((block,), delay, key):
            await REAL_ASYNC_SLEEP(YIELD_SECONDS if len(asyncio.all_tasks()) > 1 else 0)
            while block.ahead < until and min(list(block.waiting.values())) < until and not block.over:
                await REAL_ASYNC_SLEEP(0)
            let_pass(blocks, until)
    finally:
        release(key, (block,))
    return result


def _select_of(real: Callable[..., Any]) -> Callable[..., Any]:
    """`select` of a kind of selector. Where an event loop would wait for its next timer, time passes instead."""

    @functools.wraps(real)
    def select(self: selectors.BaseSelector, timeout: float | None = None) -> Any:
        blocks = own_blocks()
        if not blocks or (timeout is not None and timeout <= 0):
            return real(self, timeout)
        loop = asyncio._get_running_loop()
        if getattr(loop, "_selector", None) is not self:
            return real(self, timeout)
        if timeout is None:
            with marked_waiting(blocks, math.inf):
                return real(self, timeout)
        if sleeping_tasks.get(threading.get_ident()):
            ready = real(self, YIELD_SECONDS if len(asyncio.all_tasks(loop)) > 1 else 0)
            if not ready:
                with marked_waiting(blocks, timeout):
                    let_pass_in_order(blocks, blocks[-1].ahead + timeout)
            return ready or real(self, 0)
        connections = len(self.get_map() or ()) > 1  # the loop's own pipe is one
        return wait_until(blocks, lambda seconds: real(self, seconds), timeout, SOCKET_SECONDS if connections else 0)

    return select


@functools.wraps(REAL_LOOP_TIME)
def _loop_time(self: asyncio.BaseEventLoop) -> float:
    blocks = own_blocks()
    return blocks[-1].loop_time() if blocks else REAL_LOOP_TIME(self)


def _clock_of(name: str) -> Callable[[], Any]:
    real, in_ns = REAL_CLOCKS[name], name.endswith("_ns")

    @functools.wraps(real)
    def read() -> Any:
        if not active_blocks or not (blocks := own_blocks()):
            return real()
        return real() + (round(blocks[-1].ahead * 1_000_000_000) if in_ns else blocks[-1].ahead)

    return read


def virtual_now(cls: Any, tz: Any = None) -> Any:
    """`datetime.now`."""
    if not active_blocks or not (blocks := own_blocks()):
        return REAL_METHODS["now"].__get__(None, cls)(tz)
    utc = REAL_METHODS["now"].__get__(None, REAL_TYPES["datetime"])(datetime_module.UTC)
    return cls.fromtimestamp((utc + datetime_module.timedelta(seconds=blocks[-1].ahead)).timestamp(), tz)


def virtual_utcnow(cls: Any) -> Any:
    """`datetime.utcnow`; by way of `virtual_now`, so that the deprecation is told of the caller's line, not of this."""
    if sys.version_info >= (3, 12):
        warnings.warn(
            "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use timezone-aware"
            " objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC).",
            DeprecationWarning,
            stacklevel=2,
        )
    return virtual_now(cls, datetime_module.UTC).replace(tzinfo=None)


class Dispatcher(NamedTuple):
    """Where a real function is found, and what stands in for it."""

    owner: Any
    name: str
    real: Any
    stand_in: Any


FUNCTIONS = [Dispatcher(time, name, REAL_CLOCKS[name], _clock_of(name)) for name in REAL_CLOCKS]
FUNCTIONS += [
    Dispatcher(time, "sleep", REAL_SLEEP, _sleep),
    Dispatcher(asyncio, "sleep", REAL_ASYNC_SLEEP, _async_sleep),
    Dispatcher(asyncio.tasks, "sleep", REAL_ASYNC_SLEEP, _async_sleep),
]
METHODS = [
    Dispatcher(threading.Thread, "start", REAL_START, _start),
    Dispatcher(threading.Thread, "join", REAL_JOIN, _join),
    Dispatcher(threading.Condition, "wait", REAL_WAIT, _wait),
    Dispatcher(ThreadPoolExecutor, "submit", REAL_SUBMIT, _submit),
    Dispatcher(asyncio.BaseEventLoop, "time", REAL_LOOP_TIME, _loop_time),
]
METHODS += [Dispatcher(kind, "select", real, _select_of(real)) for kind, real in REAL_SELECTS.items()]
