"""Sending: what a caller may send to a session in which state, all of it or none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mockdreams.wire import events as ev
from mockdreams.wire.errors import ServiceError, invalid, shortened
from mockdreams.wire.sessions import Session
from mockdreams.world.desks import Desk, Seat

if TYPE_CHECKING:
    from mockdreams.world.world import World

EVENTS: dict[str, type[ev.Event]] = {
    "user.message": ev.UserMessage,
    "user.interrupt": ev.UserInterrupt,
    "user.tool_confirmation": ev.ToolConfirmation,
    "user.custom_tool_result": ev.CustomToolResult,
    "user.define_outcome": ev.DefineOutcome,
    "system.message": ev.SystemMessage,
}
"""What becomes of a sent event in the transcript."""
WAYS_OUT = "user.interrupt, user.tool_confirmation, user.tool_result and user.custom_tool_result"
"""What may still be sent when nothing else may."""
MAX_FILE_DOCUMENTS = 100


class Sending:
    """Takes in what callers send."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def send(self, session_id: str, sent: Sequence[ev.EventParams]) -> list[ev.Event]:
        """Take in a caller's events, all or none."""
        session = self._world.sessions.retrieve(session_id)
        self._world.sessions.guard(session_id)
        if session.status == "terminated":
            raise invalid(f"cannot send events to terminated session {session_id}", rule="session-send-archived-400")
        self._check(session, sent)
        return self.receive(session, sent)

    def check_initial(self, sent: Sequence[ev.EventParams]) -> None:
        """Refuse what a session cannot begin with."""
        outcomes = [index for index, params in enumerate(sent) if params.type == "user.define_outcome"]
        if len(outcomes) > 1:
            raise invalid(f"initial_events[{outcomes[1]}]: at most one user.define_outcome event is allowed")
        documents = sum(_file_documents(params) for params in sent)
        if documents > MAX_FILE_DOCUMENTS:
            raise invalid(f"initial_events: must have at most {MAX_FILE_DOCUMENTS} file documents")

    def receive(self, session: Session, sent: Sequence[ev.EventParams]) -> list[ev.Event]:
        """Write down events that may be sent, and let the session take them up when it is time."""
        desk = self._world.sessions.desk(session.id)
        events = []
        for params in sent:
            event = self._event(desk, params)
            desk.primary.transcript.receive(event)
            if isinstance(event, ev.DefineOutcome):
                self._world.outcomes.define(session.id, event)
            events.append(event)
            if isinstance(event, ev.UserInterrupt):
                self._world.turns.interrupt(session.id, event)
        self.queue(session.id)
        return events

    def queue(self, session_id: str) -> None:
        """Let an idle session take up what waits, a little later."""
        session, desk = self._world.sessions.retrieve(session_id), self._world.sessions.desk(session_id)
        resting = session.status == "idle" and desk.running_since is None and desk.due is None
        if resting and desk.primary.transcript.waiting:
            self._world.turns.schedule(desk.primary, "session takes up its messages", self._queue_seconds())

    def _queue_seconds(self) -> float:
        policy, clock = self._world.policy, self._world.clock
        seconds = policy.turn_queue_seconds
        if clock.mode == "real":
            seconds = max(seconds, policy.turn_queue_wall_seconds * clock.speed)
        return seconds

    def _event(self, desk: Desk, params: ev.EventParams) -> ev.Event:
        kind = EVENTS[params.type]
        fields = {name: getattr(params, name) for name in type(params).model_fields}
        if params.type == "user.define_outcome":
            fields["outcome_id"] = self._world.ids.mint("outc")
        seat = desk.calls.get(_answered(params))
        if seat is not None and seat is not desk.primary:
            fields["session_thread_id"] = seat.thread_id
        return kind(id=self._world.ids.mint("sevt"), **fields)

    def _check(self, session: Session, sent: Sequence[ev.EventParams]) -> None:
        desk = self._world.sessions.desk(session.id)
        at_cap = self._world.sessions.reached_budget(session)
        answered = {_answered(event) for event in desk.primary.transcript.waiting}
        due = {id: seat for id, seat in desk.calls.items() if id not in answered}
        working = self._world.outcomes.active(session.id)
        for index, params in enumerate(sent):
            match params:
                case ev.ToolResultParams():
                    message = f"events[{index}]: `user.tool_result` may only be sent with environment credentials"
                    raise ServiceError("permission_error", message, rule="events-tool-result-403")
                case ev.ToolConfirmationParams() | ev.CustomToolResultParams():
                    _check_answer(index, params, due)
                    del due[_answered(params)]
                case ev.UserInterruptParams():
                    self._check_thread(session.id, params)
                    due, working = {}, False
                case _:
                    _check_free(index, params, due, at_cap=at_cap)
                    _check_system(index, params, sent)
                    if isinstance(params, ev.DefineOutcomeParams):
                        if working:
                            # rule: events-outcome-single-400
                            raise _misplaced(index, params, "the session already works toward an outcome")
                        working = True

    def _check_thread(self, session_id: str, params: ev.UserInterruptParams) -> None:
        if params.session_thread_id is not None:
            self._world.threads.retrieve(session_id, params.session_thread_id)


def _check_answer(
    index: int, params: ev.ToolConfirmationParams | ev.CustomToolResultParams, due: dict[str, Seat]
) -> None:
    """An answer names a call of its kind whose answer is due."""
    id = _answered(params)
    seat = due.get(id)
    field = "custom_tool_use_id" if isinstance(params, ev.CustomToolResultParams) else "tool_use_id"
    if seat is None:
        # rule: events-answer-undue-400
        raise _misplaced(index, params, f"{field}: no response to `{shortened(id)}` is due")
    custom = type(seat.calls[id]).__name__ == "UseCustomTool"
    if custom != isinstance(params, ev.CustomToolResultParams):
        wanted = "user.custom_tool_result" if custom else "user.tool_confirmation"
        raise _misplaced(index, params, f"{field}: `{id}` is waiting for {wanted}")


def _check_free(index: int, params: ev.EventParams, due: dict[str, Seat], *, at_cap: bool) -> None:
    if due:
        ids = " ".join(due)
        # rule: events-waiting-400
        raise _misplaced(index, params, f"waiting on responses to events [{ids}]; only {WAYS_OUT} may be sent")
    if at_cap:
        # rule: session-budget-reached
        raise _misplaced(index, params, f"the session has reached its budget; only {WAYS_OUT} may be sent")


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


def _answered(event: ev.EventParams | ev.Event) -> str:
    """The call that an event answers."""
    match event:
        case ev.ToolConfirmationParams() | ev.ToolConfirmation():
            return event.tool_use_id
        case ev.CustomToolResultParams() | ev.CustomToolResult():
            return event.custom_tool_use_id
    return ""


def _file_documents(params: ev.EventParams) -> int:
    if not isinstance(params, ev.UserMessageParams):
        return 0
    return sum(getattr(getattr(block, "source", None), "type", "") == "file" for block in params.content)


def _misplaced(index: int, params: ev.EventParams, why: str) -> ServiceError:
    return invalid(f"Invalid {params.type} event at events[{index}]: {why}")
