"""Dreams: creating one."""

from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import canceled, canceled_dreams, completed, failed
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.client.answers import CheckSkipped, require, require_each, require_equal

KEYS = set(
    "id type status inputs outputs model instructions output_behavior session_id created_at ended_at archived_at "
    "usage error".split()
)
USAGE = {"input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"}


def absent_body(stage: Workbench, **fields: Any) -> dict[str, Any]:
    """A body of the right shape about records that do not exist."""
    inputs = [
        {"type": "memory_store", "memory_store_id": f"memstore_{ABSENT}"},
        {"type": "sessions", "session_ids": [f"sesn_{ABSENT}"]},
    ]
    body = {"inputs": inputs, "model": stage.model, **fields}
    return {key: value for key, value in body.items() if value is not ...}


def entry(dream: Any, type: str) -> Any:
    return next(each for each in dream["inputs"] if each["type"] == type)


@check
def dream_create_200(stage: Workbench) -> None:
    for spare in canceled_dreams(stage):
        require_equal("status", spare.created.ok()["status"], "pending")


@check
def dream_new_is_blank(stage: Workbench) -> None:
    for dream in (spare.created.ok() for spare in canceled_dreams(stage)):
        require_equal("outputs", dream["outputs"], [])
        for key in ("session_id", "ended_at", "archived_at", "error"):
            require_equal(key, dream[key], None)


@check
def dream_fourteen_keys(stage: Workbench) -> None:
    for spare in canceled_dreams(stage):
        require_equal("the keys of a new dream", set(spare.created.ok()), KEYS)
        require_equal("the keys of a canceled dream", set(spare.canceled.ok()), KEYS)


@check
def dream_fourteen_keys_always(stage: Workbench) -> None:
    for life in (completed(stage), failed(stage), canceled(stage)):
        require_each("the keys of a dream", life.seen, lambda dream: set(dream) == KEYS)


@check
def dream_usage_keys(stage: Workbench) -> None:
    usage = canceled_dreams(stage)[0].created.ok()["usage"]
    require_equal("usage", usage, dict.fromkeys(USAGE, 0))


@check
def dream_model_object(stage: Workbench) -> None:
    for spare in canceled_dreams(stage):
        require_equal("the id of the model", spare.created.ok()["model"]["id"], stage.model)


@check
def dream_model_speed_echoed(stage: Workbench) -> None:
    for spare in canceled_dreams(stage):
        require_equal("the speed of the model", spare.created.ok()["model"].get("speed"), "standard")


@check
def dream_output_behavior_echoed(stage: Workbench) -> None:
    for spare in canceled_dreams(stage):
        require_equal("output_behavior", spare.created.ok()["output_behavior"], {"type": "create_new"})


@check
def dream_session_ids_sorted(stage: Workbench) -> None:
    spare = canceled_dreams(stage)[0]
    asked = entry(spare.body, "sessions")["session_ids"]
    require_equal("session_ids", entry(spare.created.ok(), "sessions")["session_ids"], sorted(asked))


@check
def dream_inputs_echoed(stage: Workbench) -> None:
    dream = canceled_dreams(stage)[1].created.ok()
    require_equal("inputs", dream["inputs"], canceled_dreams(stage)[1].body["inputs"])


@check
def dream_instructions_echoed(stage: Workbench) -> None:
    require_equal("instructions", canceled_dreams(stage)[1].created.ok()["instructions"], "Keep it short.")
    require_equal("no instructions", canceled_dreams(stage)[0].created.ok()["instructions"], None)


@check
def dream_instructions_null(stage: Workbench) -> None:
    require_equal("instructions", canceled_dreams(stage)[2].created.ok()["instructions"], None)


@check
def dream_retrieve_as_created(stage: Workbench) -> None:
    for spare in canceled_dreams(stage)[:2]:
        canceled = spare.canceled.ok()
        require_equal("the dream", stage.get(f"/v1/dreams/{canceled['id']}").ok(), canceled)


@check
def dream_inputs_required(stage: Workbench) -> None:
    stage.post("/v1/dreams", absent_body(stage, inputs=...)).invalid()


@check
def dream_model_required(stage: Workbench) -> None:
    stage.post("/v1/dreams", absent_body(stage, model=...)).invalid()


@check
def dream_input_kind_400(stage: Workbench) -> None:
    answer = stage.post("/v1/dreams", absent_body(stage, inputs=[{"type": "files", "file_ids": []}]))
    answer.invalid('Failed to parse request: inputs[0].type: "files" is not a valid value')


@check
def dream_inputs_one_each(stage: Workbench) -> None:
    store, sessions = stage.dream_body()["inputs"]
    for inputs in ([], [store], [sessions], [store, store, sessions], [store, sessions, sessions]):
        stage.refused_dream(inputs=inputs).invalid()


@check
def dream_sessions_1_to_100(stage: Workbench) -> None:
    store, _ = stage.dream_body()["inputs"]
    for ids in ([], [f"sesn_01{number:022d}" for number in range(101)]):
        stage.refused_dream(inputs=[store, {"type": "sessions", "session_ids": ids}]).invalid()


@check
def dream_sessions_unique(stage: Workbench) -> None:
    stage.refused_dream(session_ids=[stage.session, stage.session]).invalid()


@check
def dream_instructions_length(stage: Workbench) -> None:
    for instructions in ("", "x" * 4097):
        stage.refused_dream(instructions=instructions).invalid()


@check
def dream_instructions_4096(stage: Workbench) -> None:
    dream = stage.new_dream(instructions="é" * 4096)
    stage.cancel(dream["id"])
    require_equal("the length of instructions", len(dream["instructions"]), 4096)


@check
def dream_output_behavior_null_400(stage: Workbench) -> None:
    stage.refused_dream(output_behavior=None).invalid()


@check
def dream_output_behavior_kind_400(stage: Workbench) -> None:
    answer = stage.post("/v1/dreams", absent_body(stage, output_behavior={"type": "append"}))
    answer.invalid('Failed to parse request: output_behavior.type: "append" is not a valid value')


@check
def dream_model_unsupported_400(stage: Workbench) -> None:
    for model in ("gpt-nonsense", {"id": "gpt-nonsense"}):
        stage.refused_dream(model=model).invalid()


@check
def dream_models_newer(stage: Workbench) -> None:
    for model in ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"):
        require_equal("the model", stage.new_dream(model=model)["model"]["id"], model)


@check
def dream_model_length_400(stage: Workbench) -> None:
    for model in ("", "m" * 257, {"id": ""}):
        stage.refused_dream(model=model).invalid()


@check
def dream_model_fast_400(stage: Workbench) -> None:
    stage.refused_dream(model={"id": stage.model, "speed": "fast"}).invalid()


@check
def dream_unknown_field_400(stage: Workbench) -> None:
    store, sessions = absent_body(stage)["inputs"]
    for fields in (
        {"x": 1},
        {"inputs": [{**store, "x": 1}, sessions]},
        {"model": {"id": stage.model, "x": 1}},
        {"output_behavior": {"type": "create_new", "x": 1}},
    ):
        stage.post("/v1/dreams", absent_body(stage, **fields)).invalid()


@check
def dream_store_absent_404(stage: Workbench) -> None:
    stage.refused_dream(store_id=f"memstore_{ABSENT}").not_found()


@check
def dream_store_archived_400(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    stage.post(f"/v1/memory_stores/{store}/archive").ok()
    stage.refused_dream(store_id=store).invalid()


@check
def dream_session_absent_404(stage: Workbench) -> None:
    stage.refused_dream(session_ids=[stage.session, f"sesn_{ABSENT}"]).not_found()


@check
def dream_session_archived_accepted(stage: Workbench) -> None:
    session = stage.new_session()["id"]
    stage.post(f"/v1/sessions/{session}/archive").ok()
    dream = stage.new_dream(session_ids=[session])
    stage.cancel(dream["id"])
    require_equal("status", dream["status"], "pending")


@check
def dream_update_target_400(stage: Workbench) -> None:
    other = stage.new_store()["id"]
    for target in (other, f"memstore_{ABSENT}"):
        stage.refused_dream(output_behavior={"type": "update_existing", "memory_store_id": target}).invalid()


@check
def dream_update_behavior_echoed(stage: Workbench) -> None:
    behavior = {"type": "update_existing", "memory_store_id": stage.new_store()["id"]}
    dream = stage.new_dream(behavior["memory_store_id"], output_behavior=behavior)
    stage.cancel(dream["id"])
    require_equal("output_behavior", dream["output_behavior"], behavior)


@check
def dream_refused_creates_nothing(stage: Workbench) -> None:
    newest = canceled_dreams(stage)[2].created.ok()["created_at"]
    stage.refused_dream(instructions="").invalid()
    stage.refused_dream(model="gpt-nonsense").invalid()
    ours = [d for d in stage.listed("/v1/dreams", {"created_at[gt]": newest}) if d["instructions"] == ""]
    require(not ours, "a refused dream is listed")


@check
def dream_not_enrolled_404(stage: Workbench) -> None:
    if not stage.target.is_fake:
        raise CheckSkipped("needs an organization that is not enrolled")
    stage.target.control("PATCH", "/policy", {"enrolled": False})
    try:
        for method, path in (("GET", "/v1/dreams"), ("POST", "/v1/dreams"), ("GET", f"/v1/dreams/drm_{ABSENT}")):
            stage.target.ask(method, path, {} if method == "POST" else None).not_found(retry="false")
    finally:
        stage.target.control("PATCH", "/policy", {"enrolled": True})
