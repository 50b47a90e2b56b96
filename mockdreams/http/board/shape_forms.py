"""Forms from shapes: a field for each of a shape's, with what its docstring says."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from mockdreams.http.field_words import field_words


class FormField(NamedTuple):
    """An input: its name in JSON, what it is for, the texts that it can be, and whether it is a long text."""

    name: str
    help: str
    choices: tuple[str, ...]
    is_long: bool
    is_first: bool


@lru_cache(maxsize=64)
def fields_of(shape: type[BaseModel], first: tuple[str, ...] = ()) -> list[FormField]:
    """The fields of a shape: those that are `first`, then the others."""
    told = field_words(shape)
    found = []
    for name, info in shape.model_fields.items():
        alias = info.alias or name
        choices = tuple(str(each) for each in _choices(info.annotation))
        is_long = not choices and _is_long(info.annotation)
        found.append(FormField(alias, told.get(name, ""), choices, is_long, not first or alias in first))
    return sorted(found, key=lambda field: first.index(field.name) if field.name in first else len(first))


def as_document(shape: type[BaseModel], typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed into the fields of a shape, as JSON; an empty field is left out."""
    texts = {info.alias or name: _is_text(info.annotation) for name, info in shape.model_fields.items()}
    return {
        name: value.strip() if texts[name] else read_value(value.strip())
        for name, value in typed.items()
        if name in texts and value.strip()
    }


def read_value(typed: str) -> Any:
    """What was typed, as JSON if it is that, else as a text."""
    try:
        return json.loads(typed)
    except ValueError:
        return typed


def _is_text(annotation: Any) -> bool:
    """Whether a field is a text and nothing else: `5` is one, too, there."""
    kinds = _kinds(annotation)
    return kinds != [] and all(kind in (str, type(None)) or get_origin(kind) is Literal for kind in kinds)


def _is_long(annotation: Any) -> bool:
    return any(kind is Any or get_origin(kind) in (list, dict, tuple) for kind in _kinds(annotation))


def _choices(annotation: Any) -> list[Any]:
    return [each for kind in _kinds(annotation) if get_origin(kind) is Literal for each in get_args(kind)]


def _kinds(annotation: Any) -> list[Any]:
    """What a field can be; None is one of it."""
    arguments = get_args(annotation)
    if not arguments or get_origin(annotation) in (list, dict, tuple, Literal):
        return [annotation]
    if hasattr(annotation, "__metadata__"):
        return _kinds(arguments[0])
    return [kind for argument in arguments for kind in _kinds(argument)]
