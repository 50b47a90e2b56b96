"""The worlds of the server."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mockdreams.http.auth import check_control
from mockdreams.http.response import headers_of
from mockdreams.http.workspaces import Workspace, Workspaces


def describe(place: Workspace) -> dict[str, Any]:
    """A world in short; nothing in it moves by being described."""
    world = place.world
    return {
        "id": world.workspace_id,
        "key_end": place.key_end,
        "clock": {"mode": world.clock.mode, "now": world.clock.time.isoformat().replace("+00:00", "Z")},
        "counts": {
            "dreams": len(world.dreams.table),
            "memory_stores": len(world.memory_stores.table),
            "sessions": len(world.session_store.table),
            "requests": place.journal.total,
        },
        "bytes": place.journal.bytes + world.memory_stores.size,
    }


async def worlds(request: Request) -> JSONResponse:
    """The worlds, oldest first: `{"data": [{"id", "key_end", "clock", "counts", "bytes"}]}`. Needs no key."""
    check_control(headers_of(request.scope), request.app.control_token)
    places: Workspaces = request.app.places
    return JSONResponse({"data": [describe(place) for place in places]})


ROUTES = (Route("/worlds", worlds),)
