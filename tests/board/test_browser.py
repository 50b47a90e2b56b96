"""The board in a real browser: what a person sees and does, and that nothing of it fails for anybody."""

import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, Route, expect, sync_playwright

from mockdreams import MockDreams
from tests.support.boards import ROOT, Visitor
from tests.support.deep import deep
from tests.support.helpers import HANG_GUARD, Scene

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first has no windows to draw, and takes half the CPU time."""
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: on Debian, scripts/setup installs it for root"),
]
NARROW, WIDE = {"width": 390, "height": 800}, {"width": 1100, "height": 900}
PICTURES = os.environ.get("MOCKDREAMS_PICTURES")
"""Where the pictures of the documentation go, if they are wanted."""
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)><b hx-get='/v1/x' hx-trigger=load>"
TODAY = {
    "/preferences.md": "# Preferences\n\n- Tabs, not spaces\n- Reviews in the morning\n",
    "/deploys.md": "# Deploys\n\n- Deploys happen on Tuesday\n- Ask Ana before a rollback\n",
    "/debugging.md": "Tried restarting the proxy at 14:02, no luck.\n",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=HANG_GUARD * 1000)
        # The sandbox of Chromium cannot be had in most containers, and it is asked for nothing but pages of ours.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, mockdreams: MockDreams, board: Visitor) -> Iterator[Page]:
    """A page of the world's board, on which nothing may go wrong unsaid."""
    page = browser.new_page(viewport=WIDE, base_url=mockdreams.url)
    page.set_default_timeout(HANG_GUARD * 1000)
    wrong: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        wrong.append(dialog.message)
        dialog.dismiss()

    def note_failed(asked: Request) -> None:
        if asked.failure != "net::ERR_ABORTED":  # the browser itself gives up what a page it leaves still waits for
            wrong.append(f"{asked.url}: {asked.failure}")

    page.on("console", lambda told: wrong.append(f"{told.type}: {told.text}"))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", dismiss)
    page.on("requestfailed", note_failed)
    yield page
    page.close()
    assert wrong == []


def adoptable(scene: Scene) -> tuple[str, str]:
    """A store, and a dream that changed three things in it."""
    store = scene.store(TODAY, name="Team notes")
    scene.mock.dreams.script(
        write={
            "/deploys.md": "# Deploys\n\n- Deploys happen on Thursday\n- Ask Ana before a rollback\n",
            "/people.md": "# People\n\n- Ana owns the rollbacks\n",
        },
        delete=["/debugging.md"],
        say=["Replaced /deploys.md: the newest session says Thursday."],
        usage={"input_tokens": 18_400, "output_tokens": 2_300, "cache_read_input_tokens": 96_000},
    )
    session = scene.session("We deploy on Thursday now, no longer on Tuesday.")
    return store, scene.dream(store, [session]).id


def test_a_dream_of_a_test_appears_runs_and_logs_before_my_eyes(scene: Scene, board: Visitor, page: Page) -> None:
    scene.mock.clock.mode = "manual"
    page.goto(f"{board.base}/")
    expect(page.get_by_text("There is no dream yet.")).to_be_visible()
    _, dream = adoptable(scene)
    row = page.locator(f"#{dream}")
    expect(row).to_contain_text("pending")
    page.get_by_role("button", name="To the next due").click()
    expect(row).to_contain_text("running")
    row.get_by_role("link").click()
    expect(page.locator("#log")).to_be_hidden()
    for _ in range(2):
        page.get_by_role("button", name="To the next due").click()
        expect(page.get_by_role("status")).to_contain_text("It is 2026-")
    expect(page.locator("#log")).to_contain_text("Replaced /deploys.md")
    page.get_by_role("button", name="Run until idle").click()
    expect(page.locator("#part-head")).to_contain_text("completed")
    expect(page.locator("#log")).to_contain_text("writes /mnt/memory/")
    expect(page.locator("#log")).to_contain_text("cache read")
    expect(page.get_by_role("img", name="tokens, rising to 116,700 tokens")).to_be_visible()
    assert scene.beta.dreams.retrieve(dream).status == "completed"


def test_one_of_three_changes_is_adopted(scene: Scene, board: Visitor, page: Page) -> None:
    store, dream = adoptable(scene)
    scene.until(dream, "completed")
    page.goto(f"{board.base}/dreams/{dream}")
    page.get_by_role("link", name="Before and after").click()
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_role("article", name="/deploys.md")).to_contain_text("Deploys happen on Thursday")
    page.get_by_role("button", name="Adopt /people.md").click()
    expect(page.get_by_role("article", name="/people.md")).to_contain_text("adopted")
    expect(page.get_by_role("status")).to_contain_text("1 change written, 2 changes left.")
    assert scene.contents(store) == {**TODAY, "/people.md": "# People\n\n- Ana owns the rollbacks\n"}


def test_a_fault_is_armed_and_strikes(scene: Scene, board: Visitor, page: Page) -> None:
    page.goto(f"{board.base}/levers")
    page.get_by_role("link", name="overloaded twice").click()
    form = page.get_by_role("region", name="Faults")
    expect(form.get_by_label("match", exact=True)).to_have_value("POST /v1/dreams")
    form.get_by_label("match", exact=True).fill("GET /v1/dreams")
    form.get_by_role("button", name="Add").click()
    waiting = page.locator("#part-waiting")
    expect(waiting).to_contain_text('"struck": 0')
    assert scene.http.get("/v1/dreams").status_code == 529
    expect(waiting).to_contain_text('"struck": 1')
    page.get_by_role("link", name="Requests").click()
    expect(page.locator("#requests li").first).to_contain_text("529")
    scene.http.get("/v1/memory_stores")
    expect(page.locator("#requests li").first).to_contain_text("/v1/memory_stores")


def test_a_form_that_is_wrong_says_so(mockdreams: MockDreams, board: Visitor, page: Page) -> None:
    page.goto(f"{board.base}/levers")
    form = page.get_by_role("region", name="Faults")
    form.get_by_label("match", exact=True).fill("dreams")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_contain_text("matches no call")
    assert list(mockdreams.faults) == []


def test_what_strangers_wrote_harms_nothing(scene: Scene, board: Visitor, page: Page) -> None:
    store = scene.store({"/page.md": HOSTILE, "/long.md": "x" * 100_000}, name=HOSTILE)
    scene.mock.dreams.script(write={"/page.md": f"{HOSTILE}!", "/long.md": "y" * 100_000}, say=[HOSTILE])
    dream = scene.finished(store_id=store, session_ids=[scene.session(HOSTILE)]).id
    memories = [each.id for each in scene.beta.memory_stores.memories.list(store).data if each.type == "memory"]
    asked = len(scene.mock.requests)
    page.set_viewport_size(NARROW)
    paths = [f"/stores/{store}/memories/{id}" for id in memories]
    for path in ["/", "/stores", f"/dreams/{dream}", f"/dreams/{dream}/review", *paths]:
        page.goto(board.base + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
        assert page.locator("#main script, #main img, #main [onload]").count() == 0
    assert len(scene.mock.requests) == asked


def test_a_page_is_live_however_late_its_scripts_come(board: Visitor, page: Page) -> None:
    held: list[Route] = []
    page.route("**/hx-sse*", lambda route: held.append(route))
    page.goto(f"{board.base}/", wait_until="commit")
    page.evaluate(
        """new Promise((done) => {
            const look = () => setTimeout(typeof htmx === "object" ? () => setTimeout(done) : look);
            look();
        })"""
    )
    with page.expect_request("**/live/**"):
        held[0].continue_()


def test_it_is_usable_without_a_mouse(mockdreams: MockDreams, board: Visitor, page: Page) -> None:
    mockdreams.clock.mode = "manual"
    before = mockdreams.clock.now()
    page.goto(f"{board.base}/requests")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.get_by_role("button", name="+1 min").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#part-clock")).to_contain_text("00:01:00")
    expect(page.get_by_role("button", name="+1 min")).to_be_focused()
    assert (mockdreams.clock.now() - before).total_seconds() == 60
    page.keyboard.press("/")
    expect(page.get_by_label("Call")).to_be_focused()


def test_a_request_is_copied(scene: Scene, board: Visitor, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    scene.store()
    page.goto(f"{board.base}/requests/1")
    page.get_by_role("region", name="As a fault").get_by_role("button").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "mockdreams.faults.add('POST /v1/memory_stores', status=529)"


@pytest.mark.parametrize("part", [0, *map(deep, range(1, 6))])
def test_every_page_is_accessible_and_fits_a_telephone(scene: Scene, board: Visitor, page: Page, part: int) -> None:
    store, dream = adoptable(scene)
    ended = scene.until(dream, "completed")
    scene.http.get("/v1/dream")
    memory = scene.beta.memory_stores.memories.list(store).data[0]
    assert memory.type == "memory"
    versions = [each.id for each in scene.beta.memory_stores.memory_versions.list(store).data]
    scene.mock.faults.add("POST /v1/dreams", status=529)
    scene.mock.schedules.add(memory_store_id=store, after_sessions=2)
    paths = [
        "/", f"/dreams/{dream}", f"/dreams/{dream}/review", "/stores", f"/stores/{store}",
        f"/stores/{store}/memories/{memory.id}", f"/stores/{store}/compare?old={versions[0]}&new={versions[1]}",
        "/sessions", f"/sessions/{ended.session_id}", "/requests", "/requests/1", "/policy", "/snapshot",
        "/schedules", "/webhooks", "/levers?lever=faults&preset=rate+limited",
    ]  # fmt: skip
    axe = (files("axe_playwright_python") / "axe.min.js").read_text()
    page.set_viewport_size(NARROW)
    for path in [f"{ROOT}/", *(board.base + path for path in paths)][part::6]:
        page.emulate_media(color_scheme="light")
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
        page.evaluate(axe)
        light = page.evaluate("axe.run().then(found => found.violations)")
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate("axe.run({runOnly: ['color-contrast']}).then(found => found.violations)")
        assert (light, dark) == ([], []), path


@pytest.mark.deep
def test_the_pictures_of_the_documentation(scene: Scene, board: Visitor, page: Page, tmp_path: Path) -> None:
    folder = Path(PICTURES) if PICTURES else tmp_path
    _, dream = adoptable(scene)
    for name, path in {"dream": f"/dreams/{dream}", "review": f"/dreams/{dream}/review"}.items():
        scene.until(dream, "completed")
        page.goto(board.base + path)
        page.screenshot(path=folder / f"board-{name}.png")
        assert (folder / f"board-{name}.png").stat().st_size > 10_000
