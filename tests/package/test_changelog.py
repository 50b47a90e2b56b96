"""What changed is told in fragments, which a release joins."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRAGMENTS = sorted((ROOT / "changelog.d").iterdir())


@pytest.mark.process
def test_each_fragment_is_in_the_next_changelog() -> None:
    draft = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2026-01-01"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line.strip().removeprefix("- ") for line in draft.splitlines()]
    assert [path.name for path in FRAGMENTS if path.read_text().splitlines()[0] not in lines] == []
