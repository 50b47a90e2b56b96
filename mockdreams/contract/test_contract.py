"""The contract as tests: `pytest --pyargs mockdreams.contract --mockdreams-target URL`; each rule is one."""

from collections.abc import Iterator

import pytest

from mockdreams.contract.reports import story
from mockdreams.contract.rules import Rule, covered, rules
from mockdreams.contract.runner import prove
from mockdreams.contract.stage import MODEL, Stage
from mockdreams.contract.target import Target


@pytest.fixture(scope="session")
def contract_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The stage on which the checks of this session act: the service that the options name, else the fake."""
    url = request.config.getoption("--mockdreams-target")
    key = request.config.getoption("--mockdreams-target-api-key")
    if url is None:
        url, key = request.getfixturevalue("mockdreams_server").url, "sk-ant-mockdreams-contract"
    with Target(url, key or "") as target:
        stage = Stage(target, model=request.config.getoption("--mockdreams-target-model") or MODEL)
        yield stage
        stage.strike()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_rule(contract_stage: Stage, rule: Rule, request: pytest.FixtureRequest) -> None:
    if rule.tier not in covered(request.config.getoption("--mockdreams-target-tier")):
        pytest.skip(f"tier {rule.tier}")
    result = prove(contract_stage, rule)
    if result.outcome == "skipped":
        pytest.skip(result.words)
    assert result.outcome == "holds", f"{rule.rule}\n{story(result)}"
