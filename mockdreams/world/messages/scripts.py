"""Replies that a test has prepared for requests to `/v1/messages`."""

from collections.abc import Collection
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from mockdreams.wire.base import Params, also_as
from mockdreams.wire.messages import StopReason
from mockdreams.world.core.script_queue import ScriptQueue


class ReplyText(Params):
    """Something to say."""

    type: Literal["text"]
    text: str


class ReplyToolUse(Params):
    """A tool call; an id is made up if it has none."""

    type: Literal["tool_use"]
    name: str = Field(min_length=1)
    input: dict[str, Any] = {}
    id: str | None = None


class ReplyThinking(Params):
    """Something to think."""

    type: Literal["thinking"]
    thinking: str
    signature: str = "c2lnbmF0dXJl"


class ReplyUsage(Params):
    """Tokens by kind; what is left out is counted or 0."""

    input_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    cache_creation_input_tokens: int = Field(default=0, ge=0)
    cache_read_input_tokens: int = Field(default=0, ge=0)


class MessageMatch(Params):
    """Which requests a reply is for; what is left out matches every request."""

    model: str | None = None
    """The model that is asked."""
    message: str | None = None
    """A part of what the user said last, tool results included."""

    def matches(self, model: str, said: Collection[str]) -> bool:
        """`said`: the parts that are in what the user said last, of those that replies are for."""
        return self.model in (None, model) and (self.message is None or self.message in said)


def _as_blocks(value: object) -> object:
    if isinstance(value, str):
        return [{"type": "text", "text": value}]
    return [value] if isinstance(value, dict) else value


def _as_match(value: object) -> object:
    return {"message": value} if isinstance(value, str) else value


ReplyBlock: TypeAlias = Annotated[ReplyText | ReplyToolUse | ReplyThinking, Field(discriminator="type")]


class MessageScript(Params):
    """What the next `times` requests that `match` are answered with."""

    content: Annotated[list[ReplyBlock], also_as(str | ReplyBlock | list[ReplyBlock], _as_blocks)]
    """Content blocks; a bare text is the only one."""
    stop_reason: StopReason | None = None
    """Why the model stopped; by default `tool_use` if it calls a tool, else `end_turn`."""
    usage: ReplyUsage = Field(default_factory=ReplyUsage)
    """The tokens of the request."""
    match: Annotated[MessageMatch, also_as(str | MessageMatch, _as_match)] = Field(default_factory=MessageMatch)
    """Which requests; a bare text is a part of what the user said last."""
    times: int | None = Field(default=1, ge=1)
    """How many of them; None: all."""


class MessageScriptQueue(ScriptQueue[MessageScript]):
    """The replies that tests have prepared."""

    @property
    def asked_parts(self) -> tuple[str, ...]:
        """The parts of what a user said last that replies are for."""
        return tuple(script.match.message for script in self.items if script.match.message is not None)

    def pop_match(self, model: str, said: Collection[str]) -> MessageScript | None:
        """The reply to a request, if one is prepared for it."""
        return self.pop(lambda script: script.match.matches(model, said))
