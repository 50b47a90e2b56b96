"""Reviewing and adopting through the official SDK, synchronous or not."""

from collections.abc import Coroutine
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar, overload

from mockdreams.review.adoption import Only, adoption_steps
from mockdreams.review.model import Adoption, Review
from mockdreams.review.request_steps import (
    AddMemory,
    ChangeMemory,
    DeleteMemory,
    ListEvents,
    ListMemories,
    ListVersions,
    Request,
    RetrieveDream,
    RetrieveSession,
    RetrieveStore,
    Steps,
    run,
    run_async,
)

if TYPE_CHECKING:
    from anthropic import Anthropic, AsyncAnthropic

A = TypeVar("A")


@overload
def review(client: "Anthropic", dream_id: str) -> Review: ...
@overload
def review(client: "AsyncAnthropic", dream_id: str) -> Coroutine[Any, Any, Review]: ...
def review(client: "Anthropic | AsyncAnthropic", dream_id: str) -> Review | Coroutine[Any, Any, Review]:
    """What a dream made of its input store, asked of any endpoint with an official client; `await` an asynchronous one.

    Raises ReviewError for a dream that has no output, or whose stores are gone; and what the client raises.
    """
    from mockdreams.review.gathering import review_steps  # which compares texts; few programs do

    return _hold(review_steps(dream_id), client)


@overload
def adopt(client: "Anthropic", review: Review, only: Only = "all") -> Adoption: ...
@overload
def adopt(client: "AsyncAnthropic", review: Review, only: Only = "all") -> Coroutine[Any, Any, Adoption]: ...
def adopt(
    client: "Anthropic | AsyncAnthropic", review: Review, only: Only = "all"
) -> Adoption | Coroutine[Any, Any, Adoption]:
    """Write what was reviewed onto the input store: `"all"`, `"none"`, or the changes at some paths.

    Each write has the hash of what it replaces as its precondition: what changed since the dream read it is a conflict,
    told and not overwritten. It can be run twice, and again after it broke off. Raises ReviewError for a dream that
    still runs, or a path that is about no change; and what the client raises.
    """
    return _hold(adoption_steps(review, only), client)


def _hold(steps: Steps[A], client: Any) -> "A | Coroutine[Any, Any, A]":
    if iscoroutinefunction(client.beta.dreams.retrieve):
        return run_async(steps, partial(_perform_async, client))
    return run(steps, partial(_perform, client))


def _perform(client: Any, request: Request) -> Any:
    answer = _send(client, request)
    newest = request.newest if isinstance(request, ListVersions) else None
    if newest is not None:
        return list(answer.data)[:newest]
    return list(answer) if isinstance(request, ListMemories | ListVersions | ListEvents) else answer


async def _perform_async(client: Any, request: Request) -> Any:
    answer = _send(client, request)
    newest = request.newest if isinstance(request, ListVersions) else None
    if newest is not None:
        return list((await answer).data)[:newest]
    if isinstance(request, ListMemories | ListVersions | ListEvents):
        return [item async for item in answer]
    return await answer


def _send(client: Any, request: Request) -> Any:
    """The call of the SDK for a request: its answer or page, or an awaitable of that."""
    beta, memories = client.beta, client.beta.memory_stores.memories
    match request:
        case RetrieveDream(id):
            return beta.dreams.retrieve(id)
        case RetrieveStore(id):
            return beta.memory_stores.retrieve(id)
        case RetrieveSession(id):
            return beta.sessions.retrieve(id)
        case ListMemories(id, view):
            return memories.list(id, view=view, limit=20 if view == "full" else 100)
        case ListVersions(id):
            return beta.memory_stores.memory_versions.list(id, view="full", **_filters(request))
        case ListEvents(id, types):
            return beta.sessions.events.list(id, types=list(types), order="asc", limit=1000)
        case AddMemory(id, path, content):
            return memories.create(id, path=path, content=content)
        case ChangeMemory():
            precondition = {"type": "content_sha256", "content_sha256": request.content_sha256}
            changed = {
                name: getattr(request, name) for name in ("path", "content") if getattr(request, name) is not None
            }
            return memories.update(
                request.memory_id, memory_store_id=request.memory_store_id, precondition=precondition, **changed
            )
        case DeleteMemory(store_id, id, content_sha256):
            return memories.delete(id, memory_store_id=store_id, expected_content_sha256=content_sha256)


def _filters(request: ListVersions) -> dict[str, Any]:
    return _given(
        session_id=request.session_id,
        memory_id=request.memory_id,
        created_at_gte=request.since,
        created_at_lte=request.until,
        limit=request.newest or 20,
    )


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
