"""Whether a value is of a type, as the registry writes types."""

import types
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from mockdreams.world.state.listing import Listed, name_of


def matches(value: Any, wanted: Any) -> bool:
    """Whether a value is of a type. Nothing is converted: True is no int, but an int is a float."""
    return _matcher(wanted)(value)


_Matcher: TypeAlias = Callable[[Any], bool]


@cache
def _matcher(wanted: Any) -> _Matcher:
    """What tells whether a value is of a type."""
    origin, args = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return lambda value: True
    if origin is Annotated:
        return _annotated(args[0], wanted.__metadata__)
    if origin is Literal:
        return lambda value: value in args
    if origin is not None:
        return _generic(origin, [_matcher(each) for each in args if each is not ...], is_endless=args[-1] is ...)
    if wanted is type(None):
        return lambda value: value is None
    if issubclass(wanted, BaseModel):
        return lambda value: isinstance(value, wanted)
    return lambda value: type(value) in (int, float) if wanted is float else type(value) is wanted


def _generic(origin: Any, inner: list[_Matcher], *, is_endless: bool) -> _Matcher:
    first, last = inner[0], inner[-1]
    if origin in (Union, types.UnionType):
        return lambda value: any(each(value) for each in inner)
    if origin is dict:
        return lambda value: type(value) is dict and all(first(k) and last(v) for k, v in value.items())
    if origin is tuple and not is_endless:
        return lambda value: (
            type(value) is tuple
            and len(value) == len(inner)
            and all(each(item) for each, item in zip(inner, value, strict=True))
        )
    return lambda value: type(value) is origin and all(map(first, value))


def _annotated(wanted: Any, metadata: tuple[Any, ...]) -> _Matcher:
    listed = next((each for each in metadata if isinstance(each, Listed)), None)
    if listed is None:
        return _matcher(wanted)
    return lambda value: value is None or (isinstance(value, types.FunctionType) and name_of(value) in listed.names)
