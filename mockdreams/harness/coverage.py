"""Behavioural coverage: of what the service can do to its caller, what a run of tests has met and what never.

A condition has a line that provokes it, for a test to paste; `mockdreams` is the fixture there.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from mockdreams import data
from mockdreams.default_agent.actions import ErrorType
from mockdreams.files import read_document
from mockdreams.wire.errors import STATUS
from mockdreams.world.dreams.scripts import DREAM_ERRORS

STREAM = '"GET /v1/sessions/*/events/stream"'
TURN = "mockdreams.sessions.script([[{}]])"
STATUSES = (400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504, 529)
CALLS = {
    "POST /v1/dreams": ("429", "500", "529", "no answer"),
    "GET /v1/dreams/*": ("404", "529", "no answer"),
    "POST /v1/sessions/*/events": ("400", "529", "no answer"),
    "GET /v1/sessions/*/events/stream": ("529", "no answer"),
    "POST /v1/memory_stores/*/memories": ("409", "529", "no answer"),
}
"""What happens to the calls at the heart of most software, and is worth a test there."""
REFUSAL = re.compile(r"-4\d\d$")
"""How the id of a rule ends that is about a refusal."""
MOST_RULES = 15
"""Rules never met that the text names."""
Conditions = dict[str, dict[str, str]]
"""By group, each condition with the line that provokes it."""


def _fault(call: str, what: str) -> str:
    effect = 'drop="before"' if what == "no answer" else f"status={what}"
    return f'mockdreams.faults.add("{call}", {effect}, times=None)'


def _error_type(type: str, status: int) -> str:
    if type in ("memory_path_conflict_error", "memory_precondition_failed_error"):
        body = {"type": "error", "error": {"type": type, "message": "Conflict"}}
        return f'mockdreams.faults.add("* /v1/**", status={status}, body={body})'
    return f'mockdreams.faults.add("* /v1/**", status={status}, times=None)'


def _session_error(type: str) -> str:
    details = {}
    if type.startswith("repository_"):
        details = {"repository_url": "https://example.com/a.git"}
    if type == "credential_host_unreachable_error":
        details = {"credential_id": "vcrd_01AAAAAAAAAAAAAAAAAAAAAA", "vault_id": "vlt_01AAAAAAAAAAAAAAAAAAAAAA"}
    return json.dumps({"error": type, **({"details": details} if details else {})})


def conditions() -> Conditions:
    """Every condition but the rules."""
    return {
        "dreams": {
            "completed": 'mockdreams.dreams.script(say=["All in order."])',
            "failed": 'mockdreams.dreams.script(fail="internal_error")',
            "canceled": 'mockdreams.dreams.script(hang="running")  # and your code cancels it',
        },
        "dream errors": {type: f'mockdreams.dreams.script(fail="{type}", at=0.5)' for type in DREAM_ERRORS},
        "sessions": {
            "end_turn": 'mockdreams.sessions.script(["Done."])',
            "requires_action": TURN.format('{"custom_tool": "ask"}'),
            "retries_exhausted": TURN.format('{"error": "model_overloaded_error"}'),
            "budget_reached": TURN.format('{"spend": {"output_tokens": 10**9}}') + "  # of a session with a budget",
            "refusal": TURN.format('{"refuse": None}'),
            "rescheduled": TURN.format('{"error": "model_overloaded_error", "retry": "retrying"}'),
            "terminated": TURN.format('{"terminate": True}'),
        },
        "session errors": {type: TURN.format(_session_error(type)) for type in get_args(ErrorType)},
        "outcomes": {
            result: f'mockdreams.sessions.script(verdicts=["{result}"])  # of a session with an outcome'
            for result in ("satisfied", "needs_revision", "failed")
        },
        "error types": {type: _error_type(type, status) for type, status in STATUS.items()},
        "statuses": {
            **{str(status): f'mockdreams.faults.add("* /v1/**", status={status}, times=None)' for status in STATUSES},
            "no answer": 'mockdreams.faults.add("* /v1/**", drop="before", times=None)',
        },
        "calls": {f"{what} on {call}": _fault(call, what) for call, many in CALLS.items() for what in many},
        "streams": {
            "as it should be": "mockdreams.faults.clear()  # and your code opens a stream of events",
            "drop": f'mockdreams.faults.add({STREAM}, drop="during")',
            "cut_after_events": f"mockdreams.faults.add({STREAM}, cut_after_events=2)",
            "end_after_events": f"mockdreams.faults.add({STREAM}, end_after_events=2)",
            "stall_after_events": f"mockdreams.faults.add({STREAM}, stall_after_events=2)",
            "lose": f"mockdreams.faults.add({STREAM}, lose=[0])",
            "repeat": f"mockdreams.faults.add({STREAM}, repeat=[0])",
            "swap": f"mockdreams.faults.add({STREAM}, swap=[0])",
            "insert": f'mockdreams.faults.add({STREAM}, insert={{1: {{"type": "session.something_new"}}}})',
            "event_delay": f"mockdreams.faults.add({STREAM}, event_delay=0.01)",
            "lag": f"mockdreams.faults.add({STREAM}, lag=30)",
        },
        "hints": {
            "a beta header is missing": 'mockdreams.http.get("/v1/agents", headers={"anthropic-beta": ""})',
            "nothing is served at a path": 'mockdreams.http.get("/v1/dream")',
            "a path has another method": 'mockdreams.http.put("/v1/dreams")',
            "an id of the wrong kind": 'mockdreams.http.get("/v1/dreams/sesn_01AAAAAAAAAAAAAAAAAAAAAA")',
            "the organization is not enrolled": "mockdreams.policy.enrolled = False",
        },
    }


def rules() -> dict[str, str]:
    """The refusals of the contract, each with its sentence."""
    document = read_document(data.folder("contract") / "rules.yaml")
    return {rule["id"]: rule["rule"] for rule in document if REFUSAL.search(rule["id"])}


class Coverage:
    """What the tests of a run have met so far."""

    def __init__(self) -> None:
        self.met: dict[str, set[str]] = {}
        self.tests = 0

    def add(self, met: Mapping[str, Iterable[str]]) -> None:
        """What one test met, as the control API tells it."""
        self.tests += 1
        for group, names in met.items():
            self.met.setdefault(group, set()).update(names)

    def state(self) -> dict[str, Any]:
        """`{"tests", "groups": {group: {"met": [names], "never": {name: the line that provokes it}}}}`."""
        groups = {**conditions(), "rules": self._rules()}
        return {"tests": self.tests, "groups": {group: self._group(group, known) for group, known in groups.items()}}

    def json(self) -> str:
        return json.dumps(self.state(), indent=2) + "\n"

    def properties(self) -> dict[str, str]:
        """A line for each group, for JUnit."""
        return {
            f"mockdreams.coverage.{group.replace(' ', '_')}": _summed(told)
            for group, told in self.state()["groups"].items()
        }

    def lines(self) -> list[str]:
        """The text: what was met of each group, and what was not, with the line to paste."""
        groups = self.state()["groups"]
        told = [f"{group}: {_summed(each, most=12)}" for group, each in groups.items()]
        if any(each["never"] for each in groups.values()):
            told += ["", "never met, and what provokes it in a test:"]
        for group, each in groups.items():
            shown = list(each["never"].items())[: MOST_RULES if group == "rules" else None]
            told += [f"  {group}: {name}: {line}" for name, line in shown]
            if more := len(each["never"]) - len(shown):
                told.append(f"  {group}: {more} more: see --mockdreams-coverage-json")
        return told

    def _group(self, group: str, known: dict[str, str]) -> dict[str, Any]:
        met = self.met.get(group, set())
        return {"met": sorted(met), "never": {name: line for name, line in known.items() if name not in met}}

    def _rules(self) -> dict[str, str]:
        """The rules of what was asked at all: a suite that has no vault need not know how one is refused."""
        from mockdreams.http.encounters import PARTS

        asked = self.met.get("parts", set())
        parts = {word: any(part.startswith(path) for part in asked) for word, path in PARTS.items()}
        return {id: words for id, words in rules().items() if parts.get(id.partition("-")[0], True)}


def _summed(told: dict[str, Any], most: int | None = None) -> str:
    met, never = told["met"], told["never"]
    total = f"{len(met)} of {len(met) + len(never)}"
    shown = ", ".join(met[:most]) + (", …" if most is not None and len(met) > most else "")
    return f"{total} met{f': {shown}' if met else ''}"
