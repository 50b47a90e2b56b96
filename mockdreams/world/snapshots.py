"""Snapshots: a whole world as one JSON document, and back.

Everything that a world keeps is plain data: records, dataclasses, and objects of ours. Each is written as its fields
with its class beside them (`"$": "wire.dreams.Dream"`), so that what a room adds to its state is saved without being
told. What only lives in a process (locks, listeners, guards) is left out and made anew.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple

from pydantic import BaseModel

from mockdreams.wire.base import Params
from mockdreams.world.core.context import Context
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.memory.versions import MemoryVersions
from mockdreams.world.sessions.event_log import EventLog
from mockdreams.world.world import World

NAMES = {
    "world.desks.Desk": "world.desks.SessionState",
    "world.desks.Seat": "world.desks.ThreadState",
    "world.desks.Goal": "world.desks.OutcomeProgress",
    "world.transcripts.Transcript": "world.transcripts.EventLog",
    "world.pipeline.Pipeline": "world.pipeline.DreamTargets",
    "world.sessions.unterminated": "world.session_store.unterminated",
}
"""Names of classes and functions in older snapshots, and of today."""
FIELDS = {
    "SessionState": {
        "seats": "threads",
        "threads": "thread_records",
        "active": "active_seconds",
        "turns": "scripted_turns",
        "verdicts": "scripted_verdicts",
        "goal": "outcome",
    },
    "ThreadState": {
        "transcript": "log",
        "awaits": "scheduled_task",
        "round": "pending_actions",
        "ids": "pending_event_ids",
        "held": "waiting_for_results",
        "heard": "turn_messages",
        "done": "turn_tool_results",
        "said": "turn_text",
        "active": "active_seconds",
        "fresh": "unread_chars",
        "context": "context_tokens",
    },
    "OutcomeProgress": {"delivered": "graded_text"},
    "Run": {"pipeline": "targets"},
}
"""Fields of these classes in older snapshots, and of today."""

PACKAGE = "mockdreams."
FORMAT = 1
KEPT = {
    "agents": ("agents", {"table": "table", "_versions": "_versions"}),
    "environments": ("environments", {"table": "table"}),
    "memory_stores": ("memory_stores", {"table": "table", "_shelves": "_shelves"}),
    "session_scripts": ("session_scripts", {"_waiting": "_waiting"}),
    "sessions": ("session_store", {"table": "table", "_desks": "_states", "_seats": "_threads"}),
    "dreams": (
        "dreams",
        {"table": "table", "scripts": "scripts", "runs": "runs", "unready": "unready", "_owners": "_owners"},
    ),
}
"""The parts of a snapshot: the part of the world that each one is kept in, and its fields here and there."""
_PROCESS_ONLY = {"_context", "_taken"}
_IN_CONTEXT = (EventLog, MemoryVersions, StoreContents)
"""What is given the context of its world."""


class SnapshotError(ValueError):
    """A world that cannot be saved, or a document that is no world."""


def save(world: World) -> dict[str, Any]:
    """The world as JSON. Raises SnapshotError while a dreamer or agent of a test's own, a function, is waiting."""
    with world.lock:
        return {
            "mockdreams": FORMAT,
            "seed": world.seed,
            "ids": {"minted": world.ids.minted, "requests": world.request_ids.minted},
            "clock": world.clock.save(),
            "policy": world.policy.model_dump(mode="json"),
            **Encoder().rules(world),
        }


def restore(world: World, document: Any) -> None:
    """Make the world what the document says. Raises SnapshotError, before anything changes, if it says no world."""
    if not isinstance(document, dict) or document.get("mockdreams") != FORMAT:
        raise SnapshotError(f'not a snapshot of mockdreams: it has no "mockdreams": {FORMAT}')
    try:
        json.dumps(document)
        trial = World(document["seed"], clock="manual")
        _fill(trial, document)
    except (KeyError, TypeError, ValueError, AttributeError, ImportError) as broken:
        raise SnapshotError(f"the snapshot is damaged: {type(broken).__name__}: {broken}") from broken
    with world.lock:
        world.reset_to(document["seed"])
        _fill(world, document)


class SnapshotState(NamedTuple):
    """A snapshot to begin worlds with."""

    document: dict[str, Any]

    def apply(self, world: World) -> None:
        """Be where the snapshot was, under the world's own kind of clock. Raises SnapshotError."""
        mode, speed = world.clock.mode, world.clock.speed
        restore(world, self.document)
        world.clock.mode, world.clock.speed = mode, speed

    def as_json(self) -> dict[str, Any]:
        return self.document


def _fill(world: World, document: dict[str, Any]) -> None:
    world.ids.minted = document["ids"]["minted"]
    world.request_ids.minted = document["ids"]["requests"]
    world.policy = type(world.policy).model_validate(document["policy"])
    decoder = Decoder(world.context)
    for name, (holder, parts) in KEPT.items():
        for part, value in document[name].items():
            setattr(getattr(world, holder), parts[part], decoder.decode(value))
    world.clock.restore(document["clock"])


class Encoder:
    """Makes JSON of values. An object of ours that is met again is not written again, but referred to."""

    def __init__(self) -> None:
        self._met: dict[int, int] = {}

    def rules(self, world: World) -> dict[str, Any]:
        """The parts of each holder of rules, but for what it shares with the process."""
        return {
            name: {part: self.encode(getattr(getattr(world, holder), field)) for part, field in parts.items()}
            for name, (holder, parts) in KEPT.items()
        }

    def encode(self, value: Any) -> Any:
        match value:
            case None | bool() | int() | float() | str():
                return value
            case datetime():
                return {"$": "time", "at": value.isoformat()}
            case list():
                return [self.encode(item) for item in value]
            case tuple() | set() | frozenset() | deque():
                return self._series(value)
            case dict():
                return self._dict(value)
            case _ if callable(value) and hasattr(value, "__qualname__"):
                return _function(value)
        return self._object(value)

    def _object(self, value: Any) -> Any:
        if id(value) in self._met:
            return {"$": "again", "id": self._met[id(value)]}
        body: dict[str, Any] = {"$": _name(type(value))}
        if _has_identity(type(value)):
            body["$id"] = self._met[id(value)] = len(self._met) + 1
        return {**body, **{name: self.encode(part) for name, part in _parts(value).items()}}

    def _series(self, value: Any) -> Any:
        items = sorted(value) if isinstance(value, set | frozenset) else value
        kind = type(value).__name__ if type(value) in (tuple, set, frozenset, deque) else _name(type(value))
        return {"$": kind, "items": [self.encode(item) for item in items]}

    def _dict(self, value: dict[Any, Any]) -> Any:
        if all(isinstance(key, str) and key != "$" for key in value):
            return {key: self.encode(item) for key, item in value.items()}
        return {"$": "map", "items": [[self.encode(key), self.encode(item)] for key, item in value.items()]}


class Decoder:
    """Makes values of JSON, in the context of a world."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._met: dict[int, Any] = {}

    def decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        match value.get("$"):
            case None:
                return {key: self.decode(item) for key, item in value.items()}
            case "time":
                return datetime.fromisoformat(value["at"])
            case "map":
                return {self.decode(key): self.decode(item) for key, item in value["items"]}
            case "function":
                return _find(str(value["name"]))
            case "world":
                return None
            case "again":
                return self._met[value["id"]]
            case "tuple" | "set" | "frozenset" | "deque" as kind:
                return _SERIES[kind](map(self.decode, value["items"]))
        return self._object(value)

    def _object(self, value: dict[str, Any]) -> Any:
        cls = _find(value["$"])
        names = FIELDS.get(cls.__name__, {}) if value["$"] in {*NAMES, "world.runs.Run"} else {}
        parts = {key: self.decode(part) for key, part in value.items() if key[0] != "$" and key not in _WORLD}
        parts = {names.get(key, key): part for key, part in parts.items()}
        if cls in _IN_CONTEXT:
            parts["_context"] = self._context
        made = _make(cls, parts)
        if "$id" in value:
            self._met[value["$id"]] = made
        return made


def _function(value: Callable[..., Any]) -> Any:
    if value.__module__.startswith(PACKAGE) and value.__qualname__.isidentifier():
        return {"$": "function", "name": f"{value.__module__.removeprefix(PACKAGE)}.{value.__qualname__}"}
    raise SnapshotError(f"{value.__qualname__} is a function of a test's own and cannot be saved")


def _has_identity(cls: Any) -> bool:
    """Whether two references to one such object must stay one: not so for what never changes."""
    params = getattr(cls, "__dataclass_params__", None)
    return not issubclass(cls, BaseModel) and not (params is not None and params.frozen)


def _parts(value: Any) -> dict[str, Any]:
    if isinstance(value, BaseModel):
        given = value.model_fields_set if isinstance(value, Params) else type(value).model_fields
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
    name = NAMES.get(name, name)
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(PACKAGE + module), attribute)


_WORLD = ("world", "_world")
"""Fields of older snapshots that named the world."""
_SERIES: dict[str, Callable[..., Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset, "deque": deque}
