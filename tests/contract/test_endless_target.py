"""Targets that never come to an end: a check ends, with its rule broken."""

import asyncio
import gzip
import json
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mockdreams.cli import main
from mockdreams.contract.checking import workbench
from mockdreams.contract.checking.runner import MOST_UNANSWERED
from mockdreams.contract.client import event_stream, target
from mockdreams.contract.client.answers import RuleViolation
from mockdreams.contract.client.target import Target
from tests.support.contract_server import Wrapped, served, with_workbench

pytestmark = pytest.mark.off_schema

Answer = Callable[[Request], Response]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Wrapped]]:
    with served() as server:
        yield server


def answering(answer: Answer) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(Request(scope, receive))(scope, receive, send)

    return serve


def page(request: Request, item: Any, cursor: str | None) -> Response:
    return Response(json.dumps({"data": item, "next_page": cursor}), media_type="application/json")


def number_of(request: Request) -> int:
    return int(request.query_params.get("page", "page_0").removeprefix("page_"))


PAGES: dict[str, tuple[Callable[[Request], Response], str, int]] = {
    "the same cursor": (lambda each: page(each, [{"id": f"a{number_of(each)}"}], "page_1"), "the cursor repeats", 2),
    "two cursors in turn": (
        lambda each: page(each, [], f"page_{3 - number_of(each) if number_of(each) else 1}"),
        "empty",
        3,
    ),
    "the same item": (lambda each: page(each, [{"id": "a"}], f"page_{number_of(each) + 1}"), "comes twice", 2),
    "nothing, for ever": (lambda each: page(each, [], f"page_{number_of(each) + 1}"), "empty", 3),
    "always new": (
        lambda each: page(each, [{"id": f"a{number_of(each)}"}], f"page_{number_of(each) + 1}"),
        "does not end after 50 pages",
        50,
    ),
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_list_that_does_not_end(kind: str, server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch) -> None:
    answer, words, most = PAGES[kind]
    url, app = server
    asked: list[str] = []
    monkeypatch.setattr(workbench, "MOST_PAGES", 50)
    with with_workbench(url) as bench:

        def count(each: Any) -> Any:
            asked.append(each.url.query)
            return answer(each)

        monkeypatch.setattr(app, "around", answering(count))
        with pytest.raises(RuleViolation, match=words):
            bench.listed("/v1/agents")
        assert len(asked) == most
        with pytest.raises(RuleViolation):
            bench.listed("/v1/agents")
        assert len(asked) <= most + 20, "a target that is known to be endless is not asked as long again"
        monkeypatch.setattr(app, "around", None)


def test_a_rule_is_broken_by_such_a_list(server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch) -> None:
    url, app = server

    def endless(scope: Scope, receive: Receive, send: Send) -> Any:
        if scope["path"] == "/v1/agents" and scope["method"] == "GET":
            return answering(PAGES["the same cursor"][0])(scope, receive, send)
        return app.inner(scope, receive, send)

    monkeypatch.setattr(app, "around", endless)
    command = ["contract", "check", "--target", url, "--api-key", "sk-endless", "--tier", "cheap"]
    result = CliRunner().invoke(main, [*command, "--rule", "agent-list-newest-first"])
    assert result.exit_code == 1, result.output
    assert "the cursor repeats" in result.output


async def for_ever(part: bytes) -> AsyncIterator[bytes]:
    """Longer than anybody reads here; the server cannot tell that its client has gone."""
    for _ in range(20_000):
        yield part
        await asyncio.sleep(0)


def test_a_body_that_does_not_end(server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch) -> None:
    url, app = server
    monkeypatch.setattr(target, "MOST_BYTES", 100_000)
    with Target(url, "sk-endless") as asked:
        monkeypatch.setattr(app, "around", answering(lambda _: StreamingResponse(for_ever(b"x" * 1_000))))
        with pytest.raises(RuleViolation, match="longer than"):
            asked.ask("GET", "/v1/agents")
        monkeypatch.setattr(app, "around", None)
        assert asked.ask("GET", "/v1/agents").status == 200


@pytest.mark.long
def test_a_body_that_is_larger_than_what_is_sent(server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 40 MB of zeros in 40 kB, no more is unpacked at a time than comes of what was read at a time."""
    url, app = server
    monkeypatch.setattr(target, "MOST_BYTES", 10_000_000)
    bomb = gzip.compress(bytes(40_000_000), 9)
    with Target(url, "sk-endless") as asked:
        headers = {"content-encoding": "gzip", "content-type": "application/json"}
        monkeypatch.setattr(app, "around", answering(lambda _: Response(bomb, headers=headers)))
        tracemalloc.start()
        try:
            with pytest.raises(RuleViolation, match="longer than"):
                asked.ask("GET", "/v1/agents")
            assert tracemalloc.get_traced_memory()[1] < 3 * target.MOST_BYTES
        finally:
            tracemalloc.stop()
        monkeypatch.setattr(app, "around", None)


def test_a_body_that_drips(server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch) -> None:
    url, app = server
    with Target(url, "sk-endless") as asked:
        monkeypatch.setattr(target, "BODY_SECONDS", 0)
        monkeypatch.setattr(app, "around", answering(lambda _: StreamingResponse(for_ever(b" "))))
        with pytest.raises(RuleViolation, match="not come whole within"):
            asked.ask("GET", "/v1/agents")
        monkeypatch.setattr(app, "around", None)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (b'event: x\ndata: {"type": "x"}\n\n', "more than 100 events"),
        (b"data: " + b"x" * 1000, "longer than"),
        (b": nothing\n", "longer than"),
    ],
    ids=["events", "one line", "one event"],
)
@pytest.mark.long
def test_a_stream_that_does_not_end(
    part: bytes, words: str, server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, app = server
    monkeypatch.setattr(event_stream, "MOST_EVENTS", 100)
    monkeypatch.setattr(event_stream, "MOST_BYTES", 100_000)
    with Target(url, "sk-endless") as asked:
        stream = lambda _: StreamingResponse(for_ever(part), media_type="text/event-stream")  # noqa: E731
        monkeypatch.setattr(app, "around", answering(stream))
        with (
            asked.stream("/v1/sessions/x/events/stream", query=None, seconds=60) as opened,
            pytest.raises(RuleViolation, match=words),
        ):
            for _ in opened.frames():
                pass
        monkeypatch.setattr(app, "around", None)


def test_only_an_open_stream_can_be_silent(server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes to open, which here is longer than the reader waits for what comes after."""
    url, app = server
    over = threading.Event()

    async def nothing() -> AsyncIterator[bytes]:
        while not over.is_set():
            yield b""
            await asyncio.sleep(0)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(5_000):
            await asyncio.sleep(0)
        await StreamingResponse(nothing())(scope, receive, send)

    with Target(url, "sk-endless") as asked:
        monkeypatch.setattr(app, "around", slow)
        with asked.stream("/v1/sessions/x/events/stream", query=None, seconds=1e-6) as opened:
            with pytest.raises(event_stream.StreamTimeout):
                next(opened.frames())
            over.set()
        monkeypatch.setattr(app, "around", None)


@pytest.mark.parametrize("body", ["null", "[" * 100_000, "3", '"mode"', ""])
def test_a_control_api_that_makes_no_sense_is_none(
    body: str, server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, app = server
    monkeypatch.setattr(app, "around", answering(lambda _: Response(body, media_type="application/json")))
    command = ["contract", "check", "--target", url, "--api-key", "sk-endless", "--rule", "envelope"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1, (result.output, result.exception)
    assert "broken  envelope" in result.output


def hostile(app: Wrapped, answer: Answer, asked: list[str]) -> ASGIApp:
    """The service, but for what it answers to any GET of a list."""
    serve_answer = answering(answer)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        is_list = scope["method"] == "GET" and scope["path"].count("/") == 2 and scope["path"].startswith("/v1/")
        await (serve_answer if is_list else app.inner)(scope, receive, send)

    return serve


LISTS = ["agent-list-newest-first", "environment-list-null", "environment-list-pages", "skill-list-newest-first"]


@pytest.mark.parametrize("kind", [*PAGES, "a body"])
@pytest.mark.long
def test_a_check_ends_with_a_target_that_does_not(
    kind: str, server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However hostile its lists, it is asked a bounded number of times, and told to be broken."""
    url, app = server
    asked: list[str] = []
    monkeypatch.setattr(workbench, "MOST_PAGES", 50)
    monkeypatch.setattr(target, "MOST_BYTES", 10_000)
    answer = PAGES[kind][0] if kind in PAGES else lambda _: Response(b" " * 20_000)
    monkeypatch.setattr(app, "around", hostile(app, answer, asked))
    command = ["contract", "check", "--target", url, "--api-key", "sk-hostile", "--tier", "cheap"]
    result = CliRunner().invoke(main, [*command, *(f"--rule={rule}" for rule in LISTS)])
    assert result.exit_code == 1, (result.output[-500:], result.exception)
    assert "broken" in result.output
    assert len(asked) < 50 + len(LISTS) * 100


def test_nobody_waits_for_every_rule_of_a_target_that_leaves_requests_without_an_answer(
    server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, app = server
    asked: list[str] = []

    def drip(_: Request) -> Response:
        monkeypatch.setattr(target, "BODY_SECONDS", 0)
        return StreamingResponse(for_ever(b" "))

    monkeypatch.setattr(target, "BODY_SECONDS", target.BODY_SECONDS)
    monkeypatch.setattr(app, "around", hostile(app, drip, asked))
    command = ["contract", "check", "--target", url, "--api-key", "sk-drips", "--tier", "cheap"]
    result = CliRunner().invoke(main, [*command, *(f"--rule={rule}" for rule in LISTS)])
    assert result.exit_code == 2, (result.output[-500:], result.exception)
    assert f"left {MOST_UNANSWERED} requests without an answer" in result.output
