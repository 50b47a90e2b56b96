"""All worlds of the server."""

from typing import Any

from mockdreams.http.board.page_views import Asked, PageView
from mockdreams.http.control.worlds_routes import describe, describe_away
from mockdreams.http.workspaces import Workspaces

SHOWN = 100


def show(places: Workspaces, asked: Asked) -> dict[str, Any]:
    """The worlds in memory, the newest first, and those that are not, the last that was used first."""
    newest = list(places)[::-1]
    away = sorted(places.away(), key=lambda each: each.used_at, reverse=True)
    return {
        "worlds": [describe(place) for place in newest[:SHOWN]],
        "hidden": max(0, len(newest) - SHOWN),
        "away": list(map(describe_away, away[:SHOWN])),
        "hidden_away": max(0, len(away) - SHOWN),
        "url": asked.server_url,
    }


VIEW = PageView("/", "worlds", show, parts=("list",))
