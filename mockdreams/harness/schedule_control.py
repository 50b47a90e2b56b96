"""The control of schedules: `mock.schedules`."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal
from urllib.parse import quote

from mockdreams.harness.backend import Backend
from mockdreams.harness.control_errors import ControlError, control
from mockdreams.world.schedules.records import DreamSchedule, Mode, RunStatus, ScheduledDream


class Schedules:
    """Dreams that the world begins by itself. The service has nothing like it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @control
    def add(
        self,
        *,
        memory_store_id: str,
        every: float | None = None,
        cron: str | None = None,
        timezone: str | None = None,
        after_sessions: int | None = None,
        mode: Mode = "review",
        model: str | None = None,
        instructions: str | None = None,
        sessions: int = 100,
    ) -> DreamSchedule:
        """Dream of a memory store and the newest `sessions` (up to 100) again and again, until it is removed.

        When: `every` so many virtual seconds; by a `cron` expression of five fields and the wall clock of a `timezone`
        (UTC); or `after_sessions`, when so many have finished their work since the dream before. A dream is skipped
        where there are no sessions, or the one before still runs. In `mode` "automatic" what is completed is adopted;
        in "review" it waits for `approve` or `reject`. `model` and `instructions` are those of the dreams. Raises
        ControlError, a ValueError, for anything else.
        """
        fields = {
            "memory_store_id": memory_store_id,
            "every": every,
            "cron": cron,
            "timezone": timezone,
            "after_sessions": after_sessions,
            "mode": mode,
            "model": model,
            "instructions": instructions,
            "sessions": sessions,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return DreamSchedule.model_validate(self._backend.post("schedules", given))

    def __iter__(self) -> Iterator[DreamSchedule]:
        """The schedules, oldest first."""
        return map(DreamSchedule.model_validate, self._backend.get("schedules")["data"])

    @control
    def runs(self, status: RunStatus | None = None) -> list[ScheduledDream]:
        """The dreams that schedules began, oldest first, failures and conflicts too; or those of one status.

        "running"; "waiting" for a decision; "adopted"; "conflict", where not all could be adopted; "rejected";
        "failed"; "skipped". A run has its `dream_id`, what was `adopted`, the `conflicts`, and a `message` that says
        why it failed or was skipped.
        """
        return [
            ScheduledDream.model_validate(run) for run in self._backend.get("schedules/runs", status=status)["data"]
        ]

    @control
    def approve(self, run: ScheduledDream | str, only: Literal["all"] | Iterable[str] = "all") -> ScheduledDream:
        """Adopt a dream that waits, by its run or its id: all changes, or those at some paths.

        Also what was in conflict, once the store is as the dream found it. Raises LookupError for an unknown one, and
        ControlError for one that waits for no decision.
        """
        chosen = only if only == "all" else [only] if isinstance(only, str) else list(only)
        return self._decide(run, "approve", {"only": chosen})

    @control
    def reject(self, run: ScheduledDream | str) -> ScheduledDream:
        """Adopt nothing of a dream that waits, or nothing more of one in conflict. Raises as `approve`."""
        return self._decide(run, "reject")

    @control
    def remove(self, schedule: DreamSchedule | str) -> None:
        """Forget a schedule; the dreams that it began stay. Raises LookupError for an unknown one."""
        schedule_id = schedule if isinstance(schedule, str) else schedule.id
        try:
            self._backend.delete(f"schedules/{quote(schedule_id, safe='')}")
        except ControlError as refused:
            raise _absent(refused) from None

    def clear(self) -> None:
        """Forget all schedules; the dreams that they began stay."""
        self._backend.delete("schedules")

    def __repr__(self) -> str:
        return f"<schedules: {len(list(self))}, {len(self.runs('waiting'))} dreams waiting for a decision>"

    def _decide(self, run: ScheduledDream | str, decision: str, body: Any = None) -> ScheduledDream:
        run_id = run if isinstance(run, str) else run.id
        try:
            decided = self._backend.post(f"schedules/runs/{quote(run_id, safe='')}/{decision}", body)
        except ControlError as refused:
            raise _absent(refused) from None
        return ScheduledDream.model_validate(decided)


def _absent(refused: ControlError) -> Exception:
    return LookupError(str(refused)) if refused.status == 404 else refused
