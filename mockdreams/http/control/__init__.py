"""The control API, below /_mockdreams/: everything that is ours and not the service's. One module per control.

Each module has its operations, plain functions of a workspace and a typed payload that answer with JSON-able values,
and the Starlette routes that serve them.
"""

from collections.abc import Callable, Iterator
from typing import Any

from starlette.routing import Route

from mockdreams.http.control import (
    clock_routes,
    cost_routes,
    coverage_routes,
    environment_key_routes,
    health_routes,
    metrics_routes,
    openapi_routes,
    policy_routes,
    prepared_routes,
    queue_routes,
    report_routes,
    request_routes,
    review_routes,
    scenario_routes,
    schedule_routes,
    snapshot_routes,
    webhook_routes,
    world_routes,
    worlds_routes,
)
from mockdreams.http.control.clock_routes import ClockUpdate
from mockdreams.http.control.endpoint import OperationRoute
from mockdreams.http.control.world_routes import ResetOptions

HEALTH = health_routes.ROUTES
DOCUMENTS: tuple[Route, ...] = (*openapi_routes.ROUTES, *scenario_routes.ROUTES)
"""What is the same for every key, and needs none."""
OF_SERVER: tuple[Route, ...] = (*worlds_routes.ROUTES, *metrics_routes.ROUTES)
"""Of the server as a whole, and no world."""
ROUTES: tuple[OperationRoute, ...] = (
    *clock_routes.ROUTES,
    *policy_routes.ROUTES,
    *queue_routes.ROUTES,
    *prepared_routes.ROUTES,
    *request_routes.ROUTES,
    *snapshot_routes.ROUTES,
    *world_routes.ROUTES,
    *report_routes.ROUTES,
    *cost_routes.ROUTES,
    *environment_key_routes.ROUTES,
    *review_routes.ROUTES,
    *schedule_routes.ROUTES,
    *webhook_routes.ROUTES,
    *coverage_routes.ROUTES,
)


def operations(route: Route) -> Iterator[tuple[str, Callable[..., Any]]]:
    """What answers each method of a route."""
    if isinstance(route, OperationRoute):
        yield from ((method, operation.run) for method, operation in route.operations.items())
    else:
        yield "GET", route.endpoint


__all__ = [
    "DOCUMENTS",
    "HEALTH",
    "OF_SERVER",
    "ROUTES",
    "ClockUpdate",
    "OperationRoute",
    "ResetOptions",
    "operations",
]
