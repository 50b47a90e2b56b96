"""docs/ci.md: what it tells people to type is what there is."""

import re
from pathlib import Path

import yaml
from click.testing import CliRunner

from mockdreams.cli import main
from mockdreams.pytest_plugin import CONTRACT_OPTIONS

PAGE = (Path(__file__).parent.parent / "docs" / "ci.md").read_text(encoding="utf-8")


def test_the_workflow_is_yaml_with_two_jobs() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.S)
    workflow = yaml.safe_load(example)
    assert set(workflow["jobs"]) == {"fake", "service"}


def test_its_options_exist() -> None:
    commands = ("check", "record", "replay")
    help = "".join(CliRunner().invoke(main, ["contract", each, "--help"]).output for each in commands)
    known = {option for option, *_ in CONTRACT_OPTIONS} | set(re.findall(r"--[a-z-]+", help)) | {"--pyargs"}
    assert set(re.findall(r"(?<!-)--[a-z][a-z-]+", PAGE)) <= known
