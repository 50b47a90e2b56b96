"""Deliveries: one event on its way to one endpoint, and each attempt at it."""

from hashlib import blake2b
from typing import Any, Literal, NamedTuple, TypeAlias

from mockdreams.wire.base import Model, Timestamp

Progress: TypeAlias = Literal["scheduled", "queued"]
"""A delivery waits for its time, then for those before it on its endpoint and for the answer."""
REDIRECTED = "auto-disabled: endpoint URL returned a redirect (3xx)"
INVALID_ADDRESS = "auto-disabled: endpoint URL resolved to an invalid address"
FAILING = "auto-disabled after sustained delivery failures"


class WebhookDelivery(Model):
    """A delivery that is not over. `number` is that of the attempt to come or under way."""

    id: str
    endpoint_id: str
    event_id: str
    type: str
    body: str
    sequence: int
    """Which event of the world it is: a copy has the same."""
    at: Timestamp
    """When the attempt is due."""
    number: int = 1
    progress: Progress = "scheduled"
    held: bool = False
    """Whether it waits for the next event of its endpoint, but no longer than until it is due."""
    last: bool = False
    """Whether no attempt follows if this one fails."""


class WebhookAnswer(NamedTuple):
    """What came of an attempt: an answer, or why there was none."""

    headers: dict[str, str]
    """Those of the request."""
    status: int | None = None
    body: str = ""
    error: str | None = None
    invalid_address: bool = False

    @property
    def is_success(self) -> bool:
        return _is_success(self.status)

    @property
    def disables(self) -> str | None:
        """Why the endpoint is disabled at once, if it is."""
        if self.invalid_address:
            return INVALID_ADDRESS
        return REDIRECTED if self.status is not None and 300 <= self.status < 400 else None


class WebhookAttempt(Model):
    """One attempt at a delivery, over: what was sent, and what came of it."""

    id: str
    """Of the delivery: the same for all its attempts."""
    number: int
    endpoint_id: str
    url: str
    event_id: str
    type: str
    at: Timestamp
    """When it was due, in virtual time."""
    headers: dict[str, str]
    body: str
    status: int | None
    response: str
    error: str | None

    @property
    def succeeded(self) -> bool:
        return _is_success(self.status)

    def state(self) -> dict[str, Any]:
        """The same as JSON, as the control API shows it."""
        return {**self.model_dump(mode="json"), "succeeded": self.succeeded}


def _is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def backoff(delivery_id: str, number: int, attempts: int, least: float, most: float) -> float:
    """Seconds between a failed attempt and the next: exponential from `least` to `most`, with jitter from the id.

    Each of the waits has its own band, so that a later one is never shorter.
    """
    digest = blake2b(f"{delivery_id} {number}".encode(), digest_size=8).digest()
    jitter = int.from_bytes(digest) / 2**64
    return float(least * (most / least) ** ((number - 1 + jitter) / max(1, attempts - 1)))
