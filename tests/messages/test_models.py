"""Models: listed, paged, looked up."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from mockdreams import MockDreams
from tests.support.helpers import refused

NAMES = ["claude-opus-9", "claude-haiku-4-5", "claude-sonnet-4-6"]


@pytest.fixture
def mock() -> Iterator[MockDreams]:
    with MockDreams(policy={"models": NAMES}) as mock:
        yield mock


@pytest.fixture
def client(mock: MockDreams) -> Iterator[anthropic.Anthropic]:
    with mock.client(max_retries=0, _strict_response_validation=True) as client:
        yield client


def test_all_are_listed_newest_first(client: anthropic.Anthropic) -> None:
    assert [model.id for model in client.models.list()] == NAMES
    assert [model.id for model in client.beta.models.list()] == NAMES


def test_every_page_is_reached(client: anthropic.Anthropic) -> None:
    pages = client.models.list(limit=2)
    assert (pages.has_more, pages.first_id, pages.last_id) == (True, NAMES[0], NAMES[1])
    assert [model.id for model in pages] == NAMES
    before = client.models.list(before_id=NAMES[2], limit=1)
    assert ([model.id for model in before.data], before.has_more) == ([NAMES[1]], True)


def test_what_a_model_is(client: anthropic.Anthropic) -> None:
    small, large = client.models.retrieve("claude-haiku-4-5"), client.beta.models.retrieve("claude-opus-9")
    assert (small.display_name, small.line, small.max_input_tokens) == ("Claude Haiku 4.5", "haiku", 200_000)
    assert (large.display_name, large.line, large.lifecycle) == ("Claude Opus 9", "opus", "active")
    assert large.capabilities is not None
    assert large.capabilities.thinking.types.adaptive.supported


@pytest.mark.parametrize("id", ["claude-haiku-4-5-20251001", "claude-haiku-4-5-latest"])
def test_by_another_name(client: anthropic.Anthropic, id: str) -> None:
    assert client.models.retrieve(id).id == "claude-haiku-4-5"


def test_only_those_of_a_lifecycle(client: anthropic.Anthropic) -> None:
    assert list(client.models.list(lifecycle=["retired"])) == []
    assert len(list(client.models.list(lifecycle=["active", "deprecated"]))) == 3


def test_an_absent_model(mock: MockDreams) -> None:
    assert refused(mock.http.get("/v1/models/claude-0"), 404, "not_found_error") == "model: claude-0"


@pytest.mark.parametrize(
    "query",
    [{"after_id": "x"}, {"before_id": "x"}, {"after_id": NAMES[0], "before_id": NAMES[1]}, {"limit": 1001}],
)
def test_a_bad_query(mock: MockDreams, query: dict[str, Any]) -> None:
    refused(mock.http.get("/v1/models", params=query), 400, "invalid_request_error")
