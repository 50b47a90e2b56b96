"""Whether a value is of a type, as the registry writes types."""

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from mockdreams.world.core.tables import Table
from mockdreams.world.state.listing import Listed, name_of


def matches(value: Any, wanted: Any) -> bool:
    """Whether a value is of a type. Nothing is converted: True is no int, but an int is a float."""
    origin, inner = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return True
    if origin is Annotated:
        return _annotated(value, inner[0], wanted.__metadata__)
    if origin in (Union, types.UnionType):
        return any(matches(value, each) for each in inner)
    if origin is Literal:
        return value in inner
    if origin is Table:
        return type(value) is Table and all(matches(record, inner[0]) for record in value)
    if origin is dict:
        return type(value) is dict and all(matches(k, inner[0]) and matches(v, inner[1]) for k, v in value.items())
    if origin is tuple and inner[-1] is not ...:
        return type(value) is tuple and len(value) == len(inner) and all(map(matches, value, inner))
    if origin is not None:
        return type(value) is origin and all(matches(item, inner[0]) for item in value)
    if wanted is type(None):
        return value is None
    if issubclass(wanted, BaseModel):
        return isinstance(value, wanted)
    return type(value) in (int, float) if wanted is float else type(value) is wanted


def _annotated(value: Any, wanted: Any, metadata: tuple[Any, ...]) -> bool:
    listed = next((each for each in metadata if isinstance(each, Listed)), None)
    if listed is None:
        return matches(value, wanted)
    return value is None or (isinstance(value, types.FunctionType) and name_of(value) in listed.names)
