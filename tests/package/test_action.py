"""The action for GitHub: its lines, run as a runner does."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from tests.support.examples import DATA, PAGES, ROOT, parse
from tests.support.helpers import HANG_GUARD

pytestmark = pytest.mark.process

ACTION: dict[str, Any] = DATA["yaml"]((ROOT / "action.yml").read_text("utf-8"))
MAKES_A_STORE = (
    'curl -sS --fail "$ANTHROPIC_BASE_URL/v1/memory_stores" -H "x-api-key: $ANTHROPIC_API_KEY"'
    ' -H "anthropic-version: 2023-06-01" -H "anthropic-beta: managed-agents-2026-04-01" -d \'{"name": "Notes"}\''
)


QUICK_PYTHON = f"""#!/bin/sh
[ "$2" != venv ] || set -- "$@" --without-pip
exec {sys.executable} "$@"
"""
"""The pip of an environment is that of the suite: to unpack another takes longer than all the rest."""


class Runner:
    """One job: a folder for what is temporary, and what the steps have put out."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "mockdreams"
        self.outputs: dict[str, str] = {}
        self._folder = folder
        self._workspace = folder / "workspace"
        self._workspace.mkdir()
        (folder / "bin").mkdir()
        (folder / "bin" / "python3").write_text(QUICK_PYTHON)
        (folder / "bin" / "python3").chmod(0o755)
        self._env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "PYTEST_"))},
            "RUNNER_TEMP": str(folder),
            "GITHUB_WORKSPACE": str(self._workspace),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(folder / "outputs"),
            "PIP_NO_DEPS": "1",  # what it depends on is that of the suite
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_NO_COMPILE": "1",
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": sysconfig.get_path("purelib"),
        }

    def use(self, step: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run a step by its name."""
        given = {name: field["default"] for name, field in ACTION["inputs"].items()} | inputs
        (found,) = (each for each in ACTION["runs"]["steps"] if each["name"] == step)
        env = {name: self._fill(value, given) for name, value in found.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
            cwd=self._workspace,
            env=self._env | env,
            capture_output=True,
            text=True,
            timeout=HANG_GUARD,
        )
        written = self._folder / "outputs"
        if written.exists():
            self.outputs = dict(line.split("=", 1) for line in written.read_text().splitlines())
        return done

    def _fill(self, value: str, inputs: dict[str, str]) -> str:
        value = re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], value)
        return re.sub(r"\$\{\{ steps\.start\.outputs\.(\w+) \}\}", lambda found: self.outputs[found[1]], value)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.mark.deep
def test_it_installs_starts_runs_and_tells_the_story(runner: Runner) -> None:
    """Each day test_package installs a checkout, and runs what is in it."""
    installed = runner.use("Install")
    assert installed.returncode == 0, installed.stderr
    program = runner.home / "bin" / "mockdreams"
    program.write_text(f'#!/bin/bash\necho $$ > {runner.home}/pid\nexec {runner.home}/bin/python -m mockdreams "$@"\n')
    started = runner.use("Start", options="--clock manual --profile current")
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", runner.outputs["url"])
        ran = runner.use("Run", run=MAKES_A_STORE)
        assert '"name":"Notes"' in ran.stdout, ran.stderr
        assert runner.use("Run", run="false\ntrue").returncode == 1
        told = runner.use("Tell the story")
        assert told.returncode == 0, told.stderr
        assert "POST /v1/memory_stores" in (runner.home / "story.txt").read_text()
        assert "clock: manual" in (runner.home / "story.txt").read_text()
    finally:
        os.kill(int((runner.home / "pid").read_text()), signal.SIGTERM)


def test_a_server_that_cannot_start_fails_the_step_and_says_why(runner: Runner) -> None:
    program = runner.home / "bin" / "mockdreams"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/bash\necho Error: no such option >&2\nexit 2\n")
    program.chmod(0o755)
    started = runner.use("Start")
    assert (started.returncode, runner.outputs) == (1, {})
    assert "no such option" in started.stdout


def test_it_is_described_and_its_expressions_name_what_there_is() -> None:
    parse(["serve", "--port", "0", *ACTION["inputs"]["options"]["default"].split()])
    steps = ACTION["runs"]["steps"]
    assert all(field["description"] for field in [*ACTION["inputs"].values(), *ACTION["outputs"].values()])
    assert all(step.get("shell") == "bash" for step in steps if "run" in step)
    named = re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text("utf-8"))
    assert set(named) == set(ACTION["inputs"])
    assert not [step["name"] for step in steps if "${{" in step.get("run", "")], "an input is no code"


def test_the_docs_use_inputs_that_it_has() -> None:
    used = [
        step.get("with", {})
        for page in PAGES
        for block in page.blocks
        if block.language == "yaml" and "steps" in (steps := DATA["yaml"](block.content))
        for step in steps["steps"]
        if "/mockdreams@" in step.get("uses", "")
    ]
    assert used
    assert {name for each in used for name in each} <= set(ACTION["inputs"])
