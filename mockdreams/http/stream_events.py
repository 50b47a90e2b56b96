"""Events of a stream as bytes, and those that a test gives."""

import json
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field

from mockdreams.wire.base import also_as, as_list

Frame: TypeAlias = bytes
"""One event as it is sent, with the blank line that ends it."""


def _check_event(event: dict[str, Any] | str) -> dict[str, Any] | str:
    type = event.get("type") if isinstance(event, dict) else ""
    if not isinstance(type, str) or "\n" in type or "\r" in type:
        raise ValueError("an event has a type, which is its name")
    return event


GivenEvent: TypeAlias = Annotated[dict[str, Any] | str, AfterValidator(_check_event)]
"""An event as JSON, which is sent under its `type`; or the lines of one, as they are."""
EventSelector: TypeAlias = Annotated[int, Field(ge=0)] | Annotated[str, Field(min_length=1)]
"""An event of a stream by its index, or every event of a type."""
EventSelectors: TypeAlias = Annotated[list[EventSelector], also_as(EventSelector | list[EventSelector], as_list)]
"""One of them, or a list."""


def encode_event(event: dict[str, Any] | str) -> Frame:
    """An event as it is sent."""
    if isinstance(event, str):
        return f"{event}\n\n".encode()
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def event_name(frame: Frame) -> str:
    """The name of an event that is sent: its type."""
    first, _, _ = frame.partition(b"\n")
    return first.removeprefix(b"event:").strip().decode("utf-8", "replace")
