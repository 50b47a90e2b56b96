"""Sending: what a caller may send to a session in which state, all of it or none."""

from collections.abc import Sequence
from typing import Any

from mockdreams.wire import events as ev
from mockdreams.wire.content import FileSource, TextBlock, characters
from mockdreams.wire.errors import ServiceError, invalid, shortened
from mockdreams.wire.sessions import Session
from mockdreams.world.core.context import Context
from mockdreams.world.core.ids import is_valid_id
from mockdreams.world.files.files import Files
from mockdreams.world.sessions.outcomes import Outcomes
from mockdreams.world.sessions.state import SessionState, ThreadState
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.threads import Threads
from mockdreams.world.sessions.turns import Turns, answered_call, reaches
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
RESULTS = frozenset({"user.tool_result", "user.custom_tool_result"})
PROCESSED_WHEN_SENT = RESULTS | {"user.define_outcome"}
"""What has its `processed_at` in the answer; an outcome is given a later one when the session takes it up."""
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
        files: Files,
        work: WorkQueue,
    ) -> None:
        self._context = context
        self._sessions = sessions
        self._threads = threads
        self._outcomes = outcomes
        self._turns = turns
        self._files = files
        self._work = work
        self.most_waiting = 0
        """Events of one session that ever waited at once."""
        self.most_said = 0
        """Characters of the messages that were ever sent at once."""

    def recount(self) -> None:
        """Find out of sessions that were restored what was counted when it was sent."""
        for state in self._sessions.states:
            for log in (thread.log for thread in state.threads.values()):
                said = [characters(each.content) for each in log.waiting if isinstance(each, ev.UserMessage)]
                heard = (characters(each.content) for each in log.messages if isinstance(each, ev.UserMessage))
                self.most_waiting = max(self.most_waiting, log.waiting_count)
                self.most_said = max(self.most_said, sum(said), max(heard, default=0))

    def send(self, session_id: str, sent: Sequence[ev.EventParams], *, by_worker: bool = False) -> list[ev.Event]:
        """Take in a caller's events, all or none. Only a worker says what came of the service's own tools."""
        session, state = self._sessions.retrieve(session_id), self._sessions.state(session_id)
        self._sessions.guard(session_id)
        if session.status == "terminated":
            raise invalid(f"cannot send events to terminated session {session_id}", rule="session-send-archived-400")
        if not by_worker:
            _check_no_worker(sent)
        self._check(session, state, sent)
        self._check_files(sent)
        self._work.wake(session_id)
        return self.receive(state, sent)

    def check_initial(self, sent: Sequence[ev.EventParams]) -> None:
        """Refuse what a session cannot begin with."""
        outcomes = [index for index, params in enumerate(sent) if params.type == "user.define_outcome"]
        if len(outcomes) > 1:
            raise invalid(f"initial_events[{outcomes[1]}]: at most one user.define_outcome event is allowed")
        documents = sum(len(_named_files(params)) for params in sent)
        if documents > MAX_FILE_DOCUMENTS:
            raise invalid(f"initial_events: must have at most {MAX_FILE_DOCUMENTS} file documents")
        self._check_files(sent)

    def receive(self, state: SessionState, sent: Sequence[ev.EventParams]) -> list[ev.Event]:
        """Write down events that may be sent, and let the session take them up when it is time."""
        events = []
        self.most_waiting = max(self.most_waiting, state.primary.log.waiting_count + len(sent))
        said = sum([characters(each.content) for each in sent if isinstance(each, ev.UserMessageParams)])
        self.most_said = max(self.most_said, said)
        for params in sent:
            event = self._event(state, params)
            events.append(event)
            if isinstance(event, ev.UserInterrupt) and self._is_held(state):
                continue
            state.primary.log.enqueue(event, emit=event.type in RESULTS)
            if isinstance(event, ev.DefineOutcome):
                self._outcomes.define(self._sessions.retrieve(state.session_id), event)
            if isinstance(event, ev.UserInterrupt):
                self._turns.schedule_interrupt(state)
        self._turns.schedule_pickup(state)
        return events

    def _is_held(self, state: SessionState) -> bool:
        """Whether the session rests at its budget, where an interrupt is accepted and ignored."""
        return state.running_since is None and not state.calls and self._sessions.reached_budget(state)

    def _event(self, state: SessionState, params: ev.EventParams) -> ev.Event:
        kind = EVENTS[params.type]
        parts = vars(params).items()
        fields: dict[str, Any] = {name: tuple(part) if type(part) is list else part for name, part in parts}
        if params.type in RESULTS:
            fields |= {"is_error": bool(fields["is_error"]), "content": fields["content"] or ()}
        if params.type == "user.define_outcome":
            fields["outcome_id"] = self._context.ids.mint("outc")
            fields["rubric"] = self._rubric(fields["rubric"])
        if params.type in PROCESSED_WHEN_SENT:
            fields["processed_at"] = state.primary.log.next_time()
        if (call := answered_call(params)) and (thread := state.calls.get(call)) is not None:
            fields["session_thread_id"] = None if thread is state.primary else thread.thread_id
        fields["id"] = self._context.ids.mint("sevt")
        return kind.made_of(fields)

    def _rubric(self, rubric: ev.Rubric) -> ev.TextRubric:
        """A rubric as its text."""
        if isinstance(rubric, ev.TextRubric):
            return rubric
        return ev.TextRubric(type="text", content=self._files.text(rubric.file_id) or "")

    def _check_files(self, sent: Sequence[ev.EventParams]) -> None:
        """Refuse events that name files which cannot be read."""
        for index, params in enumerate(sent):
            if isinstance(params, ev.DefineOutcomeParams) and isinstance(params.rubric, ev.FileRubric):
                self._files.check([params.rubric.file_id])
                text = self._files.text(params.rubric.file_id)
                if not text or len(text) > ev.LONGEST_RUBRIC:
                    # rule: outcome-file-rubric-400
                    raise _misplaced(
                        index, params, f"rubric: the file must hold 1 to {ev.LONGEST_RUBRIC} characters of text"
                    )
            if named := _named_files(params):
                self._files.check(named)

    def _check(self, session: Session, state: SessionState, sent: Sequence[ev.EventParams]) -> None:
        at_cap = self._sessions.reached_budget(state)
        defines = any(isinstance(params, ev.DefineOutcomeParams) for params in sent)
        due, working = _calls_due(state), defines and _works_toward_outcome(session, state)
        for index, params in enumerate(sent):
            if type(params) is ev.UserMessageParams and not due:  # what most are, and no case below but the last is
                _check_free(index, params, due, at_cap=at_cap)
                continue
            match params:
                case ev.ToolConfirmationParams() | ev.CustomToolResultParams() | ev.ToolResultParams():
                    _check_answer(index, params, due)
                    del due[answered_call(params)]
                case ev.UserInterruptParams():
                    if params.session_thread_id is not None:
                        self._check_thread(session.id, params.session_thread_id)
                    due = {id: thread for id, thread in due.items() if not reaches(params, thread)}
                    working = working and not reaches(params, state.primary)
                case _:
                    trails = isinstance(params, ev.SystemMessageParams) and index and sent[index - 1].type in RESULTS
                    own = {} if trails else {id: thread for id, thread in due.items() if thread is state.primary}
                    _check_free(index, params, own, at_cap=at_cap)
                    _check_system(index, params, sent)
                    if isinstance(params, ev.SystemMessageParams):
                        self._check_takes_system(session.agent.model.id)
                    if isinstance(params, ev.DefineOutcomeParams):
                        if working:
                            # rule: events-outcome-single-400
                            raise _misplaced(index, params, "the session already works toward an outcome")
                        working = True

    def _check_takes_system(self, model: str) -> None:
        if model in self._context.policy.models_without_system_messages:
            message = f"`system.message` events are not supported on model {model}"
            raise invalid(message, rule="events-system-message-model-400")

    def _check_thread(self, session_id: str, thread_id: str) -> None:
        if not is_valid_id(thread_id, "sthr"):
            raise invalid(f"Invalid session_thread_id: {shortened(thread_id)}", rule="thread-interrupt-malformed-400")
        thread = self._threads.retrieve(session_id, thread_id)
        if thread.status == "terminated":
            over = "terminated" if thread.archived_at is None else "archived"
            message = f"Thread {thread_id} is {over} and cannot be interrupted."
            raise invalid(message, rule="thread-interrupt-archived-400")


def _calls_due(state: SessionState) -> dict[str, ThreadState]:
    """The calls that can be answered: those that have no answer yet, and that no interrupt is about to end."""
    calls = state.calls
    if not calls:
        return {}
    waiting = state.primary.log.waiting
    answered = {answered_call(event) for event in waiting}
    interrupts = [event for event in waiting if isinstance(event, ev.UserInterrupt)]
    return {
        id: thread
        for id, thread in calls.items()
        if id not in answered and not any(reaches(event, thread) for event in interrupts)
    }


def _works_toward_outcome(session: Session, state: SessionState) -> bool:
    """Whether there is an outcome that is not reached, and that no interrupt is about to end."""
    working = any(evaluation.completed_at is None for evaluation in session.outcome_evaluations)
    for event in state.primary.log.waiting:
        if isinstance(event, ev.UserInterrupt) and reaches(event, state.primary):
            working = False
        working = working or isinstance(event, ev.DefineOutcome)
    return working


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
            index,
            params,
            f"waiting on responses to events [{ids}]; only `user.tool_confirmation`, `user.custom_tool_result`, "
            "`user.tool_result`, or `user.interrupt` may be sent (a `system.message` may trail a tool result)",
        )
    if at_cap:
        # rule: session-budget-reached
        raise invalid(
            "session budget reached: consumed list cost has met `budget.max_list_cost`; only "
            "`user.tool_confirmation`, `user.tool_result`, `user.custom_tool_result`, and `user.interrupt` are "
            "accepted until the budget is raised"
        )


def _check_system(index: int, params: ev.EventParams, sent: Sequence[ev.EventParams]) -> None:
    """A system message is the last event, and follows the user's that it goes with."""
    if not isinstance(params, ev.SystemMessageParams):
        return
    follows = index and (sent[index - 1].type == "user.message" or sent[index - 1].type in RESULTS)
    if index != len(sent) - 1 or not follows:
        # rule: events-system-message-last-400
        raise _misplaced(
            index,
            params,
            "it must be the last event and follow a user.message, user.tool_result or user.custom_tool_result",
        )


def _named_files(params: ev.EventParams) -> list[str]:
    """The ids of the files that an event shows."""
    shown = [block for block in getattr(params, "content", None) or () if not isinstance(block, TextBlock)]
    if not shown:
        return []
    sources = (getattr(block, "source", None) for block in shown)
    return [source.file_id for source in sources if isinstance(source, FileSource)]


def _misplaced(index: int, params: ev.EventParams, why: str) -> ServiceError:
    return invalid(f"Invalid {params.type} event at events[{index}]: {why}")
