"""An open page is told what has changed, and nothing else."""

import asyncio
import threading

import pytest

from mockdreams import MockDreams
from mockdreams.http.board.live import Alarms, LiveSource, Update, updates
from tests.support.boards import Visitor
from tests.support.helpers import HANG_GUARD, Scene


def test_a_new_dream_appears_in_an_open_world(scene: Scene, board: Visitor) -> None:
    store, session = scene.store(), scene.session("Hello.")
    events = board.live("/")
    dream = scene.dream(store, [session])
    changed = next(events)
    assert f'<li id="{dream.id}">' in changed
    assert 'hx-target="#part-dreams" hx-swap="innerMorph"' in changed


def test_only_parts_that_differ_are_sent_again(scene: Scene, board: Visitor) -> None:
    events = board.live("/")
    scene.store()
    assert "#part-dreams" in next(events)
    scene.store()
    second = next(events)
    assert "#part-counts" in second
    assert "#part-dreams" not in second


def test_pages_that_open_after_others_were_ended_are_kept_up_to_date(scene: Scene, board: Visitor) -> None:
    assert scene.mock._server.app is not None
    before = board.live("/")
    scene.store()
    assert "#part-counts" in next(before)
    scene.mock._server.app.close_streams()
    after = board.live("/")
    scene.store()
    assert "#part-counts" in next(after)


@pytest.mark.long
def test_the_log_of_a_running_dream_grows(scene: Scene, board: Visitor) -> None:
    scene.mock.clock.mode = "manual"
    scene.mock.dreams.script(say=["First.", "Second."], duration=100)
    dream = scene.dream()
    board.post("/clock", do="next")
    board.post("/clock", do="next")
    events = board.live(f"/dreams/{dream.id}")
    board.post("/clock", do="next")
    first = next(events)
    assert ("First." in first, "Second." in first) == (True, False)
    assert 'hx-target="#log" hx-swap="beforeend"' in first
    board.post("/clock", do="next")
    second = next(events)
    assert ("First." in second, "Second." in second) == (False, True)


def test_who_comes_back_gets_what_came_meanwhile(scene: Scene, board: Visitor) -> None:
    session = scene.session("One.")
    events = board.live(f"/sessions/{session}")
    scene.say(session, "Two.")
    number = int(next(events).partition("\n")[0].removeprefix("id: "))
    scene.say(session, "Three.")
    again = board.http.stream(
        "GET",
        f"/_mockdreams/board/live/w/{board.id}/sessions/{session}",
        headers={"last-event-id": str(number)},
    )
    with again as response:
        parts = response.iter_text()
        text = next(parts)
        while "Three." not in text:
            text += next(parts)
    assert "Two." not in text


def test_new_requests_come_on_top(scene: Scene, board: Visitor) -> None:
    scene.store()
    scene.http.get("/v1/dreams")
    events = board.live("/requests", match="GET /v1/dreams")
    scene.http.get("/v1/agents")
    scene.http.get("/v1/dreams")
    seen = next(events)
    while "/v1/dreams" not in seen:
        seen = next(events)
    assert 'hx-target="#requests" hx-swap="afterbegin"' in seen
    assert (seen.count("/v1/dreams"), "/v1/agents" in seen) == (1, False)


def test_no_text_can_end_its_event(scene: Scene, board: Visitor) -> None:
    session = scene.session("One.")
    events = board.live(f"/sessions/{session}")
    scene.say(session, "a\r\n\r\nevent: evil\rdata: evil\n\nb\u2028c")
    lines = next(event for event in events if "b\u2028c" in event).split("\n")
    assert lines[0].startswith("id: ")
    assert all(line.startswith("data: ") and "\r" not in line for line in lines[1:])


def test_a_world_that_begins_anew_says_so_to_open_pages(scene: Scene, board: Visitor) -> None:
    dream = scene.dream()
    events = board.live(f"/dreams/{dream.id}")
    scene.mock.reset()
    told = list(events)
    assert len(told) == 1
    assert 'hx-target="#said"' in told[0]
    assert "Load the page anew." in told[0]


def test_a_world_that_is_forgotten_says_so_to_open_pages() -> None:
    with MockDreams() as mock:
        board = Visitor(mock)
        events = board.live("/")
        mock.clock.advance(seconds=1)
        assert "part-clock" in next(events)
    assert "There is no such world" in next(events)


def test_a_page_that_ends_does_not_wait_for_what_is_new() -> None:
    assert asyncio.run(_ended_while_made()) is None


async def _ended_while_made() -> str | None:
    making, go_on = threading.Event(), threading.Event()

    def update(number: int) -> Update:
        making.set()
        go_on.wait(HANG_GUARD)
        return Update({"said": "new"})

    alarms = Alarms()
    page = updates(LiveSource(lambda: "new", update), alarms, "", 0)
    await anext(page)
    rest = asyncio.ensure_future(anext(page, None))
    await asyncio.to_thread(making.wait)
    alarms.end()
    try:
        return await rest
    finally:
        go_on.set()
