"""A cassette: the YAML file of a recording, written by hand at its outer levels, and read back."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from mockdreams.contract.client.request_path import check_path

HEAD = """\
# What was said to a service and what it answered, recorded by `mockdreams contract record`.
# <dream-1> and the like stand for the ids of the service, and are the same throughout; <secret> for what is not told.
# `after: 3` at an event: it came when exchange 3 had begun. Send it all again with `mockdreams contract replay`.
"""
_BREAKS = re.compile("[\x85\u2028\u2029]")
_METHOD = re.compile("[A-Z]+")
_HEADER = re.compile(r"[\w-]+", re.ASCII)
_LINE = re.compile(r"[^\x00-\x1f\x7f]*")
_OURS = frozenset(("host", "x-api-key", "authorization", "content-length", "transfer-encoding", "connection"))
"""Headers that whoever sends the request decides on."""


class _CassetteDumper(yaml.SafeDumper):
    """The dumper in Python: that in C takes every emoji for something that cannot be shown."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> Any:
    style = '"' if _BREAKS.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_CassetteDumper.add_representer(str, _text)


@dataclass(frozen=True)
class CassetteRequest:
    """`key` is None for the key of the recording, `none`, or `other-1`; `content` is made by `content_of`."""

    method: str
    path: str
    query: dict[str, Any] | str = field(default_factory=dict)
    key: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def call(self) -> str:
        query = self.query if isinstance(self.query, str) else "&".join(_spelled(self.query))
        return f"{self.method} {self.path}{'?' if query else ''}{query}"


@dataclass(frozen=True)
class CassetteEvent:
    """An event of a stream; `after` is the number of the newest exchange that had begun when it came."""

    after: int
    event: str
    data: Any


@dataclass(frozen=True)
class CassetteResponse:
    """`events` is None for an answer that is no stream; `ended` says whether the service ended it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    events: tuple[CassetteEvent, ...] | None = None
    ended: bool = False


@dataclass(frozen=True)
class CassetteExchange:
    number: int
    request: CassetteRequest
    response: CassetteResponse


def content_of(raw: bytes) -> dict[str, Any]:
    """A body under the key that says what it is: `body` for JSON, `text`, or `binary`; nothing for none."""
    if not raw:
        return {}
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {"binary": raw}
    try:
        body = json.loads(text)
        json.dumps(body, allow_nan=False, ensure_ascii=False).encode()  # YAML knows no lone surrogates
    except (ValueError, RecursionError):
        return {"text": text}
    return {"body": body}


def exchange_text(number: int, request: dict[str, Any], response: dict[str, Any], *, stream: bool = False) -> str:
    """An exchange as an item of the list of exchanges; the events of a stream are written after it."""
    item = _dumped([{"exchange": number, "request": request, "response": response}])
    return f"{item}    events:\n" if stream else item


def event_text(event: dict[str, Any]) -> str:
    """An event as an item of the list at the end of its exchange."""
    return indent(_dumped([event]), "    ")


ENDED = "    ended: true\n"
"""What follows the events of a stream that the service has ended."""


def cassette_text(exchanges: str) -> str:
    return f"{HEAD}exchanges:\n{exchanges}" if exchanges else f"{HEAD}exchanges: []\n"


def load(path: Path) -> list[CassetteExchange]:
    """The exchanges of a file. Raises ValueError for one that is no cassette, OSError for none."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_bytes(), loader)
        return [_exchange(item) for item in document["exchanges"]]
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError, AttributeError, ValueError) as wrong:
        raise ValueError(f"{path} is not a cassette: {type(wrong).__name__} {_first_line(wrong)}") from None


def _exchange(item: dict[str, Any]) -> CassetteExchange:
    answered, number = item["response"], int(item["exchange"])
    try:
        request = _request(item["request"])
    except ValueError as wrong:
        raise ValueError(f"exchange {number}: {wrong}") from None
    events = tuple(_events(number, answered["events"] or [])) if "events" in answered else None
    response = CassetteResponse(
        int(answered["status"]),
        answered.get("headers") or {},
        _content(answered),
        events,
        bool(answered.get("ended", False)),
    )
    return CassetteExchange(number, request, response)


def _request(asked: dict[str, Any]) -> CassetteRequest:
    """What is sent. Raises ValueError for what could not be, or would go elsewhere than to the target."""
    method, query, headers, key = asked["method"], asked.get("query"), asked.get("headers") or {}, asked.get("key")
    if not isinstance(method, str) or not _METHOD.fullmatch(method):
        raise ValueError(f"{method!r:.80} is no method")
    path = check_path(asked["path"])
    if not isinstance(query, str | dict | None):
        raise ValueError("the query is neither a text nor an object")
    if isinstance(query, str) and not _LINE.fullmatch(query):
        raise ValueError("the query is not one line")
    if not isinstance(headers, dict) or not all(isinstance(each, str) for pair in headers.items() for each in pair):
        raise ValueError("the headers are no object of texts")
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not _LINE.fullmatch(value) or name.lower() in _OURS:
            raise ValueError(f"{name!r:.80} is no header that a cassette may send")
    if not isinstance(key, str | None) or not _HEADER.fullmatch(key or "none"):
        raise ValueError("the key has no such name: it is none, or like other-1")
    return CassetteRequest(method, path, query or {}, key, headers, _content(asked))


def _events(number: int, items: list[dict[str, Any]]) -> Iterator[CassetteEvent]:
    for item in items:
        number = int(item.get("after", number))
        yield CassetteEvent(number, str(item["event"]), item.get("data"))


def _content(side: dict[str, Any]) -> dict[str, Any]:
    return {key: side[key] for key in ("body", "text", "binary") if key in side}


def _dumped(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=_CassetteDumper, sort_keys=False, allow_unicode=True, width=10**9)
    return text


def _spelled(query: dict[str, Any]) -> Iterator[str]:
    for name, value in query.items():
        yield from (f"{name}={each}" for each in (value if isinstance(value, list) else [value]))


def _first_line(wrong: Exception) -> str:
    return re.sub(r"\s*\n.*", "", str(wrong), flags=re.DOTALL)
