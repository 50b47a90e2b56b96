"""Sessions and what is mounted into them."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from mockdreams.wire.agents import SessionAgent
from mockdreams.wire.events import InitialEventParams, MonetaryAmount, SessionUsage
from mockdreams.wire.shapes import Omitted, Params, Part, Record, Unsent

SessionStatus: TypeAlias = Literal["rescheduling", "running", "idle", "terminated"]
Access: TypeAlias = Literal["read_write", "read_only"]


class MemoryStoreResource(Part):
    """An attached memory store; name and description are those of the moment it was attached."""

    type: Literal["memory_store"] = "memory_store"
    memory_store_id: str
    name: str
    description: str
    mount_path: str
    access: Access = "read_write"
    instructions: Omitted[str] = None


class FileResource(Part):
    id: str
    type: Literal["file"] = "file"
    file_id: str
    mount_path: str
    created_at: datetime
    updated_at: datetime


class RepositoryResource(Part):
    id: str
    type: Literal["github_repository"] = "github_repository"
    url: str
    mount_path: str
    checkout: dict[str, Any] | None = None
    created_at: datetime
    updated_at: datetime


Resource: TypeAlias = MemoryStoreResource | FileResource | RepositoryResource


class SessionStats(Part):
    active_seconds: float = 0
    duration_seconds: float = 0


class Budget(Part):
    type: Literal["limit"] = "limit"
    max_list_cost: MonetaryAmount


class Session(Record):
    id: str
    type: Literal["session"] = "session"
    status: SessionStatus = "idle"
    agent: SessionAgent
    environment_id: str
    title: str | None = None
    metadata: dict[str, str] = {}
    vault_ids: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    outcome_evaluations: tuple[dict[str, Any], ...] = ()
    stats: SessionStats = SessionStats()
    usage: SessionUsage = SessionUsage()
    budget: Budget | None = None
    deployment_id: str | None = None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None

    @property
    def memory_store_ids(self) -> tuple[str, ...]:
        return tuple(r.memory_store_id for r in self.resources if isinstance(r, MemoryStoreResource))


class SessionDeleted(Record):
    id: str
    type: Literal["session_deleted"] = "session_deleted"


class MemoryStoreResourceParams(Params):
    type: Literal["memory_store"]
    memory_store_id: str
    access: Access | None = None
    instructions: str | None = Field(default=None, max_length=4096)


class FileResourceParams(Params):
    type: Literal["file"]
    file_id: str
    mount_path: str | None = None


class BranchCheckout(Params):
    type: Literal["branch"]
    name: str


class CommitCheckout(Params):
    type: Literal["commit"]
    sha: str


class RepositoryResourceParams(Params):
    type: Literal["github_repository"]
    url: str
    authorization_token: str = ""
    checkout: Annotated[BranchCheckout | CommitCheckout, Field(discriminator="type")] | None = None
    mount_path: str | None = None


ResourceParams: TypeAlias = Annotated[
    MemoryStoreResourceParams | FileResourceParams | RepositoryResourceParams, Field(discriminator="type")
]


class AgentReference(Params):
    type: Literal["agent"]
    id: str
    version: Unsent[Annotated[int, Field(ge=1)]] = None


class BudgetParams(Params):
    type: Literal["limit"]
    max_list_cost: MonetaryAmount


def _agent_form(value: object) -> str:
    return "reference" if isinstance(value, dict | AgentReference) else "id"


class CreateSession(Params):
    agent: Annotated[
        Annotated[str, Tag("id")] | Annotated[AgentReference, Tag("reference")], Discriminator(_agent_form)
    ]
    environment_id: str
    title: str | None = None
    metadata: dict[str, str] = {}
    resources: list[ResourceParams] = []
    vault_ids: list[str] = []
    budget: BudgetParams | None = None
    initial_events: list[InitialEventParams] = Field(default=[], max_length=50)
