"""A process for what would hold up everybody else: functions of ours that are asked there instead of here.

Some calls hold the interpreter for as long as they last, and a thread that thinks for seconds wants it all the time.
`python -m mockdreams.side_process` is such a process. It is sent functions of ours and what to call them with, and
answers with what each returned or refused. What is large goes through its pipes a few objects at a time.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any, Literal, TypeAlias, TypeVar

from mockdreams import transfer
from mockdreams.wire.errors import ServiceError

A = TypeVar("A")
Outcome: TypeAlias = Literal["returned", "refused", "failed"]


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
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self.close()
                self._process = _start(self._niceness)
            try:
                outcome, answer = _ask(self._process, (function, arguments))
            except BaseException as broken:
                self.close()  # half an order may be on the way
                if isinstance(broken, OSError | EOFError | pickle.PickleError):
                    raise NoAnswerError from None
                raise
        if outcome == "refused":
            raise answer
        if outcome == "failed":
            raise NoAnswerError
        returned: A = answer
        return returned

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            with suppress(OSError):
                self._process.communicate()


def _start(niceness: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", __name__, str(niceness)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


def _ask(process: "subprocess.Popen[bytes]", order: tuple[Any, ...]) -> tuple[Outcome, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    transfer.dump(order, process.stdin)
    process.stdin.flush()
    answer: tuple[Outcome, Any] = transfer.load(process.stdout)
    return answer


def _outcome(function: Callable[..., Any], *arguments: Any) -> tuple[Outcome, Any]:
    try:
        return "returned", function(*arguments)
    except ServiceError as refused:
        return "refused", refused
    except Exception:
        return "failed", None


def main(niceness: int) -> None:
    if hasattr(os, "nice"):
        os.nice(niceness)
    while True:
        try:
            function, arguments = transfer.load(sys.stdin.buffer)
        except EOFError:
            return
        transfer.dump(_outcome(function, *arguments), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
