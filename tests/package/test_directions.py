"""Imports run one way: between the rooms of the package, and between its modules. Imports for a type checker count."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mockdreams

ROOT = Path(mockdreams.__file__).parent
ENGINE = {"wire", "dreaming", "default_agent", "review", "world"}
SERVING = ENGINE | {"http", "store", "data", "extras", "files", "patterns", "secrets"}
HOLDING = SERVING | {
    "harness",
    "server",
    "generating",
    "scoring",
    "repeating",
    "mockdreams",
}
LEAVES = {"data", "extras", "files", "patterns", "secrets"}
ALLOWED: dict[str, set[str]] = {
    "wire": {"patterns"},
    "contract": LEAVES,
    "data": set(),
    "extras": set(),
    "files": set(),
    "patterns": set(),
    "secrets": {"patterns"},
    "dreaming": {"wire"},
    "default_agent": {"wire", "dreaming", "patterns"},
    "world": {"wire", "dreaming", "default_agent", "review", *LEAVES},
    "generating": ENGINE | LEAVES,
    "scoring": {"dreaming", "files"},
    "repeating": {"world"},
    "pulling": {"contract", *LEAVES},
    "review": {"wire"},
    "store": ENGINE | LEAVES,
    "http": SERVING | LEAVES | {"scoring"},
    "server": SERVING | {"mockdreams"},
    "harness": HOLDING,
    "pytest_plugin": HOLDING,
    "cli": HOLDING | LEAVES | {"contract", "pulling", "serve_command"},
    "serve_command": HOLDING | LEAVES | {"contract", "serve_options", "workers"},
    "serve_options": HOLDING | LEAVES | {"contract", "haproxy"},
    "haproxy": LEAVES,
    "workers": {"haproxy"},
    "mockdreams": HOLDING,
    "__main__": {"cli"},
}
"""The rooms, which are the folders and single modules of the package, and what each may import beside itself."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the package."""
    names = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of ours that a module imports, anywhere in its text."""
    return frozenset(found for node in ast.walk(ast.parse(modules()[module].read_text())) for found in imported(node))


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in modules())
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports name their module in full"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            if inner in modules():
                yield inner
            elif node.module in modules():
                yield node.module


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def circles() -> list[list[str]]:
    """Modules that import each other, over however many others: the strongly connected parts (Tarjan)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        numbers[module] = lowest[module] = len(numbers)
        stack.append(module)
        for other in sorted(imports(module)):
            if other not in numbers:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], numbers[other])
        if lowest[module] == numbers[module]:
            place = stack.index(module)
            part = stack[place:]
            del stack[place:]
            if len(part) > 1 or module in imports(module):
                found.append(sorted(part))

    for module in modules():
        if module not in numbers:
            visit(module)
    return found


@pytest.mark.parametrize("name", sorted({room(module) for module in modules()}))
def test_a_room_imports_only_what_lies_below_it(name: str) -> None:
    wrong = [
        f"{module} imports {other}"
        for module in modules()
        if room(module) == name
        for other in sorted(imports(module))
        if room(other) not in ALLOWED[name] | {name}
    ]
    assert wrong == []


def test_no_two_rooms_may_import_each_other() -> None:
    rooms = ("wire", "dreaming", "default_agent", "world", "review", "store", "http", "contract")
    assert [(a, b) for a in rooms for b in rooms if a != b and b in ALLOWED[a] and a in ALLOWED[b]] == []


def test_no_modules_import_each_other() -> None:
    assert circles() == []


def test_no_two_classes_have_the_same_name() -> None:
    places: dict[str, list[str]] = {}
    for module, path in modules().items():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(module)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_nothing_in_a_world_imports_it() -> None:
    above = {
        "mockdreams.world.state.seeds",
        "mockdreams.world.state.reading",
        "mockdreams.world.state.snapshots",
        "mockdreams.world.stories",
    }
    below = {module for module in modules() if room(module) == "world" and module not in above}
    assert [module for module in sorted(below) if "mockdreams.world.world" in imports(module)] == []


def test_no_test_module_imports_another() -> None:
    """What tests share is in tests/support."""
    imported_names = [
        (path.name, name)
        for path in Path(__file__).parents[1].rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in full_names(node)
    ]
    assert [(file, name) for file, name in imported_names if re.match(r"tests\.(?!support)", name)] == []


def full_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
