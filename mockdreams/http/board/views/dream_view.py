"""A dream: its milestones, the log of its session, what it used, the script it took, and what it changed."""

from collections.abc import Hashable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from mockdreams.http.board.page_views import Asked, Feed, FormAction, PageView, SentForm, state_of
from mockdreams.http.board.plots import UsagePoint, usage_plot
from mockdreams.http.board.transcripts import newest_rows, rows_after
from mockdreams.http.board.views.world_view import dream_row
from mockdreams.http.workspaces import Workspace
from mockdreams.wire import events as ev
from mockdreams.wire.dreams import Dream
from mockdreams.world.core.prices import ListPrice
from mockdreams.world.sessions.event_log import EventLog


class Milestone(NamedTuple):
    """A moment of a dream's life; what has not come yet is expected, or None if nobody knows when."""

    name: str
    at: datetime | None
    reached: bool


def show(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """Everything about one dream. To look at it here does not bring it on."""
    world = workspace.world
    dream = world.dreams.retrieve(asked["dream"])
    log = _log(workspace, dream)
    rows, skipped = newest_rows(log, len(log.emitted) if asked.text("log") == "all" else 300) if log else ([], 0)
    script = world.dreams.scripts.taken_by(dream.id)
    stores = world.memory_stores.table
    price = world.policy.price_of(dream.model.id)
    return {
        "row": dream_row(workspace, dream),
        "dream": dream,
        "milestones": list(_milestones(workspace, dream)),
        "script": script.model_dump(mode="json", exclude_unset=True) if script else None,
        "points": _points(log, price) if log else [],
        "plot": usage_plot,
        "rows": rows,
        "skipped": skipped,
        "number": len(log.emitted) if log else 0,
        "stores": {id: store.name for id in _store_ids(dream) if (store := stores.get(id)) is not None},
    }


def _store_ids(dream: Dream) -> list[str]:
    return [dream.input_store_id, *(output.memory_store_id for output in dream.outputs)]


def _log(workspace: Workspace, dream: Dream) -> EventLog | None:
    state = workspace.world.session_store.find_state(dream.session_id) if dream.session_id else None
    return state.primary.log if state is not None else None


def _milestones(workspace: Workspace, dream: Dream) -> Iterator[Milestone]:
    world = workspace.world
    run, now = world.dreams.runs.get(dream.id), world.clock.time
    session = world.session_store.table.get(dream.session_id or "")
    yield Milestone("created", dream.created_at, True)
    if run is not None:
        schedule = run.timeline
        yield Milestone("started", schedule.starts, dream.status != "pending")
        ready = session.created_at if session else schedule.ready
        yield Milestone("output ready", ready, session is not None)
        if dream.live:
            half = schedule.ready + (schedule.ends - schedule.ready) / 2 if schedule.ready and schedule.ends else None
            yield Milestone("half done", half, half is not None and half <= now)
            yield Milestone("done", run.fails_at or schedule.ends or schedule.times_out, False)
            return
    elif session is not None:
        yield Milestone("output ready", session.created_at, True)
    yield Milestone(dream.status, dream.ended_at, dream.ended_at is not None)


def _points(log: EventLog, price: ListPrice | None) -> list[UsagePoint]:
    """What had been used, and what it cost, after each model request."""
    spent = [event for event in log.emitted if isinstance(event, ev.ModelRequestEnd)]
    points, tokens, dollars = list[UsagePoint](), 0, Decimal(0)
    for event in spent:
        used = event.model_usage
        cached = used.cache_read_input_tokens, used.cache_creation_input_tokens
        tokens += used.input_tokens + used.output_tokens + sum(cached)
        if price is not None:
            dollars += price.cost(
                input=used.input_tokens, output=used.output_tokens, cache_read=cached[0], cache_write=cached[1]
            )
        assert event.processed_at is not None
        points.append(UsagePoint(event.processed_at, tokens, None if price is None else dollars))
    return points


def _rows(workspace: Workspace, asked: Asked, after: int) -> tuple[list[Any], int]:
    log = _log(workspace, workspace.world.dreams.retrieve(asked["dream"]))
    return rows_after(log, after) if log else ([], 0)


def _state(workspace: Workspace, asked: Asked) -> Hashable:
    dream = workspace.world.dreams.table.get(asked["dream"])
    log = _log(workspace, dream) if dream else None
    return (state_of(workspace), len(log.emitted) if log else 0)


def cancel(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Cancel the dream."""
    workspace.world.dreams.cancel(asked["dream"])
    return "The dream is canceled."


VIEW = PageView(
    "/dreams/{dream}",
    "dream",
    show,
    parts=("head", "milestones", "usage"),
    state=_state,
    feed=Feed("log", "log_rows.html", _rows),
)
ACTIONS = (FormAction("/dreams/{dream}/cancel", cancel),)
