"""An open stream of a replay, read in the background while the replay goes on."""

from contextlib import ExitStack, suppress
from threading import Condition, Thread
from typing import Any

import httpx2

from mockdreams.contract.client.answers import RuleViolation
from mockdreams.contract.client.event_stream import SseFrame, StreamTimeout
from mockdreams.contract.client.target import Target

HOUR = 3600.0


class StreamReader:
    """A stream from its opening until `close`. Raises BrokenError where the target does not stream."""

    def __init__(self, target: Target, path: str, query: Any, headers: dict[str, str | None]) -> None:
        self._stack = ExitStack()
        self._stream = self._stack.enter_context(target.stream(path, query=query, seconds=HOUR, headers=headers))
        self.headers = self._stream.headers
        self.frames: list[SseFrame] = []
        self.ended = False
        self._missed = 0
        self._news = Condition()
        self._reader = Thread(target=self._read, name="mockdreams stream", daemon=True)
        self._reader.start()

    def wait(self, count: int, silence: float) -> None:
        """Wait for so many events, or for the end, or for so many seconds in which nothing comes.

        What did not come in one wait is not waited for in the next.
        """
        with self._news:
            while (seen := len(self.frames)) < count - self._missed and not self.ended:
                if not self._news.wait_for(lambda seen=seen: len(self.frames) > seen or self.ended, silence):  # type: ignore[misc]
                    self._missed = count - seen

    def wait_for_end(self, silence: float) -> bool:
        with self._news:
            return self._news.wait_for(lambda: self.ended, silence)

    def close(self) -> None:
        self._stream.close()
        self._reader.join()
        self._stack.close()

    def _read(self) -> None:
        with suppress(httpx2.HTTPError, StreamTimeout, RuleViolation):
            for frame in self._stream.frames():
                with self._news:
                    self.frames.append(frame)
                    self._news.notify_all()
        with self._news:
            self.ended = True
            self._news.notify_all()
