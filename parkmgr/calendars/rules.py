"""When a place is open, and which instant a wall time is. Pure: no database, no clock, no web."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from parkmgr.errors import N_, Objection, Refused, refuse
from parkmgr.values import FOREVER, Span, day_of, midnight

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

BAD_YEAR = Objection("calendars.bad_year", N_("The year must be from %(first)s to %(last)s."))

FIRST_YEAR, LAST_YEAR = 1900, 2199
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LINE = re.compile(r"(?P<days>[^:]*?)\s+(?P<opens>[0-9]{1,2}:[0-9]{2})\s*-\s*(?P<closes>[0-9]{1,2}:[0-9]{2})")
_DASHES = str.maketrans("–—−‒", "----")
_LINES, _SHOWN = 50, 60

WeekdayOf = Callable[[date], int | None]
"""Which ISO weekday's hours apply on a civil day; None is a day without hours (a holiday)."""


# A week of hours, and how people type it


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on ISO weekdays (1 is Monday) from opens to closes, to the minute; closes at 00:00 is midnight at the end of the day."""

    days: frozenset[int]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if not self.days or not self.days <= frozenset(range(1, 8)):
            raise ValueError("hours are of ISO weekdays, 1 to 7")
        if any(at.second or at.microsecond or at.tzinfo for at in (self.opens, self.closes)):
            raise ValueError("hours are wall times to the minute")
        if time() != self.closes <= self.opens:
            raise ValueError("hours close after they open")

    @property
    def minutes(self) -> tuple[int, int]:
        """The minutes of the day from opening to closing; midnight at its end is 1440."""
        return self.opens.hour * 60 + self.opens.minute, (self.closes.hour * 60 + self.closes.minute) or 1440


Week = tuple[Hours, ...]
"""Hours that do not overlap on any day; an empty week is never open."""


def parse_week(text: str) -> Week:
    """Return the week that people typed, one line each: `Mon-Fri 08:00-22:00`, `Sat,Sun 10:00-18:00`, `1-5 08:00-24:00`.

    Days are English names (two letters are enough) or ISO numbers. Empty lines are skipped; no line at all is a week that is never open.

    Raises:
        Refused: with BAD_HOURS or HOURS_OVERLAP for each line that is wrong.
    """
    week: list[Hours] = []
    against: list[Objection] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        hours = _hours(line) if len(week) < _LINES else None
        shown = line.strip()[:_SHOWN]
        if hours is None:
            against.append(BAD_HOURS.about(line=number, text=shown))
        elif any(_overlap(hours, other) for other in week):
            against.append(HOURS_OVERLAP.about(line=number, text=shown))
        else:
            week.append(hours)
        if len(against) >= _LINES:
            break
    refuse(against)
    return tuple(week)


def week_text(week: Week) -> str:
    """Return the notation of *week*; parse_week gives the same week back."""
    return "\n".join(f"{_days_text(hours.days)} {hours.opens:%H:%M}-{_closing(hours.closes)}" for hours in week)


def _closing(closes: time) -> str:
    return f"{closes:%H:%M}" if closes != time() else "24:00"


def _days_text(days: frozenset[int]) -> str:
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(_NAMES[run[0] - 1] + ("" if len(run) == 1 else "-" + _NAMES[run[-1] - 1]) for run in runs)


def _overlap(one: Hours, other: Hours) -> bool:
    (opens, closes), (others_opens, others_closes) = one.minutes, other.minutes
    return bool(one.days & other.days) and opens < others_closes and others_opens < closes


def _hours(line: str) -> Hours | None:
    found = _LINE.fullmatch(line[: 4 * _SHOWN].translate(_DASHES).strip())
    if found is None:
        return None
    try:
        closes = "00:00" if found["closes"] == "24:00" else found["closes"]
        return Hours(_days(found["days"]), _time(found["opens"]), _time(closes))
    except ValueError:
        return None


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        from_day = _weekday(first)
        to_day = _weekday(last) if dash else from_day
        days.update((from_day - 1 + step) % 7 + 1 for step in range((to_day - from_day) % 7 + 1))
    return frozenset(days)


def _weekday(text: str) -> int:
    word = text.strip().lower()
    if word in {"1", "2", "3", "4", "5", "6", "7"}:
        return int(word)
    found = [number for number, name in enumerate(_LONG, start=1) if len(word) > 1 and name.startswith(word)]
    if len(found) != 1:
        raise ValueError(f"not a day of the week: {text!r}")
    return found[0]


# Wall time


def instant_of(local: datetime, zone: ZoneInfo, *, second: bool | None = None) -> datetime:
    """Return the instant, in UTC, of a wall time; of one that exists twice the first or the second, as *second* says.

    The objection TWICE has both instants among its facts, as first_at and second_at; SKIPPED has next_at.

    Raises:
        Refused: SKIPPED where the clocks jump over it; TWICE where it exists twice and second is None; BAD_YEAR. The caller gives the
            field by .at().
    """
    refuse(bad_year(local))
    before, after = _offsets(local, zone)
    if before == after:
        return (local - before).replace(tzinfo=UTC)
    said = {"time": f"{local:%H:%M}", "day": local.date(), "zone": zone.key}
    if before < after:
        jump = _jump(local, zone)
        shown = jump.astimezone(zone)
        next_ = f"{shown:%H:%M}" if shown.date() == local.date() else f"{shown:%Y-%m-%d %H:%M}"
        raise Refused([SKIPPED.about(**said, next=next_, next_at=jump)])
    first, last = ((local - offset).replace(tzinfo=UTC) for offset in (before, after))
    if second is None:
        texts = [f"{local:%H:%M} UTC{instant.astimezone(zone).isoformat(timespec='minutes')[16:]}" for instant in (first, last)]
        raise Refused([TWICE.about(**said, first=texts[0], second=texts[1], first_at=first, second_at=last)])
    return last if second else first


def bad_year(day: date) -> list[Objection]:
    """Return what is against a year in which nobody books, and where instants of some zone could not be written."""
    known = FIRST_YEAR <= day.year <= LAST_YEAR
    return [] if known else [BAD_YEAR.about(first=str(FIRST_YEAR), last=str(LAST_YEAR))]


def _offsets(local: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """Return the offsets before and after a change of the clocks; the same twice where there is none at this wall time."""
    if local.tzinfo is not None:
        raise ValueError("a wall time has no zone")
    before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if before is None or after is None:
        raise ValueError(f"{zone} has no offset")
    return before, after


def _jump(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clocks jump over *local*."""
    before, after = _offsets(local, zone)
    low, high = ((local - offset).replace(tzinfo=UTC, microsecond=0) for offset in (after, before))
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def _edge(day: date, minutes: int, zone: ZoneInfo, *, last: bool) -> datetime:
    """Return when the clocks show that many minutes after midnight, for the first or the last time; the jump where they never do."""
    if minutes in (0, 1440):
        return midnight(day + DAY if minutes else day, zone)
    local = datetime.combine(day, time(minutes // 60, minutes % 60))
    before, after = _offsets(local, zone)
    if before < after:
        return _jump(local, zone)
    found = (local - (after if last else before)).replace(tzinfo=UTC)
    return found if before == after else min(found, midnight(day + DAY, zone))


_ZONES = {"RU": "Europe/Moscow", "CN": "Asia/Shanghai", "DE": "Europe/Berlin"}


def zone_of_country(country: str) -> ZoneInfo | None:
    """Return the time zone of most people of a country; None where it is not known. For a second clock beside the park's."""
    key = _ZONES.get(country)
    return None if key is None else ZoneInfo(key)


# Open hours as instants


def open_spans(week: Week, day: date, zone: ZoneInfo, *, as_weekday: int | None) -> list[Span]:
    """Return the open instants of a civil day, in order and apart; as_weekday is the ISO weekday whose hours apply, None is closed.

    A place is open from the first time that the clocks show its opening until the last time that they show its closing; where they jump
    over one of these, the jump counts.
    """
    if as_weekday is None:
        return []
    spans: list[Span] = []
    for opens, closes in sorted(hours.minutes for hours in week if as_weekday in hours.days):
        starts_at, ends_at = _edge(day, opens, zone, last=False), _edge(day, closes, zone, last=True)
        if spans and starts_at <= spans[-1].ends_at:
            starts_at, ends_at = spans[-1].starts_at, max(spans.pop().ends_at, ends_at)
        if starts_at < ends_at:
            spans.append(Span(starts_at, ends_at))
    return spans


def _civil_days(span: Span, zone: ZoneInfo) -> Iterator[date]:
    if span.ends_at >= FOREVER:
        raise ValueError("a span that is asked about has an end")
    day, last = day_of(span.starts_at, zone), day_of(span.ends_at - timedelta(microseconds=1), zone)
    while day <= last:
        yield day
        day += DAY


def is_open(week: Week, span: Span, zone: ZoneInfo, weekday_of: WeekdayOf) -> bool:
    """Tell whether the whole span lies in open hours, also over midnight where the hours touch."""
    reached = span.starts_at
    for day in _civil_days(span, zone):
        for open_ in open_spans(week, day, zone, as_weekday=weekday_of(day)):
            if open_.starts_at <= reached < open_.ends_at:
                reached = open_.ends_at
        if reached >= span.ends_at:
            return True
        if reached < midnight(day + DAY, zone):
            return False
    return False


def open_by_day(week: Week, span: Span, zone: ZoneInfo, weekday_of: WeekdayOf) -> dict[date, timedelta]:
    """Return how long it is open, inside *span*, on each civil day that the span touches; closed days are there, with nothing."""
    return {
        day: sum(
            (
                max(timedelta(), min(open_.ends_at, span.ends_at) - max(open_.starts_at, span.starts_at))
                for open_ in open_spans(week, day, zone, as_weekday=weekday_of(day))
            ),
            timedelta(),
        )
        for day in _civil_days(span, zone)
    }


def open_time(week: Week, span: Span, zone: ZoneInfo, weekday_of: WeekdayOf) -> timedelta:
    """Return how much of *span* is open. Over a year it takes a few milliseconds: ask once for all places with the same week."""
    return sum(open_by_day(week, span, zone, weekday_of).values(), timedelta())


def next_open(
    week: Week, length: timedelta, after: datetime, zone: ZoneInfo, weekday_of: WeekdayOf, *, step_minutes: int, until: datetime
) -> datetime | None:
    """Return the earliest start not before *after* from which a span of *length* is wholly open; None when none ends by *until*.

    Starts lie on a grid of step_minutes, counted in wall time from the midnight of the day.
    """
    if length <= timedelta() or step_minutes < 1:
        raise ValueError("a length and a step are more than nothing")
    if not week or after + length > until:
        return None
    run: Span | None = None
    for day in _civil_days(Span(after, until), zone):
        for open_ in open_spans(week, day, zone, as_weekday=weekday_of(day)):
            run = Span(run.starts_at, open_.ends_at) if run is not None and run.ends_at == open_.starts_at else open_
            start = _on_grid(max(run.starts_at, after), zone, step_minutes)
            if start + length > until:
                return None
            if start + length <= run.ends_at:
                return start
    return None


def _on_grid(instant: datetime, zone: ZoneInfo, step_minutes: int) -> datetime:
    """Return the first instant, not before the one given, at which the wall time is on the grid."""
    while True:
        local = instant.astimezone(zone)
        over = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond) % (
            step_minutes * MINUTE
        )
        if not over:
            return instant
        instant = min(instant + step_minutes * MINUTE - over, midnight(local.date() + DAY, zone))
