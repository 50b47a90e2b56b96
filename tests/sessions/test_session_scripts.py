"""Scripted turns: from Python and through the control API."""

from typing import Any

import pytest

from tests.support.helpers import Scene, refused
from tests.support.turns import listed, message, pass_turn, types, waiting


def answers(events: list[dict[str, Any]]) -> list[str]:
    return [event["content"][0]["text"] for event in events if event["type"] == "agent.message"]


def test_turns_are_played_one_after_another_and_then_the_agent_is_itself(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script(["First.", ["Second.", "And more."]])
    assert answers(pass_turn(scene, session, message("a"))) == ["First."]
    assert answers(pass_turn(scene, session, message("b"))) == ["Second.", "And more."]
    assert answers(pass_turn(scene, session, message("c"))) == ["Noted: c"]


def test_a_script_is_for_the_session_it_names(scene: Scene) -> None:
    one, two = scene.session(), scene.session()
    scene.mock.sessions.script(["For two."], session_id=two)
    assert answers(pass_turn(scene, one, message("a"))) == ["Noted: a"]
    assert answers(pass_turn(scene, two, message("a"))) == ["For two."]
    assert list(scene.mock.sessions) == []


def test_a_script_matches_what_was_said(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script(["Bananas."], match={"message": "fruit"}, times=2)
    assert answers(pass_turn(scene, session, message("a"))) == ["Noted: a"]
    assert answers(pass_turn(scene, session, message("some fruit"))) == ["Bananas."]
    assert [script["times"] for script in scene.mock.sessions] == [1]
    scene.mock.sessions.clear()
    assert answers(pass_turn(scene, session, message("some fruit"))) == ["Noted: some fruit"]


def test_a_turn_is_a_row_of_model_requests(scene: Scene) -> None:
    session = scene.session()
    bash = {"tool": "bash", "input": {"command": "ls"}, "result": "a\nb"}
    scene.mock.sessions.script([[{"think": True}, "Looking.", bash, {"tool": "x", "is_error": True}, "Done."]])
    events = pass_turn(scene, session, message("Go."))
    assert types(events)[3:-3] == [
        "span.model_request_start",
        "agent.thinking",
        "agent.message",
        "agent.tool_use",
        "agent.tool_use",
        "span.model_request_end",
        "agent.tool_result",
        "agent.tool_result",
        "span.model_request_start",
        "agent.message",
        "span.model_request_end",
    ]
    use, other = (event for event in events if event["type"] == "agent.tool_use")
    assert (use["name"], use["input"]) == ("bash", {"command": "ls"})
    results = [event for event in events if event["type"] == "agent.tool_result"]
    assert [given["tool_use_id"] for given in results] == [use["id"], other["id"]]
    assert results[0]["content"] == [{"type": "text", "text": "a\nb"}]


def test_an_mcp_tool_has_events_of_its_own(scene: Scene) -> None:
    session = scene.session()
    call = {"mcp_tool": "search", "server": "wiki", "input": {"q": "x"}, "result": "found", "permission": "ask"}
    scene.mock.sessions.script([[call, "Done."]])
    (id,) = waiting(pass_turn(scene, session, message("Go.")))
    after = pass_turn(scene, session, {"type": "user.tool_confirmation", "tool_use_id": id, "result": "allow"})
    use = next(event for event in listed(scene, session) if event["type"] == "agent.mcp_tool_use")
    assert (use["mcp_server_name"], use["name"], use["evaluated_permission"]) == ("wiki", "search", "ask")
    given = next(event for event in after if event["type"] == "agent.mcp_tool_result")
    assert given["mcp_tool_use_id"] == use["id"] == id


@pytest.mark.parametrize("call", [{"mcp_tool": "search", "server": "wiki"}, {"tool": "bash", "result": ""}])
def test_a_tool_that_says_nothing_has_no_content(scene: Scene, call: dict[str, Any]) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{**call, "permission": "allow"}, "Done."]])
    after = pass_turn(scene, session, message("Go."))
    (given,) = (event for event in after if event["type"].endswith("tool_result"))
    assert "content" not in given
    scene.mock.restore(scene.mock.snapshot())
    assert listed(scene, session)[-len(after) :] == after


def test_a_scripted_write_changes_the_store(scene: Scene) -> None:
    store = scene.store({"/a.md": "Old."}, name="Notes")
    session = scene.session(stores=(store,))
    file = "/mnt/memory/notes/a.md"
    edit = {"tool": "edit", "input": {"file_path": file, "old_string": "Old", "new_string": "New"}}
    write = {"tool": "write", "input": {"file_path": "/mnt/memory/notes/b.md", "content": "B."}}
    remove = {"tool": "bash", "input": {"command": f"rm {file}"}}
    scene.mock.sessions.script([[edit, write], [remove]])
    pass_turn(scene, session, message("Go."))
    assert scene.contents(store) == {"/a.md": "New.", "/b.md": "B."}
    pass_turn(scene, session, message("Go."))
    assert scene.contents(store) == {"/b.md": "B."}
    versions = scene.beta.memory_stores.memory_versions.list(store, session_id=session).data
    assert [version.operation for version in versions] == ["deleted", "created", "modified"]


@pytest.mark.parametrize(
    ("tool", "input", "result"),
    [
        ("read", {"file_path": "/mnt/memory/notes/a.md"}, "One.\nTwo."),
        ("read", {"file_path": "/mnt/memory/notes/x.md"}, "ENOENT: no such file, open '/mnt/memory/notes/x.md'"),
        ("read", {"file_path": "/etc/passwd"}, "ENOENT: no such file or directory, open '/etc/passwd'"),
        ("read", {}, "missing parameter: file_path"),
        ("grep", {"pattern": "two", "path": "/mnt/memory"}, "/mnt/memory/notes/a.md:2:Two."),
        ("grep", {"pattern": "three"}, "No matches found"),
        ("grep", {"pattern": "("}, None),
        ("glob", {"pattern": "*.md"}, "/mnt/memory/notes/a.md"),
        ("bash", {"command": "cat /mnt/memory/notes/a.md"}, "One.\nTwo."),
        ("bash", {"command": "ls /mnt/memory/notes"}, "/mnt/memory/notes/a.md"),
        ("bash", {"command": "rm /mnt/memory/notes/x.md"}, None),
        ("bash", {"command": "mv /mnt/memory/notes/x.md /mnt/memory/notes/y.md"}, None),
        ("bash", {"command": "mv /mnt/memory/notes/a.md /mnt/memory/other/a.md"}, None),
        ("write", {"file_path": "/mnt/memory/notes/a.md/b", "content": "x"}, None),
        (
            "edit",
            {"file_path": "/mnt/memory/notes/a.md", "old_string": "Six", "new_string": "x"},
            "old_string occurs 0 times in /mnt/memory/notes/a.md",
        ),
    ],
)
def test_file_tools_work_on_mounted_stores(scene: Scene, tool: str, input: dict[str, str], result: str | None) -> None:
    store = scene.store({"/a.md": "One.\nTwo."}, name="Notes")
    scene.mock.sessions.script([[{"tool": tool, "input": input}]])
    events = pass_turn(scene, scene.session(stores=(store,)), message("Go."))
    given = next(event for event in events if event["type"] == "agent.tool_result")
    assert result in (None, given["content"][0]["text"])
    assert scene.contents(store) == {"/a.md": "One.\nTwo."}


@pytest.mark.parametrize(
    ("command", "left", "other"),
    [
        ("mv {}/a.md {}/a.md", {"/a.md": "A.", "/b/c.md": "C."}, {}),
        ("mv {}/a.md {}/d.md", {"/d.md": "A.", "/b/c.md": "C."}, {}),
        ("mv {}/a.md {}/b/c.md", {"/b/c.md": "A."}, {}),
        ("mv {}/a.md {}/b", {"/b/a.md": "A.", "/b/c.md": "C."}, {}),
        ("mv {}/a.md /mnt/memory/other/a.md", {"/b/c.md": "C."}, {"/a.md": "A."}),
    ],
)
def test_a_memory_is_moved(scene: Scene, command: str, left: dict[str, str], other: dict[str, str]) -> None:
    stores = scene.store({"/a.md": "A.", "/b/c.md": "C."}, name="Notes"), scene.store(name="Other")
    moved = next(iter(scene.beta.memory_stores.memories.list(stores[0], path_prefix="/", depth=1)))
    scene.mock.sessions.script([[{"tool": "bash", "input": {"command": command.replace("{}", "/mnt/memory/notes")}}]])
    events = pass_turn(scene, scene.session(stores=stores), message("Go."))
    given = next(event for event in events if event["type"] == "agent.tool_result")
    assert "content" not in given
    assert given["is_error"] is False
    assert [scene.contents(store) for store in stores] == [left, other]
    found = {memory.path: memory.id for memory in scene.beta.memory_stores.memories.list(stores[0])}  # type: ignore[union-attr]
    assert other or moved.id in found.values()  # type: ignore[union-attr]


@pytest.mark.mockdreams(clock="manual")
def test_tokens_and_cost_move_at_the_end_of_a_turn(scene: Scene) -> None:
    session = scene.session()
    bash = {"tool": "bash", "result": "a"}
    scene.mock.sessions.script([[{"spend": {"output_tokens": 9_000}}, bash, {"slow": 3600}, "At last."]])
    scene.send(session, "Go.")
    scene.mock.clock.advance(minutes=30)
    working = scene.beta.sessions.retrieve(session).usage
    assert (working.output_tokens, working.list_cost and working.list_cost.amount) == (0, "0")
    assert working.active_seconds is not None
    assert working.active_seconds > 1700
    scene.mock.clock.advance(hours=1)
    used = scene.beta.sessions.retrieve(session).usage
    spans = [event for event in listed(scene, session) if event["type"] == "span.model_request_end"]
    assert used.output_tokens == 9_000 + sum(span["model_usage"]["output_tokens"] for span in spans)
    assert used.list_cost is not None
    assert int(used.list_cost.amount) > 20


@pytest.mark.mockdreams(clock="manual")
def test_a_slow_turn_takes_its_time(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"slow": 3600}, "At last."]])
    scene.send(session, "Go.")
    assert scene.beta.sessions.retrieve(session).usage.cache_creation is None
    scene.mock.clock.advance(minutes=59)
    working = scene.beta.sessions.retrieve(session)
    assert working.status == "running"
    assert working.usage.active_seconds == 59 * 60 - scene.mock.policy.turn_queue_seconds
    scene.mock.clock.advance(minutes=2)
    assert scene.beta.sessions.retrieve(session).status == "idle"
    assert scene.beta.sessions.retrieve(session).stats.active_seconds == 3600 + scene.mock.policy.turn_seconds


def test_an_error_is_retried_and_looking_shows_it(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"error": "model_overloaded_error", "retry": "retrying"}, "There you are."]])
    scene.send(session, "Go.")
    seen = [scene.beta.sessions.retrieve(session).status for _ in range(4)]
    assert seen == ["running", "rescheduling", "running", "idle"]
    events = listed(scene, session)
    assert answers(events) == ["There you are."]
    error = next(event for event in events if event["type"] == "session.error")
    assert error["error"]["type"] == "model_overloaded_error"
    assert error["error"]["retry_status"] == {"type": "retrying"}
    after = types(events)[types(events).index("session.error") :]
    assert after[1:5] == [
        "session.thread_status_rescheduled",
        "session.status_rescheduled",
        "session.status_running",
        "session.thread_status_running",
    ]
    end = next(event for event in events if event["type"] == "span.model_request_end")
    assert end["is_error"] is True


@pytest.mark.mockdreams(clock="manual")
def test_a_rescheduled_session_is_neither_archived_nor_deleted(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"error": "unknown_error", "retry": "retrying"}]])
    scene.send(session, "Go.")
    scene.mock.clock.advance(seconds=4)
    assert scene.beta.sessions.retrieve(session).status == "rescheduling"
    refused(scene.http.post(f"/v1/sessions/{session}/archive"), 400, "invalid_request_error")
    refused(scene.http.delete(f"/v1/sessions/{session}"), 400, "invalid_request_error")
    scene.mock.clock.run_until_idle()
    assert answers(listed(scene, session)) == ["Noted: Go."]


@pytest.mark.mockdreams(clock="manual")
def test_exhausted_retries_end_the_turn_and_flush_what_waits(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"error": "billing_error", "message": "No credit."}]])
    scene.send(session, "Go.")
    scene.mock.clock.advance(seconds=1)
    scene.send(session, "And this.")
    scene.mock.clock.run_until_idle()
    events = listed(scene, session)
    assert events[-1]["stop_reason"] == {"type": "retries_exhausted"}
    assert all("processed_at" in event for event in events)
    assert answers(events) == []
    assert answers(pass_turn(scene, session, message("Again."))) == ["Noted: Again."]


def test_a_session_can_be_terminated(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([["Bye.", {"terminate": True}]])
    events = pass_turn(scene, session, message("Go."))
    assert types(events)[-3:] == [
        "span.model_request_end",
        "session.thread_status_terminated",
        "session.status_terminated",
    ]
    now = scene.beta.sessions.retrieve(session)
    assert (now.status, now.archived_at) == ("terminated", None)
    assert scene.beta.sessions.list().data == []
    assert scene.beta.sessions.archive(session).archived_at is not None


@pytest.mark.parametrize("category", ["cyber", None])
def test_a_refusal_has_details(scene: Scene, category: str | None) -> None:
    scene.mock.sessions.script([[{"refuse": category, "explanation": "No."}]])
    events = pass_turn(scene, scene.session(), message("Go."))
    for event in (events[-1], events[-3]):
        assert event["stop_reason"] == {"type": "refusal"}
        assert event["stop_details"] == {"type": "refusal", "category": category, "explanation": "No."}


def test_the_control_api_speaks_the_same_words(scene: Scene) -> None:
    session = scene.session()
    script = {"turns": ["One.", ["Two.", {"think": True}]], "match": {"session_id": session}}
    shown = scene.http.post("/_mockdreams/sessions/scripts", json=script).json()
    assert shown["data"][0]["match"] == {"session_id": session}
    assert scene.http.get("/_mockdreams/sessions/scripts").json() == shown
    assert answers(pass_turn(scene, session, message("a"))) == ["One."]
    assert scene.http.get("/_mockdreams/sessions/scripts").json() == {"data": []}
    scene.http.post("/_mockdreams/sessions/scripts", json={"turns": ["Never."]})
    assert scene.http.delete("/_mockdreams/sessions/scripts").json() == {"data": []}
    assert "agent.thinking" in types(pass_turn(scene, session, message("b")))


@pytest.mark.parametrize(
    "script",
    [
        {"turns": [[{"sing": "la"}]]},
        {"turns": [[{"say": ""}]]},
        {"turns": [[{"say": "a", "loud": True}]]},
        {"turns": [[3]]},
        {"turns": [None]},
        {"turns": [[{"error": "flat_tyre_error"}]]},
        {"turns": [[{"error": "unknown_error", "retry": "maybe"}]]},
        {"turns": [[{"slow": -1}]]},
        {"turns": [[{"tool": "x", "permission": "maybe"}]]},
        {"turns": [[{"delegate": "x", "turn": [{"sing": "la"}]}]]},
        {"verdicts": ["fine"]},
        {"times": 0},
        {"song": "la"},
    ],
)
def test_bad_scripts_are_refused(scene: Scene, script: dict[str, Any]) -> None:
    refused(scene.http.post("/_mockdreams/sessions/scripts", json=script), 400, "invalid_request_error")
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        scene.mock.sessions.script(**script)
    assert list(scene.mock.sessions) == []
