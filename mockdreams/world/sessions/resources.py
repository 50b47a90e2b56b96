"""Attachments: the memory stores, files and repositories of a session."""

from collections.abc import Callable, Sequence

from mockdreams.wire.errors import invalid, not_found, shortened
from mockdreams.wire.sessions import (
    Access,
    AddResource,
    FileResource,
    FileResourceParams,
    MemoryStoreResource,
    MemoryStoreResourceParams,
    RepositoryResource,
    Resource,
    ResourceDeleted,
    ResourceParams,
    Session,
    UpdateResource,
)
from mockdreams.wire.tools import AgentToolset
from mockdreams.world.core.context import Context
from mockdreams.world.files.files import Files
from mockdreams.world.files.outputs import SessionOutputs
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.sessions.mounts import mount_path, upload_path
from mockdreams.world.sessions.store import SessionStore

WORKSPACE = "/workspace"


class SessionResources:
    """What is attached to the sessions of a world. Memory stores are attached at creation only, and have no id.

    `check_mounts` refuses the files of a session in an environment that takes none.
    """

    def __init__(
        self,
        context: Context,
        sessions: SessionStore,
        memory_stores: MemoryStores,
        files: Files,
        outputs: SessionOutputs,
        check_mounts: Callable[[str], None],
    ) -> None:
        self._context = context
        self._sessions = sessions
        self._memory_stores = memory_stores
        self._files = files
        self._outputs = outputs
        self._check_mounts = check_mounts

    def resolve(self, wanted: list[ResourceParams]) -> tuple[Resource, ...]:
        """The resources of a new session. Raises ServiceError for one that cannot be attached."""
        stores = [params.memory_store_id for params in wanted if isinstance(params, MemoryStoreResourceParams)]
        most = self._context.policy.memory_stores_per_session
        if len(stores) > most:
            raise invalid(f"resources cannot contain more than {most} memory_store entries", rule="session-stores-8")
        for index, store_id in enumerate(stores):
            if store_id in stores[:index]:
                raise invalid(
                    f"resources contains duplicate memory_store_id: {store_id}", rule="session-store-twice-400"
                )
        self._check_files([params.file_id for params in wanted if isinstance(params, FileResourceParams)])
        mounts: set[str] = set()
        return tuple(self._resource(params, mounts) for params in wanted)

    def copy_files(self, session: Session, wanted: list[ResourceParams]) -> None:
        """Give a new session its own copies of the files among its resources, which are those that were `wanted`."""
        for params, resource in zip(wanted, session.resources, strict=True):
            if isinstance(params, FileResourceParams) and isinstance(resource, FileResource):
                self._files.copy(params.file_id, resource.file_id, session.id)

    def forget(self, session_id: str) -> None:
        """A session is gone, and all its files with it."""
        self._outputs.forget(session_id)

    def mount(
        self, store_id: str, mounts: set[str], access: Access = "read_write", instructions: str | None = None
    ) -> MemoryStoreResource:
        """A memory store as a session sees it, at a path that is not among `mounts`."""
        store = self._memory_stores.retrieve(store_id)
        if store.archived_at is not None:
            raise invalid(f"Memory store {store_id} is archived.", rule="session-store-archived-400")
        return MemoryStoreResource(
            memory_store_id=store_id,
            name=store.name,
            description=store.description,
            mount_path=mount_path(store.name, store_id, mounts),
            access=access,
            instructions=instructions,
        )

    def retrieve(self, session_id: str, resource_id: str) -> FileResource | RepositoryResource:
        session = self._sessions.retrieve(session_id)
        for resource in session.resources:
            if not isinstance(resource, MemoryStoreResource) and resource.id == resource_id:
                return resource
        raise not_found(f"Resource not found: {resource_id}", rule="resource-absent-404")

    def add(self, session_id: str, params: AddResource) -> FileResource:
        session = self._changeable(session_id)
        if not params.file_id.startswith("file_"):
            raise invalid(
                f"Invalid file resource: invalid file_id: {shortened(params.file_id)}",
                rule="resource-file-malformed-400",
            )
        self._check_mounts(session.environment_id)
        _check_reads(session)
        self._check_files([params.file_id], [r for r in session.resources if isinstance(r, FileResource)])
        resource = self._file(params, {each.mount_path for each in session.resources})
        self._files.copy(params.file_id, resource.file_id, session_id)
        self._put(session, (*session.resources, resource))
        return resource

    def update(self, session_id: str, resource_id: str, params: UpdateResource) -> RepositoryResource:
        """Take a new token, which is shown nowhere."""
        session = self._changeable(session_id)
        resource = self.retrieve(session_id, resource_id)
        if not params.authorization_token:
            raise invalid("authorization_token: minimum string length is 1")
        if isinstance(resource, FileResource):
            raise invalid("authorization_token: only github_repository resources have a token")
        renewed = resource.replace(updated_at=self._context.clock.time)
        self._put(session, tuple(renewed if each == resource else each for each in session.resources))
        return renewed

    def delete(self, session_id: str, resource_id: str) -> ResourceDeleted:
        session = self._changeable(session_id)
        gone = self.retrieve(session_id, resource_id)
        self._put(session, tuple(each for each in session.resources if each != gone))
        if isinstance(gone, FileResource):
            self._files.discard(gone.file_id)
        return ResourceDeleted(id=resource_id)

    def _check_files(self, file_ids: list[str], there: Sequence[FileResource] = ()) -> None:
        most = self._context.policy.files_per_session
        if len(there) + len(file_ids) > most:
            raise invalid(f"resources cannot contain more than {most} file entries", rule="session-files-500")
        self._files.check(file_ids)

    def _changeable(self, session_id: str) -> Session:
        session = self._sessions.retrieve(session_id)
        self._sessions.guard(session_id)
        if session.status == "terminated":
            raise invalid(
                f"Session {session_id} is terminated; its resources cannot change.", rule="resource-terminated-400"
            )
        return session

    def _put(self, session: Session, resources: tuple[Resource, ...]) -> None:
        now = max(self._context.clock.time, session.updated_at)
        self._sessions.table.put(session.replace(resources=resources, updated_at=now))

    def _resource(self, params: ResourceParams, mounts: set[str]) -> Resource:
        if isinstance(params, FileResourceParams):
            file = self._file(params, mounts)
            mounts.add(file.mount_path)
            return file
        if isinstance(params, MemoryStoreResourceParams):
            resource = self.mount(params.memory_store_id, mounts, params.access or "read_write", params.instructions)
            mounts.add(resource.mount_path)
            return resource
        now = self._context.clock.time
        name = params.url.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
        return RepositoryResource(
            id=self._context.ids.mint("sesrsc"),
            url=params.url,
            mount_path=params.mount_path or f"{WORKSPACE}/{name}",
            checkout=params.checkout and params.checkout.model_dump(),
            created_at=now,
            updated_at=now,
        )

    def _file(self, params: FileResourceParams | AddResource, mounts: set[str]) -> FileResource:
        """The resource of a file; the copy that it names is made when there is a session to own it."""
        now = self._context.clock.time
        return FileResource(
            id=self._context.ids.mint("sesrsc"),
            file_id=self._context.ids.mint("file"),
            mount_path=upload_path(params.file_id if params.mount_path is None else params.mount_path, mounts),
            created_at=now,
            updated_at=now,
        )


def _check_reads(session: Session) -> None:
    """Refuse a file for an agent that cannot read it."""
    toolsets = [tool for tool in session.agent.tools if isinstance(tool, AgentToolset)]
    for toolset in toolsets:
        config = next((each for each in toolset.configs if each.name == "read"), toolset.default_config)
        if config.enabled:
            return
    raise invalid(
        "Missing required tool: file resources require the read tool to be usable (enabled and not always_deny) on the "
        "session's `agent_toolset`",
        rule="resource-file-unreadable-400",
    )
