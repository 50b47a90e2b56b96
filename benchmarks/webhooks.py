"""What webhooks cost: a thousand deliveries to a receiver, and a world in which nobody wants to know."""

import asyncio
import time
from collections.abc import Iterator

import httpx2

from benchmarks.options import Options
from benchmarks.report import Row, Table
from benchmarks.servers import floor
from mockdreams.harness.handle import MockDreams
from mockdreams.http.webhook_sender import signed_headers
from mockdreams.world.core.context import tell_nobody
from mockdreams.world.webhooks.endpoints import WebhookParams
from mockdreams.world.world import World

PATH = "/hook"


def deliveries(options: Options) -> Iterator[Table]:
    """deliveries of webhooks to a receiver in another process, beside an httpx2 loop that asks it as often"""
    count = 100 if options.quick else 200
    ours: list[float] = []
    bare: list[float] = []
    with floor("asgi", PATH, b"ok") as receiver, MockDreams() as mock:
        url = f"http://127.0.0.1:{receiver.port}{PATH}"
        mock.webhooks.add(url)
        for _ in range(options.rounds):
            ours.append(_delivered(mock, count))
            bare.append(asyncio.run(_asked(url, count)))
    yield Table(
        f"webhooks: {count:,} deliveries, one after another, to a bare ASGI application",
        "µs a delivery",
        "httpx2",
        [Row("mockdreams", ours, bare), Row("httpx2", bare, bare)],
        note="Ours are minted, queued, signed, sent, noted and waited for; httpx2 sends what has been signed before.",
    )


def without(options: Options) -> Iterator[Table]:
    """what something that happens costs a world without webhooks, beside a function that does nothing"""
    count = 10_000 if options.quick else 100_000
    happened = World("benchmarks").context.happened
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(options.rounds):
        for tell, into in ((happened, ours), (tell_nobody, bare)):
            begun = time.perf_counter_ns()
            for _ in range(count):
                tell("session.status_idled", "sesn_01")
            into.append((time.perf_counter_ns() - begun) / count)
    yield Table(
        "no-webhooks: something happens, and nobody wants to know",
        "ns",
        "nothing",
        [Row("mockdreams", ours, bare), Row("nothing", bare, bare)],
    )


def _delivered(mock: MockDreams, count: int) -> float:
    """Microseconds from the first of so many events to the answer of the last."""
    webhooks = mock._server.app.places.get_or_create(mock.api_key).world.webhooks  # type: ignore[union-attr]
    begun = time.perf_counter()
    for _ in range(count):
        webhooks.emit("session.status_idled", "sesn_01", {})
    attempts = mock.webhooks.wait()
    taken = time.perf_counter() - begun
    assert all(attempt.succeeded for attempt in attempts)
    return taken / count * 1e6


async def _asked(url: str, count: int) -> float:
    """Microseconds a request of a client that does nothing else."""
    world = World("benchmarks")
    world.webhooks.add(WebhookParams(url=url))
    world.webhooks.emit("session.status_idled", "sesn_01", {})
    (outgoing,) = world.webhooks.take_outgoing()
    delivery, endpoint = outgoing
    headers, body = signed_headers(endpoint, delivery.event_id, delivery.body), delivery.body.encode()
    async with httpx2.AsyncClient() as client:
        begun = time.perf_counter()
        for _ in range(count):
            (await client.post(url, headers=headers, content=body)).raise_for_status()
        return (time.perf_counter() - begun) / count * 1e6
