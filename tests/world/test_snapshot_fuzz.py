"""Snapshots with anything changed in them: refused, and nothing is changed; or taken, and the world goes on."""

import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockdreams import MockDreams
from tests.support.helpers import Scene
from tests.support.machines import depth
from tests.support.stories import story

ODD: list[Any] = [
    None,
    True,
    0,
    1,
    -1,
    2**53,
    2**64,
    0.5,
    float("nan"),
    "",
    "x",
    "\ud800",
    [],
    {},
    [[]],
    {"$": "world"},
]
ODD += [{"$": "function", "name": "os:system"}, {"$": "__main__.main"}, {"$": "ref", "id": 1}, {"$": "time", "at": "x"}]
SPARE = {"texts", "policy"}


def rich(scene: Scene) -> None:
    """A dream in the middle, a session that waits for an answer, one with threads and an outcome, waiting scripts."""
    story(scene, "half")
    scene.mock.clock.mode = "manual"
    scene.mock.sessions.script([[{"tool": "bash", "result": "ok", "permission": "ask"}, "Done."], "More."])
    scene.send(scene.session(), "Go.")
    scene.mock.clock.advance(seconds=10)
    scene.mock.sessions.script(["Slowly."], verdicts=["needs_revision"])
    session = scene.session()
    outcome: Any = {
        "type": "user.define_outcome",
        "description": "Good.",
        "rubric": {"type": "text", "content": "Is it?"},
    }
    scene.beta.sessions.events.send(session, events=[outcome])
    scene.mock.clock.advance(seconds=2)
    scene.send(scene.session(), "Hello.")
    scene.mock.dreams.script(fail="timeout", at=0.5, times=2)
    scene.mock.sessions.script(["Later."], times=3)


@cache
def document() -> str:
    with MockDreams() as mock, mock.client() as client:
        rich(Scene(mock, client.beta))
        return json.dumps(mock.snapshot())


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, part in inner for place in ((*path, key), *places(part, (*path, key)))]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


@cache
def all_places() -> list[tuple[Any, ...]]:
    return [path for path in places(json.loads(document())) if path[0] not in SPARE]


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """The document with one thing of it changed."""
    made = json.loads(document())
    path = draw(st.sampled_from(all_places()))
    holder, key = at(made, path[:-1]), path[-1]
    match draw(st.sampled_from(["odd", "other", "sibling", "gone", "twice"])):
        case "odd":
            holder[key] = draw(st.sampled_from(ODD))
        case "other":
            holder[key] = copy.deepcopy(at(made, draw(st.sampled_from(all_places()))))
        case "sibling":
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            holder[key] = copy.deepcopy(holder[draw(st.sampled_from(keys))])
        case "gone":
            del holder[key]
        case "twice":
            if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            else:
                holder[f"{key}2"] = copy.deepcopy(holder[key])
    return made


def ask(mock: MockDreams, method: str, path: str, **options: Any) -> Any:
    answer = mock.http.request(method, path, **options)
    assert answer.status_code < 500, f"{method} {path}: {answer.text}"
    return answer.json() if answer.status_code == 200 else {}


def live_on(mock: MockDreams) -> None:
    """A fixed list of requests, none of which may crash."""
    for _ in range(2):
        ask(mock, "GET", "/_mockdreams/snapshot")
        for kind in ("dreams", "memory_stores", "sessions", "agents", "environments"):
            for record in ask(mock, "GET", f"/v1/{kind}?limit=100&include_archived=true").get("data", []):
                ask(mock, "GET", f"/v1/{kind}/{record['id']}")
                for below in {"memory_stores": ("memories", "memory_versions"), "sessions": ("events", "threads")}.get(
                    kind, ()
                ):
                    ask(mock, "GET", f"/v1/{kind}/{record['id']}/{below}?limit=100")
        ask(mock, "GET", "/_mockdreams/dreams/scripts")
        ask(mock, "GET", "/_mockdreams/sessions/scripts")
        ask(mock, "GET", "/_mockdreams/story")
        ask(mock, "POST", "/_mockdreams/clock", json={"run_until_idle": True})


@pytest.mark.fuzzing
@pytest.mark.off_schema
@depth(4)
@given(changed())
def test_a_changed_snapshot_is_refused_or_goes_on(mutant: Any) -> None:
    with MockDreams(clock="manual") as mock:
        mock.restore(json.loads(document()))
        before = mock.snapshot()
        answer = mock.http.post("/_mockdreams/snapshot", content=json.dumps(mutant))
        if answer.status_code == 200:
            live_on(mock)
        else:
            assert answer.status_code == 400, answer.text
            assert "\n" not in answer.json()["error"]["message"]
            before["ids"]["requests"] += 1
            assert mock.snapshot() == before
