"""Values through a pipe, a few at a time: to pickle or to read thousands at a stroke holds the interpreter for as long.

What is large in a value, a collection, a text or bytes, is sent before it, piece by piece; a number stands for it.
"""

import pickle
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from itertools import islice
from typing import IO, Any

from mockdreams.freeing import AT_A_STROKE

LONG_TEXT = 64 * 1024
"""Characters, or bytes, of one piece."""
FEW = 1_000
"""Objects of one piece, before any collection that comes is sent apart."""
_MMAP_THRESHOLD = -3
"""Its number for glibc's `mallopt`."""


def dump(value: Any, file: IO[bytes]) -> None:
    """Write a value, for `load`."""
    _Sending(file).send((0, value))


def load(file: IO[bytes]) -> Any:
    """The value that `dump` wrote. Raises EOFError, OSError and pickle.PickleError where there is none."""
    made: dict[int, Any] = {}
    while True:
        number, piece = _Unpickler(file, made).load()
        if not number:
            return piece
        _add(made, number, piece)


@cache
def _let_texts_grow() -> None:
    """Let glibc enlarge what is large by mapping it elsewhere, which copies nothing.

    Once something as large was freed, it would take such from its heap, where whatever lies after it is in the way.
    """
    import ctypes  # few servers read so long a text

    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 8 * LONG_TEXT)


def _add(made: dict[int, Any], number: int, piece: Any) -> None:
    """One piece more. A text that nobody else holds grows where it lies, and nothing of it is copied."""
    whole = made.pop(number, None)
    if whole is None:
        whole = piece
    elif isinstance(whole, str):
        _let_texts_grow()
        whole += piece
    elif isinstance(whole, list):
        whole.extend(piece)
    else:
        whole.update(piece)
    made[number] = whole


class _Sending:
    """One value on its way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._apart = 0

    def send(self, piece: tuple[int, Any]) -> None:
        """Write a piece, after what is large in it."""
        written = BytesIO()
        _Pickler(written, self).dump(piece)
        self._file.write(written.getbuffer())

    def send_apart(self, value: Any) -> tuple[int, type]:
        """Write what is large piece by piece; the number that stands for it, and what it is."""
        self._apart += 1
        number = self._apart
        for piece in _pieces(value):
            self.send((number, piece))
        return number, type(value)


class _Pickler(pickle.Pickler):
    """Pickles one piece, and has what is large in it sent before."""

    def __init__(self, file: IO[bytes], sending: _Sending) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._sending = sending
        self._objects = 0

    def persistent_id(self, value: Any) -> tuple[int, type] | None:
        self._objects += 1
        kind = type(value)
        if kind in (str, bytes):
            return self._sending.send_apart(value) if len(value) > LONG_TEXT else None
        if kind in (list, dict, tuple) and len(value) > AT_A_STROKE:
            return self._sending.send_apart(value)
        return self._sending.send_apart(value) if kind in (list, dict) and value and self._objects > FEW else None


class _Unpickler(pickle.Unpickler):
    """Reads one piece; what was sent before it has been `made`."""

    def __init__(self, file: IO[bytes], made: dict[int, Any]) -> None:
        super().__init__(file)
        self._made = made

    def persistent_load(self, pid: tuple[int, type]) -> Any:
        number, kind = pid
        whole = self._made.pop(number)
        return b"".join(whole) if kind is bytes else tuple(whole) if kind is tuple else whole


def _pieces(value: Any) -> Iterator[Any]:
    """A list for each few items of a list or a tuple, a dictionary for each few pairs, a part of a text or of bytes."""
    if isinstance(value, str | bytes):
        for start in range(0, len(value), LONG_TEXT):
            part = value[start : start + LONG_TEXT]
            yield part if isinstance(part, str) else [part]
    elif isinstance(value, dict):
        pairs = iter(value.items())
        while some := dict(islice(pairs, AT_A_STROKE)):
            yield some
    else:
        for start in range(0, len(value), AT_A_STROKE):
            yield list(value[start : start + AT_A_STROKE])
