"""/v1/models."""

from mockdreams.http.auth import MESSAGES
from mockdreams.http.pagination import body
from mockdreams.http.query_params import LONG_LIMIT
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.errors import invalid
from mockdreams.wire.pages import page
from mockdreams.world.messages.models import LIFECYCLES


def list_page(call: Request) -> bytes:
    query = call.query
    after, before = query.text("after_id"), query.text("before_id")
    if after and before:
        raise invalid("before_id and after_id cannot be used together", rule="model-list-cursor-400")
    models, more = call.world.models.page(
        limit=query.limit(most=LONG_LIMIT),
        after_id=after,
        before_id=before,
        lifecycle=query.choices("lifecycle", LIFECYCLES),
    )
    first, last = (models[0].id, models[-1].id) if models else (None, None)
    return page(map(body, models), None, first_id=first, last_id=last, has_more=more)


def retrieve(call: Request, model_id: str) -> bytes:
    return call.world.models.retrieve(model_id).body


ROUTES = (
    Route("GET", "/v1/models", list_page, MESSAGES),
    Route("GET", "/v1/models/{model_id}", retrieve, MESSAGES),
)
