"""The two kinds of shape: a `Record` that answers, and `Params` that ask.

Pydantic builds a shape when it is first used, because most processes use few of the 200. So that importing uses none,
what stands ready as a default is `made` or constructed, not validated.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, cached_property
from threading import RLock
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias, TypeVar, get_args

from pydantic import (
    VERSION,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    SerializerFunctionWrapHandler,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_serializer,
)
from pydantic_core import PydanticCustomError, core_schema, to_json

from mockdreams.wire.telling import OMITTED, in_pieces, omitted, told

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

T = TypeVar("T")
RESTORED = {"restored": True}
"""The context in which what was once taken is read again, as it is."""
T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound="Model")

_INSTANCES = 32
"""After so many of a class Python leaves no room for more attributes than they have."""
OmitIfNone: TypeAlias = Annotated[T | None, OMITTED]
"""A key that is left out of the JSON when it has no value, instead of being `null`. Its class is `Sparse`."""
OmitIfEmpty: TypeAlias = Annotated[tuple[T, ...], OMITTED]
"""A list that is left out of the JSON when there is nothing in it."""


def as_list(given: object) -> object:
    """For lists of numbers or texts, of which one alone may be given as it is."""
    return [given] if isinstance(given, int | str) else given


def also_as(given: Any, change: Callable[[object], object]) -> WrapValidator:
    """For what may be given in other forms, all of which are `given`; `change` makes of each the form that is kept."""

    def validate(value: object, check: ValidatorFunctionWrapHandler) -> Any:
        return check(change(value))

    # A before-validator would do, but that the schemas of Pydantic before 2.11.4 lack the shapes in its `given`.
    return WrapValidator(validate, json_schema_input_type=given)


class _Shape(ModelMetaclass):
    """A class whose `isinstance` asks nothing but the class: for one that is another, Pydantic's takes seven times as
    long, and a rule that tells kinds of events apart asks ten times."""

    __instancecheck__ = type.__instancecheck__


class Sparse(BaseModel, metaclass=_Shape):
    """A shape with keys that are `Omitted`."""

    model_config = ConfigDict(defer_build=True)

    @model_serializer(mode="wrap")
    def _without_omitted(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = whole(self)
        for name in omitted(type(self)):
            value = getattr(self, name)
            if value is None or value == ():
                told.pop(name, None)
        return told

    def _told(self) -> dict[str, Any]:
        return told(self)


def _something(value: object) -> object:
    if value is None:
        raise PydanticCustomError("not_nullable", "Value is not nullable")
    return value


Timestamp: TypeAlias = Annotated[datetime, GetPydanticSchema(lambda *_: core_schema.datetime_schema())]
"""A `datetime`. What builds its schema does not look at `datetime.datetime`, which freezegun may have replaced."""

ModelId: TypeAlias = Annotated[str, Field(min_length=1, max_length=256)]
"""What names a model in a request."""

NotNull: TypeAlias = Annotated[T | None, BeforeValidator(_something)]
"""A key that a request may leave out, but not send as `null`."""


class remembered(cached_property[T_co]):  # noqa: N801, it is used like a function
    """A `cached_property` without the lock of Python 3.11, which is most of its first access."""

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> T_co:  # type: ignore[override]
        if instance is None:
            return self  # type: ignore[return-value]
        value = instance.__dict__[self.attrname] = self.func(instance)
        return value


class Model(BaseModel, metaclass=_Shape):
    """An immutable piece of a record."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, ignored_types=(remembered,))

    @classmethod
    def unchecked(cls, **values: Any) -> Self:
        """One with `values` that the caller vouches for: nothing is checked."""
        blank = _blanks[cls]
        fields = blank.fields.copy()
        fields.update(values)
        return _filled(cls, blank, fields)

    @classmethod
    def made_of(cls, values: dict[str, Any]) -> Self:
        """`unchecked`, for values that are in a dictionary already."""
        blank = _blanks[cls]
        fields = blank.fields.copy()
        fields.update(values)
        return _filled(cls, blank, fields)

    @classmethod
    def with_values(cls, values: tuple[Any, ...]) -> Self:
        """One with all `values`, in the order of its fields, of which nothing is checked."""
        blank = _blanks[cls]
        fields = blank.fields.copy()
        fields.update(zip(fields, values, strict=True))
        return _filled(cls, blank, fields)

    def values(self) -> tuple[Any, ...]:
        """The values of its fields, in their order."""
        fields = self.__dict__
        return tuple([fields[name] for name in _blanks[type(self)].fields])

    def replace(self, **values: Any) -> Self:
        """A copy with other `values`, which the caller vouches for."""
        cls, fields = type(self), self.__dict__.copy()
        blank = _blanks[cls]
        if len(fields) > len(blank.fields):  # what it remembers, such as its JSON, is not copied
            remembering, fields = fields, blank.fields.copy()
            for name in fields:
                fields[name] = remembering[name]
        fields.update(values)
        return _filled(cls, blank, fields)


class Record(Model):
    """An immutable resource in wire shape, which remembers its own JSON."""

    @remembered
    def body(self) -> bytes:
        build_shape(type(self))
        return to_json(self._told()) if not self._is_long() else b"".join([*in_pieces(self)])

    def _is_long(self) -> bool:
        """Whether there may be so much in it that it is to be written piece by piece."""
        return False

    def _told(self) -> Any:
        """What its JSON is made of."""
        return self


class _Blank:
    """What all models of a class begin as: `fields` with their defaults, and the rest of Pydantic's state, as pickle
    has it, which they share."""

    def __init__(self, cls: type[Model]) -> None:
        state = cls.model_construct(**{name: field.default for name, field in cls.model_fields.items()}).__getstate__()
        self.fields = _sharing_keys(state["__dict__"])
        self.state = tuple(state[name] for name in _STATE)


class _Blanks(dict[type[Model], _Blank]):
    """A table instead of a cached function: each record asks."""

    def __missing__(self, cls: type[Model]) -> _Blank:
        blank = self[cls] = _Blank(cls)
        return blank


_blanks = _Blanks()
_STATE = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
_new = object.__new__
_put_fields, _put_names, _put_extra, _put_private = (vars(BaseModel)[name].__set__ for name in ("__dict__", *_STATE))


def _filled(cls: type[M], blank: _Blank, fields: dict[str, Any]) -> M:
    """A model with `fields`. A whole dream makes 480: each step here is one by one, and none is `__setstate__`."""
    made = _new(cls)
    names, extra, private = blank.state
    _put_fields(made, fields)
    _put_names(made, names)
    _put_extra(made, extra)
    _put_private(made, private)
    return made


def _sharing_keys(fields: dict[str, Any]) -> dict[str, Any]:
    """The same, but copies of it share its keys (PEP 412), which saves 100 bytes for each."""
    like: Any = type("Like", (), {})
    for _ in range(_INSTANCES):
        instance = like()
        for name, value in fields.items():
            setattr(instance, name, value)
    shared: dict[str, Any] = vars(instance)
    return shared


_building = RLock()
_BUILDS_PARTS = tuple(map(int, VERSION.split(".")[:2])) >= (2, 12)


@cache
def build_shape(cls: type[BaseModel]) -> None:
    """Make ready to be told as JSON, which does not build a class, nor those of its parts, before Pydantic 2.12."""
    with _building:
        cls.model_rebuild()
        if not _BUILDS_PARTS:
            for field in cls.model_fields.values():
                for part in _shapes_in(field.annotation):
                    build_shape(part)


def _shapes_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _shapes_in(each)


class Params(BaseModel, metaclass=_Shape):
    """A request body: unknown keys and wrong types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    def given(self, name: str) -> bool:
        """Whether the request had the key at all (`null` counts)."""
        return name in self.model_fields_set
