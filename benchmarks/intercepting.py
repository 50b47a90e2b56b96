"""What reaches the network past the interceptors that people use, when the official SDK sends a request.

Standalone, in an environment of its own: `pip install "anthropic>=2.11" respx pytest-httpx vcrpy pytest`, then
`python benchmarks/intercepting.py`. Each line says whether the interceptor saw the request, and whether a server
outside of it did.
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

TEST = """
import anthropic, os

def test_it(httpx_mock):
    httpx_mock.add_response(json={"data": []}, is_optional=True)
    try:
        anthropic.Anthropic(api_key="sk-any", base_url=os.environ["OUTSIDE"], max_retries=0).beta.dreams.list()
    finally:
        print("seen:", len(httpx_mock.get_requests()))
"""
reached: list[str] = []


class Outside(BaseHTTPRequestHandler):
    """The network, as far as this process goes."""

    def do_GET(self) -> None:
        reached.append(self.path)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


def ask(url: str) -> None:
    anthropic: Any = import_module("anthropic")
    with suppress(anthropic.APIError):
        anthropic.Anthropic(api_key="sk-any", base_url=url, max_retries=0).beta.dreams.list()


def with_respx(url: str) -> bool:
    with import_module("respx").mock(assert_all_called=False) as router:
        route = router.get(url__regex=".*").respond(200, json={"data": []})
        ask(url)
        return bool(route.called)


def with_pytest_httpx(url: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_it.py").write_text(TEST)
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "test_it.py"]
        environment = {**os.environ, "OUTSIDE": url}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    found = re.search(r"seen: (\d)", done.stdout)
    assert found, done.stdout + done.stderr
    return found[1] != "0"


def with_vcrpy(url: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        before = len(reached)
        with import_module("vcr").use_cassette(f"{folder}/cassette.yaml", record_mode="none"):
            ask(url)
        return len(reached) == before


def main() -> int:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    print(f"anthropic {version('anthropic')} over httpx2 {version('httpx2')}")
    for name, run in (("respx", with_respx), ("pytest-httpx", with_pytest_httpx), ("vcrpy", with_vcrpy)):
        reached.clear()
        seen = run(url)
        print(f"{name} {version(name)}: {'saw' if seen else 'did not see'} it; {len(reached)} reached the network")
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
