"""The command log of a world: every input that changed it, in the order in which they were carried out.

An entry is a line of JSON, and after it the body of the request as it came. It says when its input was carried out (see
`Clock.hold`), and how far the ids and the tasks of the world had come after it: what does not come as far when it is
done again is noticed at once.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

from mockdreams.http.inputs import KINDS, NAMES, CountInput, Input
from mockdreams.http.response import not_kept
from mockdreams.store.errors import StoreError
from mockdreams.store.interface import Entry, Lease
from mockdreams.store.writer import Batch, LogWriter, OpenLog
from mockdreams.wire.errors import ServiceError
from mockdreams.world.core.clock import EPOCH, Instant
from mockdreams.world.work.worker_credentials import WorkerCredentials
from mockdreams.world.world import World

A = TypeVar("A")
_MICROSECOND = timedelta(microseconds=1)


class LoggedInput(NamedTuple):
    """An input, when it was carried out, and how far the world had come after it."""

    input: Input
    instant: Instant
    request_ids: int
    reached: tuple[int, int]


def _encoded(what: Input, instant: Instant, request_ids: int, reached: tuple[int, int]) -> bytes:
    """A `LoggedInput`, as an entry says it."""
    _, at, wall_time = instant
    fields, body = what.encoded()
    micros = (at - EPOCH) // _MICROSECOND
    wall_micros = micros if wall_time is at else (wall_time - EPOCH) // _MICROSECOND
    kind = NAMES[type(what)]
    return b'["%b",%d,%d,%d,%d,%d%b]\n%b' % (kind, micros, wall_micros, request_ids, *reached, fields, body)


def decoded(entry: Entry) -> LoggedInput:
    """What an entry says. Raises ValueError, LookupError or TypeError for one that nobody wrote so."""
    head, _, body = entry.body.partition(b"\n")
    kind, at, wall_time, request_ids, tasks, ids, *fields = json.loads(head)
    instant = Instant(wall_of(entry.at), _moment(at), _moment(wall_time))
    return LoggedInput(KINDS[kind].decoded(fields, body), instant, request_ids, (tasks, ids))


def reached(world: World) -> tuple[int, int]:
    """How far a world has come."""
    return world.clock.progress[1], world.ids.minted


def wall_of(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


class CommandLog:
    """The end of the log of one world, whose lease is held. `number` is that of its newest entry."""

    def __init__(self, world: World, open_log: OpenLog, writer: LogWriter, number: int, version: str) -> None:
        self._world = world
        self._version = version
        self._writer = writer
        self._open = open_log
        self._batch: Batch | None = None
        self._is_performing = False
        self._counted = world.request_ids.minted
        self._has_looked = False
        self.number = number
        self.checkpointed = 0
        """The number of the newest entry that a checkpoint stands for."""
        self.pause = (0.0, 0.0)
        """When the newest checkpoint was written, and until when none is to be written of a busy world; wall time."""
        self.is_closed = False
        self._labelled: tuple[WorkerCredentials, tuple[int, int]] = world.worker_credentials, (0, 0)

    @property
    def open_log(self) -> OpenLog:
        return self._open

    @property
    def lease(self) -> Lease:
        return self._open.lease

    @property
    def is_uncounted(self) -> bool:
        """Whether requests that changed nothing have not been counted in an entry yet."""
        return self._has_looked or self._world.request_ids.minted != self._counted

    @property
    def entries_since(self) -> int:
        """How many entries there are after the newest checkpoint."""
        return self.number - self.checkpointed

    @property
    def failed(self) -> StoreError | None:
        """Why the world is not to go on: it is in a state that is not kept."""
        return self._open.failed

    def fail(self, why: StoreError) -> None:
        """Let the world not go on."""
        self._open.fail(why)

    def perform(self, what: Input, run: Callable[..., A], *given: Any, changes: bool = False) -> A:
        """`run(*given)`, at one instant; with the lock held. An input that is part of another is not kept apart."""
        if self._is_performing:
            return run(*given)
        if self._open.failed is not None:
            self._check()
        clock = self._world.clock
        if not changes and clock.mode != "real":
            return self._look(what, run, given)
        at, before = time.time(), None if changes else self._state()
        instant = clock.hold(wall_of(at))
        self._is_performing = True
        try:
            return run(*given)
        finally:
            self._is_performing = False
            clock.release()
            if changes or self._state() != before:
                self._append(what, at, instant)
            else:
                self._has_looked = True

    def _look(self, what: Input, run: Callable[..., A], given: tuple[Any, ...]) -> A:
        """`perform`, of what may only move a clock that wall time does not: most moves nothing, and is not kept."""
        begun, before = self._world.clock.time, self._state()
        self._is_performing = True
        try:
            return run(*given)
        finally:
            self._is_performing = False
            if self._state() == before:
                self._has_looked = True
            else:
                at = time.time()
                self._append(what, at, Instant(wall_of(at), begun, begun))

    def begin(self, what: Input, at: float, instant: Instant) -> None:
        """The first entry, of a world that has just begun, which is found by the id of its workspace from then on."""
        self._append(what, at, instant, [self._world.workspace_id])

    def count(self) -> None:
        """Keep how many ids of requests there were, and how far the clock is, if nothing else has; with the lock."""
        if self.is_uncounted and not self._is_performing and not self.is_closed and self.failed is None:
            at, clock = time.time(), self._world.clock
            instant = Instant(wall_of(at), clock.time, clock.time)
            self._append(CountInput(), at, instant)

    async def settled(self) -> None:
        """Wait until all that was performed is kept. Raises ServiceError (500) if it cannot be."""
        batch = self._batch
        if batch is not None and not batch.is_over:
            await batch.written()
        self._check()

    def call_when_settled(self, then: Callable[[], object]) -> None:
        """Call `then` once all that was performed is kept, or cannot be, which `refusal` tells; on this event loop."""
        batch = self._batch
        if batch is None or batch.is_over or not batch.call_when_over(then):
            then()

    def wait_settled(self) -> None:
        """The same, for a thread that does not hold the lock."""
        self.wait_written()
        self._check()

    def wait_written(self) -> None:
        """Wait until nothing of it is on its way any more."""
        batch = self._batch
        if batch is not None and not batch.is_over:
            batch.wait_written()

    @property
    def refusal(self) -> ServiceError | None:
        """The answer (500) to every request, once the world is in a state that is not kept."""
        failed = self._open.failed
        return None if failed is None else not_kept(failed)

    def _check(self) -> None:
        refused = self.refusal
        if refused is not None:
            raise refused

    def _append(self, what: Input, at: float, instant: Instant, labels: Sequence[str] = ()) -> None:
        if self.is_closed:
            return
        world = self._world
        minted = self._counted = world.request_ids.minted
        self._has_looked = False
        self.number += 1
        entry = Entry(self.number, self._version, at, _encoded(what, instant, minted, reached(world)))
        credentials, counts = self._labelled
        if credentials is not world.worker_credentials or counts != credentials.counts:
            labels = [*labels, *self._new_labels()]
        self._batch = self._writer.add(self._open, entry, labels)

    def _new_labels(self) -> list[str]:
        """Those of the tokens of workers that are new, by which the world is found."""
        credentials, (before, counts) = self._world.worker_credentials, self._labelled
        new = credentials.tokens_after(*(counts if credentials is before else (0, 0)))
        self._labelled = credentials, credentials.counts
        return [label_of(token) for token in new]

    def _state(self) -> tuple[Any, ...]:
        """Something that is another when more than the time of a real clock has changed."""
        world = self._world
        progress = world.clock.progress
        return progress[1:] if world.clock.mode == "real" else progress, world.ids.minted


def _moment(micros: int) -> datetime:
    return EPOCH + micros * _MICROSECOND


def label_of(token: str) -> str:
    """The label of the world that a worker's token is of. It does not tell the token."""
    return blake2b(token.encode(), digest_size=16).hexdigest()
