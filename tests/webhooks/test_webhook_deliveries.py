"""Deliveries of webhooks: signed, attempted again, disabled, kept; and whatever a test wants to go wrong."""

import asyncio
import threading
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic
from standardwebhooks import Webhook as StandardWebhook
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mockdreams import ControlError, DeliveryAttempt, MockDreams, WebhookRequest
from tests.support.helpers import HANG_GUARD, Scene
from tests.support.receivers import Inbox, listening

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
REDIRECTED = "auto-disabled: endpoint URL returned a redirect (3xx)"
FAILING = "auto-disabled after sustained delivery failures"


def outcomes(mock: MockDreams) -> list[tuple[str, int, int | None]]:
    return [(each.type, each.number, each.status) for each in mock.webhooks.deliveries]


def gaps(attempts: list[DeliveryAttempt]) -> list[float]:
    return [(b.at - a.at).total_seconds() for a, b in pairwise(attempts)]


def test_the_sdk_verifies_a_delivery(scene: Scene, inbox: Inbox, url: str) -> None:
    scene.mock.webhooks.add(url, secret=SECRET)
    store = scene.store()
    (attempt,) = scene.mock.webhooks.wait()
    (request,) = inbox.requests
    with scene.mock.client() as client:
        event = client.beta.webhooks.unwrap(request.body, headers=request.headers, key=SECRET)
    assert (event.data.type, event.data.id) == ("memory_store.created", store)
    assert request.headers["content-type"] == "application/json"
    assert (request.headers["webhook-id"], attempt.event_id) == (event.id, event.id)
    assert (attempt.url, attempt.body, attempt.status, attempt.response) == (url, request.body, 200, "ok")
    assert attempt.headers.items() <= request.headers.items()
    assert attempt.succeeded


def test_a_secret_is_made_and_told_once(scene: Scene, inbox: Inbox) -> None:
    webhook = scene.mock.webhooks.add(inbox)
    assert scene.mock.webhooks.add(inbox).secret != webhook.secret
    scene.store()
    scene.mock.webhooks.wait()
    StandardWebhook(webhook.secret).verify(inbox.requests[0].body, inbox.requests[0].headers)
    shown = scene.http.get("/_mockdreams/webhooks").text
    assert webhook.id in shown
    assert webhook.secret not in shown


def test_only_wanted_types_are_told_and_nothing_that_was_before(scene: Scene, inbox: Inbox) -> None:
    scene.store()
    webhook = scene.mock.webhooks.add(inbox, events=["agent.created"])
    scene.session()
    scene.mock.webhooks.wait()
    assert inbox.types == ["agent.created"]
    webhook.remove()
    scene.session()
    scene.mock.webhooks.wait()
    assert len(inbox.requests) == 1
    assert list(scene.mock.webhooks) == []


def test_an_application_is_a_receiver(scene: Scene) -> None:
    seen = []

    async def hook(request: Request) -> Response:
        with Anthropic(api_key="unused") as client:
            body = (await request.body()).decode()
            event = client.beta.webhooks.unwrap(body, headers=dict(request.headers), key=SECRET)
        seen.append(event.data.type)
        return Response(status_code=204)

    app = Starlette(routes=[Route("/hook", hook, methods=["POST"])])
    scene.mock.webhooks.add(app, path="/hook", secret=SECRET)
    scene.store()
    assert [(each.status, each.error) for each in scene.mock.webhooks.wait()] == [(204, None)]
    assert seen == ["memory_store.created"]


def test_a_receiver_may_take_its_time_on_its_own_loop(scene: Scene) -> None:
    loops = set()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        loops.add(asyncio.get_running_loop())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    scene.mock.webhooks.add(app)
    scene.session()
    assert [each.succeeded for each in scene.mock.webhooks.wait()] == [True, True]
    assert len(loops) == 1


def test_whatever_is_no_2xx_is_attempted_three_times(scene: Scene, inbox: Inbox) -> None:
    inbox.answers = [500, 404, 503]
    scene.mock.webhooks.add(inbox)
    scene.store()
    attempts = scene.mock.webhooks.wait()
    assert outcomes(scene.mock) == [("memory_store.created", number, status) for number, status in
                                    ((1, 500), (2, 404), (3, 503))]  # fmt: skip
    assert 5 <= gaps(attempts)[0] < 24.5 < gaps(attempts)[1] <= 120
    assert len({each.body for each in attempts}) == len({each.headers["webhook-id"] for each in attempts}) == 1
    assert scene.mock.clock.due == []


def test_the_jitter_is_that_of_the_world() -> None:
    def waits(key: str) -> list[float]:
        with MockDreams(api_key=key) as mock:
            mock.webhooks.add(Inbox(500, 500, 500))
            Scene(mock, mock.client().beta).store()
            return gaps(mock.webhooks.wait())

    assert waits("one") == waits("one") != waits("two")


def test_a_receiver_that_crashes_or_is_not_there_failed(scene: Scene) -> None:
    def crash(request: WebhookRequest) -> None:
        raise LookupError("no such thing")

    with listening(Inbox()) as url:
        pass
    scene.mock.policy.webhook_attempts = 1
    scene.mock.webhooks.add(crash)
    scene.mock.webhooks.add(url)
    scene.store()
    first, second = sorted(scene.mock.webhooks.wait(), key=lambda each: each.url, reverse=True)
    assert (first.status, first.error) == (None, "LookupError: no such thing")
    assert second.status is None
    assert str(second.error).startswith("ConnectError")


def test_a_receiver_has_only_so_long(scene: Scene) -> None:
    async def never(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    scene.mock.policy.webhook_attempts = 1
    scene.mock.policy.webhook_timeout_seconds = 0.01
    scene.mock.webhooks.add(never)
    scene.store()
    (attempt,) = scene.mock.webhooks.wait()
    assert (attempt.status, attempt.error) == (None, "no answer within 0.01 s")


def test_of_an_answer_only_the_beginning_is_read(scene: Scene, inbox: Inbox) -> None:
    with listening(inbox, body=b"x" * 1_000_000) as url:
        scene.mock.webhooks.add(url)
        scene.store()
        (attempt,) = scene.mock.webhooks.wait()
    assert (attempt.status, len(attempt.response)) == (200, 64 * 1024)


def test_a_redirect_disables_at_once_and_is_not_followed(scene: Scene, inbox: Inbox, url: str) -> None:
    inbox.answers = [307]
    webhook = scene.mock.webhooks.add(url)
    scene.session()
    scene.mock.webhooks.wait()
    assert outcomes(scene.mock) == [("agent.created", 1, 307)]
    assert len(inbox.requests) == 1
    assert (webhook.enabled, webhook.disabled_reason) == (False, REDIRECTED)
    assert REDIRECTED in scene.mock.story()
    scene.store()
    scene.mock.webhooks.wait()
    assert len(inbox.requests) == 1
    webhook.enable()
    scene.store()
    scene.mock.webhooks.wait()
    assert inbox.types == ["agent.created", "memory_store.created"]
    assert webhook.enabled


@pytest.mark.long
def test_a_day_without_success_disables(scene: Scene, inbox: Inbox) -> None:
    inbox.answers = [500] * 100
    webhook = scene.mock.webhooks.add(inbox)
    for hour in range(30):
        assert webhook.enabled == (hour <= 24)
        scene.store()
        scene.mock.webhooks.wait()
        scene.mock.clock.advance(hours=1)
    assert webhook.disabled_reason == FAILING


@pytest.mark.long
def test_one_success_in_a_day_is_enough(scene: Scene, inbox: Inbox) -> None:
    inbox.answers = [*([500] * 60), 200, *([500] * 60)]
    webhook = scene.mock.webhooks.add(inbox)
    for _ in range(40):
        scene.store()
        scene.mock.webhooks.wait()
        scene.mock.clock.advance(hours=1)
    assert webhook.enabled


@pytest.mark.mockdreams(clock="manual")
def test_a_manual_clock_decides_when_an_attempt_comes(scene: Scene, inbox: Inbox) -> None:
    inbox.answers = [500]
    scene.mock.webhooks.add(inbox)
    scene.store()
    assert len(scene.mock.webhooks.wait()) == 1
    assert [due.what.partition(" whd_")[0] for due in scene.mock.clock.due] == ["webhook is attempted"]
    scene.mock.clock.advance(seconds=4)
    assert len(scene.mock.webhooks.wait()) == 1
    scene.mock.clock.advance(seconds=120)
    assert [each.status for each in scene.mock.webhooks.wait()] == [500, 200]


@pytest.mark.mockdreams(clock="real")
def test_under_a_real_clock_nobody_needs_to_ask(scene: Scene, inbox: Inbox) -> None:
    arrived = threading.Semaphore(0)

    def receive(request: WebhookRequest) -> int:
        arrived.release()
        return inbox(request)

    scene.mock.clock.speed = 1_000
    scene.mock.policy.turn_queue_wall_seconds = 0
    inbox.answers = [500]
    scene.mock.webhooks.add(receive, events=["session.status_idled"])
    scene.send(scene.session(), "Hello.")
    assert arrived.acquire(timeout=HANG_GUARD)
    assert arrived.acquire(timeout=HANG_GUARD)
    attempts = scene.mock.webhooks.wait()
    assert [each.status for each in attempts] == [500, 200]
    assert 5 <= gaps(attempts)[0] < 25


@pytest.mark.mockdreams(clock="real")
def test_under_a_real_clock_waiting_waits(scene: Scene, inbox: Inbox) -> None:
    scene.mock.clock.speed = 1_000
    scene.mock.webhooks.add(inbox, events=["session.status_idled"])
    scene.send(scene.session(), "Hello.")
    assert [each.status for each in scene.mock.webhooks.wait()] == [200]


@pytest.mark.long
def test_a_dream_that_hangs_is_not_waited_for(scene: Scene, inbox: Inbox) -> None:
    store, session = scene.store(), scene.session("Hello.")
    scene.mock.webhooks.add(inbox, events=["memory_store.created"])
    scene.mock.dreams.script(hang="running")
    scene.dream(store, [session])
    scene.mock.webhooks.wait(timeout=HANG_GUARD)
    assert inbox.types == ["memory_store.created"]


def test_each_event_twice(scene: Scene, inbox: Inbox) -> None:
    scene.mock.webhooks.add(inbox, duplicate=2)
    scene.store()
    first, second = scene.mock.webhooks.wait()
    assert first.event_id == second.event_id
    assert first.id != second.id
    assert len(inbox.requests) == 2


def test_an_event_comes_after_the_next(scene: Scene, inbox: Inbox) -> None:
    scene.mock.webhooks.add(inbox, reorder="agent.created")
    scene.session()
    scene.mock.webhooks.wait()
    assert inbox.types == ["environment.created", "agent.created"]


def test_an_event_that_waits_for_none_comes_a_minute_late(scene: Scene, inbox: Inbox) -> None:
    scene.mock.webhooks.add(inbox, reorder=[0])
    scene.store()
    before = scene.mock.clock.now()
    (attempt,) = scene.mock.webhooks.wait()
    assert attempt.at == before + timedelta(seconds=60)


def test_an_event_is_lost(scene: Scene, inbox: Inbox) -> None:
    scene.mock.webhooks.add(inbox, lose=[1, "environment.created"])
    stores = [scene.store() for _ in range(3)]
    scene.session()
    scene.mock.webhooks.wait()
    assert inbox.types == ["memory_store.created"] * 2 + ["agent.created"]
    assert inbox.ids[:2] == [stores[0], stores[2]]


def test_every_event_is_late(scene: Scene, inbox: Inbox) -> None:
    scene.mock.webhooks.add(inbox, delay=3600)
    scene.store()
    before = scene.mock.clock.now()
    (attempt,) = scene.mock.webhooks.wait()
    assert attempt.at == scene.mock.clock.now() == before + timedelta(hours=1)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"wrong_signature": True}, "No matching signature found"),
        ({"timestamp_age": 301}, "Message timestamp too old"),
        ({"timestamp_age": -310}, "Message timestamp too new"),
    ],
)
def test_a_delivery_that_must_be_refused(scene: Scene, inbox: Inbox, wrong: Any, complaint: str) -> None:
    scene.mock.webhooks.add(inbox, secret=SECRET, **wrong)
    scene.store()
    scene.mock.webhooks.wait()
    (request,) = inbox.requests
    with scene.mock.client() as client, pytest.raises(WebhookVerificationError, match=complaint):
        client.beta.webhooks.unwrap(request.body, headers=request.headers, key=SECRET)


def test_a_payload_of_tomorrow(scene: Scene, inbox: Inbox) -> None:
    scene.mock.webhooks.add(inbox, events=["agent.created"])
    event_id = scene.mock.webhooks.emit("session.teleported", "sesn_1", to={"region": "moon"})
    assert scene.mock.webhooks.emit("session.updated", "sesn_1") is None
    scene.mock.webhooks.wait()
    (event,) = inbox.events
    assert (event["id"], event["data"]["type"], event["data"]["to"]) == (
        event_id,
        "session.teleported",
        {"region": "moon"},
    )


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"workspace_id": "wrkspc_1"}, "data.workspace_id: it is given already"),
        ({"vault_id": 7}, "data.vault_id: expected a string"),
    ],
)
def test_a_payload_that_cannot_be(scene: Scene, inbox: Inbox, data: Any, complaint: str) -> None:
    scene.mock.webhooks.add(inbox)
    with pytest.raises(ControlError) as refused:
        scene.mock.webhooks.emit("session.teleported", "sesn_1", **data)
    assert str(refused.value) == complaint
    assert scene.mock.webhooks.wait() == []


def test_a_delivery_can_be_made_again(scene: Scene, inbox: Inbox) -> None:
    inbox.answers = [500, 500, 500]
    webhook = scene.mock.webhooks.add(inbox)
    scene.store()
    failed = scene.mock.webhooks.wait()[-1]
    scene.mock.webhooks.redeliver(failed)
    again = scene.mock.webhooks.wait()[-1]
    assert (again.id, again.number, again.status, again.event_id) == (failed.id, 4, 200, failed.event_id)
    with pytest.raises(ControlError, match="there is no delivery nonsense"):
        scene.mock.webhooks.redeliver("nonsense")
    webhook.remove()
    with pytest.raises(ControlError, match=f"there is no webhook {webhook.id}"):
        scene.mock.webhooks.redeliver(failed)


def test_a_snapshot_keeps_endpoints_and_what_is_on_its_way(scene: Scene, inbox: Inbox, url: str) -> None:
    inbox.answers = [500]
    scene.mock.clock.mode = "manual"
    webhook = scene.mock.webhooks.add(url, secret=SECRET, events=["memory_store.created"])
    scene.store()
    before = scene.mock.webhooks.wait()
    snapshot = scene.mock.snapshot()
    scene.mock.webhooks.clear()
    scene.mock.clock.advance(minutes=3)
    assert scene.mock.webhooks.wait() == before
    with MockDreams(clock="manual") as other:
        other.restore(snapshot)
        assert [each["id"] for each in other.webhooks] == [webhook.id]
        other.clock.advance(minutes=3)
        assert [each.status for each in other.webhooks.wait()] == [500, 200]
    assert inbox.events[0] == inbox.events[1]
    assert SECRET in str(snapshot)


def test_what_was_under_way_in_a_snapshot_is_attempted_again(scene: Scene, inbox: Inbox, url: str) -> None:
    snapshots = []

    def take(request: WebhookRequest) -> None:
        snapshots.append(scene.mock.snapshot())

    scene.mock.webhooks.add(take)
    scene.mock.webhooks.add(url)
    store = scene.store()
    scene.mock.webhooks.wait()
    scene.mock.webhooks.clear()
    came = len(inbox.requests)
    scene.mock.restore(snapshots[0])
    scene.mock.webhooks.wait()
    assert len(snapshots) == 2
    assert set(inbox.ids) == {store}
    assert came == 1


def test_a_reset_forgets_webhooks(scene: Scene, inbox: Inbox) -> None:
    scene.mock.webhooks.add(inbox)
    scene.mock.reset()
    scene.store()
    scene.mock.webhooks.wait()
    assert (list(scene.mock.webhooks), inbox.requests) == ([], [])


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"receiver": "ftp://localhost/"}, "url: 'ftp://localhost/' is no URL that begins with http:// or https://"),
        ({"receiver": "localhost:3000"}, "url: 'localhost:3000' is no URL that begins with http:// or https://"),
        ({"receiver": "https://hooks.example.com/"}, "url: hooks.example.com is not on the loopback interface; "
                                                     "mockdreams serve --webhook-hosts allows others"),
        ({"receiver": "http://10.0.0.1/"}, "url: 10.0.0.1 is not on the loopback interface; "
                                           "mockdreams serve --webhook-hosts allows others"),
        ({"receiver": 7}, "a receiver is a URL, a function or an ASGI application, not 7"),
        ({"path": "/hook"}, "path is for an application: put it into the URL, as in http://localhost:1/hook"),
        ({"events": "agent.created"}, "events is a list, not a text: events=['agent.created']"),
        ({"events": ["agent.create"]}, "events[0]: no event has the type 'agent.create'; "
                                       "did you mean agent.created?"),
        ({"lose": "agent.create"}, "lose[0]: no event has the type 'agent.create'; "
                                   "did you mean agent.created?"),
        ({"lose": -1}, "lose[0]: an index is at least 0"),
        ({"secret": "secret"}, "secret: a secret is whsec_ and 32 bytes in base64"),
        ({"duplicate": 0}, "duplicate: must be greater than or equal to 1"),
        ({"delay": -1}, "delay: must be greater than or equal to 0.0"),
        ({"url": "http://localhost"}, "add() takes a URL or a receiver, one of them"),
    ],
)  # fmt: skip
def test_a_webhook_that_cannot_be(scene: Scene, fields: Any, complaint: str) -> None:
    with pytest.raises(ControlError) as refused:
        scene.mock.webhooks.add(**{"receiver": "http://localhost:1/", **fields})
    assert str(refused.value) == complaint
    assert list(scene.mock.webhooks) == []


def test_the_control_api(scene: Scene, inbox: Inbox, url: str) -> None:
    http = httpx2.Client(base_url=f"{scene.mock.url}/_mockdreams", headers={"x-api-key": scene.mock.api_key})
    with http:
        added = http.post("/webhooks", json={"url": url, "events": ["memory_store.created"]}).json()
        assert added["secret"].startswith("whsec_")
        scene.store()
        assert http.post("/webhooks/wait").json() == {"idle": True}
        (attempt,) = http.get("/webhooks/deliveries").json()["data"]
        assert (attempt["number"], attempt["status"], attempt["endpoint_id"]) == (1, 200, added["id"])
        assert http.post(f"/webhooks/deliveries/{attempt['id']}/redeliver").json() == {"status": "ok"}
        assert http.post("/webhooks/events", json={"type": "session.updated", "id": "sesn_1"}).json() == {"id": None}
        assert http.post(f"/webhooks/{added['id']}/enable").json()["enabled"] is True
        assert http.delete(f"/webhooks/{added['id']}").json() == {"data": []}
        assert http.delete("/webhooks/whep_1").status_code == 404
        assert http.delete("/webhooks").json() == {"data": []}
    assert set(inbox.types) == {"memory_store.created"}


def test_the_story_tells_of_webhooks(scene: Scene, inbox: Inbox) -> None:
    inbox.answers = [500]
    webhook = scene.mock.webhooks.add(inbox)
    scene.store()
    scene.mock.webhooks.wait()
    story = scene.mock.story()
    assert f"  00:00:00 memory_store.created -> {webhook.url}, attempt 1: 500\n" in story
    assert f"memory_store.created -> {webhook.url}, attempt 2: 200" in story
