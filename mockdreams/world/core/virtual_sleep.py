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
"""

import asyncio
import concurrent.futures.thread
import datetime as datetime_module
import functools
import gc
import math
import os
import selectors
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, Protocol

SERVER_THREAD = "mockdreams"
FOREIGN_THREADS = (SERVER_THREAD, "pytest_timeout")
"""How the names of threads begin that belong to no block, whoever starts them."""
YIELD_SECONDS = 0.001
"""Wall seconds between two looks of a waiting thread, and for which others get on before time passes under them."""
OUTSIDERS_SECONDS = 0.02
"""Wall seconds for which a wait with a timeout can be ended by a thread outside the block before time passes."""
SOCKET_SECONDS = 1.0
"""Wall seconds for which an event loop with connections must have nothing to read before time passes."""
STALLED_SECONDS = 5.0
"""Wall seconds without time passing after which an event loop's clock moves on with wall time, so that none hangs."""

_freezegun = sys.modules.get("freezegun.api")
"""It may have put its own functions in place before this module is imported."""
_REAL: dict[str, Callable[[], Any]] = {
    name: getattr(_freezegun, f"real_{name}", getattr(time, name))
    for each in ("time", "monotonic", "perf_counter")
    for name in (each, f"{each}_ns")
}
_real_sleep, _real_async_sleep = time.sleep, asyncio.sleep
_real_start, _real_join = threading.Thread.start, threading.Thread.join
_real_wait, _real_submit = threading.Condition.wait, ThreadPoolExecutor.submit
_real_loop_time = asyncio.BaseEventLoop.time
_TYPES = {"datetime": getattr(_freezegun, "real_datetime", datetime_module.datetime)}
"""In a dictionary, as the functions are, where tools that search modules for them do not look."""
_real_now = _TYPES["datetime"].__dict__["now"]


def real_sleep(seconds: float) -> None:
    """Sleep in wall time, whatever block the caller is in."""
    _real_sleep(seconds)


def real_monotonic() -> float:
    """Wall time, whatever block the caller is in."""
    now: float = _REAL["monotonic"]()
    return now


class AdvancingClock(Protocol):
    """What moves, wherever it is."""

    def advance(self, *, seconds: float) -> object: ...


class _SleepBlock:
    """One `virtual_sleep` block: how much time it has let pass, and which of its threads wait until when."""

    def __init__(self, clock: AdvancingClock, outer: "_SleepBlock | None") -> None:
        self.clock = clock
        self.ahead: float = outer.ahead if outer else 0.0
        self.passed_at = real_monotonic()
        self.loop_base: float = outer.loop_time() - outer.ahead if outer else self.passed_at
        self.over = False
        self.members: set[object] = set()
        self.waiting: dict[object, float] = {}

    def loop_time(self) -> float:
        return self.loop_base + self.ahead + self._stalled()

    def move(self, seconds: float) -> None:
        self.loop_base += self._stalled()
        self.passed_at = real_monotonic()
        self.ahead += seconds

    def _stalled(self) -> float:
        return max(0.0, real_monotonic() - self.passed_at - STALLED_SECONDS)


_SleepBlocks = tuple[_SleepBlock, ...]
_lock = threading.Lock()
"""Guards who belongs to which block."""
_passing = threading.RLock()
"""Held while time passes: a clock and the blocks that move it move as one."""
_blocks: dict[int, _SleepBlocks] = {}
"""The active blocks of each thread, the innermost last. Empty: nothing is virtual anywhere."""
_sleeping_tasks: dict[int, int] = {}
"""How many tasks of each thread's loop are in `asyncio.sleep`."""
_adopted: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
"""The threads that were started in a block."""


def _own() -> _SleepBlocks:
    return _blocks.get(threading.get_ident(), ()) if _blocks else ()


def _pass(blocks: _SleepBlocks, until: float) -> None:
    """Let time pass in every block of a thread till the innermost is at `until`; a clock they share moves once."""
    with _passing:
        seconds = until - blocks[-1].ahead
        active = [block for block in blocks if not block.over]
        if not seconds > 0 or not active:
            return
        for clock in {id(block.clock): block.clock for block in active}.values():
            clock.advance(seconds=seconds)
        for block in active:
            block.move(seconds)
        _tick_freezegun(seconds)


def _pass_in_order(blocks: _SleepBlocks, until: float) -> None:
    """Let time pass till `until`, stopping wherever another thread of the block has to wake."""
    block, me = blocks[-1], threading.get_ident()
    while block.ahead < until and not block.over:
        others = [each for key, each in list(block.waiting.items()) if key != me and block.ahead < each < until]
        _pass(blocks, min(others, default=until))
        if others:
            _let_wake(block, me)


def _let_wake(block: _SleepBlock, me: int) -> None:
    """Wait until the other threads whose time has come are awake, for a tenth of a second at most."""
    for _ in range(100):
        _real_sleep(YIELD_SECONDS)
        if not any(until <= block.ahead for key, until in list(block.waiting.items()) if key != me):
            break


@contextmanager
def _marked(blocks: _SleepBlocks, seconds: float, key: object = None) -> Iterator[None]:
    """The thread, or what `key` stands for, waits for that long."""
    key = key or threading.get_ident()
    before = [block.waiting.get(key) for block in blocks]
    for block in blocks:
        block.waiting[key] = block.ahead + seconds
    try:
        yield
    finally:
        for block, until in zip(blocks, before, strict=True):
            if until is None:
                block.waiting.pop(key, None)
            else:
                block.waiting[key] = until


@contextmanager
def _joined(key: object, blocks: _SleepBlocks) -> Iterator[None]:
    """The thread belongs to `blocks` as far as these are active; `key` stood for it until it ran."""
    me = threading.get_ident()
    with _lock:
        before = _blocks.get(me)
        active = tuple(block for block in blocks if key in block.members)
        if active:
            _blocks[me] = active
        for block in active:
            block.members.discard(key)
            block.members.add(me)
    try:
        yield
    finally:
        with _lock:
            for block in active:
                block.members.discard(me)
            if before is None:
                _blocks.pop(me, None)
            else:
                _blocks[me] = tuple(block for block in before if not block.over)


def _reserve(blocks: _SleepBlocks) -> object:
    """Something that stands for a thread that is about to run in `blocks`, and counts as busy."""
    key = object()
    with _lock:
        for block in blocks:
            if not block.over:
                block.members.add(key)
    return key


def _release(key: object, blocks: _SleepBlocks) -> None:
    with _lock:
        for block in blocks:
            block.members.discard(key)


@functools.wraps(_real_sleep)
def _sleep(seconds: float, /) -> None:
    blocks = _own()
    virtual = blocks and isinstance(seconds, (int, float)) and 0 <= seconds < math.inf
    if not virtual or sys._getframe(1).f_globals.get("__name__") == "subprocess":  # it polls what runs in wall time
        _real_sleep(seconds)
        return
    with _marked(blocks, seconds):
        _pass_in_order(blocks, blocks[-1].ahead + seconds)
    _real_sleep(0)


def _await(blocks: _SleepBlocks, attempt: Callable[[float], Any], timeout: float, patience: float = 0) -> Any:
    """Attempt something until it succeeds or `timeout` is over; `attempt` gets the wall seconds to wait at most."""
    block, began = blocks[-1], real_monotonic()
    until, idle_since = block.ahead + timeout, began
    with _marked(blocks, timeout):
        while True:
            done, now = attempt(min(YIELD_SECONDS, timeout)), real_monotonic()
            left = timeout - (now - began)
            if done:
                return done
            if block.over:
                return attempt(max(0.0, left))
            if block.ahead >= until or left <= 0:
                return attempt(0)
            if not _all_wait(block, until):
                idle_since = now
            elif now - idle_since >= max(patience, _courtesy()):
                if done := attempt(
                    0
                ):  # it may have come since the last attempt, by a thread that waits only since then
                    return done
                _pass(blocks, until)


def _all_wait(block: _SleepBlock, until: float) -> bool:
    """Whether every thread of the block waits, and none for something sooner than `until`."""
    with _lock:
        waiting = list(block.waiting.values())
        return len(waiting) >= len(block.members) and min(waiting, default=until) >= until


def _courtesy() -> float:
    outside = (each for each in threading.enumerate() if each.ident not in _blocks)
    return OUTSIDERS_SECONDS if any(not each.name.startswith(SERVER_THREAD) for each in outside) else 0.0


@functools.wraps(_real_wait)
def _wait(self: Any, timeout: float | None = None) -> bool:
    """`Condition.wait`, as the standard library does it, with another way of waiting for the lock of the waiter."""
    blocks = _own()
    if not blocks or (timeout is not None and timeout <= 0):
        return bool(_real_wait(self, timeout))
    if timeout is None:
        with _marked(blocks, math.inf):
            return bool(_real_wait(self))
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = threading.Lock()
    waiter.acquire()
    self._waiters.append(waiter)
    saved = self._release_save()
    notified = False
    try:
        notified = bool(_await(blocks, lambda seconds: waiter.acquire(True, seconds), timeout))
        return notified
    finally:
        self._acquire_restore(saved)
        if not notified:
            with suppress(ValueError):
                self._waiters.remove(waiter)


@functools.wraps(_real_join)
def _join(self: threading.Thread, timeout: float | None = None) -> None:
    """A thread outside the block works in wall time, and so it is waited for."""
    blocks = _own()
    if not blocks or (timeout is not None and (timeout <= 0 or self not in _adopted)):
        _real_join(self, timeout)
    elif timeout is None:
        with _marked(blocks, math.inf):
            _real_join(self)
    else:

        def ended(seconds: float) -> bool:
            _real_join(self, seconds)
            return not self.is_alive()

        _await(blocks, ended, timeout)


@functools.wraps(_real_start)
def _start(self: threading.Thread) -> None:
    """What a thread of a block starts belongs to the block, but for the server and the idle threads of pools."""
    blocks = _own()
    pooled = getattr(self, "_target", None) is concurrent.futures.thread._worker
    if not blocks or pooled or self.name.startswith(FOREIGN_THREADS):
        _real_start(self)
        return
    run, key = self.run, _reserve(blocks)

    def adopted() -> None:
        with _joined(key, blocks):
            run()

    self.run = adopted  # type: ignore[method-assign]
    _adopted.add(self)
    try:
        _real_start(self)
    except BaseException:
        _release(key, blocks)
        raise


@functools.wraps(_real_submit)  # type: ignore[arg-type]
def _submit(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
    blocks = _own()
    if not blocks:
        return _real_submit(self, fn, *args, **kwargs)
    key, submitting = _reserve(blocks), threading.Lock()

    def adopted() -> Any:
        """Counts as busy until everybody who waits for the result has been told, which those are who came before."""
        with _joined(key, blocks):
            try:
                return fn(*args, **kwargs)
            finally:
                untold = _reserve(blocks)
                with submitting:
                    future.add_done_callback(lambda _: _release(untold, blocks))

    try:
        with submitting:
            future = _real_submit(self, adopted)
    except BaseException:
        _release(key, blocks)
        raise
    future.add_done_callback(lambda _: _release(key, blocks))
    return future


@functools.wraps(_real_async_sleep)
async def _async_sleep(delay: float, result: Any = None) -> Any:
    blocks = _own()
    if not blocks or not delay > 0:
        return await _real_async_sleep(delay, result)
    if not isinstance(getattr(asyncio.get_running_loop(), "_selector", None), _SELECTORS):
        return await _foreign_sleep(blocks, delay, result)
    me, until = threading.get_ident(), blocks[-1].ahead + delay
    _sleeping_tasks[me] = _sleeping_tasks.get(me, 0) + 1
    try:
        await _real_async_sleep(delay)
    finally:
        _sleeping_tasks[me] -= 1
    _pass(blocks, until)
    return result


async def _foreign_sleep(blocks: _SleepBlocks, delay: float, result: Any) -> Any:
    """A sleep on a loop that is not of asyncio's own kind. Tasks that sleep side by side wake in their order."""
    block, key = blocks[-1], object()
    until = block.ahead + delay
    with _lock:
        block.members.add(key)
    try:
        with _marked((block,), delay, key):
            await _real_async_sleep(YIELD_SECONDS if len(asyncio.all_tasks()) > 1 else 0)
            while block.ahead < until and min(list(block.waiting.values())) < until and not block.over:
                await _real_async_sleep(0)
            _pass(blocks, until)
    finally:
        _release(key, (block,))
    return result


def _select_of(real: Callable[..., Any]) -> Callable[..., Any]:
    """`select` of a kind of selector. Where an event loop would wait for its next timer, time passes instead."""

    @functools.wraps(real)
    def select(self: selectors.BaseSelector, timeout: float | None = None) -> Any:
        blocks = _own()
        if not blocks or (timeout is not None and timeout <= 0):
            return real(self, timeout)
        loop = asyncio._get_running_loop()
        if getattr(loop, "_selector", None) is not self:
            return real(self, timeout)
        if timeout is None:
            with _marked(blocks, math.inf):
                return real(self, timeout)
        if _sleeping_tasks.get(threading.get_ident()):
            ready = real(self, YIELD_SECONDS if len(asyncio.all_tasks(loop)) > 1 else 0)
            if not ready:
                with _marked(blocks, timeout):
                    _pass_in_order(blocks, blocks[-1].ahead + timeout)
            return ready or real(self, 0)
        connections = len(self.get_map() or ()) > 1  # the loop's own pipe is one
        return _await(blocks, lambda seconds: real(self, seconds), timeout, SOCKET_SECONDS if connections else 0)

    return select


@functools.wraps(_real_loop_time)
def _loop_time(self: asyncio.BaseEventLoop) -> float:
    blocks = _own()
    return blocks[-1].loop_time() if blocks else _real_loop_time(self)


def _clock_of(name: str) -> Callable[[], Any]:
    real, in_ns = _REAL[name], name.endswith("_ns")

    @functools.wraps(real)
    def read() -> Any:
        if not _blocks or not (blocks := _own()):
            return real()
        return real() + (round(blocks[-1].ahead * 1_000_000_000) if in_ns else blocks[-1].ahead)

    return read


def _now(cls: Any, tz: Any = None) -> Any:
    if not _blocks or not (blocks := _own()):
        return _real_now.__get__(None, cls)(tz)
    utc = _real_now.__get__(None, _TYPES["datetime"])(datetime_module.UTC)
    return cls.fromtimestamp((utc + datetime_module.timedelta(seconds=blocks[-1].ahead)).timestamp(), tz)


def _utcnow(cls: Any) -> Any:
    """By way of `now`, so that the standard library's own warning names the caller's line, and not this one."""
    if sys.version_info >= (3, 12):
        warnings.warn(
            "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use timezone-aware"
            " objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC).",
            DeprecationWarning,
            stacklevel=2,
        )
    return _now(cls, datetime_module.UTC).replace(tzinfo=None)


class _Dispatcher(NamedTuple):
    owner: Any
    name: str
    real: Any
    stands_in: Any


def _kinds_of_selectors() -> Iterator[type]:
    for kind in vars(selectors).values():
        if isinstance(kind, type) and issubclass(kind, selectors.BaseSelector):
            select = vars(kind).get("select")
            if select and not getattr(select, "__isabstractmethod__", False):
                yield kind


_SELECTORS = tuple(_kinds_of_selectors())
_FUNCTIONS = [_Dispatcher(time, name, _REAL[name], _clock_of(name)) for name in _REAL]
_FUNCTIONS += [
    _Dispatcher(time, "sleep", _real_sleep, _sleep),
    _Dispatcher(asyncio, "sleep", _real_async_sleep, _async_sleep),
    _Dispatcher(asyncio.tasks, "sleep", _real_async_sleep, _async_sleep),
]
_METHODS = [
    _Dispatcher(threading.Thread, "start", _real_start, _start),
    _Dispatcher(threading.Thread, "join", _real_join, _join),
    _Dispatcher(threading.Condition, "wait", _real_wait, _wait),
    _Dispatcher(ThreadPoolExecutor, "submit", _real_submit, _submit),
    _Dispatcher(asyncio.BaseEventLoop, "time", _real_loop_time, _loop_time),
]
_METHODS += [_Dispatcher(kind, "select", vars(kind)["select"], _select_of(vars(kind)["select"])) for kind in _SELECTORS]
_installed = False


def _install() -> None:
    """Put the dispatchers in place: whatever holds a real function gets its dispatcher, which stays.

    The first time, all modules are searched for names of their own; later only the places where the functions live,
    which a patch that was active the first time may have put back. Modules of ours know both times and pytest's measure
    tests: both keep the real functions.
    """
    global _installed
    if not _installed:
        _before_time_machine()
    for each in (*_FUNCTIONS, *_METHODS):
        if vars(each.owner).get(each.name) is each.real:
            setattr(each.owner, each.name, each.stands_in)
    if _installed:
        return
    _installed = True
    _search_modules({id(each.real): each.stands_in for each in _FUNCTIONS})
    _beside_freezegun()
    if sys.implementation.name == "cpython":
        _set_in_type(_TYPES["datetime"], "now", classmethod(_now))
        _set_in_type(_TYPES["datetime"], "utcnow", classmethod(_utcnow))
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

        getattr(_time_machine, "patch_if_needed", lambda: None)()  # versions before 3 look them up here


def _beside_freezegun() -> None:
    """freezegun searches modules for the functions that it knew when it was imported: let it know the dispatchers."""
    with suppress(KeyError, AttributeError):
        freezegun = sys.modules["freezegun.api"]
        freezegun._real_time_object_ids.update(id(each.stands_in) for each in _FUNCTIONS)
        freezegun._GLOBAL_MODULES_CACHE.clear()


def _tick_freezegun(seconds: float) -> None:
    """A clock that freezegun has set moves with the block's."""
    freezegun: Any = sys.modules.get("freezegun.api")
    if freezegun and freezegun.freeze_factories and not freezegun.tick_flags[-1]:  # one that ticks runs ahead by itself
        freezegun.freeze_factories[-1].tick(datetime_module.timedelta(seconds=seconds))


def _after_fork() -> None:
    """No block is active in a forked process: its copy of the world is nobody's."""
    global _lock, _passing
    _lock, _passing = threading.Lock(), threading.RLock()
    _blocks.clear()
    _sleeping_tasks.clear()


@contextmanager
def wall_time() -> Iterator[None]:
    """Within this, the thread waits in wall time, whatever block it is in: for what the server's thread does."""
    me = threading.get_ident()
    with _lock:
        before = _blocks.pop(me, None)
    try:
        yield
    finally:
        with _lock:
            left = tuple(block for block in before or () if not block.over)
            if left:
                _blocks[me] = left


@contextmanager
def virtual_sleep(clock: AdvancingClock) -> Iterator[None]:
    """Within the block, the waits of this thread and of those that it starts move `clock` instead of wall time."""
    me = threading.get_ident()
    with _lock:
        _install()
        before = _blocks.get(me, ())
        block = _SleepBlock(clock, before[-1] if before else None)
        block.members.add(me)
        _blocks[me] = (*before, block)
    try:
        yield
    finally:
        with _passing, _lock:
            block.over = True
            block.members.clear()
            for thread, blocks in list(_blocks.items()):
                left = tuple(each for each in blocks if each is not block)
                if left:
                    _blocks[thread] = left
                else:
                    del _blocks[thread]
