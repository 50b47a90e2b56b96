"""Outcomes: what a session works toward, and what the grader says of it, again and again."""

from typing import TYPE_CHECKING, Any

from mockdreams.answering.grader import Verdict, grade
from mockdreams.wire import events as ev
from mockdreams.wire.sessions import OutcomeEvaluation, OutcomeResult
from mockdreams.world.clock import Action, after
from mockdreams.world.desks import Desk, Goal, Seat

if TYPE_CHECKING:
    from mockdreams.world.world import World

DEFAULT_ITERATIONS = 3
GRADER_TOKENS = ev.ModelUsage.made(input_tokens=600, output_tokens=80)


class Outcomes:
    """The outcomes of all sessions of a world. A session works toward one at a time."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def define(self, session_id: str, event: ev.DefineOutcome) -> None:
        """A session is given something to work toward."""
        session = self._world.sessions.retrieve(session_id)
        rubric = event.rubric.content if isinstance(event.rubric, ev.TextRubric) else event.description
        self._world.sessions.desk(session_id).goal = Goal(
            outcome_id=event.outcome_id,
            description=event.description,
            rubric=rubric,
            iterations=event.max_iterations or DEFAULT_ITERATIONS,
        )
        evaluation = OutcomeEvaluation(outcome_id=event.outcome_id, description=event.description)
        evaluations = (*session.outcome_evaluations, evaluation)
        self._world.sessions.table.put(session.changed(outcome_evaluations=evaluations))

    def active(self, session_id: str) -> bool:
        """Whether the session works toward an outcome."""
        goal = self._world.sessions.desk(session_id).goal
        return goal is not None and not goal.exhausted

    def begin(self, session_id: str) -> None:
        """The agent takes it up."""
        if self.active(session_id):
            self._record(session_id, "running")

    def deliver(self, seat: Seat, words: str) -> None:
        """Something that the grader will look at."""
        goal = self._world.sessions.desk(seat.session_id).goal
        if goal is not None:
            goal.delivered.append(words)

    def due(self, session_id: str) -> bool:
        """Whether the grader has to look before the session may idle, which it has not after its last look."""
        desk = self._world.sessions.desk(session_id)
        if desk.goal is not None and desk.goal.exhausted:
            desk.goal = None
        return desk.goal is not None

    def evaluate(self, session_id: str) -> None:
        """The grader begins to look."""
        desk = self._world.sessions.desk(session_id)
        goal = _goal(desk)
        self._record(session_id, "evaluating")
        goal.start_id = self._emit(desk, ev.OutcomeEvaluationStart, goal).id
        taken = self._world.policy.grading_seconds
        half = after(self._world.clock.time, taken / 2)
        self._world.clock.at(half, Action("grader goes on", session_id))
        self._world.turns.schedule(desk.primary, "grader is done", taken)

    def go_on(self, session_id: str) -> None:
        """The grader is still at it."""
        desk = self._world.sessions.find_desk(session_id)
        if desk is not None and desk.goal is not None and desk.goal.start_id:
            self._emit(desk, ev.OutcomeEvaluationOngoing, desk.goal)

    def judge(self, session_id: str) -> None:
        """The grader is done: the agent revises, or says its last words, or the session idles."""
        desk = self._world.sessions.find_desk(session_id)
        if desk is None or not self._world.turns.on_time(desk.primary, "grader is done"):
            return
        goal = _goal(desk)
        last = goal.iteration + 1 >= goal.iterations
        verdict = self._verdict(desk, goal, last=last)
        self._end(session_id, desk, goal, verdict)
        goal.missing = verdict.missing or (verdict.explanation,)
        if verdict.result == "needs_revision":
            goal.iteration += 1
            goal.delivered.clear()
            self._record(session_id, "running", verdict.explanation, iteration=goal.iteration)
            self._world.turns.revise(session_id)
        elif verdict.result == "max_iterations_reached":
            goal.exhausted = True
            self._world.turns.revise(session_id)
        else:
            desk.goal = None
            self._world.turns.rest(session_id)

    def interrupt(self, session_id: str) -> None:
        """An interrupt ends the work."""
        desk = self._world.sessions.desk(session_id)
        if not self.active(session_id):
            desk.goal = None
            return
        goal = _goal(desk)
        verdict = Verdict("interrupted", "The session was interrupted.")
        if goal.start_id:
            self._end(session_id, desk, goal, verdict)
        else:
            self._record(session_id, verdict.result, verdict.explanation)
        desk.goal = None

    def abandon(self, session_id: str) -> None:
        """The turn ended early; there is nothing to grade."""
        if self.active(session_id):
            self._record(session_id, "failed", "The turn ended before there was anything to grade.")
        self._world.sessions.desk(session_id).goal = None

    def _verdict(self, desk: Desk, goal: Goal, *, last: bool) -> Verdict:
        if not desk.verdicts:
            return grade(goal.rubric, "\n".join(goal.delivered), last=last)
        verdict = desk.verdicts.popleft()
        if last and verdict.result == "needs_revision":
            return verdict._replace(result="max_iterations_reached")
        return verdict

    def _end(self, session_id: str, desk: Desk, goal: Goal, verdict: Verdict) -> None:
        self._emit(
            desk,
            ev.OutcomeEvaluationEnd,
            goal,
            outcome_evaluation_start_id=goal.start_id,
            result=verdict.result,
            explanation=verdict.explanation,
            usage=GRADER_TOKENS,
        )
        goal.start_id = ""
        self._world.sessions.spend(session_id, GRADER_TOKENS)
        self._record(session_id, verdict.result, verdict.explanation)

    def _emit(self, desk: Desk, kind: type[ev.Event], goal: Goal, **fields: Any) -> ev.Event:
        named: dict[str, Any] = {"outcome_id": goal.outcome_id, "iteration": goal.iteration}
        return self._world.threads.emit(desk.primary, kind, **named, **fields)

    def _record(
        self, session_id: str, result: OutcomeResult, explanation: str | None = None, iteration: int = -1
    ) -> None:
        """Write down how far the newest outcome has come."""
        session = self._world.sessions.retrieve(session_id)
        *before, newest = session.outcome_evaluations
        final = result in ("satisfied", "max_iterations_reached", "failed", "interrupted")
        changed = newest.changed(
            result=result,
            iteration=newest.iteration if iteration < 0 else iteration,
            explanation=explanation or newest.explanation,
            completed_at=self._world.clock.time if final else None,
        )
        self._world.sessions.table.put(session.changed(outcome_evaluations=(*before, changed)))


def _goal(desk: Desk) -> Goal:
    assert desk.goal is not None
    return desk.goal
