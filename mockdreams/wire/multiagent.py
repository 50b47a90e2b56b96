"""Multiagent configurations: which other agents an agent may put to work."""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mockdreams.wire.base import Model, ModelId, NotNull, Params


class AgentReference(Model):
    """An agent at one of its versions."""

    type: Literal["agent"] = "agent"
    id: str
    version: int


class Advisor(Params):
    """A model that may be consulted; the same shape in both directions."""

    name: ClassVar[str] = "advisor"
    """What its thread is called, as every thread is by the name of its agent."""
    tools: ClassVar[tuple[()]] = ()
    type: Literal["advisor"]
    model: ModelId


class Coordinator(Model):
    type: Literal["coordinator"] = "coordinator"
    agents: tuple[AgentReference | Advisor, ...]


class Disabled(Params):
    type: Literal["disabled"]


DISABLED = Disabled.model_construct(type="disabled")


class AdvisorEnabled(Params):
    type: Literal["enabled"]
    model: ModelId


class InlineAgents(Params):
    """Whether agents may be defined on the spot."""

    type: Literal["enabled", "disabled"]


INLINE_AGENTS = InlineAgents.model_construct(type="enabled")


class Team(Model):
    """Saved agents that may be put to work, and whether others may be defined on the spot."""

    type: Literal["enabled"] = "enabled"
    inline_agents: InlineAgents = INLINE_AGENTS
    predefined_agents: tuple[AgentReference, ...] = ()


class Multiagent20261001(Model):
    type: Literal["multiagent_20261001"] = "multiagent_20261001"
    advisor: AdvisorEnabled | Disabled = DISABLED
    subagents: Team | Disabled = Team.unchecked()
    workflows: Team | Disabled = Team.unchecked()


Multiagent: TypeAlias = Coordinator | Multiagent20261001


def _string_or_object(value: Any) -> Any:
    if isinstance(value, str):
        return {"type": "agent", "id": value}
    if isinstance(value, dict):
        return value
    kind = {type(None): "null", bool: "boolean", list: "array"}.get(type(value), "number")
    raise PydanticCustomError("unparsable", "must be a string or an object (got {kind})", {"kind": kind})


class AgentEntry(Params):
    """An agent by id, at its latest version if none is named."""

    type: Literal["agent"]
    id: str
    version: NotNull[Annotated[int, Field(ge=1)]] = None


class SelfEntry(Params):
    """The agent that has the configuration."""

    type: Literal["self"]


AnyAgent: TypeAlias = Annotated[
    Annotated[AgentEntry | SelfEntry, Field(discriminator="type")], BeforeValidator(_string_or_object)
]
RosterEntry: TypeAlias = Annotated[
    Annotated[AgentEntry | SelfEntry | Advisor, Field(discriminator="type")], BeforeValidator(_string_or_object)
]


class CoordinatorParams(Params):
    type: Literal["coordinator"]
    agents: list[RosterEntry]


class TeamEnabledParams(Params):
    type: Literal["enabled"]
    inline_agents: InlineAgents | None = None
    predefined_agents: list[AnyAgent] | None = None


AdvisorParams: TypeAlias = Annotated[AdvisorEnabled | Disabled, Field(discriminator="type")]
TeamParams: TypeAlias = Annotated[TeamEnabledParams | Disabled, Field(discriminator="type")]


class Multiagent20261001Params(Params):
    """Changes to what is stored: a key that is left out keeps its value, one that is null takes its default."""

    type: Literal["multiagent_20261001"]
    advisor: AdvisorParams | None = None
    subagents: TeamParams | None = None
    workflows: TeamParams | None = None


MultiagentParams: TypeAlias = Annotated[CoordinatorParams | Multiagent20261001Params, Field(discriminator="type")]
