"""Answers of the service, what a check demands of them, and how it says that a rule is broken."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from mockdreams.files import finite
from mockdreams.secrets import mask_json, mask_text

SHOWN = 1500
ANY = "anything"


class RuleViolation(Exception):
    """The target does not do what a rule says; `answer` shows it, if one answer does."""

    def __init__(self, words: str, answer: "TargetResponse | None" = None) -> None:
        super().__init__(words)
        self.answer = answer


class CheckSkipped(Exception):
    """The rule cannot be observed on this target."""


@dataclass(frozen=True)
class TargetResponse:
    """A request and what came back. `headers` are those of the answer, `changed` those that the request changed."""

    method: str
    path: str
    sent: Any
    changed: Mapping[str, str | None]
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        try:
            return json.loads(self.text, parse_constant=finite)
        except (ValueError, RecursionError):
            raise RuleViolation("the answer is not JSON", self) from None

    def ok(self) -> Any:
        """The body of an answer that must be 200."""
        if self.status != 200:
            self.broken(f"the status is {self.status}, not 200")
        return self.json()

    def refused(
        self, status: int, type: str, message: str | None = None, *, retry: str | None = ANY, has_id: bool = True
    ) -> Any:
        """The `error` of a refusal in the service's envelope; `retry` is the value of `x-should-retry` (None: none).

        `has_id` is whether it has a request id.
        """
        body = self.json()
        if self.status != status:
            self.broken(f"the status is {self.status}, not {status}")
        if not isinstance(body, dict) or set(body) != {"type", "error", "request_id"} or body["type"] != "error":
            self.broken("the body is not the envelope of an error")
        if body["request_id"] != self.headers.get("request-id"):
            self.broken("`request_id` is not the request id of the header")
        if str(body["request_id"]).startswith("req_") is not has_id:
            self.broken(f"the request id is {body['request_id']!r}")
        error = body["error"]
        if error["type"] != type:
            self.broken(f"the type is {error['type']!r}, not {type!r}")
        if not error["message"] or message not in (None, error["message"]):
            self.broken(f"the message is not {message!r}")
        if retry != ANY and self.headers.get("x-should-retry") != retry:
            self.broken(f"x-should-retry is {self.headers.get('x-should-retry')!r}, not {retry!r}")
        return error

    def invalid(self, message: str | None = None, *, retry: str | None = ANY) -> Any:
        return self.refused(400, "invalid_request_error", message, retry=retry)

    def not_found(self, message: str | None = None, *, retry: str | None = ANY) -> Any:
        return self.refused(404, "not_found_error", message, retry=retry)

    def broken(self, words: str) -> NoReturn:
        raise RuleViolation(words, self)

    def __str__(self) -> str:
        changed = mask_json(self.changed).items()
        headers = "".join(f"  {name}: {value or '(none)'}\n" for name, value in changed)
        sent = "" if self.sent is None else f"  {_shortened(self.sent)}\n"
        retry = self.headers.get("x-should-retry")
        answered = f"{self.status}{f' x-should-retry: {retry}' if retry else ''} {_shortened(self.text)}"
        return f"{self.method} {mask_text(self.path)}\n{headers}{sent}-> {answered}"


def require(condition: object, words: str, answer: TargetResponse | None = None) -> None:
    if not condition:
        raise RuleViolation(words, answer)


def require_equal(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise RuleViolation(f"{what}: {_shortened(found)} and not {_shortened(wanted)}")


def require_each(what: str, found: list[Any], holds: Callable[[Any], object]) -> None:
    """`found` is not empty and each item of it `holds`."""
    require(found, f"{what}: there is none")
    for item in found:
        require(holds(item), f"{what}: not so for {_shortened(item)}")


def _shortened(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        value = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    value = mask_json(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
