"""The application: what is ours is routed by Starlette, everything else is the service's."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response as StarletteResponse
from starlette.routing import Mount, Route
from starlette.routing import Router as StarletteRouter
from starlette.types import ASGIApp, Receive, Scope, Send

from mockdreams.http import board, hints
from mockdreams.http.log import logger
from mockdreams.http.origins import OriginMiddleware
from mockdreams.http.path_shape import CONTROL_PREFIX, LONGEST_PATH
from mockdreams.http.response import JSON, Headers, Response, crashed, error_response
from mockdreams.http.service import Service, method_not_allowed
from mockdreams.http.workspaces import Workspaces
from mockdreams.suggestions import did_you_mean
from mockdreams.wire.errors import ServiceError, not_found

if TYPE_CHECKING:
    from mockdreams.http.ownership import OwnershipMiddleware
    from mockdreams.http.upstream import Upstream

OURS = f"{CONTROL_PREFIX}/"


class Application(Starlette):
    """Serves all worlds.

    `end_idle_streams`: a stream ends when its session has nothing more to say by itself. Without `control` only
    health is left of the control API; with a `control_token` its requests must bring that. `allow_hosts`: names by
    which the server may be asked, and whose pages may ask it, beside those of `OriginMiddleware`. `upstream`: who
    answers some of the paths that the service does not have.
    """

    def __init__(
        self,
        places: Workspaces,
        *,
        end_idle_streams: bool = False,
        control: bool = True,
        control_token: str | None = None,
        allow_hosts: Iterable[str] = (),
        upstream: "Upstream | None" = None,
    ) -> None:
        self.places = places
        self.control_token = control_token.encode() if control_token else None
        self.service = Service(places, end_idle_streams=end_idle_streams, upstream=upstream)
        guard = Middleware(OriginMiddleware, allow_hosts=tuple(allow_hosts), request_ids=places.request_ids)
        self._ownership = _ownership() if places.keeper is not None and places.keeper.is_shared else None
        owned = [] if self._ownership is None else [Middleware(self._ownership, places)]
        self._origins = OriginMiddleware(self.service, tuple(allow_hosts), places.request_ids)
        service: ASGIApp = self.service
        for each in reversed([guard, *owned]):
            service = each.cls(service, *each.args, **each.kwargs)
        self._guarded_service = service
        self._has_control = control
        super().__init__(
            middleware=[guard, *owned],
            routes=[Mount(CONTROL_PREFIX, self._serve_control), board.HOME],
            exception_handlers={ServiceError: self._refuse, HTTPException: self._refuse_route, Exception: self._crash},
            lifespan=_lifespan,
        )

    @cached_property
    def control_routes(self) -> list[Route]:
        """The routes of the control API, which the first request to it imports."""
        from mockdreams.http.control import DOCUMENTS, HEALTH, OF_SERVER, ROUTES

        return [*HEALTH, *DOCUMENTS, *ROUTES, *OF_SERVER] if self._has_control else [*HEALTH]

    @cached_property
    def _control(self) -> StarletteRouter:
        ours: list[Route | Mount] = [*self.control_routes, *(board.ROUTES if self._has_control else ())]
        return StarletteRouter(ours, redirect_slashes=False)

    @cached_property
    def _control_paths(self) -> list[str]:
        return [route.path for route in self._control.routes if isinstance(route, Route | Mount)]

    async def _serve_control(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The first time its modules are imported on a thread, so that who is answered meanwhile waits for none."""
        if "_control" not in self.__dict__:
            await asyncio.to_thread(getattr, self, "_control")
        await self._control(scope, receive, send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not (scope["path"].startswith(OURS) or self._leads_to_board(scope)):
            await self._guarded_service(scope, receive, send)
            return
        with suppress(Exception):  # answered and logged by `_crash`; Starlette raises it once more
            await super().__call__(scope, receive, send)

    def answer_at_once(self, scope: Scope, body: bytes, send: Callable[[Response], None]) -> bool:
        """Have the service answer a request that is there whole, without a task of its own; see `Service`."""
        if self._ownership is not None and self._ownership.is_handed_on(scope):
            return False
        origins = self._origins
        if origins is None or scope["path"].startswith(OURS) or origins.refusal(scope) is not None:
            return False
        return self.service.answer_at_once(scope, body, send)

    def close_streams(self) -> None:
        """End every open stream, and what keeps open pages up to date."""
        self.places.close_streams()
        if hasattr(self.state, "board"):
            self.state.board.close()

    def _leads_to_board(self, scope: Scope) -> bool:
        return self._has_control and board.is_browser_at_root(scope)

    async def _refuse(self, request: Request, refused: Exception) -> StarletteResponse:
        """A refusal of the control API, in the service's envelope."""
        assert isinstance(refused, ServiceError)
        request_id = self._request_id(request)
        refused.hint = refused.hint or self._hint(request, refused)
        if refused.hint:
            logger.info("%s %s: %d (%s)", request.method, request.url.path, refused.status, refused.hint)
        return _response(error_response(refused, [JSON, (b"request-id", request_id.encode())], request_id, None))

    async def _refuse_route(self, request: Request, refused: Exception) -> StarletteResponse:
        """A path or a method of the control API that there is not."""
        assert isinstance(refused, HTTPException)
        if refused.status_code == 405:
            (allowed,) = (refused.headers or {}).values()  # Starlette's routes have sets, in any order
            return await self._refuse(request, method_not_allowed(", ".join(sorted(allowed.split(", ")))))
        await asyncio.to_thread(self.service.router.load, "")
        paths = [*self.service.router.paths, *(CONTROL_PREFIX + path for path in self._control_paths)]
        hint = hints.unknown_path(request.scope["path"], paths)
        return await self._refuse(request, not_found(f"Not found{self._near(request)}", retry=False, hint=hint))

    def _near(self, request: Request) -> str:
        """The path of the control API that was likely meant."""
        path = request.scope["path"].removeprefix(CONTROL_PREFIX)
        near = did_you_mean(path, self._control_paths, quote="") if len(path) <= LONGEST_PATH else ""
        return near.replace("mean ", f"mean {CONTROL_PREFIX}")

    async def _crash(self, request: Request, crash: Exception) -> StarletteResponse:
        logger.error("crashed on %s %s", request.method, request.scope["path"], exc_info=crash)
        return _response(crashed(self._request_id(request)))

    def _request_id(self, request: Request) -> str:
        return getattr(request.state, "request_id", None) or self.places.request_ids.mint("req")

    def _hint(self, request: Request, refused: ServiceError) -> str | None:
        """What may be wrong with the ids of a request."""
        workspace, sent = (getattr(request.state, name, None) for name in ("workspace", "sent"))
        if workspace is None or refused.status not in (400, 404):
            return None
        return hints.about_ids(request.path_params.items(), sent or b"", workspace, self.places)


def _ownership() -> "type[OwnershipMiddleware]":
    """What hands requests to the servers that own their worlds; a server that shares its worlds with none has none."""
    from mockdreams.http.ownership import OwnershipMiddleware

    return OwnershipMiddleware


def _response(reply: Response) -> StarletteResponse:
    response = StarletteResponse(reply.body, reply.status)
    response.raw_headers = [*_length(reply), *reply.head]
    return response


def _length(reply: Response) -> Headers:
    return [(b"content-length", b"%d" % len(reply.body))]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open streams end with the server."""
    assert isinstance(app, Application)
    yield
    app.close_streams()
