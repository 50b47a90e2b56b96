"""What tests set the stage with: the official client, and the records that a dream needs."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx2
from anthropic.resources.beta import Beta
from anthropic.types.beta import BetaDream

from mockdreams import MockDreams
from mockdreams.wire.betas import DREAMING, MANAGED_AGENTS

MODEL = "claude-opus-4-8"
HEADERS = {
    "anthropic-version": "2023-06-01",
    "anthropic-beta": f"{MANAGED_AGENTS},{DREAMING}",
    "content-type": "application/json",
}
ABSENT = "01" + "z" * 22
HANG_GUARD = 120
"""Wall seconds after which a test that waits for something gives up; nothing is ever asserted to take less."""
TERMINAL = ("completed", "failed", "canceled")


@dataclass
class Scene:
    """A world with a client. Memory stores, sessions and dreams are one call each.

    What the stage is set with is asked for with no SDK and no socket: it takes a fifth of the time.
    """

    mock: MockDreams
    beta: Beta

    @property
    def http(self) -> httpx2.Client:
        return self.mock.http

    @cached_property
    def _send(self) -> Callable[[httpx2.Request], httpx2.Response]:
        try:
            return self.mock.transport.handle_request
        except NotImplementedError:  # the world is elsewhere
            return self.mock.http.send

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What is answered at `path`, below /v1, where nothing is refused."""
        headers = {"x-api-key": self.mock.api_key, **HEADERS}
        request = httpx2.Request(method, f"{self.mock.url}/v1/{path}", headers=headers, json=body)
        response = self._send(request)
        answer = json.loads(response.read())
        assert response.status_code == 200, answer
        return answer

    def create(self, path: str, /, **body: Any) -> str:
        """The id of what is made at `path`."""
        id: str = self.ask("POST", path, body)["id"]
        return id

    def store(self, memories: dict[str, str] | None = None, name: str = "Notes") -> str:
        store = self.create("memory_stores", name=name)
        for path, content in (memories or {}).items():
            self.create(f"memory_stores/{store}/memories", path=path, content=content)
        return store

    def session(self, *said: str, stores: tuple[str, ...] = ()) -> str:
        """An idle session in which the user said all this."""
        session = self.create(
            "sessions",
            agent=self.create("agents", name="Helper", model=MODEL),
            environment_id=self.create("environments", name="Cloud"),
            resources=[{"type": "memory_store", "memory_store_id": id} for id in stores],
        )
        for words in said:
            self.say(session, words)
        return session

    def say(self, session_id: str, words: str) -> None:
        """Send a message and let the turn pass."""
        self.ask("POST", f"sessions/{session_id}/events", {"events": [message(words)]})
        self.mock.clock.advance(seconds=60)

    def send(self, session_id: str, words: str) -> Any:
        return self.beta.sessions.events.send(session_id, events=[message(words)])

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
            dream = BetaDream.construct(**self.ask("GET", f"dreams/{dream_id}"))
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

    def listed(self, path: str) -> Iterator[dict[str, Any]]:
        """All items of a list, page after page."""
        page = ""
        while True:
            answer = self.ask("GET", path + page)
            yield from answer["data"]
            if not answer.get("next_page"):
                return
            page = f"{'&' if '?' in path else '?'}page={quote(answer['next_page'])}"

    def contents(self, store_id: str) -> dict[str, str | None]:
        memories = self.listed(f"memory_stores/{store_id}/memories?view=full")
        return {memory["path"]: memory["content"] for memory in memories if memory["type"] == "memory"}


def message(words: str) -> Any:
    """The event that sends a message."""
    return {"type": "user.message", "content": [{"type": "text", "text": words}]}


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
