"""Query strings: each parameter as its type, or the service's words for what is wrong with it."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import parse_qsl

from mockdreams.http import cursors
from mockdreams.patterns import lazy_pattern
from mockdreams.wire.base import remembered
from mockdreams.wire.errors import ServiceError, expected_one_of, invalid, shortened
from mockdreams.wire.memory import View
from mockdreams.world.core.tables import TimeRange
from mockdreams.world.sessions.event_keys import Key

_TIME = lazy_pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
"""RFC 3339; the standard library takes more."""
_INTEGER = lazy_pattern(r"-?[0-9]{1,19}")
_MOST = 2**63
MAX_LIMIT = 100
DEFAULT_LIMIT = 20
LONG_LIMIT = 1000
"""The most of the lists whose items are small, and where the refusal of any limit changes its words."""
MAX_PREVIEWS = 100
_VIEWS: tuple[str, ...] = get_args(View)
Bound: TypeAlias = Literal["gt", "gte", "lt", "lte"]
BOUNDS: tuple[Bound, ...] = get_args(Bound)
"""The bounds of a creation time."""


class Query:
    """The parameters of one request. Every method raises ServiceError (400) for a value that is not one."""

    def __init__(self, query_string: bytes) -> None:
        self._raw = query_string
        self.begins: datetime | None = None

    @remembered
    def _pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self._raw.decode("latin-1"), keep_blank_values=True) if self._raw else []

    def text(self, name: str) -> str | None:
        return next((value for key, value in self._pairs if key == name), None)

    def texts(self, name: str) -> list[str]:
        """A repeated parameter, with or without brackets."""
        return [value for key, value in self._pairs if key in (name, f"{name}[]")]

    def integer(self, name: str, *, least: int | None = None) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value) or not -_MOST <= int(value) < _MOST:
            raise _bad(name, value)
        if least is not None and int(value) < least:
            raise invalid(f"{name}: value must be greater than or equal to {least}")
        return int(value)

    def limit(self, *, default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT, ceiling: int = LONG_LIMIT) -> int:
        """The page size. Beyond `ceiling` the service words its refusal differently."""
        limit = self.integer("limit")
        if limit is None:
            return default
        if limit > ceiling:
            raise invalid(
                f"limit: must be greater than or equal to 1 and less than or equal to {ceiling}",
                rule="memory-list-limit-1001-400",
            )
        if not 1 <= limit <= most:
            raise invalid(
                f"limit: value must be greater than or equal to 1 and less than or equal to {most}",
                rule="memory-list-limit-400",
            )
        return limit

    def flag(self, name: str) -> bool:
        return self.optional_flag(name) is True

    def optional_flag(self, name: str) -> bool | None:
        """A flag that is neither on nor off when it is left out."""
        value = self.text(name)
        if value is not None and value not in ("true", "false"):
            raise invalid(
                f'Failed to parse request body: invalid value for bool field {name}: "{shortened(value)}"',
                rule="deployment-run-list-has-error-400 flag-malformed-400",
            )
        return None if value is None else value == "true"

    def choices(self, name: str, allowed: frozenset[str]) -> frozenset[str]:
        """A repeated parameter, each of whose values is one of a few."""
        values = self.texts(name)
        for index, value in enumerate(values):
            if value not in allowed:
                raise _bad(f"{name}[{index}]", value, allowed)
        return frozenset(values)

    def choice(self, name: str, *allowed: str) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            raise _bad(name, value, allowed)
        return value

    def view(self, default: View) -> View:
        value = self.choice("view", *_VIEWS) if self._raw else None
        return default if value is None else "full" if value == "full" else "basic"

    def window(self, *bounds: Bound) -> TimeRange:
        """`created_at[gt]` and so on, as far as the list knows them."""
        window = TimeRange(**{bound: self._time(f"created_at[{bound}]") for bound in bounds})
        self.begins = window.gt or window.gte
        return window

    def check_keys(self, *known: str) -> None:
        """Refuse a parameter that is none of `known`, as lists of events do."""
        for key, _ in self._pairs:
            if key != "beta" and key.removesuffix("[]") not in known:
                expected = ", ".join(sorted(known))
                raise invalid(
                    f'Failed to parse request: unknown query parameter "{shortened(key)}"; expected one of {expected}',
                    rule="events-list-unknown-key-400",
                )

    def position(self, listing: str, valid: Callable[[Any], bool], turned: str = "") -> Any:
        """Where the page begins, from a cursor of this very `listing`, with a `valid` position.

        `turned` is the same list in the other order.
        """
        cursor = self.text("page")
        return None if not cursor else cursors.decode(listing, cursor, valid, turned)

    def key(self, listing: str, turned: str = "") -> Key | None:
        """`position`, for lists of events."""
        return cursors.key(self.position(listing, cursors.is_key, turned))

    def previews(self, allowed: tuple[str, ...]) -> frozenset[str]:
        """The types of event that a stream is to preview."""
        values = [value for key, value in self._pairs if key in ("event_deltas", "event_deltas[]")]
        if len(values) > MAX_PREVIEWS:
            raise invalid(f"event_deltas: must contain no more than {MAX_PREVIEWS} item(s)", rule="stream-deltas-100")
        return self.choices("event_deltas", frozenset(allowed))

    def place(self, listing: str) -> int | None:
        """`position`, for lists whose positions are places in a table."""
        position: int | None = self.position(listing, cursors.is_place)
        return position

    def _time(self, name: str) -> datetime | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            if _TIME.fullmatch(value):
                return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise _bad(name, value)


def _bad(name: str, value: str, allowed: Iterable[str] = ()) -> ServiceError:
    """For one of a few, the service says which there are."""
    return invalid(
        f'Failed to parse request: {name}: "{shortened(value)}" is not a valid value{expected_one_of(allowed)}',
        rule="limit-not-a-number-400 time-malformed-400 version-operation-unknown-400 "
        "dream-list-status-unknown-400 memory-view-unknown-400 events-list-type-unknown-400 "
        "stream-deltas-unknown-400",
    )
