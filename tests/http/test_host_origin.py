"""Web pages, and names that are not the server's, are kept out of the service and of the control API alike."""

import socket
from typing import Any

import httpx2
import pytest

from mockdreams import MockDreams
from tests.support.helpers import refused
from tests.support.servers import serving

pytestmark = pytest.mark.off_schema
PATHS = ["/v1/memory_stores", "/_mockdreams/snapshot", "/_mockdreams/health", "/nowhere", "/_mockdreams/nowhere"]


def ask(mock: MockDreams, path: str, headers: dict[str, str], method: str = "GET", **more: Any) -> httpx2.Response:
    return mock.http.request(method, mock.url + path, headers=headers, **more)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example:4010",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.1.2.3",
        "localhost@evil",
    ],
)
def test_a_foreign_host_is_refused(mockdreams: MockDreams, path: str, host: str) -> None:
    said = refused(ask(mockdreams, path, {"host": host}), 403, "permission_error")
    assert said.startswith(f"Host `{host}` is not this server's")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://evil.example:4010",
        "null",
        "http://localhost.evil.example",
        "chrome-extension://abc",
        "",
    ],
)
def test_a_foreign_origin_is_refused(mockdreams: MockDreams, path: str, origin: str) -> None:
    said = refused(ask(mockdreams, path, {"origin": origin}), 403, "permission_error")
    assert said == f"Origin `{origin}` is not allowed: web pages of others may not ask"


def test_nothing_of_what_is_refused_is_done(mockdreams: MockDreams) -> None:
    page = {"origin": "http://evil.example"}
    ask(mockdreams, "/v1/memory_stores", page, "POST", json={"name": "Theirs"})
    ask(mockdreams, "/_mockdreams/faults", page, "POST", json={"match": "GET /v1/dreams", "status": 529})
    assert (list(mockdreams.faults), len(mockdreams.requests)) == ([], 0)
    assert mockdreams.client().beta.memory_stores.list().data == []
    ask(mockdreams, "/_mockdreams/world", page, "DELETE")
    assert len(mockdreams.requests) == 1


@pytest.mark.parametrize("path", ["/v1/memory_stores", "/_mockdreams/clock"])
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:4010"},
        {"host": "LOCALHOST."},
        {"host": "api.localhost"},
        {"host": "127.0.0.1"},
        {"host": "127.9.9.9:80"},
        {"host": "[::1]:4010"},
        {"host": "[::ffff:127.0.0.1]"},
        {"origin": "http://localhost:3000"},
        {"origin": "http://127.0.0.1:4010"},
        {"origin": "https://[::1]:4010"},
    ],
)
def test_names_of_this_machine_are_not_foreign(mockdreams: MockDreams, path: str, headers: dict[str, str]) -> None:
    assert ask(mockdreams, path, headers).status_code == 200


def test_several_hosts_must_all_be_ours(mockdreams: MockDreams) -> None:
    with httpx2.Client(transport=mockdreams.transport, base_url=mockdreams.url) as client:
        request = client.build_request("GET", "/v1/memory_stores", headers=dict(mockdreams.http.headers))
        request.headers = type(request.headers)([*request.headers.multi_items(), ("host", "evil.example")])
        assert [value for name, value in request.headers.multi_items() if name == "host"][1:] == ["evil.example"]
        refused(client.send(request), 403, "permission_error")


def test_in_process_any_base_url_will_do(mockdreams: MockDreams) -> None:
    headers = dict(mockdreams.http.headers)
    with httpx2.Client(transport=mockdreams.transport, base_url="https://api.example.com", headers=headers) as client:
        assert client.get("/v1/memory_stores").status_code == 200
        assert client.get("/v1/memory_stores", headers={"host": "evil.example"}).status_code == 403
        assert client.get("/v1/memory_stores", headers={"origin": "https://evil.example"}).status_code == 403


@pytest.mark.process
@pytest.mark.parametrize(
    ("options", "env"),
    [
        (["--allow-host", "mockdreams", "--allow-host", "*.internal"], {}),
        ([], {"MOCKDREAMS_ALLOW_HOST": "mockdreams *.internal"}),
    ],
)
def test_further_hosts_can_be_allowed(options: list[str], env: dict[str, str]) -> None:
    with serving("--port", "0", *options, env=env) as (url, _), httpx2.Client(base_url=url) as client:

        def status(**headers: str) -> int:
            return client.get("/_mockdreams/clock", headers={"x-api-key": "sk-a", **headers}).status_code

        assert [status(host=name) for name in ("mockdreams:4010", "a.internal", "a.b.internal")] == [200] * 3
        assert status(origin="http://mockdreams") == 200
        assert [status(host=name) for name in ("internal", "xinternal", "evil.example")] == [403] * 3


@pytest.mark.process
def test_any_host_can_be_allowed() -> None:
    with serving("--port", "0", "--allow-host", "*") as (url, _):
        headers = {"x-api-key": "sk-a", "host": "evil.example", "origin": "null"}
        assert httpx2.get(f"{url}/_mockdreams/clock", headers=headers).status_code == 200


@pytest.mark.process
def test_a_server_on_all_interfaces_is_asked_by_each_of_its_addresses() -> None:
    addresses = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with serving("--port", "0", "--host", "0.0.0.0", "--no-control") as (url, _):
        port = url.rpartition(":")[2]
        for address in ("0.0.0.0", "127.0.0.1", *addresses):
            assert httpx2.get(f"http://{address}:{port}/_mockdreams/health").json() == {
                "status": "ok",
                "profile": "current",
            }
