"""Sessions and their events, as far as a dream needs them."""

import sys
from typing import Any

import anthropic
import httpx2
import pytest

from mockdreams import MockDreams
from tests.support.deep import deep
from tests.support.helpers import ABSENT, Scene, refused
from tests.support.streams import STREAMED
from tests.support.turns import create_body, message

KEYS = {
    "id",
    "type",
    "status",
    "agent",
    "environment_id",
    "title",
    "metadata",
    "vault_ids",
    "resources",
    "outcome_evaluations",
    "stats",
    "usage",
    "budget",
    "deployment_id",
    "created_at",
    "updated_at",
    "archived_at",
}


def test_a_new_session_is_idle_and_whole(scene: Scene) -> None:
    session = scene.http.post("/v1/sessions", json=create_body(scene, title="Talk", metadata={"a": "b"})).json()
    assert set(session) == KEYS
    assert session["status"] == "idle"
    assert session["title"] == "Talk"
    assert session["metadata"] == {"a": "b"}
    assert session["budget"] is None
    assert session["agent"]["type"] == "agent"
    assert session["agent"]["execution_identity"] == {"type": "service_account"}


def test_the_agent_is_a_snapshot(scene: Scene) -> None:
    body = create_body(scene)
    agent = scene.beta.agents.retrieve(body["agent"])
    session = scene.beta.sessions.create(**body)
    assert (session.agent.id, session.agent.version, session.agent.name) == (agent.id, 1, "Helper")
    by_version = scene.beta.sessions.create(**{**body, "agent": {"type": "agent", "id": agent.id, "version": 1}})
    assert by_version.agent == session.agent


@pytest.mark.parametrize(
    ("name", "slug"), [("User Preferences", "user-preferences"), ("Ünïcode", "n-code"), ("--a--", "a")]
)
def test_stores_are_mounted_at_the_slug_of_their_name(scene: Scene, name: str, slug: str) -> None:
    stores = tuple(scene.store(name=name) for _ in range(3))
    session = scene.beta.sessions.retrieve(scene.session(stores=stores))
    mounts = [resource.to_dict()["mount_path"] for resource in session.resources]
    assert mounts == [f"/mnt/memory/{slug}", f"/mnt/memory/{slug}-2", f"/mnt/memory/{slug}-3"]


def test_a_name_without_letters_is_mounted_at_the_id(scene: Scene) -> None:
    store = scene.store(name="!!!")
    session = scene.beta.sessions.retrieve(scene.session(stores=(store,)))
    assert session.resources[0].to_dict()["mount_path"] == f"/mnt/memory/{store.lower().replace('_', '-')}"


def test_an_attached_store_is_a_snapshot_without_an_id(scene: Scene) -> None:
    store = scene.store(name="Before")
    session = scene.session(stores=(store,))
    scene.beta.memory_stores.update(store, name="After")
    resource = scene.beta.sessions.retrieve(session).resources[0].to_dict()
    assert resource == {
        "type": "memory_store",
        "memory_store_id": store,
        "name": "Before",
        "description": "",
        "mount_path": "/mnt/memory/before",
        "access": "read_write",
    }


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"agent": f"agent_{ABSENT}"}, 404, None),
        ({"environment_id": f"env_{ABSENT}"}, 404, f"Environment env_{ABSENT} not found."),
        ({"environment_id": None}, 400, "environment_id: Value is not nullable"),
        ({"extra": 1}, 400, 'Failed to parse request body: unknown field "extra"'),
        ({"title": 3}, 400, "Failed to parse request: title: expected a string"),
        ({"metadata": {str(n): "" for n in range(17)}}, 400, None),
        (
            {"resources": [{"type": "memory_store", "memory_store_id": f"memstore_{ABSENT}"}]},
            404,
            f"Memory store `memstore_{ABSENT}` not found.",
        ),
        (
            {"resources": [{"type": "disk"}]},
            400,
            'Failed to parse request: resources[0].type: "disk" is not a valid value',
        ),
        (
            {"initial_events": [message("a"), {"type": "user.interrupt"}]},
            400,
            'Failed to parse request: initial_events[1].type: "user.interrupt" is not a valid value',
        ),
        ({"initial_events": [message("a")] * 51}, 400, "initial_events: must contain no more than 50 item(s)"),
    ],
)
def test_bad_create_bodies_are_refused(scene: Scene, fields: Any, status: int, message: str | None) -> None:
    body = create_body(scene, **fields)
    before = len(scene.beta.sessions.list().data)
    type = "not_found_error" if status == 404 else "invalid_request_error"
    said = refused(scene.http.post("/v1/sessions", json=body), status, type)
    assert message in (None, said)
    assert len(scene.beta.sessions.list().data) == before


def test_at_most_eight_different_live_stores(scene: Scene) -> None:
    def attach(*stores: str) -> str:
        resources = [{"type": "memory_store", "memory_store_id": store} for store in stores]
        response = scene.http.post("/v1/sessions", json=create_body(scene, resources=resources))
        return refused(response, 400, "invalid_request_error")

    stores = [scene.store(name=f"S{n}") for n in range(9)]
    assert attach(*stores) == "resources cannot contain more than 8 memory_store entries"
    assert attach(stores[0], stores[0]) == f"resources contains duplicate memory_store_id: {stores[0]}"
    scene.beta.memory_stores.archive(stores[1])
    assert attach(stores[1]) == f"Memory store {stores[1]} is archived."


def test_a_turn_is_listed_in_the_order_of_processing(scene: Scene) -> None:
    session = scene.session("Hello.")
    events = scene.beta.sessions.events.list(session).data
    assert [event.type for event in events] == STREAMED
    times = [event.processed_at for event in events]
    assert times == sorted(times, key=str)
    assert len(set(times)) == len(times)


@pytest.mark.mockdreams(clock="manual")
def test_a_message_waits_unprocessed_until_the_clock_moves(scene: Scene) -> None:
    session = scene.session()
    sent = scene.http.post(f"/v1/sessions/{session}/events", json={"events": [message("a"), message("b")]}).json()
    assert set(sent) == {"data"}
    assert [set(event) for event in sent["data"]] == [{"id", "type", "content"}] * 2
    assert scene.beta.sessions.retrieve(session).status == "idle"
    listed = scene.http.get(f"/v1/sessions/{session}/events").json()["data"]
    assert listed == sent["data"]
    scene.mock.clock.advance(seconds=1)
    assert scene.beta.sessions.retrieve(session).status == "running"
    processed = scene.beta.sessions.events.list(session, types=["user.message"]).data
    assert [event.id for event in processed] == [event["id"] for event in sent["data"]]
    assert [event.processed_at is None for event in processed] == [False, True]
    scene.mock.clock.run_until_idle()
    processed = scene.beta.sessions.events.list(session, types=["user.message"]).data
    assert all(event.processed_at for event in processed)
    scene.mock.clock.advance(seconds=60)
    assert scene.beta.sessions.retrieve(session).status == "idle"


def test_initial_events_start_a_session_running(scene: Scene) -> None:
    session = scene.beta.sessions.create(**create_body(scene, initial_events=[message("Go.")]))
    assert session.status == "running"
    scene.beta.sessions.retrieve(session.id)
    assert scene.beta.sessions.retrieve(session.id).status == "idle"
    assert [event.type for event in scene.beta.sessions.events.list(session.id)] == STREAMED


@pytest.mark.mockdreams(clock="manual")
def test_a_message_sent_meanwhile_is_answered_in_the_same_run(scene: Scene) -> None:
    session = scene.session()
    scene.send(session, "one")
    scene.mock.clock.advance(seconds=1)
    scene.send(session, "two")
    scene.mock.clock.run_until_idle()
    types = [event.type for event in scene.beta.sessions.events.list(session)]
    answered = ["user.message", "span.model_request_start", "agent.message", "span.model_request_end"]
    assert types[2:-3] == [*answered, *answered]
    assert types.count("session.status_running") == types.count("session.status_idle") == 1


@pytest.mark.mockdreams(clock="manual")
def test_the_next_model_request_hears_what_was_sent_meanwhile(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"tool": "bash"}, "Both are done."], "And the third."])
    scene.send(session, "one")
    scene.mock.clock.advance(seconds=1)
    scene.send(session, "two")
    scene.send(session, "three")
    scene.mock.clock.run_until_idle()
    events = scene.beta.sessions.events.list(session).data
    types = [event.type for event in events]
    assert types[2:-3] == [
        "user.message",
        "span.model_request_start",
        "agent.tool_use",
        "span.model_request_end",
        "agent.tool_result",
        "user.message",
        "span.model_request_start",
        "agent.message",
        "span.model_request_end",
        "user.message",
        "span.model_request_start",
        "agent.message",
        "span.model_request_end",
    ]
    said = [event.content[0].text for event in events if event.type == "agent.message"]  # type: ignore[union-attr]
    assert said == ["Both are done.", "And the third."]


@pytest.mark.mockdreams(clock="manual")
def test_the_default_agent_notes_what_it_is_told_while_it_works(scene: Scene) -> None:
    store = scene.store(name="Notes")
    session = scene.session(stores=(store,))
    scene.send(session, "Remember that deploys happen on Thursday.")
    scene.mock.clock.advance(seconds=1)
    scene.send(session, "Remember that the wiki is in Lisbon.")
    scene.mock.clock.run_until_idle()
    written = "".join(content or "" for content in scene.contents(store).values())
    assert written.count("eploys happen on Thursday") == written.count("he wiki is in Lisbon") == 1
    events = scene.beta.sessions.events.list(session).data
    (said,) = [event for event in events if event.type == "agent.message"]
    assert [block.text for block in said.content] == [  # type: ignore[union-attr]
        "Noted: Deploys happen on Thursday. Noted: The wiki is in Lisbon."
    ]


@pytest.mark.mockdreams(clock="manual")
def test_an_interrupt_ends_the_turn(scene: Scene) -> None:
    session = scene.session()
    scene.send(session, "one")
    scene.mock.clock.advance(seconds=1)
    scene.beta.sessions.events.send(session, events=[{"type": "user.interrupt"}])
    assert scene.beta.sessions.retrieve(session).status == "running"
    refused(scene.http.delete(f"/v1/sessions/{session}"), 400, "invalid_request_error")
    refused(scene.http.post(f"/v1/sessions/{session}/archive"), 400, "invalid_request_error")
    scene.mock.restore(scene.mock.snapshot())
    scene.mock.clock.advance(seconds=scene.mock.policy.interrupt_seconds)
    assert scene.beta.sessions.retrieve(session).status == "idle"
    scene.mock.clock.run_until_idle()
    events = scene.http.get(f"/v1/sessions/{session}/events").json()["data"]
    types = [event["type"] for event in events]
    end = next(event for event in events if event["type"] == "span.model_request_end")
    assert {end["model_usage"][key] for key in ("input_tokens", "output_tokens", "cache_read_input_tokens")} == {0}
    assert "agent.message" not in types
    assert types.index("user.interrupt") < types.index("session.status_idle")


@pytest.mark.parametrize(
    ("events", "status", "type", "message"),
    [
        ([], 400, "invalid_request_error", "events: must contain at least 1 item"),
        (
            [{"type": "session.usage"}],
            400,
            "invalid_request_error",
            'Failed to parse request: events[0].type: "session.usage" is not a valid value',
        ),
        (
            [message("")],
            400,
            "invalid_request_error",
            "events.0.user_message.content.0.text: value is required",
        ),
        (
            [message("good"), {"type": "user.message", "content": [{"type": "video"}]}],
            400,
            "invalid_request_error",
            'Failed to parse request: events[1].content[0].type: "video" is not a valid value',
        ),
        (
            [message("good"), {"type": "user.tool_result", "tool_use_id": "sevt_x"}],
            403,
            "permission_error",
            "events[1]: `user.tool_result` may only be sent with environment credentials",
        ),
    ],
)
def test_sending_is_all_or_nothing(scene: Scene, events: Any, status: int, type: str, message: str) -> None:
    session = scene.session()
    response = scene.http.post(f"/v1/sessions/{session}/events", json={"events": events})
    assert refused(response, status, type) == message
    assert scene.beta.sessions.events.list(session).data == []


@pytest.mark.long
def test_events_are_filtered_and_paged(scene: Scene) -> None:
    session = scene.session("one", "two", "three")
    listed = scene.beta.sessions.events.list
    everything = [event.id for event in listed(session)]
    assert len(everything) == 3 * len(STREAMED)
    assert [event.id for event in listed(session, limit=4)] == everything
    assert [event.id for event in listed(session, limit=4, order="desc")] == everything[::-1]
    assert [event.type for event in listed(session, types=["agent.message", "session.usage"])] == [
        "agent.message",
        "session.usage",
    ] * 3
    middle = listed(session).data[9].processed_at
    assert middle is not None
    assert [event.id for event in listed(session, created_at_gte=middle)] == everything[9:]
    assert [event.id for event in listed(session, created_at_lt=middle)] == everything[:9]


def test_the_list_shows_live_sessions_newest_first(scene: Scene) -> None:
    ids = [scene.session() for _ in range(3)]
    scene.beta.sessions.archive(ids[1])
    assert [session.id for session in scene.beta.sessions.list()] == [ids[2], ids[0]]
    assert [session.id for session in scene.beta.sessions.list(include_archived=True, order="asc")] == ids
    assert list(scene.beta.sessions.list(statuses=["terminated"])) == []
    ended = scene.beta.sessions.list(statuses=["terminated"], include_archived=True)
    assert [session.id for session in ended] == [ids[1]]
    body = scene.http.get("/v1/sessions").json()
    assert "next_page" not in body


def test_a_session_that_has_failed_is_listed_by_its_status(scene: Scene) -> None:
    session = scene.session()
    scene.mock.sessions.script([[{"terminate": True}]], session_id=session)
    scene.say(session, "Go.")
    assert list(scene.beta.sessions.list()) == []
    assert [each.id for each in scene.beta.sessions.list(statuses=["terminated"])] == [session]


def test_sessions_are_found_by_store_and_agent(scene: Scene) -> None:
    store = scene.store()
    with_store, without = scene.session(stores=(store,)), scene.session()
    agent = scene.beta.sessions.retrieve(without).agent.id
    assert [session.id for session in scene.beta.sessions.list(memory_store_id=store)] == [with_store]
    assert [session.id for session in scene.beta.sessions.list(agent_id=agent)] == [without]
    assert [session.id for session in scene.beta.sessions.list(agent_id=agent, agent_version=2)] == []


def test_an_archived_session_is_terminated_and_readable(scene: Scene) -> None:
    session = scene.session("Hello.")
    before = scene.http.get(f"/v1/sessions/{session}/events").json()
    archived = scene.beta.sessions.archive(session)
    assert archived.status == "terminated"
    assert archived.archived_at == archived.updated_at
    scene.mock.clock.advance(hours=1)
    assert scene.beta.sessions.archive(session) == archived
    assert scene.beta.sessions.retrieve(session) == archived
    assert scene.http.get(f"/v1/sessions/{session}/events").json() == before
    refused(
        scene.http.post(f"/v1/sessions/{session}/events", json={"events": [message("x")]}), 400, "invalid_request_error"
    )


@pytest.mark.mockdreams(clock="manual")
def test_a_running_session_is_neither_archived_nor_deleted(scene: Scene) -> None:
    session = scene.session()
    scene.send(session, "work")
    scene.mock.clock.advance(seconds=1)
    said = refused(scene.http.post(f"/v1/sessions/{session}/archive"), 400, "invalid_request_error")
    assert said == (
        f'Session {session} cannot be archived while its status is "running". '
        "Only pending or idle sessions may be archived."
    )
    said = refused(scene.http.delete(f"/v1/sessions/{session}"), 400, "invalid_request_error")
    assert said == (
        "Cannot delete session while it is running. Send an interrupt event or wait for the session to complete."
    )
    assert scene.beta.sessions.retrieve(session).status == "running"


def test_a_deleted_session_is_gone(scene: Scene) -> None:
    session = scene.session("Hello.")
    assert scene.beta.sessions.delete(session).to_dict() == {"id": session, "type": "session_deleted"}
    with pytest.raises(anthropic.NotFoundError, match=f"Session not found: {session}"):
        scene.beta.sessions.retrieve(session)
    with pytest.raises(anthropic.NotFoundError):
        scene.beta.sessions.events.list(session)


def test_usage_and_time_add_up(scene: Scene) -> None:
    session = scene.beta.sessions.retrieve(scene.session("Hello there.", "And again."))
    ends = scene.beta.sessions.events.list(session.id, types=["span.model_request_end"])
    usages = [event.model_usage for event in ends if event.type == "span.model_request_end"]
    assert session.usage.output_tokens == sum(usage.output_tokens for usage in usages)
    assert session.stats.active_seconds == 2 * scene.mock.policy.turn_seconds
    assert session.stats.duration_seconds == 120


@pytest.mark.parametrize("order", ["asc", deep("desc")])
@pytest.mark.long
async def test_a_page_of_sessions_costs_as_much_among_many(order: str) -> None:
    async def python_calls(sessions: int) -> int:
        with MockDreams() as mock:
            first = mock.build.session()
            for _ in range(sessions - 1):
                mock.build.session(agent=first.agent.id, environment=first.environment_id)
            headers = dict(mock.http.headers)
            async with httpx2.AsyncClient(transport=mock.async_transport, base_url=mock.url, headers=headers) as client:
                return min([await calls_of_a_page(client) for _ in range(4)])

    async def calls_of_a_page(client: httpx2.AsyncClient) -> int:
        calls: list[str] = []
        sys.setprofile(lambda _frame, event, _argument: calls.append(event))
        try:
            answer = await client.get("/v1/sessions", params={"limit": 5, "order": order})
        finally:
            sys.setprofile(None)
        assert len(answer.json()["data"]) == 5
        return calls.count("call")

    assert await python_calls(100) == await python_calls(10)
