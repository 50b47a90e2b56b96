"""Drift: where the schema and an official SDK say different things, and which of it is known.

It is a report, made on purpose: what a new SDK says is no fault of the code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click
import yaml

from mockdreams.contract.drift import sdk, typescript
from mockdreams.contract.drift.type_model import (
    TIME,
    Difference,
    FieldType,
    TypeComparison,
    TypeShape,
    each_side,
    merged,
    objects,
)
from mockdreams.contract.schema import SchemaOperation, document, operations_of, packaged

_PARAMETER = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Allowed:
    """A difference, or with stars many, that was looked at and has a reason."""

    place: str
    what: str
    only_in: str
    reason: str
    typescript: bool = False
    """Whether only the TypeScript SDK shows it."""

    def explains(self, difference: Difference) -> bool:
        return (
            self.only_in == difference.only_in
            and fnmatchcase(_spelled(difference.place), _spelled(self.place))
            and fnmatchcase(difference.what, self.what)
        )


@dataclass(frozen=True)
class DriftReport:
    """What was found, sorted; `entries` are those of drift.yaml."""

    sdk_version: str
    schema_version: str
    new: tuple[Difference, ...]
    known: tuple[Difference, ...]
    entries: tuple[Allowed, ...]
    typescript_version: str = ""
    not_looked_at: tuple[str, ...] = ()

    @property
    def stale(self) -> tuple[Allowed, ...]:
        """What was known and is no longer so."""
        shown = [entry for entry in self.entries if self.typescript_version or not entry.typescript]
        return tuple(entry for entry in shown if not any(entry.explains(each) for each in self.known))

    @property
    def direction(self) -> str:
        """Which side has to catch up with the other."""
        ours, theirs = _numbers(self.schema_version), _numbers(self.sdk_version)
        if theirs < ours:
            return f"The SDK is behind: the schema follows {self.schema_version}, installed is {self.sdk_version}."
        if theirs > ours:
            return f"The schema is behind: it follows {self.schema_version}, installed is {self.sdk_version}."
        return f"Both are of {self.schema_version}: the schema is wrong, or drift.yaml lacks a reason."

    def lines(self) -> Iterator[str]:
        for side, title in (("sdk", "Only the SDK has:"), ("schema", "Only the schema has:")):
            alone = [each for each in self.new if each.only_in == side]
            if alone:
                yield title
                yield from (f"  {each.place}: {each.what}" for each in alone)
        if self.new:
            yield self.direction
        yield from (f"No longer so: {each.place}: {each.what}" for each in self.stale)
        yield from (f"Not looked at: {each}" for each in self.not_looked_at)
        beside = f" with @anthropic-ai/sdk {self.typescript_version}" if self.typescript_version else ""
        yield f"anthropic {self.sdk_version}{beside}: {len(self.new)} new differences, {len(self.known)} known."


def compare(typescript_sdk: Path | None = None) -> DriftReport:
    """Our schema against the installed SDK, and against the TypeScript SDK in a folder. Raises UnreadableError."""
    beside = typescript.read(typescript_sdk) if typescript_sdk is not None else None
    return report_of(document(), known(packaged("drift.yaml")), sdk.read(sdk.installed()), beside)


def known(text: str) -> tuple[Allowed, ...]:
    """The entries of a file like drift.yaml."""
    return tuple(Allowed(**entry) for entry in yaml.safe_load(text))


def report_of(
    document: dict[str, Any],
    entries: tuple[Allowed, ...],
    theirs: sdk.Sdk,
    beside: typescript.TypeScriptSdk | None = None,
) -> DriftReport:
    """The differences; `beside` says of answers which keys may be absent and which null."""
    resolver = typescript.Resolver(beside) if beside is not None else None
    methods = tuple(_resolved(each, resolver) for each in theirs.methods) if resolver else theirs.methods
    found = sorted(set(_Drift(document).differences(replace(theirs, methods=methods))))
    explained = tuple(each for each in found if any(entry.explains(each) for entry in entries))
    new = tuple(each for each in found if each not in explained)
    left = tuple(_not_looked_at(theirs, resolver))
    version = beside.version if beside is not None else ""
    return DriftReport(theirs.version, document["info"]["x-sdk"], new, explained, entries, version, left)


def _resolved(method: sdk.Method, resolver: typescript.Resolver) -> sdk.Method:
    reply, event = (part and resolver.shape(part) for part in (method.reply, method.event))
    return replace(method, reply=reply, event=event)


def _not_looked_at(theirs: sdk.Sdk, resolver: typescript.Resolver | None) -> Iterator[str]:
    """What no difference is found in, because nothing compares it."""
    if resolver is None:
        yield "which keys of answers may be absent and which null, for want of the TypeScript SDK"
    elif resolver.unknown:
        yield f"absent or null, where the TypeScript SDK has no one answer: {', '.join(sorted(resolver.unknown))}"
    if theirs.passed_over:
        yield f"the SDK's beta resources {', '.join(theirs.passed_over)}"
    yield "lengths, ranges and patterns of values, which the SDK's types do not have; refusals; descriptions"


class _Drift:
    """Where a schema and an SDK differ."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components: dict[str, Any] = document["components"]
        self._operations = operations_of(document)
        self._shapes: dict[str, TypeShape] = {}
        self._comparison = TypeComparison()

    def differences(self, other: sdk.Sdk) -> Iterator[Difference]:
        ours = {_anonymous(each.method, each.path): each for each in self._operations}
        theirs = {_anonymous(each.method, each.path): each for each in other.methods}
        yield from (Difference(ours[call].call, "operation", "schema") for call in ours.keys() - theirs.keys())
        for call in theirs.keys() - ours.keys():
            yield Difference(f"{theirs[call].method} {theirs[call].path}", "operation", "sdk")
        for call in sorted(ours.keys() & theirs.keys()):
            yield from self._of_operation(ours[call], theirs[call])
        yield from each_side("anthropic-beta", "value", self._components["schemas"]["Beta"]["enum"], other.betas)
        versions = self._components["parameters"]["Version"]["schema"]["enum"]
        sent = {each.version for each in other.methods} | {versions[0]}
        yield from each_side("anthropic-version", "value", versions, sent)

    def _of_operation(self, ours: SchemaOperation, theirs: sdk.Method) -> Iterator[Difference]:
        place = ours.call
        yield from _of_beta(ours, theirs)
        if ours.path != theirs.path:
            yield from each_side(place, "id", _PARAMETER.findall(ours.path), _PARAMETER.findall(theirs.path))
        query = {
            name: FieldType(self._shape(each["schema"]), each.get("required", False))
            for name, each in ours.query().items()
        }
        yield from self._comparison.fields(f"{place} ?", query, theirs.query)
        if ours.body or ours.form or theirs.body:
            yield from self._of_body(place, self._shape(ours.body or ours.form or {}), theirs)
        for part, our_schema, their_shape in (
            ("reply", ours.reply, theirs.reply),
            ("event", ours.event, theirs.event),
        ):
            if (our_schema is None) != (their_shape is None):
                yield Difference(place, part, "schema" if our_schema else "sdk")
            elif our_schema is not None and their_shape is not None:
                yield from self._comparison.shapes(f"{place} {part}", self._shape(our_schema), their_shape)

    def _of_body(self, place: str, ours: TypeShape, theirs: sdk.Method) -> Iterator[Difference]:
        """The SDK has no name for a body: its keys are arguments."""
        for described in ours.objects.values():
            yield from self._comparison.fields(described.name, described.fields, theirs.body)
        if not ours.objects:
            yield Difference(place, "body", "sdk")

    def _shape(self, schema: dict[str, Any], name: str = "") -> TypeShape:
        """What a schema allows. Beside a type, unions and negations only narrow it, and are passed over."""
        if "$ref" in schema:
            return self._component(schema["$ref"].rsplit("/", 1)[1])
        if "const" in schema:
            return TypeShape(values=frozenset({str(schema["const"])}))
        if "enum" in schema:
            null = frozenset({"null"}) if None in schema["enum"] else frozenset[str]()
            return TypeShape(null, frozenset(str(value) for value in schema["enum"] if value is not None))
        if "type" not in schema:
            parts = [part for key in ("oneOf", "anyOf") for part in schema.get(key, ())]
            return merged(map(self._shape, parts)) if parts else TypeShape(frozenset({"any"}))
        kinds = frozenset([schema["type"]] if isinstance(schema["type"], str) else schema["type"])
        if schema.get("format") == "date-time":
            kinds = kinds - {"string"} | {TIME}
        if "object" in kinds and "properties" in schema:
            required = schema.get("required", ())
            fields = {key: FieldType(self._shape(each), key in required) for key, each in schema["properties"].items()}
            return TypeShape(kinds - {"object"}, objects=objects(name, fields))
        items = self._shape(schema["items"]) if "items" in schema else None
        return TypeShape(kinds, items=items, map=self._map(schema) if "object" in kinds else None)

    def _map(self, schema: dict[str, Any]) -> TypeShape:
        values = schema.get("additionalProperties")
        return self._shape(values) if isinstance(values, dict) else TypeShape(frozenset({"any"}))

    def _component(self, name: str) -> TypeShape:
        if name not in self._shapes:
            self._shapes[name] = self._shape(self._components["schemas"][name], name)
        return self._shapes[name]


def _of_beta(ours: SchemaOperation, theirs: sdk.Method) -> Iterator[Difference]:
    """The schema has to name the beta that the SDK sends."""
    stated = next((each["schema"] for each in ours.parameters if each["name"] == "anthropic-beta"), None)
    accepted = _betas(stated or {})
    for beta in filter(None, theirs.beta.split(",")):
        if beta not in accepted:
            yield Difference(ours.call, f"beta {beta}", "sdk")
    if accepted and not theirs.beta:
        yield Difference(ours.call, "a beta", "schema")


def _betas(schema: dict[str, Any]) -> frozenset[str]:
    """The betas of which a header has to name one, or may."""
    contained = [part.get("contains", {}) for part in (schema, *schema.get("oneOf", ()))]
    return frozenset(beta for each in contained for beta in (*each.get("enum", ()), *filter(None, [each.get("const")])))


def _anonymous(method: str, path: str) -> str:
    return f"{method} {_PARAMETER.sub('{}', path)}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _spelled(place: str) -> str:
    """Brackets mean themselves in places, not choices as in file names."""
    return place.replace("[", "(").replace("]", ")")


def report(typescript_sdk: Path | None = None) -> None:
    """Print what is found. Exits 1 if some of it is new, 2 if the SDK cannot be read."""
    try:
        found = compare(typescript_sdk or typescript.find(Path.cwd()))
    except sdk.UnreadableError as refused:
        raise click.UsageError(str(refused)) from None
    tell(found)


def tell(found: DriftReport) -> None:
    """Print a report. Exits 1 if some of it is new."""
    for line in found.lines():
        click.echo(line)
    if found.new:
        raise SystemExit(1)
