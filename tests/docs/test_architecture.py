"""docs/architecture.md shows the state tables as they are."""

import pytest

from tools.state_diagrams import PAGE, TABLES, diagram, drawn


def test_the_diagrams_are_current() -> None:
    page = PAGE.read_text("utf-8")
    assert page == drawn(page), "run python -m tools.state_diagrams"


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_drawn_whole(name: str) -> None:
    first, table = TABLES[name]
    assert diagram(first, table) in PAGE.read_text("utf-8")
    assert set().union(*table.values()) <= set(table)
    edges = {(status, other) for status, following in table.items() for other in following if other != status}
    shown = {tuple(line.split(" --> ")) for line in diagram(first, table).replace("    ", "").split("\n")[3:-1]}
    assert {edge for edge in shown if edge[1] != "[*]"} == edges
