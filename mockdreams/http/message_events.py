"""The events of a streamed message, in the order in which the SDKs put them together again."""

import json
from collections.abc import Iterator
from typing import Any

from mockdreams.patterns import lazy_pattern
from mockdreams.wire.messages import Message, MessageBlock, MessageText, MessageThinking, MessageToolUse

_WORD = lazy_pattern(r"\s*\S+|\s+")
JSON_CHARS = 24
"""Of a tool's input in one event."""


def message_frames(message: Message) -> Iterator[bytes]:
    """Each event as it travels."""
    for event in _events(message):
        yield f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def _events(message: Message) -> Iterator[dict[str, Any]]:
    whole = message.model_dump(mode="json")
    usage = {**whole["usage"], "output_tokens": 1}
    unsaid: dict[str, Any] = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    yield {"type": "message_start", "message": {**whole, **unsaid}}
    for index, block in enumerate(message.content):
        yield {"type": "content_block_start", "index": index, "content_block": _empty(block)}
        if index == 0:
            yield {"type": "ping"}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = {name: whole[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    kept = {name: number for name, number in whole["usage"].items() if name != "service_tier"}
    yield {"type": "message_delta", "delta": stop, "usage": kept}
    yield {"type": "message_stop"}


def _empty(block: MessageBlock) -> dict[str, Any]:
    if isinstance(block, MessageText):
        blank: dict[str, Any] = {"text": ""}
    elif isinstance(block, MessageToolUse):
        blank = {"input": {}}
    else:
        blank = {"thinking": "", "signature": ""}
    return {**block.model_dump(mode="json"), **blank}


def _deltas(block: MessageBlock) -> Iterator[dict[str, Any]]:
    if isinstance(block, MessageText):
        yield from ({"type": "text_delta", "text": word} for word in _WORD.findall(block.text))
    elif isinstance(block, MessageThinking):
        yield from ({"type": "thinking_delta", "thinking": word} for word in _WORD.findall(block.thinking))
        yield {"type": "signature_delta", "signature": block.signature}
    else:
        text = json.dumps(block.input)
        for start in range(0, len(text), JSON_CHARS):
            yield {"type": "input_json_delta", "partial_json": text[start : start + JSON_CHARS]}
