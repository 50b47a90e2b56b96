"""Schedules: worlds that dream by themselves, the dreams that were begun so, and somebody's yes or no to each."""

import json
from collections.abc import Hashable
from typing import Any

from mockdreams.http.board.page_views import Asked, FormAction, PageView, SentForm, state_of
from mockdreams.http.board.shape_forms import as_document, fields_of
from mockdreams.http.body_parsing import parse
from mockdreams.http.workspaces import Workspace
from mockdreams.world.core.tables import first_page
from mockdreams.world.schedules.records import AddSchedule
from mockdreams.world.schedules.schedules import DECIDABLE

RUNS = 100
FIRST = ("memory_store_id", "every", "after_sessions", "mode", "sessions")
PRESETS: dict[str, dict[str, str]] = {
    "every night": {"cron": "0 3 * * *", "mode": "review"},
    "every six hours, at once": {"every": "21600", "mode": "automatic"},
    "after ten sessions": {"after_sessions": "10", "mode": "review"},
}


def show(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The schedules, and the newest dreams that they began; a preset fills the form in."""
    schedules, stores = workspace.world.schedules, workspace.world.memory_stores.table
    newest = next((store.id for store in stores.iterate()), "")
    runs, more = first_page(schedules.runs.iterate(), RUNS)
    return {
        "schedules": list(schedules.table),
        "names": {store.id: store.name for store in stores},
        "runs": runs,
        "more": more,
        "decidable": DECIDABLE,
        "fields": fields_of(AddSchedule, FIRST),
        "presets": list(PRESETS),
        "preset": asked.text("preset"),
        "values": {"memory_store_id": newest, **PRESETS.get(asked.text("preset"), {})},
    }


def add(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Let the world dream by itself from now on."""
    document = as_document(AddSchedule, form.fields)
    schedule = workspace.world.schedules.add(parse(AddSchedule, json.dumps(document).encode()))
    when = f" It is next due at {schedule.next_run_at:%Y-%m-%d %H:%M:%S}." if schedule.next_run_at else ""
    return f"Schedule {schedule.id} is added.{when}"


def remove(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Forget a schedule."""
    workspace.world.schedules.remove(form.text("schedule"))
    return "The schedule is forgotten; the dreams that it began stay."


def decide(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Adopt a dream that waits, or nothing of it."""
    schedules = workspace.world.schedules
    with workspace.world.lock:
        chosen = form.text("approve")
        run = schedules.approve(chosen) if chosen else schedules.reject(form.text("reject"))
    return " ".join([f"The dream is {run.status}.", *(f"Conflict: {each}." for each in run.conflicts)])


def _state(workspace: Workspace, asked: Asked) -> Hashable:
    schedules = workspace.world.schedules
    return (state_of(workspace), schedules.table.revision, schedules.runs.revision)


VIEW = PageView("/schedules", "schedules", show, parts=("list", "runs"), state=_state)
ACTIONS = (
    FormAction("/schedules", add),
    FormAction("/schedules/remove", remove),
    FormAction("/schedules/decide", decide, long=True),
)
