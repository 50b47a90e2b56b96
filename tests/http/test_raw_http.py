"""HTTP as it is written by hand: every form that a client may send, and every form that must not be misread."""

import asyncio
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest
import uvicorn
from packaging.version import Version
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from mockdreams import MockDreams
from mockdreams.http import protocol
from mockdreams.http.app import Application
from mockdreams.http.service import Service
from mockdreams.http.stubs import Stub
from mockdreams.http.workspaces import Workspaces
from mockdreams.server import ThreadedServer
from tests.support.raw_http import BODY, Answer, Connection, connected

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"


@pytest.fixture(params=["at a stroke", "in pieces"], autouse=True)
def strokes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is received is parsed in pieces if it takes long: here it never does, or each piece does."""
    monkeypatch.setattr(protocol, "STROKE_SECONDS", 60 if request.param == "at a stroke" else -1)
    monkeypatch.setattr(protocol, "PIECE_BYTES", 64)
    return str(request.param)


def names(mock: MockDreams) -> list[str]:
    return [store.name for store in mock.client().beta.memory_stores.list()]


def alive(connection: Connection) -> None:
    assert connection.ask(connection.head(b"GET /v1/memory_stores HTTP/1.1")).status == 200


@pytest.mark.parametrize(
    "offer",
    [
        OFFER,
        b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
        b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n",
        b"Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.0, foo\r\n",
        b"Upgrade: h2c\r\n",
        b"Connection: Upgrade\r\n",
    ],
)
def test_an_offer_of_another_protocol_is_ignored(mockdreams: MockDreams, offer: bytes) -> None:
    with connected(mockdreams) as connection:
        answer = connection.ask(connection.post(offer))
        assert (answer.status, json.loads(answer.body)["name"]) == (200, "x")
        assert "upgrade" not in answer.headers
        alive(connection)
    assert names(mockdreams) == ["x"]


def test_an_offer_byte_by_byte_and_in_a_pipeline(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        connection.send(*(bytes([each]) for each in connection.post(OFFER)))
        assert connection.receive().status == 200
        connection.send(connection.post(OFFER) * 3)
        assert [connection.receive().status for _ in range(3)] == [200] * 3
        alive(connection)
    assert names(mockdreams) == ["x"] * 4


def test_an_offer_with_a_chunked_body_that_comes_later(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        connection.send(
            connection.head(b"POST /v1/memory_stores HTTP/1.1", b"Transfer-Encoding: chunked\r\n", OFFER),
            b'6\r\n{"name\r\n',
            b'6\r\n":"x"}\r\n0\r\n\r\n',
        )
        assert json.loads(connection.receive().body)["name"] == "x"
        alive(connection)


def test_an_offer_keeps_every_other_header(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        assert (
            connection.ask(connection.head(b"GET /v1/memory_stores?limit=1 HTTP/1.1", OFFER, b"X-A: b\r\n")).status
            == 200
        )
    exchange = mockdreams.requests[-1]
    assert (exchange.query, exchange.headers["x-a"]) == ({"limit": "1"}, "b")
    assert not {"upgrade", "http2-settings"} & set(exchange.headers)


def test_a_client_that_wants_the_connection_closed_as_well_gets_that(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        assert connection.ask(connection.post(b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n")).status == 200
        assert connection.ended()


class Unwatched:
    """The service, without the suite's own look at each message that it sends, which is of ASGI."""

    def __init__(self) -> None:
        self.places = Workspaces()
        self._service = Service(self.places)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._service(scope, receive, send)

    def close_streams(self) -> None:
        self.places.close_streams()


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[MockDreams]:
    """A server that logs no requests, as by default; where it does, its answers take the way of ASGI."""
    caplog.set_level(logging.WARNING, "mockdreams")
    server = ThreadedServer(cast(Application, Unwatched()))
    server.start()
    yield cast(MockDreams, SimpleNamespace(url=server.url, api_key="sk-quiet"))
    server.stop()


def test_an_answer_is_the_same_on_a_connection_that_closes(quiet: MockDreams) -> None:
    def asked(*more: bytes) -> Answer:
        with connected(quiet) as connection:
            return connection.ask(connection.head(b"GET /v1/dreams/unknown HTTP/1.1", *more))

    kept, closed = asked(), asked(b"Connection: close\r\n")
    if Version(uvicorn.__version__) >= Version("0.53"):  # before, Uvicorn closes the connection without a word
        assert closed.headers.pop("connection") == "close"
    for answer in (kept, closed):
        assert answer.headers.pop("date").endswith("GMT")
        assert answer.headers.pop("request-id") == json.loads(answer.body)["request_id"]
    assert kept.headers == closed.headers
    assert (kept.status, len(kept.body)) == (closed.status, len(closed.body)) == (404, 142)


def test_a_server_that_logs_no_requests_reads_and_answers_as_any_other(quiet: MockDreams) -> None:
    with connected(quiet) as connection:
        connection.send(connection.post() + connection.head(b"GET /v1/memory_stores HTTP/1.1") + connection.post())
        answers = [connection.receive() for _ in range(3)]
        head, body = connection.post().split(b"\r\n\r\n")
        connection.send(head + b"\r\n\r\n", body[:3], body[3:])
        answers.append(connection.receive())
        connection.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.receive(body=False).status == 100
        answers.append(connection.ask(body))
        listed = connection.ask(connection.head(b"GET /v1/memory_stores HTTP/1.1"))
    assert [each.status for each in answers] == [200] * 5
    made = [json.loads(each.body) for each in (answers[0], *answers[2:])]
    assert json.loads(listed.body)["data"] == made[::-1]
    assert json.loads(answers[1].body)["data"] == made[:1]


def test_pipelined_requests_are_answered_in_order(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        connection.send(connection.post() + connection.head(b"GET /v1/memory_stores HTTP/1.1") + connection.post())
        first, listed, last = (connection.receive() for _ in range(3))
    assert [each.status for each in (first, listed, last)] == [200] * 3
    assert [store["id"] for store in json.loads(listed.body)["data"]] == [json.loads(first.body)["id"]]


CHUNK = b"1\r\n \r\n"


class CountingProtocol(protocol.Protocol):
    """Counts the chunks of bodies that are read in each turn of the event loop."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.read = [0]
        self.loop.call_soon(self._turn)

    def _turn(self) -> None:
        if not self.transport.is_closing():
            self.read.append(0)
            self.loop.call_soon(self._turn)

    def on_body(self, body: bytes) -> None:
        self.read[-1] += 1
        super().on_body(body)


def test_a_head_that_does_not_come_ends_its_connection(mockdreams: MockDreams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.4)
    with connected(mockdreams) as slow:
        slow.send(slow.head(b"POST /v1/memory_stores HTTP/1.1", b"Content-Length: %d\r\n" % len(BODY)), BODY[:3])
        with connected(mockdreams) as silent, connected(mockdreams) as kept:
            alive(kept)
            kept.send(b"GET /v1/mem")
            answer = kept.receive()
            assert (answer.status, answer.message) == (408, "The head of the request was not here after 0.4 seconds")
            assert kept.ended()
            assert silent.ended()
        assert slow.ask(BODY[3:]).status == 200
        alive(slow)


P = TypeVar("P", bound=protocol.Protocol)


def served(kind: type[P], sent: bytes, app: Unwatched) -> tuple[P, bytes]:
    """The one connection to a server, as its protocol has seen it, and the body of the answer."""
    head = b"Host: localhost\r\nx-api-key: sk-any\r\nanthropic-version: 2023-06-01\r\n"
    head += b"anthropic-beta: managed-agents-2026-04-01\r\n"

    async def run() -> tuple[P, bytes]:
        config = uvicorn.Config(app, log_config=None)
        config.load()
        connection = kind(config, ServerState(), {}, asyncio.get_running_loop())
        async with await asyncio.get_running_loop().create_server(lambda: connection, "127.0.0.1", 0) as bound:
            reader, writer = await asyncio.open_connection(*bound.sockets[0].getsockname())
            writer.write(b"POST /v1/memory_stores HTTP/1.1\r\n" + head + sent)
            answer = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(answer.partition(b"content-length: ")[2].split()[0]))
            writer.close()
            await writer.wait_closed()
        return connection, body

    return asyncio.run(run())


def test_what_takes_long_to_parse_lets_others_have_their_turn(strokes: str) -> None:
    chunks = CHUNK * 300 + b"0\r\n\r\n"
    counting, answer = served(CountingProtocol, b"Transfer-Encoding: chunked\r\n\r\n" + chunks, Unwatched())
    assert b"invalid JSON" in answer
    assert sum(counting.read) == 300
    assert max(counting.read) == 300 if strokes == "at a stroke" else max(counting.read) <= 64 // len(CHUNK) + 1


class Written:
    """A transport, and the sizes of what is written to it: of each part if there are several."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.sizes: list[list[int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self.sizes.append([len(data)])
        self._transport.write(data)

    def writelines(self, parts: list[bytes]) -> None:
        self.sizes.append(list(map(len, parts)))
        self._transport.writelines(parts)


class WrittenProtocol(protocol.Protocol):
    """Notes what is written."""

    def connection_made(self, transport: Any) -> None:
        self.written = Written(transport)
        super().connection_made(self.written)  # type: ignore[arg-type]


@pytest.mark.parametrize(("size", "parts"), [(100, 1), (200_000, 2)])
def test_a_large_answer_is_written_beside_its_head_and_not_copied(size: int, parts: int) -> None:
    app = Unwatched()
    app.places.create("sk-any").stubs.add(Stub(match="POST /v1/memory_stores", body="a" * size))
    connection, body = served(WrittenProtocol, b"Content-Length: 2\r\n\r\n{}", app)
    assert body == b"a" * size
    assert [len(each) for each in connection.written.sizes] == [parts]
    assert connection.written.sizes[0][-1] == size or parts == 1


@pytest.mark.parametrize("size", [100, 300_000])
def test_a_body_that_comes_after_its_head(mockdreams: MockDreams, size: int) -> None:
    body = json.dumps({"name": "x", "metadata": {"a": "b" * size}}).encode()
    with connected(mockdreams) as connection:
        connection.send(connection.head(b"POST /v1/memory_stores HTTP/1.1", b"Content-Length: %d\r\n" % len(body)))
        alive_too = mockdreams.http.get("/v1/memory_stores")  # by then the head is read
        answer = connection.ask(body[:50], body[50:])
        alive(connection)
    assert (alive_too.status_code, answer.status) == (200, 200 if size < 512 else 400)


@pytest.mark.parametrize(
    "chunks",
    [
        b'c\r\n{"name":"x"}\r\n0\r\n\r\n',
        b'C;extension=1\r\n{"name":"x"}\r\n0\r\n\r\n',
        b'1\r\n{\r\nb\r\n"name":"x"}\r\n0\r\nTrailer-A: b\r\n\r\n',
    ],
)
def test_chunked_bodies(mockdreams: MockDreams, chunks: bytes) -> None:
    with connected(mockdreams) as connection:
        head = connection.head(b"POST /v1/memory_stores HTTP/1.1", b"Transfer-Encoding: chunked\r\n")
        assert json.loads(connection.ask(head + chunks).body)["name"] == "x"
        alive(connection)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /v1/memory_stores HTTP/1.0", 200),
        (b"GET http://localhost/v1/memory_stores HTTP/1.1", 200),
        (b"GET /v1/%6demory_stores HTTP/1.1", 200),
        (b"GET /v1/memory_stores?x=%ff%00 HTTP/1.1", 200),
        (b"GET /v1/../v1/memory_stores HTTP/1.1", 404),
        (b"GET /v1//memory_stores HTTP/1.1", 404),
        (b"GET /v1/memory_stores/%ff%00%0d%0a HTTP/1.1", 404),
        (b"GET /v1%2fmemory_stores HTTP/1.1", 200),
        (b"OPTIONS /v1/memory_stores HTTP/1.1", 405),
        (b"TRACE /v1/memory_stores HTTP/1.1", 405),
        (b"PUT /v1/memory_stores HTTP/1.1", 405),
    ],
)
def test_request_lines(mockdreams: MockDreams, line: bytes, status: int) -> None:
    with connected(mockdreams) as connection:
        answer = connection.ask(connection.head(line))
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    if status != 200:
        assert answer.message


def test_head_is_refused_without_a_body(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        connection.send(connection.head(b"HEAD /v1/memory_stores HTTP/1.1"))
        answer = connection.receive(body=False)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
        alive(connection)


def test_a_client_that_asks_whether_to_go_on_is_told_so(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        head, body = connection.post(b"Expect: 100-continue\r\n").split(b"\r\n\r\n")
        assert connection.ask(head + b"\r\n\r\n").status == 100
        assert connection.ask(body).status == 200


def test_headers_that_come_twice(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        assert connection.ask(connection.post(b"x-a: 1\r\nx-a: 2\r\n")).status == 200
        alive(connection)


SMUGGLED = {
    "a length and chunks": b"Content-Length: 12\r\nTransfer-Encoding: chunked\r\n",
    "two lengths": b"Content-Length: 12\r\nContent-Length: 13\r\n",
    "a negative length": b"Content-Length: -1\r\n",
    "a signed length": b"Content-Length: +12\r\n",
    "a length in hexadecimal": b"Content-Length: 0xc\r\n",
    "an endless length": b"Content-Length: 99999999999999999999999\r\n",
    "no encoding": b"Transfer-Encoding: xchunked\r\n",
    "a space before the colon": b"Content-Length : 12\r\n",
    "a folded header": b"X-A: b\r\n Content-Length: 12\r\nContent-Length\n: 12\r\n",
    "a bare carriage return": b"X-A: b\rContent-Length: 12\r\n",
    "a NUL": b"X-A: b\x00c\r\n",
}


@pytest.mark.parametrize("header", SMUGGLED.values(), ids=SMUGGLED)
def test_what_two_readers_could_read_differently_is_refused_and_closed(mockdreams: MockDreams, header: bytes) -> None:
    with connected(mockdreams) as connection:
        answer = connection.ask(connection.head(b"POST /v1/memory_stores HTTP/1.1", header) + BODY)
        assert (answer.status, answer.message) == (400, "Invalid HTTP request received.")
        assert connection.ended()
    assert names(mockdreams) == []


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\n"]
)
def test_what_is_no_http_is_refused_in_the_envelope(mockdreams: MockDreams, sent: bytes) -> None:
    with connected(mockdreams) as connection:
        answer = connection.ask(sent + b"\r\n\r\n")
        assert (answer.status, answer.message) == (400, "Invalid HTTP request received.")
        assert connection.ended()


def test_a_head_has_a_bound(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as connection:
        large = b"x-large: %b\r\n" % (b"x" * 100_000)
        assert connection.ask(connection.head(b"GET /v1/memory_stores HTTP/1.1", large)).status == 200
        connection.send(b"GET / HTTP/1.1\r\n")
        for _ in range(5):
            connection.send(b"x-large: %b\r\n" % (b"x" * 65_536))
        answer = connection.receive()
        assert (answer.status, answer.message) == (431, "The head of the request exceeds 131072 bytes")


@pytest.mark.parametrize("path", [b"/v1/%b", b"/v1/memory_stores?page=%b", b"/_mockdreams/%b", b"http://localhost/%b"])
def test_a_target_has_a_bound(mockdreams: MockDreams, path: bytes) -> None:
    with connected(mockdreams) as connection:
        rest = 16_384 - len(path % b"")
        answer = connection.ask(connection.head(b"GET %b HTTP/1.1" % (path % (b"a" * rest))))
        assert answer.status in (400, 404)
        answer = connection.ask(connection.head(b"GET %b HTTP/1.1" % (path % (b"a" * (rest + 1)))))
        assert (answer.status, answer.message) == (414, "The path and query of the request exceed 16384 bytes")
        assert connection.ended()


@pytest.mark.parametrize(
    "request_line", [b"POST /_mockdreams/reset", b"DELETE /_mockdreams/world", b"POST /v1/memory_stores"]
)
@pytest.mark.parametrize("head", [b"Content-Length: 100\r\n", b"Transfer-Encoding: chunked\r\n"])
@pytest.mark.parametrize("sent", [b"", b'5\r\n{"na'])
def test_a_request_whose_client_hung_up_before_its_body_was_whole_is_not_carried_out(
    mockdreams: MockDreams, request_line: bytes, head: bytes, sent: bytes
) -> None:
    mockdreams.client().beta.memory_stores.create(name="Mine")
    with connected(mockdreams) as connection:
        connection.send(connection.head(request_line + b" HTTP/1.1", head) + sent)
    with connected(mockdreams) as later:
        alive(later)
    assert names(mockdreams) == ["Mine"]


def test_the_journal_has_a_request_whose_client_hung_up(mockdreams: MockDreams) -> None:
    told = "POST /v1/memory_stores -> no answer (the client hung up before its request was whole)"
    with connected(mockdreams) as connection:
        connection.send(connection.head(b"POST /v1/memory_stores HTTP/1.1", b"Content-Length: 100\r\n") + b'{"na')
    for _ in range(1000):
        if any(str(exchange) == told for exchange in mockdreams.requests):
            return
        with connected(mockdreams) as other:
            alive(other)
    raise AssertionError([str(exchange) for exchange in mockdreams.requests])


def test_a_head_that_never_ends_holds_up_nobody(mockdreams: MockDreams) -> None:
    with connected(mockdreams) as slow, connected(mockdreams) as other:
        for byte in slow.post()[:40]:
            slow.send(bytes([byte]))
            alive(other)
        slow.send(slow.post()[40:])
        assert slow.receive().status == 200
