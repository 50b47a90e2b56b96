"""`mockdreams serve` with the board, as a process of its own."""

import signal
import sys
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from mockdreams.cli import main
from tests.support.boards import ROOT
from tests.support.helpers import HANG_GUARD
from tests.support.servers import serving

HEADERS = {"x-api-key": "sk-ant-test"}


@pytest.mark.process
def test_open_opens_the_board_and_an_open_page_does_not_keep_the_server_from_ending(tmp_path: Path) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f"#!{sys.executable}\nimport sys\nopen({str(opened)!r}, 'w').write(sys.argv[1] + chr(10))\n")
    browser.chmod(0o755)
    with serving("--port", "0", "--open", env={"BROWSER": f"{browser} %s"}) as (url, process):
        httpx2.get(f"{url}/_mockdreams/clock", headers=HEADERS)
        world = httpx2.get(f"{url}/_mockdreams/worlds").json()["data"][0]["id"]
        with httpx2.stream("GET", f"{url}{ROOT}/live/w/{world}/", timeout=HANG_GUARD) as page:
            parts = page.iter_text()
            next(parts)
            while not opened.exists() or not opened.read_text().endswith("\n"):
                next(parts)
            assert opened.read_text() == f"{url}{ROOT}/\n"
            process.send_signal(signal.SIGTERM)
            for _ in parts:
                pass
        assert process.wait(HANG_GUARD) == 0


def test_open_needs_the_control_api() -> None:
    said = CliRunner().invoke(main, ["serve", "--open", "--no-control"])
    assert (said.exit_code, "--open and --no-control do not go together" in said.output) == (2, True)


def test_open_names_the_extra_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    said = CliRunner().invoke(main, ["serve", "--open"])
    assert said.exit_code == 2
    assert "the board needs jinja2, which comes with the extra [board] of mockdreams" in " ".join(said.output.split())
