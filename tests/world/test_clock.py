"""The three clocks, from the handle and through the control API."""

import time
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.harness.handle import default_server
from mockdreams.world.core.clock import MANY_TASKS, Clock, ClockMode
from mockdreams.world.core.tasks import Task
from tests.support.helpers import HANG_GUARD, Scene, refused

MODES = ("auto", "manual", "real")


def order(scene: Scene, **body: Any) -> dict[str, Any]:
    response = scene.http.post("/_mockdreams/clock", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that the clock runs from now on."""
    ran: list[str] = []
    clock = default_server.places.get_or_create(scene.mock.api_key).world.clock
    perform = clock.perform

    def count(action: Any) -> None:
        ran.append(action.what)
        perform(action)

    monkeypatch.setattr(clock, "perform", count)
    return ran


@pytest.mark.parametrize("clock", ["auto", "manual"])
def test_virtual_time_starts_at_the_same_moment_in_every_run(clock: Any) -> None:
    with MockDreams(clock=clock) as mock:
        assert mock.clock.now() == datetime(2026, 1, 1, tzinfo=UTC)


def test_real_time_starts_now() -> None:
    with MockDreams(clock="real") as mock:
        assert abs(mock.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.long
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
    deadline = time.monotonic() + HANG_GUARD
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
    assert scene.http.get("/_mockdreams/health").json() == {"status": "ok", "profile": "current"}
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


@pytest.mark.parametrize("mode", MODES)
def test_freeze_stops_time_and_resume_lets_it_go_on(scene: Scene, mode: Any) -> None:
    clock = scene.mock.clock
    clock.mode, clock.speed = mode, 1_000_000
    dream = scene.dream()
    clock.freeze()
    clock.freeze()
    before = (clock.now(), scene.beta.dreams.retrieve(dream.id))
    assert [(clock.now(), scene.beta.dreams.retrieve(dream.id)) for _ in range(20)] == [before] * 20
    moved = clock.advance(seconds=1)
    assert moved == clock.now() == before[0] + timedelta(seconds=1)
    clock.resume()
    clock.resume()
    assert clock.mode == mode
    if mode == "manual":
        clock.run_until_idle()
    deadline = time.monotonic() + HANG_GUARD
    while scene.beta.dreams.retrieve(dream.id).status != "completed":
        assert time.monotonic() < deadline


@pytest.mark.parametrize("mode", MODES)
def test_resume_without_freeze_changes_nothing(mockdreams: MockDreams, mode: Any) -> None:
    mockdreams.clock.mode = mode
    mockdreams.clock.resume()
    assert mockdreams.clock.mode == mode


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_that_is_set_ends_a_freeze(mockdreams: MockDreams, mode: Any) -> None:
    mockdreams.clock.freeze()
    mockdreams.clock.mode = mode
    mockdreams.clock.resume()
    assert mockdreams.clock.mode == mode
    mockdreams.clock.freeze()
    assert mockdreams.clock.mode == "manual"
    mockdreams.clock.resume()
    assert mockdreams.clock.mode == mode


def test_a_snapshot_of_a_frozen_world_is_frozen(mockdreams: MockDreams) -> None:
    clock: Any = mockdreams.clock
    clock.freeze()
    frozen = mockdreams.snapshot()
    clock.resume()
    mockdreams.restore(frozen)
    assert clock.mode == "manual"
    clock.resume()
    assert clock.mode == "auto"


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.parametrize("how", ["restore", "reset"])
def test_a_clock_in_hand_stays_the_clock_of_the_world(scene: Scene, how: str) -> None:
    clock, start = scene.mock.clock, scene.mock.snapshot()
    first = scene.dream()
    clock.advance(seconds=10)
    scene.mock.restore(start) if how == "restore" else scene.mock.reset()
    assert (clock.due, clock.now()) == ([], datetime(2026, 1, 1, tzinfo=UTC))
    assert scene.dream().id == first.id
    assert clock.advance(seconds=6) == scene.mock.clock.now()
    assert scene.beta.dreams.retrieve(first.id).status == "running"
    scene.mock.clock.advance(minutes=10)
    assert scene.beta.dreams.retrieve(first.id).status == "completed"


@pytest.mark.mockdreams(clock="manual")
def test_what_is_due_at_one_instant_happens_in_the_order_in_which_it_was_made(scene: Scene) -> None:
    sessions = [scene.session() for _ in range(6)]
    sent = sessions[3:] + sessions[:3]
    for session in sent:
        scene.send(session, "Hello.")
    due = scene.mock.clock.due
    assert len({each.at for each in due}) == 1
    assert [each.what.split()[-1] for each in due] == sent
    shown = scene.http.get("/_mockdreams/clock").json()["due"]
    assert [each["what"].split()[-1] for each in shown] == sent
    scene.mock.clock.move_to(due[0].at)
    threads = [scene.beta.sessions.threads.list(session).data[0].id for session in sent]
    assert [each.what for each in scene.mock.clock.due] == [f"thread answers {thread}" for thread in threads]


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.parametrize("at", [0, 1])
def test_a_scripted_end_comes_before_the_ordinary_one_of_the_same_instant(scene: Scene, at: int) -> None:
    scene.mock.dreams.script(fail="timeout", at=at)
    dream = scene.dream()
    scene.mock.clock.advance(seconds=scene.mock.policy.dream_queue_seconds)
    scene.mock.clock.advance(seconds=scene.mock.policy.dream_provision_seconds)
    if at:
        scene.mock.clock.move_to(scene.mock.clock.due[-1].at - timedelta(microseconds=1))
        due = scene.mock.clock.due
        assert [each.what for each in due] == [f"dream fails {dream.id}", f"dream ends {dream.id}"]
        assert due[0].at == due[1].at
        scene.mock.clock.run_until_idle()
    assert scene.beta.dreams.retrieve(dream.id).status == "failed"


@pytest.mark.mockdreams(clock="manual")
def test_the_mode_can_change_in_the_middle_of_a_dream(scene: Scene) -> None:
    clock: Any = scene.mock.clock
    dream = scene.dream()

    def status() -> str:
        return scene.beta.dreams.retrieve(dream.id).status

    assert [status(), status()] == ["pending", "pending"]
    clock.mode = "auto"
    assert status() == "running"
    clock.mode = "manual"
    before = scene.beta.dreams.retrieve(dream.id)
    assert scene.beta.dreams.retrieve(dream.id) == before
    clock.mode, clock.speed = "real", 0.001
    assert status() == "running"
    assert clock.now() - dream.created_at < timedelta(minutes=1)
    clock.mode = "auto"
    assert [status() for _ in range(3)][-1] == "completed"


@pytest.mark.mockdreams(clock="manual")
def test_a_year_passes_without_sleeping(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.mock.dreams.script(duration=3 * 3600)
    dream = scene.dream()
    ran = counted(scene, monkeypatch)
    scene.mock.clock.advance(days=365)
    assert scene.beta.dreams.retrieve(dream.id).status == "completed"
    seen = len(ran)
    for _ in range(100):
        scene.mock.clock.advance(days=365)
    assert len(ran) == seen


@pytest.mark.parametrize("mode", ["manual", "auto"])
def test_an_hour_long_dream_costs_what_a_minute_long_one_costs(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, mode: Any
) -> None:
    ran, costs = counted(scene, monkeypatch), []
    body = scene.body(scene.store({"/a.md": "- One.\n- One.\n"}), [scene.session("Hello.")])
    for duration in (60, 3600):
        scene.mock.clock.mode = mode
        scene.mock.dreams.script(duration=duration)
        ran.clear()
        dream, polls = scene.http.post("/v1/dreams", json=body).json()["id"], 0
        if mode == "manual":
            scene.mock.clock.advance(days=1)
        while scene.beta.dreams.retrieve(dream).status != "completed":
            polls += 1
        costs.append((list(ran), polls))
    assert costs[0] == costs[1]


@pytest.mark.mockdreams(clock="real")
@pytest.mark.long
def test_a_new_speed_takes_effect_at_once_and_not_before(scene: Scene) -> None:
    clock, body = scene.mock.clock, scene.body()
    clock.speed = 0.001
    first = scene.http.post("/v1/dreams", json=body).json()["id"]
    began, wall = clock.now(), time.monotonic()
    clock.speed = 1_000_000
    while clock.now() - began < timedelta(days=1):
        assert time.monotonic() - wall < HANG_GUARD
    assert scene.beta.dreams.retrieve(first).status == "completed"
    clock.speed = 0.001
    slow = clock.now()
    second = scene.http.post("/v1/dreams", json=body).json()["id"]
    assert scene.beta.dreams.retrieve(second).status == "pending"
    assert clock.now() - slow < timedelta(seconds=1)


def test_a_dream_of_any_length_ends_before_time_does(scene: Scene) -> None:
    body = scene.body()
    scene.mock.dreams.script(duration=1e300)
    scene.mock.policy.dream_runtime_budget_seconds = 1e300
    for _ in range(2):
        dream = scene.http.post("/v1/dreams", json=body).json()["id"]
        scene.mock.clock.run_until_idle()
        assert scene.beta.dreams.retrieve(dream).status == "completed"
    with pytest.raises(ValueError, match="time ends"):
        scene.mock.clock.advance(seconds=1)


@pytest.mark.mockdreams(clock="real")
def test_no_speed_is_too_fast(scene: Scene) -> None:
    body = scene.body()
    scene.mock.clock.speed = 1e300
    dream = scene.http.post("/v1/dreams", json=body).json()["id"]
    assert scene.beta.dreams.retrieve(dream).status == "completed"


@pytest.mark.mockdreams(policy={"turn_queue_seconds": 0, "turn_seconds": 0})
def test_a_turn_that_takes_no_time_is_over_at_the_next_look(scene: Scene) -> None:
    session = scene.session()
    scene.send(session, "Hello.")
    assert [event.type for event in scene.beta.sessions.events.list(session)][-1] == "session.status_idle"


@pytest.mark.mockdreams(policy={"dream_wind_down_seconds": 0, "dream_queue_seconds": 0, "dream_provision_seconds": 0})
def test_a_dream_that_need_not_wait_does_not(scene: Scene) -> None:
    scene.mock.dreams.script(hang="running")
    assert scene.until(scene.dream().id, "running").outputs
    dream = scene.until(scene.dream().id, "running", output=True)
    scene.beta.dreams.cancel(dream.id)
    scene.beta.dreams.retrieve(dream.id)
    assert scene.beta.sessions.retrieve(str(dream.session_id)).status == "terminated"


@pytest.mark.parametrize("clock", MODES)
@pytest.mark.parametrize("now", [datetime(2031, 5, 1, 12, tzinfo=UTC), "2031-05-01T12:00:00Z"], ids=str)
def test_a_world_begins_when_it_is_told_to_and_again_at_a_reset(clock: Any, now: Any) -> None:
    with MockDreams(clock=clock, now=now) as mock:
        for _ in range(2):
            assert timedelta(0) <= mock.clock.now() - datetime(2031, 5, 1, 12, tzinfo=UTC) < timedelta(days=1)
            mock.clock.advance(days=5)
            mock.reset()


@pytest.mark.mockdreams(now="wall", load="messy-store")
def test_code_that_reads_the_wall_clock_finds_what_was_made_today(scene: Scene) -> None:
    session = scene.session()
    since = datetime.now(UTC) - timedelta(days=1)
    assert [each.id for each in scene.beta.sessions.list(created_at_gte=since)] == [session]
    assert scene.mock.requests[-1].hint is None


def test_a_filter_after_the_worlds_now_has_a_hint(scene: Scene) -> None:
    scene.session()
    assert not scene.beta.sessions.list(created_at_gte=datetime(2031, 1, 1, tzinfo=UTC)).data
    assert 'now="wall"' in str(scene.mock.requests[-1].hint)


@pytest.mark.parametrize("now", ["later", "2031-05-01T12:00:00", datetime(2031, 5, 1), 5])
def test_a_mistaken_now_begins_nothing(scene: Scene, now: Any) -> None:
    with pytest.raises(ValueError, match="now must"):
        MockDreams(now=now)
    before = scene.http.get("/_mockdreams/clock").json()
    if isinstance(now, str):
        refused(scene.http.post("/_mockdreams/reset", json={"now": now}), 400, "invalid_request_error")
    assert scene.http.get("/_mockdreams/clock").json() == before


def test_the_control_api_begins_a_world_at_any_time(scene: Scene) -> None:
    assert scene.http.post("/_mockdreams/reset", json={"now": "2031-05-01T12:00:00Z"}).status_code == 200
    assert scene.http.get("/_mockdreams/clock").json()["now"] == "2031-05-01T12:00:00Z"


def test_an_instant_that_was_held_can_be_held_again() -> None:
    """What is done meanwhile is done at that instant, however much wall time passes."""
    done: list[Task] = []
    wall = datetime(2026, 5, 1, tzinfo=UTC)
    clock = Clock(done.append, RLock(), "real", 1e6, datetime(2026, 1, 1, tzinfo=UTC))
    first = clock.hold(wall)
    clock.sync()
    assert clock.time == first.wall_time
    clock.release()

    again = Clock(done.append, RLock(), "real", 1e6, datetime(2026, 1, 1, tzinfo=UTC))
    moved = first._replace(time=first.time + timedelta(seconds=1), wall_time=first.wall_time + timedelta(seconds=1))
    again.hold_again(moved)
    assert again.time == moved.time
    again.sync()
    assert again.now() == again.time == moved.wall_time
    again.reset_to("real", 60)
    assert again.now() == wall
    again.release()
    again.catch_up(10)
    assert again.now() - wall >= timedelta(seconds=600)


@pytest.mark.parametrize(
    ("mode", "soon", "late"), [("auto", True, True), ("real", True, False), ("manual", False, False)]
)
def test_many_tasks_are_done_aside_where_a_look_may_meet_them(mode: ClockMode, soon: bool, late: bool) -> None:
    """Under a clock that stands, or before any of them is due, nobody who looks has to wait for them."""
    for when, crowded in ((timedelta(0), soon), (timedelta(days=1), late)):
        clock = Clock(lambda task: None, RLock(), mode)
        for number in range(MANY_TASKS):
            clock.schedule(clock.time + when, Task("grader is done", str(number)))
        assert not clock.is_crowded
        clock.schedule(clock.time + when, Task("grader is done", "last"))
        assert clock.is_crowded == crowded


@pytest.mark.parametrize("updates", [False, True])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.long
def test_what_makes_nothing_happen_is_never_done_aside(scene: Scene, mode: ClockMode, updates: bool) -> None:
    """An automatic clock moves when something is looked at, as a dream looks at one that holds the store it updates."""
    world = default_server.places.get_or_create(scene.mock.api_key).world
    scene.mock.clock.mode = "manual"
    store, session = scene.store(), scene.session()
    for _ in range(MANY_TASKS + 1):
        scene.dream(store, [session])
    if updates:
        scene.dream(store, [session], output_behavior={"type": "update_existing", "memory_store_id": store})
    scene.mock.clock.mode = mode
    world.clock.catch_up(60)
    assert world.may_think() == (mode != "manual")
    assert world.may_think(looks=False) == (mode == "real" or (mode == "auto" and updates))
