"""Runs of deployments: the sessions that they create, and the errors that they record."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mockdreams import MockDreams
from tests.support.deployment_stage import HELLO, Stage
from tests.support.helpers import ABSENT, MODEL, refused

BUDGET: Any = {"type": "limit", "max_list_cost": {"amount": "250", "currency": "USD"}}


def test_a_manual_run_creates_a_session_that_works(stage: Stage) -> None:
    store = stage.store({"/a.md": "Sky."}, name="Notes")
    deployment = stage.deployment(
        name="Report",
        metadata={"team": "ops"},
        budget=BUDGET,
        vault_ids=[],
        resources=[{"type": "memory_store", "memory_store_id": store}],
    )
    answer = stage.post(f"/{deployment.id}/run").json()
    assert set(answer) == {
        "id", "type", "deployment_id", "agent", "trigger_context", "session_id", "error", "created_at"
    }  # fmt: skip
    assert answer["trigger_context"] == {"type": "manual"}
    assert answer["error"] is None
    assert answer["agent"] == deployment.agent.to_dict()
    with frozen(stage):
        session = stage.beta.sessions.retrieve(answer["session_id"])
    assert (session.title, session.metadata, session.deployment_id) == ("Report", {"team": "ops"}, deployment.id)
    assert (session.agent.id, session.agent.version) == (deployment.agent.id, 1)
    assert session.budget is not None
    assert session.budget.to_dict() == BUDGET
    assert session.status == "running"
    assert [getattr(each, "memory_store_id", None) for each in session.resources] == [store]
    stage.mock.clock.run_until_idle()
    events = [event.type for event in stage.beta.sessions.events.list(session.id)]
    assert events[:3] == ["session.status_running", "session.thread_status_running", "user.message"]
    assert events[-1] == "session.status_idle"
    assert stage.beta.deployment_runs.retrieve(answer["id"]).to_dict() == stage.runs(deployment.id)[0].to_dict()


@contextmanager
def frozen(stage: Stage) -> Iterator[None]:
    """A block in which looking moves no time."""
    stage.mock.clock.freeze()
    yield
    stage.mock.clock.resume()


def test_its_agent_is_told_the_time(stage: Stage) -> None:
    agent = stage.beta.agents.create(name="Helper", model=MODEL, system="Be brief.").id
    deployment = stage.deployment("0 9 * * *", agent=agent)
    stage.mock.clock.advance(hours=9)
    (run,) = stage.runs(deployment.id)
    assert run.session_id is not None
    system = stage.beta.sessions.retrieve(run.session_id).agent.system
    assert system == "Be brief.\n\nThe current date and time is 2026-01-01T09:00:00Z."
    assert stage.beta.agents.retrieve(agent).system == "Be brief."


def test_the_pinned_version_runs(stage: Stage) -> None:
    deployment = stage.deployment()
    stage.beta.agents.update(deployment.agent.id, version=1, name="Renamed")
    run = stage.beta.deployments.run(deployment.id)
    assert run.session_id is not None
    assert stage.beta.sessions.retrieve(run.session_id).agent.name == "Helper"


def test_a_system_message_and_an_outcome_go_along(stage: Stage) -> None:
    events: Any = [
        HELLO,
        {"type": "user.define_outcome", "description": "A list.", "rubric": {"type": "text", "content": "Has items."}},
        {"type": "system.message", "content": [{"type": "text", "text": "Mind the gap."}]},
    ]
    run = stage.beta.deployments.run(stage.deployment(initial_events=events).id)
    assert run.session_id is not None
    stage.mock.clock.run_until_idle()
    sent = [event.type for event in stage.beta.sessions.events.list(run.session_id)]
    assert [type for type in sent if type.startswith(("user", "system"))] == [
        "user.message", "user.define_outcome", "system.message"
    ]  # fmt: skip


def test_sessions_are_listed_by_their_deployment(stage: Stage) -> None:
    deployment = stage.deployment()
    made = [stage.beta.deployments.run(deployment.id).session_id for _ in range(2)]
    stage.session()
    assert [each.id for each in stage.beta.sessions.list(deployment_id=deployment.id)] == made[::-1]


def test_a_run_keeps_the_id_of_a_session_that_is_gone(stage: Stage) -> None:
    run = stage.beta.deployments.run(stage.deployment().id)
    assert run.session_id is not None
    stage.mock.clock.run_until_idle()
    stage.beta.sessions.delete(run.session_id)
    assert stage.beta.deployment_runs.retrieve(run.id) == run


def test_a_paused_deployment_runs_when_told(stage: Stage) -> None:
    deployment = stage.deployment("0 9 * * *")
    stage.beta.deployments.pause(deployment.id)
    run = stage.beta.deployments.run(deployment.id)
    assert [session.id for session in stage.beta.sessions.list()] == [run.session_id]
    after = stage.beta.deployments.retrieve(deployment.id)
    assert after.status == "paused"
    assert after.schedule is not None
    assert after.schedule.last_run_at is None


def test_sessions_of_a_schedule_overlap(stage: Stage) -> None:
    stage.mock.policy.turn_seconds = 600
    deployment = stage.deployment("* * * * *")
    stage.mock.clock.advance(minutes=3)
    with frozen(stage):
        sessions = list(stage.beta.sessions.list(deployment_id=deployment.id))
    assert [session.status for session in sessions] == ["running"] * 3


def archived_store(stage: Stage) -> dict[str, Any]:
    store = stage.store()
    stage.beta.memory_stores.archive(store)
    return {"resources": [{"type": "memory_store", "memory_store_id": store}]}


def absent_store(stage: Stage) -> dict[str, Any]:
    return {"resources": [{"type": "memory_store", "memory_store_id": f"memstore_{ABSENT}"}]}


def absent_file(stage: Stage) -> dict[str, Any]:
    return {"resources": [{"type": "file", "file_id": "nothing"}]}


def self_hosted_file(stage: Stage) -> dict[str, Any]:
    environment = stage.beta.environments.create(name="Ours", config={"type": "self_hosted"})
    repository = {"type": "github_repository", "url": "https://github.com/a/b"}
    return {"environment_id": environment.id, "resources": [repository]}


def blocked_server(stage: Stage) -> dict[str, Any]:
    limited: Any = {"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["example.com"]}}
    environment = stage.beta.environments.create(name="Closed", config=limited)
    server: Any = {"type": "url", "name": "github", "url": "https://api.github.com/mcp"}
    toolset: Any = {"type": "mcp_toolset", "mcp_server_name": "github"}
    agent = stage.beta.agents.create(name="Helper", model=MODEL, mcp_servers=[server], tools=[toolset])
    return {"environment_id": environment.id, "agent": agent.id}


FAILURES = [
    (absent_store, "session_resource_not_found_error"),
    (archived_store, "memory_store_archived_error"),
    (absent_file, "file_not_found_error"),
    (self_hosted_file, "self_hosted_resources_unsupported_error"),
    (blocked_server, "mcp_egress_blocked_error"),
]


@pytest.mark.parametrize(("prepare", "error"), FAILURES, ids=[error for _, error in FAILURES])
def test_what_cannot_be_used_fails_the_run_and_pauses_the_schedule(stage: Stage, prepare: Any, error: str) -> None:
    deployment = stage.deployment("0 * * * *", **prepare(stage))
    run = stage.beta.deployments.run(deployment.id)
    assert run.session_id is None
    assert run.error is not None
    assert run.error.type == error
    assert stage.beta.deployments.retrieve(deployment.id).status == "active", "a manual run pauses nothing"

    stage.mock.clock.advance(hours=3)
    paused = stage.beta.deployments.retrieve(deployment.id)
    assert paused.status == "paused"
    assert paused.paused_reason is not None
    assert paused.paused_reason.to_dict() == {"type": "error", "error": {"type": error}}
    assert paused.schedule is not None
    assert paused.schedule.last_run_at is not None
    assert len(stage.scheduled(deployment.id)) == 1
    assert list(stage.beta.sessions.list()) == []


def test_what_went_away_since_it_was_checked(stage: Stage) -> None:
    archived, deleted = (stage.beta.vaults.create(display_name=name).id for name in ("A", "B"))
    of_archived, of_deleted = stage.deployment(vault_ids=[archived]), stage.deployment(vault_ids=[deleted])
    stage.beta.vaults.archive(archived)
    stage.beta.vaults.delete(deleted)
    files = [("notes/SKILL.md", b"---\nname: notes\ndescription: Takes notes.\n---\n")]
    skill = stage.beta.skills.create(display_name="Notes", files=files)
    agent = stage.beta.agents.create(
        name="Writer", model=MODEL, skills=[{"type": "custom", "skill_id": skill.id, "version": "latest"}]
    )
    of_skill = stage.deployment(agent=agent.id)
    stage.beta.skills.delete(skill.id)
    errors = [stage.beta.deployments.run(each.id).error for each in (of_archived, of_deleted, of_skill)]
    assert [error and error.type for error in errors] == [
        "vault_archived_error", "vault_not_found_error", "skill_not_found_error"
    ]  # fmt: skip


def test_an_environment_that_goes_away(stage: Stage) -> None:
    deployment = stage.deployment("0 * * * *")
    stage.beta.environments.archive(deployment.environment_id)
    run = stage.beta.deployments.run(deployment.id)
    assert run.error is not None
    assert run.error.type == "environment_archived_error"
    stage.beta.environments.delete(deployment.environment_id)
    stage.mock.clock.advance(hours=1)
    gone = stage.runs(deployment.id)[-1]
    assert gone.error is not None
    assert gone.error.type == "environment_not_found_error"
    assert stage.beta.deployments.retrieve(deployment.id).status == "paused"

    fresh = stage.beta.environments.create(name="New").id
    assert stage.beta.deployments.update(deployment.id, environment_id=fresh).status == "paused"
    stage.beta.deployments.unpause(deployment.id)
    stage.mock.clock.advance(hours=1)
    assert stage.runs(deployment.id)[-1].session_id == next(iter(stage.beta.sessions.list())).id


def test_an_archived_subagent_fails_the_run(stage: Stage) -> None:
    helper = stage.beta.agents.create(name="Helper", model=MODEL).id
    roster: Any = {"type": "coordinator", "agents": [helper]}
    chief = stage.beta.agents.create(name="Chief", model=MODEL, multiagent=roster)
    deployment = stage.deployment("0 * * * *", agent=chief.id)
    stage.beta.agents.archive(helper)
    stage.mock.clock.advance(hours=1)
    (run,) = stage.runs(deployment.id)
    assert run.error is not None
    assert run.error.type == "agent_archived_error"
    assert stage.beta.deployments.retrieve(deployment.id).archived_at is None


def test_another_refusal_does_not_pause(stage: Stage) -> None:
    twice = [{"type": "memory_store", "memory_store_id": stage.store()}] * 2
    deployment = stage.deployment("0 * * * *", resources=twice)
    stage.mock.clock.advance(hours=2)
    runs = stage.runs(deployment.id)
    assert [run.error and run.error.type for run in runs] == ["session_creation_rejected_error"] * 2
    assert stage.beta.deployments.retrieve(deployment.id).status == "active"


def test_a_price_that_is_withdrawn_rejects_the_session(stage: Stage) -> None:
    deployment = stage.deployment(budget=BUDGET)
    stage.mock.policy.list_prices = {}
    run = stage.beta.deployments.run(deployment.id)
    assert run.error is not None
    assert "no public list price" in run.error.message


def test_runs_are_listed_and_filtered(stage: Stage) -> None:
    good, bad = stage.deployment("0 * * * *"), stage.deployment("30 * * * *", **absent_store(stage))
    manual = stage.beta.deployments.run(good.id)
    stage.mock.clock.advance(hours=1)
    failed, scheduled = stage.runs(bad.id)[0], stage.runs(good.id)[1]

    def listed(**query: Any) -> list[str]:
        return [each.id for each in stage.beta.deployment_runs.list(limit=1, **query)]

    assert listed() == [scheduled.id, failed.id, manual.id]
    assert listed(has_error=True) == [failed.id]
    assert listed(has_error=False) == [scheduled.id, manual.id]
    assert listed(trigger_type="manual") == [manual.id]
    assert listed(deployment_id=bad.id) == [failed.id]
    assert listed(deployment_id=f"depl_{ABSENT}") == []
    assert listed(created_at_gt=failed.created_at) == [scheduled.id]
    assert listed(created_at_gte=failed.created_at) == [scheduled.id, failed.id]
    assert listed(created_at_lt=failed.created_at) == [manual.id]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("deployment_id=depl_x", "Invalid deployment ID."),
        ("has_error=x", 'Failed to parse request body: invalid value for bool field has_error: "x"'),
        (
            "trigger_type=x",
            'Failed to parse request: trigger_type: "x" is not a valid value; expected one of manual, schedule',
        ),
        ("limit=0", "limit: value must be greater than or equal to 1 and less than or equal to 1000"),
    ],
)
def test_bad_queries_are_refused(stage: Stage, query: str, message: str) -> None:
    assert refused(stage.http.get(f"/v1/deployment_runs?{query}"), 400, "invalid_request_error") == message


@pytest.mark.long
def test_a_thousand_runs_are_one_page(stage: Stage) -> None:
    deployment = stage.deployment("* * * * *", **absent_file(stage))
    for _ in range(30):
        stage.beta.deployments.run(deployment.id)
    assert len(stage.http.get("/v1/deployment_runs?limit=1000").json()["data"]) == 30
    assert len(stage.http.get("/v1/deployment_runs").json()["data"]) == 20


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.long
def test_a_snapshot_goes_on_with_the_schedules(stage: Stage) -> None:
    deployment = stage.deployment(
        "0 * * * *", resources=[{"type": "github_repository", "url": "https://github.com/a/b"}]
    )
    paused = stage.deployment("0 * * * *", **absent_store(stage))
    stage.mock.clock.advance(minutes=90)
    with MockDreams(clock="manual") as mock, mock.client() as client:
        mock.restore(stage.mock.snapshot())
        other = Stage(mock, client.beta)
        for each in (stage, other):
            each.mock.clock.advance(hours=1)
        assert other.runs(deployment.id) == stage.runs(deployment.id)
        assert len(other.runs(deployment.id)) == 2
        assert list(other.beta.deployments.list()) == list(stage.beta.deployments.list())
        assert other.beta.deployments.retrieve(paused.id).status == "paused"
