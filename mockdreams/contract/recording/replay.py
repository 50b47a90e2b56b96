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

from mockdreams.contract.checking.cleanup import Cleanup
from mockdreams.contract.client.answers import RuleViolation, TargetResponse
from mockdreams.contract.client.event_stream import SseFrame
from mockdreams.contract.client.request_path import ForeignPathError
from mockdreams.contract.client.target import TRIES, Target
from mockdreams.contract.recording.answer_comparison import compare_answers, compare_events, compare_heads
from mockdreams.contract.recording.cassette import CassetteEvent, CassetteExchange, CassetteResponse
from mockdreams.contract.recording.comparison import AnswerComparison, Mismatch
from mockdreams.contract.recording.placeholders import NAME, PlaceholderBindings
from mockdreams.contract.recording.stream_reader import StreamReader

Outcome = Literal["same", "differs", "skipped"]
CONTROL = "/_mockdreams/"


class ReplayTimeouts(NamedTuple):
    """How often to look, how many seconds lie between, and how long a stream may be silent."""

    looks: int
    pause: float
    silence: float


TIMEOUTS = {"manual": ReplayTimeouts(1, 0, 2), "auto": ReplayTimeouts(60, 0, 2), "real": ReplayTimeouts(400, 0.05, 10)}
"""By the clock of a fake."""
SERVICE_TIMEOUTS = ReplayTimeouts(2400, 5, 900)


@dataclass(frozen=True)
class ReplayResult:
    """What came of one exchange; `words` say why it was skipped, or that it was ahead of the recording."""

    number: int
    call: str
    outcome: Outcome
    found: tuple[Mismatch, ...] = ()
    words: str = ""


@dataclass
class ReplayReport:
    """The results of a replay, and what it left behind."""

    target: str
    cassette: str
    results: list[ReplayResult] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    interrupted: bool = False

    @property
    def same(self) -> bool:
        return all(not result.found for result in self.results)

    def count(self, outcome: Outcome) -> int:
        return sum(result.outcome == outcome for result in self.results)


class History:
    """What the recording shows later, and which names its answers give."""

    def __init__(self, exchanges: list[CassetteExchange]) -> None:
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

    def __init__(self, target: Target, exchanges: list[CassetteExchange]) -> None:
        self._target = target
        self._exchanges = exchanges
        self._history = History(exchanges)
        self._bindings = PlaceholderBindings()
        self._further: dict[str, TargetResponse] = {}
        self._open: list[tuple[CassetteExchange, StreamReader]] = []
        self._litter = Cleanup(lambda *call: target.ask(*call), lambda: time.sleep(self._patience.pause))

    def results(self) -> Iterator[ReplayResult]:
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

    def tear_down(self) -> list[str]:
        """Remove what was made on a target that is not a fake; what could not be removed is returned."""
        return [] if self._target.is_fake else self._litter.remove()

    @property
    def _patience(self) -> ReplayTimeouts:
        return TIMEOUTS[self._target.control("GET", "/clock")["mode"]] if self._target.is_fake else SERVICE_TIMEOUTS

    def _result(self, exchange: CassetteExchange) -> ReplayResult | None:
        """What came of an exchange; None for what is not compared, or not yet."""
        request, number = exchange.request, exchange.number
        if request.path.startswith(CONTROL) and not self._target.is_fake:
            return ReplayResult(number, request.call, "skipped", words="only mockdreams has this")
        self._let_come(number)
        if name := self._unknown(exchange):
            missing = Mismatch("missing", f"{name} of exchange {self._history.given[name]}")
            return ReplayResult(
                number, request.call, "skipped", (missing,), "the target has not given what this asks about"
            )
        if request.path.startswith(CONTROL):
            self._ask(exchange)
            return None
        try:
            return self._opened(exchange) if request.path.endswith("/stream") else self._compared(exchange)
        except ForeignPathError as foreign:
            found = Mismatch("value", "path", request.path, str(foreign))
            return ReplayResult(number, request.call, "skipped", (found,), "an id of the target leads elsewhere")

    def _unknown(self, exchange: CassetteExchange) -> str | None:
        """A name in a request that an earlier answer should have given, and has not."""
        request = exchange.request
        asked = NAME.finditer(json.dumps([request.path, request.query, request.content], default=repr))
        given = (name[0] for name in asked if self._history.given.get(name[0], exchange.number) < exchange.number)
        return next((name for name in given if name not in self._bindings.ids), None)

    def _compared(self, exchange: CassetteExchange) -> ReplayResult:
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
                broken = Mismatch("status", "connection", exchange.response.status, f"{type(lost).__name__} {lost}")
                return ReplayResult(exchange.number, call, "differs", (broken,))
            comparison = self._likeliest(exchange, further)
        if comparison.ahead and exchange.request.method == "GET":
            self._further[call] = further
        return self._told(exchange, comparison)

    def _looked(self, exchange: CassetteExchange) -> TargetResponse:
        """The answer to a request; a GET is repeated while what it shows is behind the recording."""
        answer, looks = self._ask(exchange), 1
        while exchange.request.method == "GET" and self._comparison(exchange, exchange.response, answer).behind:
            patience = self._patience
            if looks >= patience.looks:
                break
            time.sleep(patience.pause)
            answer, looks = self._ask(exchange), looks + 1
        return answer

    def _likeliest(self, exchange: CassetteExchange, answer: TargetResponse) -> AnswerComparison:
        """With what was recorded, or if that differs and later answers to the same question do not, with those."""
        comparison = self._comparison(exchange, exchange.response, answer)
        for response in self._later(exchange) if comparison.found else ():
            later = self._comparison(exchange, response, answer)
            if not later.found:
                later.ahead = True
                return later
        return comparison

    def _comparison(
        self, exchange: CassetteExchange, response: CassetteResponse, answer: TargetResponse
    ) -> AnswerComparison:
        comparison = AnswerComparison(self._bindings.copy(), lambda name: self._history.statuses(name, exchange.number))
        compare_answers(comparison, response, answer)
        return comparison

    def _later(self, exchange: CassetteExchange) -> Iterator[CassetteResponse]:
        """What the recording answers to the same question before anything else is changed."""
        if exchange.request.method != "GET":
            return
        for later in self._exchanges[self._exchanges.index(exchange) + 1 :]:
            if later.request == exchange.request:
                yield later.response
            elif later.request.method != "GET" and not later.request.path.startswith(CONTROL):
                return

    def _told(self, exchange: CassetteExchange, comparison: AnswerComparison) -> ReplayResult:
        self._bindings = comparison.bindings
        words = "further than the recording: only fields are compared" if comparison.ahead else ""
        outcome: Outcome = "differs" if comparison.found else "same"
        return ReplayResult(exchange.number, exchange.request.call, outcome, tuple(comparison.found), words)

    def _ask(self, exchange: CassetteExchange) -> TargetResponse:
        request, content = exchange.request, self._bindings.sent(exchange.request.content)
        body = content.get("body", content.get("binary"))
        path, query = self._where(exchange)
        raw = (
            content["text"].encode() if "text" in content else json.dumps(body).encode() if "body" in content else body
        )
        tries = 1 if exchange.response.status == 429 else TRIES
        answer = self._target.ask(request.method, path, raw, query=query, headers=self._headers(exchange), tries=tries)
        with suppress(RuleViolation):
            self._litter.note(answer)
        return answer

    def _where(self, exchange: CassetteExchange) -> tuple[str, dict[str, Any] | None]:
        path, query = self._bindings.sent(exchange.request.path), self._bindings.sent(exchange.request.query)
        return (f"{path}?{query}", None) if isinstance(query, str) else (path, query)

    def _headers(self, exchange: CassetteExchange) -> dict[str, str | None]:
        """The headers of a request; what names something that this target has not named is left out."""
        recorded, key = exchange.request.headers, exchange.request.key
        headers: dict[str, str | None] = dict.fromkeys(("anthropic-version", "anthropic-beta", "content-type"))
        for name, value in recorded.items():
            unknown = any(each[0] not in self._bindings.ids for each in NAME.finditer(value))
            headers[name] = None if unknown else self._bindings.sent(value)
        if key is not None:
            headers["x-api-key"] = None if key == "none" else f"mockdreams-{key}"
        return headers

    def _opened(self, exchange: CassetteExchange) -> ReplayResult | None:
        """Open a stream; None if it could be opened, and is compared at the end."""
        path, query = self._where(exchange)
        try:
            listening = StreamReader(self._target, path, query, self._headers(exchange))
        except RuleViolation as refused:
            if refused.answer is None:
                raise
            return self._told(exchange, self._comparison(exchange, exchange.response, refused.answer))
        if exchange.response.events is not None:
            self._open.append((exchange, listening))
            return None
        listening.close()
        found = Mismatch("status", "status", exchange.response.status, 200)
        return ReplayResult(exchange.number, exchange.request.call, "differs", (found,))

    def _let_come(self, number: int) -> None:
        """Wait for the events that came before an exchange, and learn their ids."""
        for exchange, listening in self._open:
            events = [event for event in exchange.response.events or () if event.after < number]
            listening.wait(len(events), self._patience.silence)
            AnswerComparison(self._bindings).lists("events", _datas(events), _datas(listening.frames[: len(events)]))

    def _heard(self, exchange: CassetteExchange, listening: StreamReader) -> ReplayResult:
        """What came of a stream. What came after the last recorded event is not compared, unless that was the end."""
        recorded, silence = list(exchange.response.events or ()), self._patience.silence
        listening.wait(len(recorded), silence)
        if [frame.event for frame in listening.frames[: len(recorded)]] != [event.event for event in recorded]:
            listening.wait(len(recorded) + len(listening.frames), silence)
        ended = not exchange.response.ended or listening.wait_for_end(silence)
        comparison = AnswerComparison(self._bindings.copy())
        compare_heads(comparison, exchange.response.headers, listening.headers)
        late = self._patience.looks > 1
        compare_events(comparison, recorded, listening.frames.copy(), whole=exchange.response.ended, late=late)
        if not ended:
            comparison.found.append(Mismatch("value", "events", "the end of the stream", "a stream that stays open"))
        return self._told(exchange, comparison)


def _datas(events: Sequence[CassetteEvent | SseFrame]) -> list[Any]:
    return [event.data for event in events]


def _records(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _records(inner)
