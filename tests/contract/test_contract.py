"""The contract: the fake keeps every rule, every rule has its check, and the checks know nothing of the fake."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockdreams import contract
from mockdreams.contract.checking.costs import CREATED
from mockdreams.contract.checking.registry import checks
from mockdreams.contract.checking.reports import story
from mockdreams.contract.checking.rules import TIERS, EvidenceSource, Tier, read, rules, sources
from mockdreams.contract.checking.runner import CheckReport, run, selected
from mockdreams.contract.checking.workbench import Workbench
from mockdreams.world.core.profiles import PROFILES
from tests.support.contract_server import served, with_workbench
from tools.fidelity import PAGE, page, profile_runs
from tools.mutants import MUTANTS

CODE = sorted(Path(contract.__file__).parent.rglob("*.py"))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served() as (url, _):
        yield url


@pytest.fixture(scope="module")
def full_run() -> Iterator[tuple[Workbench, CheckReport]]:
    """A run of every check against a fake of its own, once for all tests that look at it."""
    with served() as (url, _), with_workbench(url, "sk-full") as stage:
        yield stage, run(stage, "full", selected())


def test_every_rule_has_a_check_and_every_check_a_rule() -> None:
    assert set(checks()) == {rule.id for rule in rules() if not rule.unproved}
    assert len(checks()) >= 150


RULE = "- {id: a-rule, tier: read, evidence: recorded, source: 'probes: 12', rule: It is so.}"
SOURCES = (EvidenceSource("probes", "recorded", "Raw answers."), EvidenceSource("guide", "docs", "Prose."))


def test_a_rule_cites_where_it_is_from() -> None:
    (rule,) = read(RULE, SOURCES)
    assert rule.source == "probes: 12"
    (rule,) = read(RULE.replace("probes: 12", "probes: 12; guide: errors"), SOURCES)
    assert rule.source == "probes: 12; guide: errors"
    (rule,) = read(RULE.replace("probes: 12", "our choice").replace("recorded", "inferred"), SOURCES)
    assert (rule.evidence, rule.source) == ("inferred", "our choice")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (" source: 'probes: 12',", "", "not a rule: .*source"),
        ("probes: 12", "", "a-rule: no source"),
        ("probes: 12", "hearsay: 3", "a-rule: sources.yaml has no 'hearsay'"),
        ("probes: 12", "probes: 12; hearsay: 3", "a-rule: sources.yaml has no 'hearsay'"),
        ("probes: 12", "guide: errors", "a-rule: guide is docs, not recorded"),
        ("recorded", "rumoured", "a-rule: 'read' or 'rumoured' is not a tier or a kind of evidence"),
        ("It is so.}", "It is so.}\n" + RULE, "these rules are there twice: .'a-rule'."),
    ],
)
def test_a_rule_that_cites_badly_is_refused(old: str, new: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(RULE.replace(old, new), SOURCES)


def test_every_source_is_cited() -> None:
    cited = " ".join(rule.source for rule in rules())
    assert [source.id for source in sources() if f"{source.id}:" not in cited] == []


def test_every_rule_is_a_sentence() -> None:
    for rule in rules():
        assert rule.rule.endswith((".", '."')), rule.id


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_the_contract_imports_nothing_of_the_fake(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        foreign = [name for name in names if name.startswith("mockdreams") and not is_own(name)]
        assert foreign == []
        assert not (isinstance(node, ast.ImportFrom) and node.level), "relative imports hide where they lead"


def is_own(name: str) -> bool:
    """Of the contract, or of what lies below every room."""
    leaves = ("data", "extras", "files", "patterns", "quiet_server", "secrets", "suggestions")
    below = {"mockdreams.contract", *(f"mockdreams.{leaf}" for leaf in leaves)}
    return name in below or name.startswith("mockdreams.contract.")


@pytest.mark.process
def test_running_the_checks_loads_nothing_of_the_fake() -> None:
    code = (
        "import sys; from mockdreams.contract.checking import registry, runner; registry.checks();"
        "print([name for name in sys.modules if name.startswith('mockdreams.')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(is_own(name) for name in ast.literal_eval(out))


@pytest.mark.long
def test_a_full_run_proves_every_rule_and_removes_what_it_created(full_run: tuple[Workbench, CheckReport]) -> None:
    assert_proved_and_removed(*full_run)


@pytest.mark.long
@pytest.mark.deep  # the full run has all of their rules
@pytest.mark.parametrize("tier", ["read", "cheap"])
def test_a_run_proves_every_rule_of_its_tier_and_removes_what_it_created(url: str, tier: Tier) -> None:
    with with_workbench(url, f"sk-{tier}") as stage:
        assert_no_model_worked(stage, assert_proved_and_removed(stage, run(stage, tier, selected())))


def assert_proved_and_removed(stage: Workbench, report: CheckReport) -> list[Any]:
    """What was sent and accepted."""
    tier = report.tier
    proved = {rule.id for rule in rules() if not rule.unproved and TIERS.index(rule.tier) <= TIERS.index(tier)}
    outcomes = {result.rule.id: result.outcome for result in report.results}
    assert proved <= set(outcomes)
    assert [story(each) for each in report.results if each.rule.id in proved and each.outcome != "holds"] == []
    assert report.left == []
    assert {kind: count for kind, count in stage.litter.created.items() if count} == CREATED[tier]
    for kind in ("memory_stores", "sessions", "environments", "agents", "dreams", "files"):
        assert stage.listed(f"/v1/{kind}") == []
    requests: list[Any] = stage.target.control("GET", "/requests?match=POST%20/v1/**&status=200")["data"]
    names = accepted_names(requests)
    assert [name for name in names if not name.startswith(stage.run)] == []
    assert (names == []) is (tier == "read")
    return requests


def accepted_names(requests: list[Any]) -> list[str]:
    named = re.compile(r"/v1/(memory_stores|environments|agents)(/[^/]*)?")
    return [r["body"]["name"] for r in requests if named.fullmatch(r["path"]) and r["body"] and r["body"].get("name")]


def assert_no_model_worked(stage: Workbench, requests: list[Any]) -> None:
    said = [event for r in requests if r["path"].endswith("/events") for event in r["body"]["events"]]
    assert {event["type"] for event in said} <= {"user.interrupt"}
    for dream in stage.listed("/v1/dreams", {"include_archived": True}):
        assert (dream["status"], sum(dream["usage"].values())) == ("canceled", 0)


@pytest.mark.fuzzing
def test_the_page_of_fidelity_is_up_to_date(full_run: tuple[Workbench, CheckReport]) -> None:
    """It says what is so, of the service today and as it was."""
    with served() as (url, _):
        profiles = profile_runs(url)
    _, report = full_run
    for name, past in profiles.items():
        assert [story(result) for result in past.results if result.outcome == "broken"] == []
        skipped = {result.rule.id for result in past.results if result.outcome == "skipped"}
        assert skipped == {rule.id for rule in rules() if name in rule.not_in.split()} != set()
    noticed = len(MUTANTS)  # test_saboteurs, with all its cases, fails if one is not
    assert PAGE.read_text(encoding="utf-8") == page(report, profiles, noticed), "run scripts/fidelity"


def test_a_rule_names_profiles_that_there_are() -> None:
    assert {name for rule in rules() for name in rule.not_in.split()} <= set(PROFILES)
