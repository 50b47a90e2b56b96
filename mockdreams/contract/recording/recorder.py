"""A recording: what has been said so far, and the file that says so too."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

from mockdreams.contract.client.event_stream import fields_of
from mockdreams.contract.recording.cassette import (
    ENDED,
    UNFINISHED_HEAD,
    cassette_text,
    content_of,
    event_text,
    exchange_text,
    unfinished_event,
    unfinished_exchange,
)
from mockdreams.contract.recording.placeholders import Namer, named
from mockdreams.contract.recording.redaction import Redactor
from mockdreams.files import name_of

REQUEST_HEADERS = ("anthropic-version", "anthropic-beta", "anthropic-workspace-id", "content-type")
RESPONSE_HEADERS = ("content-type", "request-id", "anthropic-workspace-id", "retry-after", "x-should-retry", "allow")
_CURSORS = ("next_page", "prev_page")


class Recording:
    """Exchanges in the order in which they began. One without an answer leaves a gap in the numbers.

    What comes is appended to the file at once, with a mark at its end, so that a recording that is killed can be
    replayed as far as it came. At the end the file is written anew, in the order in which the exchanges began and
    with the ids named in the order of the file: it is the same whichever of two answers came first.
    """

    def __init__(self, path: Path, warn: Callable[[str], object]) -> None:
        """`warn` is told if nothing more can be appended. Raises OSError where nothing can be written."""
        self.path = path
        self._warn = warn
        self._masking = Redactor()
        self._begun = 0
        self._texts: dict[int, list[str]] = {}
        self._told: dict[int, int] = {}
        self._cursors: set[str] = set()
        self._lock = Lock()
        self._names = Namer(self._cursors)
        self._appending = True
        self._file = path.open("wb", buffering=0)
        self._file.write(UNFINISHED_HEAD.encode())

    def begin(self, headers: Mapping[str, str]) -> int:
        """The number of an exchange that begins now, with these headers."""
        self._masking.caller(_key(headers))
        self._begun += 1
        return self._begun

    async def add(
        self, number: int, request: dict[str, Any], response: dict[str, Any], *, stream: bool = False
    ) -> None:
        """Add an exchange that has been answered; the events of a stream may follow."""
        body = response.get("body")
        if isinstance(body, dict):
            self._cursors.update(body[key] for key in _CURSORS if isinstance(body.get(key), str))

        def write() -> None:
            clean = self._masking.clean
            text = exchange_text(number, clean(request), clean(response), stream=stream)
            self._texts[number] = [text]
            self._append(unfinished_exchange(text))

        self._told[number] = number
        await asyncio.shield(asyncio.to_thread(write))

    def add_event(self, number: int, block: bytes) -> None:
        """Add what came on a stream, unless it is a comment or a ping."""
        fields = fields_of(block.decode(errors="replace").splitlines())
        if not fields or fields.get("event") == "ping":
            return
        content = content_of(fields.get("data", "").encode())
        event: dict[str, Any] = {} if self._told[number] == self._begun else {"after": self._begun}
        event |= {"event": fields.get("event", ""), "data": content.get("body", content.get("text"))}
        self._told[number] = self._begun
        clean = self._masking.clean(event)
        self._texts[number].append(event_text(clean))
        self._append(unfinished_event(number, clean))

    def end(self, number: int) -> None:
        """The service has ended a stream."""
        self._texts[number].append(ENDED)
        self._append(unfinished_event(number, {"ended": True}))

    def finish(self) -> None:
        """Write the whole file anew. Raises OSError, and leaves it as it is."""
        self._file.close()
        text = "".join(text for _, texts in sorted(self._texts.items()) for text in texts)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.part")
        beside.write_text(cassette_text(named(text, self._cursors)), encoding="utf-8")
        os.replace(beside, self.path)

    def _append(self, item: str) -> None:
        with self._lock:
            if not self._appending:
                return
            try:
                left = memoryview(self._names.named(item).encode())
                while left:
                    left = left[self._file.write(left) :]
            except OSError as refused:
                self._appending = False
                told = f"cannot write to {name_of(self.path)}: {refused.strerror or refused}"
                self._warn(f"{told}; what is recorded from now on is written at the end")

    def request(self, method: str, path: str, query: str, headers: Mapping[str, str], raw: bytes) -> dict[str, Any]:
        """What is kept of a request."""
        caller = self._masking.caller(_key(headers))
        kept: dict[str, Any] = {"method": method, "path": path}
        if query:
            kept["query"] = self._query(query)
        if caller:
            kept["key"] = caller
        return kept | _headers(headers, REQUEST_HEADERS) | content_of(raw)

    def response(self, status: int, headers: Mapping[str, str], raw: bytes) -> dict[str, Any]:
        """What is kept of an answer."""
        return {"status": status} | _headers(headers, RESPONSE_HEADERS) | content_of(raw)

    def _query(self, query: str) -> dict[str, Any] | str:
        """The parameters by name, one that is repeated as a list; the text itself where it is not in UTF-8."""
        try:
            pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            return query
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        self._cursors.update(value for value in values.get("page", ()) if value.startswith("page_"))
        return {name: each[0] if len(each) == 1 else each for name, each in values.items()}


def _key(headers: Mapping[str, str]) -> str | None:
    return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ") or None


def _headers(headers: Mapping[str, str], kept: tuple[str, ...]) -> dict[str, Any]:
    found = {name: headers[name] for name in kept if name in headers}
    return {"headers": found} if found else {}
