"""Endpoints: where a world tells what happens, of what, and how a test wants it to go wrong."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import shake_128
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from mockdreams.suggestions import did_you_mean
from mockdreams.wire.base import Model, Params, Timestamp, also_as, as_list
from mockdreams.wire.errors import shortened
from mockdreams.wire.webhooks import EVENT_TYPES

PREFIX = "whsec_"
KEY_BYTES = 32


def _check_type(type: str) -> str:
    if type not in EVENT_TYPES:
        near = did_you_mean(type, EVENT_TYPES, quote="")
        raise _wrong(f"no event has the type {shortened(type)!r}{near}")
    return type


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise _wrong(f"{shortened(url)!r} is no URL that begins with http:// or https://")
    return url


def _check_selector(selector: int | str) -> int | str:
    if isinstance(selector, int) and selector < 0:
        raise _wrong("an index is at least 0")
    return selector if isinstance(selector, int) else _check_type(selector)


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("webhook", "{message}", {"message": message})


EventType: TypeAlias = Annotated[str, AfterValidator(_check_type)]
WebhookSelector: TypeAlias = Annotated[int | str, AfterValidator(_check_selector)]
"""Events of an endpoint: one by its index, the first is 0, or every one of a type."""
WebhookSelectors: TypeAlias = Annotated[
    list[WebhookSelector], also_as(WebhookSelector | list[WebhookSelector], as_list)
]
"""One of them, or a list."""


def _check_secret(secret: str) -> str:
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise _wrong(f"a secret is {PREFIX} and {KEY_BYTES} bytes in base64")
    return secret


class WebhookParams(Params):
    """An endpoint to tell: where, of what, and what goes wrong on the way."""

    url: Annotated[str, Field(max_length=2_000), AfterValidator(_check_url)]
    """Where: `http` or `https`, on the loopback interface unless the server was told otherwise."""
    events: list[EventType] | None = None
    """Types of events; without it all."""
    secret: Annotated[str, AfterValidator(_check_secret)] | None = None
    """What deliveries are signed with, `whsec_…`; made, if it is left out."""
    duplicate: int = Field(default=1, ge=1, le=100)
    """How often each event is delivered."""
    reorder: WebhookSelectors = []
    """Events that come after the next one, or a minute late if there is none: by index, or every one of a type."""
    lose: WebhookSelectors = []
    """Events that are never delivered."""
    delay: float = Field(default=0, ge=0, le=604_800, allow_inf_nan=False)
    """Virtual seconds by which every event is late."""
    wrong_signature: bool = False
    """Whether deliveries are signed with another secret."""
    timestamp_age: float = Field(default=0, ge=-604_800, le=604_800, allow_inf_nan=False)
    """Wall seconds by which the timestamp of a delivery is old; the SDK refuses more than 300, also ahead of time."""


class WebhookEndpoint(Model):
    """An endpoint, and how it has been doing."""

    id: str
    url: str
    events: tuple[str, ...] | None
    secret: Annotated[str, AfterValidator(_check_secret)]
    created_at: Timestamp
    duplicate: int = 1
    reorder: tuple[int | str, ...] = ()
    lose: tuple[int | str, ...] = ()
    delay: float = 0.0
    wrong_signature: bool = False
    timestamp_age: float = 0.0
    disabled_reason: str | None = None
    failing_since: Timestamp | None = None
    """The first failure after which nothing has succeeded."""
    seen: int = 0
    """How many events there were for it."""

    def wants(self, type: str) -> bool:
        """Whether it is to be told of events of a type; nobody could ask for a type that is not known."""
        return self.disabled_reason is None and (self.events is None or type in self.events or type not in EVENT_TYPES)

    def state(self) -> dict[str, Any]:
        """What is shown of it: all but the secret."""
        told = self.model_dump(mode="json", exclude={"secret", "failing_since", "seen"})
        return {**told, "enabled": self.disabled_reason is None}


def new_endpoint(params: WebhookParams, id: str, created_at: datetime, seed: str) -> WebhookEndpoint:
    """The endpoint that is asked for, with a secret that is made of `seed` if none is given."""
    return WebhookEndpoint(
        id=id,
        url=params.url,
        events=None if params.events is None else tuple(params.events),
        secret=params.secret or new_secret(shake_128(f"{seed} {id}".encode()).digest(KEY_BYTES)),
        created_at=created_at,
        duplicate=params.duplicate,
        reorder=tuple(params.reorder),
        lose=tuple(params.lose),
        delay=params.delay,
        wrong_signature=params.wrong_signature,
        timestamp_age=params.timestamp_age,
    )


def new_secret(key: bytes) -> str:
    """A key as endpoints have it."""
    return PREFIX + b64encode(key).decode()


def selects(selectors: Iterable[int | str], index: int, type: str) -> bool:
    """Whether an event is meant, by its index or its type."""
    return any(each == index if isinstance(each, int) else each == type for each in selectors)
