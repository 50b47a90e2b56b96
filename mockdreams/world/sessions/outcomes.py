"""Outcomes: what a session works toward, and what the grader says of it, again and again."""

from collections.abc import Iterable
from typing import Any

from mockdreams.default_agent.grader import Verdict, grade
from mockdreams.wire import events as ev
from mockdreams.wire.sessions import OutcomeEvaluation, OutcomeResult, Session
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.tasks import Task
from mockdreams.world.sessions.state import OutcomeProgress, SessionState
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.usage import tokens_of

DEFAULT_ITERATIONS = 3
GRADER_TOKENS = ev.ModelUsage.unchecked(input_tokens=600, output_tokens=80)


class Outcomes:
    """The outcomes of all sessions of a world. A session works toward one at a time."""

    def __init__(self, context: Context, sessions: SessionStore) -> None:
        self._context = context
        self._sessions = sessions

    def define(self, session: Session, event: ev.DefineOutcome) -> None:
        """A session is given something to work toward."""
        evaluation = OutcomeEvaluation(outcome_id=event.outcome_id, description=event.description)
        self._sessions.table.put(session.replace(outcome_evaluations=(*session.outcome_evaluations, evaluation)))

    def start(self, state: SessionState, event: ev.DefineOutcome) -> None:
        """The agent takes it up."""
        rubric = event.rubric.content if isinstance(event.rubric, ev.TextRubric) else event.description
        state.outcome = OutcomeProgress(
            outcome_id=event.outcome_id,
            description=event.description,
            rubric=rubric,
            iterations=event.max_iterations or DEFAULT_ITERATIONS,
        )
        self._record(state, "running")

    def add_deliverable(self, state: SessionState, words: str) -> None:
        """Something that the grader will look at."""
        if state.outcome is not None:
            state.outcome.graded_text.append(words)

    def needs_grading(self, state: SessionState) -> bool:
        """Whether the grader has to look before the session may idle, which it has not after its last look."""
        if state.outcome is not None and state.outcome.exhausted:
            state.outcome = None
        return state.outcome is not None

    def evaluate(self, state: SessionState) -> float:
        """The grader begins to look. How many seconds it takes until `judge`."""
        self._record(state, "evaluating")
        outcome, taken = _outcome(state), self._context.policy.grading_seconds
        outcome.start_id = self._emit(state, ev.OutcomeEvaluationStart).id
        half = add_seconds(self._context.clock.time, taken / 2)
        self._context.clock.schedule(half, Task("grader goes on", state.session_id))
        return taken

    def continue_evaluation(self, session_id: str) -> None:
        """The grader is still at it."""
        state = self._sessions.find_state(session_id)
        if state is not None and state.outcome is not None and state.outcome.start_id:
            self._emit(state, ev.OutcomeEvaluationOngoing)

    def finish_evaluation(self, state: SessionState) -> bool:
        """The grader is done. Whether the agent goes on, to revise or to say its last words."""
        outcome = _outcome(state)
        verdict = self._verdict(state, outcome, last=outcome.iteration + 1 >= outcome.iterations)
        self._end(state, verdict)
        outcome.missing = verdict.missing or (verdict.explanation,)
        if verdict.result == "needs_revision":
            outcome.iteration += 1
            outcome.graded_text.clear()
            self._record(state, "running", verdict.explanation, iteration=outcome.iteration)
            return True
        outcome.exhausted = verdict.result == "max_iterations_reached"
        if not outcome.exhausted:
            state.outcome = None
        return outcome.exhausted

    def interrupt(self, state: SessionState, unheard: Iterable[ev.Event]) -> None:
        """An interrupt ends the work, also on what was sent before it and not taken up yet."""
        if state.works_toward_outcome and _outcome(state).start_id:
            self._end(state, Verdict("interrupted", "The session was interrupted."))
            state.outcome = None
        self._drop(state, unheard, "interrupted", "The session was interrupted.")

    def fail(self, state: SessionState, unheard: Iterable[ev.Event] = ()) -> None:
        """The turn ended early; there is nothing to grade."""
        self._drop(state, unheard, "failed", "The turn ended before there was anything to grade.")

    def _drop(self, state: SessionState, unheard: Iterable[ev.Event], result: OutcomeResult, why: str) -> None:
        if state.works_toward_outcome:
            self._record(state, result, why)
        state.outcome = None
        for event in unheard:
            if isinstance(event, ev.DefineOutcome):
                self._record(state, result, why, outcome_id=event.outcome_id)

    def _verdict(self, state: SessionState, outcome: OutcomeProgress, *, last: bool) -> Verdict:
        if not state.scripted_verdicts:
            return grade(outcome.rubric, "\n".join(outcome.graded_text), last=last)
        verdict = state.scripted_verdicts.popleft()
        if last and verdict.result == "needs_revision":
            return verdict._replace(result="max_iterations_reached")
        return verdict

    def _end(self, state: SessionState, verdict: Verdict) -> None:
        outcome = _outcome(state)
        self._emit(
            state,
            ev.OutcomeEvaluationEnd,
            outcome_evaluation_start_id=outcome.start_id,
            result=verdict.result,
            explanation=verdict.explanation,
            usage=GRADER_TOKENS,
        )
        outcome.start_id = ""
        self._context.happened("session.outcome_evaluation_ended", state.session_id)
        self._sessions.spend(state, state.primary, tokens_of(GRADER_TOKENS))
        self._record(state, verdict.result, verdict.explanation)

    def _emit(self, state: SessionState, kind: type[ev.Event], **fields: Any) -> ev.Event:
        outcome = _outcome(state)
        return state.primary.log.append(kind, outcome_id=outcome.outcome_id, iteration=outcome.iteration, **fields)

    def _record(
        self,
        state: SessionState,
        result: OutcomeResult,
        explanation: str | None = None,
        iteration: int = -1,
        outcome_id: str = "",
    ) -> None:
        """Write down how far an outcome has come, the one that is worked on if no other is named."""
        session = self._sessions.retrieve(state.session_id)
        evaluations = {each.outcome_id: each for each in session.outcome_evaluations}
        known = evaluations[outcome_id or _outcome(state).outcome_id]
        final = result in ("satisfied", "max_iterations_reached", "failed", "interrupted")
        changed = known.replace(
            result=result,
            iteration=known.iteration if iteration < 0 else iteration,
            explanation=explanation or known.explanation,
            completed_at=self._context.clock.time if final else None,
        )
        evaluations[changed.outcome_id] = changed
        self._sessions.table.put(session.replace(outcome_evaluations=tuple(evaluations.values())))


def _outcome(state: SessionState) -> OutcomeProgress:
    assert state.outcome is not None
    return state.outcome
