"""A request that is answered where it is read has the answer that it has where a task waits, and leaves the same."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockdreams import MockDreams
from mockdreams.harness.transport import Transport
from mockdreams.http import protocol
from mockdreams.http.app import Application
from mockdreams.http.response import Response
from mockdreams.http.workspaces import Workspaces
from mockdreams.server import ThreadedServer
from mockdreams.world.core.clock import ClockMode
from mockdreams.world.dreams.dreams import Dreams
from mockdreams.world.memory.stores import MemoryStores
from tests.support.helpers import HANG_GUARD
from tests.support.kept import KeptServer
from tests.support.raw_http import BETAS, Answer, Connection, connected

HOLDS = hasattr(HttpToolsProtocol, "_start_asgi_task")
"""Older versions of Uvicorn, from which no task can be held back, have each request wait for its turn."""
JSON = {"content-type": "application/json"}
KNOWN = {"x-api-key": "sk-one", "anthropic-version": "2023-06-01", "anthropic-beta": BETAS}
STORE = json.dumps({"name": "Notes"})
REQUESTS: list[tuple[str, str, dict[str, str], str]] = [
    ("POST", "/v1/memory_stores", JSON, STORE),
    ("GET", "/v1/memory_stores", {}, ""),
    ("GET", "/v1/memory_stores?limit=1&limit=2", {}, ""),
    ("GET", "/v1/memory_stores?limit=0", {}, ""),
    ("GET", "/v1/memory_stores?nothing=1", {}, ""),
    ("GET", "/v1/memory_stores", JSON, STORE),
    ("HEAD", "/v1/memory_stores", {}, ""),
    ("OPTIONS", "/v1/memory_stores", {}, ""),
    ("PUT", "/v1/memory_stores", JSON, STORE),
    ("POST", "/v1/memory_stores", {}, STORE),
    ("POST", "/v1/memory_stores", {"content-type": "text/plain"}, STORE),
    ("POST", "/v1/memory_stores", JSON, ""),
    ("POST", "/v1/memory_stores", JSON, '{"name":'),
    ("POST", "/v1/memory_stores", JSON, '{"name": 7}'),
    ("POST", "/v1/memory_stores", JSON, '{"name": "x", "names": 1}'),
    ("POST", "/v1/memory_stores", JSON, json.dumps({"name": "x" * 5_000})),
    ("GET", "/v1/memory_stores/memstore_unknown", {}, ""),
    ("GET", "/v1/nothing", {}, ""),
    ("GET", "/v1//dreams", {}, ""),
    ("GET", "/v1/dreams/", {}, ""),
    ("GET", "/v1/dreams", {"anthropic-beta": "managed-agents-2026-04-01"}, ""),
    ("GET", "/v1/dreams", {"anthropic-beta": "no-such-beta-2026-01-01"}, ""),
    ("GET", "/v1/dreams", {"anthropic-version": "1999-01-01"}, ""),
    ("GET", "/v1/dreams", {"x-api-key": ""}, ""),
    ("GET", "/v1/dreams", {"authorization": "Bearer sk-two"}, ""),
    ("GET", "/v1/dreams", {"x-api-key": "sk-env-unknown"}, ""),
    ("POST", "/v1/dreams", JSON, '{"inputs": []}'),
    ("POST", "/v1/sessions/sesn_unknown/events", JSON, '{"events": []}'),
    ("DELETE", "/v1/memory_stores/memstore_unknown", {}, ""),
    ("GET", "/v1/models", {}, ""),
    ("GET", "/v1/memory_stores?limit=1&page=forged", {}, ""),
]
WAITING = [0, 6, 7, 8, 17, 18, 19, 23, 25]
"""Those that are not answered at once: for a world that is not there yet, by no route of ours, with no known key."""


class Waiting:
    """An application within another, which has each request wait for its turn."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.close_streams = app.close_streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class AtOnce(Waiting):
    """An application that counts the requests that it answers where they are read."""

    def __init__(self, app: Application) -> None:
        super().__init__(app)
        self.taken = 0

    def answer_at_once(self, scope: Scope, body: bytes, send: Callable[[Response], None]) -> bool:
        def count(answer: Response) -> None:  # before whoever asked has the answer, and may look
            self.taken += 1
            send(answer)

        return self._app.answer_at_once(scope, body, count)


class Served:
    """A server with the world of one key, which is `kept` or in memory only."""

    def __init__(self, app: Waiting, kept: KeptServer | None) -> None:
        self.app, self.kept = app, kept
        self.server = ThreadedServer(cast(Application, app))
        self.server.start()
        self.url = self.server.url

    def stop(self) -> None:
        self.server.stop()
        if self.kept is not None:
            self.kept.stop_dead()

    def connected(self, key: str = "sk-one") -> Any:
        return connected(cast(MockDreams, SimpleNamespace(url=self.url, api_key=key)))

    def listens(self) -> bool:
        try:
            with self.connected():
                return True
        except OSError:
            return False

    def ask(self, method: str, path: str, headers: Mapping[str, str] = {}, body: str = "") -> Answer:
        """The answer over a connection of its own, without what is not the same twice."""
        with self.connected() as connection:
            connection.send(sent(connection, method, path, headers, body))
            answer: Answer = connection.receive(body=method != "HEAD")
        told = {name: said for name, said in answer.headers.items() if name != "date"}
        where = b"" if self.kept is None else self.kept.where.encode()
        return answer._replace(headers=told, body=answer.body.replace(where, b"DIR") if where else answer.body)

    def noted(self) -> list[dict[str, Any]]:
        """What the journal has."""
        exchanges = httpx2.get(f"{self.url}/_mockdreams/requests", headers={"x-api-key": "sk-one"}).json()["data"]
        return [json.loads(json.dumps(each).replace(self.url.removeprefix("http://"), "host")) for each in exchanges]

    def logged(self) -> list[tuple[Any, ...]]:
        """What is kept, without wall times."""
        assert self.kept is not None
        return [
            *self.kept.sql("SELECT number, version, body FROM entries ORDER BY world, number"),
            *self.kept.sql("SELECT label FROM labels ORDER BY label"),
        ]


def sent(connection: Connection, method: str, path: str, headers: Mapping[str, str] = {}, body: str = "") -> bytes:
    given = {"host": connection.host.decode(), **KNOWN, **headers}
    if body:
        given["content-length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode()


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + HANG_GUARD
    while not happened():
        assert time.monotonic() < end


OPENING: dict[str, dict[str, Any]] = {"normal": {}, "full": {"full_sync": True}, "shared": {"exclusive": False}}
"""How the directory is opened where worlds are kept."""


@pytest.fixture(params=["memory", *OPENING])
def kind(request: pytest.FixtureRequest) -> str:
    return cast(str, request.param)


@pytest.fixture
def mode() -> ClockMode:
    return "auto"


@pytest.fixture
def serve(kind: str, mode: ClockMode, tmp_path: Path) -> Iterator[Callable[[type[Waiting]], Served]]:
    """Starts a server whose worlds are in memory, or kept in a directory with one of the ways to sync."""
    started: list[Served] = []

    def start(way: type[Waiting]) -> Served:
        kept = None
        if kind != "memory":
            kept = KeptServer(
                tmp_path / str(len(started)), keeping={"clock": lambda: 1e9}, opening=OPENING[kind], clock=mode
            )
        app = Application(Workspaces(clock=mode)) if kept is None else kept.app
        started.append(Served(way(app), kept))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def at_once(serve: Callable[[type[Waiting]], Served]) -> Served:
    return serve(AtOnce)


@pytest.fixture
def waiting(serve: Callable[[type[Waiting]], Served]) -> Served:
    return serve(Waiting)


def assert_same(at_once: Served, waiting: Served) -> None:
    """They have noted the same, and kept the same."""
    assert at_once.noted() == waiting.noted()
    if at_once.kept is not None:
        assert at_once.logged() == waiting.logged()


@pytest.mark.parametrize("mode", ["auto", "manual"])
@pytest.mark.long
def test_the_two_ways_to_an_answer_are_one(at_once: Served, waiting: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "STROKE_SECONDS", HANG_GUARD)  # on a busy machine a long body waits after a part
    app, waited = cast(AtOnce, at_once.app), []
    for number, request in enumerate(REQUESTS):
        before = app.taken
        assert at_once.ask(*request) == waiting.ask(*request), request
        waited += [number] * (app.taken == before)
    assert waited == (WAITING if HOLDS else [*range(len(REQUESTS))])
    assert_same(at_once, waiting)


@pytest.mark.parametrize("mode", ["auto", "manual"])
@pytest.mark.long
def test_a_request_with_no_socket_is_answered_where_it_is_made(mode: ClockMode) -> None:
    """As on the loop, on which one of an application within another waits for its turn."""
    there, waiting = (Transport(way(Application(Workspaces(clock=mode)))) for way in (lambda app: app, Waiting))
    for method, path, headers, body in REQUESTS:
        requests = [
            httpx2.Request(method, f"http://localhost{path}", headers={**KNOWN, **headers}, content=body.encode())
            for _ in range(2)
        ]
        answers = [each.handle_request(one) for each, one in zip((there, waiting), requests, strict=True)]
        assert len({(each.status_code, each.read(), *map(tuple, each.headers.raw)) for each in answers}) == 1, path


@pytest.mark.long
def test_a_crash_is_the_same(at_once: Served, waiting: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    create = MemoryStores.create

    def crash(*_: Any) -> None:
        raise RuntimeError("a bug of ours")

    def create_and_crash(*given: Any, **named: Any) -> None:
        create(*given, **named)
        raise RuntimeError("a bug of ours")

    for server in (at_once, waiting):
        assert server.ask("POST", "/v1/memory_stores", JSON, STORE).status == 200
    monkeypatch.setattr(Dreams, "page", crash)
    monkeypatch.setattr(MemoryStores, "create", create_and_crash)
    for request in (("GET", "/v1/dreams", {}, ""), ("POST", "/v1/memory_stores", JSON, STORE)):
        answer = at_once.ask(*request)
        assert (answer.status, answer.message) == (500, "Internal server error")
        assert answer == waiting.ask(*request)
    monkeypatch.undo()
    for server in (at_once, waiting):
        assert len(json.loads(server.ask("GET", "/v1/memory_stores").body)["data"]) == 2
    assert_same(at_once, waiting)


def test_requests_that_come_together_are_answered_in_their_order(at_once: Served) -> None:
    change = ("POST", "/v1/memory_stores", JSON, STORE)
    assert at_once.ask(*change).status == 200
    with at_once.connected() as connection:
        look = sent(connection, "GET", "/v1/memory_stores")
        connection.send(sent(connection, *change) + look + sent(connection, *change) + look)
        answers = [json.loads(connection.receive().body) for _ in range(4)]
    assert [len(each["data"]) if "data" in each else each["name"] for each in answers] == ["Notes", 2, "Notes", 3]


@pytest.mark.parametrize("kind", ["normal", "full"])
@pytest.mark.long
def test_what_cannot_be_kept_is_refused_the_same_and_leaves_nothing(at_once: Served, waiting: Served) -> None:
    change = ("POST", "/v1/memory_stores", JSON, STORE)
    for server in (at_once, waiting):
        assert server.kept is not None
        assert server.ask(*change).status == 200
        server.kept.keep_nothing()
    for _ in range(2):
        answer = at_once.ask(*change)
        assert answer == waiting.ask(*change)
        assert answer.status == 500
        assert answer.message == "This world cannot be kept: DIR: attempt to write a readonly database"
    for server in (at_once, waiting):
        assert server.kept is not None
        server.kept.keep_again()
        assert len(json.loads(server.ask("GET", "/v1/memory_stores").body)["data"]) == 1
        assert server.ask(*change).status == 200
    assert_same(at_once, waiting)


@pytest.fixture
def other(at_once: Served) -> Iterator[sqlite3.Connection]:
    """Another process that has the database open."""
    assert at_once.kept is not None
    path = Path(at_once.kept.where) / "worlds.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        yield connection


@pytest.mark.parametrize("kind", ["normal", "full"])
def test_no_answer_leaves_before_what_it_tells_of_is_kept(at_once: Served, other: sqlite3.Connection) -> None:
    kept = at_once.kept
    assert kept is not None
    assert at_once.ask("POST", "/v1/memory_stores", JSON, STORE).status == 200
    with at_once.connected() as writer, at_once.connected() as reader, at_once.connected() as gone:
        other.execute("BEGIN IMMEDIATE")
        place, noted = kept.place("sk-one"), len(kept.place("sk-one").journal)
        gone.send(sent(gone, "POST", "/v1/memory_stores", JSON, STORE))
        writer.send(sent(writer, "POST", "/v1/memory_stores", JSON, STORE))
        wait_until(lambda: place.users == 2)
        reader.send(sent(reader, "GET", "/v1/memory_stores"))
        wait_until(lambda: place.users == 3)
        assert len(place.journal) == noted
        gone.close()
        other.execute("COMMIT")
        assert writer.receive().status == 200
        assert len(json.loads(reader.receive().body)["data"]) == 3
        for connection in (writer, reader):
            assert connection.ask(sent(connection, "GET", "/v1/memory_stores")).status == 200
    assert place.users == 0
    assert len(kept.sql("SELECT * FROM entries")) == 4


@pytest.mark.parametrize("kind", ["normal"])
@pytest.mark.long
def test_an_answer_that_waits_outlasts_the_order_to_stop(at_once: Served, other: sqlite3.Connection) -> None:
    assert at_once.kept is not None
    assert at_once.ask("POST", "/v1/memory_stores", JSON, STORE).status == 200
    with at_once.connected() as connection:
        place = at_once.kept.place("sk-one")
        other.execute("BEGIN IMMEDIATE")
        connection.send(sent(connection, "POST", "/v1/memory_stores", JSON, STORE))
        wait_until(lambda: place.users == 1)
        stopping = threading.Thread(target=at_once.server.stop)
        stopping.start()
        wait_until(lambda: not at_once.listens())
        other.execute("COMMIT")
        assert connection.receive().status == 200
        assert connection.ended()
        stopping.join()
