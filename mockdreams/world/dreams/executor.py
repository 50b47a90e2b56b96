"""The dream executor: what a running dream does to the world, one step at a time."""

import shlex
from collections import deque
from dataclasses import dataclass
from typing import Any

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
from mockdreams.wire.sessions import Session
from mockdreams.wire.threads import InlineAgent
from mockdreams.world.core.context import Context
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.sessions.resources import SessionResources
from mockdreams.world.sessions.sessions import Sessions
from mockdreams.world.sessions.state import SessionState
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.threads import Threads
from mockdreams.world.sessions.turns import Turns

AGENT_NAME = "dream"
READER_NAME = "session-reader"
NAME_SUFFIX = " (dream)"
MOST_UNPACKED = 100
"""Dreams of a world that ended, and whose events stay as they are. Packing those of one takes 2 million instructions,
a twelfth of its life, and saves 45 of the 120 kB that it leaves."""
_ALLOWED = {"type": "always_allow"}
"""The evaluation of every call, which all of them share."""


class OutputGoneError(Exception):
    """The dream's session, or the store that it writes to, no longer exists or is archived; the text says which."""


@dataclass(frozen=True, slots=True)
class DreamTargets:
    """What a running dream works on: its session, its output store, the mounts of both stores, and what it has read."""

    session_id: str
    output_store_id: str
    input_mount: str
    output_mount: str
    notes: dict[str, str]
    lengths: dict[str, int]

    @property
    def actor(self) -> SessionActor:
        return SessionActor.unchecked(session_id=self.session_id)


class DreamExecutor:
    """Carries out the steps of dreams."""

    def __init__(
        self,
        context: Context,
        memory_stores: MemoryStores,
        session_resources: SessionResources,
        store: SessionStore,
        sessions: Sessions,
        threads: Threads,
        turns: Turns,
    ) -> None:
        self._context = context
        self._memory_stores = memory_stores
        self._session_resources = session_resources
        self._store = store
        self._sessions = sessions
        self._threads = threads
        self._turns = turns
        self._unpacked: deque[str] = deque()
        """The sessions of the dreams that ended last."""

    def open(self, dream: Dream, inputs: DreamInputs) -> DreamTargets:
        """Clone the input store (or take it as the output) and open the dream's session."""
        own = isinstance(dream.output_behavior, UpdateExisting)
        output_id = dream.input_store_id if own else self._create_output_store(dream.input_store_id)
        resources = [self._session_resources.mount(dream.input_store_id, set(), "read_write" if own else "read_only")]
        if not own:
            resources.append(self._session_resources.mount(output_id, {resources[0].mount_path}))
        agent = SessionAgent(id=self._context.ids.mint("agent"), name=AGENT_NAME, model=AgentModel(id=dream.model.id))
        session = self._sessions.add(agent, self._context.ids.mint("env"), tuple(resources))
        targets = DreamTargets(
            session_id=session.id,
            output_store_id=output_id,
            input_mount=resources[0].mount_path,
            output_mount=resources[-1].mount_path,
            notes={note.path: note.content for note in inputs.notes},
            lengths={transcript.session_id: len(transcript.utterances) for transcript in inputs.transcripts},
        )
        if not own:
            self._copy(dream.input_store_id, output_id, targets.actor)
        self._turns.run(self._store.state(session.id))
        return targets

    def close(self, targets: DreamTargets) -> None:
        """The dream is over: its session idles and is archived, its events stay."""
        session = self._store.table.get(targets.session_id)
        if session is not None and session.status == "running":
            self._turns.idle(self._store.state(session.id))
        if session is not None and session.archived_at is None:
            self._sessions.close(session.id)
            self._unpacked.append(session.id)
            if len(self._unpacked) > MOST_UNPACKED:
                self._pack(self._unpacked.popleft())

    def _pack(self, session_id: str) -> None:
        """Let the events of a session that ended long ago take less memory."""
        state = self._store.find_state(session_id)
        for thread in state.threads.values() if state is not None else ():
            thread.log.pack()

    def perform(self, targets: DreamTargets, step: Step) -> None:
        """Do one step: show it in the session, and change the output store if it says so. Raises OutputGoneError."""
        session = self._store.table.get(targets.session_id)
        if session is None or session.archived_at is not None:
            raise OutputGoneError("The dream's session")
        state = self._store.state(session.id)
        match step:
            case ReadMemory():
                path, content = targets.input_mount + step.path, targets.notes.get(step.path)
                answer = f"{path}: no such file" if content is None else content
                self._use(state, "read", {"file_path": path}, step.tokens, answer, is_error=content is None)
            case ReadSession():
                self._read_session(targets, session, state, step)
            case Think():
                self._request(state, step.tokens, ev.AgentThinking)
            case Say():
                self._request(state, step.tokens, ev.AgentMessage, content=(text(step.text),))
            case Spend():
                self._request(state, step.tokens)
            case Write():
                self._write(targets, state, step)
            case Delete():
                self._delete(targets, state, step)
            case _:
                raise TypeError(f"not a step of a dream: {step!r}")

    def _read_session(self, targets: DreamTargets, session: Session, state: SessionState, step: ReadSession) -> None:
        reader = InlineAgent.unchecked(name=READER_NAME, model=session.agent.model)
        start = state.primary.log.append(ev.ModelRequestStart)
        ask = f"Read the transcript of session {step.session_id}."
        thread = self._threads.spawn(state, state.primary, reader, ask)
        self._end_request(state, start, step.tokens)
        answer = f"Read {targets.lengths.get(step.session_id, 0)} messages of session {step.session_id}."
        thread.log.append(ev.AgentMessage, content=(text(answer),))
        self._threads.report(state, thread, answer)

    def _write(self, targets: DreamTargets, state: SessionState, step: Write) -> None:
        contents, path = self._output(targets), targets.output_mount + step.path
        try:
            contents.write(step.path, step.content, targets.actor)
            answer, is_error = f"{path}: written", False
        except ServiceError as refused:
            answer, is_error = f"{path}: {refused.message}", True
        self._use(state, "write", {"file_path": path, "content": step.content}, step.tokens, answer, is_error=is_error)

    def _delete(self, targets: DreamTargets, state: SessionState, step: Delete) -> None:
        contents, path = self._output(targets), targets.output_mount + step.path
        memory = contents.get_by_path(step.path)
        if memory is not None:
            contents.delete(memory.id, targets.actor)
        answer = f"{path}: deleted" if memory else f"{path}: no such file"
        command = {"command": f"rm {shlex.quote(path)}"}
        self._use(state, "bash", command, step.tokens, answer, is_error=memory is None)

    def _output(self, targets: DreamTargets) -> StoreContents:
        if not self._memory_stores.is_active(targets.output_store_id):
            raise OutputGoneError("The output memory store")
        return self._memory_stores.contents(targets.output_store_id)

    def _use(
        self, state: SessionState, tool: str, input: dict[str, str], tokens: Tokens, answer: str, *, is_error: bool
    ) -> None:
        """A model request that calls a tool, and the answer of the tool."""
        use = self._request(state, tokens, ev.ToolUse, name=tool, input=input, evaluation=_ALLOWED)
        assert use is not None
        state.primary.log.append(ev.ToolResult, tool_use_id=use.id, content=(text(answer),), is_error=is_error)

    def _request(
        self, state: SessionState, tokens: Tokens, kind: type[ev.Event] | None = None, **fields: Any
    ) -> ev.Event | None:
        """A model request and the event that it brings, if any."""
        start = state.primary.log.append(ev.ModelRequestStart)
        event = None if kind is None else state.primary.log.append(kind, **fields)
        self._end_request(state, start, tokens)
        return event

    def _end_request(self, state: SessionState, start: ev.Event, tokens: Tokens) -> None:
        usage = ev.ModelUsage.unchecked(
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cache_read_input_tokens=tokens.cache_read,
            cache_creation_input_tokens=tokens.cache_creation,
        )
        state.primary.log.append(ev.ModelRequestEnd, model_request_start_id=start.id, model_usage=usage)
        self._store.spend(state, state.primary, tokens)
        self._store.show_usage(state)

    def _create_output_store(self, store_id: str) -> str:
        store = self._memory_stores.retrieve(store_id)
        name = store.name[: STORE_NAME_LENGTH - len(NAME_SUFFIX)] + NAME_SUFFIX
        return self._memory_stores.add(name, store.description).id

    def _copy(self, source_id: str, target_id: str, actor: SessionActor) -> None:
        target = self._memory_stores.contents(target_id)
        for memory in self._memory_stores.contents(source_id).memories:
            target.insert_unchecked(memory.path, memory.content, actor)
