"""What a review asks of an endpoint, as data: whoever can answer these can review and adopt.

The logic of a review is a generator that yields requests and is sent their answers: records with the attributes of the
wire, be they models of an SDK or of ours. A refusal is thrown into it as the exception that the client raised.
"""

from collections.abc import Awaitable, Callable, Generator
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

A = TypeVar("A")


class RetrieveDream(NamedTuple):
    dream_id: str


class RetrieveStore(NamedTuple):
    memory_store_id: str


class RetrieveSession(NamedTuple):
    session_id: str


class ListMemories(NamedTuple):
    """All memories of a store."""

    memory_store_id: str
    view: Literal["basic", "full"]


class ListVersions(NamedTuple):
    """The versions of a store's memories, with their contents, newest first; only `newest` many, if that is given."""

    memory_store_id: str
    session_id: str | None = None
    memory_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    newest: int | None = None


class ListEvents(NamedTuple):
    """The events of a session, oldest first."""

    session_id: str
    types: tuple[str, ...]


class AddMemory(NamedTuple):
    memory_store_id: str
    path: str
    content: str


class ChangeMemory(NamedTuple):
    memory_store_id: str
    memory_id: str
    path: str | None
    content: str | None
    content_sha256: str
    """What its content must have been."""


class DeleteMemory(NamedTuple):
    memory_store_id: str
    memory_id: str
    content_sha256: str
    """What its content must have been."""


Write: TypeAlias = AddMemory | ChangeMemory | DeleteMemory
Request: TypeAlias = RetrieveDream | RetrieveStore | RetrieveSession | ListMemories | ListVersions | ListEvents | Write
Steps: TypeAlias = Generator[Request, Any, A]
"""A conversation with an endpoint that comes to a result."""


class ReviewError(Exception):
    """There is nothing to review or to adopt; the text says why."""


def run(steps: Steps[A], perform: Callable[[Request], Any]) -> A:
    """Hold a conversation with a synchronous client."""
    try:
        request = next(steps)
        while True:
            try:
                answer = perform(request)
            except Exception as refused:
                request = steps.throw(refused)
            else:
                request = steps.send(answer)
    except StopIteration as done:
        result: A = done.value
        return result


async def run_async(steps: Steps[A], perform: Callable[[Request], Awaitable[Any]]) -> A:
    """Hold a conversation with an asynchronous client."""
    try:
        request = next(steps)
        while True:
            try:
                answer = await perform(request)
            except Exception as refused:
                request = steps.throw(refused)
            else:
                request = steps.send(answer)
    except StopIteration as done:
        result: A = done.value
        return result


def status_of(refused: Exception) -> int | None:
    """The HTTP status of a refusal, by whatever client; None for what is no answer."""
    status = getattr(refused, "status_code", None) or getattr(refused, "status", None)
    return status if isinstance(status, int) else None
