"""`scripts/sdks`: what it runs, with the SDK that is installed, and what it makes of the results."""

import gc
import json
import runpy
import sys
from typing import Any

import anthropic
import pytest

from mockdreams import MockDreams
from tools import sdk_releases
from tools.sdk_releases import BEGIN, END, PAGE, PROGRAM, failures, table, write

NAMES = ["create", "poll", "stream", "page", "retry", "errors", "memory", "sessions"]


def report(release: str, **results: str) -> dict[str, Any]:
    return {"release": release, "results": {**dict.fromkeys(NAMES, "ok"), **results}}


@pytest.mark.mockdreams(virtual_sleep=True)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.long
def test_the_scenarios_work_with_the_sdk_that_is_installed(
    mockdreams: MockDreams, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(PROGRAM), mockdreams.url])
    runpy.run_path(str(PROGRAM), run_name="__main__")
    gc.collect()
    assert json.loads(capsys.readouterr().out) == report(anthropic.__version__)


def test_the_table_has_a_row_for_each_release() -> None:
    rows = list(table([report("0.93.0", create="absent", stream="AssertionError: []"), report("2.14.0")]))
    assert rows == [
        f"| release | {' | '.join(NAMES)} |",
        "|---|---|---|---|---|---|---|---|---|",
        "| 0.93.0 | not in it | yes | **no** | yes | yes | yes | yes | yes |",
        f"| 2.14.0 | {' | '.join(['yes'] * 8)} |",
    ]


def test_what_is_known_to_fail_is_no_failure() -> None:
    reports = [report("0.93.0", stream="AssertionError: []"), report("2.0.0", poll="TooLong: it took too long")]
    assert list(failures(reports)) == ["2.0.0, poll: TooLong: it took too long"]


def test_the_table_takes_its_place_in_the_page(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = PAGE.read_text("utf-8")
    page = tmp_path / "sdks.md"
    page.write_text(before, "utf-8")
    monkeypatch.setattr(sdk_releases, "PAGE", page)
    write(["| a |", "|---|", "| b |"])
    after = page.read_text("utf-8")
    assert after.partition(BEGIN)[0] == before.partition(BEGIN)[0]
    assert after.partition(END)[2] == before.partition(END)[2]
    assert after.partition(BEGIN)[2].partition(END)[0] == "\n\n| a |\n|---|\n| b |\n\n"
    write(["| a |", "|---|", "| b |"])
    assert page.read_text("utf-8") == after
