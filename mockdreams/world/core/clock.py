"""The only source of time, and the only thing that makes anything happen later."""

import heapq
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import RLock
from time import monotonic
from typing import Any, Literal, NamedTuple, TypeAlias

from mockdreams.world.core.tasks import BACKGROUND, Task

ClockMode: TypeAlias = Literal["real", "auto", "manual"]
Now: TypeAlias = datetime | Literal["wall"]
"""Where virtual time starts: at a moment, or where the wall clock is then."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""Where virtual time starts when no wall clock drives it: the same in every run."""
END = datetime(9000, 1, 1, tzinfo=UTC)
"""Where virtual time ends: whatever would happen later happens then."""

MANY_TASKS = 50
"""So many take some 10 ms."""
SLOWEST = 1e-6
"""The least speed: below it a wall wait for virtual seconds would be no number."""


class ScheduledTask(NamedTuple):
    """A task and when it runs. Tasks of one instant run in the order in which they were made."""

    at: datetime
    sequence: int
    task: Task


class Instant(NamedTuple):
    """An instant of wall time, and how it stands with a clock: where that was, and where wall time says that it is."""

    wall: datetime
    time: datetime
    wall_time: datetime


class Clock:
    """Virtual time.

    `real`: follows wall time, `speed` times as fast. `auto`: moves when something live is looked at.
    `manual`: moves only when told. Whatever a test would call may be called from any thread; what the world and its
    server call (`schedule`, `sync`, `touch`, `run_next`, `seconds_until_next`) wants the world's lock held.
    """

    time: datetime
    """The current instant, as every rule of the world sees it. Only the clock sets it."""

    def __init__(
        self,
        perform: Callable[[Task], None],
        lock: RLock,
        mode: ClockMode = "auto",
        speed: float = 60,
        now: Now | None = None,
        wall: datetime | None = None,
    ) -> None:
        """`wall`: the instant that is held until `release`, where it is not to be the present one."""
        self.perform = perform
        """Carries out what is due."""
        self._lock = lock
        self._listeners: tuple[Callable[[], None], ...] = ()
        self.alarm: Callable[[], None] | None = None
        """Called when something is scheduled before everything else that waits; with the lock held."""
        self._held: Instant | None = None if wall is None else Instant(wall, wall, wall)
        self.reset_to(mode, speed, now)

    def reset_to(self, mode: ClockMode, speed: float, now: Now | None = None) -> None:
        """Be as new: nothing waits. Whoever holds the clock of a world that is reset or restored holds it still."""
        self._mode: ClockMode = mode
        self._speed = speed
        self._frozen: ClockMode | None = None
        self._scheduled: list[ScheduledTask] = []
        self._background: list[ScheduledTask] = []
        self._following: set[int] | None = None
        self._sequence = 0
        wall = now == "wall" or (now is None and mode == "real")
        today = self._held.wall if self._held is not None else datetime.now(UTC)
        self.start_at(today if wall else now if isinstance(now, datetime) else EPOCH)

    @property
    def mode(self) -> ClockMode:
        """`"real"`, `"auto"` or `"manual"`; assign to it to change it, and so to `speed`."""
        return self._mode

    @mode.setter
    def mode(self, mode: ClockMode) -> None:
        with self._lock:
            self._set(mode=mode)
            self._frozen = None

    @property
    def speed(self) -> float:
        """Virtual seconds per wall second in `real` mode."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not SLOWEST <= speed < float("inf"):
            raise ValueError(f"speed must be a positive number of at least {SLOWEST}, not {speed!r}")
        self._set(speed=speed)

    @property
    def frozen(self) -> bool:
        """Whether time stands still until `resume`."""
        return self._frozen is not None

    @property
    def progress(self) -> tuple[datetime, int, int]:
        """Something that is another when anything has happened."""
        return self.time, self._sequence, len(self._scheduled) + len(self._background)

    @property
    def due(self) -> list[ScheduledTask]:
        """What is waiting, soonest first."""
        with self._lock:
            return sorted([*self._scheduled, *self._background])

    @property
    def is_crowded(self) -> bool:
        """Whether so much may be due to whoever looks that it may take long: of many that wait, in `auto` mode any."""
        if len(self._scheduled) <= MANY_TASKS or self._mode == "manual":
            return False
        return self._mode == "auto" or self._scheduled[0].at <= self._wall_time()

    @property
    def targets(self) -> set[str]:
        """The ids that waiting tasks are about, but for those in the background."""
        return {each.task.target_id for each in self._scheduled}

    @property
    def is_waiting(self) -> bool:
        """Whether there is something for which time can move on by itself."""
        return bool(self._scheduled)

    @property
    def destination(self) -> datetime:
        """Where time is on its way to while a task runs, which may be long after the task was due."""
        return max(self.time, self._destination)

    def now(self) -> datetime:
        """The current virtual time, after everything that is due by now has happened."""
        with self._lock:
            self.sync()
            return self.time

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
        """Move time forward, running every task due on the way. Raises ValueError for a negative span."""
        span = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        with self._lock:
            self.sync()
            self.check(None, span.total_seconds())
            self._run_until(self.time + span)
            return self.time

    def move_to(self, when: datetime) -> datetime:
        """Move time forward to `when` (with a time zone). Raises ValueError for a moment in the past."""
        with self._lock:
            self.sync()
            self.check(when)
            self._run_until(when.astimezone(UTC))
            return self.time

    def check(self, when: datetime | None, seconds: float = 0) -> None:
        """Raises ValueError or OverflowError if time cannot move to `when`, or by `seconds`."""
        if when is not None and when.tzinfo is None:
            raise ValueError(f"{when.isoformat()} has no time zone")
        if when is not None and when < self.time:
            raise ValueError(f"time only moves forward: it is {self.time.isoformat()}, after {when.isoformat()}")
        if self.time + timedelta(seconds=seconds) < self.time:
            raise ValueError(f"time only moves forward, not by {seconds} seconds")
        if (when or self.time) + timedelta(seconds=seconds) > END:
            raise ValueError(f"time ends at {END.isoformat()}")

    def run_until_idle(self) -> datetime:
        """Run everything that is waiting, and what that makes wait, until nothing is.

        Background tasks whose time comes meanwhile run too; what follows from those is not waited for.
        """
        with self._lock:
            self.sync()
            self._following = set()
            try:
                while self._scheduled:
                    if self._scheduled[0].sequence in self._following:
                        heapq.heappush(self._background, heapq.heappop(self._scheduled))
                    else:
                        self._run_until(self._scheduled[0].at)
            finally:
                self._following = None
                self._queue([*self._scheduled, *self._background])
            return self.time

    def sleep(self, seconds: float) -> None:
        """A drop-in for `time.sleep` that moves virtual time instead of waiting."""
        self.advance(seconds=seconds)

    def virtual_sleep(self) -> AbstractContextManager[None]:
        """A block in which the test's own `time.sleep` and `asyncio.sleep` move this clock and return at once."""
        from mockdreams.world.core.virtual_sleep import virtual_sleep

        return virtual_sleep(self)

    def schedule(self, when: datetime, task: Task) -> None:
        """Run `task` at `when`; the world calls this, with its lock held."""
        self._sequence += 1
        queue = self._background if task.name in BACKGROUND else self._scheduled
        heapq.heappush(queue, ScheduledTask(when, self._sequence, task))
        if self.alarm is not None and queue[0].sequence == self._sequence:
            self.alarm()

    def sync(self) -> None:
        """In `real` mode: run what wall time has made due. Otherwise nothing."""
        if self._mode == "real":
            self._run_until(max(self.time, self._wall_time()))

    def touch(self, milestone: datetime | None) -> None:
        """Something was looked at: in `auto` mode time moves to its next milestone, if it has one."""
        if self._mode == "auto":
            self._run_until(max(milestone or self.time, self.time))

    def run_next(self) -> bool:
        """In `auto` mode, run all that is due at the next instant; False if nothing is waiting."""
        if self._mode != "auto" or not self._scheduled:
            return False
        self._run_until(self._scheduled[0].at)
        return True

    def seconds_until_next(self) -> float | None:
        """Wall seconds until the next task is due in `real` mode; None when no wall time will run one."""
        waiting = [queue[0] for queue in (self._scheduled, self._background) if queue]
        if self._mode != "real" or not waiting:
            return None
        return max(0.0, (min(waiting).at - self._wall_time()).total_seconds() / self._speed)

    def wall_milliseconds(self, seconds: float) -> int:
        """Wall milliseconds for so many virtual seconds, as a client is told; where no wall time moves the clock, 1."""
        return max(1, round(seconds * 1000 / self._speed)) if self._mode == "real" else 1

    def freeze(self) -> None:
        """Stop time until `resume`, or until a mode is set; it can still be moved."""
        with self._lock:
            if self._frozen is None:
                before = self._mode
                self._set(mode="manual")
                self._frozen = before

    def resume(self) -> None:
        """Let time go on as it did before `freeze`."""
        with self._lock:
            if self._frozen is not None:
                self._set(mode=self._frozen)
                self._frozen = None

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever mode or speed change."""
        self._listeners = (*self._listeners, listener)

    def unsubscribe(self, listener: Callable[[], None]) -> None:
        self._listeners = tuple(each for each in self._listeners if each != listener)

    def save(self) -> dict[str, Any]:
        """Everything about the clock, as JSON."""
        now = self.now()
        due = [
            {"at": _rfc3339(d.at), "number": d.sequence, "what": d.task.name, "of": d.task.target_id} for d in self.due
        ]
        kind = {"mode": self._mode, "frozen": self._frozen, "speed": self._speed}
        return {**kind, "now": _rfc3339(now), "made": self._sequence, "due": due}

    def restore(self, saved: dict[str, Any]) -> None:
        """Be the clock that was saved; wall time goes on from here."""
        self._mode, self._speed, self._sequence = saved["mode"], saved["speed"], saved["made"]
        self._frozen = saved.get("frozen")
        self._queue(
            ScheduledTask(datetime.fromisoformat(d["at"]), d["number"], Task(d["what"], d["of"])) for d in saved["due"]
        )
        self.start_at(datetime.fromisoformat(saved["now"]))

    def start_at(self, when: datetime) -> None:
        """Set the time of a world in which nothing has happened yet."""
        self.time = self._destination = when
        self._wall = monotonic()
        if self._held is not None:
            self._held = self._held._replace(wall_time=when)

    def hold(self, wall: datetime) -> Instant:
        """Let no wall time pass until `release`: whatever is done meanwhile is done at this instant."""
        self._held = Instant(wall, self.time, self._wall_time() if self._mode == "real" else self.time)
        return self._held

    def hold_again(self, instant: Instant) -> None:
        """Be at an instant that was held before, which has come to this clock again."""
        self.time = max(self.time, instant.time)
        self._held = instant

    def release(self) -> None:
        """Let wall time pass again."""
        self._held = None

    def catch_up(self, seconds: float) -> None:
        """So many seconds of wall time have passed unseen; the next `sync` knows them."""
        self._wall -= seconds

    def state(self) -> dict[str, Any]:
        """Mode, time, speed and what is waiting, as the control API shows it."""
        with self._lock:
            now = self.now()
            due = [{"at": _rfc3339(d.at), "what": f"{d.task.name} {d.task.target_id}"} for d in self.due]
            return {"mode": self._mode, "now": _rfc3339(now), "speed": self._speed, "due": due}

    def _queue(self, tasks: Iterable[ScheduledTask]) -> None:
        """Let these tasks wait, and no others."""
        tasks = list(tasks)
        self._scheduled = [each for each in tasks if each.task.name not in BACKGROUND]
        self._background = [each for each in tasks if each.task.name in BACKGROUND]
        heapq.heapify(self._scheduled)
        heapq.heapify(self._background)

    def _set(self, mode: ClockMode | None = None, speed: float | None = None) -> None:
        if mode not in (None, "real", "auto", "manual"):
            raise ValueError(f"mode must be real, auto or manual, not {mode!r}")
        with self._lock:
            self.sync()
            self._wall = monotonic()
            self._mode = mode or self._mode
            self._speed = speed or self._speed
        for listener in self._listeners:
            listener()

    def _wall_time(self) -> datetime:
        """Where wall time says virtual time is; `_time` was true at the wall time `_wall`."""
        if self._held is not None:
            return max(self.time, self._held.wall_time)
        return add_seconds(self.time, (monotonic() - self._wall) * self._speed)

    def _run_until(self, when: datetime) -> None:
        self._destination = when
        while queue := min([each for each in (self._scheduled, self._background) if each], default=None):
            if queue[0].at > when:
                break
            due = heapq.heappop(queue)
            self.time = max(self.time, due.at)
            made = self._sequence
            self.perform(due.task)
            if self._following is not None and (due.task.name in BACKGROUND or due.sequence in self._following):
                self._following.update(range(made + 1, self._sequence + 1))
        self.time = max(self.time, when)
        self._wall = monotonic()


def add_seconds(start: datetime, seconds: float) -> datetime:
    """So many seconds after `start`, or the end of time if that comes first."""
    try:
        when = start + _seconds(seconds)
    except OverflowError:
        return END
    return when if when < END else END


@lru_cache
def _seconds(count: float) -> timedelta:
    """So many seconds. Most are a policy's, and to make a `timedelta` of a `float` takes 3,000 instructions."""
    return timedelta(0, count)


def parse_now(now: datetime | str | None) -> Now | None:
    """Where virtual time is to start. Raises ValueError for what is no moment with a time zone, nor `"wall"`."""
    if now is None or now == "wall":
        return now  # type: ignore[return-value]
    try:
        when = now if isinstance(now, datetime) else datetime.fromisoformat(now)
    except (TypeError, ValueError):
        raise ValueError(f'now must be "wall" or a time such as 2026-03-01T09:00:00Z, not {now!r}') from None
    if when.tzinfo is None:
        raise ValueError(f"now must have a time zone: {when.isoformat()} has none")
    if when > END:
        raise ValueError(f"time ends at {END.isoformat()}")
    return in_utc(when)


def in_utc(when: datetime) -> datetime:
    """The same moment in UTC, which a time without a zone is in. Raises ValueError before the year 1, or after 9999."""
    try:
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{when.isoformat()} is in no year of UTC") from None


def _rfc3339(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")
