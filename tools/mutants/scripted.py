"""Rules of turns that only a scripted agent shows, broken: budgets, errors, calls that wait, outcomes, threads."""

from collections.abc import Callable, Iterator
from types import NoneType
from typing import Any

from mockdreams.default_agent.actions import Fail
from mockdreams.wire import events as ev
from mockdreams.wire.dreams import DreamUsage
from mockdreams.wire.sessions import Session
from mockdreams.world.dreams.run import DreamRun
from mockdreams.world.sessions import inbox, model_requests, permissions, resources, threads, turns
from mockdreams.world.sessions.file_tools import FileTools, ToolOutput
from mockdreams.world.sessions.inbox import Inbox
from mockdreams.world.sessions.model_requests import ModelRequests
from mockdreams.world.sessions.outcomes import Outcomes
from mockdreams.world.sessions.state import SessionState, ThreadState
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.threads import Threads
from mockdreams.world.sessions.turns import Turns
from tools.mutants.answers import each, page
from tools.mutants.patching import Mutant, Reply, falsify, patch
from tools.mutants.worlds import nothing

NEXT, LAND, FINISH, EVALUATE = Turns._next, Turns.land_interrupts, Outcomes.finish_evaluation, permissions.evaluate
SENT = turns.sent_to_primary
CURRENT, USED, TERMINATE = SessionStore.current, DreamRun.usage, Threads.terminate


def ends_at_the_budget(self: Turns, state: SessionState, thread: ThreadState) -> None:
    if self._sessions.reached_budget(state):
        self._end_early(state, thread, "", ev.BudgetReached())
    else:
        NEXT(self, state, thread)


def budget_before_asks(self: Turns, state: SessionState) -> None:
    if not state.works and state.running_since is not None and (state.calls or state.paused):
        self.idle(state, ev.BudgetReached() if state.paused else ev.RequiresAction(event_ids=tuple(state.calls)))


def without_evaluation(*call: Any) -> dict[str, Any]:
    return {"evaluated_permission": EVALUATE(*call)["evaluated_permission"]}


def always_with_evaluation(*call: Any) -> dict[str, Any]:
    return {"evaluation": {"type": "always_allow"}, **EVALUATE(*call)}


def never_retries(self: Turns, state: SessionState, thread: ThreadState) -> None:
    self._end_early(state, thread, "", ev.RetriesExhausted())


def never_terminates(self: Turns, state: SessionState) -> None:
    self._end_early(state, state.primary, "", ev.RetriesExhausted())


def archives_and_waits(self: Turns, session_id: str, thread_id: str, *, seen: Any = None) -> Any:
    return self._threads.archive(session_id, thread_id, seen=seen)


def stays_idle(self: Threads, state: SessionState, thread: ThreadState) -> None:
    if state.record(thread).status != "idle":
        self.idle(state, thread)


def terminates_again(self: Threads, state: SessionState, thread: ThreadState) -> None:
    names = {"session_thread_id": thread.thread_id, "agent_name": state.record(thread).agent.name}
    state.primary.log.append(ev.ThreadStatusTerminated, **names)
    TERMINATE(self, state, thread)


def leaves_what_waits(self: Turns, state: SessionState, thread: ThreadState, why: str, reason: Any, *_: Any) -> None:
    self._clear(thread)
    self.idle(state, reason)


def hears_all(self: Turns, session_id: str) -> None:
    state = self._sessions.state(session_id)
    self._mark_processed(state, state.primary.log.waiting[1:])
    LAND(self, session_id)


def finishes_at_once(self: Outcomes, state: SessionState) -> bool:
    FINISH(self, state)
    state.outcome = None
    return False


def with_empty_results(body: dict[str, Any]) -> None:
    for event in body["data"]:
        if event["type"] == "agent.tool_result":
            event.setdefault("content", [])


def echo_without_thread(reply: Reply) -> None:
    if reply.method == "POST" and reply.path.endswith("/events") and reply.status == 200:
        for event in reply.body["data"]:
            event.pop("session_thread_id", None)


def moves_by_copy(self: FileTools, where: str, to: str) -> str:
    shelf, path = self._find(to)
    shelf.write(path, self.read({"file_path": where}), self._actor)
    return self._remove(where)


def sent_if_nothing_waits(state: SessionState) -> Iterator[ev.Event]:
    return iter(()) if state.calls else SENT(state)


def cannot_use(self: FileTools, *_: Any) -> ToolOutput:
    return ToolOutput("No.", is_error=True)


def with_words(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    """Texts of events are otherwise."""

    def alter(body: dict[str, Any]) -> None:
        for event in body["data"]:
            for block in event.get("content", ()):
                block["text"] = block["text"].replace(old, new)

    return alter


def waits_for_nothing(body: dict[str, Any]) -> None:
    for event in body["data"]:
        event.get("stop_reason", {}).pop("event_ids", None)


def interrupts_first(body: dict[str, Any]) -> None:
    events = body["data"]
    for index, event in enumerate(events):
        if event["type"] == "user.interrupt" and events[index - 1]["type"] == "agent.tool_result":
            events[index - 1 : index + 1] = [event, events[index - 1]]


def thread_first(body: dict[str, Any]) -> None:
    events = body["data"]
    for index, event in enumerate(events[:-1]):
        if event["type"] == "agent.thread_message_sent":
            events[index : index + 2] = [events[index + 1], event]


def without_thread(body: dict[str, Any]) -> None:
    for event in body["data"]:
        if event["type"] == "agent.custom_tool_use":
            event.pop("session_thread_id", None)


def evaluated_once(session: dict[str, Any]) -> None:
    del session["outcome_evaluations"][1:]


def never_lost(session: dict[str, Any]) -> None:
    for evaluation in session["outcome_evaluations"]:
        evaluation["result"] = evaluation["result"].replace("failed", "satisfied")


def accepts(words: str) -> Callable[[Reply], None]:
    """What is refused in these words is not."""

    def change(reply: Reply) -> None:
        if reply.status == 400 and words in reply.body["error"]["message"]:
            reply.status = 200

    return change


def shows_tokens_at_once(self: SessionStore, session: Session) -> Session:
    shown = CURRENT(self, session)
    usage = self.usage(self.state(session.id)).replace(active_seconds=shown.usage.active_seconds)
    return shown.replace(usage=usage)


def spends_at_the_end(self: DreamRun) -> DreamUsage:
    return USED(self) if self.position >= len(self.plan) else DreamUsage()


RULES: list[tuple[str, str, object, str, object]] = [
    (
        "budgets are never reached",
        "session-budget-reached session-budget-not-lowered-400 session-budget-answers session-budget-ask-first",
        SessionStore,
        "reached_budget",
        lambda self, state: False,
    ),
    (
        "a budget ends the turn",
        "session-budget-resumes session-budget-interrupt",
        Turns,
        "_next",
        ends_at_the_budget,
    ),
    ("a raised budget resumes nothing", "session-budget-resumes", Turns, "resume_paused", nothing),
    (
        "an interrupt at the budget ends the work",
        "session-budget-interrupt",
        Inbox,
        "_is_held",
        lambda self, state: False,
    ),
    ("the budget outranks a call that waits", "session-budget-ask-first", Turns, "_rest", budget_before_asks),
    ("tokens move in mid-turn", "session-usage-turn", SessionStore, "current", shows_tokens_at_once),
    ("dreams spend at their end", "dream-usage-steps", DreamRun, "usage", spends_at_the_end),
    ("calls have no evaluation", "events-evaluation", model_requests, "evaluate", without_evaluation),
    (
        "judgements have other reasons",
        "events-evaluation",
        permissions,
        "_REASONS",
        {"ask": "high_risk", "deny": "indeterminate"},
    ),
    (
        "a tool that is not enabled is judged",
        "events-tool-unavailable",
        model_requests,
        "evaluate",
        always_with_evaluation,
    ),
    ("errors have no keys of their type", "error-keys", ModelRequests, "_error_details", lambda self, *_: {}),
    (
        "errors of servers and repositories stop the turn",
        "error-mcp-goes-on error-repository-goes-on",
        Fail,
        "passes",
        property(lambda self: False),
    ),
    ("nothing is tried again", "error-retrying session-rescheduling-guarded-400", Turns, "_reschedule", never_retries),
    ("what waits at an error is answered", "error-exhausted", Turns, "_end_early", leaves_what_waits),
    ("a terminal error is not the end", "error-terminal error-too-long", Turns, "_terminate", never_terminates),
    ("threads never terminate", "error-limit thread-archive-terminates", Threads, "terminate", stays_idle),
    ("advisors are threads like others", "thread-advisor-terminates", threads, "Advisor", NoneType),
    ("a terminated thread terminates again", "thread-terminated-once", Threads, "terminate", terminates_again),
    ("an archived thread is waited for", "thread-archive-goes-on", Turns, "archive_thread", archives_and_waits),
    ("an interrupt of a thread reaches all", "thread-interrupt-alone", turns, "reaches", lambda *_: True),
    ("a child that waits keeps messages away", "events-child-waits", turns, "sent_to_primary", sent_if_nothing_waits),
    ("messages are taken while answers are due", "events-waiting-400", inbox, "_check_free", nothing),
    ("what follows an interrupt is lost", "events-interrupt-then-message", Turns, "land_interrupts", hears_all),
    ("one evaluation is all", "outcome-results", Outcomes, "finish_evaluation", finishes_at_once),
    ("an interrupted request has no end", "stream-previews-interrupted", ModelRequests, "abort", nothing),
    ("the server runs a worker's tools", "self-hosted-tools", ModelRequests, "_is_workers", lambda self, *_: False),
    (
        "results of workers wait to be processed",
        "self-hosted-tools",
        inbox,
        "PROCESSED_WHEN_SENT",
        frozenset({"user.define_outcome", "user.custom_tool_result"}),
    ),
    (
        "mount paths are taken as they are",
        "resource-mount-rooted resource-mount-escapes-400 resource-mount-overlaps-400",
        resources,
        "upload_path",
        lambda sent, taken: sent,
    ),
    ("files need no reader", "resource-file-unreadable-400", resources, "_check_reads", nothing),
    ("calls that are held never run", "events-mixed-turn", ModelRequests, "run_held", nothing),
    ("moved memories are new", "version-of-moves", FileTools, "_move", moves_by_copy),
    ("agents have no files", "agent-without-toolset", FileTools, "use", cannot_use),
]

ACCEPTED = {
    "an agent is updated while it works": ("session-update-agent-idle-400", "can only be updated while it is idle"),
    "two outcomes at a time": ("events-outcome-single-400", "already works toward an outcome"),
    "a running thread is archived": ("thread-archive-running-400", "Send user.interrupt with session_thread_id"),
    "an archived thread is interrupted": ("thread-interrupt-archived-400", "and cannot be interrupted"),
    "a rescheduling session is archived": ("session-rescheduling-guarded-400", 'its status is "rescheduling"'),
}
FALSIFIED = {
    "empty results are shown": ("events-results-without-content", page("/events", with_empty_results)),
    "answers show no thread": ("events-answer-thread", echo_without_thread),
    "idles name no calls": ("events-requires-action", page("/events", waits_for_nothing)),
    "denials are otherwise": ("events-denied-text", page("/events", with_words("rejected", "refused"))),
    "an interrupt comes before what it stops": ("events-interrupt-order", page("/events", interrupts_first)),
    "children run before they are asked": ("thread-spawn-order", page("/events", thread_first)),
    "calls of children name no thread": ("thread-cross-posted", page("/events", without_thread)),
    "children report otherwise": ("thread-child-report", page("/events", with_words("[child", "[thread"))),
    "a session shows one outcome": ("outcome-evaluations", each("session", evaluated_once)),
    "lost outcomes are satisfied": ("outcome-turn-lost", each("session", never_lost)),
}

SABOTAGES = [
    *(Mutant(fault, tuple(breaks.split()), patch(target, name, value)) for fault, breaks, target, name, value in RULES),
    *(Mutant(fault, (rule,), falsify(accepts(words))) for fault, (rule, words) in ACCEPTED.items()),
    *(Mutant(fault, (rule,), falsify(change)) for fault, (rule, change) in FALSIFIED.items()),
]
