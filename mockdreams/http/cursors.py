"""Page cursors: opaque to callers, useless for any list but the one that gave them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TypeAlias

from mockdreams.wire.errors import invalid, shortened
from mockdreams.world.transcripts import UNPROCESSED, Key

Position: TypeAlias = int | str | list[int | str]
_PREFIX = "page_"
_DIGEST_BYTES = 6
_EPOCH = datetime.fromtimestamp(0, UTC)


def encode(listing: str, position: Position) -> str:
    """A cursor for what follows `position` in `listing`."""
    payload = json.dumps(position, separators=(",", ":")).encode()
    return _PREFIX + urlsafe_b64encode(_digest(listing, payload) + payload).decode().rstrip("=")


def decode(listing: str, cursor: str) -> Position:
    """The position in a cursor of `listing`. Raises ServiceError (400) for any other text."""
    try:
        raw = urlsafe_b64decode(cursor.removeprefix(_PREFIX) + "==")
    except ValueError:
        raise _refused(cursor) from None
    digest, payload = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if not cursor.startswith(_PREFIX) or digest != _digest(listing, payload):
        raise _refused(cursor)
    position: Position = json.loads(payload)
    return position


def key_position(key: Key) -> Position:
    """The place of an event as JSON: microseconds since the epoch (-1: unprocessed) and the arrival."""
    return [-1 if key[0] == UNPROCESSED else micros(key[0]), key[1]]


def key(position: Position | None) -> Key | None:
    if position is None:
        return None
    assert isinstance(position, list)
    at, arrival = (int(number) for number in position)
    return (UNPROCESSED if at < 0 else moment(at), arrival)


def micros(at: datetime) -> int:
    """Microseconds since the epoch."""
    return round((at - _EPOCH) / timedelta(microseconds=1))


def moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _digest(listing: str, payload: bytes) -> bytes:
    return blake2b(listing.encode() + b"\0" + payload, digest_size=_DIGEST_BYTES).digest()


def _refused(cursor: str) -> Exception:
    return invalid(
        f"page: `{shortened(cursor, 40)}` is not a valid cursor for this list",
        rule="cursor-foreign-400 session-list-cursor-order-400",
    )
