"""Previews: what a stream that asked for them shows of an event before it is whole. In no list, and of no time."""

from functools import cached_property
from typing import Literal

from mockdreams.wire.base import Model, Record
from mockdreams.wire.content import TextBlock

PREVIEWED = ("agent.message", "agent.thinking")
"""The types of event that can be previewed."""


class Previewed(Model):
    type: Literal["agent.message", "agent.thinking"]
    id: str


class ContentDelta(Model):
    type: Literal["content_delta"] = "content_delta"
    index: int = 0
    content: TextBlock


class Preview(Record):
    type: str

    @property
    def previews(self) -> str:
        """The id of the event that is previewed."""
        raise NotImplementedError

    @cached_property
    def frame(self) -> bytes:
        return b"event: %b\ndata: %b\n\n" % (self.type.encode(), self.body)


class EventStart(Preview):
    type: Literal["event_start"] = "event_start"
    event: Previewed

    @property
    def previews(self) -> str:
        return self.event.id


class EventDelta(Preview):
    type: Literal["event_delta"] = "event_delta"
    event_id: str
    delta: ContentDelta

    @property
    def previews(self) -> str:
        return self.event_id
