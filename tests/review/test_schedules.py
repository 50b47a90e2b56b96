"""Dreams that the world begins by itself, and what becomes of them."""

import asyncio
from datetime import UTC, datetime
from threading import get_ident

import pytest

from mockdreams import ControlError, MockDreams
from mockdreams.harness.handle import default_server
from mockdreams.http.concurrency import run_locked
from mockdreams.world.schedules.records import ScheduledDream
from tests.support.helpers import ABSENT, MODEL, Scene

HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def store(scene: Scene) -> str:
    return scene.store({"/prefs.md": "Spaces.", "/old.md": "Was let go in March."})


def script(scene: Scene, times: int = 1, **fields: object) -> None:
    scene.mock.dreams.script(**{"write": {"/prefs.md": "Tabs."}, "times": times, **fields})  # type: ignore[arg-type]


def statuses(mock: MockDreams) -> list[str]:
    return [run.status for run in mock.schedules.runs()]


def only_run(mock: MockDreams) -> ScheduledDream:
    (run,) = mock.schedules.runs()
    return run


def change(scene: Scene, store: str, path: str, content: str) -> None:
    memories = scene.beta.memory_stores.memories.list(store)
    memory = next(each.id for each in memories if each.type == "memory" and each.path == path)
    scene.beta.memory_stores.memories.update(memory, memory_store_id=store, content=content)


def test_what_is_completed_is_adopted_by_itself(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    script(scene)
    scene.mock.schedules.add(memory_store_id=store, every=DAY, mode="automatic")
    scene.mock.clock.advance(seconds=DAY + HOUR)
    run = only_run(scene.mock)
    assert (run.status, run.adopted, run.conflicts) == ("adopted", ("/prefs.md",), ())
    assert scene.contents(store)["/prefs.md"] == "Tabs."


@pytest.mark.mockdreams(clock="manual")
def test_a_world_that_may_adopt_is_asked_on_a_thread(scene: Scene, store: str) -> None:
    world = default_server.places.get_or_create(scene.mock.api_key).world
    scene.session("I use tabs.")
    scene.mock.clock.run_until_idle()
    script(scene)
    asked_at = []
    scene.mock.schedules.add(memory_store_id=store, every=DAY, mode="automatic")
    for _ in range(3):
        asked_at.append(asyncio.run(run_locked(world, get_ident)) != get_ident())
        scene.mock.clock.advance(seconds=DAY if len(asked_at) == 1 else HOUR)
    assert statuses(scene.mock) == ["adopted"]
    assert asked_at == [False, True, False]


def test_what_is_to_be_reviewed_waits_for_a_yes(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    script(scene, delete=["/old.md"])
    scene.mock.schedules.add(memory_store_id=store, every=DAY, mode="review")
    scene.mock.clock.advance(seconds=DAY + HOUR)
    (run,) = scene.mock.schedules.runs("waiting")
    assert scene.contents(store)["/prefs.md"] == "Spaces."
    assert run.dream_id is not None
    assert [each.path for each in scene.mock.dreams.review(run.dream_id).changes] == ["/old.md", "/prefs.md"]
    approved = scene.mock.schedules.approve(run, only=["/prefs.md"])
    assert (approved.status, approved.adopted) == ("adopted", ("/prefs.md",))
    assert scene.contents(store) == {"/prefs.md": "Tabs.", "/old.md": "Was let go in March."}
    assert scene.mock.schedules.runs() == [approved]


def test_a_no_changes_nothing(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    script(scene)
    scene.mock.schedules.add(memory_store_id=store, every=DAY)
    scene.mock.clock.advance(seconds=DAY + HOUR)
    run = only_run(scene.mock)
    assert run.dream_id is not None
    assert scene.mock.schedules.reject(run.dream_id).status == "rejected"
    assert scene.contents(store)["/prefs.md"] == "Spaces."
    with pytest.raises(ControlError, match="waits for no decision: it is rejected"):
        scene.mock.schedules.approve(run)


def test_it_dreams_again_and_again_until_it_is_removed(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    schedule = scene.mock.schedules.add(memory_store_id=store, every=DAY)
    scene.mock.clock.advance(seconds=3 * DAY + HOUR)
    assert statuses(scene.mock) == ["waiting"] * 3
    times = [run.created_at - schedule.created_at for run in scene.mock.schedules.runs()]
    assert [time.total_seconds() for time in times] == [DAY, 2 * DAY, 3 * DAY]
    (listed,) = scene.mock.schedules
    assert listed.next_run_at is not None
    assert (listed.next_run_at - schedule.created_at).total_seconds() == 4 * DAY
    scene.mock.schedules.remove(schedule)
    scene.mock.clock.advance(seconds=3 * DAY)
    assert statuses(scene.mock) == ["waiting"] * 3
    assert list(scene.mock.schedules) == []


@pytest.mark.mockdreams(now="2026-03-28T12:00:00Z")
def test_cron_goes_by_the_wall_clock_of_a_time_zone(scene: Scene, store: str) -> None:
    """Summer time begins in Berlin on the 29th."""
    scene.session("I use tabs.")
    scene.mock.schedules.add(memory_store_id=store, cron="0 3 * * *", timezone="Europe/Berlin")
    scene.mock.clock.advance(seconds=2 * DAY)
    assert [run.created_at for run in scene.mock.schedules.runs()] == [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 3, 30, 1, tzinfo=UTC),
    ]


def test_so_many_finished_sessions_are_the_reason_for_a_dream(scene: Scene, store: str) -> None:
    scene.mock.schedules.add(memory_store_id=store, after_sessions=2)
    first = scene.session("I use tabs.", "And I like tea.")
    assert statuses(scene.mock) == [], "one session is one, however much is said in it"
    (schedule,) = scene.mock.schedules
    assert schedule.finished_session_ids == (first,)
    scene.session("I use tabs.")
    scene.mock.clock.run_until_idle()
    assert statuses(scene.mock) == ["waiting"]
    (schedule,) = scene.mock.schedules
    assert schedule.finished_session_ids == (), "the session of the dream counts for nothing"


def test_a_dream_reads_the_newest_sessions_and_none_of_a_dream(scene: Scene, store: str) -> None:
    ids = [scene.session(f"Fact {number}.") for number in range(4)]
    scene.session()
    scene.finished(store_id=store, session_ids=[ids[0]])
    scene.mock.schedules.add(
        memory_store_id=store, every=DAY, sessions=2, model="claude-sonnet-5", instructions="Be brief."
    )
    scene.mock.clock.advance(seconds=DAY + HOUR)
    dream_id = only_run(scene.mock).dream_id
    assert dream_id is not None
    dream = scene.beta.dreams.retrieve(dream_id)
    assert scene.inputs(dream) == (store, sorted(ids[2:]))
    assert (dream.model.id, dream.instructions) == ("claude-sonnet-5", "Be brief.")


def test_without_sessions_a_dream_is_skipped(scene: Scene, store: str) -> None:
    scene.mock.schedules.add(memory_store_id=store, every=DAY)
    scene.mock.clock.advance(seconds=DAY)
    run = only_run(scene.mock)
    assert (run.status, run.message, run.dream_id) == ("skipped", "there are no sessions to dream of", None)


def test_while_a_dream_runs_the_next_is_skipped(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    scene.mock.dreams.script(hang="running")
    scene.mock.schedules.add(memory_store_id=store, every=60)
    scene.mock.clock.advance(seconds=130)
    assert statuses(scene.mock) == ["running", "skipped"]
    assert scene.mock.schedules.runs()[1].message == "the dream before still runs"


def test_failures_are_kept_with_what_the_dream_says(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    scene.mock.dreams.script(fail="internal_error", message="The service failed.")
    scene.mock.schedules.add(memory_store_id=store, every=DAY, mode="automatic")
    scene.mock.clock.advance(seconds=DAY + HOUR)
    run = only_run(scene.mock)
    assert (run.status, run.message) == ("failed", "The service failed.")
    assert run.settled_at is not None
    scene.beta.memory_stores.archive(store)
    scene.mock.clock.advance(seconds=DAY)
    assert scene.mock.schedules.runs()[1].message == f"Memory store {store} is archived."
    assert statuses(scene.mock) == ["failed", "failed"]


def test_a_canceled_dream_has_failed(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    scene.mock.dreams.script(hang="running")
    scene.mock.schedules.add(memory_store_id=store, every=DAY)
    scene.mock.clock.advance(seconds=DAY + 60)
    dream_id = only_run(scene.mock).dream_id
    assert dream_id is not None
    scene.beta.dreams.cancel(dream_id)
    scene.mock.clock.run_until_idle()
    assert (only_run(scene.mock).status, only_run(scene.mock).message) == ("failed", "the dream was canceled")


@pytest.mark.mockdreams(clock="manual")
def test_conflicts_are_kept_and_can_be_decided(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    script(scene, write={"/prefs.md": "Tabs.", "/new.md": "Deploys on Thursdays."})
    scene.mock.schedules.add(memory_store_id=store, every=DAY, mode="automatic")
    scene.mock.clock.advance(seconds=DAY - 60)
    (schedule,) = scene.mock.schedules
    assert schedule.next_run_at is not None
    scene.mock.clock.move_to(schedule.next_run_at)
    scene.mock.clock.advance(seconds=20)
    change(scene, store, "/prefs.md", "Both.")
    scene.mock.clock.advance(seconds=HOUR)
    run = only_run(scene.mock)
    assert (run.status, run.adopted) == ("conflict", ("/new.md",))
    assert run.conflicts == ("/prefs.md was changed since the dream read it",)
    assert scene.contents(store)["/prefs.md"] == "Both."
    change(scene, store, "/prefs.md", "Spaces.")
    assert scene.mock.schedules.approve(run).status == "adopted"
    assert scene.contents(store)["/prefs.md"] == "Tabs."


def test_running_until_idle_ends_although_a_schedule_does_not(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    scene.mock.schedules.add(memory_store_id=store, every=60)
    before = scene.mock.clock.now()
    assert scene.mock.clock.run_until_idle() == before
    assert statuses(scene.mock) == []


def test_the_report_of_a_failing_test_tells_what_became_of_them(scene: Scene, store: str) -> None:
    assert "schedules" not in scene.mock.story()
    scene.mock.schedules.add(memory_store_id=store, every=DAY)
    scene.mock.clock.advance(seconds=DAY)
    scene.session("I use tabs.")
    scene.mock.clock.advance(seconds=DAY)
    dream_id = scene.mock.schedules.runs()[1].dream_id
    told = scene.mock.story().partition("begun by schedules, newest first:\n")[2].splitlines()
    assert told[0].endswith(f" running: {dream_id}")
    assert told[1].endswith(" skipped: there are no sessions to dream of")


@pytest.mark.mockdreams(clock="real")
def test_what_nobody_looked_at_for_days_is_not_all_made_up_for(scene: Scene, store: str) -> None:
    schedule = scene.mock.schedules.add(memory_store_id=store, every=DAY / 2)
    scene.mock.clock.advance(seconds=3 * DAY + HOUR)
    passed = [(run.created_at - schedule.created_at).total_seconds() / DAY for run in scene.mock.schedules.runs()]
    assert passed == [2.5, 3]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "exactly one of every, cron and after_sessions is needed, not 0"),
        ({"every": 60, "after_sessions": 3}, "exactly one of every, cron and after_sessions is needed, not 2"),
        ({"every": 0.5}, "every"),
        ({"after_sessions": 0}, "after_sessions"),
        ({"every": 60, "timezone": "UTC"}, "timezone goes with cron"),
        ({"cron": "every day"}, "`cron` is not a valid 5-field cron expression"),
        ({"cron": "0 3 * * *", "timezone": "Mars/Base"}, '`timezone` "Mars/Base" is not a valid IANA timezone'),
        ({"cron": "0 0 30 2 *"}, "`cron` never matches"),
        ({"every": 60, "mode": "manual"}, "mode"),
        ({"every": 60, "sessions": 101}, "sessions"),
        ({"every": 60, "model": "claude-2"}, "model: a dream can run on"),
    ],
)
def test_what_is_no_schedule_is_refused_and_none_is_made(
    scene: Scene, store: str, fields: dict[str, object], why: str
) -> None:
    with pytest.raises(ControlError) as refused:
        scene.mock.schedules.add(memory_store_id=store, **fields)  # type: ignore[arg-type]
    assert why in str(refused.value)
    assert list(scene.mock.schedules) == []


def test_an_unknown_store_run_or_schedule_is_told(scene: Scene) -> None:
    with pytest.raises(ControlError, match="not found"):
        scene.mock.schedules.add(memory_store_id=f"memstore_{ABSENT}", every=60)
    with pytest.raises(LookupError, match="No schedule began"):
        scene.mock.schedules.approve("drm_nope")
    with pytest.raises(LookupError, match="not found"):
        scene.mock.schedules.remove("sched_nope")


@pytest.mark.long
def test_schedules_and_their_dreams_are_in_a_snapshot(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    script(scene, times=2)
    scene.mock.schedules.add(memory_store_id=store, every=DAY)
    scene.mock.schedules.add(memory_store_id=store, cron="0 3 * * *", timezone="Europe/Berlin")
    scene.mock.schedules.add(memory_store_id=store, after_sessions=5)
    scene.mock.clock.advance(seconds=DAY + HOUR)
    scene.session("And I like tea.")
    schedules, runs = list(scene.mock.schedules), scene.mock.schedules.runs()
    assert len(runs) == 2
    saved = scene.mock.snapshot()
    with MockDreams() as other:
        other.restore(saved)
        assert (list(other.schedules), other.schedules.runs()) == (schedules, runs)
        other.schedules.approve(runs[0])
        other.clock.advance(seconds=DAY)
        assert statuses(other) == ["adopted", "waiting", "waiting", "waiting"]


def test_a_reset_forgets_them(scene: Scene, store: str) -> None:
    scene.mock.schedules.add(memory_store_id=store, every=DAY)
    scene.mock.reset()
    assert list(scene.mock.schedules) == []


def test_the_control_api_has_the_same(scene: Scene, store: str) -> None:
    scene.session("I use tabs.")
    script(scene)
    fields = {"memory_store_id": store, "every": DAY, "model": MODEL}
    added = scene.http.post("/_mockdreams/schedules", json=fields).json()
    assert (added["mode"], added["sessions"], added["model"]) == ("review", 100, MODEL)
    assert scene.http.get("/_mockdreams/schedules").json() == {"data": [added]}
    scene.mock.clock.advance(seconds=DAY + HOUR)
    (run,) = scene.http.get("/_mockdreams/schedules/runs", params={"status": "waiting"}).json()["data"]
    assert scene.http.get("/_mockdreams/schedules/runs", params={"status": "adopted"}).json() == {"data": []}
    mistaken = scene.http.get("/_mockdreams/schedules/runs", params={"status": "waitng"})
    assert (mistaken.status_code, "waiting" in mistaken.json()["error"]["message"]) == (400, True)
    approved = scene.http.post(f"/_mockdreams/schedules/runs/{run['id']}/approve").json()
    assert approved["adopted"] == ["/prefs.md"]
    assert scene.http.post(f"/_mockdreams/schedules/runs/{run['id']}/reject").status_code == 400
    assert scene.http.delete(f"/_mockdreams/schedules/{added['id']}").json() == {"data": []}
