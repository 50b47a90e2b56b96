"""Messages: one request to a model and its answer. Of a request only what is named here is looked at."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field

from mockdreams.wire.base import Model, ModelId, Params, Record

StopReason: TypeAlias = Literal[
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"
]


class MessageText(Model):
    type: Literal["text"] = "text"
    text: str
    citations: None = None


class MessageToolUse(Model):
    type: Literal["tool_use"] = "tool_use"
    id: str
    name: str
    input: dict[str, Any]


class MessageThinking(Model):
    type: Literal["thinking"] = "thinking"
    thinking: str
    signature: str


MessageBlock: TypeAlias = Annotated[MessageText | MessageToolUse | MessageThinking, Field(discriminator="type")]


class MessageUsage(Model):
    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    service_tier: Literal["standard"] = "standard"


class Message(Record):
    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    model: str
    content: tuple[MessageBlock, ...]
    stop_reason: StopReason | None
    stop_sequence: str | None = None
    stop_details: None = None
    usage: MessageUsage


class TokenCount(Record):
    input_tokens: int


class OpenParams(Params):
    """A request of which only some keys are looked at."""

    model_config = ConfigDict(extra="allow")


def _as_blocks(content: object) -> object:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class InputBlock(OpenParams):
    type: str
    text: str | None = None
    citations: Any = None
    content: Annotated[Any, BeforeValidator(_as_blocks)] = None
    """What a tool result says."""
    source: Any = None


class InputMessage(OpenParams):
    role: Literal["user", "assistant", "system"]
    content: Annotated[list[InputBlock], BeforeValidator(_as_blocks)]


class CountTokens(OpenParams):
    model: ModelId
    messages: list[InputMessage]
    system: Any = None
    tools: Any = None


class CreateMessage(CountTokens):
    max_tokens: Annotated[int, Field(ge=0)]
    stop_sequences: list[str] | None = None
    stream: bool | None = None
    temperature: Any = None
    top_p: Any = None
    top_k: Any = None
