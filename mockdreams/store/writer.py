"""Writing logs: entries of all worlds that come in one turn of the event loop, or while others are written, are written
together; by the event loop itself if the store can without waiting, else on a thread.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from math import inf
from time import monotonic
from types import coroutine

from mockdreams.store.errors import LeaseLostError, StoreError
from mockdreams.store.interface import Appended, Entry, Lease, WorldStore


class OpenLog:
    """The end of the log of a world that is owned. Once an entry could not be written, none after it is."""

    def __init__(self, lease: Lease, valid_until: float = inf) -> None:
        self.lease = lease
        self.valid_until = valid_until
        """When the lease runs out unless it is renewed, by the monotonic clock."""
        self._failed: StoreError | None = None

    @property
    def failed(self) -> StoreError | None:
        """Why nothing more is written, nor read in memory: another may own the world."""
        if self._failed is None and self.valid_until != inf and monotonic() > self.valid_until:
            self._failed = LeaseLostError(f"the lease of world {self.lease.world} ran out")
        return self._failed

    def fail(self, why: StoreError) -> None:
        """Let nothing more be written."""
        self._failed = self._failed or why


class Batch:
    """Entries that are written together; any thread, and any event loop, may wait for it."""

    def __init__(self) -> None:
        self.parts: dict[OpenLog, Appended] = {}
        self.is_over = False
        self._lock = threading.Lock()
        self._waiters: dict[asyncio.AbstractEventLoop, list[Callable[[], object]]] = {}
        self._threads: list[threading.Event] = []

    def add(self, log: OpenLog, entry: Entry, labels: Iterable[str]) -> None:
        part = self.parts.get(log)
        if part is None:
            part = self.parts[log] = Appended(log.lease, [], [])
        part.entries.append(entry)  # type: ignore[attr-defined]
        part.labels.extend(labels)  # type: ignore[attr-defined]

    async def written(self) -> None:
        """Wait until it is written, or could not be."""
        await _next_turn()  # by then it is, if the event loop could write it
        over = asyncio.get_running_loop().create_future()
        if self.call_when_over(partial(_set_done, over)):
            await over

    def call_when_over(self, then: Callable[[], object]) -> bool:
        """Call `then` on this event loop once it is written, or could not be; False, and no call, if it is over."""
        with self._lock:
            if not self.is_over:
                self._waiters.setdefault(asyncio.get_running_loop(), []).append(then)
            return not self.is_over

    def wait_written(self) -> None:
        """The same, for a thread."""
        over = threading.Event()
        with self._lock:
            if self.is_over:
                return
            self._threads.append(over)
        over.wait()

    def finish(self) -> None:
        """Wake whoever waits; each event loop once, that on which this runs at once."""
        with self._lock:
            self.is_over = True
        for thread in self._threads:
            thread.set()
        here = _running_loop()
        for loop, waiters in self._waiters.items():
            if loop is here:
                _call_all(waiters)
                continue
            with suppress(RuntimeError):  # the loop may be closed already
                loop.call_soon_threadsafe(_call_all, waiters)


class LogWriter:
    """Appends to the logs of a store; what cannot be at once, on a thread of its own."""

    def __init__(self, store: WorldStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._batch = Batch()
        self._ready: Batch | None = None
        """The batch that the thread is to write now."""
        self._is_writing = False
        """Whether the thread is at a batch, which is before all others."""
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="mockdreams log", daemon=True)
        self._thread.start()

    def add(self, log: OpenLog, entry: Entry, labels: Iterable[str] = ()) -> Batch:
        """Let an entry be written after all that were added before."""
        with self._lock:
            if self._closed:
                log.fail(StoreError("the server stops"))
            batch, is_first = self._batch, not self._batch.parts
            batch.add(log, entry, labels)
        if is_first:
            self._wake_soon()
        return batch

    def _wake_soon(self) -> None:
        """Let it be written: on an event loop after all that the loop has to do at present, which may add more."""
        loop = _running_loop()
        if loop is None:
            self._wake()
        else:
            loop.call_soon(self._write_at_once)

    def _wake(self) -> None:
        with self._lock:
            self._ready = self._batch
            self._changed.notify()

    def _write_at_once(self) -> None:
        """Write on the event loop if nobody has to wait for that, else let the thread."""
        with self._lock:
            batch = self._batch
            if not batch.parts:
                return
            if self._is_writing or not _append(self._store.append_at_once, batch):
                self._ready = batch
                self._changed.notify()
                return
            self._batch = Batch()
        batch.finish()

    def close(self) -> None:
        """Write what was added, and no more."""
        with self._lock:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._is_writing = False
                while self._ready is not self._batch and not self._closed:
                    self._changed.wait()
                batch, self._batch, self._is_writing = self._batch, Batch(), True
            if batch.parts:
                _append(self._store.append, batch)
                batch.finish()
            elif self._closed:
                return


@coroutine
def _next_turn() -> Iterator[None]:
    """Let the event loop do all that it has to do at present."""
    yield


def _append(append: Callable[[Sequence[Appended]], list[Lease] | None], batch: Batch) -> bool:
    """Whether it was written, or could not be; not if it is to be tried in another way."""
    logs = [log for log in batch.parts if log.failed is None]
    try:
        lost = append([batch.parts[log] for log in logs])
    except Exception as broken:  # whatever it is, whoever waits is told
        why = broken if isinstance(broken, StoreError) else StoreError(f"{type(broken).__name__}: {broken}")
        for log in logs:
            log.fail(why)
        return True
    if lost is None:
        return False
    for log in logs if lost else ():
        if log.lease in lost:
            log.fail(LeaseLostError(f"world {log.lease.world} has another owner"))
    return True


def _set_done(over: "asyncio.Future[None]") -> None:
    if not over.done():  # who waited may have been cancelled
        over.set_result(None)


def _call_all(waiters: Iterable[Callable[[], object]]) -> None:
    """Call each, whatever becomes of those before it; on an event loop, which hears of what fails."""
    for each in waiters:
        try:
            each()
        except Exception as failed:
            why = {"message": "who waited for an entry crashed", "exception": failed}
            asyncio.get_running_loop().call_exception_handler(why)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
