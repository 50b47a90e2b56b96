"""The journal: every request of a world and what it was answered, oldest first."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl

from mockdreams.http.matching import check_match, compile_match
from mockdreams.secrets import mask_json, mask_text, secrets_of
from mockdreams.wire.errors import invalid

KEPT = 10_000
KEPT_BYTES = 64 * 1024 * 1024
"""The oldest entries are forgotten beyond either, so that a long-running server does not grow."""
KEPT_TOGETHER_BYTES = 4 * KEPT_BYTES
"""What the journals of all keys of a server may keep; the one that was quiet the longest forgets first."""
ENTRY_BYTES = 500
"""What an entry takes beside its texts."""


Note: TypeAlias = tuple[Any, ...]
"""The fields of a `RecordedExchange`."""
Answerer: TypeAlias = Literal["world", "stub", "fault", "upstream"]
"""Who answered a request; a refusal of the service's is the world's."""


class Exchange:
    """One request and its answer. Secrets are masked; of long ones the end is shown."""

    method: str
    """`"GET"` and so on."""
    path: str
    """Without the query."""
    query: dict[str, str | list[str]]
    """Parameters by name; a repeated one is a list."""
    headers: dict[str, str]
    """The request's headers."""
    body: Any
    """The request's body: JSON if it is that, else text; None if there was none. Of a form its fields, and of its files
    what they are called and how large they are."""
    status: int | None
    """None if the connection broke before an answer."""
    response: Any
    """The answer's body, likewise; None for a stream."""
    at: datetime
    """Virtual time."""
    hint: str | None
    """What the service would not tell: why it was refused."""
    by: Answerer
    """Who answered: `world`, `stub`, `fault` or `upstream`. A refusal of the service's own is the world's."""

    @property
    def call(self) -> str:
        """`"METHOD /path"`."""
        return f"{self.method} {self.path}"

    def state(self) -> dict[str, Any]:
        """The same as JSON, as the control API shows it."""
        names = ("method", "path", "query", "headers", "body", "status", "response", "hint", "by")
        at = self.at.isoformat().replace("+00:00", "Z")
        return {**{name: getattr(self, name) for name in names}, "at": at}

    def __str__(self) -> str:
        outcome = "no answer" if self.status is None else str(self.status)
        return f"{self.call} -> {outcome}" + (f" ({self.hint})" if self.hint else "")

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True, repr=False)
class RecordedExchange(Exchange):
    """An exchange as it travelled; it is read when somebody asks."""

    method: str
    raw_path: str
    raw_query: bytes
    raw_headers: dict[bytes, bytes]
    raw_body: bytes
    status: int | None
    raw_response: bytes
    at: datetime
    raw_hint: str | None = None
    by: Answerer = "world"

    @cached_property
    def path(self) -> str:  # type: ignore[override]
        return self._masked_text(self.raw_path)

    @cached_property
    def query(self) -> dict[str, str | list[str]]:  # type: ignore[override]
        pairs: dict[str, str | list[str]] = {}
        for name, value in parse_qsl(self.raw_query.decode("latin-1"), keep_blank_values=True):
            before = pairs.get(name)
            pairs[name] = value if before is None else [*([before] if isinstance(before, str) else before), value]
        return self._masked(pairs)  # type: ignore[no-any-return]

    @cached_property
    def headers(self) -> dict[str, str]:  # type: ignore[override]
        return self._masked(self._headers)  # type: ignore[no-any-return]

    @cached_property
    def body(self) -> Any:
        return self._masked(_read(self.raw_body))

    @cached_property
    def response(self) -> Any:
        return self._masked(_read(self.raw_response))

    @cached_property
    def hint(self) -> str | None:  # type: ignore[override]
        return None if self.raw_hint is None else self._masked_text(self.raw_hint)

    @cached_property
    def _headers(self) -> dict[str, str]:
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.raw_headers.items()}

    @cached_property
    def _known(self) -> list[str]:
        return secrets_of(self._headers)

    def _masked(self, value: Any) -> Any:
        return mask_json(value, text=self._masked_text)

    def _masked_text(self, text: str) -> str:
        return mask_text(text, known=self._known)


class Space:
    """What the journals of one server may keep together."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.bytes = 0
        self.total = 0
        """How many exchanges were ever noted in any of them."""
        self.journals: dict[Journal, None] = {}
        """Those that keep anything, the quietest first."""
        self.latest: Journal | None = None
        """The last of those."""


class Journal:
    """The exchanges of one world; noting one costs next to nothing, reading it is paid for by whoever reads.

    Any thread may call anything.
    """

    def __init__(self, space: Space | None = None) -> None:
        self._space = space or Space()
        self._notes: deque[tuple[int, Note]] = deque()
        """Each with what it takes."""
        self._headers: dict[bytes, bytes] = {}
        """Those of the newest, which the next ones often are too, and what they take."""
        self._head_size = 0
        self._bytes = 0
        self.total = 0
        """How many were ever noted; the newest has this number."""

    def __iter__(self) -> Iterator[Exchange]:
        return (RecordedExchange(*note) for note in self.notes)

    def __len__(self) -> int:
        return len(self._notes)

    def add(self, *note: Any) -> None:
        """Note an exchange; the arguments are those of `RecordedExchange`."""
        headers, space = note[3], self._space
        with space.lock:
            if headers is not self._headers:
                self._headers, self._head_size = headers, _head_size(headers)
            size = _size_beside_head(note) + self._head_size
            self._notes.append((size, note))
            self.total += 1
            space.total += 1
            self._bytes += size
            space.bytes += size
            if space.latest is not self:
                self._come_last()
            if len(self._notes) > KEPT or self._bytes > KEPT_BYTES or space.bytes > KEPT_TOGETHER_BYTES:
                self._forget_beyond_limits()

    def select(self, match: str | None = None, status: int | None = None) -> list[Exchange]:
        """The exchanges whose call is `match` ("METHOD /path/with/*") and whose answer had `status`.

        Raises ServiceError (400) for what matches no call.
        """
        return list(selected(self, match, status))

    def newest_first(self, before: int | None = None) -> Iterator[tuple[int, RecordedExchange]]:
        """Each exchange with its number, from the one before the number `before` backward."""
        with self._space.lock:
            notes, total = tuple(self._notes), self.total
        skipped = 0 if before is None else max(0, total - before + 1)
        for index in range(len(notes) - 1 - skipped, -1, -1):
            yield total - len(notes) + index + 1, RecordedExchange(*notes[index][1])

    def get(self, number: int) -> RecordedExchange | None:
        """The exchange of that number, if it is still kept."""
        return next((exchange for found, exchange in self.newest_first(number + 1) if found == number), None)

    def clear(self) -> None:
        with self._space.lock:
            while self._notes:
                self._forget_oldest()

    def detach(self) -> None:
        """Count for the others no more: its world is forgotten."""
        with self._space.lock:
            self._space.bytes -= self._bytes
            self._leave()
            self._space = Space()
            self._space.bytes = self._bytes

    @property
    def notes(self) -> tuple[Note, ...]:
        """Each exchange as it was noted."""
        with self._space.lock:
            return tuple([note for _, note in self._notes])

    @property
    def bytes(self) -> int:
        """What it keeps."""
        return self._bytes

    def _come_last(self) -> None:
        """Of all that keep anything, this one has noted something last."""
        self._space.journals.pop(self, None)
        self._space.journals[self] = None
        self._space.latest = self

    def _forget_beyond_limits(self) -> None:
        while len(self._notes) > KEPT or self._bytes > KEPT_BYTES:
            self._forget_oldest()
        while self._space.bytes > KEPT_TOGETHER_BYTES:
            next(iter(self._space.journals))._forget_oldest()

    def _forget_oldest(self) -> None:
        size, _ = self._notes.popleft()
        self._bytes -= size
        self._space.bytes -= size
        if not self._notes:
            self._leave()

    def _leave(self) -> None:
        """Keep nothing that counts for the others."""
        self._space.journals.pop(self, None)
        if self._space.latest is self:
            self._space.latest = None


def selected(exchanges: Iterable[Exchange], match: str | None = None, status: int | None = None) -> Iterator[Exchange]:
    """Those of the exchanges that `Journal.select` finds. Raises ServiceError (400)."""
    try:
        pattern = compile_match(check_match(match)) if match else None
    except ValueError as refused:
        raise invalid(f"match: {refused}") from None
    return (
        exchange
        for exchange in exchanges
        if status in (None, exchange.status) and (pattern is None or pattern.fullmatch(exchange.call))
    )


def note_size(note: Note) -> int:
    """What an exchange takes."""
    return _head_size(note[3]) + _size_beside_head(note)


def _head_size(headers: dict[bytes, bytes]) -> int:
    return len(b"".join([*headers, *headers.values()]))


def _size_beside_head(note: Note) -> int:
    return ENTRY_BYTES + len(note[1]) + len(note[2]) + len(note[4]) + len(note[6])


def _read(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")
