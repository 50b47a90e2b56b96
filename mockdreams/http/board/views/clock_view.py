"""The clock of a world, which every page of it shows, and its buttons."""

from typing import Any

from mockdreams.http.board.page_views import Asked, FormAction, SentForm
from mockdreams.http.body_parsing import parse
from mockdreams.http.control.clock_routes import ClockUpdate, update_clock
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.errors import invalid

SPEEDS = (1, 60, 600, 3600)


def show_clock(workspace: Workspace) -> dict[str, Any]:
    """What the clock says, and how it goes. To look at it moves nothing."""
    clock = workspace.world.clock
    due = clock.due
    return {
        "now": clock.time,
        "mode": clock.mode,
        "speed": clock.speed,
        "speeds": SPEEDS,
        "frozen": clock.frozen,
        "next": due[0].at if due else None,
        "waiting": len(due),
    }


def move(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Move the clock, or change how it goes."""
    order = _order(workspace, form)
    update_clock(workspace, parse(ClockUpdate, order))
    clock = workspace.world.clock
    return f"It is {clock.time:%Y-%m-%d %H:%M:%S}, and the clock is {'frozen' if clock.frozen else clock.mode}."


def _order(workspace: Workspace, form: SentForm) -> bytes:
    due = workspace.world.clock.due
    match form.text("do"):
        case "next" if due:
            return b'{"move_to": "%b"}' % due[0].at.isoformat().encode()
        case "idle":
            return b'{"run_until_idle": true}'
        case "freeze":
            return b'{"freeze": true}'
        case "resume":
            return b'{"freeze": false}'
        case "next":
            raise invalid("Nothing is due.")
    for name in ("advance", "speed"):
        if form.text(name):
            return b'{"%b": %b}' % (name.encode(), form.text(name).encode())
    return b'{"mode": "%b"}' % form.text("mode").encode()


ACTIONS = (FormAction("/clock", move),)
