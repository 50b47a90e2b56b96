"""Large bodies are checked in a process of their own, so that nobody waits for one that is refused.

Reading JSON and finding what is wrong with it are calls that hold the interpreter for as long as they last: tenths of a
second for what a body may hold. `mockdreams serve` starts the process with the first large body; where there is none,
as in the process of a test, bodies are read where they are.

`python -m mockdreams.http.body_process` is that process. It is sent functions of ours and bodies, and answers with what
each function refused.
"""

import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

from mockdreams.wire.errors import ServiceError

LARGE_BYTES = 64 * 1024
MANY_ITEMS = 500
"""Each that is wrong takes 5 µs: so many may be read where they are, and take as long as a large body that is right."""


class BodyProcess:
    """The process, which is started when it is first needed, and anew after it ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def refusal(self, read: Callable[[bytes], Any], body: bytes) -> ServiceError | None:
        """What `read(body)` raises; None too where the process cannot tell."""
        with self._lock, suppress(OSError, EOFError, pickle.PickleError):
            if self._process is None or self._process.poll() is not None:
                self.close()
                self._process = _start()
            return _ask(self._process, read, body)
        return None

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            with suppress(OSError):
                self._process.communicate()


_process: BodyProcess | None = None


def use_process(process: BodyProcess | None) -> None:
    """From now on, check large bodies there; None: where they are."""
    global _process
    _process = process


def is_large(body: bytes) -> bool:
    """Whether a body may take long to read, by its size or by how much is in it."""
    return len(body) > LARGE_BYTES or (body.count(b",") > MANY_ITEMS and has_items(body, MANY_ITEMS))


def commas(body: bytes) -> int:
    """How many there are, counted piece by piece: others have their turn."""
    if len(body) <= LARGE_BYTES:
        return body.count(b",")
    return sum(body.count(b",", start, start + LARGE_BYTES) for start in range(0, len(body), LARGE_BYTES))


def has_items(body: bytes, count: int) -> bool:
    """Whether there are so many commas outside of texts, or so many texts that there must be."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if plain.count(b'"') > 4 * count:  # an item has two texts at most
        return True
    return sum(part.count(b",") for part in plain.split(b'"')[::2]) >= count


def check_elsewhere(read: Callable[[bytes], Any], body: bytes) -> None:
    """Raise what `read(body)` would, a ServiceError, for a large body, if there is a process for it."""
    if _process is not None and is_large(body):
        refused = _process.refusal(read, body)
        if refused is not None:
            raise refused


def _start() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", __name__]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


def _ask(process: "subprocess.Popen[bytes]", read: Callable[[bytes], Any], body: bytes) -> ServiceError | None:
    assert process.stdin is not None
    assert process.stdout is not None
    order = pickle.dumps((read, len(body)))
    process.stdin.write(order)
    process.stdin.write(body)
    process.stdin.flush()
    refused: dict[str, Any] | None = pickle.load(process.stdout)
    return None if refused is None else ServiceError(**refused.pop("fields"), **refused)


def _refusal(read: Callable[[bytes], Any], body: bytes) -> dict[str, Any] | None:
    try:
        read(body)
    except ServiceError as refused:
        return vars(refused)
    except Exception:  # it will be raised, and told, where the body is read next
        return None
    return None


def main() -> None:
    while True:
        try:
            read, size = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(_refusal(read, sys.stdin.buffer.read(size)), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
