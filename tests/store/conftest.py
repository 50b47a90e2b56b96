"""What the tests of kept worlds share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.kept import KeptServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KeptServer]:
    server = KeptServer(tmp_path / "worlds")
    yield server
    server.stop_dead()
