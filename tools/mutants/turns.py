"""Rules of turns that are broken: an order turned round, a message lost, an interrupt too strong."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from mockdreams.wire import events as ev
from mockdreams.world.sessions import event_log, inbox, turns
from mockdreams.world.sessions.state import SessionState
from mockdreams.world.sessions.turns import Turns
from tools.mutants.answers import each, page
from tools.mutants.patching import Mutant, falsify, patch

RUN, TAKE_UP = Turns.run, Turns._take_up


def hears_before_it_runs(self: Turns, state: SessionState) -> None:
    state.primary.script = ()
    self._take_up(state)
    RUN(self, state)


def hears_when_it_is_done(self: Turns, state: SessionState) -> None:
    if state.primary.script == ():
        TAKE_UP(self, state)


def all_that_waits(waiting: Iterable[ev.Event]) -> list[ev.Event]:
    return list(waiting)


def interrupts_at_once(self: Turns, state: SessionState) -> None:
    state.interrupt_due = self._context.clock.time
    self.land_interrupts(state.session_id)


def with_late_answers(body: Any) -> None:
    """Each answer is two places further down."""
    events = body["data"]
    for index, event in enumerate(list(events)):
        if event["type"] == "user.custom_tool_result":
            events.insert(index + 2, events.pop(index))


RULES: list[tuple[str, str, object, str, object]] = [
    (
        "messages come before the run that they cause",
        "events-turn-order events-list-by-processing events-turn-times",
        Turns,
        "run",
        hears_before_it_runs,
    ),
    ("a turn hears nothing", "events-updated-during-turn", Turns, "_take_up", hears_when_it_is_done),
    ("messages are taken up together", "events-queued-one-each", turns, "first_sent", all_that_waits),
    ("no sent event is processed at once", "events-processed-when-sent", inbox, "PROCESSED_WHEN_SENT", frozenset()),
    ("an interrupt takes no time", "events-interrupt-async", Turns, "schedule_interrupt", interrupts_at_once),
    ("events are two microseconds apart", "events-turn-times", event_log, "MICROSECOND", timedelta(microseconds=2)),
]


def with_cache(session: dict[str, Any]) -> None:
    session["usage"]["cache_creation"] = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}


SABOTAGES = [
    Mutant("a new session has a cache", ("session-usage-new",), falsify(each("session", with_cache))),
    *(Mutant(fault, tuple(breaks.split()), patch(target, name, value)) for fault, breaks, target, name, value in RULES),
    Mutant(
        "answers come after the run that they cause",
        ("events-answer-before-run",),
        falsify(page("/events", with_late_answers)),
    ),
]
