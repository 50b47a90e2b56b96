"""JSON Schemas of our shapes, with the words that the code has beside each field."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from mockdreams.http.field_words import field_words
from mockdreams.wire.base import build_shape


class _WithWords(GenerateJsonSchema):
    """Fields are described by the docstrings below them, and have no title that only repeats their name."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        told = super().model_schema(schema)
        shape: type[BaseModel] = schema["cls"]
        words = field_words(shape)
        for name, field in shape.model_fields.items():
            key = field.validation_alias or field.alias or name
            described = told.get("properties", {}).get(key)
            if isinstance(described, dict) and name in words:
                described.setdefault("description", words[name])
        return told

    def encode_default(self, dft: Any) -> Any:
        for each in dft.values() if isinstance(dft, dict) else [dft]:
            if isinstance(each, BaseModel):
                build_shape(type(each))
        return super().encode_default(dft)

    def get_title_from_name(self, name: str) -> str:
        return ""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(shape: type[BaseModel]) -> dict[str, Any]:
    """The schema of what is read as `shape`, with those that it needs in `$defs`."""
    return shape.model_json_schema(schema_generator=_WithWords)


def schemas_of(shapes: Iterable[type[BaseModel]], mode: JsonSchemaMode, template: str) -> dict[str, Any]:
    """The schemas of `shapes` and of what they need, by name; `template` says how one refers to another."""
    keys = [(shape, mode) for shape in shapes]
    _, found = models_json_schema(keys, ref_template=template, schema_generator=_WithWords)
    schemas: dict[str, Any] = found.get("$defs", {})
    return schemas
