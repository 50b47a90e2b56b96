"""The shapes of the wire, all of them."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from pydantic import BaseModel

from mockdreams import wire
from mockdreams.wire.base import Sparse
from mockdreams.wire.telling import omitted


def shapes(base: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for each in base.__subclasses__():
        yield each
        yield from shapes(each)


def test_a_shape_that_may_leave_out_keys_knows_how() -> None:
    """Without `Sparse`, a key that is `OmitIfNone` would be sent as null."""
    for module in pkgutil.iter_modules(wire.__path__, "mockdreams.wire."):
        import_module(module.name)
    leaving_out = {each for each in shapes() if each.__module__.startswith("mockdreams.wire.") and omitted(each)}
    assert len(leaving_out) > 7
    assert {each.__name__ for each in leaving_out if not issubclass(each, Sparse)} == set()
