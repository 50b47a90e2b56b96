"""Memory stores: their rules, and the memories that each one holds."""

from collections.abc import Callable

from mockdreams.wire.errors import invalid, not_found
from mockdreams.wire.memory import CreateMemoryStore, MemoryStore, MemoryStoreDeleted, UpdateMemoryStore
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import UNBOUNDED, Table, TimeRange, first_page, strictly_after, unarchived
from mockdreams.world.core.validation import check_metadata, check_name, merge_metadata, null_metadata
from mockdreams.world.memory.contents import StoreContents


class MemoryStores:
    """All memory stores of a world. `guards` may refuse to lose a store by raising ServiceError."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.table = Table[MemoryStore](shown=unarchived)
        self._contents: dict[str, StoreContents] = {}
        self.veto_hooks: list[Callable[[str], None]] = []

    def create(self, params: CreateMemoryStore) -> MemoryStore:
        check_name(params.name)
        check_metadata(params.metadata, self._context.policy)
        if not self.has_capacity():
            most = self._context.policy.memory_stores_per_organization
            raise invalid(f"the organization has reached its limit of {most} memory stores")
        return self.add(params.name, params.description, params.metadata)

    def add(self, name: str, description: str = "", metadata: dict[str, str] | None = None) -> MemoryStore:
        """Add a new, empty store, whose values are not checked."""
        now = self.table.next_time(self._context.clock.time)
        store = MemoryStore(
            id=self._context.ids.mint("memstore"),
            name=name,
            description=description,
            metadata=metadata or {},
            created_at=now,
            updated_at=now,
        )
        self._contents[store.id] = StoreContents(self._context, store.id)
        self._context.happened("memory_store.created", store.id)
        return self.table.put(store)

    def retrieve(self, store_id: str) -> MemoryStore:
        store = self.table.get(store_id)
        if store is None:
            raise not_found(
                f"Memory store `{store_id}` not found.",
                rule="store-absent-404 memory-absent-store-404 session-store-absent-404 dream-store-absent-404",
            )
        return store

    @property
    def size(self) -> int:
        """Bytes of all contents."""
        return sum([contents.size for contents in list(self._contents.values())])

    def has_capacity(self) -> bool:
        """Whether the organization may have one more store."""
        most = self._context.policy.memory_stores_per_organization
        return most is None or len(self.table) < most

    def is_active(self, store_id: str) -> bool:
        """Whether the store exists and is not archived."""
        store = self.table.get(store_id)
        return store is not None and store.archived_at is None

    def page(
        self, *, limit: int, after: int | None, include_archived: bool = False, window: TimeRange = UNBOUNDED
    ) -> tuple[list[MemoryStore], bool]:
        """Newest first."""
        return first_page(self.table.iterate(after=after, hidden=include_archived, window=window), limit)

    def update(self, store_id: str, params: UpdateMemoryStore) -> MemoryStore:
        store = self.retrieve(store_id)
        if not params.model_fields_set:
            raise invalid(
                "at least one of name, description, or metadata must be provided", rule="store-update-empty-400"
            )
        if params.given("name") and params.name is None:
            raise invalid("name cannot be empty", rule="store-update-name-null-400")
        if params.given("metadata") and params.metadata is None:
            raise null_metadata("params")
        self.check_writable(store)
        name, description, metadata = store.name, store.description, store.metadata
        if params.name is not None:
            check_name(name := params.name)
        if params.given("description"):
            description = params.description or ""
        if params.metadata is not None:
            metadata = merge_metadata(metadata, params.metadata, self._context.policy)
        if (name, description, metadata) == (store.name, store.description, store.metadata):
            return store
        now = strictly_after(self._context.clock.time, store.updated_at)
        return self.table.put(store.replace(name=name, description=description, metadata=metadata, updated_at=now))

    def archive(self, store_id: str) -> MemoryStore:
        store = self.retrieve(store_id)
        if store.archived_at is not None:
            return store
        self._guard(store_id)
        now = strictly_after(self._context.clock.time, store.updated_at)
        self._context.happened("memory_store.archived", store_id)
        return self.table.put(store.replace(updated_at=now, archived_at=now))

    def delete(self, store_id: str) -> MemoryStoreDeleted:
        self.retrieve(store_id)
        self._guard(store_id)
        self.table.remove(store_id)
        del self._contents[store_id]
        self._context.happened("memory_store.deleted", store_id)
        return MemoryStoreDeleted(id=store_id)

    def contents(self, store_id: str) -> StoreContents:
        """The memories and versions of a store, archived or not."""
        return self._contents[self.retrieve(store_id).id]

    def writable_contents(self, store_id: str) -> StoreContents:
        self.check_writable(self.retrieve(store_id))
        return self._contents[store_id]

    def check_writable(self, store: MemoryStore) -> None:
        if store.archived_at is not None:
            raise invalid(
                f"cannot modify archived resource: memory store {store.id}",
                rule="store-archived-update-400 store-archived-memory-writes-400",
            )

    def _guard(self, store_id: str) -> None:
        for guard in self.veto_hooks:
            guard(store_id)
