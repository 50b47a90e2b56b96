"""llms.txt: short, and what it names is there."""

import re

from mockdreams import pytest_plugin
from tests.support.examples import DATA, ROOT

TEXT = (ROOT / "llms.txt").read_text("utf-8")


def test_it_has_the_form_and_its_links_lead_somewhere() -> None:
    assert re.match(r"# mockdreams\n\n> .+\n\n", TEXT)
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert len(links) > 20
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_the_skill_says_when_it_is_for() -> None:
    _, header, _ = (ROOT / "SKILL.md").read_text("utf-8").split("---\n", 2)
    told = DATA["yaml"](header)
    assert told["name"] == "mockdreams"
    assert 40 < len(told["description"]) < 1024


def test_the_words_of_the_marker_are_its_own() -> None:
    marked = re.findall(r"@pytest\.mark\.mockdreams\(([^`]+)\)", TEXT)
    names = {name for each in marked for name in re.findall(r"(\w+)=", each)}
    assert names
    assert all(f"{name}=..." in pytest_plugin.MARKER for name in names)
