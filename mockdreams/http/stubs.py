"""Stubs: what a test lets any path answer, whether or not the service has it."""

import json
from random import Random
from typing import Any, Self

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from mockdreams.http.canned import canned_headers, check_headers, encode, error_body
from mockdreams.http.latency import Latency, LatencySpread, draw
from mockdreams.http.matching import CallPattern
from mockdreams.http.response import Headers
from mockdreams.http.stream_events import Frame, GivenEvent, encode_event
from mockdreams.wire.base import Params

EVENT_STREAM = "text/event-stream; charset=utf-8"
_EMPTY = (204, 205, 304)
"""Answers with such a status have no body."""


class Stub(Params):
    """What calls that `match` are answered instead of asking the world, `times` of them, after `after` let through.

    At most one body: `json`, `body` or `events`. Without one a status from 400 on has the service's own.
    """

    model_config = ConfigDict(populate_by_name=True)

    match: CallPattern
    """`"METHOD /path/with/*"`, served or not; `*` stands for one segment or any method, `**` for any segments."""
    status: int = Field(default=200, ge=200, le=599)
    """The answer's status."""
    json_: Any = Field(default=None, alias="json")
    """A JSON body."""
    body: str | None = None
    """A text."""
    headers: dict[str, str] = {}
    """Further headers, before ours."""
    events: list[GivenEvent] | None = None
    """A stream: events as JSON, each sent under its `type`; or texts, each the lines of an event as they are."""
    latency: Latency | None = None
    """Wall seconds before the answer; or `{"p50": …, "p99": …}`, percentiles of what they are each time."""
    times: int | None = Field(default=None, ge=1)
    """How often it answers; None: for ever."""
    after: int = Field(default=0, ge=0)
    """Matching calls that are let through first."""
    _dice: Random = PrivateAttr(default_factory=lambda: Random(0))

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [name for name in ("json_", "body", "events") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError("only one of json, body and events can be the body")
        if given and self.status in _EMPTY:
            raise ValueError(f"an answer with status {self.status} has no body")
        check_headers(self.headers)
        return self

    @property
    def frames(self) -> list[Frame] | None:
        """The events of a stream, if it is one."""
        return None if self.events is None else list(map(encode_event, self.events))

    def delay(self) -> float:
        """Wall seconds before this answer."""
        return draw(self.latency, self._dice)

    @property
    def dice(self) -> Random | None:
        """What its latencies are drawn with, if they are."""
        return self._dice if isinstance(self.latency, LatencySpread) else None

    def answer(self, request_id: str) -> tuple[int, Headers, bytes]:
        """Status, headers and body."""
        kind, body = self._body(request_id)
        return self.status, canned_headers(self.status, kind, self.headers), body

    def _body(self, request_id: str) -> tuple[str | None, bytes]:
        if self.events is not None:
            return EVENT_STREAM, b"".join(self.frames or ())
        if self.body is not None:
            return encode(self.body)
        if self.json_ is not None:
            return "application/json", json.dumps(self.json_).encode()
        return error_body(self.status, request_id) if self.status >= 400 else (None, b"")
