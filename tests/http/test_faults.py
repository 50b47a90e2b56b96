"""HTTP faults, and what the official SDK makes of each."""

from contextlib import suppress
from typing import Any

import anthropic
import httpx2
import pytest

from mockdreams import MockDreams
from tests.support.helpers import Scene, refused
from tests.support.streams import said_before_silence

LIST = "GET /v1/dreams"
RETRIES = 2


@pytest.mark.parametrize(
    ("fault", "raised", "attempts"),
    [
        ({"status": 400}, anthropic.BadRequestError, 1),
        ({"status": 401}, anthropic.AuthenticationError, 1),
        ({"status": 402}, anthropic.APIStatusError, 1),
        ({"status": 403}, anthropic.PermissionDeniedError, 1),
        ({"status": 404}, anthropic.NotFoundError, 1),
        ({"status": 408}, anthropic.APIStatusError, 1 + RETRIES),
        ({"status": 409}, anthropic.ConflictError, 1 + RETRIES),
        ({"status": 409, "headers": {"x-should-retry": "false"}}, anthropic.ConflictError, 1),
        ({"status": 413}, anthropic.RequestTooLargeError, 1),
        ({"status": 429}, anthropic.RateLimitError, 1 + RETRIES),
        ({"status": 500}, anthropic.InternalServerError, 1 + RETRIES),
        ({"status": 500, "headers": {"x-should-retry": "false"}}, anthropic.InternalServerError, 1),
        ({"status": 502}, anthropic.InternalServerError, 1 + RETRIES),
        ({"status": 503}, anthropic.ServiceUnavailableError, 1 + RETRIES),
        ({"status": 504}, anthropic.DeadlineExceededError, 1 + RETRIES),
        ({"status": 529}, anthropic.OverloadedError, 1 + RETRIES),
        ({"drop": "before"}, anthropic.APIConnectionError, 1 + RETRIES),
        ({"drop": "during"}, anthropic.APIConnectionError, 1 + RETRIES),
    ],
    ids=str,
)
def test_what_the_sdk_raises_and_how_often_it_asks(
    mockdreams: MockDreams, fault: dict[str, Any], raised: type[Exception], attempts: int
) -> None:
    mockdreams.faults.add(LIST, times=10, **fault)
    with mockdreams.client(max_retries=RETRIES) as client:
        with pytest.raises(raised):
            client.beta.dreams.list()
        assert mockdreams.requests.count(LIST) == attempts
        mockdreams.faults.clear()
        assert client.beta.dreams.list().data == []


@pytest.mark.parametrize("fault", [{"status": 529}, {"status": 429}, {"drop": "before"}, {"drop": "during"}], ids=str)
@pytest.mark.long
def test_the_sdk_gets_over_what_passes(mockdreams: MockDreams, fault: dict[str, Any]) -> None:
    mockdreams.faults.add(LIST, times=RETRIES, **fault)
    with mockdreams.client(max_retries=RETRIES) as client:
        assert client.beta.dreams.list().data == []
    assert mockdreams.requests.count(LIST) == RETRIES + 1
    assert mockdreams.requests.count(LIST, status=200) == 1


@pytest.mark.parametrize(
    ("status", "type"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_a_status_has_the_services_own_body(scene: Scene, status: int, type: str) -> None:
    scene.mock.faults.add(LIST, status=status)
    refused(scene.http.get("/v1/dreams"), status, type)


def test_a_bad_gateway_is_a_proxys_html(scene: Scene) -> None:
    scene.mock.faults.add(LIST, status=502)
    response = scene.http.get("/v1/dreams")
    assert response.headers["content-type"] == "text/html"
    assert response.text.startswith("<html>")


def test_body_and_headers_can_be_given(scene: Scene) -> None:
    scene.mock.faults.add(LIST, status=418, body={"i am": "a teapot"}, headers={"X-Tea": "green"})
    scene.mock.faults.add(LIST, status=503, body="gone fishing", headers={"content-type": "text/x-note"})
    first, second = scene.http.get("/v1/dreams"), scene.http.get("/v1/dreams")
    assert (first.status_code, first.json(), first.headers["x-tea"]) == (418, {"i am": "a teapot"}, "green")
    assert (second.text, second.headers["content-type"]) == ("gone fishing", "text/x-note")


@pytest.mark.parametrize(("fault", "made"), [({"status": 500}, 0), ({"drop": "before"}, 0), ({"drop": "during"}, 1)])
def test_only_a_lost_answer_has_been_acted_upon(scene: Scene, fault: dict[str, Any], made: int) -> None:
    body = scene.body()
    scene.mock.faults.add("POST /v1/dreams", **fault)
    with suppress(httpx2.TransportError):
        scene.http.post("/v1/dreams", json=body)
    assert len(scene.beta.dreams.list().data) == made


def test_calls_before_and_after_are_let_through(scene: Scene) -> None:
    scene.mock.faults.add(LIST, status=500, after=2, times=2)
    assert [scene.http.get("/v1/dreams").status_code for _ in range(6)] == [200, 200, 500, 500, 200, 200]


def test_only_matching_calls_are_struck(scene: Scene) -> None:
    store = scene.store()
    scene.mock.faults.add("GET /v1/memory_stores/*", status=500, times=9)
    scene.mock.faults.add("* /v1/memory_stores/*/archive", status=529)
    assert scene.http.get("/v1/memory_stores").status_code == 200
    assert scene.http.get(f"/v1/memory_stores/{store}/memories").status_code == 200
    assert scene.http.get(f"/v1/memory_stores/{store}").status_code == 500
    assert scene.http.post(f"/v1/memory_stores/{store}").status_code == 400
    assert scene.http.post(f"/v1/memory_stores/{store}/archive").status_code == 529


@pytest.mark.long
def test_probability_comes_from_a_seed(scene: Scene) -> None:
    def outcomes(seed: int) -> list[int]:
        scene.mock.faults.clear()
        scene.mock.faults.add(LIST, status=500, times=100, probability=0.5, seed=seed)
        return [scene.http.get("/v1/dreams").status_code for _ in range(30)]

    first = outcomes(1)
    assert 5 < first.count(500) < 25
    assert outcomes(1) == first
    assert outcomes(2) != first


def test_latency_delays_an_ordinary_answer(scene: Scene) -> None:
    scene.mock.faults.add(LIST, latency=60)
    with scene.mock.client(max_retries=0, timeout=0.05) as client, pytest.raises(anthropic.APITimeoutError):
        client.beta.dreams.list()
    scene.mock.faults.add(LIST, latency=0.05)
    assert scene.http.get("/v1/dreams").status_code == 200


def test_a_drop_during_the_body_leaves_it_unfinished(scene: Scene) -> None:
    scene.mock.faults.add(LIST, drop="during")
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete message body"):
        scene.http.get("/v1/dreams")


def test_a_stalled_stream_says_nothing_more(scene: Scene) -> None:
    scene.mock.faults.add("GET /v1/sessions/*/events/stream", stall_after_events=2, times=None)

    def listen(timeout: httpx2.Timeout, said: list[str]) -> None:
        session = scene.session()
        scene.send(session, "Hello.")
        client = scene.mock.client(timeout=timeout, max_retries=0)
        with client, client.beta.sessions.events.stream(session) as stream:
            said.extend(event.type for event in stream)

    assert said_before_silence(listen, 2) == ["session.status_running", "session.thread_status_running"]


def test_a_cut_stream_ends_in_the_middle_of_an_event(scene: Scene) -> None:
    scene.mock.faults.add("GET /v1/sessions/*/events/stream", cut_after_events=2)
    session = scene.session()
    scene.send(session, "Hello.")
    parts: list[bytes] = []
    with scene.http.stream("GET", f"/v1/sessions/{session}/events/stream") as response:
        chunks = response.iter_raw()
        with pytest.raises(httpx2.RemoteProtocolError):
            parts.extend(chunks)
    whole = b"".join(parts).split(b"\n\n")
    assert [part.split(b"\n")[0] for part in whole[1:3]] == [
        b"event: session.status_running",
        b"event: session.thread_status_running",
    ]
    assert len(whole) == 4
    assert 0 < len(whole[3]) < 100


def test_faults_are_set_and_seen_over_http(scene: Scene) -> None:
    fault = {"match": LIST, "status": 503, "times": 2}
    assert scene.http.post("/_mockdreams/faults", json=fault).json() == {"data": [{**fault, "struck": 0}]}
    assert scene.http.get("/v1/dreams").status_code == 503
    assert scene.http.get("/_mockdreams/faults").json() == {"data": [{**fault, "struck": 1}]}
    assert list(scene.mock.faults) == [{**fault, "struck": 1}]
    assert scene.http.delete("/_mockdreams/faults").json() == {"data": []}
    assert scene.http.get("/v1/dreams").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": 200},
        {"status": "many"},
        {"status": 500, "drop": "before"},
        {"drop": "sometimes"},
        {"latency": -1},
        {"status": 500, "times": 0},
        {"status": 500, "probability": 2},
        {"latency": 1, "body": "x"},
        {"status": 500, "match": "dreams"},
        {"status": 500, "often": True},
    ],
    ids=str,
)
def test_mistaken_faults_are_refused_and_change_nothing(scene: Scene, fields: dict[str, Any]) -> None:
    refused(scene.http.post("/_mockdreams/faults", json={"match": LIST, **fields}), 400, "invalid_request_error")
    with pytest.raises(ValueError, match=r"."):
        scene.mock.faults.add(**{"match": LIST, **fields})
    assert list(scene.mock.faults) == []


def test_faults_belong_to_one_world(scene: Scene) -> None:
    with MockDreams() as other:
        other.faults.add(LIST, status=500, times=9)
        assert scene.http.get("/v1/dreams").status_code == 200
        assert other.http.get("/v1/dreams").status_code == 500
        other.reset()
        assert other.http.get("/v1/dreams").status_code == 200


@pytest.mark.parametrize("name", ["retry-after", "Retry-After"])
def test_the_callers_own_retry_after_is_the_only_one(scene: Scene, name: str) -> None:
    scene.mock.faults.add("GET /v1/dreams", status=429, headers={name: "30"})
    headers = scene.http.get("/v1/dreams").headers
    assert headers.get_list("retry-after") == ["30"]
    assert "retry-after-ms" not in headers
