"""No pattern over outside text takes longer than in proportion to the text."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import mockdreams
from mockdreams import MockDreams
from mockdreams.http.body_parsing import MOST_ITEMS
from tests.support.helpers import Scene, refused
from tests.support.linearity import LENGTH, seconds, spread

QUICK = 0.05
"""CPU seconds within which nothing is worth a closer look."""
PUMPS = [
    "a",
    " ",
    "\t",
    "\n",
    "1",
    "-",
    "_",
    "`",
    '"',
    ".",
    "/",
    "*",
    "[",
    "(",
    "a ",
    "a1",
    "ab-",
    "a.",
    "a_01",
    "- a ",
    "A's ",
]
PREFIXES = ["", "- a", "a_01", '"']
ELSEWHERE = ("mockdreams.dreaming",)
"""Its patterns are tested where it is."""


def patterns() -> Iterator[Any]:
    for module in pkgutil.walk_packages(mockdreams.__path__, "mockdreams."):
        if module.name.startswith(ELSEWHERE) or module.name.endswith("__main__") or "test_" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.fuzzing
@pytest.mark.parametrize("pattern", list(patterns()))
def test_a_pattern_is_linear(pattern: Any) -> None:
    runs = [pattern.search, pattern.match, pattern.fullmatch, lambda text: sum(1 for _ in pattern.finditer(text))]
    for pump in PUMPS:
        for prefix in PREFIXES:

            def make(length: int, pump: str = pump, prefix: str = prefix) -> Any:
                text = prefix + pump * (length // len(pump)) + "\x00"
                return text.encode() if isinstance(pattern.pattern, bytes) else text

            for run in runs:
                if seconds(run, make(LENGTH)) > QUICK:
                    assert spread(run, make) < 8, f"{pattern.pattern!r} over {prefix!r} and many {pump!r}"


def test_a_long_path_that_is_unknown_is_answered_without_much_thought(mockdreams: MockDreams) -> None:
    from mockdreams.http import hints

    known = ["/v1/dreams", "/v1/sessions/{session_id}/events"]
    assert spread(lambda path: hints.unknown_path(path, known), lambda length: "/" + "a" * length) < 3
    refused(mockdreams.http.get("/" + "a" * 60_000), 404, "not_found_error")
    assert mockdreams.requests[-1].hint == "nothing is served at /" + "a" * 60_000


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(.*)*x", "(a|aa)+$"])
def test_a_pattern_of_an_agent_cannot_hang_the_server(scene: Scene, pattern: str) -> None:
    store = scene.store({"/a.md": "a" * 60 + "!"})
    session = scene.session(stores=(store,))
    scene.mock.sessions.script([[{"tool": "grep", "input": {"pattern": pattern}}]], session_id=session)
    scene.say(session, "Look.")
    events = scene.beta.sessions.events.list(session)
    results = [event.to_dict() for event in events if event.type == "agent.tool_result"]
    said = [(part["text"]) for result in results for part in result["content"]]  # type: ignore[attr-defined]
    assert said in (["the pattern takes too long to match"], ["No matches found"])


def test_a_grep_finds_what_it_found_before(scene: Scene) -> None:
    store = scene.store({"/a.md": "Tabs, not spaces.\nTea."})
    session = scene.session(stores=(store,))
    scene.mock.sessions.script([[{"tool": "grep", "input": {"pattern": r"\bt(abs|ea)(?=[,.])"}}]], session_id=session)
    scene.say(session, "Look.")
    events = scene.beta.sessions.events.list(session)
    result = next(event.to_dict() for event in events if event.type == "agent.tool_result")
    lines = result["content"][0]["text"].splitlines()  # type: ignore[index]
    assert [line.split(":", 1)[1] for line in lines] == ["1:Tabs, not spaces.", "2:Tea."]


TOO_MANY = f"Failed to parse request body: more than {MOST_ITEMS} items"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{" + ",".join(f'"k{n}":1' for n in range(MOST_ITEMS + 1)) + "}", True),
        ('{"name":[' + ",".join("1" for _ in range(MOST_ITEMS + 1)) + "]}", True),
        ('{"name":[' + ",".join('""' for _ in range(3 * MOST_ITEMS)) + "]}", True),
        ('{"name":["\\\\",' + ",".join("1" for _ in range(MOST_ITEMS)) + "]}", True),
        ('{"name":["' + "," * MOST_ITEMS * 2 + '\\""]}', False),
        ('{"name":[' + ",".join("1" for _ in range(MOST_ITEMS - 1)) + "]}", False),
    ],
    ids=["pairs", "elements", "strings", "a backslash before", "commas in a text", "as many as may be"],
)
@pytest.mark.parametrize("path", ["/v1/memory_stores", "/v1/sessions", "/_mockdreams/faults", "/_mockdreams/policy"])
def test_a_body_of_too_many_items_is_refused_before_it_is_parsed(
    mockdreams: MockDreams, path: str, body: str, told: bool
) -> None:
    method = "PATCH" if path.endswith("policy") else "POST"
    said = refused(mockdreams.http.request(method, path, content=body), 400, "invalid_request_error")
    assert (said == TOO_MANY) is told
