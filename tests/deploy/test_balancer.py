"""The balancer of `deploy/haproxy.cfg`, with servers that only say who they are."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast

import httpx2
import pytest

from tests.support.balancers import HAPROXY, balanced, needs_haproxy
from tests.support.examples import ROOT
from tests.support.helpers import HANG_GUARD

pytestmark = [pytest.mark.process, needs_haproxy]


class Named(BaseHTTPRequestHandler):
    """Answers with the port that was asked, on a connection for one request."""

    wbufsize = -1

    def do_GET(self) -> None:
        _, port = cast("tuple[str, int]", self.server.server_address)
        body = str(port).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written."""


@contextmanager
def named() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Named) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def servers() -> Iterator[list[ThreadingHTTPServer]]:
    with ExitStack() as stack:
        yield [stack.enter_context(named()) for _ in range(3)]


@pytest.fixture
def client(servers: list[ThreadingHTTPServer]) -> Iterator[httpx2.Client]:
    addresses = [f"127.0.0.1:{server.server_address[1]}" for server in servers]
    with balanced(addresses) as url, httpx2.Client(base_url=url, timeout=HANG_GUARD) as client:
        yield client


def who(client: httpx2.Client, **headers: str) -> str:
    return client.get("/v1/dreams", headers={name.replace("_", "-"): value for name, value in headers.items()}).text


KEYS = [f"sk-ant-api03-{number}" for number in range(60)]


def test_a_key_goes_to_one_server_however_it_is_sent(client: httpx2.Client) -> None:
    for key in KEYS:
        servers = {
            who(client, x_api_key=key),
            who(client, authorization=f"Bearer {key}"),
            who(client, authorization=f"bearer  {key}"),
            who(client, x_api_key="", authorization=f"Bearer {key}"),
            who(client, x_api_key=key, authorization="Bearer another"),
        }
        assert len(servers) == 1


def test_every_server_gets_its_share_of_the_keys(client: httpx2.Client) -> None:
    shares = Counter(who(client, x_api_key=key) for key in KEYS)
    assert len(shares) == 3
    assert min(shares.values()) >= len(KEYS) / 6


def test_requests_without_a_key_stay_together(client: httpx2.Client) -> None:
    assert len({who(client) for _ in range(6)}) == 1


def test_the_keys_of_a_server_that_is_gone_go_to_the_others_and_no_other_key_moves(
    client: httpx2.Client, servers: list[ThreadingHTTPServer]
) -> None:
    before = {key: who(client, x_api_key=key) for key in KEYS}
    gone = servers[0]
    gone.shutdown()
    gone.server_close()
    after = {key: who(client, x_api_key=key) for key in KEYS}
    name = str(gone.server_address[1])
    assert name not in after.values()
    assert {key: server for key, server in after.items() if before[key] != name} == {
        key: server for key, server in before.items() if server != name
    }


def test_no_server_at_all_is_told_in_the_envelope_of_the_service(
    client: httpx2.Client, servers: list[ThreadingHTTPServer]
) -> None:
    for server in servers:
        server.shutdown()
        server.server_close()
    refused = client.get("/v1/dreams")
    assert (refused.status_code, refused.json()["error"]["type"]) == (503, "api_error")


def test_haproxy_finds_nothing_wrong_with_the_shipped_file() -> None:
    assert HAPROXY is not None
    checked = subprocess.run(
        [HAPROXY, "-c", "-f", str(ROOT / "deploy/haproxy.cfg")], capture_output=True, text=True, timeout=HANG_GUARD
    )
    told = [line for line in checked.stderr.splitlines() if "could not resolve address" not in line]
    assert checked.returncode == 0, checked.stderr
    assert not any("[WARNING]" in line or "[ALERT]" in line for line in told), told
