"""A cassette: the YAML file of a recording, written by hand at its outer levels, and read back."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from mockdreams.contract.client.request_path import check_path
from mockdreams.files import MOST_JSON, name_of, one_line, parse_document, read_bytes, text_of

HEAD = """\
# What was said to a service and what it answered, recorded by `mockdreams contract record`.
# <dream-1> and the like stand for the ids of the service, and are the same throughout; <secret> for what is not told.
# `after: 3` at an event: it came when exchange 3 had begun. Send it all again with `mockdreams contract replay`.
"""
_UNFINISHED = (
    "# Its recording has not ended: this is what came, as it was answered, each whole if it ends with `# recorded`.\n"
)
_RECORDED = "# recorded\n"
"""What follows each item of an unfinished cassette. Nothing else in it begins a line so."""
_BREAKS = re.compile("[\x85\u2028\u2029]")
MOST_CASSETTE = MOST_JSON
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


UNFINISHED_HEAD = f"{HEAD}{_UNFINISHED}exchanges:\n"
"""How the file begins while it is recorded: items are appended, each with its end mark."""


def unfinished_exchange(text: str) -> str:
    """An exchange, by `exchange_text`, as it is appended."""
    return text + _RECORDED


def unfinished_event(number: int, event: dict[str, Any]) -> str:
    """What came on the stream of an exchange, as it is appended: other exchanges may stand between them."""
    return _dumped([{"stream": number, **event}]) + _RECORDED


def load(path: Path, warn: Callable[[str], object] = lambda _: None) -> list[CassetteExchange]:
    """The exchanges of a file, in order. Raises ValueError for one that is no cassette, or has none.

    `warn` is told, in one line, of an end that was cut off when a recording was: it is left out.
    """
    try:
        raw = read_bytes(path, MOST_CASSETTE)
        unfinished = _UNFINISHED.encode() in raw[:2000]
        whole = _whole(raw) if unfinished else raw
        document = parse_document(text_of(path, whole))
    except ValueError as refused:
        raise ValueError(f"{name_of(path)} is not a cassette: {one_line(refused)}") from None
    try:
        items = document["exchanges"] or []
        exchanges = [_exchange(item) for item in (_in_order(items) if unfinished else items)]
    except (LookupError, TypeError, AttributeError, ValueError) as wrong:
        raise ValueError(f"{name_of(path)} is not a cassette: {type(wrong).__name__} {one_line(wrong)}") from None
    if not exchanges:
        raise ValueError(f"{name_of(path)} is no cassette to replay: it has no exchanges")
    if len(whole) < len(raw):
        warn(f"{name_of(path)} was cut off while it was recorded: its last {len(raw) - len(whole)} bytes are left out")
    return exchanges


def _whole(raw: bytes) -> bytes:
    """An unfinished cassette without the item at its end that is not whole."""
    head, mark = UNFINISHED_HEAD.encode(), f"\n{_RECORDED}".encode()
    end = raw.rfind(mark)
    return raw[: end + len(mark)] if end >= 0 else raw[: len(head)]


def _in_order(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The exchanges of an unfinished cassette, as they began, each with what came on its stream."""
    exchanges = {int(item["exchange"]): item for item in items if "exchange" in item}
    for item in items:
        if "stream" in item:
            response = exchanges[int(item["stream"])]["response"]
            if "ended" in item:
                response["ended"] = item["ended"]
            else:
                response["events"] = events = response.get("events") or []
                events.append(item)
    return (exchanges[number] for number in sorted(exchanges))


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
