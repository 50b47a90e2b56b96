"""`mock.requests`: what was asked of a world and answered."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockdreams.harness.backend import Backend
from mockdreams.harness.control_errors import control
from mockdreams.http.journal import Exchange
from mockdreams.secrets import mask_json

POLL_SECONDS = 0.01
"""Wall seconds between two looks of who waits for a call."""


class RequestLog:
    """What was asked and answered, oldest first: `mock.requests`."""

    def __init__(self, backend: Backend, story: Callable[[], str]) -> None:
        self._backend = backend
        self._story = story

    def __iter__(self) -> Iterator[Exchange]:
        """The exchanges, each an `Exchange`."""
        return iter(self._backend.exchanges())

    def __len__(self) -> int:
        """How many there were."""
        return len(self._backend.exchanges())

    def __bool__(self) -> bool:
        return len(self) > 0

    def __getitem__(self, index: int) -> Exchange:
        """One of them; `[-1]` is the last."""
        return self._backend.exchanges()[index]

    @control
    def select(self, match: str | None = None, status: int | None = None) -> list[Exchange]:
        """The exchanges of calls that match `"METHOD /path/with/*"`, or that were answered with `status`."""
        return self._backend.exchanges(match, status)

    @control
    def count(self, match: str | None = None, status: int | None = None) -> int:
        """How many exchanges `select` finds."""
        return len(self.select(match, status))

    def clear(self) -> None:
        """Forget them."""
        self._backend.delete("requests")

    @control
    def assert_called(
        self, match: str, *, times: int | None = None, status: int | None = None, body: Mapping[str, Any] | None = None
    ) -> Exchange:
        """The last of the matching calls, whose body had at least the keys and values of `body`.

        Raises AssertionError, which says what came instead, if there is none, or not exactly `times`.
        """
        called, wanted = self.select(match, status), None if body is None else mask_json(body)
        fitting = [exchange for exchange in called if _is_subset(wanted, exchange.body)]
        if (times is None and fitting) or (times is not None and len(fitting) == times and fitting):
            return fitting[-1]
        if times == 0 and not fitting:
            raise ValueError("use assert_not_called for a call that must not have come")
        raise self._failure(self._failure_message(match, times, status, wanted, called, len(fitting)))

    @control
    def assert_not_called(self, match: str, *, status: int | None = None) -> None:
        """Raises AssertionError if a matching call came."""
        called = self.select(match, status)
        if called:
            from mockdreams.http.report import fold

            lines = "\n".join(f"  {line}" for line in fold([str(exchange) for exchange in called]))
            raise AssertionError(f"expected no {match}, but it came {len(called)} times:\n{lines}")

    @control
    def wait_for(self, match: str, *, times: int = 1, status: int | None = None, timeout: float = 30) -> Exchange:
        """Wait until matching calls have come `times` times, from code that runs beside the test; the last of them.

        Raises TimeoutError, which says what came instead, after so many wall seconds, also where sleeps are virtual.
        """
        from mockdreams.world.core.real_functions import real_monotonic, real_sleep

        end = real_monotonic() + timeout
        while len(called := self.select(match, status)) < times:
            if real_monotonic() >= end:
                message = self._failure_message(match, times, status, None, called, len(called))
                raise TimeoutError(f"{message}\n\n{self._story()}")
            real_sleep(POLL_SECONDS)
        return called[-1]

    def __repr__(self) -> str:
        return f"<requests: {len(self)}>"

    def _failure(self, message: str) -> AssertionError:
        """An error that tells the story of the world, and says so, lest it be told twice."""
        story = self._story()
        failure = AssertionError(f"{message}\n\n{story}")
        failure.mockdreams_report = story  # type: ignore[attr-defined]
        return failure

    def _failure_message(
        self,
        match: str,
        times: int | None,
        status: int | None,
        body: Mapping[str, Any] | None,
        called: list[Exchange],
        fitting: int,
    ) -> str:
        from mockdreams.http.report import nearest

        wanted = f"expected {match}" + (f" {times} times" if times is not None else "")
        wanted += f" answered with {status}" if status is not None else ""
        wanted += f" with a body that has {dict(body)}" if body is not None else ""
        came = f"it came {fitting} times" if fitting else "it never came"
        lines = [f"{wanted}, but {came}."]
        if body is not None and called:
            lines.append(f"The nearest body was {called[-1].body}.")
        elif not called:
            near = nearest(match, [exchange.call for exchange in self])
            lines.append(f"The nearest call was {near}." if near else "Nothing was called at all.")
        return "\n".join(lines)


def _is_subset(wanted: Mapping[str, Any] | None, body: Any) -> bool:
    if wanted is None:
        return True
    return isinstance(body, dict) and all(key in body and body[key] == value for key, value in wanted.items())
