"""docs/ as a site."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.examples import ROOT

pytestmark = pytest.mark.process

WANTED = {
    "docker": "how-to/containers/",
    "testcontainers": "how-to/containers/",
    "unittest": "how-to/unittest/",
    "hypothesis": "how-to/property-based/",
    "freezegun": "how-to/wall-clock/",
    "vitest": "how-to/languages/",
    "rate limit": "how-to/rate-limits/",
    "tls": "how-to/languages/",
    "update_existing": "how-to/update-existing/",
}
"""Words that people look for, and a page that is to be found by each."""


def test_the_site_is_built_without_warnings_and_needs_no_other(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "search" / "search_index.json").read_text("utf-8"))["docs"]
    for words, page in WANTED.items():
        texts = [f"{doc['title']} {doc['text']}".lower() for doc in found if doc["location"].startswith(page)]
        assert any(words in text for text in texts), words
    assert "Switch to dark mode" in (tmp_path / "index.html").read_text("utf-8")
    html = "\n".join(page.read_text("utf-8") for page in tmp_path.rglob("*.html"))
    assert "\n|---" not in html, "a table that is none"
    assert re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="?https?:[^>]+', html) == []


def test_every_page_is_found_from_the_first() -> None:
    first = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    assert pages - set(re.findall(r"\]\(([^)]+)\)", first)) == set()
