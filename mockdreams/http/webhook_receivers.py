"""Receivers: whoever is asked with an attempt of a webhook, over the network or in this process."""

import asyncio
import inspect
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol, TypeAlias

import httpx2
from starlette.types import ASGIApp

from mockdreams.http.origins import is_loopback

MOST_READ = 64 * 1024
"""Bytes of an answer that are read; the rest is nobody's business."""
THREADS = "mockdreams webhooks"
"""How the names of threads begin; by it virtual sleep knows that they are none of a test's own."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What a receiver that is a function gets."""

    headers: dict[str, str]
    """`webhook-id`, `webhook-timestamp`, `webhook-signature` and `content-type`."""
    body: str
    """For `client.beta.webhooks.unwrap(request.body, headers=request.headers, key=…)`."""


ReceiverFunction: TypeAlias = Callable[[WebhookRequest], int | None]
"""Answers with a status; None is 200, and an exception 500."""


class InvalidAddressError(Exception):
    """A name leads to an address that is not to be called."""


class Receiver(Protocol):
    async def receive(self, url: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        """The status and the body of the answer. Raises InvalidAddressError, or anything else if there is none."""

    async def close(self) -> None:
        """It is called no more."""


class NetworkReceiver:
    """Whoever listens at a URL. Redirects are not followed, proxies not used, and of an answer only so much is read."""

    def __init__(self, is_allowed: Callable[[str], bool]) -> None:
        self._is_allowed = is_allowed
        self._clients: dict[str, httpx2.AsyncClient] = {}
        """By scheme: over plain HTTP no certificates are loaded, which takes 30 ms."""

    def _client(self, scheme: str) -> httpx2.AsyncClient:
        if scheme not in self._clients:
            self._clients[scheme] = self._make_client(verify=scheme == "https")
        return self._clients[scheme]

    def _make_client(self, verify: bool) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            verify=verify,
            timeout=None,  # the sender's is for the whole attempt
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100),
            trust_env=False,
            follow_redirects=False,
        )

    async def receive(self, url: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        where = httpx2.URL(url)
        await self._check(where.host)
        async with self._client(where.scheme).stream("POST", url, headers=headers, content=body.encode()) as answer:
            read = bytearray()
            async for part in answer.aiter_raw():
                read += part
                if len(read) >= MOST_READ:
                    break
            return answer.status_code, bytes(read[:MOST_READ]).decode(errors="replace")

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def _check(self, host: str) -> None:
        """Raises InvalidAddressError for a name of this machine that leads elsewhere."""
        if self._is_allowed(host):
            return
        if not is_loopback(host):
            raise InvalidAddressError(f"{host} is not on the loopback interface; see --webhook-hosts")
        if not host.lower().endswith("localhost"):
            return  # an address: there is nothing to resolve
        for *_, address in await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM):
            if not is_loopback(str(address[0])):
                raise InvalidAddressError(f"{host} is {address[0]}, which is not on the loopback interface")


class FunctionReceiver:
    """A function of the test, called on threads of its own: one that never returns holds up nobody else."""

    def __init__(self, function: ReceiverFunction) -> None:
        self._function = function
        self._threads = ThreadPoolExecutor(8, thread_name_prefix=f"{THREADS} function")

    async def receive(self, url: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        call = partial(self._function, WebhookRequest(headers, body))
        status = await asyncio.get_running_loop().run_in_executor(self._threads, call)
        return 200 if status is None else status, ""

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class AppReceiver:
    """An ASGI application of the test, asked at a path, on an event loop and a thread of its own, without lifespan."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._path = path
        self._client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://receiver.localhost", follow_redirects=False
        )

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        loop = runner.get_loop()
        threading.Thread(target=_run, args=[runner], name=f"{THREADS} application", daemon=True).start()
        return loop

    async def receive(self, url: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        asked = asyncio.run_coroutine_threadsafe(self._ask(headers, body), self._loop)
        return await asyncio.wrap_future(asked)

    async def _ask(self, headers: dict[str, str], body: str) -> tuple[int, str]:
        answer = await self._client.post(self._path, headers=headers, content=body.encode())
        return answer.status_code, answer.text[:MOST_READ]

    async def close(self) -> None:
        if "_loop" in self.__dict__:
            self._loop.call_soon_threadsafe(self._loop.stop)


def _run(runner: asyncio.Runner) -> None:
    """Run a loop until it is stopped; what is under way then is canceled."""
    with runner:
        runner.get_loop().run_forever()


def is_app(receiver: Any) -> bool:
    """Whether a receiver is an ASGI application: something asynchronous that takes a scope, `receive` and `send`."""
    called = receiver if inspect.isfunction(receiver) or inspect.ismethod(receiver) else type(receiver).__call__
    return inspect.iscoroutinefunction(called)
