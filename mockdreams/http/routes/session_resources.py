"""/v1/sessions/{id}/resources."""

from mockdreams.http.auth import SESSIONS
from mockdreams.http.pagination import body, cursor
from mockdreams.http.query_params import LONG_LIMIT
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.pages import page
from mockdreams.wire.sessions import AddResource, UpdateResource


def list_page(call: Request, session_id: str) -> bytes:
    query, listing = call.query, f"{session_id}/resources"
    limit, after = query.limit(default=LONG_LIMIT, most=LONG_LIMIT), query.place(listing) or 0
    resources = call.world.session_store.retrieve(session_id).resources
    shown = resources[after : after + limit] if query.text("limit") else resources[after:]
    end = after + len(shown)
    return page(map(body, shown), cursor(listing, end < len(resources), lambda: end))


def add(call: Request, session_id: str) -> bytes:
    return call.world.session_resources.add(session_id, call.parse_body(AddResource)).body


def retrieve(call: Request, session_id: str, resource_id: str) -> bytes:
    return call.world.session_resources.retrieve(session_id, resource_id).body


def update(call: Request, session_id: str, resource_id: str) -> bytes:
    return call.world.session_resources.update(session_id, resource_id, call.parse_body(UpdateResource)).body


def delete(call: Request, session_id: str, resource_id: str) -> bytes:
    return call.world.session_resources.delete(session_id, resource_id).body


_RESOURCES = "/v1/sessions/{session_id}/resources"
_RESOURCE = _RESOURCES + "/{resource_id}"

ROUTES = (
    Route("GET", _RESOURCES, list_page, SESSIONS),
    Route("POST", _RESOURCES, add, SESSIONS),
    Route("GET", _RESOURCE, retrieve, SESSIONS),
    Route("POST", _RESOURCE, update, SESSIONS),
    Route("DELETE", _RESOURCE, delete, SESSIONS),
)
