"""Taking turns: a world is asked by one at a time, and a busy or thinking world delays no other."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from mockdreams.http.inputs import Input
from mockdreams.world.world import World

A = TypeVar("A")


async def run_locked(
    world: World, question: Callable[[], A], what: Input | None = None, *, changes: bool = False, slow: bool = False
) -> A:
    """`question`, asked with the world's lock held: at once if that cannot take long, else on a thread of its own.

    It can if it is `slow`, while another holds the lock, or if the world `may_think`.
    Where the world is kept, so is the input `what`, which `changes` it or may only move its clock; the answer comes
    when all is kept that it may tell of.
    """
    if world.log is None:
        return await _ask(world, question, slow)
    if what is not None:
        question = partial(world.log.perform, what, question, changes=changes)
    try:
        answer = await _ask(world, question, slow)
    except Exception:
        await world.log.settled()
        raise
    await world.log.settled()
    return answer


async def _ask(world: World, question: Callable[[], A], slow: bool) -> A:
    if not slow and not world.may_think and world.lock.acquire(blocking=False):
        try:
            return question()
        finally:
            world.lock.release()
    return await run_in_threadpool(_wait, world, question)


def _wait(world: World, question: Callable[[], A]) -> A:
    with world.lock:
        return question()
