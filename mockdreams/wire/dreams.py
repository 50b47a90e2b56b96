"""Dreams: what creates one, and what one looks like."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from mockdreams.wire.base import Model, ModelId, Params, Record, Timestamp

DreamStatus: TypeAlias = Literal["pending", "running", "completed", "failed", "canceled"]
Speed: TypeAlias = Literal["standard", "fast"]


class MemoryStoreInput(Model):
    type: Literal["memory_store"] = "memory_store"
    memory_store_id: str = Field(min_length=1)


class SessionsInput(Model):
    type: Literal["sessions"] = "sessions"
    session_ids: tuple[str, ...]


Input: TypeAlias = Annotated[MemoryStoreInput | SessionsInput, Field(discriminator="type")]


class DreamModel(Model):
    id: str
    speed: Speed = "standard"


class CreateNew(Model):
    type: Literal["create_new"] = "create_new"


class UpdateExisting(Model):
    type: Literal["update_existing"] = "update_existing"
    memory_store_id: str


OutputBehavior: TypeAlias = Annotated[CreateNew | UpdateExisting, Field(discriminator="type")]


class DreamOutput(Model):
    type: Literal["memory_store"] = "memory_store"
    memory_store_id: str


class DreamUsage(Model):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0


class DreamError(Model):
    type: str
    message: str


class Dream(Record):
    """One dream; all fourteen keys are always on the wire."""

    id: str
    type: Literal["dream"] = "dream"
    status: DreamStatus = "pending"
    inputs: tuple[Input, ...]
    outputs: tuple[DreamOutput, ...] = ()
    model: DreamModel
    instructions: str | None = None
    output_behavior: OutputBehavior = CreateNew.unchecked()
    session_id: str | None = None
    created_at: Timestamp
    ended_at: Timestamp | None = None
    archived_at: Timestamp | None = None
    usage: DreamUsage = DreamUsage.unchecked()
    error: DreamError | None = None

    @property
    def input_store_id(self) -> str:
        first, second = self.inputs
        store = first if isinstance(first, MemoryStoreInput) else second
        assert isinstance(store, MemoryStoreInput)
        return store.memory_store_id

    @property
    def input_session_ids(self) -> tuple[str, ...]:
        first, second = self.inputs
        sessions = first if isinstance(first, SessionsInput) else second
        assert isinstance(sessions, SessionsInput)
        return sessions.session_ids

    @property
    def live(self) -> bool:
        """Pending or running."""
        return self.ended_at is None


class DreamModelParams(Params):
    id: ModelId
    speed: Speed | None = None


def _model_form(value: object) -> str:
    return "object" if isinstance(value, (dict, DreamModelParams)) else "id"


ModelParams: TypeAlias = Annotated[
    Annotated[ModelId, Tag("id")] | Annotated[DreamModelParams, Tag("object")],
    Discriminator(_model_form),
]


class CreateDream(Params):
    inputs: list[Input]
    model: ModelParams
    instructions: str | None = Field(default=None, min_length=1, max_length=4096)
    output_behavior: OutputBehavior = CreateNew.unchecked()
