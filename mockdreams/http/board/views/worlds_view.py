"""All worlds of the server."""

from typing import Any

from mockdreams.http.board.page_views import Asked, PageView
from mockdreams.http.control.worlds_routes import describe
from mockdreams.http.workspaces import Workspaces

SHOWN = 100


def show(places: Workspaces, asked: Asked) -> dict[str, Any]:
    """The worlds, the newest first."""
    newest = list(places)[::-1]
    return {
        "worlds": [describe(place) for place in newest[:SHOWN]],
        "hidden": max(0, len(newest) - SHOWN),
        "url": asked.server_url,
    }


VIEW = PageView("/", "worlds", show, parts=("list",))
