"""Requests about a world that another replica owns are handed to that replica.

A balancer sends all requests of a key to one replica, which then owns the key's world. Not so after replicas came or
went, and not for the token of a worker, which is another than the key of its world. No caller is to notice that.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from time import monotonic

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from mockdreams.http.auth import api_key
from mockdreams.http.housekeeping import is_idle
from mockdreams.http.log import logger
from mockdreams.http.origins import FORWARDED
from mockdreams.http.response import JSON, error_response, headers_of, send_response
from mockdreams.http.threads import run_in_thread
from mockdreams.http.upstream import HOP_BY_HOP, UpstreamAnswer, end_to_end
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.store.errors import LeaseHeldError, StoreError
from mockdreams.store.leases import LEASE_SECONDS
from mockdreams.wire.errors import ServiceError
from mockdreams.world.state.snapshots import SnapshotError
from mockdreams.world.work.worker_credentials import PREFIX

MOST_HOPS = 3
"""More there are only if replicas do not agree on who owns what."""
CONNECT_SECONDS = 1
CHECK_SECONDS = 2
"""After so long without an answer it is asked whether the owner is there at all."""
RETRY_SECONDS = 0.1
"""How long to wait for the lease of an owner that is gone to run out, each time."""
PATIENCE_SECONDS = 30
"""How long altogether."""
NAMESAKE_SECONDS = 2 * LEASE_SECONDS
"""How long if the owner has this server's address: it was here before, and dead, if its lease runs out."""


_IS_FORWARDED = (FORWARDED, b"1")
_PAGE = re.compile(r"/_mockdreams/board/(?:live/)?w/([^/]+)/")
"""The pages of a world, and the streams that keep them up to date."""


class OwnerGoneError(Exception):
    """The owner cannot be reached, and has seen nothing of the request; for so long its lease is waited for."""

    def __init__(self, reason: str, patience: float = PATIENCE_SECONDS) -> None:
        super().__init__(reason)
        self.patience = patience


class OwnershipMiddleware:
    """Lets `app` answer for worlds that are owned here, and has their owners answer for the others."""

    def __init__(self, app: ASGIApp, places: Workspaces) -> None:
        self._app = app
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = monotonic()
        while True:
            try:
                place = await self._enter(scope)
                break
            except LeaseHeldError as held:
                try:
                    self._check_address(held.owner)
                    await _forward(held.owner, scope, receive, send)
                    return
                except ServiceError as refused:
                    await self._refuse(refused, send)
                    return
                except OwnerGoneError as gone:
                    if monotonic() > begun + gone.patience:
                        await self._refuse(ServiceError("api_error", str(gone)), send)
                        return
            await asyncio.sleep(RETRY_SECONDS)
        try:
            await self._app(scope, receive, send)
        finally:
            if place is not None:
                self._places.leave(place)
        if place is not None and self.is_handed_on(scope) and not api_key(headers_of(scope)).startswith(PREFIX):
            await self._hand_over(place)

    @staticmethod
    def is_handed_on(scope: Scope) -> bool:
        """Whether a request came from another replica: one of a key, then, to which the balancer sends those of it."""
        return _IS_FORWARDED in scope["headers"]

    def _check_address(self, owner: str) -> None:
        """Raises OwnerGoneError if a request to the owner would come back to this server."""
        assert self._places.keeper is not None
        if owner == self._places.keeper.address:
            raise OwnerGoneError(
                f"Another server that advertises {owner}, too, owns the world of this key: each must have an address "
                "of its own, which --advertise says.",
                NAMESAKE_SECONDS,
            )

    async def _hand_over(self, place: Workspace) -> None:
        """Let the world go to the replica that has asked for it, if nobody is about it: that has its next requests."""
        if is_idle(place):
            try:
                await run_in_thread(self._places.put_away, place)
            except (StoreError, ServiceError, SnapshotError) as broken:
                logger.error("world %s is not handed over: %s", place.id, broken)

    async def _enter(self, scope: Scope) -> Workspace | None:
        """The place that a request is about, as far as its key or its path tells. Raises LeaseHeldError."""
        try:
            if page := _PAGE.match(scope["path"]):
                await run_in_thread(self._check_owner, page[1])
                return None  # the board enters it, for those who may look
            key = api_key(headers_of(scope))
            if key.startswith(PREFIX):
                return (await self._places.enter_worker(key))[0]
            return self._places.enter(key) or await self._places.enter_anew(key)
        except LeaseHeldError:
            raise
        except (ServiceError, StoreError):
            return None  # `app` meets it, too, and knows how to tell it

    def _check_owner(self, workspace_id: str) -> None:
        """Raises LeaseHeldError if another replica has a world in memory."""
        if self._places.find(workspace_id) is None:
            away = self._places.find_away(workspace_id)
            if away is not None and away.owner is not None:
                raise LeaseHeldError(away.id, away.owner)

    async def _refuse(self, refused: ServiceError, send: Send) -> None:
        logger.error("%s", refused.message)
        request_id = self._places.request_ids.mint("req")
        head = [JSON, (b"request-id", request_id.encode())]
        await send_response(error_response(refused, head, request_id, None), send)


async def _forward(owner: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Have `owner` (HOST:PORT) answer. Raises OwnerGoneError, or ServiceError if it may have seen the request."""
    headers = end_to_end(scope["headers"], HOP_BY_HOP | {b"expect"})
    hops = sum(name == FORWARDED for name, _ in headers)
    if hops >= MOST_HOPS:
        raise ServiceError("api_error", "No replica owns the world of this key for long.")
    query, raw = scope["query_string"], scope.get("raw_path") or scope["path"].encode()
    has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
    if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        headers.append((b"transfer-encoding", b"chunked"))
    request = httpx2.Request(
        scope["method"],
        httpx2.URL(f"http://{owner}").copy_with(raw_path=raw + (b"?" + query if query else b"")),
        headers=[*headers, _IS_FORWARDED],
        content=_body(receive) if has_body else None,
    )
    async with httpx2.AsyncClient(
        verify=False,  # it is plain HTTP, and to load certificates takes longer than the answer
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        trust_env=False,
        follow_redirects=False,
    ) as client:
        answer = UpstreamAnswer(await _answer_of(client, request, owner))
        await answer.serve(receive, send, lambda body: None, cut=False)


async def _answer_of(client: httpx2.AsyncClient, request: httpx2.Request, owner: str) -> httpx2.Response:
    asked = asyncio.ensure_future(client.send(request, stream=True))
    try:
        while not (await asyncio.wait([asked], timeout=CHECK_SECONDS))[0]:
            await client.get(f"http://{owner}/_mockdreams/ready", timeout=CHECK_SECONDS)
        return asked.result()
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as gone:
        if asked.done():
            raise OwnerGoneError(f"The replica {owner} cannot be reached: {gone}") from None
        raise _broken_off(owner) from None
    except httpx2.TransportError:
        raise _broken_off(owner) from None
    finally:
        asked.cancel()


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    """The body of a request, as it comes."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise httpx2.WriteError("the caller is gone")
        more = message.get("more_body", False)
        yield message.get("body", b"")


def _broken_off(owner: str) -> ServiceError:
    return ServiceError("api_error", f"The replica {owner} broke the answer off.")
