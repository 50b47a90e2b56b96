"""What was asked of a world and answered: the list as it grows, and each request with ways to ask it again."""

import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice, takewhile
from typing import Any
from urllib.parse import urlencode

from mockdreams.http.board.page_views import Asked, Feed, FormAction, PageView, SentForm, absent, state_of
from mockdreams.http.journal import Exchange, RecordedExchange
from mockdreams.http.matching import check_match, compile_match
from mockdreams.http.path_shape import ID
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.errors import invalid

SHOWN = 100
READABLE = 1024 * 1024
"""Bytes of a body that a page shows."""
NEWER = 500
"""New rows that an open page gets at a time."""
_SENT = ("anthropic-version", "anthropic-beta", "content-type")
"""The headers that matter when a request is asked again."""


def show_requests(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The newest requests that the filters let through, from one on backward."""
    found = list(islice(_found(workspace, asked, asked.number("before")), SHOWN + 1))
    return {
        "rows": found[:SHOWN],
        "older": found[SHOWN - 1][0] if len(found) > SHOWN else None,
        "number": workspace.journal.total,
        "kept": len(workspace.journal),
        "filters": {name: asked.text(name) for name in ("match", "status", "by", "hint")},
        "url": asked.server_url,
    }


def show_request(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """One request with its answer, and as a command, a test and a fault."""
    number = int(asked["number"]) if asked["number"].isdecimal() and len(asked["number"]) < 16 else 0
    exchange = workspace.journal.get(number)
    if exchange is None:
        raise absent("request", f"{asked['number']}: it may be forgotten")
    exchange = _readable(exchange)
    return {
        "at": number,
        "exchange": exchange,
        "curl": as_curl(exchange, asked.server_url),
        "test": as_test(exchange),
        "fault": as_fault(exchange),
        "pattern": pattern_of(exchange),
    }


def _readable(exchange: RecordedExchange) -> RecordedExchange:
    """The exchange without bodies that nobody reads on a page, and that take long to write there."""
    return replace(exchange, raw_body=_page_text(exchange.raw_body), raw_response=_page_text(exchange.raw_response))


def _page_text(raw: bytes) -> bytes:
    return raw if len(raw) <= READABLE else b"%d bytes, which GET /_mockdreams/requests shows" % len(raw)


def as_curl(exchange: Exchange, server_url: str) -> str:
    """The request as a command; the key is not shown, so that of the environment is used."""
    words = ["curl", "-X", exchange.method, server_url + exchange.path + _query(exchange)]
    for name in _SENT:
        if name in exchange.headers:
            words += ["-H", f"{name}: {exchange.headers[name]}"]
    if exchange.body is not None:
        words += ["-d", exchange.body if isinstance(exchange.body, str) else json.dumps(exchange.body)]
    return " ".join([*map(shlex.quote, words), '-H "x-api-key: $ANTHROPIC_API_KEY"'])


def as_test(exchange: Exchange) -> str:
    """The request as a test that expects the same status."""
    headers = {name: exchange.headers[name] for name in _SENT if name in exchange.headers}
    body = (
        []
        if exchange.body is None
        else [f"        {'content' if isinstance(exchange.body, str) else 'json'}={exchange.body!r},"]
    )
    return "\n".join(
        [
            "def test_request(mockdreams):",
            "    response = mockdreams.http.request(",
            f"        {exchange.method!r},",
            f"        {exchange.path + _query(exchange)!r},",
            f"        headers={headers!r},",
            *body,
            "    )",
            f"    assert response.status_code == {exchange.status}",
        ]
    )


def as_fault(exchange: Exchange) -> str:
    """A fault that gives such requests what this one got if it was refused, or that the service is overloaded."""
    status = exchange.status if exchange.status is not None and exchange.status >= 400 else 529
    return f"mockdreams.faults.add({pattern_of(exchange)!r}, status={status})"


def pattern_of(exchange: Exchange) -> str:
    """The pattern of requests like this one: an id in its path may be any."""
    return ID.sub("*", exchange.call)


def clear(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Forget the requests."""
    workspace.journal.clear()
    return "The requests are forgotten. Load the page anew to see it."


def _query(exchange: Exchange) -> str:
    return f"?{urlencode(exchange.query, doseq=True)}" if exchange.query else ""


def _found(workspace: Workspace, asked: Asked, before: int | None = None) -> Iterator[tuple[int, RecordedExchange]]:
    wanted = _filter(asked)
    return (entry for entry in workspace.journal.newest_first(before) if wanted(entry[1]))


def _filter(asked: Asked) -> Callable[[RecordedExchange], bool]:
    """What the filters let through; it looks at what is cheap first. Raises ServiceError for a filter that is none."""
    match, status, by, hint = (asked.text(name) for name in ("match", "status", "by", "hint"))
    if status and not (status.isascii() and status.isdecimal()):
        raise invalid(f"status: {status!r} is no number")
    try:
        pattern = compile_match(check_match(match if " " in match else f"* {match}")) if match else None
    except ValueError as refused:
        raise invalid(f"match: {refused}") from None

    def wanted(exchange: RecordedExchange) -> bool:
        return (
            (not status or exchange.status == int(status))
            and (not by or exchange.by == by)
            and (not hint or exchange.raw_hint is not None)
            and (pattern is None or pattern.fullmatch(f"{exchange.method} {exchange.raw_path}") is not None)
        )

    return wanted


def _newer(workspace: Workspace, asked: Asked, after: int) -> tuple[list[Any], int]:
    """The requests after a number, the newest first, for those who look at the newest."""
    if asked.text("before"):
        return [], after
    fresh = takewhile(lambda entry: entry[0] > after, _found(workspace, asked))
    return list(islice(fresh, NEWER)), workspace.journal.total


VIEWS = (
    PageView(
        "/requests",
        "requests",
        show_requests,
        state=lambda workspace, _: state_of(workspace),
        feed=Feed("requests", "request_rows.html", _newer, swap="afterbegin"),
    ),
    PageView("/requests/{number}", "request", show_request),
)
ACTIONS = (FormAction("/requests/clear", clear),)
