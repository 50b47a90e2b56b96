"""Model requests: what a thread reads, decides, says and does in one, as its events show it."""

from collections.abc import Callable
from typing import Any

from mockdreams.default_agent.actions import (
    CALLS,
    Action,
    Delegate,
    Fail,
    RepeatTurn,
    SayAction,
    SpendAction,
    ThinkAction,
    UseCustomTool,
    UseMcpTool,
    UseTool,
    is_end,
    split_requests,
    with_outputs_written,
)
from mockdreams.default_agent.agent import answer
from mockdreams.default_agent.agent_context import AgentContext, FinishedCall, Mount, OutcomeTask
from mockdreams.wire import events as ev
from mockdreams.wire.agents import SessionAgent, ThreadAgent
from mockdreams.wire.base import Params, build_shape
from mockdreams.wire.content import TextBlock, text
from mockdreams.wire.multiagent import Advisor
from mockdreams.wire.previews import ContentDelta, EventDelta, EventStart, Previewed
from mockdreams.wire.sessions import MemoryStoreResource, RepositoryResource, Session
from mockdreams.wire.telling import in_pieces, is_much
from mockdreams.wire.threads import InlineAgent, ThreadOwner
from mockdreams.world.core.context import Context
from mockdreams.world.files.files import Files
from mockdreams.world.files.outputs import SessionOutputs
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.sessions.file_tools import FileTools, ToolOutput
from mockdreams.world.sessions.outcomes import Outcomes
from mockdreams.world.sessions.permissions import WORKER_TOOLS, built_in_tools, custom_tools, evaluate, mcp_tools
from mockdreams.world.sessions.scripts import SessionScriptQueue
from mockdreams.world.sessions.state import SessionState, ThreadState
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.threads import Threads
from mockdreams.world.sessions.usage import tokens_of

CHARACTERS_PER_TOKEN = 4
PREVIEW_CHARS = 16
"""Characters of one preview."""
INTERRUPTED = ToolOutput("Tool execution was interrupted before completion. Please retry.", is_error=True)
UNAVAILABLE = "{} is not an available tool. Use one of the tool names exactly as listed in your tool definitions."
REFUSED = ToolOutput("Permission to use this tool was denied.", is_error=True)


class ModelRequests:
    """The words and deeds of all threads of a world."""

    def __init__(
        self,
        context: Context,
        sessions: SessionStore,
        threads: Threads,
        outcomes: Outcomes,
        scripts: SessionScriptQueue,
        memory_stores: MemoryStores,
        files: Files,
        outputs: SessionOutputs,
        is_self_hosted: Callable[[str], bool],
    ) -> None:
        self._context = context
        self._sessions = sessions
        self._threads = threads
        self._outcomes = outcomes
        self._scripts = scripts
        self._memory_stores = memory_stores
        self._files = files
        self._outputs = outputs
        self._is_self_hosted = is_self_hosted

    def begin_turn(self, state: SessionState, thread: ThreadState, words: list[str]) -> None:
        """A new turn: the next scripted one, or one that the agent decides."""
        thread.turn_messages, thread.turn_tool_results, thread.turn_text, thread.heard = words, [], "", 0
        if thread.parent_id is None:
            session = self._sessions.retrieve(state.session_id)
            script = self._scripts.next_turn(session, state, "\n".join(words))
            thread.script = None if script is None else with_outputs_written(_without_repeats(state, script))

    def repeat_turn(self, state: SessionState) -> None:
        """The turn of the primary thread that comes again by itself."""
        thread = state.primary
        state.repeats_left -= 1
        thread.turn_messages, thread.turn_tool_results, thread.turn_text, thread.heard = [], [], "", 0
        thread.script = with_outputs_written(state.repeated_turn)

    def next_actions(self, state: SessionState, thread: ThreadState) -> tuple[Action, ...]:
        """The acts of the next model request."""
        if thread.script is None:
            acts = answer(self._agent_context(state, thread))
            thread.heard = len(thread.turn_messages)
            return acts
        acts, thread.script = split_requests(thread.script)
        return acts

    def tokens(self, thread: ThreadState) -> int:
        """What the next model request reads."""
        return thread.context_tokens + thread.unread_chars // CHARACTERS_PER_TOKEN + 1

    def open_request(self, thread: ThreadState, acts: tuple[Action, ...]) -> None:
        """A model request begins. The ids of the events that it will bring are known now, so that previews can tell."""
        thread.pending_actions = acts
        thread.pending_event_ids = tuple(self._context.ids.mint("sevt") for _ in acts)
        thread.previewed.clear()
        thread.request_id = thread.log.append(ev.ModelRequestStart).id

    def preview(self, thread: ThreadState) -> None:
        """Show those who want it the beginning of what is going to be said."""
        for act, id in zip(thread.pending_actions, thread.pending_event_ids, strict=True):
            if isinstance(act, SayAction | ThinkAction):
                _preview(thread, act, id, whole=False)
                return

    def apply(
        self, state: SessionState, thread: ThreadState, start_child: Callable[[SessionState, ThreadState], None]
    ) -> None:
        """A model request ends: everything that it brought is shown and done. `start_child` sets a thread to work."""
        before = len(thread.turn_text)
        acts = list(zip(thread.pending_actions, thread.pending_event_ids, strict=True))
        approved = [self._emit_action(state, thread, act, id, start_child) for act, id in acts]
        failed = any(is_end(act) and isinstance(act, Fail) and not act.at_limit for act, _ in acts)
        self._close_request(state, thread, len(thread.turn_text) - before, failed=failed)
        asks = any(
            isinstance(act, UseTool | UseMcpTool) and id not in thread.worker_calls for id, act in thread.calls.items()
        )
        for (act, id), approval in zip(acts, approved, strict=True):
            if isinstance(act, UseTool | UseMcpTool) and approval == "allow" and asks:
                thread.held_calls[id] = act
            elif isinstance(act, UseTool | UseMcpTool) and approval:
                result = self._run(state, act) if approval == "allow" else self._refused(state, thread, act)
                self._answer_call(thread, act, id, result)
        thread.pending_actions, thread.pending_event_ids = (), ()

    def run_held(self, state: SessionState, thread: ThreadState) -> None:
        """Every call that needed an approval has its answer: those beside them run."""
        for id, act in thread.held_calls.items():
            self._answer_call(thread, act, id, self._run(state, act))
        thread.held_calls.clear()

    def abort(self, state: SessionState, thread: ThreadState) -> None:
        """An interrupt: the model request ends with nothing, and calls that wait have failed."""
        if thread.request_id:
            thread.log.append(ev.ModelRequestEnd, model_request_start_id=thread.request_id)
            thread.request_id = ""
        for id, act in [*thread.calls.items(), *thread.held_calls.items()]:
            if isinstance(act, UseTool | UseMcpTool):
                self._answer_call(thread, act, id, INTERRUPTED)

    def emit_error(self, state: SessionState, failure: Fail) -> None:
        """An error, as the session tells of it."""
        error = {
            "type": failure.error,
            "message": failure.words,
            "retry_status": {"type": failure.retry_status},
            **self._error_details(self._sessions.retrieve(state.session_id), failure),
            **failure.details,
        }
        state.primary.log.append(ev.SessionError, error=error)

    def _error_details(self, session: Session, failure: Fail) -> dict[str, Any]:
        """The keys that an error of this type has besides, from what the session has."""
        if failure.of_mcp_server:
            return {"mcp_server_name": next((server.name for server in session.agent.mcp_servers), "mcp")}
        if failure.of_repository:
            urls = (each.url for each in session.resources if isinstance(each, RepositoryResource))
            return {"repository_url": next(urls, None)}
        if failure.error == "credential_host_unreachable_error":
            vault_id = next(iter(session.vault_ids), None) or self._context.ids.mint("vlt")
            return {"vault_id": vault_id, "credential_id": self._context.ids.mint("vcrd")}
        return {}

    def apply_tool_response(self, state: SessionState, thread: ThreadState, call_id: str, event: ev.Event) -> None:
        """The caller answers a call that waited."""
        act = thread.calls[call_id]
        if isinstance(event, ev.ToolConfirmation) and self.leaves_to_worker(state, thread, event):
            thread.worker_calls.add(call_id)
            return
        del thread.calls[call_id]
        thread.worker_calls.discard(call_id)
        if thread.parent_id is not None:
            thread.log.append_copy(event, session_thread_id=None)
        if isinstance(event, ev.CustomToolResult):
            assert isinstance(act, UseCustomTool)
            words = "\n".join(block.text for block in event.content if isinstance(block, TextBlock))
            _record_result(thread, act.custom_tool, act.input, ToolOutput(words, bool(event.is_error)))
        elif isinstance(event, ev.UserToolResult) and isinstance(act, UseTool):
            words = "\n".join(block.text for block in event.content if isinstance(block, TextBlock))
            if act.tool == "write" and not event.is_error and isinstance(act.input.get("content"), str):
                self._outcomes.add_deliverable(state, act.input["content"])
            _record_result(thread, act.tool, act.input, ToolOutput(words, event.is_error))
        elif isinstance(event, ev.ToolConfirmation) and not isinstance(act, UseCustomTool):
            denied = f"Permission to use {_name(act)} has been rejected."
            if event.deny_message:
                denied += f" Rejection message: {event.deny_message}"
            result = self._run(state, act) if event.result == "allow" else ToolOutput(denied, is_error=True)
            self._answer_call(thread, act, call_id, result)

    def leaves_to_worker(self, state: SessionState, thread: ThreadState, event: ev.ToolConfirmation) -> bool:
        """Whether a call that may run now is run by a worker, and so goes on to wait."""
        act = thread.calls[event.tool_use_id]
        return event.result == "allow" and not isinstance(act, UseCustomTool) and self._is_workers(state, act)

    def _is_workers(self, state: SessionState, act: UseTool | UseMcpTool) -> bool:
        """Whether a call is for a worker: of a sandbox tool, in a self-hosted environment, with no scripted result."""
        if not isinstance(act, UseTool) or act.tool not in WORKER_TOOLS or act.result is not None:
            return False
        return self._is_self_hosted(self._sessions.retrieve(state.session_id).environment_id)

    def _emit_action(
        self,
        state: SessionState,
        thread: ThreadState,
        act: Action,
        id: str,
        start_child: Callable[[SessionState, ThreadState], None],
    ) -> str:
        """Show one act in the event log. For a call: who approves it, or nothing if its answer is due from outside."""
        match act:
            case SayAction():
                _preview(thread, act, id, whole=True)
                thread.log.append(ev.AgentMessage, id=id, content=(text(act.say),))
                thread.turn_text += act.say
                self._outcomes.add_deliverable(state, act.say)
            case ThinkAction():
                _preview(thread, act, id, whole=True)
                thread.log.append(ev.AgentThinking, id=id)
            case UseTool():
                permission = evaluate(self._agent(state, thread), act)
                tool_use = thread.log.append(ev.ToolUse, id=id, name=act.tool, input=act.input, **permission)
                return self._ask(state, thread, act, tool_use)
            case UseMcpTool():
                named: dict[str, Any] = {"name": act.mcp_tool, "mcp_server_name": act.server, "input": act.input}
                permission = evaluate(self._agent(state, thread), act)
                return self._ask(state, thread, act, thread.log.append(ev.McpToolUse, id=id, **named, **permission))
            case UseCustomTool():
                custom = thread.log.append(ev.CustomToolUse, id=id, name=act.custom_tool, input=act.input)
                self._threads.mirror_to_primary(state, thread, custom, session_thread_id=thread.thread_id)
                thread.calls[id] = act
            case Fail() if act.passes:
                self.emit_error(state, act)
            case SpendAction():
                self._sessions.spend(state, thread, tokens_of(ev.ModelUsage(**act.spend.model_dump())))
            case Delegate():
                self._delegate(state, thread, act, start_child)
        return ""

    def _delegate(
        self,
        state: SessionState,
        thread: ThreadState,
        act: Delegate,
        start_child: Callable[[SessionState, ThreadState], None],
    ) -> None:
        most = self._context.policy.threads_per_session
        if sum(record.status != "terminated" for record in state.thread_records) >= most:
            _record_result(thread, "delegate", {}, ToolOutput(f"there are {most} threads already", is_error=True))
            return
        agent = _delegated(self._sessions.retrieve(state.session_id).agent, act.delegate, thread)
        child = self._threads.spawn(state, thread, agent, act.message)
        thread.children.add(child.thread_id)
        child.unread_chars, child.turn_messages = len(act.message), [act.message]
        child.script = with_outputs_written(tuple(act.turn)) or None
        start_child(state, child)

    def _ask(
        self, state: SessionState, thread: ThreadState, act: UseTool | UseMcpTool, event: ev.ToolUse | ev.McpToolUse
    ) -> str:
        """Who approves a call; if the caller does or a worker runs it, it waits and there is no approval yet."""
        workers = event.evaluated_permission == "allow" and self._is_workers(state, act)
        if event.evaluated_permission != "ask" and not workers:
            return event.evaluated_permission
        if workers:
            thread.worker_calls.add(event.id)
        self._threads.mirror_to_primary(state, thread, event, session_thread_id=thread.thread_id)
        thread.calls[event.id] = act
        return ""

    def _refused(self, state: SessionState, thread: ThreadState, act: UseTool | UseMcpTool) -> ToolOutput:
        """What the agent is told of a call that was not approved."""
        if "evaluation" in evaluate(self._agent(state, thread), act):
            return REFUSED
        return ToolOutput(UNAVAILABLE.format(_name(act)), is_error=True)

    def _run(self, state: SessionState, act: UseTool | UseMcpTool) -> ToolOutput:
        if act.result is not None or isinstance(act, UseMcpTool):
            return ToolOutput(act.result or "", act.is_error)
        if act.tool == "write" and isinstance(act.input.get("content"), str):
            self._outcomes.add_deliverable(state, act.input["content"])
        return self._tools(self._sessions.retrieve(state.session_id)).use(act.tool, act.input)

    def _tools(self, session: Session) -> FileTools:
        return FileTools(self._memory_stores, self._files, self._outputs, session)

    def _answer_call(self, thread: ThreadState, act: UseTool | UseMcpTool, id: str, result: ToolOutput) -> None:
        content = (text(result.text),) if result.text else ()
        if isinstance(act, UseTool):
            thread.log.append(ev.ToolResult, tool_use_id=id, content=content, is_error=result.is_error)
        else:
            thread.log.append(ev.McpToolResult, mcp_tool_use_id=id, content=content, is_error=result.is_error)
        _record_result(thread, _name(act), act.input, result)

    def _close_request(self, state: SessionState, thread: ThreadState, said: int, *, failed: bool = False) -> None:
        called = sum(_length(act) for act in thread.pending_actions if isinstance(act, CALLS))
        usage = ev.ModelUsage(
            input_tokens=thread.unread_chars // CHARACTERS_PER_TOKEN + 1,
            output_tokens=(said + called) // CHARACTERS_PER_TOKEN,
            cache_read_input_tokens=thread.context_tokens,
        )
        if failed:
            usage = ev.ModelUsage()
        thread.log.append(
            ev.ModelRequestEnd,
            model_request_start_id=thread.request_id,
            model_usage=usage,
            is_error=failed,
        )
        thread.context_tokens += usage.input_tokens
        thread.unread_chars, thread.request_id = said + called, ""
        self._sessions.spend(state, thread, tokens_of(usage))

    def _agent_context(self, state: SessionState, thread: ThreadState) -> AgentContext:
        session, agent = self._sessions.retrieve(state.session_id), self._agent(state, thread)
        outcome = state.outcome if thread.parent_id is None else None
        tools = self._tools(session)
        mounts = (
            Mount(resource.mount_path, resource.access == "read_write", tools.files(resource))
            for resource in session.resources
            if isinstance(resource, MemoryStoreResource)
        )
        return AgentContext(
            session_id=session.id,
            now=self._context.clock.time,
            messages=tuple(thread.turn_messages),
            fresh=tuple(thread.turn_messages[thread.heard :]),
            mounts=tuple(mounts),
            tools=built_in_tools(agent),
            custom_tools=custom_tools(agent),
            mcp_tools=mcp_tools(agent),
            done=tuple(thread.turn_tool_results),
            uploads=tools.uploads,
            documents=self._documents(state),
            task=OutcomeTask(outcome.description, outcome.missing, outcome.exhausted) if outcome else None,
        )

    def _documents(self, state: SessionState) -> dict[str, str]:
        """The files that the messages of the session show, by name, as far as they are text and not too much."""
        files = self._files.find(state.primary.log.shown_files)
        return self._files.texts({file.filename: file.id for file in reversed(files)})

    def _agent(self, state: SessionState, thread: ThreadState) -> ThreadOwner:
        if thread.parent_id is None:
            return self._sessions.retrieve(state.session_id).agent
        return state.record(thread).agent


def _without_repeats(state: SessionState, script: tuple[Action, ...]) -> tuple[Action, ...]:
    """A turn as it goes each time; the state gets how often it comes again."""
    repeats = [act.repeat_turn for act in script if isinstance(act, RepeatTurn)]
    turn = tuple(act for act in script if not isinstance(act, RepeatTurn))
    if repeats and turn:
        state.repeated_turn, state.repeats_left = turn, sum(repeats)
    return turn


def _record_result(thread: ThreadState, name: str, input: dict[str, Any], result: ToolOutput) -> None:
    """Keep what came back from a call, for the next request of the agent."""
    thread.turn_tool_results.append(FinishedCall(name, input, result.text, result.is_error))
    thread.unread_chars += len(result.text)


def _preview(thread: ThreadState, act: SayAction | ThinkAction, id: str, *, whole: bool) -> None:
    """What an event will be, piece by piece: the first half, or all that has not been shown yet."""
    if not thread.log.previewed:
        return
    kind = "agent.message" if isinstance(act, SayAction) else "agent.thinking"
    begun = id in thread.previewed
    if not begun:
        thread.previewed.add(id)
        thread.log.preview(EventStart(event=Previewed(type=kind, id=id)))
    if isinstance(act, SayAction):
        half = len(act.say) // 2
        words = act.say[half:] if begun else act.say if whole else act.say[:half]
        for start in range(0, len(words), PREVIEW_CHARS):
            piece = ContentDelta(content=text(words[start : start + PREVIEW_CHARS]))
            thread.log.preview(EventDelta(event_id=id, delta=piece))


def _delegated(agent: SessionAgent, name: str, thread: ThreadState) -> ThreadOwner:
    """The agent of the roster that has this name, the advisor of a primary thread, or one defined on the spot."""
    if agent.multiagent is None:
        roster: tuple[ThreadAgent | Advisor, ...] = ()
    elif agent.multiagent.type == "coordinator":
        roster = agent.multiagent.agents
    else:
        team = agent.multiagent.subagents
        roster = team.predefined_agents if team.type == "enabled" else ()
        if agent.multiagent.advisor.type == "enabled":
            roster = (*roster, Advisor(type="advisor", model=agent.multiagent.advisor.model))
    eligible = (entry for entry in roster if isinstance(entry, ThreadAgent) or thread.parent_id is None)
    known = (entry for entry in eligible if entry.name == name)
    return next(known, None) or InlineAgent(name=name, model=agent.model)


def _name(act: UseTool | UseMcpTool) -> str:
    return act.tool if isinstance(act, UseTool) else act.mcp_tool


def _length(act: Params) -> int:
    """Characters of an act as JSON."""
    if not is_much(act):
        return len(act.model_dump_json())
    build_shape(type(act))
    return sum(len(piece.decode()) for piece in in_pieces(act))
