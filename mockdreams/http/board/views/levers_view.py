"""The levers: what waits to happen to the next requests, dreams and sessions, and forms to add more."""

import json
from collections.abc import Hashable
from typing import Any, NamedTuple

from mockdreams.http.board.page_views import Asked, FormAction, PageView, SentForm, absent, state_of
from mockdreams.http.board.shape_forms import FormField, as_document, fields_of
from mockdreams.http.body_parsing import parse
from mockdreams.http.control import queue_routes
from mockdreams.http.control.endpoint import Named
from mockdreams.http.faults import Fault
from mockdreams.http.stubs import Stub
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params
from mockdreams.world.dreams.scripts import DreamScript
from mockdreams.world.messages.scripts import MessageScript
from mockdreams.world.sessions.scripts import SessionScript
from mockdreams.world.vaults.credential_validation import CredentialScript


class Lever(NamedTuple):
    """Something that can be prepared: its path in the control API, its words, and what fills its form in.

    `first` are the fields that are shown at once; the others are behind "more".
    """

    path: str
    title: str
    what: str
    shape: type[Params]
    first: tuple[str, ...]
    presets: dict[str, dict[str, Any]]

    @property
    def name(self) -> str:
        return self.path.strip("/").replace("/", "-")

    @property
    def fields(self) -> list[FormField]:
        return fields_of(self.shape, self.first)

    def run(self, method: str, workspace: Workspace, *payload: Any) -> Any:
        """The operation of the control API."""
        return _OPERATIONS[self.path][method].run(workspace, *payload)


_OPERATIONS = {route.path: route.operations for route in queue_routes.ROUTES}
LEVERS = (
    Lever(
        "/faults",
        "Faults",
        "What the next requests meet instead of an answer.",
        Fault,
        ("match", "status", "times", "latency", "drop"),
        {
            "overloaded twice": {"match": "POST /v1/dreams", "status": 529, "times": 2},
            "rate limited": {"match": "* /v1/**", "status": 429, "times": 1},
            "two seconds late": {"match": "* /v1/**", "latency": 2, "times": 5},
            "connection drops": {"match": "GET /v1/**", "drop": "during", "times": 1},
            "stream is cut": {"match": "GET /v1/sessions/*/events/stream", "cut_after_events": 3, "times": 1},
            "one in ten fails": {"match": "* /v1/**", "status": 500, "times": None, "probability": 0.1},
        },
    ),
    Lever(
        "/stubs",
        "Stubs",
        "What any path answers instead of the world.",
        Stub,
        ("match", "status", "json", "times"),
        {
            "JSON": {"match": "GET /v1/organizations/me", "json": {"id": "org_1"}},
            "nothing there": {"match": "GET /v1/anything", "status": 404},
        },
    ),
    Lever(
        "/dreams/scripts",
        "Dream scripts",
        "What the next dreams do.",
        DreamScript,
        ("times", "write", "fail", "at", "hang", "duration"),
        {
            "fails half way": {"fail": "internal_error", "at": 0.5},
            "store too large": {"fail": "input_memory_store_too_large", "at": 0},
            "hangs": {"hang": "running"},
            "writes one memory": {"write": {"/prefs.md": "Tabs, not spaces."}},
        },
    ),
    Lever(
        "/sessions/scripts",
        "Session scripts",
        "What sessions do in their next turns.",
        SessionScript,
        ("turns", "times", "verdicts"),
        {
            "says something": {"turns": ["Noted."]},
            "satisfied": {"verdicts": ["satisfied"]},
        },
    ),
    Lever(
        "/messages/scripts",
        "Message replies",
        "What the next requests to /v1/messages are answered with.",
        MessageScript,
        ("content", "times", "stop_reason"),
        {"a text": {"content": "Three facts were merged."}},
    ),
    Lever(
        "/vaults/scripts",
        "Vault scripts",
        "What the next validations of credentials find.",
        CredentialScript,
        (),
        {},
    ),
)
"""One for each thing that is prepared in a queue of the control API."""


def show(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """Each lever with what waits; a preset, or the pattern of a request, fills a form in."""
    chosen = _chosen(asked)
    return {
        "levers": LEVERS,
        "waiting": {lever.name: lever.run("GET", workspace)["data"] for lever in LEVERS},
        "lever": asked.text("lever"),
        "preset": asked.text("preset"),
        "values": {name: _shown(value) for name, value in chosen.items()},
    }


def add(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Prepare what the form says."""
    lever = _lever(asked["lever"])
    document = as_document(lever.shape, form.fields)
    prepared = parse(lever.shape, json.dumps(document).encode())
    lever.run("POST", workspace, Named(prepared, None))
    return f"{lever.title}: added {json.dumps(document, ensure_ascii=False)}."


def clear(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Forget what waits."""
    lever = _lever(asked["lever"])
    lever.run("DELETE", workspace)
    return f"{lever.title}: nothing waits any more."


def _lever(name: str) -> Lever:
    for lever in LEVERS:
        if lever.name == name:
            return lever
    raise absent("lever", name)


def _chosen(asked: Asked) -> dict[str, Any]:
    lever = next((each for each in LEVERS if each.name == asked.text("lever")), None)
    preset = lever.presets.get(asked.text("preset"), {}) if lever is not None else {}
    given = {name: asked.text(name) for name in ("match", "status") if asked.text(name)}
    return {**preset, **given}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _state(workspace: Workspace, asked: Asked) -> Hashable:
    waiting = [lever.run("GET", workspace)["data"] for lever in LEVERS]
    return (state_of(workspace), json.dumps(waiting, default=str))


VIEW = PageView("/levers", "levers", show, parts=("waiting",), state=_state)
ACTIONS = (FormAction("/levers/{lever}", add), FormAction("/levers/{lever}/clear", clear))
