"""Who polls or streams something live in vain, because a manual clock stands still."""

from collections import Counter
from datetime import datetime

from mockdreams.world.core.real_functions import real_monotonic

POLLS = 3
"""How often something live is asked for, with no time passing, before somebody is told so."""
SLOW_SECONDS = 1
"""Wall seconds between two polls under `auto` that were slept for nothing."""


class PollWatcher:
    """Who waits for something live, by asking again and again or by a stream, while a manual clock stands still."""

    def __init__(self) -> None:
        self._now: datetime | None = None
        self._done = Counter[str]()
        self._polled: tuple[str, float] | None = None
        self._told_slow = False

    def poll(self, what: str) -> str | None:
        """Note that `what` was asked for under `auto`; a hint, once, for sleeps that wait in wall time."""
        before, now = self._polled, real_monotonic()
        self._polled = what, now
        if self._told_slow or before is None or before[0] != what or now - before[1] < SLOW_SECONDS:
            return None
        self._told_slow = True
        return f"{what} was asked for again after {now - before[1]:.0f} s of wall time: virtual_sleep=True saves them"

    def ask(self, what: str, now: datetime) -> str | None:
        """Note that `what` was asked for; a hint for the one who asks in vain, once."""
        return self._hint(f"{what} was asked for {POLLS} times", now, POLLS)

    def stream(self, what: str, now: datetime) -> str | None:
        """Note that `what` is streamed; a hint at once, for a stream waits by itself."""
        return self._hint(f"{what} is streamed", now, 1)

    def _hint(self, done: str, now: datetime, times: int) -> str | None:
        if now != self._now:
            self._now, self._done = now, Counter()
        self._done[done] += 1
        if self._done[done] != times:
            return None
        return f'{done} while the clock stands still: call clock.advance(...), or use clock="auto"'
