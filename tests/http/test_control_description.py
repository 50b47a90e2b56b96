"""The description of the control API: it is valid, whole, and what the operations answer fits it."""

from typing import Any

import httpx2
import jsonschema_rs
import pytest

from mockdreams import MockDreams
from mockdreams.http.control import DOCUMENTS, HEALTH, OF_SERVER, ROUTES

CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/health", None),
    ("GET", "/clock", None),
    ("POST", "/clock", {"advance": 5}),
    ("GET", "/policy", None),
    ("PATCH", "/policy", {"dreams_per_day": 3}),
    ("POST", "/faults", {"match": "GET /v1/models", "status": 529}),
    ("GET", "/faults", None),
    ("DELETE", "/faults", None),
    ("POST", "/stubs?name=moons", {"match": "GET /v1/moons", "json": {"moons": 2}}),
    ("GET", "/stubs", None),
    ("POST", "/messages/scripts", {"content": "Hello."}),
    ("POST", "/dreams/scripts", {"fail": "timeout", "at": 0.5}),
    ("POST", "/sessions/scripts", {"turns": ["Hi.", [{"tool": "bash"}]]}),
    ("POST", "/vaults/scripts", {"outcome": "valid"}),
    ("GET", "/prepared", None),
    ("GET", "/requests?match=GET%20/v1/**", None),
    ("GET", "/coverage", None),
    ("GET", "/story", None),
    ("POST", "/reset", {"scenario": {"policy": {"enrolled": False}}}),
    ("GET", "/snapshot", None),
    ("DELETE", "/requests", None),
    ("DELETE", "/world", None),
]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    with MockDreams() as mock:
        document: dict[str, Any] = httpx2.get(f"{mock.url}/_mockdreams/openapi.json").json()
        return document


def validator(described: dict[str, Any], schema: dict[str, Any]) -> Any:
    return jsonschema_rs.validator_for({**schema, "components": described["components"]})


@pytest.mark.long
def test_it_is_openapi_and_has_every_operation_once(described: dict[str, Any]) -> None:
    from openapi_spec_validator import validate  # which takes as long as this module

    validate(described)
    operations = {(path, method.upper()) for path, item in described["paths"].items() for method in item}
    served = {(f"/_mockdreams{route.path}", "GET") for route in (*HEALTH, *DOCUMENTS, *OF_SERVER)}
    served |= {(f"/_mockdreams{route.path}", method) for route in ROUTES for method in route.operations}
    assert operations == served
    names = [operation["operationId"] for item in described["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))
    assert {"show_clock", "update_clock", "add_faults", "add_dreams_scripts", "reset"} <= set(names)
    assert all(operation["summary"] for item in described["paths"].values() for operation in item.values())


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
@pytest.mark.long
def test_bodies_and_answers_fit_it(
    mockdreams: MockDreams, described: dict[str, Any], method: str, path: str, body: Any
) -> None:
    operation = described["paths"][f"/_mockdreams{path.partition('?')[0]}"][method.lower()]
    if body is not None:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert [error.message for error in validator(described, schema).iter_errors(body)] == []
        assert not validator(described, schema).is_valid({"unknown": 1})
    mockdreams.http.get("/v1/agents")
    answer = mockdreams.http.request(method, f"/_mockdreams{path}", json=body)
    assert answer.status_code == 200
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert [error.message for error in validator(described, schema).iter_errors(answer.json())] == []


@pytest.mark.long
def test_a_refusal_fits_it(mockdreams: MockDreams, described: dict[str, Any]) -> None:
    refused = mockdreams.http.post("/_mockdreams/faults", json={"statsu": 1})
    assert refused.status_code == 400
    assert validator(described, {"$ref": "#/components/schemas/ControlError"}).is_valid(refused.json())


@pytest.mark.long
def test_fields_are_described_by_the_words_of_the_code(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert schemas["ClockUpdate"]["properties"]["advance"]["description"] == "Virtual seconds to move forward."
    undescribed = [
        f"{name}.{field}"
        for name in ("Fault", "Stub", "DreamScript", "SessionScript", "MessageScript", "ResetOptions", "Policy")
        for field, schema in schemas[name]["properties"].items()
        if "description" not in schema
    ]
    assert undescribed == []
