"""An answer that comes before the whole body is heard by a client that writes all of it before it reads."""

from collections.abc import Iterator

import pytest

from mockdreams import MockDreams
from mockdreams.http import lingering, protocol
from tests.support.raw_http import Connection, connected

MEBIBYTE = 1024 * 1024
SIZE = 8 * MEBIBYTE
"""More than what sockets keep of it for a server that does not read."""
LENGTH = b"Content-Length: %d\r\n" % SIZE
CLOSE = b"Connection: close\r\n"
POST = b"POST /v1/memory_stores HTTP/1.1\r\n"


@pytest.fixture
def connection(mockdreams: MockDreams) -> Iterator[Connection]:
    with connected(mockdreams) as connection:
        yield connection


def host(connection: Connection) -> bytes:
    return b"Host: %b\r\n" % connection.host


@pytest.mark.parametrize("close", [b"", CLOSE], ids=["kept alive", "closed"])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"POST /v1/memory_stores HTTP/1.1\r\nHost: evil.example\r\n", 403),
        (b"POST /v1/memory_stores HTTP/1.1\r\nHost: localhost\r\n", 401),
        (b"POST /v1/nothing HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"POST /v1/memory_stores HTTP/1.0\r\n", 401),
        (b"POST /_mockdreams/reset HTTP/1.1\r\nHost: localhost\r\n", 401),
        (b"PATCH /_mockdreams/health HTTP/1.1\r\nHost: localhost\r\n", 405),
    ],
    ids=["host", "key", "path", "HTTP/1.0", "control", "method"],
)
def test_what_is_refused_before_it_is_read(connection: Connection, line: bytes, status: int, close: bytes) -> None:
    connection.send(line, close, LENGTH, b"\r\n", b"a" * SIZE)
    answer = connection.receive()
    assert answer.status == status
    assert answer.message
    if close or b"HTTP/1.0" in line:
        assert answer.headers["connection"] == "close"
        assert connection.ended()
    else:
        assert connection.ask(connection.head(b"GET /v1/memory_stores HTTP/1.1")).status == 200


@pytest.mark.parametrize("close", [b"", CLOSE], ids=["kept alive", "closed"])
def test_a_get_with_a_body_is_answered(connection: Connection, close: bytes) -> None:
    connection.send(connection.head(b"GET /v1/memory_stores HTTP/1.1", close, LENGTH), b"a" * SIZE)
    assert connection.receive().status == 200
    assert not close or connection.ended()


@pytest.mark.parametrize("path", [b"/v1/memory_stores", b"/_mockdreams/faults"])
def test_a_body_that_is_too_large(connection: Connection, mockdreams: MockDreams, path: bytes) -> None:
    mockdreams.policy.body_max_bytes = MEBIBYTE
    connection.send(connection.head(b"POST %b HTTP/1.1" % path, CLOSE, LENGTH), b"a" * SIZE)
    assert connection.receive().status == 413
    assert connection.ended()


@pytest.mark.parametrize(
    ("begin", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (POST + b"x-long: %b\r\n" % (b"a" * MEBIBYTE), 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
    ids=["no HTTP", "two lengths", "head", "chunk"],
)
@pytest.mark.parametrize("stroke", [protocol.STROKE_SECONDS, 0], ids=["", "in pieces"])
def test_what_is_no_http_or_too_long(
    connection: Connection, begin: bytes, status: int, stroke: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much of it the server reads before others have their turn."""
    monkeypatch.setattr(protocol, "STROKE_SECONDS", stroke)
    connection.send(begin, b"a" * SIZE)
    answer = connection.receive()
    assert (answer.status, answer.headers["connection"]) == (status, "close")
    assert connection.ended()


def test_who_asks_whether_to_go_on_is_refused_and_the_next_request_is_not_taken_for_the_body(
    connection: Connection,
) -> None:
    answer = connection.ask(POST, host(connection), LENGTH, b"Expect: 100-continue\r\n\r\n")
    assert (answer.status, answer.headers["connection"]) == (401, "close")
    assert connection.ended()


def write_on(connection: Connection) -> None:
    """Write until that fails, or much more than is dropped."""
    for _ in range(1_000):
        connection.send(b"a" * MEBIBYTE)


@pytest.mark.parametrize("close", [b"", CLOSE], ids=["kept alive", "closed"])
def test_no_more_is_dropped_than_that(connection: Connection, monkeypatch: pytest.MonkeyPatch, close: bytes) -> None:
    monkeypatch.setattr(lingering, "LINGER_BYTES", MEBIBYTE)
    connection.send(POST, host(connection), close + b"Content-Length: 999999999999\r\n\r\n")
    with pytest.raises(ConnectionError):
        write_on(connection)


def test_nobody_is_waited_for_longer_than_that(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "LINGER_SECONDS", 0.01)
    monkeypatch.setattr(lingering, "LINGER_BYTES", 10**12)
    assert connection.ask(POST, host(connection), CLOSE + b"Content-Length: 999999999999\r\n\r\n").status == 401
    with pytest.raises(ConnectionError):
        write_on(connection)


def test_a_server_ends_without_waiting_for_those_who_write_on() -> None:
    with MockDreams() as mock, connected(mock) as connection:
        assert connection.ask(POST, host(connection), CLOSE, LENGTH, b"\r\n").status == 401
