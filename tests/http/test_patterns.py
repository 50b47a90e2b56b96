"""No pattern over outside text takes more steps than in proportion to the text."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

import mockdreams
from mockdreams import MockDreams
from mockdreams.http import hints, path_shape
from mockdreams.http.body_parsing import MOST_ITEMS, MOST_KEYS
from mockdreams.patterns import LazyPattern
from tests.support.deep import deep
from tests.support.helpers import Scene, refused
from tests.support.regex_steps import is_slow

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


ELSEWHERE = ("mockdreams.dreaming", "mockdreams.generating")
"""The first tries its patterns at one place of a text, and is tested on whole texts; the other reads only its own."""


def compiled(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """The patterns that a value is or holds: tables of patterns, and attributes of classes, too."""
    if isinstance(value, re.Pattern | LazyPattern):
        yield value.compiled() if isinstance(value, LazyPattern) else value
    elif depth < 6 and isinstance(value, tuple | list | dict | frozenset | set):
        for each in value.values() if isinstance(value, dict) else value:
            yield from compiled(each, depth + 1)
    elif depth == 0 and isinstance(value, type) and value.__module__.startswith("mockdreams."):
        for each in list(vars(value).values()):
            yield from compiled(each, 1)


def lazily_compiled(source: str) -> Iterator[re.Pattern[str]]:
    """The literal patterns that functions hand to `re` when they run."""
    if not re.search(r"\bre\.", source):
        return
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    for node in (each for function in functions for each in ast.walk(function)):
        match node:
            case ast.Call(ast.Attribute(ast.Name("re"), name), [ast.Constant(str(pattern)), *_]) if name != "escape":
                yield re.compile(pattern)


def patterns() -> dict[re.Pattern[Any], str]:
    """Every pattern of the package, and where it is."""
    places = dict[re.Pattern[Any], str]()
    for found in pkgutil.walk_packages(mockdreams.__path__, "mockdreams."):
        if found.name.startswith(ELSEWHERE) or found.name.endswith("__main__") or "test_" in found.name:
            continue
        module = importlib.import_module(found.name)
        held = [(name, each) for name, value in list(vars(module).items()) for each in compiled(value)]
        lazy = [("lazily", each) for each in lazily_compiled(inspect.getsource(module))]
        for name, pattern in held + lazy:
            places.setdefault(pattern, f"{found.name}.{name}")
    return places


@pytest.mark.fuzzing
def test_every_pattern_is_linear() -> None:
    found = patterns()
    for where in ("mockdreams.secrets._SHAPES", "mockdreams.scoring.audits.lazily", "mockdreams.http.hints.lazily"):
        assert any(place.startswith(where) for place in found.values()), where
    for pattern, place in found.items():
        slow = slowness(pattern)
        assert slow is None, f"{place}: {slow}"


def slowness(pattern: re.Pattern[Any]) -> str | None:
    """The text over which a pattern takes more steps than in proportion."""
    for pump, prefix in product(PUMPS, PREFIXES):

        def make(length: int, pump: str = pump, prefix: str = prefix) -> str:
            return prefix + pump * (length // len(pump)) + "\x00"

        if is_slow(pattern, make):
            return f"{pattern.pattern!r} over {prefix!r} and many {pump!r}"
    return None


@pytest.mark.parametrize("pattern", [r"\s*\(in", r"[a-z]+_01\w+", r"(?:a|ab?)+$", r"- (?P<said>\S.*?)\s*$"])
@pytest.mark.long
def test_a_pattern_that_is_not_linear_is_found(pattern: str) -> None:
    assert slowness(re.compile(pattern)) is not None


def test_a_long_path_that_is_unknown_is_answered_without_much_thought(mockdreams: MockDreams) -> None:
    """It is compared with nothing."""
    long = "/" + "a" * path_shape.LONGEST_PATH
    near = f"nothing is served at {long[:-2]}; the nearest path is {long[:-1]}"
    assert hints.unknown_path(long[:-2], [long[:-1]]) == near
    longer = f"{long}/{long}"
    assert hints.unknown_path(longer, [longer[:-1]]) == f"nothing is served at {longer[: path_shape.LONGEST_PATH]}…"
    refused(mockdreams.http.get("/" + "a" * 16_000), 404, "not_found_error")
    assert mockdreams.requests[-1].hint == f"nothing is served at /{'a' * (path_shape.LONGEST_PATH - 1)}…"


@pytest.mark.parametrize("pattern", ["(a+)+$", *map(deep, ("(a|a)*$", "(.*)*x", "(a|aa)+$"))])
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


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/v1/agents", '{"name":"a","model":"claude-opus-4-8","tools":[{"input_schema":{"properties":%s}}]}'),
        ("/v1/agents", '{"name":"a","model":"claude-opus-4-8","tools":[{"input_schema":{"x":[[{"y":%s}]]}}]}'),
        ("/v1/messages", '{"model":"claude-opus-4-8","max_tokens":9,"messages":[],"tools":%s}'),
        ("/_mockdreams/sessions/scripts", '{"turns":[[{"tool":"bash","input":%s}]]}'),
        ("/_mockdreams/stubs", '{"match":"GET /x","json":%s}'),
        ("/_mockdreams/policy", '{"list_prices":%s}'),
    ],
)
def test_an_object_with_too_many_keys_is_refused(mockdreams: MockDreams, path: str, document: str) -> None:
    told = f"Failed to parse request body: an object has more than {MOST_KEYS} keys"
    for count in (MOST_KEYS, MOST_KEYS + 1):
        keys = "{" + ",".join(f'"k{number}":1' for number in range(count)) + "}"
        method = "PATCH" if path.endswith("policy") else "POST"
        answer = mockdreams.http.request(method, path, content=document % keys)
        said = answer.json().get("error", {}).get("message")
        assert (said == told) is (count > MOST_KEYS)
        assert answer.status_code == 400 or count == MOST_KEYS
