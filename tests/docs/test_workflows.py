"""The workflows that the docs show, run line by line from where they would run: a checkout."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.examples import DATA, PAGES, ROOT
from tests.support.helpers import HANG_GUARD
from tests.support.servers import serving

pytestmark = pytest.mark.process

SERVICE = "https://api.anthropic.com"


def lines() -> list[str]:
    """What the steps of all jobs run. What is installed once, by a line that installs more, is there for the next."""
    runs = [
        step["run"]
        for page in PAGES
        for block in page.blocks
        if block.language == "yaml" and "jobs" in (workflow := DATA["yaml"](block.content))
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    installs = [set(shlex.split(run)) for run in runs if run.startswith("pip install ")]
    return [run for run in runs if not any(set(shlex.split(run)) < more for more in installs)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runner")


@pytest.fixture(scope="module")
def checkout(folder: Path) -> Path:
    """What is tracked, or is about to be, in a folder of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            copy = folder / "checkout" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy)
    return folder / "checkout"


@pytest.fixture(scope="module")
def machine(folder: Path) -> dict[str, str]:
    """The environment of a machine that has what we depend on, and not us."""
    home = folder / "venv"
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    ours = Path(sysconfig.get_path("purelib"))
    for entry in ours.iterdir():
        if (
            not entry.name.startswith(
                ("mockdreams", "_mockdreams", "pytest_asyncio", "pytest_randomly", "pytest_xdist", "xdist")
            )
            and not (site / entry.name).exists()
            and entry.suffix != ".pth"
        ):
            (site / entry.name).symlink_to(entry)
    for name, module in (("pytest", "pytest"), ("pip", "pip._internal.cli.main")):
        script = home / "bin" / name
        script.write_text(f"#!{home / 'bin' / 'python'}\nimport {module}\nraise SystemExit({module}.main())\n")
        script.chmod(0o755)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "PYTEST_", "PYTHON"))
    }
    return kept | {
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PYTEST_ADDOPTS": "-k dream-archive --assert=plain",
        "ANTHROPIC_API_KEY": "sk-of-the-machine",
        "PIP_NO_COMPILE": "1",
        "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }


def test_every_line_works_in_a_checkout(checkout: Path, machine: dict[str, str]) -> None:
    """Of the contract, which has tests of its own, a part."""
    assert [run for run in lines() if run.startswith("pip install ")]
    with serving("--port", "0", "--clock", "auto") as (url, _):
        for run in lines():
            done = subprocess.run(
                ["bash", "-e", "-c", run.replace(SERVICE, url).replace("tier cheap", "tier read")],
                cwd=checkout,
                env=machine,
                capture_output=True,
                text=True,
                timeout=HANG_GUARD,
            )
            assert done.returncode == 0, f"{run}\n{done.stdout}{done.stderr}"
    imported = [
        machine["PATH"].partition(os.pathsep)[0] + "/python",
        "-c",
        "import mockdreams; print(mockdreams.__file__)",
    ]
    found = subprocess.run(
        imported, cwd=checkout.parent, env=machine, capture_output=True, text=True, check=True
    ).stdout
    assert "site-packages" in found
    assert sys.prefix not in found
