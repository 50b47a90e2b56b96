"""Server-sent events, read by hand."""

import json
import re
import socket
import time
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

import httpx2

from mockdreams.contract.client.answers import RuleViolation

MOST_EVENTS = 100_000
MOST_BYTES = 16 * 1024 * 1024
"""Of one event."""
_END = re.compile("\r?\n")


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
        self._heard = time.monotonic()
        self._events = 0

    def frames(self) -> Iterator[SseFrame]:
        """The events, without comments and pings, until the stream ends.

        Raises StreamTimeout, and RuleViolation for a stream that has no end.
        """
        lines: list[str] = []
        size = 0
        for line in self._lines:
            if line:
                lines.append(line)
                size += len(line)
                _check_size(size)
                continue
            frame = _frame(tuple(lines)) if lines else None
            lines, size = [], 0
            if frame is not None:
                self._events += 1
                if self._events > MOST_EVENTS:
                    raise RuleViolation(f"the stream does not end: it had more than {MOST_EVENTS} events")
                yield frame
                self._heard = time.monotonic()

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

    @cached_property
    def _lines(self) -> Iterator[str]:
        """The lines, which end as the standard says; `frames` may be called again and goes on where it was."""
        return self._read()

    def _read(self) -> Iterator[str]:
        rest = ""
        decode = getincrementaldecoder("utf-8")("replace").decode
        try:
            for part in self._response.iter_bytes():
                *lines, rest = _END.split(rest + decode(part))
                _check_size(len(rest))
                yield from lines
                if time.monotonic() - self._heard > self._seconds:
                    raise StreamTimeout
        except httpx2.ReadTimeout:
            raise StreamTimeout from None
        if rest:
            yield rest


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise RuleViolation(f"an event of the stream is longer than {MOST_BYTES} bytes")


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
