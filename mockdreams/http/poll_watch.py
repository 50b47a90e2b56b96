"""Who polls or streams something live in vain, because a manual clock stands still."""

from collections import Counter
from datetime import datetime

POLLS = 20
"""How often something live is asked for, with no time passing, before somebody is told so."""


class Vigil:
    """Who waits for something live, by asking again and again or by a stream, while a manual clock stands still."""

    def __init__(self) -> None:
        self._now: datetime | None = None
        self._done = Counter[str]()

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
