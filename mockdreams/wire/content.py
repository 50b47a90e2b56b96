"""Content blocks of messages and tool results, the same shape in both directions."""

from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from mockdreams.wire.base import Model, OmitIfNone, Params, Sparse


def _filled(text: str) -> str:
    if not text:
        raise PydanticCustomError("value_required", "value is required")
    return text


class TextBlock(Model):
    type: Literal["text"]
    text: Annotated[str, AfterValidator(_filled)]


class RedactedBlock(Params):
    """A placeholder for withheld content."""

    type: Literal["redacted"]


class Base64Source(Params):
    type: Literal["base64"]
    data: str
    media_type: str


class PlainTextSource(Params):
    type: Literal["text"]
    data: str
    media_type: Literal["text/plain"]


class UrlSource(Params):
    type: Literal["url"]
    url: str


class FileSource(Params):
    type: Literal["file"]
    file_id: str


class ImageBlock(Params):
    type: Literal["image"]
    source: Annotated[Base64Source | UrlSource | FileSource, Field(discriminator="type")]


class DocumentBlock(Sparse, Params):
    type: Literal["document"]
    source: Annotated[Base64Source | PlainTextSource | UrlSource | FileSource, Field(discriminator="type")]
    context: OmitIfNone[str] = None
    title: OmitIfNone[str] = None


class Citations(Params):
    enabled: bool


class SearchResultText(Params):
    type: Literal["text"]
    text: str


class SearchResultBlock(Params):
    type: Literal["search_result"]
    source: str
    title: str
    content: list[SearchResultText]
    citations: Citations


MessageContent: TypeAlias = Annotated[
    TextBlock | ImageBlock | DocumentBlock | RedactedBlock, Field(discriminator="type")
]
ResultContent: TypeAlias = Annotated[
    TextBlock | ImageBlock | DocumentBlock | SearchResultBlock, Field(discriminator="type")
]
AgentContent: TypeAlias = Annotated[TextBlock | RedactedBlock, Field(discriminator="type")]


def characters(content: Iterable[object]) -> int:
    """How long the texts of a message are together."""
    return sum([len(block.text) for block in content if isinstance(block, TextBlock)])


def text(words: str) -> TextBlock:
    return TextBlock.unchecked(type="text", text=words)
