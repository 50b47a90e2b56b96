"""Stubs: what a test lets any path answer, and who answers when several could."""

from typing import Any

import anthropic
import httpx2
import pytest

from mockdreams import ControlError, MockDreams
from tests.support.helpers import Scene, refused

ANYTHING = "POST /v1/anything/**"


def test_a_stub_answers_a_path_that_nothing_serves(scene: Scene) -> None:
    stub = scene.mock.stubs.add(ANYTHING, status=201, json={"made": [1, 2]}, headers={"X-Note": "seen"})
    for path in ("/v1/anything", "/v1/anything/a", "/v1/anything/a/b/c"):
        response = scene.http.post(path, json={"asked": path})
        assert (response.status_code, response.json()) == (201, {"made": [1, 2]})
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-note"] == "seen"
        assert response.headers["request-id"].startswith("req_")
    assert scene.http.get("/v1/anything/a").status_code == 404
    assert scene.http.post("/v1/anythingelse").status_code == 404
    assert (stub.hits, stub.used) == (3, True)


def test_the_official_sdk_reads_a_stub(scene: Scene) -> None:
    counted = {"input_tokens": 7, "context_management": None}
    scene.mock.stubs.add("POST /v1/messages/count_tokens", json=counted)
    with scene.mock.client() as client:
        answer = client.messages.count_tokens(model="m", messages=[{"role": "user", "content": "Hello."}])
    assert answer.input_tokens == 7
    (exchange,) = scene.mock.requests.select("POST /v1/messages/count_tokens")
    assert (exchange.by, exchange.response, exchange.hint) == ("stub", counted, None)
    assert exchange.body["model"] == "m"


def test_a_text_and_nothing_at_all(scene: Scene) -> None:
    scene.mock.stubs.add("GET /v1/text", body="plain words")
    scene.mock.stubs.add("GET /v1/page", body="<p>", headers={"content-type": "text/html"})
    scene.mock.stubs.add("GET /v1/empty", status=204)
    text, page, empty = (scene.http.get(f"/v1/{name}") for name in ("text", "page", "empty"))
    assert (text.text, text.headers["content-type"]) == ("plain words", "text/plain; charset=utf-8")
    assert (page.text, page.headers["content-type"]) == ("<p>", "text/html")
    assert (empty.status_code, empty.content) == (204, b"")
    assert "content-type" not in empty.headers


def test_an_error_has_the_services_own_body(scene: Scene) -> None:
    scene.mock.stubs.add("GET /v1/busy", status=529)
    response = scene.http.get("/v1/busy")
    refused(response, 529, "overloaded_error")
    assert response.headers["retry-after-ms"] == "1"


def test_events_are_a_stream_that_the_official_sdk_reads(scene: Scene) -> None:
    scene.mock.stubs.add("POST /v1/messages", events=[{"type": "ping"}, ": a comment", {"type": "message_stop"}])
    with scene.mock.client() as client:
        stream = client.messages.create(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "Hello."}], stream=True
        )
        assert [event.type for event in stream] == ["message_stop"]
    response = scene.http.post("/v1/messages", json={})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.text == (
        'event: ping\ndata: {"type": "ping"}\n\n: a comment\n\nevent: message_stop\ndata: {"type": "message_stop"}\n\n'
    )


def test_fault_then_stub_then_world_then_404(scene: Scene) -> None:
    scene.mock.stubs.add("GET /v1/dreams", times=1, json={"from": "stub"})
    fault = scene.mock.faults.add("* /**", status=529, times=2)
    assert scene.http.get("/v1/nowhere").status_code == 529
    assert scene.http.get("/v1/dreams").status_code == 529
    assert scene.http.get("/v1/dreams").json() == {"from": "stub"}
    assert scene.http.get("/v1/dreams").json()["data"] == []
    assert scene.http.get("/v1/nowhere").status_code == 404
    assert [exchange.by for exchange in scene.mock.requests] == ["fault", "fault", "stub", "world", "world"]
    assert fault.hits == 2


@pytest.mark.parametrize("call", ["PUT /v1/dreams", "GET /", "DELETE /v1/nowhere/at/all", "GET /v1/files"])
def test_faults_strike_paths_and_methods_that_are_not_served(scene: Scene, call: str) -> None:
    method, path = call.split()
    scene.mock.faults.add(call, status=503)
    scene.mock.faults.add("* /**", drop="before")
    assert scene.http.request(method, path).status_code == 503
    with pytest.raises(httpx2.RemoteProtocolError):
        scene.http.request(method, path)
    assert [(exchange.by, exchange.status) for exchange in scene.mock.requests] == [("fault", 503), ("fault", None)]


def test_a_fault_delays_and_breaks_a_stubs_answer(scene: Scene) -> None:
    stub = scene.mock.stubs.add("GET /v1/files", json={"data": []})
    scene.mock.faults.add("GET /v1/files", latency=0.01)
    scene.mock.faults.add("GET /v1/files", drop="during")
    assert scene.http.get("/v1/files").json() == {"data": []}
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete message body"):
        scene.http.get("/v1/files")
    assert stub.hits == 2


def test_those_that_end_answer_in_their_order_and_then_the_newest_of_the_others(scene: Scene) -> None:
    def add(name: str, **fields: Any) -> None:
        scene.mock.stubs.add("GET /v1/x", json=name, **fields)

    add("default")
    add("first", times=1)
    add("newer")
    add("second", times=2, after=1)
    assert [scene.http.get("/v1/x").json() for _ in range(5)] == ["first", "newer", "second", "second", "newer"]


def test_a_stub_takes_its_time(scene: Scene) -> None:
    scene.mock.stubs.add("POST /v1/messages", latency=60, json={})
    with scene.mock.client(max_retries=0, timeout=0.05) as client, pytest.raises(anthropic.APITimeoutError):
        client.post("/v1/messages", cast_to=object, body={})


@pytest.mark.long
def test_stubs_need_no_beta_and_no_version_but_a_key(scene: Scene) -> None:
    scene.mock.stubs.add("GET /v1/dreams", json={"data": "mine"})
    with httpx2.Client(base_url=scene.mock.url, trust_env=False) as bare:
        assert bare.get("/v1/dreams", headers={"x-api-key": scene.mock.api_key}).json() == {"data": "mine"}
        refused(bare.get("/v1/dreams"), 401, "authentication_error")


def test_stubs_are_set_and_seen_over_http(scene: Scene) -> None:
    stub = {"match": ANYTHING, "json": {"a": None}, "times": 2}
    assert scene.http.post("/_mockdreams/stubs", json=stub).json() == {"data": [{**stub, "struck": 0}]}
    assert scene.http.post("/v1/anything/x").json() == {"a": None}
    assert scene.http.get("/_mockdreams/stubs").json() == {"data": [{**stub, "struck": 1}]}
    assert list(scene.mock.stubs) == [{**stub, "struck": 1}]
    assert scene.http.get("/_mockdreams/requests").json()["data"][-1]["by"] == "stub"
    assert scene.http.delete("/_mockdreams/stubs").json() == {"data": []}
    assert scene.http.post("/v1/anything/x").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": 99}, "status"),
        ({"status": 600}, "status"),
        ({"json": {}, "body": "x"}, "only one of json, body and events"),
        ({"events": "ping"}, "events"),
        ({"events": [7]}, "events"),
        ({"events": [{"no": "type"}]}, "an event has a type"),
        ({"events": [{"type": "a\nb"}]}, "an event has a type"),
        ({"status": 204, "body": "x"}, "204 has no body"),
        ({"headers": {"content-length": "1"}}, "content-length"),
        ({"latency": -1}, "latency"),
        ({"times": 0}, "times"),
        ({"match": "everything"}, "match"),
        ({"match": "POST /a?b=c"}, "match"),
        ({"jsn": {}}, "jsn"),
    ],
    ids=str,
)
def test_mistaken_stubs_are_refused_in_one_line_and_change_nothing(
    scene: Scene, fields: dict[str, Any], said: str
) -> None:
    stub = {"match": ANYTHING, **fields}
    answer = scene.http.post("/_mockdreams/stubs", json=stub)
    refused(answer, 400, "invalid_request_error")
    message = answer.json()["error"]["message"]
    assert said in message
    assert "\n" not in message
    with pytest.raises(ControlError, match=said):
        scene.mock.stubs.add(**stub)
    assert list(scene.mock.stubs) == []


def test_stubs_belong_to_one_world_and_end_with_it(scene: Scene) -> None:
    with MockDreams() as other:
        other.stubs.add("GET /v1/x", json=1)
        assert scene.http.get("/v1/x").status_code == 404
        assert other.http.get("/v1/x").json() == 1
        other.stubs.clear()
        assert other.http.get("/v1/x").status_code == 404
        other.stubs.add("GET /v1/x", json=1)
        other.reset()
        assert other.http.get("/v1/x").status_code == 404


def test_a_stub_that_nothing_met_is_told(scene: Scene) -> None:
    scene.mock.stubs.add("GET /v1/files/*/content", body="x")
    scene.mock.stubs.add("GET /v1/met", json={})
    scene.http.get("/v1/met")
    scene.http.get("/v1/files/file_1")
    assert scene.mock.unused() == [
        "stub 'GET /v1/files/*/content' body='x' was never met: no request matched; the nearest was "
        "GET /v1/files/file_1"
    ]


def test_other_ids_are_the_same_whether_or_not_something_waits(scene: Scene) -> None:
    """A stub that does not match changes no byte of what the world answers."""

    def asked(mock: MockDreams) -> list[tuple[str, str]]:
        calls = ("/v1/nowhere", "/v1/dreams", "/v1/dreams/drm_1")
        return [(answer.text, answer.headers["request-id"]) for answer in (mock.http.get(path) for path in calls)]

    with MockDreams(api_key="sk-ant-same") as plain:
        first = asked(plain)
    with MockDreams(api_key="sk-ant-same") as prepared:
        prepared.stubs.add("GET /v1/else", json={})
        prepared.faults.add("GET /v1/else", status=500)
        second = asked(prepared)
    assert first[1:] == second[1:]
