"""The description of the control API, in OpenAPI 3.1, made from the operations themselves."""

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, TypeAdapter
from starlette.routing import Route

from mockdreams.http.control.answer_shapes import Health
from mockdreams.http.control.endpoint import Operation, OperationRoute, Payload
from mockdreams.http.json_schema import schemas_of
from mockdreams.http.path_shape import CONTROL_PREFIX

REFERENCE = "#/components/schemas/{model}"
_SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"bearer": []}]
_SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "Chooses the world; any will do."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same."},
}
_TOKEN = {
    "name": "x-mockdreams-control-token",
    "in": "header",
    "required": False,
    "description": "What the server was given as `--control-token`, if it was.",
    "schema": {"type": "string"},
}
_ERROR = {
    "type": "object",
    "required": ["type", "error"],
    "properties": {
        "type": {"const": "error"},
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
        },
        "request_id": {"type": ["string", "null"]},
    },
}


def describe_api(routes: Iterable[Route], release: str) -> dict[str, Any]:
    """The description of `routes`, as JSON."""
    described = list(routes)
    answers: dict[str, Any] = {}
    paths = {f"{CONTROL_PREFIX}{route.path}": _path(route, answers) for route in described}
    shapes = [shape for route in described for shape in _shapes(route)]
    schemas = {**schemas_of(shapes, "validation", REFERENCE), **answers, "ControlError": _ERROR}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The control API of mockdreams",
            "version": release,
            "description": "What is ours and not the service's. The request's API key chooses the world.",
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _SCHEMES},
    }


def operation_id(path: str, method: str, run: Any) -> str:
    """The name of an operation: its function's, or what it does with a queue."""
    name: str = run.__name__
    return name if name not in ("show", "add", "clear") else f"{name}_{path.strip('/').replace('/', '_')}"


def _path(route: Route, answers: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(route, OperationRoute):
        answer = _answer(Health, answers) if route.path == "/health" else {"type": "object"}
        words = inspect.getdoc(route.endpoint) or ""
        return {"get": {"operationId": route.endpoint.__name__, "summary": words, "responses": _responses(answer)}}
    return {
        method.lower(): _operation(route, method, operation, answers) for method, operation in route.operations.items()
    }


def _operation(route: OperationRoute, method: str, operation: Operation, answers: dict[str, Any]) -> dict[str, Any]:
    payload = operation.payload if isinstance(operation.payload, Payload) else None
    described: dict[str, Any] = {
        "operationId": operation_id(route.path, method, operation.run),
        "summary": " ".join((inspect.getdoc(operation.run) or "").split()),
        "security": _SECURITY,
        "parameters": [*_parameters(route.path, payload), _TOKEN],
        "responses": _responses(_answer(operation.answer, answers), refused=True),
    }
    if operation.payload is not None and method != "GET":
        shape = payload.shape if payload is not None else None
        schema = {"type": "object"} if shape is None else {"$ref": REFERENCE.format(model=shape.__name__)}
        optional = payload is not None and payload.optional
        described["requestBody"] = {"required": not optional, "content": {"application/json": {"schema": schema}}}
    return described


def _parameters(path: str, payload: Payload | None) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for name, type in () if payload is None else payload.query:
        yield {"name": name, "in": "query", "required": False, "schema": {"type": type}}


def _responses(answer: dict[str, Any], *, refused: bool = False) -> dict[str, Any]:
    told = {"200": {"description": "Done.", "content": {"application/json": {"schema": answer}}}}
    if refused:
        schema = {"$ref": REFERENCE.format(model="ControlError")}
        content = {"application/json": {"schema": schema}}
        told["default"] = {"description": "Refused, in the service's envelope.", "content": content}
    return told


def _answer(type: Any, answers: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer; a named one goes to `answers`."""
    if inspect.isclass(type) and issubclass(type, BaseModel):
        answers.update(schemas_of([type], "serialization", REFERENCE))
        return {"$ref": REFERENCE.format(model=type.__name__)}
    schema = TypeAdapter(type).json_schema(mode="serialization", ref_template=REFERENCE)
    answers.update(schema.pop("$defs", {}))
    name = getattr(type, "__name__", "")
    if not hasattr(type, "__required_keys__"):
        return schema
    answers[name] = schema
    return {"$ref": REFERENCE.format(model=name)}


def _shapes(route: Route) -> Iterator[type[BaseModel]]:
    if isinstance(route, OperationRoute):
        for operation in route.operations.values():
            if isinstance(operation.payload, Payload) and operation.payload.shape is not None:
                yield operation.payload.shape
