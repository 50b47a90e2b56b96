"""/v1/environments/{environment_id}/work: the queue that workers of self-hosted environments poll."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from mockdreams.http.auth import WORK, WORK_ADMIN, WORK_ITEM, WORK_STATS
from mockdreams.http.body_parsing import parse_plainly
from mockdreams.http.pagination import body, render_page
from mockdreams.http.request import Request
from mockdreams.http.routing import Answer, Later, Route
from mockdreams.wire.environments import SelfHosted
from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.wire.work import StopWork, UpdateWork, Work
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.work.queue import RECLAIM_MS

MOST_BLOCK_MS = 999
LOOK_SECONDS = 0.02
"""Wall seconds between two looks at an empty queue while a poll waits under the real clock."""


def poll(call: Request, environment_id: str) -> Answer:
    """Hand out an item, or `null`. A poll that may wait looks again until its virtual time is over."""
    block_ms, reclaim_ms = call.query.integer("block_ms"), call.query.integer("reclaim_older_than_ms")
    if block_ms is not None and not 1 <= block_ms <= MOST_BLOCK_MS:
        raise _out_of_range("block_ms", block_ms, MOST_BLOCK_MS)
    if reclaim_ms is not None and reclaim_ms < 1:
        raise _out_of_range("reclaim_older_than_ms", reclaim_ms, None)
    if not call.world.environments.is_self_hosted(environment_id):
        raise invalid(_not_self_hosted(environment_id), retry=False, rule="work-poll-cloud-400")
    if call.until is None:
        call.world.work.note_poll(environment_id, call.header(b"anthropic-worker-id"))
    take = partial(call.world.work.take, environment_id, reclaim_ms or RECLAIM_MS)
    work = take()
    if work is None and block_ms is not None:
        return _wait(call, take, call.until or add_seconds(call.world.clock.time, block_ms / 1000))
    return b"null" if work is None else work.body


def _wait(call: Request, take: Callable[[], Work | None], until: datetime) -> Answer:
    """A look at an empty queue. An automatic clock moves to the end of the poll, a manual one stands still."""
    clock = call.world.clock
    if clock.mode == "auto":
        clock.touch(until)
    work = take()
    if work is not None:
        return work.body
    if clock.mode != "real" or clock.time >= until:
        return b"null"
    left = (until - clock.time).total_seconds() / clock.speed
    return Later(min(left, LOOK_SECONDS), until)


def list_page(call: Request, environment_id: str) -> bytes:
    if not call.world.environments.is_self_hosted(environment_id):
        raise not_found(_not_self_hosted(environment_id), retry=False, rule="work-list-cloud-404")
    work, listing = call.world.work, f"{environment_id}/work"
    records, more = work.page(environment_id, limit=call.query.limit(), after=call.query.place(listing))
    return render_page(listing, work.table, records, more, body, null=True)


def stats(call: Request, environment_id: str) -> bytes:
    environment = call.world.environments.retrieve(environment_id, retry=False)
    if not isinstance(environment.config, SelfHosted):
        raise not_found(_not_self_hosted(environment_id), retry=False, rule="work-list-cloud-404")
    return call.world.work.stats(environment_id).body


def retrieve(call: Request, environment_id: str, work_id: str) -> bytes:
    return call.world.work.retrieve(environment_id, work_id).body


def update(call: Request, environment_id: str, work_id: str) -> bytes:
    return call.world.work.update(environment_id, work_id, parse_plainly(UpdateWork, call.body)).body


def acknowledge(call: Request, environment_id: str, work_id: str) -> bytes:
    return call.world.work.acknowledge(environment_id, work_id).body


def heartbeat(call: Request, environment_id: str, work_id: str) -> bytes:
    query = call.query
    expected, ttl = query.text("expected_last_heartbeat"), query.integer("desired_ttl_seconds")
    return call.world.work.heartbeat(environment_id, work_id, expected, ttl).body


def stop(call: Request, environment_id: str, work_id: str) -> bytes:
    params = parse_plainly(StopWork, call.body) if call.body else StopWork()
    return call.world.work.stop(environment_id, work_id, params).body


def _not_self_hosted(environment_id: str) -> str:
    return f"Environment {environment_id} is not a self-hosted environment."


def _out_of_range(name: str, value: int, most: int | None) -> ServiceError:
    less = value < 1
    bound = "greater than or equal to 1" if less else f"less than or equal to {most}"
    return invalid(f"{name}: Input should be {bound}", retry=False, rule="work-poll-range-400")


_QUEUE = "/v1/environments/{environment_id}/work"
_WORK = _QUEUE + "/{work_id}"

ROUTES = (
    Route("GET", _QUEUE, list_page, WORK),
    Route("GET", _QUEUE + "/poll", poll, WORK, changes=True),
    Route("GET", _QUEUE + "/stats", stats, WORK_STATS),
    Route("GET", _WORK, retrieve, WORK_ADMIN),
    Route("POST", _WORK, update, WORK_ADMIN),
    Route("POST", _WORK + "/ack", acknowledge, WORK),
    Route("POST", _WORK + "/heartbeat", heartbeat, WORK_ITEM),
    Route("POST", _WORK + "/stop", stop, WORK_ITEM),
)
