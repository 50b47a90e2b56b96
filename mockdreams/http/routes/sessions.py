"""/v1/sessions, their events and their streams."""

from typing import Any, get_args

from mockdreams.freeing import release
from mockdreams.http.auth import SESSION_OF_WORK, SESSIONS
from mockdreams.http.cursors import encode, key_position
from mockdreams.http.pagination import BidirectionalCursor, body, cursor
from mockdreams.http.query_params import BOUNDS, LONG_LIMIT, Query
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.http.sse import EventStream
from mockdreams.wire.events import EVENT_TYPES, SendEvents
from mockdreams.wire.pages import page
from mockdreams.wire.previews import PREVIEWED
from mockdreams.wire.sessions import CreateSession, Session, SessionStatus, UpdateSession
from mockdreams.world.agents.agents import check_agent_id
from mockdreams.world.core.tables import Table
from mockdreams.world.sessions.event_log import EventFilter
from mockdreams.world.sessions.store import SessionFilter

_STATUSES = frozenset(get_args(SessionStatus))
_TURNED = {"asc": "desc", "desc": "asc"}


def create(call: Request) -> bytes:
    return call.world.session_store.current(call.world.sessions.create(call.parse_body(CreateSession))).body


def retrieve(call: Request, session_id: str) -> bytes:
    call.touch_session(session_id)
    sessions = call.world.session_store
    return _seen(call, sessions.current(sessions.retrieve(session_id))).body


def update(call: Request, session_id: str) -> bytes:
    updated = call.world.sessions.update(session_id, call.parse_body(UpdateSession))
    return call.world.session_store.current(updated).body


def list_page(call: Request) -> bytes:
    query, sessions = call.query, call.world.session_store
    order = query.choice("order", "asc", "desc") or "desc"
    listing, turned = f"sessions/{order}", f"sessions/{_TURNED[order]}"
    position = query.position(listing, BidirectionalCursor.is_position, turned)
    limit, turn = query.limit(), BidirectionalCursor.read(position)
    shown = SessionFilter(
        agent_id=_agent_id(query),
        agent_version=query.integer("agent_version"),
        deployment_id=query.text("deployment_id"),
        memory_store_id=query.text("memory_store_id"),
        statuses=query.choices("statuses", _STATUSES),
        include_archived=query.flag("include_archived"),
        window=query.window(*BOUNDS),
    )
    turn.check(shown.window)
    call.world.touch_sessions()
    found = sessions.page(shown, limit=limit, after=turn.place, oldest_first=order == "asc", backward=turn.backward)
    return page(
        [_seen(call, sessions.current(session)).body for session in found.records],
        _beyond(listing, sessions.table, found.records[-1:], found.after),
        **_before(_beyond(listing, sessions.table, found.records[:1], found.before, backward=True)),
    )


def archive(call: Request, session_id: str) -> bytes:
    return call.world.sessions.archive(session_id, seen=_seen_status(call, session_id)).body


def delete(call: Request, session_id: str) -> bytes:
    return call.world.sessions.delete(session_id, seen=_seen_status(call, session_id)).body


def send_events(call: Request, session_id: str) -> bytes:
    events, by_worker = call.parse_body(SendEvents).events, call.caller is not None
    try:
        sent = call.world.inbox.send(session_id, events, by_worker=by_worker)
    finally:
        release(events)
    if call.world.session_store.event_log(session_id).has_subscribers:
        call.note_stream(session_id)
    return page(map(body, sent), None)


def list_events(call: Request, session_id: str) -> bytes:
    query, sessions = call.query, call.world.session_store
    query.check_keys("types", "order", "limit", "page", *(f"created_at[{bound}]" for bound in BOUNDS))
    order = query.choice("order", "asc", "desc") or "asc"
    listing = f"{session_id}/events/{order}"
    limit = query.limit(default=LONG_LIMIT, most=LONG_LIMIT)
    after = query.key(listing, f"{session_id}/events/{_TURNED[order]}")
    types, window = query.choices("types", EVENT_TYPES), query.window(*BOUNDS)
    call.touch_session(session_id)
    log = sessions.event_log(session_id)
    shown = EventFilter(types, window, None if call.lag is None else call.lag.last_moment(log))
    events, more = log.page(shown, limit=limit, after=after, newest_first=order == "desc")
    following = cursor(listing, more, lambda: key_position(events[-1][0]))
    return page([event.body for _, event in events], following)


def stream_events(call: Request, session_id: str) -> EventStream:
    log = call.world.session_store.event_log(session_id)
    call.note_stream(session_id)
    return EventStream(call.world, session_id, log, call.query.previews(PREVIEWED))


def _agent_id(query: Query) -> str | None:
    agent_id = query.text("agent_id")
    if agent_id is not None:
        check_agent_id(agent_id)
    return agent_id


def _seen(call: Request, session: Session) -> Session:
    """A session as this request is to see it."""
    return session if call.lag is None else call.lag.session(session)


def _seen_status(call: Request, session_id: str) -> SessionStatus | None:
    """The status to go by, if it is not that of now."""
    return None if call.lag is None else call.lag.status(call.world.session_store.retrieve(session_id))


def _beyond(
    listing: str, table: Table[Session], edge: list[Session], more: bool, *, backward: bool = False
) -> str | None:
    """The cursor of the page that begins beyond the `edge` of this one, if there is one."""
    if not edge or not more:
        return None
    return encode(listing, BidirectionalCursor(table.position(edge[0].id), edge[0].created_at, backward).position())


def _before(cursor: str | None) -> dict[str, Any]:
    return {} if cursor is None else {"prev_page": cursor}


_SESSION = "/v1/sessions/{session_id}"

ROUTES = (
    Route("POST", "/v1/sessions", create, SESSIONS),
    Route("GET", "/v1/sessions", list_page, SESSIONS),
    Route("GET", _SESSION, retrieve, SESSION_OF_WORK),
    Route("POST", _SESSION, update, SESSIONS),
    Route("DELETE", _SESSION, delete, SESSIONS),
    Route("POST", _SESSION + "/archive", archive, SESSIONS),
    Route("POST", _SESSION + "/events", send_events, SESSION_OF_WORK),
    Route("GET", _SESSION + "/events", list_events, SESSION_OF_WORK),
    Route("GET", _SESSION + "/events/stream", stream_events, SESSION_OF_WORK),
)
