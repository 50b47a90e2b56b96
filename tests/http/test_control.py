"""Who may use the control API, how it begins and forgets worlds, and what it never shows."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mockdreams import MockDreams
from tests.support.helpers import Scene
from tests.support.helpers import refused as service_refused
from tests.support.inner_pytest import run_pytest
from tests.support.servers import command, serving

KEY = "sk-ant-secret-of-somebody-0123456789"


@pytest.fixture
def control(mockdreams: MockDreams) -> Iterator[httpx2.Client]:
    with httpx2.Client(
        base_url=f"{mockdreams.url}/_mockdreams", headers={"x-api-key": mockdreams.api_key}, verify=False
    ) as client:
        yield client


def put(control: httpx2.Client, path: str, body: Any) -> httpx2.Response:
    return control.post(path, json=body)


@pytest.mark.long
def test_a_world_begins_as_told_now_and_at_later_resets(mockdreams: MockDreams, control: httpx2.Client) -> None:
    begin = {"clock": "manual", "speed": 7, "policy": {"dreams_per_day": 3}, "load": "messy-store"}
    assert put(control, "/reset", begin).json() == {"status": "ok"}
    for _ in range(2):
        assert (mockdreams.clock.mode, mockdreams.clock.speed, mockdreams.policy.dreams_per_day) == ("manual", 7, 3)
        assert len(mockdreams.client().beta.memory_stores.list().data) == 1
        mockdreams.clock.mode = "auto"
        mockdreams.policy.dreams_per_day = 9
        assert control.post("/reset").status_code == 200


@pytest.mark.parametrize(
    ("begin", "says"),
    [
        ({"clock": "lunar"}, "clock"),
        ({"speed": 0}, "speed"),
        ({"policy": {"moon": 1}}, "moon"),
        ({"policy": {"dreams_per_day": -1}}, "dreams_per_day"),
        ({"load": "no-such-seed"}, "no seed world 'no-such-seed'"),
        ({"load": "/etc/passwd"}, "no seed world '/etc/passwd'"),
        ({"load": {"now": "2026-01-01"}, "extra": 1}, "extra"),
        ({"load": {"now": "yesterday"}}, "now"),
        ({"load": {"now": "0001-01-01T00:00:00+14:00"}}, "0001-01-01T00:00:00+14:00 is in no year of UTC"),
        ({"now": "0001-01-01T00:00:00+14:00"}, "0001-01-01T00:00:00+14:00 is in no year of UTC"),
        ({"now": "9999-12-31T23:59:59-14:00"}, "time ends at"),
        ({"load": {"mockdreams": 1}}, "the snapshot is damaged"),
        ({"load": "messy-store", "policy": {"memories_per_store": 3}}, "is refused"),
        (["manual"], ""),
    ],
)
def test_a_beginning_that_cannot_be_changes_nothing(
    mockdreams: MockDreams, control: httpx2.Client, begin: Any, says: str
) -> None:
    store = mockdreams.client().beta.memory_stores.create(name="Mine")
    refused = put(control, "/reset", begin)
    assert refused.status_code == 400, refused.text
    assert says in refused.json()["error"]["message"]
    assert mockdreams.client().beta.memory_stores.retrieve(store.id) == store
    mockdreams.reset()
    assert (mockdreams.clock.mode, mockdreams.policy.dreams_per_day) == ("auto", None)


def test_a_seed_can_be_sent(mockdreams: MockDreams, control: httpx2.Client) -> None:
    seed = {"now": "2026-02-01", "memory_stores": [{"name": "Sent"}]}
    assert put(control, "/reset", {"load": seed}).status_code == 200
    assert [store.name for store in mockdreams.client().beta.memory_stores.list()] == ["Sent"]
    snapshot = control.get("/snapshot").json()
    mockdreams.client().beta.memory_stores.create(name="Later")
    assert put(control, "/reset", {"load": snapshot}).status_code == 200
    assert [store.name for store in mockdreams.client().beta.memory_stores.list()] == ["Sent"]


@pytest.mark.long
def test_a_forgotten_world_is_gone_and_its_key_begins_anew(mockdreams: MockDreams) -> None:
    """The handle would know its world: this is a key of somebody else's on the server."""
    with httpx2.Client(base_url=mockdreams.url, headers={"x-api-key": KEY}, trust_env=False) as client:
        versions = {"anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01"}
        client.post("/v1/memory_stores", json={"name": "Mine"}, headers=versions)
        assert client.delete("/_mockdreams/world").json() == {"status": "ok"}
        assert client.get("/_mockdreams/requests").json() == {"data": []}
        assert client.get("/v1/memory_stores", headers=versions).json()["data"] == []


def test_the_story_is_told(mockdreams: MockDreams, control: httpx2.Client) -> None:
    mockdreams.http.get("/v1/dreams")
    assert control.get("/story").json() == {"story": mockdreams.story()}
    assert "GET /v1/dreams -> 200" in mockdreams.story()


@pytest.mark.process
@pytest.mark.parametrize("turns", [[["Hello."]], [[{"say": "\u00e4"}] * 2_000, ["a \n" * 20_000]]])
def test_what_was_prepared_is_written_as_one_document(control: httpx2.Client, turns: list[Any]) -> None:
    """However long it is."""
    answer = control.post("/sessions/scripts", content=json.dumps({"turns": turns}))
    acts = [[act if isinstance(act, dict) else {"say": act} for act in turn] for turn in turns]
    document = {"data": [{"turns": acts, "times": 1}]}
    assert answer.content == json.dumps(document, ensure_ascii=False).encode(errors="backslashreplace")
    assert control.get("/sessions/scripts").content == answer.content
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.process
def test_without_control_only_health_is_left() -> None:
    with serving("--port", "0", "--no-control") as (url, _):
        headers = {"x-api-key": KEY}
        assert httpx2.get(f"{url}/_mockdreams/health").json() == {"status": "ok", "profile": "current"}
        assert httpx2.get(f"{url}/_mockdreams/clock", headers=headers).status_code == 404
        assert httpx2.post(f"{url}/_mockdreams/reset", headers=headers).status_code == 404


@pytest.mark.process
def test_a_control_token_is_asked_for() -> None:
    with serving("--port", "0", env={"MOCKDREAMS_CONTROL_TOKEN": "token-of-ours"}) as (url, _):
        headers = {"x-api-key": KEY}
        for sent in ({}, *({"x-mockdreams-control-token": token} for token in ("", "wrong", "TOKEN-OF-OURS"))):
            refused = httpx2.post(f"{url}/_mockdreams/reset", headers={**headers, **sent})
            assert (refused.status_code, refused.json()["error"]["type"]) == (401, "authentication_error"), sent
            assert "token-of-ours" not in refused.text
        right = {**headers, "x-mockdreams-control-token": "token-of-ours"}
        assert httpx2.post(f"{url}/_mockdreams/reset", headers=right).status_code == 200
        assert httpx2.get(f"{url}/_mockdreams/health").status_code == 200


@pytest.mark.process
def test_the_fixture_brings_the_token(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKDREAMS_CONTROL_TOKEN", "token-of-ours")
    pytester.makepyfile("def test(mockdreams): mockdreams.clock.advance(hours=1)")
    with serving("--port", "0") as (url, _):
        run_pytest(pytester, "--mockdreams-url", url).assert_outcomes(passed=1)
        monkeypatch.delenv("MOCKDREAMS_CONTROL_TOKEN")
        result = run_pytest(pytester, "--mockdreams-url", url)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*x-mockdreams-control-token header is missing or wrong*"])


@pytest.mark.process
@pytest.mark.parametrize(
    ("options", "warned"),
    [
        (["--host", "0.0.0.0"], True),
        (["--host", "localhost"], False),
        (["--host", "0.0.0.0", "--control-token", "x"], False),
        (["--host", "0.0.0.0", "--no-control"], False),
    ],
)
def test_a_control_api_that_others_reach_is_warned_of(options: list[str], warned: bool) -> None:
    process = command("serve", "--port", "0", *options, forked=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.terminate()
    _, logged = process.communicate()
    assert ("may use the control API" in logged) == warned


@pytest.mark.long
def test_a_key_is_never_shown_whole(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with MockDreams(api_key=KEY) as mock:
        mock.client().beta.memory_stores.create(name="Mine")
        mock.http.get("/v1/memory_stores", headers={"authorization": f"Bearer {KEY}", "cookie": KEY})
        mock.http.get("/v1/nowhere")
        mock.http.post("/v1/dreams", content=b"{")
        shown = [mock.snapshot(), mock.story(), [each.state() for each in mock.requests], caplog.text]
        answers = [mock.http.get(f"/_mockdreams/{path}").text for path in ("clock", "requests", "snapshot", "story")]
    assert len(shown[2]) == 4
    assert KEY not in f"{shown}{answers}"


def test_a_method_that_there_is_not_is_refused_like_any_other(scene: Scene) -> None:
    answer = scene.http.put("/_mockdreams/clock")
    assert service_refused(answer, 405, "invalid_request_error") == "Method Not Allowed"
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["health", "ready", "metrics", "openapi.json", "worlds", "board/"])
def test_so_is_one_that_a_path_without_a_world_has_not(scene: Scene, path: str) -> None:
    answer = scene.http.patch(f"/_mockdreams/{path}")
    assert service_refused(answer, 405, "invalid_request_error") == "Method Not Allowed"
    assert answer.headers["allow"] == "GET, HEAD"
