"""What a request for a dream must satisfy beyond its shape."""

from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from mockdreams.wire.dreams import (
    CreateDream,
    Dream,
    DreamModel,
    DreamModelParams,
    Input,
    MemoryStoreInput,
    SessionsInput,
    UpdateExisting,
)
from mockdreams.wire.errors import invalid
from mockdreams.world.core.context import Context
from mockdreams.world.core.policy import Policy
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.sessions.store import SessionStore

E = TypeVar("E", MemoryStoreInput, SessionsInput)


def new_dream(
    context: Context, memory_stores: MemoryStores, sessions: SessionStore, params: CreateDream, created_at: datetime
) -> Dream:
    """A pending dream with an id, not on any table yet. Raises ServiceError (400 or 404)."""
    model, policy, inputs = _model(params.model, context.policy), context.policy, params.inputs
    store, read = exactly_one(MemoryStoreInput, "memory_store", inputs), exactly_one(SessionsInput, "sessions", inputs)
    ids = _session_ids(read.session_ids, inputs, policy)
    if params.given("output_behavior") and not policy.update_existing:
        raise invalid('Failed to parse request body: unknown field "output_behavior"', rule="dream-unknown-field-400")
    behavior = params.output_behavior
    if isinstance(behavior, UpdateExisting) and behavior.memory_store_id != store.memory_store_id:
        raise invalid(
            "output_behavior.memory_store_id: must be the memory store given in inputs", rule="dream-update-target-400"
        )
    if memory_stores.retrieve(store.memory_store_id).archived_at is not None:
        raise invalid(f"Memory store {store.memory_store_id} is archived.", rule="dream-store-archived-400")
    sessions.check(ids)
    if ids != read.session_ids:
        read = read.replace(session_ids=ids)
    return Dream.unchecked(
        id=context.ids.mint("drm"),
        inputs=(store, read) if inputs[0] is store else (read, store),
        model=model,
        instructions=params.instructions,
        output_behavior=behavior,
        created_at=created_at,
    )


def exactly_one(shape: type[E], kind: str, inputs: list[Input]) -> E:
    entries = [entry for entry in inputs if type(entry) is shape]
    if len(entries) != 1:
        raise invalid(
            f"inputs: exactly one `{kind}` entry is required, got {len(entries)}", rule="dream-inputs-one-each"
        )
    return entries[0]


def _model(params: str | DreamModelParams, policy: Policy) -> DreamModel:
    id, speed = (params, None) if isinstance(params, str) else (params.id, params.speed)
    if id not in policy.supported_models:
        hint = f"a dream can run on {', '.join(policy.supported_models)}"
        raise invalid(f"model: `{id}` is not supported for dreams", hint=hint, rule="dream-model-unsupported-400")
    if speed == "fast":
        raise invalid('model.speed: dreams accept only "standard"', rule="dream-model-fast-400")
    return _dream_model(id)


@lru_cache(maxsize=32)
def _dream_model(id: str) -> DreamModel:
    """A supported model; all dreams on it share the record."""
    return DreamModel.unchecked(id=id)


def _session_ids(ids: tuple[str, ...], inputs: list[Input], policy: Policy) -> tuple[str, ...]:
    """The ids in order, each once."""
    most, wrong = policy.dream_max_sessions, ""
    if not 1 <= len(ids) <= most:
        wrong = f"must have 1 to {most} entries, got {len(ids)}"
    elif len(set(ids)) != len(ids):
        wrong = f"duplicate session id `{next(id for index, id in enumerate(ids) if id in ids[:index])}`"
    if wrong:
        at = next(index for index, entry in enumerate(inputs) if isinstance(entry, SessionsInput))
        raise invalid(f"inputs[{at}].session_ids: {wrong}", rule="dream-sessions-1-to-100 dream-sessions-unique")
    return tuple(sorted(ids))
