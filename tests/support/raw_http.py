"""A connection on which HTTP is written by hand."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple
from urllib.parse import urlsplit

from mockdreams import MockDreams
from tests.support.helpers import HANG_GUARD

BETAS = "managed-agents-2026-04-01,dreaming-2026-04-21"
BODY = b'{"name":"x"}'


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """The message of the service's error envelope."""
        envelope = json.loads(self.body)
        assert set(envelope) == {"type", "error", "request_id"}
        message = envelope["error"]["message"]
        assert isinstance(message, str)
        return message


class Connection:
    """A connection on which bytes are written as they are given."""

    def __init__(self, mock: MockDreams) -> None:
        url = urlsplit(mock.url)
        self.host = url.netloc.encode()
        self._key = mock.api_key
        self._socket = socket.create_connection((url.hostname, url.port), timeout=HANG_GUARD)
        self._file: BinaryIO = self._socket.makefile("rb")

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def head(self, line: bytes, *more: bytes) -> bytes:
        given = b"Host: %b\r\nx-api-key: %b\r\n" % (self.host, self._key.encode())
        given += b"anthropic-version: 2023-06-01\r\nanthropic-beta: %b\r\n" % BETAS.encode()
        return line + b"\r\n" + given + b"".join(more) + b"\r\n"

    def post(self, *more: bytes) -> bytes:
        return self.head(b"POST /v1/memory_stores HTTP/1.1", b"Content-Length: %d\r\n" % len(BODY), *more) + BODY

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self._socket.sendall(part)

    def receive(self, *, body: bool = True) -> Answer:
        """The next answer. Fails the test if the connection is closed instead."""
        status = self._file.readline()
        assert status.startswith(b"HTTP/1.1 "), status
        headers: dict[str, str] = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        size = int(headers.get("content-length", 0)) if body else 0
        return Answer(int(status.split()[1]), headers, self._file.read(size))

    def ask(self, *parts: bytes) -> Answer:
        self.send(*parts)
        return self.receive()

    def ended(self) -> bool:
        """Whether the server has closed, with nothing more to read."""
        return self._file.read() == b""


@contextmanager
def connected(mock: MockDreams) -> Iterator[Connection]:
    connection = Connection(mock)
    try:
        yield connection
    finally:
        connection.close()
