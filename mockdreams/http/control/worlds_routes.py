"""The worlds of the server."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mockdreams.http.auth import check_control
from mockdreams.http.response import headers_of
from mockdreams.http.threads import run_in_thread
from mockdreams.http.workspaces import Workspace, Workspaces, WorldAway
from mockdreams.world.state.json_stream import dump_by_item


def describe(place: Workspace) -> dict[str, Any]:
    """A world in short; nothing in it moves by being described."""
    world = place.world
    return {
        "id": world.workspace_id,
        "key_end": place.key_end,
        "used_at": _wall_time(place.last_used),
        "clock": {"mode": world.clock.mode, "now": world.clock.time.isoformat().replace("+00:00", "Z")},
        "counts": {
            "dreams": len(world.dreams.table),
            "memory_stores": len(world.memory_stores.table),
            "sessions": len(world.session_store.table),
            "requests": place.journal.total,
        },
        "bytes": place.journal.bytes + world.memory_stores.size,
    }


def describe_away(away: WorldAway) -> dict[str, Any]:
    """A world that is not in the memory of this server."""
    return {
        "id": away.workspace_id,
        "key_end": away.key_end,
        "used_at": _wall_time(away.used_at),
        "bytes": away.bytes,
        "owner": away.owner,
    }


def _wall_time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def worlds(request: Request) -> Response:
    """The worlds in memory, oldest first, and those that are away: kept, or packed, until they are asked for.

    `{"data": [{"id", "key_end", "used_at", "clock", "counts", "bytes"}], "away": [{"id", "key_end", "used_at", "bytes",
    "owner"}]}`; when one was used is wall time, `owner` is the address of the replica that has it in memory, or null.
    Needs no key.
    """
    check_control(headers_of(request.scope), request.app.control_token)
    return Response(await run_in_thread(_list, request.app.places), media_type="application/json")


def _list(places: Workspaces) -> bytes:
    """There may be very many: they are listed on a thread, and no event loop waits for it."""
    away = [describe_away(each) for each in places.away()]
    return b"".join(dump_by_item({"data": [describe(place) for place in places], "away": away}))


ROUTES = (Route("/worlds", worlds),)
