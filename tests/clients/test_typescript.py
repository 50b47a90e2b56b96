"""clients/typescript: it is made from the control API, compiles under `strict`, and its own tests pass."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.examples import PAGES, ROOT, Block, Page, missing
from tests.support.helpers import HANG_GUARD
from tools.typescript_client import FILE, written

FOLDER = ROOT / "clients" / "typescript"
TESTS = FOLDER / "test"
BIN = TESTS / "node_modules" / ".bin"
README = Page(FOLDER / "README.md")
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None or not (BIN / "jest").exists(), reason="needs node, and `npm install` in clients/typescript/test"
)
pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def built() -> Path:
    """The compiled package."""
    run(str(BIN / "tsc"), "-p", "..", "--typeRoots", str(TESTS / "node_modules" / "@types"))
    return FOLDER / "dist"


def run(*command: str, cwd: Path = TESTS) -> str:
    """What the command said, of which Jest says all on its standard error."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "MOCKDREAMS_"))}
    env["MOCKDREAMS_COMMAND"] = f"{sys.executable} -m mockdreams"
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=2 * HANG_GUARD)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def examples() -> list[tuple[str, Block]]:
    """The TypeScript of the docs and of the package's own page."""
    pages = [*PAGES, README]
    return [(page.name, block) for page in pages for block in page.blocks if block.language == "ts"]


def test_the_control_api_is_as_the_code_has_it() -> None:
    assert FILE.read_text("utf-8") == written(), "run scripts/reference"


def test_it_has_no_dependencies() -> None:
    package = json.loads((FOLDER / "package.json").read_text("utf-8"))
    assert package.get("dependencies", {}) == package.get("peerDependencies", {}) == {}


@needs_node
def test_its_own_tests_pass(built: Path) -> None:
    run(str(BIN / "tsc"), "-p", ".")
    assert "# fail 0" in run("node", "--test", "--test-reporter=tap", "out/")


@needs_node
@pytest.mark.parametrize("runner", [("vitest", "run"), ("jest", "--ci")], ids=lambda runner: runner[0])
def test_it_runs_with(runner: tuple[str, str], built: Path) -> None:
    assert " passed" in run(str(BIN / runner[0]), runner[1], "--no-color")


@pytest.fixture(scope="module")
def readers_folder(built: Path) -> Path:
    """A directory where the package and what it is tested with can be found."""
    folder = TESTS / "out" / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


@needs_node
def test_the_examples_are_strict(readers_folder: Path) -> None:
    for number, (name, block) in enumerate(examples()):
        (readers_folder / (block.file or f"{name}_{number}.ts")).write_text(block.content, "utf-8")
    options = {**json.loads((FOLDER / "tsconfig.json").read_text("utf-8"))["compilerOptions"], "noEmit": True}
    options |= {"declaration": False, "module": "ESNext", "moduleResolution": "Bundler", "rootDir": "."}
    settings = {"compilerOptions": options, "include": ["*.ts", "*.mts"]}
    (readers_folder / "absent.d.ts").write_text('declare module "testcontainers";')  # its types are not installed
    (readers_folder / "tsconfig.json").write_text(json.dumps(settings))
    run(str(BIN / "tsc"), "-p", str(readers_folder))


@needs_node
def test_its_page_is_as_a_reader_meets_it(readers_folder: Path) -> None:
    """What is installed is there; the rest is typed from top to bottom, and prints what the page says."""
    run("bash", "-c", f'npm() {{ :; }}\nnpx() {{ {BIN}/"$@" --no-color; }}\n{README.commands()}', cwd=readers_folder)
    [(number, expected)] = README.outputs()
    printed = (readers_folder / f"output-{number}").read_text("utf-8")
    assert missing(expected, printed) is None, printed
    repaired = re.search(r"`(return dream\.status .*;)`", README.path.read_text("utf-8"))
    assert repaired
    job = readers_folder / "nightly.ts"
    job.write_text(job.read_text("utf-8").replace("return dream.outputs[0]?.memory_store_id;", repaired[1]), "utf-8")
    assert "2 passed" in run(str(BIN / "vitest"), "run", "--no-color", cwd=readers_folder)


def test_a_server_ends_when_its_standard_input_is_closed() -> None:
    command = [sys.executable, "-m", "mockdreams", "serve", "--port", "0", "--end-with-stdin"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("mockdreams ready on ")
        told = "worlds: they are in memory only, and gone when the server ends; --data DIR keeps them\n"
        assert process.communicate(timeout=HANG_GUARD) == ("", told)  # which closes it
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
