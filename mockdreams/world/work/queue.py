"""The work queue of self-hosted environments: an item for each session, handed out, leased, stopped.

An item is handed out by a poll, and again if nobody acknowledges it in time. Its worker claims the lease with a first
heartbeat and keeps it with further ones, each of which names the last: who names another has lost the lease. When
the heartbeats of a worker stop, nothing happens; a policy of the world can have its item queued again instead.
"""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mockdreams.wire.errors import ServiceError, invalid, not_found, shortened
from mockdreams.wire.work import SessionWork, StopWork, UpdateWork, Work, WorkHeartbeat, WorkQueueStats, WorkState
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import Table, first_page, strictly_after
from mockdreams.world.core.tasks import Task
from mockdreams.world.core.validation import merge_metadata
from mockdreams.world.work.worker_credentials import WorkerCredential, WorkerCredentials

TRANSITIONS: dict[WorkState, frozenset[WorkState]] = {
    "queued": frozenset({"starting", "stopped"}),
    "starting": frozenset({"active", "stopping", "stopped", "queued"}),
    "active": frozenset({"active", "stopping", "stopped", "queued"}),
    "stopping": frozenset({"stopped"}),
    "stopped": frozenset({"queued"}),
}
"""What an item can become. A stopped one is queued again when its session is told something; one whose lease has run
out only if the policy says so."""
NO_HEARTBEAT = "NO_HEARTBEAT"
"""What a first heartbeat says that it expects."""
RECLAIM_MS = 5000
"""After so long an item that was polled and not acknowledged is handed out again, unless the poll says otherwise."""
WORKER_SECONDS = 30
"""How long a worker that has polled counts as one."""
TOKEN_SECONDS = 60
"""How long the token of an item outlives its stop."""
MOST_TTL = 300
UNCLAIMED_TTL = 120
"""The lease of an item that is asked to stop before its worker has claimed it."""
ID_PREFIXES = ("sesn_", "session_", "cse_", "work_")


@dataclass(slots=True)
class WorkLease:
    """What is kept beside an item: who has it, and until when."""

    queued_at: datetime
    polled_at: datetime | None = None
    token: str = ""
    ttl_seconds: int = 0
    """0: there was no heartbeat."""
    ends: datetime | None = None


class WorkQueue:
    """The items of all environments of a world."""

    def __init__(self, context: Context, credentials: WorkerCredentials) -> None:
        self._context = context
        self._credentials = credentials
        self.table = Table[Work](kind=environment_of)
        self._leases: dict[str, WorkLease] = {}
        self._pollers: dict[str, dict[str, datetime]] = {}
        """When each worker polled last, by environment."""

    def enqueue(self, environment_id: str, session_id: str) -> None:
        """A new session wants a worker."""
        now = self.table.next_time(self._context.clock.time)
        self._leases[session_id] = WorkLease(queued_at=now)
        data = SessionWork(id=session_id)
        self.table.put(Work(id=session_id, environment_id=environment_id, data=data, created_at=now, started_at=now))

    def wake(self, session_id: str) -> None:
        """A session was told something: if its work had ended, it is queued again."""
        work = self.table.get(session_id)
        if work is not None and work.state == "stopped":
            self._requeue(work)

    def end(self, session_id: str) -> None:
        """A session is over, and its work with it."""
        work = self.table.get(session_id)
        if work is not None and work.state != "stopped":
            self._stop(work)

    def forget(self, environment_id: str) -> None:
        """An environment is gone."""
        for work in list(self.table.iterate(kinds=(environment_id,))):
            self.table.remove(work.id)
            del self._leases[work.id]
        self._pollers.pop(environment_id, None)
        self._credentials.revoke_all(environment_id)

    def count_queued(self, environment_id: str) -> int:
        """How many items wait for a worker."""
        return sum(work.state == "queued" for work in self.table.iterate(kinds=(environment_id,)))

    def note_poll(self, environment_id: str, worker_id: str | None) -> None:
        if worker_id:
            self._pollers.setdefault(environment_id, {})[worker_id] = self._context.clock.time

    def take(self, environment_id: str, reclaim_ms: int = RECLAIM_MS) -> Work | None:
        """Hand out what has waited longest, with its secret; None if nothing waits."""
        now = self._context.clock.time
        long_ago = now - timedelta(milliseconds=min(reclaim_ms, 10**12))
        waiting = [
            (lease.queued_at, work)
            for work in self.table.iterate(kinds=(environment_id,), oldest_first=True)
            if work.state == "queued"
            and ((lease := self._leases[work.id]).polled_at is None or lease.polled_at <= long_ago)
        ]
        if not waiting:
            return None
        _, work = min(waiting, key=lambda each: each[0])
        lease = self._leases[work.id]
        lease.polled_at, lease.token = now, self._credentials.create_item_token(environment_id, work.id)
        secret = json.dumps({"sessions_token": lease.token}, separators=(",", ":")).encode()
        return work.replace(secret=urlsafe_b64encode(secret).decode())

    def retrieve(self, environment_id: str, work_id: str) -> Work:
        work = self.table.get(work_id)
        if work is None or work.environment_id != environment_id:
            raise not_found(f"Work item {shortened(work_id)} not found.", retry=False, rule="work-absent-404")
        return work

    def page(self, environment_id: str, *, limit: int, after: int | None) -> tuple[list[Work], bool]:
        """Newest first."""
        return first_page(self.table.iterate(after=after, kinds=(environment_id,)), limit)

    def stats(self, environment_id: str) -> WorkQueueStats:
        now = self._context.clock.time
        queued = [work for work in self.table.iterate(kinds=(environment_id,)) if work.state == "queued"]
        leases = [self._leases[work.id] for work in queued]
        pending = sum(lease.polled_at is not None for lease in leases)
        recently = now - timedelta(seconds=WORKER_SECONDS)
        return WorkQueueStats(
            depth=len(queued) - pending,
            pending=pending,
            oldest_queued_at=min((lease.queued_at for lease in leases), default=None),
            workers_polling=sum(at > recently for at in self._pollers.get(environment_id, {}).values()),
        )

    def update(self, environment_id: str, work_id: str, params: UpdateWork) -> Work:
        if not work_id.startswith(ID_PREFIXES):
            raise invalid(
                f'Invalid work ID format: expected session_*, cse_*, or work_* prefix, got "{shortened(work_id)}".',
                rule="work-id-malformed-400",
            )
        work = self.retrieve(environment_id, work_id)
        try:
            metadata = merge_metadata(work.metadata, params.metadata, self._context.policy)
        except ServiceError as refused:
            raise ServiceError(
                "invalid_request_error", refused.message, retry=False, details={"error_code": "invalid_metadata"}
            ) from None
        return self.table.put(work.replace(metadata=metadata))

    def acknowledge(self, environment_id: str, work_id: str) -> Work:
        work = self.retrieve(environment_id, work_id)
        if work.state != "queued":
            raise ServiceError(
                "invalid_request_error",
                f"Work item {work_id} must be in QUEUED state to acknowledge",
                status=409,
                rule="work-ack-409",
            )
        return self._transition(work, "starting", acknowledged_at=self._now(work))

    def heartbeat(self, environment_id: str, work_id: str, expected: str | None, ttl: int | None) -> WorkHeartbeat:
        """Claim the lease, or extend it. Raises ServiceError (412) if `expected` is not the heartbeat before."""
        work, lease = self.retrieve(environment_id, work_id), self._leases[work_id]
        if work.state in ("stopping", "stopped"):
            last = work.latest_heartbeat_at or ""
            granted = lease.ttl_seconds or UNCLAIMED_TTL
            return WorkHeartbeat(last_heartbeat=last, lease_extended=False, state=work.state, ttl_seconds=granted)
        actual = None if work.latest_heartbeat_at is None else rfc3339(work.latest_heartbeat_at)
        if expected is not None and expected != (actual or NO_HEARTBEAT):
            raise _lost(work, lease, expected, actual)
        if work.state == "queued":
            raise ServiceError(
                "invalid_request_error",
                f"Work item {work_id} must be acknowledged before its first heartbeat",
                status=409,
                rule="work-heartbeat-queued-409",
            )
        now = self._now(work)
        at = now if work.latest_heartbeat_at is None else strictly_after(now, work.latest_heartbeat_at)
        lease.ttl_seconds = MOST_TTL if ttl is None else max(1, min(ttl, MOST_TTL))
        self._lease_until(work_id, add_seconds(self._context.clock.time, lease.ttl_seconds))
        work = self._transition(work, "active", latest_heartbeat_at=at)
        return WorkHeartbeat(last_heartbeat=at, lease_extended=True, state=work.state, ttl_seconds=lease.ttl_seconds)

    def stop(self, environment_id: str, work_id: str, params: StopWork) -> Work:
        """Ask the worker to stop, or take the item from it at once. What nobody has taken yet stops at once, too."""
        work = self.retrieve(environment_id, work_id)
        if work.state == "stopped" or (work.state == "stopping" and not params.force):
            return work
        if params.force or work.state == "queued":
            return self._stop(work)
        lease = self._leases[work_id]
        if lease.ends is None or lease.ends <= self._context.clock.time:
            self._lease_until(work_id, add_seconds(self._context.clock.time, UNCLAIMED_TTL))
        return self._transition(work, "stopping", stop_requested_at=self._now(work))

    def run_out(self, work_id: str) -> None:
        """The lease of an item may have run out a moment ago."""
        work, lease = self.table.get(work_id), self._leases.get(work_id)
        if work is None or lease is None or lease.ends != self._context.clock.time:
            return
        if work.state == "stopping":
            self._stop(work)
        elif work.state == "active" and self._context.policy.work_requeued_without_heartbeats:
            self._requeue(work)

    def credential(self, token: str) -> WorkerCredential | None:
        """Whose a token is. That of an item is revoked when another took its place, and a while after the stop."""
        found = self._credentials.find(token)
        if found is None or found.session_id is None:
            return found
        work, lease = self.table.get(found.session_id), self._leases.get(found.session_id)
        if work is None or lease is None or lease.token != token:
            return found._replace(revoked=True)
        expires = work.stopped_at and add_seconds(work.stopped_at, TOKEN_SECONDS)
        return found._replace(revoked=expires is not None and expires <= self._context.clock.time)

    def _stop(self, work: Work) -> Work:
        now = self._now(work)
        self._leases[work.id].ends = None
        return self._transition(work, "stopped", stop_requested_at=work.stop_requested_at or now, stopped_at=now)

    def _requeue(self, work: Work) -> Work:
        now = self._context.clock.time
        self._leases[work.id] = WorkLease(queued_at=now)
        before = dict.fromkeys(("acknowledged_at", "latest_heartbeat_at", "stop_requested_at", "stopped_at"))
        return self._transition(work, "queued", started_at=now, **before)

    def _now(self, work: Work) -> datetime:
        """The time, which is not before the item was made: two of one instant differ in `created_at`."""
        return max(self._context.clock.time, work.created_at)

    def _lease_until(self, work_id: str, ends: datetime) -> None:
        self._leases[work_id].ends = ends
        self._context.clock.schedule(ends, Task("work lease runs out", work_id))

    def _transition(self, work: Work, state: WorkState, **fields: Any) -> Work:
        """The only place where the state of an item is set."""
        if state not in TRANSITIONS[work.state]:
            raise RuntimeError(f"work {work.id} cannot become {state}: it is {work.state}")
        return self.table.put(work.replace(state=state, **fields))


def environment_of(work: Work) -> str:
    """Lists of work are those of one environment."""
    return work.environment_id


def rfc3339(at: datetime) -> str:
    """A time as answers have it."""
    return at.isoformat().replace("+00:00", "Z")


def _lost(work: Work, lease: WorkLease, expected: str, actual: str | None) -> ServiceError:
    lease_state = {
        "state": work.state,
        "ttl_seconds": lease.ttl_seconds or MOST_TTL,
        "last_heartbeat": actual,
        "lease_extended": False,
        "lease_updated_at": actual or rfc3339(lease.queued_at),
    }
    return ServiceError(
        "invalid_request_error",
        f"Heartbeat precondition failed: expected {shortened(expected)}, actual was {actual or 'NULL'}",
        status=412,
        rule="work-heartbeat-412",
        details={
            "error_code": "heartbeat_precondition_failed",
            "error_visibility": "user_facing",
            "current_state": lease_state,
        },
    )
