"""The blocks of virtual sleep: which threads are in which, how time passes in one, and how its threads wait for it."""

import datetime as datetime_module
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from mockdreams.world.core.real_functions import REAL_SLEEP, real_monotonic

SERVER_THREAD = "mockdreams"
"""How the names of the threads begin that serve, which belong to no block and are waited for by none."""
YIELD_SECONDS = 0.001
"""Wall seconds between two looks of a waiting thread, and for which others get on before time passes under them."""
OUTSIDERS_SECONDS = 0.02
"""Wall seconds for which a wait with a timeout can be ended by a thread outside the block before time passes."""
STALLED_SECONDS = 5.0
"""Wall seconds without time passing after which an event loop's clock moves on with wall time, so that none hangs."""


class AdvancingClock(Protocol):
    """What moves, wherever it is."""

    def advance(self, *, seconds: float) -> object: ...


class SleepBlock:
    """One `virtual_sleep` block: how much time it has let pass, and which of its threads wait until when."""

    def __init__(self, clock: AdvancingClock, outer: "SleepBlock | None") -> None:
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


SleepBlocks = tuple[SleepBlock, ...]
_lock = threading.Lock()
"""Guards who belongs to which block."""
_passing = threading.RLock()
"""Held while time passes: a clock and the blocks that move it move as one."""
active_blocks: dict[int, SleepBlocks] = {}
"""The active blocks of each thread, the innermost last. Empty: nothing is virtual anywhere."""


def own_blocks() -> SleepBlocks:
    """The active blocks of the thread that asks."""
    return active_blocks.get(threading.get_ident(), ()) if active_blocks else ()


def let_pass(blocks: SleepBlocks, until: float) -> None:
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


def let_pass_in_order(blocks: SleepBlocks, until: float) -> None:
    """Let time pass till `until`, stopping wherever another thread of the block has to wake."""
    block, me = blocks[-1], threading.get_ident()
    while block.ahead < until and not block.over:
        others = [each for key, each in list(block.waiting.items()) if key != me and block.ahead < each < until]
        let_pass(blocks, min(others, default=until))
        if others:
            _let_wake(block, me)


def _let_wake(block: SleepBlock, me: int) -> None:
    """Wait until the other threads whose time has come are awake, for a tenth of a second at most."""
    for _ in range(100):
        REAL_SLEEP(YIELD_SECONDS)
        if not any(until <= block.ahead for key, until in list(block.waiting.items()) if key != me):
            break


@contextmanager
def marked_waiting(blocks: SleepBlocks, seconds: float, key: object = None) -> Iterator[None]:
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
def joined(key: object, blocks: SleepBlocks) -> Iterator[None]:
    """The thread belongs to `blocks` as far as these are active; `key` stood for it until it ran."""
    me = threading.get_ident()
    with _lock:
        before = active_blocks.get(me)
        active = tuple(block for block in blocks if key in block.members)
        if active:
            active_blocks[me] = active
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
                active_blocks.pop(me, None)
            else:
                active_blocks[me] = tuple(block for block in before if not block.over)


def reserve(blocks: SleepBlocks) -> object:
    """Something that stands for a thread that is about to run in `blocks`, and counts as busy."""
    key = object()
    with _lock:
        for block in blocks:
            if not block.over:
                block.members.add(key)
    return key


def release(key: object, blocks: SleepBlocks) -> None:
    """`key` stands for nothing any more."""
    with _lock:
        for block in blocks:
            block.members.discard(key)


def wait_until(blocks: SleepBlocks, attempt: Callable[[float], Any], timeout: float, idle_seconds: float = 0) -> Any:
    """Attempt something until it succeeds or `timeout` is over; `attempt` gets the wall seconds to wait at most."""
    block, began = blocks[-1], real_monotonic()
    until, idle_since = block.ahead + timeout, began
    with marked_waiting(blocks, timeout):
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
            elif now - idle_since >= max(idle_seconds, _outsiders_seconds()):
                if done := attempt(0):  # since the last attempt, by a thread that waits only since then
                    return done
                let_pass(blocks, until)


def _all_wait(block: SleepBlock, until: float) -> bool:
    """Whether every thread of the block waits, and none for something sooner than `until`."""
    with _lock:
        waiting = list(block.waiting.values())
        return len(waiting) >= len(block.members) and min(waiting, default=until) >= until


def _outsiders_seconds() -> float:
    """The wall seconds that threads outside the block get, if there are any, before time passes."""
    outside = (each for each in threading.enumerate() if each.ident not in active_blocks)
    return OUTSIDERS_SECONDS if any(not each.name.startswith(SERVER_THREAD) for each in outside) else 0.0


def _tick_freezegun(seconds: float) -> None:
    """A clock that freezegun has set moves with the block's."""
    freezegun: Any = sys.modules.get("freezegun.api")
    if freezegun and freezegun.freeze_factories and not freezegun.tick_flags[-1]:  # one that ticks runs ahead by itself
        freezegun.freeze_factories[-1].tick(datetime_module.timedelta(seconds=seconds))


@contextmanager
def wall_time() -> Iterator[None]:
    """Within this, the thread waits in wall time, whatever block it is in: for what the server's thread does."""
    me = threading.get_ident()
    with _lock:
        before = active_blocks.pop(me, None)
    try:
        yield
    finally:
        with _lock:
            left = tuple(block for block in before or () if not block.over)
            if left:
                active_blocks[me] = left


@contextmanager
def entered(clock: AdvancingClock) -> Iterator[None]:
    """Within this, the thread is in a new block, inside those that it is in already."""
    me = threading.get_ident()
    with _lock:
        before = active_blocks.get(me, ())
        block = SleepBlock(clock, before[-1] if before else None)
        block.members.add(me)
        active_blocks[me] = (*before, block)
    try:
        yield
    finally:
        with _passing, _lock:
            block.over = True
            block.members.clear()
            for thread, blocks in list(active_blocks.items()):
                left = tuple(each for each in blocks if each is not block)
                if left:
                    active_blocks[thread] = left
                else:
                    del active_blocks[thread]


def leave_all() -> None:
    """No block is active in a forked process: its copy of the world is nobody's."""
    global _lock, _passing
    _lock, _passing = threading.Lock(), threading.RLock()
    active_blocks.clear()
