"""docs/fidelity.md says what is so."""

from mockdreams.contract.runner import run, selected
from tests.contract_server import served, staged
from tests.fidelity import PAGE, page
from tests.saboteurs import SABOTAGES


def test_the_page_is_up_to_date() -> None:
    with served() as (url, _), staged(url) as stage:
        report = run(stage, "full", selected())
    noticed = len(SABOTAGES)  # test_saboteurs fails if one is not
    assert PAGE.read_text(encoding="utf-8") == page(report, noticed), "run scripts/fidelity"
