"""The clock of a world: what it says, and moving it."""

from datetime import timedelta
from typing import Any

from pydantic import Field

from mockdreams.http.control.answer_shapes import ClockState
from mockdreams.http.control.endpoint import Operation, OperationRoute, body
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params, Timestamp
from mockdreams.wire.errors import invalid
from mockdreams.world.core.clock import SLOWEST, Clock, ClockMode


class ClockUpdate(Params):
    """What to do with the clock; several orders of one request are carried out in this order."""

    mode: ClockMode | None = None
    """How time moves from now on."""
    speed: float | None = Field(default=None, ge=SLOWEST, allow_inf_nan=False)
    """Virtual seconds per wall second in `real` mode."""
    advance: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Virtual seconds to move forward."""
    move_to: Timestamp | None = None
    """The moment to move forward to, RFC 3339 with a time zone."""
    freeze: bool | None = None
    """True: stop time until it is resumed, or a mode is set. False: let it go on as before."""
    run_until_idle: bool = False
    """Run everything that is waiting, and what that makes wait."""


def show_clock(workspace: Workspace) -> dict[str, Any]:
    """Mode, time, speed, and what is waiting: `{"mode", "now", "speed", "due": [{"at", "what"}]}`."""
    return workspace.world.clock.state()


def update_clock(workspace: Workspace, order: ClockUpdate) -> dict[str, Any]:
    """Move the clock, or change how it goes; answers as `GET`."""
    clock = workspace.world.clock
    try:
        _check(clock, order)
        if order.mode is not None:
            clock.mode = order.mode
        if order.freeze is not None:
            clock.freeze() if order.freeze else clock.resume()
        if order.speed is not None:
            clock.speed = order.speed
        if order.advance is not None:
            clock.advance(seconds=order.advance)
        if order.move_to is not None:
            clock.move_to(order.move_to)
        if order.run_until_idle:
            clock.run_until_idle()
    except (ValueError, OverflowError) as refused:
        raise invalid(str(refused)) from None
    return clock.state()


def _check(clock: Clock, order: ClockUpdate) -> None:
    """Raises ValueError, before anything has moved, for an order that cannot be carried out whole."""
    try:
        clock.check(order.move_to, order.advance or 0)
        if order.move_to is not None and order.move_to < clock.time + timedelta(seconds=order.advance or 0):
            raise ValueError(f"time only moves forward: {order.move_to.isoformat()} is before the end of the advance")
    except OverflowError:
        raise ValueError("time cannot move so far") from None


ROUTES = (
    OperationRoute(
        "/clock",
        GET=Operation(show_clock, answer=ClockState),
        POST=Operation(update_clock, body(ClockUpdate), slow=True, answer=ClockState),
    ),
)
