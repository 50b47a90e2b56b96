"""The load generator of the benchmarks: what it takes for an answer, and how it treats connections."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from benchmarks.load import CONNECTIONS, HOST, ask, compare, encode
from benchmarks.servers import Server

SENT = encode("GET", "/", {"host": "localhost"})
ASKED_FOR_A_TARGET = 2


class Patient(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 2 * CONNECTIONS


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[Server, list[object]]]:
    """A server that sends `answer`, and the connections made to it; it hangs up if the answer says so."""
    made: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            made.append(self.client_address)

        def do_GET(self) -> None:
            self.wfile.write(answer)
            self.close_connection = b"close" in answer

        def log_message(self, *args: object) -> None:
            pass

    with Patient((HOST, 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Server(server.server_port, os.getpid(), {}), made
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.long
def test_connections_are_kept_where_the_server_keeps_them() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as (server, made):
        target = server.target(SENT)
        assert not target.closes
        (samples,) = compare([target], rounds=1, seconds=0.1)
    assert samples.rates[0] > 0
    assert len(made) == ASKED_FOR_A_TARGET + CONNECTIONS


@pytest.mark.long
def test_connections_are_made_anew_where_the_server_closes_them() -> None:
    with answering(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}") as (server, made):
        target = server.target(SENT)
        assert target.closes
        (samples,) = compare([target], rounds=1, seconds=0.1)
    assert samples.rates[0] > 0
    assert len(made) > ASKED_FOR_A_TARGET + CONNECTIONS


def test_an_answer_in_chunks_is_put_together() -> None:
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"
    with answering(whole) as (server, _):
        assert ask(server.port, SENT) == (b"[1,2]", len(whole), False)


def test_a_refusal_is_no_answer() -> None:
    refusal = b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"
    with answering(refusal) as (server, _), pytest.raises(RuntimeError, match="500 no"):
        ask(server.port, SENT)
