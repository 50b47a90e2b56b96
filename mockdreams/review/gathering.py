"""Fetching what a review compares: the input store as the dream found it and as it is now, the output, the events."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mockdreams.review.model import KINDS, Review
from mockdreams.review.reasons import EVENT_TYPES, explain
from mockdreams.review.request_steps import (
    ListEvents,
    ListMemories,
    ListVersions,
    RetrieveDream,
    RetrieveSession,
    RetrieveStore,
    ReviewError,
    Steps,
    status_of,
)
from mockdreams.review.states import with_state
from mockdreams.review.store_comparison import MemoryText, compare

_TIE = timedelta(seconds=1)
"""Within this time after the beginning, what was written to the output store is the clone of the input."""


class _Compared(NamedTuple):
    before: dict[str, MemoryText]
    after: dict[str, MemoryText]
    renamed: dict[str, str]
    now: dict[str, str]


class Gathered(NamedTuple):
    """All that a review is made of."""

    dream: Any
    compared: _Compared
    events: list[Any]
    mounts: list[str]


def review_steps(dream_id: str) -> Steps[Review]:
    """Review a dream. Raises ReviewError for one that has written nothing yet, or whose stores are gone."""
    return make_review((yield from gathering_steps(dream_id)))


def gathering_steps(dream_id: str) -> Steps[Gathered]:
    """What the review of a dream is made of. Raises ReviewError as that does."""
    dream = yield RetrieveDream(dream_id)
    if not dream.outputs:
        raise ReviewError(f"dream {dream_id} has no output store to review: it is {dream.status}")
    source, target = _stores(dream)
    in_place = source == target
    try:
        compared = yield from (_compare_versions(source, dream.session_id) if in_place else _compare(source, target))
    except Exception as refused:
        if status_of(refused) == 404:
            raise ReviewError(f"a memory store of dream {dream_id} is gone: {refused}") from refused
        raise
    return Gathered(dream, compared, *(yield from _history(dream.session_id)))


def make_review(gathered: Gathered) -> Review:
    dream, compared, events, mounts = gathered
    source, target = _stores(dream)
    changes = explain(compare(compared.before, compared.after, compared.renamed), events, mounts)
    changes = [with_state(change, compared.now) for change in changes]
    return Review(
        dream_id=dream.id,
        dream_status=dream.status,
        output_behavior="update_existing" if source == target else "create_new",
        input_store_id=source,
        output_store_id=target,
        session_id=dream.session_id,
        **{kind: [change for change in changes if change.kind == kind] for kind in KINDS},
        bytes_before=sum(change.bytes_before for change in changes),
        bytes_after=sum(change.bytes_after for change in changes),
        adopted=[change.path for change in changes if change.state == "adopted"],
        conflicts=[change.conflict for change in changes if change.conflict is not None],
    )


def _stores(dream: Any) -> tuple[str, str]:
    """The stores that a dream read and wrote."""
    source = next(one.memory_store_id for one in dream.inputs if one.type == "memory_store")
    return source, dream.outputs[0].memory_store_id


def _compare(source: str, target: str) -> Steps[_Compared]:
    """An output store of its own, beside the input store as it was when that was cloned."""
    cloned_at = (yield RetrieveStore(target)).created_at
    after = _by_path((yield ListMemories(target, "full")))
    now = _by_path((yield ListMemories(source, "full")))
    since = yield ListVersions(source, since=cloned_at)
    before = {memory.id: memory for memory in now.values()}
    for memory_id in {version.memory_id for version in since}:
        before.pop(memory_id, None)
        found = yield from _version_before(source, target, memory_id, cloned_at)
        if found is not None:
            before[memory_id] = found
    return _Compared({memory.path: memory for memory in before.values()}, after, {}, _hashes(now))


def _version_before(source: str, target: str, memory_id: str, cloned_at: datetime) -> Steps[MemoryText | None]:
    """A memory that was written to since a moment, as it was then; None if it was not there."""
    versions = yield ListVersions(source, memory_id=memory_id, until=cloned_at, newest=2)
    if versions and versions[0].created_at == cloned_at:
        cloned = yield ListVersions(target, since=cloned_at, until=cloned_at + _TIE)
        hashes = {version.path: version.content_sha256 for version in cloned if version.operation == "created"}
        if hashes:
            versions = [one for one in versions if one.path and hashes.get(one.path) == one.content_sha256]
    return _text(versions[0]) if versions and versions[0].content is not None else None


def _compare_versions(store_id: str, session_id: str | None) -> Steps[_Compared]:
    """A store that the dream wrote to itself, before its first and after its last version of each memory."""
    now = _by_path((yield ListMemories(store_id, "full")))
    written = [] if session_id is None else (yield ListVersions(store_id, session_id=session_id))
    untouched = {memory.id: memory for memory in now.values()}
    before, after, renamed = dict[str, MemoryText](), dict[str, MemoryText](), dict[str, str]()
    by_memory: dict[str, list[Any]] = defaultdict(list)
    for version in written:
        by_memory[version.memory_id].append(version)
    for memory_id, own in by_memory.items():
        untouched.pop(memory_id, None)
        older = None
        if own[-1].operation != "created":
            versions = yield ListVersions(store_id, memory_id=memory_id, until=own[-1].created_at, newest=2)
            older = next((version for version in versions if version.id != own[-1].id), None)
        if older is not None and older.content is not None:
            before[older.path] = _text(older)
        if own[0].content is not None:
            after[own[0].path] = _text(own[0])
            if older is not None and older.path is not None:
                renamed[own[0].path] = older.path
    kept = {memory.path: memory for memory in untouched.values()}
    return _Compared(kept | before, kept | after, renamed, _hashes(now))


def _history(session_id: str | None) -> Steps[tuple[list[Any], list[str]]]:
    """The events of the dream's session, and where its stores are mounted; nothing, if the session is gone."""
    if session_id is None:
        return [], []
    try:
        session = yield RetrieveSession(session_id)
        events = yield ListEvents(session_id, EVENT_TYPES)
    except Exception as refused:
        if status_of(refused) == 404:
            return [], []
        raise
    mounts = (getattr(resource, "mount_path", None) for resource in session.resources)
    return list(events), [mount for mount in mounts if mount]


def _by_path(memories: Iterable[Any]) -> dict[str, MemoryText]:
    return {memory.path: _text(memory) for memory in memories if memory.type == "memory"}


def _hashes(memories: dict[str, MemoryText]) -> dict[str, str]:
    return {path: memory.content_sha256 for path, memory in memories.items()}


def _text(found: Any) -> MemoryText:
    """A memory, or a version of one."""
    memory_id = found.id if found.type == "memory" else found.memory_id
    return MemoryText(found.path, found.content, found.content_sha256, found.content_size_bytes, memory_id)
