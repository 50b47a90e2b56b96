"""Drift between a schema and an SDK, each of our own making: every kind of it is seen, on either side.

What the installed SDK says is no matter of these tests: `scripts/drift` reports it, on purpose.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockdreams.cli import main
from mockdreams.contract.drift import drift, sdk, typescript
from mockdreams.contract.drift.type_model import Difference
from mockdreams.contract.schema import packaged
from tests.support import small_sdk

LEFT = [
    "Not looked at: which keys of answers may be absent and which null, for want of the TypeScript SDK",
    "Not looked at: lengths, ranges and patterns of values, which the SDK's types do not have; refusals; descriptions",
]
Document = dict[str, Any]
Change = Callable[[Document], None]
Imported = Callable[..., sdk.Sdk]


@pytest.fixture
def document() -> Document:
    return small_sdk.small_schema()


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Imported:
    """Reads the small SDK, with pieces of its source replaced."""
    return lambda *changes: sdk.read(small_sdk.imported(tmp_path, monkeypatch, *changes))


def shape(document: Document, name: str) -> Any:
    return document["components"]["schemas"][name]


def found(document: Document, theirs: sdk.Sdk, known: str = "[]") -> drift.DriftReport:
    return drift.report_of(document, drift.known(known), theirs)


def test_there_is_none_where_both_say_the_same(document: Document, read: Imported) -> None:
    report = found(document, read())
    assert (report.new, report.known, report.stale) == ((), (), ())
    assert list(report.lines()) == [*LEFT, "anthropic 3.1.0: 0 new differences, 0 known."]


def test_an_sdk_is_read_by_what_it_sends(read: Imported) -> None:
    calls = {f"{method.method} {method.path}": method for method in read().methods}
    assert set(calls) == {
        "GET /v1/dreams",
        "POST /v1/dreams",
        "POST /v1/dreams/{dream_id}/cancel",
        "GET /v1/dreams/{dream_id}/stream",
    }
    listing = calls["GET /v1/dreams"]
    assert (listing.beta, listing.version) == ("dreaming", "2026-10-21")
    assert set(listing.query) == {"limit", "statuses[]"}
    assert listing.query["statuses[]"].shape.items is not None
    assert listing.query["statuses[]"].shape.items.values == {"pending", "canceled"}
    creation = calls["POST /v1/dreams"]
    assert {name: field.required for name, field in creation.body.items()} == {
        "inputs": True,
        "model": True,
        "note": False,
    }
    stream = calls["GET /v1/dreams/{dream_id}/stream"]
    assert stream.event is not None
    assert set(stream.event.objects) == {"started", "ended"}


def removal(document: Document) -> None:
    del shape(document, "Dream")["properties"]["usage"]


def addition(document: Document) -> None:
    shape(document, "Dream")["properties"]["title"] = {"type": "string"}


def optional(document: Document) -> None:
    shape(document, "Dream")["required"].remove("labels")


def nullable(document: Document) -> None:
    shape(document, "Usage")["properties"]["tokens"] = {"type": ["integer", "null"]}


def not_nullable(document: Document) -> None:
    shape(document, "Dream")["properties"]["session_id"] = {"type": "string"}


def retyped(document: Document) -> None:
    shape(document, "Usage")["properties"]["tokens"] = {"type": "string"}


def remapped(document: Document) -> None:
    shape(document, "Dream")["properties"]["labels"]["additionalProperties"] = {"type": "integer"}


def timeless(document: Document) -> None:
    del shape(document, "Time")["format"]


def fewer_values(document: Document) -> None:
    shape(document, "Dream")["properties"]["status"]["enum"].remove("canceled")


def opened(document: Document) -> None:
    shape(document, "Dream")["properties"]["status"] = {"type": "string"}


def fewer_members(document: Document) -> None:
    shape(document, "Author")["oneOf"].pop()


def fewer_events(document: Document) -> None:
    shape(document, "Event")["oneOf"].pop(0)


def no_parameter(document: Document) -> None:
    document["paths"]["/v1/dreams"]["get"]["parameters"].pop(0)


def other_parameter(document: Document) -> None:
    document["components"]["parameters"]["Limit"]["schema"] = {"type": "string"}


def no_operation(document: Document) -> None:
    del document["paths"]["/v1/dreams/{dream_id}/cancel"]


def no_body(document: Document) -> None:
    del document["paths"]["/v1/dreams"]["post"]["requestBody"]


def no_reply(document: Document) -> None:
    document["paths"]["/v1/dreams"]["post"]["responses"]["200"] = {}


def other_id(document: Document) -> None:
    document["paths"]["/v1/dreams/{id}/cancel"] = document["paths"].pop("/v1/dreams/{dream_id}/cancel")


def deeper(document: Document) -> None:
    del shape(document, "Robot")["properties"]["serial"]


def fewer_betas(document: Document) -> None:
    shape(document, "Beta")["enum"].remove("memory")


def other_beta(document: Document) -> None:
    document["components"]["parameters"]["Dreaming"]["schema"]["contains"] = {"const": "memory"}


def older(document: Document) -> None:
    document["components"]["parameters"]["Version"]["schema"]["enum"].pop()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (removal, {Difference("Dream.usage", "field", "sdk")}),
        (addition, {Difference("Dream.title", "field", "schema")}),
        (optional, {Difference("Dream.labels", "may be absent", "schema")}),
        (nullable, {Difference("Usage.tokens", "may be null", "schema")}),
        (not_nullable, {Difference("Dream.session_id", "may be null or absent", "sdk")}),
        (
            retyped,
            {Difference("Usage.tokens", "kind integer", "sdk"), Difference("Usage.tokens", "kind string", "schema")},
        ),
        (
            remapped,
            {
                Difference("Dream.labels{}", "kind string", "sdk"),
                Difference("Dream.labels{}", "kind integer", "schema"),
            },
        ),
        (
            timeless,
            {
                Difference("Dream.created_at", "kind time", "sdk"),
                Difference("Dream.created_at", "kind string", "schema"),
            },
        ),
        (fewer_values, {Difference("Dream.status", "value canceled", "sdk")}),
        (opened, {Difference("Dream.status", "a closed list of values", "sdk")}),
        (fewer_members, {Difference("Dream.author", "member robot", "sdk")}),
        (fewer_events, {Difference("GET /v1/dreams/{dream_id}/stream event", "member started", "sdk")}),
        (no_parameter, {Difference("GET /v1/dreams ?.limit", "field", "sdk")}),
        (
            other_parameter,
            {
                Difference("GET /v1/dreams ?.limit", "kind integer", "sdk"),
                Difference("GET /v1/dreams ?.limit", "kind string", "schema"),
            },
        ),
        (no_operation, {Difference("POST /v1/dreams/{dream_id}/cancel", "operation", "sdk")}),
        (no_body, {Difference("POST /v1/dreams", "body", "sdk")}),
        (no_reply, {Difference("POST /v1/dreams", "reply", "sdk")}),
        (
            other_id,
            {
                Difference("POST /v1/dreams/{id}/cancel", "id {dream_id}", "sdk"),
                Difference("POST /v1/dreams/{id}/cancel", "id {id}", "schema"),
            },
        ),
        (deeper, {Difference("Robot.serial", "field", "sdk")}),
        (fewer_betas, {Difference("anthropic-beta", "value memory", "sdk")}),
        (
            other_beta,
            {
                Difference(call, "beta dreaming", "sdk")
                for call in (
                    "GET /v1/dreams",
                    "POST /v1/dreams",
                    "POST /v1/dreams/{dream_id}/cancel",
                    "GET /v1/dreams/{dream_id}/stream",
                )
            },
        ),
        (older, {Difference("anthropic-version", "value 2026-10-21", "sdk")}),
    ],
)
def test_a_change_of_the_schema_is_seen(
    document: Document, read: Imported, change: Change, expected: set[Difference]
) -> None:
    change(document)
    assert set(found(document, read()).new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    usage: Usage\n", "    usage: Usage\n    title: str\n", {Difference("Dream.title", "field", "sdk")}),
        ("    labels: Dict[str, str]\n", "", {Difference("Dream.labels", "field", "schema")}),
        (
            '"running", "canceled"',
            '"running", "asleep", "canceled"',
            {Difference("Dream.status", "value asleep", "sdk")},
        ),
        ("Union[Person, Robot]", "Person", {Difference("Dream.author", "member robot", "schema")}),
        ("tokens: int", "tokens: int = 0", {Difference("Usage.tokens", "may be null or absent", "sdk")}),
        ('"dreaming", "memory"', '"dreaming", "memory", "new"', {Difference("anthropic-beta", "value new", "sdk")}),
        (
            '"/v1/dreams", json',
            '"/v2/dreams", json',
            {Difference("POST /v1/dreams", "operation", "schema"), Difference("POST /v2/dreams", "operation", "sdk")},
        ),
        (
            '{"note": note}',
            '{"remark": note}',
            {Difference("CreateDream.note", "field", "schema"), Difference("CreateDream.remark", "field", "sdk")},
        ),
        (
            '"2026-10-21"',
            '"2027-01-01"',
            {
                Difference("anthropic-version", "value 2026-10-21", "schema"),
                Difference("anthropic-version", "value 2027-01-01", "sdk"),
            },
        ),
    ],
)
def test_a_change_of_the_sdk_is_seen(
    document: Document, read: Imported, old: str, new: str, expected: set[Difference]
) -> None:
    assert set(found(document, read((old, new))).new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", set()),
        (
            "session_id: string | null",
            "session_id?: string",
            {
                Difference("Dream.session_id", "may be absent", "sdk"),
                Difference("Dream.session_id", "may be null", "schema"),
            },
        ),
        ("session_id: string | null", "session_id: string", {Difference("Dream.session_id", "may be null", "schema")}),
        ("next_page?: string", "next_page: string", {Difference("Page.next_page", "may be absent", "schema")}),
        (
            "next_page?: string",
            "next_page?: string | null",
            {Difference("Page.next_page", "may be null", "sdk")},
        ),
    ],
)
def test_the_typescript_sdk_tells_absent_from_null(
    document: Document, read: Imported, tmp_path: Path, old: str, new: str, expected: set[Difference]
) -> None:
    shape(document, "Page")["properties"]["next_page"] = {"type": "string"}
    beside = typescript.read(small_sdk.write_typescript(tmp_path, (old, new)))
    report = drift.report_of(document, (), read(), beside)
    assert set(report.new) == expected
    assert list(report.lines())[-1].startswith("anthropic 3.1.0 with @anthropic-ai/sdk 1.3.0: ")


def test_what_the_typescript_sdk_lacks_is_named(document: Document, read: Imported, tmp_path: Path) -> None:
    shape(document, "Page")["properties"]["next_page"] = {"type": "string"}
    beside = typescript.read(small_sdk.write_typescript(tmp_path, ("BetaDream", "Other")))
    report = drift.report_of(document, (), read(), beside)
    assert (
        "Not looked at: absent or null, where the TypeScript SDK has no one answer: Dream.session_id" in report.lines()
    )


def test_what_only_typescript_shows_is_not_gone_without_it(document: Document, read: Imported) -> None:
    known = "- {place: Dream.usage, what: may be null, only_in: sdk, typescript: true, reason: So it is.}"
    assert found(document, read(), known).stale == ()


def test_the_typescript_sdk_is_found_above(tmp_path: Path) -> None:
    assert typescript.find(tmp_path) is None
    package = small_sdk.write_typescript(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert typescript.find(tmp_path / "a" / "b") == package


def test_resources_that_are_not_read_are_named(document: Document, read: Imported) -> None:
    more = "class Beta:\n    @property\n    def tunnels(self):\n        raise AssertionError\n\n"
    report = found(document, read(("class Beta:\n", more)))
    assert "Not looked at: the SDK's beta resources tunnels" in report.lines()


def test_a_type_that_is_not_understood_is_named(read: Imported) -> None:
    with pytest.raises(sdk.UnreadableError, match="bytes"):
        read(("tokens: int", "tokens: bytes"))


@pytest.mark.parametrize(
    ("version", "words"),
    [("2.9.1", "The SDK is behind"), ("4.0.0", "The schema is behind"), ("3.1.0", "the schema is wrong")],
)
def test_it_says_which_side_is_behind(document: Document, read: Imported, version: str, words: str) -> None:
    removal(document)
    addition(document)
    lines = list(found(document, read(("3.1.0", version))).lines())
    assert lines[:4] == ["Only the SDK has:", "  Dream.usage: field", "Only the schema has:", "  Dream.title: field"]
    assert words in lines[4]


KNOWN = "- {place: Dream.title, what: field, only_in: schema, reason: It is ours.}"


def test_what_is_known_is_counted_and_not_told(document: Document, read: Imported) -> None:
    addition(document)
    report = found(document, read(), KNOWN)
    assert report.known == (Difference("Dream.title", "field", "schema"),)
    assert list(report.lines()) == [*LEFT, "anthropic 3.1.0: 0 new differences, 1 known."]


def test_stars_stand_for_anything_and_brackets_for_themselves(document: Document, read: Imported) -> None:
    known = '- {place: "GET /v1/dreams ?.statuses[][]", what: "value *", only_in: sdk, reason: Not yet.}'
    document["paths"]["/v1/dreams"]["get"]["parameters"][1]["schema"]["items"]["enum"].pop()
    assert found(document, read(), known).new == ()


def test_what_is_known_and_gone_is_named(document: Document, read: Imported) -> None:
    report = found(document, read(), KNOWN)
    assert [each.place for each in report.stale] == ["Dream.title"]
    assert "No longer so: Dream.title: field" in report.lines()


def test_every_known_difference_has_a_reason() -> None:
    assert all(len(each.reason) > 20 for each in drift.known(packaged("drift.yaml")))


def test_a_report_without_anything_new_ends_well(
    document: Document, read: Imported, capsys: pytest.CaptureFixture[str]
) -> None:
    drift.tell(found(document, read()))
    assert capsys.readouterr().out.splitlines() == [*LEFT, "anthropic 3.1.0: 0 new differences, 0 known."]


@pytest.mark.process
def test_the_command_exits_1_with_something_new(tmp_path: Path) -> None:
    """The small SDK lacks most of what our schema has; the command finds it as it would find the official one."""
    small_sdk.write(tmp_path, "anthropic", ('"dreaming", "memory"', '"dreaming-of-tomorrow"'))
    command = [sys.executable, "-m", "mockdreams", "contract", "drift"]
    run = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert run.returncode == 1, run.stderr
    assert run.stdout.startswith("Only the SDK has:\n")
    assert "  anthropic-beta: value dreaming-of-tomorrow\n" in run.stdout
    assert "  POST /v1/memory_stores: operation\n" in run.stdout
    assert "anthropic 3.1.0: " in run.stdout


def test_the_command_exits_2_without_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    outcome = CliRunner().invoke(main, ["contract", "drift"])
    assert outcome.exit_code == 2
    assert "the official SDK is not installed" in outcome.output
