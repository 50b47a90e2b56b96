"""What a value may be, whoever says so: a form in which two descriptions of the same thing can be compared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Side = Literal["schema", "sdk"]
TIME = "time"


@dataclass(frozen=True)
class TypeShape:
    """`kinds` are JSON types (and `time`); `values` are the only ones allowed where `string` is no kind."""

    kinds: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    items: "TypeShape | None" = None
    map: "TypeShape | None" = None
    objects: Mapping[str, "ObjectType"] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        return bool(self.values) and "string" not in self.kinds


@dataclass(frozen=True)
class FieldType:
    """`vague`: the key may be absent or null, and the description does not say which."""

    shape: TypeShape
    required: bool
    vague: bool = False


@dataclass(frozen=True)
class ObjectType:
    """An object with its keys; `name` is what its description calls it, if anything."""

    name: str
    fields: Mapping[str, FieldType]


@dataclass(frozen=True, order=True)
class Difference:
    """Something that one side has alone."""

    place: str
    what: str
    only_in: Side


def plain_name(name: str) -> str:
    """The name of a class or an interface of an SDK without what begins the names of all of them."""
    return name.removeprefix("BetaManagedAgents").removeprefix("Beta")


def merged(shapes: Iterable[TypeShape]) -> TypeShape:
    """What fits any of `shapes`."""
    parts = list(shapes)
    objects = {tag: each for part in parts for tag, each in part.objects.items()}
    lists, maps = [part.items for part in parts if part.items], [part.map for part in parts if part.map]
    return TypeShape(
        frozenset().union(*(part.kinds for part in parts)),
        frozenset().union(*(part.values for part in parts)),
        merged(lists) if lists else None,
        merged(maps) if maps else None,
        objects,
    )


def objects(name: str, fields: Mapping[str, FieldType]) -> dict[str, ObjectType]:
    """An object by its tag, the one value of its `type` or `name`; one with several is several objects."""
    for key in ("type", "name"):
        if key in fields and fields[key].shape.closed:
            values = fields[key].shape.values
            return {value: ObjectType(name, _narrowed(fields, values, value)) for value in values}
    return {"": ObjectType(name, fields)}


def _narrowed(fields: Mapping[str, FieldType], values: frozenset[str], value: str) -> dict[str, FieldType]:
    """`fields`, where each that had a choice of `values` has only `value`."""
    return {
        key: replace(each, shape=replace(each.shape, values=frozenset({value})))
        if each.shape.values == values
        else each
        for key, each in fields.items()
    }


class TypeComparison:
    """Compares shapes of the schema with those of the SDK; two named objects are compared only once."""

    def __init__(self) -> None:
        self._met: set[tuple[str, str]] = set()

    def shapes(self, place: str, ours: TypeShape, theirs: TypeShape) -> Iterator[Difference]:
        yield from _kinds(place, ours, theirs)
        if ours.closed and theirs.closed:
            yield from each_side(place, "value", ours.values, theirs.values)
        elif ours.closed != theirs.closed and ours.values | theirs.values:
            yield from _alone(place, "a closed list of values", ours.closed)
        for suffix, our_part, their_part in (("[]", ours.items, theirs.items), ("{}", ours.map, theirs.map)):
            if our_part and their_part:
                yield from self.shapes(place + suffix, our_part, their_part)
        yield from each_side(place, "member", ours.objects.keys(), theirs.objects.keys())
        for tag in ours.objects.keys() & theirs.objects.keys():
            yield from self._objects(place, tag, ours.objects[tag], theirs.objects[tag])

    def fields(
        self, place: str, ours: Mapping[str, FieldType], theirs: Mapping[str, FieldType]
    ) -> Iterator[Difference]:
        for key in sorted(ours.keys() - theirs.keys()):
            yield Difference(f"{place}.{key}", "field", "schema")
        for key in sorted(theirs.keys() - ours.keys()):
            yield Difference(f"{place}.{key}", "field", "sdk")
        for key in sorted(ours.keys() & theirs.keys()):
            yield from self._field(f"{place}.{key}", ours[key], theirs[key])

    def _objects(self, place: str, tag: str, ours: ObjectType, theirs: ObjectType) -> Iterator[Difference]:
        met = (f"{ours.name}/{tag}", f"{theirs.name}/{tag}")
        if ours.name and met in self._met:
            return
        self._met.add(met)
        yield from self.fields(ours.name or place, ours.fields, theirs.fields)

    def _field(self, place: str, ours: FieldType, theirs: FieldType) -> Iterator[Difference]:
        our_null, their_null = "null" in ours.shape.kinds, "null" in theirs.shape.kinds
        if theirs.vague:
            if ours.required and not our_null:
                yield Difference(place, "may be null or absent", "sdk")
        else:
            if our_null != their_null:
                yield from _alone(place, "may be null", our_null)
            if ours.required != theirs.required:
                yield from _alone(place, "may be absent", not ours.required)
        yield from self.shapes(place, _without_null(ours.shape), _without_null(theirs.shape))


def each_side(place: str, what: str, ours: Iterable[str], theirs: Iterable[str]) -> Iterator[Difference]:
    our_set, their_set = set(ours), set(theirs)
    for name in sorted(our_set - their_set):
        yield Difference(place, f"{what} {name or 'without a tag'}", "schema")
    for name in sorted(their_set - our_set):
        yield Difference(place, f"{what} {name or 'without a tag'}", "sdk")


def _kinds(place: str, ours: TypeShape, theirs: TypeShape) -> Iterator[Difference]:
    """A time is a string that the schema may describe more closely than the SDK."""
    ours_kinds = ours.kinds if TIME in theirs.kinds else frozenset("string" if k == TIME else k for k in ours.kinds)
    theirs_kinds = theirs.kinds - {"string"} if TIME in theirs.kinds else theirs.kinds
    if ours.closed or theirs.closed:
        ours_kinds, theirs_kinds = ours_kinds - {"string"}, theirs_kinds - {"string"}
    yield from each_side(place, "kind", ours_kinds, theirs_kinds)


def _alone(place: str, what: str, ours: bool) -> Iterator[Difference]:
    yield Difference(place, what, "schema" if ours else "sdk")


def _without_null(shape: TypeShape) -> TypeShape:
    return replace(shape, kinds=shape.kinds - {"null"})
