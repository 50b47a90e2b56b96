"""How long a server's event loop was kept from its next callback, in CPU time, which other processes do not add to."""

import asyncio
import json
import sys
import time
from typing import NamedTuple

PERIOD = 0.001


class Held(NamedTuple):
    """Milliseconds, of which up to `PERIOD` are the beat's own: by any thread of the process, and by the loop's own."""

    longest: float
    by_loop: float


class Heartbeat:
    """Beats on the running event loop, from when it is first asked: each line on stdin is answered on stdout.

    A beat that is late was held by what the process did since the last one, or by other processes: the shorter of the
    delay and the CPU time that the process has taken is what it is itself to blame for. It is taken by a callback of
    the loop, or by another thread that did not let go of the interpreter.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._held: Held | None = None
        self._loop.add_reader(sys.stdin.fileno(), self._answer)

    def _answer(self) -> None:
        """Print the longest since the last line, as JSON."""
        if not sys.stdin.readline():
            self._loop.remove_reader(sys.stdin.fileno())
            return
        if self._held is None:
            self._schedule()
        print(json.dumps(self._held), flush=True)
        self._held = Held(0, 0)

    def _schedule(self) -> None:
        self._last = time.perf_counter(), time.process_time(), time.thread_time()
        self._loop.call_later(PERIOD, self._beat)

    def _beat(self) -> None:
        wall, process, loop = self._last
        late = (time.perf_counter() - wall) * 1e3
        taken, by_loop = (time.process_time() - process) * 1e3, (time.thread_time() - loop) * 1e3
        assert self._held is not None
        self._held = Held(max(self._held.longest, min(late, taken)), max(self._held.by_loop, min(late, by_loop)))
        self._schedule()
