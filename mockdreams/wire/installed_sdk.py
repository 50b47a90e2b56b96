"""What the installed official SDK sends, read from its source: importing it takes longer than starting a server."""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_VERSION = re.compile(r'^ANTHROPIC_API_VERSION\b.*"(.+)"$', re.MULTILINE)


@cache
def betas() -> frozenset[str]:
    """The values that its type of the `anthropic-beta` header lists; none without an SDK."""
    lists = [
        node.slice
        for node in ast.walk(ast.parse(_source("types/anthropic_beta_param.py")))
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"
    ]
    values = (node.value for each in lists for node in ast.walk(each) if isinstance(node, ast.Constant))
    return frozenset(value for value in values if isinstance(value, str))


@cache
def versions() -> frozenset[str]:
    """The value of `anthropic-version` that its clients send; none without an SDK."""
    return frozenset(_VERSION.findall(_source("_constants.py")))


def _source(name: str) -> str:
    spec = find_spec("anthropic")
    if spec is None or spec.origin is None:
        return ""
    file = Path(spec.origin).parent / name
    return file.read_text("utf-8") if file.is_file() else ""
