"""Server-sent events, read by hand."""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import httpx2

from mockdreams.contract.client.answers import RuleViolation


class StreamTimeout(Exception):
    """Nothing came on a stream for as long as the reader was willing to wait."""


class SseFrame(NamedTuple):
    """One event: its name, its data, and its lines as they came."""

    event: str
    data: Any
    lines: tuple[str, ...]


class TargetStream:
    """An open stream. `headers` are those of the answer; silence of so many `seconds` ends the reading."""

    def __init__(self, response: httpx2.Response, seconds: float) -> None:
        self.headers = response.headers
        self._response = response
        self._seconds = seconds
        self._lines = response.iter_lines()

    def frames(self) -> Iterator[SseFrame]:
        """The events, without comments and pings, until the stream ends. Raises SilenceError."""
        lines: list[str] = []
        heard = time.monotonic()
        for line in self._read():
            if line:
                lines.append(line)
            elif lines:
                frame = _frame(tuple(lines))
                lines = []
                if frame is not None:
                    yield frame
                    heard = time.monotonic()
            if time.monotonic() - heard > self._seconds:
                raise StreamTimeout

    def close(self) -> None:
        """End the reading from another thread: whoever reads meets the end of the connection."""
        with suppress(OSError):
            self._response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def until(self, type: str) -> list[SseFrame]:
        """The events up to the first of this type. Raises BrokenError if there is none."""
        seen = []
        with suppress(StreamTimeout):
            for frame in self.frames():
                seen.append(frame)
                if frame.event == type:
                    return seen
        raise RuleViolation(f"the stream ended or fell silent before {type}; it had {[frame.event for frame in seen]}")

    def _read(self) -> Iterator[str]:
        try:
            yield from self._lines
        except httpx2.ReadTimeout:
            raise StreamTimeout from None


def fields_of(lines: Iterable[str]) -> dict[str, str]:
    """The fields of an event by name, without comments; several lines of data are joined."""
    values: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name:
            values[name] = f"{values[name]}\n{value}" if name == "data" and name in values else value
    return values


def _frame(lines: tuple[str, ...]) -> SseFrame | None:
    values = fields_of(lines)
    if not values or values.get("event") == "ping":
        return None
    data = values.get("data", "")
    try:
        return SseFrame(values.get("event", ""), json.loads(data), lines)
    except ValueError:
        raise RuleViolation(f"the data of an event is not JSON: {data[:200]!r}") from None
