"""Webhooks: what happens is told to the endpoints that want it, again and again until one attempt succeeds."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.wire.webhooks import OLDER_SESSION_TYPES, WebhookData, WebhookEvent
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.tasks import Task
from mockdreams.world.webhooks.deliveries import FAILING, WebhookAnswer, WebhookAttempt, WebhookDelivery, backoff
from mockdreams.world.webhooks.endpoints import WebhookEndpoint, WebhookParams, new_endpoint, selects

KEPT = 2_000
"""Attempts that are remembered."""
HELD_SECONDS = 60
"""How long an event waits for the next one, after which it is to come."""


class OutgoingWebhook(NamedTuple):
    """An attempt to make now."""

    delivery: WebhookDelivery
    endpoint: WebhookEndpoint


class Webhooks:
    """The endpoints of a world, and what is on its way to them.

    `send` is called when there is something in `take_outgoing`, or an endpoint more; whoever takes an attempt says with
    `finish` what came of it. The attempts at one endpoint follow each other: a receiver sees the order of events,
    unless a retry or a test changes it. Ids are of a series of their own, so that webhooks change no other id.
    """

    def __init__(self, context: Context, seed: str, organization: tuple[str, str], send: Callable[[], None]) -> None:
        self._context = context
        self._seed = seed
        self._organization_id, self._workspace_id = organization
        self.send = send
        """Called when there is something to send."""
        self._ids = IdGenerator(f"{seed} webhooks")
        self._endpoints: dict[str, WebhookEndpoint] = {}
        self._open: dict[str, WebhookDelivery] = {}
        """Deliveries that are not over; those that are queued in the order in which they became due."""
        self._queues: dict[str, deque[str]] = {}
        """By endpoint the deliveries that are under way: the first is being sent, the others are queued."""
        self._attempts: deque[WebhookAttempt] = deque()
        self._events = 0
        self._outgoing: list[OutgoingWebhook] = []

    @property
    def minted(self) -> int:
        """How many ids there were; for a snapshot."""
        return self._ids.minted

    @minted.setter
    def minted(self, minted: int) -> None:
        self._ids.minted = minted

    @property
    def endpoints(self) -> list[WebhookEndpoint]:
        return list(self._endpoints.values())

    @property
    def attempts(self) -> list[WebhookAttempt]:
        """What was attempted, oldest first."""
        return list(self._attempts)

    @property
    def is_sending(self) -> bool:
        """Whether an attempt is under way, or due."""
        return bool(self._queues)

    @property
    def next_due(self) -> datetime | None:
        """When the next attempt is due that waits for its time."""
        return min((each.at for each in self._open.values() if each.progress == "scheduled"), default=None)

    def add(self, params: WebhookParams) -> WebhookEndpoint:
        """A new endpoint; it is told of what happens from now on."""
        endpoint = new_endpoint(params, self._ids.mint("whep"), self._context.clock.time, self._seed)
        self._endpoints[endpoint.id] = endpoint
        self.send()
        return endpoint

    def remove(self, endpoint_id: str) -> None:
        """Forget an endpoint, and what is on its way to it. Raises ServiceError (404) if there is none."""
        del self._endpoints[self.retrieve(endpoint_id).id]
        self._drop(endpoint_id)

    def clear(self) -> None:
        """Forget all endpoints; the attempts are remembered."""
        for endpoint_id in list(self._endpoints):
            self.remove(endpoint_id)

    def retrieve(self, endpoint_id: str) -> WebhookEndpoint:
        endpoint = self._endpoints.get(endpoint_id)
        if endpoint is None:
            raise not_found(f"there is no webhook {endpoint_id}")
        return endpoint

    def enable(self, endpoint_id: str) -> WebhookEndpoint:
        """Let an endpoint be told again; what it missed is not told."""
        enabled = self.retrieve(endpoint_id).replace(disabled_reason=None, failing_since=None)
        self._endpoints[endpoint_id] = enabled
        return enabled

    def happened(self, type: str, id: str, /, **about: str) -> str | None:
        """Something has happened to the resource `id`: it is told to those who want it. The id of the event, if any."""
        if not self._endpoints or (type in OLDER_SESSION_TYPES and not self._context.policy.webhook_older_types):
            return None
        return self._tell(type, id, about)

    def emit(self, type: str, id: str, about: dict[str, Any]) -> str | None:
        """Tell that something has happened, whether it has or not, and whether or not there is such a type.

        Raises ServiceError (400) for what no event has.
        """
        taken = [name for name in ("type", "id", "organization_id", "workspace_id") if name in about]
        texts = [name for name in ("session_thread_id", "vault_id") if not isinstance(about.get(name, ""), str)]
        if taken or texts:
            raise invalid(f"data.{[*taken, *texts][0]}: {'it is given already' if taken else 'expected a string'}")
        return self._tell(type, id, about)

    def attempt(self, delivery_id: str) -> None:
        """The time of an attempt has come."""
        delivery = self._open.get(delivery_id)
        if delivery is not None and delivery.progress == "scheduled" and delivery.at <= self._context.clock.time:
            self._queue(delivery)

    def redeliver(self, delivery_id: str) -> None:
        """Make one more attempt at a delivery that is over. Raises ServiceError (404, 400) if it cannot be."""
        if delivery_id in self._open:
            raise invalid(f"delivery {delivery_id} is not over")
        made = next((each for each in reversed(self._attempts) if each.id == delivery_id), None)
        if made is None:
            raise not_found(f"there is no delivery {delivery_id}")
        endpoint = self.retrieve(made.endpoint_id)
        if endpoint.disabled_reason is not None:
            raise _disabled(endpoint)
        again = WebhookDelivery(
            id=made.id,
            endpoint_id=made.endpoint_id,
            event_id=made.event_id,
            type=made.type,
            body=made.body,
            sequence=self._events,
            at=self._context.clock.time,
            number=made.number + 1,
            last=True,
        )
        self._queue(again)

    def take_outgoing(self) -> list[OutgoingWebhook]:
        """The attempts to make now, each taken once."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def resume(self) -> None:
        """After a snapshot: what was under way when it was taken is attempted again."""
        for delivery in list(self._open.values()):
            if delivery.progress != "scheduled":
                self._queue(delivery)
        self.send()

    def finish_again(self, delivery_id: str, answer: WebhookAnswer) -> None:
        """What `finish` was told before, in a world that does again what it did."""
        delivery = self._open.get(delivery_id)
        if delivery is not None:
            self.finish(delivery, answer)

    def finish(self, delivery: WebhookDelivery, answer: WebhookAnswer) -> None:
        """An attempt is over: the delivery is, too, or the next attempt is scheduled, or the endpoint is disabled."""
        endpoint = self._endpoints.get(delivery.endpoint_id)
        if endpoint is None or delivery.id not in self._open:
            return
        self._attempts.append(_attempt(delivery, endpoint, answer))
        if len(self._attempts) > KEPT:
            self._attempts.popleft()
        del self._open[delivery.id]
        self._outgoing = [each for each in self._outgoing if each.delivery.id != delivery.id]
        if answer.is_success:
            self._endpoints[endpoint.id] = endpoint.replace(failing_since=None)
        else:
            self._fail(delivery, endpoint, answer)
        if endpoint.reorder:
            self._release_held(delivery)
        if endpoint.id in self._queues:
            self._queues[endpoint.id].popleft()
        self._send_next(endpoint.id)

    def _fail(self, delivery: WebhookDelivery, endpoint: WebhookEndpoint, answer: WebhookAnswer) -> None:
        policy, since = self._context.policy, endpoint.failing_since or delivery.at
        lasted = (delivery.at - since).total_seconds()
        reason = answer.disables or (FAILING if lasted >= policy.webhook_disable_seconds else None)
        self._endpoints[endpoint.id] = endpoint.replace(failing_since=since, disabled_reason=reason)
        if reason is not None:
            self._drop(endpoint.id)
        elif not delivery.last and delivery.number < policy.webhook_attempts:
            seconds = backoff(
                delivery.id,
                delivery.number,
                policy.webhook_attempts,
                policy.webhook_retry_min_seconds,
                max(policy.webhook_retry_min_seconds, policy.webhook_retry_max_seconds),
            )
            self._schedule(delivery.replace(number=delivery.number + 1), add_seconds(delivery.at, seconds))

    def _tell(self, type: str, id: str, about: dict[str, Any]) -> str | None:
        wanted = [each for each in self._endpoints.values() if each.wants(type)]
        if not wanted:
            return None
        own = {"organization_id": self._organization_id, "workspace_id": self._workspace_id}
        data = WebhookData.model_validate({"type": type, "id": id, **own, **about})
        self._events += 1
        event = WebhookEvent(id=self._ids.mint("whe"), created_at=self._context.clock.time, data=data)
        for endpoint in wanted:
            self._tell_endpoint(endpoint, event)
        return event.id

    def _tell_endpoint(self, endpoint: WebhookEndpoint, event: WebhookEvent) -> None:
        type, index, now = event.data.type, endpoint.seen, self._context.clock.time
        self._endpoints[endpoint.id] = endpoint.replace(seen=index + 1)
        if selects(endpoint.lose, index, type):
            return
        held = selects(endpoint.reorder, index, type)
        for _ in range(endpoint.duplicate):
            delivery = WebhookDelivery(
                id=self._ids.mint("whd"),
                endpoint_id=endpoint.id,
                event_id=event.id,
                type=type,
                body=event.body.decode(),
                sequence=self._events,
                at=now,
                held=held,
            )
            self._schedule(delivery, add_seconds(now, endpoint.delay + (HELD_SECONDS if held else 0)))

    def _schedule(self, delivery: WebhookDelivery, at: datetime) -> None:
        """Let an attempt be made at a time, now if that has come."""
        delivery = delivery.replace(at=at, progress="scheduled")
        if at <= self._context.clock.time:
            self._queue(delivery)
            return
        self._open[delivery.id] = delivery
        self._context.clock.schedule(at, Task("webhook is attempted", delivery.id))

    def _queue(self, delivery: WebhookDelivery) -> None:
        self._open.pop(delivery.id, None)
        self._open[delivery.id] = delivery.replace(progress="queued", held=False)
        queue = self._queues.setdefault(delivery.endpoint_id, deque())
        queue.append(delivery.id)
        if len(queue) == 1:
            self._send_next(delivery.endpoint_id)

    def _send_next(self, endpoint_id: str) -> None:
        """Send the first that is queued for an endpoint, where nothing is under way."""
        queue = self._queues.get(endpoint_id)
        if not queue:
            self._queues.pop(endpoint_id, None)
            return
        self._outgoing.append(OutgoingWebhook(self._open[queue[0]], self._endpoints[endpoint_id]))
        self.send()

    def _release_held(self, after: WebhookDelivery) -> None:
        """What waited for a later event than its own comes next."""
        for delivery in list(self._of(after.endpoint_id)):
            if delivery.held and delivery.sequence < after.sequence:
                self._queue(delivery.replace(at=self._context.clock.time))

    def _drop(self, endpoint_id: str) -> None:
        """Nothing more comes of what is on its way to an endpoint."""
        self._queues.pop(endpoint_id, None)
        for delivery in list(self._of(endpoint_id)):
            del self._open[delivery.id]
        self._outgoing = [each for each in self._outgoing if each.endpoint.id != endpoint_id]

    def _of(self, endpoint_id: str) -> Iterator[WebhookDelivery]:
        return (each for each in self._open.values() if each.endpoint_id == endpoint_id)


def _attempt(delivery: WebhookDelivery, endpoint: WebhookEndpoint, answer: WebhookAnswer) -> WebhookAttempt:
    return WebhookAttempt(
        id=delivery.id,
        number=delivery.number,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        event_id=delivery.event_id,
        type=delivery.type,
        at=delivery.at,
        headers=answer.headers,
        body=delivery.body,
        status=answer.status,
        response=answer.body,
        error=answer.error,
    )


def _disabled(endpoint: WebhookEndpoint) -> ServiceError:
    return invalid(f"webhook {endpoint.id} is disabled: {endpoint.disabled_reason}")
