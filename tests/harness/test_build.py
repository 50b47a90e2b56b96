"""The lines that most tests begin with, made for them."""

from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import OverloadedError

from mockdreams import ControlError, MockDreams
from mockdreams.harness.remote import RemoteServer


@pytest.fixture(params=["local", "remote"])
def mock(request: pytest.FixtureRequest, mockdreams: MockDreams) -> Iterator[MockDreams]:
    """A world of this process, by its handle and by that of a server at a URL."""
    if request.param == "local":
        yield mockdreams
        return
    server = RemoteServer(mockdreams.url)
    with server.world() as elsewhere:
        yield elsewhere
    server.stop()


@pytest.mark.long
def test_a_store_a_session_and_a_dream_over_them(mock: MockDreams) -> None:
    beta = mock.client().beta
    store = mock.build.store({"/a.md": "A", "/b/c.md": "C"}, name="Team")
    assert [(each.name, each.id) for each in beta.memory_stores.list()] == [("Team", store.id)]
    memories = [each.to_dict() for each in beta.memory_stores.memories.list(store.id, view="full")]
    assert {each["path"]: each["content"] for each in memories} == {"/a.md": "A", "/b/c.md": "C"}

    session = mock.build.session("Hi.", "And again.", title="First", stores=[store])
    assert session.title == "First"
    (mounted,) = session.resources
    assert mounted.to_dict()["memory_store_id"] == store.id
    events = [event.to_dict() for event in beta.sessions.events.list(session.id)]
    said = [event["content"] for event in events if event["type"] == "user.message"]
    assert said == [[{"type": "text", "text": "Hi."}], [{"type": "text", "text": "And again."}]]

    dream = mock.build.dream(store, [session], instructions="Merge.")
    assert [each.to_dict() for each in dream.inputs] == [
        {"type": "memory_store", "memory_store_id": store.id},
        {"type": "sessions", "session_ids": [session.id]},
    ]
    assert dream.instructions == "Merge."
    while beta.dreams.retrieve(dream.id).status in ("pending", "running"):
        pass
    assert beta.dreams.retrieve(dream.id).status == "completed"


@pytest.mark.long
def test_what_is_left_out_is_made_also_after_a_reset(mock: MockDreams) -> None:
    for _ in range(2):
        assert mock.build.dream().status == "pending"
        assert [store.name for store in mock.client().beta.memory_stores.list()] == ["Notes"]
        assert len(mock.client().beta.sessions.list().data) >= 1
        mock.reset()


def test_an_agent_and_an_environment_of_ones_own(mock: MockDreams) -> None:
    beta = mock.client().beta
    agent, environment = beta.agents.create(name="A", model="claude-opus-4-8"), beta.environments.create(name="E")
    session = mock.build.session(agent=agent.id, environment=environment.id)
    assert (session.agent.name, session.environment_id) == ("A", environment.id)
    assert mock.requests.count("POST /v1/agents") == mock.requests.count("POST /v1/environments") == 1


def test_it_is_a_client_as_any_other(mock: MockDreams) -> None:
    mock.faults.add("POST /v1/dreams", status=529, times=None)
    with pytest.raises(OverloadedError):
        mock.build.dream()
    mock.requests.assert_called("POST /v1/memory_stores", times=1)


def test_one_is_as_good_as_a_list_of_one(mockdreams: MockDreams) -> None:
    store = mockdreams.build.store()
    session = mockdreams.build.session(stores=store)
    assert [each.memory_store_id for each in session.resources if each.type == "memory_store"] == [store.id]
    (_, sessions) = mockdreams.build.dream(store, session).inputs
    assert sessions.type == "sessions"
    assert sessions.session_ids == [session.id]


@pytest.mark.parametrize(
    ("method", "arguments", "keywords", "said"),
    [
        ("dream", (), {"instruction": "Merge."}, "dream() has no `instruction`; did you mean `instructions`?"),
        ("dream", ("memstore_x", 5), {}, "sessions takes ids, or what has one, not 5"),
        ("dream", (5,), {}, "store takes ids, or what has one, not 5"),
        ("session", (), {"stores": [5]}, "stores takes ids, or what has one, not 5"),
        ("session", (), {"store": "memstore_x"}, "session() has no `store`; did you mean `stores`?"),
        ("store", ("Notes",), {}, "memories is a dict of contents by path, not 'Notes'"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(
    mockdreams: MockDreams, method: str, arguments: Any, keywords: Any, said: str
) -> None:
    with pytest.raises(ControlError) as refused:
        getattr(mockdreams.build, method)(*arguments, **keywords)
    assert str(refused.value) == said
    assert len(mockdreams.requests) == 0
