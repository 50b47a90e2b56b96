"""Where in a body something is wrong: the keys of the document on the way that a validator names.

A validator names the members of unions on that way, too. They are in no document, but one may be called as a key is:
`{"type": "url", "url": …}` has the way `url`, `url`.
"""

from typing import Any

from pydantic import BaseModel

_WRAPPED = ("model", "nullable", "default", "definitions", "function-before", "function-after", "function-wrap")


def keys_of(loc: tuple[int | str, ...], document: Any, shape: type[BaseModel]) -> list[int | str]:
    """The location as keys of a document that is no `shape`; the names of union members are left out."""
    keys: list[int | str] = []
    schema: Any = shape.__pydantic_core_schema__
    definitions = {each["ref"]: each for each in schema.get("definitions", ())}
    for index, key in enumerate(loc):
        schema = _unwrapped(schema, definitions)
        is_member = schema is not None and schema["type"] == "tagged-union" and key in schema["choices"]
        schema = _within(schema, key)
        if is_member:
            continue
        if isinstance(document, dict) and key in document and isinstance(key, str):
            document = document[key]
        elif isinstance(document, list) and isinstance(key, int):
            document = document[key] if key < len(document) else None
        elif not (isinstance(document, dict) and index == len(loc) - 1):
            continue
        keys.append(key)
    return keys


def _unwrapped(schema: Any, definitions: dict[str, Any]) -> Any:
    """What is checked by a schema of pydantic's core, without what it does before and after that."""
    while schema is not None:
        if schema["type"] == "definition-ref":
            schema = definitions.get(schema["schema_ref"])
        elif schema["type"] in _WRAPPED:
            schema = schema["schema"]
        else:
            break
    return schema


def _within(schema: Any, key: int | str) -> Any:
    """What is checked at the next step of a location; None where that is not known, as in a union without tags."""
    match schema:
        case {"type": "tagged-union", "choices": choices}:
            return choices.get(key)
        case {"type": "model-fields", "fields": fields}:
            return fields.get(key, {}).get("schema")
        case {"type": "list", "items_schema": items}:
            return items
        case {"type": "tuple", "items_schema": [items, *_]}:
            return items
        case {"type": "dict", "values_schema": values}:
            return values
    return None
