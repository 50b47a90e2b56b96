"""The public names of a class as its source has them: how they are written, and what their docstrings say."""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

SPECIAL = {"__iter__": "for … in", "__len__": "len(…)", "__getitem__": "[index]"}


class Member(NamedTuple):
    name: str
    written: str
    type: str
    words: str


def members(cls: type) -> Iterator[Member]:
    """Those of its bases in this package, then its own, in the order of the source. A property is a value."""
    found: dict[str, Member] = {}
    for each in reversed([base for base in cls.__mro__ if base.__module__.startswith("mockdreams.")]):
        for member in _own(each):
            words = member.words or (found[member.name].words if member.name in found else "")
            found[member.name] = member._replace(words=words)
    yield from found.values()


def _own(cls: type) -> Iterator[Member]:
    for statement, after in pairwise([*_definition(cls).body, ast.Pass()]):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.target.id[0] != "_"
        ):
            yield _value(statement.target.id, statement.annotation, _string(after))
        elif isinstance(statement, ast.FunctionDef):
            yield from _function(statement)


def signature(cls: type) -> str:
    """How an instance is made."""
    init = next(each for each in _definition(cls).body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    return f"{cls.__name__}({_arguments(init)})"


def _definition(cls: type) -> ast.ClassDef:
    return _definitions(cls.__module__)[cls.__name__]


@cache
def _definitions(module: str) -> dict[str, ast.ClassDef]:
    source = inspect.getsource(sys.modules[module])
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _function(function: ast.FunctionDef) -> Iterator[Member]:
    decorators = {ast.unparse(each) for each in function.decorator_list}
    name, words = function.name, ast.get_docstring(function) or ""
    if name in SPECIAL:
        yield Member(name, SPECIAL[name], "", words)
    elif name.startswith("_") or any(each.endswith((".setter", "validator(mode='after')")) for each in decorators):
        return
    elif decorators & {"property", "cached_property"}:
        yield _value(name, function.returns, words)
    else:
        returns = f" -> {_type(function.returns)}" if function.returns else ""
        yield Member(name, f"{name}({_arguments(function)}){returns}".removesuffix(" -> None"), "", words)


def _value(name: str, annotation: ast.expr | None, words: str) -> Member:
    written = _type(annotation)
    return Member(name, f"{name}: {written}", written, words)


def _arguments(function: ast.FunctionDef) -> str:
    return ast.unparse(function.args).removeprefix("self").removeprefix(", ").replace("'", '"').replace("=", " = ")


class _Bare(ast.NodeTransformer):
    """Types without the validators and schemas that go with them."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("datetime") if node.id == "Timestamp" else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        annotated = isinstance(node.value, ast.Name) and node.value.id == "Annotated"
        return node.slice.elts[0] if annotated and isinstance(node.slice, ast.Tuple) else node


def _type(annotation: ast.expr | None) -> str:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return ast.unparse(_Bare().visit(annotation)).replace("'", '"') if annotation else ""


def _string(statement: ast.stmt) -> str:
    """The docstring that follows a value."""
    told = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return inspect.cleandoc(str(statement.value.value)) if told else ""  # type: ignore[attr-defined]
