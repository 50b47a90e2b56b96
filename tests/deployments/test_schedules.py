"""When deployments run by themselves: cron expressions, time zones, and what moves virtual time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockdreams import MockDreams
from mockdreams.world.deployments.schedule import CronSchedule
from tests.support.deployment_stage import Stage, cron
from tests.support.helpers import refused


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("* * * * * *", "expected 5 fields, got 6"),
        ("", "expected 5 fields, got 0"),
        ("@daily", "predefined shortcuts (@daily, @hourly, ...) are not supported"),
        ("0 0 L * *", 'special character "L" is not supported (5-field POSIX cron only)'),
        ("0 0 * * 5#2", 'special character "#" is not supported (5-field POSIX cron only)'),
        ("0 0 ? * *", 'special character "?" is not supported (5-field POSIX cron only)'),
        ("0 0 15W * *", 'special character "W" is not supported (5-field POSIX cron only)'),
        ("0 9 * * FRI", 'invalid value "FRI" in field day-of-week'),
        ("0 9 * JAN *", 'invalid value "JAN" in field month'),
        ("99 * * * *", "field minute value 99 is out of range"),
        ("0 24 * * *", "field hour value 24 is out of range"),
        ("0 0 0 * *", "field day-of-month value 0 is out of range"),
        ("0 0 * * 8", "field day-of-week value 8 is out of range"),
        ("30-10 * * * *", 'invalid value "30-10" in field minute'),
        ("*/0 * * * *", 'invalid value "*/0" in field minute'),
        ("1,,2 * * * *", 'invalid value "" in field minute'),
        ("٣ * * * *", 'invalid value "٣" in field minute'),
    ],
)
def test_what_is_no_cron_expression_is_refused(stage: Stage, expression: str, why: str) -> None:
    answer = stage.post("", stage.body(schedule=cron(expression)))
    text = refused(answer, 400, "invalid_request_error")
    assert text == f"`schedule.expression` is not a valid 5-field cron expression: {why}"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../UTC", "America", "localtime", "right/UTC"])
def test_what_is_no_time_zone_is_refused(stage: Stage, zone: str) -> None:
    answer = stage.post("", stage.body(schedule=cron("0 9 * * *", zone)))
    text = refused(answer, 400, "invalid_request_error")
    assert text == f'`schedule.timezone` "{zone}" is not a valid IANA timezone'


@pytest.mark.parametrize(
    ("expression", "zone"),
    [("0 0 30 2 *", "UTC"), ("0 0 31 4,6 *", "UTC"), ("0 0 29 2 *", "UTC"), ("30 2 29 3 *", "Europe/Berlin")],
    ids=["no such day", "no such days", "no leap year", "only in the hour that is skipped"],
)
def test_what_never_matches_within_a_year_is_refused(stage: Stage, expression: str, zone: str) -> None:
    text = refused(stage.post("", stage.body(schedule=cron(expression, zone))), 400, "invalid_request_error")
    assert text == "`schedule.expression` does not produce any occurrences in the next year"


def test_a_bad_schedule_in_an_update_changes_nothing(stage: Stage) -> None:
    before = stage.deployment("0 9 * * *")
    refused(stage.post(f"/{before.id}", {"name": "x", "schedule": cron("never")}), 400, "invalid_request_error")
    assert stage.beta.deployments.retrieve(before.id) == before


def test_it_runs_when_time_passes_its_occurrences(stage: Stage) -> None:
    deployment = stage.deployment("30 9 * * 1-5", "America/New_York")
    stage.mock.clock.advance(days=7)
    assert stage.scheduled(deployment.id) == [utc(f"2026-01-0{day}T14:30") for day in (1, 2, 5, 6, 7)]
    schedule = stage.beta.deployments.retrieve(deployment.id).schedule
    assert schedule is not None
    assert schedule.last_run_at == utc("2026-01-07T14:30")
    assert schedule.upcoming_runs_at == [utc(f"2026-01-{day:02}T14:30") for day in (8, 9, 12, 13, 14)]


@pytest.mark.mockdreams(now="2026-03-28T12:00:00Z")
def test_an_hour_that_is_skipped_does_not_happen(stage: Stage) -> None:
    deployment = stage.deployment("30 2 * * *", "Europe/Berlin")
    stage.mock.clock.advance(days=2)
    assert stage.scheduled(deployment.id) == [utc("2026-03-30T00:30")]


@pytest.mark.mockdreams(now="2026-10-24T12:00:00Z")
def test_an_hour_that_is_doubled_happens_twice(stage: Stage) -> None:
    deployment = stage.deployment("30 2 * * *", "Europe/Berlin")
    stage.mock.clock.advance(days=1)
    assert stage.scheduled(deployment.id) == [utc("2026-10-25T00:30"), utc("2026-10-25T01:30")]


def test_day_of_month_or_day_of_week(stage: Stage) -> None:
    deployment = stage.deployment("0 0 13 * 5")
    stage.mock.clock.advance(days=14)
    assert stage.scheduled(deployment.id) == [utc(f"2026-01-{day:02}") for day in (2, 9, 13)]


def test_zero_and_seven_are_sunday(stage: Stage) -> None:
    zero, seven = (stage.deployment(f"0 0 * * {day}").schedule for day in (0, 7))
    assert zero is not None
    assert seven is not None
    assert zero.upcoming_runs_at == seven.upcoming_runs_at
    assert (zero.upcoming_runs_at or [])[0] == utc("2026-01-04")


def test_nothing_is_made_up_for_after_a_pause(stage: Stage) -> None:
    deployment = stage.deployment("0 * * * *")
    stage.mock.clock.advance(hours=1)
    stage.beta.deployments.pause(deployment.id)
    stage.mock.clock.advance(hours=5, minutes=30)
    upcoming = stage.beta.deployments.retrieve(deployment.id).schedule
    assert upcoming is not None
    assert (upcoming.upcoming_runs_at or [])[0] == utc("2026-01-01T07:00")
    stage.beta.deployments.unpause(deployment.id)
    stage.mock.clock.advance(hours=1)
    assert stage.scheduled(deployment.id) == [utc("2026-01-01T01:00"), utc("2026-01-01T07:00")]


def test_a_new_schedule_takes_the_place_of_the_old(stage: Stage) -> None:
    deployment = stage.deployment("0 * * * *")
    stage.beta.deployments.update(deployment.id, schedule=cron("15 * * * *"))
    stage.mock.clock.advance(hours=2)
    assert stage.scheduled(deployment.id) == [utc("2026-01-01T00:15"), utc("2026-01-01T01:15")]
    stage.beta.deployments.update(deployment.id, schedule=None)
    stage.mock.clock.advance(hours=2)
    assert len(stage.runs(deployment.id)) == 2


def test_jitter_delays_the_run_and_not_what_it_is_for(stage: Stage) -> None:
    stage.mock.policy.deployment_jitter_seconds = 90
    deployment = stage.deployment("0 * * * *")
    stage.mock.clock.advance(hours=1)
    assert stage.runs(deployment.id) == []
    stage.mock.policy.deployment_jitter_seconds = 0
    stage.mock.clock.advance(seconds=90)
    (run,) = stage.runs(deployment.id)
    assert run.created_at == utc("2026-01-01T01:01:30")
    assert stage.scheduled(deployment.id) == [utc("2026-01-01T01:00")]


@pytest.mark.long
def test_looking_moves_no_time(stage: Stage) -> None:
    deployment = stage.deployment("* * * * *")
    before = stage.mock.clock.now()
    for _ in range(20):
        assert stage.beta.deployments.retrieve(deployment.id) == deployment
        assert stage.runs(deployment.id) == []
        assert [each.id for each in stage.beta.sessions.list()] == []
    assert stage.mock.clock.now() == before


def test_an_idle_world_is_idle_for_all_its_schedules(stage: Stage) -> None:
    deployment = stage.deployment("* * * * *")
    before = stage.mock.clock.now()
    assert stage.mock.clock.run_until_idle() == before
    stage.mock.clock.advance(minutes=3)
    (*_, run) = stage.runs(deployment.id)
    assert stage.mock.clock.run_until_idle() < before + timedelta(minutes=4)
    assert run.session_id is not None
    assert stage.beta.sessions.retrieve(run.session_id).status == "idle"
    assert len(stage.runs(deployment.id)) == 3


def test_sessions_that_overlap_do_not_keep_a_world_from_idling(stage: Stage) -> None:
    stage.mock.policy.turn_seconds = 150
    deployment = stage.deployment("* * * * *")
    stage.mock.clock.advance(minutes=1)
    assert stage.mock.clock.run_until_idle() == utc("2026-01-01T00:03:30.5")
    assert len(stage.runs(deployment.id)) == 3
    assert len(stage.mock.clock.due) > 1
    stage.mock.clock.run_until_idle()
    assert {session.status for session in list(stage.beta.sessions.list())[-3:]} == {"idle"}


def test_a_dream_is_waited_for_and_not_the_schedules(stage: Stage) -> None:
    deployment = stage.deployment("* * * * *")
    scene_body = super(Stage, stage).body()
    dream = stage.beta.dreams.create(**scene_body)
    for _ in range(10):
        dream = stage.beta.dreams.retrieve(dream.id)
    assert dream.status == "completed"
    assert dream.ended_at is not None
    assert len(stage.runs(deployment.id)) == (dream.ended_at - deployment.created_at) // timedelta(minutes=1)


def test_a_real_clock_that_nobody_looked_at_has_the_newest_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = [1000.0]
    monkeypatch.setattr("mockdreams.world.core.clock.monotonic", lambda: wall[0])
    with MockDreams(clock="real", now=utc("2026-01-01T00:00")) as mock, mock.client() as client:
        stage = Stage(mock, client.beta)
        mock.clock.speed = 60
        mock.policy.deployment_catch_up_seconds = 600
        deployment = stage.deployment("* * * * *")
        wall[0] += 3600
        runs = stage.runs(deployment.id)
        assert len(runs) == 10
        assert runs[-1].created_at > mock.clock.now() - timedelta(minutes=2)


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "America/Santiago"]
MATCHES: dict[str, Callable[[datetime], bool]] = {
    "*/30 * * * *": lambda wall: wall.minute % 30 == 0,
    "30 2 * * *": lambda wall: (wall.hour, wall.minute) == (2, 30),
    "15 1-3 * * *": lambda wall: wall.minute == 15 and 1 <= wall.hour <= 3,
    "7,52 1 * 3,4,10,11 0": lambda wall: (
        wall.minute in (7, 52) and wall.hour == 1 and wall.month in (3, 4, 10, 11) and wall.isoweekday() == 7
    ),
}


def every_minute(since: datetime, until: datetime) -> Iterator[datetime]:
    at = since.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while at <= until:
        yield at
        at += timedelta(minutes=1)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(sorted(MATCHES)),
    st.sampled_from([utc(f"2026-{day}T00:00") for day in ("03-08", "03-29", "10-25", "11-01")]),
    st.integers(-43_200, 43_200),
)
def test_it_matches_the_wall_clock_minute_by_minute(zone: str, expression: str, near: datetime, seconds: int) -> None:
    since = near + timedelta(seconds=seconds)
    until = since + timedelta(hours=20)
    wanted = [at for at in every_minute(since, until) if MATCHES[expression](at.astimezone(ZoneInfo(zone)))]
    assert list(takewhile(lambda at: at <= until, CronSchedule(expression, zone).after(since))) == wanted
