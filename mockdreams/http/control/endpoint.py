"""Serving an operation: the API key chooses the workspace, the body becomes its payload, its result the JSON answer."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mockdreams.http.auth import api_key, check_control
from mockdreams.http.body_process import LARGE_BYTES, is_large
from mockdreams.http.concurrency import run_locked
from mockdreams.http.control.payload_parsing import parse_payload
from mockdreams.http.inputs import ControlInput
from mockdreams.http.log import logger
from mockdreams.http.path_shape import CONTROL_PREFIX
from mockdreams.http.query_params import Query
from mockdreams.http.response import headers_of, not_kept, read_body
from mockdreams.http.threads import run_in_thread
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.store.errors import DamagedWorldError, StoreError
from mockdreams.suggestions import did_you_mean
from mockdreams.wire.base import Params
from mockdreams.wire.errors import invalid, shortened
from mockdreams.world.state.json_stream import dump_by_item, is_short

P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class Payload:
    """How the payload of an operation is read, and what the description of the control API says of it.

    `shape`: what the body is, which may be `optional`. `query`: the parameters that are read, each with its type.
    """

    read: Callable[[bytes, Query], Any]
    shape: type[BaseModel] | None = None
    optional: bool = False
    query: tuple[tuple[str, str], ...] = ()

    def __call__(self, sent: bytes, query: Query) -> Any:
        return self.read(sent, query)


class Operation(NamedTuple):
    """`run(workspace, payload, **path_parameters)`, without `payload` where there is none.

    It runs with the lock of the workspace's world held, and may raise ServiceError. `payload` reads the body, and the
    query of the request, before that. What may take long and be large has a `stream`: over HTTP it is called instead,
    on a thread of its own and without the lock, with the chunks of the body, the query and the path parameters, for the
    chunks of the answer.
    What is `slow` runs on a thread of its own too. `answer` is the type of what it answers, for the description of the
    control API. A stream is one input of a world that is kept, and so has the lock; one that is `unlocked` has not, and
    each of its steps is an input. `unread` answers, off the event loop, with the key where the world that it chooses
    cannot be read.
    """

    run: Callable[..., Any]
    payload: Callable[[bytes, Query], Any] | None = None
    stream: Callable[..., list[bytes]] | None = None
    slow: bool = False
    answer: Any = dict[str, Any]
    unlocked: bool = False
    unread: Callable[[Workspaces, str], dict[str, Any]] | None = None


def body(shape: type[Params], *, optional: bool = False) -> Payload:
    """The body as `shape`; if it is `optional`, none is the same as an empty object."""

    def read(sent: bytes, query: Query) -> Params:
        return shape() if optional and not sent else parse_payload(shape, sent)

    return Payload(read, shape, optional)


class Named(NamedTuple, Generic[P]):
    """Something to prepare, and the name (`?name=`) under which its uses can be asked for."""

    prepared: P
    name: str | None


def named(shape: type[P]) -> Payload:
    """The body as `shape`, with the name that the query gives it."""
    return Payload(
        lambda sent, query: Named(parse_payload(shape, sent), query.text("name")), shape, query=(("name", "string"),)
    )


class OperationRoute(Route):
    """A path of the control API, with an operation for each method."""

    def __init__(self, path: str, **operations: Operation) -> None:
        self.operations = operations
        super().__init__(path, Endpoint(operations))


class Endpoint:
    """Answers a request for one of `operations`, by its method."""

    def __init__(self, operations: dict[str, Operation]) -> None:
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        operation = self._operations.get(request.method)
        if operation is None:
            raise HTTPException(405, headers={"allow": ", ".join(sorted(self._operations))})
        try:
            workspace = await _authenticate(request)
            _check_query(operation, request)
        except StoreError as broken:
            logger.error("%s %s: %s", request.method, scope["path"], broken)
            if operation.unread is None or not isinstance(broken, DamagedWorldError):
                raise not_kept(broken) from None
            told = await run_in_thread(operation.unread, request.app.places, api_key(headers_of(scope)))
            await JSONResponse(told)(scope, receive, send)
            return
        try:
            await self._serve(operation, workspace, request, send)
        finally:
            request.app.places.leave(workspace)

    async def _serve(self, operation: Operation, workspace: Workspace, request: Request, send: Send) -> None:
        scope, receive = request.scope, request.receive
        if operation.stream is not None:
            with suppress(ClientDisconnect):
                answer = await _streamed(operation, workspace, request)
                await answer(scope, receive, send)
            return
        try:
            sent = request.state.sent = await _body(request, workspace)
        except ClientDisconnect:
            return
        answer_it = partial(_answer, operation, workspace, sent, request)
        workspace.took_much = workspace.took_much or is_large(sent)
        slow = operation.slow or workspace.took_much
        what, changes = _input(request, sent), request.method != "GET"
        result = await run_locked(workspace.world, answer_it, what, changes=changes, slow=slow)
        response = await _rendered(result, {"request-id": request.state.request_id})
        await response(scope, receive, send)


def _check_query(operation: Operation, request: Request) -> None:
    """Raises ServiceError for a parameter that the operation does not read."""
    known = [name for name, _ in getattr(operation.payload, "query", ())]
    for name in request.query_params:
        if name not in known:
            raise invalid(f'unknown query parameter "{shortened(name)}"{did_you_mean(name, known)}')


def _input(request: Request, sent: bytes) -> ControlInput:
    path = request.scope["path"].removeprefix(CONTROL_PREFIX)
    return ControlInput(request.method, path, request.scope["query_string"], sent)


async def _streamed(operation: Operation, workspace: Workspace, request: Request) -> Response:
    """The answer of an operation whose bodies have any size; the event loop does nothing of it."""
    assert operation.stream is not None
    chunks = [chunk async for chunk in request.stream()]
    workspace.took_much = workspace.took_much or sum(map(len, chunks)) > LARGE_BYTES
    run = partial(operation.stream, workspace, chunks, Query(request.scope["query_string"]), **request.path_params)
    if workspace.world.log is None or operation.unlocked:
        answer = await run_in_thread(run)
    else:
        what = _input(request, b"".join(chunks))
        answer = await run_locked(workspace.world, run, what, changes=request.method != "GET", slow=True)
    if workspace.world.log is not None:
        await workspace.world.log.settled()
    return _sent_in_pieces(answer, {"request-id": request.state.request_id})


def _sent_in_pieces(chunks: list[bytes], headers: dict[str, str]) -> Response:
    length = {"content-length": str(sum(map(len, chunks)))}
    return _InPieces(chunks, headers=headers | length, media_type=JSONResponse.media_type)


class _InPieces(Response):
    """Chunks. Starlette's own answer of this kind has a group of tasks, to hear that its client is gone."""

    def render(self, content: list[bytes]) -> bytes:
        self._chunks = content
        return b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(0)  # a fast client's socket takes one after another
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _body(request: Request, workspace: Workspace) -> bytes:
    if request.method == "GET":
        return b""
    return await read_body(request.receive, workspace.world.policy.body_max_bytes)


async def _authenticate(request: Request) -> Workspace:
    """The workspace that the request's key chooses. Raises ServiceError (401) if it may not use the control API."""
    headers = headers_of(request.scope)
    check_control(headers, request.app.control_token)
    places, key = request.app.places, api_key(headers)
    workspace: Workspace = places.enter(key) or await places.enter_anew(key)
    request.state.workspace = workspace
    request.state.request_id = workspace.world.request_ids.mint("req")
    return workspace


def _answer(operation: Operation, workspace: Workspace, sent: bytes, request: Request) -> dict[str, Any]:
    workspace.world.clock.sync()
    payload = [operation.payload(sent, Query(request.scope["query_string"]))] if operation.payload else []
    result: dict[str, Any] = operation.run(workspace, *payload, **request.path_params)
    return result


async def _rendered(result: dict[str, Any], headers: dict[str, str]) -> Response:
    """A result as JSON, written piece by piece on a thread of its own if it is long."""
    if is_short(result):
        return JSONResponse(result, headers=headers)
    return _sent_in_pieces(await run_in_thread(dump_by_item, result), headers)


class JSONResponse(Response):
    """JSON, lone surrogates included."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False).encode(errors="backslashreplace")
