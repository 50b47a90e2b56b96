"""What the world looks at of a request to a model, which may be of any size: found without the world."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from mockdreams.wire.errors import ServiceError, invalid
from mockdreams.wire.messages import CountTokens, CreateMessage, InputBlock

SAMPLING = ("temperature", "top_p", "top_k")


class ModelRequest(NamedTuple):
    """`characters` are those of all its texts, `file_ids` the files that it shows. `said`: the parts that were asked
    about and are in what the user said last. `strictly`: what the newest version of the API refuses of it."""

    model: str
    characters: int
    file_ids: tuple[str, ...]
    said: frozenset[str] = frozenset()
    stop_sequence: str | None = None
    stream: bool = False
    strictly: ServiceError | None = None


def read_count(params: CountTokens) -> ModelRequest:
    """A request that only counts. Raises ServiceError (400)."""
    _check(params)
    return ModelRequest(params.model, _all_characters(params), _file_ids(params))


def read_request(params: CreateMessage, parts: Collection[str]) -> ModelRequest:
    """A request for a message, of which somebody wants to know which `parts` it says. Raises ServiceError (400)."""
    _check(params)
    words = _last_said(params) if parts else ""
    return ModelRequest(
        params.model,
        _all_characters(params),
        _file_ids(params),
        frozenset(part for part in parts if part in words),
        next(iter(params.stop_sequences or ()), None),
        bool(params.stream),
        _strictly(params),
    )


def characters(value: Any) -> int:
    """The length of all texts in a JSON value."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(characters(each) for key, each in value.items() if key not in ("type", "role"))
    return sum(map(characters, value)) if isinstance(value, list | tuple) else 0


def _check(params: CountTokens) -> None:
    if not params.messages:
        raise invalid("messages: at least one message is required", retry=False, rule="message-none-400")
    for message in params.messages:
        if any(block.type == "text" and not block.text for block in message.content):
            raise invalid("messages: text content blocks must be non-empty", retry=False, rule="message-empty-text-400")


def _strictly(params: CreateMessage) -> ServiceError | None:
    """What version 2026-10-21 of the API refuses, and the one before it takes."""
    for name in SAMPLING:
        if params.given(name):
            return invalid(f"{name}: Extra inputs are not permitted", retry=False, rule="message-sampling-400")
    for index, message in enumerate(params.messages):
        for number, block in enumerate(message.content):
            where = f"messages.{index}.content.{number}"
            if message.role == "assistant" and block.type == "document":
                return invalid(
                    f"{where}: document blocks are not permitted here",
                    retry=False,
                    rule="message-assistant-document-400",
                )
            if message.role == "user" and block.type == "text" and block.citations:
                return invalid(f"{where}.citations: must be empty", retry=False, rule="message-user-citations-400")
    return None


def _all_characters(params: CountTokens) -> int:
    said = [message.model_dump() for message in params.messages]
    return sum(map(characters, (said, params.system, params.tools)))


def _file_ids(params: CountTokens) -> tuple[str, ...]:
    """The files that the messages show."""
    sources = (block.source for message in params.messages for block in message.content)
    ids = (source.get("file_id") for source in sources if isinstance(source, dict) and source.get("type") == "file")
    return tuple(id for id in ids if isinstance(id, str))


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
