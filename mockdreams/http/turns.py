"""Taking turns: a world is asked by one at a time, and a busy world delays no other."""

from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from mockdreams.world.world import World

A = TypeVar("A")


async def ask(world: World, question: Callable[[], A]) -> A:
    """`question`, asked with the world's lock held: at once if it is free, else on a thread that can wait for it."""
    if world.lock.acquire(blocking=False):
        try:
            return question()
        finally:
            world.lock.release()
    return await run_in_threadpool(_wait, world, question)


def _wait(world: World, question: Callable[[], A]) -> A:
    with world.lock:
        return question()
