"""A process for what would hold up everybody else: functions of ours that are asked there instead of here.

Some calls hold the interpreter for as long as they last, and a thread that thinks for seconds wants it all the time.
`python -m mockdreams.side_process` is such a process. It is sent functions of ours and what to call them with, and
answers with what each returned or refused. What is large goes through its pipes piece by piece.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import chain
from threading import Lock
from typing import IO, Any, TypeVar

from mockdreams.wire.errors import ServiceError

A = TypeVar("A")


class NoAnswerError(Exception):
    """The process cannot tell: it ended, or the function failed in it."""


class SideProcess:
    """The process, which is started when it is first needed, and anew after it ended."""

    def __init__(self, *, niceness: int = 0) -> None:
        """`niceness`: how many steps it gives way to others."""
        self._niceness = niceness
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, function: Callable[..., A], *arguments: Any) -> A:
        """What `function(*arguments)` returns there. Raises the ServiceError that it raises, and NoAnswerError."""
        [[answer]] = self.ask_in_parts(_boxed, function, arguments)
        returned: A = answer
        return returned

    def ask_in_parts(self, function: Callable[..., Iterable[A]], *arguments: Any, parts: Iterable[Any] = ()) -> list[A]:
        """All that `function(*arguments, [*parts])` gives there. Raises as `ask` does.

        The parts go one by one, and so does what is given; none is None. To pickle thousands of objects at a stroke, or
        to read them, holds the interpreter for as long.
        """
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self.close()
                self._process = _start(self._niceness)
            try:
                outcome, *answers = _ask(self._process, (function, arguments), parts)
            except BaseException as broken:
                self.close()  # half an order may be on the way
                if isinstance(broken, OSError | EOFError | pickle.PickleError):
                    raise NoAnswerError from None
                raise
        if outcome == "refused":
            raise answers[0]
        if outcome == "failed":
            raise NoAnswerError
        return answers

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            with suppress(OSError):
                self._process.communicate()


def _start(niceness: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", __name__, str(niceness)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


def _ask(process: "subprocess.Popen[bytes]", order: tuple[Any, ...], parts: Iterable[Any]) -> list[Any]:
    """What became of it, and what it gave."""
    assert process.stdin is not None
    assert process.stdout is not None
    _send(process.stdin, chain((order,), parts))
    return _received(process.stdout)


def _send(to: IO[bytes], parts: Iterable[Any]) -> None:
    for part in chain(parts, (None,)):
        pickle.dump(part, to)
    to.flush()


def _received(source: IO[bytes]) -> list[Any]:
    return list(iter(partial(pickle.load, source), None))


def _boxed(function: Callable[..., A], arguments: tuple[Any, ...], parts: list[Any]) -> list[list[A]]:
    return [[function(*arguments)]]


def _outcome(function: Callable[..., Iterable[Any]], arguments: tuple[Any, ...], parts: list[Any]) -> list[Any]:
    try:
        return ["returned", *function(*arguments, parts)]
    except ServiceError as refused:
        return ["refused", refused]
    except Exception:
        return ["failed"]


def main(niceness: int) -> None:
    if hasattr(os, "nice"):
        os.nice(niceness)
    while True:
        try:
            (function, arguments), *parts = _received(sys.stdin.buffer)
        except EOFError:
            return
        _send(sys.stdout.buffer, _outcome(function, arguments, parts))


if __name__ == "__main__":
    main(int(sys.argv[1]))
