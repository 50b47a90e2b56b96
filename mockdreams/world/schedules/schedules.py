"""Schedules: when the world dreams by itself, and what becomes of what is completed. Ours, not the service's."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mockdreams.wire.dreams import CreateDream, Dream, Input, MemoryStoreInput, SessionsInput
from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import Table, status
from mockdreams.world.core.tasks import Task
from mockdreams.world.deployments.schedule import CronSchedule, checked_names
from mockdreams.world.dreams.dreams import Dreams
from mockdreams.world.dreams.reviews import Reviews
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.schedules.records import AddSchedule, DreamSchedule, RunStatus, ScheduledDream
from mockdreams.world.sessions.store import SessionStore

if TYPE_CHECKING:
    from mockdreams.review.adoption import Only
    from mockdreams.review.model import Adoption

TRANSITIONS: dict[RunStatus, frozenset[RunStatus]] = {
    "running": frozenset({"waiting", "adopted", "conflict", "failed"}),
    "waiting": frozenset({"adopted", "conflict", "rejected"}),
    "conflict": frozenset({"adopted", "conflict", "rejected"}),
    "adopted": frozenset(),
    "rejected": frozenset(),
    "failed": frozenset(),
    "skipped": frozenset(),
}
DECIDABLE: tuple[RunStatus, ...] = ("waiting", "conflict")
MOST_RUNS = 1000
"""Of the runs that are over, the oldest beyond this number are forgotten."""


class DreamSchedules:
    """All schedules of a world, and the dreams that they began."""

    def __init__(
        self,
        context: Context,
        memory_stores: MemoryStores,
        sessions: SessionStore,
        dreams: Dreams,
        reviews: Reviews,
    ) -> None:
        self._context = context
        self._memory_stores = memory_stores
        self._sessions = sessions
        self._dreams = dreams
        self._reviews = reviews
        self.table = Table[DreamSchedule]()
        self.runs = Table[ScheduledDream](kind=status)
        dreams.end_hooks.append(self._dream_ended)
        sessions.rest_hooks.append(self._session_rested)

    def add(self, params: AddSchedule) -> DreamSchedule:
        """Dream of a store from now on. Raises ServiceError (400 or 404)."""
        self._check(params)
        schedule = DreamSchedule(
            id=self._context.ids.mint("sched"),
            created_at=self.table.next_time(self._context.clock.time),
            **params.model_dump(exclude={"model", "timezone"}),
            model=params.model or self._context.policy.supported_models[0],
            timezone=(params.timezone or "UTC") if params.cron else None,
        )
        return self._await_next(schedule, self._context.clock.time)

    def retrieve(self, schedule_id: str) -> DreamSchedule:
        schedule = self.table.get(schedule_id)
        if schedule is None:
            raise not_found(f"Schedule `{schedule_id}` not found.")
        return schedule

    def remove(self, schedule_id: str) -> None:
        """No dream any more; those that it began are kept, and still wait for their decision."""
        self.retrieve(schedule_id)
        self.table.remove(schedule_id)

    def clear(self) -> None:
        for schedule in list(self.table):
            self.table.remove(schedule.id)

    def retrieve_run(self, run_id: str) -> ScheduledDream:
        """A run by its own id or that of its dream."""
        run = self.runs.get(run_id) or next((each for each in self.runs if each.dream_id == run_id), None)
        if run is None:
            raise not_found(f"No schedule began `{run_id}`.")
        return run

    @property
    def may_adopt(self) -> bool:
        """Whether a dream is running that is adopted as soon as it ends."""
        if not self.table:
            return False
        running = {run.schedule_id for run in self.runs.iterate(kinds=("running",))}
        return any(each.id in running and each.mode == "automatic" for each in self.table)

    def approve(self, run_id: str, only: "Only" = "all") -> ScheduledDream:
        """Adopt a dream that waits, or what of it was in conflict. Raises ServiceError."""
        run = self._decidable(run_id)
        assert run.dream_id is not None
        return self._note_adoption(run, self._reviews.adopt(run.dream_id, only))

    def reject(self, run_id: str) -> ScheduledDream:
        """Adopt nothing, or nothing more, of a dream that waits."""
        return self._transition(self._decidable(run_id), "rejected")

    def run_due(self, schedule_id: str) -> None:
        """The time of a schedule has come: the clock is at its next run."""
        schedule, clock = self.table.get(schedule_id), self._context.clock
        if schedule is None:
            return
        earliest = add_seconds(clock.destination, -self._context.policy.deployment_catch_up_seconds)
        if clock.mode == "real" and clock.time < earliest:
            self._await_next(schedule, earliest)  # nobody looked for long
        else:
            self._begin(self._await_next(schedule, clock.time))

    def run_counted(self, schedule_id: str) -> None:
        """Enough sessions have finished."""
        schedule = self.table.get(schedule_id)
        if schedule is not None:
            self._begin(schedule)

    def _check(self, params: AddSchedule) -> None:
        given = [name for name in ("every", "cron", "after_sessions") if getattr(params, name) is not None]
        if len(given) != 1:
            raise invalid(f"exactly one of every, cron and after_sessions is needed, not {len(given)}")
        if params.timezone is not None and params.cron is None:
            raise invalid("timezone goes with cron")
        if params.cron is not None:
            try:
                cron = checked_names(params.cron, params.timezone or "UTC")
            except ValueError as wrong:
                raise invalid(str(wrong).replace("`schedule.", "`").replace("`expression`", "`cron`")) from None
            if cron.next(self._context.clock.time) is None:
                raise invalid("`cron` never matches")
        supported = self._context.policy.supported_models
        if params.model is not None and params.model not in supported:
            raise invalid(f"model: a dream can run on {', '.join(supported)}")
        self._memory_stores.check_writable(self._memory_stores.retrieve(params.memory_store_id))

    def _await_next(self, schedule: DreamSchedule, after: datetime) -> DreamSchedule:
        """Let the clock come back at the next time of a schedule, if time decides."""
        at = _next(schedule, after)
        if at is not None:
            self._context.clock.schedule(at, Task("schedule is due", schedule.id))
        return self.table.put(schedule.replace(next_run_at=at))

    def _begin(self, schedule: DreamSchedule) -> None:
        """Dream of the newest sessions, unless there are none, or the dream before still runs."""
        if any(run.schedule_id == schedule.id for run in self.runs.iterate(kinds=("running",))):
            self._record(schedule, status="skipped", message="the dream before still runs")
            return
        session_ids = self._newest_sessions(schedule.sessions)
        if not session_ids:
            self._record(schedule, status="skipped", message="there are no sessions to dream of")
            return
        inputs: list[Input] = [
            MemoryStoreInput(memory_store_id=schedule.memory_store_id),
            SessionsInput(session_ids=session_ids),
        ]
        params = CreateDream(inputs=inputs, model=schedule.model, instructions=schedule.instructions)
        try:
            dream = self._dreams.create(params)
        except ServiceError as refused:
            self._record(schedule, status="failed", message=refused.message)
        else:
            self._record(schedule, status="running", dream_id=dream.id)

    def _newest_sessions(self, most: int) -> tuple[str, ...]:
        """The newest sessions in which something was said, and that are at rest; not those of dreams."""
        own = self._sessions_of_dreams()
        found = (
            session.id
            for session in self._sessions.table.iterate(hidden=True)
            if session.id not in own
            and self._sessions.messages((session.id,))
            and not self._sessions.is_live(session.id)
        )
        return tuple(session_id for session_id, _ in zip(found, range(most), strict=False))

    def _sessions_of_dreams(self) -> set[str | None]:
        return {dream.session_id for dream in self._dreams.table}

    def _session_rested(self, session_id: str) -> None:
        """A session has finished its work: one more for the schedules that count them."""
        counting = [each for each in self.table if each.after_sessions is not None]
        if not counting or session_id in self._sessions_of_dreams():
            return
        for schedule in counting:
            assert schedule.after_sessions is not None
            finished = tuple(dict.fromkeys((*schedule.finished_session_ids, session_id)))
            if len(finished) >= schedule.after_sessions:
                finished = ()
                self._context.clock.schedule(self._context.clock.time, Task("schedule has its sessions", schedule.id))
            self.table.put(schedule.replace(finished_session_ids=finished))

    def _dream_ended(self, dream: Dream) -> None:
        """A dream is final, and its last write has landed."""
        run = next((each for each in self.runs.iterate(kinds=("running",)) if each.dream_id == dream.id), None)
        if run is None:
            return
        if dream.status != "completed":
            why = dream.error.message if dream.error is not None else "the dream was canceled"
            self._transition(run, "failed", message=why)
            return
        schedule = self.table.get(run.schedule_id)
        if schedule is None or schedule.mode == "review":
            self._transition(run, "waiting")
            return
        try:
            self._note_adoption(run, self._reviews.adopt(dream.id))
        except ServiceError as refused:
            self._transition(run, "failed", message=refused.message)

    def _note_adoption(self, run: ScheduledDream, adoption: "Adoption") -> ScheduledDream:
        conflicts = tuple(conflict.message for conflict in adoption.conflicts)
        return self._transition(
            run, "conflict" if conflicts else "adopted", adopted=adoption.adopted, conflicts=conflicts
        )

    def _decidable(self, run_id: str) -> ScheduledDream:
        run = self.retrieve_run(run_id)
        if run.status not in DECIDABLE:
            raise invalid(f"{run.id} waits for no decision: it is {run.status}")
        return run

    def _record(self, schedule: DreamSchedule, **fields: Any) -> None:
        """Write down what a schedule did, and forget the oldest that is over if there are too many."""
        now = self.runs.next_time(self._context.clock.time)
        settled = None if fields["status"] == "running" else now
        run = ScheduledDream(
            id=self._context.ids.mint("schedrun"),
            schedule_id=schedule.id,
            created_at=now,
            settled_at=settled,
            **fields,
        )
        self.runs.put(run)
        if len(self.runs) > MOST_RUNS:
            over = tuple(each for each, following in TRANSITIONS.items() if not following)
            oldest = next(self.runs.iterate(oldest_first=True, kinds=over), None)
            if oldest is not None:
                self.runs.remove(oldest.id)

    def _transition(self, run: ScheduledDream, to: RunStatus, **fields: Any) -> ScheduledDream:
        """The only place where the status of a run changes."""
        if to not in TRANSITIONS[run.status]:
            raise RuntimeError(f"{run.id} cannot become {to}: it is {run.status}")
        settled = None if to == "waiting" else self._context.clock.time
        return self.runs.put(run.replace(status=to, settled_at=settled, **fields))


def _next(schedule: DreamSchedule, after: datetime) -> datetime | None:
    """When time has a schedule run next, later than `after`."""
    if schedule.cron is not None and schedule.timezone is not None:
        return CronSchedule(schedule.cron, schedule.timezone).next(after)
    if schedule.every is None:
        return None
    period = timedelta(seconds=schedule.every)
    return add_seconds(schedule.created_at, ((after - schedule.created_at) // period + 1) * schedule.every)
