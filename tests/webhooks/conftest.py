from collections.abc import Iterator

import pytest

from tests.support.receivers import Inbox, listening


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def url(inbox: Inbox) -> Iterator[str]:
    with listening(inbox) as url:
        yield url
