"""A misspelt word is refused in one line with the nearest right one, over HTTP and from Python, and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from mockdreams import ControlError, MockDreams

UNKNOWN = 'Failed to parse request body: unknown field "{}"; did you mean `{}`?'
INVALID = 'Failed to parse request: {}: "{}" is not a valid value; expected one of {}; did you mean `{}`?'
BODIES: list[tuple[str, Any, str]] = [
    ("/faults", {"match": "POST /v1/dreams", "stauts": 529}, UNKNOWN.format("stauts", "status")),
    ("/faults", {"match": "PSOT /v1/dreams", "status": 529}, "match: there is no method PSOT; did you mean POST?"),
    (
        "/faults",
        {"match": "POST /v1/dreams", "drop": "durring"},
        INVALID.format("drop", "durring", "before, during", "during"),
    ),
    ("/stubs", {"match": "GET /x", "jsn": 1}, UNKNOWN.format("jsn", "json")),
    ("/dreams/scripts", {"usage": {"input_token": 1}}, UNKNOWN.format("input_token", "input_tokens")),
    ("/dreams/scripts", {"fail": "timeot"}, "fail: no dream is known to fail with 'timeot'; did you mean `timeout`?"),
    ("/dreams/scripts", {"at": 0.5}, "message and at go with fail"),
    ("/sessions/scripts", {"turns": [[{"idle": {"event_id": []}}]]}, UNKNOWN.format("event_id", "event_ids")),
    (
        "/sessions/scripts",
        {"turns": [["Hello.", {"custom_tol": "x"}]]},
        "turns[0][1]: an act is a text, or an object with one of: say, think, tool, mcp_tool, custom_tool, output, "
        "error, slow, spend, refuse, terminate, delegate, idle, repeat_turn; did you mean `custom_tool`?",
    ),
    ("/sessions/scripts", {"turns": [[{"tool": "grep", "inptu": {}}]]}, UNKNOWN.format("inptu", "input")),
    (
        "/sessions/scripts",
        {"turns": [[{"say": {"say": "x"}}]]},
        "Failed to parse request: turns[0][0].say: expected a string",
    ),
    ("/messages/scripts", {"contnt": "x"}, UNKNOWN.format("contnt", "content")),
    (
        "/messages/scripts",
        {"content": "x", "stop_reason": "gone"},
        'Failed to parse request: stop_reason: "gone" is not a valid value; expected one of end_turn, max_tokens, '
        "model_context_window_exceeded, pause_turn, refusal, stop_sequence, tool_use",
    ),
    ("/clock", {"advence": 3}, UNKNOWN.format("advence", "advance")),
    ("/clock", {"mode": "manul"}, INVALID.format("mode", "manul", "auto, manual, real", "manual")),
    ("/schedules", {"memory_store_id": "x", "evry": 3}, UNKNOWN.format("evry", "every")),
    ("/webhooks", {"url": "http://127.0.0.1/", "event": []}, UNKNOWN.format("event", "events")),
    ("/reset", {"lod": "messy-store"}, UNKNOWN.format("lod", "load")),
]


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", "/requests?macth=POST%20/x", 'unknown query parameter "macth"; did you mean `match`?'),
        ("GET", "/requests?key=1", 'unknown query parameter "key"'),
        ("DELETE", "/requests?match=POST%20/x", 'unknown query parameter "match"'),
        ("POST", "/clock?advance=60", 'unknown query parameter "advance"'),
        ("GET", "/snapshot?x", 'unknown query parameter "x"'),
    ],
)
def test_a_parameter_that_nothing_reads_is_not_passed_over(
    mockdreams: MockDreams, method: str, path: str, told: str
) -> None:
    mockdreams.http.get("/v1/memory_stores")
    answer = mockdreams.http.request(method, f"/_mockdreams{path}")
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, told)
    assert len(mockdreams.requests) == 1


@pytest.mark.parametrize(
    ("path", "told"),
    [("clok", "Not found; did you mean /_mockdreams/clock?"), ("asteroid", "Not found")],
)
def test_a_path_of_the_control_api(mockdreams: MockDreams, path: str, told: str) -> None:
    answer = mockdreams.http.get(f"/_mockdreams/{path}")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, told)


@pytest.mark.parametrize(("path", "body", "told"), BODIES)
def test_a_body_of_the_control_api(mockdreams: MockDreams, path: str, body: Any, told: str) -> None:
    before = mockdreams.snapshot()
    answer = mockdreams.http.post(f"/_mockdreams{path}", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, told)
    after = mockdreams.snapshot()
    assert after | {"ids": before["ids"]} == before
    assert [list(queue) for queue in (mockdreams.faults, mockdreams.stubs, mockdreams.webhooks)] == [[], [], []]


def test_a_value_that_no_policy_has_is_told_as_from_python(mockdreams: MockDreams) -> None:
    answer = mockdreams.http.patch("/_mockdreams/policy", json={"dreams_per_day": "many"})
    assert answer.json()["error"]["message"] == "dreams_per_day: has to be a valid integer, not 'many'"
    with pytest.raises(ControlError) as refused:
        mockdreams.policy.dreams_per_day = "many"  # type: ignore[assignment]
    assert str(refused.value) == answer.json()["error"]["message"]


def test_an_unknown_key_of_a_seed_is_no_field_of_the_policy(mockdreams: MockDreams) -> None:
    seed = {"now": "2026-01-01T00:00:00Z", "memory_stors": []}
    answer = mockdreams.http.post("/_mockdreams/reset", json={"load": seed})
    assert answer.json()["error"]["message"] == "no such key `memory_stors`; did you mean `memory_stores`?"


def test_a_field_of_the_policy(mockdreams: MockDreams) -> None:
    answer = mockdreams.http.patch("/_mockdreams/policy", json={"enroled": False})
    assert answer.json()["error"]["message"] == "the policy has no `enroled`; did you mean `enrolled`?"
    assert mockdreams.policy.enrolled


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            lambda mock: MockDreams(clok="auto"),  # type: ignore[call-arg]
            "MockDreams() has no `clok`; did you mean `clock`?",
        ),
        (lambda mock: mock.clock.advance(second=3), "advance() has no `second`; did you mean `seconds`?"),
        (lambda mock: mock.requests.count("GTE /v1/dreams"), "match: there is no method GTE; did you mean GET?"),
        (
            lambda mock: mock.requests.assert_not_called("/v1/dreams"),
            "match: '/v1/dreams' matches no call: \"METHOD /path\" is wanted, without a query",
        ),
    ],
)
def test_a_call_from_python(mockdreams: MockDreams, wrong: Callable[[MockDreams], Any], told: str) -> None:
    with pytest.raises(ControlError) as refused:
        wrong(mockdreams)
    assert str(refused.value) == told


def test_a_pattern_for_the_journal(mockdreams: MockDreams) -> None:
    answer = mockdreams.http.get("/_mockdreams/requests", params={"match": "GTE /v1/dreams"})
    told = "match: there is no method GTE; did you mean GET?"
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, told)
