"""Drift between the schema and the installed SDK: none that is not known, and every kind of it would be seen."""

import sys
from copy import deepcopy
from typing import Any

import pytest
from click.testing import CliRunner

from mockdreams.cli import main
from mockdreams.contract import drift, schema, sdk
from mockdreams.contract.shapes import Difference

Document = dict[str, Any]


@pytest.fixture(scope="module")
def methods() -> list[sdk.Method]:
    return list(sdk.methods())


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch, methods: list[sdk.Method]) -> Document:
    """The document, which a test may change; all else that the comparison reads is as it is."""
    copy = deepcopy(schema.document())
    monkeypatch.setattr(schema, "document", lambda: copy)
    monkeypatch.setattr(drift, "document", lambda: copy)
    monkeypatch.setattr(drift, "operations", lambda: tuple(schema._operations(copy)))
    monkeypatch.setattr(drift, "_component", lambda name: drift._shape(copy["components"]["schemas"][name], name))
    monkeypatch.setattr(sdk, "methods", lambda: methods)
    return copy


def shape(document: Document, name: str) -> Any:
    return document["components"]["schemas"][name]


def test_every_difference_is_known_and_none_is_gone() -> None:
    report = drift.compare()
    assert report.new == ()
    assert report.stale == ()
    assert report.sdk_version == report.schema_version
    assert all(len(known.reason) > 20 for known in report.entries)


def test_the_sdk_is_read_by_what_it_sends(methods: list[sdk.Method]) -> None:
    calls = {f"{method.method} {method.path}": method for method in methods}
    listing = calls["GET /v1/dreams"]
    assert listing.beta == "dreaming-2026-04-21"
    assert {"created_at[gt]", "statuses[]", "limit"} < listing.query.keys()
    assert listing.query["statuses[]"].shape.items is not None
    assert "failed" in listing.query["statuses[]"].shape.items.values
    creation = calls["POST /v1/dreams"]
    assert [name for name, field in creation.body.items() if field.required] == ["inputs", "model"]
    stream = calls["GET /v1/sessions/{session_id}/events/stream"]
    assert stream.event is not None
    assert {"event_delta", "session.deleted", "user.message"} < stream.event.objects.keys()


def test_every_method_of_the_resources_is_read(methods: list[sdk.Method]) -> None:
    calls = {f"{method.method} {method.path}" for method in methods}
    assert len(calls) == len(methods) >= 50


def removal(document: Document) -> None:
    del shape(document, "Dream")["properties"]["usage"]


def addition(document: Document) -> None:
    shape(document, "Dream")["properties"]["title"] = {"type": "string"}


def optional(document: Document) -> None:
    shape(document, "Memory")["required"].remove("path")


def nullable(document: Document) -> None:
    shape(document, "Memory")["properties"]["content_size_bytes"] = {"type": ["integer", "null"]}


def not_nullable(document: Document) -> None:
    shape(document, "Dream")["properties"]["session_id"] = {"type": "string"}


def retyped(document: Document) -> None:
    shape(document, "Tokens")["type"] = "string"


def timeless(document: Document) -> None:
    del shape(document, "Time")["format"]


def fewer_values(document: Document) -> None:
    shape(document, "DreamStatus")["enum"].remove("canceled")


def opened(document: Document) -> None:
    document["components"]["schemas"]["DreamStatus"] = {"type": "string"}


def fewer_members(document: Document) -> None:
    shape(document, "Actor")["oneOf"].pop()


def fewer_events(document: Document) -> None:
    shape(document, "Event")["oneOf"].pop(0)


def no_parameter(document: Document) -> None:
    document["paths"]["/v1/dreams"]["get"]["parameters"].pop(0)


def no_operation(document: Document) -> None:
    del document["paths"]["/v1/dreams/{dream_id}/cancel"]


def no_body(document: Document) -> None:
    del document["paths"]["/v1/dreams"]["post"]["requestBody"]


def other_id(document: Document) -> None:
    paths = document["paths"]
    paths["/v1/dreams/{id}"] = paths.pop("/v1/dreams/{dream_id}")


def deeper(document: Document) -> None:
    del shape(document, "PlainSessionError")["properties"]["retry_status"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (removal, [Difference("Dream.usage", "field", "sdk")]),
        (addition, [Difference("Dream.title", "field", "schema")]),
        (optional, [Difference("Memory.path", "may be absent", "schema")]),
        (nullable, [Difference("Memory.content_size_bytes", "may be null", "schema")]),
        (not_nullable, [Difference("Dream.session_id", "may be null or absent", "sdk")]),
        (fewer_values, [Difference("GET /v1/dreams ?.statuses[][]", "value canceled", "sdk")]),
        (opened, [Difference("Dream.status", "a closed list of values", "sdk")]),
        (fewer_members, [Difference("MemoryVersion.created_by", "member service_account_actor", "sdk")]),
        (fewer_events, [Difference("EventPage.data[]", "member user.message", "sdk")]),
        (no_parameter, [Difference("GET /v1/dreams ?.limit", "field", "sdk")]),
        (no_operation, [Difference("POST /v1/dreams/{dream_id}/cancel", "operation", "sdk")]),
        (no_body, [Difference("POST /v1/dreams", "body", "sdk")]),
        (other_id, [Difference("GET /v1/dreams/{id}", "id {dream_id}", "sdk")]),
        (deeper, [Difference("PlainSessionError.retry_status", "field", "sdk")]),
        (
            retyped,
            [
                Difference("DreamUsage.input_tokens", "kind integer", "sdk"),
                Difference("DreamUsage.input_tokens", "kind string", "schema"),
            ],
        ),
        (timeless, [Difference("Dream.created_at", "kind time", "sdk")]),
    ],
)
def test_drift_of_every_kind_is_seen(changed: Document, change: Any, expected: list[Difference]) -> None:
    change(changed)
    assert set(expected) <= set(drift.compare().new)


def test_a_difference_is_told_once(changed: Document) -> None:
    removal(changed)
    assert len(drift.compare().new) == 1


@pytest.mark.parametrize(
    ("installed", "words"),
    [("2.9.1", "The SDK is behind"), ("3.0.0", "The schema is behind"), ("2.11.0", "the schema is wrong")],
)
def test_it_says_which_side_is_behind(
    changed: Document, monkeypatch: pytest.MonkeyPatch, installed: str, words: str
) -> None:
    removal(changed)
    addition(changed)
    monkeypatch.setattr(sdk, "version", lambda: installed)
    lines = list(drift.compare().lines())
    assert lines[:4] == ["Only the SDK has:", "  Dream.usage: field", "Only the schema has:", "  Dream.title: field"]
    assert words in lines[4]


def test_what_is_known_and_gone_is_named(changed: Document) -> None:
    del shape(changed, "MemoryPage")["properties"]["prefixes"]
    report = drift.compare()
    assert [known.place for known in report.stale] == ["MemoryPage.prefixes"]
    assert "No longer so: MemoryPage.prefixes: field" in report.lines()


def test_the_command_exits_0_with_nothing_new() -> None:
    outcome = CliRunner().invoke(main, ["contract", "drift"])
    assert outcome.exit_code == 0, outcome.output
    assert "0 new differences" in outcome.output


def test_the_command_exits_1_with_something_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "packaged", lambda name: "[]")
    outcome = CliRunner().invoke(main, ["contract", "drift"])
    assert outcome.exit_code == 1
    assert "MemoryPage.prefixes: field" in outcome.output


def test_the_command_exits_2_without_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    outcome = CliRunner().invoke(main, ["contract", "drift"])
    assert outcome.exit_code == 2
    assert "the official SDK is not installed" in outcome.output
