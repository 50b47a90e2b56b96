"""The ASGI application: every request of every world comes through here."""

import asyncio
import logging
from contextlib import suppress
from functools import cache, partial

from starlette.types import Receive, Scope, Send

from mockdreams.http import agents, dreams, environments, hints, memory, resources, sessions, threads
from mockdreams.http.calls import Call
from mockdreams.http.control import HEALTH
from mockdreams.http.control import ROUTES as CONTROL_ROUTES
from mockdreams.http.faults import Fault
from mockdreams.http.gates import CONTROL, api_key, check_control, check_workspace, refusal
from mockdreams.http.places import Place, Places
from mockdreams.http.replies import JSON, Reply, drop, headers_of, read_body, refuse, send_reply
from mockdreams.http.routing import Answer, Route, Router
from mockdreams.http.streams import Reader, serve
from mockdreams.http.turns import ask
from mockdreams.wire.errors import ServiceError, not_found
from mockdreams.world.world import World

logger = logging.getLogger("mockdreams")
SERVICE = (
    *dreams.ROUTES,
    *memory.ROUTES,
    *sessions.ROUTES,
    *resources.ROUTES,
    *threads.ROUTES,
    *agents.ROUTES,
    *environments.ROUTES,
)
ROUTES = (*SERVICE, *CONTROL_ROUTES)
OURS = "/_mockdreams/"
_CAPITAL_NOT_FOUND = ("/v1/dreams/", "/v1/deployments/")
"""Below these the service words an unknown path differently, and does not forbid retries."""


class Visit:
    """One request on its way through the application, and what has been found out about it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.ours = self.path.startswith(OURS)
        self.headers = headers_of(scope)
        self.request_id = ""
        self.place: Place | None = None
        self.stamped = False
        self.body = b""
        self.fault: Fault | None = None

    def head(self, *kind: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """The headers of every answer, after those that say of what `kind` it is."""
        head = [*kind, (b"request-id", self.request_id.encode())]
        if self.place is not None and self.stamped:
            head += self.place.stamp
            head += self.place.limits.headers(self.method)
        return head

    def record(self, status: int | None, response: bytes, hint: str | None = None) -> None:
        if self.place is not None and not self.ours:
            query, at = self.scope["query_string"], self.place.world.clock.time
            self.place.journal.add(self.method, self.path, query, self.headers, self.body, status, response, at, hint)


class Application:
    """Serves all worlds.

    `end_idle_streams`: a stream ends when its session has nothing more to say by itself. Without `control` only
    health is left of the control API; with a `control_token` its requests must bring that.
    """

    def __init__(
        self,
        places: Places,
        *,
        end_idle_streams: bool = False,
        control: bool = True,
        control_token: str | None = None,
    ) -> None:
        self.places = places
        self._end_idle_streams = end_idle_streams
        self._control_token = control_token.encode() if control_token else None
        self._router = Router(ROUTES if control else (*SERVICE, HEALTH))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = Visit(scope)
        try:
            answer = await self._answer(visit, receive)
        except ServiceError as refused:
            answer = self._refuse(visit, refused)
        except Exception:
            logger.exception("crashed on %s %s", visit.method, visit.path)
            answer = self._refuse(visit, ServiceError("api_error", "Internal server error"))
        if isinstance(answer, Reader):
            await serve(answer, visit.head(), receive, send, end_when_idle=self._end_idle_streams, fault=visit.fault)
        elif visit.fault is not None and visit.fault.drop is not None:
            visit.record(None, b"", hints.DROPPED)
            await drop(answer, receive, send, during=visit.fault.drop == "during")
        else:
            visit.record(answer.status, answer.body, answer.hint)
            await send_reply(answer, send)

    async def _answer(self, visit: Visit, receive: Receive) -> Reply | Reader:
        route, ids = self._route(visit)
        if self._control_token is not None and route.gate is CONTROL:
            check_control(visit.headers, self._control_token)
        if route.gate.key:
            self._enter(visit, route)
        world = visit.place.world if visit.place else _nowhere().world
        if visit.method != "GET":
            visit.body = await read_body(receive, world.policy.body_max_bytes)
        if visit.fault is not None and visit.fault.latency:
            await asyncio.sleep(visit.fault.latency)
        if visit.fault is not None and (visit.fault.status is not None or visit.fault.drop == "before"):
            return self._struck(visit, visit.fault)
        _pass_gate(visit, route)
        call = Call(visit.place or _nowhere(), visit.scope["query_string"], visit.body, visit.headers)
        answer = await ask(world, partial(_handle, visit, route, ids, call))
        if call.hint:
            logger.warning("%s %s (%s)", visit.method, visit.path, call.hint)
        if isinstance(answer, Reader):
            visit.record(200, b"", call.hint)
            return answer
        return Reply(200, visit.head(JSON), answer, call.hint)

    def _enter(self, visit: Visit, route: Route) -> None:
        """The request has a key: its place is found, its id minted, and any fault that waits for it."""
        place = visit.place = self.places.of(api_key(visit.headers))
        visit.request_id = place.world.request_ids.mint("req")
        visit.stamped = route.gate.stamped
        if place.faults and not visit.ours:
            visit.fault = place.faults.strike(visit.method, visit.path)

    def _route(self, visit: Visit) -> tuple[Route, list[str]]:
        match = self._router.match(visit.path)
        if match is None:
            hint = hints.unknown_path(visit.path, self._router.paths)
            if visit.path.startswith(_CAPITAL_NOT_FOUND):
                raise not_found("Not Found", hint=hint)
            raise not_found("Not found", retry=False, hint=hint)
        methods, ids = match
        route = methods.get(visit.method)
        if route is None:
            allow = ", ".join(sorted(methods))
            hint = hints.wrong_method(allow)
            raise ServiceError("invalid_request_error", "Method Not Allowed", status=405, hint=hint, allow=allow)
        return route, ids

    def _refuse(self, visit: Visit, refused: ServiceError) -> Reply:
        visit.request_id = visit.request_id or self.places.request_ids.mint("req")
        if visit.place is None:
            with suppress(ServiceError):
                visit.place = self.places.of(api_key(visit.headers))
        refused.hint = refused.hint or self._hint(visit, refused)
        if refused.hint:
            logger.info("%s %s: %d (%s)", visit.method, visit.path, refused.status, refused.hint)
        return refuse(refused, visit.head(JSON), visit.request_id, visit.place.world.clock if visit.place else None)

    def _hint(self, visit: Visit, refused: ServiceError) -> str | None:
        """What may be wrong with the ids of a request whose path is known."""
        methods, ids = self._router.match(visit.path) or ({}, [])
        route = methods.get(visit.method)
        if route is None or visit.place is None or refused.status not in (400, 404):
            return None
        return hints.about_ids(zip(route.names, ids, strict=True), visit.body, visit.place, self.places)

    def _struck(self, visit: Visit, fault: Fault) -> Reply:
        """What a request gets that never reaches its world."""
        if fault.status is None:
            return Reply(502, visit.head(), b"")
        status, headers, body = fault.answer(visit.request_id)
        return Reply(status, [*visit.head(), *headers], body, hints.STRUCK)


def _pass_gate(visit: Visit, route: Route) -> None:
    headers = visit.headers
    refused = refusal(route.gate, headers.get(b"anthropic-version"), headers.get(b"anthropic-beta", b""))
    if refused is not None:
        raise refused.again()
    workspace = headers.get(b"anthropic-workspace-id")
    if workspace is not None and visit.place is not None:
        check_workspace(workspace.decode("latin-1"), visit.place.world.workspace_id)


def _handle(visit: Visit, route: Route, ids: list[str], call: Call) -> Answer:
    """Ask the world, with its lock held."""
    call.world.clock.catch_up()
    if visit.place is not None and not visit.ours:
        visit.place.limits.count(visit.method)
    answer = route.handle(call, *ids)
    call.note_window()
    return answer


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


@cache
def _nowhere() -> Place:
    """Stands in on the routes that need no key."""
    return Place(World("nowhere", clock="manual"), forget=lambda: None)
