"""The journal, and assertions that say what came instead."""

from threading import Timer
from typing import Any

import anthropic
import httpx2
import pytest

from mockdreams import MockDreams
from mockdreams.harness.handle import LocalServer
from mockdreams.http import journal
from tests.support.helpers import ABSENT, Scene


def test_every_request_and_answer_is_kept_in_order(scene: Scene) -> None:
    scene.mock.requests.clear()
    store = scene.store()
    scene.http.get("/v1/dreams?limit=2&statuses[]=failed&statuses[]=canceled")
    scene.http.get("/v1/nothing")
    first, second, third = scene.mock.requests
    assert (first.method, first.path, first.status) == ("POST", "/v1/memory_stores", 200)
    assert first.body == {"name": "Notes"}
    assert first.response["id"] == store
    assert second.query == {"limit": "2", "statuses[]": ["failed", "canceled"]}
    assert second.body is None
    assert third.status == 404
    assert third.hint == "nothing is served at /v1/nothing"
    assert scene.mock.requests[-1] == third
    assert len(scene.mock.requests) == 3


def test_secrets_are_masked(scene: Scene) -> None:
    scene.http.get("/v1/dreams", headers={"authorization": "Bearer something-very-secret"})
    headers = scene.mock.requests[-1].headers
    assert headers["x-api-key"] == f"…{scene.mock.api_key[-4:]}"
    assert "very" not in headers["authorization"]
    assert headers["anthropic-version"] == "2023-06-01"


def test_betas_that_were_sent_apart_are_all_kept(scene: Scene) -> None:
    betas = ["dreaming-2026-04-21", "managed-agents-2026-04-01"]
    with httpx2.Client(headers=[("x-api-key", scene.mock.api_key), ("anthropic-version", "2023-06-01")]) as client:
        client.get(f"{scene.mock.url}/v1/dreams", headers=[("anthropic-beta", beta) for beta in betas])
    assert scene.mock.requests[-1].status == 200
    assert scene.mock.requests[-1].headers["anthropic-beta"] == ",".join(betas)


def test_exchanges_are_selected_and_counted(scene: Scene) -> None:
    scene.store()
    scene.http.get(f"/v1/dreams/drm_{ABSENT}")
    scene.http.get("/v1/dreams")
    requests = scene.mock.requests
    assert requests.count("GET /v1/dreams") == 1
    assert requests.count("GET /v1/dreams/*") == 1
    assert requests.count("* /v1/dreams/*", status=404) == 1
    assert requests.count(status=404) == 1
    assert requests.count("GET /v1/dreams/*", status=200) == 0
    assert requests.count() == len(requests) == 3


def test_the_journal_over_http(scene: Scene) -> None:
    scene.store()
    scene.http.get(f"/v1/dreams/drm_{ABSENT}", headers={"anthropic-beta": ""})
    (entry,) = scene.http.get("/_mockdreams/requests", params={"status": 404, "match": "GET /v1/dreams/*"}).json()[
        "data"
    ]
    assert set(entry) == {"method", "path", "query", "headers", "body", "status", "response", "at", "hint", "by"}
    assert entry["response"]["error"]["type"] == "not_found_error"
    assert "dreaming-2026-04-21" in entry["hint"]
    assert entry["at"].endswith("Z")
    assert len(scene.http.get("/_mockdreams/requests").json()["data"]) == 2
    assert scene.http.delete("/_mockdreams/requests").json() == {"data": []}
    assert list(scene.mock.requests) == []


def test_a_dropped_request_has_no_status(scene: Scene) -> None:
    scene.mock.faults.add("GET /v1/dreams", drop="before")
    with pytest.raises(anthropic.APIConnectionError):
        scene.beta.dreams.list()
    assert scene.mock.requests[-1].status is None
    assert "dropped" in str(scene.mock.requests[-1])


def test_assertions_pass_when_they_should(scene: Scene) -> None:
    store = scene.store({"/a": "x"})
    requests = scene.mock.requests
    assert requests.assert_called("POST /v1/memory_stores").response["id"] == store
    assert (
        requests.assert_called("POST /v1/memory_stores/*/memories", times=1, body={"path": "/a"}).body["content"] == "x"
    )
    requests.assert_called("POST /v1/memory_stores", status=200)
    requests.assert_not_called("POST /v1/dreams")
    requests.assert_not_called("POST /v1/memory_stores", status=500)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"match": "POST /v1/dreams"}, ["expected POST /v1/dreams, but it never came", "POST /v1/memory_stores"]),
        ({"match": "POST /v1/memory_stores", "times": 2}, ["2 times, but it came 1 times"]),
        ({"match": "POST /v1/memory_stores", "status": 429}, ["answered with 429, but it never came"]),
        (
            {"match": "POST /v1/memory_stores", "body": {"name": "Other"}},
            ["a body that has {'name': 'Other'}", "The nearest body was {'name': 'Notes'}"],
        ),
    ],
    ids=str,
)
def test_a_failing_assertion_says_what_came_instead(scene: Scene, expected: dict[str, Any], said: list[str]) -> None:
    scene.store()
    with pytest.raises(AssertionError) as failure:
        scene.mock.requests.assert_called(**expected)
    for words in [*said, "clock: auto", "POST /v1/memory_stores -> 200"]:
        assert words in str(failure.value)


def test_a_failing_assertion_tells_the_dreams_timeline(scene: Scene) -> None:
    dream = scene.until(scene.dream().id, "running", output=True)
    with pytest.raises(AssertionError) as failure:
        scene.mock.requests.assert_not_called("POST /v1/dreams")
    with pytest.raises(AssertionError) as failure:
        scene.mock.requests.assert_called("POST /v1/dreams/*/cancel")
    story = str(failure.value)
    assert dream.id in story
    assert f"output {dream.outputs[0].memory_store_id}" in story
    assert "waiting for the clock:" in story
    assert "dream steps" in story


@pytest.mark.long
def test_nothing_called_at_all() -> None:
    with MockDreams() as mock, pytest.raises(AssertionError, match="Nothing was called at all"):
        mock.requests.assert_called("GET /v1/dreams")


@pytest.mark.parametrize("limit", ["KEPT", "KEPT_BYTES", "KEPT_TOGETHER_BYTES"])
def test_the_journal_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    server = LocalServer()  # on the one of all tests, worlds of others come and go
    with MockDreams(server=server) as neighbour, MockDreams(server=server) as mock:
        neighbour.http.get("/v1/dreams")  # the quieter world, whose exchange goes first and takes less than one of ours
        mock.http.get("/v1/dreams?limit=1")
        space = server.places.get_or_create(mock.api_key).journal
        others = server.places.journal_bytes - space.bytes
        assert others > 0
        fits = {"KEPT": 5, "KEPT_BYTES": 5 * space.bytes, "KEPT_TOGETHER_BYTES": others + 5 * space.bytes}
        mock.requests.clear()
        monkeypatch.setattr(journal, limit, fits[limit])
        for n in range(8):
            mock.http.get(f"/v1/dreams?limit={n + 1}")
        assert [exchange.query["limit"] for exchange in mock.requests] == ["4", "5", "6", "7", "8"]
    server.stop()


@pytest.mark.long
def test_a_call_from_elsewhere_is_waited_for_in_wall_time(scene: Scene) -> None:
    caller = Timer(0.05, lambda: scene.http.get("/v1/dreams?limit=2"))
    with scene.mock.clock.virtual_sleep():
        caller.start()
        assert scene.mock.requests.wait_for("GET /v1/dreams", status=200).query == {"limit": "2"}
    caller.join()


def test_who_waits_in_vain_is_told_what_came(scene: Scene) -> None:
    scene.store()
    with pytest.raises(TimeoutError, match="expected POST /v1/memory_stores 2 times, but it came 1 times") as told:
        scene.mock.requests.wait_for("POST /v1/memory_stores", times=2, timeout=0)
    assert "last requests:" in str(told.value)
