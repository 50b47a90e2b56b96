"""A recording: what has been said so far, and the file that says so too."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from mockdreams.contract.client.event_stream import fields_of
from mockdreams.contract.recording.cassette import ENDED, cassette_text, content_of, event_text, exchange_text
from mockdreams.contract.recording.placeholders import named
from mockdreams.contract.recording.redaction import Redactor

REQUEST_HEADERS = ("anthropic-version", "anthropic-beta", "anthropic-workspace-id", "content-type")
RESPONSE_HEADERS = ("content-type", "request-id", "anthropic-workspace-id", "retry-after", "x-should-retry", "allow")
_CURSORS = ("next_page", "prev_page")


class Recording:
    """Exchanges in the order in which they began. One without an answer leaves a gap in the numbers.

    The file is whole at any time: it is replaced after each exchange and each event. Ids get their names only as the
    file is written, in the order of the file, so that it is the same whichever of two answers came first.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError where nothing can be written."""
        self.path = path
        self._masking = Redactor()
        self._begun = 0
        self._texts: dict[int, list[str]] = {}
        self._told: dict[int, int] = {}
        self._cursors: set[str] = set()
        self._stale = False
        self._lock = asyncio.Lock()
        self._saves: set[asyncio.Task[None]] = set()
        self.write()

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
        clean = self._masking.clean
        text = await asyncio.to_thread(exchange_text, number, clean(request), clean(response), stream=stream)
        self._texts[number] = [text]
        self._told[number] = number

    def add_event(self, number: int, block: bytes) -> None:
        """Add what came on a stream, unless it is a comment or a ping."""
        fields = fields_of(block.decode(errors="replace").splitlines())
        if not fields or fields.get("event") == "ping":
            return
        content = content_of(fields.get("data", "").encode())
        event: dict[str, Any] = {} if self._told[number] == self._begun else {"after": self._begun}
        event |= {"event": fields.get("event", ""), "data": content.get("body", content.get("text"))}
        self._told[number] = self._begun
        self._texts[number].append(event_text(self._masking.clean(event)))

    def end(self, number: int) -> None:
        """The service has ended a stream."""
        self._texts[number].append(ENDED)

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

    def save(self) -> asyncio.Task[None]:
        """Have the file written; several calls at a time are one write."""
        self._stale = True
        task = asyncio.ensure_future(self._save())
        self._saves.add(task)
        task.add_done_callback(self._saves.discard)
        return task

    def write(self) -> None:
        """Write the file. Raises OSError."""
        self._replace(self._text())

    async def _save(self) -> None:
        async with self._lock:
            if self._stale:
                self._stale = False
                await asyncio.to_thread(self._replace, self._text())

    def _text(self) -> str:
        return "".join(text for _, texts in sorted(self._texts.items()) for text in texts)

    def _replace(self, text: str) -> None:
        beside = self.path.with_name(f".{self.path.name}.part")
        beside.write_text(cassette_text(named(text, self._cursors)), encoding="utf-8")
        os.replace(beside, self.path)

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
