"""Whole lives, lived once a run and looked at by many checks: dreams from creation to end, a turn of a session."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mockdreams.contract.checking.workbench import NOTES, TERMINAL, Workbench, message
from mockdreams.contract.client.answers import TargetResponse
from mockdreams.contract.client.event_stream import SseFrame

L = TypeVar("L")


def cached(make: Callable[[Workbench], L]) -> Callable[[Workbench], L]:
    """Make a life when it is first asked for, once for each stage; one that could not be made is tried again."""
    name = f"{make.__module__}.{make.__qualname__}"

    def get(stage: Workbench) -> L:
        lived: dict[str, L] = stage.__dict__
        if name not in lived:
            lived[name] = make(stage)
        return lived[name]

    return get


@dataclass
class DreamHistory:
    """One dream, as each look at it saw it. `before` are the memories of its input store when it began."""

    store: str
    sessions: list[str]
    before: list[Any]
    seen: list[Any] = field(default_factory=list)

    @property
    def id(self) -> str:
        id: str = self.seen[0]["id"]
        return id

    @property
    def end(self) -> Any:
        return self.seen[-1]

    @property
    def output(self) -> str:
        id: str = self.end["outputs"][0]["memory_store_id"]
        return id


def memories(stage: Workbench, store_id: str) -> list[Any]:
    return stage.listed(f"/v1/memory_stores/{store_id}/memories", {"view": "full"}, limit=20)


def begin(stage: Workbench, sessions: int = 1, *, update: bool = False) -> DreamHistory:
    """A new dream over a store of its own."""
    store = stage.new_store(NOTES, description="What we know.", metadata={"kind": "notes"})["id"]
    ids = [stage.new_session()["id"] for _ in range(sessions)]
    life = DreamHistory(store, ids, memories(stage, store))
    fields = {"output_behavior": {"type": "update_existing", "memory_store_id": store}} if update else {}
    life.seen.append(stage.new_dream(store, ids, **fields))
    return life


def watch(stage: Workbench, life: DreamHistory, done: Callable[[Any], object], what: str) -> None:
    """Look at the dream until it is `done`, and keep what is seen."""

    def look() -> Any:
        life.seen.append(stage.get(f"/v1/dreams/{life.id}").ok())
        return life.end

    stage.until(look, done, what)


def has_output(dream: Any) -> bool:
    return bool(dream["outputs"]) or dream["status"] in TERMINAL


def has_ended(dream: Any) -> bool:
    return dream["status"] in TERMINAL


@cached
def completed(stage: Workbench) -> DreamHistory:
    life = begin(stage, sessions=2)
    for session in life.sessions:
        stage.say(session, "Remember that deploys moved to Friday.")
    watch(stage, life, has_ended, "the end of a dream")
    return life


@cached
def failed(stage: Workbench) -> DreamHistory:
    """It loses its input store when it has just got its output store."""
    life = begin(stage)
    watch(stage, life, has_output, "the output store")
    stage.delete(f"/v1/memory_stores/{life.store}")
    watch(stage, life, has_ended, "the failure of a dream that lost its input store")
    return life


@cached
def canceled(stage: Workbench) -> DreamHistory:
    """It is canceled when it has just got its output store, and watched until its session is archived."""
    life = begin(stage)
    watch(stage, life, has_output, "the output store")
    life.seen.append(stage.cancel(life.id))
    watch(stage, life, lambda now: _archived(stage, now["session_id"]), "the end of a canceled dream's session")
    return life


@cached
def updated(stage: Workbench) -> DreamHistory:
    """It updates its input store."""
    life = begin(stage, update=True)
    watch(stage, life, has_ended, "the end of a dream")
    return life


@dataclass(frozen=True)
class CanceledDream:
    """A dream that was canceled before it began: what was asked for, what came, what the cancel said."""

    body: dict[str, Any]
    created: TargetResponse
    canceled: TargetResponse


@cached
def canceled_dreams(stage: Workbench) -> list[CanceledDream]:
    """Three dreams, oldest first; the second has instructions and a model object, the third is archived."""
    sessions = sorted((stage.new_session()["id"] for _ in range(3)), reverse=True)
    behavior = {"output_behavior": {"type": "create_new"}} if stage.takes_output_behavior else {}
    asked: list[dict[str, Any]] = [
        {"session_ids": sessions},
        {"model": {"id": stage.model, "speed": "standard"}, "instructions": "Keep it short."},
        {"instructions": None, **behavior},
    ]
    made = []
    for fields in asked:
        body = stage.dream_body(**fields)
        created = stage.post("/v1/dreams", body)
        made.append(CanceledDream(body, created, stage.post(f"/v1/dreams/{created.ok()['id']}/cancel")))
    stage.post(f"/v1/dreams/{made[2].created.ok()['id']}/archive")
    return made


@dataclass(frozen=True)
class TurnHistory:
    """One message and its answer, in a session that has had a turn before."""

    session: str
    earlier: list[Any]
    sent: Any
    streamed: list[SseFrame]
    listed: list[Any]


@cached
def finished_turn(stage: Workbench) -> TurnHistory:
    id = stage.new_session()["id"]
    events = f"/v1/sessions/{id}/events"
    stage.say(id, "Good morning.")
    earlier = stage.listed(events)
    with stage.stream(id) as stream:
        sent = stage.send(id, message("What is 2 + 2? Answer with one number.")).ok()
        streamed = stream.until("session.status_idle")
    return TurnHistory(id, earlier, sent, streamed, stage.listed(events))


def _archived(stage: Workbench, session_id: str | None) -> bool:
    return session_id is None or stage.get(f"/v1/sessions/{session_id}").ok()["archived_at"] is not None
