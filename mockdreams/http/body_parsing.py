"""Request bodies: JSON in, a shape out, or the service's words for what is wrong."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from mockdreams.http.body_process import (
    MANY_ITEMS,
    commas,
    has_items,
    read_elsewhere,
)
from mockdreams.http.error_keys import keys_of
from mockdreams.wire.base import Params
from mockdreams.wire.errors import ServiceError, expected_one_of, invalid, shortened

P = TypeVar("P", bound=Params)
D = TypeVar("D")

_KINDS = {
    "string_type": "a string",
    "literal_error": "a string",
    "union_tag_invalid": "a string",
    "int_type": "an integer",
    "bool_type": "a boolean",
    "list_type": "an array",
    "tuple_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "float_type": "a number",
}

_TYPES = ("union_tag_not_found", "union_tag_invalid", "unparsable", "own_words")

MOST_ITEMS = 50_000
"""Elements and pairs of one body: each that is wrong costs microseconds in which nobody else is served."""
MOST_KEYS = 5_000
"""Of one object: a dictionary that grows is copied at a stroke. Inferred, as `MOST_ITEMS` is; no use comes near."""

_AS_ZERO = bytes.maketrans(b"123456789E", b"000000000e")
_MANY_DIGITS = b"0" * 200


def parse(shape: type[P], body: bytes, *, root: str = "") -> P:
    """The body as `shape`. Raises ServiceError (400) for the first thing that is wrong with it.

    `root` begins the path to what is wrong, except for a `version`, which is beside it.
    """
    read = partial(parse_here, shape, root=root)
    return read_elsewhere(read, body) if len(body) > MANY_ITEMS else read(body)


def parse_here(shape: type[P], body: bytes, *, root: str = "", most_items: int = MOST_ITEMS) -> P:
    """`parse`, in this process whatever the size."""
    check_items(body, most_items)
    if most_items == MOST_ITEMS:
        check_keys(body)
    if not is_finite(body):
        raise _invalid_json("a number is beyond all bounds, or none")
    try:
        return shape.__pydantic_validator__.validate_json(body)  # type: ignore[no-any-return]
    except ValidationError as refused:
        raise _refusal(shape, min(refused.errors(include_url=False), key=refused_at), body, root) from None


def parse_plainly(shape: type[P], body: bytes) -> P:
    """`parse`, where the service passes on its validator's own words and forbids retries."""
    return read_elsewhere(partial(_parse_plainly, shape), body)


def digest_plainly(shape: type[P], digest: Callable[[P], D], body: bytes) -> D:
    """`digest` of what `parse_plainly` returns: of a large body no more than that is made here. Raises ServiceError."""
    return read_elsewhere(partial(_digest_plainly, shape, digest), body)


def _digest_plainly(shape: type[P], digest: Callable[[P], D], body: bytes) -> D:
    return digest(_parse_plainly(shape, body))


def _parse_plainly(shape: type[P], body: bytes) -> P:
    check_items(body)
    check_keys(body)
    try:
        if is_finite(body):
            return shape.model_validate_json(body)
        error = ErrorDetails(type="json_invalid", loc=(), msg="a number is beyond all bounds, or none", input=None)
    except ValidationError as refused:
        error = refused.errors(include_url=False)[0]
    if error["type"] == "json_invalid":
        raise invalid("The request body is not valid JSON", retry=False, hint=error["msg"])
    path = ".".join(shortened(str(key)) for key in error["loc"])
    raise invalid(
        f"{_prefix(path)}{shortened(error['msg'], 400)}",
        retry=False,
        rule="environment-name-required-400 environment-unknown-field-400 message-required-400 message-role-400",
    )


def parse_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object, whatever is in it. Raises ServiceError (400)."""
    check_items(body)
    check_keys(body)
    try:
        document = from_json(body, allow_inf_nan=False)
    except ValueError as refused:
        raise invalid("Failed to parse request body: expected a JSON object", hint=str(refused)) from None
    if not isinstance(document, dict) or not is_finite(body):
        raise invalid("Failed to parse request body: expected a JSON object")
    return document


def check_items(body: bytes, most: int = MOST_ITEMS) -> None:
    """Raises ServiceError (400) for JSON with more elements and pairs, without parsing it."""
    if len(body) >= most and commas(body) >= most and has_items(body, most):
        raise invalid(f"Failed to parse request body: more than {most} items")


def check_keys(body: bytes) -> None:
    """Raises ServiceError (400) for JSON in which an object has more than it may have."""
    if len(body) < MOST_KEYS or commas(body) < MOST_KEYS:
        return
    waiting: list[Any] = []
    with suppress(ValueError):  # which will be told
        waiting.append(from_json(body))
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if len(each) > MOST_KEYS:
                raise invalid(
                    f"Failed to parse request body: an object has more than {MOST_KEYS} keys", rule="body-keys-400"
                )
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def is_finite(body: bytes) -> bool:
    """Whether JSON has neither `NaN` nor `Infinity`, which Pydantic reads, nor a number that is as large as that.

    One may be where there are many digits, or an exponent of three. (`in` takes four times as long as `find`: it tries
    bytes as a number first.)
    """
    zeros = body.translate(_AS_ZERO)
    suspect = (
        body.find(b"NaN") >= 0
        or body.find(b"Infinity") >= 0
        or zeros.find(b"e000") >= 0
        or zeros.find(b"e+000") >= 0
        or zeros.find(_MANY_DIGITS) >= 0
    )
    if suspect:
        try:
            json.dumps(from_json(body, allow_inf_nan=False), allow_nan=False)
        except ValueError:
            return False
    return True


def _invalid_json(hint: str) -> ServiceError:
    return invalid("Failed to parse request body: invalid JSON", hint=hint, rule="body-not-json-400")


def refused_at(error: ErrorDetails) -> int:
    """The service's parser refuses wrong types and unknown keys first, then other values; its validator comes after."""
    kind, last = error["type"], error["loc"][-1:]
    if kind in _TYPES or last == ("type",) or (kind == "extra_forbidden" and "configs" not in error["loc"]):
        return 0
    return 1 if kind in _KINDS and error["input"] is not None else 2


def _refusal(shape: type[Params], error: ErrorDetails, body: bytes, root: str) -> ServiceError:
    """The refusal of what is no JSON, of a key that is unknown or missing, or of a value."""
    kind, context, sent = error["type"], error.get("ctx", {}), error["input"]
    if kind == "json_invalid":
        return _invalid_json(str(context.get("error")))
    document = from_json(body)
    keys = keys_of(error["loc"], document, shape)
    path, last = _bracketed([root, *keys] if root and keys and keys != ["version"] else keys), keys[-1] if keys else ""
    if kind == "name_of_type":
        place = path.rpartition(".")[0]
        tool = shortened(str(sent))
        return invalid(f'{place}.name: must be "{tool}" on a config of type "{tool}"', rule="agent-tool-key-400")
    if kind == "extra_forbidden" and (tool := _configured_tool(keys, document)):
        return invalid(f'{path}: Extra inputs are not permitted for name "{tool}"', rule="agent-tool-key-400")
    if kind == "extra_forbidden":
        return invalid(
            f'Failed to parse request body: unknown field "{shortened(str(last))}"',
            rule="unknown-field-400 dream-unknown-field-400 credential-update-unknown-400",
        )
    if kind == "missing" and last == "type":
        return invalid(f"Failed to parse request: {path}: Field required", rule="memory-precondition-type-400")
    if kind == "missing":
        return invalid(
            f"{path}: Field required",
            rule="store-name-required-400 agent-name-required-400 dream-inputs-required dream-model-required "
            "vault-name-required-400 credential-url-required-400",
        )
    return _value_refusal(error, path, keys)


def _value_refusal(error: ErrorDetails, path: str, keys: list[int | str]) -> ServiceError:
    """The refusal of what a key has for a value."""
    kind, context, sent, last = error["type"], error.get("ctx", {}), error["input"], keys[-1] if keys else ""
    if kind == "not_nullable":
        return invalid(
            f"{path}: Value is not nullable", rule="dream-output-behavior-null-400 memory-precondition-sha-null-400"
        )
    if kind == "value_required":
        return invalid(f"{_dotted(error['loc'])}: {error['msg']}", rule="events-empty-text-400")
    if kind == "own_words":
        return invalid(error["msg"], rule="session-update-agent-fields-400 session-override-system-400")
    if kind == "unparsable":
        return invalid(f"Failed to parse request: {path}: {error['msg']}")
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tag = context["discriminator"].strip("'")
        path, sent = f"{path}.{tag}", sent.get(tag) if isinstance(sent, dict) else sent
    if kind == "union_tag_not_found":
        return invalid(f"Failed to parse request: {path}: Field required", rule="memory-precondition-type-400")
    if kind in ("union_tag_invalid", "literal_error") and isinstance(sent, str):
        return invalid(
            f"Failed to parse request: {path}: {_quoted(sent)} is not a valid value{_expected(context, last)}",
            rule="dream-input-kind-400 dream-output-behavior-kind-400 session-initial-event-kind-400 "
            "events-type-400 resource-add-file-only-400 agent-tool-unknown-400",
        )
    if kind in _KINDS and sent is None and keys:
        return invalid(
            f"{path}: Value is not nullable", rule="dream-output-behavior-null-400 memory-precondition-sha-null-400"
        )
    if kind in _KINDS:
        return invalid(
            f"Failed to parse request{' body' if not keys else ''}: {_prefix(path)}expected {_KINDS[kind]}",
            rule="body-not-object-400",
        )
    return invalid(
        f"{_prefix(path)}{_bound(kind, context) or error['msg'].removeprefix('Value error, ')}",
        rule="store-name-empty-400 store-name-length-400 store-description-length-400 "
        "agent-name-length-400 agent-description-length-400 agent-system-length-400 "
        "dream-model-length-400 dream-instructions-length events-none-400 "
        "session-initial-events-50 credential-secret-name-empty-400 credential-hosts-400 "
        "agent-update-version-400 agent-web-domains-400 deployment-initial-events-400",
    )


def _bound(kind: str, context: dict[str, Any]) -> str | None:
    match kind:
        case "string_too_short":
            return f"minimum string length is {context['min_length']}"
        case "string_too_long":
            return f"maximum string length is {context['max_length']}"
        case "too_short":
            return "must contain at least 1 item"
        case "too_long":
            return f"must contain no more than {context['max_length']} item(s)"
        case "string_pattern_mismatch":
            return f"does not match regex pattern `{context['pattern']}`"
        case "greater_than_equal":
            return f"must be greater than or equal to {context['ge']}"
        case "less_than_equal":
            return f"must be less than or equal to {context['le']}"
    return None


def _expected(context: dict[str, Any], last: int | str) -> str:
    """The service lists what is in its closed lists: the names of its tools, a few values of a key, but no types."""
    if context.get("discriminator", "'name'") != "'name'" or last == "type":
        return ""
    return expected_one_of(re.findall("'([^']*)'", context.get("expected_tags") or context.get("expected", "")))


def _configured_tool(keys: list[int | str], document: Any) -> str:
    """The name of the tool, if the last key is one of a tool's configuration."""
    if len(keys) < 3 or keys[-3] != "configs":
        return ""
    for key in keys[:-1]:
        document = document[key]
    return shortened(str(document.get("name", "")))


def _bracketed(keys: list[int | str]) -> str:
    path = ""
    for key in keys:
        path += f"[{key}]" if isinstance(key, int) else f"{'.' if path else ''}{shortened(key)}"
    return path


def _dotted(loc: tuple[int | str, ...]) -> str:
    """The other way in which the service names a place: `events.0.user_message.content.0.text`."""
    parts = [str(part).replace(".", "_") for part in loc]
    return ".".join(part for index, part in enumerate(parts) if index == 0 or part != parts[index - 1])


def _prefix(path: str) -> str:
    return f"{path}: " if path else ""


def _quoted(value: str) -> str:
    return json.dumps(shortened(value), ensure_ascii=False)
