"""What is published: a wheel and an sdist that work alone, in an environment that has nothing else of ours."""

import os
import re
import shlex
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.examples import ROOT, Page, commands_of_workflows
from tests.support.helpers import HANG_GUARD
from tests.support.servers import serving

pytestmark = pytest.mark.process

SERVICE = "https://api.anthropic.com"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the sdist, which lies beside it."""
    folder = tmp_path_factory.mktemp("sdist")
    build("sdist", ROOT, folder)
    (sdist,) = folder.glob("*.tar.gz")
    run("tar", "-xzf", str(sdist), "-C", str(folder))
    return folder / sdist.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist."""
    folder = tmp_path_factory.mktemp("wheel")
    build("wheel", unpacked, folder)
    (found,) = folder.glob("*.whl")
    return found


def build(target: str, source: Path, folder: Path) -> None:
    """As `python -m build` does, which starts six processes for it."""
    run(sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder), cwd=source)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, the official SDK and pytest, in the versions tested here."""
    home = tmp_path_factory.mktemp("user") / "venv"
    venv.create(home, with_pip=False)
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-cache"]
    run(*uv, "--python", str(home / "bin" / "python"), "--no-deps", str(wheel))
    link_what_is_required(home, [], "mockdreams[sdk]", "pytest")
    return home


def link_what_is_required(home: Path, others: list[str], *wanted: str) -> None:
    """What these require, and what that requires, out of this environment and `others`: as pip would, in no time."""
    (site,) = home.glob("lib/python*/site-packages")
    waiting, met = [Requirement(each) for each in wanted], set[tuple[str, frozenset[str]]]()
    while waiting:
        requirement = waiting.pop()
        if (key := (requirement.name, frozenset(requirement.extras))) in met:
            continue
        met.add(key)
        there = next(iter(distributions(name=requirement.name, path=[str(site), *others, *sys.path])))
        assert requirement.specifier.contains(there.version), requirement
        for top in {file.parts[0] for file in there.files or ()} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(str(there.locate_file(top)))
        for text in there.requires or ():
            further = Requirement(text)
            if not further.marker or any(
                further.marker.evaluate({"extra": each}) for each in ("", *requirement.extras)
            ):
                waiting.append(further)


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=HANG_GUARD)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_has_what_runs_and_no_more(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    kept = {name.partition("/")[0] for name in names}
    assert kept == {"mockdreams", next(name for name in kept if name.endswith(".dist-info"))}
    assert {
        "mockdreams/__main__.py",
        "mockdreams/py.typed",
        "mockdreams/_contract/openapi.yaml",
        "mockdreams/_contract/rules.yaml",
    } <= set(names)
    assert {"mockdreams/_fixtures/messy-store.yaml", "mockdreams/_fixtures/recipes/notes.yaml"} <= set(names)
    board = "mockdreams/http/board"
    assert {f"{board}/templates/layout.html", f"{board}/static/vendor/htmx.min.js"} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_sdist_has_what_is_tracked_and_no_more(unpacked: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE", "scripts/test", "tests/support/helpers.py", "docs/ci.md"):
        assert (unpacked / name).is_file(), name
    assert not {each.name for each in unpacked.iterdir()} & {".venv", ".git", ".hypothesis", "dist", ".mypy_cache"}


COMES_WITH_IT = """
def test_seeds_come_with_it(mockdreams_server):
    from mockdreams import MockDreams
    with MockDreams(load="messy-store") as mock:
        assert len(mock.client().beta.memory_stores.list().data) == 1

def test_it_is_what_was_installed():
    import sys
    import mockdreams
    assert mockdreams.__file__.startswith(sys.prefix)
"""


def test_the_example_of_the_readme_runs_when_installed_and_all_else_comes_with_it(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_example.py").write_text(Page(ROOT / "README.md").modules()["test_readme_1.py"])
    (tmp_path / "test_rest.py").write_text(COMES_WITH_IT)
    assert f"{1 + COMES_WITH_IT.count('def test_')} passed" in run(
        str(installed / "bin" / "python"), "-m", "pytest", "-q", "--assert=plain", cwd=tmp_path
    )


def test_the_command_is_installed(installed: Path) -> None:
    assert run(str(installed / "bin" / "mockdreams"), "--version").startswith("mockdreams, version ")


class TestWorkflows:
    """Those that the docs show, run line by line from where they would run: a checkout."""

    def lines(self) -> tuple[set[str], list[str]]:
        """What is installed, and what is run then."""
        runs = commands_of_workflows()
        installs = [run for run in runs if run.startswith("pip install ")]
        return {each for run in installs for each in shlex.split(run)[2:]}, [run for run in runs if run not in installs]

    @pytest.fixture
    def machine(self, installed: Path, tmp_path: Path) -> dict[str, str]:
        """The environment of a machine that has what is installed, and what that requires."""
        home, wanted = tmp_path / "venv", self.lines()[0]
        assert any(each.startswith(".") for each in wanted)
        venv.create(home, with_pip=False)
        others = list(map(str, installed.glob("lib/python*/site-packages")))
        link_what_is_required(home, others, *(re.sub(r"^\.", "mockdreams", each) for each in sorted(wanted)))
        for script in (installed / "bin" / "mockdreams", Path(sys.executable).parent / "pytest"):
            copy = home / "bin" / script.name
            copy.write_text(re.sub("^#!.*", f"#!{home}/bin/python", script.read_text()))
            copy.chmod(0o755)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANTHROPIC_", "PYTEST_", "PYTHON"))
        }
        return kept | {
            "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTEST_ADDOPTS": "-k dream-archive --assert=plain",
            "ANTHROPIC_API_KEY": "sk-of-the-machine",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }

    def test_every_line_works_in_a_checkout(self, unpacked: Path, machine: dict[str, str]) -> None:
        """Of the contract, which has tests of its own, a part."""
        with serving("--port", "0", "--clock", "auto") as (url, _):
            for line in self.lines()[1]:
                told = line.replace(SERVICE, url).replace("tier cheap", "tier read --rule key-missing-401")
                run("bash", "-e", "-c", told, cwd=unpacked, env=machine)
        where = "import mockdreams; print(mockdreams.__file__)"
        found = run("python", "-c", where, cwd=unpacked.parent, env=machine)
        assert found.startswith(machine["RUNNER_TEMP"])
