"""The two kinds of shape: a `Record` that answers, and `Params` that ask.

Pydantic builds a shape when it is first used, because most processes use few of the 200. So that importing uses none,
what stands ready as a default is `made` or constructed, not validated.
"""

from functools import cache, cached_property
from typing import Annotated, Any, Self, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

T = TypeVar("T")
R = TypeVar("R", bound="Part")


def _absent(value: object) -> bool:
    return value is None


Omitted: TypeAlias = Annotated[T | None, Field(exclude_if=_absent)]
"""A key that is left out of the JSON when it has no value, instead of being `null`."""


def _something(value: object) -> object:
    if value is None:
        raise PydanticCustomError("not_nullable", "Value is not nullable")
    return value


ModelId: TypeAlias = Annotated[str, Field(min_length=1, max_length=256)]
"""What names a model in a request."""

Unsent: TypeAlias = Annotated[T | None, BeforeValidator(_something)]
"""A key that a request may leave out, but not send as `null`."""


class Part(BaseModel):
    """An immutable piece of a record."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def made(cls, **values: Any) -> Self:
        """One with `values` that the caller vouches for: nothing is checked."""
        return _made(cls, _defaults(cls) | values)

    def changed(self, **fields: Any) -> Self:
        """A copy with other values in `fields`, which the caller vouches for."""
        cls, values = type(self), self.__dict__ | fields
        if len(values) > len(cls.__pydantic_fields__):  # what it remembers, such as its JSON, is not copied
            values = {name: values[name] for name in cls.__pydantic_fields__}
        return _made(cls, values)


class Record(Part):
    """An immutable resource in wire shape, which remembers its own JSON."""

    @cached_property
    def body(self) -> bytes:
        body: bytes = self.__pydantic_serializer__.to_json(self)
        return body


@cache
def _defaults(cls: type[Part]) -> dict[str, Any]:
    return {name: field.default for name, field in cls.__pydantic_fields__.items()}


@cache
def _names(cls: type[Part]) -> set[str]:
    return set(cls.__pydantic_fields__)


_set_values, _set_names, _set_extra, _set_private = (
    BaseModel.__dict__[slot].__set__
    for slot in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)


def _made(cls: type[R], values: dict[str, Any]) -> R:
    made = cls.__new__(cls)
    _set_values(made, values)
    _set_names(made, _names(cls))
    _set_extra(made, None)
    _set_private(made, None)
    return made


class Params(BaseModel):
    """A request body: unknown keys and wrong types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    def given(self, name: str) -> bool:
        """Whether the request had the key at all (`null` counts)."""
        return name in self.model_fields_set
