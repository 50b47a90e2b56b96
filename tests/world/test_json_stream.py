"""JSON in small pieces is the JSON that Python's own parser reads and its own writer writes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockdreams.world.state.json_stream import WINDOW, dump, parse
from tests.support.machines import depth

long_texts = st.sampled_from(["x" * WINDOW, "é" * (WINDOW // 2), '"\\\n\u2028😀' * 1000])
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text() | long_texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=50)


@depth(10)
@given(values, st.sampled_from([1, 2, 7]), st.sampled_from([None, 1]))
def test_what_comes_in_any_chunks_is_read(value: Any, size: int, indent: int | None) -> None:
    written = json.dumps(value, ensure_ascii=False, indent=indent).encode()
    size *= 1 + len(written) // 5000
    assert parse(written[at : at + size] for at in range(0, len(written), size)) == value


@depth(10)
@given(values)
def test_what_is_written_is_what_python_writes(value: Any) -> None:
    assert b"".join(dump(value)) == json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.long
def test_a_long_document_is_written_in_many_chunks() -> None:
    chunks = dump([{"text": "x" * 100}] * 10_000)
    assert len(chunks) == 70
    assert max(map(len, chunks)) < WINDOW + 200


def test_a_long_text_is_written_in_many_chunks_too() -> None:
    text = 'a "quoted"\n\\ \u00e4\U0001f600\ud83d' * 10_000
    chunks = dump({"text": text, "texts": {text: [text, "x"]}})
    assert b"".join(chunks) == json.dumps({"text": text, "texts": {text: [text, "x"]}}, ensure_ascii=False).encode(
        errors="backslashreplace"
    )


NO_JSON = [b"", b" ", b"{", b"[1", b'{"a"', b'{"a":}', b'{"a":1,}', b"[1,]", b"[1 2]", b"nul", b'"abc', b"{}{}", b"-"]
NO_JSON += [b"{a:1}", b"\xff", b'"\xe2\x82', b'"\n"', b"9" * 5000]


@pytest.mark.parametrize("written", NO_JSON)
@pytest.mark.parametrize("size", [1, 10_000])
def test_what_is_no_json_is_refused(written: bytes, size: int) -> None:
    with pytest.raises(ValueError, match=r"not valid JSON|after the end|can't decode|unexpected end|integer string"):
        parse(written[at : at + size] for at in range(0, len(written), size))


def test_what_is_too_deep_is_refused() -> None:
    with pytest.raises(RecursionError):
        parse([b"[" * 100_000])
