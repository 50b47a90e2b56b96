"""The control API, below /_mockdreams/: everything that is ours and not the service's. One module per lever.

Each module has its operations, plain functions of a workspace and a typed payload that answer with JSON-able values,
and the Starlette routes that serve them.
"""

from collections.abc import Callable, Iterator
from typing import Any

from starlette.routing import Route

from mockdreams.http.control import (
    clock,
    costs,
    faults,
    health,
    journal,
    policy,
    prepared,
    scripts,
    snapshot,
    story,
    world,
)
from mockdreams.http.control.clock import ClockOrder
from mockdreams.http.control.endpoint import PREFIX, OperationRoute
from mockdreams.http.control.world import ResetOrder

HEALTH = health.ROUTES
ROUTES: tuple[OperationRoute, ...] = (
    *clock.ROUTES,
    *policy.ROUTES,
    *faults.ROUTES,
    *scripts.ROUTES,
    *prepared.ROUTES,
    *journal.ROUTES,
    *snapshot.ROUTES,
    *world.ROUTES,
    *story.ROUTES,
    *costs.ROUTES,
)


def operations(route: Route) -> Iterator[tuple[str, Callable[..., Any]]]:
    """What answers each method of a route."""
    if isinstance(route, OperationRoute):
        yield from ((method, operation.run) for method, operation in route.operations.items())
    else:
        yield "GET", route.endpoint


__all__ = ["HEALTH", "PREFIX", "ROUTES", "ClockOrder", "OperationRoute", "ResetOrder", "operations"]
