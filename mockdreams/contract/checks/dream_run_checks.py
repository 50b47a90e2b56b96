"""Dreams: running."""

from itertools import pairwise
from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import (
    DreamHistory,
    begin,
    canceled,
    completed,
    failed,
    has_ended,
    memories,
    updated,
    watch,
)
from mockdreams.contract.checking.workbench import ABSENT, TERMINAL, Workbench, message
from mockdreams.contract.client.answers import CheckSkipped, require, require_each, require_equal

NEXT = {
    "pending": {"pending", "running", *TERMINAL},
    "running": {"running", *TERMINAL},
    "completed": {"completed"},
    "failed": {"failed"},
    "canceled": {"canceled"},
}
"""What a later look may see; a look may miss `running`."""


def versions(stage: Workbench, store_id: str, **query: Any) -> list[Any]:
    return stage.listed(f"/v1/memory_stores/{store_id}/memory_versions", query)


def tokens(dream: Any) -> int:
    return sum(dream["usage"].values())


def lives(stage: Workbench) -> tuple[DreamHistory, ...]:
    return completed(stage), failed(stage), canceled(stage)


@check
def dream_transitions(stage: Workbench) -> None:
    for life, end in zip(lives(stage), ("completed", "failed", "canceled"), strict=True):
        statuses = [dream["status"] for dream in life.seen]
        require_equal("the first and the last status", (statuses[0], statuses[-1]), ("pending", end))
        require_each("a change of status", list(pairwise(statuses)), lambda two: two[1] in NEXT[two[0]])


@check
def dream_outputs_empty_at_first(stage: Workbench) -> None:
    for life in lives(stage):
        pending = [dream for dream in life.seen if dream["status"] == "pending"]
        require_each("the outputs of a pending dream", pending, lambda dream: dream["outputs"] == [])


@check
def dream_outputs_stay(stage: Workbench) -> None:
    for life in lives(stage):
        seen = [dream["outputs"] for dream in life.seen if dream["outputs"]]
        require_equal("the outputs, once there", seen, [life.end["outputs"]] * len(seen))
        require_equal("how many outputs", len(life.end["outputs"]), 1)
        require_equal("the type of an output", life.end["outputs"][0]["type"], "memory_store")


@check
def dream_session_null_while_pending(stage: Workbench) -> None:
    pending = [dream for dream in completed(stage).seen if dream["status"] == "pending"]
    require_each("the session of a pending dream", pending, lambda dream: dream["session_id"] is None)
    require(completed(stage).end["session_id"].startswith("sesn_"), "a completed dream names no session")


@check
def dream_output_is_a_clone(stage: Workbench) -> None:
    life = completed(stage)
    require(life.output != life.store, "the output store is the input store")
    first = versions(stage, life.output, view="full", limit=20)[::-1][: len(life.before)]
    cloned = {version["path"]: version["content"] for version in first}
    require_equal(
        "the first versions of the output", cloned, {memory["path"]: memory["content"] for memory in life.before}
    )


@check
def dream_output_name(stage: Workbench) -> None:
    life = completed(stage)
    before, after = (stage.get(f"/v1/memory_stores/{id}").ok() for id in (life.store, life.output))
    require(after["name"] != before["name"], "the output store has the very name of the input store")
    require(after["name"].startswith(before["name"]), "the output store is not named after the input store")
    require_equal("description and metadata", (after["description"], after["metadata"]), (before["description"], {}))


@check
def dream_clone_versions(stage: Workbench) -> None:
    life = completed(stage)
    first = versions(stage, life.output)[::-1][: len(life.before)]
    actor = {"type": "session_actor", "session_id": life.end["session_id"]}
    require_each("a version of the clone", first, lambda v: v["operation"] == "created" and v["created_by"] == actor)


@check
def dream_writes_by_session(stage: Workbench) -> None:
    life = completed(stage)
    found = versions(stage, life.output, session_id=life.end["session_id"])
    require_equal("versions by the session", len(found), len(versions(stage, life.output)))


@check
def dream_input_untouched(stage: Workbench) -> None:
    for life in (completed(stage), canceled(stage)):
        require_equal("the input store", memories(stage, life.store), life.before)


@check
def dream_output_kept(stage: Workbench) -> None:
    for life in (failed(stage), canceled(stage)):
        store = stage.get(f"/v1/memory_stores/{life.output}").ok()
        require_equal("archived_at of the output store", store["archived_at"], None)
        require(memories(stage, life.output), "the output store is empty")


@check
def dream_session_archived_at_end(stage: Workbench) -> None:
    for life in lives(stage):
        session = stage.get(f"/v1/sessions/{life.end['session_id']}").ok()
        require(session["archived_at"] is not None and session["status"] == "terminated", "the session is not archived")
        require(stage.listed(f"/v1/sessions/{session['id']}/events"), "the transcript is gone")


@check
def dream_session_listed(stage: Workbench) -> None:
    with stage.running() as dream:
        listed = stage.listed("/v1/sessions", {"include_archived": True})
        session = next((each for each in listed if each["id"] == dream["session_id"]), None)
    require(session is not None, "the session of a running dream is not listed")
    assert session is not None
    stage.get(f"/v1/agents/{session['agent']['id']}").not_found()
    stage.get(f"/v1/environments/{session['environment_id']}").not_found()


@check
def dream_session_guarded_400(stage: Workbench) -> None:
    with stage.running() as dream:
        session = f"/v1/sessions/{dream['session_id']}"
        stage.send(dream["session_id"], message("Stop.")).invalid()
        stage.post(f"{session}/archive").invalid()
        stage.delete(session).invalid()


@check
def dream_session_streams(stage: Workbench) -> None:
    with stage.running() as dream, stage.stream(dream["session_id"]) as stream:
        seen = stream.until("session.status_idle")
    require("agent.tool_use" in [frame.event for frame in seen], "no tool use is streamed")


@check
def dream_thread_per_session(stage: Workbench) -> None:
    life = completed(stage)
    events = stage.listed(f"/v1/sessions/{life.end['session_id']}/events", {"types[]": ["session.thread_created"]})
    require_equal("threads created", len(events), len(life.sessions))


@check
def dream_tool_use_paths(stage: Workbench) -> None:
    events = stage.listed(f"/v1/sessions/{completed(stage).end['session_id']}/events", {"types[]": ["agent.tool_use"]})
    require(any("file_path" in event["input"] for event in events), "no tool use names a file_path")


@check
def dream_usage_grows(stage: Workbench) -> None:
    for life in lives(stage):
        spent = [tokens(dream) for dream in life.seen]
        require_equal("usage, in the order of looks", spent, sorted(spent))
        require(tokens(life.seen[0]) == 0, "a new dream has used tokens")
    require(tokens(completed(stage).end) > 0, "a completed dream has used no tokens")


@check
def dream_usage_steps(stage: Workbench) -> None:
    life = completed(stage)
    seen = {dream["usage"]["output_tokens"] for dream in life.seen if dream["status"] == "running"}
    between = [count for count in seen if 0 < count < life.end["usage"]["output_tokens"]]
    require(between, f"no look at the running dream has some of its output: {sorted(seen)}")


@check
def dream_usage_frozen(stage: Workbench) -> None:
    for life in lives(stage):
        stage.pause()
        require_equal("the dream after its end", stage.get(f"/v1/dreams/{life.id}").ok()["usage"], life.end["usage"])


@check
def dream_ended_at(stage: Workbench) -> None:
    for life in lives(stage):
        require_each(
            "ended_at", life.seen, lambda dream: (dream["ended_at"] is not None) == (dream["status"] in TERMINAL)
        )
        require(life.end["ended_at"] > life.end["created_at"], "the dream ended before it was created")


@check
def dream_error_iff_failed(stage: Workbench) -> None:
    for life in lives(stage):
        require_each("error", life.seen, lambda dream: (dream["error"] is not None) == (dream["status"] == "failed"))
    require_equal("the keys of an error", set(failed(stage).end["error"]), {"type", "message"})


@check
def dream_input_store_lost(stage: Workbench) -> None:
    require_equal("the error", failed(stage).end["error"]["type"], "input_memory_store_unavailable")
    life = begin(stage)
    stage.post(f"/v1/memory_stores/{life.store}/archive").ok()
    watch(stage, life, has_ended, "the failure of a dream that lost its input store")
    require_equal("the error", life.end["error"] and life.end["error"]["type"], "input_memory_store_unavailable")


@check
def dream_input_session_lost(stage: Workbench) -> None:
    life = begin(stage)
    stage.delete(f"/v1/sessions/{life.sessions[0]}").ok()
    watch(stage, life, has_ended, "the failure of a dream that lost a session")
    require_equal("the error", life.end["error"] and life.end["error"]["type"], "input_session_unavailable")


@check
def dream_input_session_archived_harmless(stage: Workbench) -> None:
    life = begin(stage)
    stage.post(f"/v1/sessions/{life.sessions[0]}/archive").ok()
    watch(stage, life, has_ended, "the end of a dream")
    require_equal("status", life.end["status"], "completed")


@check
def dream_output_guarded_400(stage: Workbench) -> None:
    with stage.running() as dream:
        path = f"/v1/memory_stores/{dream['outputs'][0]['memory_store_id']}"
        stage.post(f"{path}/archive").invalid()
        stage.delete(path).invalid()
        require_equal("archived_at", stage.get(path).ok()["archived_at"], None)


@check
def dream_output_free_at_end(stage: Workbench) -> None:
    life = begin(stage)
    watch(stage, life, lambda now: now["outputs"], "the output store")
    stage.cancel(life.id)
    stage.delete(f"/v1/memory_stores/{life.output}").ok()


@check
def dream_output_lost(stage: Workbench) -> None:
    if not stage.target.is_fake:
        raise CheckSkipped("needs a service that does not guard the output store")
    guard = "guard_output_store"
    guarded = stage.target.control("GET", "/policy")[guard]
    stage.target.control("PATCH", "/policy", {guard: False})
    try:
        with stage.running() as dream:
            stage.delete(f"/v1/memory_stores/{dream['outputs'][0]['memory_store_id']}").ok()
            path = f"/v1/dreams/{dream['id']}"
            end = stage.until(lambda: stage.get(path).ok(), has_ended, "the end of a dream that lost its output")
    finally:
        stage.target.control("PATCH", "/policy", {guard: guarded})
    require_equal("the error", end["error"] and end["error"]["type"], "internal_error")


@check
def dream_update_existing_output(stage: Workbench) -> None:
    life = updated(stage)
    require_equal("status", life.end["status"], "completed")
    require_equal("the output", life.output, life.store)
    written = versions(stage, life.store, session_id=life.end["session_id"])
    require(written, "no version of the input store is by the dream's session")


@check
def dream_update_held_409(stage: Workbench) -> None:
    life = begin(stage, update=True)
    behavior = {"type": "update_existing", "memory_store_id": life.store}
    answer = stage.post("/v1/dreams", stage.dream_body(life.store, life.sessions, output_behavior=behavior))
    stage.cancel(life.id)
    error = answer.refused(409, "conflict_error", retry="false")
    require(life.id in error["message"], "the holder is not named", answer)


@check
def dream_update_held_after_end(stage: Workbench) -> None:
    with stage.frozen_clock():
        life = begin(stage, update=True)
        stage.cancel(life.id)
        behavior = {"type": "update_existing", "memory_store_id": life.store}
        body = stage.dream_body(life.store, life.sessions, output_behavior=behavior)
        answer = stage.post("/v1/dreams", body)
        require(life.id in answer.refused(409, "conflict_error", retry="false")["message"], "the holder is not named")
    again = stage.until(
        lambda: stage.post("/v1/dreams", body), lambda answer: answer.status != 409, "an end of the hold"
    )
    stage.cancel(again.ok()["id"])


@check
def dream_create_new_holds_nothing(stage: Workbench) -> None:
    life = begin(stage, update=True)
    other = stage.new_dream(life.store, life.sessions)
    for id in (life.id, other["id"]):
        stage.cancel(id)
    require_equal("status", other["status"], "pending")


@check
def dream_update_target_guarded_400(stage: Workbench) -> None:
    life = begin(stage, update=True)
    path = f"/v1/memory_stores/{life.store}"
    answers = stage.post(f"{path}/archive"), stage.delete(path)
    stage.cancel(life.id)
    for answer in answers:
        answer.invalid()


@check
def dream_absent_404(stage: Workbench) -> None:
    stage.get(f"/v1/dreams/drm_{ABSENT}").not_found(retry=None)


@check
def dream_absent_actions_404(stage: Workbench) -> None:
    for action in ("cancel", "archive"):
        stage.post(f"/v1/dreams/drm_{ABSENT}/{action}").not_found(retry=None)


@check
def dream_malformed_id_404(stage: Workbench) -> None:
    for id in ("drm_x", "nonsense", f"sesn_{ABSENT}"):
        stage.get(f"/v1/dreams/{id}").not_found()


@check
def dream_delete_405(stage: Workbench) -> None:
    stage.delete(f"/v1/dreams/drm_{ABSENT}").refused(405, "invalid_request_error", "Method Not Allowed")


@check
def dream_subpath_404(stage: Workbench) -> None:
    stage.get(f"/v1/dreams/drm_{ABSENT}/nonsense").not_found("Not Found", retry=None)
