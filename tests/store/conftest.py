"""What the tests of kept worlds share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import needs_postgresql
from tests.support.kept import KeptServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KeptServer]:
    server = KeptServer(tmp_path / "worlds")
    yield server
    server.stop_dead()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.process, needs_postgresql])])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeptServer]:
    """A server on SQLite, and one on PostgreSQL."""
    is_postgresql = request.param == "postgresql"
    where = request.getfixturevalue("postgresql").new_database() if is_postgresql else tmp_path / "worlds"
    server = KeptServer(where)
    yield server
    server.stop_dead()
