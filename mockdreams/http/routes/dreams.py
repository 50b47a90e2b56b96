"""/v1/dreams."""

from collections.abc import Callable
from typing import TypeAlias

from mockdreams.http.auth import DREAMS
from mockdreams.http.pagination import body, render_page
from mockdreams.http.query_params import Query
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.dreams import CreateDream, Dream
from mockdreams.world.dreams.dreams import STATUSES, DreamFilter, Dreams

LISTING = "dreams"
Asked: TypeAlias = tuple[DreamFilter, int, int | None]


def create(call: Request) -> bytes:
    return call.world.dreams.create(call.parse_body(CreateDream)).body


def retrieve(call: Request, dream_id: str) -> bytes:
    call.touch_dream(dream_id)
    return _seen(call, call.world.dreams.retrieve(dream_id)).body


def list_page(call: Request) -> bytes:
    page, dreams = call.workspace.dream_pages.get(call.query_string, lambda: _asked(call.query)), call.world.dreams
    dreams.touch_all()
    if call.lag is not None:
        return _rendered(dreams, *_asked(call.query), lambda dream: _seen(call, dream).body)
    return page.body(dreams.table, lambda asked: _rendered(dreams, *asked))


def _asked(query: Query) -> Asked:
    shown = DreamFilter(
        statuses=query.choices("statuses", STATUSES),
        include_archived=query.flag("include_archived"),
        window=query.window("gt", "lt"),
    )
    return shown, query.limit(), query.place(LISTING)


def _rendered(
    dreams: Dreams, shown: DreamFilter, limit: int, after: int | None, render: Callable[[Dream], bytes] = body
) -> bytes:
    return render_page(LISTING, dreams.table, *dreams.page(shown, limit=limit, after=after), render, null=True)


def _seen(call: Request, dream: Dream) -> Dream:
    """A dream as this request is to see it."""
    return dream if call.lag is None else call.lag.dream(dream)


def cancel(call: Request, dream_id: str) -> bytes:
    return call.world.dreams.cancel(dream_id).body


def archive(call: Request, dream_id: str) -> bytes:
    dreams = call.world.dreams
    seen = None if call.lag is None else call.lag.dream(dreams.retrieve(dream_id)).status
    return dreams.archive(dream_id, seen=seen).body


ROUTES = (
    Route("POST", "/v1/dreams", create, DREAMS),
    Route("GET", "/v1/dreams", list_page, DREAMS),
    Route("GET", "/v1/dreams/{dream_id}", retrieve, DREAMS),
    Route("POST", "/v1/dreams/{dream_id}/cancel", cancel, DREAMS),
    Route("POST", "/v1/dreams/{dream_id}/archive", archive, DREAMS),
)
