"""What whoever runs a server looks at: health, readiness, figures, and the log."""

import json
import re

import httpx2
import pytest

from mockdreams import MockDreams
from tests.support.servers import serving

KEY = "sk-ant-operating-abcd"
HEADERS = {"x-api-key": KEY, "anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01"}


def figures(mock: MockDreams) -> dict[str, float]:
    told = mock.http.get("/_mockdreams/metrics")
    assert told.status_code == 200
    assert told.headers["content-type"].startswith("text/plain; version=")
    lines = [line.rpartition(" ") for line in told.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_health_and_readiness_are_asked_without_a_key(mockdreams: MockDreams) -> None:
    with httpx2.Client(base_url=mockdreams.url) as anybody:
        assert anybody.get("/_mockdreams/ready").json() == {"status": "ready"}
        for path in ("/_mockdreams/health", "/_mockdreams/ready"):
            answer = anybody.head(path)
            assert (answer.status_code, answer.content) == (200, b"")


def test_figures_count_what_there_is_and_requests_of_worlds_that_are_gone(mockdreams: MockDreams) -> None:
    before = figures(mockdreams)
    mockdreams.client().beta.memory_stores.create(name="Notes")
    after = figures(mockdreams)
    stores = 'mockdreams_records{kind="memory_stores"}'
    assert after[stores] == before[stores] + 1
    assert after["mockdreams_requests_total"] >= before["mockdreams_requests_total"] + 1
    mockdreams.reset()
    again = figures(mockdreams)
    assert again["mockdreams_requests_total"] >= after["mockdreams_requests_total"]
    assert again[stores] == before[stores]


@pytest.mark.process
def test_each_request_has_a_line_of_json_without_its_key() -> None:
    arguments = ("--port", "0", "--log-level", "access", "--log-format", "json")
    with serving(*arguments) as (url, process):
        with httpx2.Client(base_url=url, headers=HEADERS) as client:
            client.get("/v1/agents")
            client.get("/v1/agent", headers={"x-secret": KEY})
            client.get("/_mockdreams/health", headers={"x-api-key": ""})
        process.terminate()
        assert process.stderr is not None
        told = process.stderr.read()
    assert KEY not in told
    lines = [json.loads(line) for line in told.splitlines()]
    requests = [line for line in lines if line["level"] == "access"]
    assert [(line["method"], line["path"], line["status"], line["key"]) for line in requests] == [
        ("GET", "/v1/agents", 200, "…abcd"),
        ("GET", "/v1/agent", 404, "…abcd"),
        ("GET", "/_mockdreams/health", 200, None),
    ]
    assert requests[1]["hint"] == "nothing is served at /v1/agent; the nearest path is /v1/agents"
    for line in requests:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["microseconds"] > 0
