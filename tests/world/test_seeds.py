"""Seed worlds."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.world.state.seeds import SeedError
from tests.support.helpers import Scene

SMALL = """
now: 2026-02-01T00:00:00Z
memory_stores:
  - name: Notes
    description: What we know.
    memories:
      - {path: /b.md, at: 2026-01-03T00:00:00Z, content: "Second.\\n"}
      - {path: /a.md, at: 2026-01-02T00:00:00Z, content: "First.\\n"}
sessions:
  - title: A talk
    at: 2026-01-05T00:00:00Z
    memory_stores: [Notes]
    transcript:
      - user: Hello.
      - user: Are you there?
      - agent: I am.
      - user: Good.
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_a_seed_is_lived_through_in_its_order_of_time(small: Path) -> None:
    with MockDreams(load=small) as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = client.beta.memory_stores.list().data[0]
        assert (store.name, store.description) == ("Notes", "What we know.")
        listed = [item.to_dict() for item in client.beta.memory_stores.memories.list(store.id, view="full")]
        assert [item["path"] for item in listed] == ["/b.md", "/a.md"]
        assert listed[1]["created_at"] == datetime(2026, 1, 2, tzinfo=UTC)
        assert scene.mock.clock.now() == datetime(2026, 2, 1, tzinfo=UTC)
        assert mock.clock.mode == "auto"


def test_transcripts_become_the_events_of_real_turns(small: Path) -> None:
    with MockDreams(load=small) as mock, mock.client() as client:
        session = client.beta.sessions.list().data[0]
        assert session.title == "A talk"
        assert session.status == "idle"
        assert len(session.memory_stores if hasattr(session, "memory_stores") else session.resources) == 1
        events = client.beta.sessions.events.list(session.id, types=["user.message", "agent.message"])
        said = [(event.type, event.to_dict()["content"]) for event in events]
        assert [(type, content[0]["text"]) for type, content in said] == [  # type: ignore[index]
            ("user.message", "Hello."),
            ("user.message", "Are you there?"),
            ("agent.message", "I am."),
            ("user.message", "Good."),
        ]
        assert events.data[0].processed_at is not None
        assert events.data[0].processed_at.date().isoformat() == "2026-01-05"


def test_a_session_may_come_before_the_first_memory_of_its_store(small: Path) -> None:
    small.write_text(SMALL.replace("2026-01-05", "2026-01-01"))
    with MockDreams(load=small) as mock, mock.client() as client:
        session = client.beta.sessions.list().data[0]
        store = client.beta.memory_stores.list().data[0]
        assert session.resources[0].to_dict()["memory_store_id"] == store.id
        assert store.created_at <= session.created_at


def test_labels_are_for_those_who_measure_and_no_part_of_the_world(small: Path) -> None:
    with MockDreams(load=small) as mock:
        plain = mock.snapshot()
    small.write_text(SMALL + "labels: {facts: {/a.md: [First.]}}\n")
    with MockDreams(load=small, api_key=mock.api_key) as mock:
        assert mock.snapshot() == plain


@pytest.mark.parametrize("clock", ["auto", "manual", "real"])
def test_the_clock_goes_on_as_it_was_asked_to(small: Path, clock: str) -> None:
    with MockDreams(clock=clock, load=small) as mock:  # type: ignore[arg-type]
        assert mock.clock.mode == clock
        assert mock.clock.now() >= datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("now: [", "not a seed world"),
        ("memory_stores: []", "now"),
        ("now: 2026-01-01T00:00:00Z\nother: 1", "other"),
        ("now: 2025-01-01T00:00:00Z\nsessions: [{at: 2026-01-05T00:00:00Z}]", "after its own now"),
        (
            "now: 2026-01-09T00:00:00Z\nmemory_stores: "
            "[{name: N, memories: [{path: bad, at: 2026-01-05T00:00:00Z, content: x}]}]",
            "does not match regex pattern",
        ),
        ("now: 2026-01-09T00:00:00Z\nsessions: [{at: 2026-01-05T00:00:00Z, memory_stores: [Nope]}]", "Nope"),
    ],
)
def test_a_mistaken_seed_says_why(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(SeedError, match=said):
        MockDreams(load=path)


def test_an_unknown_seed_names_those_that_are_shipped() -> None:
    with pytest.raises(SeedError, match="messy-store"):
        MockDreams(load="nope")


@pytest.mark.long
def test_a_dream_cleans_the_shipped_world() -> None:
    with MockDreams(load="messy-store") as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = client.beta.memory_stores.list().data[0].id
        sessions = [session.id for session in client.beta.sessions.list()]
        assert len(sessions) == 10
        before = scene.contents(store)
        assert len(before) >= 40
        dream = scene.finished(store_id=store, session_ids=sessions)
        after = scene.contents(dream.outputs[0].memory_store_id)
        assert sum(len(str(text)) for text in after.values()) < sum(len(str(text)) for text in before.values())


@pytest.mark.long
def test_a_snapshot_is_what_load_takes_and_what_is_neither_is_refused() -> None:
    with MockDreams(load="messy-store") as mock, mock.client() as client:
        client.beta.memory_stores.create(name="one more")
        taken = mock.snapshot()
    with MockDreams(load=taken) as mock:
        assert mock.snapshot() == taken
    with pytest.raises(SeedError, match=r"^the document is not a seed world: now: Field required$"):
        MockDreams(load={"memory_stores": []})


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (
            {"now": "2026-01-01T00:00:00Z", "memory_store": []},
            "no such key `memory_store`; did you mean `memory_stores`?",
        ),
        (
            {"now": "2026-01-01T00:00:00Z", "sessions": [{"at": "2026-01-01T00:00:00Z", "stores": []}]},
            "sessions[0]: no such key `stores`; did you mean `memory_stores`?",
        ),
        ({"now": "2026-01-01T00:00:00Z", "memory_stores": 5}, "memory_stores: Input should be a valid list"),
        ({"now": "soon"}, "now: Input should be a valid datetime or date, input is too short"),
    ],
)
def test_a_mistaken_seed_is_told_in_a_line(load: Any, said: str) -> None:
    with pytest.raises(SeedError) as refused:
        MockDreams(load=load)
    assert str(refused.value) == f"the document is not a seed world: {said}"
    with MockDreams() as mock:
        answer = mock.http.post("/_mockdreams/reset", json={"load": load})
        assert (answer.status_code, answer.json()["error"]["message"]) == (400, said)


@pytest.mark.parametrize("load", [0, 5, ["messy-store"], True])
def test_what_can_be_no_name_of_a_seed(load: Any) -> None:
    with pytest.raises(SeedError, match=r"^a seed world is a name, a file or a document, not "):
        MockDreams(load=load)
