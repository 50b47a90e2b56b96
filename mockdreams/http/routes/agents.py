"""/v1/agents."""

from mockdreams.http.auth import SESSIONS
from mockdreams.http.body_parsing import parse
from mockdreams.http.pagination import body, cursor, render_page
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.agents import CreateAgent, UpdateAgent
from mockdreams.wire.errors import not_found
from mockdreams.wire.pages import page

LISTING = "agents"


def create(call: Request) -> bytes:
    return call.world.agents.create(call.parse_body(CreateAgent)).body


def list_page(call: Request) -> bytes:
    query, agents = call.query, call.world.agents
    records, more = agents.page(
        limit=query.limit(),
        after=query.place(LISTING),
        include_archived=query.flag("include_archived"),
        window=query.window("gte", "lte"),
    )
    return render_page(LISTING, agents.table, records, more, body)


def retrieve(call: Request, agent_id: str) -> bytes:
    return call.world.agents.retrieve(agent_id, call.query.integer("version", least=1)).body


def update(call: Request, agent_id: str) -> bytes:
    return call.world.agents.update(agent_id, parse(UpdateAgent, call.body, root="agent")).body


def archive(call: Request, agent_id: str) -> bytes:
    return call.world.agents.archive(agent_id).body


def list_versions(call: Request, agent_id: str) -> bytes:
    query, listing = call.query, f"{agent_id}/versions"
    records, more = call.world.agents.page_of_versions(agent_id, limit=query.limit(), after=query.place(listing))
    return page(map(body, records), cursor(listing, more, lambda: records[-1].version))


def no_delete(call: Request, agent_id: str) -> bytes:
    """The service words the missing operation like this, and not as a 405."""
    raise not_found("not found", rule="agent-delete-404")


_AGENT = "/v1/agents/{agent_id}"

ROUTES = (
    Route("POST", "/v1/agents", create, SESSIONS),
    Route("GET", "/v1/agents", list_page, SESSIONS),
    Route("GET", _AGENT, retrieve, SESSIONS),
    Route("POST", _AGENT, update, SESSIONS),
    Route("DELETE", _AGENT, no_delete, SESSIONS),
    Route("POST", _AGENT + "/archive", archive, SESSIONS),
    Route("GET", _AGENT + "/versions", list_versions, SESSIONS),
)
