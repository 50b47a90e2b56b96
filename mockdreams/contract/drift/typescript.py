"""What the TypeScript SDK says of answers, which the Python SDK leaves open: whether a key may be absent, or null.

Its declarations are read as text, from a folder `node_modules/@anthropic-ai/sdk`; nothing of it is run.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from mockdreams.contract.drift.type_model import FieldType, ObjectType, TypeShape, plain_name

PACKAGE = Path("node_modules/@anthropic-ai/sdk")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_INTERFACE = re.compile(r"export interface (\w+)(?:<[^{]*?>)?(?: extends ([^{]+?))? \{")
_MEMBER = re.compile(r"^(?:readonly )?(?P<name>\w+|'[^']+')(?P<optional>\??): (?P<type>.+)$", re.DOTALL)


class Presence(NamedTuple):
    """Whether a key may be left out, and whether it may be null."""

    absent: bool
    null: bool


@dataclass(frozen=True)
class TypeScriptSdk:
    """The interfaces of an SDK by their plain names; of a name with several meanings, each is kept."""

    version: str
    interfaces: Mapping[str, tuple[Mapping[str, Presence], ...]]

    def presence(self, name: str, key: str) -> Presence | None:
        """What it says of a key of an object; None if it says nothing, or more than one thing."""
        said = {each[key] for each in self.interfaces.get(name, ()) if key in each}
        return said.pop() if len(said) == 1 else None


def find(start: Path) -> Path | None:
    """The package in `start` or the nearest folder above it that has it."""
    folders = (folder / PACKAGE for folder in (start, *start.parents))
    return next((folder for folder in folders if (folder / "package.json").is_file()), None)


def read(folder: Path) -> TypeScriptSdk:
    """What the declarations of the beta resources say."""
    version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    interfaces: dict[str, tuple[Mapping[str, Presence], ...]] = {}
    for file in sorted((folder / "resources" / "beta").rglob("*.d.ts")):
        for name, members in _interfaces(_COMMENT.sub("", file.read_text("utf-8"))):
            plain = plain_name(name)
            interfaces[plain] = (*interfaces.get(plain, ()), members)
    return TypeScriptSdk(str(version), interfaces)


def _interfaces(text: str) -> Iterator[tuple[str, Mapping[str, Presence]]]:
    for found in _INTERFACE.finditer(text):
        members = (_MEMBER.match(part) for part in _split(_block(text, found.end()), ";"))
        yield (
            found[1],
            {
                member["name"].strip("'"): Presence(bool(member["optional"]), _nullable(member["type"]))
                for member in members
                if member is not None
            },
        )


def _block(text: str, start: int) -> str:
    """The text up to the brace that closes what was opened before `start`."""
    depth = 1
    for found in re.compile("[{}]").finditer(text, start):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return text[start : found.start()]
    return text[start:]


def _split(text: str, mark: str) -> Iterator[str]:
    """The parts between marks that are within no brackets."""
    depth, begun = 0, 0
    for index, char in enumerate(text):
        if char in "{[(<":
            depth += 1
        elif char in "}])" or (char == ">" and text[index - 1] != "="):
            depth -= 1
        elif char == mark and not depth:
            yield text[begun:index].strip()
            begun = index + 1
    yield text[begun:].strip()


def _nullable(type: str) -> bool:
    return "null" in _split(type, "|")


class Resolver:
    """Says of every vague key of a shape what the TypeScript SDK says of it, and counts those that it does not have."""

    def __init__(self, other: TypeScriptSdk) -> None:
        self._other = other
        self._resolved: dict[int, tuple[TypeShape, TypeShape]] = {}
        self.unknown: set[str] = set()

    def shape(self, shape: TypeShape) -> TypeShape:
        if id(shape) not in self._resolved:
            resolved = replace(
                shape,
                items=shape.items and self.shape(shape.items),
                map=shape.map and self.shape(shape.map),
                objects={tag: self._object(each) for tag, each in shape.objects.items()},
            )
            self._resolved[id(shape)] = (shape, resolved)
        return self._resolved[id(shape)][1]

    def _object(self, each: ObjectType) -> ObjectType:
        return replace(each, fields={key: self._field(each.name, key, field) for key, field in each.fields.items()})

    def _field(self, name: str, key: str, field: FieldType) -> FieldType:
        field = replace(field, shape=self.shape(field.shape))
        if not field.vague:
            return field
        said = self._other.presence(name, key)
        if said is None:
            self.unknown.add(f"{name.partition('[')[0]}.{key}")
            return field
        kinds = field.shape.kinds | {"null"} if said.null else field.shape.kinds - {"null"}
        return FieldType(replace(field.shape, kinds=kinds), required=not said.absent)
