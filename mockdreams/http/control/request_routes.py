"""The journal of a world's requests."""

from typing import Any, NamedTuple

from mockdreams.http.control.answers import Journal
from mockdreams.http.control.endpoint import Operation, OperationRoute, Payload
from mockdreams.http.workspaces import Workspace


class Selection(NamedTuple):
    """Which exchanges: those of calls that are `match` ("METHOD /path/with/*"), or that were answered with `status`."""

    match: str | None = None
    status: int | None = None


def show_requests(workspace: Workspace, selection: Selection) -> dict[str, Any]:
    """The journal, oldest first; `?match=` and `?status=` select."""
    return {"data": [exchange.state() for exchange in workspace.journal.select(*selection)]}


def clear_requests(workspace: Workspace) -> dict[str, Any]:
    """Forget the journal."""
    workspace.journal.clear()
    return {"data": []}


_SELECTION = Payload(
    lambda sent, query: Selection(query.text("match"), query.integer("status")),
    query=(("match", "string"), ("status", "integer")),
)

ROUTES = (
    OperationRoute(
        "/requests",
        GET=Operation(show_requests, _SELECTION, answer=Journal),
        DELETE=Operation(clear_requests, answer=Journal),
    ),
)
