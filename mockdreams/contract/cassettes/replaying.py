"""A replay: the requests of a cassette, one after the other, sent to a target, and what it answers otherwise.

Time passes otherwise at another target. So a GET whose record has not come as far as it was recorded is sent again
until it has, `PATIENCE` at most. One that is further already, on the way that the recording shows, has only its fields
compared, and is not asked for again until the recording has come so far. Before a request is sent, each open stream
has had the events that came before it in the recording, or has been silent for a while.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import httpx2

from mockdreams.contract.answers import Answer, BrokenError
from mockdreams.contract.cassettes.cassette import Event, Exchange, Response
from mockdreams.contract.cassettes.comparing import Comparison, Found
from mockdreams.contract.cassettes.listening import Listening
from mockdreams.contract.cassettes.names import NAME, Bindings
from mockdreams.contract.cassettes.responses import compare_answers, compare_events, compare_heads
from mockdreams.contract.litter import Litter
from mockdreams.contract.sse import Frame
from mockdreams.contract.target import TRIES, Target

Outcome = Literal["same", "differs", "skipped"]
CONTROL = "/_mockdreams/"


class Patience(NamedTuple):
    """How often to look, how many seconds lie between, and how long a stream may be silent."""

    looks: int
    pause: float
    silence: float


PATIENCE = {"manual": Patience(1, 0, 2), "auto": Patience(60, 0, 2), "real": Patience(400, 0.05, 10)}
"""By the clock of a fake."""
SERVICE = Patience(2400, 5, 900)


@dataclass(frozen=True)
class Result:
    """What came of one exchange; `words` say why it was skipped, or that it was ahead of the recording."""

    number: int
    call: str
    outcome: Outcome
    found: tuple[Found, ...] = ()
    words: str = ""


@dataclass
class Report:
    """The results of a replay, and what it left behind."""

    target: str
    cassette: str
    results: list[Result] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    interrupted: bool = False

    @property
    def same(self) -> bool:
        return all(not result.found for result in self.results)

    def count(self, outcome: Outcome) -> int:
        return sum(result.outcome == outcome for result in self.results)


class History:
    """What the recording shows later, and which names its answers give."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self.given: dict[str, int] = {}
        self._statuses: list[tuple[int, str, str]] = []
        for exchange in exchanges:
            response = exchange.response
            for value in [response.content, response.headers, *(event.data for event in response.events or ())]:
                self._note(exchange.number, value)

    def statuses(self, name: str, number: int) -> frozenset[str]:
        """The statuses that a record has after exchange `number`."""
        return frozenset(status for at, of, status in self._statuses if of == name and at > number)

    def _note(self, number: int, value: Any) -> None:
        for name in NAME.finditer(json.dumps(value, default=repr)):
            self.given.setdefault(name[0], number)
        for record in _records(value):
            if isinstance(record.get("id"), str) and isinstance(record.get("status"), str):
                self._statuses.append((number, record["id"], record["status"]))


class Replay:
    """Sends the exchanges of a cassette to a target."""

    def __init__(self, target: Target, exchanges: list[Exchange]) -> None:
        self._target = target
        self._exchanges = exchanges
        self._history = History(exchanges)
        self._bindings = Bindings()
        self._further: dict[str, Answer] = {}
        self._open: list[tuple[Exchange, Listening]] = []
        self._litter = Litter(lambda *call: target.ask(*call), lambda: time.sleep(self._patience.pause))

    def results(self) -> Iterator[Result]:
        """What came of each exchange; of a stream, at the end. Raises httpx2.HTTPError for a target that is gone."""
        try:
            for exchange in self._exchanges:
                result = self._result(exchange)
                if result is not None:
                    yield result
            for exchange, listening in self._open:
                yield self._heard(exchange, listening)
        finally:
            for _, listening in self._open:
                listening.close()

    def strike(self) -> list[str]:
        """Remove what was made on a target that is not a fake; what could not be removed is returned."""
        return [] if self._target.is_fake else self._litter.remove()

    @property
    def _patience(self) -> Patience:
        return PATIENCE[self._target.control("GET", "/clock")["mode"]] if self._target.is_fake else SERVICE

    def _result(self, exchange: Exchange) -> Result | None:
        """What came of an exchange; None for what is not compared, or not yet."""
        request, number = exchange.request, exchange.number
        if request.path.startswith(CONTROL) and not self._target.is_fake:
            return Result(number, request.call, "skipped", words="only mockdreams has this")
        self._let_come(number)
        if name := self._unknown(exchange):
            missing = Found("missing", f"{name} of exchange {self._history.given[name]}")
            return Result(number, request.call, "skipped", (missing,), "the target has not given what this asks about")
        if request.path.startswith(CONTROL):
            self._ask(exchange)
            return None
        return self._opened(exchange) if request.path.endswith("/stream") else self._compared(exchange)

    def _unknown(self, exchange: Exchange) -> str | None:
        """A name in a request that an earlier answer should have given, and has not."""
        request = exchange.request
        asked = NAME.finditer(json.dumps([request.path, request.query, request.content], default=repr))
        given = (name[0] for name in asked if self._history.given.get(name[0], exchange.number) < exchange.number)
        return next((name for name in given if name not in self._bindings.ids), None)

    def _compared(self, exchange: Exchange) -> Result:
        """Ask, and compare; an answer that is further than the recording stands for those that follow it."""
        call = exchange.request.call
        if exchange.request.method != "GET":
            self._further.clear()
        further = self._further.pop(call, None)
        comparison = self._likeliest(exchange, further) if further else None
        if further is None or comparison is None or comparison.found:
            try:
                further = self._looked(exchange)
            except (httpx2.ReadError, httpx2.ReadTimeout, httpx2.RemoteProtocolError) as lost:
                broken = Found("status", "connection", exchange.response.status, f"{type(lost).__name__} {lost}")
                return Result(exchange.number, call, "differs", (broken,))
            comparison = self._likeliest(exchange, further)
        if comparison.ahead and exchange.request.method == "GET":
            self._further[call] = further
        return self._told(exchange, comparison)

    def _looked(self, exchange: Exchange) -> Answer:
        """The answer to a request; a GET is repeated while what it shows is behind the recording."""
        answer, looks = self._ask(exchange), 1
        while exchange.request.method == "GET" and self._comparison(exchange, exchange.response, answer).behind:
            patience = self._patience
            if looks >= patience.looks:
                break
            time.sleep(patience.pause)
            answer, looks = self._ask(exchange), looks + 1
        return answer

    def _likeliest(self, exchange: Exchange, answer: Answer) -> Comparison:
        """With what was recorded, or if that differs and later answers to the same question do not, with those."""
        comparison = self._comparison(exchange, exchange.response, answer)
        for response in self._later(exchange) if comparison.found else ():
            later = self._comparison(exchange, response, answer)
            if not later.found:
                later.ahead = True
                return later
        return comparison

    def _comparison(self, exchange: Exchange, response: Response, answer: Answer) -> Comparison:
        comparison = Comparison(self._bindings.copy(), lambda name: self._history.statuses(name, exchange.number))
        compare_answers(comparison, response, answer)
        return comparison

    def _later(self, exchange: Exchange) -> Iterator[Response]:
        """What the recording answers to the same question before anything else is changed."""
        if exchange.request.method != "GET":
            return
        for later in self._exchanges[self._exchanges.index(exchange) + 1 :]:
            if later.request == exchange.request:
                yield later.response
            elif later.request.method != "GET" and not later.request.path.startswith(CONTROL):
                return

    def _told(self, exchange: Exchange, comparison: Comparison) -> Result:
        self._bindings = comparison.bindings
        words = "further than the recording: only fields are compared" if comparison.ahead else ""
        outcome: Outcome = "differs" if comparison.found else "same"
        return Result(exchange.number, exchange.request.call, outcome, tuple(comparison.found), words)

    def _ask(self, exchange: Exchange) -> Answer:
        request, content = exchange.request, self._bindings.sent(exchange.request.content)
        body = content.get("body", content.get("binary"))
        path, query = self._where(exchange)
        raw = (
            content["text"].encode() if "text" in content else json.dumps(body).encode() if "body" in content else body
        )
        tries = 1 if exchange.response.status == 429 else TRIES
        answer = self._target.ask(request.method, path, raw, query=query, headers=self._headers(exchange), tries=tries)
        with suppress(BrokenError):
            self._litter.note(answer)
        return answer

    def _where(self, exchange: Exchange) -> tuple[str, dict[str, Any] | None]:
        path, query = self._bindings.sent(exchange.request.path), self._bindings.sent(exchange.request.query)
        return (f"{path}?{query}", None) if isinstance(query, str) else (path, query)

    def _headers(self, exchange: Exchange) -> dict[str, str | None]:
        """The headers of a request; what names something that this target has not named is left out."""
        recorded, key = exchange.request.headers, exchange.request.key
        headers: dict[str, str | None] = dict.fromkeys(("anthropic-version", "anthropic-beta", "content-type"))
        for name, value in recorded.items():
            unknown = any(each[0] not in self._bindings.ids for each in NAME.finditer(value))
            headers[name] = None if unknown else self._bindings.sent(value)
        if key is not None:
            headers["x-api-key"] = None if key == "none" else f"mockdreams-{key}"
        return headers

    def _opened(self, exchange: Exchange) -> Result | None:
        """Open a stream; None if it could be opened, and is compared at the end."""
        path, query = self._where(exchange)
        try:
            listening = Listening(self._target, path, query, self._headers(exchange))
        except BrokenError as refused:
            if refused.answer is None:
                raise
            return self._told(exchange, self._comparison(exchange, exchange.response, refused.answer))
        if exchange.response.events is not None:
            self._open.append((exchange, listening))
            return None
        listening.close()
        found = Found("status", "status", exchange.response.status, 200)
        return Result(exchange.number, exchange.request.call, "differs", (found,))

    def _let_come(self, number: int) -> None:
        """Wait for the events that came before an exchange, and learn their ids."""
        for exchange, listening in self._open:
            events = [event for event in exchange.response.events or () if event.after < number]
            listening.wait(len(events), self._patience.silence)
            Comparison(self._bindings).lists("events", _datas(events), _datas(listening.frames[: len(events)]))

    def _heard(self, exchange: Exchange, listening: Listening) -> Result:
        """What came of a stream. What came after the last recorded event is not compared, unless that was the end."""
        recorded, silence = list(exchange.response.events or ()), self._patience.silence
        listening.wait(len(recorded), silence)
        if [frame.event for frame in listening.frames[: len(recorded)]] != [event.event for event in recorded]:
            listening.wait(len(recorded) + len(listening.frames), silence)
        ended = not exchange.response.ended or listening.wait_for_end(silence)
        comparison = Comparison(self._bindings.copy())
        compare_heads(comparison, exchange.response.headers, listening.headers)
        late = self._patience.looks > 1
        compare_events(comparison, recorded, listening.frames.copy(), whole=exchange.response.ended, late=late)
        if not ended:
            comparison.found.append(Found("value", "events", "the end of the stream", "a stream that stays open"))
        return self._told(exchange, comparison)


def _datas(events: Sequence[Event | Frame]) -> list[Any]:
    return [event.data for event in events]


def _records(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _records(inner)
