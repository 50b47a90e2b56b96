"""Staying under the service's rate limits."""

import time
from collections import deque
from collections.abc import Callable

PER_MINUTE = {"create": 280, "read": 1100}
"""The documented limits are 300 and 1,200; others may be using the workspace too."""
MINUTE = 60.0


class Throttle:
    """Waits before a call that would be one too many within a minute."""

    def __init__(
        self, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._calls: dict[str, deque[float]] = {kind: deque() for kind in PER_MINUTE}

    def rest(self, seconds: float) -> None:
        """Wait as long as the service asks for."""
        self._sleep(seconds)

    def wait(self, method: str) -> None:
        kind = "read" if method == "GET" else "create"
        calls = self._calls[kind]
        if len(calls) == PER_MINUTE[kind]:
            rest = calls.popleft() + MINUTE - self._clock()
            if rest > 0:
                self._sleep(rest)
        calls.append(self._clock())
