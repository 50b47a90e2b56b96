"""Values as JSON and back: only of the shapes that are listed, each checked as it is read."""

import math
import reprlib
import types
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from pydantic import BaseModel

from mockdreams.freeing import release
from mockdreams.wire.base import RESTORED, Params
from mockdreams.world.core.tables import Table
from mockdreams.world.sessions.event_log import EventLog
from mockdreams.world.state.field_types import matches
from mockdreams.world.state.holders import HOLDERS
from mockdreams.world.state.listing import Field, Shape, function, name_of
from mockdreams.world.state.shapes import NAMES, SHAPES
from mockdreams.world.state.snapshot_errors import SnapshotError

LONG = 64
"""Texts of this length or more are held once, in the text table."""
CHUNK = 48 * 1024
"""Bytes that are encoded at a stroke, so that no other thread waits for long."""
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9001, 1, 1, tzinfo=UTC)
"""Times that a document can hold: a clock ends before the latest, and both leave room for reckoning."""
_MOST = 2**63
_SERIES: dict[str, Callable[..., Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset, "deque": deque}
_SERIES_NAMES = {kind: name for name, kind in _SERIES.items()}


class Encoder:
    """Makes JSON of values. A shared object that is seen again is referred to, and so is every long text."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._text_numbers: dict[str, int] = {}

    @property
    def texts(self) -> list[str]:
        return list(self._text_numbers)

    def holders(self, world: Any) -> dict[str, Any]:
        """The parts of each holder of state."""
        return {
            name: {
                key: self.encode(getattr(getattr(world, holder.attribute), field.attribute))
                for key, field in holder.fields.items()
            }
            for name, holder in HOLDERS.items()
        }

    def encode(self, value: Any) -> Any:
        match value:
            case str() if len(value) >= LONG:
                return {"$": "text", "n": self._text_numbers.setdefault(value, len(self._text_numbers))}
            case None | bool() | int() | float() | str():
                return value
            case bytes():
                return {"$": "bytes", "base64": [_base64(value[at : at + CHUNK]) for at in range(0, len(value), CHUNK)]}
            case datetime():
                return {"$": "time", "at": value.isoformat()}
            case list():
                return [self.encode(item) for item in value]
            case dict():
                return self._dict(value)
            case types.FunctionType():
                return _function(value)
        series = _SERIES_NAMES.get(type(value))
        if series is None:
            return self._object(value)
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return {"$": series, "items": [self.encode(item) for item in items]}

    def _object(self, value: Any) -> Any:
        name = NAMES.get(type(value))
        if name is None:
            raise SnapshotError(f"a {type(value).__qualname__} cannot be saved")
        if id(value) in self._seen:
            return {"$": "ref", "id": self._seen[id(value)]}
        shape = SHAPES[name]
        body: dict[str, Any] = {"$": name}
        if shape.shared:
            self._seen[id(value)] = len(self._seen) + 1
            body["$id"] = self._seen[id(value)]
        for key, part in _parts(shape, value).items():
            body[key] = self.encode(part)
        if getattr(value, "model_extra", None):
            body["$more"] = self.encode(value.model_extra)
        return body

    def _dict(self, value: dict[Any, Any]) -> Any:
        if all(isinstance(key, str) and key != "$" for key in value):
            return {key: self.encode(item) for key, item in value.items()}
        return {"$": "map", "items": [[self.encode(key), self.encode(item)] for key, item in value.items()]}


class Decoder:
    """Makes values of JSON. What is not as it is listed raises one of the errors that `BROKEN` names.

    The values are of no world until they are given the context of one.
    """

    def __init__(self, texts: list[str], context: Any) -> None:
        self._texts = texts
        self._context = context
        self._seen: dict[int, Any] = {}
        self._in_context: list[tuple[Any, str]] = []
        self.ids: set[str] = set()
        """Of the records in tables, and of events."""

    def holder(self, name: str, document: Any) -> dict[str, Any]:
        """The fields of a holder of state."""
        fields = HOLDERS[name].fields
        _check_keys(name, document, fields)
        return {key: _checked(f"{name}.{key}", self.decode(document[key]), field) for key, field in fields.items()}

    def give(self, context: Any) -> None:
        """Let everything that was made be in this context."""
        for value, attribute in self._in_context:
            object.__setattr__(value, attribute, context)

    def decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return _scalar(value)
        if "$" not in value:
            return {_scalar(key): self.decode(item) for key, item in value.items()}
        kind = value["$"]
        if not isinstance(kind, str):
            raise TypeError("the name of a shape must be a text")
        if kind in SHAPES:
            return self._object(kind, value)
        match kind:
            case "text":
                return self._texts[_index(value["n"], len(self._texts))]
            case "bytes":
                return b"".join([b64decode(chunk, validate=True) for chunk in _list(value["base64"])])
            case "time":
                return time_of(value["at"])
            case "map":
                return {self.decode(key): self.decode(item) for key, item in _list(value["items"])}
            case "function":
                return function(value["name"])
            case "ref":
                return self._referred(value["id"])
            case _ if kind in _SERIES:
                return _SERIES[kind]([self.decode(item) for item in _list(value["items"])])
        raise ValueError(f"no shape is called {_short(kind)}")

    def _referred(self, number: Any) -> Any:
        if type(number) is not int or number not in self._seen:
            raise ValueError(f"nothing before it has the $id {_short(number)}")
        return self._seen[number]

    def _object(self, kind: str, value: dict[str, Any]) -> Any:
        shape = SHAPES[kind]
        parts = {key: self.decode(part) for key, part in value.items() if key not in ("$", "$id", "$more")}
        if "$more" in value:
            return _with_more(shape, kind, parts, self.decode(value["$more"]))
        made = _record(shape, kind, parts) if issubclass(shape.cls, BaseModel) else self._state(shape, kind, parts)
        if shape.shared:
            number = value["$id"]
            if type(number) is not int or number in self._seen:
                raise ValueError(f"two objects have the $id {_short(number)}")
            self._seen[number] = made
        return made

    def _state(self, shape: Shape, kind: str, parts: dict[str, Any]) -> Any:
        _check_keys(kind, parts, shape.fields)
        values = {f.attribute: _checked(f"{kind}.{key}", parts[key], f) for key, f in shape.fields.items()}
        if shape.context:
            values[shape.context] = self._context
        values |= {attribute: make() for attribute, make in shape.anew.items()}
        if shape.cls is Table:
            self.ids.update(record.id for _, record in parts["rows"])
        elif shape.cls is EventLog:
            self.ids.update(event.id for event in chain(parts["emitted"], parts["waiting"]))
        made = _made(shape.cls, values)
        if shape.context:
            self._in_context.append((made, shape.context))
        return made


def objects(world: Any) -> list[Any]:
    """Everything that a world keeps, each after what it is in."""
    found = [
        getattr(getattr(world, holder.attribute), field.attribute)
        for holder in HOLDERS.values()
        for field in holder.fields.values()
    ]
    for value in found:  # which grows
        if isinstance(value, dict):
            found.extend(value.values())
        elif isinstance(value, list | tuple | deque):
            found.extend(value)
        elif type(value) in NAMES and not isinstance(value, BaseModel):
            found.extend(_parts(SHAPES[NAMES[type(value)]], value).values())
    return found


def let_go(objects: list[Any]) -> None:
    """Free what nothing else holds, one by one: Python frees much at a stroke, in which every other thread waits."""
    objects.reverse()
    release(objects)


def time_of(value: Any) -> datetime:
    """A time in UTC. Raises ValueError or TypeError."""
    at = datetime.fromisoformat(value)
    if at.utcoffset() != timedelta(0):
        raise ValueError(f"{_short(value)} is not in UTC")
    at = at.astimezone(UTC)
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"{_short(value)} is out of bounds")
    return at


def _made(cls: Any, values: dict[str, Any]) -> Any:
    if issubclass(cls, tuple) or _is_dataclass(cls):
        return cls(**values)
    made = cls.__new__(cls)
    if "__setstate__" in vars(cls):
        made.__setstate__(values)
    else:
        vars(made).update(values)
    return made


def _checked(name: str, value: Any, field: Field) -> Any:
    if not matches(value, field.type):
        raise TypeError(f"{name} is not of its type")
    return value


def _check_keys(name: str, parts: Any, fields: dict[str, Field]) -> None:
    if not isinstance(parts, dict):
        raise TypeError(f"{name} must be an object")
    wrong = set(parts) ^ set(fields)
    if wrong:
        raise ValueError(f"{name}.{min(wrong)[:80]} is {'missing' if min(wrong) in fields else 'unknown'}")


def _record(shape: Shape, kind: str, parts: dict[str, Any]) -> BaseModel:
    """A record with these fields, if they are what its validation makes of them."""
    unknown = set(parts).difference(shape.fields)
    if unknown:
        raise ValueError(f"{kind}.{min(unknown)[:80]} is unknown")
    made: BaseModel = shape.cls.model_validate(parts, context=RESTORED)
    for name, part in parts.items():
        if not _alike(made.__dict__[name], part):
            raise ValueError(f"{kind}.{name} is not of its type")
    return made if isinstance(made, Params) else shape.cls.model_construct(_fields_set=set(parts), **parts)


def _with_more(shape: Shape, kind: str, parts: dict[str, Any], more: Any) -> BaseModel:
    """A record of a shape that may have further keys, with those."""
    if not issubclass(shape.cls, BaseModel) or shape.cls.model_config.get("extra") != "allow" or shape.shared:
        raise ValueError(f"{kind} has no further keys")
    if not isinstance(more, dict) or not all(isinstance(key, str) for key in more) or more.keys() & shape.fields:
        raise TypeError(f"the further keys of {kind} are not of their type")
    made = _record(shape, kind, parts)
    object.__setattr__(made, "__pydantic_extra__", more)
    return made


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are equal and of one type; an int may stand for a float."""
    if type(one) is not type(other):
        return {type(one), type(other)} == {int, float} and bool(one == other)
    if isinstance(one, list | tuple | deque):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(item, other[key]) for key, item in one.items())
    return bool(one == other)


def _parts(shape: Shape, value: Any) -> dict[str, Any]:
    """The fields of an object, by their names in the document."""
    if isinstance(value, Params):
        return {name: getattr(value, name) for name in shape.fields if name in value.model_fields_set}
    if "__getstate__" in vars(shape.cls) and not issubclass(shape.cls, BaseModel) and not _is_dataclass(shape.cls):
        state: dict[str, Any] = value.__getstate__()
        return {name: state[field.attribute] for name, field in shape.fields.items()}
    return {name: getattr(value, field.attribute) for name, field in shape.fields.items()}


def _is_dataclass(cls: type) -> bool:
    return hasattr(cls, "__dataclass_fields__")


def _function(value: Any) -> Any:
    name = name_of(value)
    if name is None:
        raise SnapshotError(f"{value.__qualname__} is a function of a test's own and cannot be saved")
    return {"$": "function", "name": name}


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        if not value.isascii():
            value.encode()  # raises ValueError for half a character
    elif isinstance(value, int) and not -_MOST < value < _MOST:
        raise ValueError("a number is too large")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is not finite")
    return value


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _index(value: Any, length: int) -> int:
    if type(value) is not int or not 0 <= value < length:
        raise ValueError(f"there is no text {_short(value)}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("items must be a list")
    return value


def _short(value: Any) -> str:
    return reprlib.repr(value)
