"""Speech: what a thread hears, decides, says and does in one model request, as its events show it."""

from functools import singledispatchmethod
from typing import TYPE_CHECKING, Any

from mockdreams.answering.acts import (
    CALLS,
    Act,
    Delegate,
    Fail,
    Say,
    Spend,
    Think,
    UseCustomTool,
    UseMcpTool,
    UseTool,
    rounds,
)
from mockdreams.answering.agent import answer
from mockdreams.answering.hearing import Done, Hearing, Mount, Task
from mockdreams.wire import events as ev
from mockdreams.wire.agents import ThreadAgent
from mockdreams.wire.content import TextBlock, text
from mockdreams.wire.multiagent import Advisor
from mockdreams.wire.previews import ContentDelta, EventDelta, EventStart, Previewed
from mockdreams.wire.sessions import MemoryStoreResource, Session
from mockdreams.wire.threads import InlineAgent
from mockdreams.world.desks import Seat
from mockdreams.world.hands import Hands, Result
from mockdreams.world.permissions import built_in_tools, custom_tools, evaluate, mcp_tools

if TYPE_CHECKING:
    from mockdreams.world.world import World

CHARACTERS_PER_TOKEN = 4
PIECE = 16
"""Characters of one preview."""
INTERRUPTED = Result("Tool execution was interrupted before completion. Please retry.", is_error=True)
REFUSED = Result("Permission to use this tool was denied.", is_error=True)


class Speech:
    """The words and deeds of all threads of a world."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def begin_turn(self, seat: Seat, words: list[str]) -> None:
        """A new turn: the next scripted one, or one that the agent decides."""
        seat.heard, seat.done, seat.said = words, [], ""
        if seat.parent_id is None:
            seat.script = self._world.session_scripts.next_turn(seat.session_id, "\n".join(words))

    def decide(self, seat: Seat) -> tuple[Act, ...]:
        """The acts of the next model request."""
        if seat.script is None:
            return answer(self._hearing(seat))
        acts, seat.script = rounds(seat.script)
        return acts

    def tokens(self, seat: Seat) -> int:
        """What the next model request reads."""
        return seat.context + seat.fresh // CHARACTERS_PER_TOKEN + 1

    def open_request(self, seat: Seat) -> None:
        """A model request begins. The ids of the events that it will bring are known now, so that previews can tell."""
        seat.ids = tuple(self._world.ids.mint("sevt") for _ in seat.round)
        seat.previewed.clear()
        seat.request_id = self._world.threads.emit(seat, ev.ModelRequestStart).id

    def preview(self, seat: Seat) -> None:
        """Show those who want it the beginning of what is going to be said."""
        for act, id in zip(seat.round, seat.ids, strict=True):
            if isinstance(act, Say | Think):
                self._preview(seat, act, id, whole=False)
                return

    def perform(self, seat: Seat) -> None:
        """A model request ends: everything that it brought is shown and done."""
        before = len(seat.said)
        calls = [self._show(act, seat, id) for act, id in zip(seat.round, seat.ids, strict=True)]
        failed = any(isinstance(act, Fail) for act in seat.round)
        self._close_request(seat, len(seat.said) - before, failed=failed)
        for act, id, ready in zip(seat.round, seat.ids, calls, strict=True):
            if isinstance(act, UseTool | UseMcpTool) and ready:
                self._answer_call(seat, act, id, self._run(seat, act) if ready == "allow" else REFUSED)
        seat.round, seat.ids = (), ()

    def break_off(self, seat: Seat) -> None:
        """An interrupt: the model request ends with nothing, and calls that wait have failed."""
        if seat.request_id:
            self._close_request(seat, 0)
        for id, act in list(seat.calls.items()):
            if isinstance(act, UseTool | UseMcpTool):
                self._answer_call(seat, act, id, INTERRUPTED)

    def complain(self, seat: Seat, failure: Fail) -> None:
        """An error, as the session tells of it."""
        details: dict[str, Any] = {"mcp_server_name": "mcp"} if failure.error.startswith("mcp_") else {}
        primary = self._world.sessions.desk(seat.session_id).primary
        error = {
            "type": failure.error,
            "message": failure.message or failure.error.replace("_", " ").capitalize() + ".",
            "retry_status": {"type": failure.retry},
            **details,
            **failure.details,
        }
        self._world.threads.emit(primary, ev.SessionError, error=error)

    def take_answer(self, seat: Seat, call_id: str, event: ev.Event) -> None:
        """The caller answers a call that waited."""
        act = seat.calls.pop(call_id)
        if seat.parent_id is not None:
            at = seat.transcript.next_time(self._world.clock.time)
            seat.transcript.emit(event.changed(processed_at=at, session_thread_id=None))
        if isinstance(event, ev.CustomToolResult):
            assert isinstance(act, UseCustomTool)
            words = "\n".join(block.text for block in event.content if isinstance(block, TextBlock))
            self._note(seat, act.custom_tool, act.input, Result(words, bool(event.is_error)))
        elif isinstance(event, ev.ToolConfirmation) and not isinstance(act, UseCustomTool):
            denied = f"Permission to use {_name(act)} has been rejected."
            if event.deny_message:
                denied += f" Rejection message: {event.deny_message}"
            result = self._run(seat, act) if event.result == "allow" else Result(denied, is_error=True)
            self._answer_call(seat, act, call_id, result)

    @singledispatchmethod
    def _show(self, act: Act, seat: Seat, id: str) -> str:
        """Show one act in the transcript. For a call: who approves it, or nothing if its answer is due from outside."""
        return ""

    @_show.register
    def _(self, act: Say, seat: Seat, id: str) -> str:
        self._preview(seat, act, id, whole=True)
        self._world.threads.emit(seat, ev.AgentMessage, id=id, content=(text(act.say),))
        seat.said += act.say
        self._world.outcomes.deliver(seat, act.say)
        return ""

    @_show.register
    def _(self, act: Think, seat: Seat, id: str) -> str:
        self._preview(seat, act, id, whole=True)
        self._world.threads.emit(seat, ev.AgentThinking, id=id)
        return ""

    @_show.register
    def _(self, act: UseTool, seat: Seat, id: str) -> str:
        fields = {"name": act.tool, "input": act.input, **evaluate(self._agent(seat), act)}
        return self._call(seat, act, self._world.threads.emit(seat, ev.ToolUse, id=id, **fields))

    @_show.register
    def _(self, act: UseMcpTool, seat: Seat, id: str) -> str:
        named = {"name": act.mcp_tool, "mcp_server_name": act.server, "input": act.input}
        fields = {**named, **evaluate(self._agent(seat), act)}
        return self._call(seat, act, self._world.threads.emit(seat, ev.McpToolUse, id=id, **fields))

    @_show.register
    def _(self, act: UseCustomTool, seat: Seat, id: str) -> str:
        event = self._world.threads.emit(seat, ev.CustomToolUse, id=id, name=act.custom_tool, input=act.input)
        self._world.threads.post(seat, event, session_thread_id=seat.thread_id)
        seat.calls[id] = act
        return ""

    @_show.register
    def _(self, act: Spend, seat: Seat, id: str) -> str:
        usage = ev.ModelUsage(**act.spend.model_dump())
        self._world.sessions.spend(seat.session_id, usage, seat)
        return ""

    @_show.register
    def _(self, act: Delegate, seat: Seat, id: str) -> str:
        threads = self._world.sessions.desk(seat.session_id).threads
        most = self._world.policy.threads_per_session
        if sum(thread.archived_at is None for thread in threads) >= most:
            self._note(seat, "delegate", {}, Result(f"there are {most} threads already", is_error=True))
            return ""
        child = self._world.threads.spawn(seat, self._delegate(seat, act.delegate), act.message)
        seat.children.add(child.thread_id)
        child.fresh, child.heard = len(act.message), [act.message]
        child.script = tuple(act.turn) or None
        self._world.turns.start_child(child)
        return ""

    def _call(self, seat: Seat, act: UseTool | UseMcpTool, event: ev.ToolUse | ev.McpToolUse) -> str:
        if event.evaluated_permission != "ask":
            return event.evaluated_permission
        self._world.threads.post(seat, event, session_thread_id=seat.thread_id)
        seat.calls[event.id] = act
        return ""

    def _run(self, seat: Seat, act: UseTool | UseMcpTool) -> Result:
        if act.result is not None or isinstance(act, UseMcpTool):
            return Result(act.result or "", act.is_error)
        session = self._world.sessions.retrieve(seat.session_id)
        if act.tool == "write" and isinstance(act.input.get("content"), str):
            self._world.outcomes.deliver(seat, act.input["content"])
        return Hands(self._world, session).use(act.tool, act.input)

    def _answer_call(self, seat: Seat, act: UseTool | UseMcpTool, id: str, result: Result) -> None:
        content = (text(result.text),) if result.text else ()
        fields: dict[str, Any] = {"content": content, "is_error": result.is_error}
        if isinstance(act, UseTool):
            self._world.threads.emit(seat, ev.ToolResult, tool_use_id=id, **fields)
        else:
            self._world.threads.emit(seat, ev.McpToolResult, mcp_tool_use_id=id, **fields)
        self._note(seat, _name(act), act.input, result)

    def _note(self, seat: Seat, name: str, input: dict[str, Any], result: Result) -> None:
        seat.done.append(Done(name, input, result.text, result.is_error))
        seat.fresh += len(result.text)

    def _close_request(self, seat: Seat, said: int, *, failed: bool = False) -> None:
        called = sum(len(act.model_dump_json()) for act in seat.round if isinstance(act, CALLS))
        usage = ev.ModelUsage(
            input_tokens=seat.fresh // CHARACTERS_PER_TOKEN + 1,
            output_tokens=(said + called) // CHARACTERS_PER_TOKEN,
            cache_read_input_tokens=seat.context,
        )
        self._world.threads.emit(
            seat,
            ev.ModelRequestEnd,
            model_request_start_id=seat.request_id,
            model_usage=usage,
            is_error=True if failed else None,
        )
        seat.context += usage.input_tokens
        seat.fresh, seat.request_id = said + called, ""
        self._world.sessions.spend(seat.session_id, usage, seat)

    def _preview(self, seat: Seat, act: Say | Think, id: str, *, whole: bool) -> None:
        """What an event will be, piece by piece: the first half, or all that has not been shown yet."""
        if not seat.transcript.watched:
            return
        kind = "agent.message" if isinstance(act, Say) else "agent.thinking"
        begun = id in seat.previewed
        if not begun:
            seat.previewed.add(id)
            seat.transcript.preview(EventStart(event=Previewed(type=kind, id=id)))
        if isinstance(act, Say):
            half = len(act.say) // 2
            words = act.say[half:] if begun else act.say if whole else act.say[:half]
            for start in range(0, len(words), PIECE):
                piece = ContentDelta(content=text(words[start : start + PIECE]))
                seat.transcript.preview(EventDelta(event_id=id, delta=piece))

    def _hearing(self, seat: Seat) -> Hearing:
        session, agent = self._world.sessions.retrieve(seat.session_id), self._agent(seat)
        goal = self._world.sessions.desk(seat.session_id).goal if seat.parent_id is None else None
        return Hearing(
            session_id=session.id,
            now=self._world.clock.time,
            messages=tuple(seat.heard),
            mounts=self._mounts(session),
            tools=built_in_tools(agent),
            custom_tools=custom_tools(agent),
            mcp_tools=mcp_tools(agent),
            done=tuple(seat.done),
            task=Task(goal.description, goal.missing, goal.exhausted) if goal else None,
        )

    def _mounts(self, session: Session) -> tuple[Mount, ...]:
        hands = Hands(self._world, session)
        return tuple(
            Mount(resource.mount_path, resource.access == "read_write", hands.files(resource))
            for resource in session.resources
            if isinstance(resource, MemoryStoreResource)
        )

    def _agent(self, seat: Seat) -> ThreadAgent | InlineAgent:
        thread = self._world.sessions.desk(seat.session_id).threads.get(seat.thread_id)
        session = self._world.sessions.retrieve(seat.session_id)
        assert thread is not None
        return session.agent if seat.parent_id is None else thread.agent

    def _delegate(self, seat: Seat, name: str) -> ThreadAgent | InlineAgent:
        """The agent of the roster that has this name, or one defined on the spot."""
        agent = self._world.sessions.retrieve(seat.session_id).agent
        if agent.multiagent is None:
            roster: tuple[ThreadAgent | Advisor, ...] = ()
        elif agent.multiagent.type == "coordinator":
            roster = agent.multiagent.agents
        else:
            team = agent.multiagent.subagents
            roster = team.predefined_agents if team.type == "enabled" else ()
        known = (entry for entry in roster if isinstance(entry, ThreadAgent) and entry.name == name)
        return next(known, None) or InlineAgent(name=name, model=agent.model)


def _name(act: UseTool | UseMcpTool) -> str:
    return act.tool if isinstance(act, UseTool) else act.mcp_tool
