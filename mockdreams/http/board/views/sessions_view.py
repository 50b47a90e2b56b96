"""Sessions, and what was said and done in each."""

from collections.abc import Hashable
from typing import Any

from mockdreams.http.board.page_views import Asked, Feed, PageView, absent, state_of
from mockdreams.http.board.transcripts import SHOWN, newest_rows, rows_after
from mockdreams.http.workspaces import Workspace
from mockdreams.world.core.tables import first_page
from mockdreams.world.sessions.event_log import EventLog

SESSIONS = 100


def show_sessions(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The newest sessions, from one on backward."""
    store = workspace.world.session_store
    before = asked.text("before")
    after = store.table.position(before) if before in store.table else None
    newest, more = first_page(store.table.iterate(after=after, hidden=True), SESSIONS)
    return {
        "sessions": [(session, len(store.event_log(session.id).emitted)) for session in newest],
        "older": newest[-1].id if more else None,
        "url": asked.server_url,
    }


def show_session(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """A session and its transcript, or that of one of its threads."""
    store = workspace.world.session_store
    session = store.current(store.retrieve(asked["session"]))
    log = _log(workspace, asked)
    rows, skipped = newest_rows(log, len(log.emitted) if asked.text("log") == "all" else SHOWN)
    threads = store.state(session.id).threads
    return {
        "session": session,
        "dream": workspace.world.dreams.owning_dream(session.id),
        "threads": list(threads),
        "thread": asked.text("thread") or next(iter(threads)),
        "rows": rows,
        "skipped": skipped,
        "number": len(log.emitted),
    }


def _log(workspace: Workspace, asked: Asked) -> EventLog:
    state = workspace.world.session_store.state(asked["session"])
    thread = state.threads.get(asked.text("thread")) if asked.text("thread") else state.primary
    if thread is None:
        raise absent("thread", asked.text("thread"))
    return thread.log


def _rows(workspace: Workspace, asked: Asked, after: int) -> tuple[list[Any], int]:
    return rows_after(_log(workspace, asked), after)


def _state(workspace: Workspace, asked: Asked) -> Hashable:
    return (state_of(workspace), len(_log(workspace, asked).emitted))


VIEWS = (
    PageView("/sessions", "sessions", show_sessions, parts=("list",), state=lambda workspace, _: state_of(workspace)),
    PageView(
        "/sessions/{session}",
        "session",
        show_session,
        parts=("head",),
        state=_state,
        feed=Feed("log", "log_rows.html", _rows),
    ),
)
