"""What changes a world, as it is kept in its log: enough of each to do it again.

Whatever runs with a world's lock held, and may change it, is one of these; `world.perform` has it kept. What comes of
it follows from the world, the input, and the instant at which it was done.
"""

import json
from base64 import b64decode, b64encode
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pydantic_core import to_json

from mockdreams.secrets import mask_json

if TYPE_CHECKING:
    from mockdreams.world.webhooks.deliveries import WebhookAnswer

_HEADERS = (b"anthropic-version", b"anthropic-beta", b"anthropic-worker-id", b"content-type")
"""The headers of a request that a handler may ask for. Those with a credential are not among them."""
_CREDENTIALS = "/v1/vaults/"


class ServiceInput(NamedTuple):
    """A request to the service that reached its handler. `until`: a later try of a poll that waits until then."""

    method: str
    path: str
    query: bytes
    headers: dict[bytes, bytes]
    body: bytes
    lag: float | None = None
    session_id: str | None = None
    """The session for whose work a worker asks."""
    until: str | None = None

    @property
    def waits_until(self) -> datetime | None:
        return None if self.until is None else datetime.fromisoformat(self.until)

    def encoded(self) -> tuple[bytes, bytes]:
        method, path, query, headers, body, *rest = self
        if body and path.startswith(_CREDENTIALS):
            body = _without_secrets(body)
        return _request_fields(method, path, query, *map(headers.get, _HEADERS), *rest), body

    @classmethod
    def decoded(cls, fields: list[Any], body: bytes) -> "ServiceInput":
        method, path, query, headers, lag, session_id, until = fields
        sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
        return cls(method, path, query.encode("latin-1"), sent, body, lag, session_id, until)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class MetInput(NamedTuple):
    """A request that may have met a fault or a stub."""

    method: str
    path: str

    def encoded(self) -> tuple[bytes, bytes]:
        return _fields(self.method, self.path), b""

    @classmethod
    def decoded(cls, fields: list[Any], body: bytes) -> "MetInput":
        return cls(*fields)

    def __str__(self) -> str:
        return f"faults and stubs of {self.method} {self.path}"


class ControlInput(NamedTuple):
    """An operation of the control API; `path` is that below its prefix."""

    method: str
    path: str
    query: bytes
    body: bytes

    def encoded(self) -> tuple[bytes, bytes]:
        return _fields(self.method, self.path, self.query.decode("latin-1")), self.body

    @classmethod
    def decoded(cls, fields: list[Any], body: bytes) -> "ControlInput":
        method, path, query = fields
        return cls(method, path, query.encode("latin-1"), body)

    def __str__(self) -> str:
        return f"{self.method} /_mockdreams{self.path}"


class FormInput(NamedTuple):
    """A form of the board: the path of its action, and what was sent."""

    path: str
    path_params: dict[str, str]
    texts: dict[str, str]
    files: dict[str, bytes]

    def encoded(self) -> tuple[bytes, bytes]:
        files = {name: b64encode(content).decode() for name, content in self.files.items()}
        return _fields(self.path, self.path_params, self.texts, files), b""

    @classmethod
    def decoded(cls, fields: list[Any], body: bytes) -> "FormInput":
        path, path_params, texts, files = fields
        return cls(path, path_params, texts, {name: b64decode(content) for name, content in files.items()})

    def __str__(self) -> str:
        return f"the form {self.path} of the board"


class AttemptInput(NamedTuple):
    """What came of an attempt at the delivery of a webhook."""

    delivery_id: str
    answer: "WebhookAnswer"

    def encoded(self) -> tuple[bytes, bytes]:
        return _fields(self.delivery_id, *self.answer), b""

    @classmethod
    def decoded(cls, fields: list[Any], body: bytes) -> "AttemptInput":
        delivery_id, *answer = fields
        from mockdreams.world.webhooks.deliveries import WebhookAnswer

        return cls(delivery_id, WebhookAnswer(*answer))

    def __str__(self) -> str:
        return f"an attempt at delivery {self.delivery_id}"


class MoveInput(NamedTuple):
    """A look that may have moved time: to wall time (`sync`), to what is due next (`next`), or all on (`on`)."""

    how: str

    def encoded(self) -> tuple[bytes, bytes]:
        return _fields(self.how), b""

    @classmethod
    def decoded(cls, fields: list[Any], body: bytes) -> "MoveInput":
        return cls(*fields)

    def __str__(self) -> str:
        return "a move of the clock"


class BeginInput(NamedTuple):
    """The world began, as a document says."""

    document: str

    def encoded(self) -> tuple[bytes, bytes]:
        return _fields(self.document), b""

    @classmethod
    def decoded(cls, fields: list[Any], body: bytes) -> "BeginInput":
        return cls(*fields)

    def __str__(self) -> str:
        return "the beginning of the world"


class CountInput(NamedTuple):
    """Requests that changed nothing but the number of ids of requests."""

    def encoded(self) -> tuple[bytes, bytes]:
        return b"", b""

    @classmethod
    def decoded(cls, fields: list[Any], body: bytes) -> "CountInput":
        return cls()

    def __str__(self) -> str:
        return "requests that changed nothing"


Input: TypeAlias = (
    ServiceInput | MetInput | ControlInput | FormInput | AttemptInput | MoveInput | BeginInput | CountInput
)
KINDS: dict[str, Any] = {
    "request": ServiceInput,
    "met": MetInput,
    "control": ControlInput,
    "form": FormInput,
    "attempt": AttemptInput,
    "move": MoveInput,
    "begin": BeginInput,
    "count": CountInput,
}
"""By the names that entries have for them."""
NAMES = {shape: name.encode() for name, shape in KINDS.items()}
SYNC, NEXT, GO_ON = MoveInput("sync"), MoveInput("next"), MoveInput("on")


def _fields(*fields: Any) -> bytes:
    """So many fields of a line of JSON, each after a comma."""
    try:
        return b"," + to_json(fields)[1:-1]
    except ValueError:  # for text that is no Unicode, which Python's own takes
        return b"," + json.dumps(fields).encode()[1:-1]


@lru_cache(256)
def _request_fields(method: str, path: str, query: bytes, *values: Any) -> bytes:
    """The fields of a request but for its body, which those to one path of one client share."""
    headers, rest = values[: len(_HEADERS)], values[len(_HEADERS) :]
    named = {
        name.decode(): value.decode("latin-1")
        for name, value in zip(_HEADERS, headers, strict=True)
        if value is not None
    }
    return _fields(method, path, query.decode("latin-1"), named, *rest)


def _without_secrets(body: bytes) -> bytes:
    """The body of a request about credentials without their secrets, which no world keeps."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(sent, dict) or not isinstance(sent.get("auth"), dict):
        return body
    sent["auth"] = mask_json(sent["auth"], _disguised, text=str)
    return json.dumps(sent).encode()


def _disguised(secret: str) -> str:
    """As long as the secret, with the same blanks and signs: what refused it, or did not, does so again."""
    return "".join("x" if each.isalnum() else each for each in secret)
