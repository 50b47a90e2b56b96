"""What is published: a wheel and an sdist that work alone, in an environment that has nothing else of ours."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.examples import ROOT, Page

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the wheel, the official SDK and pytest, in the versions tested here."""
    home = tmp_path_factory.mktemp("user") / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--no-deps", "--no-compile", str(wheel(built)))
    (site,) = home.glob("lib/python*/site-packages")
    link_what_is_required(site, "mockdreams[sdk]", "pytest")
    return python


def link_what_is_required(site: Path, *wanted: str) -> None:
    """What these require, and what that requires, out of this environment: as pip would, in no time."""
    waiting, met = [Requirement(each) for each in wanted], set[tuple[str, frozenset[str]]]()
    while waiting:
        requirement = waiting.pop()
        if (key := (requirement.name, frozenset(requirement.extras))) in met:
            continue
        met.add(key)
        there = next(iter(distributions(name=requirement.name, path=[str(site), *sys.path])))
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


def run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def test_the_wheel_has_what_runs_and_no_more(built: Path) -> None:
    names = zipfile.ZipFile(wheel(built)).namelist()
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


def test_the_sdist_has_what_is_tracked_and_no_more(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "scripts/test", "tests/support/helpers.py", "docs/ci.md"} <= names
    assert not {name.split("/")[0] for name in names} & {".venv", ".git", ".hypothesis", "dist", ".mypy_cache"}


COMES_WITH_IT = """
def test_seeds_come_with_it(mockdreams_server):
    from mockdreams import MockDreams
    with MockDreams(load="messy-store") as mock:
        assert len(mock.client().beta.memory_stores.list().data) == 1

def test_contract_comes_with_it():
    from mockdreams.contract import test_contract
    from mockdreams.contract.checking.registry import checks
    from mockdreams.contract.checking.rules import rules
    from mockdreams.contract.schema import operations
    assert (rules()[0].id, operations()[0].call) == ("key-missing-401", "GET /v1/dreams")
    assert len(rules()) > len(checks()) > 150

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
        str(installed), "-m", "pytest", "-q", "--assert=plain", cwd=tmp_path
    )


def test_the_command_is_installed(installed: Path) -> None:
    assert run(str(installed.parent / "mockdreams"), "--version").startswith("mockdreams, version ")
