"""What a review asks, answered from the tables: the same questions as through an SDK."""

from typing import Any, TypeVar

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
    ReviewError,
    Steps,
    run,
)
from mockdreams.wire.errors import invalid
from mockdreams.wire.memory import CreateMemory, MemoryVersion, Precondition, UpdateMemory
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import TimeRange
from mockdreams.world.dreams.dreams import Dreams
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.memory.versions import VersionFilter
from mockdreams.world.sessions.store import SessionStore

A = TypeVar("A")


class ReviewRequests:
    """Answers the requests of reviews and adoptions, as the caller of the world."""

    def __init__(self, context: Context, dreams: Dreams, memory_stores: MemoryStores, sessions: SessionStore) -> None:
        self._context = context
        self._dreams = dreams
        self._memory_stores = memory_stores
        self._sessions = sessions

    def run(self, steps: Steps[A]) -> A:
        """What the steps come to. Raises ServiceError where they refuse."""
        try:
            return run(steps, self._perform)
        except ReviewError as refused:
            raise invalid(str(refused)) from None

    def _perform(self, request: Request) -> Any:
        stores, actor = self._memory_stores, self._context.actor
        match request:
            case RetrieveDream(dream_id):
                return self._dreams.retrieve(dream_id)
            case RetrieveStore(store_id):
                return stores.retrieve(store_id)
            case RetrieveSession(session_id):
                return self._sessions.retrieve(session_id)
            case ListMemories(store_id):
                return list(stores.contents(store_id).memories)
            case ListVersions():
                return self._versions(request)
            case ListEvents(session_id, types):
                events = (event for _, event in self._sessions.event_log(session_id).iterate())
                return [event for event in events if event.type in types]
            case AddMemory(store_id, path, content):
                params = CreateMemory(path=path, content=content)
                return stores.writable_contents(store_id).create(params, actor)
            case ChangeMemory(store_id, memory_id, path, content, content_sha256):
                precondition = Precondition(type="content_sha256", content_sha256=content_sha256)
                changed = {name: value for name, value in (("path", path), ("content", content)) if value is not None}
                update = UpdateMemory(**changed, precondition=precondition)
                return stores.writable_contents(store_id).update(memory_id, update, actor)
            case DeleteMemory(store_id, memory_id, content_sha256):
                return stores.writable_contents(store_id).delete(memory_id, actor, content_sha256)

    def _versions(self, request: ListVersions) -> list[MemoryVersion]:
        """The versions that are asked for, newest first."""
        versions = self._memory_stores.contents(request.memory_store_id).versions
        shown = VersionFilter(
            memory_id=request.memory_id,
            session_id=request.session_id,
            window=TimeRange(gte=request.since, lte=request.until),
        )
        return versions.page(shown, limit=request.newest or len(versions.table), after=None)[0]
