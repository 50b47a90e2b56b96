"""Turns: how a session takes up what it was sent, and its threads go on, model request by model request."""

from collections.abc import Iterable, Iterator
from itertools import islice, takewhile

from mockdreams.default_agent.actions import CALLS, Action, Fail, IdleAction, Refuse, Slow, Terminate, is_end
from mockdreams.wire import events as ev
from mockdreams.wire.content import TextBlock
from mockdreams.wire.threads import SessionThread, ThreadStatus
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.tasks import Task, TaskName
from mockdreams.world.sessions.model_requests import ModelRequests
from mockdreams.world.sessions.outcomes import Outcomes
from mockdreams.world.sessions.state import SessionState, ThreadState
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.threads import Threads

ANSWERS = (ev.ToolConfirmation, ev.CustomToolResult, ev.UserToolResult)
END_TURN = ev.EndTurn.unchecked()


class Turns:
    """Runs the threads of all sessions of a world. Every step that comes later is a task of the clock."""

    def __init__(
        self,
        context: Context,
        sessions: SessionStore,
        threads: Threads,
        model_requests: ModelRequests,
        outcomes: Outcomes,
    ) -> None:
        self._context = context
        self._sessions = sessions
        self._threads = threads
        self._model_requests = model_requests
        self._outcomes = outcomes

    def start(self, session_id: str) -> None:
        """The session takes up what it was sent, and runs if there is something to do."""
        state = self._sessions.find_state(session_id)
        if state is None or not self._is_current(state.primary, "session takes up its messages"):
            return
        log = state.primary.log
        answers = [event for event in log.waiting if isinstance(event, ANSWERS)]
        self._mark_processed(state, answers)  # before the run that they cause; messages after the start of theirs
        given = {answered_call(event) for event in answers if not self._leaves_to_worker(state, event)}
        left = tuple(id for id in state.calls if id not in given)
        resumed = [] if self._sessions.reached_budget(state) else state.paused
        if left:
            self._apply_answers(state, answers)
            if answers and not resumed:
                log.append(ev.StatusIdle, stop_reason=ev.RequiresAction(event_ids=left))
            answers = []
        else:
            resumed += [thread for thread in state.threads.values() if thread.waiting_for_results]
        if resumed:
            self.run(state)
            self._resume(state, resumed, answers)
        elif not left and state.repeats_left:
            self.run(state)
            self._model_requests.repeat_turn(state)
            self._next(state, state.primary)
        elif _is_sent_to_primary(state) and not state.primary.waiting_for_results:
            self.run(state)
            if state.primary.children:  # whose reports its turn waits for
                self._next(state, state.primary)
            else:
                self._start_turn(state)
        self._rest(state)

    def emit_previews(self, thread_id: str) -> None:
        """A model request is half done: those who want previews see the first half of what it says."""
        _, thread = self._sessions.find_thread(thread_id)
        if thread is not None and thread.due is not None:
            self._model_requests.preview(thread)

    def finish_request(self, thread_id: str) -> None:
        """A model request is done: what it says and does is there."""
        state, thread = self._sessions.find_thread(thread_id)
        if state is None or thread is None or not self._is_current(thread, "thread answers"):
            return
        acts = thread.pending_actions
        self._model_requests.apply(state, thread, self._next)
        end = next((act for act in acts if is_end(act)), None)
        if end is not None:
            self._apply_terminal(state, thread, end)
        elif thread.calls or thread.children:
            self._wait(state, thread)
        elif thread.script or (thread.script is None and any(isinstance(act, CALLS) for act in acts)):
            self._next(state, thread)
        else:
            self._end_turn(state, thread)
        self._rest(state)

    def retry(self, session_id: str) -> None:
        """A rescheduled session tries again."""
        state = self._sessions.find_state(session_id)
        if state is not None and self._is_current(state.primary, "session tries again"):
            self.run(state)
            self._next(state, state.primary)
            self._rest(state)

    def retry_thread(self, thread_id: str) -> None:
        """A rescheduled child tries again, or a paused thread of a running session goes on."""
        state, thread = self._sessions.find_thread(thread_id)
        if state is not None and thread is not None and self._is_current(thread, "thread tries again"):
            self._threads.run(state, thread)
            self._next(state, thread)
            self._rest(state)

    def finish_grading(self, session_id: str) -> None:
        """The grader is done: the agent goes on, or the session rests."""
        state = self._sessions.find_state(session_id)
        if state is None or not self._is_current(state.primary, "grader is done"):
            return
        if self._outcomes.finish_evaluation(state):
            self._model_requests.begin_turn(state, state.primary, [])
            self._next(state, state.primary)
        else:
            self._idle_or_continue(state)
        self._rest(state)

    def resume_paused(self, session_id: str) -> None:
        """The budget was raised or removed: what it had paused goes on, a little later."""
        state = self._sessions.state(session_id)
        if state.running_since is None:
            self.schedule_pickup(state)
            return
        for thread in state.paused:
            seconds = self._wall_at_least(self._context.policy.turn_queue_seconds)
            self._schedule(thread, "thread tries again", thread.thread_id, seconds)

    def archive_thread(self, session_id: str, thread_id: str, *, seen: ThreadStatus | None = None) -> SessionThread:
        """`Threads.archive`; a session that waited for the thread goes on, or names what else it waits for."""
        state = self._sessions.state(session_id)
        thread = state.threads.get(thread_id)
        asked, waited = bool(thread and thread.calls), bool(thread and not thread.at_rest)
        archived = self._threads.archive(session_id, thread_id, seen=seen)
        if waited and state.running_since is None:
            if not state.calls:
                state.threads[archived.parent_thread_id or ""].paused = True
                self.schedule_pickup(state)
            if asked and (state.calls or self._sessions.reached_budget(state)):
                reason = ev.RequiresAction(event_ids=tuple(state.calls)) if state.calls else ev.BudgetReached()
                state.primary.log.append(ev.StatusIdle, stop_reason=reason)
        return archived

    def schedule_pickup(self, state: SessionState, seconds: float | None = None) -> None:
        """Let an idle session take up what waits, a little later; the policy says when, unless it is said here."""
        session = self._sessions.retrieve(state.session_id)
        resting = session.status == "idle" and state.running_since is None and not state.works
        if not resting or not self._has_work(state) or state.interrupt_due is not None:
            return
        seconds = self._context.policy.turn_queue_seconds if seconds is None else max(0.0, seconds)
        self._schedule(state.primary, "session takes up its messages", session.id, self._wall_at_least(seconds))

    def _has_work(self, state: SessionState) -> bool:
        """Whether there is anything to take up; at its budget a session takes up answers only."""
        log = state.primary.log
        if self._sessions.reached_budget(state):
            return any(isinstance(event, ANSWERS) for event in log.waiting)
        return bool(log.has_waiting or state.paused or state.repeats_left)

    def run(self, state: SessionState) -> None:
        """The session and its primary thread turn `running`."""
        state.running_since = self._context.clock.time
        state.primary.log.append(ev.StatusRunning)
        self._threads.run(state, state.primary)
        self._sessions.transition(self._sessions.retrieve(state.session_id), "running")

    def idle(
        self, state: SessionState, reason: ev.StopReason = END_TURN, details: ev.RefusalDetails | None = None
    ) -> None:
        """The session and its primary thread turn `idle`, at the budget for that reason if no call waits."""
        log = state.primary.log
        self._pause(state)
        self._threads.idle(state, state.primary, ev.BudgetReached() if state.primary.paused else reason, details)
        if isinstance(reason, ev.EndTurn) and self._sessions.reached_budget(state):
            reason = ev.BudgetReached()
        session, usage = self._sessions.retrieve(state.session_id), self._sessions.usage(state)
        log.append(ev.UsageReported, usage=usage, budget=session.budget and session.budget.model_dump())
        log.append(ev.StatusIdle, stop_reason=reason, stop_details=details)
        self._sessions.transition(session, "idle", usage=usage)
        if not state.repeats_left and not state.calls:
            state.repeated_turn = ()
        if isinstance(reason, ev.BudgetReached):  # from which only a change of the budget wakes a session
            self._context.happened("session.budget_reached", state.session_id)
        self.schedule_pickup(state)

    def schedule_interrupt(self, state: SessionState) -> None:
        """An interrupt was sent: it takes effect a little later, with those that are sent until then."""
        if state.interrupt_due is None:
            seconds = self._wall_at_least(self._context.policy.interrupt_seconds)
            state.interrupt_due = add_seconds(self._context.clock.time, seconds)
            self._context.clock.schedule(state.interrupt_due, Task("session is interrupted", state.session_id))

    def land_interrupts(self, session_id: str) -> None:
        """The interrupts that wait take effect."""
        state = self._sessions.find_state(session_id)
        if state is None or state.interrupt_due != self._context.clock.time:
            return
        log, policy = state.primary.log, self._context.policy
        while event := next((event for event in log.waiting if isinstance(event, ev.UserInterrupt)), None):
            if reaches(event, state.primary):
                self._interrupt(state, event)
            else:
                self._interrupt_child(state, state.threads[event.session_thread_id or ""], event)
        state.interrupt_due = None
        self._rest(state)
        self.schedule_pickup(state, policy.turn_queue_seconds - policy.interrupt_seconds)

    def _interrupt(self, state: SessionState, event: ev.UserInterrupt) -> None:
        """The primary thread stops, and its children if the interrupt names no thread.

        What was sent before the interrupt is taken up and not answered.
        """
        primary, log = state.primary, state.primary.log
        unheard = list(takewhile(lambda sent: sent is not event, log.waiting))
        calm = not (unheard or state.works or state.running_since or state.calls or state.paused)
        reached = [thread for thread in state.threads.values() if reaches(event, thread) and not thread.at_rest]
        children = primary.children if event.session_thread_id else set[str]()
        for thread in reached:
            self._abort(state, thread)
        self._mark_processed(state, [*unheard, event])
        for thread in reached:
            if thread is not primary:
                self._threads.idle(state, thread)
        self._outcomes.interrupt(state, unheard)
        primary.children, primary.script = set(children), ()
        state.repeated_turn, state.repeats_left = (), 0
        if calm:
            return
        if state.works and state.running_since is not None:
            self._threads.idle(state, primary)
        else:
            self.idle(state, ev.RequiresAction(event_ids=tuple(state.calls)) if state.calls else END_TURN)

    def _start_turn(self, state: SessionState) -> None:
        """A turn begins with the first of what waits."""
        state.primary.script = ()
        if state.record(state.primary).status == "idle":
            self._threads.run(state, state.primary)
        self._next(state, state.primary)

    def _next_actions(self, state: SessionState, thread: ThreadState) -> tuple[Action, ...]:
        """The acts of the next model request: of a new turn if this one has come to its end and more waits."""
        if thread is not state.primary:
            return self._model_requests.next_actions(state, thread)
        self._take_up(state)
        acts = self._model_requests.next_actions(state, thread)
        while not acts and _is_sent_to_primary(state):
            thread.script = ()
            self._take_up(state)
            acts = self._model_requests.next_actions(state, thread)
        return acts

    def _take_up(self, state: SessionState) -> None:
        """Before a model request the first of what waits is taken up: this turn hears it, or a new one begins."""
        primary = state.primary
        events = first_sent(sent_to_primary(state))
        if not events:
            return
        self._mark_processed(state, events)
        primary.unread_chars += sum(len(event.body) for event in events)
        if isinstance(events[0], ev.DefineOutcome):
            self._outcomes.start(state, events[0])
        words = [
            "\n".join(block.text for block in event.content if isinstance(block, TextBlock))
            for event in events
            if isinstance(event, ev.UserMessage)
        ]
        if primary.script == ():
            self._model_requests.begin_turn(state, primary, words)
        else:
            primary.turn_messages += words

    def _next(self, state: SessionState, thread: ThreadState) -> None:
        """The next model request of a turn, or its end; or a pause, if the budget is reached."""
        thread.paused = self._sessions.reached_budget(state)
        if thread.paused:
            if thread is not state.primary:
                self._threads.idle(state, thread, ev.BudgetReached())
            return
        acts = self._next_actions(state, thread)
        if not acts:
            self._end_turn(state, thread)
            return
        tokens, most = self._model_requests.tokens(thread), self._context.policy.context_window_tokens
        if tokens > most:
            too_long = f"prompt is too long: {tokens} tokens > {most} maximum"
            self._apply_terminal(state, thread, Fail(error="unknown_error", message=too_long, retry="terminal"))
            return
        self._model_requests.open_request(thread, acts)
        taken = self._context.policy.turn_seconds + sum(act.slow for act in acts if isinstance(act, Slow))
        if thread.log.previewed:
            half = add_seconds(self._context.clock.time, taken / 2)
            self._context.clock.schedule(half, Task("thread speaks", thread.thread_id))
        self._schedule(thread, "thread answers", thread.thread_id, taken)

    def _next_or_end(self, state: SessionState, thread: ThreadState) -> None:
        if thread.script or thread.script is None:
            self._next(state, thread)
        else:
            self._end_turn(state, thread)

    def _end_turn(self, state: SessionState, thread: ThreadState) -> None:
        """A thread has nothing more to do in this turn."""
        if thread.parent_id is not None:
            words = thread.turn_text or f"[child {thread.thread_id} completed but produced no text output]"
            self._threads.report(state, thread, words)
            self._notify_parent(state, thread, words)
        elif not _is_sent_to_primary(state) and self._outcomes.needs_grading(state):
            self._schedule(thread, "grader is done", state.session_id, self._outcomes.evaluate(state))
        else:
            self._idle_or_continue(state)

    def _idle_or_continue(self, state: SessionState) -> None:
        """Nothing is left to do: more messages are taken up, or the session idles."""
        if _is_sent_to_primary(state):
            self._start_turn(state)
        else:
            self.idle(state)

    def _notify_parent(self, state: SessionState, child: ThreadState, words: str) -> None:
        """The parent of a child that has ended hears of it, and goes on when it was the last."""
        parent = state.threads[child.parent_id or ""]
        parent.children.discard(child.thread_id)
        parent.unread_chars += len(words)
        ready = parent.due is None and not parent.children and not parent.calls
        if ready and state.running_since is not None and (parent is state.primary or parent.running_since is not None):
            self._next_or_end(state, parent)
        else:
            self._wait(state, parent)

    def _wait(self, state: SessionState, thread: ThreadState) -> None:
        """A thread waits for its caller or its children."""
        thread.waiting_for_results = thread.waiting_for_results or bool(thread.calls)
        if thread.calls and thread.running_since is not None and thread is not state.primary:
            self._threads.idle(state, thread, ev.RequiresAction(event_ids=tuple(thread.calls)))

    def _rest(self, state: SessionState) -> None:
        """The session idles if nothing goes on by itself; a call that waits outranks the budget."""
        if state.works or state.running_since is None:
            return
        if state.calls:
            self.idle(state, ev.RequiresAction(event_ids=tuple(state.calls)))
        elif state.paused:
            self.idle(state, ev.BudgetReached())

    def _apply_terminal(
        self, state: SessionState, thread: ThreadState, end: Fail | Refuse | Terminate | IdleAction
    ) -> None:
        """An act after which there is no more to the model request."""
        if isinstance(end, Fail):
            self._model_requests.emit_error(state, end)
        match end:
            case Terminate() | Fail(retry_status="terminal"):
                self._terminate(state)
            case IdleAction():
                self._clear(thread)
                self._outcomes.fail(state)
                self.idle(state, ev.RequiresAction(event_ids=tuple(end.idle.event_ids)))
            case Refuse():
                details = ev.RefusalDetails(category=end.refuse, explanation=end.explanation)
                self._end_early(state, thread, end.explanation or "The model refused.", ev.Refusal(), details)
            case Fail(retry_status="retrying"):
                self._reschedule(state, thread)
            case Fail():
                self._end_early(state, thread, end.words, ev.RetriesExhausted())

    def _end_early(
        self,
        state: SessionState,
        thread: ThreadState,
        why: str,
        reason: ev.StopReason,
        details: ev.RefusalDetails | None = None,
    ) -> None:
        """A turn ends early: what was sent meanwhile is taken up and not answered."""
        self._clear(thread)
        if thread is not state.primary:
            words = f"[child {thread.thread_id} failed: {why}]"
            self._threads.report(state, thread, words, reason, details)
            self._notify_parent(state, thread, words)
            return
        flushed = list(sent_to_primary(state))
        self._mark_processed(state, flushed)
        self._outcomes.fail(state, flushed)
        self.idle(state, reason, details)

    def _terminate(self, state: SessionState) -> None:
        """The session is over."""
        self._pause(state)
        self._outcomes.fail(state)
        for thread in state.threads.values():
            self._clear(thread)
        for thread in [*state.children, state.primary]:
            self._threads.terminate(state, thread)
        state.primary.log.append(ev.StatusTerminated)
        session, usage = self._sessions.retrieve(state.session_id), self._sessions.usage(state)
        self._sessions.transition(session, "terminated", usage=usage)

    def _reschedule(self, state: SessionState, thread: ThreadState) -> None:
        """The thread, and with the primary one its session, waits a while and then tries again."""
        seconds = self._context.policy.retry_seconds
        thread.script = thread.script or None
        if thread is not state.primary:
            self._threads.reschedule(state, thread)
            self._schedule(thread, "thread tries again", thread.thread_id, seconds)
            return
        self._pause(state)
        self._threads.reschedule(state, thread)
        thread.log.append(ev.StatusRescheduled)
        self._sessions.transition(self._sessions.retrieve(state.session_id), "rescheduling")
        self._schedule(thread, "session tries again", state.session_id, seconds)

    def _interrupt_child(self, state: SessionState, child: ThreadState, event: ev.UserInterrupt) -> None:
        at_rest = child.at_rest
        self._abort(state, child)
        self._mark_processed(state, [event])
        if at_rest:
            return
        self._threads.idle(state, child)
        self._notify_parent(state, child, "")
        if state.running_since is not None:
            return
        if state.calls:
            state.primary.log.append(ev.StatusIdle, stop_reason=ev.RequiresAction(event_ids=tuple(state.calls)))
            return
        self.run(state)
        parent = state.threads[child.parent_id or ""]
        self._resume(state, [each for each in state.threads.values() if each.waiting_for_results or each is parent], [])

    def _resume(self, state: SessionState, threads: list[ThreadState], answers: Iterable[ev.Event]) -> None:
        """Every answer is there: the threads that waited go on."""
        for thread in threads:
            if thread is not state.primary:
                self._threads.run(state, thread)
        self._apply_answers(state, answers)
        for thread in threads:
            self._model_requests.run_held(state, thread)
            thread.waiting_for_results = thread.paused = False
        for thread in threads:
            if not thread.children and thread.due is None:
                self._next_or_end(state, thread)

    def _apply_answers(self, state: SessionState, answers: Iterable[ev.Event]) -> None:
        for event in answers:
            call_id = answered_call(event)
            self._model_requests.apply_tool_response(state, state.calls[call_id], call_id, event)

    def _leaves_to_worker(self, state: SessionState, event: ev.Event) -> bool:
        """Whether an answer only lets a worker run the call, which goes on to wait."""
        thread = state.calls.get(answered_call(event))
        if thread is None or not isinstance(event, ev.ToolConfirmation):
            return False
        return self._model_requests.leaves_to_worker(state, thread, event)

    def _mark_processed(self, state: SessionState, events: Iterable[ev.Event]) -> None:
        for event in list(events):
            state.primary.log.mark_processed(event)

    def _abort(self, state: SessionState, thread: ThreadState) -> None:
        self._model_requests.abort(state, thread)
        self._clear(thread)

    def _clear(self, thread: ThreadState) -> None:
        thread.due, thread.waiting_for_results, thread.paused = None, False, False
        thread.pending_actions, thread.pending_event_ids, thread.script, thread.request_id = (), (), (), ""
        thread.calls.clear()
        thread.held_calls.clear()
        thread.worker_calls.clear()
        thread.children.clear()

    def _pause(self, state: SessionState) -> None:
        if state.running_since is not None:
            state.active_seconds += (self._context.clock.time - state.running_since).total_seconds()
        state.running_since = None

    def _wall_at_least(self, seconds: float) -> float:
        """So many virtual seconds; under the real clock as many more as a client needs to see them pass."""
        policy, clock = self._context.policy, self._context.clock
        return max(seconds, policy.turn_queue_wall_seconds * clock.speed) if clock.mode == "real" else seconds

    def _schedule(self, thread: ThreadState, name: TaskName, target_id: str, seconds: float) -> None:
        """Let the thread go on later, by this task and no other."""
        thread.due, thread.scheduled_task = add_seconds(self._context.clock.time, seconds), name
        self._context.clock.schedule(thread.due, Task(name, target_id))

    def _is_current(self, thread: ThreadState, name: TaskName) -> bool:
        """Whether this is what the thread was scheduled for last, and when; if so, it is due no more."""
        if thread.due != self._context.clock.time or thread.scheduled_task != name:
            return False
        thread.due = None
        return True


def sent_to_primary(state: SessionState) -> Iterator[ev.Event]:
    """What waits for a model request of the primary thread, up to an interrupt of it that waits as well.

    Nothing does while a turn is repeated.
    """
    if state.repeated_turn:
        return
    for event in state.primary.log.waiting_in_order():
        if not isinstance(event, ev.UserInterrupt):
            yield event
        elif reaches(event, state.primary):
            return


def _is_sent_to_primary(state: SessionState) -> bool:
    return next(sent_to_primary(state), None) is not None


def first_sent(waiting: Iterable[ev.Event]) -> list[ev.Event]:
    """What a model request takes up of what waits: one event, and the system message that goes with it."""
    first = list(islice(waiting, 2))
    return first[: 1 + any(isinstance(event, ev.SystemMessage) for event in first[1:])]


def reaches(interrupt: ev.UserInterrupt | ev.UserInterruptParams, thread: ThreadState) -> bool:
    """Whether an interrupt is for a thread: it names it, or none."""
    return interrupt.session_thread_id in (None, thread.thread_id)


_NAMES_CALL: dict[type, str] = {
    ev.ToolConfirmationParams: "tool_use_id",
    ev.ToolConfirmation: "tool_use_id",
    ev.ToolResultParams: "tool_use_id",
    ev.UserToolResult: "tool_use_id",
    ev.CustomToolResultParams: "custom_tool_use_id",
    ev.CustomToolResult: "custom_tool_use_id",
}
"""The field in which an answer names its call; a class is found here in a sixth of the time of matching all six."""


def answered_call(event: ev.EventParams | ev.Event) -> str:
    """The call that an event answers, or nothing."""
    name = _NAMES_CALL.get(type(event))
    return "" if name is None else getattr(event, name)
