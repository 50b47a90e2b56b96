"""The description of the control API."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def openapi_json(request: Request) -> JSONResponse:
    """This API in OpenAPI 3.1, made from the code. Needs no key."""
    from importlib.metadata import version  # this, and what makes schemas, takes a while to import

    from mockdreams.http.openapi import describe_api

    return JSONResponse(describe_api(request.app.control_routes, version("mockdreams")))


ROUTES = (Route("/openapi.json", openapi_json),)
