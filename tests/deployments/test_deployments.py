"""Deployments: created, changed, paused, archived and listed."""

from typing import Any

import anthropic
import pytest

from tests.support.deployment_stage import HELLO, Stage, cron
from tests.support.helpers import ABSENT, MODEL, refused

KEYS = {
    "id",
    "type",
    "name",
    "description",
    "agent",
    "environment_id",
    "initial_events",
    "resources",
    "vault_ids",
    "metadata",
    "schedule",
    "status",
    "paused_reason",
    "created_at",
    "updated_at",
    "archived_at",
}


def test_a_new_deployment_is_active_and_whole(stage: Stage) -> None:
    answer = stage.post("", stage.body(description="", metadata={"team": "ops"})).json()
    assert set(answer) == KEYS
    assert answer["status"] == "active"
    assert answer["description"] is None
    assert answer["schedule"] is None
    assert answer["initial_events"] == [HELLO]
    assert answer["metadata"] == {"team": "ops"}
    assert answer["agent"]["version"] == 1
    assert stage.http.get(f"/v1/deployments/{answer['id']}").json() == answer


def test_resources_are_echoed_as_sent_and_without_secrets(stage: Stage) -> None:
    sent = [
        {"type": "github_repository", "url": "https://github.com/a/b", "authorization_token": "ghp_secret"},
        {"type": "memory_store", "memory_store_id": stage.store(), "access": "read_only"},
        {"type": "file", "file_id": "file_x", "mount_path": "/notes.txt"},
    ]
    answer = stage.post("", stage.body(resources=sent))
    assert answer.json()["resources"] == [{"type": "github_repository", "url": "https://github.com/a/b"}, *sent[1:]]
    assert "ghp_secret" not in answer.text + str(stage.mock.snapshot())


def test_an_agent_is_pinned_until_it_is_named_again(stage: Stage) -> None:
    deployment = stage.deployment()
    agent = stage.beta.agents.update(deployment.agent.id, version=1, name="Renamed")
    assert stage.beta.deployments.retrieve(deployment.id).agent.version == 1
    assert stage.beta.deployments.update(deployment.id, agent=agent.id).agent.version == 2
    pinned: Any = {"type": "agent", "id": agent.id, "version": 1}
    assert stage.beta.deployments.update(deployment.id, agent=pinned).agent.version == 1


def test_a_budget_is_a_key_only_when_there_is_one(stage: Stage) -> None:
    budget = {"type": "limit", "max_list_cost": {"amount": "250", "currency": "USD"}}
    made = stage.post("", stage.body(budget=budget)).json()
    assert made["budget"] == budget
    assert "budget" not in stage.post(f"/{made['id']}", {"budget": None}).json()


def test_a_model_without_a_price_has_no_budget(stage: Stage) -> None:
    agent = stage.beta.agents.create(name="Helper", model="claude-unpriced").id
    budget = {"type": "limit", "max_list_cost": {"amount": "250", "currency": "USD"}}
    assert "no public list price" in refused(
        stage.post("", stage.body(agent=agent, budget=budget)), 400, "invalid_request_error"
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"initial_events": []}, "initial_events: must contain at least 1 item"),
        ({"initial_events": [HELLO] * 51}, "initial_events: must contain no more than 50 item(s)"),
        ({"initial_events": [{"type": "user.interrupt"}]}, "is not a valid value"),
        (
            {"initial_events": [{"type": "system.message", "content": [{"type": "text", "text": "x"}]}, HELLO]},
            "a `system.message` event must be the last event in the list",
        ),
        ({"agent": 7}, "Failed to parse request: agent: expected a string"),
        ({"name": ""}, "name: minimum string length is 1"),
        ({"name": "n" * 257}, "name: maximum string length is 256"),
        ({"description": "d" * 2049}, "description: maximum string length is 2048"),
        ({"schedule": {"type": "cron", "expression": "0 9 * * *"}}, "schedule.timezone: Field required"),
        ({"schedule": {"type": "interval", "expression": "1", "timezone": "UTC"}}, '"interval" is not a valid value'),
        ({"schedule": cron("0 " * 200)}, "schedule.expression: maximum string length is 256"),
        ({"vault_ids": ["vlt_x"] * 51}, "vault_ids: must contain no more than 50 item(s)"),
        ({"colour": "red"}, 'unknown field "colour"'),
        ({"agent": "agent_x"}, "Invalid agent ID."),
    ],
)
def test_a_bad_body_is_refused_and_makes_nothing(stage: Stage, fields: dict[str, Any], message: str) -> None:
    assert message in refused(stage.post("", stage.body(**fields)), 400, "invalid_request_error")
    assert stage.http.get("/v1/deployments").json() == {"data": []}


def test_what_is_named_has_to_be_there(stage: Stage) -> None:
    archived = stage.beta.environments.create(name="Old").id
    stage.beta.environments.archive(archived)
    for environment in (f"env_{ABSENT}", archived):
        answer = stage.post("", stage.body(environment_id=environment))
        text = refused(answer, 404, "not_found_error")
        assert text == "Referenced environment not found or not accessible."
    agent = stage.beta.agents.create(name="Helper", model=MODEL).id
    for wanted in (f"agent_{ABSENT}", {"type": "agent", "id": agent, "version": 7}):
        text = refused(stage.post("", stage.body(agent=wanted)), 404, "not_found_error")
        assert text == "Referenced agent not found or not accessible."
    vault = stage.beta.vaults.create(display_name="Old").id
    stage.beta.vaults.archive(vault)
    deployment = stage.deployment()
    for wanted in (f"vlt_{ABSENT}", vault):
        for answer in (
            stage.post("", stage.body(vault_ids=[wanted])),
            stage.post(f"/{deployment.id}", {"vault_ids": [wanted]}),
        ):
            text = refused(answer, 404, "not_found_error")
            assert text == "Referenced vault not found or not accessible."
    assert stage.beta.deployments.retrieve(deployment.id) == deployment
    stage.beta.agents.archive(agent)
    text = refused(stage.post("", stage.body(agent=agent)), 400, "invalid_request_error")
    assert text == "Cannot modify archived agent"


def test_an_absent_memory_store_is_accepted(stage: Stage) -> None:
    store: Any = {"type": "memory_store", "memory_store_id": f"memstore_{ABSENT}"}
    assert stage.deployment(resources=[store]).resources[0].type == "memory_store"


def test_an_update_changes_what_is_given(stage: Stage) -> None:
    before = stage.deployment("0 9 * * *", description="Old.", metadata={"a": "1", "b": "2"})
    stage.mock.clock.advance(hours=1)
    after = stage.beta.deployments.update(before.id, description=None, metadata={"a": None, "c": "3"}, schedule=None)
    assert after.description is None
    assert after.metadata == {"b": "2", "c": "3"}
    assert after.schedule is None
    assert after.updated_at > before.updated_at
    assert (after.name, after.agent, after.initial_events) == (before.name, before.agent, before.initial_events)


def test_an_update_that_changes_nothing_is_none(stage: Stage) -> None:
    before = stage.deployment("0 9 * * *")
    stage.mock.clock.advance(minutes=1)
    assert stage.beta.deployments.update(before.id) == before
    assert stage.beta.deployments.update(before.id, name="Daily", schedule=cron("0 9 * * *")) == before


def test_pausing_and_unpausing(stage: Stage) -> None:
    deployment = stage.deployment("0 9 * * *")
    paused = stage.beta.deployments.pause(deployment.id)
    assert paused.status == "paused"
    assert paused.paused_reason is not None
    assert paused.paused_reason.type == "manual"
    assert paused.schedule == deployment.schedule
    stage.mock.clock.advance(minutes=1)
    assert stage.beta.deployments.pause(deployment.id) == paused
    active = stage.beta.deployments.unpause(deployment.id)
    assert (active.status, active.paused_reason) == ("active", None)
    stage.mock.clock.advance(minutes=1)
    assert stage.beta.deployments.unpause(deployment.id) == active


def test_a_paused_deployment_can_be_changed_and_stays_paused(stage: Stage) -> None:
    deployment = stage.deployment("0 9 * * *")
    stage.beta.deployments.pause(deployment.id)
    changed = stage.beta.deployments.update(deployment.id, name="Nightly", schedule=cron("0 21 * * *"))
    assert (changed.name, changed.status) == ("Nightly", "paused")
    stage.mock.clock.advance(days=2)
    assert stage.runs(deployment.id) == []


def test_an_archived_deployment_is_over(stage: Stage) -> None:
    deployment = stage.deployment("0 9 * * *")
    stage.beta.deployments.pause(deployment.id)
    archived = stage.beta.deployments.archive(deployment.id)
    assert (archived.status, archived.paused_reason) == ("active", None)
    assert archived.schedule is not None
    assert archived.schedule.upcoming_runs_at == []
    assert stage.beta.deployments.archive(deployment.id) == archived
    for path, body in (("", {"name": "x"}), ("/pause", None), ("/unpause", None), ("/run", None)):
        text = refused(stage.post(f"/{deployment.id}{path}", body), 400, "invalid_request_error")
        assert text == "Cannot modify archived deployment"
    stage.mock.clock.advance(days=2)
    assert stage.runs(deployment.id) == []


def test_archiving_an_agent_archives_its_deployments_without_a_run(stage: Stage) -> None:
    deployment = stage.deployment("* * * * *")
    other = stage.deployment("* * * * *")
    agent = stage.beta.agents.archive(deployment.agent.id)
    archived = stage.beta.deployments.retrieve(deployment.id)
    assert archived.archived_at == agent.archived_at
    stage.mock.clock.advance(minutes=1)
    assert stage.runs(deployment.id) == []
    assert len(stage.runs(other.id)) == 1


def test_lists_are_filtered_and_paged(stage: Stage) -> None:
    made = [stage.deployment().id for _ in range(3)]
    stage.beta.deployments.pause(made[0])
    archived = stage.deployment()
    stage.beta.deployments.archive(archived.id)

    def listed(**query: Any) -> list[str]:
        return [each.id for each in stage.beta.deployments.list(limit=2, **query)]

    assert listed() == made[::-1]
    assert listed(status="paused") == made[:1]
    assert listed(status="active") == made[:0:-1]
    assert listed(include_archived=True) == [archived.id, *made[::-1]]
    assert listed(agent_id=archived.agent.id) == []
    assert listed(agent_id=archived.agent.id, include_archived=True) == [archived.id]
    assert listed(created_at_gte="2999-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=paused&include_archived=true", "include_archived: cannot be set together with status"),
        ("status=archived", 'status: "archived" is not a valid value'),
        ("agent_id=agent_x", "Invalid agent ID."),
        ("limit=101", "less than or equal to 100"),
    ],
)
def test_bad_queries_are_refused(stage: Stage, query: str, message: str) -> None:
    assert message in refused(stage.http.get(f"/v1/deployments?{query}"), 400, "invalid_request_error")


def test_what_is_not_there(stage: Stage) -> None:
    with pytest.raises(anthropic.NotFoundError, match="Deployment not found"):
        stage.beta.deployments.retrieve(f"depl_{ABSENT}")
    with pytest.raises(anthropic.NotFoundError, match="Deployment run not found"):
        stage.beta.deployment_runs.retrieve(f"drun_{ABSENT}")
    response = stage.http.delete(f"/v1/deployments/{stage.deployment().id}")
    assert refused(response, 405, "invalid_request_error") == "Method Not Allowed"


def test_no_more_schedules_than_the_policy_allows(stage: Stage) -> None:
    stage.mock.policy.scheduled_deployments = 1
    first = stage.deployment("0 9 * * *")
    assert "1 scheduled deployments" in refused(
        stage.post("", stage.body(schedule=cron("0 9 * * *"))), 400, "invalid_request_error"
    )
    stage.beta.deployments.archive(first.id)
    assert stage.deployment("0 9 * * *").schedule is not None
