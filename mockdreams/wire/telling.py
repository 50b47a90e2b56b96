"""What a shape tells as JSON, and of one that is large the same piece by piece.

Pydantic's writer holds the interpreter until all is written. Here it is only ever given what takes it 0.1 ms.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

OMITTED = object()
"""What marks a key that is left out when it has no value."""
LONG_TEXT = 64 * 1024
"""Characters that are written as JSON in some 0.1 ms."""
MUCH = 1_000
"""Values that are; of a text each 64 characters count as one."""


@cache
def omitted(cls: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a shape that are left out when they have no value."""
    return tuple(name for name, field in cls.model_fields.items() if OMITTED in field.metadata)


def told(shape: BaseModel) -> dict[str, Any]:
    """What a shape tells, key by key: without what it remembers, and what is left out when it has no value.

    As JSON this takes half of what Pydantic takes for a shape whose serializer is ours.
    """
    cls, fields = type(shape), shape.__dict__.copy()
    names = _names(cls)
    if len(fields) > len(names):
        fields = {name: fields[name] for name in names}
    for name in omitted(cls):
        if fields[name] is None or fields[name] == ():
            del fields[name]
    return fields


@cache
def _names(cls: type[BaseModel]) -> tuple[str, ...]:
    return tuple(cls.model_fields)


def is_much(*values: Any) -> bool:
    """Whether there is so much in values that they are to be written piece by piece."""
    return _size(*values) > MUCH


def in_pieces(value: Any) -> Iterator[bytes]:
    """The same as `to_json` writes."""
    if not is_much(value):
        yield to_json(value)
    elif isinstance(value, str):
        yield b'"'
        for start in range(0, len(value), LONG_TEXT):
            yield to_json(value[start : start + LONG_TEXT])[1:-1]
        yield b'"'
    elif isinstance(value, list | tuple):
        yield from _enclosed(b"[", _items(value), b"]")
    else:
        yield from _enclosed(b"{", _pairs(value if isinstance(value, dict) else _whole(value)), b"}")


def _enclosed(opening: bytes, runs: Iterable[Iterable[bytes]], closing: bytes) -> Iterator[bytes]:
    for run in runs:
        yield opening
        yield from run
        opening = b","
    yield closing


def _items(items: Iterable[Any]) -> Iterator[Iterable[bytes]]:
    """Items as JSON, a few together, without what encloses them."""
    few: list[Any] = []
    count = 0
    for item in items:
        size = _size(item)
        if few and count + size > MUCH:
            yield [to_json(few)[1:-1]]
            few, count = [], 0
        if size > MUCH:
            yield in_pieces(item)
        else:
            few.append(item)
            count += size
    if few:
        yield [to_json(few)[1:-1]]


def _pairs(values: dict[str, Any]) -> Iterator[Iterable[bytes]]:
    """Pairs likewise."""
    few: dict[str, Any] = {}
    count = 0
    for key, value in values.items():
        size = _size(key, value)
        if few and count + size > MUCH:
            yield [to_json(few)[1:-1]]
            few, count = {}, 0
        if size > MUCH:
            yield chain(in_pieces(key), (b":",), in_pieces(value))
        else:
            few[key] = value
            count += size
    if few:
        yield [to_json(few)[1:-1]]


def _whole(shape: Any) -> dict[str, Any]:
    """All that a shape tells, in the order of Pydantic."""
    own = getattr(shape, "_told", None)
    fields = shape if own is None else own()
    fields = told(fields) if isinstance(fields, BaseModel) else fields
    computed = {name: getattr(shape, name) for name in type(shape).model_computed_fields}
    return {**fields, **(shape.model_extra or {}), **computed}


def _size(*values: Any) -> int:
    """How many values there are in values, counted until it is clear that they are many."""
    count, waiting = 0, list(values)
    while waiting and count <= MUCH:
        each = waiting.pop()
        count += 1
        if isinstance(each, str):
            count += len(each) >> 6
        elif isinstance(each, BaseModel):
            waiting += each.__dict__.values()
            waiting.append(each.model_extra)
        elif isinstance(each, dict | list | tuple):
            count += len(each)
            if count <= MUCH:
                waiting += each
                waiting += each.values() if isinstance(each, dict) else ()
    return count
