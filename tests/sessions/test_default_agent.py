"""The default agent: what it looks up, notes and says."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mockdreams.default_agent.agent import answer
from mockdreams.default_agent.agent_context import AgentContext, Mount
from mockdreams.default_agent.grader import criteria
from mockdreams.default_agent.notes import facts, questions
from tests.support.helpers import MODEL, Scene
from tests.support.turns import confirm, listed, message, pass_turn, session_with, types, waiting

EROFS = "EROFS: read-only file system"


def said(events: list[dict[str, Any]]) -> str:
    return " ".join(event["content"][0]["text"] for event in events if event["type"] == "agent.message")


def tools(events: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [
        (event["name"], event["input"].get("file_path") or event["input"].get("path"))
        for event in events
        if event["type"] == "agent.tool_use"
    ]


def test_what_it_is_told_becomes_a_memory_by_the_session(scene: Scene) -> None:
    store = scene.store(name="Team notes")
    session = scene.session(stores=(store,))
    events = pass_turn(scene, session, message("Please remember that deploys happen on Tuesday. Thanks!"))
    ((path, content),) = scene.contents(store).items()
    assert content is not None
    assert "eploys happen on Tuesday" in content
    assert "Thanks" not in content
    assert tools(events) == [("write", f"/mnt/memory/team-notes{path}")]
    result = next(event for event in events if event["type"] == "agent.tool_result")
    assert not result["is_error"]
    assert said(events) == "Noted: Deploys happen on Tuesday."
    (version,) = scene.beta.memory_stores.memory_versions.list(store).data
    assert version.created_by is not None
    assert version.created_by.to_dict() == {"type": "session_actor", "session_id": session}


def test_what_is_asked_is_looked_up_before_it_is_answered(scene: Scene) -> None:
    store = scene.store({"/ops.md": "# Ops\n\n- Deploys happen on Tuesday.\n", "/b.md": "Cats purr."}, name="Notes")
    events = pass_turn(scene, scene.session(stores=(store,)), message("When do deploys happen?"))
    assert tools(events) == [("grep", "/mnt/memory/notes"), ("read", "/mnt/memory/notes/ops.md")]
    assert said(events) == "According to /mnt/memory/notes/ops.md: Deploys happen on Tuesday."
    assert types(events).index("agent.tool_result") < types(events).index("agent.message")


def test_what_is_not_there_is_not_made_up(scene: Scene) -> None:
    store = scene.store({"/b.md": "Cats purr."})
    events = pass_turn(scene, scene.session(stores=(store,)), message("Where is the harbour?"))
    assert said(events) == "I have no note about that."


def test_a_read_only_store_is_not_written(scene: Scene) -> None:
    store = scene.store({"/a.md": "A."}, name="Notes")
    attached = {"type": "memory_store", "memory_store_id": store, "access": "read_only"}
    session = session_with(scene, resources=[attached])
    events = pass_turn(scene, session, message("Remember that deploys happen on Tuesday."))
    result = next(event for event in events if event["type"] == "agent.tool_result")
    assert result["is_error"]
    assert result["content"][0]["text"].startswith(EROFS)
    assert EROFS in said(events)
    assert scene.contents(store) == {"/a.md": "A."}
    assert len(scene.beta.memory_stores.memory_versions.list(store).data) == 1


def test_it_writes_where_it_may(scene: Scene) -> None:
    closed, open_ = scene.store(name="Closed"), scene.store(name="Open")
    session = session_with(
        scene,
        resources=[
            {"type": "memory_store", "memory_store_id": closed, "access": "read_only"},
            {"type": "memory_store", "memory_store_id": open_},
        ],
    )
    pass_turn(scene, session, message("From now on we deploy on Fridays."))
    assert scene.contents(closed) == {}
    assert len(scene.contents(open_)) == 1


def test_an_archived_store_is_read_only(scene: Scene) -> None:
    store = scene.store()
    session = scene.session(stores=(store,))
    scene.beta.memory_stores.archive(store)
    assert EROFS in said(pass_turn(scene, session, message("Remember that it is late.")))


def test_nothing_is_noted_without_a_store(scene: Scene) -> None:
    events = pass_turn(scene, scene.session(), message("Remember that it is late."))
    assert tools(events) == []
    assert said(events) == "Noted: Remember that it is late."


def test_notes_are_written_only_with_permission_if_the_tools_ask(scene: Scene) -> None:
    store = scene.store()
    asks = {"default_config": {"permission_policy": {"type": "always_ask"}}}
    attached = [{"type": "memory_store", "memory_store_id": store}]
    session = session_with(scene, {"type": "agent_toolset_20260401", **asks}, resources=attached)
    (call,) = waiting(pass_turn(scene, session, message("Remember that it is late.")))
    assert scene.contents(store) == {}
    pass_turn(scene, session, confirm(call))
    assert len(scene.contents(store)) == 1


def test_tools_that_are_switched_off_are_not_used(scene: Scene) -> None:
    store = scene.store()
    off = {"default_config": {"enabled": False}}
    attached = [{"type": "memory_store", "memory_store_id": store}]
    session = session_with(scene, {"type": "agent_toolset_20260401", **off}, resources=attached)
    events = pass_turn(scene, session, message("Remember that it is late. Run bash."))
    assert tools(events) == []
    assert scene.contents(store) == {}


@pytest.mark.long
def test_over_many_sessions_a_store_gets_messy(scene: Scene) -> None:
    store = scene.store()
    agent = scene.beta.agents.create(name="Helper", model=MODEL)
    environment = scene.beta.environments.create(name="Cloud")
    for day in range(12):
        session = scene.beta.sessions.create(
            agent=agent.id,
            environment_id=environment.id,
            resources=[{"type": "memory_store", "memory_store_id": store}],
        )
        weekday = "Tuesdays" if day < 6 else "Fridays"
        pass_turn(scene, session.id, message(f"Remember that we deploy on {weekday}."))
        scene.mock.clock.advance(hours=12)
    contents = scene.contents(store)
    words = [line.removeprefix("- ") for text in contents.values() for line in (text or "").splitlines()]
    notes = [line for line in words if "deploy" in line]
    assert len(notes) == 12
    assert {path.split("/")[1] for path in contents} == {"daily", "notes"}
    assert len(set(notes)) < len(notes)
    assert len({note for note in notes if "Tuesdays" in note}) > 1
    assert any("Fridays" in note for note in notes)


def test_the_same_world_makes_the_same_mess(scene: Scene) -> None:
    hearing = AgentContext(
        session_id="sesn_x",
        now=datetime(2026, 1, 1, tzinfo=UTC),
        messages=("Remember that it rains.", "When do we deploy?"),
        mounts=(Mount("/mnt/memory/notes", True, {"/a.md": "We deploy on Friday."}),),
        tools=frozenset({"read", "write", "grep"}),
    )
    assert answer(hearing) == answer(hearing)


def test_every_turn_costs_tokens_and_reads_what_came_before(scene: Scene) -> None:
    session = scene.session()
    usages = []
    for words in ("One.", "Two.", "Three."):
        events = pass_turn(scene, session, message(words))
        usages.append(next(event for event in events if event["type"] == "span.model_request_end")["model_usage"])
    assert all(usage["input_tokens"] > 0 and usage["output_tokens"] > 0 for usage in usages)
    cached = [usage["cache_read_input_tokens"] for usage in usages]
    assert cached == sorted(set(cached))
    total = scene.beta.sessions.retrieve(session).usage
    assert total.cache_read_input_tokens == sum(cached)
    assert types(listed(scene, session)).count("span.model_request_end") == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Remember that we deploy on Friday.", ["We deploy on Friday."]),
        ("please remember: tabs, not spaces", ["Tabs, not spaces."]),
        ("From now on, use tabs. Ok?", ["Use tabs."]),
        ("Don't forget that Mara is away!\nThanks.", ["Mara is away."]),
        ("Keep in mind that v1.2 is out. Remember the cat.", ["V1.2 is out.", "The cat."]),
        ("I remember", []),
        ("Hello.", []),
    ],
)
def test_what_counts_as_being_told(words: str, told: list[str]) -> None:
    assert facts((words,)) == told


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("When do we deploy?", ["When do we deploy?"]),
        ("Tell me about deploys.", ["Tell me about deploys."]),
        ("Hello. Who is Mara? Thanks.", ["Who is Mara?"]),
        ("Deploy it.", []),
    ],
)
def test_what_counts_as_a_question(words: str, asked: list[str]) -> None:
    assert questions((words,)) == asked


@pytest.mark.parametrize(
    ("rubric", "found"),
    [
        ("Intro:\n- a\n* b\n1. c\n- [ ] d", ("a", "b", "c", "d")),
        ("one\n\ntwo", ("one", "two")),
    ],
)
def test_what_a_rubric_asks_for(rubric: str, found: tuple[str, ...]) -> None:
    assert criteria(rubric) == found
