"""What saboteurs work with: patches of the fake's rules, and a wrapper that falsifies its answers."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockdreams.contract.checking.rules import rules
from mockdreams.contract.checking.runner import RuleResult, prove
from tests.support.contract_server import Wrapped, with_workbench

Commit = Callable[[pytest.MonkeyPatch, Wrapped], None]


class Mutant(NamedTuple):
    """A planted fault, the rules that it has to break, and how it is planted. `policy` is changed for its world."""

    fault: str
    breaks: tuple[str, ...]
    commit: Commit | None = None
    policy: dict[str, Any] = {}


@dataclass
class Reply:
    """An answer on its way out."""

    method: str
    path: str
    query: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


Change = Callable[[Reply], None]


def patch(target: object, name: str, value: object) -> Commit:
    """Replace a rule of the fake."""
    return lambda monkeypatch, _: monkeypatch.setattr(target, name, value)


def falsify(change: Change) -> Commit:
    """Change answers, but not streams, after the fake has given them."""

    def commit(monkeypatch: pytest.MonkeyPatch, app: Wrapped) -> None:
        monkeypatch.setattr(app, "around", partial(_falsified, app.inner, change))

    return commit


async def _falsified(inner: ASGIApp, change: Change, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http" or scope["path"].startswith("/_mockdreams/") or scope["path"].endswith("/stream"):
        await inner(scope, receive, send)
        return
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await inner(scope, receive, keep)
    start, *parts = messages
    reply = Reply(scope["method"], scope["path"], scope["query_string"].decode(), start["status"])
    reply.headers = {name.decode(): value.decode() for name, value in start["headers"]}
    reply.body = json.loads(b"".join(part.get("body", b"") for part in parts))
    change(reply)
    body = json.dumps(reply.body).encode()
    head = {**reply.headers, "content-length": str(len(body))}
    headers = [(name.encode(), value.encode()) for name, value in head.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def records(reply: Reply, type: str) -> list[Any]:
    """The records of a type in an answer, alone or in a list."""
    body = reply.body
    found = body["data"] if isinstance(body, dict) and "data" in body else [body]
    return [record for record in found if isinstance(record, dict) and record.get("type") == type]


def caught(sabotage: Mutant, url: str, app: Wrapped, only: frozenset[str] | None = None) -> list[RuleResult]:
    """The results of the rules that break under a sabotage, of those in `only` (none: of all)."""
    with pytest.MonkeyPatch.context() as monkeypatch, with_workbench(url, f"sk-{sabotage.fault}") as stage:
        if sabotage.policy:
            stage.target.control("PATCH", "/policy", sabotage.policy)
        if sabotage.commit:
            sabotage.commit(monkeypatch, app)
        chosen = [rule for rule in rules() if only is None or rule.id in only]
        found = [prove(stage, rule) for rule in chosen]
    return [result for result in found if result.outcome == "broken"]
