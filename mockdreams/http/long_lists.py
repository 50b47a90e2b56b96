"""Bodies with long lists, divided and read part by part: all wait for what Pydantic reads and frees at a stroke."""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from pydantic_core import to_json

from mockdreams.freeing import AT_A_STROKE
from mockdreams.wire.base import Params

P = TypeVar("P", bound=Params)


class Part(NamedTuple):
    """A few items of a list, as a document with the list alone, but that the first has all the rest too."""

    document: bytes
    key: str = ""
    goes_on: bool = False
    """Whether the first item is a list too, which goes on with the last one of the part before."""


def divide(document: dict[str, Any], keys: tuple[str, ...]) -> list[Part]:
    """The parts of a document with long lists at `keys`; none if there are no long ones."""
    rest = []
    for key in keys:
        items = document.get(key)
        if isinstance(items, list) and items:
            (document[key], _), *more = _few_at_a_time(items)
            rest += [Part(to_json({key: few}), key, goes_on) for few, goes_on in more]
    return [Part(to_json(document)), *rest] if rest else []


def join(shape: type[P], parts: list[Part]) -> P:
    """What the parts of one document say together."""
    first, *rest = parts
    validate = shape.__pydantic_validator__.validate_json
    whole: P = validate(first.document)
    for part in rest:
        items, more = getattr(whole, part.key), getattr(validate(part.document), part.key)
        if part.goes_on:
            items[-1].extend(more.pop(0))
        items.extend(more)
    return whole


def _few_at_a_time(items: list[Any]) -> Iterator[tuple[list[Any], bool]]:
    """Items, few at a time, where those of lists among them count; and whether the first goes on with the last."""
    few: list[Any] = []
    count, within = 0, False
    for piece, goes_on in _pieces(items):
        size = len(piece) or 1 if isinstance(piece, list) else 1
        if few and count + size > AT_A_STROKE:
            yield few, within
            few, count = [], 0
        within = within if few else goes_on
        few.append(piece)
        count += size
    yield few, within


def _pieces(items: list[Any]) -> Iterator[tuple[Any, bool]]:
    """Items, of which long lists are cut, and whether one goes on with the one before."""
    for item in items:
        if not isinstance(item, list) or not item:
            yield item, False
            continue
        for start in range(0, len(item), AT_A_STROKE):
            yield item[start : start + AT_A_STROKE], start > 0
