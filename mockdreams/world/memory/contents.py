"""Memories: what one store holds."""

from collections.abc import Iterator
from hashlib import sha256

from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.wire.memory import Actor, CreateMemory, Memory, MemoryDeleted, MemoryPrefix, UpdateMemory
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import Table, first_page
from mockdreams.world.core.validation import check_sha256
from mockdreams.world.memory.paths import PathIndex, check_path
from mockdreams.world.memory.versions import MemoryVersions


class StoreContents:
    """The memories of one store, by id and by path, and every version of them that is still kept."""

    def __init__(self, context: Context, store_id: str) -> None:
        self._context = context
        self._store_id = store_id
        self.memories = Table[Memory]()
        self.paths = PathIndex()
        self.versions = MemoryVersions(context, store_id)
        self.size = 0
        """Bytes of all contents."""

    def create(self, params: CreateMemory, actor: Actor) -> Memory:
        if params.content is None:
            raise invalid("content: value is required", rule="memory-content-null-400")
        return self._create(params.path, params.content, actor)

    def _create(self, path: str, content: str, actor: Actor) -> Memory:
        check_path(path)
        self._check_content(content)
        self._check_free(path)
        if len(self.memories) >= self._context.policy.memories_per_store:
            raise invalid(
                f"memory store {self._store_id} has reached its limit of "
                f"{self._context.policy.memories_per_store} memories"
            )
        return self.insert_unchecked(path, content, actor)

    def insert_unchecked(self, path: str, content: str, actor: Actor | None) -> Memory:
        """Add a new memory, whose path and content are not checked."""
        now, (digest, size) = self.versions.next_time(), _digest(content)
        memory = Memory.unchecked(
            id=self._context.ids.mint("mem"),
            memory_store_id=self._store_id,
            memory_version_id=self._context.ids.mint("memver"),
            path=path,
            content=content,
            content_sha256=digest,
            content_size_bytes=size,
            created_at=now,
            updated_at=now,
        )
        self.versions.record("created", memory, now, actor)
        self.paths.add(path, memory.id)
        self.size += memory.content_size_bytes
        return self.memories.put(memory)

    def retrieve(self, memory_id: str) -> Memory:
        memory = self.memories.get(memory_id)
        if memory is None:
            raise not_found(f"memory `{memory_id}` not found", rule="memory-absent-404")
        return memory

    def get_by_path(self, path: str) -> Memory | None:
        owner = self.paths.memory_id_at(path)
        return None if owner is None else self.memories.get(owner)

    def update(self, memory_id: str, params: UpdateMemory, actor: Actor) -> Memory:
        memory = self.retrieve(memory_id)
        self._check_update(params)
        path = memory.path if params.path is None else params.path
        content = memory.content if params.content is None else params.content
        if (path, content) == (memory.path, memory.content):
            return memory
        if params.precondition is not None and params.precondition.content_sha256 != memory.content_sha256:
            raise _precondition_failed()
        if path != memory.path:
            self._check_free(path, renaming=memory)
        return self.replace_unchecked(memory, path, content, actor)

    def replace_unchecked(self, memory: Memory, path: str, content: str, actor: Actor | None) -> Memory:
        """Give a memory another path or content; neither is checked."""
        now, (digest, size) = self.versions.next_time(), _digest(content)
        changed = memory.replace(
            memory_version_id=self._context.ids.mint("memver"),
            path=path,
            content=content,
            content_sha256=digest,
            content_size_bytes=size,
            updated_at=now,
        )
        self.versions.record("modified", changed, now, actor)
        if path != memory.path:
            self.paths.remove(memory.path)
            self.paths.add(path, memory.id)
        self.size += changed.content_size_bytes - memory.content_size_bytes
        return self.memories.put(changed)

    def write(self, path: str, content: str, actor: Actor) -> Memory | None:
        """Create or overwrite the memory at `path`, as an agent does through its mount; None if nothing changed."""
        memory = self.get_by_path(path)
        if memory is None:
            return self._create(path, content, actor)
        if memory.content == content:
            return None
        self._check_content(content)
        return self.replace_unchecked(memory, path, content, actor)

    def delete(self, memory_id: str, actor: Actor, expected_sha256: str | None = None) -> MemoryDeleted:
        memory = self.retrieve(memory_id)
        if expected_sha256 is not None:
            check_sha256("expected_content_sha256", expected_sha256)
            if expected_sha256 != memory.content_sha256:
                raise _precondition_failed()
        self.memories.remove(memory.id)
        self.size -= memory.content_size_bytes
        self.paths.remove(memory.path)
        last = memory.replace(memory_version_id=self._context.ids.mint("memver"))
        self.versions.record("deleted", last, self.versions.next_time(), actor)
        return MemoryDeleted(id=memory.id)

    def page(self, *, prefix: str, limit: int, after: int | None) -> tuple[list[Memory], bool]:
        """All memories below `prefix`, newest first."""
        if prefix == "/":
            return first_page(self.memories.iterate(after=after), limit)
        return first_page(self._newest(self.paths.below(prefix), after), limit)

    def list_directory(
        self, *, prefix: str, limit: int, after: int | str | None
    ) -> tuple[list[Memory | MemoryPrefix], bool]:
        """The memories directly below `prefix`, newest first, then its directories in path order."""
        return first_page(self._directory(prefix, after), limit)

    def _directory(self, prefix: str, after: int | str | None) -> Iterator[Memory | MemoryPrefix]:
        if not isinstance(after, str):
            yield from self._newest(self.paths.children(prefix), after)
        for path in self.paths.directories(prefix, after if isinstance(after, str) else None):
            yield MemoryPrefix(path=path)

    def _newest(self, paths: Iterator[str], after: int | None) -> Iterator[Memory]:
        """The memories at `paths`, newest first, beyond a place."""
        owners = {self.memories.position(id): id for id in map(self.paths.memory_id_at, paths) if id is not None}
        places = sorted((place for place in owners if after is None or place < after), reverse=True)
        return (self.retrieve(owners[place]) for place in places)

    def _check_update(self, params: UpdateMemory) -> None:
        if params.content is None and params.path is None:
            raise invalid(
                "v1_update_memory_params: at least one of content or path must be provided",
                rule="memory-update-empty-400",
            )
        if params.path is not None:
            check_path(params.path)
        if params.content is not None:
            self._check_content(params.content)
        if params.precondition is not None:
            check_sha256("precondition.content_sha256", params.precondition.content_sha256)
        elif params.given("precondition"):
            raise invalid("precondition: Value is not nullable")

    def _check_content(self, content: str) -> None:
        most = self._context.policy.memory_max_bytes
        if len(content) > most or len(content.encode()) > most:
            raise invalid(f"content must be at most {most} bytes", rule="memory-content-too-large-400")

    def _check_free(self, path: str, renaming: Memory | None = None) -> None:
        owner = self.paths.memory_id_at(path)
        if owner is not None:
            way_out = "use update to modify it" if renaming is None else "delete it first to rename-and-replace"
            # rule: memory-path-taken-409 memory-rename-taken-409
            raise _path_conflict(f"path `{path}` is already used by `{owner}`; {way_out}", owner, path)
        other = self.paths.conflict_with(path, besides=renaming.path if renaming else None)
        if other is not None:
            message = (
                f"path `{path}` conflicts with existing memory at `{other}`: a memory and a path prefix of it "
                "cannot coexist. Delete or rename the other memory first."
            )
            # rule: memory-path-prefix-409
            raise _path_conflict(message, self.paths.memory_id_at(other), other)


def _digest(content: str) -> tuple[str, int]:
    """The hash of a content, and its size in bytes."""
    encoded = content.encode()
    return sha256(encoded).hexdigest(), len(encoded)


def _path_conflict(message: str, memory_id: str | None, path: str) -> ServiceError:
    return ServiceError(
        "memory_path_conflict_error", message, retry=False, conflicting_memory_id=memory_id, conflicting_path=path
    )


def _precondition_failed() -> ServiceError:
    message = "precondition content_sha256 failed: content has changed"
    return ServiceError(
        "memory_precondition_failed_error",
        message,
        retry=False,
        rule="memory-precondition-409 memory-delete-mismatch-409",
    )
