"""What tests set the stage with: the official client, and the records that a dream needs."""

from dataclasses import dataclass
from typing import Any

import httpx2
from anthropic.resources.beta import Beta
from anthropic.types.beta import BetaDream

from mockdreams import MockDreams

MODEL = "claude-opus-4-8"
ABSENT = "01" + "z" * 22
HANG_GUARD = 120
"""Wall seconds after which a test that waits for something gives up; nothing is ever asserted to take less."""
TERMINAL = ("completed", "failed", "canceled")


@dataclass
class Scene:
    """A world with a client. Memory stores, sessions and dreams are one call each."""

    mock: MockDreams
    beta: Beta

    @property
    def http(self) -> httpx2.Client:
        return self.mock.http

    def store(self, memories: dict[str, str] | None = None, name: str = "Notes") -> str:
        store = self.beta.memory_stores.create(name=name)
        for path, content in (memories or {}).items():
            self.beta.memory_stores.memories.create(store.id, path=path, content=content)
        return store.id

    def session(self, *said: str, stores: tuple[str, ...] = ()) -> str:
        """An idle session in which the user said all this."""
        agent = self.beta.agents.create(name="Helper", model=MODEL)
        environment = self.beta.environments.create(name="Cloud")
        session = self.beta.sessions.create(
            agent=agent.id,
            environment_id=environment.id,
            resources=[{"type": "memory_store", "memory_store_id": id} for id in stores],
        )
        for words in said:
            self.say(session.id, words)
        return session.id

    def say(self, session_id: str, words: str) -> None:
        """Send a message and let the turn pass."""
        self.send(session_id, words)
        self.mock.clock.advance(seconds=60)

    def send(self, session_id: str, words: str) -> Any:
        message: Any = {"type": "user.message", "content": [{"type": "text", "text": words}]}
        return self.beta.sessions.events.send(session_id, events=[message])

    def body(self, store_id: str | None = None, session_ids: list[str] | None = None, **fields: Any) -> dict[str, Any]:
        """A valid body for a new dream, with `fields` changed."""
        inputs = [
            {"type": "memory_store", "memory_store_id": store_id or self.store({"/a.md": "The sky is blue."})},
            {"type": "sessions", "session_ids": session_ids or [self.session("Hello.")]},
        ]
        return {"inputs": inputs, "model": MODEL, **fields}

    def dream(self, store_id: str | None = None, session_ids: list[str] | None = None, **fields: Any) -> BetaDream:
        return self.beta.dreams.create(**self.body(store_id, session_ids, **fields))

    def until(self, dream_id: str, *statuses: str, output: bool = False) -> BetaDream:
        """Poll a dream until it has one of `statuses` (and an output store)."""
        for _ in range(10):
            dream = self.beta.dreams.retrieve(dream_id)
            if dream.status in statuses and (dream.outputs or not output):
                return dream
        raise AssertionError(f"{dream_id} is still {dream.status} after ten polls")

    def finished(self, **fields: Any) -> BetaDream:
        return self.until(self.dream(**fields).id, "completed")

    def inputs(self, dream: BetaDream) -> tuple[str, list[str]]:
        """The memory store and the sessions that a dream reads."""
        given = [entry.to_dict() for entry in dream.inputs]
        store = next(entry["memory_store_id"] for entry in given if entry["type"] == "memory_store")
        sessions = next(entry["session_ids"] for entry in given if entry["type"] == "sessions")
        assert isinstance(store, str)
        assert isinstance(sessions, list)
        return store, sessions

    def contents(self, store_id: str) -> dict[str, str | None]:
        memories = self.beta.memory_stores.memories.list(store_id, view="full")
        return {memory.path: memory.content for memory in memories if memory.type == "memory"}


def refused(response: httpx2.Response, status: int, type: str, *, unnamed: bool = False) -> str:
    """Check that an answer is the service's error envelope, and return its message; `unnamed`: without a request id."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"type", "error", "request_id"}
    assert body["type"] == "error"
    assert body["error"]["type"] == type
    assert body["request_id"] == response.headers.get("request-id")
    assert body["request_id"] is None if unnamed else body["request_id"].startswith("req_")
    assert response.headers["content-type"] == "application/json"
    message = body["error"]["message"]
    assert isinstance(message, str)
    assert message
    return message
