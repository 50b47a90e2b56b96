"""Worlds to measure in, made through their own rules."""

import os
from collections.abc import Sequence
from threading import Thread
from typing import Any

from benchmarks.load import HEADERS, resident
from benchmarks.thinking import synthetic
from mockdreams.dreaming.plan import Transcript, Write
from mockdreams.http.threads import NICER
from mockdreams.http.workspaces import Workspaces
from mockdreams.wire.agents import CreateAgent
from mockdreams.wire.content import text
from mockdreams.wire.dreams import CreateDream, Dream, MemoryStoreInput, SessionsInput
from mockdreams.wire.environments import CreateEnvironment
from mockdreams.wire.events import UserMessageParams
from mockdreams.wire.memory import CreateMemory, CreateMemoryStore
from mockdreams.wire.sessions import CreateSession
from mockdreams.world.core.policy import Policy
from mockdreams.world.sessions.scripts import SessionScript
from mockdreams.world.world import World

MODEL = "claude-opus-4-8"
NEIGHBOUR = "sk-ant-neighbour"
"""The key of another world."""
STORE_LIMIT = 10_000
DIRECTORIES = 100


def one_dream(places: Workspaces) -> dict[str, Any]:
    """A finished dream over ten memories and five sessions."""
    world = places.create(HEADERS["x-api-key"]).world
    with world.lock:
        dream = world.dreams.create(a_dream(world))
        world.clock.run_until_idle()
    return {"dream": dream.id}


def dream_inputs(places: Workspaces) -> dict[str, Any]:
    """Everything that a dream needs; the body that creates one."""
    world = places.create(HEADERS["x-api-key"]).world
    with world.lock:
        return {"body": a_dream(world).model_dump_json(exclude_unset=True)}


def memory_inputs(places: Workspaces) -> dict[str, Any]:
    """An empty store that takes as many memories as it is sent."""
    world = places.create(HEADERS["x-api-key"]).world
    with world.lock:
        world.policy.memories_per_store = 100_000_000
        return {"store": a_store(world, 0)}


def event_inputs(places: Workspaces) -> dict[str, Any]:
    """A session that nobody looks at, so that what it is sent waits."""
    world = places.create(HEADERS["x-api-key"]).world
    with world.lock:
        (session,) = some_sessions(world, 1)
    return {"session": session}


def a_large_dream(places: Workspaces, *, memories: int) -> dict[str, Any]:
    """The body that creates a dream over synthetic inputs, and a finished one over the same that wrote in each second
    memory; in the world of another key, a finished dream."""
    world, inputs = places.create(HEADERS["x-api-key"]).world, synthetic(memories)
    with world.lock:
        store = world.memory_stores.create(CreateMemoryStore(name="synthetic")).id
        for note in inputs.notes:
            memory = CreateMemory(path=note.path, content=note.content)
            world.memory_stores.contents(store).create(memory, world.actor)
        params = _dream_over(store, _sessions_of(world, inputs.transcripts))
        writes = [Write(note.path, f"{note.content}\n- And one more.") for note in inputs.notes[::2]]
        thinks, world.dreams.dreamer = world.dreams.dreamer, lambda inputs: writes
        written = world.dreams.create(params)
        world.clock.run_until_idle()
        world.dreams.dreamer = thinks
    return {"body": params.model_dump_json(exclude_unset=True), "written": written.id, **a_neighbour(places)}


def a_busy_thread(places: Workspaces) -> dict[str, Any]:
    """The same beside a thread of Python that computes all the time, as work in a server does."""

    def compute() -> None:
        os.setpriority(os.PRIO_PROCESS, 0, NICER)
        while True:
            sum(range(1_000))

    Thread(target=compute, daemon=True).start()
    return a_neighbour(places)


def a_neighbour(places: Workspaces) -> dict[str, Any]:
    """A finished dream in the world of another key."""
    other = places.create(NEIGHBOUR).world
    with other.lock:
        dream = other.dreams.create(a_dream(other))
        other.clock.run_until_idle()
    return {"neighbours": dream.id}


def many_dreams(places: Workspaces, *, count: int, pending: bool = False) -> dict[str, Any]:
    """`count` dreams, finished without a thought or all still pending."""
    world = places.create(HEADERS["x-api-key"], clock="manual" if pending else "auto").world
    with world.lock:
        world.dreams.dreamer = lambda inputs: ()
        params = a_dream(world, memories=1, sessions=1)
        for _ in range(count):
            world.dreams.create(params)
            if not pending:
                world.clock.run_until_idle()
    return {}


def one_of_many(places: Workspaces, *, count: int) -> dict[str, Any]:
    """A canceled dream in the middle of `count`."""
    world = places.create(HEADERS["x-api-key"], clock="manual").world
    with world.lock:
        params = a_dream(world, memories=1, sessions=1)
        ids = [world.dreams.cancel(world.dreams.create(params).id).id for _ in range(count)]
    return {"dream": ids[count // 2]}


def two_stores(places: Workspaces) -> dict[str, Any]:
    """A store of ten memories, and one at its limit."""
    world = places.create(HEADERS["x-api-key"]).world
    with world.lock:
        return {"small": a_store(world, 10), "full": a_store(world, STORE_LIMIT)}


def long_lists(places: Workspaces, *, count: int) -> dict[str, Any]:
    """`count` sessions, as many memories in one store, and as many events in one session; what each weighs in kB."""
    world = places.create(HEADERS["x-api-key"], policy=Policy(memories_per_store=count)).world
    with world.lock:
        weights, weighed = {}, resident()
        store = a_store(world, count)
        weights["memories"], weighed = (resident() - weighed) / count / 1000, resident()
        new = _new_session(world)
        for _ in range(count):
            world.sessions.create(new)
        weights["sessions"], weighed = (resident() - weighed) / count / 1000, resident()
        script = {"turns": [[f"Message {number}." for number in range(count)]]}
        world.session_scripts.add(SessionScript.model_validate(script))
        session = _talk(world, new, ["Speak."])
        weights["events"] = (resident() - weighed) / count / 1000
    store_path = f"/v1/memory_stores/{store}"
    paths = {
        "sessions": "/v1/sessions",
        "events": f"/v1/sessions/{session}/events",
        "memories": f"{store_path}/memories",
        "versions": f"{store_path}/memory_versions",
    }
    return {"paths": paths, "kB": weights}


def a_talker(places: Workspaces, *, turns: int, messages: int) -> dict[str, Any]:
    """An idle session that will say `messages` things in each of its next turns, and one that stays idle."""
    world = places.create(HEADERS["x-api-key"]).world
    with world.lock:
        session, idle = some_sessions(world, 2)
        script = {"turns": [[f"Message {number}." for number in range(messages)]] * turns}
        world.session_scripts.add(SessionScript.model_validate(script))
    return {"session": session, "idle": idle}


def a_dream(world: World, *, memories: int = 10, sessions: int = 5) -> CreateDream:
    """What creates a dream over a new store and new sessions."""
    return _dream_over(a_store(world, memories), some_sessions(world, sessions))


def _dream_over(store: str, sessions: list[str]) -> CreateDream:
    return CreateDream(
        inputs=[
            MemoryStoreInput(type="memory_store", memory_store_id=store),
            SessionsInput(type="sessions", session_ids=tuple(sessions)),
        ],
        model=MODEL,
    )


def a_store(world: World, memories: int) -> str:
    """A new store, its memories spread over directories."""
    store = world.memory_stores.create(CreateMemoryStore(name=f"{memories} memories"))
    shelf = world.memory_stores.contents(store.id)
    for number in range(memories):
        path = f"/notes/{number % DIRECTORIES:02}/{number:05}.md"
        content = f"- Service {number} listens on port {8000 + number}.\n- Its owner is team {number % 7}.\n"
        shelf.create(CreateMemory(path=path, content=content), world.actor)
    return store.id


def some_sessions(world: World, count: int) -> list[str]:
    """New sessions, each with one message and its answer."""
    new = _new_session(world)
    words = "Please remember that service {0} now listens on port {1}."
    return [_talk(world, new, [words.format(number, 9000 + number)]) for number in range(count)]


def _sessions_of(world: World, transcripts: Sequence[Transcript]) -> list[str]:
    """New sessions in which the same was said: first all that the user says, then all that the agent does."""
    new, ids = _new_session(world), []
    for transcript in transcripts:
        said: dict[str, list[str]] = {"user": [], "agent": []}
        for utterance in transcript.utterances:
            said[utterance.speaker].append(utterance.text)
        world.session_scripts.add(SessionScript.model_validate({"turns": [said["agent"]]}))
        ids.append(_talk(world, new, said["user"]))
    return ids


def _new_session(world: World) -> CreateSession:
    agent = world.agents.create(CreateAgent(name="assistant", model=MODEL))
    environment = world.environments.create(CreateEnvironment(name="home"))
    return CreateSession(agent=agent.id, environment_id=environment.id)


def _talk(world: World, new: CreateSession, said: list[str]) -> str:
    """A new session in which all this was said and answered."""
    session = world.sessions.create(new)
    messages = [UserMessageParams(type="user.message", content=[text(words)]) for words in said]
    world.inbox.send(session.id, messages)
    world.clock.run_until_idle()
    return session.id


def live_a_life(world: World, params: CreateDream) -> Dream:
    """Create a dream, look until it is over, archive it."""
    with world.lock:
        dream = world.dreams.create(params)
        while dream.live:
            world.dreams.touch(dream.id)
            dream = world.dreams.retrieve(dream.id)
        return world.dreams.archive(dream.id)
