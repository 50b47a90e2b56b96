"""The journal of a world's requests."""

from typing import Any, NamedTuple

from mockdreams.http.control.answer_shapes import JournalState
from mockdreams.http.control.endpoint import Operation, OperationRoute, Payload
from mockdreams.http.journal_answer import dump_journal
from mockdreams.http.query_params import Query
from mockdreams.http.workspaces import Workspace


class Selection(NamedTuple):
    """Which exchanges: those of calls that are `match` ("METHOD /path/with/*"), or that were answered with `status`."""

    match: str | None = None
    status: int | None = None


def _selection(sent: bytes, query: Query) -> Selection:
    return Selection(query.text("match"), query.integer("status"))


_SELECTION = Payload(_selection, query=(("match", "string"), ("status", "integer")))


def show_requests(workspace: Workspace, selection: Selection) -> dict[str, Any]:
    """The journal, oldest first; `?match=` and `?status=` select."""
    return {"data": [exchange.state() for exchange in workspace.journal.select(*selection)]}


def _stream_requests(workspace: Workspace, _: list[bytes], query: Query) -> list[bytes]:
    """The same in pieces: a full journal takes long to read and to mask."""
    return dump_journal(workspace.journal, *_selection(b"", query))


def clear_requests(workspace: Workspace) -> dict[str, Any]:
    """Forget the journal."""
    workspace.journal.clear()
    return {"data": []}


ROUTES = (
    OperationRoute(
        "/requests",
        GET=Operation(show_requests, _SELECTION, stream=_stream_requests, answer=JournalState, unlocked=True),
        DELETE=Operation(clear_requests, answer=JournalState),
    ),
)
