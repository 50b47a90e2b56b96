"""Threads: the primary one, those a coordinator puts to work, and the readers of a dream."""

from typing import Any

import pytest

from tests.support.helpers import ABSENT, MODEL, Scene, refused
from tests.support.turns import confirm, listed, message, pass_turn, result, send, types, waiting

KEYS = {
    "id",
    "type",
    "session_id",
    "parent_thread_id",
    "agent",
    "status",
    "stats",
    "usage",
    "workflow_run_id",
    "created_at",
    "updated_at",
    "archived_at",
}
SPAWNED = ["session.thread_created", "agent.thread_message_sent", "session.thread_status_running"]


def threads(scene: Scene, session: str, **query: Any) -> list[dict[str, Any]]:
    answer = scene.http.get(f"/v1/sessions/{session}/threads", params=query)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert isinstance(data, list)
    return data


def thread_events(scene: Scene, session: str, thread: str) -> list[dict[str, Any]]:
    return list(scene.listed(f"sessions/{session}/threads/{thread}/events"))


def coordinated(scene: Scene, *turn: Any) -> str:
    """A session whose coordinator will do `turn` next, with a researcher on its roster."""
    researcher = scene.beta.agents.create(name="researcher", model="claude-sonnet-5", system="Look it up.")
    boss = scene.beta.agents.create(
        name="boss", model=MODEL, multiagent={"type": "coordinator", "agents": [{"type": "agent", "id": researcher.id}]}
    )
    environment = scene.beta.environments.create(name="Cloud")
    session = scene.beta.sessions.create(agent=boss.id, environment_id=environment.id)
    scene.mock.sessions.script([list(turn)], session_id=session.id)
    return session.id


def test_a_session_has_a_primary_thread(scene: Scene) -> None:
    session = scene.session()
    (thread,) = threads(scene, session)
    assert set(thread) == KEYS
    assert (thread["type"], thread["session_id"], thread["status"]) == ("session_thread", session, "idle")
    assert (thread["parent_thread_id"], thread["stats"], thread["usage"]) == (None, None, None)
    assert thread["agent"]["name"] == "Helper"
    assert "multiagent" not in thread["agent"]
    scene.say(session, "Hello.")
    (after,) = threads(scene, session)
    assert after["stats"]["active_seconds"] == scene.mock.policy.turn_seconds
    assert after["stats"]["startup_seconds"] > 0
    assert after["usage"]["output_tokens"] > 0
    assert after == scene.http.get(f"/v1/sessions/{session}/threads/{thread['id']}").json()
    assert thread_events(scene, session, thread["id"]) == listed(scene, session)


def test_a_coordinator_delegates_and_hears_back(scene: Scene) -> None:
    task = {"delegate": "researcher", "message": "What is known?", "turn": [{"think": True}, "Nothing much."]}
    session = coordinated(scene, task, "That was all.")
    events = pass_turn(scene, session, message("Find out."))
    assert types(events)[3:] == [
        "span.model_request_start",
        *SPAWNED,
        "span.model_request_end",
        "session.thread_status_idle",
        "agent.thread_message_received",
        "span.model_request_start",
        "agent.message",
        "span.model_request_end",
        "session.thread_status_idle",
        "session.usage",
        "session.status_idle",
    ]
    primary, child = threads(scene, session)
    assert child["parent_thread_id"] == primary["id"]
    assert (child["agent"]["name"], child["agent"]["model"]["id"]) == ("researcher", "claude-sonnet-5")
    assert child["status"] == "idle"
    assert child["stats"]["startup_seconds"] == 0
    created, sent = events[4], events[5]
    assert (created["session_thread_id"], created["agent_name"]) == (child["id"], "researcher")
    assert (sent["to_session_thread_id"], sent["to_agent_name"]) == (child["id"], "researcher")
    heard = next(event for event in events if event["type"] == "agent.thread_message_received")
    assert (heard["from_session_thread_id"], heard["from_agent_name"]) == (child["id"], "researcher")
    assert heard["content"] == [{"type": "text", "text": "Nothing much."}]


def test_a_child_has_events_of_its_own(scene: Scene) -> None:
    session = coordinated(scene, {"delegate": "researcher", "message": "Look.", "turn": ["Found."]}, "Good.")
    pass_turn(scene, session, message("Go."))
    child = threads(scene, session)[1]
    events = thread_events(scene, session, child["id"])
    assert types(events) == [
        "session.thread_status_running",
        "agent.thread_message_received",
        "span.model_request_start",
        "agent.message",
        "span.model_request_end",
        "agent.thread_message_sent",
        "session.thread_status_idle",
    ]
    assert "from_agent_name" not in events[1]
    assert "to_agent_name" not in events[5]
    assert child["usage"]["output_tokens"] == events[4]["model_usage"]["output_tokens"]
    session_view = [event["id"] for event in listed(scene, session)]
    assert events[3]["id"] not in session_view
    assert events[0]["id"] in session_view


def test_children_work_side_by_side(scene: Scene) -> None:
    one, two = ({"delegate": name, "turn": [{"slow": 60}, f"{name} is done."]} for name in ("researcher", "stranger"))
    session = coordinated(scene, one, two, "Both are done.")
    events = pass_turn(scene, session, message("Go."))
    kinds = types(events)
    assert kinds.count("agent.thread_message_received") == 2
    assert kinds.count("agent.message") == 1
    primary, *children = threads(scene, session)
    assert [child["agent"]["type"] for child in children] == ["agent", "inline"]
    now = scene.beta.sessions.retrieve(session)
    assert now.usage.active_seconds is not None
    assert now.stats.active_seconds is not None
    assert now.usage.active_seconds < 100
    assert now.stats.active_seconds > now.usage.active_seconds + 120
    assert primary["stats"]["active_seconds"] == now.usage.active_seconds


def test_a_call_of_a_child_is_answered_on_the_session(scene: Scene) -> None:
    turn = [{"custom_tool": "ask_boss"}, {"tool": "bash", "permission": "ask"}, "Thanks."]
    session = coordinated(scene, {"delegate": "researcher", "turn": turn}, "Good.")
    events = pass_turn(scene, session, message("Go."))
    custom, asked = waiting(events)
    child = threads(scene, session)[1]
    assert child["status"] == "idle"
    for kind, id in (("agent.custom_tool_use", custom), ("agent.tool_use", asked)):
        posted = next(event for event in events if event["type"] == kind)
        assert (posted["id"], posted["session_thread_id"]) == (id, child["id"])
        own = next(event for event in thread_events(scene, session, child["id"]) if event["type"] == kind)
        assert own["id"] == id
        assert "session_thread_id" not in own
    named = {"session_thread_id": "nonsense"}
    after = pass_turn(scene, session, {**confirm(asked, "deny"), **named}, {**result(custom), **named})
    given = next(event for event in after if event["type"] == "user.custom_tool_result")
    denied = next(event for event in after if event["type"] == "user.tool_confirmation")
    assert given["session_thread_id"] == denied["session_thread_id"] == child["id"]
    assert after[-1]["stop_reason"] == {"type": "end_turn"}
    assert threads(scene, session)[1]["status"] == "idle"
    assert "agent.thread_message_received" in types(after)


def test_a_message_is_answered_while_a_child_waits(scene: Scene) -> None:
    ask = {"delegate": "researcher", "turn": [{"custom_tool": "ask_boss"}, "Thanks."]}
    session = coordinated(scene, ask, "Soon.", {"tool": "bash"}, "Good.")
    (call,) = waiting(pass_turn(scene, session, message("Go.")))
    events = pass_turn(scene, session, message("How long?"))
    said = [event["content"][0]["text"] for event in events if event["type"] in ("user.message", "agent.message")]
    assert said == ["How long?", "Soon."]
    assert waiting(events) == [call]
    assert [thread["status"] for thread in threads(scene, session)] == ["idle", "idle"]
    after = pass_turn(scene, session, result(call))
    heard = [event["type"] for event in after if event["type"] in ("agent.thread_message_received", "agent.message")]
    assert heard == ["agent.thread_message_received", "agent.message"]
    assert after[-1]["stop_reason"] == {"type": "end_turn"}


def test_no_message_is_taken_while_the_primary_thread_waits_too(scene: Scene) -> None:
    turn = [
        {"delegate": "researcher", "turn": [{"custom_tool": "ask_boss"}, "Thanks."]},
        {"custom_tool": "ask_me"},
        "Good.",
    ]
    session = coordinated(scene, *turn)
    calls = waiting(pass_turn(scene, session, message("Go.")))
    own = next(event["id"] for event in listed(scene, session) if event.get("name") == "ask_me")
    answer = scene.http.post(f"/v1/sessions/{session}/events", json={"events": [message("And?")]})
    assert f"waiting on responses to events [{own}]" in refused(answer, 400, "invalid_request_error")
    after = pass_turn(scene, session, *map(result, calls))
    assert after[-1]["stop_reason"] == {"type": "end_turn"}


ADVISED: list[dict[str, Any]] = [
    {"type": "coordinator", "agents": [{"type": "self"}, {"type": "advisor", "model": "claude-sonnet-5"}]},
    {"type": "multiagent_20261001", "advisor": {"type": "enabled", "model": "claude-sonnet-5"}},
]


@pytest.mark.parametrize("multiagent", ADVISED, ids=lambda each: each["type"])
def test_an_advisor_is_over_once_it_has_answered(scene: Scene, multiagent: Any) -> None:
    agent = scene.beta.agents.create(name="boss", model=MODEL, multiagent=multiagent)
    environment = scene.beta.environments.create(name="Cloud")
    session = scene.beta.sessions.create(agent=agent.id, environment_id=environment.id).id
    asks = {"delegate": "advisor", "message": "Which way?", "turn": [{"tool": "bash"}, "Left."]}
    scene.mock.sessions.script([[asks, {"delegate": "boss", "turn": [asks]}, "Going left."]], session_id=session)
    events = pass_turn(scene, session, message("Go."))
    created = [event["agent_name"] for event in events if event["type"] == "session.thread_created"]
    assert created == ["advisor", "boss"]
    _, advisor, boss, stranger = scene.beta.sessions.threads.list(session)
    assert advisor.agent.to_dict() == {"type": "advisor", "model": "claude-sonnet-5"}
    assert (advisor.status, advisor.archived_at) == ("terminated", None)
    assert advisor.usage is not None
    assert advisor.usage.list_cost is not None
    assert (boss.status, boss.agent.type) == ("idle", "agent" if multiagent["type"] == "coordinator" else "inline")
    assert (stranger.parent_thread_id, stranger.status, stranger.agent.type) == (boss.id, "idle", "inline")
    own = thread_events(scene, session, advisor.id)
    used = next(event for event in own if event["type"] == "agent.tool_use")
    assert (used["evaluated_permission"], "evaluation" in used) == ("deny", False)
    assert types(own)[-3:] == [
        "agent.thread_message_sent",
        "session.thread_status_idle",
        "session.thread_status_terminated",
    ]
    ended = [event["session_thread_id"] for event in events if event["type"] == "session.thread_status_terminated"]
    assert ended == [advisor.id]
    assert threads(scene, session, **{"statuses[]": "terminated"}) == [advisor.to_dict(mode="json")]
    refused(
        scene.http.post(
            f"/v1/sessions/{session}/events",
            json={"events": [{"type": "user.interrupt", "session_thread_id": advisor.id}]},
        ),
        400,
        "invalid_request_error",
    )


@pytest.mark.mockdreams(clock="manual")
def test_one_child_can_be_interrupted(scene: Scene) -> None:
    session = coordinated(scene, {"delegate": "researcher", "turn": [{"slow": 3600}, "Never."]}, "Then without.")
    scene.send(session, "Go.")
    scene.mock.clock.advance(seconds=60)
    child = threads(scene, session)[1]
    assert child["status"] == "running"
    refused(scene.http.post(f"/v1/sessions/{session}/threads/{child['id']}/archive"), 400, "invalid_request_error")
    after = pass_turn(scene, session, {"type": "user.interrupt", "session_thread_id": child["id"]})
    assert threads(scene, session)[1]["status"] == "idle"
    assert [event["content"][0]["text"] for event in after if event["type"] == "agent.message"] == ["Then without."]


@pytest.mark.mockdreams(clock="manual")
def test_an_interrupt_of_one_child_leaves_the_other_and_the_parent(scene: Scene) -> None:
    one, two = ({"delegate": name, "turn": [{"slow": 3600}, f"{name} is done."]} for name in ("one", "two"))
    session = coordinated(scene, one, two, "Then without.")
    scene.send(session, "Go.")
    scene.mock.clock.advance(seconds=60)
    first = threads(scene, session)[1]["id"]
    send(scene, session, {"type": "user.interrupt", "session_thread_id": first})
    scene.mock.clock.advance(seconds=60)
    assert [thread["status"] for thread in threads(scene, session)] == ["running", "idle", "running"]
    assert scene.beta.sessions.retrieve(session).status == "running"
    scene.mock.clock.run_until_idle()
    events = listed(scene, session)
    heard = [event["content"][0]["text"] for event in events if event["type"] == "agent.thread_message_received"]
    assert heard == ["two is done."]
    assert events[-1]["stop_reason"] == {"type": "end_turn"}


@pytest.mark.mockdreams(clock="manual")
def test_an_interrupt_of_the_primary_thread_leaves_its_children(scene: Scene) -> None:
    session = coordinated(scene, {"delegate": "one", "turn": [{"slow": 3600}, "Done."]}, "Never.")
    scene.send(session, "Go.")
    scene.mock.clock.advance(seconds=60)
    primary = threads(scene, session)[0]["id"]
    send(scene, session, {"type": "user.interrupt", "session_thread_id": primary}, message("And now?"))
    scene.mock.clock.advance(seconds=60)
    assert [thread["status"] for thread in threads(scene, session)] == ["idle", "running"]
    assert scene.beta.sessions.retrieve(session).status == "running"
    scene.mock.clock.run_until_idle()
    events = listed(scene, session)
    assert [event["content"][0]["text"] for event in events if event["type"] == "agent.message"] == ["Noted: And now?"]
    assert [thread["status"] for thread in threads(scene, session)] == ["idle", "idle"]
    assert scene.beta.sessions.retrieve(session).status == "idle"


@pytest.mark.mockdreams(clock="manual")
def test_an_interrupt_stops_every_thread(scene: Scene) -> None:
    session = coordinated(scene, {"delegate": "researcher", "turn": [{"slow": 3600}, "Never."]}, "Never.")
    scene.send(session, "Go.")
    scene.mock.clock.advance(seconds=60)
    after = pass_turn(scene, session, {"type": "user.interrupt"})
    assert after[-1]["type"] == "session.status_idle"
    assert [thread["status"] for thread in threads(scene, session)] == ["idle", "idle"]
    assert "agent.message" not in types(after)
    assert scene.mock.clock.due == []


def test_a_child_is_archived_and_the_primary_is_not(scene: Scene) -> None:
    session = coordinated(scene, {"delegate": "researcher"}, "Good.")
    pass_turn(scene, session, message("Go."))
    primary, child = threads(scene, session)
    url = f"/v1/sessions/{session}/threads"
    said = refused(scene.http.post(f"{url}/{primary['id']}/archive"), 400, "invalid_request_error")
    assert said == "The primary thread cannot be archived; archive the session instead."
    archived = scene.beta.sessions.threads.archive(child["id"], session_id=session)
    assert archived.archived_at is not None
    assert archived.status == "terminated"
    assert types(listed(scene, session))[-1] == "session.thread_status_terminated"
    assert types(thread_events(scene, session, child["id"]))[-1] == "session.thread_status_terminated"
    refused(
        send(scene, session, {"type": "user.interrupt", "session_thread_id": child["id"]}), 400, "invalid_request_error"
    )
    scene.mock.clock.advance(hours=1)
    assert scene.beta.sessions.threads.archive(child["id"], session_id=session) == archived
    assert types(thread_events(scene, session, child["id"]))[-1] == "session.thread_status_terminated"
    said = refused(scene.http.get(f"{url}/sthr_{ABSENT}"), 404, "not_found_error")
    assert said == f"Thread not found: sthr_{ABSENT}"
    said = refused(scene.http.get(f"{url}/sthr_x"), 400, "invalid_request_error")
    assert said == "Invalid thread ID: sthr_x"
    interrupt = {"type": "user.interrupt", "session_thread_id": "sthr_x"}
    said = refused(send(scene, session, interrupt), 400, "invalid_request_error")
    assert said == "Invalid session_thread_id: sthr_x"
    for path in ("events", "stream", "archive"):
        method = "POST" if path == "archive" else "GET"
        refused(scene.http.request(method, f"{url}/sthr_{ABSENT}/{path}"), 404, "not_found_error")
    refused(scene.http.get("/v1/sessions/sesn_x/threads"), 404, "not_found_error")


def test_a_child_that_waits_is_archived_and_the_session_goes_on(scene: Scene) -> None:
    asks = {"turn": [{"tool": "bash", "permission": "ask"}]}
    session = coordinated(scene, {"delegate": "one", **asks}, {"delegate": "two", **asks}, "Without them.")
    ids = waiting(pass_turn(scene, session, message("Go.")))
    _, one, two = threads(scene, session)
    scene.beta.sessions.threads.archive(one["id"], session_id=session)
    assert waiting(listed(scene, session)) == ids[1:]
    scene.beta.sessions.threads.archive(two["id"], session_id=session)
    scene.mock.clock.run_until_idle()
    after = listed(scene, session)
    assert [event["content"][0]["text"] for event in after if event["type"] == "agent.message"] == ["Without them."]
    assert after[-1]["stop_reason"] == {"type": "end_turn"}


def test_threads_are_filtered_and_paged(scene: Scene) -> None:
    session = coordinated(scene, *({"delegate": f"helper {n}"} for n in range(4)), "Good.")
    pass_turn(scene, session, message("Go."))
    everything = [thread["id"] for thread in threads(scene, session)]
    assert len(everything) == 5
    assert [thread.id for thread in scene.beta.sessions.threads.list(session, limit=2)] == everything
    assert threads(scene, session, **{"statuses[]": "running"}) == []
    assert len(threads(scene, session, **{"statuses[]": "idle"})) == 5
    for query in ("statuses[]=asleep", "limit=0", "limit=1001", "page=page_x"):
        refused(scene.http.get(f"/v1/sessions/{session}/threads?{query}"), 400, "invalid_request_error")
    url = f"/v1/sessions/{session}/threads/{everything[0]}/events"
    first = scene.http.get(f"{url}?limit=2").json()
    rest = scene.http.get(f"{url}?page={first['next_page']}").json()
    paged = [event["id"] for event in first["data"] + rest["data"]]
    assert paged == [event["id"] for event in listed(scene, session)]


def test_there_is_room_for_so_many_threads(scene: Scene) -> None:
    scene.mock.policy.threads_per_session = 3
    session = coordinated(scene, *({"delegate": f"helper {n}"} for n in range(4)), "Good.")
    assert "agent.message" in types(pass_turn(scene, session, message("Go.")))
    assert len(threads(scene, session)) == 3


@pytest.mark.mockdreams(clock="manual")
def test_a_thread_has_a_stream_of_its_own(scene: Scene) -> None:
    session = coordinated(scene, {"delegate": "researcher", "turn": [{"slow": 60}, "Found."]}, "Good.")
    scene.send(session, "Go.")
    scene.mock.clock.advance(seconds=10)
    child = threads(scene, session)[1]["id"]
    stream = scene.beta.sessions.threads.events.stream(child, session_id=session, event_deltas=["agent.message"])
    with stream:
        scene.mock.clock.run_until_idle()
        seen = []
        for event in stream:
            seen.append(event.to_dict(mode="json"))
            if event.type == "session.thread_status_idle":
                break
    whole = [event for event in seen if "processed_at" in event]
    assert whole == thread_events(scene, session, child)[-len(whole) :]
    assert types(whole)[0] == "agent.message"


def test_the_readers_of_a_dream_are_threads(scene: Scene) -> None:
    sessions = [scene.session("Hello."), scene.session("Again.", "And again.")]
    dream = scene.finished(session_ids=sessions)
    assert dream.session_id is not None
    _, *readers = threads(scene, dream.session_id)
    assert len(readers) == 2
    for reader in readers:
        assert (reader["agent"]["type"], reader["agent"]["name"]) == ("inline", "session-reader")
        assert reader["status"] == "idle"
        events = thread_events(scene, dream.session_id, reader["id"])
        assert types(events) == [
            "session.thread_status_running",
            "agent.thread_message_received",
            "agent.message",
            "agent.thread_message_sent",
            "session.thread_status_idle",
        ]


def test_a_child_that_was_answered_first_waits_for_the_rest(scene: Scene) -> None:
    turn = [{"tool": "bash", "permission": "ask"}, "Child is done."]
    session = coordinated(scene, {"custom_tool": "own"}, {"delegate": "researcher", "turn": turn}, "All done.")
    own, asked = waiting(pass_turn(scene, session, message("Go.")))
    half = pass_turn(scene, session, confirm(asked))
    assert waiting(half) == [own]
    after = pass_turn(scene, session, result(own))
    assert after[-1]["stop_reason"] == {"type": "end_turn"}
    heard = [event["content"][0]["text"] for event in after if event["type"].endswith("message_received")]
    assert heard == ["Child is done."]


def test_the_parent_goes_on_without_a_child_that_waited(scene: Scene) -> None:
    session = coordinated(scene, {"delegate": "researcher", "turn": [{"custom_tool": "x"}, "Never."]}, "Without.")
    (call,) = waiting(pass_turn(scene, session, message("Go.")))
    child = threads(scene, session)[1]["id"]
    after = pass_turn(scene, session, {"type": "user.interrupt", "session_thread_id": child})
    assert [event["content"][0]["text"] for event in after if event["type"] == "agent.message"] == ["Without."]
    assert after[-1]["stop_reason"] == {"type": "end_turn"}
    answer = scene.http.post(f"/v1/sessions/{session}/events", json={"events": [result(call)]})
    refused(answer, 400, "invalid_request_error")


def test_a_child_that_fails_does_not_take_its_parent_along(scene: Scene) -> None:
    turns = [[{"error": "tool_use_limit_reached_error"}], [{"error": "unknown_error", "retry": "retrying"}, "Better."]]
    session = coordinated(scene, *({"delegate": f"helper {n}", "turn": turn} for n, turn in enumerate(turns)), "Done.")
    events = pass_turn(scene, session, message("Go."))
    assert [thread["status"] for thread in threads(scene, session)] == ["idle", "terminated", "idle"]
    assert types(events).count("session.error") == 2
    assert "session.thread_status_rescheduled" in types(events)
    assert [event["content"][0]["text"] for event in events if event["type"] == "agent.message"] == ["Done."]
