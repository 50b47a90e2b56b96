"""The schema: `openapi.yaml` as it is packaged, and the operations in it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import yaml

from mockdreams.data import folder

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
FORM = "multipart/form-data"
STREAM = "text/event-stream"


@dataclass(frozen=True)
class SchemaOperation:
    """One method on one path; whatever was a reference in the document's outer parts is resolved.

    `body` and `form` are the schemas of a request's body, as JSON and as a form.
    """

    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    form: dict[str, Any] | None
    responses: dict[str, dict[str, Any]]

    @property
    def call(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def reply(self) -> dict[str, Any] | None:
        """The schema of the body of a 200; None if it has none, or is a stream."""
        schema: dict[str, Any] | None = self._content("200", JSON).get("schema")
        return schema

    @property
    def event(self) -> dict[str, Any] | None:
        """The schema of each event of a stream."""
        schema: dict[str, Any] | None = self._content("200", STREAM).get("x-event")
        return schema

    def error(self, status: int) -> dict[str, Any] | None:
        """The schema of the body of a refusal with `status`; None if that is not documented."""
        schema: dict[str, Any] | None = self._content(str(status), JSON).get("schema")
        return schema

    def query(self) -> dict[str, dict[str, Any]]:
        """The query parameters by name."""
        return {each["name"]: each for each in self.parameters if each["in"] == "query"}

    def fits(self, method: str, path: str) -> bool:
        return method == self.method and re.fullmatch(_pattern(self.path), path) is not None

    def _content(self, status: str, kind: str) -> dict[str, Any]:
        content: dict[str, Any] = self.responses.get(status, {}).get("content", {}).get(kind, {})
        return content


@cache
def document() -> dict[str, Any]:
    """The whole of `openapi.yaml`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(packaged("openapi.yaml"), loader)
    return document


def packaged(name: str) -> str:
    """The text of a file of the contract, installed or in a clone."""
    return (folder("contract") / name).read_text("utf-8")


@cache
def operations() -> tuple[SchemaOperation, ...]:
    return operations_of(document())


def operations_of(document: dict[str, Any]) -> tuple[SchemaOperation, ...]:
    return tuple(_operations(document))


@cache
def _alike() -> dict[tuple[str, int], list[SchemaOperation]]:
    """Operations by method and by how many slashes are in their path: few of each."""
    alike = defaultdict[tuple[str, int], list[SchemaOperation]](list)
    for operation in operations():
        alike[operation.method, operation.path.count("/")].append(operation)
    return dict(alike)


@lru_cache(4096)
def find(method: str, path: str) -> SchemaOperation | None:
    """The operation of a request; what is spelled out in a path goes before what is an id."""
    alike = _alike().get((method, path.count("/")), ())
    fitting = [operation for operation in alike if operation.fits(method, path)]
    return min(fitting, key=lambda operation: operation.path.count("{"), default=None)


def resolved(node: dict[str, Any], within: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a reference `within` a document (ours, if none is given) refers to; anything else is itself."""
    while "$ref" in node:
        found: Any = document() if within is None else within
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def _operations(document: dict[str, Any]) -> Iterator[SchemaOperation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            stated = item[method]
            parameters = (*item.get("parameters", ()), *stated.get("parameters", ()))
            bodies = stated.get("requestBody", {}).get("content", {})
            yield SchemaOperation(
                method.upper(),
                path,
                tuple(resolved(each, document) for each in parameters),
                bodies.get(JSON, {}).get("schema"),
                bodies.get(FORM, {}).get("schema"),
                {status: resolved(response, document) for status, response in stated["responses"].items()},
            )


@cache
def _pattern(path: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
