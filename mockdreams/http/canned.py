"""What an answer is made of that a test gives: its headers, and the body of a status, a text or JSON."""

import json
from collections.abc import Mapping
from typing import Any

from mockdreams.http.response import Headers
from mockdreams.patterns import lazy_pattern
from mockdreams.wire.errors import STATUS, ServiceError, shortened

TYPES = {status: type for type, status in reversed(STATUS.items())}
"""The `error.type` of each status; of several with one status, the plainest."""
MESSAGES = {
    429: "This request would exceed your organization's rate limit.",
    500: "Internal server error",
    504: "Request timed out.",
    529: "Overloaded",
}
_NAME = lazy_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRAMING = ("content-length", "transfer-encoding")
"""What says where an answer ends is the server's to say."""
_GATEWAY = {502: "Bad Gateway", 503: "Service Unavailable"}


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises ValueError for a header that no answer can have."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _FRAMING or not value.isprintable():
            raise ValueError(f"no header can be {shortened(name)!r}: {shortened(value)!r}")


def encode(body: Any) -> tuple[str, bytes]:
    """The content type and the bytes of a text, or of JSON."""
    if isinstance(body, str):
        return "text/plain; charset=utf-8", body.encode()
    return "application/json", json.dumps(body).encode()


def error_body(status: int, request_id: str) -> tuple[str, bytes]:
    """The content type and the bytes of what the service, or the gateway before it, says with an error's status."""
    if status in _GATEWAY:
        page = f"<html><head><title>{status} {_GATEWAY[status]}</title></head><body></body></html>"
        return "text/html", page.encode()
    type = TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    message = MESSAGES.get(status, type.replace("_", " "))
    return "application/json", ServiceError(type, message, status=status).body(request_id)


def canned_headers(status: int, content_type: str | None, given: Mapping[str, str]) -> Headers:
    """The headers of an answer: those that its status has, and those that are `given`, which override them."""
    own = {} if content_type is None else {"content-type": content_type}
    lower = {name.lower(): value for name, value in given.items()}
    if "retry-after" not in lower:
        own |= _retry(status)
    return [(name.encode(), value.encode()) for name, value in {**own, **lower}.items()]


def _retry(status: int) -> dict[str, str]:
    """A fault is over at once, so the SDKs need not wait: they prefer `retry-after-ms` to `retry-after`."""
    return {"retry-after": "1", "retry-after-ms": "1"} if status in (408, 409, 429) or status >= 500 else {}
