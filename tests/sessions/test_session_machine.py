"""Whatever is scripted, sent and interrupted, in whatever order: a session always comes to rest, and adds up."""

from datetime import datetime
from random import Random
from typing import Any

import pytest

from mockdreams import MockDreams
from tests.support.deep import one_in
from tests.support.helpers import MODEL, Scene
from tests.support.machines import EXAMPLES
from tests.support.turns import WEATHER, budget, message

pytestmark = pytest.mark.machine

STEPS = 40
OUTCOME = {"type": "user.define_outcome", "description": "d", "rubric": {"type": "text", "content": "- so and so"}}
ACTS: list[Any] = [
    "Hello.",
    {"think": True},
    {"tool": "bash"},
    {"tool": "bash", "permission": "ask"},
    {"mcp_tool": "search", "server": "wiki", "permission": "ask"},
    {"custom_tool": "get_weather"},
    {"slow": 7},
    {"spend": {"output_tokens": 1800}},
    {"error": "unknown_error", "retry": "retrying"},
    {"error": "unknown_error", "retry": "exhausted"},
    {"refuse": None},
]


NOTES: list[Any] = [
    {"type": "text", "text": "Sunny."},
    {"type": "image", "source": {"type": "url", "url": "https://example.com/sun.png"}},
    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Rain."}},
    {"type": "document", "title": None, "context": "c", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
]
TOOLSET = {"type": "agent_toolset_20260401"}


class Chaos:
    """A session, and somebody who does one thing after another to it, and leaves out whatever may be left out."""

    def __init__(self, mock: MockDreams, random: Random) -> None:
        self.mock, self.random = mock, random
        self.scene = Scene(mock, mock.client(max_retries=0).beta)
        self.store = self.scene.store({"/a.md": "Deploys happen on Tuesday."})
        config = {"type": random.choice(["cloud", "self_hosted"])}
        self.environment = self.post("/v1/environments", self.sparse({"name": "E", "config": config}, description="d"))
        key = mock.environment_keys.create(self.environment["id"]) if config["type"] == "self_hosted" else ""
        self.worker = {"authorization": f"Bearer {key}", "x-api-key": ""} if key else {}
        self.session = self.post("/v1/sessions", self.body())
        self.url = f"/v1/sessions/{self.session['id']}"

    def body(self) -> dict[str, Any]:
        tools = [WEATHER, *([TOOLSET] if self.random.random() < 0.5 else [])]
        agent = self.post(
            "/v1/agents", self.sparse({"name": "Helper", "model": MODEL, "tools": tools}, system="Be brief.")
        )
        store = {"type": "memory_store", "memory_store_id": self.store}
        return self.sparse(
            {"agent": agent["id"], "environment_id": self.environment["id"]},
            title=self.random.choice([None, "T"]),
            metadata={"k": "v"},
            resources=self.random.choice([[], [self.sparse(store, access=None, instructions=None)]]),
            vault_ids=[],
            budget=budget(10),
            initial_events=self.random.choice([[], [message("Hello.")], [self.outcome()]]),
        )

    def sparse(self, required: dict[str, Any], **optional: Any) -> dict[str, Any]:
        """An object with some of the keys that it may have."""
        return required | {key: value for key, value in optional.items() if self.random.random() < 0.5}

    def outcome(self) -> dict[str, Any]:
        return self.sparse(OUTCOME, max_iterations=self.random.choice([None, 1, 3]))

    def content(self, *besides: Any) -> Any:
        return self.random.choice([*besides, *([each] for each in NOTES), NOTES])

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.mock.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str = "") -> Any:
        answer = self.mock.http.get(self.url + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, *events: dict[str, Any], **options: Any) -> None:
        answer = self.mock.http.post(f"{self.url}/events", json={"events": list(events)}, **options)
        assert answer.status_code in (200, 400), answer.text

    def step(self) -> None:
        often = [self.talk, self.answer]
        rare = [self.script, self.look, self.wait, self.break_off, self.raise_budget, self.save, self.change]
        self.random.choice([*often, *often, *rare])()

    def talk(self) -> None:
        said = {"type": "user.message", "content": self.content()}
        self.send(self.random.choice([message("Hello."), message("Please call get_weather."), said, self.outcome()]))

    def change(self) -> None:
        """Update the session, archive a thread, or add a resource: all of it may be refused."""
        tools = self.random.choice([[], [WEATHER], [WEATHER, TOOLSET]])
        updated = self.sparse({}, title=None, metadata={"k": None}, agent=self.sparse({}, tools=tools, mcp_servers=[]))
        thread = self.random.choice(self.get("/threads")["data"])["id"]
        path, body = self.random.choice([("", updated), ("", updated), (f"/threads/{thread}/archive", {})])
        answer = self.mock.http.post(self.url + path, json=body)
        assert answer.status_code in (200, 400), answer.text

    def script(self) -> None:
        child = {"delegate": "helper", "turn": self.random.choices(ACTS[:-1], k=self.random.randint(0, 3))}
        turns = [self.random.choices([*ACTS, child], k=self.random.randint(0, 4)) for _ in range(2)]
        self.mock.sessions.script(turns)

    def look(self) -> None:
        self.get()

    def wait(self) -> None:
        self.mock.clock.advance(seconds=self.random.choice([0.5, 1.5, 3, 3.5, 20]))

    def save(self) -> None:
        self.mock.restore(self.mock.snapshot())

    def answer(self) -> None:
        ids = self.waiting()
        if not ids:
            return
        id = self.random.choice(ids)
        use = next(event for event in self.events() if event["id"] == id)
        said = {"content": self.content([], None), "is_error": self.random.random() < 0.3, "session_thread_id": "x"}
        trailing = [{"type": "system.message", "content": NOTES[:1]}] if self.random.random() < 0.2 else []
        if use["type"] == "agent.custom_tool_use":
            self.send(self.sparse({"type": "user.custom_tool_result", "custom_tool_use_id": id}, **said), *trailing)
        elif use.get("evaluated_permission") == "ask":
            deny = {"result": "deny", **self.sparse({}, deny_message=self.random.choice([None, "No."]))}
            self.send(
                {"type": "user.tool_confirmation", "tool_use_id": id, "result": "allow"} | self.sparse({}, **deny)
            )
        else:
            answer = self.sparse({"type": "user.tool_result", "tool_use_id": id}, **said)
            self.send(answer, *trailing, headers=self.worker)

    def break_off(self) -> None:
        thread = self.random.choice([None, *(thread["id"] for thread in self.get("/threads")["data"])])
        interrupt = {"type": "user.interrupt", **({"session_thread_id": thread} if thread else {})}
        self.send(interrupt, *([message("Instead.")] if self.random.random() < 0.5 else []))

    def raise_budget(self, *, to: int | None = None) -> None:
        """Raise the budget if there is one, in mid-turn perhaps by too little."""
        session = self.get()
        spent = int(session["usage"]["list_cost"]["amount"])
        if session["budget"] is not None:
            answer = self.mock.http.post(self.url, json={"budget": budget(to or spent + 5)})
            assert answer.status_code in (200, 200 if to else 400), answer.text

    def events(self) -> list[dict[str, Any]]:
        data = self.get("/events")["data"]
        assert isinstance(data, list)
        return data

    def waiting(self) -> list[str]:
        idles = [event for event in self.events() if event["type"] == "session.status_idle"]
        ids = idles[-1]["stop_reason"].get("event_ids", []) if idles else []
        assert isinstance(ids, list)
        return ids


@pytest.mark.parametrize("seed", one_in(2, range(EXAMPLES or 8)))
def test_a_session_always_comes_to_rest(seed: int) -> None:
    random = Random(seed)
    with MockDreams(clock=random.choice(["auto", "manual"])) as mock:
        chaos = Chaos(mock, random)
        for _ in range(STEPS):
            chaos.step()
        chaos.raise_budget(to=100_000)
        mock.clock.run_until_idle()
        events = chaos.events()
        assert chaos.get()["status"] == "idle"
        dream = chaos.scene.dream(chaos.store, [chaos.session["id"]])
        mock.clock.run_until_idle()
        assert chaos.scene.beta.dreams.retrieve(dream.id).status == "completed"
        chaos.save()
        statuses = {thread["id"]: thread["status"] for thread in chaos.get("/threads")["data"]}
        assert set(statuses.values()) <= {"idle", "terminated"}
        asking = [event.get("session_thread_id") for event in events if event["id"] in chaos.waiting()]
        assert "terminated" not in [statuses.get(thread) for thread in asking]
        _check(events, waits=bool(chaos.waiting()))


def _check(events: list[dict[str, Any]], *, waits: bool) -> None:
    """Times are distinct and in order; what was begun has ended; what was sent was taken up, unless something waits."""
    times = [datetime.fromisoformat(event["processed_at"]) for event in events if "processed_at" in event]
    assert times == sorted(set(times))
    ends = {event["model_request_start_id"] for event in events if event["type"] == "span.model_request_end"}
    assert {event["id"] for event in events if event["type"] == "span.model_request_start"} == ends
    if not waits:
        assert len(times) == len(events)
        calls = [event for event in events if event["type"] in ("agent.tool_use", "agent.mcp_tool_use")]
        answered = {event.get("tool_use_id") or event.get("mcp_tool_use_id") for event in events}
        assert {call["id"] for call in calls if "session_thread_id" not in call} <= answered
