"""What a dream changed, on the board, and adopting it there."""

import re
from html import unescape

from tests.support.boards import Visitor
from tests.support.helpers import Scene

WAS = {"/a.md": "one\ntwo", "/b.md": "old", "/gone.md": "noise"}


def dreamt(scene: Scene, store: str) -> str:
    scene.mock.dreams.script(write={"/a.md": "one\n2", "/new.md": "<b>new</b>"}, delete=["/gone.md"])
    return scene.finished(store_id=store).id


def test_each_change_is_shown_before_and_after(scene: Scene, board: Visitor) -> None:
    page = board.get(f"/dreams/{dreamt(scene, scene.store(WAS))}/review")
    kinds = re.findall(r'<span class="status \w+">(\w+)</span> <code>([^<]+)</code></h2>', page)
    assert kinds == [("changed", "/a.md"), ("dropped", "/gone.md"), ("added", "/new.md")]
    assert page.index("<span>two</span>") < page.index("<span>2</span>")
    assert "&lt;b&gt;new&lt;/b&gt;" in page
    assert "1 kept" in page
    assert "agent.tool_use" in page


def test_what_is_gone_and_what_nobody_said_is_told_beside_the_changes(scene: Scene, board: Visitor) -> None:
    store = scene.store({"/a.md": "Ana has the key 17.\n"})
    scene.mock.dreams.script(write={"/a.md": "Ben wants a lamp.\n\nPigs <b>fly</b>.\n"})
    heard = scene.session("Ben wants a lamp.")
    page = board.get(f"/dreams/{scene.finished(store_id=store, session_ids=[heard]).id}/review")
    assert "<span>gone 1</span>" in page
    assert "<span>invented 1</span>" in page
    listed = re.findall(r'<span class="wrong">([\w ]+)</span> <code>/a.md</code> <span>([^\n]+?)</span></li>', page)
    told = [(kind, unescape(text)) for kind, text in listed]
    assert ("gone", "Ana has the key 17.") in told
    assert ("invented", "Pigs <b>fly</b>.") in told


def test_changes_of_one_kind_have_a_link(scene: Scene, board: Visitor) -> None:
    page = board.get(f"/dreams/{dreamt(scene, scene.store(WAS))}/review", kind="added")
    assert ("Adopt /new.md" in page, "Adopt /a.md" in page) == (True, False)


def test_one_change_is_adopted(scene: Scene, board: Visitor) -> None:
    store = scene.store(WAS)
    dream = dreamt(scene, store)
    assert "1 change written, 2 changes left." in board.post(f"/dreams/{dream}/adopt", path="/a.md")
    assert scene.contents(store) == {**WAS, "/a.md": "one\n2"}
    assert "1 of 3 adopted" in board.get(f"/dreams/{dream}/review")


def test_all_or_none_are_adopted(scene: Scene, board: Visitor) -> None:
    store = scene.store(WAS)
    dream = dreamt(scene, store)
    assert "0 changes written, 3 changes left." in board.post(f"/dreams/{dream}/adopt", only="none")
    assert scene.contents(store) == WAS
    assert "3 changes written, 0 changes left." in board.post(f"/dreams/{dream}/adopt", only="all")
    assert scene.contents(store) == {"/a.md": "one\n2", "/b.md": "old", "/new.md": "<b>new</b>"}
    assert "Adopt all" not in board.get(f"/dreams/{dream}/review")


def test_what_changed_meanwhile_is_a_conflict_and_stays(scene: Scene, board: Visitor) -> None:
    store = scene.store(WAS)
    dream = dreamt(scene, store)
    memories = scene.beta.memory_stores.memories
    memory = next(each for each in memories.list(store).data if each.type == "memory" and each.path == "/a.md")
    memories.update(memory.id, memory_store_id=store, content="mine")
    assert "Conflict: /a.md was changed since" in board.post(f"/dreams/{dream}/adopt", path="/a.md")
    assert scene.contents(store)["/a.md"] == "mine"
    assert "/a.md was changed since the dream read it" in board.get(f"/dreams/{dream}/review")


def test_an_adoption_that_names_nothing_changes_nothing(scene: Scene, board: Visitor) -> None:
    store = scene.store(WAS)
    dream = dreamt(scene, store)
    board.refused(f"/dreams/{dream}/adopt")
    assert "changed nothing at /z.md" in board.refused(f"/dreams/{dream}/adopt", path="/z.md")
    assert scene.contents(store) == WAS


def test_a_dream_that_has_no_output_says_so(scene: Scene, board: Visitor) -> None:
    page = unescape(board.get(f"/dreams/{scene.dream().id}/review"))
    assert "It will be here when the dream is done." in page


def test_an_adoption_elsewhere_is_seen_on_an_open_page(scene: Scene, board: Visitor) -> None:
    dream = dreamt(scene, scene.store(WAS))
    events = board.live(f"/dreams/{dream}/review")
    scene.mock.dreams.adopt(dream)
    assert "3 of 3 adopted" in next(event for event in events if "#part-changes" in event)
