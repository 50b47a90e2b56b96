"""The words that the source has below each field of a shape."""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


def field_words(shape: type[BaseModel]) -> dict[str, str]:
    """What the source of a class and of its bases says below each field, on one line."""
    words: dict[str, str] = {}
    for each in reversed([base for base in shape.__mro__ if base.__module__.startswith("mockdreams.")]):
        words |= _words_of(each.__module__).get(each.__qualname__, {})
    return words


@cache
def _words_of(module: str) -> dict[str, dict[str, str]]:
    """By class; nothing where there is no source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, SyntaxError):
        return {}
    return {each.name: dict(_below_fields(each)) for each in tree.body if isinstance(each, ast.ClassDef)}


def _below_fields(definition: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, after in pairwise(definition.body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            yield field.target.id, " ".join(after.value.value.split())
