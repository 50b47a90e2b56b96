"""Doing again what the log of a world says, by the code that did it first."""

from collections.abc import Callable
from typing import Any

from mockdreams.http.board.page_views import Asked, SentForm
from mockdreams.http.command_log import LoggedInput, reached
from mockdreams.http.control import ROUTES as CONTROL_ROUTES
from mockdreams.http.control.endpoint import Operation
from mockdreams.http.inputs import (
    AttemptInput,
    BeginInput,
    ControlInput,
    CountInput,
    FormInput,
    MetInput,
    MoveInput,
    ServiceInput,
)
from mockdreams.http.log import logger
from mockdreams.http.multipart import parse_form
from mockdreams.http.query_params import Query
from mockdreams.http.request import Request
from mockdreams.http.routing import Router
from mockdreams.http.service import handle_request, meet
from mockdreams.http.service_router import all_routes
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.errors import ServiceError
from mockdreams.world.work.worker_credentials import WorkerCredential


class DivergedError(Exception):
    """The world is not where it was when the input was carried out first."""


def replay(place: Workspace, record: LoggedInput) -> None:
    """Carry out an input again, at the instant at which it was carried out. Raises DivergedError."""
    world = place.world
    with world.lock:
        world.clock.hold_again(record.instant)
        try:
            _RUN[type(record.input)](place, record.input)
        except ServiceError:
            pass  # it was refused then, too
        except Exception:
            logger.exception("crashed again on %s", record.input)
        finally:
            world.clock.release()
        world.request_ids.minted = record.request_ids
        if reached(world) != record.reached:
            raise DivergedError(f"{record.input} does not do again what it did")


def _request(place: Workspace, what: ServiceInput) -> None:
    match = _ROUTER.match(what.path)
    assert match is not None
    methods, ids = match
    route, form, body = methods[what.method], None, what.body
    if route.multipart:
        form, body = parse_form([what.body], what.headers.get(b"content-type", b"")), b""
    caller = None if what.session_id is None else WorkerCredential("item", "", what.session_id)
    call = Request(place, what.query, body, what.headers, form, what.lag, caller)
    call.until = what.waits_until
    handle_request(place, what.method, route, ids, call)


def _meet(place: Workspace, what: MetInput) -> None:
    meet(place, what.method, what.path)


def _control(place: Workspace, what: ControlInput) -> None:
    operation, parameters = find_operation(what.method, what.path)
    query = Query(what.query)
    if operation.stream is not None:
        operation.stream(place, [what.body], query, **parameters)
        return
    place.world.clock.sync()
    payload = [operation.payload(what.body, query)] if operation.payload else []
    operation.run(place, *payload, **parameters)


def find_operation(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """The operation of the control API for a method and a path, and what the path names. Raises LookupError."""
    for route in CONTROL_ROUTES:
        if match := route.path_regex.match(path):
            return route.operations[method], match.groupdict()
    raise LookupError(path)


def _form(place: Workspace, what: FormInput) -> None:
    from mockdreams.http.board.views import ACTIONS  # with what renders pages, which most servers never do

    place.world.clock.sync()
    action = next(each for each in ACTIONS if each.path == what.path)
    action.act(place, Asked(what.path_params), SentForm(what.texts, what.files))


def _attempt(place: Workspace, what: AttemptInput) -> None:
    place.world.webhooks.finish_again(what.delivery_id, what.answer)


def _move(place: Workspace, what: MoveInput) -> None:
    world = place.world
    steps: dict[str, Callable[[], object]] = {
        "sync": world.clock.sync,
        "next": world.clock.run_next,
        "on": world.go_on,
    }
    steps[what.how]()


def _nothing(place: Workspace, what: BeginInput | CountInput) -> None:
    """It began already, or there is nothing to do."""


_RUN: dict[type, Callable[[Workspace, Any], None]] = {
    ServiceInput: _request,
    MetInput: _meet,
    ControlInput: _control,
    FormInput: _form,
    AttemptInput: _attempt,
    MoveInput: _move,
    BeginInput: _nothing,
    CountInput: _nothing,
}

_ROUTER = Router(all_routes())
