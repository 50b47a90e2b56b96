"""Taking turns: a world is asked by one at a time, and a busy or thinking world delays no other."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from mockdreams.http.inputs import Input
from mockdreams.http.threads import run_in_thread
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
    if world.log is not None and what is not None:
        question = partial(world.log.perform, what, question, changes=changes)
    try:
        if slow or world.may_think() or not world.lock.acquire(blocking=False):
            answer = await run_in_thread(_wait, world, question)
        else:
            try:
                answer = question()
            finally:
                world.lock.release()
    except Exception:
        if world.log is not None:
            await world.log.settled()
        raise
    if world.log is not None:
        await world.log.settled()
    return answer


def _wait(world: World, question: Callable[[], A]) -> A:
    with world.lock:
        return question()
