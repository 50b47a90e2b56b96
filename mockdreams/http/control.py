"""/_mockdreams/: everything that is ours and not the service's."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from mockdreams.http.calls import Call
from mockdreams.http.faults import Fault
from mockdreams.http.gates import CONTROL, OPEN
from mockdreams.http.routing import Route
from mockdreams.wire.errors import invalid
from mockdreams.wire.shapes import Params
from mockdreams.world.clock import ClockMode, parse_now
from mockdreams.world.policy import Policy
from mockdreams.world.scripts import DreamScript
from mockdreams.world.session_scripts import SessionScript
from mockdreams.world.snapshots import SnapshotError, restore, save
from mockdreams.world.world import Start

if TYPE_CHECKING:
    from mockdreams.world.seeds import Beginning


class ClockOrder(Params):
    """What to do with the clock; several orders of one request are carried out in this order."""

    mode: ClockMode | None = None
    """How time moves from now on."""
    speed: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Virtual seconds per wall second in `real` mode."""
    advance: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Virtual seconds to move forward."""
    move_to: datetime | None = None
    """The moment to move forward to, RFC 3339 with a time zone."""
    run_until_idle: bool = False
    """Run everything that is waiting, and what that makes wait."""


class ResetOrder(Params):
    """How the world begins, now and at later resets, where that is not to be as before."""

    clock: ClockMode | None = None
    """How time moves."""
    speed: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Virtual seconds per wall second in `real` mode."""
    policy: dict[str, Any] | None = None
    """The fields of the policy that differ from the defaults."""
    load: str | dict[str, Any] | None = None
    """A seed by the name of one that is shipped, or a seed or snapshot as JSON."""
    now: str | None = None
    """When it begins: a time, RFC 3339 with a time zone, or `wall` for that of the server's wall clock."""


def health(call: Call) -> bytes:
    """Whether the server is up. Needs no key."""
    return _json({"status": "ok"})


def show_clock(call: Call) -> bytes:
    """Mode, time, speed, and what is waiting: `{"mode", "now", "speed", "due": [{"at", "what"}]}`."""
    return _json(call.world.clock.state())


def order_clock(call: Call) -> bytes:
    """Move the clock, or change how it goes; answers as `GET`."""
    order, clock = call.params(ClockOrder), call.world.clock
    try:
        clock.check(order.move_to, order.advance or 0)
        if order.mode is not None:
            clock.mode = order.mode
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
    return _json(clock.state())


def reset(call: Call) -> bytes:
    """Make the world as it was at first, faults, scripts and journal too; or let it begin otherwise."""
    order, now = call.params(ResetOrder) if call.body else ResetOrder(), call.world.start
    try:
        call.place.reset(
            Start(
                clock=order.clock or now.clock,
                speed=order.speed or now.speed,
                policy=now.policy if order.policy is None else Policy.model_validate(order.policy),
                load=now.load if order.load is None else _beginning(order.load),
                now=now.now if order.now is None else parse_now(order.now),
            )
        )
    except ValueError as refused:
        raise invalid(_first(refused)) from None
    return _json({"status": "ok"})


def forget(call: Call) -> bytes:
    """Forget the world; the next request of the key makes another."""
    call.place.forget()
    return _json({"status": "ok"})


def tell_story(call: Call) -> bytes:
    """What the report of a failing test tells: `{"story"}`."""
    return _json({"story": call.place.story()})


def show_cost(call: Call, dream_id: str) -> bytes:
    """What a dream has cost so far, at list price: `{"usd"}`, null for a model that has no price."""
    cost = call.world.dreams.cost(dream_id)
    return _json({"usd": None if cost is None else str(cost)})


def show_policy(call: Call) -> bytes:
    """Every field of the policy."""
    return _json(call.world.policy.model_dump(mode="json"))


def change_policy(call: Call) -> bytes:
    """Change the fields that are given; answers as `GET`."""
    try:
        changes = json.loads(call.body)
        changed = Policy.model_validate({**call.world.policy.model_dump(), **changes})
    except (ValueError, TypeError) as refused:
        raise invalid(_first(refused)) from None
    call.world.policy = changed
    return show_policy(call)


def show_faults(call: Call) -> bytes:
    """The faults that are left, each with how often it has struck."""
    return _json({"data": call.place.faults.state()})


def add_fault(call: Call) -> bytes:
    """Add a fault: the fields of `faults.add`."""
    call.place.faults.add(call.params(Fault))
    return show_faults(call)


def clear_faults(call: Call) -> bytes:
    """Forget the faults that are left."""
    call.place.faults.clear()
    return show_faults(call)


def show_scripts(call: Call) -> bytes:
    """The scripts that no dream has taken."""
    return _json({"data": call.world.dreams.scripts.state()})


def add_script(call: Call) -> bytes:
    """Tell the next dream what to do: the fields of `dreams.script`."""
    call.world.dreams.scripts.add(call.params(DreamScript))
    return show_scripts(call)


def clear_scripts(call: Call) -> bytes:
    """Forget the scripts that no dream has taken."""
    call.world.dreams.scripts.clear()
    return show_scripts(call)


def show_session_scripts(call: Call) -> bytes:
    """The scripts that no session has taken."""
    return _json({"data": call.world.session_scripts.state()})


def add_session_script(call: Call) -> bytes:
    """Tell a session what to do in its next turns: the fields of `sessions.script`."""
    call.world.session_scripts.add(call.params(SessionScript))
    return show_session_scripts(call)


def clear_session_scripts(call: Call) -> bytes:
    """Forget the scripts that no session has taken."""
    call.world.session_scripts.clear()
    return show_session_scripts(call)


def show_requests(call: Call) -> bytes:
    """The journal, oldest first; `?match=` and `?status=` select."""
    selected = call.place.journal.select(call.query.text("match"), call.query.integer("status"))
    return _json({"data": [exchange.state() for exchange in selected]})


def clear_requests(call: Call) -> bytes:
    """Forget the journal."""
    call.place.journal.clear()
    return _json({"data": []})


def show_snapshot(call: Call) -> bytes:
    """The whole world as one JSON document."""
    try:
        return _json(save(call.world))
    except SnapshotError as refused:
        raise invalid(str(refused)) from None


def restore_snapshot(call: Call) -> bytes:
    """Make the world what it was in the snapshot that is the body."""
    try:
        restore(call.world, json.loads(call.body))
    except ValueError as refused:
        raise invalid(str(refused)) from None
    return _json({"status": "ok"})


def _beginning(load: str | dict[str, Any]) -> "Beginning":
    """By name only those that are shipped: whoever may speak to the server may not read its files."""
    from mockdreams.world.seeds import load_shipped, read

    return load_shipped(load) if isinstance(load, str) else read(load)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")


def _first(refused: Exception) -> str:
    from mockdreams.world.seeds import SeedError

    if isinstance(refused, ValidationError):
        error = refused.errors()[0]
        return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
    if isinstance(refused, SeedError | SnapshotError):
        return str(refused)
    return "Failed to parse request body: expected a JSON object"


HEALTH = Route("GET", "/_mockdreams/health", health, OPEN)
ROUTES = (
    HEALTH,
    Route("GET", "/_mockdreams/clock", show_clock, CONTROL),
    Route("POST", "/_mockdreams/clock", order_clock, CONTROL),
    Route("GET", "/_mockdreams/policy", show_policy, CONTROL),
    Route("PATCH", "/_mockdreams/policy", change_policy, CONTROL),
    Route("GET", "/_mockdreams/faults", show_faults, CONTROL),
    Route("POST", "/_mockdreams/faults", add_fault, CONTROL),
    Route("DELETE", "/_mockdreams/faults", clear_faults, CONTROL),
    Route("GET", "/_mockdreams/dreams/scripts", show_scripts, CONTROL),
    Route("POST", "/_mockdreams/dreams/scripts", add_script, CONTROL),
    Route("DELETE", "/_mockdreams/dreams/scripts", clear_scripts, CONTROL),
    Route("GET", "/_mockdreams/sessions/scripts", show_session_scripts, CONTROL),
    Route("POST", "/_mockdreams/sessions/scripts", add_session_script, CONTROL),
    Route("DELETE", "/_mockdreams/sessions/scripts", clear_session_scripts, CONTROL),
    Route("GET", "/_mockdreams/requests", show_requests, CONTROL),
    Route("DELETE", "/_mockdreams/requests", clear_requests, CONTROL),
    Route("GET", "/_mockdreams/snapshot", show_snapshot, CONTROL),
    Route("POST", "/_mockdreams/snapshot", restore_snapshot, CONTROL),
    Route("POST", "/_mockdreams/reset", reset, CONTROL),
    Route("DELETE", "/_mockdreams/world", forget, CONTROL),
    Route("GET", "/_mockdreams/story", tell_story, CONTROL),
    Route("GET", "/_mockdreams/dreams/{dream_id}/cost", show_cost, CONTROL),
)
