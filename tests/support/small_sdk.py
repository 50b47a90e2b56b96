"""An SDK of our own making with a handful of operations, built like the official one, and the schema that it fits."""

import sys
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

INIT = '''
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Dict, Generic, List, Literal, Optional, TypedDict, TypeVar, Union

import httpx2
from pydantic import BaseModel

__version__ = "3.1.0"
T = TypeVar("T")


class APIConnectionError(Exception):
    pass


class DefaultHttpxClient(httpx2.Client):
    pass


class Stream(Generic[T]):
    pass


class Person(BaseModel):
    type: Literal["person"]
    name: str


class Robot(BaseModel):
    type: Literal["robot"]
    serial: int


class Usage(BaseModel):
    tokens: int


class Dream(BaseModel):
    id: str
    type: Literal["dream"]
    status: Literal["pending", "running", "canceled"]
    session_id: Optional[str] = None
    usage: Usage
    author: Union[Person, Robot]
    labels: Dict[str, str]
    created_at: datetime


class Page(BaseModel):
    data: List[Dream]
    next_page: Optional[str] = None


class Started(BaseModel):
    type: Literal["started"]


class Ended(BaseModel):
    type: Literal["ended"]


class Input(TypedDict):
    type: Literal["store"]
    store_id: str


class Steps:
    def __init__(self, send):
        self._send = send

    def stream(self, dream_id: str, *, extra_headers=None) -> Stream[Union[Started, Ended]]:
        return self._send("GET", f"/v1/dreams/{dream_id}/stream")


class Dreams:
    def __init__(self, send):
        self._send = send

    @cached_property
    def steps(self):
        return Steps(self._send)

    def create(self, *, inputs: Iterable[Input], model: str, note: Optional[str] = None, extra_headers=None) -> Dream:
        body = {"inputs": inputs, "model": model} | ({} if note is None else {"note": note})
        return self._send("POST", "/v1/dreams", json=body)

    def list(
        self, *, limit: int = 20, statuses: List[Literal["pending", "canceled"]] = (), extra_headers=None
    ) -> Page:
        return self._send("GET", "/v1/dreams", params={"limit": limit, "statuses[]": statuses})

    def cancel(self, dream_id: str, *, extra_headers=None) -> Dream:
        return self._send("POST", f"/v1/dreams/{dream_id}/cancel")

    def wait(self, dream_id: str, *, seconds: float) -> Dream:
        """A helper that makes no request of its own."""
        raise ValueError(f"{dream_id}: {seconds}")


class Beta:
    def __init__(self, send):
        self.dreams = Dreams(send)


class Anthropic:
    def __init__(self, *, api_key, http_client, max_retries):
        self._http, self._headers = http_client, {"anthropic-beta": "dreaming", "anthropic-version": "2026-10-21"}
        self.beta = Beta(self._send)

    def _send(self, method, path, **parts):
        try:
            self._http.request(method, "http://localhost" + path, headers=self._headers, **parts)
        except httpx2.ConnectError as refused:
            raise APIConnectionError from refused
'''
BETAS = """
from typing import Literal, Union

AnthropicBetaParam = Union[str, Literal["dreaming", "memory"]]
"""
SCHEMA = """
info: {x-sdk: 3.1.0}
paths:
  /v1/dreams:
    parameters: [{$ref: "#/components/parameters/Dreaming"}]
    get:
      parameters:
        - {$ref: "#/components/parameters/Limit"}
        - {name: "statuses[]", in: query, schema: {type: array, items: {enum: [pending, canceled]}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Page"}}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/CreateDream"}}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Dream"}}}}}
  /v1/dreams/{dream_id}/cancel:
    parameters: [{$ref: "#/components/parameters/Dreaming"}]
    post:
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Dream"}}}}}
  /v1/dreams/{dream_id}/stream:
    parameters: [{$ref: "#/components/parameters/Dreaming"}]
    get:
      responses: {"200": {content: {text/event-stream: {x-event: {$ref: "#/components/schemas/Event"}}}}}
components:
  parameters:
    Version: {name: anthropic-version, in: header, schema: {enum: ["2023-06-01", "2026-10-21"]}}
    Dreaming: {name: anthropic-beta, in: header, schema: {type: array, contains: {const: dreaming}}}
    Limit: {name: limit, in: query, schema: {type: integer}}
  schemas:
    Beta: {enum: [dreaming, memory]}
    Time: {type: string, format: date-time}
    Person: {type: object, required: [type, name], properties: {type: {const: person}, name: {type: string}}}
    Robot: {type: object, required: [type, serial], properties: {type: {const: robot}, serial: {type: integer}}}
    Author: {oneOf: [{$ref: "#/components/schemas/Person"}, {$ref: "#/components/schemas/Robot"}]}
    Usage: {type: object, required: [tokens], properties: {tokens: {type: integer}}}
    Dream:
      type: object
      required: [id, type, status, session_id, usage, author, labels, created_at]
      properties:
        id: {type: string}
        type: {const: dream}
        status: {enum: [pending, running, canceled]}
        session_id: {type: [string, "null"]}
        usage: {$ref: "#/components/schemas/Usage"}
        author: {$ref: "#/components/schemas/Author"}
        labels: {type: object, additionalProperties: {type: string}}
        created_at: {$ref: "#/components/schemas/Time"}
    Page:
      type: object
      required: [data]
      properties:
        data: {type: array, items: {$ref: "#/components/schemas/Dream"}}
        next_page: {type: [string, "null"]}
    Input: {type: object, required: [type, store_id], properties: {type: {const: store}, store_id: {type: string}}}
    CreateDream:
      type: object
      required: [inputs, model]
      properties:
        inputs: {type: array, items: {$ref: "#/components/schemas/Input"}}
        model: {type: string}
        note: {type: [string, "null"]}
    Event:
      oneOf:
        - {type: object, required: [type], properties: {type: {const: started}}}
        - {type: object, required: [type], properties: {type: {const: ended}}}
"""


TYPESCRIPT = """
/** A comment with a brace { and export interface Nothing { */
export interface BetaDream {
    /**
     * Its id; never null.
     */
    id: string;
    session_id: string | null;
    labels: { [key: string]: string | null; };
    'usage': Usage;
}
export interface BetaManagedAgentsPage extends Other<Dream> {
    data: Array<Dream | null>;
    next_page?: string;
}
"""


def write_typescript(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the declarations of its TypeScript sibling, as npm would install them below `folder`."""
    source = TYPESCRIPT
    for old, new in changes:
        source = source.replace(old, new)
    package = folder / "node_modules" / "@anthropic-ai" / "sdk"
    declarations = package / "resources" / "beta" / "dreams.d.ts"
    declarations.parent.mkdir(parents=True)
    declarations.write_text(source, "utf-8")
    (package / "package.json").write_text('{"version": "1.3.0"}', "utf-8")
    return package


def small_schema() -> dict[str, Any]:
    """The schema that the SDK fits; a new copy each time."""
    schema: dict[str, Any] = yaml.load(SCHEMA, yaml.CSafeLoader)
    return schema


def write(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    """Write the package `name`, with pieces of its source replaced."""
    sources = {"__init__.py": INIT, "types/__init__.py": "", "types/anthropic_beta_param.py": BETAS}
    for path, source in sources.items():
        for old, new in changes:
            source = source.replace(old, new)
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, "utf-8")


def imported(folder: Path, monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str]) -> ModuleType:
    """The package, changed, for as long as a test takes."""
    name = "small_sdk_of_a_test"
    write(folder, name, *changes)
    monkeypatch.syspath_prepend(folder)
    invalidate_caches()
    for module in [each for each in sys.modules if each.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    return import_module(name)
