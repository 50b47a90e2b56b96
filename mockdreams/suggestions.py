"""What a word that is not known was likely meant to be."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

LIKENESS = 0.6


def did_you_mean(word: str, known: Iterable[str], quote: str = "`") -> str:
    """ "; did you mean `x`?" if a known word is much like this one, otherwise nothing."""
    close = get_close_matches(word, list(known), 1, LIKENESS)
    return f"; did you mean {quote}{close[0]}{quote}?" if close else ""


def words_at(schema: dict[str, Any], keys: Iterable[Any], document: Any) -> set[str]:
    """The keys that may stand in an object of a document that has this JSON Schema, whichever shape it may have."""
    at = [schema]
    for key in keys:
        inner = [each for one in at for each in _branches(one, schema)]
        found = [
            each.get("properties", {}).get(str(key), each.get("additionalProperties"))
            if isinstance(key, str)
            else each.get("items")
            for each in inner
        ]
        at = [each for each in found if isinstance(each, dict)]
        document = document[key]
    given = set(document) if isinstance(document, dict) else set()
    shapes = [set(each.get("properties", {})) for one in at for each in _branches(one, schema)]
    likely = max((len(shape & given) for shape in shapes), default=0)
    return {word for shape in shapes if len(shape & given) == likely for word in shape}


def _branches(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema without references and choices: each that it may be."""
    if "$ref" in schema:
        yield from _branches(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    elif choices := schema.get("anyOf") or schema.get("oneOf"):
        for each in choices:
            yield from _branches(each, root)
    else:
        yield schema
