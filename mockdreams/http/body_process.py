"""Large bodies are read in a process of their own, so that nobody else waits for them, and long journals in another.

Reading JSON, finding what is wrong with it and writing it are calls that hold the interpreter for as long as they last:
tenths of a second for what a body may hold. `mockdreams serve` starts each process when it is first needed; where there
is none, as in the process of a test, bodies are read where they are.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from mockdreams.side_process import NoAnswerError, SideProcess

A = TypeVar("A")
LARGE_BYTES = 64 * 1024
LONG_JOURNAL_BYTES = 256 * 1024
MANY_ITEMS = 500
"""Each that is wrong takes 5 µs: so many may be read where they are, and take as long as a large body that is right."""


_bodies: SideProcess | None = None
_journals: SideProcess | None = None


def use_process(bodies: SideProcess | None, journals: SideProcess | None = None) -> None:
    """From now on, read large bodies and long journals there; None: where they are.

    A journal may take seconds, and the bodies of others are not to wait that long.
    """
    global _bodies, _journals
    _bodies, _journals = bodies, journals


def is_large(body: bytes) -> bool:
    """Whether a body may take long to read, by its size or by how much is in it."""
    return len(body) > LARGE_BYTES or (body.count(b",") > MANY_ITEMS and has_items(body, MANY_ITEMS))


def commas(body: bytes) -> int:
    """How many there are, counted piece by piece: others have their turn."""
    if len(body) <= LARGE_BYTES:
        return body.count(b",")
    return sum(body.count(b",", start, start + LARGE_BYTES) for start in range(0, len(body), LARGE_BYTES))


def has_items(body: bytes, count: int) -> bool:
    """Whether there are so many commas outside of texts, or so many texts that there must be."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if plain.count(b'"') > 4 * count:  # an item has two texts at most
        return True
    return sum(part.count(b",") for part in plain.split(b'"')[::2]) >= count


def read_elsewhere(read: Callable[[bytes], A], body: bytes) -> A:
    """`read(body)`, for a large body in the process for them, if there is one. Raises ServiceError as `read` does."""
    if _bodies is not None and is_large(body):
        with suppress(NoAnswerError):
            return _bodies.ask(read, body)
    return read(body)


def show_elsewhere(show: Callable[..., A], *arguments: Any, size: int) -> A:
    """`show(*arguments)`, where a journal keeps `size` bytes; of a long one in the process for that, if there is."""
    if _journals is not None and size > LONG_JOURNAL_BYTES:
        with suppress(NoAnswerError):
            return _journals.ask(show, *arguments)
    return show(*arguments)
