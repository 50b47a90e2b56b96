"""Tools of an agent: what is asked for, and the same with every default filled in."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from mockdreams.wire.base import Model, NotNull, OmitIfNone, Params, Sparse

BuiltIn: TypeAlias = Literal["bash", "edit", "read", "write", "glob", "grep"]
BUILT_IN = ("bash", "edit", "glob", "grep", "read", "web_fetch", "web_search", "write")
"""The tools of the agent toolset."""
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"^({_LABEL}\.)*{_LABEL}$"
_HOST_AND_PATH = rf"^({_LABEL}\.)*{_LABEL}(/[^\s?#]*)?$"
Hosts: TypeAlias = Annotated[list[Annotated[str, Field(pattern=_HOST)]], Field(min_length=1, max_length=64)]
"""Plain hostnames, without scheme, port or path."""
Sites: TypeAlias = Annotated[list[Annotated[str, Field(pattern=_HOST_AND_PATH)]], Field(min_length=1, max_length=64)]
"""Hostnames that may have a path."""


class PermissionPolicy(Params):
    """Who approves a call: nobody has to, the caller does, or the service judges."""

    type: Literal["always_allow", "always_ask", "auto"]


ALWAYS_ALLOW = PermissionPolicy.model_construct(type="always_allow")
ALWAYS_ASK = PermissionPolicy.model_construct(type="always_ask")


class ToolSetting(Model):
    """Whether a tool may be used, and who approves."""

    enabled: bool = True
    permission_policy: PermissionPolicy


class ToolSettingParams(Params):
    """A change to the default; what is left out or null stays as the default has it."""

    enabled: bool | None = None
    permission_policy: PermissionPolicy | None = None

    def over(self, default: ToolSetting) -> dict[str, Any]:
        """The values of a `Switch`, where these override `default`."""
        return {
            "enabled": default.enabled if self.enabled is None else self.enabled,
            "permission_policy": self.permission_policy or default.permission_policy,
        }


class AllUrls(Params):
    type: Literal["all"]


class NoUrls(Params):
    type: Literal["none"]


class ToolReference(Params):
    type: Literal["tool_reference"]
    name: str


References: TypeAlias = Annotated[list[ToolReference], Field(min_length=1, max_length=128)]


class OnlyFrom(Params):
    type: Literal["only"]
    tools: References


class ExceptFrom(Params):
    type: Literal["except"]
    tools: References


def _object_form(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


UserInput: TypeAlias = Annotated[
    Annotated[AllUrls | NoUrls, Field(discriminator="type")], BeforeValidator(_object_form)
]
ToolFilter: TypeAlias = Annotated[
    Annotated[AllUrls | NoUrls | OnlyFrom | ExceptFrom, Field(discriminator="type")], BeforeValidator(_object_form)
]


class UrlSources(Params):
    """Where the URLs that may be fetched come from; null means not set. Strings become objects."""

    user_input: UserInput | None = None
    client_tool_results: ToolFilter | None = None
    server_tool_results: ToolFilter | None = None

    @model_validator(mode="after")
    def _some_source(self) -> Self:
        sources = (self.user_input, self.client_tool_results, self.server_tool_results)
        if all(isinstance(source, NoUrls) for source in sources):
            raise PydanticCustomError("no_source", "at least one source must not be none")
        return self


class UserLocation(Sparse, Params):
    type: Literal["approximate"]
    city: OmitIfNone[str] = None
    country: OmitIfNone[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = None
    region: OmitIfNone[str] = None
    timezone: OmitIfNone[str] = None


class BuiltInConfig(ToolSetting):
    name: BuiltIn
    type: BuiltIn


class WebFetchConfig(Sparse, ToolSetting):
    name: Literal["web_fetch"] = "web_fetch"
    type: Literal["web_fetch"] = "web_fetch"
    url_sources: UrlSources | None = None
    allowed_domains: OmitIfNone[list[str]] = None
    blocked_domains: OmitIfNone[list[str]] = None
    max_content_tokens: OmitIfNone[int] = None


class WebSearchConfig(Sparse, ToolSetting):
    name: Literal["web_search"] = "web_search"
    type: Literal["web_search"] = "web_search"
    allowed_domains: OmitIfNone[list[str]] = None
    blocked_domains: OmitIfNone[list[str]] = None
    user_location: OmitIfNone[UserLocation] = None


ToolConfig: TypeAlias = BuiltInConfig | WebFetchConfig | WebSearchConfig


def _same(type: str | None, info: ValidationInfo) -> str | None:
    if type != info.data.get("name"):
        raise PydanticCustomError("name_of_type", "must be the same as name")
    return type


SameAsName: TypeAlias = NotNull[Annotated[BuiltIn | Literal["web_fetch", "web_search"], AfterValidator(_same)]]


class BuiltInParams(ToolSettingParams):
    name: BuiltIn
    type: SameAsName = None

    def resolved(self, default: ToolSetting) -> ToolConfig:
        return BuiltInConfig(name=self.name, type=self.name, **self.over(default))


def _either(blocked: list[str], info: ValidationInfo) -> list[str]:
    if info.data.get("allowed_domains"):
        raise PydanticCustomError("both_lists", "cannot be combined with allowed_domains")
    return blocked


class WebFetchParams(ToolSettingParams):
    name: Literal["web_fetch"]
    type: SameAsName = None
    allowed_domains: Hosts = []
    blocked_domains: Annotated[Hosts, AfterValidator(_either)] = []
    url_sources: UrlSources | None = None
    max_content_tokens: Annotated[int, Field(ge=1)] | None = None

    def resolved(self, default: ToolSetting) -> ToolConfig:
        more = {"url_sources": self.url_sources, "max_content_tokens": self.max_content_tokens}
        return WebFetchConfig(**self.over(default), **_domains(self), **more)


class WebSearchParams(ToolSettingParams):
    name: Literal["web_search"]
    type: SameAsName = None
    allowed_domains: Sites = []
    blocked_domains: Annotated[Sites, AfterValidator(_either)] = []
    user_location: UserLocation | None = None

    def resolved(self, default: ToolSetting) -> ToolConfig:
        return WebSearchConfig(**self.over(default), **_domains(self), user_location=self.user_location)


def _domains(params: WebFetchParams | WebSearchParams) -> dict[str, Any]:
    return {"allowed_domains": params.allowed_domains or None, "blocked_domains": params.blocked_domains or None}


class _Policed(BaseModel):
    """What is looked at before the name of a tool."""

    model_config = ConfigDict(defer_build=True)

    permission_policy: PermissionPolicy | None = None


def _policy_first(config: Any) -> Any:
    if isinstance(config, dict):
        _Policed.model_validate(config)
    return config


ToolConfigParams: TypeAlias = Annotated[
    Annotated[BuiltInParams | WebFetchParams | WebSearchParams, Field(discriminator="name")],
    BeforeValidator(_policy_first),
]


class AgentToolset(Model):
    """The service's own tools."""

    type: Literal["agent_toolset_20260401"] = "agent_toolset_20260401"
    default_config: ToolSetting
    configs: tuple[ToolConfig, ...] = ()


class AgentToolsetParams(Params):
    type: Literal["agent_toolset_20260401"]
    default_config: ToolSettingParams | None = None
    configs: list[ToolConfigParams] = []

    def resolved(self) -> AgentToolset:
        default = _default(self.default_config, ALWAYS_ALLOW)
        return AgentToolset(default_config=default, configs=tuple(config.resolved(default) for config in self.configs))


class McpToolConfig(ToolSetting):
    name: str


class McpToolConfigParams(ToolSettingParams):
    name: str = Field(min_length=1, max_length=128)


class McpToolset(Model):
    """The tools of one of the agent's MCP servers."""

    type: Literal["mcp_toolset"] = "mcp_toolset"
    mcp_server_name: str
    default_config: ToolSetting
    configs: tuple[McpToolConfig, ...] = ()


class McpToolsetParams(Params):
    type: Literal["mcp_toolset"]
    mcp_server_name: str = Field(min_length=1, max_length=255)
    default_config: ToolSettingParams | None = None
    configs: list[McpToolConfigParams] = []

    def resolved(self) -> McpToolset:
        default = _default(self.default_config, ALWAYS_ASK)
        configs = tuple(McpToolConfig(name=config.name, **config.over(default)) for config in self.configs)
        return McpToolset(mcp_server_name=self.mcp_server_name, default_config=default, configs=configs)


class InputSchema(Sparse, Params):
    """A JSON Schema of an object; its other keywords travel as they are."""

    model_config = ConfigDict(extra="allow")

    type: Literal["object"]
    properties: OmitIfNone[dict[str, Any]] = None
    required: OmitIfNone[list[str]] = None


class CustomTool(Params):
    """A tool that the caller runs; the same shape in both directions."""

    type: Literal["custom"]
    name: str = Field(min_length=1, max_length=128, pattern="^[A-Za-z0-9_-]+$")
    description: str
    input_schema: InputSchema

    def resolved(self) -> "CustomTool":
        return self


class McpServer(Params):
    """An MCP server at a URL; the same shape in both directions."""

    type: Literal["url"]
    name: str = Field(min_length=1, max_length=255)
    url: str = Field(min_length=1, max_length=2048)


class Skill(Model):
    type: Literal["anthropic", "custom"]
    skill_id: str
    version: str = "latest"


class SkillParams(Params):
    type: Literal["anthropic", "custom"]
    skill_id: str = Field(min_length=1)
    version: Annotated[str, Field(min_length=1)] | None = None

    def resolved(self) -> Skill:
        return Skill(type=self.type, skill_id=self.skill_id, version=self.version or "latest")


Tool: TypeAlias = AgentToolset | McpToolset | CustomTool
ToolParams: TypeAlias = Annotated[AgentToolsetParams | McpToolsetParams | CustomTool, Field(discriminator="type")]


def _default(sent: ToolSettingParams | None, policy: PermissionPolicy) -> ToolSetting:
    default = ToolSetting(permission_policy=policy)
    return default if sent is None else ToolSetting(**sent.over(default))
