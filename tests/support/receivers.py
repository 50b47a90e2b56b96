"""Receivers of webhooks: one in this process, and one that listens on the loopback interface."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mockdreams import WebhookRequest


class Inbox:
    """What a receiver was told, and what it answers: `answers` first, then 200. It is a receiver itself."""

    def __init__(self, *answers: int) -> None:
        self.requests: list[WebhookRequest] = []
        self.answers = list(answers)

    def __call__(self, request: WebhookRequest) -> int:
        self.requests.append(request)
        return self.answers.pop(0) if self.answers else 200

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.requests]

    @property
    def types(self) -> list[str]:
        return [event["data"]["type"] for event in self.events]

    @property
    def ids(self) -> list[str]:
        """The resources that it was told of."""
        return [event["data"]["id"] for event in self.events]


@contextmanager
def listening(inbox: Inbox, body: bytes = b"ok") -> Iterator[str]:
    """The URL at which an inbox listens; `body` is that of its answers. A redirect leads to the same URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"])).decode()
            status = inbox(WebhookRequest({name.lower(): value for name, value in self.headers.items()}, sent))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", self.path)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
