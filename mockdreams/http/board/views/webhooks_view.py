"""Webhooks: who is told of what happens, and each attempt to tell them."""

import json
from collections.abc import Hashable
from typing import Any

from mockdreams.http.board.page_views import Asked, FormAction, PageView, SentForm, state_of
from mockdreams.http.board.shape_forms import as_document, fields_of
from mockdreams.http.body_parsing import parse
from mockdreams.http.control.webhook_routes import add_webhook
from mockdreams.http.workspaces import Workspace
from mockdreams.world.webhooks.endpoints import WebhookParams

ATTEMPTS = 100
FIRST = ("url", "events", "secret", "duplicate", "delay")
RECEIVER = "http://127.0.0.1:8000/hook"
PRESETS: dict[str, dict[str, str]] = {
    "of everything": {"url": RECEIVER},
    "told twice": {"url": RECEIVER, "duplicate": "2"},
    "idle sessions, a minute late": {"url": RECEIVER, "events": '["session.status_idled"]', "delay": "60"},
    "wrong signature": {"url": RECEIVER, "wrong_signature": "true"},
}


def show(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The endpoints, and the newest attempts; a preset fills the form in."""
    webhooks = workspace.world.webhooks
    return {
        "endpoints": webhooks.endpoints,
        "attempts": webhooks.attempts[: -ATTEMPTS - 1 : -1],
        "fields": fields_of(WebhookParams, FIRST),
        "presets": list(PRESETS),
        "preset": asked.text("preset"),
        "values": PRESETS.get(asked.text("preset"), {}),
    }


def add(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Tell somebody from now on."""
    document = as_document(WebhookParams, form.fields)
    added = add_webhook(workspace, parse(WebhookParams, json.dumps(document).encode()))
    return f"{added['url']} is told from now on. Its secret, shown only here: {added['secret']}"


def change(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Forget an endpoint, enable one again, or attempt a delivery once more."""
    webhooks = workspace.world.webhooks
    if form.text("redeliver"):
        webhooks.redeliver(form.text("redeliver"))
        return "It is attempted once more."
    if form.text("enable"):
        return f"{webhooks.enable(form.text('enable')).url} is told again."
    webhooks.remove(form.text("remove"))
    return "The webhook is forgotten."


def _state(workspace: Workspace, asked: Asked) -> Hashable:
    webhooks = workspace.world.webhooks
    attempts = webhooks.attempts
    last = (attempts[-1].id, attempts[-1].number) if attempts else None
    return (
        state_of(workspace),
        tuple((each.id, each.disabled_reason) for each in webhooks.endpoints),
        len(attempts),
        last,
    )


VIEW = PageView("/webhooks", "webhooks", show, parts=("list", "attempts"), state=_state)
ACTIONS = (FormAction("/webhooks", add), FormAction("/webhooks/change", change))
