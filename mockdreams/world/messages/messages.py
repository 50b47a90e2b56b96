"""Messages: answers as a test has prepared them, else a short fixed one. No model works here."""

from functools import cache

from mockdreams.wire.messages import (
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
from mockdreams.world.messages.requests import ModelRequest, characters
from mockdreams.world.messages.scripts import (
    MessageScript,
    MessageScriptQueue,
    ReplyBlock,
    ReplyText,
    ReplyThinking,
)

DEFAULT_REPLY = "This is a fixed reply of mockdreams."
CHARACTERS_PER_TOKEN = 4


class Messages:
    """Requests to a model, each answered at once."""

    def __init__(self, context: Context, models: Models, scripts: MessageScriptQueue, files: Files) -> None:
        self._context = context
        self._models = models
        self._scripts = scripts
        self._files = files

    @property
    def asked_parts(self) -> tuple[str, ...]:
        """The parts of what a user said last that prepared replies are for."""
        return self._scripts.asked_parts

    def create(self, asked: ModelRequest, *, strict: bool) -> Message:
        """The answer; `strict` are the rules of the newest version of the API."""
        self._check(asked)
        if strict and asked.strictly is not None:
            raise asked.strictly
        script = self._scripts.pop_match(asked.model, asked.said) or _default_script()
        content = tuple(self._block(block) for block in script.content)
        tool_used = any(isinstance(block, MessageToolUse) for block in content)
        reason = script.stop_reason or ("tool_use" if tool_used else "end_turn")
        return Message.unchecked(
            id=self._context.ids.mint("msg"),
            model=asked.model,
            content=content,
            stop_reason=reason,
            stop_sequence=asked.stop_sequence if reason == "stop_sequence" else None,
            usage=self._usage(asked, script, content),
        )

    def count_tokens(self, asked: ModelRequest) -> TokenCount:
        self._check(asked)
        return TokenCount.unchecked(input_tokens=self._input_tokens(asked))

    def _check(self, asked: ModelRequest) -> None:
        self._models.retrieve(asked.model)
        self._files.check(asked.file_ids)

    def _usage(self, asked: ModelRequest, script: MessageScript, content: tuple[MessageBlock, ...]) -> MessageUsage:
        told = script.usage
        written = sum(characters(block.model_dump(exclude={"type"})) for block in content)
        return MessageUsage.unchecked(
            input_tokens=self._input_tokens(asked) if told.input_tokens is None else told.input_tokens,
            output_tokens=_tokens(written) if told.output_tokens is None else told.output_tokens,
            cache_creation_input_tokens=told.cache_creation_input_tokens,
            cache_read_input_tokens=told.cache_read_input_tokens,
        )

    def _input_tokens(self, asked: ModelRequest) -> int:
        return _tokens(asked.characters + sum(file.size_bytes for file in self._files.find(asked.file_ids)))

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


def _tokens(characters: int) -> int:
    return characters // CHARACTERS_PER_TOKEN + 1
