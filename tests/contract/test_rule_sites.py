"""Code, rule and check belong together: a refusal names the rules that it keeps, and each of them has its check."""

import ast
import re
from pathlib import Path

import pytest

import mockdreams
from mockdreams.contract.checking.registry import checks
from mockdreams.contract.checking.rules import rules

pytestmark = pytest.mark.long

PACKAGE = Path(mockdreams.__file__).parent
REFUSALS = {rule.id for rule in rules() if re.search(r"-4\d\d$", rule.id)}
"""Rules whose id ends in a status."""


def named(file: Path) -> set[str]:
    """The rules that a module names: as `rule=` of a refusal, or in a comment `# rule: …` above the statement."""
    text = file.read_text("utf-8")
    said = [
        str(keyword.value.value)
        for node in ast.walk(ast.parse(text if "rule=" in text else ""))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "rule" and isinstance(keyword.value, ast.Constant)
    ]
    said += re.findall(r"^\s*# rule: (.+)$", text, re.MULTILINE)
    return {id for ids in said for id in ids.split()}


@pytest.fixture(scope="module")
def sites() -> dict[str, set[str]]:
    """What each module names."""
    return {
        file.relative_to(PACKAGE).as_posix(): named(file)
        for file in sorted(PACKAGE.rglob("*.py"))
        if "contract" not in file.parts[len(PACKAGE.parts) :]
    }


def test_what_the_code_names_is_a_rule(sites: dict[str, set[str]]) -> None:
    known = {rule.id for rule in rules()}
    assert {file: ids - known for file, ids in sites.items() if ids - known} == {}


def test_every_refusal_has_its_place_in_the_code(sites: dict[str, set[str]]) -> None:
    assert REFUSALS - set().union(*sites.values()) == set()


def test_every_refusal_has_its_check() -> None:
    assert REFUSALS - {rule.id for rule in rules() if rule.unproved} <= set(checks())
