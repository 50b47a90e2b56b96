"""The work queue of self-hosted environments: handed out, acknowledged, leased, stopped, counted."""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any

import anthropic
import pytest

from mockdreams import ControlError, MockDreams
from tests.support.helpers import ABSENT, refused
from tests.support.turns import message
from tests.support.worker_stage import Stage, token_of

KEYS = {
    "id",
    "type",
    "environment_id",
    "state",
    "data",
    "metadata",
    "secret",
    "created_at",
    "started_at",
    "acknowledged_at",
    "latest_heartbeat_at",
    "stop_requested_at",
    "stopped_at",
    "actor",
}


def test_a_session_is_an_item_of_work(stage: Stage) -> None:
    session = stage.session()
    answer = stage.ask("GET", "/poll", stage.key).json()
    assert set(answer) == KEYS
    assert (answer["id"], answer["state"], answer["environment_id"]) == (session, "queued", stage.environment)
    assert answer["data"] == {"type": "session", "id": session}
    assert set(json.loads(b64decode(answer["secret"]))) == {"sessions_token"}
    shown = stage.beta.environments.work.retrieve(session, environment_id=stage.environment)
    assert shown.secret is None


def test_a_session_in_the_cloud_is_none(stage: Stage) -> None:
    cloud = stage.beta.environments.create(name="Cloud").id
    key = stage.mock.environment_keys.create(cloud)
    stage.beta.sessions.create(agent=stage.agent, environment_id=cloud)
    work = stage.bearing(key).beta.environments.work
    with pytest.raises(anthropic.BadRequestError):
        work.poll(cloud)
    with pytest.raises(anthropic.NotFoundError):
        work.list(cloud)


def test_an_empty_queue_has_nothing(stage: Stage) -> None:
    assert stage.poll() is None
    assert stage.ask("GET", "/poll", stage.key).text == "null"


def test_oldest_first_and_each_once(stage: Stage) -> None:
    sessions = [stage.session() for _ in range(3)]
    polled = [stage.poll() for _ in range(4)]
    assert [work and work.id for work in polled] == [*sessions, None]


def test_what_nobody_acknowledges_is_handed_out_again(stage: Stage) -> None:
    session = stage.session()
    first = stage.poll()
    assert first is not None
    stage.mock.clock.advance(seconds=4.9)
    assert stage.poll() is None
    assert stage.poll(reclaim_older_than_ms=4000) is not None
    stage.mock.clock.advance(seconds=5)
    again = stage.poll()
    assert again is not None
    assert again.id == session
    stage.work.ack(session, environment_id=stage.environment)
    with pytest.raises(anthropic.ConflictError, match="must be in QUEUED state to acknowledge"):
        stage.work.ack(session, environment_id=stage.environment)
    stage.mock.clock.advance(minutes=1)
    assert stage.poll() is None
    with pytest.raises(anthropic.AuthenticationError):
        stage.bearing(token_of(first)).beta.sessions.retrieve(session)
    assert stage.bearing(token_of(again)).beta.sessions.retrieve(session).id == session


def test_a_poll_that_waits_takes_virtual_time(stage: Stage) -> None:
    assert stage.key
    before = stage.mock.clock.now()
    assert stage.poll() is None
    assert stage.mock.clock.now() == before
    assert stage.poll(block_ms=999) is None
    assert stage.mock.clock.now() == before + timedelta(milliseconds=999)


@pytest.mark.long
def test_a_poll_that_waits_gets_what_comes_meanwhile(stage: Stage) -> None:
    hello = message("Hello.")
    stage.beta.deployments.create(
        name="Each minute",
        agent=stage.agent,
        environment_id=stage.environment,
        initial_events=[hello],
        schedule={"type": "cron", "expression": "* * * * *", "timezone": "UTC"},
    )
    for _ in range(70):
        if stage.poll(block_ms=999):
            break
    assert len(list(stage.beta.sessions.list())) == 1


@pytest.mark.mockdreams(clock="manual")
def test_a_manual_clock_stands_still_and_a_poll_does_not_wait(stage: Stage) -> None:
    before = stage.mock.clock.now()
    assert stage.poll(block_ms=999) is None
    assert stage.mock.clock.now() == before


def test_under_the_real_clock_a_poll_waits_for_its_virtual_time() -> None:
    with MockDreams(clock="real") as mock, mock.client(max_retries=0) as client:
        mock.clock.speed = 20
        stage = Stage(mock, client)
        assert stage.key
        before = mock.clock.now()
        assert stage.poll(block_ms=999) is None
        assert mock.clock.now() >= before + timedelta(milliseconds=999)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("block_ms=0", "block_ms: Input should be greater than or equal to 1"),
        ("block_ms=1000", "block_ms: Input should be less than or equal to 999"),
        ("reclaim_older_than_ms=0", "reclaim_older_than_ms: Input should be greater than or equal to 1"),
    ],
)
def test_bad_polls_are_refused(stage: Stage, query: str, message: str) -> None:
    assert refused(stage.ask("GET", f"/poll?{query}", stage.key), 400, "invalid_request_error") == message


def test_a_lease_is_claimed_and_kept(stage: Stage) -> None:
    stage.session()
    work = stage.taken()
    assert stage.state(work.id) == "starting"
    first = stage.beat(work.id)
    assert (first.state, first.lease_extended, first.ttl_seconds) == ("active", True, 300)
    second = stage.beat(work.id, first.last_heartbeat, desired_ttl_seconds=60)
    assert second.last_heartbeat != first.last_heartbeat
    assert second.ttl_seconds == 60
    assert stage.beat(work.id, None, desired_ttl_seconds=9999).ttl_seconds == 300


def test_a_stale_heartbeat_has_lost_the_lease_and_changes_nothing(stage: Stage) -> None:
    stage.session()
    work = stage.taken()
    mine = stage.beat(work.id)
    theirs = stage.beat(work.id, None)
    before = stage.beta.environments.work.retrieve(work.id, environment_id=stage.environment)
    for stale in (mine.last_heartbeat, "NO_HEARTBEAT", "yesterday"):
        with pytest.raises(anthropic.APIStatusError) as lost:
            stage.beat(work.id, stale)
        assert lost.value.status_code == 412
        error: Any = lost.value.body
        details = error["error"]["details"]
        assert details["error_code"] == "heartbeat_precondition_failed"
        assert details["current_state"]["last_heartbeat"] == theirs.last_heartbeat
        assert details["current_state"]["lease_extended"] is False
        assert f"actual was {theirs.last_heartbeat}" in error["error"]["message"]
    assert stage.beta.environments.work.retrieve(work.id, environment_id=stage.environment) == before
    assert stage.beat(work.id, theirs.last_heartbeat).lease_extended


def test_a_heartbeat_that_expects_one_before_the_first(stage: Stage) -> None:
    stage.session()
    work = stage.taken()
    with pytest.raises(anthropic.APIStatusError, match="actual was NULL"):
        stage.beat(work.id, "2026-01-01T00:00:00Z")
    assert stage.state(work.id) == "starting"


def test_no_heartbeat_before_the_acknowledgement(stage: Stage) -> None:
    session = stage.session()
    with pytest.raises(anthropic.ConflictError, match="must be acknowledged"):
        stage.beat(session)


def test_a_dead_worker_holds_its_item(stage: Stage) -> None:
    stage.session()
    work = stage.taken()
    stage.beat(work.id)
    stage.mock.clock.advance(minutes=7)
    assert stage.poll() is None
    assert stage.state(work.id) == "active"


def test_by_policy_another_takes_over_from_a_dead_worker(stage: Stage) -> None:
    stage.mock.policy.work_requeued_without_heartbeats = True
    session = stage.session()
    dead = stage.taken()
    last = stage.beat(dead.id, desired_ttl_seconds=60).last_heartbeat
    stage.mock.clock.advance(seconds=59)
    last = stage.beat(dead.id, last, desired_ttl_seconds=60).last_heartbeat
    stage.mock.clock.advance(seconds=59)
    assert stage.poll() is None
    stage.mock.clock.advance(seconds=1)
    heir = stage.taken()
    assert heir.id == session
    assert stage.beat(heir.id).state == "active"
    with pytest.raises(anthropic.APIStatusError) as lost:
        stage.beat(dead.id, last)
    assert lost.value.status_code == 412
    assert stage.state(session) == "active"


def test_a_graceful_stop_waits_for_the_worker(stage: Stage) -> None:
    stage.session()
    work = stage.taken()
    last = stage.beat(work.id).last_heartbeat
    stopping = stage.stop(work.id)
    assert (stopping.state, stopping.stopped_at) == ("stopping", None)
    assert stage.stop(work.id) == stopping
    told = stage.beat(work.id, "whatever")
    assert (told.state, told.lease_extended, told.last_heartbeat) == ("stopping", False, last)
    stopped = stage.stop(work.id, force=True)
    assert stopped.state == "stopped"
    assert stopped.stopped_at == "2026-01-01T00:00:00Z"
    assert stage.stop(work.id, force=True) == stopped
    assert stage.beat(work.id, None).state == "stopped"


def test_a_worker_that_never_stops_is_stopped_when_its_lease_runs_out(stage: Stage) -> None:
    stage.session()
    work = stage.taken()
    stage.stop(work.id)
    first = stage.beat(work.id)
    assert (first.last_heartbeat, first.ttl_seconds, first.lease_extended) == ("", 120, False)
    stage.mock.clock.advance(seconds=119)
    assert stage.state(work.id) == "stopping"
    stage.mock.clock.advance(seconds=1)
    assert stage.state(work.id) == "stopped"


def test_what_nobody_has_taken_stops_at_once(stage: Stage) -> None:
    assert stage.stop(stage.session()).state == "stopped"
    assert stage.poll() is None


def test_a_message_queues_finished_work_again(stage: Stage) -> None:
    session = stage.session()
    work = stage.taken()
    stage.stop(work.id, force=True)
    assert stage.poll() is None
    stage.beta.sessions.events.send(session, events=[message("More.")])
    again = stage.poll()
    assert again is not None
    assert (again.id, again.state, again.stopped_at, again.acknowledged_at) == (session, "queued", None, None)


def test_an_interrupt_leaves_active_work_as_it_is(stage: Stage) -> None:
    session = stage.session()
    stage.beat(stage.taken().id)
    stage.beta.sessions.events.send(session, events=[{"type": "user.interrupt"}])
    assert stage.state(session) == "active"


@pytest.mark.parametrize("end", ["archive", "delete"])
def test_a_session_that_is_over_stops_its_work(stage: Stage, end: str) -> None:
    session = stage.session()
    stage.beat(stage.taken().id)
    getattr(stage.beta.sessions, end)(session)
    assert stage.state(session) == "stopped"


def test_the_queue_is_counted(stage: Stage) -> None:
    def stats() -> tuple[int, int, int | None]:
        told = stage.beta.environments.work.stats(stage.environment)
        return told.depth, told.pending, told.workers_polling

    assert stats() == (0, 0, 0)
    assert stage.beta.environments.work.stats(stage.environment).oldest_queued_at is None
    first, _ = stage.session(), stage.session()
    oldest = stage.beta.environments.work.retrieve(first, environment_id=stage.environment).created_at
    assert stats() == (2, 0, 0)
    stage.poll(anthropic_worker_id="a")
    assert stats() == (1, 1, 1)
    assert stage.beta.environments.work.stats(stage.environment).oldest_queued_at == oldest
    stage.work.ack(first, environment_id=stage.environment)
    stage.poll(anthropic_worker_id="b")
    assert stats() == (0, 1, 2)
    stage.mock.clock.advance(seconds=30)
    assert stats() == (0, 1, 0)


def test_items_are_listed_newest_first(stage: Stage) -> None:
    sessions = [stage.session() for _ in range(3)]
    assert [work.id for work in stage.work.list(stage.environment, limit=2)] == sessions[::-1]
    last = stage.ask("GET", "", stage.key).json()
    assert last["next_page"] is None


def test_metadata_is_patched(stage: Stage) -> None:
    work = stage.beta.environments.work
    session = stage.session()
    assert work.update(session, environment_id=stage.environment, metadata={"a": "1", "b": "2"}).metadata == {
        "a": "1", "b": "2"
    }  # fmt: skip
    assert work.update(session, environment_id=stage.environment, metadata={"a": None}).metadata == {"b": "2"}
    url = f"/v1/environments/{stage.environment}/work"
    answer = stage.mock.http.post(f"{url}/{session}", json={})
    assert refused(answer, 400, "invalid_request_error") == "metadata: Field required"
    answer = stage.mock.http.post(f"{url}/{session}", json={"metadata": {"k" * 65: "v"}})
    refused(answer, 400, "invalid_request_error")
    assert answer.json()["error"]["details"] == {"error_code": "invalid_metadata"}
    answer = stage.mock.http.post(f"{url}/x", json={"metadata": {}})
    assert 'expected session_*, cse_*, or work_* prefix, got "x"' in refused(answer, 400, "invalid_request_error")


def test_an_environment_with_work_in_its_queue_stays(stage: Stage) -> None:
    session = stage.session()
    url = f"/v1/environments/{stage.environment}"
    assert "with work in the queue" in refused(stage.mock.http.delete(url), 409, "invalid_request_error")
    stage.stop(session, force=True)
    assert refused(stage.mock.http.delete(url), 409, "invalid_request_error").startswith("Environment has 1 active")
    assert stage.mock.http.delete(f"{url}?force=true").is_success
    assert stage.ask("GET", "/poll", stage.key).json()["error"]["type"] == "authentication_error"
    with pytest.raises(anthropic.NotFoundError):
        stage.beta.environments.work.stats(stage.environment)


def test_who_may_ask_what(stage: Stage) -> None:
    session = stage.session()
    token = token_of(stage.taken())
    api_key = stage.mock.api_key
    other = stage.beta.environments.create(name="Other", config={"type": "self_hosted"}).id
    foreign = stage.mock.environment_keys.create(other)
    for path in ("/poll", ""):
        text = refused(stage.ask("GET", path, api_key), 401, "authentication_error")
        assert text == "Invalid bearer token"
        text = refused(stage.ask("GET", path, foreign), 403, "permission_error")
        assert text == "Token not authorized for this environment"
    assert stage.ask("GET", "/poll", "sk-ant-oat01-nobody").status_code == 401
    for held in (stage.key, token):
        assert refused(stage.ask("GET", f"/{session}", held), 403, "permission_error").startswith(
            "OAuth token does not"
        )
    assert stage.ask("GET", "/stats", stage.key).is_success
    assert stage.ask("POST", f"/{session}/heartbeat", token).is_success
    assert stage.ask("POST", f"/{session}/stop", token, json={"force": True}).is_success
    with pytest.raises(anthropic.AuthenticationError, match="Authentication failed"):
        stage.bearing(stage.key).beta.agents.retrieve(stage.agent)
    with pytest.raises(anthropic.NotFoundError, match="Not found"):
        stage.bearing(stage.key).beta.files.download(f"file_{ABSENT}")
    stage.mock.environment_keys.revoke(stage.key)
    answer = stage.ask("GET", "/poll", stage.key)
    assert (answer.status_code, "request-id" in answer.headers) == (401, False)
    told = {"type": "authentication_error", "message": "OAuth access token has been revoked."}
    assert answer.json() == {"type": "error", "error": told, "request_id": None}


@pytest.mark.long
def test_the_token_of_an_item_is_for_its_session_and_its_stores(stage: Stage) -> None:
    store, other_store = (stage.beta.memory_stores.create(name=name).id for name in ("Notes", "Secret"))
    stage.session(resources=[{"type": "memory_store", "memory_store_id": store}])
    work = stage.taken()
    worker = stage.bearing(token_of(work)).beta
    assert worker.sessions.retrieve(work.id).id == work.id
    memory = worker.memory_stores.memories.create(store, path="/a.md", content="Sky.")
    version = stage.beta.memory_stores.memory_versions.retrieve(memory.memory_version_id, memory_store_id=store)
    assert version.created_by is not None
    assert version.created_by.to_dict() == {"type": "session_actor", "session_id": work.id}
    with pytest.raises(anthropic.PermissionDeniedError):
        worker.memory_stores.memories.list(other_store)
    with pytest.raises(anthropic.PermissionDeniedError):
        worker.sessions.retrieve(stage.session())
    with pytest.raises(anthropic.AuthenticationError):
        worker.memory_stores.create(name="Mine")
    with pytest.raises(anthropic.AuthenticationError):
        stage.bearing(stage.key).beta.memory_stores.memories.list(store)
    stage.stop(work.id, force=True)
    assert worker.sessions.retrieve(work.id).id == work.id
    stage.mock.clock.advance(minutes=1)
    with pytest.raises(anthropic.AuthenticationError):
        worker.sessions.retrieve(work.id)


@pytest.mark.long
def test_a_worker_reads_the_skills_of_its_agent(stage: Stage) -> None:
    manifest = b"---\nname: notes\ndescription: Takes notes.\n---\n"
    skill = stage.beta.skills.create(files=[("notes/SKILL.md", manifest)])
    stage.session()
    for held in (stage.key, token_of(stage.taken())):
        skills = stage.bearing(held).beta.skills
        (version,) = skills.versions.list(skill.id)
        assert skills.versions.retrieve(version.id, skill_id=skill.id) == version
        assert skills.versions.download(version.id, skill_id=skill.id).read().startswith(b"PK")
        with pytest.raises(anthropic.PermissionDeniedError, match="does not meet scope requirement"):
            skills.list()
        with pytest.raises(anthropic.PermissionDeniedError, match="does not meet scope requirement"):
            skills.retrieve(skill.id)


def test_keys_are_for_environments_that_are_there(stage: Stage) -> None:
    with pytest.raises(ControlError, match="not found"):
        stage.mock.environment_keys.create(f"env_{ABSENT}")
    with pytest.raises(ControlError, match="no environment of this world has that key"):
        stage.mock.environment_keys.revoke("sk-ant-oat01-nobody")


@pytest.mark.mockdreams(clock="manual")
def test_a_snapshot_goes_on_with_the_queue(stage: Stage) -> None:
    stage.session()
    waiting = stage.session()
    work = stage.taken()
    last = stage.beat(work.id).last_heartbeat
    with MockDreams(clock="manual") as mock, mock.client(max_retries=0) as client:
        mock.restore(stage.mock.snapshot())
        queue = client.copy(api_key=None, auth_token=stage.key).beta.environments.work
        assert queue.heartbeat(work.id, environment_id=stage.environment, expected_last_heartbeat=last).lease_extended
        polled = queue.poll(stage.environment)
        assert polled is not None
        assert polled.id == waiting
