"""Dreams: created, watched, canceled, archived; and the life of one, step by step."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple, get_args

from mockdreams.dreaming.plan import Dreamer, Tokens
from mockdreams.wire.dreams import CreateDream, Dream, DreamError, DreamOutput, DreamStatus, UpdateExisting
from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import UNBOUNDED, Table, TimeRange, first_page, status, unarchived
from mockdreams.world.core.tasks import Task
from mockdreams.world.dreams.executor import DreamExecutor, OutputGoneError
from mockdreams.world.dreams.requests import new_dream
from mockdreams.world.dreams.run import DreamRun, Timeline, is_large, session_writers, snapshot_inputs
from mockdreams.world.dreams.scripts import DreamScriptQueue, make_plan
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.sessions.store import SessionStore

logger = logging.getLogger("mockdreams")
TRANSITIONS: dict[DreamStatus, frozenset[DreamStatus]] = {
    "pending": frozenset({"running", "failed", "canceled"}),
    "running": frozenset({"completed", "failed", "canceled"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "canceled": frozenset(),
}
STATUSES: frozenset[str] = frozenset(get_args(DreamStatus))


class DreamFilter(NamedTuple):
    """Which dreams a list shows; the default leaves out the archived."""

    statuses: frozenset[str] = frozenset()
    include_archived: bool = False
    window: TimeRange = UNBOUNDED


class Dreams:
    """All dreams of a world."""

    def __init__(
        self,
        context: Context,
        memory_stores: MemoryStores,
        sessions: SessionStore,
        executor: DreamExecutor,
        dreamer: Dreamer,
    ) -> None:
        self._context = context
        self._memory_stores = memory_stores
        self._sessions = sessions
        self._executor = executor
        self.dreamer = dreamer
        """Makes the plan of a dream that has no script with another."""
        self.table = Table[Dream](shown=unarchived, kind=status)
        self.scripts = DreamScriptQueue()
        self.runs: dict[str, DreamRun] = {}
        self.planning: set[str] = set()
        """The dreams that will think for long: their plan, or the clone of their input store, is still to come."""
        self._owners: dict[str, str] = {}
        self._may_hold_stores: bool | None = None
        self.end_hooks: list[Callable[[Dream], None]] = []
        """Hear of each dream that is final, once its last write has landed."""
        memory_stores.veto_hooks.append(self._guard_store)
        sessions.guards.append(self._guard_session)

    def create(self, params: CreateDream) -> Dream:
        """A pending dream; it starts when the clock says."""
        created_at = self.table.next_time(self._context.clock.time)
        dream = new_dream(self._context, self._memory_stores, self._sessions, params, created_at)
        self._check_quota()
        if isinstance(dream.output_behavior, UpdateExisting):
            self._check_not_locked(dream.input_store_id)
            self._may_hold_stores = True
        script, dreamer = self.scripts.pop_match(dream) or (None, None)
        read, clock = dream.input_session_ids, self._context.clock
        messages = self._sessions.messages(read)
        timeline = Timeline.of(dream.created_at, len(read), messages, self._context.policy, script)
        self.runs[dream.id] = DreamRun(timeline, script, dreamer)
        if timeline.starts is not None:
            shelf = self._memory_stores.contents(dream.input_store_id)
            if dreamer is not None or is_large(shelf, self._sessions, read, messages):
                self.planning.add(dream.id)
            clock.schedule(timeline.starts, Task("dream starts", dream.id))
        if timeline.times_out is not None:
            clock.schedule(timeline.times_out, Task("dream times out", dream.id))
        return self.table.put(dream)

    def retrieve(self, dream_id: str) -> Dream:
        dream = self.table.get(dream_id)
        if dream is None:
            raise not_found(
                f"Dream `{dream_id}` not found.",
                rule="dream-absent-404 dream-malformed-id-404 dream-absent-actions-404",
            )
        return dream

    def page(self, shown: DreamFilter, *, limit: int, after: int | None) -> tuple[list[Dream], bool]:
        """Newest first."""
        archived = shown.include_archived
        return first_page(
            self.table.iterate(after=after, hidden=archived, window=shown.window, kinds=shown.statuses), limit
        )

    def cancel(self, dream_id: str) -> Dream:
        """Final at once; what the dream is in the middle of still lands, and counts, a little later."""
        dream = self.retrieve(dream_id)
        if dream.status == "canceled":
            return dream
        run = self.runs.get(dream_id)
        canceled = self._transition(dream, "canceled")
        assert run is not None
        if run.targets is not None and run.position < len(run.plan):
            run.winds_down = add_seconds(self._context.clock.time, self._context.policy.dream_wind_down_seconds)
            self._context.clock.schedule(run.winds_down, Task("dream winds down", dream_id))
        else:
            self._close(dream_id)
        return canceled

    def archive(self, dream_id: str, *, seen: DreamStatus | None = None) -> Dream:
        """`seen` is the status that is gone by, where that is not the dream's own."""
        dream = self.retrieve(dream_id)
        if dream.archived_at is not None:
            return dream
        status = seen or dream.status
        if status in ("pending", "running"):
            raise invalid(
                f'Dream {dream_id} cannot be archived while its status is "{status}". '
                "Only completed, failed or canceled dreams may be archived.",
                rule="dream-archive-live-400",
            )
        now = max(self._context.clock.time, dream.ended_at or dream.created_at)
        return self.table.put(dream.replace(archived_at=now))

    def cost(self, dream_id: str) -> Decimal | None:
        """US dollars for the tokens that a dream has used so far, at list price; None for a model without one."""
        dream = self.retrieve(dream_id)
        price, usage = self._context.policy.price_of(dream.model.id), dream.usage
        if price is None:
            return None
        return price.cost(
            input=usage.input_tokens,
            output=usage.output_tokens,
            cache_write=usage.cache_creation_input_tokens,
            cache_read=usage.cache_read_input_tokens,
        )

    def touch(self, dream_id: str) -> bool:
        """Somebody looks at a dream: in `auto` mode it gets on with it. Whether it has not ended yet."""
        run = self.runs.get(dream_id)
        if run is None:
            return False
        self._context.clock.touch(run.milestone(self._context.clock.time))
        return True

    def touch_all(self) -> None:
        """Somebody looks at the list: in `auto` mode every dream gets on with it."""
        if not self.runs or self._context.clock.mode != "auto":
            return
        now = self._context.clock.time
        milestones = filter(None, (run.milestone(now) for run in self.runs.values()))
        self._context.clock.touch(max(milestones, default=None))

    @property
    def may_hold_stores(self) -> bool:
        """Whether a dream ever updated a store, which the next that would update it looks at."""
        if self._may_hold_stores is None:
            made = self.table.iterate(hidden=True)
            self._may_hold_stores = any(isinstance(each.output_behavior, UpdateExisting) for each in made)
        return self._may_hold_stores

    def owning_dream(self, session_id: str) -> Dream | None:
        """The dream whose own session this is, until its last write has landed."""
        dream_id = self._owners.get(session_id)
        return None if dream_id is None else self.retrieve(dream_id)

    def start(self, dream_id: str) -> None:
        """The dream runs: its inputs are frozen and its plan is made."""
        dream, run = self._live(dream_id)
        if dream is None or run is None:
            return
        dream = self._transition(dream, "running")
        dreaming = self._dreaming(session_writers(self._memory_stores.contents(dream.input_store_id)))
        run.inputs = snapshot_inputs(dream, self._memory_stores, self._sessions, self._context.policy, dreaming)
        if self._too_large(dream):
            return
        try:
            run.plan = make_plan(run.inputs, run.script, run.dreamer or self.dreamer)
        except Exception:
            logger.exception("the dreamer of %s crashed", dream_id)
            self._fail(dream, "internal_error", "The dream could not be planned.")
            return
        run.dreamer = None
        assert run.timeline.ready is not None
        self._context.clock.schedule(run.timeline.ready, Task("dream output is ready", dream_id))

    def provision(self, dream_id: str) -> None:
        """The output store is there and the dream's session is open."""
        dream, run = self._live(dream_id)
        if dream is None or run is None or self._scripted_failure(dream, run) or self._store_limit_reached(dream):
            return
        assert run.inputs is not None
        run.targets = self._executor.open(dream, run.inputs)
        run.forget_inputs()
        self._owners[run.targets.session_id] = dream_id
        self.planning.discard(dream_id)
        outputs = (DreamOutput(memory_store_id=run.targets.output_store_id),)
        self.table.put(dream.replace(outputs=outputs, session_id=run.targets.session_id))
        if run.fails_at is not None:
            self._context.clock.schedule(run.fails_at, Task("dream fails", dream_id))
        self._continue(dream_id, run)

    def step(self, dream_id: str) -> None:
        """The dream does the next thing of its plan, if its inputs are still there."""
        dream, run = self._live(dream_id)
        if dream is None or run is None:
            return
        try:
            spent = self._do_next(run)
        except OutputGoneError as gone:
            self._fail(dream, "internal_error", f"{gone} is gone.")
            return
        if any(spent):
            self.table.put(dream.replace(usage=run.usage()))
        self._continue(dream_id, run)

    def finish(self, dream_id: str) -> None:
        """The plan is done."""
        dream, run = self._live(dream_id)
        if dream is not None and run is not None and not self._scripted_failure(dream, run):
            self._transition(dream, "completed")
            self._close(dream_id)

    def fail(self, dream_id: str) -> None:
        """The script fails the dream."""
        dream, run = self._live(dream_id)
        if dream is not None and run is not None:
            self._scripted_failure(dream, run)

    def time_out(self, dream_id: str) -> None:
        """The runtime budget is used up."""
        dream, _ = self._live(dream_id)
        if dream is not None:
            self._fail(dream, "timeout", "The dream did not finish within its runtime budget.")

    def finish_cancel(self, dream_id: str) -> None:
        """What a canceled dream was in the middle of lands; then it lets go of its store and its session."""
        run = self.runs[dream_id]
        try:
            self._do_next(run)
            self.table.put(self.retrieve(dream_id).replace(usage=run.usage()))
        except OutputGoneError:
            pass
        self._close(dream_id)

    def _do_next(self, run: DreamRun) -> Tokens:
        """Carry out the next step of the plan, and return what it spent. Raises OutputGoneError."""
        assert run.targets is not None
        step = run.plan[run.position]
        run.position += 1
        self._executor.perform(run.targets, step)
        run.tokens = run.tokens.plus(step.tokens)
        return step.tokens

    def _dreaming(self, session_ids: frozenset[str]) -> frozenset[str]:
        """Those of `session_ids` that are sessions of dreams."""
        if not session_ids:
            return session_ids
        return session_ids.intersection(other.session_id for other in self.table.iterate(hidden=True))

    def _live(self, dream_id: str) -> tuple[Dream, DreamRun] | tuple[None, None]:
        """A dream that is pending or running and has its inputs; one that has lost an input fails here."""
        dream, run = self.table.get(dream_id), self.runs.get(dream_id)
        if dream is None or run is None or not dream.live:
            return None, None
        lost = self._lost_input(dream)
        if lost is not None:
            self._fail(dream, *lost)
            return None, None
        return dream, run

    def _continue(self, dream_id: str, run: DreamRun) -> None:
        """Schedule what comes next; a dream that hangs has nothing next."""
        if run.timeline.ends is None:
            return
        if run.position < len(run.plan):
            next_step = run.timeline.step(run.position + 1, len(run.plan))
            self._context.clock.schedule(next_step, Task("dream steps", dream_id))
        else:
            self._context.clock.schedule(run.timeline.ends, Task("dream ends", dream_id))

    def _transition(self, dream: Dream, status: DreamStatus, **fields: Any) -> Dream:
        if status not in TRANSITIONS[dream.status]:
            raise invalid(
                f'Dream {dream.id} cannot become {status}: its status is "{dream.status}", which is final.',
                rule="dream-cancel-completed-400",
            )
        if not TRANSITIONS[status]:
            fields["ended_at"] = max(self._context.clock.time, dream.created_at)
        return self.table.put(dream.replace(status=status, **fields))

    def _fail(self, dream: Dream, type: str, message: str) -> None:
        error = DreamError(type=type, message=message)
        self._transition(dream, "failed", error=error)
        self._close(dream.id)

    def _close(self, dream_id: str) -> None:
        """The last write has landed."""
        run = self.runs.pop(dream_id)
        run.forget_inputs()
        self.planning.discard(dream_id)
        if run.targets is not None:
            del self._owners[run.targets.session_id]
            self._executor.close(run.targets)
        for hook in self.end_hooks:
            hook(self.retrieve(dream_id))

    def _scripted_failure(self, dream: Dream, run: DreamRun) -> bool:
        """Whether the script says that the dream fails now; if so, it has."""
        if run.script is None or run.script.fail is None or run.fails_at != self._context.clock.time:
            return False
        self._fail(dream, run.script.fail, run.script.message or f"The dream failed: {run.script.fail}.")
        return True

    def _lost_input(self, dream: Dream) -> tuple[str, str] | None:
        store_id = dream.input_store_id
        if not self._memory_stores.is_active(store_id):
            message = f"Memory store {store_id} was archived or deleted while the dream was using it."
            return "input_memory_store_unavailable", message
        gone = self._sessions.table.missing(dream.input_session_ids)
        if gone is not None:
            return "input_session_unavailable", f"Session {gone} was deleted while the dream was using it."
        return None

    def _too_large(self, dream: Dream) -> bool:
        most = self._context.policy.dream_input_max_bytes
        shelf = self._memory_stores.contents(dream.input_store_id)
        if most is None or shelf.size <= most:
            return False
        message = f"Memory store {dream.input_store_id} is larger than the {most} bytes that a dream can read."
        self._fail(dream, "input_memory_store_too_large", message)
        return True

    def _store_limit_reached(self, dream: Dream) -> bool:
        if isinstance(dream.output_behavior, UpdateExisting) or self._memory_stores.has_capacity():
            return False
        message = "The organization has reached its limit of memory stores."
        self._fail(dream, "memory_store_org_limit_exceeded", message)
        return True

    def _check_not_locked(self, store_id: str) -> None:
        """Refuse a second dream that would update a store; in `auto` mode asking again brings the holder on.

        One that has ended holds the store a little longer, however it ended.
        """
        held_for, clock = self._context.policy.dream_wind_down_seconds, self._context.clock
        for holder in self.table.iterate(hidden=True):
            if not isinstance(holder.output_behavior, UpdateExisting) or holder.input_store_id != store_id:
                continue
            until = None if holder.ended_at is None else add_seconds(holder.ended_at, held_for)
            if until is not None and until <= clock.time:
                continue
            if not self.touch(holder.id):
                clock.touch(until)
            message = f"Memory store {store_id} is being updated by dream {holder.id}."
            raise ServiceError("conflict_error", message, retry=False, rule="dream-update-held-409")

    def _check_quota(self) -> None:
        """Refuse one dream too many within 24 hours."""
        most = self._context.policy.dreams_per_day
        if most is None:
            return
        now, day = self._context.clock.time, timedelta(days=1)
        recent = list(self.table.iterate(hidden=True, window=TimeRange(gt=now - day)))
        if len(recent) >= most:
            wait = recent[most - 1].created_at + day - now if most else day
            message = f"This request would exceed your organization's limit of {most} dreams per day."
            raise ServiceError("rate_limit_error", message, retry_after=wait.total_seconds())

    def _output_ids(self) -> Iterator[tuple[str, Dream]]:
        """The stores that live dreams write to; an existing one counts from the creation of the dream."""
        for dream in map(self.retrieve, self.runs):
            if dream.live and isinstance(dream.output_behavior, UpdateExisting):
                yield dream.input_store_id, dream
            elif dream.live:
                yield from ((output.memory_store_id, dream) for output in dream.outputs)

    def _guard_store(self, store_id: str) -> None:
        if not self._context.policy.guard_output_store:
            return
        for output_id, dream in self._output_ids():
            if output_id == store_id:
                raise invalid(
                    f"Memory store {store_id} is the output of dream {dream.id}, which is {dream.status}. "
                    "Cancel the dream or wait for it to end.",
                    rule="dream-output-guarded-400 dream-update-target-guarded-400",
                )

    def _guard_session(self, session_id: str) -> None:
        dream = self.owning_dream(session_id)
        if dream is not None and self._context.policy.guard_dream_session:
            raise invalid(
                f"Session {session_id} belongs to dream {dream.id}, which is {dream.status}.",
                rule="dream-session-guarded-400",
            )
