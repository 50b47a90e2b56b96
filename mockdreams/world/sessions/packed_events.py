"""Events that nobody looks at, packed into bytes: a fourth of the memory, and nothing for the garbage collector.

A model is told as the number of its class and its values, a moment as microseconds, so that `marshal` can write them:
that takes a twelfth of a dream's life, `pickle` a third.
"""

import marshal
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from pydantic import BaseModel

from mockdreams.wire.base import Model
from mockdreams.wire.events import Event
from mockdreams.world.core.tables import MICROSECOND

_PLAIN = frozenset({str, int, float, bool, type(None), dict})
"""What `marshal` can write; the dictionaries of events are JSON."""
_TUPLE, _MOMENT = -1, -2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_lock = Lock()
_fields_of = vars(BaseModel)["__dict__"].__get__
"""`vars` of a model, which takes a third of the time."""
_kinds: dict[type[Model], tuple[int, int]] = {}
"""The number of each class, and of its fields."""
_classes: list[type[Model]] = []


def pack(events: Iterable[Event]) -> bytes:
    """The events as bytes; what they remember, such as their JSON, is left out."""
    return marshal.dumps([_flat(event) for event in events])


def unpack(packed: bytes) -> list[Event]:
    """The events again."""
    return [_whole(told) for told in marshal.loads(packed)]


def _flat(value: Any) -> Any:
    kind = type(value)
    if kind is datetime:
        return _MOMENT, (value - _EPOCH) // MICROSECOND
    if kind is tuple:
        return (_TUPLE, *[each if type(each) in _PLAIN else _flat(each) for each in value])
    number, size = _kinds.get(kind) or _new_kind(kind)
    fields = _fields_of(value)
    values = fields.values() if len(fields) == size else value.values()
    return (number, *[each if type(each) in _PLAIN else _flat(each) for each in values])


def _whole(told: tuple[Any, ...]) -> Any:
    number, *values = told
    if number == _MOMENT:
        return _EPOCH + values[0] * MICROSECOND
    whole = tuple([_whole(each) if type(each) is tuple else each for each in values])
    return whole if number == _TUPLE else _classes[number].with_values(whole)


def _new_kind(cls: type[Model]) -> tuple[int, int]:
    with _lock:
        if cls not in _kinds:
            _classes.append(cls)
            _kinds[cls] = len(_classes) - 1, len(cls.model_fields)
        return _kinds[cls]
