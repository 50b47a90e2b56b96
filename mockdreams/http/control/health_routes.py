"""Whether the server is up. Needs no key."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def health(request: Request) -> JSONResponse:
    """Whether the server is up. Needs no key."""
    return JSONResponse({"status": "ok"})


ROUTES = (Route("/health", health),)
