"""The contract as tests: `pytest --pyargs mockdreams.contract --mockdreams-target URL`; each rule is one."""

from collections.abc import Iterator

import pytest

from mockdreams.contract.checking.reports import story
from mockdreams.contract.checking.rules import Rule, covered, rules
from mockdreams.contract.checking.runner import prove
from mockdreams.contract.checking.workbench import MODEL, Workbench
from mockdreams.contract.client.target import Target


@pytest.fixture(scope="session")
def contract_stage(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """The stage on which the checks of this session act: the service that the options name, else the fake."""
    url = request.config.getoption("--mockdreams-target")
    key = request.config.getoption("--mockdreams-target-api-key")
    if url is None:
        url, key = request.getfixturevalue("mockdreams_server").url, "sk-ant-mockdreams-contract"
    with Target(url, key or "") as target:
        stage = Workbench(target, model=request.config.getoption("--mockdreams-target-model") or MODEL)
        yield stage
        stage.tear_down()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_rule(contract_stage: Workbench, rule: Rule, request: pytest.FixtureRequest) -> None:
    if rule.tier not in covered(request.config.getoption("--mockdreams-target-tier")):
        pytest.skip(f"tier {rule.tier}")
    result = prove(contract_stage, rule)
    if result.outcome == "skipped":
        pytest.skip(result.words)
    assert result.outcome == "holds", f"{rule.rule}\n{story(result)}"
