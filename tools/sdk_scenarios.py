"""What programs do with the official SDK, run against the fake: `python sdk_scenarios.py URL`.

It needs the SDK and the standard library only, so that each release runs it in an environment of its own. It prints one
JSON object: the release, and of each scenario `ok`, `absent` (the release lacks the resource) or what went wrong.
"""

import json
import signal
import sys
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import anthropic
from anthropic import Anthropic

URL = sys.argv[1]
MODEL = "claude-sonnet-4-6"
SECONDS = 300
"""After these a scenario hangs."""


class Lacking(Exception):
    """The release has no such resource."""


class Scene:
    """A workspace of its own, and a client of it."""

    def __init__(self, name: str) -> None:
        self.key = f"sk-{anthropic.__version__}-{name}"
        self.client = Anthropic(api_key=self.key, base_url=URL)

    def beta(self, name: str) -> Any:
        resource = getattr(self.client.beta, name, None)
        if resource is None:
            raise Lacking(name)
        return resource

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"x-api-key": self.key, "content-type": "application/json"}
        with urlopen(Request(f"{URL}/_mockdreams{path}", data, headers, method=method)) as answer:
            return json.load(answer)

    def agent(self) -> Any:
        return self.beta("agents").create(name="Helper", model=MODEL)

    def session(self, **fields: Any) -> Any:
        environment = self.beta("environments").create(name="Cloud")
        return self.beta("sessions").create(agent=self.agent().id, environment_id=environment.id, **fields)

    def say(self, session: Any, words: str) -> Any:
        event = {"type": "user.message", "content": [{"type": "text", "text": words}]}
        return self.beta("sessions").events.send(session.id, events=[event])

    def types_when_idle(self, session: Any) -> list[str]:
        for _ in range(100):
            types = [event.type for event in self.beta("sessions").events.list(session.id)]
            if types and types[-1] == "session.status_idle":
                return types
        raise AssertionError(types)

    def dream(self) -> Any:
        store = self.beta("memory_stores").create(name="Notes")
        inputs = [
            {"type": "memory_store", "memory_store_id": store.id},
            {"type": "sessions", "session_ids": [self.session().id]},
        ]
        return self.beta("dreams").create(inputs=inputs, model=MODEL)


def create(scene: Scene) -> None:
    dream = scene.dream()
    assert (dream.status, dream.type) == ("pending", "dream"), dream
    assert dream.id.startswith("drm_"), dream.id


def poll(scene: Scene) -> None:
    dream = scene.dream()
    seen = [dream.status]
    while dream.status in ("pending", "running"):
        dream = scene.beta("dreams").retrieve(dream.id)
        seen.append(dream.status)
        assert len(seen) < 100, seen
    assert dream.status == "completed", dream
    assert dream.outputs, dream


def stream(scene: Scene) -> None:
    session = scene.session()
    seen: list[str] = []
    with scene.beta("sessions").events.stream(session.id) as events:
        scene.say(session, "Hello.")
        scene.types_when_idle(session)
        scene.beta("sessions").delete(session.id)  # the stream ends with it, also for a release that yields nothing
        for event in events:
            seen.append(event.type)
            if event.type == "session.status_idle":
                break
    assert "agent.message" in seen, seen


def page(scene: Scene) -> None:
    made = [scene.agent().id for _ in range(3)]
    assert [agent.id for agent in scene.beta("agents").list(limit=1)] == made[::-1]


def retry(scene: Scene) -> None:
    scene.beta("environments")
    scene.control("POST", "/faults", {"match": "POST /v1/environments", "status": 529, "times": 2})
    scene.beta("environments").create(name="Cloud")
    asked = [each["status"] for each in scene.control("GET", "/requests")["data"] if each["method"] == "POST"]
    assert asked == [529, 529, 200], asked


def errors(scene: Scene) -> None:
    agents = scene.beta("agents")
    asked: list[tuple[Callable[[], Any], type[Exception]]] = [
        (lambda: agents.retrieve("agent_01" + "z" * 22), anthropic.NotFoundError),
        (lambda: agents.retrieve("agent_x"), anthropic.BadRequestError),
        (lambda: agents.create(name="", model=MODEL), anthropic.BadRequestError),
    ]
    for ask, kind in asked:
        try:
            ask()
        except kind:
            continue
        raise AssertionError(f"no {kind.__name__}")


def memory(scene: Scene) -> None:
    store = scene.beta("memory_stores").create(name="Notes")
    memories = scene.beta("memory_stores").memories
    made = memories.create(store.id, path="/a.md", content="one")
    memories.update(made.id, memory_store_id=store.id, content="two")
    assert memories.retrieve(made.id, memory_store_id=store.id).content == "two"
    assert [each.path for each in memories.list(store.id)] == ["/a.md"]
    versions = scene.beta("memory_stores").memory_versions.list(store.id)
    assert [each.operation for each in versions] == ["modified", "created"]
    try:
        memories.create(store.id, path="/a.md", content="three")
    except anthropic.ConflictError as refused:
        taken: Any = refused
    assert taken.body["error"]["type"] == "memory_path_conflict_error", taken.body
    memories.delete(made.id, memory_store_id=store.id)
    assert list(memories.list(store.id)) == []


def sessions(scene: Scene) -> None:
    session = scene.session(title="Talk")
    scene.say(session, "Hello.")
    assert "agent.message" in scene.types_when_idle(session)
    assert scene.beta("sessions").retrieve(session.id).title == "Talk"
    assert [each.id for each in scene.beta("sessions").list()] == [session.id]
    assert scene.beta("sessions").archive(session.id).archived_at is not None
    scene.beta("sessions").delete(session.id)
    assert list(scene.beta("sessions").list(include_archived=True)) == []


SCENARIOS = (create, poll, stream, page, retry, errors, memory, sessions)


class TooLong(BaseException):
    """The scenario hangs; no SDK catches this as a failure of its connection."""


def give_up(*_: object) -> None:
    raise TooLong("it hangs")


def outcome(scenario: Callable[[Scene], None]) -> str:
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    try:
        scenario(Scene(scenario.__name__))
    except Lacking:
        return "absent"
    except (Exception, TooLong) as failed:
        return f"{type(failed).__name__}: {failed}"
    finally:
        signal.alarm(0)
    return "ok"


if __name__ == "__main__":
    results = {scenario.__name__: outcome(scenario) for scenario in SCENARIOS}
    json.dump({"release": anthropic.__version__, "results": results}, sys.stdout)
