from collections.abc import Iterator

import pytest

from mockdreams import MockDreams
from tests.support.worker_stage import Stage


@pytest.fixture
def stage(mockdreams: MockDreams) -> Iterator[Stage]:
    with mockdreams.client(max_retries=0) as client:
        yield Stage(mockdreams, client)
