"""Agents, and the snapshot of one that a session carries."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from mockdreams.wire.base import Model, OmitIfNone, Params, Record, Sparse, Timestamp, remembered
from mockdreams.wire.multiagent import Advisor, AdvisorEnabled, Disabled, InlineAgents, Multiagent, MultiagentParams
from mockdreams.wire.telling import is_much
from mockdreams.wire.tools import McpServer, Skill, SkillParams, Tool, ToolParams

Level: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]
Speed: TypeAlias = Literal["standard", "fast"]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=256)]
Description: TypeAlias = Annotated[str, Field(max_length=2048)]
SYSTEM_MAX_CHARS = 100_000
SystemPrompt: TypeAlias = Annotated[str, Field(max_length=SYSTEM_MAX_CHARS)]


class Effort(Params):
    """How hard the model works on each call; the same shape in both directions."""

    type: Level


class ServiceAccount(Params):
    type: Literal["service_account"]


class AwsRole(Params):
    type: Literal["aws_role"]
    role_arn: str = Field(min_length=1, max_length=2048)


ExecutionIdentity: TypeAlias = Annotated[ServiceAccount | AwsRole, Field(discriminator="type")]
SERVICE_ACCOUNT = ServiceAccount.model_construct(type="service_account")


class AgentModel(Sparse, Model):
    id: str
    effort: OmitIfNone[Effort] = None
    inference_geo: OmitIfNone[str] = None
    speed: Speed = "standard"


class ThreadAgent(Model):
    """An agent as it was when a thread of a session began."""

    id: str
    type: Literal["agent"] = "agent"
    version: int = 1
    name: str
    description: str | None = None
    model: AgentModel
    system: str | None = None
    tools: tuple[Tool, ...] = ()
    mcp_servers: tuple[McpServer, ...] = ()
    skills: tuple[Skill, ...] = ()
    execution_identity: ExecutionIdentity = SERVICE_ACCOUNT

    @remembered
    def is_much(self) -> bool:
        """Whether there is so much in it that it is to be written piece by piece."""
        return is_much(self)


class SessionCoordinator(Model):
    """A coordinator whose roster is spelled out."""

    type: Literal["coordinator"] = "coordinator"
    agents: tuple[ThreadAgent | Advisor, ...]


class SessionTeam(Model):
    """A team whose agents are spelled out."""

    type: Literal["enabled"] = "enabled"
    inline_agents: InlineAgents
    predefined_agents: tuple[ThreadAgent, ...]


class SessionMultiagent20261001(Model):
    type: Literal["multiagent_20261001"] = "multiagent_20261001"
    advisor: AdvisorEnabled | Disabled
    subagents: SessionTeam | Disabled
    workflows: SessionTeam | Disabled


SessionMultiagent: TypeAlias = SessionCoordinator | SessionMultiagent20261001


class SessionAgent(ThreadAgent):
    """An agent as it was when a session was created, with every agent that it may put to work."""

    multiagent: SessionMultiagent | None = None


class Agent(Record):
    id: str
    type: Literal["agent"] = "agent"
    version: int = 1
    name: str
    description: str | None = None
    model: AgentModel
    system: str | None = None
    tools: tuple[Tool, ...] = ()
    mcp_servers: tuple[McpServer, ...] = ()
    skills: tuple[Skill, ...] = ()
    multiagent: Multiagent | None = None
    execution_identity: ExecutionIdentity = SERVICE_ACCOUNT
    metadata: dict[str, str] = {}
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | None = None

    def _is_long(self) -> bool:
        return is_much(self)

    def thread_agent(self) -> ThreadAgent:
        return ThreadAgent.unchecked(**{name: getattr(self, name) for name in ThreadAgent.model_fields})

    def snapshot(self, multiagent: SessionMultiagent | None = None) -> SessionAgent:
        """The agent as a session carries it; `multiagent` is its own, spelled out."""
        fields = {name: getattr(self, name) for name in ThreadAgent.model_fields}
        return SessionAgent.unchecked(multiagent=multiagent, **fields)


def _effort_form(value: object) -> str:
    return "object" if isinstance(value, dict | Effort) else "level"


EffortParams: TypeAlias = Annotated[
    Annotated[Level, Tag("level")] | Annotated[Effort, Tag("object")], Discriminator(_effort_form)
]


class AgentModelParams(Params):
    id: Name
    effort: EffortParams | None = None
    inference_geo: Annotated[str, Field(min_length=1)] | None = None
    speed: Speed | None = None


def _model_form(value: object) -> str:
    return "object" if isinstance(value, dict | AgentModelParams) else "id"


ModelParams: TypeAlias = Annotated[
    Annotated[Name, Tag("id")] | Annotated[AgentModelParams, Tag("object")], Discriminator(_model_form)
]


class CreateAgent(Params):
    name: Name
    model: ModelParams
    description: Description | None = None
    system: SystemPrompt | None = None
    tools: list[ToolParams] = []
    mcp_servers: list[McpServer] = []
    skills: list[SkillParams] = []
    multiagent: MultiagentParams | None = None
    execution_identity: ExecutionIdentity | None = None
    metadata: dict[str, str] = {}


class UpdateAgent(Params):
    """A key that is left out keeps its value; null clears what can be empty."""

    version: Annotated[int, Field(ge=1)] | None = None
    name: Name = "unchanged"
    model: ModelParams = "unchanged"
    description: Description | None = None
    system: SystemPrompt | None = None
    tools: list[ToolParams] | None = None
    mcp_servers: list[McpServer] | None = None
    skills: list[SkillParams] | None = None
    multiagent: MultiagentParams | None = None
    execution_identity: ExecutionIdentity | None = None
    metadata: dict[str, str | None] | None = None
