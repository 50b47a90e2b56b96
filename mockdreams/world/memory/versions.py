"""Memory versions: who wrote what when, and for how long that is kept."""

from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple

from mockdreams.wire.errors import invalid, not_found
from mockdreams.wire.memory import Actor, Memory, MemoryVersion, Operation
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import UNBOUNDED, Table, TimeRange, first_page


class VersionFilter(NamedTuple):
    """Which versions a list shows; None and `ALWAYS` leave out nothing."""

    memory_id: str | None = None
    operation: Operation | None = None
    session_id: str | None = None
    api_key_id: str | None = None
    service_account_id: str | None = None
    window: TimeRange = UNBOUNDED

    def matches(self, version: MemoryVersion) -> bool:
        writer = version.created_by
        return (
            self.memory_id in (None, version.memory_id)
            and self.operation in (None, version.operation)
            and self.session_id in (None, getattr(writer, "session_id", None))
            and self.api_key_id in (None, getattr(writer, "api_key_id", None))
            and self.service_account_id in (None, getattr(writer, "service_account_id", None))
        )


class MemoryVersions:
    """The versions of one store's memories, the deleted ones' too.

    Each is kept for the retention period. A live memory's newest ones are kept beyond it; those of a deleted memory
    leave with the version that deleted it.
    """

    def __init__(self, context: Context, store_id: str) -> None:
        self._context = context
        self._store_id = store_id
        self.table = Table[MemoryVersion]()
        self._newest: dict[str, list[MemoryVersion]] = {}
        self._expiry_queue: list[tuple[datetime, str]] = []

    def next_time(self) -> datetime:
        """The time of the next version: later than that of every version before."""
        return self.table.next_time(self._context.clock.time)

    def record(self, operation: Operation, memory: Memory, at: datetime, actor: Actor | None) -> None:
        """Write down what was just done to `memory`."""
        fields, alive = vars(memory), operation != "deleted"
        version = MemoryVersion.unchecked(
            id=fields["memory_version_id"],
            memory_id=fields["id"],
            memory_store_id=self._store_id,
            operation=operation,
            path=fields["path"],
            content=fields["content"] if alive else None,
            content_sha256=fields["content_sha256"] if alive else None,
            content_size_bytes=fields["content_size_bytes"] if alive else None,
            created_at=at,
            created_by=actor,
        )
        self.table.put(version)
        self._schedule_expiry(version)

    def page(self, shown: VersionFilter, *, limit: int, after: int | None) -> tuple[list[MemoryVersion], bool]:
        """Newest first."""
        self._expire()
        return first_page(filter(shown.matches, self.table.iterate(after=after, window=shown.window)), limit)

    def newest(self, memory_id: str) -> tuple[MemoryVersion, ...]:
        """The versions of a live memory that are always kept, oldest first."""
        return tuple(self._newest.get(memory_id, ()))

    def retrieve(self, version_id: str) -> MemoryVersion:
        self._expire()
        version = self.table.get(version_id)
        if version is None:
            raise not_found(f"memory version `{version_id}` not found", rule="version-absent-404")
        return version

    def redact(self, version_id: str, actor: Actor) -> MemoryVersion:
        version = self.retrieve(version_id)
        if version.redacted_at is not None:
            return version
        if self._is_head(version):
            raise invalid(
                f"version is the current content of {version.memory_id}; write a new version first",
                rule="version-redact-head-400",
            )
        return self.table.put(
            version.replace(
                path=None,
                content=None,
                content_sha256=None,
                content_size_bytes=None,
                redacted_at=self.next_time(),
                redacted_by=actor,
            )
        )

    def _is_head(self, version: MemoryVersion) -> bool:
        newest = self._newest.get(version.memory_id)
        return newest is not None and newest[-1].id == version.id

    def _schedule_expiry(self, version: MemoryVersion) -> None:
        """Let what `version` makes old begin to age."""
        newest = self._newest.setdefault(version.memory_id, [])
        newest.append(version)
        while len(newest) > self._context.policy.versions_always_kept:
            old = newest.pop(0)
            heappush(self._expiry_queue, (old.created_at, old.id))
        if version.operation == "deleted":
            for old in self._newest.pop(version.memory_id):
                heappush(self._expiry_queue, (version.created_at, old.id))

    def _expire(self) -> None:
        """Forget what is past retention."""
        kept_since = self._context.clock.time - timedelta(days=self._context.policy.version_retention_days)
        while self._expiry_queue and self._expiry_queue[0][0] < kept_since:
            self.table.remove(heappop(self._expiry_queue)[1])
