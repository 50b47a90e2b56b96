"""Faults: the next matching requests meet an outage instead of an answer."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from threading import Lock
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mockdreams.wire.base import Params
from mockdreams.wire.errors import STATUS, ServiceError, shortened

TYPES = {status: type for type, status in reversed(STATUS.items())}
"""The `error.type` of each status; of several with one status, the plainest."""
MESSAGES = {
    429: "This request would exceed your organization's rate limit.",
    500: "Internal server error",
    504: "Request timed out.",
    529: "Overloaded",
}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRAMING = ("content-length", "transfer-encoding")
"""What says where an answer ends is the server's to say."""
_GATEWAY = {502: "Bad Gateway", 503: "Service Unavailable"}


class Fault(Params):
    """What the next `times` calls that `match` meet, after `after` calls that were let through.

    Exactly one effect: `status`, `latency`, `drop`, `cut_after_events` or `stall_after_events`.
    """

    match: str = Field(pattern=r"^(\*|[A-Z]+) /\S*$")
    """`"METHOD /path/with/*"`; a star stands for one segment, or for any method."""
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
        for name, value in self.headers.items():
            if not _NAME.fullmatch(name) or name.lower() in _FRAMING or not value.isprintable():
                raise ValueError(f"no header can be {shortened(name)!r}: {shortened(value)!r}")
        if self.status is None and self.model_fields_set & {"body", "headers"}:
            raise ValueError("body and headers go with status")
        return self

    def answer(self, request_id: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers and body of a fault with a `status`."""
        assert self.status is not None
        kind, body = self._body(self.status, request_id)
        given = {name.lower(): value for name, value in self.headers.items()}
        own = {} if "retry-after" in given else _retry(self.status)
        headers = {"content-type": kind, **own, **given}
        return self.status, [(name.encode(), value.encode()) for name, value in headers.items()], body

    def _body(self, status: int, request_id: str) -> tuple[str, bytes]:
        if isinstance(self.body, str):
            return "text/plain; charset=utf-8", self.body.encode()
        if self.body is not None:
            return "application/json", json.dumps(self.body).encode()
        if status in _GATEWAY:
            page = f"<html><head><title>{status} {_GATEWAY[status]}</title></head><body></body></html>"
            return "text/html", page.encode()
        type = TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
        message = MESSAGES.get(status, type.replace("_", " "))
        return "application/json", ServiceError(type, message, status=status).body(request_id)


def _retry(status: int) -> dict[str, str]:
    """A fault is over at once, so the SDKs need not wait: they prefer `retry-after-ms` to `retry-after`."""
    return {"retry-after": "1", "retry-after-ms": "1"} if status in (408, 409, 429) or status >= 500 else {}


@dataclass(slots=True)
class _ArmedFault:
    fault: Fault
    pattern: re.Pattern[str]
    random: Random
    passed: int = 0
    struck: int = 0

    def hits(self, call: str) -> bool:
        if not self.pattern.fullmatch(call):
            return False
        if self.passed < self.fault.after:
            self.passed += 1
            return False
        if self.fault.probability < 1 and self.random.random() >= self.fault.probability:
            return False
        self.struck += 1
        return True


class FaultQueue:
    """The faults that are waiting to strike, in the order in which they were added. Any thread may call anything."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._armed: list[_ArmedFault] = []

    def __bool__(self) -> bool:
        return bool(self._armed)

    def add(self, fault: Fault) -> Callable[[], int]:
        """Let a fault wait; the answer tells how often it has struck, also when it is used up."""
        armed = _ArmedFault(fault, compile_match(fault.match), Random(fault.seed))
        with self._lock:
            self._armed.append(armed)
        return lambda: armed.struck

    def next_match(self, method: str, path: str) -> Fault | None:
        """The fault that this call meets; used up when it has struck often enough."""
        call = f"{method} {path}"
        with self._lock:
            for armed in self._armed:
                if armed.hits(call):
                    if armed.struck == armed.fault.times:
                        self._armed.remove(armed)
                    return armed.fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def unused(self) -> list[Fault]:
        """The faults that have never struck."""
        with self._lock:
            return [armed.fault for armed in self._armed if not armed.struck]

    def state(self) -> list[dict[str, Any]]:
        """The faults that are left, each with how often it has struck."""
        with self._lock:
            left = [(armed.fault, armed.struck) for armed in self._armed]
        return [{**fault.model_dump(mode="json", exclude_unset=True), "struck": struck} for fault, struck in left]


def compile_match(match: str) -> re.Pattern[str]:
    """`"METHOD /path/*"` as a pattern for `"METHOD /path/x"`. A star stands for one segment, or for any method."""
    method, _, path = match.partition(" ")
    parts = ["[^/]+" if segment == "*" else re.escape(segment) for segment in path.split("/")]
    return re.compile(f"{'[A-Z]+' if method == '*' else re.escape(method)} {'/'.join(parts)}")
