"""docs/fidelity.md says what is so, of the service today and as it was."""

import pytest

from mockdreams.contract.checking.reports import story
from mockdreams.contract.checking.rules import rules
from mockdreams.contract.checking.runner import CheckReport
from mockdreams.contract.checking.workbench import Workbench
from mockdreams.world.core.profiles import PROFILES
from tests.support.contract_server import served
from tools.fidelity import PAGE, page, profile_runs
from tools.mutants import MUTANTS


@pytest.mark.fuzzing
def test_the_page_is_up_to_date(full_run: tuple[Workbench, CheckReport]) -> None:
    with served() as (url, _):
        profiles = profile_runs(url)
    _, report = full_run
    for name, past in profiles.items():
        assert [story(result) for result in past.results if result.outcome == "broken"] == []
        skipped = {result.rule.id for result in past.results if result.outcome == "skipped"}
        assert skipped == {rule.id for rule in rules() if name in rule.not_in.split()} != set()
    noticed = len(MUTANTS)  # test_saboteurs fails if one is not
    assert PAGE.read_text(encoding="utf-8") == page(report, profiles, noticed), "run scripts/fidelity"


def test_a_rule_names_profiles_that_there_are() -> None:
    assert {name for rule in rules() for name in rule.not_in.split()} <= set(PROFILES)
