"""What is large is written as JSON in small pieces, which are together what Pydantic writes."""

from typing import Any

import pytest
from pydantic_core import to_json

from mockdreams.wire.environments import Environment
from mockdreams.wire.events import CustomToolUse, SessionUpdated, UserMessage
from mockdreams.wire.telling import LONG_TEXT, MUCH, in_pieces
from mockdreams.wire.tools import CustomTool

LONG = 'a"\\\n\t\x01\u00e9\u2028\U0001f600' * 60_000
AT = "2026-01-01T00:00:00Z"
ENVIRONMENT: dict[str, Any] = {"id": "e", "name": "n", "created_at": AT, "updated_at": AT}
INPUT: dict[str, Any] = {f"k{number}": [number, {}, None, 1.5] for number in range(9_000)}
TOOL = {"type": "custom", "name": "t", "description": LONG}
SCHEMA = {"type": "object", "properties": INPUT, "title": "T", "x": [INPUT]}
VALUES: dict[str, Any] = {
    "a text": LONG,
    "a key": {LONG: [LONG], "b": {}},
    "many keys": INPUT,
    "items of each size": ["a", ["b"] * 5_000, LONG, [], {}, *"c" * 2_000, INPUT],
    "a wide tree": [[[[[n] * 9] * 9] * 9] * 9 for n in range(9)],
    "no required keys": CustomTool.model_validate({**TOOL, "input_schema": SCHEMA}),
    "a computed key": Environment.model_validate(
        {**ENVIRONMENT, "config": {"type": "cloud", "packages": {"pip": ["a"] * 9_000}}}
    ),
    "a call": CustomToolUse(id="a", name="t", input=INPUT),
    "a change": SessionUpdated(id="a", changes={"title": LONG, "metadata": {}}),
    "blocks": UserMessage.model_validate({"id": "a", "content": [{"type": "text", "text": "b"}] * 5_000}),
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.long
def test_it_is_what_pydantic_writes_in_small_pieces(value: Any) -> None:
    pieces = [*in_pieces(value)]
    assert b"".join(pieces) == to_json(value)
    assert max(map(len, pieces)) < 6 * LONG_TEXT
    assert max(piece.count(b",") for piece in pieces) <= MUCH


@pytest.mark.parametrize("value", [None, "a", [], {}, {"a": [1] * 200}, "b" * 60_000])
def test_what_is_small_is_one_piece(value: Any) -> None:
    assert [*in_pieces(value)] == [to_json(value)]
