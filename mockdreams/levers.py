"""The levers of a handle: faults, dream scripts and the journal, in the words of the control API."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

from mockdreams.dreaming.plan import Dreamer
from mockdreams.http.faults import Fault
from mockdreams.http.journal import Exchange
from mockdreams.http.places import Place
from mockdreams.world.scripts import DreamScript
from mockdreams.world.session_scripts import SessionScript
from mockdreams.world.stories import nearest


class FaultLever:
    """Outages to come: `mock.faults`."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def add(self, match: str, **fields: Any) -> None:
        """Let the next calls that match `"METHOD /path/with/*"` fail.

        One effect: `status` (400 to 599; with `body` and `headers` to override the service's), `latency` (wall
        seconds), `drop` ("before" or "during"), `cut_after_events`, `stall_after_events`. And when: `times` (1),
        `after` (0 calls let through first), `probability` with `seed`. Raises ValueError for anything else.
        """
        with self._place.world.lock:
            self._place.faults.add(Fault(match=match, **fields))

    def clear(self) -> None:
        with self._place.world.lock:
            self._place.faults.clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The faults that are left, each with how often it has struck."""
        return iter(self._place.faults.state())


class DreamLever:
    """What becomes of the next dreams: `mock.dreams`."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def script(self, *, dreamer: Dreamer | None = None, **fields: Any) -> None:
        """Tell the next dream what to do.

        For which: `match` (a dict of `memory_store_id`, `model`, and `instructions`, a part of them), `times` (1).
        What: `duration` (virtual seconds from creation to end), `write` {path: content}, `delete` [path], `say`
        [text], `usage` {field: tokens}, or a `dreamer`, a function from `DreamInputs` to steps. Then `fail` (an
        `error.type`, with `message`, `at` 0 to 1 of the run), or `hang` ("pending" or "running"), or success.
        Raises ValueError for anything else.
        """
        with self._place.world.lock:
            self._place.world.dreams.scripts.add(DreamScript.model_validate(fields), dreamer)

    def cost(self, dream_id: str) -> Decimal | None:
        """US dollars for what a dream has used so far, at list price (`mock.policy.list_prices`).

        None for a model that has no list price. Raises LookupError for an unknown dream.
        """
        with self._place.world.lock:
            if dream_id not in self._place.world.dreams.table:
                raise LookupError(f"no dream {dream_id!r}")
            return self._place.world.dreams.cost(dream_id)

    def clear(self) -> None:
        """Forget the scripts that no dream has taken."""
        with self._place.world.lock:
            self._place.world.dreams.scripts.clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The scripts that are waiting."""
        with self._place.world.lock:
            return iter(self._place.world.dreams.scripts.state())


class SessionLever:
    """What becomes of the next turns of sessions: `mock.sessions`."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def script(self, turns: Iterable[Any] = (), *, session_id: str | None = None, **fields: Any) -> None:
        """Tell a session what to do in its next turns: `session_id`, or the next that begins a turn.

        A turn is a list of acts, or a single one. An act is a text to say, or a dict with one of `say`, `think`,
        `tool`, `mcp_tool`, `custom_tool`, `error`, `slow`, `spend`, `refuse`, `terminate`, `delegate`. Further:
        `verdicts` of the grader, `match` (a dict of `session_id`, `agent_id`, `memory_store_id`, and `message`, a
        part of it), `times` (1). Raises ValueError for anything else.
        """
        match = {**fields.pop("match", {}), **({"session_id": session_id} if session_id else {})}
        with self._place.world.lock:
            script = SessionScript.model_validate({"turns": list(turns), "match": match, **fields})
            self._place.world.session_scripts.add(script)

    def clear(self) -> None:
        """Forget the scripts that no session has taken."""
        with self._place.world.lock:
            self._place.world.session_scripts.clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The scripts that are waiting."""
        return iter(self._place.world.session_scripts.state())


class Journal(Protocol):
    """Where the exchanges of a world are kept."""

    def __iter__(self) -> Iterator[Exchange]: ...

    def __len__(self) -> int: ...

    def select(self, match: str | None = None, status: int | None = None) -> list[Exchange]: ...

    def clear(self) -> None: ...


class RequestLever:
    """What was asked and answered, oldest first: `mock.requests`."""

    def __init__(self, journal: Journal, story: Callable[[], str]) -> None:
        self._journal = journal
        self._story = story

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._journal)

    def __len__(self) -> int:
        return len(self._journal)

    def __getitem__(self, index: int) -> Exchange:
        return list(self)[index]

    def select(self, match: str | None = None, status: int | None = None) -> list[Exchange]:
        """The exchanges of calls that match `"METHOD /path/with/*"`, or that were answered with `status`."""
        return self._journal.select(match, status)

    def count(self, match: str | None = None, status: int | None = None) -> int:
        return len(self.select(match, status))

    def clear(self) -> None:
        self._journal.clear()

    def assert_called(
        self, match: str, *, times: int | None = None, status: int | None = None, body: Mapping[str, Any] | None = None
    ) -> Exchange:
        """The last of the matching calls, whose body had at least the keys and values of `body`.

        Raises AssertionError, which says what came instead, if there is none, or not exactly `times`.
        """
        called = self.select(match, status)
        fitting = [exchange for exchange in called if _has(exchange.body, body)]
        if (times is None and fitting) or (times is not None and len(fitting) == times and fitting):
            return fitting[-1]
        if times == 0 and not fitting:
            raise ValueError("use assert_not_called for a call that must not have come")
        raise AssertionError(self._complaint(match, times, status, body, called, len(fitting)))

    def assert_not_called(self, match: str, *, status: int | None = None) -> None:
        """Raises AssertionError if a matching call came."""
        called = self.select(match, status)
        if called:
            lines = "\n".join(f"  {exchange}" for exchange in called)
            raise AssertionError(f"expected no {match}, but it came {len(called)} times:\n{lines}")

    def _complaint(
        self,
        match: str,
        times: int | None,
        status: int | None,
        body: Mapping[str, Any] | None,
        called: list[Exchange],
        fitting: int,
    ) -> str:
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
        return "\n".join([*lines, "", self._story()])


def _has(body: Any, wanted: Mapping[str, Any] | None) -> bool:
    if wanted is None:
        return True
    return isinstance(body, dict) and all(key in body and body[key] == value for key, value in wanted.items())
