import pytest

from mockdreams import MockDreams
from tests.support.boards import Visitor


@pytest.fixture
def board(mockdreams: MockDreams) -> Visitor:
    return Visitor(mockdreams)
