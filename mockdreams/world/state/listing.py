"""What a snapshot lists, and how: shapes and holders of state with their fields, and functions of ours by name."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple


class Field(NamedTuple):
    """Where the code keeps a field of the document, and the type that it must have."""

    attribute: str
    type: Any


class Shape(NamedTuple):
    """A class whose objects are saved, and their fields by their names in the document.

    `shared`: two references to one object stay references to one. `context`: the attribute for the world's context.
    `anew`: attributes that are of the process only, and what makes them.
    """

    cls: Any
    fields: dict[str, Field]
    shared: bool = False
    context: str | None = None
    anew: dict[str, Callable[[], Any]] = {}


class Holder(NamedTuple):
    """A part of a world that keeps something: the world's attribute, and its fields by their names in the document."""

    attribute: str
    fields: dict[str, Field]


class Listed(NamedTuple):
    """A function of ours, by one of these names; or None."""

    names: tuple[str, ...]


def _fields(types: dict[str, Any]) -> dict[str, Field]:
    return {name: type if isinstance(type, Field) else Field(name, type) for name, type in types.items()}


def state_shape(
    cls: Any,
    *,
    shared: bool = True,
    context: str | None = None,
    anew: dict[str, Callable[[], Any]] | None = None,
    **types: Any,
) -> Shape:
    """A shape with its fields: a type, or a `Field` where the code has another name for it."""
    return Shape(cls, _fields(types), shared, context, anew or {})


def record_shape(line: str) -> Shape:
    """A shape by the path of its class and the names of its fields; Pydantic checks their values."""
    path, *names = line.split()
    return Shape(_find(path), {name: Field(name, Any) for name in names})


@cache
def _find(path: str) -> Any:
    module, name = path.split(":")
    return getattr(import_module(f"mockdreams.{module}"), name)


FUNCTIONS = {
    "everything": "world.core.tables:accept_all",
    "status": "world.core.tables:status",
    "unarchived": "world.core.tables:unarchived",
    "file scope": "world.files.files:scope_of",
    "unterminated": "world.sessions.store:unterminated",
    "environment": "world.work.queue:environment_of",
    "deployment": "world.deployments.runs:deployment_of",
    "consolidate": "world.parts:_consolidate",
    "consolidate at once": "dreaming.consolidate:consolidate",
}
"""Functions of ours that a world keeps; found when needed, because the consolidator takes long to import."""


def function(name: Any) -> Any:
    """The function that is listed by a name. Raises ValueError."""
    if not isinstance(name, str) or name not in FUNCTIONS:
        raise ValueError("there is a function that is not listed")
    return _find(FUNCTIONS[name])


def name_of(value: Any) -> str | None:
    """The name by which a function is listed."""
    path = f"{value.__module__.removeprefix('mockdreams.')}:{value.__qualname__}"
    return next((name for name, listed in FUNCTIONS.items() if listed == path and function(name) is value), None)
