"""docs/reference/ names whatever is public, and says something of it."""

import re

import pytest

from tools.reference import FOLDER, written

pytestmark = pytest.mark.long

PUBLIC = {
    "cli.md": (
        "serve --host --port --clock --speed --load --end-idle-streams MOCKDREAMS_PORT check --target "
        "--api-key --tier drift --no-control --control-token"
    ),
    "handle.md": (
        "MockDreams clock load policy url api_key client async_client http faults dreams requests snapshot "
        "restore reset"
    ),
    "clock.md": "now advance seconds minutes hours days move_to run_until_idle sleep virtual_sleep mode speed",
    "pytest.md": (
        "mockdreams mockdreams_server ANTHROPIC_BASE_URL ANTHROPIC_API_KEY mark clock load policy "
        "--mockdreams-clock --mockdreams-profile --mockdreams-url mockdreams_clock mockdreams_url"
    ),
    "control.md": (
        "health clock advance move_to run_until_idle mode speed now due policy faults stubs scripts requests reset "
        "snapshot"
    ),
    "faults.md": (
        "add match status body headers latency drop cut_after_events end_after_events "
        "stall_after_events lose repeat swap insert event_delay lag times after probability seed"
    ),
    "stubs.md": "add match status json body headers events latency times after",
    "dreams.md": (
        "script match memory_store_id model instructions times duration write delete say usage fail message "
        "at hang dreamer"
    ),
    "requests.md": "method path query headers body status response at hint by match count assert_called",
}
"""The names that stay as they are: scripts and tests outside rely on them."""


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return written()


def test_the_pages_are_up_to_date(pages: dict[str, str]) -> None:
    there = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.md")}
    assert there == pages, "run scripts/reference"


@pytest.mark.parametrize("page", PUBLIC)
def test_public_names_are_there(pages: dict[str, str], page: str) -> None:
    """As headings and in the first column of tables; prose that mentions a name does not count."""
    prose = page in ("cli.md", "control.md", "pytest.md")  # environment variables and keys of answers are told in it
    code = "\n".join(re.findall(r"`([^`]+)`" if prose else r"^(?:#+|\|) `([^`]+)`", pages[page], re.MULTILINE))
    assert [name for name in PUBLIC[page].split() if not re.search(rf"(?<![\w-]){name}(?![\w-])", code)] == []


def test_everything_has_words(pages: dict[str, str]) -> None:
    for text in pages.values():
        bare = re.findall(r"^(### .+)\n\n(?=#|\Z)", text, re.MULTILINE)
        assert bare + re.findall(r"^\| (`.+`) \|.*\|  \|$", text, re.MULTILINE) == []
