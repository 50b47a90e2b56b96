"""/v1/sessions, their events and their streams."""

from datetime import datetime, timedelta
from typing import get_args

from mockdreams.http.calls import Call
from mockdreams.http.cursors import Position
from mockdreams.http.gates import SESSIONS
from mockdreams.http.lists import body, cursor, listed
from mockdreams.http.routing import Route
from mockdreams.http.streams import Reader
from mockdreams.wire.events import EVENT_TYPES, SendEvents
from mockdreams.wire.pages import page
from mockdreams.wire.sessions import CreateSession, SessionStatus
from mockdreams.world.sessions import EventFilter, SessionFilter
from mockdreams.world.transcripts import UNPROCESSED, Key

EVENTS_LIMIT = 1000
_STATUSES = frozenset(get_args(SessionStatus))


def create(call: Call) -> bytes:
    sessions = call.world.sessions
    return sessions.current(sessions.create(call.params(CreateSession))).body


def retrieve(call: Call, session_id: str) -> bytes:
    call.world.look_at_session(session_id)
    sessions = call.world.sessions
    return sessions.current(sessions.retrieve(session_id)).body


def list_page(call: Call) -> bytes:
    query, sessions = call.query, call.world.sessions
    order = query.choice("order", "asc", "desc") or "desc"
    listing = f"sessions/{order}"
    limit, after = query.limit(), query.place(listing)
    shown = SessionFilter(
        agent_id=query.text("agent_id"),
        agent_version=query.integer("agent_version"),
        deployment_id=query.text("deployment_id"),
        memory_store_id=query.text("memory_store_id"),
        statuses=query.choices("statuses", _STATUSES),
        include_archived=query.flag("include_archived"),
        window=query.window("gt", "gte", "lt", "lte"),
    )
    call.world.look_at_sessions()
    records, more = sessions.page(shown, limit=limit, after=after, oldest_first=order == "asc")
    return listed(listing, sessions.table, records, more, lambda session: sessions.current(session).body)


def archive(call: Call, session_id: str) -> bytes:
    return call.world.sessions.archive(session_id).body


def delete(call: Call, session_id: str) -> bytes:
    return call.world.sessions.delete(session_id).body


def send_events(call: Call, session_id: str) -> bytes:
    return page(map(body, call.world.sessions.send(session_id, call.params(SendEvents).events)), None)


def list_events(call: Call, session_id: str) -> bytes:
    query, sessions = call.query, call.world.sessions
    order = query.choice("order", "asc", "desc") or "asc"
    listing = f"{session_id}/events/{order}"
    limit = query.limit(default=EVENTS_LIMIT, most=EVENTS_LIMIT)
    position = query.position(listing)
    shown = EventFilter(types=query.choices("types", EVENT_TYPES), window=query.window("gt", "gte", "lt", "lte"))
    call.world.look_at_session(session_id)
    events, more = sessions.page_of_events(
        session_id, shown, limit=limit, after=_key(position), newest_first=order == "desc"
    )
    following = cursor(listing, more, lambda: _position(events[-1][0]))
    return page([event.body for _, event in events], following)


def stream_events(call: Call, session_id: str) -> Reader:
    return Reader(call.world, session_id)


def _position(key: Key) -> Position:
    """A key as JSON: microseconds since the epoch (-1: unprocessed) and the arrival."""
    at, arrival = key
    return [-1 if at == UNPROCESSED else round((at - _EPOCH) / timedelta(microseconds=1)), arrival]


def _key(position: Position | None) -> Key | None:
    if position is None:
        return None
    assert isinstance(position, list)
    micros, arrival = (int(number) for number in position)
    return (UNPROCESSED if micros < 0 else _EPOCH + timedelta(microseconds=micros), arrival)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
_SESSION = "/v1/sessions/{session_id}"

ROUTES = (
    Route("POST", "/v1/sessions", create, SESSIONS),
    Route("GET", "/v1/sessions", list_page, SESSIONS),
    Route("GET", _SESSION, retrieve, SESSIONS),
    Route("DELETE", _SESSION, delete, SESSIONS),
    Route("POST", _SESSION + "/archive", archive, SESSIONS),
    Route("POST", _SESSION + "/events", send_events, SESSIONS),
    Route("GET", _SESSION + "/events", list_events, SESSIONS),
    Route("GET", _SESSION + "/events/stream", stream_events, SESSIONS),
)
