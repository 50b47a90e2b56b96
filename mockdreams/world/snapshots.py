"""Snapshots: a whole world as one JSON document, and back.

Everything that a world keeps is plain data: records, dataclasses, and objects of ours. Each is written as its fields
with its class beside them (`"$": "wire.dreams.Dream"`), so that what a room adds to its state is saved without being
told. What only lives in a process (locks, listeners, guards) is left out and made anew.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from mockdreams.world.world import World

PACKAGE = "mockdreams."
FORMAT = 1
RULES = ("agents", "environments", "memory_stores", "sessions", "dreams")
"""The parts of a world that keep something."""
_PROCESS_ONLY = {"guards", "_listeners"}


class SnapshotError(ValueError):
    """A world that cannot be saved, or a document that is no world."""


def save(world: "World") -> dict[str, Any]:
    """The world as JSON. Raises SnapshotError while a dreamer or agent of a test's own, a function, is waiting."""
    with world.lock:
        return {
            "mockdreams": FORMAT,
            "seed": world.seed,
            "ids": {"minted": world.ids.minted, "requests": world.request_ids.minted},
            "clock": world.clock.save(),
            "policy": world.policy.model_dump(mode="json"),
            **{name: _save_parts(getattr(world, name)) for name in RULES},
        }


def restore(world: "World", document: Any) -> None:
    """Make the world what the document says. Raises SnapshotError, before anything changes, if it says no world."""
    if not isinstance(document, dict) or document.get("mockdreams") != FORMAT:
        raise SnapshotError(f'not a snapshot of mockdreams: it has no "mockdreams": {FORMAT}')
    try:
        json.dumps(document)
        trial = type(world)(document["seed"], clock="manual")
        _fill(trial, document)
    except (KeyError, TypeError, ValueError, AttributeError, ImportError) as broken:
        raise SnapshotError(f"the snapshot is damaged: {type(broken).__name__}: {broken}") from broken
    with world.lock:
        world.start_over(document["seed"])
        _fill(world, document)


@dataclass(frozen=True)
class Saved:
    """A snapshot to begin worlds with."""

    document: dict[str, Any]

    def replay(self, world: "World") -> None:
        """Be where the snapshot was, under the world's own kind of clock. Raises SnapshotError."""
        mode, speed = world.clock.mode, world.clock.speed
        restore(world, self.document)
        world.clock.mode, world.clock.speed = mode, speed


def _fill(world: "World", document: dict[str, Any]) -> None:
    world.ids.minted = document["ids"]["minted"]
    world.request_ids.minted = document["ids"]["requests"]
    world.policy = type(world.policy).model_validate(document["policy"])
    for name in RULES:
        _fill_parts(getattr(world, name), document[name], world)
    world.clock.restore(document["clock"])


def _save_parts(holder: object) -> dict[str, Any]:
    kept = {name: value for name, value in vars(holder).items() if name not in {*_PROCESS_ONLY, "_world"}}
    return {name: encode(value) for name, value in kept.items()}


def _fill_parts(holder: object, parts: dict[str, Any], world: "World") -> None:
    for name, value in parts.items():
        setattr(holder, name, decode(value, world))


def encode(value: Any) -> Any:
    """A value as JSON that `decode` understands."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return {"$": "time", "at": value.isoformat()}
        case list():
            return [encode(item) for item in value]
        case tuple() | set() | frozenset() | deque():
            return _encode_series(value)
        case dict():
            return _encode_dict(value)
        case _ if callable(value) and hasattr(value, "__qualname__"):
            return _encode_function(value)
        case _ if type(value).__name__ == "World":
            return {"$": "world"}
    return {"$": _name(type(value)), **{name: encode(part) for name, part in _parts(value).items()}}


def decode(value: Any, world: "World") -> Any:
    """What `encode` made JSON of, in `world`."""
    if isinstance(value, list):
        return [decode(item, world) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if kind is None:
        return {key: decode(item, world) for key, item in value.items()}
    if kind in _DECODERS:
        return _DECODERS[kind](value, world)
    parts = {name: decode(part, world) for name, part in value.items() if name != "$"}
    return _make(_find(kind), parts)


def _encode_series(value: Any) -> Any:
    items = sorted(value) if isinstance(value, set | frozenset) else value
    kind = type(value).__name__ if type(value) in (tuple, set, frozenset, deque) else _name(type(value))
    return {"$": kind, "items": [encode(item) for item in items]}


def _encode_dict(value: dict[Any, Any]) -> Any:
    if all(isinstance(key, str) and key != "$" for key in value):
        return {key: encode(item) for key, item in value.items()}
    return {"$": "map", "items": [[encode(key), encode(item)] for key, item in value.items()]}


def _encode_function(value: Callable[..., Any]) -> Any:
    if value.__module__.startswith(PACKAGE) and value.__qualname__.isidentifier():
        return {"$": "function", "name": f"{value.__module__.removeprefix(PACKAGE)}.{value.__qualname__}"}
    raise SnapshotError(f"{value.__qualname__} is a function of a test's own and cannot be saved")


def _parts(value: Any) -> dict[str, Any]:
    if isinstance(value, BaseModel):
        given = value.model_fields_set or type(value).model_fields.keys()
        return {name: getattr(value, name) for name in type(value).model_fields if name in given}
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if "__getstate__" in vars(type(value)):
        state: dict[str, Any] = value.__getstate__()
        return state
    return {name: part for name, part in vars(value).items() if name not in _PROCESS_ONLY}


def _make(cls: Any, parts: dict[str, Any]) -> Any:
    if issubclass(cls, tuple):
        return cls(*parts["items"])
    if issubclass(cls, BaseModel):
        return cls.model_construct(_fields_set=set(parts), **parts)
    if hasattr(cls, "__dataclass_fields__"):
        return cls(**parts)
    made = cls.__new__(cls)
    if "__setstate__" in vars(cls):
        made.__setstate__(parts)
    else:
        vars(made).update(parts)
    return made


def _name(cls: type) -> str:
    if not cls.__module__.startswith(PACKAGE):
        raise SnapshotError(f"a {cls.__qualname__} cannot be saved")
    return f"{cls.__module__.removeprefix(PACKAGE)}.{cls.__qualname__}"


def _find(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(PACKAGE + module), attribute)


_DECODERS: dict[str, Callable[[dict[str, Any], "World"], Any]] = {
    "time": lambda value, world: datetime.fromisoformat(value["at"]),
    "tuple": lambda value, world: tuple(decode(item, world) for item in value["items"]),
    "set": lambda value, world: {decode(item, world) for item in value["items"]},
    "frozenset": lambda value, world: frozenset(decode(item, world) for item in value["items"]),
    "deque": lambda value, world: deque(decode(item, world) for item in value["items"]),
    "map": lambda value, world: {decode(key, world): decode(item, world) for key, item in value["items"]},
    "function": lambda value, world: _find(value["name"]),
    "world": lambda value, world: world,
}
