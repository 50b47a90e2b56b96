"""Faults: the next matching requests meet an outage instead of an answer."""

from random import Random
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from mockdreams.http.canned import canned_headers, check_headers, encode, error_body
from mockdreams.http.latency import Latency, LatencySpread, draw
from mockdreams.http.matching import CallPattern
from mockdreams.http.response import Headers
from mockdreams.http.stream_events import EventSelectors, GivenEvent
from mockdreams.wire.base import Params

_ENDINGS = ("cut_after_events", "end_after_events", "stall_after_events")
_STREAM = (*_ENDINGS, "lose", "repeat", "swap", "insert", "event_delay")
_EFFECTS = ("status", "latency", "drop", *_STREAM, "lag")


class Fault(Params):
    """What the next `times` calls that `match` meet, after `after` calls that were let through.

    One or more effects: `status` (with `body` and `headers`), `latency`, `drop`; of a stream `cut_after_events`,
    `end_after_events` or `stall_after_events`, `lose`, `repeat`, `swap`, `insert` and `event_delay`; and `lag`.
    """

    match: CallPattern
    """`"METHOD /path/with/*"`, served or not; `*` stands for one segment or any method, `**` for any segments."""
    status: int | None = Field(default=None, ge=200, le=599)
    """The answer's status, with the body that the service has for it; below 400 it needs a `body`."""
    body: Any = None
    """Beside `status`: another body, a text or JSON."""
    headers: dict[str, str] = {}
    """Beside `status`: further headers, before ours. With a `retry-after` the SDKs wait that long, in wall time."""
    latency: Latency | None = None
    """Wall seconds before the answer; or `{"p50": …, "p99": …}`, percentiles of what they are each time."""
    drop: Literal["before", "during"] | None = None
    """The connection breaks before the request has done anything, or during the body of the answer to one that has."""
    cut_after_events: int | None = Field(default=None, ge=0)
    """A stream breaks after so many events, in the middle of the next."""
    end_after_events: int | None = Field(default=None, ge=0)
    """A stream ends after so many events, as if all were said."""
    stall_after_events: int | None = Field(default=None, ge=0)
    """A stream says nothing more after so many events, and stays open."""
    lose: EventSelectors = []
    """Events of a stream that are not sent: by index, or every one of a type."""
    repeat: EventSelectors = []
    """Events that are sent twice."""
    swap: EventSelectors = []
    """Events that change places with the next."""
    insert: dict[int, GivenEvent] = {}
    """Events that a stream has besides, by the index of the event that they come before: JSON, sent under its `type`,
    or a text, the lines of an event as they are."""
    event_delay: float | None = Field(default=None, ge=0, le=86_400, allow_inf_nan=False)
    """Wall seconds between the events of a stream."""
    lag: float | None = Field(default=None, gt=0, le=86_400, allow_inf_nan=False)
    """Virtual seconds by which the status of a session, a thread or a dream, what it allows, and the events in a list
    trail the stream."""
    times: int | None = Field(default=1, ge=1)
    """How often it strikes; None: for ever."""
    after: int = Field(default=0, ge=0)
    """Matching calls that are let through first."""
    probability: float = Field(default=1, ge=0, le=1)
    """How likely it is to strike a matching call; those that it spares do not count."""
    seed: int = 0
    """Of the dice: the same seed strikes the same calls, and has the same latencies."""
    _dice: Random = PrivateAttr(default_factory=Random)

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [name for name in _EFFECTS if getattr(self, name) not in (None, [], {})]
        if not given:
            raise ValueError(f"an effect is needed: {', '.join(_EFFECTS)}")
        if len(set(given).intersection(_ENDINGS)) > 1:
            raise ValueError(f"a stream ends in one way: {', '.join(_ENDINGS)}")
        if self.answers and (late := [name for name in given if name in (*_STREAM, "lag")]):
            raise ValueError(f"{late[0]} is of an answer that this fault never lets through")
        if self.status is not None and self.drop == "before":
            raise ValueError("a connection that drops before the answer has no status")
        if self.status is None and self.model_fields_set & {"body", "headers"}:
            raise ValueError("body and headers go with status")
        if self.status is not None and self.status < 400 and self.body is None:
            raise ValueError(f"a fault with status {self.status} needs a body")
        if any(index < 0 for index in self.insert):
            raise ValueError("insert: an index is at least 0")
        check_headers(self.headers)
        self._dice.seed(self.seed)
        return self

    @property
    def edits_stream(self) -> bool:
        """Whether a stream is not what it would be."""
        return self.drop == "during" or any(getattr(self, name) not in (None, [], {}) for name in _STREAM)

    @property
    def only_delays(self) -> bool:
        """Whether the answer is what it would be."""
        return not self.answers and not self.edits_stream and self.lag is None

    def delay(self) -> float:
        """Wall seconds before this answer."""
        return draw(self.latency, self._dice)

    @property
    def dice(self) -> Random | None:
        """What its latencies are drawn with, if they are."""
        return self._dice if isinstance(self.latency, LatencySpread) else None

    @property
    def answers(self) -> bool:
        """Whether the request never reaches what it is for."""
        return self.status is not None or self.drop == "before"

    def answer(self, request_id: str) -> tuple[int, Headers, bytes]:
        """Status, headers and body of a fault with a `status`."""
        assert self.status is not None
        kind, body = error_body(self.status, request_id) if self.body is None else encode(self.body)
        return self.status, canned_headers(self.status, kind, self.headers), body
