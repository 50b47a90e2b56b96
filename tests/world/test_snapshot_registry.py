"""Whatever a world can hold is listed in the registry of snapshots; what is not fails here by its name."""

import dataclasses
import types
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

from mockdreams.wire.events import Event
from mockdreams.world.core.tables import Table
from mockdreams.world.state.holders import HOLDERS
from mockdreams.world.state.listing import FUNCTIONS, Shape, function, name_of
from mockdreams.world.state.shapes import SHAPES, STATE
from mockdreams.world.world import World

LISTED = {shape.cls for shape in SHAPES.values()}
PROCESS_ONLY = {"guards", "veto_hooks", "archive_hooks", "rest_hooks", "end_hooks", "_queues", "_outgoing"}
"""What a world's parts keep that only lives in a process."""


def parts_of(wanted: Any) -> Iterator[Any]:
    """The classes in a type."""
    if isinstance(wanted, type) and not get_args(wanted):
        yield wanted
    for inner in get_args(wanted):
        yield from parts_of(inner)


def descendants(cls: type[Any]) -> Iterator[type[Any]]:
    for each in cls.__subclasses__():
        yield each
        yield from descendants(each)


def reachable() -> set[type]:
    """The classes that the fields of a world can hold, by their annotations."""
    waiting = [field.type for holder in HOLDERS.values() for field in holder.fields.values()]
    waiting += [field.type for shape in STATE.values() for field in shape.fields.values()]
    found: set[type] = set()
    while waiting:
        for cls in parts_of(waiting.pop()):
            if cls in found or not cls.__module__.startswith("mockdreams"):
                continue
            found.add(cls)
            if issubclass(cls, BaseModel):
                waiting += [hint for name, hint in get_type_hints(cls).items() if name in cls.model_fields]
            if issubclass(cls, Event):
                waiting += descendants(cls)
    return found


def test_every_class_that_a_world_can_hold_is_listed() -> None:
    found = reachable()
    assert len(found) > 100
    assert sorted(cls.__qualname__ for cls in found - LISTED) == []


@pytest.mark.parametrize("name", SHAPES)
def test_every_field_of_a_class_is_listed(name: str) -> None:
    shape = SHAPES[name]
    assert {field.attribute for field in shape.fields.values()} == fields_of(shape)


def fields_of(shape: Shape) -> set[str]:
    """The fields of a class, or what an object of it has after it was made."""
    cls, context = shape.cls, {shape.context, *shape.anew} - {None}
    if issubclass(cls, BaseModel):
        return set(cls.model_fields)
    if issubclass(cls, tuple):
        return set(cls._fields)
    if dataclasses.is_dataclass(cls):
        return {field.name for field in dataclasses.fields(cls)} - context
    made = cls(*[""] * (cls.__init__.__code__.co_argcount - 1 - len(cls.__init__.__defaults__ or ())))
    return set(made.__getstate__() if "__getstate__" in vars(cls) else vars(made)) - context


def test_all_that_the_parts_of_a_world_keep_is_listed() -> None:
    world = World("registry", clock="manual")
    listed = {id(getattr(world, holder.attribute)): holder for holder in HOLDERS.values()}
    kept = {
        f"{name}.{attribute}"
        for name, part in vars(world).items()
        if type(part).__module__.startswith("mockdreams.world.") and name not in ("clock", "ids", "request_ids")
        for attribute, value in (vars(part) if hasattr(part, "__dict__") else {}).items()
        if isinstance(value, dict | list | set | tuple | Table) or type(value) in LISTED
        if id(part) not in listed or attribute not in {field.attribute for field in listed[id(part)].fields.values()}
    }
    assert {each for each in kept if each.partition(".")[2] not in PROCESS_ONLY | {"policy"}} == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_found_by_their_names(name: str) -> None:
    assert isinstance(function(name), types.FunctionType)
    assert name_of(function(name)) == name


def test_a_name_means_one_class() -> None:
    assert len(LISTED) == len(SHAPES)
