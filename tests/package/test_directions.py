"""Imports run one way: between the rooms of the package, and between its modules. Imports for a type checker count."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mockdreams

pytestmark = pytest.mark.long

ROOT = Path(mockdreams.__file__).parent
ENGINE = {"wire", "dreaming", "default_agent", "review", "world"}
LEAVES = {"collector", "data", "extras", "files", "freeing", "patterns", "quiet_server", "secrets", "suggestions"}
SERVING = ENGINE | LEAVES | {"http", "side_process", "store"}
HOLDING = SERVING | {
    "harness",
    "server",
    "generating",
    "scoring",
    "repeating",
    "mockdreams",
}
ALLOWED: dict[str, set[str]] = {
    "wire": {"freeing", "patterns"},
    "contract": LEAVES,
    "collector": set(),
    "freeing": set(),
    "data": set(),
    "extras": set(),
    "files": set(),
    "patterns": set(),
    "quiet_server": set(),
    "secrets": {"patterns"},
    "side_process": {"transfer", "wire"},
    "suggestions": set(),
    "transfer": {"freeing"},
    "dreaming": {"collector", "freeing", "wire"},
    "default_agent": {"wire", "dreaming", "patterns"},
    "world": {"wire", "dreaming", "default_agent", "review", "side_process", *LEAVES},
    "generating": ENGINE | LEAVES,
    "scoring": {"dreaming", "files"},
    "repeating": {"world"},
    "pulling": {"contract", *LEAVES},
    "review": {"wire"},
    "store": LEAVES,
    "http": SERVING | {"scoring"},
    "server": SERVING | {"mockdreams"},
    "harness": HOLDING,
    "pytest_plugin": HOLDING,
    "cli": HOLDING | {"contract", "pulling", "serve_command"},
    "serve_command": HOLDING | {"contract", "serve_options", "workers"},
    "serve_options": HOLDING | {"contract", "haproxy"},
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
    return frozenset(found for node in statements(modules()[module]) for found in imported(node))


@cache
def imports_at_once(module: str) -> frozenset[str]:
    """Of these, the ones that it imports whenever it is imported itself."""
    nodes = [node for node in statements(modules()[module]) if node.col_offset == 0]
    return frozenset(found for node in nodes for found in imported(node))


@cache
def statements(path: Path) -> list[ast.Import | ast.ImportFrom | ast.ClassDef | ast.If]:
    """The imports, classes and blocks for a type checker of a source. Each is read once: that takes a second."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef)
        or (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING")
    ]


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


def test_an_import_for_a_type_checker_alone_saves_something() -> None:
    """No such import hides a circle, since the test above counts it. What is left saves the time of importing something
    that the module, with all that it imports when it is imported itself, does not need: the SDK, an HTTP client, the
    server for the command line, or the engine for the pytest plugin.
    """
    useless = [
        f"{module} would import {other} anyway"
        for module, path in modules().items()
        for node in statements(path)
        if isinstance(node, ast.If)
        for part in node.body
        for other in imported(part)
        if other in loaded_with(module)
    ]
    assert useless == []


def loaded_with(module: str) -> set[str]:
    """The modules of ours that are loaded once a module is, over however many others."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        new = imports_at_once(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def test_no_two_classes_have_the_same_name() -> None:
    places: dict[str, list[str]] = {}
    for module, path in modules().items():
        for node in statements(path):
            if isinstance(node, ast.ClassDef) and node.col_offset == 0:
                places.setdefault(node.name, []).append(module)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_nothing_in_a_world_imports_it() -> None:
    above = {
        "mockdreams.world.state.seeds",
        "mockdreams.world.state.reading",
        "mockdreams.world.state.snapshots",
    }
    below = {module for module in modules() if room(module) == "world" and module not in above}
    assert [module for module in sorted(below) if "mockdreams.world.world" in imports(module)] == []


def test_no_test_module_imports_another() -> None:
    """What tests share is in tests/support."""
    line = re.compile(r"^ *(?:from|import) +tests(?!\.support\b).*", re.MULTILINE)
    files = Path(__file__).parents[1].rglob("*.py")
    assert {file.name: found for file in files if (found := line.findall(file.read_text("utf-8")))} == {}
