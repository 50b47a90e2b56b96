"""/v1/environments."""

from mockdreams.http.auth import ENVIRONMENTS
from mockdreams.http.body_parsing import parse_plainly
from mockdreams.http.pagination import body, cursor, render_page
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.betas import ENVIRONMENTS_MARCH, ENVIRONMENTS_NOVEMBER
from mockdreams.wire.environments import CreateEnvironment, UpdateEnvironment
from mockdreams.wire.errors import invalid
from mockdreams.wire.pages import page

LISTING = "environments"


def create(call: Request) -> bytes:
    return call.world.environments.create(parse_plainly(CreateEnvironment, call.body)).body


def list_page(call: Request) -> bytes:
    """A beta of the environments decides on the envelope."""
    if ENVIRONMENTS_NOVEMBER in call.betas:
        return _list_by_ids(call)
    query, environments = call.query, call.world.environments
    records, more = environments.page(
        limit=query.limit(), after=query.place(LISTING), include_archived=query.flag("include_archived")
    )
    if ENVIRONMENTS_MARCH not in call.betas:
        return render_page(LISTING, environments.table, records, more, body, null=True)
    following = cursor(LISTING, more, lambda: environments.table.position(records[-1].id))
    return page(map(body, records), following, null_when_last=True, has_more=more)


def _list_by_ids(call: Request) -> bytes:
    """The oldest envelope, which is paged by the ids of the records themselves."""
    query, environments = call.query, call.world.environments
    after, before = query.text("after_id"), query.text("before_id")
    if after and before:
        raise invalid("before_id and after_id cannot be used together")
    records, more = environments.page(
        limit=query.limit(),
        after=environments.table.position(environments.retrieve(start).id) if (start := after or before) else None,
        include_archived=query.flag("include_archived"),
        oldest_first=bool(before),
    )
    if before:
        records.reverse()
    first, last = (records[0].id, records[-1].id) if records else (None, None)
    return page(map(body, records), None, first_id=first, last_id=last, has_more=more)


def retrieve(call: Request, environment_id: str) -> bytes:
    return call.world.environments.retrieve(environment_id).body


def update(call: Request, environment_id: str) -> bytes:
    return call.world.environments.update(environment_id, parse_plainly(UpdateEnvironment, call.body)).body


def archive(call: Request, environment_id: str) -> bytes:
    return call.world.environments.archive(environment_id).body


def delete(call: Request, environment_id: str) -> bytes:
    return call.world.environments.delete(environment_id, force=call.query.flag("force")).body


_ENVIRONMENT = "/v1/environments/{environment_id}"

ROUTES = (
    Route("POST", "/v1/environments", create, ENVIRONMENTS),
    Route("GET", "/v1/environments", list_page, ENVIRONMENTS),
    Route("GET", _ENVIRONMENT, retrieve, ENVIRONMENTS),
    Route("POST", _ENVIRONMENT, update, ENVIRONMENTS),
    Route("DELETE", _ENVIRONMENT, delete, ENVIRONMENTS),
    Route("POST", _ENVIRONMENT + "/archive", archive, ENVIRONMENTS),
)
