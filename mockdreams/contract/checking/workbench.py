"""What checks stand on: a way to ask, records to ask about, made when the first check needs them."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from typing import Any, TypeVar
from uuid import uuid4

from mockdreams.contract.checking.cleanup import Cleanup
from mockdreams.contract.client.answers import CheckSkipped, RuleViolation, TargetResponse
from mockdreams.contract.client.event_stream import TargetStream
from mockdreams.contract.client.target import Target

NAME = "mockdreams-contract"
MODEL = "claude-sonnet-4-6"
ABSENT = "01" + "z" * 22
"""An id body that nobody has minted."""
NEVER = {"created_at[gte]": "2999-01-01T00:00:00Z"}
"""A query that makes any list of records empty."""
TERMINAL = ("completed", "failed", "canceled")
NOTES = {
    "/work/deploys.md": "- Deploys happen on Thursday.\n- Deploys happen on Thursday.\n",
    "/work/style.md": "- Use tabs.\n",
    "/home.md": "- Two cats.\n",
}
FAKE_LOOKS, REAL_LOOKS = 60, 2400
"""How often to look for something that has to happen, before it counts as never happening."""
MOST_PAGES, FEW_PAGES = 2_000, 20
"""Pages of a list, before it counts as endless; and once this target has shown one that is."""
EMPTY_PAGES = 3

T = TypeVar("T")


class Workbench:
    """One run's records on one target. Everything carries the run's name; `strike` removes it all."""

    def __init__(self, target: Target, *, model: str = MODEL, poll: float | None = None) -> None:
        self.target = target
        self.model = model
        self.run = f"{NAME}-{uuid4().hex[:8]}"
        self.litter = Cleanup(self._ask_safely, self.pause)
        self._poll = (0.0 if target.is_fake else 5.0) if poll is None else poll
        self._names = 0
        self._most_pages = MOST_PAGES
        self._mode = self._clock_to("auto")
        self._dreams_per_day = self._lift_daily_limit()

    @cached_property
    def profile(self) -> str:
        """The profile of a fake: the service as it was at a time."""
        return str(self.target.control("GET", "/policy").get("profile", "")) if self.target.is_fake else ""

    @cached_property
    def takes_output_behavior(self) -> bool:
        """Whether a dream may say what becomes of its output, which it could not at the launch."""
        return not self.target.is_fake or bool(self.target.control("GET", "/policy")["update_existing"])

    def tear_down(self) -> list[str]:
        """Remove everything that this run has made; what could not be removed is returned."""
        try:
            return self.litter.remove()
        finally:
            if self._mode is not None:
                self._clock_to(self._mode)
            if self._dreams_per_day is not None:
                self.target.control("PATCH", "/policy", {"dreams_per_day": self._dreams_per_day})

    # Asking

    def get(self, path: str, query: dict[str, Any] | None = None, **options: Any) -> TargetResponse:
        return self.target.ask("GET", path, query=query, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TargetResponse:
        answer = self.target.ask("POST", path, body, **options)
        self.litter.note(answer)
        return answer

    def delete(self, path: str, **options: Any) -> TargetResponse:
        return self.target.ask("DELETE", path, **options)

    def listed(self, path: str, query: dict[str, Any] | None = None, *, limit: int = 100) -> list[Any]:
        """Every item of a list, page by page."""
        return [item for page in self.pages(path, query, limit=limit) for item in page["data"]]

    def pages(
        self, path: str, query: dict[str, Any] | None = None, *, limit: int = 100, **options: Any
    ) -> Iterator[dict[str, Any]]:
        """Each page of a list. Raises RuleViolation for one that has no end."""
        seen: set[str] = set()
        query, empty = {"limit": limit, **(query or {})}, 0
        for _ in range(self._most_pages):
            answer = self.get(path, query, **options)
            page = answer.ok()
            yield page
            data, cursor = page["data"], page.get("next_page")
            if not cursor:
                return
            empty = 0 if data else empty + 1
            if wrong := _unending(data, cursor, seen, empty):
                self._most_pages = FEW_PAGES
                answer.broken(wrong)
            query["page"] = cursor
        most, self._most_pages = self._most_pages, FEW_PAGES
        raise RuleViolation(f"the list does not end after {most} pages", self.target.last)

    def stream(
        self, session_id: str, query: dict[str, Any] | None = None, *, seconds: float = 0
    ) -> AbstractContextManager[TargetStream]:
        """The events of a session from now on; more than so many seconds of silence end the reading."""
        path = f"/v1/sessions/{session_id}/events/stream"
        return self.target.stream(path, query=query, seconds=seconds or self.timeout)

    def refused_stream(self, session_id: str, query: dict[str, Any] | None = None) -> TargetResponse:
        """What the service says instead of streaming."""
        try:
            with self.stream(session_id, query):
                raise RuleViolation("the stream is not refused")
        except RuleViolation as broken:
            if broken.answer is None:
                raise
            return broken.answer

    def until(self, look: Callable[[], T], done: Callable[[T], object], what: str) -> T:
        """Look again and again until it is `done`."""
        for _ in range(FAKE_LOOKS if self.target.is_fake else REAL_LOOKS):
            found = look()
            if done(found):
                return found
            self.pause()
        raise RuleViolation(f"{what} never came")

    def pause(self) -> None:
        time.sleep(self._poll)

    @property
    def timeout(self) -> float:
        """Seconds of silence after which nothing more is expected of a stream that has something to say."""
        return 2 if self.target.is_fake else 900

    @property
    def quiet_seconds(self) -> float:
        """Seconds of silence after which a stream counts as silent."""
        return 0.15 if self.target.is_fake else 5

    @contextmanager
    def frozen_clock(self) -> Iterator[None]:
        """A block in which the fake's clock stands; a real service is as fast as it is."""
        if self.target.is_fake:
            self._clock_to("manual")
        try:
            yield
        finally:
            if self.target.is_fake:
                self._clock_to("auto")

    # Making

    def name(self) -> str:
        self._names += 1
        return f"{self.run} {self._names}"

    def new_store(self, memories: dict[str, str] | None = None, **fields: Any) -> Any:
        store = self.post("/v1/memory_stores", {"name": self.name(), **fields}).ok()
        for path, content in (memories or {}).items():
            self.memory(store["id"], path, content)
        return store

    def memory(self, store_id: str, path: str, content: str = "") -> Any:
        return self.post(f"/v1/memory_stores/{store_id}/memories", {"path": path, "content": content}).ok()

    def new_environment(self, **fields: Any) -> Any:
        return self.post("/v1/environments", {"name": self.name(), **fields}).ok()

    def new_vault(self, **fields: Any) -> Any:
        return self.post("/v1/vaults", {"display_name": self.name(), **fields}).ok()

    def new_agent(self, **fields: Any) -> Any:
        return self.post("/v1/agents", {"name": self.name(), "model": self.model, **fields}).ok()

    def session_body(self, **fields: Any) -> dict[str, Any]:
        return {"agent": self.agent, "environment_id": self.environment, "title": self.name(), **fields}

    def new_session(self, **fields: Any) -> Any:
        return self.post("/v1/sessions", self.session_body(**fields)).ok()

    def send(self, session_id: str, *events: dict[str, Any]) -> TargetResponse:
        return self.post(f"/v1/sessions/{session_id}/events", {"events": events})

    def say(self, session_id: str, words: str) -> None:
        """Send a message and wait for the turn to be over."""
        self.send(session_id, message(words)).ok()
        self.turn(session_id)

    def turn(self, session_id: str) -> list[Any]:
        """The events of a session, when its turn is over."""
        return self.until(
            lambda: self.listed(f"/v1/sessions/{session_id}/events"),
            lambda events: events and events[-1]["type"] == "session.status_idle",
            "the end of a turn",
        )

    @contextmanager
    def scripting(self) -> Iterator[None]:
        """A block that needs the fake, its scripts, its clock and its policy; what it makes does not count.

        Raises CheckSkipped for any other target.
        """
        if not self.target.is_fake:
            raise CheckSkipped("needs an agent that does what a script says")
        self.litter.counting = False
        try:
            yield
        finally:
            self.litter.counting = True

    def scripted(self, *turns: Any, verdicts: list[str] | None = None, **fields: Any) -> str:
        """The id of a session whose agent does in its next turns what is said here; only while `scripting`."""
        id: str = self.new_session(**fields)["id"]
        script = {"match": {"session_id": id}, "turns": turns, "verdicts": verdicts or []}
        self.target.control("POST", "/sessions/scripts", script)
        return id

    def advance(self, seconds: float) -> None:
        """Move the fake's clock."""
        self.target.control("POST", "/clock", {"advance": seconds})

    @contextmanager
    def policy(self, **fields: Any) -> Iterator[None]:
        """A block in which the fake's policy is otherwise."""
        now = self.target.control("GET", "/policy")
        self.target.control("PATCH", "/policy", fields)
        try:
            yield
        finally:
            self.target.control("PATCH", "/policy", {name: now[name] for name in fields})

    def dream_body(self, store_id: str = "", session_ids: list[str] | None = None, **fields: Any) -> dict[str, Any]:
        """A valid body for a new dream, with `fields` changed."""
        inputs = [
            {"type": "memory_store", "memory_store_id": store_id or self.store},
            {"type": "sessions", "session_ids": session_ids or [self.session]},
        ]
        return {"inputs": inputs, "model": self.model, **fields}

    def new_dream(self, store_id: str = "", session_ids: list[str] | None = None, **fields: Any) -> Any:
        return self.post("/v1/dreams", self.dream_body(store_id, session_ids, **fields)).ok()

    def refused_dream(self, **fields: Any) -> TargetResponse:
        """What the service says to a dream that is wrong in `fields` only."""
        return self.post("/v1/dreams", self.dream_body(**fields))

    def cancel(self, dream_id: str) -> Any:
        return self.post(f"/v1/dreams/{dream_id}/cancel").ok()

    @contextmanager
    def running(self, store_id: str = "", session_ids: list[str] | None = None, **fields: Any) -> Iterator[Any]:
        """A dream that runs and has its output store; it is canceled at the end of the block."""
        dream = self.new_dream(store_id, session_ids, **fields)
        path = f"/v1/dreams/{dream['id']}"
        try:
            yield self.until(
                lambda: self.get(path).ok(), lambda now: now["outputs"] or now["status"] in TERMINAL, "the output store"
            )
        finally:
            self.post(f"{path}/cancel")

    # Shared by checks that do not change them

    @cached_property
    def store(self) -> str:
        """The id of a store with `NOTES`."""
        id: str = self.new_store(NOTES)["id"]
        return id

    @cached_property
    def agent(self) -> str:
        id: str = self.new_agent()["id"]
        return id

    @cached_property
    def environment(self) -> str:
        id: str = self.new_environment()["id"]
        return id

    @cached_property
    def session(self) -> str:
        """The id of an idle session to which nothing was ever said."""
        id: str = self.new_session()["id"]
        return id

    def _ask_safely(self, method: str, path: str, body: Any = None) -> TargetResponse:
        return self.target.ask(method, path, body)

    def _lift_daily_limit(self) -> int | None:
        """Let the fake have as many dreams as a run needs, and say how many a day it had."""
        if not self.target.is_fake:
            return None
        most: int | None = self.target.control("GET", "/policy")["dreams_per_day"]
        if most is not None:
            self.target.control("PATCH", "/policy", {"dreams_per_day": None})
        return most

    def _clock_to(self, mode: str) -> str | None:
        """Set the fake's clock, and say how it was; None where there is none."""
        if not self.target.is_fake:
            return None
        before: str = self.target.control("GET", "/clock")["mode"]
        if before != mode:
            with suppress(ValueError):
                self.target.control("POST", "/clock", {"mode": mode})
        return before


def _unending(data: list[Any], cursor: str, seen: set[str], empty: int) -> str | None:
    """What is wrong with a page that says there is another; `seen` gets its items and its cursor."""
    if empty >= EMPTY_PAGES:
        return f"{empty} pages that follow each other are empty, and say that there is more"
    for what, mark in [("the cursor repeats", cursor), *(("an item comes twice", _mark(item)) for item in data)]:
        if mark in seen:
            return f"{what}: {mark}"
        seen.add(mark)
    return None


def _mark(item: Any) -> str:
    return str(item["id"]) if isinstance(item, dict) and "id" in item else str(item)


def message(words: str) -> dict[str, Any]:
    return {"type": "user.message", "content": [{"type": "text", "text": words}]}
