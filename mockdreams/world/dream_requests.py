"""What a request for a dream must satisfy beyond its shape."""

from typing import TYPE_CHECKING

from mockdreams.wire.dreams import (
    CreateDream,
    CreateNew,
    Dream,
    DreamModel,
    DreamModelParams,
    MemoryStoreInput,
    MemoryStoreInputParams,
    SessionsInput,
    SessionsInputParams,
    UpdateExisting,
    UpdateExistingParams,
)
from mockdreams.wire.errors import invalid
from mockdreams.world.policy import Policy

if TYPE_CHECKING:
    from mockdreams.world.world import World


NEW_STORE = CreateNew.made()


def new_dream(world: "World", params: CreateDream) -> Dream:
    """A pending dream with an id, not on any table yet. Raises ServiceError (400 or 404)."""
    model = _model(params.model, world.policy)
    stores = [entry for entry in params.inputs if isinstance(entry, MemoryStoreInputParams)]
    sessions = [entry for entry in params.inputs if isinstance(entry, SessionsInputParams)]
    for kind, count in (("memory_store", len(stores)), ("sessions", len(sessions))):
        if count != 1:
            raise invalid(f"inputs: exactly one `{kind}` entry is required, got {count}")
    store = MemoryStoreInput.made(memory_store_id=stores[0].memory_store_id)
    ids = _session_ids(sessions[0].session_ids, params.inputs.index(sessions[0]), world.policy)
    behavior = _output_behavior(params, store.memory_store_id)
    if world.memory_stores.retrieve(store.memory_store_id).archived_at is not None:
        raise invalid(f"Memory store {store.memory_store_id} is archived.")
    for session_id in ids:
        world.sessions.retrieve(session_id)
    read = SessionsInput.made(session_ids=ids)
    return Dream.made(
        id=world.ids.mint("drm"),
        inputs=(store, read) if params.inputs[0] is stores[0] else (read, store),
        model=model,
        instructions=params.instructions,
        output_behavior=behavior,
        created_at=world.dreams.table.next_time(world.clock.time),
    )


def _model(params: str | DreamModelParams, policy: Policy) -> DreamModel:
    id, speed = (params, None) if isinstance(params, str) else (params.id, params.speed)
    if id not in policy.supported_models:
        hint = f"a dream can run on {', '.join(policy.supported_models)}"
        raise invalid(f"model: `{id}` is not supported for dreams", hint=hint)
    if speed == "fast":
        raise invalid('model.speed: dreams accept only "standard"')
    return DreamModel.made(id=id)


def _session_ids(ids: list[str], at: int, policy: Policy) -> tuple[str, ...]:
    most = policy.dream_max_sessions
    if not 1 <= len(ids) <= most:
        raise invalid(f"inputs[{at}].session_ids: must have 1 to {most} entries, got {len(ids)}")
    if len(set(ids)) != len(ids):
        twice = next(id for index, id in enumerate(ids) if id in ids[:index])
        raise invalid(f"inputs[{at}].session_ids: duplicate session id `{twice}`")
    return tuple(sorted(ids))


def _output_behavior(params: CreateDream, store_id: str) -> CreateNew | UpdateExisting:
    wanted = params.output_behavior
    if not isinstance(wanted, UpdateExistingParams):
        return NEW_STORE
    if wanted.memory_store_id != store_id:
        raise invalid("output_behavior.memory_store_id: must be the memory store given in inputs")
    return UpdateExisting(memory_store_id=store_id)
