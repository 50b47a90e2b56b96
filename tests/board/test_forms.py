"""What the forms of the board do to a world."""

import json
from html import unescape

import pytest

from mockdreams import MockDreams
from mockdreams.http.board.views.levers_view import LEVERS, Lever
from tests.support.boards import Visitor
from tests.support.helpers import Scene

PRESETS = [(lever, name) for lever in LEVERS for name in lever.presets]


@pytest.mark.long
def test_the_clock_is_moved(scene: Scene, board: Visitor) -> None:
    scene.mock.clock.mode = "manual"
    dream = scene.dream()
    assert "It is 2026-01-01 00:00:05" in board.post("/clock", do="next").replace("00:01:05", "00:00:05")
    assert scene.beta.dreams.retrieve(dream.id).status == "running"
    board.post("/clock", advance="60")
    board.post("/clock", do="idle")
    assert scene.beta.dreams.retrieve(dream.id).status == "completed"
    assert board.refused("/clock", do="next").strip() == '<p class="wrong">Nothing is due.</p>'


def test_the_clock_is_frozen_sped_up_and_set_to_another_mode(mockdreams: MockDreams, board: Visitor) -> None:
    board.post("/clock", do="freeze")
    assert (mockdreams.clock.mode, ">frozen<" in board.get("/")) == ("manual", True)
    board.post("/clock", do="resume")
    assert mockdreams.clock.mode == "auto"
    board.post("/clock", speed="600")
    board.post("/clock", mode="manual")
    assert (mockdreams.clock.mode, mockdreams.clock.speed) == ("manual", 600)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"advance": "soon"}, "Failed to parse request body: invalid JSON"),
        ({"advance": "-1"}, "advance: must be greater than or equal to 0.0"),
        ({"mode": "fast"}, 'Failed to parse request: mode: "fast" is not a valid value'),
        ({"speed": "0"}, "speed: must be greater than or equal to 1e-06"),
        ({}, 'Failed to parse request: mode: "" is not a valid value'),
    ],
)
def test_an_order_that_is_none_is_refused_and_moves_nothing(
    mockdreams: MockDreams, board: Visitor, fields: dict[str, str], words: str
) -> None:
    before = mockdreams.clock.now()
    assert f'<p class="wrong">{words}' in unescape(board.refused("/clock", **fields))
    assert (mockdreams.clock.now(), mockdreams.clock.mode) == (before, "auto")


def test_without_htmx_a_form_leads_back_to_its_page(board: Visitor) -> None:
    sent = {"token": board.token(), "advance": "1"}
    for back, target in ((f"{board.base}/stores", f"{board.base}/stores"), ("//evil.example/", f"{board.base}/")):
        response = board.http.post(f"{board.base}/clock", data={**sent, "back": back})
        assert (response.status_code, response.headers["location"]) == (303, target)


@pytest.mark.long
def test_a_fault_is_armed_and_strikes(mockdreams: MockDreams, board: Visitor) -> None:
    said = board.post("/levers/faults", match="GET /v1/dreams", status="529", times="2", body="", latency="")
    assert said.strip() == '<p>Faults: added {"match": "GET /v1/dreams", "status": 529, "times": 2}.</p>'
    assert "GET /v1/dreams" in board.get("/levers")
    assert mockdreams.http.get("/v1/dreams").status_code == 529
    board.post("/levers/faults/clear")
    assert list(mockdreams.faults) == []


def test_a_form_says_what_is_wrong_with_it(mockdreams: MockDreams, board: Visitor) -> None:
    assert "matches no call" in board.refused("/levers/faults", match="dreams", status="529")
    assert "status" in board.refused("/levers/faults", match="GET /v1/dreams", status="many")
    assert list(mockdreams.faults) == []


def test_a_text_that_looks_like_a_number_stays_a_text(mockdreams: MockDreams, board: Visitor) -> None:
    board.post("/levers/dreams-scripts", fail="404")
    assert [script["fail"] for script in mockdreams.dreams] == ["404"]


@pytest.mark.parametrize(("lever", "name"), PRESETS, ids=[f"{lever.name} {name}" for lever, name in PRESETS])
def test_every_preset_can_be_added_as_it_stands(board: Visitor, lever: Lever, name: str) -> None:
    page = board.get("/levers", lever=lever.name, preset=name)
    assert 'aria-current="true"' in page
    fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in lever.presets[name].items()}
    assert f"{lever.title}: added" in board.post(f"/levers/{lever.name}", **fields)


def test_a_request_fills_the_form_of_a_fault_in(board: Visitor) -> None:
    page = board.get("/levers", lever="faults", match="POST /v1/dreams/*/cancel", status="529")
    assert 'name="match" value="POST /v1/dreams/*/cancel"' in page


@pytest.mark.long
def test_the_policy_is_changed_and_a_profile_chosen(mockdreams: MockDreams, board: Visitor) -> None:
    assert "Nothing was changed." in board.post("/policy", dreams_per_day="null")
    assert "dreams_per_day is now 7" in board.post("/policy", dreams_per_day="7", enrolled="true")
    assert mockdreams.policy.dreams_per_day == 7
    assert "field changed" in board.get("/policy")
    board.post("/policy", profile="launch-2026-05")
    assert mockdreams.policy.dreams_per_day == 20
    assert "no JSON" in board.refused("/policy", dreams_per_day="many")


def test_a_world_is_taken_away_and_put_back(scene: Scene, board: Visitor) -> None:
    store = scene.store({"/a.md": "kept"})
    taken = board.http.get(f"{board.base}/snapshot.json")
    assert taken.headers["content-disposition"] == f'attachment; filename="{board.id}.snapshot.json"'
    scene.beta.memory_stores.delete(store)
    sent = {"token": board.token(), "back": f"{board.base}/"}
    restored = board.http.post(f"{board.base}/snapshot", data=sent, files={"snapshot": ("s.json", taken.content)})
    assert restored.status_code == 303
    assert scene.contents(store) == {"/a.md": "kept"}
    refused = board.http.post(f"{board.base}/snapshot", data=sent, files={"snapshot": ("s.json", b"{}")})
    assert refused.status_code == 400
    assert scene.contents(store) == {"/a.md": "kept"}


def test_a_world_begins_anew(scene: Scene, board: Visitor) -> None:
    scene.store()
    board.post("/reset")
    assert scene.beta.memory_stores.list().data == []


def test_a_dream_is_canceled(scene: Scene, board: Visitor) -> None:
    dream = scene.dream()
    board.post(f"/dreams/{dream.id}/cancel")
    assert scene.beta.dreams.retrieve(dream.id).status == "canceled"


def test_the_requests_are_forgotten(scene: Scene, board: Visitor) -> None:
    scene.store()
    board.post("/requests/clear")
    assert len(scene.mock.requests) == 0
