"""The work queue of a self-hosted environment: what its workers poll, hold and give back."""

from typing import Any, Literal, TypeAlias

from mockdreams.wire.base import Model, Params, Record, Timestamp

WorkState: TypeAlias = Literal["queued", "starting", "active", "stopping", "stopped"]


class SessionWork(Model):
    type: Literal["session"] = "session"
    id: str


class Work(Record):
    """An item of work: a session that wants a worker. Its id is the session's. Only a poll shows the `secret`."""

    id: str
    type: Literal["work"] = "work"
    environment_id: str
    state: WorkState = "queued"
    data: SessionWork
    metadata: dict[str, str] = {}
    secret: str | None = None
    created_at: Timestamp
    started_at: Timestamp | None = None
    acknowledged_at: Timestamp | None = None
    latest_heartbeat_at: Timestamp | None = None
    stop_requested_at: Timestamp | None = None
    stopped_at: Timestamp | None = None
    actor: dict[str, Any] | None = None


class WorkHeartbeat(Record):
    """`last_heartbeat` is empty if there has been none."""

    type: Literal["work_heartbeat"] = "work_heartbeat"
    last_heartbeat: Timestamp | Literal[""]
    lease_extended: bool
    state: WorkState
    ttl_seconds: int


class WorkQueueStats(Record):
    """`depth` counts what waits to be polled, `pending` what was polled and not acknowledged."""

    type: Literal["work_queue_stats"] = "work_queue_stats"
    depth: int
    pending: int
    oldest_queued_at: Timestamp | None = None
    workers_polling: int | None = None


class UpdateWork(Params):
    """A null value removes its key."""

    metadata: dict[str, str | None]


class StopWork(Params):
    force: bool = False
