"""Long texts are read a piece at a time, as if at once; and of a message so much as may be said by anybody."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockdreams.dreaming import long_texts
from mockdreams.dreaming.languages import EXACT
from mockdreams.dreaming.long_texts import chunks_of, lines_of
from mockdreams.dreaming.markdown import blocks
from mockdreams.dreaming.normalize import normalize
from mockdreams.dreaming.statements import READ_LENGTH
from tests.support.deep import deep
from tests.support.dreaming import inputs, store_after, talk
from tests.support.machines import depth

SPACES = "ab \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029\u3000"
WISH = "Please always use tabs."


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(long_texts, "PIECE", 3)
        yield


@pytest.mark.long
def test_the_pieces_hold_the_same() -> None:
    @given(st.text(SPACES))
    @depth(100)
    def check(text: str) -> None:
        assert [*chunks_of(text)] == text.split()
        assert [*lines_of(text)] == text.splitlines()
        assert [*lines_of(text, keepends=True)] == text.splitlines(keepends=True)

    check()


class Long(str):
    """What holds up others while it is taken apart at once; a slice of it may be."""

    def split(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("taken apart at once")

    splitlines = split


@pytest.mark.long
def test_no_long_text_is_taken_apart_at_once() -> None:
    for text in ("- a" * 30_000, "a b\n" * 20_000):
        assert [block.raw for block in blocks(Long(text))] == [block.raw for block in blocks(text)]
        assert normalize(Long(text)).tokens == normalize(text).tokens


@pytest.mark.parametrize("language", ["en", "de", EXACT])
def test_a_long_text_says_what_its_words_say(language: str) -> None:
    text = "we use tabs and not spaces on Friday "
    assert normalize(text * 60, language).tokens == normalize(text * 20, language).tokens * 3


@pytest.mark.parametrize("pasted", [deep("x = 1\n"), deep("aaaa "), "a"])
def test_a_message_is_read_as_far_as_somebody_may_have_said_it(pasted: str) -> None:
    filler = pasted * (READ_LENGTH // len(pasted) - len(WISH))
    for said, learned in (
        (f"{WISH}\n{filler}{filler}", True),
        (f"{filler}\n{WISH}", True),
        (f"{filler}{filler}\n{WISH}", False),
    ):
        store = store_after(inputs(sessions=[talk(1, said)]))
        assert ("use tabs" in store.get("/insights.md", "")) == learned
