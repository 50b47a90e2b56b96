"""Sessions and what is mounted into them."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from mockdreams.wire.agents import SYSTEM_MAX_CHARS, ModelParams, SessionAgent
from mockdreams.wire.base import Model, NotNull, OmitIfNone, Params, Record, Sparse, Timestamp
from mockdreams.wire.events import InitialEventParams, MonetaryAmount, SessionUsage
from mockdreams.wire.telling import is_much
from mockdreams.wire.tools import McpServer, SkillParams, ToolParams

SessionStatus: TypeAlias = Literal["rescheduling", "running", "idle", "terminated"]
Access: TypeAlias = Literal["read_write", "read_only"]


class MemoryStoreResource(Sparse, Record):
    """An attached memory store; name and description are those of the moment it was attached."""

    type: Literal["memory_store"] = "memory_store"
    memory_store_id: str
    name: str
    description: str
    mount_path: str
    access: Access = "read_write"
    instructions: OmitIfNone[str] = None


class FileResource(Record):
    id: str
    type: Literal["file"] = "file"
    file_id: str
    mount_path: str
    created_at: Timestamp
    updated_at: Timestamp


class RepositoryResource(Record):
    id: str
    type: Literal["github_repository"] = "github_repository"
    url: str
    mount_path: str
    checkout: dict[str, Any] | None = None
    created_at: Timestamp
    updated_at: Timestamp


Resource: TypeAlias = MemoryStoreResource | FileResource | RepositoryResource


class ResourceDeleted(Record):
    id: str
    type: Literal["session_resource_deleted"] = "session_resource_deleted"


class SessionStats(Model):
    active_seconds: float = 0.0
    duration_seconds: float = 0.0


class Budget(Model):
    type: Literal["limit"] = "limit"
    max_list_cost: MonetaryAmount


OutcomeResult: TypeAlias = Literal[
    "pending",
    "running",
    "evaluating",
    "needs_revision",
    "satisfied",
    "max_iterations_reached",
    "failed",
    "interrupted",
]


class OutcomeEvaluation(Model):
    """How far an outcome has come; the last four results are final."""

    type: Literal["outcome_evaluation"] = "outcome_evaluation"
    outcome_id: str
    description: str
    iteration: int = 0
    result: OutcomeResult = "pending"
    explanation: str | None = None
    completed_at: Timestamp | None = None


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
    outcome_evaluations: tuple[OutcomeEvaluation, ...] = ()
    stats: SessionStats = SessionStats.unchecked()
    usage: SessionUsage = SessionUsage.unchecked()
    budget: Budget | None = None
    deployment_id: str | None = None
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | None = None

    def _is_long(self) -> bool:
        return self.agent.is_much or is_much(self.title, self.vault_ids, self.resources, self.outcome_evaluations)

    @property
    def memory_store_ids(self) -> tuple[str, ...]:
        return tuple(r.memory_store_id for r in self.resources if isinstance(r, MemoryStoreResource))


class SessionDeleted(Record):
    id: str
    type: Literal["session_deleted"] = "session_deleted"


MountPath: TypeAlias = Annotated[str, Field(pattern="^/", max_length=1024)]
FileMountPath: TypeAlias = Annotated[str, Field(max_length=1024)]
"""Below the uploads directory, with or without a slash before it."""


class MemoryStoreResourceParams(Params):
    type: Literal["memory_store"]
    memory_store_id: str
    access: Access | None = None
    instructions: str | None = Field(default=None, max_length=4096)


class FileResourceParams(Params):
    type: Literal["file"]
    file_id: str
    mount_path: FileMountPath | None = None


class BranchCheckout(Params):
    type: Literal["branch"]
    name: str


class CommitCheckout(Params):
    type: Literal["commit"]
    sha: str


class RepositoryResourceParams(Params):
    type: Literal["github_repository"]
    url: str = Field(min_length=1)
    authorization_token: str = ""
    checkout: Annotated[BranchCheckout | CommitCheckout, Field(discriminator="type")] | None = None
    mount_path: MountPath | None = None


ResourceParams: TypeAlias = Annotated[
    MemoryStoreResourceParams | FileResourceParams | RepositoryResourceParams, Field(discriminator="type")
]


class AddResource(Params):
    """Only files can be added to a session that exists."""

    type: Literal["file"]
    file_id: str
    mount_path: FileMountPath | None = None


class UpdateResource(Params):
    authorization_token: str


class SessionAgentReference(Params):
    type: Literal["agent"]
    id: str
    version: NotNull[Annotated[int, Field(ge=1)]] = None


def _system_prompt(value: str) -> str:
    if len(value) > SYSTEM_MAX_CHARS:
        message = "agent.agent_with_overrides.config.system: must be at most {most} characters"
        raise PydanticCustomError("own_words", message, {"most": SYSTEM_MAX_CHARS})
    return value


class AgentWithOverrides(Params):
    """An agent, some of whose configuration is replaced for this session. A key that is left out keeps the agent's."""

    type: Literal["agent_with_overrides"]
    id: str
    version: NotNull[Annotated[int, Field(ge=1)]] = None
    model: ModelParams = "unchanged"
    system: Annotated[str, AfterValidator(_system_prompt)] | None = None
    tools: list[ToolParams] = []
    mcp_servers: list[McpServer] = []
    skills: list[SkillParams] = []


class MonetaryAmountParams(Params):
    """Minor units of the currency, as an integer without leading zeros: "2500" is 25 dollars."""

    amount: str = Field(pattern="^[1-9][0-9]{0,14}$")
    currency: Literal["USD"]


class BudgetParams(Params):
    type: Literal["limit"]
    max_list_cost: MonetaryAmountParams


def _agent_form(value: object) -> str:
    if isinstance(value, dict):
        return "overrides" if value.get("type") == "agent_with_overrides" else "reference"
    if isinstance(value, AgentWithOverrides):
        return "overrides"
    return "reference" if isinstance(value, SessionAgentReference) else "id"


AgentChoice: TypeAlias = Annotated[
    Annotated[str, Tag("id")] | Annotated[SessionAgentReference, Tag("reference")],
    Discriminator(lambda value: "reference" if isinstance(value, dict | SessionAgentReference) else "id"),
]
SessionAgentParams: TypeAlias = Annotated[
    Annotated[str, Tag("id")]
    | Annotated[SessionAgentReference, Tag("reference")]
    | Annotated[AgentWithOverrides, Tag("overrides")],
    Discriminator(_agent_form),
]


class CreateSession(Params):
    agent: SessionAgentParams
    environment_id: str
    title: str | None = None
    metadata: dict[str, str] = {}
    resources: list[ResourceParams] = []
    vault_ids: list[str] = []
    budget: NotNull[BudgetParams] = None
    initial_events: list[InitialEventParams] = Field(default=[], max_length=50)


class SessionAgentUpdate(Params):
    """Each list replaces the session's; one that is left out stays."""

    tools: list[ToolParams] = []
    mcp_servers: list[McpServer] = []

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, given: Any) -> Any:
        """Two keys of an agent are refused in words of their own; the others are simply unknown."""
        for key in ("system", "skills") if isinstance(given, dict) else ():
            if key in given:
                message = (
                    "`agent.{key}`: only `tools` and `mcp_servers` are updatable. "
                    "To change other fields, create a new session."
                )
                raise PydanticCustomError("own_words", message, {"key": key})
        return given


class UpdateSession(Params):
    """A key that is left out keeps its value."""

    agent: SessionAgentUpdate = Field(default_factory=SessionAgentUpdate)
    budget: BudgetParams | None = None
    metadata: dict[str, str | None] | None = None
    title: str | None = None
    vault_ids: list[str] | None = None
