"""The service's errors: the envelope on the wire, and the exception that becomes one."""

import json
from collections.abc import Iterable
from typing import Any

STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "memory_path_conflict_error": 409,
    "memory_precondition_failed_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The HTTP status that goes with each `error.type`, where a rule does not say otherwise."""


class ServiceError(Exception):
    """A refusal as the service words it.

    `retry` is the value of the `x-should-retry` header (None: the header is absent). `retry_after` are virtual
    seconds after which the request would pass. `fields` are extra flat keys of `error`. `hint` helps the developer of
    the caller; it goes to the log and the journal, never onto the wire. `allow` is the header that goes with 405.
    `rule` names the rules of the contract that it keeps, with blanks between; no caller sees it. A few refusals have no
    request id: theirs is null, and there is no header.
    """

    def __init__(
        self,
        type: str,
        message: str,
        *,
        status: int | None = None,
        retry: bool | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
        allow: str | None = None,
        rule: str = "",
        has_request_id: bool = True,
        **fields: Any,
    ) -> None:
        super().__init__(message)
        self.type = type
        self.message = message
        self.status = status or STATUS[type]
        self.retry = retry
        self.retry_after = retry_after
        self.hint = hint
        self.allow = allow
        self.rule = rule
        self.has_request_id = has_request_id
        self.fields = fields

    def __reduce__(self) -> tuple[Any, ...]:
        """It travels between processes with all that it says."""
        return _remade, (vars(self),)

    def again(self) -> "ServiceError":
        """The same refusal as a new exception, so that none is raised twice."""
        return ServiceError(
            self.type,
            self.message,
            status=self.status,
            retry=self.retry,
            hint=self.hint,
            rule=self.rule,
            has_request_id=self.has_request_id,
            **self.fields,
        )

    def body(self, request_id: str | None) -> bytes:
        request_id = request_id if self.has_request_id else None
        error = {"type": self.type, "message": self.message, **self.fields}
        return json.dumps({"type": "error", "error": error, "request_id": request_id}, ensure_ascii=False).encode()


def _remade(told: dict[str, Any]) -> ServiceError:
    refused = ServiceError(told["type"], told["message"])
    vars(refused).update(told)
    return refused


def shortened(text: str, most: int = 80) -> str:
    """What an error shows of a value that it refuses."""
    return text if len(text) <= most else text[:most] + "…"


def expected_one_of(allowed: Iterable[str]) -> str:
    """How the refusal of a value goes on where there are few that it could be."""
    listed = ", ".join(sorted(allowed))
    return f"; expected one of {listed}" if listed else ""


def invalid(message: str, *, hint: str | None = None, retry: bool | None = None, rule: str = "") -> ServiceError:
    return ServiceError("invalid_request_error", message, hint=hint, retry=retry, rule=rule)


def not_found(message: str, *, hint: str | None = None, retry: bool | None = None, rule: str = "") -> ServiceError:
    return ServiceError("not_found_error", message, hint=hint, retry=retry, rule=rule)
