"""Long texts taken apart a piece at a time.

A call that takes all of a long text apart, and the list that it makes, hold up every other thread.
"""

import re
from collections.abc import Iterator
from itertools import chain

PIECE = 10_000
"""Characters."""
_LINE_END = re.compile(r"[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\n?")
_SPACE = re.compile(r"\s")


def lines_of(text: str, *, keepends: bool = False) -> Iterator[str]:
    """What `splitlines` finds."""
    if len(text) <= PIECE:
        return iter(text.splitlines(keepends))
    return chain.from_iterable(piece.splitlines(keepends=keepends) for piece in _pieces(text, _LINE_END))


def chunks_of(text: str) -> Iterator[str]:
    """The runs of characters without spaces: what `split` finds."""
    return chain.from_iterable(piece.split() for piece in _pieces(text, _SPACE))


def _pieces(text: str, end: re.Pattern[str]) -> Iterator[str]:
    """A text cut at some of its ends."""
    start = 0
    while start < len(text):
        found = end.search(text, start + PIECE)
        until = found.end() if found else len(text)
        yield text[start:until]
        start = until
