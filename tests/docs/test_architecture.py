"""docs/architecture.md shows the code as it is."""

import re
from pathlib import Path

import pytest

import mockdreams
from tools.architecture import PAGE, TABLES, diagram, drawn

ROOT = Path(mockdreams.__file__).parent
MEMBER = re.compile(r"([A-Z]\w*[a-z]\w*)(?:\.(\w+))?$")


def test_what_is_drawn_is_current() -> None:
    page = PAGE.read_text("utf-8")
    assert page == drawn(page), "run python -m tools.architecture"


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_drawn_whole(name: str) -> None:
    first, table = TABLES[name]
    assert diagram(first, table) in PAGE.read_text("utf-8")
    assert set().union(*table.values()) <= set(table)
    edges = {(status, other) for status, following in table.items() for other in following if other != status}
    shown = {tuple(line.split(" --> ")) for line in diagram(first, table).replace("    ", "").split("\n")[3:-1]}
    assert {edge for edge in shown if edge[1] != "[*]"} == edges


@pytest.mark.long
def test_what_it_names_is_there() -> None:
    """Modules, classes and their methods."""
    named = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE.read_text("utf-8"), flags=re.DOTALL)))
    paths = [path.relative_to(ROOT.parent).as_posix() for path in ROOT.rglob("*.py")]
    modules = [each for each in named if each.endswith(".py") and not each.startswith("tests/")]
    members = [(found[1], found[2]) for each in named if (found := MEMBER.match(each)) is not None]
    assert len(modules) > 30
    assert len(members) > 30
    assert [module for module in modules if not any(f"/{path}".endswith(f"/{module}") for path in paths)] == []
    classes = defined()
    assert [(cls, name) for cls, name in members if cls not in classes or (name and name not in classes[cls])] == []


def defined() -> dict[str, set[str]]:
    """The classes of the package, each with its methods."""
    sources = [path.read_text("utf-8") for path in ROOT.rglob("*.py")]
    return {
        name: set(re.findall(r"^    (?:async )?def (\w+)", body, re.MULTILINE))
        for source in sources
        for name, body in re.findall(r"^class (\w+)(.*\n(?:(?:    .*)?\n)*)", source, re.MULTILINE)
    }
