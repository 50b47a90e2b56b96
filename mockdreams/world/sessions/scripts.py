"""Scripts for sessions: what becomes of their next turns, as a test tells it."""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Annotated, TypeAlias

from pydantic import Field

from mockdreams.default_agent.actions import Action
from mockdreams.default_agent.grader import Verdict
from mockdreams.wire.base import Params, also_as
from mockdreams.wire.sessions import OutcomeResult, Session
from mockdreams.world.core.script_queue import ScriptQueue
from mockdreams.world.sessions.state import SessionState


class SessionMatch(Params):
    """Which sessions a script is for; what is left out matches every session."""

    session_id: str | None = None
    """The session."""
    agent_id: str | None = None
    """Its agent."""
    memory_store_id: str | None = None
    """A store that is attached to it."""
    message: str | None = None
    """A part of what was just said to it."""

    def matches(self, session: Session, words: str) -> bool:
        return (
            self.session_id in (None, session.id)
            and self.agent_id in (None, session.agent.id)
            and (self.memory_store_id is None or self.memory_store_id in session.memory_store_ids)
            and (self.message is None or self.message in words)
        )


class ScriptedVerdict(Params):
    """What the grader says of an outcome."""

    result: OutcomeResult
    explanation: Annotated[str, Field(min_length=1)] = "As scripted."

    def verdict(self) -> Verdict:
        return Verdict(self.result, self.explanation)


def _as_turn(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


def _as_verdict(value: object) -> object:
    return {"result": value} if isinstance(value, str) else value


Turn: TypeAlias = Annotated[list[Action], also_as(list[Action] | Action, _as_turn)]
"""The acts of one turn, or the only one."""
GivenVerdict: TypeAlias = Annotated[ScriptedVerdict, also_as(ScriptedVerdict | OutcomeResult, _as_verdict)]
"""What the grader says, or only its result."""


class SessionScript(Params):
    """The next `turns` of the sessions that `match`, turn by turn, and what the grader will say of their outcomes.

    A script is taken by the first session that begins a turn, matches, and has no scripted turns left; `times` of
    them may. After the last turn the agent decides for itself again.
    """

    match: SessionMatch = Field(default_factory=SessionMatch)
    """Which sessions."""
    times: int = Field(default=1, ge=1)
    """How many of them."""
    turns: list[Turn] = []
    """What is done turn by turn, in acts."""
    verdicts: list[GivenVerdict] = []
    """What the grader says, one by one; a bare text is the `result`."""


class SessionScriptQueue(ScriptQueue[SessionScript]):
    """What tests have said of the turns of sessions."""

    def __init__(self) -> None:
        super().__init__()
        self.most_acts = 0
        """Of one turn of any script that was ever added."""

    def add(self, script: SessionScript) -> Callable[[], int]:
        self.most_acts = max([self.most_acts, *map(len, script.turns)])
        return super().add(script)

    def recount(self, states: Iterable[SessionState]) -> None:
        """Find out of scripts that were restored, and of those that sessions have taken, what was counted before."""
        waiting = chain.from_iterable(script.turns for script in self.items)
        taken = chain.from_iterable((*state.scripted_turns, state.repeated_turn) for state in states)
        self.most_acts = max(map(len, chain(waiting, taken)), default=0)

    def next_turn(self, session: Session, state: SessionState, words: str) -> tuple[Action, ...] | None:
        """The acts of a session's next turn; None if nobody says."""
        if not state.scripted_turns:
            script = self.pop(lambda script: script.match.matches(session, words))
            if script is not None:
                state.scripted_turns = deque(tuple(turn) for turn in script.turns)
                state.scripted_verdicts.extend(entry.verdict() for entry in script.verdicts)
        return state.scripted_turns.popleft() if state.scripted_turns else None
