"""Models: what the service says of each."""

from datetime import UTC, datetime
from typing import Literal, TypeAlias

from mockdreams.wire.base import Model, Record, Timestamp

Lifecycle: TypeAlias = Literal["active", "deprecated", "retired"]
ModelLine: TypeAlias = Literal["haiku", "sonnet", "opus", "fable", "mythos"]


class Support(Model):
    supported: bool = True


class ThinkingTypes(Model):
    adaptive: Support = Support.unchecked()
    enabled: Support = Support.unchecked()
    disabled: Support = Support.unchecked()
    between_tools: Support = Support.unchecked()


class ThinkingSupport(Support):
    types: ThinkingTypes = ThinkingTypes.unchecked()


class EffortSupport(Support):
    low: Support = Support.unchecked()
    medium: Support = Support.unchecked()
    high: Support = Support.unchecked()
    xhigh: Support = Support.unchecked()
    max: Support = Support.unchecked()


class ContextManagementSupport(Support):
    clear_thinking_20251015: Support = Support.unchecked()
    clear_tool_uses_20250919: Support = Support.unchecked()
    compact_20260112: Support = Support.unchecked()


class ServerToolsSupport(Support):
    web_search: Support = Support.unchecked()
    code_execution: Support = Support.unchecked()


class Capabilities(Model):
    batch: Support = Support.unchecked()
    citations: Support = Support.unchecked()
    code_execution: Support = Support.unchecked()
    context_management: ContextManagementSupport = ContextManagementSupport.unchecked()
    effort: EffortSupport = EffortSupport.unchecked()
    image_input: Support = Support.unchecked()
    pdf_input: Support = Support.unchecked()
    server_tools: ServerToolsSupport = ServerToolsSupport.unchecked()
    structured_outputs: Support = Support.unchecked()
    thinking: ThinkingSupport = ThinkingSupport.unchecked()


class ModelInfo(Record):
    """`created_at` is the epoch, as the service has it where the day of the release is unknown."""

    id: str
    type: Literal["model"] = "model"
    display_name: str
    created_at: Timestamp = datetime(1970, 1, 1, tzinfo=UTC)
    lifecycle: Lifecycle = "active"
    deprecated_at: Timestamp | None = None
    retires_at: Timestamp | None = None
    line: ModelLine | None = None
    max_input_tokens: int | None = 1_000_000
    max_tokens: int | None = 128_000
    capabilities: Capabilities | None = Capabilities.unchecked()
