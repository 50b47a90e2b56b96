"""The work queue of self-hosted environments."""

import base64
import json
from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.checking.worker import QueueWorker
from mockdreams.contract.client.answers import require, require_equal

KEYS = set(
    """
    id type environment_id state data metadata secret created_at started_at acknowledged_at latest_heartbeat_at
    stop_requested_at stopped_at actor
    """.split()
)


def occupied(stage: Workbench) -> tuple[QueueWorker, str]:
    """A worker, and a session in its environment."""
    id = stage.new_environment(config={"type": "self_hosted"})["id"]
    worker = QueueWorker(stage.target, id)
    return worker, stage.new_session(environment_id=id)["id"]


@cached
def plain(stage: Workbench) -> tuple[QueueWorker, str]:
    """A worker and a session whose work nobody takes."""
    return occupied(stage)


def bearer(worker: QueueWorker) -> dict[str, str | None]:
    """The headers of a request with a worker's key."""
    return {"x-api-key": None, "authorization": f"Bearer {worker.key}"}


def shown(stage: Workbench, worker: QueueWorker, work_id: str) -> Any:
    return stage.get(f"{worker.url}/{work_id}").ok()


@check
def work_item(stage: Workbench) -> None:
    worker, session = occupied(stage)
    work = worker.poll().ok()
    require_equal("the keys", set(work), KEYS)
    require_equal("id and data", (work["id"], work["data"]), (session, {"type": "session", "id": session}))
    require_equal("state and actor", (work["state"], work["actor"]), ("queued", None))
    secret = work["secret"] + "=" * (-len(work["secret"]) % 4)
    require(json.loads(base64.urlsafe_b64decode(secret))["sessions_token"], "the secret has no sessions_token")
    require_equal("the secret elsewhere", shown(stage, worker, session)["secret"], None)


@check
def work_poll_empty(stage: Workbench) -> None:
    worker, _ = occupied(stage)
    worker.poll().ok()
    require_equal("an empty poll", worker.poll().ok(), None)
    require_equal("an empty poll that waits", worker.poll(block_ms=1).ok(), None)


@check
def work_poll_range_400(stage: Workbench) -> None:
    worker, _ = plain(stage)
    worker.poll(block_ms=0).invalid("block_ms: Input should be greater than or equal to 1")
    worker.poll(reclaim_older_than_ms=0).invalid("reclaim_older_than_ms: Input should be greater than or equal to 1")


@check
def work_poll_cloud_400(stage: Workbench) -> None:
    QueueWorker(stage.target, stage.environment).poll().invalid(retry="false")


@check
def work_list_cloud_404(stage: Workbench) -> None:
    QueueWorker(stage.target, stage.environment).ask("GET", "").not_found(retry="false")


@check
def work_list(stage: Workbench) -> None:
    worker, session = plain(stage)
    page = worker.ask("GET", "").ok()
    require_equal("the items", [work["id"] for work in page["data"]], [session])
    require_equal("next_page", page["next_page"], None)


@check
def work_ack_409(stage: Workbench) -> None:
    worker, session = occupied(stage)
    require_equal("the state", worker.ask("POST", f"/{session}/ack").ok()["state"], "starting")
    text = f"Work item {session} must be in QUEUED state to acknowledge"
    worker.ask("POST", f"/{session}/ack").refused(409, "invalid_request_error", text)


@check
def work_heartbeat(stage: Workbench) -> None:
    worker, session = occupied(stage)
    worker.taken()
    first = worker.beat(session, "NO_HEARTBEAT").ok()
    require_equal("the keys", set(first), {"type", "last_heartbeat", "lease_extended", "state", "ttl_seconds"})
    require_equal("the lease", (first["lease_extended"], first["state"], first["ttl_seconds"]), (True, "active", 300))
    require_equal("the second", worker.beat(session, first["last_heartbeat"]).ok()["lease_extended"], True)


@check
def work_heartbeat_412(stage: Workbench) -> None:
    worker, session = occupied(stage)
    worker.taken()
    lost = worker.beat(session, "2026-01-01T00:00:00Z").refused(412, "invalid_request_error")
    require("actual was NULL" in lost["message"], "the message does not say NULL")
    last = worker.beat(session, "NO_HEARTBEAT").ok()["last_heartbeat"]
    before = shown(stage, worker, session)
    lost = worker.beat(session, "NO_HEARTBEAT").refused(412, "invalid_request_error")
    require_equal("error_code", lost["details"]["error_code"], "heartbeat_precondition_failed")
    state = lost["details"]["current_state"]
    require_equal("the lease", (state["last_heartbeat"], state["lease_extended"]), (last, False))
    require_equal("the item", shown(stage, worker, session), before)


@check
def work_heartbeat_queued_409(stage: Workbench) -> None:
    worker, session = plain(stage)
    worker.beat(session, "NO_HEARTBEAT").refused(409, "invalid_request_error")


@check
def work_stop(stage: Workbench) -> None:
    worker, session = occupied(stage)
    worker.taken()
    worker.beat(session).ok()
    require_equal("a graceful stop", worker.stop(session, force=False).ok()["state"], "stopping")
    told = worker.beat(session, "not compared").ok()
    require_equal("a heartbeat then", (told["state"], told["lease_extended"]), ("stopping", False))
    stopped = worker.stop(session).ok()
    require_equal("a forced stop", stopped["state"], "stopped")
    require_equal("stopping again", worker.stop(session).ok(), stopped)


@check
def work_requeued(stage: Workbench) -> None:
    worker, session = occupied(stage)
    worker.taken()
    worker.stop(session).ok()
    require_equal("a poll", worker.poll().ok(), None)
    stage.send(session, {"type": "user.interrupt"}).ok()
    again = worker.poll().ok()
    require_equal("id and state", (again["id"], again["state"]), (session, "queued"))


@check
def work_stats(stage: Workbench) -> None:
    worker, session = plain(stage)
    stats = stage.get(f"{worker.url}/stats").ok()
    require_equal("the keys", set(stats), {"type", "depth", "pending", "oldest_queued_at", "workers_polling"})
    require_equal("depth and pending", (stats["depth"], stats["pending"]), (1, 0))
    require_equal("oldest_queued_at", stats["oldest_queued_at"], shown(stage, worker, session)["created_at"])
    require_equal("to a worker", worker.ask("GET", "/stats").ok(), stats)


@check
def work_update(stage: Workbench) -> None:
    worker, session = occupied(stage)
    path = f"{worker.url}/{session}"
    require_equal("metadata", stage.post(path, {"metadata": {"a": "1"}}).ok()["metadata"], {"a": "1"})
    require_equal("metadata", stage.post(path, {"metadata": {"a": None}}).ok()["metadata"], {})
    stage.post(path, {}).invalid("metadata: Field required")


@check
def work_id_malformed_400(stage: Workbench) -> None:
    worker, _ = plain(stage)
    for id in ("x", "poll"):
        answer = stage.post(f"{worker.url}/{id}", {"metadata": {}})
        answer.invalid(f'Invalid work ID format: expected session_*, cse_*, or work_* prefix, got "{id}".')


@check
def work_absent_404(stage: Workbench) -> None:
    worker, _ = plain(stage)
    stage.get(f"{worker.url}/sesn_{ABSENT}").not_found()


@check
def work_api_key_401(stage: Workbench) -> None:
    worker, _ = plain(stage)
    for path in ("", "/poll"):
        answer = stage.get(worker.url + path)
        answer.refused(401, "authentication_error", "Invalid bearer token", retry="false")


@check
def work_no_key_401(stage: Workbench) -> None:
    worker, _ = plain(stage)
    for path in ("", "/poll"):
        answer = stage.get(worker.url + path, headers={"x-api-key": None})
        answer.refused(401, "authentication_error", "Invalid bearer token", retry="false")


@check
def work_environment_foreign_403(stage: Workbench) -> None:
    (worker, _), (other, _) = plain(stage), occupied(stage)
    answer = worker.ask("GET", "/poll", token=other.key)
    answer.refused(403, "permission_error", "Token not authorized for this environment", retry="false")


@check
def work_scope_403(stage: Workbench) -> None:
    worker, session = plain(stage)
    worker.ask("GET", f"/{session}").refused(403, "permission_error", retry="false")
    worker.ask("POST", f"/{session}", {"metadata": {}}).refused(403, "permission_error", retry="false")


@check
def work_key_elsewhere_401(stage: Workbench) -> None:
    worker, _ = plain(stage)
    answer = stage.get("/v1/agents", headers=bearer(worker))
    answer.refused(401, "authentication_error", "Authentication failed", retry=None)


@check
def credential_refused_unnamed(stage: Workbench) -> None:
    worker, _ = plain(stage)
    for path in ("/v1/agents", "/v1/dreams", "/v1/sessions", "/v1/memory_stores"):
        answer = stage.get(path, headers=bearer(worker))
        answer.refused(401, "authentication_error", "Authentication failed")
        names = [name for name in answer.headers if name.startswith(("anthropic-organization", "anthropic-workspace"))]
        require_equal("what it names", names, [])


@check
def file_content_environment_key_404(stage: Workbench) -> None:
    worker, _ = plain(stage)
    answer = stage.get(f"/v1/files/file_{ABSENT}/content", headers=bearer(worker))
    answer.refused(404, "not_found_error", "Not found", retry="false")


@check
def skill_environment_key_403(stage: Workbench) -> None:
    worker, _ = plain(stage)
    for path in ("", f"/skill_{ABSENT}"):
        answer = stage.get(f"/v1/skills{path}", headers=bearer(worker))
        error = answer.refused(403, "permission_error", retry="false")
        require("does not meet scope requirement" in error["message"], f"{path}: the refusal does not speak of scope")
    stage.get(f"/v1/skills/skill_{ABSENT}/versions", headers=bearer(worker)).refused(404, "not_found_error")


@check
def work_key_revoked_401(stage: Workbench) -> None:
    worker, _ = occupied(stage)
    stage.target.control("DELETE", "/environment_keys", {"key": worker.key})
    worker.poll().refused(401, "authentication_error", "OAuth access token has been revoked.", retry=None, has_id=False)
