"""Bodies as the installed SDK has them, and each again with one value left out, null, empty or of another kind."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from mockdreams.contract.drift.sdk import Method
from mockdreams.contract.drift.type_model import ObjectType, TypeShape

Path = tuple[str | int, ...]
LEFT_OUT = object()
ODD: tuple[Any, ...] = (LEFT_OUT, None, [], {}, "", 0)


class Bodies:
    """What operations can be sent; `strings` says what a string is, by the last key of its place."""

    def __init__(self, strings: Mapping[str, str]) -> None:
        self._strings = strings

    def of(self, method: Method) -> Iterator[dict[str, Any]]:
        """What has to be there beside one odd key, then whole ones of every form, then those that are odd within."""
        whole = list(self._objects(ObjectType(method.path, method.body)))
        needed = {key: value for key, value in whole[0].items() if method.body[key].required}
        yield from (_with({**needed, key: None}, (key,), value) for key in whole[0] for value in ODD)
        yield from whole
        met = set[tuple[Any, ...]]()
        for body in whole:
            for place in _places(body):
                kinds = (place[0], *(key if isinstance(key, str) else "[]" for key in place), str(_forms(body, place)))
                if kinds not in met:
                    met.add(kinds)
                    yield from (_with(body, place, value) for value in ODD)

    def _objects(self, shape: ObjectType) -> Iterator[dict[str, Any]]:
        choices = {key: list(self._values(field.shape, key)) for key, field in shape.fields.items()}
        first = {key: values[0] for key, values in choices.items() if values}
        needed = {key: value for key, value in first.items() if shape.fields[key].required}
        yield first
        for key, values in choices.items():
            yield from ({**needed, key: value} for value in values)

    def _values(self, shape: TypeShape, key: str) -> Iterator[Any]:
        for described in shape.objects.values():
            yield from self._objects(described)
        if shape.items is not None:
            yield from ([value] for value in self._values(shape.items, key))
        if "object" in shape.kinds and not shape.objects:
            yield {"k": "v"}
        if "string" in shape.kinds or "time" in shape.kinds:
            yield self._strings.get(key, "2030-01-01T00:00:00Z" if "time" in shape.kinds else "text")
        else:
            yield from sorted(shape.values)
        yield from (value for kind, value in (("integer", 1), ("boolean", True)) if kind in shape.kinds)


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from _places(each, (*path, key))


def _forms(body: Any, place: Path) -> list[Any]:
    """The types of the objects around a place."""
    found = list[Any]()
    for key in place:
        found += [body.get("type"), body.get("name")] if isinstance(body, dict) else []
        body = body[key]
    return found


def _with(body: dict[str, Any], place: Path, value: Any) -> dict[str, Any]:
    copy = deepcopy(body)
    around: Any = copy
    for key in place[:-1]:
        around = around[key]
    if value is LEFT_OUT:
        del around[place[-1]]
    else:
        around[place[-1]] = value
    return copy
