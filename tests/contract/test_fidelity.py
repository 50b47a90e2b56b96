"""docs/fidelity.md says what is so."""

from mockdreams.contract.checking.runner import run, selected
from tests.support.contract_server import served, with_workbench
from tools.fidelity import PAGE, page
from tools.mutants import MUTANTS


def test_the_page_is_up_to_date() -> None:
    with served() as (url, _), with_workbench(url) as stage:
        report = run(stage, "full", selected())
    noticed = len(MUTANTS)  # test_saboteurs fails if one is not
    assert PAGE.read_text(encoding="utf-8") == page(report, noticed), "run scripts/fidelity"
