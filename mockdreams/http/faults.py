"""Faults: the next matching requests meet an outage instead of an answer."""

from collections.abc import Callable
from random import Random
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mockdreams.http.canned import canned_headers, check_headers, encode, error_body
from mockdreams.http.matching import CallPattern, MatchQueue
from mockdreams.http.response import Headers
from mockdreams.wire.base import Params


class Fault(Params):
    """What the next `times` calls that `match` meet, after `after` calls that were let through.

    Exactly one effect: `status`, `latency`, `drop`, `cut_after_events` or `stall_after_events`.
    """

    match: CallPattern
    """`"METHOD /path/with/*"`, served or not; `*` stands for one segment or any method, `**` for any segments."""
    status: int | None = Field(default=None, ge=400, le=599)
    """The answer's status, with the body that the service has for it."""
    body: Any = None
    """Beside `status`: another body, a text or JSON."""
    headers: dict[str, str] = {}
    """Beside `status`: further headers, before ours. With a `retry-after` the SDKs wait that long, in wall time."""
    latency: float | None = Field(default=None, ge=0, le=86_400, allow_inf_nan=False)
    """Wall seconds before the ordinary answer."""
    drop: Literal["before", "during"] | None = None
    """The connection breaks before the request has done anything, or during the body of the answer to one that has."""
    cut_after_events: int | None = Field(default=None, ge=0)
    """A stream ends after so many events."""
    stall_after_events: int | None = Field(default=None, ge=0)
    """A stream says nothing more after so many events, and stays open."""
    times: int | None = Field(default=1, ge=1)
    """How often it strikes; None: for ever."""
    after: int = Field(default=0, ge=0)
    """Matching calls that are let through first."""
    probability: float = Field(default=1, ge=0, le=1)
    """How likely it is to strike a matching call; those that it spares do not count."""
    seed: int = 0
    """Of the dice: the same seed strikes the same calls."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        effects = ("status", "latency", "drop", "cut_after_events", "stall_after_events")
        given = [name for name in effects if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of {', '.join(effects)} is needed, got {', '.join(given) or 'none'}")
        check_headers(self.headers)
        if self.status is None and self.model_fields_set & {"body", "headers"}:
            raise ValueError("body and headers go with status")
        return self

    @property
    def answers(self) -> bool:
        """Whether the request never reaches what it is for."""
        return self.status is not None or self.drop == "before"

    def answer(self, request_id: str) -> tuple[int, Headers, bytes]:
        """Status, headers and body of a fault with a `status`."""
        assert self.status is not None
        kind, body = error_body(self.status, request_id) if self.body is None else encode(self.body)
        return self.status, canned_headers(self.status, kind, self.headers), body


class FaultQueue(MatchQueue[Fault]):
    """The faults that are waiting to strike, in the order in which they were added."""

    def _chance(self, item: Fault) -> Callable[[], bool]:
        dice = Random(item.seed)
        return lambda: dice.random() < item.probability
