"""Schedules of dreams, the dreams that they began, and the decisions about them."""

from typing import Any, get_args

from mockdreams.http.control.endpoint import Operation, OperationRoute, Payload, body
from mockdreams.http.control.review_routes import AdoptOptions
from mockdreams.http.query_params import Query
from mockdreams.http.workspaces import Workspace
from mockdreams.world.schedules.records import AddSchedule, DreamSchedule, RunStatus, ScheduledDream


def show_schedules(workspace: Workspace) -> dict[str, Any]:
    """The schedules, oldest first."""
    return {"data": [_shown(schedule) for schedule in workspace.world.schedules.table]}


def add_schedule(workspace: Workspace, wanted: AddSchedule) -> dict[str, Any]:
    """Dream of a memory store by itself: the fields of `schedules.add`. Answers with the schedule."""
    return _shown(workspace.world.schedules.add(wanted))


def clear_schedules(workspace: Workspace) -> dict[str, Any]:
    """Forget all schedules; the dreams that they began stay."""
    workspace.world.schedules.clear()
    return show_schedules(workspace)


def remove_schedule(workspace: Workspace, schedule_id: str) -> dict[str, Any]:
    """Forget a schedule; the dreams that it began stay."""
    workspace.world.schedules.remove(schedule_id)
    return show_schedules(workspace)


def show_runs(workspace: Workspace, status: str | None) -> dict[str, Any]:
    """The dreams that schedules began, oldest first, failures and conflicts too; `?status=` selects."""
    runs = (run for run in workspace.world.schedules.runs if status in (None, run.status))
    return {"data": [_shown(run) for run in runs]}


def approve_run(workspace: Workspace, options: AdoptOptions, run_id: str) -> dict[str, Any]:
    """Adopt a dream that waits, by its id or that of its run: all changes, or those at the paths in `only`."""
    return _shown(workspace.world.schedules.approve(run_id, options.only))


def reject_run(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """Adopt nothing of a dream that waits, by its id or that of its run."""
    return _shown(workspace.world.schedules.reject(run_id))


def _shown(record: DreamSchedule | ScheduledDream) -> dict[str, Any]:
    return record.model_dump(mode="json")


def _status(sent: bytes, query: Query) -> str | None:
    return query.choice("status", *get_args(RunStatus))


_STATUS = Payload(_status, query=(("status", "string"),))


ROUTES = (
    OperationRoute(
        "/schedules",
        GET=Operation(show_schedules),
        POST=Operation(add_schedule, body(AddSchedule)),
        DELETE=Operation(clear_schedules),
    ),
    OperationRoute("/schedules/runs", GET=Operation(show_runs, _STATUS)),
    OperationRoute(
        "/schedules/runs/{run_id}/approve", POST=Operation(approve_run, body(AdoptOptions, optional=True), slow=True)
    ),
    OperationRoute("/schedules/runs/{run_id}/reject", POST=Operation(reject_run)),
    OperationRoute("/schedules/{schedule_id}", DELETE=Operation(remove_schedule)),
)
