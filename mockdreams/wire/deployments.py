"""Deployments, which create sessions by a schedule or when told, and the runs that record it."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from mockdreams.wire.base import Model, NotNull, OmitIfNone, Params, Record, Sparse, Timestamp
from mockdreams.wire.events import DefineOutcomeParams, SystemMessageParams, UserMessageParams
from mockdreams.wire.multiagent import AgentReference
from mockdreams.wire.sessions import (
    Access,
    AgentChoice,
    Budget,
    BudgetParams,
    FileResourceParams,
    MemoryStoreResourceParams,
    RepositoryResourceParams,
    ResourceParams,
)
from mockdreams.wire.telling import is_much

DeploymentStatus: TypeAlias = Literal["active", "paused"]
TriggerType: TypeAlias = Literal["schedule", "manual"]
RunErrorType: TypeAlias = Literal[
    "environment_archived_error",
    "environment_not_found_error",
    "agent_archived_error",
    "vault_not_found_error",
    "vault_archived_error",
    "file_not_found_error",
    "memory_store_archived_error",
    "skill_not_found_error",
    "session_resource_not_found_error",
    "workspace_archived_error",
    "organization_disabled_error",
    "self_hosted_resources_unsupported_error",
    "mcp_egress_blocked_error",
    "unknown_error",
    "session_rate_limited_error",
    "session_creation_rejected_error",
]


class MemoryStoreConfig(Sparse, Model):
    type: Literal["memory_store"] = "memory_store"
    memory_store_id: str
    access: OmitIfNone[Access] = None
    instructions: OmitIfNone[str] = None


class FileConfig(Sparse, Model):
    type: Literal["file"] = "file"
    file_id: str
    mount_path: OmitIfNone[str] = None


class RepositoryConfig(Sparse, Model):
    """A repository without its token, which is shown nowhere."""

    type: Literal["github_repository"] = "github_repository"
    url: str
    checkout: OmitIfNone[dict[str, Any]] = None
    mount_path: OmitIfNone[str] = None


ResourceConfig: TypeAlias = MemoryStoreConfig | FileConfig | RepositoryConfig


def configured(params: ResourceParams) -> ResourceConfig:
    """A resource as its deployment shows it: as it was sent, without secrets."""
    match params:
        case MemoryStoreResourceParams():
            return MemoryStoreConfig(
                memory_store_id=params.memory_store_id, access=params.access, instructions=params.instructions
            )
        case FileResourceParams():
            return FileConfig(file_id=params.file_id, mount_path=params.mount_path)
        case RepositoryResourceParams():
            checkout = params.checkout and params.checkout.model_dump()
            return RepositoryConfig(url=params.url, checkout=checkout, mount_path=params.mount_path)


class Schedule(Model):
    """When a deployment runs by itself: a cron expression, and the time zone whose wall clock it is about."""

    type: Literal["cron"] = "cron"
    expression: str
    timezone: str
    last_run_at: Timestamp | None = None
    upcoming_runs_at: tuple[Timestamp, ...] = ()


class ManualPause(Model):
    type: Literal["manual"] = "manual"


class PausingError(Model):
    type: RunErrorType


class ErrorPause(Model):
    """A scheduled run failed for a reason that would not go away."""

    type: Literal["error"] = "error"
    error: PausingError


InitialEvent: TypeAlias = Annotated[
    UserMessageParams | DefineOutcomeParams | SystemMessageParams, Field(discriminator="type")
]


class Deployment(Sparse, Record):
    id: str
    type: Literal["deployment"] = "deployment"
    name: str
    description: str | None = None
    agent: AgentReference
    environment_id: str
    initial_events: tuple[InitialEvent, ...]
    resources: tuple[ResourceConfig, ...] = ()
    vault_ids: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    schedule: Schedule | None = None
    status: DeploymentStatus = "active"
    paused_reason: ManualPause | ErrorPause | None = None
    budget: OmitIfNone[Budget] = None
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | None = None

    def _is_long(self) -> bool:
        return is_much(self)


class ManualTrigger(Model):
    type: Literal["manual"] = "manual"


class ScheduleTrigger(Model):
    """`scheduled_at` is when the expression matched; the run itself may begin a little later."""

    type: Literal["schedule"] = "schedule"
    scheduled_at: Timestamp


class RunError(Model):
    """Why a run created no session."""

    type: RunErrorType
    message: str


class DeploymentRun(Record):
    """One attempt to create a session. It has a session or an error, and says nothing of the session's life."""

    id: str
    type: Literal["deployment_run"] = "deployment_run"
    deployment_id: str
    agent: AgentReference
    trigger_context: ManualTrigger | ScheduleTrigger
    session_id: str | None = None
    error: RunError | None = None
    created_at: Timestamp


class ScheduleParams(Params):
    type: Literal["cron"]
    expression: Annotated[str, Field(max_length=256)]
    timezone: str


Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=256)]
Description: TypeAlias = Annotated[str, Field(max_length=2048)]
EnvironmentId: TypeAlias = Annotated[str, Field(max_length=128)]
Resources: TypeAlias = Annotated[list[ResourceParams], Field(max_length=500)]
VaultIds: TypeAlias = Annotated[list[str], Field(max_length=50)]
InitialEvents: TypeAlias = Annotated[list[InitialEvent], Field(min_length=1, max_length=50)]


class CreateDeployment(Params):
    name: Name
    agent: AgentChoice
    environment_id: EnvironmentId
    initial_events: InitialEvents
    description: Description | None = None
    metadata: dict[str, str] = {}
    resources: Resources = []
    vault_ids: VaultIds = []
    schedule: ScheduleParams | None = None
    budget: BudgetParams | None = None


class UpdateDeployment(Params):
    """A key that is left out keeps its value; a list or an object that is given replaces the whole."""

    name: NotNull[Name] = None
    agent: NotNull[AgentChoice] = None
    environment_id: NotNull[EnvironmentId] = None
    initial_events: NotNull[InitialEvents] = None
    description: Description | None = None
    metadata: dict[str, str | None] | None = None
    resources: Resources | None = None
    vault_ids: VaultIds | None = None
    schedule: ScheduleParams | None = None
    budget: BudgetParams | None = None
