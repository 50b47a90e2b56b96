"""Bodies of the control API: a misspelt word is refused with the nearest one, which the service's words leave out."""

import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from mockdreams.http.body_parsing import parse, refused_at
from mockdreams.http.body_process import is_large
from mockdreams.http.error_keys import keys_of
from mockdreams.suggestions import did_you_mean, words_at
from mockdreams.wire.base import Params
from mockdreams.wire.errors import ServiceError, invalid

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
        near = next(filter(None, _suggestions(shape, wrong.errors(include_url=False), body)), "")
        return invalid(refused.message + near)
    return refused


def _suggestions(shape: type[Params], errors: list[ErrorDetails], body: bytes) -> Iterator[str]:
    error = min(errors, key=refused_at)
    if error["type"] == "extra_forbidden":
        yield _nearest_key(shape, error, body)
    elif error["type"] == "literal_error":
        yield did_you_mean(str(error["input"]), re.findall("'([^']*)'", error.get("ctx", {}).get("expected", "")))
    elif error["type"] == "unknown_act" and isinstance(error["input"], dict):
        known = error["msg"].partition(": ")[2].split(", ")
        yield from (did_you_mean(str(key), known) for key in error["input"])


def _nearest_key(shape: type[Params], error: ErrorDetails, body: bytes) -> str:
    document = from_json(body)
    *keys, unknown = keys_of(error["loc"], document, shape)
    return did_you_mean(str(unknown), sorted(words_at(shape.model_json_schema(), keys, document)))
