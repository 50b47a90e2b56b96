"""Memory stores, memories, their versions, and who wrote them."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field
from pydantic_core import to_json

from mockdreams.wire.base import (
    Model,
    OmitIfNone,
    Params,
    Record,
    Sparse,
    Timestamp,
    build_shape,
    remembered,
)
from mockdreams.wire.telling import told

Operation: TypeAlias = Literal["created", "modified", "deleted"]
View: TypeAlias = Literal["basic", "full"]


class ApiActor(Model):
    type: Literal["api_actor"] = "api_actor"
    api_key_id: str


class SessionActor(Model):
    type: Literal["session_actor"] = "session_actor"
    session_id: str


Actor: TypeAlias = Annotated[ApiActor | SessionActor, Field(discriminator="type")]


class MemoryStore(Record):
    id: str
    type: Literal["memory_store"] = "memory_store"
    name: str
    description: str = ""
    metadata: dict[str, str] = {}
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | None = None


class MemoryStoreDeleted(Record):
    id: str
    type: Literal["memory_store_deleted"] = "memory_store_deleted"


class HasContent(Record):
    """A record whose `content` is left out (null) in the basic view."""

    content: str | None = None

    @remembered
    def basic_body(self) -> bytes:
        if self.content is None:
            return self.body
        build_shape(type(self))
        return to_json(told(self) | {"content": None})

    def seen(self, view: View) -> bytes:
        return self.body if view == "full" else self.basic_body


class Memory(HasContent):
    id: str
    type: Literal["memory"] = "memory"
    memory_store_id: str
    memory_version_id: str
    path: str
    content: str
    content_sha256: str
    content_size_bytes: int
    created_at: Timestamp
    updated_at: Timestamp


class MemoryPrefix(Record):
    """A directory of the memory list at `depth=1`; not a stored object."""

    type: Literal["memory_prefix"] = "memory_prefix"
    path: str


class MemoryDeleted(Record):
    id: str
    type: Literal["memory_deleted"] = "memory_deleted"


class MemoryVersion(Sparse, HasContent):
    id: str
    type: Literal["memory_version"] = "memory_version"
    memory_id: str
    memory_store_id: str
    operation: Operation
    path: str | None
    content: str | None = None
    content_sha256: str | None = None
    content_size_bytes: int | None = None
    created_at: Timestamp
    created_by: Actor | None = None
    redacted_at: Timestamp | None = None
    redacted_by: OmitIfNone[Actor] = None


STORE_NAME_LENGTH = 255
StoreName: TypeAlias = Annotated[str, Field(min_length=1, max_length=STORE_NAME_LENGTH)]
StoreDescription: TypeAlias = Annotated[str, Field(max_length=1024)]


class CreateMemoryStore(Params):
    name: StoreName
    description: StoreDescription = ""
    metadata: dict[str, str] = {}


class UpdateMemoryStore(Params):
    name: StoreName | None = None
    description: StoreDescription | None = None
    metadata: dict[str, str | None] | None = None


class CreateMemory(Params):
    path: str
    content: str | None


class Precondition(Params):
    type: Literal["content_sha256"]
    content_sha256: str = ""


class UpdateMemory(Params):
    path: str | None = None
    content: str | None = None
    precondition: Precondition | None = None
