"""`mock.webhooks`: who is told of what happens in a world, and what came of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mockdreams.harness.backend import Backend
from mockdreams.harness.control_errors import ControlError, control
from mockdreams.harness.controls import Selectors, changed_fields, given_fields, listed, selectors

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from mockdreams.http.webhook_receivers import ReceiverFunction

ASKED_SECONDS = 10
"""Wall seconds for which a server is asked to wait at a time."""


@dataclass(frozen=True)
class DeliveryAttempt:
    """One attempt to deliver an event: what was sent, and what came of it."""

    id: str
    """Of the delivery: the same for all its attempts; `redeliver` takes it."""
    number: int
    """1 for the first attempt."""
    webhook_id: str
    """The `id` of what `add` returned."""
    url: str
    """Where it went."""
    event_id: str
    """The `id` of the event, by which a receiver knows a duplicate."""
    type: str
    """What happened: `"session.status_idled"` and so on."""
    at: datetime
    """When it was due, in virtual time."""
    headers: dict[str, str]
    """The request's headers."""
    body: str
    """The request's body."""
    status: int | None
    """What the receiver answered with; None if it did not."""
    response: str
    """The body of its answer, as far as it was read."""
    error: str | None
    """Why there was no answer."""
    succeeded: bool
    """Whether the answer was a 2xx."""


class Webhook:
    """A webhook that was added: what `webhooks.add` returns."""

    id: str
    """`whep_…`."""
    url: str
    """Where deliveries go; for a receiver in this process a name that stands for it."""
    secret: str
    """What deliveries are signed with: the `key` of the SDK's `unwrap`."""

    def __init__(self, backend: Backend, id: str, url: str, secret: str) -> None:
        self._backend = backend
        self.id, self.url, self.secret = id, url, secret

    @property
    def enabled(self) -> bool:
        """Whether it is told of what happens."""
        return self.disabled_reason is None

    @property
    def disabled_reason(self) -> str | None:
        """Why it is disabled, in the service's words; None while it is enabled."""
        reason: str | None = self._state()["disabled_reason"]
        return reason

    def enable(self) -> None:
        """Enable it again. What it missed is not sent."""
        self._backend.post(f"webhooks/{self.id}/enable", None)

    def remove(self) -> None:
        """Forget it, and what is on its way to it."""
        self._backend.delete(f"webhooks/{self.id}")

    def __repr__(self) -> str:
        return f"<webhook {self.id} {self.url}>"

    def _state(self) -> dict[str, Any]:
        for each in self._backend.get("webhooks")["data"]:
            if each["id"] == self.id:
                return dict(each)
        raise ControlError(f"there is no webhook {self.id}", 404)


class WebhookControl:
    """Who is told of what happens in a world, and what came of it: `mock.webhooks`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @control
    def add(
        self,
        url: "str | ReceiverFunction | ASGIApp | None" = None,
        *,
        receiver: "str | ReceiverFunction | ASGIApp | None" = None,
        path: str | None = None,
        events: Sequence[str] | None = None,
        secret: str | None = None,
        duplicate: int = 1,
        reorder: Selectors = (),
        lose: Selectors = (),
        delay: float = 0,
        wrong_signature: bool = False,
        timestamp_age: float = 0,
    ) -> Webhook:
        """Tell a URL what happens from now on, or a receiver in this process, which may also be called `receiver`.

        That is an ASGI application, or a function of a `WebhookRequest`. An application is asked at `path`, "/" if left
        out, on an event loop of its own and without its lifespan.

        `events`: the types that it wants, all if left out. `secret`: `whsec_…`, made if left out. And what goes wrong:
        `duplicate` (how often each event comes), `reorder` and `lose` (an index, a type, or a list of them: events
        that come after the next one, or never), `delay` (virtual seconds), `wrong_signature`, `timestamp_age` (wall
        seconds; the SDK refuses more than 300). Raises ControlError, a ValueError, for anything else.
        """
        fields = given_fields(
            events=listed("events", events),
            secret=secret,
            reorder=selectors(reorder),
            lose=selectors(lose),
        ) | changed_fields(
            duplicate=(duplicate, 1),
            delay=(delay, 0),
            wrong_signature=(wrong_signature, False),
            timestamp_age=(timestamp_age, 0),
        )
        if (url is None) == (receiver is None):
            raise ControlError("add() takes a URL or a receiver, one of them")
        told = receiver if url is None else url
        if isinstance(told, str) and path is not None:
            raise ControlError(f"path is for an application: put it into the URL, as in {told.rstrip('/')}{path}")
        if isinstance(told, str):
            added = self._backend.post("webhooks", {"url": told, **fields})
        elif callable(told):
            added = self._backend.add_receiver(fields, told, path or "/")
        else:
            raise ControlError(f"a receiver is a URL, a function or an ASGI application, not {told!r}")
        return Webhook(self._backend, added["id"], added["url"], added["secret"])

    def clear(self) -> None:
        """Forget all webhooks; the deliveries are remembered."""
        self._backend.delete("webhooks")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The webhooks, each with whether it is enabled."""
        return iter(self._backend.get("webhooks")["data"])

    @property
    def deliveries(self) -> list[DeliveryAttempt]:
        """Each attempt that was made, oldest first; the newest 2,000 are remembered."""
        return [_delivery(each) for each in self._backend.get("webhooks/deliveries")["data"]]

    @control
    def redeliver(self, delivery: DeliveryAttempt | str) -> None:
        """Attempt a delivery that is over once more, at once: one of `deliveries`, or its id."""
        id = delivery if isinstance(delivery, str) else delivery.id
        self._backend.post(f"webhooks/deliveries/{id}/redeliver", None)

    def emit(self, type: str, id: str, **data: Any) -> str | None:
        """Send an event that has not happened, about the resource `id`, with further `data`. The event's id, if any.

        One of an unknown `type`, as the service may come to have, goes to every webhook.
        """
        event_id: str | None = self._backend.post("webhooks/events", {"type": type, "id": id, "data": data})["id"]
        return event_id

    @control
    def wait(self, timeout: float = 30) -> list[DeliveryAttempt]:
        """Let the world go on until no dream, session or delivery is under way, and return the `deliveries`.

        An `auto` clock moves as far as that takes; under a `real` one its time passes; a `manual` one stands, and only
        what is due by now is waited for. Raises TimeoutError after so many wall seconds.
        """
        left = timeout
        while not self._backend.post("webhooks/wait", {"timeout": max(0.0, min(left, ASKED_SECONDS))})["idle"]:
            left -= ASKED_SECONDS
            if left <= 0:
                raise TimeoutError(f"something is still under way after {timeout:g} s; mock.story() tells what")
        return self.deliveries

    def __repr__(self) -> str:
        return f"<webhooks: {len(list(self))}, {len(self.deliveries)} attempts>"


def _delivery(told: dict[str, Any]) -> DeliveryAttempt:
    fields = {**told, "webhook_id": told["endpoint_id"], "at": datetime.fromisoformat(told["at"])}
    return DeliveryAttempt(**{name: fields[name] for name in DeliveryAttempt.__dataclass_fields__})
