"""Bodies of the control API: a misspelt word is refused with the nearest one, which the service's words leave out."""

from collections.abc import Iterator
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from mockdreams.http.body_parsing import keys_of, parse
from mockdreams.http.body_process import is_large
from mockdreams.suggestions import did_you_mean, words_at
from mockdreams.wire.base import Params
from mockdreams.wire.errors import ServiceError, invalid, shortened

P = TypeVar("P", bound=Params)


def parse_payload(shape: type[P], body: bytes) -> P:
    """The body as `shape`. Raises ServiceError (400) for the first thing that is wrong with it."""
    try:
        return parse(shape, body)
    except ServiceError as refused:
        raise with_suggestion(refused, shape, body) from None


def with_suggestion(refused: ServiceError, shape: type[Params], body: bytes) -> ServiceError:
    """The refusal of a body as `shape`, with the nearest word to one that is not known."""
    if is_large(body):
        return refused
    try:
        shape.model_validate_json(body)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False)
        told = [error for error in errors if refused.message.endswith(_unknown_field(error))]
        near = next(filter(None, _suggestions(shape, told or errors, body)), "")
        return invalid(refused.message.partition("; expected one of")[0] + near if near else refused.message)
    return refused


def _unknown_field(error: ErrorDetails) -> str:
    return f'unknown field "{shortened(str(error["loc"][-1]))}"' if error["type"] == "extra_forbidden" else "\n"


def _suggestions(shape: type[Params], errors: list[ErrorDetails], body: bytes) -> Iterator[str]:
    error, expected = errors[0], errors[0].get("ctx", {}).get("expected", "")
    if error["type"] == "extra_forbidden":
        yield _nearest_key(shape, error, body)
    elif error["type"] == "missing":
        for other in errors:
            if other["type"] == "extra_forbidden" and (near := _nearest_key(shape, other, body)):
                yield f"; {_unknown_field(other)}{near}"
    elif error["type"] == "literal_error":
        known = expected.replace("'", "").replace(" or ", ", ").split(", ")
        yield did_you_mean(str(error["input"]), known) or f"; expected one of {', '.join(known)}"
    elif error["type"] == "unknown_act" and isinstance(error["input"], dict):
        known = error["msg"].partition(": ")[2].split(", ")
        yield from (did_you_mean(str(key), known) for key in error["input"])


def _nearest_key(shape: type[Params], error: ErrorDetails, body: bytes) -> str:
    document = from_json(body)
    *keys, unknown = keys_of(error["loc"], document)
    return did_you_mean(str(unknown), sorted(words_at(shape.model_json_schema(), keys, document)))
