"""The schema of a scenario."""

from starlette.requests import Request
from starlette.routing import Route

from mockdreams.http.control.endpoint import JSONResponse


async def scenario_schema_json(request: Request) -> JSONResponse:
    """The JSON Schema of a [scenario](../how-to/scenarios.md). Needs no key."""
    from mockdreams.http.scenario import scenario_schema  # few servers are asked for it

    return JSONResponse(scenario_schema())


ROUTES = (Route("/scenario.schema.json", scenario_schema_json),)
