"""The code blocks of the README and of docs/, and how each is done as it says.

A block with a `title` is a file of that name, in a directory of the page's own. An untitled Python block with tests is
a module of tests; the untitled ones without, joined, are one test, told in steps. `sh` is run by bash from top to
bottom, between the files as they are written; `text` is output, and the lines of one that follows `sh` must come, in
that order, from what was run (`…` stands for whatever is different each time). Data is parsed.
"""

import json
import re
import socket
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import yaml
from markdown_it import MarkdownIt

from mockdreams.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTED_PORT = "4010"
DOCUMENTED_PROXY_PORT = "4020"
DATA: dict[str, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}
LANGUAGES = {"mermaid", "python", "sh", "text", "ts", *DATA}
TITLE = re.compile(r'title="([^"]+)"')
TEST = re.compile(r"^ *(?:async )?def test_", re.MULTILINE)
PRELUDE = """
set -eu
stop() { jobs -p | xargs -r kill; wait; }
trap stop EXIT
pip() { :; }  # it is installed
docker() { :; }  # it is not
curl() { command curl -sS --fail-with-body "$@"; }
mockdreams() {
  case "$*" in
    serve*|"contract serve"*) stop ;;
    "contract record"*) ;;
    *) command mockdreams "$@"; return ;;
  esac
  rm -f ready
  command mockdreams "$@" > ready &
  until grep -qsE "mockdreams (ready|recording)" ready; do kill -0 $!; sleep 0.02; done
}
"""


@dataclass(frozen=True)
class Block:
    language: str
    info: str
    content: str

    @property
    def file(self) -> str | None:
        """The name of the file that this is."""
        titled = TITLE.search(self.info)
        return titled[1] if titled else None


@dataclass(frozen=True)
class Page:
    path: Path

    @property
    def name(self) -> str:
        """The page's name as part of a module's."""
        return re.sub(r"\W", "_", str(self.path.relative_to(ROOT).with_suffix(""))).lower()

    @property
    def blocks(self) -> list[Block]:
        """Raises ValueError for code that is not fenced, or in a language that nothing can be done with."""
        return _read(self.path)

    @property
    def runs_itself(self) -> bool:
        """Whether the page tells its reader to run its tests, and so does it in its own order."""
        return any(block.language == "sh" and re.search("^pytest", block.content, re.M) for block in self.blocks)

    def modules(self) -> dict[str, str]:
        """The page's Python by file name."""
        untitled = [block.content for block in self.blocks if block.language == "python" and not block.file]
        tests = [code for code in untitled if TEST.search(code)]
        steps = "\n".join(code for code in untitled if not TEST.search(code))
        files = {f"test_{self.name}_{number}.py": code for number, code in enumerate(tests, 1)}
        if steps:
            files[f"test_{self.name}.py"] = f"def test_page(mockdreams):\n{textwrap.indent(steps, '    ')}"
        if not self.runs_itself:
            files |= {block.file: block.content for block in self.blocks if block.file}
        return files

    def commands(self) -> str:
        """The page as a script, whose `sh` blocks leave what they print in files called `output-1` and so on."""
        parts = [PRELUDE]
        for number, (block, after) in enumerate(pairwise([*self.blocks, Block("", "", "")]), 1):
            if block.file:
                parts.append(f"cat > {block.file} <<'END-OF-BLOCK'\n{block.content}END-OF-BLOCK")
            elif block.language == "sh":
                fails = "|| true" if after.language == "text" else ""
                parts.append(f"{{\n{block.content}}} > output-{number} 2>&1 {fails}")
        return "\n".join(parts)

    def outputs(self) -> Iterator[tuple[int, str]]:
        """The number of each `sh` block that is followed by its output, and that output."""
        for number, (block, after) in enumerate(pairwise(self.blocks), 1):
            if block.language == "sh" and after.language == "text":
                yield number, after.content


@cache
def _read(path: Path) -> list[Block]:
    blocks = []
    for token in MarkdownIt().disable("inline").parse(path.read_text("utf-8")):
        language, _, info = token.info.partition(" ")
        if token.type == "code_block" or (token.type == "fence" and language not in LANGUAGES):
            raise ValueError(f"{path.name}, line {token.map[0] + 1 if token.map else 0}: no such code here")
        if token.type == "fence":
            blocks.append(Block(language, info, token.content))
    return blocks


PAGES = [Page(path) for path in [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]]


def commands_of_workflows() -> list[str]:
    """The `run:` lines of the workflows that pages show, in their order."""
    return [
        step["run"]
        for page in PAGES
        for block in page.blocks
        if block.language == "yaml" and "jobs" in (workflow := DATA["yaml"](block.content))
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]


def on_port(text: str, port: int) -> str:
    return text.replace(DOCUMENTED_PORT, str(port))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def missing(expected: str, printed: str) -> str | None:
    """The first line of `expected` that `printed` lacks after those before it."""
    came = iter(line.rstrip() for line in printed.splitlines())
    for line in filter(None, map(str.rstrip, expected.splitlines())):
        pattern = re.compile(re.escape(line).replace("…", ".*"))
        if not any(pattern.fullmatch(each) for each in came):
            return line
    return None


def parse(arguments: list[str]) -> None:
    """Raises click.UsageError for what the command line would refuse."""
    command: click.Command = main
    while isinstance(command, click.Group):
        command = command.commands[arguments.pop(0)]
    command.make_context("mockdreams", arguments)
