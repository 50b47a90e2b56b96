"""Whether the server is up, and whether it takes requests. Needs no key."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def health(request: Request) -> JSONResponse:
    """Whether the server is up, and the profile with which worlds begin: `{"status", "profile"}`. Needs no key."""
    return JSONResponse({"status": "ok", "profile": request.app.places.profile})


async def ready(request: Request) -> JSONResponse:
    """Whether the server takes requests: `{"status": "ready"}` from the moment it serves. Needs no key."""
    return JSONResponse({"status": "ready"})


ROUTES = (Route("/health", health), Route("/ready", ready))
