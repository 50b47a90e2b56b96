"""What the README says, done as it says."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.test_server import serving

README = (Path(__file__).parents[1] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_python_examples_are_tests_that_pass(pytester: pytest.Pytester) -> None:
    for number, block in enumerate(blocks("python")):
        pytester.makepyfile(**{f"test_example_{number}": block})
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed="".join(blocks("python")).count("\ndef test_"))


def test_the_shell_examples_answer_without_errors() -> None:
    script = "\n".join(blocks("sh"))
    assert script.count("curl") == 3
    with serving("--port", "0", "--clock", "manual") as (url, _):
        done = subprocess.run(
            ["bash", "-ec", script.replace("http://127.0.0.1:4010", url)], capture_output=True, text=True, check=True
        )
    assert '"type":"memory_store"' in done.stdout
    assert '"next_page":null' in done.stdout
    assert '"mode": "manual"' in done.stdout
    assert "error" not in done.stdout


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    assert all((Path(__file__).parents[1] / link).exists() for link in links)
