"""Adopting a review: what to write for each change, under which precondition, and in which order."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from mockdreams.review.model import Adoption, Change, Conflict, Review
from mockdreams.review.request_steps import (
    AddMemory,
    ChangeMemory,
    DeleteMemory,
    ListMemories,
    RetrieveDream,
    ReviewError,
    Steps,
    Write,
    status_of,
)
from mockdreams.review.states import is_written, leaving, with_state

Only: TypeAlias = Literal["all", "none"] | str | Collection[str]
"""All changes, none, or those at, or of the memories at, certain paths."""
_LIVE = ("pending", "running")


class _Stored(NamedTuple):
    id: str
    content_sha256: str


def choose(review: Review, only: Only) -> tuple[Change, ...]:
    """The changes that are meant. Raises ReviewError for a path that is about no change."""
    every = tuple(review.changes)
    if only == "all":
        return every
    paths = set() if only == "none" else {only} if isinstance(only, str) else set(only)
    known = frozenset(path for change in (*every, *review.kept) for path in change.paths)
    if unknown := sorted(paths - known):
        raise ReviewError(f"dream {review.dream_id} changed nothing at {', '.join(unknown)}")
    return tuple(change for change in every if change.paths & paths)


def adoption_steps(review: Review, only: Only = "all") -> Steps[Adoption]:
    """Write the chosen changes onto the input store; what is there already is left, so that it can be run twice.

    Each write has the hash of what it replaces as its precondition. What changed meanwhile is a conflict, and stays.
    A memory is renamed or written before what went into it is deleted: whatever breaks off, nothing is lost, and
    running it again does the rest. Raises ReviewError for a dream that still runs, and for unknown paths.
    """
    if not isinstance(review, Review):
        raise ReviewError(f"adopt() takes a review, as review(client, dream_id) gives it, not {review!r}")
    chosen = choose(review, only)
    dream = yield RetrieveDream(review.dream_id)
    if dream.status in _LIVE:
        raise ReviewError(f"dream {review.dream_id} cannot be adopted while it is {dream.status}")
    stored = yield from _stored(review.input_store_id)
    waiting = [change for change in (with_state(one, _hashes(stored)) for one in chosen) if change.state == "open"]
    written: list[str] = []
    refused: dict[str, Exception] = {}
    while waiting:
        again = []
        for change in waiting:
            try:
                yield from _adopt(review.input_store_id, change, stored)
            except Exception as error:
                if status_of(error) not in (404, 409):
                    raise
                refused[change.path] = error
                again.append(change)
            else:
                written.append(change.path)
        if len(again) == len(waiting):
            break
        waiting = again  # a path may have become free
    now = _hashes(stored) if not refused and not written else _hashes((yield from _stored(review.input_store_id)))
    return _result(review, chosen, now, written, refused)


def _result(
    review: Review, chosen: Iterable[Change], now: Mapping[str, str], written: list[str], refused: dict[str, Exception]
) -> Adoption:
    """What came of it, by what the store is now."""
    states = {change.path: with_state(change, now) for change in review.changes}
    meant = {change.path for change in chosen}
    adopted = tuple(path for path, change in states.items() if change.state == "adopted")
    conflicts = [
        states[path].conflict or Conflict(path=path, memory_path=path, message=_message(refused.get(path)))
        for path in states
        if path in meant and path not in adopted
    ]
    return Adoption(
        dream_id=review.dream_id,
        memory_store_id=review.input_store_id,
        written=tuple(sorted(path for path in written if path in adopted)),
        adopted=adopted,
        conflicts=tuple(conflicts),
        left=tuple(path for path, change in states.items() if change.state == "open" and path not in meant),
    )


def _message(refused: Exception | None) -> str:
    if refused is None:
        return "it was changed again while it was adopted"
    return str(getattr(refused, "message", None) or refused)


def _adopt(store_id: str, change: Change, stored: dict[str, _Stored]) -> Steps[None]:
    """Write one change, and note in `stored` what is there now."""
    if not is_written(change, _hashes(stored)):
        write = _write(store_id, change, stored)
        answer: Any = yield write
        if change.sources:
            stored.pop(change.sources[0].path, None)
        if change.content_sha256 is not None:
            stored[change.path] = _Stored(answer.id, change.content_sha256)
    for source in leaving(change):
        if (memory := stored.get(source.path)) is not None:
            yield DeleteMemory(store_id, memory.id, source.content_sha256)
            stored.pop(source.path)


def _write(store_id: str, change: Change, stored: Mapping[str, _Stored]) -> Write:
    """The one request that makes the memory at the change's path what the dream left."""
    if not change.sources:
        assert change.after is not None
        return AddMemory(store_id, change.path, change.after)
    source = change.sources[0]
    memory_id = stored[source.path].id
    if change.after is None:
        return DeleteMemory(store_id, memory_id, source.content_sha256)
    path = None if source.path == change.path else change.path
    content = None if source.content_sha256 == change.content_sha256 else change.after
    return ChangeMemory(store_id, memory_id, path, content, source.content_sha256)


def _stored(store_id: str) -> Steps[dict[str, _Stored]]:
    """The memories that a store has now, by their path."""
    memories = yield ListMemories(store_id, "basic")
    return {one.path: _Stored(one.id, one.content_sha256) for one in memories if one.type == "memory"}


def _hashes(stored: Mapping[str, _Stored]) -> dict[str, str]:
    return {path: memory.content_sha256 for path, memory in stored.items()}
