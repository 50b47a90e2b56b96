"""Turns: how a session takes up what it was sent, and its threads go on, model request by model request."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from mockdreams.answering.acts import CALLS, ENDS, Fail, Refuse, Slow, Terminate
from mockdreams.wire import events as ev
from mockdreams.wire.content import TextBlock
from mockdreams.world.clock import Action, after
from mockdreams.world.desks import Desk, Seat
from mockdreams.world.tables import MICROSECOND

if TYPE_CHECKING:
    from mockdreams.world.world import World

ANSWERS = (ev.ToolConfirmation, ev.CustomToolResult)
END_TURN = ev.EndTurn.made()


class Turns:
    """Runs the threads of all sessions of a world. Every step that comes later is an action of the clock."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def begin(self, session_id: str) -> None:
        """The session takes up what it was sent, and runs if there is something to do."""
        desk = self._world.sessions.find_desk(session_id)
        if desk is None or not self.on_time(desk.primary, "session takes up its messages"):
            return
        waiting = desk.primary.transcript.waiting
        if desk.calls:
            waiting = [event for event in waiting if isinstance(event, ANSWERS)]
            left = self._unanswered(desk, waiting)
            if left:
                self._take_up(desk, waiting)
                self._answered(desk, waiting)
                self._world.threads.emit(
                    desk.primary, ev.StatusIdle, stop_reason=ev.RequiresAction(event_ids=tuple(left))
                )
                return
        if not waiting:
            return
        first = desk.primary.transcript.next_time(self._world.clock.time)
        resumed = [seat for seat in desk.seats.values() if seat.held]
        self.run(session_id, first + len(waiting) * MICROSECOND)
        self._take_up(desk, waiting, first)
        if resumed:
            self._resume(desk, resumed, waiting)
        else:
            self._hear(desk, waiting)
            self._next(desk.primary)

    def speak(self, thread_id: str) -> None:
        """A model request is half done: those who want previews see the first half of what it says."""
        seat = self._world.sessions.find_seat(thread_id)
        if seat is not None and seat.due is not None:
            self._world.speech.preview(seat)

    def answer(self, thread_id: str) -> None:
        """A model request is done: what it says and does is there."""
        seat = self._world.sessions.find_seat(thread_id)
        if seat is None or not self.on_time(seat, "thread answers"):
            return
        acts = seat.round
        self._world.speech.perform(seat)
        end = next((act for act in acts if isinstance(act, ENDS)), None)
        if end is not None:
            self._end(seat, end)
        elif seat.calls or seat.children:
            self._wait(seat)
        elif seat.script or (seat.script is None and any(isinstance(act, CALLS) for act in acts)):
            self._next(seat)
        else:
            self._finish(seat)

    def retry(self, session_id: str) -> None:
        """A rescheduled session tries again."""
        desk = self._world.sessions.find_desk(session_id)
        if desk is not None and self.on_time(desk.primary, "session tries again"):
            self.run(session_id)
            self._next(desk.primary)

    def retry_thread(self, thread_id: str) -> None:
        """A rescheduled child tries again."""
        seat = self._world.sessions.find_seat(thread_id)
        if seat is not None and self.on_time(seat, "thread tries again"):
            self._world.threads.run(seat)
            self._next(seat)

    def revise(self, session_id: str) -> None:
        """The agent goes on after the grader has spoken."""
        seat = self._world.sessions.desk(session_id).primary
        self._world.speech.begin_turn(seat, [])
        self._next(seat)

    def rest(self, session_id: str) -> None:
        """Nothing is left to do: more messages are taken up, or the session idles."""
        desk = self._world.sessions.desk(session_id)
        waiting = desk.primary.transcript.waiting
        if waiting:
            self._take_up(desk, waiting)
            self._hear(desk, waiting)
            self._next(desk.primary)
        else:
            self.idle(session_id)

    def run(self, session_id: str, start: datetime | None = None) -> None:
        """The session and its primary thread turn `running`, at `start` or now."""
        desk, now = self._world.sessions.desk(session_id), self._world.clock.time
        desk.running_since = now
        at = start or desk.primary.transcript.next_time(now)
        self._world.threads.emit(desk.primary, ev.StatusRunning, at=at)
        self._world.threads.run(desk.primary, at + MICROSECOND)
        self._world.sessions.become(self._world.sessions.retrieve(session_id), "running")

    def idle(self, session_id: str, reason: ev.StopReason = END_TURN, details: ev.RefusalDetails | None = None) -> None:
        """The session and its primary thread turn `idle`."""
        desk, threads = self._world.sessions.desk(session_id), self._world.threads
        self._pause(desk)
        threads.idle(desk.primary, reason, details)
        session = self._world.sessions.retrieve(session_id)
        usage = self._world.sessions.usage(desk)
        threads.emit(desk.primary, ev.UsageReported, usage=usage, budget=session.budget and session.budget.model_dump())
        threads.emit(desk.primary, ev.StatusIdle, stop_reason=reason, stop_details=details)
        self._world.sessions.become(session, "idle", usage=usage)
        self._world.sending.queue(session_id)

    def terminate(self, session_id: str) -> None:
        """The session is over."""
        desk = self._world.sessions.desk(session_id)
        self._pause(desk)
        self._world.outcomes.abandon(session_id)
        for seat in desk.seats.values():
            self._clear(seat)
        for seat in [*desk.children, desk.primary]:
            self._world.threads.terminate(seat)
        self._world.threads.emit(desk.primary, ev.StatusTerminated)
        self._world.sessions.become(self._world.sessions.retrieve(session_id), "terminated")

    def interrupt(self, session_id: str, event: ev.UserInterrupt) -> None:
        """What is under way stops; what was sent before the interrupt is taken up and not answered."""
        desk = self._world.sessions.desk(session_id)
        child = desk.seats.get(event.session_thread_id or "")
        if child is not None and child is not desk.primary:
            self._interrupt_child(desk, child, event)
            return
        unheard = any(not isinstance(sent, ev.UserInterrupt) for sent in desk.primary.transcript.waiting)
        busy = unheard or desk.due is not None or desk.running_since is not None or bool(desk.calls)
        for seat in [*desk.children, desk.primary]:
            running = not seat.stopped or seat.request_id or seat.calls
            self._break_off(seat)
            if running and seat is not desk.primary:
                self._world.threads.idle(seat)
        self._take_up(desk, desk.primary.transcript.waiting)
        self._world.outcomes.interrupt(session_id)
        if busy:
            self.idle(session_id)

    def start_child(self, child: Seat) -> None:
        """A new thread begins to work."""
        self._next(child)

    def schedule(self, seat: Seat, what: str, seconds: float) -> None:
        """Let the thread go on later: as a thread, or on behalf of its session."""
        seat.due, seat.awaits = after(self._world.clock.time, seconds), what
        subject = seat.thread_id if what.startswith("thread") else seat.session_id
        self._world.clock.at(seat.due, Action(what, subject))

    def _next(self, seat: Seat) -> None:
        """The next model request of a turn, or its end."""
        session = self._world.sessions.retrieve(seat.session_id)
        if self._world.sessions.reached_budget(session):
            self._stop(seat, ev.BudgetReached())
            return
        acts = self._world.speech.decide(seat)
        if not acts:
            self._finish(seat)
            return
        tokens = self._world.speech.tokens(seat)
        if tokens > self._world.policy.context_window_tokens:
            most = self._world.policy.context_window_tokens
            too_long = f"prompt is too long: {tokens} tokens > {most} maximum"
            self._end(seat, Fail(error="unknown_error", message=too_long, retry="terminal"))
            return
        seat.round = acts
        self._world.speech.open_request(seat)
        taken = self._world.policy.turn_seconds + sum(act.slow for act in acts if isinstance(act, Slow))
        if seat.transcript.watched:
            half = after(self._world.clock.time, taken / 2)
            self._world.clock.at(half, Action("thread speaks", seat.thread_id))
        self.schedule(seat, "thread answers", taken)

    def _finish(self, seat: Seat) -> None:
        """A thread has nothing more to do in this turn."""
        if seat.parent_id is not None:
            self._report(seat, seat.said or "Done.")
        elif self._world.outcomes.due(seat.session_id):
            self._world.outcomes.evaluate(seat.session_id)
        else:
            self.rest(seat.session_id)

    def _report(self, child: Seat, words: str) -> None:
        desk = self._world.sessions.desk(child.session_id)
        self._world.threads.report(child, words)
        self._rejoin(desk, child, words)

    def _rejoin(self, desk: Desk, child: Seat, words: str) -> None:
        """The parent of a child that has ended hears of it, and goes on when it was the last."""
        parent = desk.seats[child.parent_id or ""]
        parent.children.discard(child.thread_id)
        parent.fresh += len(words)
        if parent.due is None and not parent.children and not parent.calls and desk.running_since is not None:
            self._next_or_finish(parent)
        else:
            self._wait(parent)

    def _next_or_finish(self, seat: Seat) -> None:
        if seat.script or seat.script is None:
            self._next(seat)
        else:
            self._finish(seat)

    def _wait(self, seat: Seat) -> None:
        """A thread waits for its caller or its children; the session idles if nothing else goes on."""
        desk = self._world.sessions.desk(seat.session_id)
        seat.held = seat.held or bool(seat.calls)
        if seat.calls and seat.running_since is not None and seat is not desk.primary:
            self._world.threads.idle(seat, ev.RequiresAction(event_ids=tuple(seat.calls)))
        if desk.due is None and desk.calls and desk.running_since is not None:
            self.idle(seat.session_id, ev.RequiresAction(event_ids=tuple(desk.calls)))

    def _end(self, seat: Seat, end: Fail | Refuse | Terminate) -> None:
        match end:
            case Terminate():
                self.terminate(seat.session_id)
            case Refuse():
                details = ev.RefusalDetails(category=end.refuse, explanation=end.explanation)
                self._stop(seat, ev.Refusal(), details)
            case Fail(retry="terminal"):
                self._world.speech.complain(seat, end)
                self.terminate(seat.session_id)
            case Fail(retry="retrying"):
                self._world.speech.complain(seat, end)
                self._reschedule(seat)
            case Fail():
                self._world.speech.complain(seat, end)
                self._stop(seat, ev.RetriesExhausted())

    def _stop(self, seat: Seat, reason: ev.StopReason, details: ev.RefusalDetails | None = None) -> None:
        """A turn ends early: what was sent meanwhile is taken up and not answered."""
        desk = self._world.sessions.desk(seat.session_id)
        self._clear(seat)
        if seat is not desk.primary:
            self._world.threads.idle(seat, reason, details)
            if isinstance(reason, ev.RetriesExhausted):
                self._world.threads.terminate(seat)
            self._rejoin(desk, seat, "")
            return
        waiting = desk.primary.transcript.waiting
        self._take_up(desk, waiting)
        self._world.outcomes.abandon(seat.session_id)
        self.idle(seat.session_id, reason, details)

    def _reschedule(self, seat: Seat) -> None:
        """The whole session waits a while and then tries again."""
        desk = self._world.sessions.desk(seat.session_id)
        seat.script = seat.script or None
        if seat is not desk.primary:
            self._world.threads.reschedule(seat)
            self.schedule(seat, "thread tries again", self._world.policy.retry_seconds)
            return
        self._pause(desk)
        self._world.threads.reschedule(seat)
        self._world.threads.emit(seat, ev.StatusRescheduled)
        self._world.sessions.become(self._world.sessions.retrieve(seat.session_id), "rescheduling")
        self.schedule(seat, "session tries again", self._world.policy.retry_seconds)

    def _interrupt_child(self, desk: Desk, child: Seat, event: ev.UserInterrupt) -> None:
        self._take_up(desk, [event])
        if child.stopped and not child.calls:
            return
        self._break_off(child)
        self._world.threads.idle(child)
        self._rejoin(desk, child, "")
        if desk.running_since is None and not desk.calls:
            self.run(child.session_id)
            parent = desk.seats[child.parent_id or ""]
            self._resume(desk, [seat for seat in desk.seats.values() if seat.held or seat is parent], [])

    def _break_off(self, seat: Seat) -> None:
        self._world.speech.break_off(seat)
        self._clear(seat)

    def _clear(self, seat: Seat) -> None:
        seat.due, seat.held = None, False
        seat.round, seat.ids, seat.script, seat.request_id = (), (), (), ""
        seat.calls.clear()
        seat.children.clear()

    def _pause(self, desk: Desk) -> None:
        if desk.running_since is not None:
            desk.active += (self._world.clock.time - desk.running_since).total_seconds()
        desk.running_since = None

    def on_time(self, seat: Seat, what: str) -> bool:
        """Whether this is what the thread was scheduled for last, and when; if so, it is due no more."""
        if seat.due != self._world.clock.time or seat.awaits != what:
            return False
        seat.due = None
        return True

    def _take_up(self, desk: Desk, events: Iterable[ev.Event], first: datetime | None = None) -> None:
        """Mark events processed, from the microsecond `first` or now on."""
        first = first or desk.primary.transcript.next_time(self._world.clock.time)
        for index, event in enumerate(list(events)):
            desk.primary.transcript.take_up(event, first + index * MICROSECOND)

    def _hear(self, desk: Desk, events: Iterable[ev.Event]) -> None:
        """A turn begins with what these events say."""
        words = [
            "\n".join(block.text for block in event.content if isinstance(block, TextBlock))
            for event in events
            if isinstance(event, ev.UserMessage)
        ]
        desk.primary.fresh += sum(len(event.body) for event in events)
        self._world.outcomes.begin(desk.primary.session_id)
        self._world.speech.begin_turn(desk.primary, words)

    def _unanswered(self, desk: Desk, answers: Iterable[ev.Event]) -> list[str]:
        given = {self._call_of(event) for event in answers}
        return [id for id in desk.calls if id not in given]

    def _answered(self, desk: Desk, answers: Iterable[ev.Event]) -> None:
        for event in answers:
            self._world.speech.take_answer(desk.calls[self._call_of(event)], self._call_of(event), event)

    def _resume(self, desk: Desk, seats: list[Seat], answers: Iterable[ev.Event]) -> None:
        """Every answer is there: the threads that waited go on."""
        for seat in seats:
            if seat is not desk.primary:
                self._world.threads.run(seat)
        self._answered(desk, answers)
        for seat in seats:
            seat.held = False
        for seat in seats:
            if not seat.children and seat.due is None:
                self._next_or_finish(seat)

    def _call_of(self, event: ev.Event) -> str:
        if isinstance(event, ev.ToolConfirmation):
            return event.tool_use_id
        assert isinstance(event, ev.CustomToolResult)
        return event.custom_tool_use_id
