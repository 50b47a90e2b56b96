from collections.abc import Iterator

import pytest

from mockdreams import MockDreams
from tests.scene import Scene
from tests.watching import Watch

pytest_plugins = ["pytester"]
watch = Watch()
watch.begin()


@pytest.fixture(autouse=True)
def _held_to_the_schema() -> Iterator[None]:
    """Fails a test in which any application of this process answered, or accepted, what the schema does not allow."""
    yield
    complaints = list(dict.fromkeys(watch.complaints()))
    if complaints:
        pytest.fail("\n".join(complaints[:20]), pytrace=False)


@pytest.fixture
def scene(mockdreams: MockDreams) -> Iterator[Scene]:
    with mockdreams.client(max_retries=0) as client:
        yield Scene(mockdreams, client.beta)
