"""The pipeline: what a running dream does to the world, one step at a time."""

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mockdreams.dreaming.plan import (
    Delete,
    DreamInputs,
    ReadMemory,
    ReadSession,
    Say,
    Spend,
    Step,
    Think,
    Tokens,
    Write,
)
from mockdreams.wire import events as ev
from mockdreams.wire.agents import AgentModel, SessionAgent
from mockdreams.wire.content import text
from mockdreams.wire.dreams import Dream, UpdateExisting
from mockdreams.wire.errors import ServiceError
from mockdreams.wire.memory import STORE_NAME_LENGTH, SessionActor
from mockdreams.wire.threads import InlineAgent
from mockdreams.world.memories import Shelf

if TYPE_CHECKING:
    from mockdreams.world.world import World

AGENT_NAME = "dream"
READER_NAME = "session-reader"
NAME_SUFFIX = " (dream)"


class HandsTiedError(Exception):
    """The dream's session, or the store that it writes to, no longer exists or is archived; the text says which."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A dream's hands: its session, the store it reads and the store it writes."""

    world: "World"
    session_id: str
    output_store_id: str
    input_mount: str
    output_mount: str
    notes: dict[str, str]
    lengths: dict[str, int]

    @classmethod
    def open(cls, world: "World", dream: Dream, inputs: DreamInputs) -> Self:
        """Clone the input store (or take it as the output) and open the dream's session."""
        own = isinstance(dream.output_behavior, UpdateExisting)
        output_id = dream.input_store_id if own else _empty_twin(world, dream.input_store_id)
        resources = [world.attachments.mount(dream.input_store_id, set(), "read_write" if own else "read_only")]
        if not own:
            resources.append(world.attachments.mount(output_id, {resources[0].mount_path}))
        agent = SessionAgent(id=world.ids.mint("agent"), name=AGENT_NAME, model=AgentModel(id=dream.model.id))
        session = world.sessions.add(agent, world.ids.mint("env"), tuple(resources))
        pipeline = cls(
            world=world,
            session_id=session.id,
            output_store_id=output_id,
            input_mount=resources[0].mount_path,
            output_mount=resources[-1].mount_path,
            notes={note.path: note.content for note in inputs.notes},
            lengths={transcript.session_id: len(transcript.utterances) for transcript in inputs.transcripts},
        )
        if not own:
            _copy(world, dream.input_store_id, output_id, pipeline.actor)
        world.turns.run(session.id)
        return pipeline

    @property
    def actor(self) -> SessionActor:
        return SessionActor(session_id=self.session_id)

    def close(self) -> None:
        """The dream is over: its session idles and is archived, its transcript stays."""
        session = self.world.sessions.table.get(self.session_id)
        if session is not None and session.status == "running":
            self.world.turns.idle(self.session_id)
        if session is not None and session.archived_at is None:
            self.world.sessions.close(self.session_id)

    def perform(self, step: Step) -> None:
        """Do one step: show it in the session, and change the output store if it says so. Raises HandsTiedError."""
        session = self.world.sessions.table.get(self.session_id)
        if session is None or session.archived_at is not None:
            raise HandsTiedError("The dream's session")
        match step:
            case ReadMemory():
                self._read_memory(step)
            case ReadSession():
                self._read_session(step)
            case Think():
                self._think(step)
            case Say():
                self._say(step)
            case Spend():
                self._spend(step)
            case Write():
                self._write(step)
            case Delete():
                self._delete(step)
            case _:
                raise TypeError(f"not a step of a dream: {step!r}")

    def _read_memory(self, step: ReadMemory) -> None:
        path = self.input_mount + step.path
        content = self.notes.get(step.path)
        if content is None:
            self._use("read", {"file_path": path}, step.tokens, f"{path}: no such file", is_error=True)
        else:
            self._use("read", {"file_path": path}, step.tokens, content)

    def _read_session(self, step: ReadSession) -> None:
        threads, primary = self.world.threads, self.world.sessions.desk(self.session_id).primary
        reader = InlineAgent.made(name=READER_NAME, model=self.world.sessions.retrieve(self.session_id).agent.model)
        start = self._emit(ev.ModelRequestStart)
        seat = threads.spawn(primary, reader, f"Read the transcript of session {step.session_id}.")
        self._end_request(start, step.tokens)
        answer = f"Read {self.lengths.get(step.session_id, 0)} messages of session {step.session_id}."
        threads.emit(seat, ev.AgentMessage, content=(text(answer),))
        threads.report(seat, answer)

    def _think(self, step: Think) -> None:
        start = self._emit(ev.ModelRequestStart)
        self._emit(ev.AgentThinking)
        self._end_request(start, step.tokens)

    def _say(self, step: Say) -> None:
        start = self._emit(ev.ModelRequestStart)
        self._emit(ev.AgentMessage, content=(text(step.text),))
        self._end_request(start, step.tokens)

    def _spend(self, step: Spend) -> None:
        self._end_request(self._emit(ev.ModelRequestStart), step.tokens)

    def _write(self, step: Write) -> None:
        shelf, path = self._output(), self.output_mount + step.path
        try:
            shelf.write(step.path, step.content, self.actor)
            answer, is_error = f"{path}: written", False
        except ServiceError as refused:
            answer, is_error = f"{path}: {refused.message}", True
        self._use("write", {"file_path": path, "content": step.content}, step.tokens, answer, is_error=is_error)

    def _delete(self, step: Delete) -> None:
        shelf, path = self._output(), self.output_mount + step.path
        memory = shelf.at_path(step.path)
        if memory is not None:
            shelf.delete(memory.id, self.actor)
        answer = f"{path}: deleted" if memory else f"{path}: no such file"
        self._use("bash", {"command": f"rm {shlex.quote(path)}"}, step.tokens, answer, is_error=memory is None)

    def _output(self) -> Shelf:
        if not self.world.memory_stores.usable(self.output_store_id):
            raise HandsTiedError("The output memory store")
        return self.world.memory_stores.shelf(self.output_store_id)

    def _use(self, tool: str, input: dict[str, str], tokens: Tokens, answer: str, *, is_error: bool = False) -> None:
        start = self._emit(ev.ModelRequestStart)
        use = self._emit(ev.ToolUse, name=tool, input=input)
        self._end_request(start, tokens)
        self._emit(ev.ToolResult, tool_use_id=use.id, content=(text(answer),), is_error=is_error)

    def _end_request(self, start: ev.Event, tokens: Tokens) -> None:
        usage = ev.ModelUsage.made(
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cache_read_input_tokens=tokens.cache_read,
            cache_creation_input_tokens=tokens.cache_creation,
        )
        self._emit(ev.ModelRequestEnd, model_request_start_id=start.id, model_usage=usage)
        self.world.sessions.spend(self.session_id, usage)

    def _emit(self, kind: type[ev.Event], **fields: object) -> ev.Event:
        return self.world.sessions.emit(self.session_id, kind, **fields)


def _empty_twin(world: "World", store_id: str) -> str:
    store = world.memory_stores.retrieve(store_id)
    name = store.name[: STORE_NAME_LENGTH - len(NAME_SUFFIX)] + NAME_SUFFIX
    return world.memory_stores.add(name, store.description).id


def _copy(world: "World", source_id: str, target_id: str, actor: SessionActor) -> None:
    target = world.memory_stores.shelf(target_id)
    for memory in world.memory_stores.shelf(source_id).memories:
        target.add(memory.path, memory.content, actor)
