"""The two kinds of shape: a `Record` that answers, and `Params` that ask."""

from functools import cached_property
from typing import Annotated, Any, Self, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

T = TypeVar("T")


def _absent(value: object) -> bool:
    return value is None


Omitted: TypeAlias = Annotated[T | None, Field(exclude_if=_absent)]
"""A key that is left out of the JSON when it has no value, instead of being `null`."""


def _something(value: object) -> object:
    if value is None:
        raise PydanticCustomError("not_nullable", "Value is not nullable")
    return value


Unsent: TypeAlias = Annotated[T | None, BeforeValidator(_something)]
"""A key that a request may leave out, but not send as `null`."""


class Part(BaseModel):
    """An immutable piece of a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(Part):
    """An immutable resource in wire shape, which remembers its own JSON."""

    @cached_property
    def body(self) -> bytes:
        return self.model_dump_json().encode()

    def changed(self, **fields: Any) -> Self:
        """A copy with other values in `fields`, which the caller vouches for, and no remembered JSON."""
        cls = type(self)
        copy = cls.__new__(cls)
        values = {name: self.__dict__[name] for name in cls.__pydantic_fields__}
        object.__setattr__(copy, "__dict__", values | fields)
        object.__setattr__(copy, "__pydantic_fields_set__", self.__pydantic_fields_set__ | fields.keys())
        object.__setattr__(copy, "__pydantic_extra__", None)
        object.__setattr__(copy, "__pydantic_private__", None)
        return copy


class Params(BaseModel):
    """A request body: unknown keys and wrong types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def given(self, name: str) -> bool:
        """Whether the request had the key at all (`null` counts)."""
        return name in self.model_fields_set
