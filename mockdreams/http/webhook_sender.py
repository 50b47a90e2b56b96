"""Sending webhooks: what a world has to tell is signed and sent from an event loop that does nothing else.

One loop serves all worlds of a process, each attempt in a task of its own, so that a receiver that is slow delays
nothing but what comes to it later. In `real` mode the loop also wakes a world when something is due: nobody else may be
asking it.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from mockdreams.extras import extra
from mockdreams.http.inputs import GO_ON, SYNC, AttemptInput
from mockdreams.http.log import logger
from mockdreams.http.webhook_hosts import HostPatterns
from mockdreams.wire.errors import ServiceError
from mockdreams.world.core.real_functions import real_monotonic
from mockdreams.world.core.sleep_blocks import wall_time
from mockdreams.world.webhooks.deliveries import WebhookAnswer
from mockdreams.world.webhooks.endpoints import WebhookEndpoint
from mockdreams.world.webhooks.webhooks import OutgoingWebhook, Webhooks
from mockdreams.world.world import World

if TYPE_CHECKING:
    from mockdreams.http.webhook_receivers import Receiver

IN_PROCESS = "receiver:"
"""How the URL of a receiver in this process begins."""
_OTHER_SECRET = b"not the secret of any endpoint..."


class WebhookSender:
    """Sends what the webhooks of one world have to tell, as long as `close` has not been called."""

    def __init__(self, world: World, hosts: HostPatterns, *, is_paused: bool = False) -> None:
        with extra("webhooks", "a webhook"):
            import standardwebhooks  # noqa: F401

            from mockdreams.http import webhook_receivers
        self._world = world
        self._loop = _running_loop()
        self._changed = threading.Condition(world.lock)
        self._network = webhook_receivers.NetworkReceiver(hosts.allows)
        self._receivers: dict[str, Receiver] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.is_paused = is_paused
        """While a world is read, what it did is done again, and not sent again."""
        world.clock.alarm = self.send
        world.clock.subscribe(self.send)

    def add_receiver(self, receiver: Any, path: str) -> str:
        """Let a function be called, or an ASGI application at a path; the answer is the URL that stands for it."""
        from mockdreams.http.webhook_receivers import AppReceiver, FunctionReceiver, is_app

        app = is_app(receiver)
        url = f"{IN_PROCESS}{len(self._receivers) + 1}{path if app else ''}"
        self._receivers[url] = AppReceiver(receiver, path) if app else FunctionReceiver(receiver)
        return url

    def send(self) -> None:
        """There is something to send, or the clock has changed; with the world's lock held or not."""
        if self.is_paused:
            return
        with self._world.lock:
            webhooks = self._world.webhooks
            outgoing = webhooks.take_outgoing()
            seconds = self._world.clock.seconds_until_next() if webhooks.endpoints else None
        for each in outgoing:
            self._loop.call_soon_threadsafe(self._start, webhooks, each)
        if seconds is not None or self._timer is not None:
            self._loop.call_soon_threadsafe(self._set_timer, seconds)

    def wait(self, seconds: float) -> bool:
        """Let the world go on, as its clock does, until nothing is under way. Whether that came within wall seconds.

        The world's lock may be held: whoever waits lets go of it.
        """
        until, clock = real_monotonic() + seconds, self._world.clock
        with wall_time(), self._world.lock:
            while (left := until - real_monotonic()) > 0:
                self._world.perform(SYNC, clock.sync)
                webhooks = self._world.webhooks
                if webhooks.is_sending:
                    self._changed.wait(left)
                elif clock.mode == "real" and self._world.is_live:
                    self._changed.wait(min(left, clock.seconds_until_next() or 0.0))
                elif not self._world.perform(GO_ON, self._world.go_on) and not webhooks.is_sending:
                    return True
        return False

    def close(self) -> None:
        """Send nothing more."""
        self._closed = True
        self._world.clock.alarm = None
        self._world.clock.unsubscribe(self.send)
        self._loop.call_soon_threadsafe(self._cancel)

    def _start(self, webhooks: Webhooks, outgoing: OutgoingWebhook) -> None:
        if not self._closed:
            task = self._loop.create_task(self._attempt(webhooks, outgoing))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _attempt(self, webhooks: Webhooks, outgoing: OutgoingWebhook) -> None:
        try:
            if self._world.log is not None:
                await self._world.log.settled()
        except ServiceError:
            return  # what would be told has not happened
        try:
            answer = await self._ask(outgoing)
        except Exception as crash:
            logger.exception("crashed on a webhook to %s", outgoing.endpoint.url)
            answer = WebhookAnswer({}, error=f"{type(crash).__name__}: {crash}")
        if self._world.lock.acquire(blocking=False):
            try:
                self._finish(webhooks, outgoing, answer)
            finally:
                self._world.lock.release()
        else:
            await self._loop.run_in_executor(_threads(), self._finish, webhooks, outgoing, answer)

    def _finish(self, webhooks: Webhooks, outgoing: OutgoingWebhook, answer: WebhookAnswer) -> None:
        with self._world.lock:
            if self._world.webhooks is webhooks:  # and no reset or snapshot has put others in their place
                what = AttemptInput(outgoing.delivery.id, answer)
                with suppress(ServiceError):  # the world cannot be kept, and does not go on
                    self._world.perform(what, lambda: webhooks.finish(outgoing.delivery, answer), changes=True)
            self._changed.notify_all()

    async def _ask(self, outgoing: OutgoingWebhook) -> WebhookAnswer:
        from mockdreams.http.webhook_receivers import InvalidAddressError

        delivery, endpoint = outgoing
        headers = signed_headers(endpoint, delivery.event_id, delivery.body)
        seconds = self._world.policy.webhook_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                status, body = await self._receiver(endpoint.url).receive(endpoint.url, headers, delivery.body)
            return WebhookAnswer(headers, status, body)
        except InvalidAddressError as refused:
            return WebhookAnswer(headers, error=str(refused), invalid_address=True)
        except TimeoutError:
            return WebhookAnswer(headers, error=f"no answer within {seconds:g} s")
        except Exception as lost:
            return WebhookAnswer(headers, error=f"{type(lost).__name__}: {lost}".rstrip(": "))

    def _receiver(self, url: str) -> "Receiver":
        if not url.startswith(IN_PROCESS):
            return self._network
        if url not in self._receivers:
            raise LookupError("the receiver was in another process")
        return self._receivers[url]

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if seconds is not None and not self._closed:
            self._timer = self._loop.call_later(seconds, lambda: _threads().submit(self._sync))

    def _sync(self) -> None:
        """In `real` mode: something is due."""
        with self._world.lock:
            if not self._closed:
                with suppress(ServiceError):
                    self._world.perform(SYNC, self._world.clock.sync)
                self._changed.notify_all()
        self.send()

    def _cancel(self) -> None:
        self._set_timer(None)
        for task in self._tasks:
            task.cancel()
        for receiver in (self._network, *self._receivers.values()):
            closing = self._loop.create_task(receiver.close())
            self._tasks.add(closing)
            closing.add_done_callback(self._tasks.discard)


def signed_headers(endpoint: WebhookEndpoint, event_id: str, body: str) -> dict[str, str]:
    """The headers of an attempt that is made now: its timestamp is wall time, as the SDKs compare it."""
    from standardwebhooks import Webhook

    at = datetime.now(UTC) - timedelta(seconds=endpoint.timestamp_age)
    secret = _OTHER_SECRET if endpoint.wrong_signature else endpoint.secret
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, at, body),
    }


@cache
def _threads() -> ThreadPoolExecutor:
    """Where somebody waits for a world that is busy."""
    from mockdreams.http.webhook_receivers import THREADS

    return ThreadPoolExecutor(8, thread_name_prefix=THREADS)


_starting = threading.Lock()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    from mockdreams.http.webhook_receivers import THREADS

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name=THREADS, daemon=True).start()
    return loop


def _running_loop() -> asyncio.AbstractEventLoop:
    """The loop on which webhooks are sent; its thread ends with the process."""
    with _starting:
        return _loop()
