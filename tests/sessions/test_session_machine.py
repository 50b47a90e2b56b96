"""Whatever is scripted, sent and interrupted, in whatever order: a session always comes to rest, and adds up."""

from datetime import datetime
from random import Random
from typing import Any

import pytest

from mockdreams import MockDreams
from tests.support.helpers import Scene
from tests.support.machines import EXAMPLES
from tests.support.turns import WEATHER, budget, confirm, message, result, session_with

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


class Chaos:
    """A session, and somebody who does one thing after another to it."""

    def __init__(self, mock: MockDreams, random: Random) -> None:
        self.mock, self.random = mock, random
        scene = Scene(mock, mock.client(max_retries=0).beta)
        fields = {"budget": budget(10)} if random.random() < 0.5 else {}
        self.url = f"/v1/sessions/{session_with(scene, WEATHER, **fields)}"

    def get(self, path: str = "") -> Any:
        answer = self.mock.http.get(self.url + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, *events: dict[str, Any]) -> None:
        answer = self.mock.http.post(f"{self.url}/events", json={"events": list(events)})
        assert answer.status_code in (200, 400), answer.text

    def step(self) -> None:
        often = [self.talk, self.answer]
        rare = [self.script, self.look, self.wait, self.break_off, self.raise_budget, self.save]
        self.random.choice([*often, *often, *rare])()

    def talk(self) -> None:
        self.send(self.random.choice([message("Hello."), message("Please call get_weather."), OUTCOME]))

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
        custom = use["type"] == "agent.custom_tool_use"
        self.send(result(id) if custom else confirm(id, self.random.choice(["allow", "deny"])))

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


@pytest.mark.parametrize("seed", range(EXAMPLES or 8))
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
        assert {thread["status"] for thread in chaos.get("/threads")["data"]} <= {"idle", "terminated"}
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
