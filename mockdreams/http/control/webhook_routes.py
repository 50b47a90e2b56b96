"""Webhooks: who is told of what happens, what was attempted, and what is told on demand."""

import json
from typing import TYPE_CHECKING, Any

from pydantic import Field

from mockdreams.extras import MissingExtraError
from mockdreams.http.control.endpoint import Operation, OperationRoute, body
from mockdreams.http.control.payload_parsing import parse_payload
from mockdreams.http.query_params import Query
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params
from mockdreams.wire.errors import invalid
from mockdreams.world.webhooks.endpoints import WebhookEndpoint, WebhookParams

if TYPE_CHECKING:
    from mockdreams.http.webhook_sender import WebhookSender


class EmitParams(Params):
    """Something to tell, whether it has happened or not."""

    type: str = Field(min_length=1, max_length=200)
    """A type of event, known or not."""
    id: str = Field(min_length=1, max_length=200)
    """The resource that it is about."""
    data: dict[str, Any] = {}
    """What else its `data` has."""


class WaitParams(Params):
    """How long to wait."""

    timeout: float = Field(default=30, ge=0, le=600, allow_inf_nan=False)
    """Wall seconds."""


def show_webhooks(workspace: Workspace) -> dict[str, Any]:
    """The webhooks, each with whether it is enabled; without their secrets."""
    return {"data": [endpoint.state() for endpoint in workspace.world.webhooks.endpoints]}


def add_webhook(workspace: Workspace, wanted: WebhookParams) -> dict[str, Any]:
    """Add a webhook: the fields of `webhooks.add`. Only this answer has its `secret`."""
    workspace.webhook_hosts.check(wanted.url)
    _sender(workspace)
    return _with_secret(workspace.world.webhooks.add(wanted))


def clear_webhooks(workspace: Workspace) -> dict[str, Any]:
    """Forget all webhooks."""
    workspace.world.webhooks.clear()
    return show_webhooks(workspace)


def remove_webhook(workspace: Workspace, id: str) -> dict[str, Any]:
    """Forget a webhook, and what is on its way to it."""
    workspace.world.webhooks.remove(id)
    return show_webhooks(workspace)


def enable_webhook(workspace: Workspace, id: str) -> dict[str, Any]:
    """Enable a webhook that was disabled. What it missed is not sent."""
    return workspace.world.webhooks.enable(id).state()


def show_deliveries(workspace: Workspace) -> dict[str, Any]:
    """Each attempt that was made, oldest first, with its request and its answer."""
    return {"data": [attempt.state() for attempt in workspace.world.webhooks.attempts]}


def redeliver(workspace: Workspace, id: str) -> dict[str, Any]:
    """Attempt a delivery that is over once more, at once."""
    workspace.world.webhooks.redeliver(id)
    return {"status": "ok"}


def emit(workspace: Workspace, wanted: EmitParams) -> dict[str, Any]:
    """Send an event that a test makes up: `{"id"}`, null if nobody wants it. One of an unknown type goes to all."""
    return {"id": workspace.world.webhooks.emit(wanted.type, wanted.id, wanted.data)}


def wait(workspace: Workspace, wanted: WaitParams) -> dict[str, Any]:
    """Let the world go on, as its clock does, until no dream, session or delivery is under way: `{"idle"}`.

    An `auto` clock moves; under a `real` one this takes its time; a `manual` one stands, and only what is due is sent.
    """
    return {"idle": _sender(workspace).wait(wanted.timeout)}


def add_receiver(workspace: Workspace, fields: dict[str, Any], receiver: Any, path: str) -> dict[str, Any]:
    """Add a webhook whose receiver is in this process: a function, or an ASGI application at a path."""
    with workspace.world.lock:
        wanted = parse_payload(WebhookParams, json.dumps({**fields, "url": "http://localhost"}).encode())
        url = _sender(workspace).add_receiver(receiver, path)
        return _with_secret(workspace.world.webhooks.add(wanted.model_copy(update={"url": url})))


def _sender(workspace: Workspace) -> "WebhookSender":
    """Raises ServiceError (400), which says what has to be installed, where nothing can be sent."""
    try:
        return workspace.webhook_sender
    except MissingExtraError as missing:
        raise invalid(str(missing)) from None


def _with_secret(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {**endpoint.state(), "secret": endpoint.secret}


def _stream_wait(workspace: Workspace, sent: list[bytes], _: Query) -> list[bytes]:
    wanted = parse_payload(WaitParams, b"".join(sent) or b"{}")
    return [json.dumps(wait(workspace, wanted)).encode()]


ROUTES = (
    OperationRoute(
        "/webhooks",
        GET=Operation(show_webhooks),
        POST=Operation(add_webhook, body(WebhookParams)),
        DELETE=Operation(clear_webhooks),
    ),
    OperationRoute("/webhooks/deliveries", GET=Operation(show_deliveries)),
    OperationRoute("/webhooks/deliveries/{id}/redeliver", POST=Operation(redeliver)),
    OperationRoute("/webhooks/events", POST=Operation(emit, body(EmitParams))),
    OperationRoute(
        "/webhooks/wait", POST=Operation(wait, body(WaitParams, optional=True), _stream_wait, unlocked=True)
    ),
    OperationRoute("/webhooks/{id}", DELETE=Operation(remove_webhook)),
    OperationRoute("/webhooks/{id}/enable", POST=Operation(enable_webhook)),
)
