"""The way of one request to the service, in named steps.

The service's own paths have a routing table of their own, because Starlette's router tries one pattern after the
other: of 31 paths it finds the last in 31 µs and the table in 1.5 µs, and the middleware of a Starlette application
takes another 7 µs, where a whole GET of a dream takes 20 µs. `scripts/bench routing` measures it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from mockdreams.http import hints
from mockdreams.http.access_log import HINT
from mockdreams.http.auth import (
    DREAMS,
    api_key,
    check_caller,
    check_credential,
    check_headers,
    check_workspace,
    required_by,
)
from mockdreams.http.body_process import MANY_ITEMS, is_large
from mockdreams.http.concurrency import run_locked
from mockdreams.http.inputs import MetInput, ServiceInput
from mockdreams.http.journal import Answerer
from mockdreams.http.log import logger
from mockdreams.http.multipart import ENVELOPE_BYTES, read_form
from mockdreams.http.piecewise import Piecewise, send_pieces
from mockdreams.http.recorded_bodies import recorded_body
from mockdreams.http.request import Request
from mockdreams.http.response import (
    JSON,
    Response,
    check_size,
    crashed,
    drop_connection,
    error_response,
    headers_of,
    not_kept,
    read_body,
    read_chunks,
    send_at_once,
    send_response,
    take_body,
)
from mockdreams.http.routing import Answer, Later, Route
from mockdreams.http.service_router import ServiceRouter
from mockdreams.http.sse import CannedStream, EventStream, serve, serve_canned
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.store.errors import StoreError
from mockdreams.wire.errors import ServiceError, not_found
from mockdreams.world.core.policy import default_policy
from mockdreams.world.work.worker_credentials import PREFIX, WorkerCredential

if TYPE_CHECKING:
    from mockdreams.http.faults import Fault
    from mockdreams.http.stubs import Stub
    from mockdreams.http.upstream import Upstream, UpstreamAnswer

ServiceAnswer: TypeAlias = "Response | EventStream | Piecewise | CannedStream | UpstreamAnswer"
A = TypeVar("A", bound="ServiceAnswer")
UNAUTHORIZED = 401
"""Answers with this status name no organization and no workspace."""
_CAPITAL_NOT_FOUND = ("/v1/dreams/", "/v1/deployments/")
"""Below these the service words an unknown path differently, and does not forbid retries."""


class RequestContext:
    """One request on its way through the application, and what has been found out about it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = headers_of(scope)
        self.request_id = ""
        self.place: Workspace | None = None
        self.stamped = False
        self.body = b""
        self.chunks: list[bytes] = []
        self.has_body = False
        self.fault: Fault | None = None
        self.by: Answerer = "world"
        self.caller: WorkerCredential | None = None
        self.match: tuple[dict[str, Route], list[str]] | None = None
        """The routes of its path, once they were looked for."""

    def head(self, *kind: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """The headers of every answer, after those that say of what `kind` it is."""
        head = [*kind, (b"request-id", self.request_id.encode())]
        if self.place is not None and self.stamped:
            head += self.place.headers
            head += self.place.limits.headers(self.method)
        return head

    def record(self, status: int | None, response: bytes, hint: str | None = None) -> None:
        if hint:
            self.scope[HINT] = hint
        if self.place is not None:
            query, at = self.scope["query_string"], self.place.world.clock.time
            body = recorded_body(self.path, self.body)
            self.place.encounters.note_answer(self.method, self.path, status, response, hint)
            self.place.journal.add(
                self.method, self.path, query, self.headers, body, status, response, at, hint, self.by
            )


class Service:
    """The service, as an ASGI application over the worlds of `places`.

    `end_idle_streams`: a stream ends when its session has nothing more to say by itself. `upstream` answers those of
    its paths that the service does not have.
    """

    def __init__(
        self, places: Workspaces, *, end_idle_streams: bool = False, upstream: "Upstream | None" = None
    ) -> None:
        self.places = places
        self.router = ServiceRouter()
        self._end_idle_streams = end_idle_streams
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = RequestContext(scope)
        try:
            try:
                answer = await self._answer(visit, receive)
            except ClientDisconnect:
                visit.record(None, b"", hints.HUNG_UP)
                return
            except asyncio.CancelledError:
                await send_response(crashed(visit.request_id), send)
                raise
            if visit.fault is not None or not isinstance(answer, Response):
                await self._serve(visit, answer, receive, send)
            elif not send_at_once(answer, send):
                await send_response(answer, send)
        finally:
            if visit.place is not None:
                self.places.leave(visit.place)

    def answer_at_once(self, scope: Scope, body: bytes, send: Callable[[Response], None]) -> bool:
        """Ask the world at once about a request that is there whole, if nothing is to be waited for, with no coroutine
        and no task; `send` gets the answer, now or as soon as all is kept that it may tell of.

        False where something may have to be: nothing has happened then, and the application is to be called.
        """
        visit = RequestContext(scope)
        methods, ids = self.router.match(visit.path) or ({}, [])
        route = methods.get(visit.method)
        if self._upstream is not None or route is None or route.handle not in self.router.at_once:
            return False
        place = self._enter_known(visit)
        if place is None:
            return False
        world = place.world
        may_take_long = world.may_think(looks=visit.method == "GET") or (len(body) > MANY_ITEMS and is_large(body))
        if may_take_long or place.took_much or place.faults or place.stubs or not world.lock.acquire(False):
            self.places.leave(place)
            return False
        visit.place = place
        found = _ask_at_once(visit, place, route, ids, body)
        if world.log is None:
            self._finish(visit, place, found, send)
        else:
            world.log.call_when_settled(partial(self._finish, visit, place, found, send))
        return True

    def _finish(
        self, visit: RequestContext, place: Workspace, found: Response | Exception, send: Callable[[Response], None]
    ) -> None:
        """Send what was found, unless it may tell of what is not kept."""
        log = place.world.log
        if log is not None and log.failed is not None:
            found = log.refusal or found
        answer = self._concluded(visit, found)
        self.places.leave(place)
        send(answer)

    def _enter_known(self, visit: RequestContext) -> Workspace | None:
        """The place of an API key, if it is in memory."""
        try:
            key = api_key(visit.headers)
        except ServiceError:
            return None
        return None if key.startswith(PREFIX) else self.places.enter_known(key)

    async def _serve(self, visit: RequestContext, answer: "ServiceAnswer", receive: Receive, send: Send) -> None:
        """Send what is more than a whole answer, or what a fault may break."""
        head = visit.head() if isinstance(answer, EventStream | Piecewise) else []
        if visit.place is not None and isinstance(answer, EventStream | Piecewise | CannedStream):
            visit.place.encounters.note_stream(visit.fault)
        if isinstance(answer, EventStream):
            await serve(answer, head, receive, send, end_when_idle=self._end_idle_streams, fault=visit.fault)
        elif isinstance(answer, Piecewise):
            if visit.fault is not None and visit.fault.edits_stream and answer.has_events:
                events = CannedStream(200, [*answer.kind, *head], [bytes(piece) for piece in answer.pieces])
                await serve_canned(events, receive, send, visit.fault)
            else:
                await send_pieces(answer, head, receive, send, fault=visit.fault)
        elif isinstance(answer, CannedStream):
            assert visit.fault is not None
            await serve_canned(answer, receive, send, visit.fault)
        elif not isinstance(answer, Response):
            cut = visit.fault is not None and visit.fault.drop == "during"
            await answer.serve(receive, send, partial(visit.record, answer.status), cut=cut)
        elif visit.fault is not None and visit.fault.drop is not None:
            await drop_connection(answer, receive, send, during=visit.fault.drop == "during")
        else:
            await send_response(answer, send)

    async def _answer(self, visit: RequestContext, receive: Receive) -> "ServiceAnswer":
        """What is asked for, or what is said instead."""
        try:
            answer = await self._ask(visit, receive)
        except ClientDisconnect:
            raise
        except Exception as failed:
            return self._concluded(visit, failed)
        return self._concluded(visit, answer)

    def _concluded(self, visit: RequestContext, found: A | Exception) -> A | Response:
        """The answer, whatever failed or fails, and a note of it in the journal."""
        try:
            answer = self._refused(visit, found) if isinstance(found, Exception) else found
            self._note(visit, answer)
        except Exception:
            logger.exception("crashed on %s %s", visit.method, visit.path)
            return self._crashed(visit)
        return answer

    def _refused(self, visit: RequestContext, failed: Exception) -> Response:
        """The answer of a refusal; of what is none, it is raised."""
        if isinstance(failed, StoreError):
            logger.error("%s %s: %s", visit.method, visit.path, failed)
            failed = not_kept(failed)
        if not isinstance(failed, ServiceError):
            raise failed
        return self._refuse(visit, failed)

    async def _ask(self, visit: RequestContext, receive: Receive) -> "ServiceAnswer":
        """The answer of a fault, a stub, the world or the upstream, in this order. Raises ServiceError to refuse."""
        if not self.router.is_loaded(visit.path):
            await asyncio.to_thread(self.router.load, visit.path)
        try:
            place = self._find_place(visit) or await self._fetch_place(visit)
        except ServiceError:
            prepared = None  # there is no key, which is told once it is known that there is such a path
        else:
            prepared = await self._intercept(visit, receive) if place.faults or place.stubs else None
        if prepared is not None:
            return prepared
        if self._upstream is not None and self._is_handed_on(visit):
            visit.by = "upstream"
            return await self._upstream.ask(visit.scope, await self._read(visit, receive))
        route, ids = self._route(visit)
        check_credential(route.gate, visit.headers)
        place = visit.place or await self._fetch_place(visit)
        visit.request_id = visit.request_id or place.world.request_ids.mint("req")
        visit.stamped = route.gate.workspace_headers
        body, form = b"" if visit.method == "GET" else await self._read(visit, receive), None
        named = {} if visit.caller is None else _named(place, visit.caller, route, ids)
        check_caller(route.gate, visit.caller, named)
        _pass_gate(visit, place, route)
        kept = place.world.log is not None
        sent = b"".join(visit.chunks) if kept and route.multipart else body
        if route.multipart:
            form = await read_form(visit.chunks, visit.headers.get(b"content-type", b""))
            visit.body = form.summary()
        lag = None if visit.fault is None else visit.fault.lag
        call = Request(place, visit.scope["query_string"], body, visit.headers, form, lag, visit.caller)
        what = _input(visit, sent, lag) if kept else None
        changes = _may_change(visit, place, route)
        handle = partial(handle_request, place, visit.method, route, ids, call)
        place.took_much = slow = place.took_much or route.multipart or is_large(body)
        answer = await run_locked(place.world, handle, what, changes=changes, slow=slow)
        while isinstance(answer, Later):
            await asyncio.sleep(answer.seconds)
            call.until = answer.until
            again = None if what is None else what._replace(until=answer.until.isoformat())
            answer = await run_locked(place.world, handle, again, slow=slow)
        if isinstance(answer, bytes):
            return _whole(visit, call, answer)
        _log_hint(visit, call)
        visit.record(200, b"", call.hint)
        return answer

    async def _intercept(self, visit: RequestContext, receive: Receive) -> Response | CannedStream | None:
        """What a fault or a stub answers instead of the service, on any path; a fault may only delay it."""
        place = visit.place
        assert place is not None
        met = await _meet(place, visit)
        fault, stub = met.fault, met.stub
        visit.fault = fault
        if fault is None and stub is None:
            return None
        visit.request_id = met.request_id
        await self._read(visit, receive)
        await _sleep(met.fault_delay)
        if fault is not None and fault.answers:
            visit.by, visit.stamped = "fault", self._is_stamped(visit) and fault.status != UNAUTHORIZED
            return _fault_response(visit, fault)
        if stub is None:
            return None
        await _sleep(met.stub_delay)
        visit.by, visit.stamped = "stub", self._is_stamped(visit)
        status, headers, body = stub.answer(visit.request_id)
        headers = [*visit.head(), *headers]
        if stub.frames is not None and fault is not None and fault.edits_stream:
            visit.record(status, body)
            return CannedStream(status, headers, stub.frames)
        return Response(status, headers, body)

    def _is_handed_on(self, visit: RequestContext) -> bool:
        unserved = self.router.match(visit.path) is None
        return unserved and self._upstream is not None and self._upstream.takes(visit.method, visit.path)

    def _is_stamped(self, visit: RequestContext) -> bool:
        """Whether answers of this call name the workspace; the service's do, but for a few routes."""
        route = self._served(visit)
        return route is None or route.gate.workspace_headers

    def _served(self, visit: RequestContext) -> Route | None:
        methods, _ = visit.match or self.router.match(visit.path) or ({}, [])
        return methods.get(visit.method)

    async def _read(self, visit: RequestContext, receive: Receive) -> bytes:
        """The body of the request, read once; of one that is a form the chunks are kept, and there is no body yet.

        What belongs to nobody has the size that belongs to anybody.
        """
        if visit.has_body or visit.method == "GET":
            return visit.body
        policy = default_policy() if visit.place is None else visit.place.world.policy
        route = self._served(visit)
        if route is not None and route.multipart:
            visit.chunks = await read_chunks(receive, policy.file_max_bytes + ENVELOPE_BYTES)
        else:
            body = take_body(receive, policy.body_max_bytes)
            visit.body = await read_body(receive, policy.body_max_bytes) if body is None else body
        visit.has_body = True
        return visit.body

    def _route(self, visit: RequestContext) -> tuple[Route, list[str]]:
        match = visit.match = self.router.match(visit.path)
        if match is None:
            hint = hints.unknown_path(visit.path, self.router.paths)
            if visit.path.startswith(_CAPITAL_NOT_FOUND):
                raise not_found("Not Found", hint=hint, rule="dream-subpath-404")
            raise not_found("Not found", retry=False, hint=hint, rule="unknown-path-404")
        methods, ids = match
        if visit.method in methods:
            return methods[visit.method], ids
        found = self.router.find(visit.method, visit.path)
        if found is None:
            raise method_not_allowed(", ".join(sorted(methods)), visit.path)
        return found

    def _find_place(self, visit: RequestContext) -> Workspace | None:
        """The place of the key, if it is in memory. Raises ServiceError (401) without a key."""
        key = api_key(visit.headers)
        if not key.startswith(PREFIX):
            visit.place = self.places.enter(key)
        return visit.place

    async def _fetch_place(self, visit: RequestContext) -> Workspace:
        """The place of a key that is not in memory, or of the worker whose credential it is. Raises ServiceError."""
        key = api_key(visit.headers)
        if key.startswith(PREFIX):
            visit.place, visit.caller = await self.places.enter_worker(key)
        else:
            visit.place = await self.places.enter_anew(key)
        return visit.place

    def _refuse(self, visit: RequestContext, refused: ServiceError) -> Response:
        visit.request_id = visit.request_id or self.places.request_ids.mint("req")
        refused.hint = refused.hint or self._hint(visit, refused)
        if visit.place is not None:
            visit.place.encounters.note_refusal(visit.path, refused.rule)
        if refused.hint:
            logger.info("%s %s: %d (%s)", visit.method, visit.path, refused.status, refused.hint)
        visit.stamped = visit.stamped and refused.status != UNAUTHORIZED
        head = [each for each in visit.head(JSON) if refused.has_request_id or each[0] != b"request-id"]
        return error_response(refused, head, visit.request_id, visit.place.world.clock if visit.place else None)

    def _hint(self, visit: RequestContext, refused: ServiceError) -> str | None:
        """What may be wrong with the ids of a request whose path is known."""
        methods, ids = self.router.match(visit.path) or ({}, [])
        route = methods.get(visit.method)
        if route is None or visit.place is None or refused.status not in (400, 404):
            return None
        return hints.about_ids(zip(route.names, ids, strict=True), visit.body, visit.place, self.places)

    def _note(self, visit: RequestContext, answer: "ServiceAnswer") -> None:
        if not isinstance(answer, Response):
            return
        if visit.fault is not None and visit.fault.drop is not None:
            visit.by = "fault"
            visit.record(None, b"", hints.FAULT_DROPPED)
        else:
            visit.record(answer.status, answer.body, answer.hint)

    def _crashed(self, visit: RequestContext) -> Response:
        """The one answer that asks nothing of the world, so that it cannot fail."""
        stamp = visit.place.headers if visit.place is not None and visit.stamped else []
        reply = crashed(visit.request_id or self.places.request_ids.mint("req"), stamp)
        with suppress(Exception):
            visit.record(reply.status, reply.body)
        return reply


def method_not_allowed(allow: str, path: str = "") -> ServiceError:
    hint = hints.wrong_method(allow)
    return ServiceError(
        "invalid_request_error",
        "Method Not Allowed",
        status=405,
        hint=hint,
        allow=allow,
        rule="method-405 dream-delete-405 deployment-delete-405 message-method-405",
        has_request_id=path != "/v1/messages",
    )


class Met(NamedTuple):
    """What a request meets before it is asked what it is about, and how many wall seconds each delays it."""

    fault: "Fault | None"
    stub: "Stub | None"
    request_id: str
    fault_delay: float
    stub_delay: float


def meet(place: Workspace, method: str, path: str) -> Met:
    """What a call meets, which is used once more by that."""
    fault = place.faults.next_match(method, path)
    stub = None if fault is not None and fault.answers else place.stubs.next_match(method, path)
    request_id = place.world.request_ids.mint("req") if fault is not None or stub is not None else ""
    return Met(fault, stub, request_id, fault.delay() if fault else 0, stub.delay() if stub else 0)


async def _meet(place: Workspace, visit: RequestContext) -> Met:
    met = partial(meet, place, visit.method, visit.path)
    if place.world.log is None:
        return met()
    return await run_locked(place.world, met, MetInput(visit.method, visit.path), changes=True)


async def _sleep(seconds: float) -> None:
    """Let the latency pass that an answer is to have."""
    if seconds:
        await asyncio.sleep(seconds)


def _fault_response(visit: RequestContext, fault: "Fault") -> Response:
    """What a request gets that never reaches its world."""
    if fault.status is None:
        return Response(502, visit.head(), b"")
    status, headers, body = fault.answer(visit.request_id)
    return Response(status, [*visit.head(), *headers], body, hints.FAULT_ANSWERED)


def _named(place: Workspace, caller: WorkerCredential, route: Route, ids: Sequence[str]) -> dict[str, str | None]:
    """The environment and the session that a worker's request is about, as far as its path says so."""
    named = dict(zip(route.names, ids, strict=True))
    sessions = place.world.session_store.table
    session_id = named.get("session_id") or named.get("work_id")
    session, own = sessions.get(session_id or ""), sessions.get(caller.session_id or "")
    if "store_id" in named and (own is None or named["store_id"] not in own.memory_store_ids):
        session_id = "another that has this memory store"
    environment_id = named.get("environment_id") or (session.environment_id if session else None)
    return {"environment": environment_id, "session": session_id}


def _pass_gate(visit: RequestContext, place: Workspace, route: Route) -> None:
    headers = visit.headers
    policy = place.world.policy
    if route.gate is DREAMS and not policy.enrolled:
        raise not_found("Not found", retry=False, hint=hints.NOT_ENROLLED, rule="dream-not-enrolled-404")
    gate, version, sent = (
        required_by(route.gate, policy),
        headers.get(b"anthropic-version"),
        headers.get(b"anthropic-beta", b""),
    )
    refused = check_headers(gate, version, sent, policy.extra_betas)
    if refused is not None:
        raise refused.again()
    workspace = headers.get(b"anthropic-workspace-id")
    if workspace is not None:
        check_workspace(workspace.decode("latin-1"), place.world.workspace_id)


def _ask_at_once(
    visit: RequestContext, place: Workspace, route: Route, ids: list[str], body: bytes
) -> Response | Exception:
    """The world's answer, or why there is none; the world's lock is held, and is free again after that."""
    world = place.world
    try:
        visit.request_id, visit.stamped = world.request_ids.mint("req"), route.gate.workspace_headers
        if visit.method != "GET":
            check_size(len(body), world.policy.body_max_bytes)
            visit.body = body
        _pass_gate(visit, place, route)
        call = Request(place, visit.scope["query_string"], visit.body, visit.headers)
        if world.log is None:
            answer = handle_request(place, visit.method, route, ids, call)
        else:
            what = ServiceInput(visit.method, visit.path, call.query_string, visit.headers, visit.body)
            given = (place, visit.method, route, ids, call)
            answer = world.log.perform(what, handle_request, *given, changes=_may_change(visit, place, route))
        assert isinstance(answer, bytes)
        return _whole(visit, call, answer)
    except Exception as failed:
        return failed
    finally:
        world.lock.release()


def _may_change(visit: RequestContext, place: Workspace, route: Route) -> bool:
    """Whether more than the clock of the world may move."""
    return visit.method != "GET" or route.changes or place.world.policy.reads_per_minute is not None


def _whole(visit: RequestContext, call: Request, body: bytes) -> Response:
    """The answer that the world gave."""
    _log_hint(visit, call)
    return Response(200, visit.head(JSON), body, call.hint)


def _log_hint(visit: RequestContext, call: Request) -> None:
    if call.hint:
        logger.warning("%s %s (%s)", visit.method, visit.path, call.hint)


def _input(visit: RequestContext, sent: bytes, lag: float | None) -> ServiceInput:
    session_id = None if visit.caller is None else visit.caller.session_id
    query = visit.scope["query_string"]
    return ServiceInput(visit.method, visit.path, query, visit.headers, sent, lag, session_id)


def handle_request(place: Workspace, method: str, route: Route, ids: list[str], call: Request) -> Answer:
    """Ask the world, with its lock held; at a later try of one that waits only for what it waits for."""
    call.world.clock.sync()
    if call.until is None:
        place.limits.hit(method)
    answer = route.handle(call, *ids)
    call.note_window()
    return answer
