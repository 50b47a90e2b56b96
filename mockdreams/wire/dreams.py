"""Dreams: what creates one, and what one looks like."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from mockdreams.wire.shapes import Params, Part, Record

DreamStatus: TypeAlias = Literal["pending", "running", "completed", "failed", "canceled"]
Speed: TypeAlias = Literal["standard", "fast"]


class MemoryStoreInput(Part):
    type: Literal["memory_store"] = "memory_store"
    memory_store_id: str


class SessionsInput(Part):
    type: Literal["sessions"] = "sessions"
    session_ids: tuple[str, ...]


class DreamModel(Part):
    id: str
    speed: Speed = "standard"


class CreateNew(Part):
    type: Literal["create_new"] = "create_new"


class UpdateExisting(Part):
    type: Literal["update_existing"] = "update_existing"
    memory_store_id: str


class DreamOutput(Part):
    type: Literal["memory_store"] = "memory_store"
    memory_store_id: str


class DreamUsage(Part):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0


class DreamError(Part):
    type: str
    message: str


class Dream(Record):
    """One dream; all fourteen keys are always on the wire."""

    id: str
    type: Literal["dream"] = "dream"
    status: DreamStatus = "pending"
    inputs: tuple[MemoryStoreInput | SessionsInput, ...]
    outputs: tuple[DreamOutput, ...] = ()
    model: DreamModel
    instructions: str | None = None
    output_behavior: CreateNew | UpdateExisting = CreateNew.made()
    session_id: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    archived_at: datetime | None = None
    usage: DreamUsage = DreamUsage.made()
    error: DreamError | None = None

    @property
    def input_store_id(self) -> str:
        return next(entry.memory_store_id for entry in self.inputs if isinstance(entry, MemoryStoreInput))

    @property
    def input_session_ids(self) -> tuple[str, ...]:
        return next(entry.session_ids for entry in self.inputs if isinstance(entry, SessionsInput))

    @property
    def live(self) -> bool:
        """Pending or running."""
        return self.ended_at is None


class MemoryStoreInputParams(Params):
    type: Literal["memory_store"]
    memory_store_id: str = Field(min_length=1)


class SessionsInputParams(Params):
    type: Literal["sessions"]
    session_ids: list[str]


class DreamModelParams(Params):
    id: str = Field(min_length=1, max_length=256)
    speed: Speed | None = None


class CreateNewParams(Params):
    type: Literal["create_new"]


class UpdateExistingParams(Params):
    type: Literal["update_existing"]
    memory_store_id: str


InputParams: TypeAlias = Annotated[MemoryStoreInputParams | SessionsInputParams, Field(discriminator="type")]
OutputBehaviorParams: TypeAlias = Annotated[CreateNewParams | UpdateExistingParams, Field(discriminator="type")]


def _model_form(value: object) -> str:
    return "object" if isinstance(value, dict | DreamModelParams) else "id"


ModelParams: TypeAlias = Annotated[
    Annotated[str, Field(min_length=1, max_length=256), Tag("id")] | Annotated[DreamModelParams, Tag("object")],
    Discriminator(_model_form),
]


class CreateDream(Params):
    inputs: list[InputParams]
    model: ModelParams
    instructions: str | None = Field(default=None, min_length=1, max_length=4096)
    output_behavior: OutputBehaviorParams = CreateNewParams.model_construct(type="create_new")
