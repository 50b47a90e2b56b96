"""Webhooks of a server: those that every world has, where they may go, and what a world without them pays."""

import sys
import threading

import httpx2
import pytest
from click.testing import CliRunner
from standardwebhooks import Webhook

from mockdreams import ControlError, MockDreams
from mockdreams.cli import main
from mockdreams.harness.remote import RemoteServer
from mockdreams.harness.transport import Transport
from mockdreams.http.app import Application
from mockdreams.http.webhook_hosts import HostPatterns
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.world.webhooks.endpoints import WebhookParams
from tests.support.helpers import HANG_GUARD, Scene
from tests.support.receivers import Inbox
from tests.support.servers import serving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HEADERS = {"anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01"}


@pytest.mark.process
def test_serve_tells_what_happens_in_every_world(inbox: Inbox, url: str) -> None:
    """Signed with a secret that it has made, because it was given none."""
    options = ("--webhook", url, "--webhook-event", "memory_store.created")
    with serving("--port", "0", *options) as (base, process), httpx2.Client(base_url=base, headers=HEADERS) as http:
        for key in ("one", "two"):
            http.post("/v1/memory_stores", json={"name": "Notes"}, headers={"x-api-key": key})
            http.post("/v1/environments", json={"name": "Cloud"}, headers={"x-api-key": key})
            assert http.post("/_mockdreams/webhooks/wait", headers={"x-api-key": key}).json() == {"idle": True}
        assert process.stderr is not None
        secret = process.stderr.readline().removeprefix("webhooks are signed with ").strip()
    assert inbox.types == ["memory_store.created"] * 2
    for request in inbox.requests:
        Webhook(secret).verify(request.body, request.headers)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--webhook", "hooks.example.com"], "--webhook: url: 'hooks.example.com' is no URL"),
        (["--webhook", "https://hooks.example.com"], "hooks.example.com is not on the loopback interface"),
        (["--webhook", "https://a.test", "--webhook-hosts", "*.b.test"], "a.test is not on the loopback interface"),
        (
            ["--webhook", "http://localhost", "--webhook-event", "dream.created"],
            "no event has the type 'dream.created'",
        ),
        (["--webhook", "http://localhost", "--webhook-secret", "x"], "a secret is whsec_ and 32 bytes in base64"),
        (["--webhook-secret", SECRET], "--webhook-event and --webhook-secret are for a --webhook"),
    ],
    ids=str,
)
def test_a_webhook_that_cannot_be_served(options: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["serve", *options])
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("patterns", "host", "allowed"),
    [
        ([], "example.com", False),
        (["example.com"], "EXAMPLE.com.", True),
        (["example.com"], "hooks.example.com", False),
        (["*.example.com"], "hooks.example.com", True),
        (["*.example.com"], "badexample.com", False),
        (["10.0.0.1"], "10.0.0.1", True),
        (["*"], "anything", True),
    ],
)
def test_where_webhooks_may_go(patterns: list[str], host: str, allowed: bool) -> None:
    assert HostPatterns(patterns).allows(host) == allowed


def test_a_name_of_this_machine_that_leads_elsewhere_disables(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the real service an address that is not public."""

    async def elsewhere(*_: object, **__: object) -> list[object]:
        return [(0, 0, 0, "", ("203.0.113.1", 0))]

    monkeypatch.setattr("asyncio.BaseEventLoop.getaddrinfo", elsewhere)
    with MockDreams() as mock:
        webhook = mock.webhooks.add("http://1.localhost:9/")
        Scene(mock, mock.client().beta).store()
        (attempt,) = mock.webhooks.wait()
        assert webhook.disabled_reason == "auto-disabled: endpoint URL resolved to an invalid address"
        assert attempt.error == "1.localhost is 203.0.113.1, which is not on the loopback interface"


def test_the_webhooks_of_a_server_are_there_again_after_a_reset(inbox: Inbox, url: str) -> None:
    place = Workspaces(webhooks=(WebhookParams(url=url, secret=SECRET),)).get_or_create("any")
    place.reset()
    with httpx2.Client(transport=Transport(Application(_only(place))), base_url="http://localhost") as http:
        http.post("/v1/memory_stores", json={"name": "Notes"}, headers={**HEADERS, "x-api-key": "any"})
    assert place.webhook_sender.wait(HANG_GUARD)
    place.close_webhooks()
    assert inbox.types == ["memory_store.created"]


def test_a_slow_receiver_delays_no_world_and_no_other_receiver(inbox: Inbox) -> None:
    go_on, beside_it = threading.Event(), threading.Event()

    def slow(request: object) -> None:
        go_on.wait(HANG_GUARD)

    with MockDreams() as mock, MockDreams() as other:
        mock.webhooks.add(slow, events=["memory_store.created"])
        mock.webhooks.add(lambda request: beside_it.set())
        other.webhooks.add(inbox)
        scene, beside = Scene(mock, mock.client().beta), Scene(other, other.client().beta)
        scene.store()
        beside.store()
        assert beside_it.wait(HANG_GUARD)
        assert scene.finished().status == "completed"
        other.webhooks.wait()
        assert inbox.types == ["memory_store.created"]
        with pytest.raises(TimeoutError, match="something is still under way after 0 s"):
            mock.webhooks.wait(timeout=0)
        go_on.set()
        assert {attempt.status for attempt in mock.webhooks.wait()} == {200}


def test_the_webhooks_of_a_world_elsewhere(scene: Scene, inbox: Inbox, url: str) -> None:
    server = RemoteServer(scene.mock.url)
    try:
        with server.world() as mock:
            webhook = mock.webhooks.add(url, events=["memory_store.created"])
            Scene(mock, mock.client().beta).store()
            (attempt,) = mock.webhooks.wait()
            assert (attempt.status, attempt.webhook_id) == (200, webhook.id)
            Webhook(webhook.secret).verify(inbox.requests[0].body, inbox.requests[0].headers)
            with pytest.raises(ControlError, match="a receiver of this process cannot be called by another server"):
                mock.webhooks.add(inbox)
    finally:
        server.stop()


def test_whoever_lacks_the_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "standardwebhooks", None)
    with MockDreams() as mock:
        with pytest.raises(ControlError, match=r"a webhook needs standardwebhooks, which comes with the extra \[web"):
            mock.webhooks.add("http://localhost:1/")
        assert list(mock.webhooks) == []


def test_a_world_without_webhooks_has_no_sender(scene: Scene) -> None:
    scene.finished()
    place = scene.mock._app.places.get_or_create(scene.mock.api_key)
    assert place._webhook_sender is None
    assert place.world.webhooks.minted == 0
    assert place.world.clock.alarm is None


def _only(place: Workspace) -> Workspaces:
    places = Workspaces()
    places._workspaces[place.id] = place
    return places
