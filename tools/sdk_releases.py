"""The SDK scenarios against releases of the official SDK, each in an environment of its own: `scripts/sdks`.

Prints a table, and writes it into docs/sdks.md. Exit 1: a scenario failed. 2: an environment could not be made.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mockdreams import MockDreams

LINES = ("==0.93.*", "==0.117.*", ">=1,<2", "==2.0.*", "==2.6.*", "==2.11.*", "")
"""Of each, the last release is taken; the last is the newest of all."""
ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "tools" / "sdk_scenarios.py"
PAGE = ROOT / "docs" / "sdks.md"
BEGIN, END = "<!-- releases -->", "<!-- end -->"
SIGNS = {"ok": "yes", "absent": "not in it"}
KNOWN = {("0.93.0", "stream")}
"""What no server can help: that release yields only the events of Messages."""
SECONDS = 3_000
"""After these an installation or a program hangs."""


def main() -> int:
    with TemporaryDirectory() as folder, MockDreams() as mock:
        try:
            reports = [run(Path(folder) / str(number), line, mock.url) for number, line in enumerate(LINES)]
        except subprocess.SubprocessError as failed:
            print(f"an environment could not be made or used: {failed}", file=sys.stderr)
            return 2
    rows = list(table(reports))
    print("\n".join(rows))
    write(rows)
    wrong = list(failures(reports))
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def run(folder: Path, line: str, url: str) -> dict[str, Any]:
    """What the last release of a line does."""
    environment = {**os.environ, "ANTHROPIC_LOG": ""}
    call(["uv", "venv", "--quiet", "--python", sys.executable, str(folder)], environment)
    python = str(folder / "bin" / "python")
    call(["uv", "pip", "install", "--quiet", "--python", python, f"anthropic{line}"], environment)
    report: dict[str, Any] = json.loads(call([python, str(PROGRAM), url], environment))
    return report


def call(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=SECONDS
    ).stdout


def failures(reports: list[dict[str, Any]]) -> Iterator[str]:
    """What went wrong and is not known to."""
    for report in reports:
        for name, said in report["results"].items():
            if said not in SIGNS and (report["release"], name) not in KNOWN:
                yield f"{report['release']}, {name}: {said}"


def table(reports: list[dict[str, Any]]) -> Iterator[str]:
    names = list(reports[0]["results"])
    yield f"| release | {' | '.join(names)} |"
    yield "|---" * (len(names) + 1) + "|"
    for report in reports:
        cells = (SIGNS.get(report["results"][name], "**no**") for name in names)
        yield f"| {report['release']} | {' | '.join(cells)} |"


def write(rows: list[str]) -> None:
    """Put the table between its marks in the page."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text("\n".join([before + BEGIN, "", *rows, "", END + after]), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
