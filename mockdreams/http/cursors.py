"""Page cursors: opaque to callers, useless for any list but the one that gave them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, TypeAlias

from mockdreams.wire.errors import invalid, shortened
from mockdreams.world.sessions.event_keys import UNPROCESSED, Key

Position: TypeAlias = int | str | list[int | str]
_PREFIX = "page_"
_DIGEST_BYTES = 6
_MOST = 2**63
_LONGEST = 16 * 1024
"""Of a cursor; the longest position is a path of 1,024 characters."""
_EPOCH = datetime.fromtimestamp(0, UTC)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


def encode(listing: str, position: Position) -> str:
    """A cursor for what follows `position` in `listing`."""
    payload = json.dumps(position, separators=(",", ":")).encode()
    return _PREFIX + urlsafe_b64encode(_digest(listing, payload) + payload).decode().rstrip("=")


def decode(listing: str, cursor: str, valid: Callable[[Any], bool], turned: str = "") -> Any:
    """The position in a cursor of `listing`. Raises ServiceError (400) for any other text.

    Whoever knows how cursors are made can make one around anything: `valid` says whether it is a position. `turned` is
    the same list in the other order.
    """
    if len(cursor) > _LONGEST:
        raise _refused(cursor)
    try:
        raw = urlsafe_b64decode(cursor.removeprefix(_PREFIX) + "==")
    except ValueError:
        raise _refused(cursor) from None
    digest, payload = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if turned and digest == _digest(turned, payload):
        raise invalid("page token order does not match request", rule="session-list-cursor-order-400")
    if not cursor.startswith(_PREFIX) or digest != _digest(listing, payload):
        raise _refused(cursor)
    try:
        position = json.loads(payload)
    except (ValueError, RecursionError):
        raise _refused(cursor) from None
    if not valid(position):
        raise _refused(cursor)
    return position


def is_place(position: Any) -> bool:
    """Whether it is a place in a table."""
    return type(position) is int and 0 <= position < _MOST


def is_item(position: Any) -> bool:
    """Whether it is the place of a memory, or the path of a directory, in a list of both."""
    return isinstance(position, str) or is_place(position)


def is_key(position: Any) -> bool:
    """Whether it is the place of an event: when it was processed (-1: not yet), and its arrival."""
    match position:
        case [at, arrival]:
            return is_place(arrival) and (at == -1 or is_moment(at))
    return False


def is_moment(micros: Any) -> bool:
    """Whether it is a moment in microseconds since the epoch."""
    return is_place(micros) and micros <= _LAST


def key_position(key: Key) -> Position:
    """The place of an event as JSON: microseconds since the epoch (-1: unprocessed) and the arrival."""
    return [-1 if key[0] == UNPROCESSED else to_micros(key[0]), key[1]]


def key(position: list[int] | None) -> Key | None:
    if position is None:
        return None
    at, arrival = position
    return (UNPROCESSED if at < 0 else from_micros(at), arrival)


def to_micros(at: datetime) -> int:
    """Microseconds since the epoch."""
    return round((at - _EPOCH) / timedelta(microseconds=1))


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _digest(listing: str, payload: bytes) -> bytes:
    return blake2b(listing.encode() + b"\0" + payload, digest_size=_DIGEST_BYTES).digest()


def _refused(cursor: str) -> Exception:
    return invalid(
        "invalid page cursor",
        hint=f"`{shortened(cursor, 40)}` is not a cursor that this list gave",
        rule="cursor-foreign-400",
    )
