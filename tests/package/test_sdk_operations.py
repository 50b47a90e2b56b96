"""The count of the SDK's operations that are answered, which docs/sdks.md shows."""

import pytest

from mockdreams import MockDreams
from tools.sdk_operations import BEGIN, END, ask, table
from tools.sdk_releases import PAGE


@pytest.mark.long
def test_every_operation_of_the_sdk_is_answered_and_the_page_says_so(mockdreams: MockDreams) -> None:
    found = ask(mockdreams)
    assert [call for calls in found.values() for call, answered in calls.items() if not answered] == []
    shown = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip().splitlines() == list(table(found))


@pytest.mark.off_schema
@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.long
def test_one_that_is_not_answered_is_counted(mockdreams: MockDreams, status: int) -> None:
    refusal = {"type": "error", "error": {"type": "not_found_error", "message": "Not found"}, "request_id": "req_1"}
    mockdreams.faults.add("GET /v1/dreams", status=status, body=refusal)
    found = ask(mockdreams)
    assert [call for call, answered in found["dreams"].items() if not answered] == ["GET /v1/dreams"]
    assert "| dreams | 5 | 4 |" in table(found)
