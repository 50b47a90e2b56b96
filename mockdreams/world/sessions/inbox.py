"""Sending: what a caller may send to a session in which state, all of it or none."""

from collections.abc import Sequence

from mockdreams.wire import events as ev
from mockdreams.wire.errors import ServiceError, invalid, shortened
from mockdreams.wire.sessions import Session
from mockdreams.world.core.context import Context
from mockdreams.world.sessions.outcomes import Outcomes
from mockdreams.world.sessions.state import SessionState, ThreadState
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.threads import Threads
from mockdreams.world.sessions.turns import Turns, answered_call
from mockdreams.world.work.queue import WorkQueue

EVENTS: dict[str, type[ev.Event]] = {
    "user.message": ev.UserMessage,
    "user.interrupt": ev.UserInterrupt,
    "user.tool_confirmation": ev.ToolConfirmation,
    "user.custom_tool_result": ev.CustomToolResult,
    "user.tool_result": ev.UserToolResult,
    "user.define_outcome": ev.DefineOutcome,
    "system.message": ev.SystemMessage,
}
"""What becomes of a sent event in the transcript."""
ALLOWED_WHILE_BLOCKED = "user.interrupt, user.tool_confirmation, user.tool_result and user.custom_tool_result"
"""What may still be sent when nothing else may."""
MAX_FILE_DOCUMENTS = 100


class Inbox:
    """Takes in what callers send."""

    def __init__(
        self,
        context: Context,
        sessions: SessionStore,
        threads: Threads,
        outcomes: Outcomes,
        turns: Turns,
        work: WorkQueue,
    ) -> None:
        self._context = context
        self._sessions = sessions
        self._threads = threads
        self._outcomes = outcomes
        self._turns = turns
        self._work = work

    def send(self, session_id: str, sent: Sequence[ev.EventParams], *, by_worker: bool = False) -> list[ev.Event]:
        """Take in a caller's events, all or none. Only a worker says what came of the service's own tools."""
        session, state = self._sessions.retrieve(session_id), self._sessions.state(session_id)
        self._sessions.guard(session_id)
        if session.status == "terminated":
            raise invalid(f"cannot send events to terminated session {session_id}", rule="session-send-archived-400")
        if not by_worker:
            _check_no_worker(sent)
        self._check(session, state, sent)
        self._work.wake(session_id)
        return self.receive(state, sent)

    def check_initial(self, sent: Sequence[ev.EventParams]) -> None:
        """Refuse what a session cannot begin with."""
        outcomes = [index for index, params in enumerate(sent) if params.type == "user.define_outcome"]
        if len(outcomes) > 1:
            raise invalid(f"initial_events[{outcomes[1]}]: at most one user.define_outcome event is allowed")
        documents = sum(_file_documents(params) for params in sent)
        if documents > MAX_FILE_DOCUMENTS:
            raise invalid(f"initial_events: must have at most {MAX_FILE_DOCUMENTS} file documents")

    def receive(self, state: SessionState, sent: Sequence[ev.EventParams]) -> list[ev.Event]:
        """Write down events that may be sent, and let the session take them up when it is time."""
        events = []
        for params in sent:
            event = self._event(state, params)
            state.primary.log.enqueue(event)
            if isinstance(event, ev.DefineOutcome):
                self._outcomes.define(self._sessions.retrieve(state.session_id), state, event)
            events.append(event)
            if isinstance(event, ev.UserInterrupt):
                self._turns.interrupt(state, event)
        self._turns.schedule_pickup(state)
        return events

    def _event(self, state: SessionState, params: ev.EventParams) -> ev.Event:
        kind = EVENTS[params.type]
        fields = {name: getattr(params, name) for name in type(params).model_fields}
        if params.type == "user.tool_result":
            fields["is_error"] = bool(params.is_error)
        if params.type == "user.define_outcome":
            fields["outcome_id"] = self._context.ids.mint("outc")
        thread = state.calls.get(answered_call(params))
        if thread is not None and thread is not state.primary:
            fields["session_thread_id"] = thread.thread_id
        return kind(id=self._context.ids.mint("sevt"), **fields)

    def _check(self, session: Session, state: SessionState, sent: Sequence[ev.EventParams]) -> None:
        at_cap = self._sessions.reached_budget(session, state)
        answered = {answered_call(event) for event in state.primary.log.waiting}
        due = {id: thread for id, thread in state.calls.items() if id not in answered}
        working = state.works_toward_outcome
        for index, params in enumerate(sent):
            match params:
                case ev.ToolConfirmationParams() | ev.CustomToolResultParams() | ev.ToolResultParams():
                    _check_answer(index, params, due)
                    del due[answered_call(params)]
                case ev.UserInterruptParams():
                    if params.session_thread_id is not None:
                        self._threads.retrieve(session.id, params.session_thread_id)
                    due, working = {}, False
                case _:
                    _check_free(index, params, due, at_cap=at_cap)
                    _check_system(index, params, sent)
                    if isinstance(params, ev.DefineOutcomeParams):
                        if working:
                            # rule: events-outcome-single-400
                            raise _misplaced(index, params, "the session already works toward an outcome")
                        working = True


def _check_no_worker(sent: Sequence[ev.EventParams]) -> None:
    for index, params in enumerate(sent):
        if isinstance(params, ev.ToolResultParams):
            message = f"events[{index}]: `user.tool_result` may only be sent with environment credentials"
            raise ServiceError("permission_error", message, rule="events-tool-result-403")


def _check_answer(
    index: int,
    params: ev.ToolConfirmationParams | ev.CustomToolResultParams | ev.ToolResultParams,
    due: dict[str, ThreadState],
) -> None:
    """An answer names a call of its kind whose answer is due."""
    id = answered_call(params)
    thread = due.get(id)
    field = "custom_tool_use_id" if isinstance(params, ev.CustomToolResultParams) else "tool_use_id"
    if thread is None:
        # rule: events-answer-undue-400
        raise _misplaced(index, params, f"{field}: no response to `{shortened(id)}` is due")
    wanted = "user.tool_result" if id in thread.worker_calls else "user.tool_confirmation"
    if type(thread.calls[id]).__name__ == "UseCustomTool":
        wanted = "user.custom_tool_result"
    if params.type != wanted:
        raise _misplaced(index, params, f"{field}: `{id}` is waiting for {wanted}")


def _check_free(index: int, params: ev.EventParams, due: dict[str, ThreadState], *, at_cap: bool) -> None:
    if due:
        ids = " ".join(due)
        # rule: events-waiting-400
        raise _misplaced(
            index, params, f"waiting on responses to events [{ids}]; only {ALLOWED_WHILE_BLOCKED} may be sent"
        )
    if at_cap:
        # rule: session-budget-reached
        raise _misplaced(index, params, f"the session has reached its budget; only {ALLOWED_WHILE_BLOCKED} may be sent")


def _check_system(index: int, params: ev.EventParams, sent: Sequence[ev.EventParams]) -> None:
    """A system message is the last event, and follows the user's that it goes with."""
    if not isinstance(params, ev.SystemMessageParams):
        return
    before = sent[index - 1].type if index else ""
    if index != len(sent) - 1 or before not in ("user.message", "user.tool_result", "user.custom_tool_result"):
        # rule: events-system-message-last-400
        raise _misplaced(
            index,
            params,
            "it must be the last event and follow a user.message, user.tool_result or user.custom_tool_result",
        )


def _file_documents(params: ev.EventParams) -> int:
    if not isinstance(params, ev.UserMessageParams):
        return 0
    return sum(getattr(getattr(block, "source", None), "type", "") == "file" for block in params.content)


def _misplaced(index: int, params: ev.EventParams, why: str) -> ServiceError:
    return invalid(f"Invalid {params.type} event at events[{index}]: {why}")
