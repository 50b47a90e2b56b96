"""A request that is answered where it is read has the answer that it has where something has to be waited for first."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest

from mockdreams import MockDreams
from mockdreams.http.app import Application
from mockdreams.http.workspaces import Workspaces
from mockdreams.server import ThreadedServer
from mockdreams.world.core.clock import ClockMode
from tests.support.raw_http import BETAS, Answer, connected

JSON = {"content-type": "application/json"}
KNOWN = {"x-api-key": "sk-one", "anthropic-version": "2023-06-01", "anthropic-beta": BETAS}
STORE = json.dumps({"name": "Notes"})
REQUESTS: list[tuple[str, str, dict[str, str], str]] = [
    ("POST", "/v1/memory_stores", JSON, STORE),
    ("GET", "/v1/memory_stores", {}, ""),
    ("GET", "/v1/memory_stores?limit=1&limit=2", {}, ""),
    ("GET", "/v1/memory_stores?limit=0", {}, ""),
    ("GET", "/v1/memory_stores?nothing=1", {}, ""),
    ("GET", "/v1/memory_stores", JSON, STORE),
    ("HEAD", "/v1/memory_stores", {}, ""),
    ("OPTIONS", "/v1/memory_stores", {}, ""),
    ("PUT", "/v1/memory_stores", JSON, STORE),
    ("POST", "/v1/memory_stores", {}, STORE),
    ("POST", "/v1/memory_stores", {"content-type": "text/plain"}, STORE),
    ("POST", "/v1/memory_stores", JSON, ""),
    ("POST", "/v1/memory_stores", JSON, '{"name":'),
    ("POST", "/v1/memory_stores", JSON, '{"name": 7}'),
    ("POST", "/v1/memory_stores", JSON, '{"name": "x", "names": 1}'),
    ("POST", "/v1/memory_stores", JSON, json.dumps({"name": "x" * 5_000})),
    ("GET", "/v1/memory_stores/memstore_unknown", {}, ""),
    ("GET", "/v1/nothing", {}, ""),
    ("GET", "/v1//dreams", {}, ""),
    ("GET", "/v1/dreams/", {}, ""),
    ("GET", "/v1/dreams", {"anthropic-beta": "managed-agents-2026-04-01"}, ""),
    ("GET", "/v1/dreams", {"anthropic-beta": "no-such-beta-2026-01-01"}, ""),
    ("GET", "/v1/dreams", {"anthropic-version": "1999-01-01"}, ""),
    ("GET", "/v1/dreams", {"x-api-key": ""}, ""),
    ("GET", "/v1/dreams", {"authorization": "Bearer sk-two"}, ""),
    ("GET", "/v1/dreams", {"x-api-key": "sk-env-unknown"}, ""),
    ("POST", "/v1/dreams", JSON, '{"inputs": []}'),
    ("POST", "/v1/sessions/sesn_unknown/events", JSON, '{"events": []}'),
    ("DELETE", "/v1/memory_stores/memstore_unknown", {}, ""),
    ("GET", "/v1/models", {}, ""),
    ("GET", "/v1/memory_stores?limit=1&page=forged", {}, ""),
]


def answers(url: str) -> list[Answer]:
    given = []
    for method, path, headers, body in REQUESTS:
        with connected(cast(MockDreams, SimpleNamespace(url=url, api_key="sk-one"))) as connection:
            sent = {"host": connection.host.decode(), **KNOWN, **headers}
            if body:
                sent["content-length"] = str(len(body))
            head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
            connection.send(f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode())
            answer = connection.receive(body=method != "HEAD")
        given.append(answer._replace(headers={name: said for name, said in answer.headers.items() if name != "date"}))
    return given


@pytest.fixture
def url(mode: ClockMode) -> Iterator[str]:
    server = ThreadedServer(Application(Workspaces(clock=mode)))
    server.start()
    yield server.url
    server.stop()


second_url = url


def noted(url: str) -> list[dict[str, Any]]:
    """What the journal has of them."""
    exchanges = httpx2.get(f"{url}/_mockdreams/requests", headers={"x-api-key": "sk-one"}).json()["data"]
    return [json.loads(json.dumps(each).replace(url.removeprefix("http://"), "host")) for each in exchanges]


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_the_two_ways_to_an_answer_are_one(url: str, second_url: str) -> None:
    never = {"match": "GET /v1/never", "status": 500}
    for server, then in ((url, "DELETE"), (second_url, "POST")):  # with a fault, something may have to be waited for
        for method in ("POST", then):
            faults, key = f"{server}/_mockdreams/faults", {"x-api-key": "sk-one"}
            httpx2.request(method, faults, headers=key, json=never).raise_for_status()
    for at_once, waited, request in zip(answers(url), answers(second_url), REQUESTS, strict=True):
        assert at_once == waited, request
    assert noted(url) == noted(second_url)
