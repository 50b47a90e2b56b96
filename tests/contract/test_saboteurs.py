"""The contract can fail: planted faults, one by one, and the checks that have to notice them.

The suite plants one fault in four; each week, and where this file is named, all are.
"""

from collections.abc import Iterator

import pytest

from mockdreams.contract.checking.rules import rules
from tests.support.contract_server import Wrapped, served
from tests.support.deep import one_in
from tools.mutants import MUTANTS
from tools.mutants.patching import Mutant, caught

pytestmark = [pytest.mark.fuzzing, pytest.mark.off_schema]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Wrapped]]:
    with served() as server:
        yield server


@pytest.mark.parametrize("sabotage", one_in(8, MUTANTS), ids=lambda sabotage: sabotage.fault)
def test_a_planted_fault_is_noticed(server: tuple[str, Wrapped], sabotage: Mutant) -> None:
    broken = caught(sabotage, *server, only=frozenset(sabotage.breaks))
    assert {result.rule.id for result in broken} == set(sabotage.breaks)
    assert not [result.shown for result in broken if "Internal server error" in result.shown], "it only crashed"


@pytest.mark.deep
def test_without_a_fault_those_rules_hold(server: tuple[str, Wrapped]) -> None:
    """As test_contract has it of all rules, each day."""
    everything = frozenset(rule for sabotage in MUTANTS for rule in sabotage.breaks)
    assert everything <= {rule.id for rule in rules()}
    assert caught(Mutant("no fault at all", ()), *server, only=everything) == []


def test_there_are_many_and_no_two_alike() -> None:
    assert len({sabotage.fault for sabotage in MUTANTS}) == len(MUTANTS) >= 40
