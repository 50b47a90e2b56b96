"""`mockdreams contract check`: what it prints and writes, how it exits, what it leaves behind."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from mockdreams.cli import main
from mockdreams.contract.checking import console
from mockdreams.contract.client import target
from mockdreams.contract.client.answers import TargetResponse
from mockdreams.contract.client.throttle import PER_MINUTE, Throttle
from tests.support.contract_server import Wrapped, served, with_workbench
from tests.support.inner_pytest import run_pytest
from tests.support.servers import serving
from tests.support.warm_commands import programs
from tools.mutants.answers import status
from tools.mutants.patching import falsify

KEY = "sk-command"
DEAF = "http://127.0.0.1:9"


UNPROVED = "webhook-envelope"
"""A rule that no check can prove from outside."""


@pytest.fixture
def server() -> Iterator[tuple[str, Wrapped]]:
    with served() as server:
        yield server


@pytest.fixture
def url(server: tuple[str, Wrapped]) -> str:
    return server[0]


def check(url: str, *options: str, input: str | None = None) -> Result:
    command = ["contract", "check", "--target", url, "--api-key", KEY, *options]
    return CliRunner().invoke(main, command, input=input)


def only(*rules: str) -> list[str]:
    return [word for rule in rules for word in ("--rule", rule)]


@pytest.mark.deep
def test_every_rule_of_the_tier_is_told_and_holds(url: str) -> None:
    result = check(url, "--verbose")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert any("holds   key-missing-401: " in line for line in lines)
    assert any("skipped dream-create-200: " in line and "(tier cheap)" in line for line in lines)
    assert " 0 broken, " in lines[-1]


@pytest.mark.parametrize("options", [(), ("--verbose",)])
@pytest.mark.long
def test_without_rich_it_says_the_same(url: str, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    chosen = ["--tier", "cheap", *only("envelope", "dream-transitions", UNPROVED), *options]
    with_rich = check(url, *chosen).output
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert check(url, *chosen).output == with_rich


@pytest.mark.long
def test_what_holds_is_only_counted_and_what_is_unproved_comes_before_that(url: str) -> None:
    result = check(url, "--tier", "cheap", *only("envelope", "key-missing-401", "dream-transitions", UNPROVED))
    unproved, counted = result.output.splitlines()
    assert unproved.startswith(f"unproved {UNPROVED}: ")
    assert counted == f"2 holds, 0 broken, 2 skipped: {url}, tier cheap"


def test_a_broken_rule_is_shown_with_its_answer(
    server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, app = server
    falsify(status("POST", "/v1/memory_stores", 200, 201))(monkeypatch, app)
    files = {kind: tmp_path / f"report.{kind}" for kind in ("junit", "json", "markdown")}
    options = [word for kind, file in files.items() for word in (f"--{kind}", str(file))]
    rules = ("store-create-200", "store-name-empty-400", "dream-transitions")
    result = check(url, "--tier", "cheap", *only(*rules), *options)
    assert result.exit_code == 1
    assert "broken  store-create-200: " in result.output
    assert "the status is 201, not 200" in result.output
    assert "POST /v1/memory_stores" in result.output
    suite = ET.fromstring(files["junit"].read_text())
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    assert "-> 201" in (suite.findtext("testcase/failure") or "")
    rows = {row["id"]: row for row in json.loads(files["json"].read_text())["rules"]}
    assert [rows[rule]["outcome"] for rule in rules] == ["broken", "holds", "skipped"]
    assert "-> 201" in rows["store-create-200"]["shown"]
    assert "**`store-create-200`**" in files["markdown"].read_text()


@pytest.mark.long
def test_a_target_that_makes_no_sense_breaks_rules_and_not_the_run(
    server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nonsense(reply: object) -> None:
        reply.body = ["nonsense"]  # type: ignore[attr-defined]

    url, app = server
    falsify(nonsense)(monkeypatch, app)
    result = check(
        url, "--tier", "full", *only("dream-create-200", "store-list-pages", "envelope", "events-turn-order")
    )
    assert result.exit_code == 1, result.output
    assert result.output.count("broken ") >= 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", DEAF], "cannot reach"),
        (["--target", "nonsense"], "is not an http or https URL"),
        (["--target", "ftp://127.0.0.1"], "is not an http or https URL"),
        (["--tier", "dear"], "is not one of"),
        (["--rule", "no-such-rule"], "no such rule: no-such-rule\n"),
        (
            ["--rule", "dream-archive-live-40"],
            "no such rule: dream-archive-live-40; did you mean dream-archive-live-400?",
        ),
    ],
)
def test_what_cannot_run_exits_2(url: str, arguments: list[str], words: str) -> None:
    result = check(url, *arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_target_that_is_gone_exits_2() -> None:
    with served() as (url, _):
        pass
    assert check(url, "--tier", "full").exit_code == 2


@pytest.mark.long
def test_another_machine_is_asked_about_first(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "is_local", lambda host: False)
    refused = check(url, "--tier", "full", input="n\n")
    assert refused.exit_code == 2
    assert "dreams, named mockdreams-contract-…" in refused.output
    assert "expect dollars" in refused.output
    agreed = check(url, *only("envelope"), input="y\n")
    assert agreed.exit_code == 0
    assert "creates nothing and costs nothing" in agreed.output
    assert check(url, "--yes", *only("envelope")).exit_code == 0


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("api.anthropic.com", False), ("10.0.0.1", False)],
)
def test_what_is_local(host: str, local: bool) -> None:
    assert target.is_local(host) is local


def test_the_throttle_stays_below_the_limits() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    throttle = Throttle(sleep, lambda: now[0])
    for _ in range(PER_MINUTE["create"]):
        throttle.wait("POST")
    for _ in range(PER_MINUTE["read"]):
        throttle.wait("GET")
    assert slept == []
    throttle.wait("DELETE")
    assert slept == [60]
    throttle.wait("GET")
    assert slept == [60]


def test_secrets_are_not_shown() -> None:
    answer = TargetResponse(
        "GET", "/v1/dreams", None, {"x-api-key": "sk-secret", "anthropic-beta": None}, 200, {}, "{}"
    )
    assert "sk-secret" not in str(answer)
    assert "anthropic-beta: (none)" in str(answer)


@pytest.mark.process
def test_ctrl_c_cleans_up(url: str) -> None:
    with with_workbench(url, KEY) as stage:  # so that the run is not over before it is interrupted
        stage.target.control(
            "POST", "/faults", {"match": "GET /v1/memory_stores/*/memory_versions", "latency": 0.2, "times": 100}
        )
    command = [str(programs() / "mockdreams"), "contract", "check", "--target", url, "--api-key", KEY]
    with subprocess.Popen([*command, "--tier", "full", "--verbose"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "holds   store-update-partial" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
    assert process.returncode == 2
    assert "interrupted" in rest
    assert "could not be removed" not in rest
    with with_workbench(url, KEY) as stage:
        stage.target.control("DELETE", "/faults")
        for kind in ("memory_stores", "sessions", "environments", "agents", "dreams"):
            assert stage.listed(f"/v1/{kind}") == []
        assert stage.listed("/v1/agents", {"include_archived": True})


@pytest.mark.long
def test_the_fakes_clock_is_as_it_was(url: str) -> None:
    with with_workbench(url, KEY) as stage:
        stage.target.control("POST", "/clock", {"mode": "manual"})
        assert check(url, "--tier", "full", *only("dream-transitions")).exit_code == 0
        assert stage.target.control("GET", "/clock")["mode"] == "manual"


@pytest.mark.process
def test_a_control_api_is_used_only_by_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving("--port", "0", "--clock", "manual", "--control-token", "token-of-ours") as (url, _):
        for token, levers in ((None, False), ("wrong", False), ("token-of-ours", True)):
            if token is not None:
                monkeypatch.setenv("MOCKDREAMS_CONTROL_TOKEN", token)
            with with_workbench(url, KEY) as stage:
                assert stage.target.is_fake is levers
            assert check(url, *only("key-missing-401")).exit_code == 0


@pytest.mark.process
def test_a_fake_without_control_api_is_a_service_like_any_other() -> None:
    with serving("--port", "0", "--no-control") as (url, _):
        assert check(url, "--tier", "cheap", *only("store-update-partial")).exit_code == 0


def test_as_a_pytest_target_each_rule_is_a_test(pytester: pytest.Pytester, url: str) -> None:
    result = run_pytest(
        pytester, "--pyargs", "mockdreams.contract", "--mockdreams-target", url, "--mockdreams-target-api-key", KEY,
        "--mockdreams-target-tier", "read", "-p", "no:cacheprovider", "-q", "-rs",
    )  # fmt: skip
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] > 60
    assert "failed" not in outcomes
    assert outcomes["skipped"] > 100


def test_the_table_names_every_outcome() -> None:
    assert set(console.COLOURS) == {"holds", "broken", "skipped"}
