"""Values go through a pipe in small pieces, and are what they were."""

import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pickletools import genops
from typing import Any

import pytest

from mockdreams import transfer
from mockdreams.transfer import FEW, LONG_TEXT
from mockdreams.wire.agents import CreateAgent
from mockdreams.world.sessions.scripts import SessionScript
from tests.support.deep import one_in

TOOL = {
    "type": "custom",
    "name": "large",
    "description": "d" * 3 * LONG_TEXT,
    "input_schema": {"type": "object", "title": "T", "properties": {f"p{n}": {"enum": [n, {}]} for n in range(3_000)}},
}


def tree(depth: int) -> list[Any]:
    """Seven lists in each of seven, and so on. No two are one object, which would be sent once."""
    return [tree(depth - 1) for _ in range(7)] if depth else [depth]


VALUES: dict[str, Any] = {
    "nothing": None,
    "a list": list(range(10_000)),
    "a tuple": tuple(range(10_000)),
    "a dictionary": {f"k{n}": n for n in range(10_000)},
    "a text": "a\u00e4\u20ac\U0001f600" * 100_000,
    "half a character": "\ud83d" * 100_000,
    "bytes": b"a" * 1_000_000,
    "empty ones": [[], {}, (), "", [[]] * 3_000, [{}] * 3_000],
    "a wide tree": tree(5),
    "a deep tree": [{"a": [0] * 60, "b": {f"k{n}": [n] * 60 for n in range(60)}}] * 60,
    "times": [datetime(2026, 1, 1, tzinfo=UTC)] * 3_000,
    "an agent": CreateAgent.model_validate({"name": "a", "model": "claude-opus-4-8", "tools": [TOOL] * 3}),
    "a script": SessionScript.model_validate({"turns": [["a"] * 3_000, ["b"]] * 9, "verdicts": ["failed"] * 99}),
}


def pieces(file: BytesIO) -> Iterator[tuple[int, int]]:
    """The bytes of each pickle that was written, and the steps in which it is read."""
    while (start := file.tell()) < len(file.getbuffer()):
        steps = sum(1 for _ in genops(file))
        yield file.tell() - start, steps


@pytest.mark.parametrize("name", one_in(2, VALUES))
def test_what_comes_is_what_was_sent(name: str) -> None:
    value = VALUES[name]
    file = BytesIO()
    transfer.dump(value, file)
    transfer.dump("the next", file)
    file.seek(0)
    came = transfer.load(file)
    assert came == value
    assert type(came) is type(value)
    assert transfer.load(file) == "the next"


@pytest.mark.long
def test_it_is_known_which_fields_were_given() -> None:
    file = BytesIO()
    transfer.dump(VALUES["a script"], file)
    file.seek(0)
    assert transfer.load(file).model_fields_set == {"turns", "verdicts"}


@pytest.mark.parametrize("name", one_in(2, VALUES))
def test_no_piece_is_large(name: str) -> None:
    file = BytesIO()
    transfer.dump(VALUES[name], file)
    file.seek(0)
    for size, steps in pieces(file):
        assert size < 4 * LONG_TEXT + 100 * FEW
        assert steps < 5 * FEW


@pytest.mark.skipif(sys.gettrace() is not None, reason="where each line is watched, no text grows in its place")
def test_a_long_text_grows_where_it_lies() -> None:
    """It is never there twice, as it would be while it is copied."""
    file = BytesIO()
    transfer.dump({"text": "a" * 200 * LONG_TEXT}, file)
    file.seek(0)
    tracemalloc.start()
    try:
        assert len(transfer.load(file)["text"]) == 200 * LONG_TEXT
        assert tracemalloc.get_traced_memory()[1] < 210 * LONG_TEXT
    finally:
        tracemalloc.stop()
