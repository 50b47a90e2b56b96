from collections.abc import Iterator

import pytest

from mockdreams import MockDreams
from tests.scene import Scene

pytest_plugins = ["pytester"]


@pytest.fixture
def scene(mockdreams: MockDreams) -> Iterator[Scene]:
    with mockdreams.client(max_retries=0) as client:
        yield Scene(mockdreams, client.beta)
