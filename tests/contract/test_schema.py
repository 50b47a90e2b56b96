"""The schema itself, and that answers are really held to it."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from mockdreams.contract.schema import document, find, operations
from mockdreams.http.service_router import all_routes
from mockdreams.wire.betas import KNOWN
from mockdreams.wire.errors import STATUS
from mockdreams.wire.events import EVENT_TYPES
from tests.support.helpers import ABSENT, Scene
from tests.support.schema_conformance import Heard, complaints, violations

PARAMS = re.compile(r"\{\w+\}")


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"][name]
    return found


def heard(call: str, status: int, body: str, *, request: str = "", query: str = "", **headers: str) -> Heard:
    """An answer that no application gave."""
    method, path = call.split()
    visit: Any = SimpleNamespace(body=request.encode(), fault=None, by="world")
    sent = {"request-id": "req_" + ABSENT, **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {"method": method, "path": path, "query_string": query.encode()}
    return Heard(scope, visit, status, sent, [body.encode()], whole=True)


@pytest.mark.deep
def test_the_document_is_valid_openapi() -> None:
    """Each day it is only compiled, and all that tests are answered is held to it."""
    from openapi_spec_validator import validate

    validate(document())


def test_every_operation_that_is_served_is_described() -> None:
    served = {(route.method, PARAMS.sub("{}", route.path)) for route in all_routes() if route.path.startswith("/v1/")}
    described = {(operation.method, PARAMS.sub("{}", operation.path)) for operation in operations()}
    assert served <= described


def test_every_shape_is_closed() -> None:
    open_ones = [
        name
        for name, shape in document()["components"]["schemas"].items()
        if shape.get("type") == "object" and shape.get("additionalProperties", True) is True
    ]
    assert open_ones == ["InputSchema", "CreateMessage", "CountTokens", "InputMessage", "InputBlock", "UploadFile"]


def test_what_is_required_exists() -> None:
    shapes = [shape for shape in document()["components"]["schemas"].values() if "properties" in shape]
    assert all(set(shape.get("required", ())) <= set(shape["properties"]) for shape in shapes)


def test_lists_of_values_are_those_of_the_fake() -> None:
    assert set(schema("Beta")["enum"]) == KNOWN
    assert set(schema("EventType")["enum"]) == EVENT_TYPES
    assert set(schema("ErrorBody")["properties"]["type"]["enum"]) == set(STATUS)


def test_events_of_the_union_are_those_of_the_filter_and_the_end() -> None:
    shapes = [schema(each["$ref"].rsplit("/", 1)[1]) for each in schema("Event")["oneOf"]]
    assert {shape["properties"]["type"]["const"] for shape in shapes} == EVENT_TYPES | {"session.deleted"}


def test_operations_are_found_by_their_most_literal_path() -> None:
    found = find("GET", "/v1/sessions/sesn_1/events/stream")
    assert found is not None
    assert found.path == "/v1/sessions/{session_id}/events/stream"
    assert find("GET", "/v1/sessions/sesn_1/nothing") is None
    assert find("PUT", "/v1/dreams") is None


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (heard("GET /v1/dreams", 200, '{"data": []}'), '"next_page" is a required property'),
        (heard("GET /v1/dreams", 200, '{"data": [], "next_page": null, "x": 1}'), "'x' was unexpected"),
        (heard("GET /v1/dreams", 200, "oops"), "the answer is not JSON"),
        (heard("GET /v1/dreams", 418, "{}"), "this status is not documented"),
        (heard("GET /v1/dreams", 409, "{}"), "this status is not documented"),
        (heard("GET /v1/dreams", 400, '{"type": "error"}'), '"error" is a required property'),
        (heard("GET /v1/dreams", 200, "{}"), "the header anthropic-workspace-id is missing"),
        (heard("GET /v1/dreams", 404, "{}", request_id="x"), "the header request-id"),
        (heard("GET /v1/dreams", 200, "{}", query="limit=101"), "101 is greater than the maximum of 100"),
        (heard("GET /v1/dreams", 200, "{}", query="statuses[]=done"), "the accepted parameter statuses[] at 0"),
        (heard("POST /v1/dreams", 200, "{}", request="{}"), 'an accepted body: "inputs" is a required property'),
        (heard("GET /v1/nowhere", 200, "{}"), "this status is not documented where nothing is served"),
        (heard("PUT /v1/dreams", 404, "{}"), "this status is not documented where nothing is served"),
        (heard("GET /v1/sessions/s/events/stream", 200, "event: x\ndata: {}\n\n"), "an event"),
    ],
)
def test_a_wrong_answer_is_complained_about(answer: Heard, complaint: str) -> None:
    assert any(complaint in words for words in complaints(answer))


def test_of_a_union_only_the_likeliest_member_is_explained() -> None:
    event = {"id": "sevt_" + ABSENT, "type": "session.status_running", "processed_at": "today"}
    (words,) = violations({"$ref": "#/components/schemas/Event"}, event, "it")
    assert words == 'it at processed_at: "today" is not a "date-time"'


def test_an_age_is_never_negative(scene: Scene) -> None:
    made = [scene.session() for _ in range(3)]
    assert [scene.beta.sessions.retrieve(id).stats.duration_seconds for id in made] == [0, 0, 0]
