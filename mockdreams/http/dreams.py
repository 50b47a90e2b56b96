"""/v1/dreams."""

from mockdreams.http.calls import Call
from mockdreams.http.gates import DREAMS
from mockdreams.http.lists import body, listed
from mockdreams.http.routing import Route
from mockdreams.wire.dreams import CreateDream
from mockdreams.world.dreams import STATUSES, DreamFilter

LISTING = "dreams"


def create(call: Call) -> bytes:
    return call.world.dreams.create(call.params(CreateDream)).body


def retrieve(call: Call, dream_id: str) -> bytes:
    call.world.dreams.look(dream_id)
    return call.world.dreams.retrieve(dream_id).body


def list_page(call: Call) -> bytes:
    query, dreams = call.query, call.world.dreams
    limit, after = query.limit(), query.place(LISTING)
    shown = DreamFilter(
        statuses=query.choices("statuses", STATUSES),
        include_archived=query.flag("include_archived"),
        window=query.window("gt", "lt"),
    )
    dreams.look_all()
    return listed(LISTING, dreams.table, *dreams.page(shown, limit=limit, after=after), body, null=True)


def cancel(call: Call, dream_id: str) -> bytes:
    return call.world.dreams.cancel(dream_id).body


def archive(call: Call, dream_id: str) -> bytes:
    return call.world.dreams.archive(dream_id).body


ROUTES = (
    Route("POST", "/v1/dreams", create, DREAMS),
    Route("GET", "/v1/dreams", list_page, DREAMS),
    Route("GET", "/v1/dreams/{dream_id}", retrieve, DREAMS),
    Route("POST", "/v1/dreams/{dream_id}/cancel", cancel, DREAMS),
    Route("POST", "/v1/dreams/{dream_id}/archive", archive, DREAMS),
)
