"""clients/typescript/src/control.ts: the control API's types and calls, from its own OpenAPI description."""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mockdreams.http.control import HEALTH, ROUTES
from mockdreams.http.openapi import describe_api

FILE = Path(__file__).parent.parent / "clients" / "typescript" / "src" / "control.ts"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
HEAD = """\
// Made by scripts/reference from the control API's own OpenAPI description; do not edit.

/** Sends a request to the control API, and gives the JSON of its answer. */
export type Send = (method: string, path: string, body?: unknown, query?: Record<string, unknown>) => Promise<any>;
"""


def written() -> str:
    """The module."""
    described = describe_api([*HEALTH, *ROUTES], version("mockdreams"))
    types = [_declaration(name, schema) for name, schema in described["components"]["schemas"].items()]
    calls = [
        _call(path, method, operation)
        for path, item in described["paths"].items()
        for method, operation in item.items()
    ]
    body = "\n".join(calls)
    return "\n".join([HEAD, *types, f"export class ControlApi {{\n  constructor(readonly send: Send) {{}}\n{body}}}\n"])


def _declaration(name: str, schema: dict[str, Any]) -> str:
    return f"{_words(schema.get('description', ''))}export type {name} = {_type(schema)};\n"


def _call(path: str, method: str, operation: dict[str, Any]) -> str:
    parameters = operation.get("parameters", ())
    inner = [each["name"] for each in parameters if each["in"] == "path"]
    query = [f"{each['name']}?: {_type(each['schema'])}" for each in parameters if each["in"] == "query"]
    arguments = [f"{_camel(name)}: string" for name in inner]
    sent = "undefined"
    if body := operation.get("requestBody"):
        sent = "body"
        kind = _type(body["content"]["application/json"]["schema"])
        arguments.append(f"body: {kind}" if body["required"] else f"body: {kind} = {{}}")
    if query:
        arguments.append(f"query: {{ {'; '.join(query)} }} = {{}}")
    answer = _type(operation["responses"]["200"]["content"]["application/json"]["schema"])
    spelled = re.sub(r"{(\w+)}", lambda name: f"${{encodeURIComponent({_camel(name[1])})}}", path)
    call = f"this.send({json.dumps(method.upper())}, `{spelled}`, {sent}{', query' if query else ''})"
    head = f"  {_camel(operation['operationId'])}({', '.join(arguments)}): Promise<{answer}> {{"
    return f"\n{_words(operation['summary'], '  ')}{head}\n    return {call};\n  }}\n"


def _type(schema: Any) -> str:
    """A schema as a type."""
    if not isinstance(schema, dict):
        return "unknown"
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " | ".join(dict.fromkeys(_type(each) for each in schema[choice]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": each}) for each in kind)
    if kind == "array":
        return f"Array<{_type(schema.get('items'))}>"
    if kind == "object":
        return _object(schema)
    return PLAIN.get(str(kind), "unknown")


def _object(schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        return f"Record<string, {_type(schema.get('additionalProperties'))}>"
    return "{\n" + "".join(_fields(schema)) + "}"


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    for name, field in schema["properties"].items():
        optional = "" if name in schema.get("required", ()) else "?"
        key = name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)
        yield f"{_words(field.get('description', ''), '  ')}  {key}{optional}: {_type(field)};\n"


def _words(text: str, indent: str = "") -> str:
    told = " ".join(text.replace("*/", "* /").split())
    return f"{indent}/** {told} */\n" if told else ""


def _camel(name: str) -> str:
    first, *later = name.split("_")
    return first + "".join(word.capitalize() for word in later)


def main() -> int:
    FILE.write_text(written(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
