"""The upstream: named paths are handed to another service, and nothing else is."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anthropic
import httpx2
import pytest
from click.testing import CliRunner

from mockdreams.cli import main
from mockdreams.harness.transport import Transport
from mockdreams.http.app import Application
from mockdreams.http.faults import Fault
from mockdreams.http.stubs import Stub
from mockdreams.http.upstream import Upstream
from mockdreams.http.workspaces import Workspace, Workspaces
from tests.support.helpers import HANG_GUARD, refused

KEY = "sk-ant-callers-own"
HEADERS = {"x-api-key": KEY, "anthropic-version": "2023-06-01", "anthropic-beta": "dreaming-2026-04-21"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Elsewhere"

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers.items()), body))
        if self.path.startswith("/base/v1/stream"):
            self._stream()
        elif self.path.startswith("/base/v1/moved"):
            self._answer(307, b"", {"location": "https://elsewhere.invalid/"})
        elif self.path.startswith("/base/v1/packed"):
            self._answer(200, gzip.compress(b'{"packed": true}'), {"content-encoding": "gzip"})
        else:
            self._answer(201, b'{"from": "upstream"}', {"connection": "x-hop", "x-hop": "1", "x-end": "2"})

    do_GET = do_POST  # noqa: N815

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        headers = {"content-type": "application/json", "content-length": str(len(body)), "request-id": "r1", **headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        """Two events; the second when the test says so."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(b'event: ping\ndata: {"type": "ping"}\n\n')
        self.wfile.flush()
        self.server.go_on.wait(HANG_GUARD)
        self.wfile.write(b'event: message_stop\ndata: {"type": "message_stop"}\n\n')

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Elsewhere(ThreadingHTTPServer):
    """Another service; `asked` is what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.go_on = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/base"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


class Front:
    """A server with an upstream, asked without a socket."""

    def __init__(self, url: str, *patterns: str) -> None:
        self.app = Application(Workspaces(), upstream=Upstream(url, patterns))
        self.http = httpx2.Client(transport=Transport(self.app), base_url="http://localhost", headers=HEADERS)

    @property
    def place(self) -> Workspace:
        return self.app.places.get_or_create(KEY)

    @property
    def told(self) -> list[tuple[str, str, int | None]]:
        return [(exchange.call, exchange.by, exchange.status) for exchange in self.place.journal]


def test_what_is_named_is_handed_on_with_the_callers_own_credentials(elsewhere: Elsewhere) -> None:
    front = Front(elsewhere.url, "POST /v1/other/**")
    answer = front.http.post(
        "/v1/other/a%2Fb?x=1&x=2", json={"secret": 1}, headers={"connection": "x-mine", "x-mine": "1"}
    )
    assert (answer.status_code, answer.json()) == (201, {"from": "upstream"})
    assert (answer.headers["x-end"], answer.headers["request-id"]) == ("2", "r1")
    assert not {"x-hop", "connection"} & set(answer.headers)
    ((method, path, headers, body),) = elsewhere.asked
    assert (method, path, json.loads(body)) == ("POST", "/base/v1/other/a%2Fb?x=1&x=2", {"secret": 1})
    assert {**HEADERS, "Host": elsewhere.url[7:-5]}.items() <= {**headers}.items()
    assert "x-mine" not in headers
    (exchange,) = front.place.journal
    assert (exchange.by, exchange.status, exchange.response) == ("upstream", 201, {"from": "upstream"})
    assert exchange.body == {"secret": 1}


def test_nothing_else_leaves(elsewhere: Elsewhere) -> None:
    front = Front(elsewhere.url, "GET /v1/other/**", "* /v1/dreams/**")
    assert front.http.get("/v1/dreams").json()["data"] == []
    assert front.http.put("/v1/dreams").status_code == 405
    assert front.http.get("/v1/else").status_code == 404
    assert front.http.post("/v1/other/a").status_code == 404
    assert front.http.get("/v1/other/%2e%2e/keys").status_code == 404
    assert front.http.get("/_mockdreams/other").status_code == 404
    assert elsewhere.asked == []
    assert {by for _, by, _ in front.told} == {"world"}


def test_faults_and_stubs_come_first(elsewhere: Elsewhere) -> None:
    front = Front(elsewhere.url, "* /**")
    front.place.faults.add(Fault(match="GET /v1/other", status=529))
    front.place.stubs.add(Stub(match="GET /v1/other", json_={"from": "stub"}, times=1))
    answers = [front.http.get("/v1/other") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [529, 200, 201]
    assert [by for _, by, _ in front.told] == ["fault", "stub", "upstream"]
    front.place.faults.add(Fault(match="GET /v1/other", drop="during"))
    with pytest.raises(httpx2.RemoteProtocolError):
        front.http.get("/v1/other")


def test_a_stream_is_passed_on_as_it_comes(elsewhere: Elsewhere) -> None:
    front = Front(elsewhere.url, "POST /v1/stream")
    with front.http.stream("POST", "/v1/stream") as answer:
        parts = answer.iter_text()
        assert next(parts) == 'event: ping\ndata: {"type": "ping"}\n\n'
        assert front.told == [("POST /v1/stream", "upstream", 200)]
        assert front.http.get("/v1/dreams").status_code == 200  # nobody else waits
        elsewhere.go_on.set()
        assert "".join(parts).startswith("event: message_stop\n")


def test_a_caller_that_leaves_ends_the_stream(elsewhere: Elsewhere) -> None:
    front = Front(elsewhere.url, "POST /v1/stream")
    with front.http.stream("POST", "/v1/stream") as answer:
        next(answer.iter_text())
    assert front.http.get("/v1/dreams").status_code == 200


def test_redirects_and_encodings_are_the_callers(elsewhere: Elsewhere) -> None:
    front = Front(elsewhere.url, "GET /v1/*")
    moved, packed = front.http.get("/v1/moved"), front.http.get("/v1/packed")
    assert (moved.status_code, moved.headers["location"]) == (307, "https://elsewhere.invalid/")
    assert (packed.headers["content-encoding"], packed.json()) == ("gzip", {"packed": True})
    assert [exchange.response for exchange in front.place.journal] == [None, {"packed": True}]


def test_an_upstream_that_is_not_there_is_a_502_in_the_services_envelope() -> None:
    front = Front("http://127.0.0.1:1", "POST /v1/other")
    refused(front.http.post("/v1/other"), 502, "api_error")
    (exchange,) = front.place.journal
    assert (exchange.by, exchange.status) == ("upstream", 502)
    assert str(exchange.hint).startswith("the upstream http://127.0.0.1:1 cannot be asked: ")


def test_an_upstream_that_is_the_server_itself_is_noticed(elsewhere: Elsewhere) -> None:
    front = Front(elsewhere.url, "GET /v1/other")
    answer = front.http.get("/v1/other", headers={"via": "1.1 mockdreams"})
    refused(answer, 502, "api_error")
    assert elsewhere.asked == []


def test_the_official_sdk_passes_through(elsewhere: Elsewhere) -> None:
    front = Front(elsewhere.url, "POST /v1/stream/**", "GET /v1/models")
    elsewhere.go_on.set()
    client = anthropic.Anthropic(api_key=KEY, base_url="http://localhost", http_client=front.http)
    stream: Any = client.post("/v1/stream/x", cast_to=object, body={}, stream=True, stream_cls=anthropic.Stream[object])
    assert len(list(stream)) == 1
    assert elsewhere.asked[0][2]["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--upstream", "https://api.example"], "--upstream and --pass go together"),
        (["--pass", "GET /v1/x"], "--upstream and --pass go together"),
        (["--upstream", "api.example", "--pass", "GET /v1/x"], "is no URL of a service"),
        (["--upstream", "ftp://api.example", "--pass", "GET /v1/x"], "is no URL of a service"),
        (["--upstream", "https://me:pw@api.example", "--pass", "GET /v1/x"], "has no credentials"),
        (["--upstream", "https://api.example", "--pass", "/v1/x"], "'/v1/x' matches no call"),
        (["--upstream", "https://api.example", "--pass", "POST /v1/dreams"], "POST /v1/dreams is answered here"),
    ],
    ids=str,
)
def test_half_an_upstream_is_refused(options: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["serve", *options])
    assert result.exit_code == 2
    assert said in result.output
    assert "pw" not in result.output.replace("--pass", "")
