"""The leases of the worlds in memory, which are renewed before they run out, on a thread of its own.

Who could not renew a lease in time must not answer for its world any more: another may own it by now. What it writes is
refused by the store; what it would read is refused by the end of the log, by its own clock.
"""

import threading
from contextlib import suppress
from math import inf
from time import monotonic

from mockdreams.store.errors import LeaseLostError, StoreError
from mockdreams.store.interface import Lease, WorldStore
from mockdreams.store.writer import OpenLog

LEASE_SECONDS = 5.0
"""How long a world is owned by a server that died, for those that share its store."""
OWN_SECONDS = 1e9
"""How long by a server that shares it with nobody."""
RENEWALS = 3
"""How often a lease is renewed in its time."""


class Leases:
    """Takes leases, and keeps them as long as they are wanted. Of a store that is not shared none runs out."""

    def __init__(self, store: WorldStore, seconds: float = LEASE_SECONDS) -> None:
        self.seconds = seconds if store.is_shared else OWN_SECONDS
        self._store = store
        self._lock = threading.Lock()
        self._logs: dict[Lease, OpenLog] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mockdreams leases", daemon=True)
        if store.is_shared:
            self._thread.start()

    def take(self, world: str, key_end: str = "") -> OpenLog:
        """Own a world until it is let go of. Raises LeaseHeldError."""
        until = self._until()
        log = OpenLog(self._store.lease(world, self.seconds, key_end=key_end), until)
        with self._lock:
            self._logs[log.lease] = log
        return log

    def let_go(self, log: OpenLog) -> None:
        """Own a world no more, all of which is kept: another may at once, and knows that."""
        self.abandon(log)
        with suppress(StoreError):  # it runs out by itself
            self._store.release([log.lease])

    def abandon(self, log: OpenLog) -> None:
        """Let a lease run out: not all may be kept that was done with it."""
        with self._lock:
            self._logs.pop(log.lease, None)

    def renew(self) -> None:
        """Renew all leases; worlds whose lease was lost are not to go on."""
        with self._lock:
            self._logs = {lease: log for lease, log in self._logs.items() if log.failed is None}
            logs = dict(self._logs)
        until = self._until()
        with suppress(StoreError):  # it may be back before they run out
            lost = set(self._store.renew(list(logs), self.seconds))
            for lease, log in logs.items():
                if lease in lost:
                    log.fail(LeaseLostError(f"world {lease.world} has another owner"))
                else:
                    log.valid_until = until

    def stop(self) -> None:
        """Renew nothing more."""
        self._closed.set()
        if self._store.is_shared:
            self._thread.join()

    def close(self) -> None:
        """Own nothing more."""
        self.stop()
        with suppress(StoreError):
            self._store.release([lease for lease, log in self._logs.items() if log.failed is None])

    def _until(self) -> float:
        return monotonic() + self.seconds if self._store.is_shared else inf

    def _run(self) -> None:
        while not self._closed.wait(self.seconds / RENEWALS):
            self.renew()
