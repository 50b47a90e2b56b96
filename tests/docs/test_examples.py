"""What the README and docs/ tell people to write and to type is what works."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support import containers
from tests.support.examples import (
    DATA,
    DOCUMENTED_PROXY_PORT,
    PAGES,
    ROOT,
    TEST,
    Page,
    commands_of_workflows,
    free_port,
    missing,
    on_port,
    parse,
)
from tests.support.helpers import HANG_GUARD
from tests.support.servers import serving
from tests.support.warm_commands import programs

pytestmark = pytest.mark.process

UNNEEDED = ("cacheprovider", "asyncio", "anyio", "faker", "hypothesispytest", "schemathesis", "randomly", "pytest_cov")
NODE_MODULES = ROOT / "clients" / "typescript" / "test" / "node_modules"
PARTS = {
    "--tier full": "--tier read --rule key-missing-401",
    ", tier full": ", tier read",
    "--pyargs mockdreams.contract": "--pyargs mockdreams.contract -k dream-archive",
    "skipped in": "deselected in",
}
"""Of the whole contract, which has tests of its own, a part."""
BIN = str(Path(sys.executable).parent)


@pytest.fixture(autouse=True)
def readers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a reader has."""
    for name in [name for name in os.environ if name.startswith(("ANTHROPIC_", "MOCKDREAMS_", "PYTEST_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTEST_ADDOPTS", shlex.join(f"-pno:{name}" for name in UNNEEDED))
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")


def pages(language: str) -> list[Any]:
    """To read them takes long, and each process that collects tests would."""
    fence = re.compile(rf"^ *```{language}\b", re.MULTILINE)
    return [pytest.param(page, id=page.name) for page in PAGES if fence.search(page.path.read_text("utf-8"))]


def in_part(text: str) -> str:
    for whole, part in PARTS.items():
        text = text.replace(whole, part)
    return text


def test_python(tmp_path: Path) -> None:
    """Every page's modules, in a directory of the page's own, in one run."""
    count, names = 0, []
    for page in PAGES:
        for name, content in page.modules().items():
            file = tmp_path / page.name / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, "utf-8")
            names += [name] if name.endswith(".py") and name != "conftest.py" else []
            count += len(TEST.findall(content)) if name.startswith("test_") else 0
    assert len(names) == len(set(names)), "two pages have a module of one name"
    done = subprocess.run(
        [programs() / "pytest", "-q", "--assert=plain", "-p", containers.__name__],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    passed = re.search(r"^(\d+) passed in", done.stdout, re.MULTILINE)
    assert passed, done.stdout + done.stderr
    assert int(passed[1]) >= count > 30


@pytest.mark.parametrize("page", pages("sh"))
def test_shell(page: Page, tmp_path: Path) -> None:
    port = free_port()
    script = in_part(on_port(page.commands(), port)).replace(DOCUMENTED_PROXY_PORT, str(free_port()))
    env = {**os.environ, "MOCKDREAMS_PORT": str(port), "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=HANG_GUARD
    )
    outputs = {file.name: file.read_text("utf-8") for file in sorted(tmp_path.glob("output-*"))}
    assert done.returncode == 0, f"{done.stderr}\n{outputs}"
    for number, expected in page.outputs():
        printed = outputs[f"output-{number}"]
        assert missing(in_part(on_port(expected, port)), printed) is None, printed


@pytest.mark.parametrize("page", pages("ts"))
def test_typescript(page: Page, tmp_path: Path) -> None:
    if shutil.which("node") is None or not (NODE_MODULES / "typescript").is_dir():
        pytest.skip("needs node, and `npm install` in clients/typescript/test")
    modules = tmp_path / "node_modules"
    (modules / "testcontainers").mkdir(parents=True)
    (modules / "testcontainers" / "index.mjs").write_text(containers.TYPESCRIPT)
    (modules / "testcontainers" / "package.json").write_text('{"exports": "./index.mjs"}')
    for module in NODE_MODULES.iterdir():
        (modules / module.name).symlink_to(module)
    with serving("--port", "0", "--clock", "auto") as (url, _):
        blocks = [block.content for block in page.blocks if block.language == "ts"]
        files = [tmp_path / f"example{number}.mts" for number in range(len(blocks))]
        for file, content in zip(files, blocks, strict=True):
            file.write_text(on_port(content, int(url.rpartition(":")[2])), "utf-8")
        options = ["--noCheck", "--target", "es2022", "--module", "nodenext"]  # the types: tests/clients
        subprocess.run([modules / ".bin" / "tsc", *options, *files], cwd=tmp_path, check=True, timeout=HANG_GUARD)
        env = {**os.environ, "STANDS_IN_FOR_CONTAINER": url}
        for file in files:
            subprocess.run(["node", file.with_suffix(".mjs")], check=True, env=env, timeout=HANG_GUARD)


@pytest.mark.parametrize("language", DATA)
def test_data_is_read(language: str) -> None:
    for page in PAGES:
        for block in page.blocks:
            if block.language == language:
                assert DATA[language](block.content)


def test_what_is_installed_exists() -> None:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    installs = re.findall(r"pip install.*?\[(\S+?)\]", "\n".join(page.path.read_text("utf-8") for page in PAGES))
    assert installs
    assert {extra for extras in installs for extra in extras.split(",")} <= set(known)


def test_commands_of_workflows_are_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that a page tells a machine to run, somewhere else."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a secret of the machine")
    runs = [run for run in commands_of_workflows() if run.startswith("mockdreams ")]
    assert runs
    for run in runs:
        parse(shlex.split(run)[1:])


def test_links_lead_somewhere() -> None:
    """Those of pages that are not of the site; it checks its own."""
    for page in PAGES:
        for link in re.findall(r"\]\((?!http|#)([^)#]+)", page.path.read_text("utf-8")):
            assert (page.path.parent / link).exists(), f"{page.path.name}: {link}"


def test_files_that_are_named_exist() -> None:
    """Those of this repository: the page of the evidence names files of others."""
    for page in (page for page in PAGES if page.path.name != "fidelity.md"):
        named = re.findall(r"`((?:contract|docs|mockdreams|scripts|tests)/[\w./-]*)`", page.path.read_text("utf-8"))
        assert [name for name in named if not (ROOT / name).exists()] == [], page.path.name
