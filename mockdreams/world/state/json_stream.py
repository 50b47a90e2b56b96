"""JSON of any size, read and written in small pieces.

Python's own parser and writer hold the interpreter for as long as a document takes them: in a server every other
request waits. Here they are only ever given a piece that takes them a fraction of a millisecond.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from json.encoder import encode_basestring
from typing import Any

from mockdreams.files import finite
from mockdreams.freeing import let_go

WINDOW = 16 * 1024
"""Characters that are parsed at a stroke; only a longer text makes them more."""
_LEAST = 8
"""What a value counts that has no length."""
_WHITESPACE = " \t\n\r"
_scan = json.JSONDecoder(parse_float=finite, parse_constant=finite).raw_decode
_encode = json.JSONEncoder(ensure_ascii=False).encode


def parse(chunks: Iterable[bytes]) -> Any:
    """The value of a document that comes in chunks. Raises ValueError (RecursionError if it is too deep)."""
    reader = _ChunkReader(chunks)
    value = reader.value()
    if reader.next_char():
        raise ValueError("there is more after the end of the JSON")
    return value


def dump(value: Any) -> list[bytes]:
    """A value as JSON in UTF-8, in chunks; the same bytes as Python's own writer makes."""
    writer = _Writer()
    writer.write(value)
    writer.flush()
    return writer.chunks


def dump_by_item(value: dict[str, Any]) -> list[bytes]:
    """`dump`, of an object whose lists may be long: each item is taken out of its list once it is written."""
    writer, opening = _Writer(), "{"
    for key, part in value.items():
        writer.add(f"{opening}{encode_basestring(key)}: ")
        opening = ", "
        if isinstance(part, list):
            writer.add("[")
            for index in range(len(part)):
                item, part[index] = [part[index]], None
                writer.add(", " if index else "")
                writer.write(item[0])
                let_go(item)
            writer.add("]")
        else:
            writer.write(part)
    writer.add("}" if value else "{}")
    writer.flush()
    return writer.chunks


def is_short(value: Any) -> bool:
    """Whether Python's own writer writes it in a fraction of a millisecond."""
    size, waiting = 0, [value]
    while waiting and size < WINDOW:
        each = waiting.pop()
        size += _LEAST
        if isinstance(each, str):
            size += len(each)
        elif isinstance(each, dict | list):
            size += len(each)
            if size < WINDOW:
                waiting.extend(each)
                waiting.extend(each.values() if isinstance(each, dict) else ())
    return size < WINDOW


def discard(value: Any) -> None:
    """Take a value of JSON apart, container by container: Python frees a large one at a stroke."""
    waiting = [] if is_short(value) else [value]
    while waiting:
        container = waiting.pop()
        if isinstance(container, dict):
            waiting.extend(container.values())
            container.clear()
        elif isinstance(container, list):
            waiting.extend(container)
            container.clear()


class _ChunkReader:
    """A window on a text that moves from value to value."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._chunks = _pieces(chunks)
        self._window = ""
        self._at = 0
        self._ended = False
        self._fill()
        self._window = self._window.removeprefix("\ufeff")

    def value(self) -> Any:
        """The next value: all of it at once where it lies in the window, or else part by part."""
        first = self.next_char()
        if not self._ended and len(self._window) - self._at < WINDOW // 4:
            self._fill()
        while True:
            try:
                value, end = _scan(self._window, self._at)
            except json.JSONDecodeError:
                if self._ended:
                    raise ValueError("the body is not valid JSON") from None
            else:
                if end < len(self._window) or self._ended:
                    self._at = end
                    return value
            if first == "{":
                return self._object()
            if first == "[":
                return self._list()
            self._fill()

    def next_char(self) -> str:
        """The next character that is no whitespace, which is not taken; empty at the end."""
        while True:
            while self._at < len(self._window):
                if self._window[self._at] not in _WHITESPACE:
                    return self._window[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._fill()

    def _object(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self._at += 1
        if self.next_char() == "}":
            self._at += 1
            return made
        while True:
            if self.next_char() != '"':
                raise ValueError("the body is not valid JSON")
            key = self._text()
            self._take(":")
            made[key] = self.value()
            if self._more("}"):
                return made

    def _list(self) -> list[Any]:
        made: list[Any] = []
        self._at += 1
        if self.next_char() == "]":
            self._at += 1
            return made
        while True:
            made.append(self.value())
            if self._more("]"):
                return made

    def _text(self) -> str:
        while True:
            try:
                text, self._at = _scan(self._window, self._at)
            except json.JSONDecodeError:
                if self._ended:
                    raise ValueError("the body is not valid JSON") from None
                self._fill()
            else:
                return str(text)

    def _more(self, end: str) -> bool:
        """Take the comma, or the end. Whether it was the end."""
        if self.next_char() == end:
            self._at += 1
            return True
        self._take(",")
        return False

    def _take(self, char: str) -> None:
        if self.next_char() != char:
            raise ValueError("the body is not valid JSON")
        self._at += 1

    def _fill(self) -> None:
        """Forget what was read, and see more."""
        parts, size = [self._window[self._at :]], len(self._window) - self._at
        wanted = max(WINDOW, 2 * size)
        while size < wanted and not self._ended:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            parts.append(self._decoder.decode(chunk or b"", final=chunk is None))
            size += len(parts[-1])
        self._window, self._at = "".join(parts), 0


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), WINDOW):
            yield chunk[start : start + WINDOW]


class _Writer:
    """Chunks of a document."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self._parts: list[str] = []
        self._size = 0

    def write(self, value: Any) -> None:
        if isinstance(value, str):
            self._write_text(value)
        elif is_short(value):
            self.add(_encode(value))
        elif isinstance(value, dict):
            self.add("{")
            for index, (key, item) in enumerate(value.items()):
                self.add(f"{', ' if index else ''}{encode_basestring(key)}: ")
                self.write(item)
            self.add("}")
        else:
            self.add("[")
            for index, item in enumerate(value):
                if index:
                    self.add(", ")
                self.write(item)
            self.add("]")

    def _write_text(self, text: str) -> None:
        if len(text) <= WINDOW:
            self.add(encode_basestring(text))
            return
        self.add('"')
        for start in range(0, len(text), WINDOW):
            self.add(encode_basestring(text[start : start + WINDOW])[1:-1])
        self.add('"')

    def flush(self) -> None:
        self.chunks.append("".join(self._parts).encode(errors="backslashreplace"))
        self._parts.clear()
        self._size = 0

    def add(self, text: str) -> None:
        self._parts.append(text)
        self._size += len(text)
        if self._size >= WINDOW:
            self.flush()
