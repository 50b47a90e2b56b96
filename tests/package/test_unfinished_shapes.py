"""Shapes are bare classes until they are used, and Pydantic's whole ones as soon as anybody does."""

import pkgutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Barrier
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import BaseModel, Field, PrivateAttr, PydanticUserError, TypeAdapter, ValidationError, create_model

from mockdreams import wire
from mockdreams.wire.base import Model, Params, Record
from mockdreams.wire.unfinished import ShapeMetaclass, UnfinishedMetaclass


def is_unfinished(shape: type[BaseModel]) -> bool:
    return type(shape) is UnfinishedMetaclass


def pair() -> tuple[Any, Any]:
    """A shape, and one below it."""

    class Base(Params):
        name: str = Field(min_length=1)
        _secret: int = PrivateAttr(default=3)

        def told(self) -> str:
            return f"{self.name} {self._secret}"

    class Given(Base, extra="ignore"):
        kind: Literal["a"] = "a"

        def told(self) -> str:
            return f"{super().told()} {self.kind}"

    return Base, Given


adapter: Any = TypeAdapter
USES: dict[str, Callable[[Any], Any]] = {
    "made": lambda shape: shape(name="x"),
    "validated": lambda shape: shape.model_validate({"name": "x"}),
    "constructed": lambda shape: shape.model_construct(name="x"),
    "a part of another": lambda shape: adapter(tuple[shape, ...]).validate_python([{"name": "x"}])[0],  # type: ignore[valid-type]
    "one of several": lambda shape: adapter(Annotated[shape | None, Field()]).validate_python({"name": "x"}),
    "the base of another": lambda shape: type("Below", (shape,), {"__module__": __name__})(name="x"),
    "the base of one that is created": lambda shape: create_model("Below", __base__=shape, more=(int, 1))(name="x"),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_whoever_uses_a_shape_has_the_whole_of_it(use: Callable[[Any], Any]) -> None:
    base, given = pair()
    assert is_unfinished(base)
    assert is_unfinished(given)
    made = use(given)
    assert not is_unfinished(base)
    assert type(given) is ShapeMetaclass
    assert made.told() == "x 3 a"
    assert list(type(made).model_fields)[:2] == ["name", "kind"]
    assert isinstance(made, base)
    assert isinstance(made, given)


def test_a_whole_shape_is_what_pydantic_makes_of_its_statement() -> None:
    class Plain(BaseModel, frozen=True, extra="forbid", strict=True):
        """A note."""

        name: str = Field(min_length=1)
        size: int | None = None

    class Shape(Params):
        """A note."""

        name: str = Field(min_length=1)
        size: int | None = None

    assert {**Shape.model_json_schema(), "title": "Plain"} == Plain.model_json_schema()
    assert hash(Shape(name="x")) == hash(Shape(name="x"))
    for wrong in ({}, {"name": ""}, {"name": "x", "size": "1"}, {"name": "x", "other": 1}):
        with pytest.raises(ValidationError) as by_pydantic:
            Plain(**wrong)
        with pytest.raises(ValidationError) as by_ours:
            Shape(**wrong)
        assert by_ours.value.errors(include_url=False) == by_pydantic.value.errors(include_url=False)
    assert not hasattr(Shape, "name")
    with pytest.raises(ValidationError, match="frozen"):
        Shape(name="x").name = "y"  # type: ignore[misc]


def test_names_and_kinds_of_shapes_are_known_before_they_are_used() -> None:
    class Shape(Record):
        name: str

    assert Shape.__name__ == "Shape"
    assert Shape.__qualname__.endswith(".Shape")
    assert Shape.__module__ == __name__
    assert issubclass(Shape, Model)
    assert not isinstance(3, Shape)
    assert get_args(Annotated[Shape | None, 1])[0] == Shape | None
    assert get_args(tuple[Shape, ...]) == (Shape, ...)
    assert is_unfinished(Shape)


def test_threads_that_use_a_shape_at_once_all_have_the_whole_of_it() -> None:
    count = 8
    for _ in range(10):
        shape, start = pair()[1], Barrier(count)

        def use(shape: Any = shape, start: Barrier = start) -> Any:
            start.wait()
            return shape(name="x")

        with ThreadPoolExecutor(count) as pool:
            made = [each.result() for each in [pool.submit(use) for _ in range(count)]]
        assert made == [shape(name="x")] * count


def test_a_shape_that_cannot_be_finished_says_so_each_time() -> None:
    class Shape(Params):
        size: int

    class Wrong(Shape):
        size = 3  # type: ignore[pydantic-field]

    for _ in range(2):
        with pytest.raises(PydanticUserError, match="size"):
            Wrong(size=1)


def test_every_shape_of_the_wire_can_be_finished() -> None:
    for module in pkgutil.iter_modules(wire.__path__, "mockdreams.wire."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, ShapeMetaclass) and issubclass(value, BaseModel):
                assert value.model_fields is not None
                assert type(value) is ShapeMetaclass
