"""Behavioural coverage: what a suite met and never met, and that each line that is to provoke something does."""

import json
import threading
from contextlib import suppress
from typing import Any

import anthropic
import httpx2
import pytest

from mockdreams import MockDreams
from mockdreams.harness.coverage import Coverage, conditions, rules
from tests.support.deep import one_in
from tests.support.helpers import HANG_GUARD

LINES = [(group, name, line) for group, known in conditions().items() for name, line in known.items()]
MODEL = "claude-opus-4-8"
STALLED = 2
"""Seconds without an event after which a reader gives up: only where the fault is that none comes."""


def drive(mock: MockDreams, group: str = "", *, gives_up: bool = False) -> None:
    """Software that does a bit of everything that has to do with a group, whatever happens to it."""
    if group in ("error types", "statuses", "hints"):
        with suppress(httpx2.HTTPError):
            mock.http.get("/v1/dreams")
        return
    with mock.client(max_retries=0, timeout=HANG_GUARD) as client:
        beta = client.beta
        steps: dict[str, Any] = {}

        def step(name: str, run: Any) -> None:
            try:
                steps[name] = run()
            except (anthropic.APIError, httpx2.HTTPError, KeyError, AttributeError):
                return

        step("store", lambda: beta.memory_stores.create(name="Notes"))
        step("agent", lambda: beta.agents.create(name="A", model=MODEL, tools=[
            {"type": "custom", "name": "ask", "description": "Ask.", "input_schema": {"type": "object"}}]))  # fmt: skip
        step("environment", lambda: beta.environments.create(name="E"))
        step("session", lambda: beta.sessions.create(
            agent=steps["agent"].id, environment_id=steps["environment"].id,
            budget={"type": "limit", "max_list_cost": {"amount": "100", "currency": "USD"}}))  # fmt: skip
        if "session" not in steps:
            step("session", lambda: beta.sessions.create(
                agent=steps["agent"].id, environment_id=steps["environment"].id))  # fmt: skip
        id = steps["session"].id if "session" in steps else "sesn_01AAAAAAAAAAAAAAAAAAAAAA"
        store = steps["store"].id if "store" in steps else "memstore_01AAAAAAAAAAAAAAAAAAAAAA"
        step("memory", lambda: beta.memory_stores.memories.create(store, path="/a.md", content="Tabs."))
        if not group.startswith("dream"):
            turn(beta, id, step)
        if group in ("sessions", "session errors", "outcomes", "streams"):
            return
        inputs: Any = [
            {"type": "memory_store", "memory_store_id": store},
            {"type": "sessions", "session_ids": [id]},
        ]
        step("dream", lambda: beta.dreams.create(model=MODEL, inputs=inputs))
        dream = steps["dream"].id if "dream" in steps else "drm_01AAAAAAAAAAAAAAAAAAAAAA"
        for _ in range(2 if gives_up else 6):
            step("looked", lambda: beta.dreams.retrieve(dream))
        step("canceled", lambda: beta.dreams.cancel(dream))
        step("looked", lambda: beta.dreams.retrieve(dream))


def turn(beta: Any, id: str, step: Any) -> None:
    """A message and an outcome are sent to a session while its events are read."""
    asked = threading.Event()
    reader = threading.Thread(target=step, args=("stream", lambda: read(beta, id, asked)))
    reader.start()
    assert asked.wait(HANG_GUARD)
    message = {"type": "user.message", "content": [{"type": "text", "text": "Hello"}]}
    outcome = {"type": "user.define_outcome", "description": "Be good.", "max_iterations": 2}
    rubric = {"type": "text", "content": "Good."}
    step("said", lambda: beta.sessions.events.send(id, events=[message, {**outcome, "rubric": rubric}]))
    for _ in range(8):
        step("session", lambda: beta.sessions.retrieve(id))
    reader.join()


def read(beta: Any, session_id: str, asked: threading.Event) -> None:
    try:
        with beta.sessions.events.stream(session_id, timeout=STALLED) as stream:
            asked.set()
            for event in stream:
                if event.type in ("session.status_idle", "session.status_terminated"):
                    return
    finally:
        asked.set()


@pytest.mark.parametrize(
    ("group", "name", "line"), one_in(8, LINES), ids=[f"{group}: {name}" for group, name, _ in LINES]
)
def test_a_line_provokes_what_it_is_for(mockdreams: MockDreams, group: str, name: str, line: str) -> None:
    if name not in ("end_turn", "completed", "as it should be"):
        assert name not in mockdreams.coverage().get(group, [])
    exec(line, {"mockdreams": mockdreams})
    drive(mockdreams, group, gives_up=name == "canceled")
    assert name in mockdreams.coverage()[group]


@pytest.mark.parametrize(("size", "noted"), [(100, ["rate_limit_error"]), (70_000, [])])
def test_the_type_of_an_error_is_read_from_no_large_answer(mockdreams: MockDreams, size: int, noted: list[str]) -> None:
    """The service has none, and others would wait."""
    error = {"type": "error", "error": {"type": "rate_limit_error", "message": "a" * size}}
    mockdreams.stubs.add("GET /v1/memory_stores", status=429, json=error)
    assert mockdreams.http.get("/v1/memory_stores").json() == error
    assert mockdreams.coverage().get("error types", []) == noted
    assert mockdreams.coverage()["statuses"] == ["429"]


@pytest.mark.long
def test_rules_are_those_that_the_request_was_about(mockdreams: MockDreams) -> None:
    mockdreams.http.post("/v1/memory_stores", json={})
    met = mockdreams.coverage()
    assert "store-name-required-400" in met["rules"]
    assert [rule for rule in met["rules"] if rule.startswith(("agent", "dream", "vault"))] == []
    assert set(met["rules"]) - {"store-name-required-400"} <= set(rules())
    assert met["parts"] == ["/v1/memory_stores"]


@pytest.mark.long
def test_what_was_met_before_a_reset_counts(mockdreams: MockDreams) -> None:
    drive(mockdreams)
    mockdreams.reset()
    assert {"completed", "end_turn"} <= {name for names in mockdreams.coverage().values() for name in names}


@pytest.mark.long
def test_a_run_adds_up() -> None:
    coverage = Coverage()
    coverage.add({"dreams": ["completed"], "parts": ["/v1/dreams"]})
    coverage.add({"dreams": ["failed"], "dream errors": ["new_one"]})
    state = coverage.state()
    assert state["tests"] == 2
    assert state["groups"]["dreams"] == {"met": ["completed", "failed"], "never": {
        "canceled": conditions()["dreams"]["canceled"]}}  # fmt: skip
    assert state["groups"]["dream errors"]["met"] == ["new_one"]
    assert all(id.partition("-")[0] not in ("agent", "session", "store") for id in state["groups"]["rules"]["never"])
    assert any(id.startswith("dream-") for id in state["groups"]["rules"]["never"])
    assert json.loads(coverage.json()) == state
    assert coverage.properties()["mockdreams.coverage.dreams"] == "2 of 3 met: completed, failed"
    lines = coverage.lines()
    assert "dreams: 2 of 3 met: completed, failed" in lines
    assert '  dream errors: timeout: mockdreams.dreams.script(fail="timeout", at=0.5)' in lines
    assert any(line.startswith("  calls: 529 on POST /v1/dreams: mockdreams.faults.add(") for line in lines)
