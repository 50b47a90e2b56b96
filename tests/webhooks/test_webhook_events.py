"""What webhooks are told of: every type, when it happens, and in which words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import anthropic
import pytest
from packaging.version import Version

from mockdreams import MockDreams
from mockdreams.contract.schema import document
from mockdreams.wire.webhooks import EVENT_TYPES
from tests.support.helpers import MODEL, Scene
from tests.support.receivers import Inbox
from tests.support.schema_conformance import violations
from tests.support.turns import WEATHER, budget, listed, message, pass_turn, result, send, session_with, waiting
from tests.support.vault_bodies import OAUTH, REFRESH, VARIABLE

SHAPE = {"$ref": "#/components/schemas/WebhookEvent"}


@pytest.fixture
def inbox(scene: Scene) -> Iterator[Inbox]:
    """Told of everything; whatever comes has the documented shape."""
    inbox, came = Inbox(), Inbox()
    scene.mock.webhooks.add(inbox)
    scene.mock.webhooks.add(came)
    yield inbox
    scene.mock.webhooks.wait()
    assert [complaint for event in came.events for complaint in violations(SHAPE, event, "the event")] == []


def told(scene: Scene, inbox: Inbox) -> list[str]:
    """The types that came since the last call."""
    scene.mock.webhooks.wait()
    types = inbox.types
    inbox.requests.clear()
    return types


def test_the_types_are_those_of_the_sdk() -> None:
    from anthropic.types.beta import beta_webhook_event_data

    union = beta_webhook_event_data.BetaWebhookEventData.__args__[0].__args__  # type: ignore[attr-defined]
    types = {member.model_fields["type"].annotation.__args__[0] for member in union}
    installed, described = Version(anthropic.__version__), Version(document()["info"]["x-sdk"])
    if installed == described:
        assert types == set(EVENT_TYPES)
    elif installed < described:
        assert types < set(EVENT_TYPES)


def test_the_types_are_those_of_the_schema() -> None:
    shapes = document()["components"]["schemas"]
    data = [shapes[each["$ref"].rpartition("/")[2]] for each in shapes["WebhookEvent"]["properties"]["data"]["oneOf"]]
    assert sorted(type for shape in data for type in shape["properties"]["type"]["enum"]) == sorted(EVENT_TYPES)


def test_an_event_is_thin_and_in_the_documented_envelope(scene: Scene, inbox: Inbox) -> None:
    store = scene.store()
    scene.mock.webhooks.wait()
    answer = scene.http.get(f"/v1/memory_stores/{store}")
    (event,) = inbox.events
    assert event == {
        "type": "event",
        "id": event["id"],
        "created_at": "2026-01-01T00:00:00Z",
        "data": {
            "type": "memory_store.created",
            "id": store,
            "organization_id": answer.headers["anthropic-organization-id"],
            "workspace_id": answer.headers["anthropic-workspace-id"],
        },
    }
    assert event["id"].startswith("whe_")


def test_a_turn(scene: Scene, inbox: Inbox) -> None:
    session = scene.session()
    assert told(scene, inbox) == ["agent.created", "environment.created"]
    scene.send(session, "Hello.")
    assert told(scene, inbox) == ["session.status_run_started", "session.status_idled"]


def test_the_object_is_there_when_it_is_told_of(scene: Scene) -> None:
    seen = []
    with scene.mock.client() as client:
        scene.mock.webhooks.add(
            lambda request: seen.append(client.beta.sessions.retrieve(_event(client, request).data.id).status),
            events=["session.status_idled"],
        )
        scene.send(scene.session(), "Hello.")
        scene.mock.webhooks.wait()
    assert seen == ["idle"]


def test_a_session_that_begins_with_events_runs_once(scene: Scene, inbox: Inbox) -> None:
    session_with(scene, initial_events=[message("Hello.")])
    assert told(scene, inbox)[2:] == ["session.status_run_started", "session.status_idled"]


def test_changes_of_a_session(scene: Scene, inbox: Inbox) -> None:
    session = scene.session()
    told(scene, inbox)
    scene.beta.sessions.update(session, title="A")
    scene.beta.sessions.update(session, title="A")
    assert told(scene, inbox) == ["session.updated"]
    scene.beta.sessions.archive(session)
    scene.beta.sessions.archive(session)
    scene.beta.sessions.delete(session)
    assert told(scene, inbox) == ["session.status_terminated", "session.deleted"]


def test_errors_of_a_session(scene: Scene, inbox: Inbox) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"error": "model_overloaded_error", "retry": "retrying"}, "Now."]], session_id=session)
    told(scene, inbox)
    scene.send(session, "Hello.")
    assert told(scene, inbox) == [
        "session.status_run_started",
        "session.status_rescheduled",
        "session.status_run_started",
        "session.status_idled",
    ]
    scene.mock.sessions.script([{"terminate": True}], session_id=session)
    scene.send(session, "Hello.")
    assert told(scene, inbox) == ["session.status_run_started", "session.status_terminated"]
    scene.beta.sessions.archive(session)
    assert told(scene, inbox) == []


@pytest.mark.long
def test_a_budget_is_told_of_once_for_each_that_is_set(scene: Scene, inbox: Inbox) -> None:
    def reach(session: str) -> list[str]:
        scene.mock.sessions.script([[{"spend": {"output_tokens": 20_000}}, {"custom_tool": "a"}, "Never said."]])
        (call,) = waiting(pass_turn(scene, session, message("Spend half a dollar.")))
        assert told(scene, inbox)[-1] == "session.status_idled"
        pass_turn(scene, session, result(call))
        return told(scene, inbox)[-2:]

    session = session_with(scene, WEATHER, budget=budget(50))
    assert reach(session) == ["session.status_idled", "session.budget_reached"]
    send(scene, session, {"type": "user.interrupt"})
    assert "session.budget_reached" not in told(scene, inbox)
    scene.beta.sessions.update(session, budget=budget(100))  # type: ignore[arg-type]
    assert reach(session) == ["session.status_idled", "session.budget_reached"]


def test_an_outcome(scene: Scene, inbox: Inbox) -> None:
    session = scene.session()
    told(scene, inbox)
    rubric = {"type": "text", "content": "The haiku:\n- names the moon\n- has three lines\n"}
    pass_turn(scene, session, {"type": "user.define_outcome", "description": "A haiku", "rubric": rubric})
    assert told(scene, inbox) == [
        "session.status_run_started",
        "session.outcome_evaluation_ended",
        "session.outcome_evaluation_ended",
        "session.status_idled",
    ]


def test_threads(scene: Scene, inbox: Inbox) -> None:
    beta, delegate = scene.beta, {"delegate": "researcher", "message": "What?", "turn": ["Nothing."]}
    researcher = beta.agents.create(name="researcher", model=MODEL)
    roster: Any = {"type": "coordinator", "agents": [{"type": "agent", "id": researcher.id}]}
    boss = beta.agents.create(name="boss", model=MODEL, multiagent=roster)
    session = beta.sessions.create(agent=boss.id, environment_id=beta.environments.create(name="Cloud").id).id
    scene.mock.sessions.script([[delegate, "That was all."]], session_id=session)
    told(scene, inbox)
    send(scene, session, message("Go."))
    scene.mock.webhooks.wait()
    child = next(event["session_thread_id"] for event in listed(scene, session) if "thread_created" in event["type"])
    primary = next(event["session_thread_id"] for event in listed(scene, session) if "thread_status" in event["type"])
    assert [(data["type"], data.get("session_thread_id")) for data in (each["data"] for each in inbox.events)] == [
        ("session.status_run_started", None),
        ("session.thread_created", child),
        ("session.thread_idled", child),
        ("session.thread_idled", primary),
        ("session.status_idled", None),
    ]
    inbox.requests.clear()
    scene.beta.sessions.threads.archive(child, session_id=session)
    assert told(scene, inbox) == ["session.thread_terminated"]


def test_a_dream_is_told_of_by_its_clone_and_its_session(scene: Scene, inbox: Inbox) -> None:
    store, session = scene.store({"/a.md": "The sky is blue."}), scene.session("Hello.")
    told(scene, inbox)
    dream = scene.dream(store, [session])
    scene.mock.webhooks.wait()
    ended = scene.beta.dreams.retrieve(dream.id)
    assert ended.status == "completed"
    of_session = [event["data"]["type"] for event in inbox.events if event["data"]["id"] == ended.session_id]
    assert of_session[0] == "session.status_run_started"
    assert of_session[-2:] == ["session.status_idled", "session.status_terminated"]
    assert [event["data"]["id"] for event in inbox.events if event["data"]["type"] == "memory_store.created"] == [
        ended.outputs[0].memory_store_id
    ]
    assert not [type for type in inbox.types if type.startswith("dream")]


@pytest.mark.long
def test_resources(scene: Scene, inbox: Inbox) -> None:
    beta = scene.beta
    store = scene.store({"/a.md": "A memory is nothing to tell of."})
    beta.memory_stores.update(store, name="Others")
    beta.memory_stores.archive(store)
    beta.memory_stores.archive(store)
    beta.memory_stores.delete(store)
    assert told(scene, inbox) == ["memory_store.created", "memory_store.archived", "memory_store.deleted"]
    agent = beta.agents.create(name="Helper", model=MODEL)
    beta.agents.update(agent.id, version=1, name="Helper")
    beta.agents.update(agent.id, version=1, name="Other")
    beta.agents.archive(agent.id)
    beta.agents.archive(agent.id)
    assert told(scene, inbox) == ["agent.created", "agent.updated", "agent.archived"]
    environment = beta.environments.create(name="Cloud")
    beta.environments.update(environment.id, name="Cloud")
    beta.environments.update(environment.id, name="Sky")
    beta.environments.archive(environment.id)
    beta.environments.archive(environment.id)
    beta.environments.delete(environment.id)
    assert told(scene, inbox) == [f"environment.{what}" for what in ("created", "updated", "archived", "deleted")]


def test_vaults(scene: Scene, inbox: Inbox) -> None:
    vaults = scene.beta.vaults
    vault = vaults.create(display_name="Alice").id
    credential = vaults.credentials.create(vault, auth=VARIABLE).id  # type: ignore[arg-type]
    oauth = vaults.credentials.create(vault, auth={**OAUTH, "refresh": REFRESH}).id  # type: ignore[arg-type]
    scene.mock.vaults.script("refused")
    vaults.credentials.mcp_oauth_validate(oauth, vault_id=vault)
    vaults.credentials.archive(credential, vault_id=vault)
    vaults.archive(vault)
    vaults.delete(vault)
    scene.mock.webhooks.wait()
    assert [(data["type"], data["id"], data.get("vault_id")) for data in (each["data"] for each in inbox.events)] == [
        ("vault.created", vault, None),
        ("vault_credential.created", credential, vault),
        ("vault_credential.created", oauth, vault),
        ("vault_credential.refresh_failed", oauth, vault),
        ("vault_credential.archived", credential, vault),
        ("vault.archived", vault, None),
        ("vault_credential.archived", oauth, vault),
        ("vault.deleted", vault, None),
        ("vault_credential.deleted", credential, vault),
        ("vault_credential.deleted", oauth, vault),
    ]


def test_older_types_are_for_a_policy(scene: Scene, inbox: Inbox) -> None:
    scene.mock.policy.webhook_older_types = True
    session = session_with(scene, WEATHER)
    scene.mock.sessions.script([[{"custom_tool": "get_weather"}]], session_id=session)
    send(scene, session, message("Go."))
    older = [type for type in told(scene, inbox) if type in EVENT_TYPES and not type.startswith("session.status")]
    assert older == [
        *("agent.created", "environment.created", "session.created", "session.running", "session.requires_action")
    ]
    assert waiting(listed(scene, session))


@pytest.mark.mockdreams(now="2026-03-01T09:00:00Z")
def test_what_happened_at_the_worlds_time_is_signed_at_the_walls(scene: Scene, inbox: Inbox) -> None:
    before = datetime.now(UTC)
    scene.store()
    scene.mock.webhooks.wait()
    (request,) = inbox.requests
    assert inbox.events[0]["created_at"] == "2026-03-01T09:00:00Z"
    signed = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    assert int(before.timestamp()) <= signed.timestamp() <= datetime.now(UTC).timestamp()


def test_webhooks_change_nothing_else_of_a_world() -> None:
    def ids(told: bool) -> list[str]:
        with MockDreams(api_key="sk-ant-equal") as mock:
            if told:
                mock.webhooks.add(Inbox())
            scene = Scene(mock, mock.client().beta)
            return [scene.session("Hello."), scene.store(), scene.dream().id]

    assert ids(told=True) == ids(told=False)


def _event(client: Any, request: Any) -> Any:
    return client.beta.webhooks.parse_unverified(request.body)


@pytest.mark.long
def test_a_deployment_and_its_scheduled_runs(scene: Scene, inbox: Inbox) -> None:
    beta, clock = scene.beta, scene.mock.clock
    agent, environment = beta.agents.create(name="Helper", model=MODEL), beta.environments.create(name="Cloud")
    said: Any = [message("Report.")]
    deployment = beta.deployments.create(
        name="Nightly",
        agent=agent.id,
        environment_id=environment.id,
        initial_events=said,
        schedule={"type": "cron", "expression": "30 2 * * *", "timezone": "UTC"},
    )
    beta.deployments.update(deployment.id, name="Nightly")
    beta.deployments.update(deployment.id, name="Daily")
    beta.deployments.pause(deployment.id)
    beta.deployments.unpause(deployment.id)
    beta.deployments.run(deployment.id)
    changes = ("created", "updated", "paused", "unpaused")
    assert of_deployments(scene, inbox) == [(f"deployment.{what}", deployment.id) for what in changes]

    clock.advance(days=1)
    (run,) = beta.deployment_runs.list(deployment_id=deployment.id, trigger_type="schedule")
    assert of_deployments(scene, inbox) == [("deployment_run.started", run.id), ("deployment_run.succeeded", run.id)]

    beta.environments.archive(environment.id)
    clock.advance(days=1)
    (run,) = beta.deployment_runs.list(deployment_id=deployment.id, has_error=True)
    assert of_deployments(scene, inbox) == [
        ("deployment_run.started", run.id),
        ("deployment_run.failed", run.id),
        ("deployment.paused", deployment.id),
    ]
    beta.agents.archive(agent.id)
    assert of_deployments(scene, inbox) == [("deployment.archived", deployment.id)]


def of_deployments(scene: Scene, inbox: Inbox) -> list[tuple[str, str]]:
    """What came of deployments and their runs since the last call."""
    scene.mock.webhooks.wait()
    came = [pair for pair in zip(inbox.types, inbox.ids, strict=True) if pair[0].startswith("deployment")]
    inbox.requests.clear()
    return came
