"""/v1/sessions/{id}/threads, their events and their streams."""

from typing import get_args

from mockdreams.http.auth import SESSION_OF_WORK, SESSIONS
from mockdreams.http.cursors import key_position
from mockdreams.http.pagination import cursor, render_page
from mockdreams.http.query_params import LONG_LIMIT
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.http.sse import EventStream
from mockdreams.wire.pages import page
from mockdreams.wire.previews import PREVIEWED
from mockdreams.wire.threads import SessionThread, ThreadStatus
from mockdreams.world.sessions.event_log import ALL, EventFilter

_STATUSES = frozenset(get_args(ThreadStatus))


def list_page(call: Request, session_id: str) -> bytes:
    query, threads = call.query, call.world.threads
    listing = f"{session_id}/threads"
    limit, after = query.limit(default=LONG_LIMIT, most=LONG_LIMIT), query.place(listing)
    statuses = query.choices("statuses", _STATUSES)
    call.touch_session(session_id)
    records, more = threads.page(session_id, statuses, limit=limit, after=after)
    table = call.world.session_store.state(session_id).thread_records
    return render_page(listing, table, records, more, lambda thread: _seen(call, threads.current(thread)).body)


def retrieve(call: Request, session_id: str, thread_id: str) -> bytes:
    call.touch_session(session_id)
    threads = call.world.threads
    return _seen(call, threads.current(threads.retrieve(session_id, thread_id))).body


def archive(call: Request, session_id: str, thread_id: str) -> bytes:
    threads = call.world.threads
    seen = None if call.lag is None else call.lag.thread_status(threads.retrieve(session_id, thread_id))
    return threads.current(call.world.turns.archive_thread(session_id, thread_id, seen=seen)).body


def list_events(call: Request, session_id: str, thread_id: str) -> bytes:
    query, listing = call.query, f"{thread_id}/events"
    query.check_keys("limit", "page")
    limit, after = query.limit(default=LONG_LIMIT, most=LONG_LIMIT), query.key(listing)
    call.touch_session(session_id)
    log = call.world.threads.event_log(session_id, thread_id)
    shown = ALL if call.lag is None else EventFilter(until=call.lag.last_moment(log))
    events, more = log.page(shown, limit=limit, after=after)
    return page([event.body for _, event in events], cursor(listing, more, lambda: key_position(events[-1][0])))


def stream_events(call: Request, session_id: str, thread_id: str) -> EventStream:
    log = call.world.threads.event_log(session_id, thread_id)
    call.note_stream(session_id)
    return EventStream(call.world, session_id, log, call.query.previews(PREVIEWED))


def _seen(call: Request, thread: SessionThread) -> SessionThread:
    """A thread as this request is to see it."""
    return thread if call.lag is None else call.lag.thread(thread)


_THREADS = "/v1/sessions/{session_id}/threads"
_THREAD = _THREADS + "/{thread_id}"

ROUTES = (
    Route("GET", _THREADS, list_page, SESSION_OF_WORK),
    Route("GET", _THREAD, retrieve, SESSION_OF_WORK),
    Route("POST", _THREAD + "/archive", archive, SESSIONS),
    Route("GET", _THREAD + "/events", list_events, SESSION_OF_WORK),
    Route("GET", _THREAD + "/stream", stream_events, SESSION_OF_WORK),
)
