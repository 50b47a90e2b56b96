"""A key goes to the host that it was meant for, whatever a cassette, a target or an answer says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from anthropic import APIStatusError
from click.testing import CliRunner, Result

from mockdreams import MockDreams
from mockdreams.cli import main
from mockdreams.contract.client import target
from mockdreams.contract.client.target import Target
from mockdreams.contract.recording.proxy import RecordingProxy
from mockdreams.contract.recording.recorder import Recording
from tests.support.contract_server import served

pytestmark = pytest.mark.off_schema

KEY = "sk-ant-the-real-key"
FOREIGN = [
    "http://{host}/steal",
    "HTTP://{host}/steal",
    "//{host}/steal",
    "/\\{host}/steal",
    "\\\\{host}/steal",
    "/v1/dreams\r\nx-injected: yes",
    "/v1/\tdreams",
    "/v1/dreams\x00",
    "/v1/a b",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "@{host}/steal",
    "v1/dreams",
    "",
]


class Listener:
    """Somebody else's server. It counts what it is asked, and answers as a test says."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.heard: list[str] = []
        self.tokens: set[str | None] = set()
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"{}"


@contextmanager
def listening() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            somebody.heard.append(f"{self.path} {self.headers.get('x-api-key')}")
            somebody.tokens.add(self.headers.get("x-mockdreams-control-token"))
            self.send_response(somebody.status)
            for name, value in {"content-length": str(len(somebody.body)), **somebody.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(somebody.body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    somebody = Listener(f"127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield somebody
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served() as (url, _):
        yield url


def journal(url: str) -> list[Any]:
    """What was asked of the server, by whatever test."""
    asked: list[Any] = httpx2.get(f"{url}/_mockdreams/requests", headers={"x-api-key": KEY}).json()["data"]
    return asked


def cassette(folder: Path, *requests: Any, answer: Any = None) -> Path:
    items = [
        {"exchange": number, "request": request, "response": answer or {"status": 200}}
        for number, request in enumerate(requests, 1)
    ]
    path = folder / "c.yaml"
    path.write_text(yaml.safe_dump({"exchanges": items}))
    return path


def replay(path: Path, url: str, **options: Any) -> Result:
    command = ["contract", "replay", str(path), "--target", url, "--api-key", KEY]
    return CliRunner().invoke(main, command, **options)


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    (line,) = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    return line


@pytest.mark.parametrize("path", FOREIGN)
def test_a_cassette_that_leads_elsewhere_is_not_loaded(path: str, listener: Listener, url: str, tmp_path: Path) -> None:
    path = path.format(host=listener.host)
    asked = {"method": "GET", "path": "/v1/dreams"}, {"method": "GET", "path": path}
    before = journal(url)
    line = refused(replay(cassette(tmp_path, *asked), url))
    assert f"exchange 2: {path!r} is no path of the service" in line
    assert listener.heard == []
    assert journal(url) == before, "nothing was sent"


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"method": "GET /x", "path": "/v1/dreams"}, "'GET /x' is no method"),
        ({"method": "GET", "path": ["/v1/dreams"]}, "['/v1/dreams'] is no path of the service"),
        ({"method": "GET", "path": "/v1/dreams", "query": ["a"]}, "the query is neither a text nor an object"),
        ({"method": "GET", "path": "/v1/dreams", "query": "a\r\nb"}, "the query is not one line"),
        ({"method": "GET", "path": "/v1/dreams", "headers": ["a"]}, "the headers are no object of texts"),
        ({"method": "GET", "path": "/v1/dreams", "headers": {"a": 3}}, "the headers are no object of texts"),
        ({"method": "GET", "path": "/v1/dreams", "headers": {"a\n": "b"}}, r"'a\n' is no header"),
        ({"method": "GET", "path": "/v1/dreams", "headers": {"a": "b\r\nc: d"}}, "'a' is no header"),
        ({"method": "GET", "path": "/v1/dreams", "headers": {"Host": "elsewhere"}}, "'Host' is no header"),
        ({"method": "GET", "path": "/v1/dreams", "key": "mine\r\n"}, "the key has no such name"),
    ],
)
def test_a_request_that_cannot_be_one_is_not_loaded(request_: Any, words: str, url: str, tmp_path: Path) -> None:
    assert f"exchange 1: {words}" in refused(replay(cassette(tmp_path, request_), url))


@pytest.mark.parametrize("path", FOREIGN)
def test_what_leads_elsewhere_is_not_sent(path: str, listener: Listener, url: str) -> None:
    path = path.format(host=listener.host)
    with Target(url, KEY) as service:
        with pytest.raises(ValueError, match="is no path of the service"):
            service.ask("GET", path)
        with pytest.raises(ValueError, match="is no path of the service"), service.stream(path, query=None, seconds=1):
            pass
    assert listener.heard == []


def test_an_id_that_the_target_gives_leads_nowhere(listener: Listener, tmp_path: Path) -> None:
    """A target that calls a dream by the name of a host."""
    with listening() as service:
        store = {"id": "<memory-store-1>", "type": "memory_store"}
        asked = {"method": "GET", "path": "/v1/x"}, {"method": "GET", "path": "/<memory-store-1>/steal"}
        path = cassette(tmp_path, *asked, answer={"status": 200, "body": store})
        service.body = json.dumps({"id": f"/{listener.host}", "type": "memory_store"}).encode()
        result = replay(path, f"http://{service.host}")
        assert "/v1/x" in service.heard[-1]
    assert result.exit_code == 1, result.output
    assert listener.heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int, listener: Listener, mockdreams: MockDreams) -> None:
    with listening() as service:
        service.status, service.headers = status, {"location": f"http://{listener.host}/steal"}
        url = f"http://{service.host}"
        with Target(url, KEY) as asked:
            assert asked.ask("GET", "/v1/dreams").status == status
        assert mockdreams.http.get(f"{url}/v1/dreams").status_code == status
        with mockdreams.client(max_retries=0) as client, pytest.raises(APIStatusError) as refusal:
            client.with_options(base_url=url).beta.dreams.list()
    assert refusal.value.status_code == status
    assert listener.heard == []


async def test_the_proxy_passes_redirects_on(listener: Listener, tmp_path: Path) -> None:
    with listening() as service:
        service.status, service.headers = 302, {"location": f"http://{listener.host}/steal"}
        answer = await through_proxy(f"http://{service.host}", "/v1/dreams", tmp_path)
    assert (answer.status_code, answer.headers["location"]) == (302, f"http://{listener.host}/steal")
    assert listener.heard == []


@pytest.mark.parametrize("path", ["http://{host}/steal", "//{host}/steal", "@{host}/steal"])
async def test_the_proxy_asks_its_upstream_only(path: str, listener: Listener, tmp_path: Path) -> None:
    with listening() as service:
        answer = await through_proxy(f"http://{service.host}", path.format(host=listener.host), tmp_path)
        assert service.heard == []
    assert answer.status_code == 400
    assert "is no path of the service" in answer.json()["error"]["message"]
    assert listener.heard == []
    assert yaml.safe_load((tmp_path / "proxy.yaml").read_text())["exchanges"] == []


async def through_proxy(upstream: str, path: str, folder: Path) -> httpx2.Response:
    recording = Recording(folder / "proxy.yaml", warn=pytest.fail)
    proxy = RecordingProxy(upstream, recording)

    async def raw(scope: Any, receive: Any, send: Any) -> None:
        await proxy({**scope, "raw_path": path.encode(), "path": path}, receive, send)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(raw), base_url="http://proxy") as client:
        answer = await client.get("/", headers={"x-api-key": KEY})
    recording.finish()
    return answer


@pytest.mark.parametrize("command", ["check", "replay"])
def test_the_question_names_every_host(command: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "is_local", lambda host: False)
    monkeypatch.setenv("HTTP_PROXY", "http://me:hush@proxy.example:3128")
    file = [str(cassette(tmp_path, {"method": "GET", "path": "/v1/dreams"}))] if command == "replay" else []
    disguised = url.replace("http://", "http://api.anthropic.com:hush@")
    options = [*file, "--target", disguised, "--api-key", KEY]
    result = CliRunner().invoke(main, ["contract", command, *options], input="n\n")
    assert result.exit_code == 2
    assert f"to {url.removeprefix('http://')} by way of the proxy proxy.example:3128" in result.output
    assert "hush" not in result.output


@pytest.mark.parametrize("command", ["check", "replay"])
def test_a_proxy_is_not_asked_for_what_is_local(
    command: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    refused = {"method": "GET", "path": "/v1/dreams"}
    options = ["--rule", "key-missing-401"] if command == "check" else [str(cassette(tmp_path, refused))]
    result = CliRunner().invoke(main, ["contract", command, *options, "--target", url, "--api-key", KEY])
    answered = {"check": "1 holds, 0 broken", "replay": 'answered "404 not_found_error: Not found"'}
    assert answered[command] in result.output


@pytest.mark.parametrize("command", ["check", "replay"])
@pytest.mark.parametrize(
    ("local", "options", "sent"),
    [
        (True, [], "of-the-environment"),
        (False, [], None),
        (False, ["--control-token", "for-this-one"], "for-this-one"),
    ],
)
def test_a_control_token_of_the_environment_stays_on_this_machine(
    command: str, local: bool, options: list[str], sent: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "is_local", lambda host: local)
    monkeypatch.setenv("MOCKDREAMS_CONTROL_TOKEN", "of-the-environment")
    monkeypatch.setattr(target, "getproxies", dict)
    file = [str(cassette(tmp_path, {"method": "GET", "path": "/v1/dreams"}))] if command == "replay" else []
    which = ["--tier", "read", "--rule", "key-missing-401"] if command == "check" else []
    with listening() as service:
        url = f"http://{service.host}"
        CliRunner().invoke(
            main, ["contract", command, *file, "--target", url, "--api-key", KEY, "--yes", *which, *options]
        )
    assert service.heard
    assert service.tokens - {None} == ({sent} if sent else set())
