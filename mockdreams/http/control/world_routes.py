"""Beginning a world anew, and forgetting it."""

from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from mockdreams.http.body_parsing import parse_here
from mockdreams.http.body_process import is_large, read_elsewhere
from mockdreams.http.control.answer_shapes import Done
from mockdreams.http.control.endpoint import Operation, OperationRoute, Payload
from mockdreams.http.control.payload_parsing import with_suggestion
from mockdreams.http.control.policy_routes import refusal
from mockdreams.http.query_params import Query
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.wire.base import Params
from mockdreams.wire.errors import ServiceError, invalid
from mockdreams.world.core.clock import SLOWEST, ClockMode, parse_now
from mockdreams.world.core.profiles import make_policy
from mockdreams.world.world import InitialState, WorldConfig

if TYPE_CHECKING:
    from mockdreams.http.scenario import ScenarioStart

MOST_ITEMS = 10_000_000
"""Of a world that is loaded."""


class ResetOptions(Params):
    """How the world begins, now and at later resets, where that is not to be as before."""

    clock: ClockMode | None = None
    """How time moves."""
    speed: float | None = Field(default=None, ge=SLOWEST, allow_inf_nan=False)
    """Virtual seconds per wall second in `real` mode."""
    policy: dict[str, Any] | None = None
    """The fields of the policy that differ from those of the profile: the one that they name, or the server's."""
    load: str | dict[str, Any] | None = None
    """A seed by the name of one that is shipped, or a seed or snapshot as JSON."""
    now: str | None = None
    """When it begins: a time, RFC 3339 with a time zone, or `wall` for that of the server's wall clock."""
    scenario: str | dict[str, Any] | None = None
    """A scenario by the name of one that is shipped, or as JSON; what is given beside it overrides it."""


def reset(workspace: Workspace, order: ResetOptions) -> dict[str, Any]:
    """Make the world as it was at first, faults, stubs, scripts and journal too; or let it begin otherwise."""
    try:
        scenario = None if order.scenario is None else _scenario(order.scenario)
        config = workspace.world.config if scenario is None else _begun(workspace, scenario)
        fields = None if order.policy is None else {**(scenario.policy_fields if scenario else {}), **order.policy}
        workspace.reset(
            WorldConfig(
                clock=order.clock or config.clock,
                speed=order.speed or config.speed,
                policy=config.policy if fields is None else workspace.make_policy(fields),
                load=config.load if order.load is None else _beginning(order.load),
                now=config.now if order.now is None else parse_now(order.now),
            ),
            scenario,
        )
    except ValidationError as refused:
        raise refusal(refused) from None
    except ValueError as refused:
        raise invalid(str(refused)) from None
    return {"status": "ok"}


def forget(workspace: Workspace) -> dict[str, Any]:
    """Forget the world; the next request of the key makes another."""
    workspace.remove()
    return {"status": "ok"}


def _forget_unread(places: Workspaces, key: str) -> dict[str, Any]:
    """Forget a world that cannot be read."""
    places.forget_unread(key)
    return {"status": "ok"}


def _beginning(load: str | dict[str, Any]) -> InitialState:
    """By name only those that are shipped: whoever may speak to the server may not read its files."""
    from mockdreams.world.state.seeds import load_bundled, read

    return load_bundled(load) if isinstance(load, str) else read(load)


def _scenario(scenario: str | dict[str, Any]) -> "ScenarioStart":
    from mockdreams.http.scenario_files import find_bundled, load_scenario

    return load_scenario(find_bundled(scenario) if isinstance(scenario, str) else scenario)


def _begun(workspace: Workspace, scenario: "ScenarioStart") -> WorldConfig:
    """How the world begins with a scenario, and otherwise as before."""
    config = workspace.world.config
    return WorldConfig(
        clock=scenario.clock or config.clock,
        speed=scenario.speed or config.speed,
        policy=workspace.make_policy(scenario.policy_fields) if scenario.policy_fields else config.policy,
        load=scenario.initial_state or config.load,
        now=parse_now(scenario.now) or config.now,
    )


def _read(sent: bytes, query: Query) -> ResetOptions:
    return read_elsewhere(_checked if is_large(sent) else _parse, sent)


def _parse(sent: bytes) -> ResetOptions:
    try:
        return parse_here(ResetOptions, sent, most_items=MOST_ITEMS) if sent else ResetOptions()
    except ServiceError as refused:
        raise with_suggestion(refused, ResetOptions, sent) from None


def _checked(sent: bytes) -> ResetOptions:
    """Raises ServiceError for a seed that is none, or a policy."""
    order = _parse(sent)
    try:
        if isinstance(order.load, dict):
            _beginning(order.load)
        if order.policy is not None:
            make_policy(order.policy)
    except ValidationError as refused:
        raise refusal(refused) from None
    except ValueError as refused:
        raise invalid(str(refused)) from None
    return order


ROUTES = (
    OperationRoute(
        "/reset",
        POST=Operation(reset, Payload(_read, ResetOptions, optional=True), answer=Done, slow=True),
    ),
    OperationRoute("/world", DELETE=Operation(forget, answer=Done, unread=_forget_unread)),
)
