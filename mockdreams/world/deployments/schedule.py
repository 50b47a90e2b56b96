"""Cron schedules: which expressions are ones, and when they match by the wall clock of a time zone.

`cronsim` walks the matches of an expression in wall time. It never sees a time zone, because it treats changes of the
clock as Debian's cron does: the service matches the wall clock and nothing else. A time that a change skips does not
happen, and one that happens twice matches twice.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

from mockdreams.patterns import lazy_pattern
from mockdreams.wire.errors import ServiceError, invalid, shortened

UPCOMING = 5
"""Occurrences that a deployment shows."""
HORIZON = timedelta(days=366)
"""A new schedule matches at least once within it."""
SHIFT = timedelta(hours=3)
"""More than any time zone has moved its clock at once in this century, but for whole days."""

_FIELDS = {
    "minute": range(60),
    "hour": range(24),
    "day-of-month": range(1, 32),
    "month": range(1, 13),
    "day-of-week": range(8),
}
_TERM = lazy_pattern(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", re.ASCII)
_SPECIAL = lazy_pattern(r"[LW#?]")
_MACHINE_ZONES = ("localtime", "posixrules", "Factory")
"""Entries of a machine's time zone database that name no zone."""


class CronSchedule(NamedTuple):
    """An expression and the time zone by whose wall clock it matches; both have been checked."""

    expression: str
    timezone: str

    def after(self, moment: datetime) -> Iterator[datetime]:
        """When it matches, in UTC, soonest first, later than `moment`."""
        zone = ZoneInfo(self.timezone)
        waiting: list[datetime] = []
        for wall in _matches(self.expression, _start(moment, zone)):
            instants = _instants(wall, zone)
            if not instants:
                continue
            yield from (at for at in waiting if at < instants[0])
            waiting = sorted(at for at in {*waiting, *instants} if at >= instants[0] and at > moment)
        yield from waiting

    def next(self, moment: datetime) -> datetime | None:
        """The first match later than `moment`, if there is one."""
        return next(self.after(moment), None)

    def upcoming(self, moment: datetime) -> tuple[datetime, ...]:
        """The next few matches."""
        return tuple(islice(self.after(moment), UPCOMING))


def checked(expression: str, timezone: str, now: datetime) -> CronSchedule:
    """The schedule. Raises ServiceError (400) for no cron expression, for no time zone, or if it never matches."""
    try:
        schedule = checked_names(expression, timezone)
    except ValueError as wrong:
        raise invalid(str(wrong), rule="deployment-cron-400 deployment-timezone-400") from None
    if not list(islice(takewhile(lambda at: at <= now + HORIZON, schedule.after(now)), 1)):
        raise _never()
    return schedule


def checked_names(expression: str, timezone: str) -> CronSchedule:
    """The schedule, whether it ever matches or not. Raises ValueError in the service's words."""
    why = _complaint(expression)
    if why:
        raise ValueError(f"`schedule.expression` is not a valid 5-field cron expression: {why}")
    if not is_timezone(timezone):
        raise ValueError(f'`schedule.timezone` "{shortened(timezone)}" is not a valid IANA timezone')
    return CronSchedule(expression, timezone)


def is_timezone(name: str) -> bool:
    """Whether the database has a time zone of this name."""
    if name in _MACHINE_ZONES or name.startswith(("posix/", "right/")):
        return False
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True


def _complaint(expression: str) -> str:
    """What is wrong with an expression, or nothing."""
    if expression.lstrip().startswith("@"):
        return "predefined shortcuts (@daily, @hourly, ...) are not supported"
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        return f"expected {len(_FIELDS)} fields, got {len(fields)}"
    complaints = (
        _term_complaint(name, term) for name, field in zip(_FIELDS, fields, strict=True) for term in field.split(",")
    )
    return next(filter(None, complaints), "")


def _term_complaint(field: str, term: str) -> str:
    match = _TERM.fullmatch(term)
    if match is None:
        special = _SPECIAL.search(term)
        if special and not re.search("[A-Za-z]", _SPECIAL.sub("", term)):
            return f'special character "{special[0]}" is not supported (5-field POSIX cron only)'
        return f'invalid value "{shortened(term, 40)}" in field {field}'
    first, last, step = match.groups()
    for number in (first, last):
        if number is not None and int(number) not in _FIELDS[field]:
            return f"field {field} value {shortened(number, 40)} is out of range"
    if (step is not None and not int(step)) or (last is not None and int(first) > int(last)):
        return f'invalid value "{shortened(term, 40)}" in field {field}'
    return ""


def _matches(expression: str, start: datetime) -> Iterator[datetime]:
    """Matches in wall time, later than `start`."""
    from cronsim import CronSim, CronSimError  # 7 ms, and most worlds have no schedule

    try:
        yield from CronSim(expression, start)
    except (CronSimError, OverflowError):
        return


def _start(moment: datetime, zone: ZoneInfo) -> datetime:
    """The wall time after which to look for what is later than `moment`: earlier where the clock is moved then."""
    offsets = {at.astimezone(zone).utcoffset() for at in (moment - SHIFT, moment, moment + SHIFT)}
    wall = moment.astimezone(zone).replace(tzinfo=None)
    return wall if len(offsets) == 1 else wall - SHIFT


def _instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """When the clock of a zone shows a time: once as a rule, never where it is moved past it, twice where back."""
    candidates = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    shown = [at for at in candidates if at.astimezone(zone).replace(tzinfo=None) == wall]
    return shown[:1] if len(set(shown)) == 1 else shown


def _never() -> ServiceError:
    return invalid(
        "`schedule.expression` does not produce any occurrences in the next year", rule="deployment-cron-never-400"
    )
