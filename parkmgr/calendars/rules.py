"""When a place is open, and which instant a wall time is. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from parkmgr.errors import N_, Objection
from parkmgr.values import Span

BAD_HOURS = Objection(
    "calendars.bad_hours",
    N_("Line %(line)s cannot be read as opening hours: “%(text)s”. Write it like “Mon-Fri 08:00-22:00”."),
    "hours",
)
HOURS_OVERLAP = Objection("calendars.hours_overlap", N_("Line %(line)s, “%(text)s”, overlaps other hours of the same day."), "hours")
SKIPPED = Objection(
    "calendars.skipped",
    N_("%(time)s does not exist on %(day)s in %(zone)s: the clocks go forward over it. The next time that exists is %(next)s."),
)
TWICE = Objection(
    "calendars.twice",
    N_("%(time)s exists twice on %(day)s in %(zone)s: the clocks go back. Say which: the first (%(first)s) or the second (%(second)s)."),
)

WeekdayOf = Callable[[date], int | None]
"""Which ISO weekday's hours apply on a civil day; None is a day without hours (a holiday)."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on ISO weekdays (1 is Monday) from opens to closes; closes at 00:00 is midnight at the end of the day."""

    days: frozenset[int]
    opens: time
    closes: time


Week = tuple[Hours, ...]


def parse_week(text: str) -> Week:
    """Return the week that people typed, one line each: `Mon-Fri 08:00-22:00`, `Sat,Sun 10:00-18:00`, `1-5 08:00-24:00`.

    Raises:
        Refused: with BAD_HOURS or HOURS_OVERLAP for each line that is wrong.
    """
    raise NotImplementedError


def week_text(week: Week) -> str:
    """Return the notation of *week*; parse_week gives the same week back."""
    raise NotImplementedError


def open_spans(week: Week, day: date, zone: ZoneInfo, *, as_weekday: int | None) -> list[Span]:
    """Return the open instants of a civil day, in order; as_weekday is the ISO weekday whose hours apply, None is closed."""
    raise NotImplementedError


def is_open(week: Week, span: Span, zone: ZoneInfo, weekday_of: WeekdayOf) -> bool:
    """Tell whether the whole span lies in open hours, also over midnight where the hours touch."""
    raise NotImplementedError


def open_by_day(week: Week, span: Span, zone: ZoneInfo, weekday_of: WeekdayOf) -> dict[date, timedelta]:
    """Return how long it is open on each civil day that *span* touches; the days that are closed are there too."""
    raise NotImplementedError


def open_time(week: Week, span: Span, zone: ZoneInfo, weekday_of: WeekdayOf) -> timedelta:
    """Return how much of *span* is open."""
    raise NotImplementedError


def next_open(
    week: Week, length: timedelta, after: datetime, zone: ZoneInfo, weekday_of: WeekdayOf, *, step_minutes: int, until: datetime
) -> datetime | None:
    """Return the earliest start not before *after* from which a span of *length* is wholly open; None when none ends by *until*.

    Starts lie on a grid of step_minutes, counted in wall time from the midnight of the day.
    """
    raise NotImplementedError


def instant_of(local: datetime, zone: ZoneInfo, *, second: bool | None = None) -> datetime:
    """Return the instant, in UTC, of a wall time; of one that exists twice the first or the second, as *second* says.

    Raises:
        Refused: SKIPPED where the clocks jump over it; TWICE where it exists twice and second is None. The caller gives the field by .at().
    """
    raise NotImplementedError
