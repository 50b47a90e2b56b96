"""Messages: answers as a test has prepared them, else a short fixed one. No model works here."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from mockdreams.wire.errors import invalid
from mockdreams.wire.messages import (
    CountTokens,
    CreateMessage,
    InputBlock,
    Message,
    MessageBlock,
    MessageText,
    MessageThinking,
    MessageToolUse,
    MessageUsage,
    TokenCount,
)
from mockdreams.world.core.context import Context
from mockdreams.world.files.files import Files
from mockdreams.world.messages.models import Models
from mockdreams.world.messages.scripts import (
    MessageScript,
    MessageScriptQueue,
    ReplyBlock,
    ReplyText,
    ReplyThinking,
)

DEFAULT_REPLY = "This is a fixed reply of mockdreams."
CHARACTERS_PER_TOKEN = 4
SAMPLING = ("temperature", "top_p", "top_k")


class Messages:
    """Requests to a model, each answered at once."""

    def __init__(self, context: Context, models: Models, scripts: MessageScriptQueue, files: Files) -> None:
        self._context = context
        self._models = models
        self._scripts = scripts
        self._files = files

    def create(self, params: CreateMessage, *, strict: bool) -> Message:
        """The answer; `strict` are the rules of the newest version of the API."""
        self._check(params)
        if strict:
            _check_strictly(params)
        script = self._scripts.pop_match(params.model, _last_said(params)) or _default_script()
        content = tuple(self._block(block) for block in script.content)
        tool_used = any(isinstance(block, MessageToolUse) for block in content)
        reason = script.stop_reason or ("tool_use" if tool_used else "end_turn")
        stops = params.stop_sequences or []
        return Message.unchecked(
            id=self._context.ids.mint("msg"),
            model=params.model,
            content=content,
            stop_reason=reason,
            stop_sequence=stops[0] if reason == "stop_sequence" and stops else None,
            usage=self._usage(params, script, content),
        )

    def count_tokens(self, params: CountTokens) -> TokenCount:
        self._check(params)
        return TokenCount.unchecked(input_tokens=self._input_tokens(params))

    def _check(self, params: CountTokens) -> None:
        if not params.messages:
            raise invalid("messages: at least one message is required", retry=False, rule="message-none-400")
        for message in params.messages:
            if any(block.type == "text" and not block.text for block in message.content):
                raise invalid(
                    "messages: text content blocks must be non-empty", retry=False, rule="message-empty-text-400"
                )
        self._models.retrieve(params.model)
        self._files.check(_file_ids(params))

    def _usage(self, params: CreateMessage, script: MessageScript, content: tuple[MessageBlock, ...]) -> MessageUsage:
        told = script.usage
        written = sum(_characters(block.model_dump(exclude={"type"})) for block in content)
        return MessageUsage.unchecked(
            input_tokens=self._input_tokens(params) if told.input_tokens is None else told.input_tokens,
            output_tokens=_tokens(written) if told.output_tokens is None else told.output_tokens,
            cache_creation_input_tokens=told.cache_creation_input_tokens,
            cache_read_input_tokens=told.cache_read_input_tokens,
        )

    def _input_tokens(self, params: CountTokens) -> int:
        said = [message.model_dump() for message in params.messages]
        shown = sum(file.size_bytes for file in self._files.find(_file_ids(params)))
        return _tokens(sum(map(_characters, (said, params.system, params.tools))) + shown)

    def _block(self, block: ReplyBlock) -> MessageBlock:
        if isinstance(block, ReplyText):
            return MessageText.unchecked(text=block.text)
        if isinstance(block, ReplyThinking):
            return MessageThinking.unchecked(thinking=block.thinking, signature=block.signature)
        id = block.id or self._context.ids.mint("toolu")
        return MessageToolUse.unchecked(id=id, name=block.name, input=block.input)


@cache
def _default_script() -> MessageScript:
    return MessageScript(content=[ReplyText(type="text", text=DEFAULT_REPLY)])


def _check_strictly(params: CreateMessage) -> None:
    """What version 2026-10-21 of the API refuses, and the one before it takes."""
    for name in SAMPLING:
        if params.given(name):
            raise invalid(f"{name}: Extra inputs are not permitted", retry=False, rule="message-sampling-400")
    for index, message in enumerate(params.messages):
        for number, block in enumerate(message.content):
            where = f"messages.{index}.content.{number}"
            if message.role == "assistant" and block.type == "document":
                raise invalid(
                    f"{where}: document blocks are not permitted here",
                    retry=False,
                    rule="message-assistant-document-400",
                )
            if message.role == "user" and block.type == "text" and block.citations:
                raise invalid(f"{where}.citations: must be empty", retry=False, rule="message-user-citations-400")


def _tokens(characters: int) -> int:
    return characters // CHARACTERS_PER_TOKEN + 1


def _characters(value: Any) -> int:
    """The length of all texts in a JSON value."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_characters(each) for key, each in value.items() if key not in ("type", "role"))
    return sum(map(_characters, value)) if isinstance(value, list | tuple) else 0


def _file_ids(params: CountTokens) -> list[str]:
    """The files that the messages show."""
    sources = (block.source for message in params.messages for block in message.content)
    ids = (source.get("file_id") for source in sources if isinstance(source, dict) and source.get("type") == "file")
    return [id for id in ids if isinstance(id, str)]


def _last_said(params: CountTokens) -> str:
    """The texts of the last message that is the user's."""
    last = next((message for message in reversed(params.messages) if message.role == "user"), None)
    return "\n".join(_texts(last.content)) if last is not None else ""


def _texts(content: list[InputBlock]) -> Iterator[str]:
    for block in content:
        if block.text:
            yield block.text
        if block.type == "tool_result" and isinstance(block.content, list):
            texts = (part.get("text") for part in block.content if isinstance(part, dict))
            yield from (text for text in texts if isinstance(text, str))
