"""When a place is open, and which instant a wall time is."""

from __future__ import annotations

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkmgr.calendars import rules
from parkmgr.calendars.rules import BAD_HOURS, HOURS_OVERLAP, SKIPPED, TWICE, Hours, Week, parse_week, week_text
from parkmgr.errors import Refused
from parkmgr.values import FOREVER, Span, midnight

BERLIN, SHANGHAI, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Moscow")
HAVANA, BEIRUT, APIA, LORD_HOWE, ST_JOHNS = map(
    ZoneInfo, ("America/Havana", "Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns")
)
ZONES = (BERLIN, SHANGHAI, MOSCOW, HAVANA, BEIRUT, APIA, LORD_HOWE, ST_JOHNS)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
ALWAYS, NEVER = parse_week("Mon-Sun 00:00-24:00"), parse_week("")
OFFICE = parse_week("Mon-Fri 08:00-22:00\nSat,Sun 10:00-18:00")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(first: str, last: str, zone: ZoneInfo = SHANGHAI) -> Span:
    return Span(*(wall(text).replace(tzinfo=zone).astimezone(UTC) for text in (first, last)))


def own(day: date) -> int | None:
    return day.isoweekday()


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [objection.code for objection in refused.value.objections]


# The notation


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Mon-Fri 08:00-22:00", "Mon-Fri 08:00-22:00"),
        ("1-5 8:00-22:00", "Mon-Fri 08:00-22:00"),
        ("Sat,Sun 10:00-18:00", "Sat-Sun 10:00-18:00"),
        ("mo,we,fr 09:00 – 17:30", "Mon,Wed,Fri 09:00-17:30"),
        ("Monday-Wednesday, Sat 09:00-12:00", "Mon-Wed,Sat 09:00-12:00"),
        ("Fri-Mon 00:00-24:00", "Mon,Fri-Sun 00:00-24:00"),
        ("7 20:00-00:00", "Sun 20:00-24:00"),
        ("\n  Tue 09:00-12:00\r\n\nTue 12:00-18:00\n", "Tue 09:00-12:00\nTue 12:00-18:00"),
        ("", ""),
    ],
)
def test_hours_are_read_as_people_type_them(text: str, canonical: str) -> None:
    assert week_text(parse_week(text)) == canonical


@pytest.mark.parametrize(
    "line",
    [
        "Mon-Fri",
        "08:00-22:00",
        "Mon-Fri 08:00",
        "Mon-Fri 22:00-08:00",
        "Mon-Fri 08:00-08:00",
        "Mon-Fri 08:00-25:00",
        "Mon-Fri 24:00-24:00",
        "Mon-Fri 08:60-22:00",
        "0-5 08:00-22:00",
        "8 08:00-22:00",
        "T 08:00-22:00",
        "S,M 08:00-22:00",
        "Mon-Tue-Wed 08:00-22:00",
        "Mon,,Tue 08:00-22:00",
        "Пн-Пт 08:00-22:00",
        "٣ 08:00-22:00",
        "Mon ٠٨:00-22:00",
        "Mon 08:00-22:00 x",
        "x" * 10_000,
        " " * 5_000 + "x 08:00-22:00",
    ],
)
def test_a_line_that_is_no_hours_is_named(line: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_week(f"Sun 08:00-09:00\n{line}")
    (objection,) = refused.value.objections
    assert objection == BAD_HOURS
    assert objection.facts == {"line": 2, "text": line.strip()[:60]}


def test_every_wrong_line_is_named() -> None:
    with pytest.raises(Refused) as refused:
        parse_week("Mon 08:00-12:00\nMon-Tue 11:59-13:00\nnonsense\nTue 08:00-12:00\nSun-Mon 00:00-24:00")
    assert [(objection.code, objection.facts["line"]) for objection in refused.value.objections] == [
        (HOURS_OVERLAP.code, 2),
        (BAD_HOURS.code, 3),
        (HOURS_OVERLAP.code, 5),
    ]


def test_a_thousand_lines_are_refused_and_not_all_named() -> None:
    with pytest.raises(Refused) as refused:
        parse_week("Mon 08:00-09:00\n" * 10_000)
    assert len(refused.value.objections) == 50


MINUTES = st.integers(0, 1439)


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    """Weeks whose hours do not overlap: on each day some of the pieces between drawn minutes."""
    cuts = sorted(draw(st.sets(MINUTES, min_size=1, max_size=5)) | {1440})
    pieces = [(first, last % 1440) for first, last in pairwise(cuts)]
    days = st.frozensets(st.integers(1, 7), min_size=1)
    hours = [Hours(draw(days), time(*divmod(first, 60)), time(*divmod(last, 60))) for first, last in pieces if draw(st.booleans())]
    return tuple(draw(st.permutations(hours)))


@given(weeks())
def test_a_week_comes_back_from_its_text(week: Week) -> None:
    assert parse_week(week_text(week)) == week


@given(st.text(max_size=80))
def test_any_text_is_a_week_or_is_refused(text: str) -> None:
    try:
        week = parse_week(text)
    except Refused:
        return
    assert parse_week(week_text(week)) == week


@pytest.mark.parametrize(
    ("days", "opens", "closes"),
    [
        (frozenset(), time(8), time(9)),
        (frozenset({0}), time(8), time(9)),
        (frozenset({8}), time(8), time(9)),
        (frozenset({1}), time(9), time(8)),
        (frozenset({1}), time(8, 0, 1), time(9)),
        (frozenset({1}), time(8, tzinfo=UTC), time(9)),
    ],
)
def test_hours_that_cannot_be_are_not_made(days: frozenset[int], opens: time, closes: time) -> None:
    with pytest.raises(ValueError, match="hours"):
        Hours(days, opens, closes)


# Wall time


@pytest.mark.parametrize(
    ("local", "zone", "next_"),
    [
        pytest.param("2026-03-29 02:30", BERLIN, "03:00", id="Berlin in March"),
        pytest.param("2026-03-29 02:00", BERLIN, "03:00", id="the first minute that is skipped"),
        pytest.param("2026-03-29 02:59:59.999999", BERLIN, "03:00", id="the last moment that is skipped"),
        pytest.param("2011-03-27 02:30", MOSCOW, "03:00", id="Moscow stays on summer time in 2011"),
        pytest.param("2026-03-29 00:10", BEIRUT, "01:00", id="midnight itself"),
        pytest.param("2011-12-30 12:00", APIA, "2011-12-31 00:00", id="a whole day"),
        pytest.param("2026-10-04 02:15", LORD_HOWE, "02:30", id="half an hour"),
    ],
)
def test_a_skipped_time_is_refused_and_the_next_is_named(local: str, zone: ZoneInfo, next_: str) -> None:
    for second in (None, True, False):
        with pytest.raises(Refused) as refused:
            rules.instant_of(wall(local), zone, second=second)
        (objection,) = refused.value.objections
        assert objection == SKIPPED
        assert objection.facts["next"] == next_
        assert objection.facts["next_at"].astimezone(zone).replace(tzinfo=None) >= wall(local)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("local", "zone", "first", "second", "said"),
    [
        pytest.param("2026-10-25 02:30", BERLIN, "2026-10-25 00:30", "2026-10-25 01:30", ("UTC+02:00", "UTC+01:00"), id="Berlin"),
        pytest.param("2014-10-26 01:00", MOSCOW, "2014-10-25 21:00", "2014-10-25 22:00", ("UTC+04:00", "UTC+03:00"), id="Moscow, 2014"),
        pytest.param("2026-04-05 01:45", LORD_HOWE, "2026-04-04 14:45", "2026-04-04 15:15", ("UTC+11:00", "UTC+10:30"), id="half an hour"),
    ],
)
def test_a_time_that_exists_twice_is_asked_about(local: str, zone: ZoneInfo, first: str, second: str, said: tuple[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        rules.instant_of(wall(local), zone)
    (objection,) = refused.value.objections
    assert objection == TWICE
    assert (objection.facts["first"], objection.facts["second"]) == tuple(f"{local[11:16]} {offset}" for offset in said)
    assert rules.instant_of(wall(local), zone, second=False) == objection.facts["first_at"] == utc(first)
    assert rules.instant_of(wall(local), zone, second=True) == objection.facts["second_at"] == utc(second)


def test_the_sentences_are_whole() -> None:
    with pytest.raises(Refused, match=r"^02:30 does not exist on 2026-03-29 in Europe/Berlin: .* The next time that exists is 03:00\.$"):
        rules.instant_of(wall("2026-03-29 02:30"), BERLIN)
    with pytest.raises(Refused, match=r"Say which: the first \(02:30 UTC\+02:00\) or the second \(02:30 UTC\+01:00\)\.$"):
        rules.instant_of(wall("2026-10-25 02:30"), BERLIN)


@given(st.datetimes(wall("2010-01-01"), wall("2030-01-01")), st.sampled_from(ZONES))
def test_a_wall_time_that_exists_once_comes_back(local: datetime, zone: ZoneInfo) -> None:
    try:
        instant = rules.instant_of(local, zone)
    except Refused:
        return
    assert instant.tzinfo is UTC
    assert instant.astimezone(zone).replace(tzinfo=None) == local


def test_an_aware_time_is_not_a_wall_time() -> None:
    with pytest.raises(ValueError, match="wall time"):
        rules.instant_of(utc("2026-01-01"), BERLIN)


# Open hours


def hours_of(spans: list[Span]) -> list[str]:
    return [f"{one.starts_at:%d %H:%M}-{one.ends_at:%d %H:%M}" for one in spans]


@pytest.mark.parametrize(
    ("text", "day", "zone", "expected"),
    [
        pytest.param("Mon-Sun 00:00-24:00", SPRING, BERLIN, ["28 23:00-29 22:00"], id="23 hours"),
        pytest.param("Mon-Sun 00:00-24:00", AUTUMN, BERLIN, ["24 22:00-25 23:00"], id="25 hours"),
        pytest.param("Sun 02:30-06:00", SPRING, BERLIN, ["29 01:00-29 04:00"], id="opens in the skipped hour: at the jump"),
        pytest.param("Sun 00:30-02:30", SPRING, BERLIN, ["28 23:30-29 01:00"], id="closes in it: at the jump"),
        pytest.param("Sun 02:10-02:50", SPRING, BERLIN, [], id="never shown on the clocks"),
        pytest.param("Sun 02:30-06:00", AUTUMN, BERLIN, ["25 00:30-25 05:00"], id="opens in the double hour: the first"),
        pytest.param("Sun 00:30-02:30", AUTUMN, BERLIN, ["24 22:30-25 01:30"], id="closes in it: the second"),
        pytest.param("Sun 00:30-02:30\nSun 02:30-06:00", AUTUMN, BERLIN, ["24 22:30-25 05:00"], id="touching there: one span"),
        pytest.param("Sun 13:00-17:00\nSun 08:00-12:00", AUTUMN, BERLIN, ["25 07:00-25 11:00", "25 12:00-25 16:00"], id="in order"),
        pytest.param("Mon 08:00-12:00", AUTUMN, BERLIN, [], id="another day's hours"),
        pytest.param("Sun 00:00-24:00", SPRING, BEIRUT, ["28 22:00-29 21:00"], id="midnight is skipped"),
    ],
)
def test_a_day_is_open(text: str, day: date, zone: ZoneInfo, expected: list[str]) -> None:
    assert hours_of(rules.open_spans(parse_week(text), day, zone, as_weekday=day.isoweekday())) == expected


def test_a_holiday_is_closed_and_a_sunday_may_have_monday_s_hours() -> None:
    assert rules.open_spans(OFFICE, SPRING, SHANGHAI, as_weekday=None) == []
    assert rules.open_spans(OFFICE, SPRING, SHANGHAI, as_weekday=1) == [span("2026-03-29 08:00", "2026-03-29 22:00")]


@pytest.mark.parametrize(
    ("first", "last", "week", "expected"),
    [
        pytest.param("2026-03-02 08:00", "2026-03-02 22:00", OFFICE, True, id="the whole day"),
        pytest.param("2026-03-02 07:59", "2026-03-02 09:00", OFFICE, False, id="a minute before"),
        pytest.param("2026-03-02 21:00", "2026-03-02 22:01", OFFICE, False, id="a minute after"),
        pytest.param("2026-03-02 09:00", "2026-03-03 10:00", OFFICE, False, id="over a closed night"),
        pytest.param("2026-03-02 22:00", "2026-03-05 03:00", ALWAYS, True, id="over open nights"),
        pytest.param(
            "2026-03-02 22:00", "2026-03-03 01:00", parse_week("1 20:00-24:00\n2 00:00-02:00"), True, id="hours that touch at midnight"
        ),
        pytest.param(
            "2026-03-03 22:00", "2026-03-04 01:00", parse_week("1 20:00-24:00\n2 00:00-02:00"), False, id="on another day they do not"
        ),
        pytest.param(
            "2026-03-02 11:00", "2026-03-02 14:00", parse_week("1 08:00-12:00\n1 12:00-18:00"), True, id="hours that touch at noon"
        ),
        pytest.param("2026-03-02 11:00", "2026-03-02 14:00", parse_week("1 08:00-12:00\n1 13:00-18:00"), False, id="over a break"),
        pytest.param("2026-03-02 11:00", "2026-03-02 14:00", NEVER, False, id="never open"),
    ],
)
def test_is_open(first: str, last: str, week: Week, expected: bool) -> None:
    assert rules.is_open(week, span(first, last), SHANGHAI, own) is expected


def test_a_place_that_never_closes_is_closed_on_a_holiday() -> None:
    def weekday_of(day: date) -> int | None:
        return None if day == date(2026, 3, 4) else day.isoweekday()

    assert rules.is_open(ALWAYS, span("2026-03-02 22:00", "2026-03-04 00:00"), SHANGHAI, weekday_of)
    assert not rules.is_open(ALWAYS, span("2026-03-02 22:00", "2026-03-04 00:01"), SHANGHAI, weekday_of)


def test_what_has_no_end_is_not_asked_about() -> None:
    with pytest.raises(ValueError, match="end"):
        rules.is_open(ALWAYS, Span(utc("2026-01-01"), FOREVER), BERLIN, own)


def test_a_year_of_office_hours() -> None:
    """2026 has 261 days from Monday to Friday, and 104 others."""
    year = Span(midnight(date(2026, 1, 1), BERLIN), midnight(date(2027, 1, 1), BERLIN))
    assert rules.open_time(OFFICE, year, BERLIN, own) == timedelta(hours=261 * 14 + 104 * 8)
    assert rules.open_time(ALWAYS, year, BERLIN, own) == year.length == timedelta(days=365)
    by_day = rules.open_by_day(ALWAYS, year, BERLIN, own)
    assert (by_day[SPRING], by_day[AUTUMN], len(by_day)) == (timedelta(hours=23), timedelta(hours=25), 365)


def test_a_year_is_asked_in_milliseconds() -> None:
    year = Span(midnight(date(2026, 1, 1), BERLIN), midnight(date(2027, 1, 1), BERLIN))
    started = stopwatch.process_time()
    rules.open_time(OFFICE, year, BERLIN, own)
    assert stopwatch.process_time() - started < 0.1


STARTS = st.datetimes(wall("2026-01-01"), wall("2026-12-01")).map(lambda local: local.replace(tzinfo=UTC))
AROUND = st.tuples(
    st.sampled_from(["2026-03-28 20:00", "2026-10-24 20:00", "2026-10-03 10:00", "2026-04-04 10:00"]), st.integers(0, 12 * 60)
).map(lambda drawn: utc(drawn[0]) + timedelta(minutes=drawn[1]))
"""Around changes of the clocks in one zone or another."""


@settings(max_examples=150)
@given(weeks(), st.one_of(STARTS, AROUND), st.integers(1, 4000), st.sampled_from(ZONES))
def test_open_time_is_all_of_a_span_exactly_where_it_is_open(week: Week, start: datetime, minutes: int, zone: ZoneInfo) -> None:
    asked = Span(start, start + timedelta(minutes=minutes))
    assert rules.is_open(week, asked, zone, own) == (rules.open_time(week, asked, zone, own) == asked.length)


@settings(max_examples=150)
@given(weeks(), st.one_of(STARTS, AROUND), st.sampled_from(ZONES))
def test_a_minute_is_open_when_the_clocks_show_its_hours(week: Week, start: datetime, zone: ZoneInfo) -> None:
    """Instant by instant; only between the two showings of a double time may a place be open beyond what the clocks show."""
    instant = start.replace(second=0, microsecond=0)
    local = instant.astimezone(zone)
    minute = local.hour * 60 + local.minute
    shown = any(local.isoweekday() in hours.days and hours.minutes[0] <= minute < hours.minutes[1] for hours in week)
    open_ = rules.is_open(week, Span(instant, instant + timedelta(minutes=1)), zone, own)
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        assert open_ == shown
    elif shown:
        assert open_


# The next open time


@pytest.mark.parametrize(
    ("after", "hours", "step", "week", "expected"),
    [
        pytest.param("2026-03-02 09:07", 2, 15, OFFICE, "2026-03-02 09:15", id="the next quarter"),
        pytest.param("2026-03-02 09:15", 2, 15, OFFICE, "2026-03-02 09:15", id="now"),
        pytest.param("2026-03-02 21:00", 2, 15, OFFICE, "2026-03-03 08:00", id="tomorrow"),
        pytest.param("2026-03-06 20:01", 10, 30, OFFICE, "2026-03-09 08:00", id="ten hours: not on a weekend"),
        pytest.param("2026-03-02 03:00", 15, 30, OFFICE, None, id="longer than any day"),
        pytest.param("2026-03-02 03:00", 48, 60, ALWAYS, "2026-03-02 03:00", id="two days where it never closes"),
        pytest.param("2026-03-02 03:00", 5, 30, parse_week("1 20:00-24:00\n2 00:00-02:00"), "2026-03-02 20:00", id="over midnight"),
        pytest.param("2026-03-02 03:00", 1, 60, NEVER, None, id="never open"),
        pytest.param("2026-03-02 08:10", 1, 60, parse_week("1-7 08:20-12:00"), "2026-03-02 09:00", id="the grid begins at midnight"),
        pytest.param("2026-03-02 23:50", 1, 50, ALWAYS, "2026-03-03 00:00", id="and begins again at midnight"),
    ],
)
def test_next_open(after: str, hours: int, step: int, week: Week, expected: str | None) -> None:
    asked = span(after, "2026-04-01 00:00")
    found = rules.next_open(week, timedelta(hours=hours), asked.starts_at, SHANGHAI, own, step_minutes=step, until=asked.ends_at)
    assert found == (None if expected is None else span(expected, "2027-01-01").starts_at)


def test_what_would_end_too_late_is_not_found() -> None:
    asked = span("2026-03-02 09:00", "2026-03-02 10:59")
    assert rules.next_open(OFFICE, timedelta(hours=2), asked.starts_at, SHANGHAI, own, step_minutes=15, until=asked.ends_at) is None


@settings(max_examples=60, deadline=None)
@given(weeks(), AROUND, st.integers(1, 600), st.sampled_from([15, 30, 60, 50]), st.sampled_from(ZONES))
def test_no_start_before_the_next_open_one_would_do(week: Week, after: datetime, minutes: int, step: int, zone: ZoneInfo) -> None:
    length, until = timedelta(minutes=minutes), after + timedelta(days=2)
    found = rules.next_open(week, length, after, zone, own, step_minutes=step, until=until)
    start, tried = after, None
    while start + length <= until and tried is None:
        local = start.astimezone(zone)
        if (local.hour * 60 + local.minute) % step == 0 and rules.is_open(week, Span(start, start + length), zone, own):
            tried = start
        start += timedelta(minutes=1)
    assert found == tried
