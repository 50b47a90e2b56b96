"""The three clocks, from the handle and through the control API."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockdreams import MockDreams
from tests.scene import Scene, refused


def order(scene: Scene, **body: Any) -> dict[str, Any]:
    response = scene.http.post("/_mockdreams/clock", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize("clock", ["auto", "manual"])
def test_virtual_time_starts_at_the_same_moment_in_every_run(clock: Any) -> None:
    with MockDreams(clock=clock) as mock:
        assert mock.clock.now() == datetime(2026, 1, 1, tzinfo=UTC)


def test_real_time_starts_now() -> None:
    with MockDreams(clock="real") as mock:
        assert abs(mock.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.mockdreams(clock="manual")
def test_manual_time_stands_still(scene: Scene) -> None:
    dream = scene.dream()
    for _ in range(50):
        assert scene.beta.dreams.retrieve(dream.id) == dream
    scene.mock.clock.advance(seconds=scene.mock.policy.dream_queue_seconds)
    assert scene.beta.dreams.retrieve(dream.id).status == "running"


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.parametrize("way", ["advance", "move_to", "run_until_idle", "sleep"])
def test_every_way_of_moving_time_runs_what_is_due(scene: Scene, way: str) -> None:
    dream, clock = scene.dream(), scene.mock.clock
    if way == "advance":
        clock.advance(hours=1)
    elif way == "move_to":
        clock.move_to(clock.now() + timedelta(hours=1))
    elif way == "sleep":
        clock.sleep(3600)
    else:
        clock.run_until_idle()
    assert scene.beta.dreams.retrieve(dream.id).status == "completed"


@pytest.mark.mockdreams(clock="manual")
def test_things_happen_at_their_time_not_when_somebody_looks(scene: Scene) -> None:
    dream = scene.dream()
    scene.mock.clock.advance(days=365)
    ended = scene.beta.dreams.retrieve(dream.id).ended_at
    assert ended is not None
    assert ended - dream.created_at < timedelta(minutes=5)


@pytest.mark.mockdreams(clock="real")
def test_real_time_passes_by_itself(scene: Scene) -> None:
    scene.mock.clock.speed = 1000
    dream = scene.dream()
    deadline = time.monotonic() + 5
    while scene.beta.dreams.retrieve(dream.id).status != "completed":
        assert time.monotonic() < deadline


@pytest.mark.mockdreams(clock="real")
def test_real_time_does_not_jump_when_somebody_looks(scene: Scene) -> None:
    scene.mock.clock.speed = 0.001
    dream = scene.dream()
    assert {scene.beta.dreams.retrieve(dream.id).status for _ in range(10)} == {"pending"}


def test_equal_worlds_are_equal_to_the_byte() -> None:
    def story() -> list[bytes]:
        with MockDreams(api_key="sk-ant-same") as mock, mock.client() as client:
            scene = Scene(mock, client.beta)
            dream = scene.finished(
                store_id=scene.store({"/a.md": "- One.\n- One.\n"}), session_ids=[scene.session("Hi.")]
            )
            paths = (f"/v1/dreams/{dream.id}", f"/v1/sessions/{dream.session_id}/events", "/v1/memory_stores")
            return [mock.http.get(path).content for path in paths]

    assert story() == story()


def test_other_keys_have_other_ids() -> None:
    with MockDreams() as one, MockDreams() as other:
        assert one.api_key != other.api_key
        mine = Scene(one, one.client().beta).store()
        theirs = Scene(other, other.client().beta).store()
        assert mine != theirs
        assert one.http.get(f"/v1/memory_stores/{theirs}").status_code == 404


@pytest.mark.mockdreams(clock="manual")
def test_the_control_api_moves_time(scene: Scene) -> None:
    dream = scene.dream()
    shown = scene.http.get("/_mockdreams/clock").json()
    assert shown["mode"] == "manual"
    assert shown["speed"] == 60
    assert shown["due"] == [{"at": "2026-01-01T00:01:05Z", "what": f"dream starts {dream.id}"}]
    assert order(scene, advance=5)["now"] == "2026-01-01T00:01:05Z"
    assert scene.beta.dreams.retrieve(dream.id).status == "running"
    order(scene, move_to="2026-01-01T00:01:10Z")
    assert scene.beta.dreams.retrieve(dream.id).outputs
    assert order(scene, run_until_idle=True)["due"] == []
    assert scene.beta.dreams.retrieve(dream.id).status == "completed"
    assert order(scene, mode="auto", speed=600)["mode"] == scene.mock.clock.mode == "auto"
    assert scene.mock.clock.speed == 600


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.parametrize(
    "body",
    [
        {"advance": -1},
        {"advance": 1e300},
        {"advance": "soon"},
        {"move_to": "2020-01-01T00:00:00Z"},
        {"move_to": "2030-01-01T00:00:00"},
        {"move_to": "later"},
        {"mode": "fast"},
        {"speed": 0},
        {"speed": -5},
        {"later": True},
        {"mode": "auto", "speed": 5, "move_to": "2020-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_bad_orders_change_nothing(scene: Scene, body: Any) -> None:
    before = scene.http.get("/_mockdreams/clock").json()
    refused(scene.http.post("/_mockdreams/clock", json=body), 400, "invalid_request_error")
    assert scene.http.get("/_mockdreams/clock").json() == before


def test_time_does_not_move_back(mockdreams: MockDreams) -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        mockdreams.clock.advance(seconds=-1)
    with pytest.raises(ValueError, match="only moves forward"):
        mockdreams.clock.move_to(datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="time zone"):
        mockdreams.clock.move_to(datetime(2027, 1, 1))
    with pytest.raises(ValueError, match="speed"):
        mockdreams.clock.speed = 0
    with pytest.raises(ValueError, match="mode"):
        mockdreams.clock.mode = "lunar"  # type: ignore[assignment]


def test_health_needs_no_key(scene: Scene) -> None:
    del scene.http.headers["x-api-key"]
    assert scene.http.get("/_mockdreams/health").json() == {"status": "ok"}
    refused(scene.http.get("/_mockdreams/clock"), 401, "authentication_error")


@pytest.mark.mockdreams(clock="manual", policy={"dream_queue_seconds": 1})
def test_reset_makes_the_world_as_it_was(scene: Scene) -> None:
    first = scene.http.get("/_mockdreams/clock").json()
    dream = scene.dream()
    scene.mock.clock.advance(hours=1)
    scene.mock.policy.dream_queue_seconds = 99
    assert scene.http.post("/_mockdreams/reset").status_code == 200
    assert scene.http.get("/_mockdreams/clock").json() == first
    assert scene.mock.policy.dream_queue_seconds == 1
    assert scene.beta.dreams.list().data == []
    assert scene.dream().id == dream.id


def test_reset_leaves_other_worlds_alone(scene: Scene) -> None:
    with MockDreams() as other:
        kept = Scene(other, other.client().beta).store()
        scene.http.post("/_mockdreams/reset")
        assert other.http.get(f"/v1/memory_stores/{kept}").status_code == 200
