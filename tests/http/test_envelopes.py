"""Whatever is sent and whatever fails, the answer is the service's envelope, and never a 500 that is not ours."""

import json
import logging
from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import Any

import pytest
from click.testing import CliRunner

from mockdreams import MockDreams
from mockdreams.cli import main
from tests.support.helpers import Scene, refused

DEEP = b"[" * 100_000
POSITIONS: list[bytes] = [
    *(b'"x"', b"[1]", b"{}", b"1" + b"0" * 30, b"-1" + b"0" * 30, b"null", b"true", b"1.5", b"NaN", b"nonsense"),
    *(b"", b"\xff", b'["a","b"]', b'["a","b","c"]', b"[1,2]", b"[1,2,3,4]", b"[null,null,null]", b"[[1],[2],[3]]"),
    *(b"[%d,1]" % 10**30, b"[1,%d,0]" % 10**30, b"[1e400,1,1]", b"[-1,-1]", b"[-1,-1,-1]", b'"\\ud800"'),
    *(DEEP[:10_000], b"1" * 5_000, b"-5"),
]


def forged(listing: str, payload: bytes) -> str:
    """A cursor of `listing` with a right digest, around anything."""
    digest = blake2b(listing.encode() + b"\0" + payload, digest_size=6).digest()
    return "page_" + urlsafe_b64encode(digest + payload).decode().rstrip("=")


def state(mock: MockDreams) -> list[Any]:
    """What the control API can change."""
    stores = mock.http.get("/v1/memory_stores").json()
    kept = mock.policy.model_dump(), mock.clock.mode, mock.clock.speed, mock.clock.time
    return [stores, *kept, list(mock.faults), list(mock.dreams), list(mock.sessions)]


def listings(scene: Scene) -> dict[str, str]:
    """Every list by the name that its cursors carry."""
    store, session = scene.store({"/a.md": "A.", "/b/c.md": "B."}), scene.session("Hello.")
    thread = scene.http.get(f"/v1/sessions/{session}/threads").json()["data"][0]["id"]
    agent = scene.beta.agents.list().data[0].id
    scene.dream(store, [session])
    return {
        "dreams": "/v1/dreams",
        "memory_stores": "/v1/memory_stores",
        f"{store}/memories/0/": f"/v1/memory_stores/{store}/memories",
        f"{store}/memories/1/": f"/v1/memory_stores/{store}/memories?depth=1",
        f"{store}/versions": f"/v1/memory_stores/{store}/memory_versions",
        "sessions/desc": "/v1/sessions",
        "sessions/asc": "/v1/sessions?order=asc",
        f"{session}/events/asc": f"/v1/sessions/{session}/events",
        f"{session}/events/desc": f"/v1/sessions/{session}/events?order=desc",
        f"{session}/resources": f"/v1/sessions/{session}/resources",
        f"{session}/threads": f"/v1/sessions/{session}/threads",
        f"{thread}/events": f"/v1/sessions/{session}/threads/{thread}/events",
        "agents": "/v1/agents",
        f"{agent}/versions": f"/v1/agents/{agent}/versions",
        "environments": "/v1/environments",
    }


CURSORS = ("invalid page cursor", "page token order does not match request")


@pytest.mark.long
def test_a_forged_cursor_is_refused_or_is_a_place(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    met = 0
    for listing, path in listings(scene).items():
        for position in POSITIONS:
            response = scene.http.get(path, params={"page": forged(listing, position)})
            if response.status_code != 200:
                message = refused(response, 400, "invalid_request_error")
                assert message.startswith("page: ") or message in CURSORS, message
                met += message in CURSORS
    assert met > 15 * len(POSITIONS) // 2
    assert "crashed" not in caplog.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "policy"),
        ("POST", "clock"),
        ("POST", "faults"),
        ("POST", "reset"),
        ("POST", "snapshot"),
        ("POST", "dreams/scripts"),
        ("POST", "sessions/scripts"),
    ],
)
@pytest.mark.parametrize(
    "body", [DEEP, b'{"a":' * 100_000, b"{", b"nonsense", b"\xff", b"[]", b"3", b'"x"', b'{"":1}', b'{"a":NaN}']
)
def test_a_control_body_that_is_no_order_is_refused_in_a_line(
    mockdreams: MockDreams, method: str, path: str, body: bytes
) -> None:
    mockdreams.http.post("/v1/memory_stores", json={"name": "Mine"})
    before = state(mockdreams)
    response = mockdreams.http.request(method, f"/_mockdreams/{path}", content=body)
    message = refused(response, 400, "invalid_request_error")
    assert len(message) < 300
    assert "\n" not in message
    assert state(mockdreams) == before


EXTREMES: list[tuple[str, str, Any]] = [
    ("PATCH", "policy", {"session_hour_cents": 1e308}),
    ("PATCH", "policy", {"memories_per_store": -(10**30)}),
    ("POST", "clock", {"speed": 1e-320}),
    ("POST", "clock", {"advance": 1e308}),
    ("POST", "clock", {"move_to": "9999-12-31T23:59:59-14:00"}),
    ("POST", "clock", {"move_to": "0001-01-01T00:00:00+14:00"}),
    ("POST", "clock", {"advance": 100, "move_to": "2026-01-01T00:00:10Z"}),
    ("POST", "faults", {"match": "GET /v1/dreams", "latency": 1e308}),
    ("POST", "faults", {"match": "GET /v1/dreams", "status": 529, "headers": {"x": "a\r\nb: c"}}),
    ("POST", "faults", {"match": "GET /v1/dreams", "status": 529, "headers": {"a b": "c"}}),
    ("POST", "faults", {"match": "GET /v1/dreams", "status": 529, "headers": {"content-length": "1"}}),
    ("POST", "faults", {"match": "GET /v1/dreams", "status": 529, "headers": {"Transfer-Encoding": "chunked"}}),
    ("POST", "reset", {"speed": 1e-320}),
]


@pytest.mark.parametrize(
    ("method", "path", "order"), EXTREMES, ids=[f"{path} {order}"[:60] for _, path, order in EXTREMES]
)
def test_an_extreme_order_is_refused_and_changes_nothing(
    mockdreams: MockDreams, method: str, path: str, order: Any
) -> None:
    before = state(mockdreams)
    response = mockdreams.http.request(method, f"/_mockdreams/{path}", content=json.dumps(order))
    message = refused(response, 400, "invalid_request_error")
    assert "C int" not in message
    assert state(mockdreams) == before


def test_extreme_durations_and_limits_are_lived_through(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    session = scene.session("Hello.")
    policy = dict.fromkeys(("turn_seconds", "turn_queue_seconds", "dream_queue_seconds", "retry_seconds"), 1e308)
    policy |= {"session_hour_cents": 1e12, "dream_max_sessions": 10**400, "reads_per_minute": 10**400}
    assert scene.http.patch("/_mockdreams/policy", content=json.dumps(policy)).status_code == 200
    scene.send(session, "Again.")
    scene.dream(session_ids=[session])
    scene.mock.clock.run_until_idle()
    for path in ("/v1/sessions", f"/v1/sessions/{session}", "/v1/dreams", "/_mockdreams/policy", "/_mockdreams/story"):
        assert scene.http.get(path).status_code == 200
    assert "crashed" not in caplog.text


@pytest.mark.off_schema
def test_a_crash_inside_a_refusal_is_a_logged_500_with_its_entry(
    mockdreams: MockDreams, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mockdreams.http import hints

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(hints, "about_ids", crash)
    for path in ("/v1/dreams/drm_x", "/_mockdreams/dreams/drm_x/cost"):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            assert refused(mockdreams.http.get(path), 500, "api_error") == "Internal server error"
        assert "a bug of ours" in caplog.text
    assert [(each.call, each.status) for each in mockdreams.requests] == [("GET /v1/dreams/drm_x", 500)]


@pytest.mark.off_schema
def test_a_crash_while_a_stream_is_read_is_logged_and_breaks_it(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mockdreams.http.sse import EventStream

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug of ours")

    session = scene.session()
    monkeypatch.setattr(EventStream, "read", crash)
    with pytest.raises(Exception, match="peer closed"), scene.beta.sessions.events.stream(session) as stream:
        list(stream)
    assert "a bug of ours" in caplog.text


def test_a_speed_that_is_no_number_is_refused_by_the_command_line() -> None:
    for speed in ("nan", "inf", "1e-320", "0"):
        refused = CliRunner().invoke(main, ["serve", "--port", "0", "--speed", speed])
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "--speed" in refused.stderr
